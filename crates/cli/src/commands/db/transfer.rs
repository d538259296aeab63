//! A snapshot as one compressed file, for machines without a network.

#![expect(clippy::disallowed_methods, reason = "the user names the file")]

use std::fs::{File, Permissions};
use std::io::{self, BufRead, BufReader, BufWriter, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use plimsoll_advisory::{Snapshot, SnapshotError, is_exported};

use crate::commands::db::required;
use crate::exit::Exit;
use crate::failure::{Chain, Failure};
use crate::output::write;

/// More than any snapshot has: a bound for a hostile file.
const MOST_BYTES: u64 = 4 << 30;

/// Writes the snapshot as a compressed file.
pub fn export(path: &Path, file: &Path) -> Result<Exit, Failure> {
    let snapshot = required(path)?;
    let packed = pack(&snapshot, file).map_err(|error| match error {
        SnapshotError::Export { source } => {
            Failure::Output(io::Error::other(format!("write {}: {source}", file.display())))
        }
        other => Failure::Advisories(Chain(&other).to_string()),
    })?;
    let revision = snapshot.revision();
    write(None, |out| {
        writeln!(out, "{} · {} MB · revision {revision}", file.display(), packed / 1_000_000)
    })?;
    Ok(Exit::Pass)
}

fn pack(snapshot: &Snapshot, file: &Path) -> Result<u64, SnapshotError> {
    let failed = |source| SnapshotError::Export { source };
    let mut out = BufWriter::new(temporary_beside(file).map_err(failed)?);
    snapshot.export(&mut out)?;
    let persist = || {
        let temporary = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        let bytes = temporary.as_file().metadata()?.len();
        temporary.persist(file)?;
        Ok(bytes)
    };
    persist().map_err(failed)
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
