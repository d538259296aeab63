use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use plimsoll_advisory::{Change, Difference, Snapshot};
use plimsoll_scan::printable;

use crate::args::DiffArgs;
use crate::exit::Exit;
use crate::failure::{Chain, Failure};
use crate::output::write;

/// Shows what differs between two snapshots.
pub fn run(args: &DiffArgs) -> Result<Exit, Failure> {
    let open = |path: &Path| {
        Snapshot::open(path).map_err(|error| Failure::Advisories(Chain(&error).to_string()))
    };
    let (older, newer) = (open(&args.older)?, open(&args.newer)?);
    let mut failed = None;
    write(None, |out| {
        let mut shown = Shown { out, args, counts: BTreeMap::new(), outcome: Ok(()) };
        let read = older.differences(&newer, &mut |difference| shown.show(&difference));
        let outcome = std::mem::replace(&mut shown.outcome, Ok(()));
        match read {
            Ok(()) => outcome.and_then(|()| shown.end(&older, &newer)),
            Err(error) => {
                failed = Some(error);
                outcome
            }
        }
    })?;
    match failed {
        Some(error) => Err(Failure::Advisories(Chain(&error).to_string())),
        None => Ok(Exit::Pass),
    }
}

struct Shown<'a> {
    out: &'a mut dyn Write,
    args: &'a DiffArgs,
    counts: BTreeMap<Change, u64>,
    outcome: io::Result<()>,
}

impl Shown<'_> {
    fn show(&mut self, difference: &Difference<'_>) {
        *self.counts.entry(difference.change).or_default() += 1;
        let is_listed = difference.change != Change::Text || self.args.texts;
        if self.outcome.is_ok() && is_listed {
            self.outcome = if self.args.json {
                json_line(difference, self.out)
            } else {
                line(difference, self.out)
            };
        }
    }

    fn end(&mut self, older: &Snapshot, newer: &Snapshot) -> io::Result<()> {
        if self.args.json {
            return Ok(());
        }
        let count = |change| self.counts.get(&change).copied().unwrap_or(0);
        writeln!(
            self.out,
            "{} added, {} removed, {} changed, {} with other words only · {} to {}",
            count(Change::Added),
            count(Change::Removed),
            count(Change::Changed),
            count(Change::Text),
            older.revision(),
            newer.revision()
        )
    }
}

fn word(change: Change) -> &'static str {
    match change {
        Change::Added => "added",
        Change::Removed => "removed",
        Change::Changed => "changed",
        Change::Text => "text",
    }
}

fn line(difference: &Difference<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "{:<8} {:<20} {:<36} {:<24} {}",
        word(difference.change),
        printable(difference.family),
        printable(difference.package),
        printable(difference.id),
        printable(difference.feed)
    )
}

fn json_line(difference: &Difference<'_>, out: &mut dyn Write) -> io::Result<()> {
    let line = serde_json::json!({
        "change": word(difference.change),
        "family": difference.family,
        "package": difference.package,
        "id": difference.id,
        "feed": difference.feed,
    });
    writeln!(out, "{line}")
}
