//! An update from beginning to end: fetch, put into place, build, judge, and let the new snapshot take the place of the old one.

use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use plimsoll_advisory::{Snapshot, Source};

use super::directory::FeedsDirectory;
use super::error::UpdateError;
use super::failure::{Failure, words};
use super::fetcher::{Fetcher, Got};
use super::given::Given;
use super::options::FetchOptions;
use super::publishers::Publishers;
use super::state::{Built, FetchState, is_source_of};
use super::wanted::{Selection, Wanted, feed_of};
use crate::build::{BuildReport, Progress, build};
use crate::error::FeedError;
use crate::feed::Feed;
use crate::options::BuildOptions;

/// A source with fewer records than this may shrink as it likes.
const SHRINK_FLOOR: u64 = 100;
/// Of what a source held, this many hundredths must be left.
const SHRINK_PERCENT: u64 = 80;

/// What is to be updated, and how.
pub struct UpdateRequest<'a> {
    /// Every feed that there is.
    pub feeds: &'a [&'static Feed],
    pub selection: &'a Selection,
    /// The directory that the files of feeds are kept in.
    pub directory: &'a Path,
    pub snapshot: &'a Path,
    /// A directory of feeds, or an archive of one, that is taken instead of what is published.
    pub from: Option<&'a Path>,
    /// Take a feed that has lost much of what it held.
    pub accept_shrunk: bool,
    pub fetch: FetchOptions,
    pub build: BuildOptions,
}

/// How far an update is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateProgress<'a> {
    /// A file is asked for.
    Fetching {
        file: &'a str,
    },
    Building(Progress<'a>),
}

/// What came of an update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateReport {
    /// Each file that was wanted, in the order of their paths.
    pub files: Vec<FileReport>,
    /// `None` where the snapshot stays, since nothing changed that it is built from.
    pub built: Option<BuildReport>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileReport {
    /// The feed's id, or the name of an extra one; empty where neither is known.
    pub feed: String,
    /// Its path below the directory of feeds.
    pub file: String,
    pub outcome: Outcome,
    /// Bytes that came in.
    pub transferred: u64,
    pub took_milliseconds: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// What is there is what is published.
    Unchanged,
    Fetched,
    /// Only the records that changed were fetched: how many.
    Changes(usize),
    /// It could not be had, or what came cannot be read; the old copy is kept, where there is one.
    Failed(String),
    /// It has far fewer records than before; the old copy is kept.
    Refused {
        before: u64,
        after: u64,
    },
}

impl Outcome {
    /// True where the feed is not as it is published.
    #[must_use]
    pub fn is_failure(&self) -> bool {
        matches!(self, Self::Failed(_) | Self::Refused { .. })
    }
}

