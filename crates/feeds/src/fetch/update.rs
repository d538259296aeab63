//! An update from beginning to end: fetch, put into place, build, judge, and let the new snapshot take the place of the old one.

mod inspect;
mod judge;
mod loss;

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use plimsoll_advisory::{Snapshot, Source};

use self::loss::Unreadable;
use super::directory::FeedsDirectory;
use super::error::UpdateError;
use super::failure::{Failure, words};
use super::fetcher::{Fetcher, Got};
use super::given::Given;
use super::options::FetchOptions;
use super::publishers::Publishers;
use super::state::{Built, FetchState};
use super::wanted::{Selection, Wanted, feed_of};
use crate::build::{BuildReport, Damaged, Progress, build};
use crate::error::FeedError;
use crate::feed::Feed;
use crate::options::BuildOptions;

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
    /// Why the snapshot that was replaced could not be read: nobody knows what it had of files that are not here.
    pub unreadable: Option<String>,
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
    /// When it was fetched, in milliseconds since 1970: twice where the copy that was there turned out to be damaged.
    pub fetched: Vec<Range<u64>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// What is there is what is published.
    Unchanged,
    Fetched,
    /// Only the records that changed were fetched: how many.
    Changes(usize),
    /// What came is kept, and it is not all that is published: what is lacking.
    Incomplete(String),
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
        self.is_without_effect() || matches!(self, Self::Incomplete(_))
    }

    /// True where nothing that came is kept.
    #[must_use]
    pub fn is_without_effect(&self) -> bool {
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
    let publishers = match request.from {
        Some(_) => None,
        None => Some(Publishers::new(request.fetch.clone())?),
    };
    let (brought, unreadable) = (Vec::new(), request.unreadable(state.built.as_ref()));
    let mut update =
        Update { request, publishers, directory, state, unreadable, brought, progress };
    update.refuse_untold_loss()?;
    update.brought = update.bring(wanted)?;
    update.inspect().map_err(|source| update.failed(source))?;
    let installed = update.install().map_err(|source| update.failed(source))?;
    let built = if installed == 0 && update.is_current() { None } else { update.build()? };
    update.finish(built)
}

/// One file, and what came in of it.
struct Brought {
    report: FileReport,
    /// `None` where it was given.
    wanted: Option<Wanted>,
    got: Got,
}

impl UpdateRequest<'_> {
    /// Seconds since 1970.
    fn now(&self) -> u64 {
        let now = self.fetch.http.clock.now().duration_since(UNIX_EPOCH);
        now.map_or(0, |elapsed| elapsed.as_secs())
    }
}

impl Brought {
    fn of(
        (feed, file): (&str, &str),
        wanted: Option<Wanted>,
        (got, fetched): (Result<Got, Failure>, Option<Range<u64>>),
    ) -> Self {
        let (outcome, got) = match got {
            Ok(got) => (outcome_of(&got), got),
            Err(failure) => (Outcome::Failed(words(failure)), Got::default()),
        };
        let (feed, file, transferred) = (feed.to_owned(), file.to_owned(), got.transferred);
        let report =
            FileReport { feed, file, outcome, transferred, fetched: fetched.into_iter().collect() };
        Self { report, wanted, got }
    }

    /// Puts what came into its place. Where that fails, all of it goes back, and the files of others go on.
    fn install(&mut self, directory: &FeedsDirectory) -> std::io::Result<()> {
        let Err(error) = directory.install(&self.got.removed, &self.got.staged) else {
            return Ok(());
        };
        let Got { staged, removed, .. } = std::mem::take(&mut self.got);
        let why = format!("what came cannot be put into its place: {error}");
        self.report.outcome = Outcome::Failed(why);
        directory.put_back(&[staged, removed].concat())
    }
}

fn outcome_of(got: &Got) -> Outcome {
    if let Some(lacking) = &got.lacking {
        return Outcome::Incomplete(lacking.clone());
    }
    match got.changes {
        Some(changes) if changes > 0 => Outcome::Changes(changes),
        None if !got.staged.is_empty() => Outcome::Fetched,
        _ => Outcome::Unchanged,
    }
}

struct Update<'a> {
    request: &'a UpdateRequest<'a>,
    /// `None` where what there is was given.
    publishers: Option<Publishers>,
    directory: FeedsDirectory,
    state: FetchState,
    /// Why the snapshot that is there cannot be read.
    unreadable: Option<Unreadable>,
    brought: Vec<Brought>,
    progress: &'a (dyn Fn(UpdateProgress<'_>) + Sync),
}

