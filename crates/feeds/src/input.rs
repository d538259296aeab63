//! Finds the files below a directory of feeds.
//!
//! An archive is one input, and so is a compressed document. Loose documents are one input for each directory, at most two levels below
//! the given one: a checkout of a database with a folder for each of its packages is one feed.

#![expect(clippy::disallowed_methods, reason = "the user names the folder of feeds")]

mod content;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

pub(crate) use content::{Next, ReadCounts, decoded};

use crate::error::FeedError;

/// File names that are archives, the longest first.
const ARCHIVE_SUFFIXES: &[&str] =
    &[".tar.zst", ".tar.bz2", ".tar.gz", ".tar.xz", ".tgz", ".tar", ".zip"];
/// File names that are documents; one without any suffix is one too.
const DOCUMENT_SUFFIXES: &[&str] =
    &[".json", ".yaml", ".yml", ".xml", ".md", ".toml", ".csv", ".txt", ".list"];
/// Those of documents that are written for machines, and that a checkout has seldom for its own use.
const MACHINE_SUFFIXES: &[&str] = &[".json", ".yaml", ".yml", ".xml", ".csv"];
/// What may follow a document's suffix.
const COMPRESSION_SUFFIXES: &[&str] = &[".gz", ".bz2", ".xz", ".zst"];

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
        // Links are followed, but to a directory that is on the way here: those lead round in circles.
        let is_file = kind.is_file() || (kind.is_symlink() && path.is_file());
        let is_directory = kind.is_dir() || (kind.is_symlink() && leads_elsewhere(&path));
        if is_directory && place.depth < DIRECTORY_DEPTH {
            let below = Place { prefix: &format!("{name}/"), depth: place.depth + 1 };
            find_in(&path, &below, into)?;
        } else if is_file && !is_gone(place.prefix, &path) {
            match kind_of(&path, &name) {
                Some(InputKind::Documents(_)) if is_plain(&name) => {
                    let input = input_of(place.prefix);
                    into.1.entry(input).or_default().push((name, path));
                }
                Some(kind) => into.0.inputs.push(Input { name, kind }),
                None => into.0.unread.push(name),
            }
        } else if !is_file {
            into.0.unread.push(name);
        }
    }
    Ok(())
}

/// True for a link to a directory in which it does not lie itself.
fn leads_elsewhere(link: &Path) -> bool {
    let (target, own) = (link.canonicalize(), link.parent().map(Path::canonicalize));
    let (Ok(target), Some(Ok(own))) = (target, own) else { return false };
    target.is_dir() && !own.starts_with(&target)
}

/// Beside an archive, an empty file stands for a document in it that its publisher took back.
fn is_gone(prefix: &str, path: &Path) -> bool {
    let is_beside = prefix.strip_suffix('/').is_some_and(|name| name.ends_with(CHANGES_SUFFIX));
    is_beside && path.metadata().is_ok_and(|metadata| metadata.len() == 0)
}

/// True for a file that is one document, compressed or not, and no list of a publisher's.
pub(crate) fn is_single_document(file: &str) -> bool {
    let is_archive = ARCHIVE_SUFFIXES.iter().any(|suffix| file.ends_with(suffix));
    !is_archive && is_document(file.as_bytes())
}

/// True for the name of an archive or of a document that is written for machines: nobody's notes.
pub(crate) fn seems_of_feed(file: &str) -> bool {
    let packed = COMPRESSION_SUFFIXES.iter().find_map(|suffix| file.strip_suffix(suffix));
    let plain = packed.unwrap_or(file);
    packed.is_some()
        || ARCHIVE_SUFFIXES.iter().any(|suffix| file.ends_with(suffix))
        || MACHINE_SUFFIXES.iter().any(|suffix| plain.ends_with(suffix))
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

/// Where the records lie that changed since an archive was made: in this folder, each under its name in the archive, they are read in
/// the place of those in it.
pub(crate) fn changes_of(archive: &str) -> String {
    format!("{archive}{CHANGES_SUFFIX}")
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
