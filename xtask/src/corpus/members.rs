//! Archives among the samples: what a publisher packs into one file is many documents.

use anyhow::Result;
use plimsoll_archive::{Decoder, DecoderBounds, TarEntryKind, TarReader, ZipReader};
use plimsoll_core::Limits;

/// A file by its path.
pub type Member = (String, Vec<u8>);

/// File names that are tar archives, compressed or not.
const TAR_SUFFIXES: &[&str] = &[".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.zst"];

/// The files of a tar archive, which may be compressed.
pub fn of_tar(archive: impl std::io::Read) -> Result<Vec<Member>> {
    let limits = Limits::default();
    let decoder = Decoder::new(std::io::BufReader::new(archive), DecoderBounds::from(&limits))?;
    let mut tar = TarReader::new(std::io::BufReader::new(decoder), &limits);
    let mut files = Vec::new();
    while let Some(entry) = tar.next_entry()? {
        if entry.kind != TarEntryKind::File {
            continue;
        }
        let path = String::from_utf8_lossy(&entry.name).into_owned();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut tar, &mut bytes)?;
        files.push((path.trim_start_matches("./").to_owned(), bytes));
    }
    Ok(files)
}

/// The file itself, or, of an archive, its files: each with the archive's path and `!/` before its own. A broken archive, as some tests
/// have, is a file.
pub fn unfold(file: Member) -> Vec<Member> {
    let (path, bytes) = file;
    let members = if path.ends_with(".zip") {
        of_zip(&bytes)
    } else if TAR_SUFFIXES.iter().any(|suffix| path.ends_with(suffix)) {
        of_tar(bytes.as_slice())
    } else {
        return vec![(path, bytes)];
    };
    match members {
        Ok(members) => {
            let place = |(name, bytes)| (format!("{path}!/{name}"), bytes);
            members.into_iter().map(place).collect()
        }
        Err(_) => vec![(path, bytes)],
    }
}

fn of_zip(bytes: &[u8]) -> Result<Vec<Member>> {
    let limits = Limits::default();
    let zip = ZipReader::open(&bytes, &limits)?;
    let files = zip.entries().filter(|entry| !entry.is_directory());
    let read = |entry: plimsoll_archive::ZipEntry<'_>| {
        let name = String::from_utf8_lossy(entry.name).into_owned();
        Ok((name, zip.read(&entry, limits.feed_document_bytes)?))
    };
    files.map(read).collect()
}
