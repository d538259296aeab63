//! Finds the files below a directory of feeds, and reads each as a stream of documents, bounded.
//!
//! An archive is one input, and so is a compressed document. Loose documents are one input for each directory, at most two levels below
//! the given one: a checkout of a database with a folder for each of its packages is one feed.

#![expect(clippy::disallowed_methods, reason = "the user names the folder of feeds")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use plimsoll_archive::{
    Decoder, DecoderBounds, FileBytes, TarEntryKind, TarReader, ZipReader, unpack_xz,
};
use plimsoll_core::Limits;

use crate::error::FeedError;

/// File names that are archives, the longest first.
const ARCHIVE_SUFFIXES: &[&str] = &[".tar.zst", ".tar.gz", ".tar.bz2", ".tgz", ".tar", ".zip"];
/// File names that are documents; one without any suffix is one too.
const DOCUMENT_SUFFIXES: &[&str] =
    &[".json", ".yaml", ".yml", ".xml", ".md", ".toml", ".csv", ".txt", ".list"];
/// What may follow a document's suffix.
const COMPRESSION_SUFFIXES: &[&str] = &[".gz", ".bz2", ".xz", ".zst"];

const XZ_MAGIC: &[u8] = b"\xfd7zXZ\0";

/// Feeds are published with a window of up to 128 MiB.
const ZSTD_WINDOW_LOG: u32 = 27;
const ZIP_ENTRIES: usize = 5_000_000;
/// What follows an archive's name in that of the folder of its changes.
pub(crate) const CHANGES_SUFFIX: &str = ".changes";
/// How deep below the given directory inputs are looked for.
const DIRECTORY_DEPTH: usize = 12;
/// Directories deeper than this belong to the input of the one above.
const INPUT_DEPTH: usize = 2;

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
    /// Documents, compressed or not, each with its path below the given directory; in the order of these.
    Documents(Vec<(String, PathBuf)>),
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
        let mut loose = BTreeMap::new();
        find_in(path, &Place { prefix: "", depth: 0 }, &mut (&mut found, &mut loose))?;
        let named = |(name, documents): (String, _)| Input {
            name: if name.is_empty() { file_name(path) } else { name },
            kind: InputKind::Documents(documents),
        };
        found.inputs.extend(loose.into_iter().map(named));
        found.inputs.sort_by(|one, other| one.name.cmp(&other.name));
    } else {
        let name = file_name(path);
        match kind_of(path, &name) {
            Some(kind) => found.inputs.push(Input { name: named_by(path, name), kind }),
            None => found.unread.push(name),
        }
    }
    Ok(found)
}

/// Loose documents by the name of their input, which is empty for those of the given directory itself.
type Loose = BTreeMap<String, Vec<(String, PathBuf)>>;

/// Where below the given directory a directory lies.
struct Place<'a> {
    /// Its path with a `/` at the end; empty for the given one.
    prefix: &'a str,
    depth: usize,
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
    } else if is_document(name.as_bytes()) {
        Some(InputKind::Documents(vec![(name.to_owned(), path.to_owned())]))
    } else {
        None
    }
}

/// A file's name without what its form adds: `debian.tar.zst` and `debian.json` are both `debian`.
pub(crate) fn stem(file: &str) -> &str {
    if let Some(stem) = ARCHIVE_SUFFIXES.iter().find_map(|suffix| file.strip_suffix(suffix)) {
        return stem;
    }
    let packed = COMPRESSION_SUFFIXES.iter().find_map(|suffix| file.strip_suffix(suffix));
    let file = packed.unwrap_or(file);
    DOCUMENT_SUFFIXES.iter().find_map(|suffix| file.strip_suffix(suffix)).unwrap_or(file)
}

