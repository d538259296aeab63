//! Finds the files below a directory of feeds, and reads each as a stream of documents, bounded.

#![expect(clippy::disallowed_methods, reason = "the user names the folder of feeds")]

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use plimsoll_archive::{Decoder, DecoderBounds, FileBytes, TarEntryKind, TarReader, ZipReader};
use plimsoll_core::Limits;

use crate::error::FeedError;

/// File names that are archives, the longest first.
pub(crate) const ARCHIVE_SUFFIXES: &[&str] =
    &[".tar.zst", ".tar.gz", ".tar.bz2", ".tgz", ".tar", ".zip"];

/// Feeds are published with a window of up to 128 MiB.
const ZSTD_WINDOW_LOG: u32 = 27;
const ZIP_ENTRIES: usize = 5_000_000;
/// How deep below the given directory inputs are looked for.
const DIRECTORY_DEPTH: usize = 6;

/// One input: what is read, counted and named as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Input {
    /// The path below the given directory, with `/`.
    pub(crate) name: String,
    pub(crate) kind: InputKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum InputKind {
    Archive(PathBuf),
    /// The `*.json` of one directory, by name; or one such file.
    Documents(Vec<PathBuf>),
}

/// What was found below a path.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) inputs: Vec<Input>,
    /// Names of files of which no form is read.
    pub(crate) unread: Vec<String>,
}

/// Every input below a directory, or the file itself; in the order of their names.
pub(crate) fn find(path: &Path) -> Result<Found, FeedError> {
    let mut found = Found::default();
    let metadata = std::fs::metadata(path).map_err(|source| read_error(path, source))?;
    if metadata.is_dir() {
        find_in(path, "", DIRECTORY_DEPTH, &mut found)?;
    } else {
        let name = file_name(path);
        match kind_of(path, &name) {
            Some(kind) => found.inputs.push(Input { name: named_by(path, name), kind }),
            None => found.unread.push(name),
        }
    }
    Ok(found)
}

/// A file that is given alone is named with its directory, for `all.zip` says nothing.
fn named_by(path: &Path, name: String) -> String {
    match path.parent().and_then(Path::file_name) {
        Some(parent) => format!("{}/{name}", parent.to_string_lossy()),
        None => name,
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

fn kind_of(path: &Path, name: &str) -> Option<InputKind> {
    if ARCHIVE_SUFFIXES.iter().any(|suffix| name.ends_with(suffix)) {
        Some(InputKind::Archive(path.to_owned()))
    } else if name.ends_with(".json") {
        Some(InputKind::Documents(vec![path.to_owned()]))
    } else {
        None
    }
}

fn find_in(
    directory: &Path,
    prefix: &str,
    depth: usize,
    found: &mut Found,
) -> Result<(), FeedError> {
    let listing = std::fs::read_dir(directory).map_err(|source| read_error(directory, source))?;
    let mut entries =
        listing.collect::<Result<Vec<_>, _>>().map_err(|source| read_error(directory, source))?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    let mut documents = Vec::new();
    for entry in entries {
        let path = entry.path();
        let name = format!("{prefix}{}", file_name(&path));
        let kind = entry.file_type().map_err(|source| read_error(&path, source))?;
        if kind.is_dir() && depth > 0 {
            find_in(&path, &format!("{name}/"), depth - 1, found)?;
        } else if kind.is_file() {
            match kind_of(&path, &name) {
                Some(InputKind::Documents(_)) => documents.push(path),
                Some(kind) => found.inputs.push(Input { name, kind }),
                None => found.unread.push(name),
            }
        }
    }
    if !documents.is_empty() {
        let name = match prefix.trim_end_matches('/') {
            "" => file_name(directory),
            prefix => prefix.to_owned(),
        };
        found.inputs.push(Input { name, kind: InputKind::Documents(documents) });
    }
    Ok(())
}

fn read_error(path: &Path, source: io::Error) -> FeedError {
    FeedError::Read { path: path.to_owned(), source }
}

/// What to do after a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Continue,
    /// The input is of no use: the rest of it is not read.
    Stop,
}

/// What happened to an input's documents besides those that were given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ReadCounts {
    /// Documents that are larger than is read.
    pub(crate) too_large: u64,
    /// Entries of an archive whose content could not be had.
    pub(crate) unreadable: u64,
}

