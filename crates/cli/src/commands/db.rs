use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use packageurl::PackageUrl;
use plimsoll_advisory::{EndRef, Entry, EntryDetail, FAMILIES, Snapshot, SnapshotError, Status};
use plimsoll_core::PackageType;
use plimsoll_feeds::{BuildOptions, BuildReport, Progress, build};
use plimsoll_scan::printable;

use crate::args::{DbCommand, Global};
use crate::commands::scan::{SNAPSHOT_FILE, open_snapshot};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::write;
use crate::progress::TerminalProgress;
use crate::settings::{data_directory, now, rfc3339};

/// Builds and shows the advisory snapshot.
pub fn run(global: &Global, command: &DbCommand) -> Result<Exit, Failure> {
    let path = data_directory(global)?.join(SNAPSHOT_FILE);
    match command {
        DbCommand::Build { feeds } => build_snapshot(global, feeds, &path),
        DbCommand::Status { json } => status(&path, *json),
        DbCommand::Lookup { purl } => lookup(&path, purl),
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
        let releases = if releases.is_empty() { "none".to_owned() } else { releases.join(" ") };
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

/// What the purl asks for: in which families, of which release if it names one.
struct Question {
    families: Vec<&'static str>,
    package: String,
    release: Option<String>,
}

fn lookup(path: &Path, purl: &str) -> Result<Exit, Failure> {
    let question = question(purl)?;
    let snapshot = required(path)?;
    let mut damaged = None;
    write(None, |out| {
        let mut entries = 0;
        for family in &question.families {
            for entry in snapshot.lookup(family, &question.package) {
                match entry.and_then(|entry| line(&snapshot, family, (&entry, &question))) {
                    Ok(Some(line)) => {
                        entries += 1;
                        writeln!(out, "{}", printable(&line))?;
                    }
                    Ok(None) => {}
                    Err(error) => damaged = Some(error),
                }
            }
        }
        if entries == 0 {
            writeln!(out, "nothing is known of {}", printable(&question.package))?;
        }
        Ok(())
    })?;
    match damaged {
        Some(error) => Err(Failure::Advisories(with_causes("read the advisory snapshot", &error))),
        None => Ok(Exit::Pass),
    }
}

fn question(text: &str) -> Result<Question, Failure> {
    let invalid =
        |error: &dyn std::fmt::Display| Failure::Usage(format!("read the purl `{text}`: {error}"));
    let purl = PackageUrl::from_str(text).map_err(|error| invalid(&error))?;
    let name = match (purl.ty(), purl.namespace()) {
        ("deb" | "rpm" | "apk", _) | (_, None) => purl.name().to_owned(),
        ("maven", Some(namespace)) => format!("{namespace}:{}", purl.name()),
        (_, Some(namespace)) => format!("{namespace}/{}", purl.name()),
    };
    let language = PackageType::from_purl_type(purl.ty()).and_then(PackageType::language_family);
    let families: Vec<_> = match language {
        Some(family) => vec![family],
        None => FAMILIES
            .iter()
            .filter(|family| {
                family.purl_type.is_some_and(|kind| kind.eq_ignore_ascii_case(purl.ty()))
            })
            .map(|family| family.name)
            .collect(),
    };
    if families.is_empty() {
        return Err(invalid(&"no advisory family has packages of this type"));
    }
    let release = purl.qualifiers().get("distro").and_then(|distro| distro.rsplit_once('-'));
    Ok(Question {
        families,
        package: name,
        release: release.map(|(_, release)| release.to_owned()),
    })
}

/// One entry as a line; `None` where the question is about another release.
fn line(
    snapshot: &Snapshot,
    family: &str,
    (entry, question): (&Entry<'_>, &Question),
) -> Result<Option<String>, SnapshotError> {
    let record = snapshot.record(entry.record)?;
    let releases: Vec<_> = entry.releases.iter().collect::<Result<_, _>>()?;
    if let Some(wanted) = &question.release {
        let number = |release: &str| release.trim_start_matches('v').to_owned();
        if !releases.iter().any(|release| number(release) == number(wanted)) {
            return Ok(None);
        }
    }
    let where_ = match releases[..] {
        [] | [""] => family.to_owned(),
        [release] => format!("{family} {release}"),
        [first, ..] => format!("{family} {first} and {} more", releases.len() - 1),
    };
    let mut names = vec![record.id];
    names.extend(record.aliases.iter().filter(|alias| alias.starts_with("CVE-")));
    let detail = entry.detail()?;
    let text = snapshot.text(entry.record)?;
    let judgement = judgement(entry, &detail);
    Ok(Some(format!("{:<24} {where_:<18} {judgement:<40} {}", names.join(" "), text.summary)))
}

fn judgement(entry: &Entry<'_>, detail: &EntryDetail<'_>) -> String {
    if entry.withdrawn {
        return "withdrawn".to_owned();
    }
    let mut parts: Vec<String> = detail
        .intervals
        .iter()
        .map(|interval| match interval.end {
            EndRef::Open => format!("from {}", interval.introduced),
            EndRef::Fixed(fixed) => format!("from {} below {fixed}", interval.introduced),
            EndRef::LastAffected(last) => format!("from {} to {last}", interval.introduced),
        })
        .collect();
    if !detail.versions.is_empty() {
        parts.push(format!("{} versions by name", detail.versions.len()));
    }
    match entry.status {
        Status::Affected => {}
        Status::NotAffected => return "not affected".to_owned(),
        Status::WillNotFix => parts.push("will not be fixed".to_owned()),
        Status::EndOfLife => parts.push("out of support".to_owned()),
    }
    parts.join("; ")
}

fn required(path: &Path) -> Result<Snapshot, Failure> {
    let missing = || {
        Failure::Advisories(format!(
            "find the advisory snapshot {}\nhint: make one with plimsoll db build --feeds DIR",
            PathBuf::from(path).display()
        ))
    };
    open_snapshot(path)?.ok_or_else(missing)
}

fn with_causes(what: &str, error: &dyn std::error::Error) -> String {
    let mut text = format!("{what}: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    text
}
