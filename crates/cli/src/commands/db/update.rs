use std::collections::BTreeMap;
use std::io::{self, Write};
use std::ops::Range;
use std::path::Path;

use plimsoll_advisory::{Snapshot, Source};
use plimsoll_feeds::{BuildReport, FetchedFiles, FileReport, OF_NO_FEED, Outcome, UpdateReport};
use plimsoll_scan::printable;

use crate::advisories::{open_snapshot, warn_of_gaps};
use crate::args::{Global, UpdateArgs};
use crate::commands::db::build::write_end;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{size, write};
use crate::progress::TerminalProgress;
use crate::settings::{rfc3339, update_settings};

/// Fetches feeds, and builds the snapshot of them.
pub fn run(global: &Global, args: &UpdateArgs, path: &Path) -> Result<Exit, Failure> {
    let settings = update_settings(global, args)?;
    let report = settings.run(&TerminalProgress::new(global.quiet))?;
    let snapshot = open_snapshot(path)?;
    let fetched = FetchedFiles::read(&settings.feeds);
    write(None, |out| {
        for row in rows(&report.files, snapshot.as_ref()) {
            row.write(&fetched, out)?;
        }
        match (&report.built, &snapshot) {
            (Some(built), _) => write_end(built, path, out),
            (None, Some(snapshot)) => {
                writeln!(
                    out,
                    "\nnothing changed · {} · revision {}",
                    path.display(),
                    snapshot.revision()
                )
            }
            (None, None) => writeln!(out, "\nthere is no snapshot, for no feed could be had"),
        }
    })?;
    report.built.iter().for_each(warn_of_gaps);
    if let Some(why) = &report.unreadable {
        let why = printable(why);
        tracing::warn!(
            "failed to {why}; it was replaced, with what it had of feeds that are not here"
        );
    }
    Ok(exit(&report, snapshot.is_some()))
}

/// That a feed is not as it is published, or is damaged, is a gap in what scans can tell; that none is leaves them with nothing new.
fn exit(report: &UpdateReport, has_snapshot: bool) -> Exit {
    let failures = report.files.iter().filter(|file| file.outcome.is_failure()).count();
    let is_in_vain = report.files.iter().all(|file| file.outcome.is_without_effect());
    let has_gaps = report.built.as_ref().is_some_and(BuildReport::has_gaps);
    match failures {
        _ if !has_snapshot => Exit::AdvisoriesMissing,
        0 if !has_gaps => Exit::Pass,
        0 => Exit::CoverageIncomplete,
        _ if is_in_vain && report.built.is_none() => Exit::AdvisoriesMissing,
        _ => Exit::CoverageIncomplete,
    }
}

/// The files of a feed that are one source of the snapshot.
struct Row<'a> {
    feed: &'a str,
    /// The source's name; a file's, where the snapshot has nothing of it.
    name: &'a str,
    /// With the records that lie beside an archive.
    sources: Vec<&'a Source>,
    files: Vec<&'a FileReport>,
}

fn rows<'a>(files: &'a [FileReport], snapshot: Option<&'a Snapshot>) -> Vec<Row<'a>> {
    let mut rows: BTreeMap<(&str, &str), Row<'a>> = BTreeMap::new();
    for file in files {
        // A source's name is a file's, or that of a directory above it.
        let is_of = |source: &&Source| {
            let rest = file.file.strip_prefix(&source.name);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let sources: Vec<_> =
            snapshot.into_iter().flat_map(Snapshot::sources).filter(is_of).collect();
        let names = sources.iter().map(|source| source.name.as_str());
        let name = names.max_by_key(|name| name.len()).unwrap_or(&file.file);
        let row = || Row { feed: &file.feed, name, sources, files: Vec::new() };
        rows.entry((&file.feed, name)).or_insert_with(row).files.push(file);
    }
    rows.into_values().collect()
}

impl Row<'_> {
    fn write(&self, fetched: &FetchedFiles, out: &mut dyn Write) -> io::Result<()> {
        let bytes: u64 = self.files.iter().map(|file| file.transferred).sum();
        let milliseconds = length(self.files.iter().flat_map(|file| file.fetched.clone()));
        let time = format!("{}.{} s", milliseconds / 1_000, milliseconds % 1_000 / 100);
        let (feed, came) = (printable(self.feed), self.came());
        let transferred = if bytes == 0 { "-".to_owned() } else { size(bytes) };
        write!(out, "{feed:<14} {came:<12} {transferred:>9} {time:>7}  ")?;
        if !self.sources.is_empty() {
            let records: u64 = self.sources.iter().map(|source| source.records).sum();
            let rejected: u64 =
                self.sources.iter().flat_map(|source| source.rejected.values()).sum();
            let newest = self.sources.iter().filter_map(|source| source.newest_modified.as_deref());
            let newest = newest.max().and_then(|newest| newest.get(..10)).unwrap_or("unknown");
            let newest = printable(newest);
            write!(out, "{records:>7} records, {rejected} rejected, ")?;
            match self.sources.iter().filter_map(|source| source.ignored.get(OF_NO_FEED)).sum() {
                0_u64 => {}
                documents => write!(out, "{documents} of no feed, ")?,
            }
            write!(out, "newest {newest}  ")?;
        }
        write!(out, "{}", printable(self.name))?;
        match self.files.len() {
            1 => writeln!(out)?,
            files => writeln!(out, " ({files} files)")?,
        }
        for file in &self.files {
            let why = match &file.outcome {
                Outcome::Failed(why) | Outcome::Incomplete(why) => why.clone(),
                Outcome::Refused { before, after } => format!(
                    "it has {after} records instead of {before}; --accept-shrunk takes it all the same"
                ),
                Outcome::Unchanged | Outcome::Fetched | Outcome::Changes(_) => continue,
            };
            let old = fetched.of_source(&file.file);
            let old = old.filter(|_| file.outcome.is_without_effect());
            let kept = old.map_or_else(String::new, |seconds| {
                format!("; the copy of {} is kept", rfc3339(seconds))
            });
            match self.files.len() {
                1 => writeln!(out, "    {}{kept}", printable(&why))?,
                _ => writeln!(out, "    {}: {}{kept}", printable(&file.file), printable(&why))?,
            }
        }
        Ok(())
    }

    /// In a word, what came of the files.
    fn came(&self) -> String {
        let count =
            |is: fn(&Outcome) -> bool| self.files.iter().filter(|file| is(&file.outcome)).count();
        let changes = |file: &&FileReport| match file.outcome {
            Outcome::Changes(changes) => changes,
            _ => 0,
        };
        let changes: usize = self.files.iter().map(changes).sum();
        if count(|outcome| matches!(outcome, Outcome::Failed(_))) > 0 {
            "failed".to_owned()
        } else if count(|outcome| matches!(outcome, Outcome::Refused { .. })) > 0 {
            "refused".to_owned()
        } else if count(|outcome| matches!(outcome, Outcome::Incomplete(_))) > 0 {
            "incomplete".to_owned()
        } else if count(|outcome| *outcome == Outcome::Fetched) > 0 {
            "fetched".to_owned()
        } else if changes > 0 {
            format!("{changes} changes")
        } else {
            "unchanged".to_owned()
        }
    }
}

