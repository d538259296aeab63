//! Feeds that are given instead of fetched: a directory of them, or an archive of such a directory.

#![expect(clippy::disallowed_methods, reason = "the user names the directory or archive")]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use plimsoll_archive::{Decoder, DecoderBounds, FileBytes, TarEntryKind, TarReader, ZipReader};
use plimsoll_core::Limits;

use super::directory::{FeedsDirectory, files_below, is_safe, make_parent, remove_tree};
use super::error::UpdateError;
use super::fetcher::Got;
use super::state::FileState;
use super::wanted::{Selection, feed_of};
use crate::error::FeedError;
use crate::feed::Feed;

/// Below what comes in, where an archive is unpacked.
const UNPACKED: &str = "given";
const ARCHIVE_ENTRIES: usize = 100_000;
/// Feeds are published with a window of up to 128 MiB.
const ZSTD_WINDOW_LOG: u32 = 27;

/// What is given, and where it goes.
pub(super) struct Given<'a> {
    pub(super) from: &'a Path,
    pub(super) directory: &'a FeedsDirectory,
    /// Bytes of one file; what is larger is not taken.
    pub(super) file_bytes: u64,
    /// Seconds since 1970.
    pub(super) now: u64,
    pub(super) feeds: &'a [&'static Feed],
    pub(super) selection: &'a Selection,
}

impl Given<'_> {
    /// Brings in every file of a feed that is wanted, by its path; of each, what came of it.
    pub(super) fn files(&self) -> Result<BTreeMap<String, Got>, UpdateError> {
        let failed = |source| UpdateError::Io { path: self.from.to_owned(), source };
        if self.from.is_dir() {
            return self.copied(self.from).map_err(failed);
        }
        let unpacked = self.directory.incoming(UNPACKED);
        remove_tree(&unpacked).map_err(failed)?;
        self.unpack(&unpacked)?;
        let copied = self.within(&unpacked).and_then(|directory| self.copied(&directory));
        remove_tree(&unpacked).map_err(failed)?;
        copied.map_err(failed)
    }

    /// What of a directory is not what is there already.
    fn copied(&self, from: &Path) -> io::Result<BTreeMap<String, Got>> {
        let mut files = BTreeMap::new();
        let is_wanted =
            |file: &String| is_safe(file) && self.selection.wants(feed_of(file, self.feeds));
        for file in files_below(from)?.into_iter().filter(is_wanted) {
            let mut got = Got::default();
            let source = from.join(&file);
            let bytes = source.metadata()?.len();
            if !is_same(&source, &self.directory.path(&file))? {
                let target = self.directory.incoming(&file);
                make_parent(&target)?;
                std::fs::copy(&source, &target)?;
                got.transferred = bytes;
                got.staged.push(file.clone());
            }
            let known = FileState { bytes, fetched_at: self.now, ..FileState::default() };
            got.known.insert(file.clone(), known);
            files.insert(file, got);
        }
        Ok(files)
    }

    fn unpack(&self, into: &Path) -> Result<(), UpdateError> {
        let failed = |source| UpdateError::Io { path: self.from.to_owned(), source };
        let mut file = File::open(self.from).map_err(failed)?;
        let mut start = [0; 4];
        let read = file.read(&mut start).map_err(failed)?;
        file.rewind().map_err(failed)?;
        if read == start.len() && &start == b"PK\x03\x04" {
            return self.unpack_zip(file, into);
        }
        let limits = Limits { layer_entries: ARCHIVE_ENTRIES as u64, ..Limits::default() };
        let bounds = DecoderBounds {
            ratio: u64::MAX,
            zstd_window_log: ZSTD_WINDOW_LOG,
            ..DecoderBounds::from(&limits)
        };
        let decoder =
            Decoder::new(BufReader::with_capacity(256 << 10, file), bounds).map_err(failed)?;
        let mut tar = TarReader::new(BufReader::with_capacity(256 << 10, decoder), &limits);
        let broken = |source| FeedError::Tar { path: self.from.to_owned(), source };
        while let Some(entry) = tar.next_entry().map_err(broken)? {
            if entry.kind == TarEntryKind::File {
                self.write((&entry.name, entry.size), into, &mut tar).map_err(failed)?;
            }
        }
        match tar.take_problems().0.first() {
            Some(problem) => Err(self.damaged(problem.detail.clone())),
            None => Ok(()),
        }
    }

    fn unpack_zip(&self, file: File, into: &Path) -> Result<(), UpdateError> {
        let failed = |source| UpdateError::Io { path: self.from.to_owned(), source };
        let broken = |source| FeedError::Zip { path: self.from.to_owned(), source };
        let bytes = FileBytes::new(file).map_err(failed)?;
        let limits = Limits { zip_entries: ARCHIVE_ENTRIES, ..Limits::default() };
        let zip = ZipReader::open(&bytes, &limits).map_err(broken)?;
        if let Some(problem) = zip.problems().first() {
            return Err(self.damaged(problem.detail.clone()));
        }
        for entry in zip.entries().filter(|entry| !entry.is_directory()) {
            let mut content = zip.reader(&entry).map_err(broken)?;
            self.write((entry.name, entry.size), into, &mut content).map_err(failed)?;
        }
        Ok(())
    }

    /// Writes a member whose name may be hostile: one that leads elsewhere, or that is hidden, is passed over.
    fn write(
        &self,
        (name, size): (&[u8], u64),
        into: &Path,
        content: &mut dyn Read,
    ) -> io::Result<()> {
        let name = String::from_utf8_lossy(name);
        let name = name.strip_prefix("./").unwrap_or(&name);
        if !is_safe(name) {
            return Ok(());
        }
        if size > self.file_bytes {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        let target = into.join(name);
        make_parent(&target)?;
        let written = io::copy(&mut content.take(size), &mut File::create(target)?)?;
        if written == size { Ok(()) } else { Err(io::Error::from(io::ErrorKind::UnexpectedEof)) }
    }

    /// A directory of feeds that is all that the archive holds, under whatever name, is what was meant.
    fn within(&self, unpacked: &Path) -> io::Result<PathBuf> {
        let files = files_below(unpacked)?;
        let is_known = |file: &str| !feed_of(file, self.feeds).is_empty();
        let mut folders = files.iter().map(|file| file.split_once('/'));
        let first = folders.next().flatten().map(|(folder, _)| folder);
        let Some(folder) = first else { return Ok(unpacked.to_owned()) };
        let is_in_it = |file: &String| {
            file.split_once('/')
                .is_some_and(|(own, rest)| own == folder && !is_known(file) && !rest.is_empty())
        };
        let is_known_in_it =
            |file: &String| file.split_once('/').is_some_and(|(_, rest)| is_known(rest));
        let is_wrapped = files.iter().all(is_in_it) && files.iter().any(is_known_in_it);
        Ok(if is_wrapped { unpacked.join(folder) } else { unpacked.to_owned() })
    }

    fn damaged(&self, detail: String) -> UpdateError {
        UpdateError::Archive { path: self.from.to_owned(), detail }
    }
}

fn is_same(one: &Path, other: &Path) -> io::Result<bool> {
    let length = |path: &Path| {
        path.metadata().ok().filter(std::fs::Metadata::is_file).map(|file| file.len())
    };
    if length(one) != length(other) {
        return Ok(false);
    }
    let digest = |path: &Path| {
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(File::open(path)?)?;
        io::Result::Ok(hasher.finalize())
    };
    Ok(digest(one)? == digest(other)?)
}
