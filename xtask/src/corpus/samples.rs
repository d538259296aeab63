//! `feeds/samples.tar.zst`: one or more raw files of every feed's form. What is read of each is written down in a normal form, without
//! texts, and compared with what was recorded when a person last looked at it (`xtask/samples`).

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs::File;
use std::path::Path;

use anyhow::{Context, Result, bail};
use plimsoll_advisory::{Advisory, Affected, Interval, NameKind, RangeEnd, RangeStart};
use plimsoll_feeds::{BuildOptions, read_document};

use super::case::Case;
use super::members::{Member, of_tar, unfold};
use crate::text_file::{read_text, write_text};
use crate::workspace::root;

/// Records of one file that are written down.
const RECORDS: usize = 12;
/// What a record says of packages, as far as it is written down.
const AFFECTED: usize = 24;
/// Folders that hold a folder for each feed.
const DEEPER: &[&str] = &["vunnel", "claircore", "vuln-list-update", "vulnerablecode", "vex"];
/// Lines that differ that are shown.
const SHOWN: usize = 12;

/// A case for each folder. With `record`, what is read becomes what is expected.
pub fn cases(archive: &Path, record: bool) -> Result<Vec<Case>> {
    let mut folders: BTreeMap<String, Vec<Member>> = BTreeMap::new();
    for (path, bytes) in files(archive)? {
        folders.entry(folder_of(&path)).or_default().push((path, bytes));
    }
    let case = |(folder, mut files): (String, Vec<Member>)| {
        files.sort();
        let recorded =
            root().join("xtask/samples").join(format!("{}.txt", folder.replace('/', "-")));
        Case::new(format!("feeds/samples/{folder}"), move || check(&files, &recorded, record))
    };
    Ok(folders.into_iter().map(case).collect())
}

/// Every file of the archive, and of the archives in it, by its path below `samples`.
fn files(archive: &Path) -> Result<Vec<Member>> {
    let failed = || format!("failed to read {}", archive.display());
    let members = of_tar(File::open(archive).with_context(failed)?).with_context(failed)?;
    let mut files = Vec::new();
    for (path, bytes) in members {
        let path = path.strip_prefix("samples/").unwrap_or(&path).to_owned();
        files.extend(unfold((path, bytes)));
    }
    Ok(files)
}

fn folder_of(path: &str) -> String {
    let parts: Vec<_> = path.split('/').collect();
    let depth = if parts.first().is_some_and(|first| DEEPER.contains(first)) { 2 } else { 1 };
    parts[..depth.min(parts.len() - 1)].join("/")
}

fn check(files: &[Member], recorded: &Path, record: bool) -> Result<String> {
    let mut found = String::new();
    let mut records = 0;
    for (path, bytes) in files {
        records += normal_form(path, bytes, &mut found);
    }
    if record {
        write_text(recorded, &found)?;
    }
    let expected = read_text(recorded)?;
    if expected == found {
        return Ok(format!("{} files, {records} records", files.len()));
    }
    let (expected, found): (Vec<_>, Vec<_>) = (expected.lines().collect(), found.lines().collect());
    let missing =
        expected.iter().filter(|line| !found.contains(line)).map(|line| format!("- {line}"));
    let added =
        found.iter().filter(|line| !expected.contains(line)).map(|line| format!("+ {line}"));
    let lines: Vec<_> = missing.chain(added).take(SHOWN).collect();
    bail!("reads otherwise than {}:\n        {}", recorded.display(), lines.join("\n        "))
}

/// Appends what is read of one file; gives the number of its records.
fn normal_form(path: &str, bytes: &[u8], out: &mut String) -> usize {
    let options = BuildOptions::default();
    let Some(reading) = read_document(path, bytes.to_vec(), &options) else {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{path}: of no feed");
        return 0;
    };
    let count = reading.advisories.len();
    let _ = writeln!(out, "{path}: {}, {count} records", reading.feed.id);
    for (word, counts) in [("rejected", &reading.rejected), ("ignored", &reading.ignored)] {
        for (reason, count) in counts {
            let _ = writeln!(out, "  {word} {count}: {reason}");
        }
    }
    for advisory in reading.advisories.iter().take(RECORDS) {
        write_advisory(advisory, out);
    }
    count
}

fn write_advisory(advisory: &Advisory, out: &mut String) {
    let mut line = format!("  {}", advisory.id);
    for (word, list) in [
        ("aliases", &advisory.aliases),
        ("related", &advisory.related),
        ("upstream", &advisory.upstream),
        ("cwes", &advisory.cwes),
    ] {
        if !list.is_empty() {
            let _ = write!(line, " {word}={}", list.join(","));
        }
    }
    for (word, time) in [
        ("published", &advisory.published),
        ("modified", &advisory.modified),
        ("withdrawn", &advisory.withdrawn),
    ] {
        if let Some(time) = time {
            let _ = write!(line, " {word}={time}");
        }
    }
    for claim in &advisory.severities {
        let _ = write!(line, " {}={}", claim.source, claim.value);
    }
    let _ = write!(line, " references={}", advisory.references.len());
    let _ = writeln!(out, "{line}");
    for affected in advisory.affected.iter().take(AFFECTED) {
        let _ = writeln!(out, "    {}", affected_line(affected));
    }
    if advisory.affected.len() > AFFECTED {
        let _ = writeln!(out, "    and {} more", advisory.affected.len() - AFFECTED);
    }
    for one in &advisory.symbols {
        let _ = writeln!(out, "    in {} {}: {}", one.package, one.import, one.symbols.join(" "));
    }
}

fn affected_line(affected: &Affected) -> String {
    let Affected { family, release, package, .. } = affected;
    let separator = if release.is_empty() { "" } else { ":" };
    let mut line = format!("{family}{separator}{release} {package}");
    if let Some(names) = affected.names {
        line.push_str(match names {
            NameKind::Package => " (package)",
            NameKind::Source => " (source)",
            NameKind::Binary => " (binary)",
        });
    }
    for interval in &affected.intervals {
        let _ = write!(line, " [{}]", interval_text(interval));
    }
    if !affected.versions.is_empty() {
        let _ = write!(line, " versions={}", affected.versions.join(","));
    }
    let _ = write!(line, " {:?}", affected.status);
    if let Some(module) = &affected.module {
        let _ = write!(line, " module={module}");
    }
    if !affected.arches.is_empty() {
        let _ = write!(line, " arches={}", affected.arches.join(","));
    }
    if !affected.repository.is_empty() {
        let _ = write!(line, " repository={}", affected.repository);
    }
    for claim in &affected.severities {
        let _ = write!(line, " {}={}", claim.source, claim.value);
    }
    line
}

fn interval_text(interval: &Interval) -> String {
    let start = match &interval.start {
        RangeStart::First => "first".to_owned(),
        RangeStart::From(version) => format!("from {version}"),
        RangeStart::After(version) => format!("after {version}"),
    };
    match &interval.end {
        RangeEnd::Open => start,
        RangeEnd::Fixed(version) => format!("{start} below {version}"),
        RangeEnd::LastAffected(version) => format!("{start} to {version}"),
    }
}
