//! A snapshot as one compressed file, for machines without a network.

#![expect(clippy::disallowed_methods, reason = "the user names the file")]

use std::fs::{File, Permissions};
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use plimsoll_advisory::{Snapshot, SnapshotError, is_exported};

use crate::commands::db::required;
use crate::exit::Exit;
use crate::failure::{Chain, Failure};
use crate::output::{size, write};

/// More than any snapshot has: a bound for a hostile file.
const MOST_BYTES: u64 = 4 << 30;

/// Writes the snapshot as a compressed file, which appears whole or not at all.
pub fn export(path: &Path, file: &Path) -> Result<Exit, Failure> {
    let snapshot = required(path)?;
    if is_same_file(path, file) {
        return Err(Failure::Usage(format!(
            "write {}: it is the snapshot itself\nhint: name another file",
            file.display()
        )));
    }
    let mut damaged = None;
    let written = write(Some(file), |out| match snapshot.export(out) {
        Err(SnapshotError::Export { source }) => Err(source),
        Err(other) => {
            let text = Chain(&other).to_string();
            damaged = Some(text.clone());
            Err(io::Error::other(text))
        }
        Ok(()) => Ok(()),
    });
    match damaged {
        Some(text) => return Err(Failure::Advisories(text)),
        None => written?,
    }
    // What was written to a pipe may be standard output, which is then no place for words.
    let Some(packed) = file.metadata().ok().filter(std::fs::Metadata::is_file) else {
        return Ok(Exit::Pass);
    };
    let (packed, revision) = (packed.len(), snapshot.revision());
    write(None, |out| {
        writeln!(out, "{} · {} · revision {revision}", file.display(), size(packed))
    })?;
    Ok(Exit::Pass)
}

/// True for two names of one file, by whatever links or spelling.
fn is_same_file(one: &Path, other: &Path) -> bool {
    let identity = |path: &Path| path.metadata().map(|metadata| (metadata.dev(), metadata.ino()));
    matches!((identity(one), identity(other)), (Ok(one), Ok(other)) if one == other)
}

/// Puts the snapshot of such a file, or one as it lies in a data directory, into the place of the present one, once all of it is verified.
pub fn import(path: &Path, file: &Path) -> Result<Exit, Failure> {
    let directory = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(directory).map_err(|error| {
        Failure::Usage(format!("make the data directory {}: {error}", directory.display()))
    })?;
    unpack(path, file).map_err(|error| Failure::Advisories(Chain(&error).to_string()))?;
    let snapshot = required(path)?;
    let (revision, counts) = (snapshot.revision(), snapshot.counts());
    write(None, |out| {
        writeln!(out, "{} · {} records · revision {revision}", path.display(), counts.records)
    })?;
    Ok(Exit::Pass)
}

fn unpack(path: &Path, file: &Path) -> Result<(), SnapshotError> {
    let unreadable = |source| SnapshotError::Open { path: file.to_owned(), source };
    let mut packed = BufReader::new(File::open(file).map_err(unreadable)?);
    if is_exported(packed.fill_buf().map_err(unreadable)?) {
        return plimsoll_advisory::import(&mut packed, path).map(|_| ());
    }
    let copied = copy(&mut packed, path).map_err(unreadable)?;
    Snapshot::open(copied.path())?.verify()?;
    let failed = |source| SnapshotError::Write { path: path.to_owned(), source };
    copied.persist(path).map_err(|error| failed(error.error))?;
    Ok(())
}

fn copy(snapshot: &mut impl Read, path: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut temporary = temporary_beside(path)?;
    if io::copy(&mut snapshot.take(MOST_BYTES), &mut temporary)? == MOST_BYTES {
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
