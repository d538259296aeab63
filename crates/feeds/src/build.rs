//! Builds a snapshot from the files of feeds: one thread reads and decompresses, others parse and encode. Whatever their number,
//! the same inputs give the same file, since the writer sorts.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};

use plimsoll_advisory::{Revision, Source};

use crate::complete::declared;
use crate::document::{Document, Outline};
use crate::error::FeedError;
use crate::feed::Feed;
use crate::feeds::{FEEDS, recognise};
use crate::input::{CHANGES_SUFFIX, Found, Input, Next, ReadCounts, find};
use crate::kept::{self, Keeper, Kept, Summary};
use crate::options::BuildOptions;
use crate::parse::{Batch, Owned, Parser};
use crate::skipped::{Skipped, Standing, standing};
use crate::tally::Tally;

/// Documents without a known form after which an input is skipped.
const SNIFFED_DOCUMENTS: usize = 256;
/// Bytes of documents that go to a parsing thread at once, and batches that may wait: what bounds the memory.
const BATCH_BYTES: usize = 1 << 20;
const WAITING_BATCHES: usize = 4;
/// Files that hold advisories and are no feed: parts of several, cut for tests.
const NOT_FEEDS: &[&str] = &["samples.tar.zst"];

/// What a build gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuildReport {
    pub revision: Revision,
    /// The snapshot's size.
    pub bytes: u64,
    /// What it was built from.
    pub sources: Vec<Source>,
    /// What was there and is of no form that is read.
    pub skipped: Vec<Skipped>,
    /// What could not be read to its end. What could be is in the snapshot, which declares nothing complete for its sake.
    pub damaged: Vec<Damaged>,
}

/// An archive or document whose content is damaged.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Damaged {
    /// The input that it is, or is of.
    pub name: String,
    /// The file itself.
    pub path: Option<PathBuf>,
    pub detail: String,
}

impl BuildReport {
    /// True where something that should be in the snapshot is not: what is damaged, or no feed's in a feed's place.
    #[must_use]
    pub fn has_gaps(&self) -> bool {
        !self.damaged.is_empty() || self.skipped.iter().any(Skipped::is_expected)
    }
}

impl Damaged {
    pub(crate) fn of(name: String, error: &FeedError) -> Self {
        let detail =
            std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
        Self { name, path: error.input().map(Path::to_owned), detail }
    }
}

/// How far a build is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress<'a> {
    /// An input is being read: its name, its place among how many.
    Reading { name: &'a str, index: usize, count: usize },
    /// All is read; the file is being written.
    Writing,
}

/// Builds a snapshot at `output` from the feeds that lie in or below the given files and directories.
///
/// Every input is recognised by its content; what is not recognised is named in the report. What is damaged fails the build, or is named
/// too ([`BuildOptions::past_damage`]). The old snapshot at `output` stays until the new one is complete and verified.
pub fn build(
    feeds: &[PathBuf],
    output: &Path,
    options: &BuildOptions,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<BuildReport, FeedError> {
    let mut found = Found::default();
    for path in feeds {
        let below = find(path)?;
        found.inputs.extend(below.inputs);
        found.unread.extend(below.unread);
    }
    let skipped = |name: String| {
        let standing = standing(&name);
        Skipped { name, reason: "of no form that is read", standing }
    };
    let mut builder = Builder {
        options,
        parser: Parser::new(options)?,
        // A folder that cannot be made keeps nothing.
        kept: options.kept.as_deref().and_then(|folder| Kept::new(folder).ok()),
        sources: Vec::new(),
        skipped: found.unread.into_iter().map(skipped).collect(),
        partial: BTreeSet::new(),
        damage: Vec::new(),
    };
    for (index, input) in found.inputs.iter().enumerate() {
        progress(Progress::Reading { name: &input.name, index, count: found.inputs.len() });
        builder.read(input)?;
    }
    if builder.sources.is_empty() {
        if let Some((_, damage)) = builder.damage.pop() {
            return Err(damage);
        }
        let path = feeds.first().cloned().unwrap_or_default();
        return Err(FeedError::NothingFound { path });
    }
    progress(Progress::Writing);
    builder.finish(output)
}

struct Builder<'a> {
    options: &'a BuildOptions,
    parser: Parser<'a>,
    kept: Option<Kept>,
    sources: Vec<Source>,
    skipped: Vec<Skipped>,
    /// Names of the inputs that were not read wholly.
    partial: BTreeSet<String>,
    /// With the name of the input.
    damage: Vec<(String, FeedError)>,
}