impl Input {
    /// BLAKE3 of the input: of an archive its bytes, of documents the digests of each.
    pub(crate) fn digest(&self) -> Result<String, FeedError> {
        match &self.kind {
            InputKind::Archive(path) => Ok(digest_of(path)?.to_hex().to_string()),
            InputKind::Documents(paths) => {
                let mut hasher = blake3::Hasher::new();
                for path in paths {
                    hasher.update(digest_of(path)?.as_bytes());
                }
                Ok(hasher.finalize().to_hex().to_string())
            }
        }
    }

    /// Gives every JSON document of the input.
    pub(crate) fn read(
        &self,
        limits: &Limits,
        document: &mut dyn FnMut(Vec<u8>) -> Next,
    ) -> Result<ReadCounts, FeedError> {
        match &self.kind {
            InputKind::Archive(path) if self.name.ends_with(".zip") => {
                read_zip(path, limits, document)
            }
            InputKind::Archive(path) => read_tar(path, limits, document),
            InputKind::Documents(paths) => read_files(paths, limits, document),
        }
    }
}

fn digest_of(path: &Path) -> Result<blake3::Hash, FeedError> {
    let failed = |source| read_error(path, source);
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path).map_err(failed)?).map_err(failed)?;
    Ok(hasher.finalize())
}

fn is_document(name: &[u8]) -> bool {
    let file = name.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
    file.ends_with(b".json") && !file.starts_with(b".")
}

fn read_files(
    paths: &[PathBuf],
    limits: &Limits,
    document: &mut dyn FnMut(Vec<u8>) -> Next,
) -> Result<ReadCounts, FeedError> {
    let mut counts = ReadCounts::default();
    for path in paths {
        let failed = |source| read_error(path, source);
        let file = File::open(path).map_err(failed)?;
        let mut bytes = Vec::new();
        file.take(limits.text_bytes.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 > limits.text_bytes {
            counts.too_large += 1;
        } else if document(bytes) == Next::Stop {
            break;
        }
    }
    Ok(counts)
}

fn read_tar(
    path: &Path,
    limits: &Limits,
    document: &mut dyn FnMut(Vec<u8>) -> Next,
) -> Result<ReadCounts, FeedError> {
    let failed = |source| read_error(path, source);
    let broken = |source| FeedError::Tar { path: path.to_owned(), source };
    let file = BufReader::with_capacity(256 << 10, File::open(path).map_err(failed)?);
    // A feed is text that repeats itself: its growth is no sign of an attack, its size is bounded.
    let bounds = DecoderBounds {
        ratio: u64::MAX,
        zstd_window_log: ZSTD_WINDOW_LOG,
        ..DecoderBounds::from(limits)
    };
    let decoder = Decoder::new(file, bounds).map_err(failed)?;
    let mut tar = TarReader::new(BufReader::with_capacity(256 << 10, decoder), limits);
    let mut counts = ReadCounts::default();
    while let Some(entry) = tar.next_entry().map_err(broken)? {
        if entry.kind != TarEntryKind::File || !is_document(&entry.name) {
            continue;
        }
        if entry.size > limits.text_bytes {
            counts.too_large += 1;
            continue;
        }
        // The size is the header's claim: memory is taken as the content comes.
        let mut bytes = Vec::with_capacity(usize::try_from(entry.size).unwrap_or(0).min(1 << 20));
        (&mut tar).take(limits.text_bytes).read_to_end(&mut bytes).map_err(failed)?;
        if document(bytes) == Next::Stop {
            break;
        }
    }
    counts.unreadable = tar.take_problems().0.len() as u64;
    Ok(counts)
}

fn read_zip(
    path: &Path,
    limits: &Limits,
    document: &mut dyn FnMut(Vec<u8>) -> Next,
) -> Result<ReadCounts, FeedError> {
    let failed = |source| read_error(path, source);
    let broken = |source| FeedError::Zip { path: path.to_owned(), source };
    let file = File::open(path).and_then(FileBytes::new).map_err(failed)?;
    // One archive may hold a whole ecosystem, or all of them.
    let limits = Limits { zip_entries: ZIP_ENTRIES, ..*limits };
    let zip = ZipReader::open(&file, &limits).map_err(broken)?;
    let mut counts =
        ReadCounts { unreadable: zip.problems().len() as u64, ..ReadCounts::default() };
    for entry in zip.entries() {
        if entry.is_directory() || !is_document(entry.name) {
            continue;
        }
        if entry.size > limits.text_bytes {
            counts.too_large += 1;
            continue;
        }
        let Ok(bytes) = zip.read(&entry, limits.text_bytes) else {
            counts.unreadable += 1;
            continue;
        };
        if document(bytes) == Next::Stop {
            break;
        }
    }
    Ok(counts)
}
