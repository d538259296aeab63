//! The advisories that scans judge by: the snapshot in the data directory, and what is fetched for it.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant};

use plimsoll_advisory::{Snapshot, SnapshotError};
use plimsoll_feeds::{
    BuildOptions, BuildReport, FEEDS, FetchOptions, FetchedFiles, Freshness, Progress, Selection,
    Standing, UpdateError, UpdateProgress, UpdateReport, UpdateRequest, UpdateSize, freshness,
    size_of_update, update,
};
use plimsoll_scan::printable;

use crate::failure::{Chain, Failure};
use crate::output::size;
use crate::progress::TerminalProgress;
use crate::settings::now;

/// The snapshot's file in the data directory.
pub const SNAPSHOT_FILE: &str = "advisories.plimsoll";
/// Feeds that were asked for longer ago than this are asked for again before a scan.
const FRESH_SECONDS: u64 = 86_400;
/// Bytes that a slow line brings in a second.
const SLOW_BYTES_PER_SECOND: u64 = 1_250_000;

/// Where feeds and the snapshot lie, and how feeds are fetched.
pub struct UpdateSettings {
    pub snapshot: PathBuf,
    pub feeds: PathBuf,
    pub selection: Selection,
    pub from: Option<PathBuf>,
    pub accept_shrunk: bool,
    pub ca_file: Option<PathBuf>,
}

/// How the snapshot at that path is built: what is read of each input is kept beside it, and what has not changed is taken over.
pub fn build_options(snapshot: &Path) -> BuildOptions {
    BuildOptions {
        built_at: Some(now()),
        kept: snapshot.parent().map(|directory| directory.join(READINGS)),
        older: Some(snapshot.to_owned()),
        ..BuildOptions::default()
    }
}

/// What is read of each input, beside the snapshot.
const READINGS: &str = "readings";

impl UpdateSettings {
    /// Fetches, builds, and puts the snapshot into its place, while the terminal says how far it is.
    pub fn run(&self, progress: &TerminalProgress) -> Result<UpdateReport, UpdateError> {
        let request = UpdateRequest {
            feeds: FEEDS,
            selection: &self.selection,
            directory: &self.feeds,
            snapshot: &self.snapshot,
            from: self.from.as_deref(),
            accept_shrunk: self.accept_shrunk,
            fetch: self.fetch_options(),
            build: build_options(&self.snapshot),
        };
        let updated = update(&request, &|step| match step {
            UpdateProgress::Fetching { file } => progress.say(&format!("fetching {file}")),
            UpdateProgress::Building(step) => say_building(progress, step),
        });
        progress.finish();
        updated
    }

    fn fetch_options(&self) -> FetchOptions {
        let mut options = FetchOptions::default();
        options.http.extra_ca_file.clone_from(&self.ca_file);
        options
    }
}

/// Says how far a build is.
pub fn say_building(terminal: &TerminalProgress, progress: Progress<'_>) {
    match progress {
        Progress::Reading { name, index, count } => {
            terminal.say(&format!("reading {name} ({} of {count})", index + 1));
        }
        Progress::Writing => terminal.say("writing the snapshot"),
    }
}

/// Names what a build could not read to its end, and what should be a feed's and is of none.
pub fn warn_of_gaps(built: &BuildReport) {
    for damaged in &built.damaged {
        let (name, detail) = (printable(&damaged.name), printable(&damaged.detail));
        tracing::warn!(
            "failed to read all of {name}: {detail}; the snapshot has what could be read"
        );
    }
    for skipped in built.skipped.iter().filter(|one| one.standing > Standing::Other) {
        let (name, reason) = (printable(&skipped.name), skipped.reason);
        tracing::warn!(
            "failed to take {name} for a feed: {reason}; nothing of it is in the snapshot"
        );
    }
}

/// The snapshot, opened once; brought up to date before an image is judged, where that is wanted.
pub struct Advisories {
    path: PathBuf,
    snapshot: RefCell<Option<Rc<Snapshot>>>,
    /// Why the snapshot that lies there is of no use: the failure with which a scan ends unless an update makes another.
    damage: RefCell<Option<String>>,
    /// `None` for the snapshot as it is.
    update: Option<UpdateSettings>,
    /// After one failure, or a no, this run goes on without.
    is_given_up: Cell<bool>,
}

