//! Reads an input as a stream of documents, bounded.
//!
//! Damage costs only what lies behind it: of an archive that ends too early its rest, of a broken document that document.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use plimsoll_archive::{Decoder, DecoderBounds, FileBytes, TarEntryKind, TarReader, ZipReader};
use plimsoll_core::Limits;

use super::{Input, InputKind, changes_of, file_name, is_document, is_plain, read_error};
use crate::error::FeedError;

/// Feeds are published with a window of up to 128 MiB.
const ZSTD_WINDOW_LOG: u32 = 27;
const ZIP_ENTRIES: usize = 5_000_000;
const BUFFER_BYTES: usize = 256 << 10;

/// What to do after a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Continue,
    /// The input is of no use: the rest of it is not read.
    Stop,
}

/// What happened to an input's documents besides those that were given.
#[derive(Debug, Default)]
pub(crate) struct ReadCounts {
    /// Documents that are larger than is read.
    pub(crate) too_large: u64,
    /// Entries of an archive whose content could not be had.
    pub(crate) unreadable: u64,
    /// Documents of an archive that lie beside it in a newer form.
    pub(crate) outdated: u64,
    /// Why an archive was not read to its end, or a document not at all.
    pub(crate) damage: Vec<FeedError>,
}

impl ReadCounts {
    /// True where every document was given.
    pub(crate) fn is_whole(&self) -> bool {
        (self.too_large, self.unreadable) == (0, 0) && self.damage.is_empty()
    }
}

impl Input {
    /// BLAKE3 of the input: of an archive its bytes, of documents the name and digest of each.
    pub(crate) fn digest(&self) -> Result<String, FeedError> {
        match &self.kind {
            InputKind::Archive(path) => Ok(digest_of(path)?.to_hex().to_string()),
            InputKind::Documents(paths) => {
                let mut hasher = blake3::Hasher::new();
                for (name, path) in paths {
                    hasher.update(name.as_bytes()).update(&[0]);
                    hasher.update(digest_of(path)?.as_bytes());
                }
                Ok(hasher.finalize().to_hex().to_string())
            }
        }
    }

    /// All that what is read of the input depends on: its digest, and which of its documents lie beside it in a newer form.
    pub(crate) fn reading(&self, digest: &str) -> Result<String, FeedError> {
        let newer = match &self.kind {
            InputKind::Archive(path) => beside(path)?,
            InputKind::Documents(_) => BTreeSet::new(),
        };
        let names: Vec<String> = newer.into_iter().collect();
        Ok(std::iter::once(digest.to_owned()).chain(names).collect::<Vec<_>>().join("\n"))
    }

    /// Gives every document of the input that can be had, with its path.
    pub(crate) fn read(
        &self,
        limits: &Limits,
        document: &mut dyn FnMut(String, Vec<u8>) -> Next,
    ) -> Result<ReadCounts, FeedError> {
        let path = match &self.kind {
            InputKind::Archive(path) => path,
            InputKind::Documents(paths) => return Ok(read_files(paths, limits, document)),
        };
        let newer = beside(path)?;
        let (mut unreadable, mut outdated) = (0, 0);
        let mut in_archive = |path: &[u8], bytes: Vec<u8>| {
            let path = String::from_utf8_lossy(path);
            if newer.contains(path.rsplit('/').next().unwrap_or_default()) {
                outdated += 1;
                return Next::Continue;
            }
            match decoded(&path, bytes, limits) {
                Ok(bytes) => document(format!("{}!/{path}", self.name), bytes),
                Err(_) => {
                    unreadable += 1;
                    Next::Continue
                }
            }
        };
        let (counts, document) = (ReadCounts::default(), &mut in_archive as _);
        let mut reading = Reading { path, limits, document, counts };
        let read = if self.name.ends_with(".zip") { reading.zip() } else { reading.tar() };
        let mut counts = reading.counts;
        counts.unreadable += unreadable;
        counts.outdated += outdated;
        counts.damage.extend(read.err());
        Ok(counts)
    }
}

/// The names of the documents that lie beside an archive in a newer form.
fn beside(archive: &Path) -> Result<BTreeSet<String>, FeedError> {
    let folder = archive.with_file_name(changes_of(&file_name(archive)));
    let failed = |source| read_error(&folder, source);
    let listing = match std::fs::read_dir(&folder) {
        Err(error)
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            return Ok(BTreeSet::new());
        }
        listing => listing.map_err(failed)?,
    };
    let name = |entry: io::Result<std::fs::DirEntry>| {
        Ok(entry?.file_name().to_string_lossy().into_owned())
    };
    listing.map(name).collect::<io::Result<_>>().map_err(failed)
}

