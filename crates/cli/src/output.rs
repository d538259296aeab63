#![expect(clippy::disallowed_methods, reason = "the user names the file")]

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use plimsoll_scan::{Format, ScanReport};

use crate::failure::Failure;
use crate::settings::presentation;

/// Writes a report to a file, which appears whole or not at all, or to standard output.
pub fn write_report(
    report: &ScanReport,
    (formats, id): (&[&Format], &str),
    file: Option<&Path>,
) -> Result<(), Failure> {
    let format = find_format(formats, id)?;
    let presentation = presentation(file.is_none());
    write(file, |out| (format.write)(report, &presentation, out))
}

pub fn find_format<'a>(formats: &[&'a Format], id: &str) -> Result<&'a Format, Failure> {
    let format = formats.iter().find(|format| format.id == id);
    format.copied().ok_or_else(|| Failure::Usage(format!("write the format `{id}`")))
}

/// Runs `body` on a buffered writer to the file or to standard output. A closed pipe is the reader's choice, no failure.
pub fn write(
    file: Option<&Path>,
    body: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    let Some(path) = file else {
        let mut out = BufWriter::new(io::stdout().lock());
        return match body(&mut out).and_then(|()| out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            result => result.map_err(Failure::Output),
        };
    };
    let unusable = |error: io::Error| Failure::Usage(format!("write {}: {error}", path.display()));
    let is_special = path.metadata().is_ok_and(|metadata| !metadata.is_file());
    if is_special {
        let mut out = BufWriter::new(File::create(path).map_err(unusable)?);
        return body(&mut out).and_then(|()| out.flush()).map_err(Failure::Output);
    }
    let directory =
        path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut temporary = tempfile::Builder::new()
        .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))
        .tempfile_in(directory)
        .map_err(unusable)?;
    let mut out = BufWriter::new(temporary.as_file_mut());
    // The place could be written to, so what fails now is the host: a full disk.
    body(&mut out).and_then(|()| out.flush()).map_err(Failure::Output)?;
    drop(out);
    temporary.persist(path).map_err(|error| unusable(error.error))?;
    Ok(())
}

/// A number of bytes for people.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} kB", bytes.div_ceil(1_000)),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_by_people() {
        for (bytes, expected) in
            [(0, "0 kB"), (1, "1 kB"), (999_999, "1000 kB"), (1_250_000, "1.2 MB")]
        {
            assert_eq!(size(bytes), expected);
        }
    }
}