impl Advisories {
    /// A snapshot that is damaged is as good as none where it can be brought up to date.
    pub fn open(path: &Path, update: Option<UpdateSettings>) -> Result<Self, Failure> {
        let advisories = Self {
            path: path.to_owned(),
            snapshot: RefCell::default(),
            damage: RefCell::default(),
            update,
            is_given_up: Cell::new(false),
        };
        match read_snapshot(path) {
            Ok(snapshot) => *advisories.snapshot.borrow_mut() = snapshot.map(Rc::new),
            Err(error) if advisories.can_update() && is_damage(&error) => advisories.forget(&error),
            Err(error) => return Err(unusable(path, &error)),
        }
        Ok(advisories)
    }

    /// True where updates were asked for.
    pub fn can_update(&self) -> bool {
        self.update.is_some()
    }

    /// Goes on as if there were no snapshot, because it is damaged.
    pub fn forget(&self, error: &SnapshotError) {
        let message = Chain(error).to_string();
        let what = message.lines().next().unwrap_or_default();
        tracing::warn!("failed to {}; it is made again", printable(what));
        *self.snapshot.borrow_mut() = None;
        *self.damage.borrow_mut() = Some(unusable(&self.path, error).to_string());
    }

    /// The snapshot as it is now; `None` where there is none.
    pub fn snapshot(&self) -> Option<Rc<Snapshot>> {
        self.snapshot.borrow().clone()
    }

    /// The snapshot to judge packages of these families and releases by. What keeps it from being updated is said, and no reason not to
    /// judge, unless the one that there is cannot be read.
    pub fn for_families(
        &self,
        families: BTreeMap<String, BTreeSet<String>>,
        progress: &TerminalProgress,
    ) -> Result<Option<Rc<Snapshot>>, Failure> {
        if let Some(settings) = self.update.as_ref().filter(|_| !self.is_given_up.get()) {
            self.refresh(settings, families, progress)?;
        }
        match (self.snapshot(), &*self.damage.borrow()) {
            (None, Some(damage)) => Err(Failure::Advisories(damage.clone())),
            (snapshot, _) => Ok(snapshot),
        }
    }

    fn refresh(
        &self,
        settings: &UpdateSettings,
        families: BTreeMap<String, BTreeSet<String>>,
        progress: &TerminalProgress,
    ) -> Result<(), Failure> {
        let settings = UpdateSettings {
            snapshot: settings.snapshot.clone(),
            feeds: settings.feeds.clone(),
            selection: Selection { families: Some(families), ..settings.selection.clone() },
            ca_file: settings.ca_file.clone(),
            from: None,
            accept_shrunk: false,
        };
        match self.reason(&settings) {
            Ok(None) => {}
            Ok(Some(reason)) => self.update_for(&settings, reason, progress)?,
            Err(error) => self.give_up(error),
        }
        Ok(())
    }