fn find_in(
    directory: &Path,
    place: &Place<'_>,
    into: &mut (&mut Found, &mut Loose),
) -> Result<(), FeedError> {
    let listing = std::fs::read_dir(directory).map_err(|source| read_error(directory, source))?;
    let mut entries =
        listing.collect::<Result<Vec<_>, _>>().map_err(|source| read_error(directory, source))?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let own_name = file_name(&path);
        let name = format!("{}{own_name}", place.prefix);
        let kind = entry.file_type().map_err(|source| read_error(&path, source))?;
        // A checkout's own files are no feed.
        if own_name.starts_with('.') {
            continue;
        }
        if kind.is_dir() && place.depth < DIRECTORY_DEPTH {
            let below = Place { prefix: &format!("{name}/"), depth: place.depth + 1 };
            find_in(&path, &below, into)?;
        } else if kind.is_file() && !is_gone(place.prefix, &entry) {
            match kind_of(&path, &name) {
                Some(InputKind::Documents(_)) if is_plain(&name) => {
                    let input = input_of(place.prefix);
                    into.1.entry(input).or_default().push((name, path));
                }
                Some(kind) => into.0.inputs.push(Input { name, kind }),
                None => into.0.unread.push(name),
            }
        }
    }
    Ok(())
}

/// Beside an archive, an empty file stands for a document in it that its publisher took back.
fn is_gone(prefix: &str, entry: &std::fs::DirEntry) -> bool {
    let is_beside = prefix.strip_suffix('/').is_some_and(|name| name.ends_with(CHANGES_SUFFIX));
    is_beside && entry.metadata().is_ok_and(|metadata| metadata.len() == 0)
}

/// A document that is not compressed.
fn is_plain(name: &str) -> bool {
    !COMPRESSION_SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
}

