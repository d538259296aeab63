//! A snapshot as one compressed file, for machines without a network.

#![expect(clippy::disallowed_methods, reason = "the user names the file")]

use std::fs::{File, Permissions};
use std::io::{self, BufRead, BufReader, BufWriter, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use plimsoll_advisory::Snapshot;

use crate::commands::db::required;
use crate::exit::Exit;
use crate::failure::{Chain, Failure};
use crate::output::write;

/// What is compressed is done once, and read by many.
const COMPRESSION_LEVEL: i32 = 19;
/// Bytes of the window, as a logarithm: what repeats itself in a snapshot does so over all of it.
const WINDOW_LOG: u32 = 27;
/// How a zstd frame begins (RFC 8878, 3.1.1).
const ZSTD_MAGIC: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
/// More than any snapshot has: a bound for a hostile file.
const MOST_BYTES: u64 = 4 << 30;

/// Writes the snapshot as a compressed file.
pub fn export(path: &Path, file: &Path) -> Result<Exit, Failure> {
    let snapshot = required(path)?;
    let failed = |error| io::Error::other(format!("write {}: {error}", file.display()));
    let packed = pack(path, file).map_err(|error: io::Error| Failure::Output(failed(error)))?;
    let revision = snapshot.revision();
    write(None, |out| {
        writeln!(out, "{} · {} MB · revision {revision}", file.display(), packed / 1_000_000)
    })?;
    Ok(Exit::Pass)
}

fn pack(path: &Path, file: &Path) -> io::Result<u64> {
    let temporary = temporary_beside(file)?;
    let mut stream = zstd::Encoder::new(BufWriter::new(temporary), COMPRESSION_LEVEL)?;
    stream.window_log(WINDOW_LOG)?;
    stream.long_distance_matching(true)?;
    stream.include_checksum(true)?;
    io::copy(&mut BufReader::new(File::open(path)?), &mut stream)?;
    let temporary = stream.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
    let bytes = temporary.as_file().metadata()?.len();
    temporary.persist(file)?;
    Ok(bytes)
}

/// Puts the snapshot of such a file, or one that is not compressed, into the place of the present one, once all of it is verified.
pub fn import(path: &Path, file: &Path) -> Result<Exit, Failure> {
    let directory = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(directory).map_err(|error| {
        Failure::Usage(format!("make the data directory {}: {error}", directory.display()))
    })?;
    let failed = |error: io::Error| {
        Failure::Advisories(format!("read the snapshot {}: {error}", file.display()))
    };
    let temporary = unpack(path, file).map_err(failed)?;
    let open = || {
        let snapshot = Snapshot::open(temporary.path())?;
        snapshot.verify()?;
        Ok::<_, plimsoll_advisory::SnapshotError>(snapshot)
    };
    let snapshot = open().map_err(|error| Failure::Advisories(Chain(&error).to_string()))?;
    temporary.persist(path).map_err(|error| failed(error.error))?;
    let (revision, counts) = (snapshot.revision(), snapshot.counts());
    write(None, |out| {
        writeln!(out, "{} · {} records · revision {revision}", path.display(), counts.records)
    })?;
    Ok(Exit::Pass)
}

fn unpack(path: &Path, file: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut packed = BufReader::new(File::open(file)?);
    let mut temporary = temporary_beside(path)?;
    let is_compressed = packed.fill_buf()?.starts_with(ZSTD_MAGIC);
    let mut content: Box<dyn Read> = if is_compressed {
        let mut stream = zstd::Decoder::with_buffer(packed)?;
        stream.window_log_max(WINDOW_LOG)?;
        Box::new(stream)
    } else {
        Box::new(packed)
    };
    let copied = io::copy(&mut (&mut content).take(MOST_BYTES), &mut temporary)?;
    if copied == MOST_BYTES {
        return Err(io::Error::from(io::ErrorKind::FileTooLarge));
    }
    temporary.as_file().sync_all()?;
    Ok(temporary)
}

fn temporary_beside(path: &Path) -> io::Result<tempfile::NamedTempFile> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    tempfile::Builder::new().permissions(Permissions::from_mode(0o644)).tempfile_in(directory)
}