/// Updates the directory of feeds and the snapshot.
///
/// # Errors
/// Where nothing can be updated: what is asked for makes no sense, the directory cannot be used, or no snapshot can be built. That
/// a feed could not be had stands in the report.
pub fn update(
    request: &UpdateRequest<'_>,
    progress: &(dyn Fn(UpdateProgress<'_>) + Sync),
) -> Result<UpdateReport, UpdateError> {
    let wanted = request.selection.wanted(request.feeds)?;
    let directory = FeedsDirectory::open(request.directory)?;
    let state = FetchState::read(directory.root());
    let brought = request.bring(&wanted, (&directory, &state), progress)?;
    let mut update = Update { request, directory, state, brought };
    let installed = update.install().map_err(|source| update.failed(source))?;
    let built =
        if installed == 0 && update.is_current() { None } else { update.build(progress)? };
    update.finish(built)
}

/// One file, and what came in of it.
struct Brought {
    report: FileReport,
    got: Got,
}

impl UpdateRequest<'_> {
    fn bring(
        &self,
        wanted: &[Wanted],
        (directory, state): (&FeedsDirectory, &FetchState),
        progress: &(dyn Fn(UpdateProgress<'_>) + Sync),
    ) -> Result<Vec<Brought>, UpdateError> {
        let brought = |feed: &str, file: &str, (got, took): (Result<Got, Failure>, u64)| {
            let (outcome, got) = match got {
                Ok(got) => (outcome_of(&got), got),
                Err(failure) => (Outcome::Failed(words(failure)), Got::default()),
            };
            let (feed, file, transferred) = (feed.to_owned(), file.to_owned(), got.transferred);
            let report = FileReport { feed, file, outcome, transferred, took_milliseconds: took };
            Brought { report, got }
        };
        if let Some(from) = self.from {
            let now = self.now();
            let (feeds, selection, file_bytes) =
                (self.feeds, self.selection, self.fetch.file_bytes);
            let given = Given { from, directory, file_bytes, now, feeds, selection };
            let files = given.files()?.into_iter();
            let of =
                |(file, got): (String, Got)| brought(feed_of(&file, feeds), &file, (Ok(got), 0));
            return Ok(files.map(of).collect());
        }
        let publishers = Publishers::new(self.fetch.clone())?;
        let fetcher = Fetcher { publishers: &publishers, directory, state };
        let got = fetcher.all(wanted, &|wanted| {
            progress(UpdateProgress::Fetching { file: &wanted.file });
        });
        let of = |(wanted, got): (&Wanted, _)| brought(&wanted.feed, &wanted.file, got);
        Ok(wanted.iter().zip(got).map(of).collect())
    }
}

impl UpdateRequest<'_> {
    /// Seconds since 1970.
    fn now(&self) -> u64 {
        let now = self.fetch.http.clock.now().duration_since(UNIX_EPOCH);
        now.map_or(0, |elapsed| elapsed.as_secs())
    }
}

fn outcome_of(got: &Got) -> Outcome {
    match got.changes {
        Some(changes) if changes > 0 => Outcome::Changes(changes),
        None if !got.staged.is_empty() => Outcome::Fetched,
        _ => Outcome::Unchanged,
    }
}

struct Update<'a> {
    request: &'a UpdateRequest<'a>,
    directory: FeedsDirectory,
    state: FetchState,
    brought: Vec<Brought>,
}

impl Update<'_> {
    /// Puts what came in into its place; how many feeds' files these are.
    fn install(&mut self) -> std::io::Result<usize> {
        let mut installed = 0;
        for Brought { report, got } in &self.brought {
            self.directory.install(&got.removed, &got.staged)?;
            installed +=
                usize::from(report.outcome != Outcome::Unchanged && !got.staged.is_empty());
        }
        Ok(installed)
    }

    /// True where the snapshot that is there was built by this program from these files.
    fn is_current(&self) -> bool {
        let Ok(snapshot) = Snapshot::open(self.request.snapshot) else { return false };
        let built = Built { version: version(), revision: snapshot.revision().to_string() };
        self.state.built.as_ref() == Some(&built)
    }

    /// Builds beside the old snapshot until what it is built of can be read and has not shrunk; what cannot be used is put back.
    fn build(
        &mut self,
        progress: &(dyn Fn(UpdateProgress<'_>) + Sync),
    ) -> Result<Option<BuildReport>, UpdateError> {
        let feeds = [self.directory.root().to_owned()];
        let output = self.output();
        let before: Vec<Source> = Snapshot::open(self.request.snapshot)
            .map(|snapshot| snapshot.sources().cloned().collect())
            .unwrap_or_default();
        if let Some(parent) = output.parent() {
            std::fs::create_dir_all(parent).map_err(|source| self.failed(source))?;
        }
        loop {
            let mut tell = |step: Progress<'_>| progress(UpdateProgress::Building(step));
            let reverted = match build(&feeds, &output, &self.request.build, &mut tell) {
                Ok(built) => {
                    let shrunk = if self.request.accept_shrunk {
                        0
                    } else {
                        self.refuse_shrunk(&before, &built)?
                    };
                    if shrunk == 0 {
                        return Ok(Some(built));
                    }
                    shrunk
                }
                // There may be no feed at all yet: what failed stands in the report.
                Err(FeedError::NothingFound { .. }) if self.is_without_feeds() => return Ok(None),
                Err(error) => match self.refuse_unreadable(&error)? {
                    0 => return Err(self.undo(error)),
                    reverted => reverted,
                },
            };
            tracing::debug!(reverted, "building again with old copies");
            if self.brought.iter().all(|one| one.got.staged.is_empty()) && self.is_current() {
                return Ok(None);
            }
        }
    }

    /// Puts the new snapshot into the old one's place, and keeps what is known of the files.
    fn finish(mut self, built: Option<BuildReport>) -> Result<UpdateReport, UpdateError> {
        let output = self.output();
        if let Some(built) = &built {
            std::fs::rename(&output, self.request.snapshot)
                .map_err(|source| self.failed(source))?;
            self.state.built =
                Some(Built { version: version(), revision: built.revision.to_string() });
        } else if output.is_file() {
            std::fs::remove_file(&output).map_err(|source| self.failed(source))?;
        }
        let now = self.request.now();
        for Brought { report, got } in &mut self.brought {
            self.state.failed.remove(&report.file);
            if report.outcome.is_failure() {
                self.state.failed.insert(report.file.clone(), now);
            }
            self.state.files.append(&mut got.known);
        }
        let settled =
            self.state.write(self.directory.root()).and_then(|()| self.directory.settle());
        settled.map_err(|source| self.failed(source))?;
        let files = self.brought.into_iter().map(|one| one.report).collect();
        Ok(UpdateReport { files, built })
    }

    /// Puts back the files of sources that have lost much of what they held; how many these are.
    fn refuse_shrunk(
        &mut self,
        before: &[Source],
        built: &BuildReport,
    ) -> Result<usize, UpdateError> {
        let mut refused = 0;
        for place in 0..self.brought.len() {
            let Some(one) =
                self.brought.get(place).filter(|one| one.report.outcome == Outcome::Fetched)
            else {
                continue;
            };
            let is_of = |source: &&Source| is_source_of(&source.name, &one.report.file);
            let count = |sources: &[Source]| {
                sources.iter().filter(is_of).map(|source| source.records).sum()
            };
            let (before, after): (u64, u64) = (count(before), count(&built.sources));
            let left = after.saturating_mul(100);
            if before >= SHRINK_FLOOR && left < before.saturating_mul(SHRINK_PERCENT) {
                self.put_back(place, Outcome::Refused { before, after })?;
                refused += 1;
            }
        }
        Ok(refused)
    }

    /// Puts back the file that a build could not read; 0 where it is none that came in.
    fn refuse_unreadable(&mut self, error: &FeedError) -> Result<usize, UpdateError> {
        let is_of = |one: &Brought| {
            one.got
                .staged
                .iter()
                .any(|file| error.input() == Some(self.directory.path(file).as_path()))
        };
        let Some(place) = self.brought.iter().position(is_of) else { return Ok(0) };
        let detail =
            std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string);
        self.put_back(place, Outcome::Failed(format!("what came cannot be read: {detail}")))?;
        Ok(1)
    }

    fn put_back(&mut self, place: usize, outcome: Outcome) -> Result<(), UpdateError> {
        let Some(one) = self.brought.get_mut(place) else { return Ok(()) };
        let Got { staged, removed, .. } = std::mem::take(&mut one.got);
        one.report.outcome = outcome;
        let files = [staged, removed].concat();
        self.directory.put_back(&files).map_err(|source| self.failed(source))
    }

    /// Puts everything back: there is no snapshot of it.
    fn undo(&mut self, error: FeedError) -> UpdateError {
        for place in 0..self.brought.len() {
            if let Err(error) = self.put_back(place, Outcome::Unchanged) {
                return error;
            }
        }
        error.into()
    }

    fn is_without_feeds(&self) -> bool {
        self.brought.iter().all(|one| one.report.outcome.is_failure())
    }

    /// Where the new snapshot is built: beside the old one, so that it takes its place by rename.
    fn output(&self) -> PathBuf {
        let mut name = self.request.snapshot.file_name().unwrap_or_default().to_owned();
        name.push(".new");
        self.request.snapshot.with_file_name(name)
    }

    fn failed(&self, source: std::io::Error) -> UpdateError {
        UpdateError::Io { path: self.directory.root().to_owned(), source }
    }
}

/// Of the program: another one may read more of the same files.
fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

#[cfg(test)]
mod tests;
