//! What was read of an input before, kept so that a build reads only the inputs that changed.
//!
//! One file for each input: its encoded records as one zstd stream, and at its end what was counted. Its name is the digest of all that
//! these depend on. A damaged one is as good as none: the input is read again.

#![expect(
    clippy::disallowed_methods,
    reason = "the user names the folder in which readings are kept"
)]

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use plimsoll_advisory::EncodedPart;

use crate::feeds::FEEDS;
use crate::input::Input;
use crate::options::BuildOptions;
use crate::tally::Counted;

/// Raised whenever the same document would be kept otherwise.
const FORMAT_VERSION: u32 = 2;
const COMPRESSION_LEVEL: i32 = 1;
/// What stands before a part, and before the counts at the end.
const PART: u8 = 1;
const END: u8 = 0;
/// Bytes of one part, and of the counts.
const LONGEST: u64 = 64 << 20;

/// The folder of a build, with what of it is still of use.
pub(crate) struct Kept {
    folder: PathBuf,
    used: BTreeSet<String>,
}

/// What was counted of each feed in an input, by the feed's id.
pub(crate) type Summary = Vec<(String, Counted)>;

impl Kept {
    pub(crate) fn new(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self { folder: folder.to_owned(), used: BTreeSet::new() })
    }

    /// Where what is read of an input is kept.
    pub(crate) fn place(
        &mut self,
        input: &Input,
        reading: &str,
        options: &BuildOptions,
    ) -> PathBuf {
        let name = key(input, reading, options);
        let path = self.folder.join(&name);
        self.used.insert(name);
        path
    }

    /// Removes what this build had no use for.
    pub(crate) fn clean(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if !self.used.contains(&name) && entry.file_type()?.is_file() {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }
}

/// `reading` is [`Input::reading`].
fn key(input: &Input, reading: &str, options: &BuildOptions) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut part = |text: &str| {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    };
    part(env!("CARGO_PKG_VERSION"));
    part(&FORMAT_VERSION.to_string());
    for feed in FEEDS {
        part(feed.id);
        part(&feed.version.to_string());
    }
    part(&input.name);
    part(reading);
    part(&options.limits.feed_document_bytes.to_string());
    for list in
        [&options.ecosystems, &options.id_prefixes, &options.releases, &options.repositories]
    {
        part(&list.len().to_string());
        list.iter().for_each(|text| part(text));
    }
    hasher.finalize().to_hex().to_string()
}

/// A reading on its way to its file.
pub(crate) struct Keeper {
    stream: zstd::Encoder<'static, BufWriter<tempfile::NamedTempFile>>,
    path: PathBuf,
}

impl Keeper {
    pub(crate) fn new(path: &Path) -> io::Result<Self> {
        let folder = path.parent().unwrap_or(Path::new("."));
        let file = BufWriter::new(tempfile::NamedTempFile::new_in(folder)?);
        let mut stream = zstd::Encoder::new(file, COMPRESSION_LEVEL)?;
        stream.include_checksum(true)?;
        Ok(Self { stream, path: path.to_owned() })
    }

    pub(crate) fn push(&mut self, part: &EncodedPart) -> io::Result<()> {
        self.stream.write_all(&[PART])?;
        write_bytes(&mut self.stream, part.family.as_bytes())?;
        write_bytes(&mut self.stream, &part.bytes)
    }

    pub(crate) fn finish(mut self, summary: &Summary) -> io::Result<()> {
        self.stream.write_all(&[END])?;
        let summary = serde_json::to_vec(summary)?;
        write_bytes(&mut self.stream, &summary)?;
        let file = self.stream.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.persist(&self.path)?;
        Ok(())
    }
}

/// Reads what was kept: every part, then what was counted. `None` where there is nothing, or nothing whole: parts that were given before
/// that was seen are then not to be used.
pub(crate) fn read(path: &Path, each: &mut dyn FnMut(EncodedPart)) -> Option<Summary> {
    let file = BufReader::with_capacity(256 << 10, File::open(path).ok()?);
    let mut stream = zstd::Decoder::with_buffer(file).ok()?;
    loop {
        match read_byte(&mut stream)? {
            PART => {
                let family = String::from_utf8(read_bytes(&mut stream)?).ok()?;
                each(EncodedPart::new(family, read_bytes(&mut stream)?));
            }
            END => {
                let summary = serde_json::from_slice(&read_bytes(&mut stream)?).ok()?;
                // The checksum stands behind the last byte.
                return (stream.read(&mut [0]).ok()? == 0).then_some(summary);
            }
            _ => return None,
        }
    }
}

fn write_bytes(out: &mut dyn Write, bytes: &[u8]) -> io::Result<()> {
    out.write_all(&(bytes.len() as u64).to_le_bytes())?;
    out.write_all(bytes)
}

fn read_byte(stream: &mut dyn Read) -> Option<u8> {
    let mut byte = [0];
    stream.read_exact(&mut byte).ok()?;
    Some(byte[0])
}

fn read_bytes(stream: &mut dyn Read) -> Option<Vec<u8>> {
    let mut length = [0; 8];
    stream.read_exact(&mut length).ok()?;
    let length = u64::from_le_bytes(length);
    if length > LONGEST {
        return None;
    }
    let mut bytes = Vec::new();
    let read = stream.take(length).read_to_end(&mut bytes).ok()?;
    (read as u64 == length).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary() -> Summary {
        let counted = Counted { records: 7, ..Counted::default() };
        vec![("osv".into(), counted)]
    }

    fn parts(path: &Path) -> (Option<Summary>, Vec<String>) {
        let mut families = Vec::new();
        let summary = read(path, &mut |part| families.push(part.family));
        (summary, families)
    }

    #[test]
    fn what_is_kept_is_read_again_and_what_is_damaged_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kept");
        let mut keeper = Keeper::new(&path).unwrap();
        for family in ["npm", "PyPI"] {
            keeper.push(&EncodedPart::new(family.into(), vec![7; 3_000])).unwrap();
        }
        keeper.finish(&summary()).unwrap();
        assert_eq!(parts(&path), (Some(summary()), vec!["npm".into(), "PyPI".into()]));
        let whole = fs::read(&path).unwrap();
        for place in [4, whole.len() / 2, whole.len() - 1] {
            let mut damaged = whole.clone();
            damaged[place] ^= 0x55;
            fs::write(&path, damaged).unwrap();
            assert_eq!(parts(&path).0, None, "byte {place}");
        }
        fs::write(&path, &whole[..whole.len() - 6]).unwrap();
        assert_eq!(parts(&path).0, None);
        assert_eq!(parts(&folder.path().join("nothing")).0, None);
    }
}
