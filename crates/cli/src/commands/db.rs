use std::io::{self, Write};
use std::path::Path;

use plimsoll_advisory::Snapshot;
use plimsoll_feeds::{BuildOptions, BuildReport, Progress, build};
use plimsoll_scan::printable;

use crate::args::{DbCommand, Global};
use crate::commands::lookup;
use crate::commands::scan::{SNAPSHOT_FILE, open_snapshot};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::write;
use crate::progress::TerminalProgress;
use crate::settings::{data_directory, now, rfc3339};

/// Releases that a line of the status names; the JSON form names them all.
const LISTED_RELEASES: usize = 8;

/// Builds and shows the advisory snapshot.
pub fn run(global: &Global, command: &DbCommand) -> Result<Exit, Failure> {
    let path = data_directory(global)?.join(SNAPSHOT_FILE);
    match command {
        DbCommand::Build { feeds } => build_snapshot(global, feeds, &path),
        DbCommand::Status { json } => status(&path, *json),
        DbCommand::Lookup { purl } => lookup::run(&path, purl),
    }
}

fn build_snapshot(global: &Global, feeds: &Path, path: &Path) -> Result<Exit, Failure> {
    if !feeds.exists() {
        return Err(Failure::Usage(format!("read feeds: there is no {}", feeds.display())));
    }
    let directory = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(directory).map_err(|error| {
        Failure::Usage(format!("make the data directory {}: {error}", directory.display()))
    })?;
    let terminal = TerminalProgress::new(global.quiet);
    let mut report = |progress: Progress<'_>| match progress {
        Progress::Reading { name, index, count } => {
            terminal.say(&format!("reading {name} ({} of {count})", index + 1));
        }
        Progress::Writing => terminal.say("writing the snapshot"),
    };
    let options = BuildOptions { built_at: Some(now()), ..BuildOptions::default() };
    let built = build(&[feeds.to_owned()], path, &options, &mut report);
    terminal.finish();
    let built = built
        .map_err(|error| Failure::Advisories(with_causes("build the advisory snapshot", &error)))?;
    write(None, |out| write_built(&built, path, out))?;
    Ok(Exit::Pass)
}

fn write_built(built: &BuildReport, path: &Path, out: &mut dyn Write) -> io::Result<()> {
    for source in &built.sources {
        let rejected: u64 = source.rejected.values().sum();
        write!(out, "{:>8} records  {}", source.records, printable(&source.name))?;
        if rejected > 0 {
            write!(out, ", {rejected} rejected")?;
        }
        writeln!(out)?;
        for (reason, count) in &source.rejected {
            writeln!(out, "{count:>16}  {}", printable(reason))?;
        }
    }
    for skipped in &built.skipped {
        writeln!(out, " skipped           {}: {}", printable(&skipped.name), skipped.reason)?;
    }
    writeln!(
        out,
        "\n{} · {} MB · revision {}",
        path.display(),
        built.bytes / 1_000_000,
        built.revision
    )
}

fn status(path: &Path, json: bool) -> Result<Exit, Failure> {
    let snapshot = required(path)?;
    if json {
        write(None, |out| write_status_json(&snapshot, out))?;
    } else {
        write(None, |out| write_status(&snapshot, path, out))?;
    }
    Ok(Exit::Pass)
}

fn write_status(snapshot: &Snapshot, path: &Path, out: &mut dyn Write) -> io::Result<()> {
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
        writeln!(
            out,
            "  {:<14} {:>7} records, {rejected} rejected, newest {}  {}",
            printable(&source.feed),
            source.records,
            printable(newest),
            printable(&source.name)
        )?;
    }
    writeln!(out, "\nFamilies, and the releases for which a feed is complete")?;
    for (family, counts) in snapshot.counts_by_family() {
        let releases: Vec<_> = snapshot
            .complete()
            .filter(|complete| complete.family == family)
            .map(|complete| if complete.release.is_empty() { "all" } else { &complete.release })
            .collect();
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

fn write_status_json(snapshot: &Snapshot, out: &mut dyn Write) -> io::Result<()> {
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

pub fn required(path: &Path) -> Result<Snapshot, Failure> {
    let missing = || {
        Failure::Advisories(format!(
            "find the advisory snapshot {}\nhint: make one with plimsoll db build --feeds DIR",
            path.display()
        ))
    };
    open_snapshot(path)?.ok_or_else(missing)
}

pub fn with_causes(what: &str, error: &dyn std::error::Error) -> String {
    let mut text = format!("{what}: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    text
}
