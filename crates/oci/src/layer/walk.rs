use std::borrow::Cow;
use std::io::{BufRead, Read};

use plimsoll_archive::{Compression, TarEntry, TarEntryKind, TarError, TarReader};
use plimsoll_core::{ImagePath, Limits, Problem, ProblemKind};

use super::names::{Role, role};
use super::{LayerEntry, LayerEntryKind, LayerSink, WalkedLayer};

/// The walk over a layer's tar archive, from its entries to the sink.
pub(super) struct Walk<'a> {
    limits: Limits,
    /// `None` where only digests are wanted.
    sink: Option<&'a mut dyn LayerSink>,
    entries: u64,
    pub(super) problems: Problems,
}

/// Problems, of which so many are kept and the others counted.
pub(super) struct Problems {
    limit: usize,
    kept: Vec<Problem>,
    dropped: u64,
}

impl Problems {
    pub(super) fn add(&mut self, problem: Problem) {
        if self.kept.len() < self.limit {
            self.kept.push(problem);
        } else {
            self.dropped += 1;
        }
    }
}

impl<'a> Walk<'a> {
    pub(super) fn new(limits: &Limits, sink: Option<&'a mut dyn LayerSink>) -> Self {
        let problems = Problems { limit: limits.problems, kept: Vec::new(), dropped: 0 };
        Self { limits: *limits, sink, entries: 0, problems }
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Offers every entry of the archive. What is wrong with the stream itself is left to whoever drains it.
    pub(super) fn run<R: BufRead>(&mut self, stream: R) {
        if self.sink.is_none() {
            return;
        }
        let mut reader = TarReader::new(stream, &self.limits);
        loop {
            match reader.next_entry() {
                Ok(Some(entry)) if self.entries < self.limits.layer_entries => {
                    self.entries += 1;
                    self.offer(&entry, &mut reader);
                }
                Ok(Some(_)) => {
                    let detail = format!(
                        "the layer has more entries than the {} that are read",
                        self.limits.layer_entries
                    );
                    self.problems.add(Problem::new(ProblemKind::LimitExceeded, detail));
                    break;
                }
                Ok(None) | Err(TarError::Stream { .. }) => break,
                Err(TarError::Malformed { .. }) if self.entries == 0 => {
                    let detail = "the layer is not a tar archive";
                    self.problems.add(Problem::new(ProblemKind::Malformed, detail));
                    break;
                }
                Err(error) => {
                    self.problems.add(error.problem());
                    break;
                }
            }
        }
        let (problems, dropped) = reader.take_problems();
        problems.into_iter().for_each(|problem| self.problems.add(problem));
        self.problems.dropped += dropped;
    }

    /// What the walk knows; digests and sizes are for the caller to fill in.
    pub(super) fn into_layer(self) -> WalkedLayer {
        WalkedLayer {
            blob_digest: None,
            blob_size: 0,
            diff_id: None,
            size: 0,
            entries: self.entries,
            compression: Compression::None,
            problems: self.problems.kept,
            problems_dropped: self.problems.dropped,
        }
    }

    fn offer<R: BufRead>(&mut self, entry: &TarEntry, reader: &mut TarReader<R>) {
        let Some(path) = self.path(&entry.name, "a name") else {
            return;
        };
        if path.is_root() {
            return;
        }
        let (path, removal) = match role(&path) {
            Role::Entry => (path, None),
            Role::Whiteout(removed) => (removed, Some(LayerEntryKind::Whiteout)),
            Role::Opaque(directory) => (directory, Some(LayerEntryKind::Opaque)),
            Role::Note => return,
            Role::Invalid => {
                let detail = "a whiteout that names nothing";
                self.problems.add(Problem::new(ProblemKind::Malformed, detail).at(&path));
                return;
            }
        };
        let link = if removal.is_some() { Link::None } else { self.link(entry, &path) };
        let kind = removal.unwrap_or_else(|| self.kind(entry, &link, &path));
        let is_file = kind == LayerEntryKind::File;
        let mut prefix = [0; TarReader::<()>::PEEK_BYTES];
        let length = if is_file { reader.peek(&mut prefix) } else { 0 };
        let size = if is_file { entry.size } else { 0 };
        let prefix = &prefix[..length];
        let offered = LayerEntry { path: &path, kind, mode: entry.mode, size, prefix };
        if let Some(sink) = &mut self.sink {
            let content: &mut dyn Read = if is_file { reader } else { &mut std::io::empty() };
            sink.entry(&offered, content);
        }
    }

    fn kind<'l>(
        &mut self,
        entry: &TarEntry,
        link: &'l Link<'_>,
        path: &ImagePath,
    ) -> LayerEntryKind<'l> {
        match (link, entry.kind) {
            (Link::Symbolic(target), _) => LayerEntryKind::Symlink { target },
            (Link::Hard(target), _) => LayerEntryKind::HardLink { target },
            (Link::Broken, _) => LayerEntryKind::Special,
            (Link::None, TarEntryKind::File) => LayerEntryKind::File,
            (Link::None, TarEntryKind::Directory) => LayerEntryKind::Directory,
            (Link::None, TarEntryKind::Other(flag)) => {
                // Whoever unpacks a layer takes an unknown type for a regular file (POSIX `pax`) or refuses the layer. Its
                // content is offered, so that nothing hides in it.
                let detail = format!("an entry of the unknown type {:?}", char::from(flag));
                self.problems.add(Problem::new(ProblemKind::Unsupported, detail).at(path));
                LayerEntryKind::File
            }
            (Link::None, _) if entry.is_overlay_whiteout() => LayerEntryKind::Whiteout,
            (Link::None, _) => LayerEntryKind::Special,
        }
    }

    fn link<'e>(&mut self, entry: &'e TarEntry, path: &ImagePath) -> Link<'e> {
        let target = entry.link.as_deref().unwrap_or_default();
        let link = match entry.kind {
            TarEntryKind::Symlink if target.len() <= self.limits.path_bytes => {
                Link::Symbolic(lossless(target))
            }
            TarEntryKind::Symlink => Link::Broken,
            TarEntryKind::HardLink => self
                .path(target, "the target of a hard link")
                .filter(|target| !target.is_root())
                .map_or(Link::Broken, Link::Hard),
            _ => return Link::None,
        };
        if matches!(link, Link::Broken) {
            let detail = "a link whose target is no path or is too long";
            self.problems.add(Problem::new(ProblemKind::Malformed, detail).at(path));
        }
        link
    }

    /// A name as a path inside the image; `None`, and a problem, for one that is too long.
    fn path(&mut self, name: &[u8], what: &str) -> Option<ImagePath> {
        let (length, limit) = (name.len(), self.limits.path_bytes);
        if length > limit {
            let detail = format!("{what} of {length} bytes, more than the {limit} that are read");
            self.problems.add(Problem::new(ProblemKind::LimitExceeded, detail));
            return None;
        }
        let (path, escaped) = ImagePath::from_archive(name);
        if escaped {
            let detail = format!("{what} leads out of the image's root: {}", lossless(name));
            self.problems.add(Problem::new(ProblemKind::PathEscape, detail).at(&path));
        }
        Some(path)
    }
}

/// Where a link leads.
enum Link<'a> {
    /// The entry is no link.
    None,
    Symbolic(Cow<'a, str>),
    Hard(ImagePath),
    Broken,
}

/// Bytes as text in which those that are not UTF-8 stand as `\xNN`.
fn lossless(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.into();
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02X}"));
        }
    }
    text.into()
}