impl Update<'_> {
    /// Brings in what is wanted, or all that is given.
    fn bring(&self, wanted: Vec<Wanted>) -> Result<Vec<Brought>, UpdateError> {
        let request = self.request;
        if let Some(from) = request.from {
            let now = request.now();
            let (feeds, selection, file_bytes) =
                (request.feeds, request.selection, request.fetch.file_bytes);
            let given =
                Given { from, directory: &self.directory, file_bytes, now, feeds, selection };
            let of = |(file, got): (String, Got)| {
                Brought::of((feed_of(&file, feeds), &file), None, (Ok(got), None))
            };
            return Ok(given.files()?.into_iter().map(of).collect());
        }
        Ok(self.fetch(wanted))
    }

    /// Fetches what is wanted.
    fn fetch(&self, wanted: Vec<Wanted>) -> Vec<Brought> {
        let Some(publishers) = &self.publishers else { return Vec::new() };
        let fetcher = Fetcher { publishers, directory: &self.directory, state: &self.state };
        let got = fetcher.all(&wanted, &|wanted| {
            (self.progress)(UpdateProgress::Fetching { file: &wanted.file });
        });
        let of = |(wanted, (got, fetched)): (Wanted, (_, _))| {
            let (feed, file) = (wanted.feed.clone(), wanted.file.clone());
            Brought::of((&feed, &file), Some(wanted), (got, Some(fetched)))
        };
        wanted.into_iter().zip(got).map(of).collect()
    }

    /// Puts what came in into its place; how many feeds' files these are.
    fn install(&mut self) -> std::io::Result<usize> {
        let mut installed = 0;
        for one in &mut self.brought {
            one.install(&self.directory)?;
            let is_new = match one.report.outcome {
                Outcome::Unchanged => false,
                // A list of what is had is nothing to build from.
                Outcome::Incomplete(_) => one.got.staged.iter().any(|file| !is_hidden(file)),
                _ => !one.got.staged.is_empty(),
            };
            installed += usize::from(is_new);
        }
        Ok(installed)
    }

    /// True where the snapshot that is there was built by this program from these files.
    fn is_current(&self) -> bool {
        let Ok(snapshot) = Snapshot::open(self.request.snapshot) else { return false };
        // One that was damaged since is built again.
        if snapshot.verify().is_err() {
            return false;
        }
        let revision = snapshot.revision().to_string();
        // What was damaged is told of by every update until it is not any more.
        let built = Built { version: version(), revision, damaged: false };
        self.state.built.as_ref() == Some(&built)
    }

    /// Builds beside the old snapshot until nothing that came in is damaged or has shrunk.
    fn build(&mut self) -> Result<Option<BuildReport>, UpdateError> {
        let feeds = [self.directory.root().to_owned()];
        let output = self.output();
        let options = BuildOptions { past_damage: true, ..self.request.build.clone() };
        let before: Vec<Source> = Snapshot::open(self.request.snapshot)
            .map(|snapshot| snapshot.sources().cloned().collect())
            .unwrap_or_default();
        if let Some(parent) = output.parent() {
            std::fs::create_dir_all(parent).map_err(|source| self.failed(source))?;
        }
        loop {
            let progress = self.progress;
            let mut tell = |step: Progress<'_>| progress(UpdateProgress::Building(step));
            match build(&feeds, &output, &options, &mut tell) {
                Ok(built) => {
                    // What is another file now was not counted yet.
                    if !self.mend(&built.damaged)?
                        && !self.refuse_shrunk(&before, &built)?
                        && !self.refuse_unknown(&built)?
                    {
                        self.refuse_loss(&output)?;
                        return Ok(Some(built));
                    }
                }
                // There may be no feed at all yet: what failed stands in the report.
                Err(FeedError::NothingFound { .. }) if self.is_without_feeds() => return Ok(None),
                Err(error) => {
                    if !self.mend(&[Damaged::of(String::new(), &error)])? {
                        return Err(self.undo(error));
                    }
                }
            }
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
            let (revision, damaged) = (built.revision.to_string(), built.has_gaps());
            self.state.built = Some(Built { version: version(), revision, damaged });
        } else if output.is_file() {
            std::fs::remove_file(&output).map_err(|source| self.failed(source))?;
        }
        let now = self.request.now();
        for Brought { report, got, .. } in &mut self.brought {
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
        let unreadable = self.unreadable.filter(|_| built.is_some()).and_then(Unreadable::told);
        Ok(UpdateReport { files, built, unreadable })
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
        self.brought.iter().all(|one| one.report.outcome.is_without_effect())
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

/// True for a list that goes with a bulk file.
fn is_hidden(file: &str) -> bool {
    file.rsplit('/').next().is_some_and(|name| name.starts_with('.'))
}

/// Of the program: another one may read more of the same files.
fn version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

#[cfg(test)]
mod tests;