fn digest_of(path: &Path) -> Result<blake3::Hash, FeedError> {
    let failed = |source| read_error(path, source);
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path).map_err(failed)?).map_err(failed)?;
    Ok(hasher.finalize())
}

/// The bytes of a document, unpacked where its name says that it is compressed.
pub(crate) fn decoded(name: &str, bytes: Vec<u8>, limits: &Limits) -> io::Result<Vec<u8>> {
    if is_plain(name) { Ok(bytes) } else { unpacked(bytes.as_slice(), limits) }
}

/// What a document holds; an error of the kind `FileTooLarge` where it is larger than is read.
fn unpacked(packed: impl BufRead, limits: &Limits) -> io::Result<Vec<u8>> {
    let mut decoder = Decoder::new(packed, bounds(limits))?;
    let most = limits.feed_document_bytes;
    let mut bytes = Vec::new();
    (&mut decoder).take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::from(io::ErrorKind::FileTooLarge));
    }
    Ok(bytes)
}

fn read_files(
    paths: &[(String, PathBuf)],
    limits: &Limits,
    document: &mut dyn FnMut(String, Vec<u8>) -> Next,
) -> ReadCounts {
    let mut counts = ReadCounts::default();
    for (name, path) in paths {
        let open = File::open(path);
        let bytes =
            open.and_then(|file| unpacked(BufReader::with_capacity(BUFFER_BYTES, file), limits));
        match bytes {
            Ok(bytes) => {
                if document(name.clone(), bytes) == Next::Stop {
                    break;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => counts.too_large += 1,
            Err(error) => counts.damage.push(read_error(path, error)),
        }
    }
    counts
}

/// A feed is text that repeats itself: its growth is no sign of an attack, its size is bounded.
fn bounds(limits: &Limits) -> DecoderBounds {
    DecoderBounds {
        ratio: u64::MAX,
        zstd_window_log: ZSTD_WINDOW_LOG,
        ..DecoderBounds::from(limits)
    }
}

/// An archive that is being read.
struct Reading<'a> {
    path: &'a Path,
    limits: &'a Limits,
    document: &'a mut dyn FnMut(&[u8], Vec<u8>) -> Next,
    /// Of what was read until now.
    counts: ReadCounts,
}

impl Reading<'_> {
    fn tar(&mut self) -> Result<(), FeedError> {
        let failed = |source| read_error(self.path, source);
        let broken = |source| FeedError::Tar { path: self.path.to_owned(), source };
        let most = self.limits.feed_document_bytes;
        let file = BufReader::with_capacity(BUFFER_BYTES, File::open(self.path).map_err(failed)?);
        let decoder = Decoder::new(file, bounds(self.limits)).map_err(failed)?;
        let mut tar = TarReader::new(BufReader::with_capacity(BUFFER_BYTES, decoder), self.limits);
        while let Some(entry) = tar.next_entry().map_err(broken)? {
            if entry.kind != TarEntryKind::File || !is_document(&entry.name) {
                continue;
            }
            if entry.size > most {
                self.counts.too_large += 1;
                continue;
            }
            // The size is the header's claim: memory is taken as the content comes.
            let claimed = usize::try_from(entry.size).unwrap_or(0);
            let mut bytes = Vec::with_capacity(claimed.min(1 << 20));
            (&mut tar).take(most).read_to_end(&mut bytes).map_err(failed)?;
            if (self.document)(&entry.name, bytes) == Next::Stop {
                break;
            }
        }
        self.counts.unreadable += tar.take_problems().0.len() as u64;
        Ok(())
    }

    fn zip(&mut self) -> Result<(), FeedError> {
        let failed = |source| read_error(self.path, source);
        let broken = |source| FeedError::Zip { path: self.path.to_owned(), source };
        let most = self.limits.feed_document_bytes;
        let file = File::open(self.path).and_then(FileBytes::new).map_err(failed)?;
        // One archive may hold a whole ecosystem, or all of them.
        let limits = Limits { zip_entries: ZIP_ENTRIES, ..*self.limits };
        let zip = ZipReader::open(&file, &limits).map_err(broken)?;
        self.counts.unreadable += zip.problems().len() as u64;
        for entry in zip.entries() {
            if entry.is_directory() || !is_document(entry.name) {
                continue;
            }
            if entry.size > most {
                self.counts.too_large += 1;
                continue;
            }
            let Ok(bytes) = zip.read(&entry, most) else {
                self.counts.unreadable += 1;
                continue;
            };
            if (self.document)(entry.name, bytes) == Next::Stop {
                break;
            }
        }
        Ok(())
    }
}