/// The input of the loose documents of a directory.
fn input_of(prefix: &str) -> String {
    let parts: Vec<_> = prefix.split('/').filter(|part| !part.is_empty()).collect();
    parts.get(..INPUT_DEPTH).unwrap_or(&parts).join("/")
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

    /// Gives every document of the input, with its path.
    pub(crate) fn read(
        &self,
        limits: &Limits,
        document: &mut dyn FnMut(String, Vec<u8>) -> Next,
    ) -> Result<ReadCounts, FeedError> {
        let mut unreadable = 0;
        let newer = match &self.kind {
            InputKind::Archive(path) => beside(path)?,
            InputKind::Documents(_) => BTreeSet::new(),
        };
        let mut in_archive = |path: &[u8], bytes: Vec<u8>| {
            let path = String::from_utf8_lossy(path);
            if newer.contains(path.rsplit('/').next().unwrap_or_default()) {
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
        let mut counts = match &self.kind {
            InputKind::Archive(path) if self.name.ends_with(".zip") => {
                read_zip(path, limits, &mut in_archive)
            }
            InputKind::Archive(path) => read_tar(path, limits, &mut in_archive),
            InputKind::Documents(paths) => read_files(paths, limits, document),
        }?;
        counts.unreadable += unreadable;
        Ok(counts)
    }
}

/// Where the records lie that changed since an archive was made: in this folder, each under its name in the archive, they are read in
/// the place of those in it.
pub(crate) fn changes_of(archive: &str) -> String {
    format!("{archive}{CHANGES_SUFFIX}")
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
    if is_plain(name) { Ok(bytes) } else { unpacked(name, bytes.as_slice(), limits) }
}

/// What a document holds; an error of the kind `FileTooLarge` where it is larger than is read.
fn unpacked(name: &str, mut packed: impl BufRead, limits: &Limits) -> io::Result<Vec<u8>> {
    // What is kept under one name may be published under another.
    if name.ends_with(".xz") || packed.fill_buf()?.starts_with(XZ_MAGIC) {
        let bounds = DecoderBounds { bytes: limits.feed_document_bytes, ..bounds(limits) };
        return unpack_xz(&mut packed, bounds);
    }
    let mut decoder = Decoder::new(packed, bounds(limits))?;
    let most = limits.feed_document_bytes;
    let mut bytes = Vec::new();
    (&mut decoder).take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(io::Error::from(io::ErrorKind::FileTooLarge));
    }
    Ok(bytes)
}

/// By its name: a suffix of a document, or none at all. What is hidden is none.
fn is_document(name: &[u8]) -> bool {
    let file = name.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
    let ends = |file: &[u8], suffixes: &[&str]| {
        suffixes.iter().any(|suffix| file.ends_with(suffix.as_bytes()))
    };
    let packed =
        COMPRESSION_SUFFIXES.iter().find_map(|suffix| file.strip_suffix(suffix.as_bytes()));
    let is_hidden = file.is_empty() || file.starts_with(b".");
    // `Packages.gz` of a repository has no other suffix.
    let has_none = |file: &[u8]| !file.contains(&b'.');
    let plain = packed.unwrap_or(file);
    !is_hidden && (ends(plain, DOCUMENT_SUFFIXES) || has_none(plain))
}

fn read_files(
    paths: &[(String, PathBuf)],
    limits: &Limits,
    document: &mut dyn FnMut(String, Vec<u8>) -> Next,
) -> Result<ReadCounts, FeedError> {
    let mut counts = ReadCounts::default();
    for (name, path) in paths {
        let failed = |source| read_error(path, source);
        let file = BufReader::with_capacity(256 << 10, File::open(path).map_err(failed)?);
        match unpacked(name, file, limits) {
            Ok(bytes) => {
                if document(name.clone(), bytes) == Next::Stop {
                    break;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => counts.too_large += 1,
            Err(error) => return Err(failed(error)),
        }
    }
    Ok(counts)
}

/// A feed is text that repeats itself: its growth is no sign of an attack, its size is bounded.
fn bounds(limits: &Limits) -> DecoderBounds {
    DecoderBounds {
        ratio: u64::MAX,
        zstd_window_log: ZSTD_WINDOW_LOG,
        ..DecoderBounds::from(limits)
    }
}

fn read_tar(
    path: &Path,
    limits: &Limits,
    document: &mut dyn FnMut(&[u8], Vec<u8>) -> Next,
) -> Result<ReadCounts, FeedError> {
    let failed = |source| read_error(path, source);
    let broken = |source| FeedError::Tar { path: path.to_owned(), source };
    let file = BufReader::with_capacity(256 << 10, File::open(path).map_err(failed)?);
    let decoder = Decoder::new(file, bounds(limits)).map_err(failed)?;
    let mut tar = TarReader::new(BufReader::with_capacity(256 << 10, decoder), limits);
    let mut counts = ReadCounts::default();
    while let Some(entry) = tar.next_entry().map_err(broken)? {
        if entry.kind != TarEntryKind::File || !is_document(&entry.name) {
            continue;
        }
        if entry.size > limits.feed_document_bytes {
            counts.too_large += 1;
            continue;
        }
        // The size is the header's claim: memory is taken as the content comes.
        let mut bytes = Vec::with_capacity(usize::try_from(entry.size).unwrap_or(0).min(1 << 20));
        (&mut tar).take(limits.feed_document_bytes).read_to_end(&mut bytes).map_err(failed)?;
        if document(&entry.name, bytes) == Next::Stop {
            break;
        }
    }
    counts.unreadable = tar.take_problems().0.len() as u64;
    Ok(counts)
}

fn read_zip(
    path: &Path,
    limits: &Limits,
    document: &mut dyn FnMut(&[u8], Vec<u8>) -> Next,
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
        if entry.size > limits.feed_document_bytes {
            counts.too_large += 1;
            continue;
        }
        let Ok(bytes) = zip.read(&entry, limits.feed_document_bytes) else {
            counts.unreadable += 1;
            continue;
        };
        if document(entry.name, bytes) == Next::Stop {
            break;
        }
    }
    Ok(counts)
}