impl Builder<'_> {
    /// Reads one input, with its parsing threads.
    fn read(&mut self, input: &Input) -> Result<(), FeedError> {
        if NOT_FEEDS.iter().any(|name| input.name.rsplit('/').next() == Some(name)) {
            let (name, standing) = (input.name.clone(), Standing::Other);
            self.skipped.push(Skipped { name, reason: "samples, not a feed", standing });
            return Ok(());
        }
        let digest = input.digest()?;
        let reading = input.reading(&digest)?;
        let place = self.kept.as_mut().map(|kept| kept.place(input, &reading, self.options));
        if let Some(summary) = place.as_deref().and_then(|place| self.take_over(place)) {
            self.account(input, &digest, summary);
            return Ok(());
        }
        // A folder that cannot be written keeps nothing.
        let keeper = place.as_deref().and_then(|place| Keeper::new(place).ok());
        self.parser.begin(&input.name, keeper);
        let threads = match self.options.threads {
            0 => std::thread::available_parallelism().map_or(2, usize::from),
            threads => threads,
        };
        let (sender, receiver) = sync_channel(WAITING_BATCHES);
        let receiver = std::sync::Mutex::new(receiver);
        let parser = &self.parser;
        let (sniffed, counts) = std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| parser.run(&receiver));
            }
            let sent = send_documents(input, self.options, &sender);
            // The threads end when nobody can send any more, whether the input was read to its end or not.
            drop(sender);
            sent
        })?;
        let tallies = self.parser.take_tallies()?;
        let is_whole = counts.is_whole();
        if !is_whole {
            self.partial.insert(input.name.clone());
        }
        match sniffed {
            Sniffed::Feed(feed) => {
                // What was not read wholly is read again by the next build, which then tells of it too.
                let keeper = self.parser.take_keeper().filter(|_| is_whole);
                let summary = summary(feed, tallies, &counts);
                if let Some(keeper) = keeper {
                    // What could not be kept is read again.
                    let _ = keeper.finish(&summary);
                }
                self.account(input, &digest, summary);
            }
            // What it is lies behind the damage.
            Sniffed::Unknown | Sniffed::NoDocuments if !counts.damage.is_empty() => {}
            // All that it has is read from what lies beside it.
            Sniffed::NoDocuments if counts.outdated > 0 => {}
            Sniffed::Unknown => self.skip(input, "not advisories in a form that is read"),
            Sniffed::NoDocuments => self.skip(input, "without documents"),
        }
        self.damage(input, counts.damage)
    }

    /// Notes what could not be read of an input, or fails with the first of it where that is wanted.
    fn damage(&mut self, input: &Input, damage: Vec<FeedError>) -> Result<(), FeedError> {
        for error in damage {
            if !self.options.past_damage {
                return Err(error);
            }
            self.damage.push((input.name.clone(), error));
        }
        Ok(())
    }

    fn skip(&mut self, input: &Input, reason: &'static str) {
        self.skipped.push(Skipped::of(input, reason));
    }

    /// Gives the writer what was kept of an input that has not changed since.
    fn take_over(&self, place: &Path) -> Option<Summary> {
        let mut parts = Vec::new();
        let summary = kept::read(place, &mut |part| parts.push(part))?;
        let mut taken = Ok(());
        self.parser.with_writer(|writer| {
            taken = parts.into_iter().try_for_each(|part| writer.add_encoded(part.into()));
        });
        taken.ok().map(|()| summary)
    }

    /// Names the input as a source of each feed that it held, with what that feed's importer declares where all of it was read.
    fn account(&mut self, input: &Input, digest: &str, summary: Summary) {
        // What lies beside an archive is but the newest of it.
        let archive = input.name.strip_suffix(CHANGES_SUFFIX).unwrap_or(&input.name);
        let is_whole = ![archive, &input.name].iter().any(|&name| self.partial.contains(name));
        for (id, counted) in summary {
            let Some(feed) = FEEDS.iter().find(|feed| feed.id == id) else { continue };
            let complete = if is_whole {
                declared(feed, &input.name, &counted, self.options)
            } else {
                Vec::new()
            };
            for complete in complete {
                self.parser.with_writer(|writer| writer.declare_complete(complete));
            }
            let source = Source {
                feed: id,
                name: input.name.clone(),
                records: counted.records,
                rejected: counted.rejected,
                ignored: counted.ignored,
                newest_modified: counted.newest_modified,
                digest: digest.to_owned(),
            };
            self.parser.with_writer(|writer| writer.add_source(source.clone()));
            self.sources.push(source);
        }
    }

    fn finish(self, output: &Path) -> Result<BuildReport, FeedError> {
        let Self { options, parser, kept, mut sources, mut skipped, damage, .. } = self;
        let mut writer = parser.into_writer()?;
        if let Some(seconds) = options.built_at {
            writer.built_at(seconds);
        }
        let older = options.older.as_deref().unwrap_or(output);
        let written = writer.finish_over(output, older)?;
        if let Some(kept) = kept {
            // What is left behind costs only room.
            let _ = kept.clean();
        }
        let named = |(name, error)| Damaged::of(name, &error);
        let mut damaged: Vec<_> = damage.into_iter().map(named).collect();
        sources.sort();
        skipped.sort();
        damaged.sort();
        let (revision, bytes) = (written.revision, written.bytes);
        Ok(BuildReport { revision, bytes, sources, skipped, damaged })
    }
}