/// How long one at least of these went on.
fn length(times: impl Iterator<Item = Range<u64>>) -> u64 {
    let mut times: Vec<_> = times.collect();
    times.sort_unstable_by_key(|time| time.start);
    let (mut until, mut length) = (0, 0_u64);
    for time in times {
        length = length.saturating_add(time.end.saturating_sub(time.start.max(until)));
        until = until.max(time.end);
    }
    length
}

#[cfg(test)]
mod tests {
    use plimsoll_advisory::Revision;
    use plimsoll_feeds::Damaged;

    use super::*;

    fn report(outcomes: &[Outcome]) -> UpdateReport {
        let file = |outcome: &Outcome| FileReport {
            feed: "osv".into(),
            file: "osv/npm/all.zip".into(),
            outcome: outcome.clone(),
            transferred: 0,
            fetched: Vec::new(),
        };
        UpdateReport { files: outcomes.iter().map(file).collect(), built: None, unreadable: None }
    }

    #[test]
    fn the_end_says_how_many_feeds_are_as_they_are_published() {
        use Outcome::{Fetched, Unchanged};
        let (failed, refused) =
            (Outcome::Failed("x".into()), Outcome::Refused { before: 9, after: 1 });
        for (outcomes, has_snapshot, expected) in [
            (vec![Fetched, Unchanged], true, Exit::Pass),
            (vec![Fetched, failed.clone()], true, Exit::CoverageIncomplete),
            (vec![Unchanged, refused.clone()], true, Exit::CoverageIncomplete),
            (vec![failed.clone(), refused], true, Exit::AdvisoriesMissing),
            (vec![failed], false, Exit::AdvisoriesMissing),
            (vec![Outcome::Incomplete("x".into())], true, Exit::CoverageIncomplete),
            (vec![], true, Exit::Pass),
            (vec![], false, Exit::AdvisoriesMissing),
        ] {
            assert_eq!(exit(&report(&outcomes), has_snapshot), expected, "{outcomes:?}");
        }
    }

    #[test]
    fn what_is_fetched_at_the_same_time_takes_its_time_once() {
        for (times, expected) in [
            (vec![], 0),
            (vec![(5, 7)], 2),
            (vec![(5, 9), (6, 8), (7, 12)], 7),
            (vec![(20, 30), (5, 9)], 14),
            (vec![(5, 9), (9, 10), (9, 4)], 5),
        ] {
            let ranges = times.iter().map(|&(start, end)| start..end);
            assert_eq!(length(ranges), expected, "{times:?}");
        }
    }

    #[test]
    fn an_old_copy_that_is_damaged_is_a_gap_whatever_came_of_the_others() {
        let damaged = Damaged { name: "npm/all.zip".into(), path: None, detail: "cut".into() };
        let built = BuildReport {
            revision: Revision([0; 32]),
            bytes: 0,
            sources: Vec::new(),
            skipped: Vec::new(),
            damaged: vec![damaged],
        };
        let report = UpdateReport { built: Some(built), ..report(&[Outcome::Fetched]) };
        assert_eq!(exit(&report, true), Exit::CoverageIncomplete);
    }
}