    /// Why an update is needed; `None` where it is not.
    fn reason(&self, settings: &UpdateSettings) -> Result<Option<&'static str>, UpdateError> {
        let snapshot = self.snapshot.borrow();
        let fetched = FetchedFiles::read(&settings.feeds);
        // A snapshot of files that somebody brought is not taken away from them.
        if let Some(snapshot) = snapshot.as_ref().filter(|snapshot| !fetched.have_built(snapshot)) {
            let wanted = settings.selection.families.iter().flat_map(BTreeMap::keys);
            let missing = wanted.filter(|family| snapshot.families().all(|own| own != **family));
            let missing: Vec<&str> = missing.map(String::as_str).collect();
            if !missing.is_empty() {
                tracing::warn!(
                    "the advisory snapshot was imported or built of other files, so it is left as it is, without {}",
                    printable(&missing.join(", "))
                );
            }
            return Ok(None);
        }
        Ok(match freshness(&settings.selection, FEEDS, &settings.feeds)? {
            Freshness::NothingPublished => None,
            _ if self.damage.borrow().is_some() => Some("the advisory snapshot is damaged"),
            _ if snapshot.is_none() => Some("there is no advisory snapshot"),
            Freshness::Incomplete => Some("not all advisories for this image are there"),
            Freshness::Asked(seconds) if now().saturating_sub(seconds) > FRESH_SECONDS => {
                Some("the advisories are more than a day old")
            }
            Freshness::Asked(_) => None,
        })
    }

    fn update_for(
        &self,
        settings: &UpdateSettings,
        reason: &str,
        progress: &TerminalProgress,
    ) -> Result<(), Failure> {
        let is_asked = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        if is_asked && !self.is_wanted(settings, reason, progress) {
            self.is_given_up.set(true);
            return Ok(());
        }
        let started = Instant::now();
        match settings.run(progress) {
            Ok(report) => {
                progress.note(&format!("{reason}; {}", told(&report, started.elapsed())));
                for file in report.files.iter().filter(|file| file.outcome.is_failure()) {
                    tracing::warn!(
                        file = file.file,
                        "a feed could not be updated; plimsoll db update says why"
                    );
                }
                report.built.iter().for_each(warn_of_gaps);
                // Where none could be built, the damaged one lies there still.
                if report.built.is_some() || self.damage.borrow().is_none() {
                    *self.snapshot.borrow_mut() = open_snapshot(&self.path)?.map(Rc::new);
                    *self.damage.borrow_mut() = None;
                }
            }
            Err(error) => self.give_up(error),
        }
        Ok(())
    }

    /// Asks on the terminal. No answer is a no.
    fn is_wanted(
        &self,
        settings: &UpdateSettings,
        reason: &str,
        progress: &TerminalProgress,
    ) -> bool {
        progress.finish();
        let place = (settings.feeds.as_path(), &settings.fetch_options());
        let size = size_of_update(&settings.selection, FEEDS, place);
        let cost = size.map_or_else(|_| String::new(), cost);
        let mut out = anstream::stderr();
        let asked = write!(out, "{reason}; fetch them{cost}? [Y/n] ").and_then(|()| out.flush());
        let mut answer = String::new();
        let read = std::io::stdin().lock().read_line(&mut answer);
        let is_yes = matches!(answer.trim().to_lowercase().as_str(), "" | "y" | "yes");
        asked.is_ok() && read.is_ok_and(|bytes| bytes > 0) && is_yes
    }

    fn give_up(&self, error: UpdateError) {
        self.is_given_up.set(true);
        tracing::warn!("failed to {}; going on with what there is", Failure::from(error));
    }
}

/// What an update brought, and how long it took.
fn told(report: &UpdateReport, took: Duration) -> String {
    let bytes: u64 = report.files.iter().map(|file| file.transferred).sum();
    let what = if bytes == 0 { "nothing new".to_owned() } else { size(bytes) };
    format!("fetched {what} in {:.1} s", took.as_secs_f64())
}

/// What an update costs, in brackets; nothing where it costs next to nothing.
fn cost(size: UpdateSize) -> String {
    let seconds = (size.bytes / SLOW_BYTES_PER_SECOND).max(1);
    let megabytes = size.bytes.div_ceil(1_000_000);
    let told = format!("{megabytes} MB, {seconds} s at 10 Mbit/s");
    match (size.bytes, size.untold) {
        (0, 0) => String::new(),
        (0, files) => format!(" ({files} files of untold size)"),
        (_, 0) => format!(" ({told})"),
        (_, files) => format!(" ({told}, and {files} files of untold size)"),
    }
}

/// The snapshot, `None` where there is none yet.
pub fn open_snapshot(path: &Path) -> Result<Option<Snapshot>, Failure> {
    read_snapshot(path).map_err(|error| unusable(path, &error))
}

fn read_snapshot(path: &Path) -> Result<Option<Snapshot>, SnapshotError> {
    if path.exists() { Snapshot::open(path).map(Some) } else { Ok(None) }
}

/// True where another snapshot in its place would help: not where the file cannot be opened.
fn is_damage(error: &SnapshotError) -> bool {
    !matches!(error, SnapshotError::Open { .. })
}

fn unusable(path: &Path, error: &SnapshotError) -> Failure {
    let what = Chain(error).to_string();
    // Another version's snapshot has a hint of its own.
    let what = what.lines().next().unwrap_or_default();
    Failure::Advisories(format!(
        "{what}: {}\nhint: make it again with plimsoll db update, or db build --feeds DIR",
        path.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_update_costs_is_said_as_far_as_it_is_told() {
        for (bytes, untold, expected) in [
            (0, 0, ""),
            (1, 0, " (1 MB, 1 s at 10 Mbit/s)"),
            (25_000_001, 0, " (26 MB, 20 s at 10 Mbit/s)"),
            (0, 2, " (2 files of untold size)"),
            (2_500_000, 3, " (3 MB, 2 s at 10 Mbit/s, and 3 files of untold size)"),
        ] {
            assert_eq!(cost(UpdateSize { bytes, untold }), expected);
        }
    }
}