/// What was counted of an input, the damage of its archive under the feed that it is of.
fn summary(
    feed: &'static Feed,
    tallies: Vec<(&'static Feed, Tally)>,
    counts: &ReadCounts,
) -> Summary {
    let mut tallies: Vec<_> = tallies.into_iter().map(|(feed, tally)| (feed.id, tally)).collect();
    if !tallies.iter().any(|(id, _)| *id == feed.id) {
        tallies.push((feed.id, Tally::default()));
    }
    for (_, tally) in tallies.iter_mut().filter(|(id, _)| *id == feed.id) {
        tally.reject_many("document too large", counts.too_large);
        tally.reject_many("document unreadable", counts.unreadable);
        tally.reject_many("not read to its end", counts.damage.len() as u64);
    }
    tallies.into_iter().map(|(id, tally)| (id.to_owned(), tally.into())).collect()
}

/// What an input turned out to be.
enum Sniffed {
    Feed(&'static Feed),
    Unknown,
    NoDocuments,
}

/// Reads an input and sends its documents in batches, once the first one of a known feed has told what it is.
fn send_documents(
    input: &Input,
    options: &BuildOptions,
    sender: &SyncSender<Batch>,
) -> Result<(Sniffed, ReadCounts), FeedError> {
    let mut feed = None;
    let mut waiting: Vec<Owned> = Vec::new();
    let mut waiting_bytes = 0;
    let counts = input.read(&options.limits, &mut |path, bytes| {
        if feed.is_none() {
            feed = recognise(&Outline::of(&Document { path: &path, bytes: &bytes }));
        }
        waiting_bytes += bytes.len();
        waiting.push(Owned { path, bytes });
        match feed {
            None if waiting.len() >= SNIFFED_DOCUMENTS => Next::Stop,
            Some(feed) if waiting_bytes >= BATCH_BYTES => {
                waiting_bytes = 0;
                let batch = Batch { feed, documents: std::mem::take(&mut waiting) };
                if sender.send(batch).is_ok() { Next::Continue } else { Next::Stop }
            }
            _ => Next::Continue,
        }
    })?;
    Ok(match feed {
        Some(feed) => {
            // A failed send means that no thread listens any more; they say why.
            let _ = sender.send(Batch { feed, documents: waiting });
            (Sniffed::Feed(feed), counts)
        }
        None if waiting.is_empty() => (Sniffed::NoDocuments, counts),
        None => (Sniffed::Unknown, counts),
    })
}

#[cfg(test)]
mod tests;
