use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::Path;

use plimsoll_advisory::Snapshot;
use plimsoll_feeds::FetchedFiles;
use plimsoll_scan::printable;

use crate::commands::db::required;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::write;
use crate::settings::{now, rfc3339};

/// Releases that a line of the status names; the JSON form names them all.
const LISTED_RELEASES: usize = 8;

/// Shows what the snapshot holds.
pub fn run(path: &Path, feeds: &Path, json: bool) -> Result<Exit, Failure> {
    let snapshot = required(path)?;
    let fetched = FetchedFiles::read(feeds);
    if json {
        write(None, |out| write_status_json((&snapshot, &fetched), out))?;
    } else {
        write(None, |out| write_status((&snapshot, &fetched), path, out))?;
    }
    Ok(Exit::Pass)
}

fn write_status(
    (snapshot, fetched): (&Snapshot, &FetchedFiles),
    path: &Path,
    out: &mut dyn Write,
) -> io::Result<()> {
    let counts = snapshot.counts();
    writeln!(out, "{}", path.display())?;
    writeln!(out, "revision  {}", snapshot.revision())?;
    if let Some(built_at) = snapshot.built_at() {
        let days = now().saturating_sub(built_at) / 86_400;
        writeln!(out, "built     {} ({days} days ago)", rfc3339(built_at))?;
    }
    writeln!(out, "holds     {} records on {} packages", counts.records, counts.packages)?;
    writeln!(out, "\nSources")?;
    for source in snapshot.sources() {
        let rejected: u64 = source.rejected.values().sum();
        let newest = source.newest_modified.as_deref().unwrap_or("unknown");
        let fetched = fetched
            .of_source(&source.name)
            .map_or_else(String::new, |seconds| format!(", fetched {}", rfc3339(seconds)));
        writeln!(
            out,
            "  {:<14} {:>7} records, {rejected} rejected, newest {}{fetched}  {}",
            printable(&source.feed),
            source.records,
            printable(newest),
            printable(&source.name)
        )?;
    }
    writeln!(out, "\nFamilies, and the releases for which a feed is complete")?;
    for (family, counts) in snapshot.counts_by_family() {
        let releases = releases(snapshot, family);
        let releases = match releases.len() {
            0 => "none".to_owned(),
            1..=LISTED_RELEASES => releases.join(", "),
            count => {
                let more = count - LISTED_RELEASES;
                format!(
                    "{} and {more} more (--json names them)",
                    releases[..LISTED_RELEASES].join(", ")
                )
            }
        };
        writeln!(
            out,
            "  {:<26} {:>7} records  {}",
            printable(family),
            counts.records,
            printable(&releases)
        )?;
    }
    Ok(())
}

/// The releases for which one feed at least is complete, each once, in the order of their numbers.
fn releases<'a>(snapshot: &'a Snapshot, family: &str) -> Vec<&'a str> {
    let complete = snapshot.complete().filter(|complete| complete.family == family);
    let releases: BTreeSet<_> = complete.map(|complete| complete.release.as_str()).collect();
    let mut releases: Vec<_> = releases.into_iter().collect();
    releases.sort_by_cached_key(|release| numbers(release));
    releases.iter().map(|&release| if release.is_empty() { "all" } else { release }).collect()
}

/// A text as words, each with the number behind it: `v3.18` is `v` 3 `.` 18.
fn numbers(text: &str) -> Vec<(&str, u64)> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let digit = rest.find(|one: char| one.is_ascii_digit()).unwrap_or(rest.len());
        let (word, from_digit) = rest.split_at(digit);
        let end = from_digit.find(|one: char| !one.is_ascii_digit()).unwrap_or(from_digit.len());
        let (number, behind) = from_digit.split_at(end);
        parts.push((word, number.parse().unwrap_or(0)));
        rest = behind;
    }
    parts
}

fn write_status_json(
    (snapshot, fetched): (&Snapshot, &FetchedFiles),
    out: &mut dyn Write,
) -> io::Result<()> {
    let counts = snapshot.counts();
    let sources: Vec<_> = snapshot
        .sources()
        .map(|source| {
            serde_json::json!({
                "feed": source.feed,
                "name": source.name,
                "records": source.records,
                "rejected": source.rejected,
                "ignored": source.ignored,
                "newest_modified": source.newest_modified,
                "digest": source.digest,
                "fetched_at": fetched.of_source(&source.name).map(rfc3339),
            })
        })
        .collect();
    let complete: Vec<_> = snapshot
        .complete()
        .map(|complete| {
            serde_json::json!({ "feed": complete.feed, "family": complete.family, "release": complete.release })
        })
        .collect();
    let status = serde_json::json!({
        "revision": snapshot.revision().to_string(),
        "built_at": snapshot.built_at().map(rfc3339),
        "records": counts.records,
        "packages": counts.packages,
        "sources": sources,
        "complete": complete,
    });
    serde_json::to_writer_pretty(&mut *out, &status)?;
    writeln!(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_in_the_order_of_their_numbers() {
        let mut releases =
            ["v3.9", "v3.18", "edge", "10", "9", "22.04:LTS", "22.10", "Leap 15.6", "", "8"];
        releases.sort_by_cached_key(|release| numbers(release));
        assert_eq!(
            releases,
            ["", "8", "9", "10", "22.04:LTS", "22.10", "Leap 15.6", "edge", "v3.9", "v3.18"]
        );
    }
}
