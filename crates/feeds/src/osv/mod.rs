//! OSV records, of any database that publishes them (ossf.github.io/osv-schema, version 1.7): one record a document, or an
//! array of them.

mod package;
mod ranges;
mod schema;
mod severity;
mod vendor;

use plimsoll_advisory::{Advisory, Affected, Status, advisory_family};
use plimsoll_version::Scheme;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use self::package::{PackageName, package_name};
use self::ranges::{covered, intervals};
use self::schema::{Record, RecordExtras, Text, lenient};
use self::severity::{claims, source_of, word};
use crate::feed::{Feed, Import, NotOfThisFeed};
use crate::tally::Tally;

pub(crate) static OSV: Feed = Feed {
    id: "osv",
    summary: "OSV records: every ecosystem of osv.dev, and whoever else publishes in that format",
    recognises,
    import,
    spread: false,
};

#[derive(Deserialize)]
struct Outline {
    id: Option<IgnoredAny>,
    affected: Option<IgnoredAny>,
}

fn recognises(document: &[u8]) -> bool {
    let is_record = |outline: Outline| outline.id.is_some() && outline.affected.is_some();
    if is_array(document) {
        let first = serde_json::from_slice::<Vec<&RawValue>>(document);
        let first = first.ok().and_then(|records| records.first().copied());
        return first
            .and_then(|first| serde_json::from_str::<Outline>(first.get()).ok())
            .is_some_and(is_record);
    }
    serde_json::from_slice::<Outline>(document).is_ok_and(is_record)
}

fn is_array(document: &[u8]) -> bool {
    document.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[')
}

fn import(document: &[u8], import: &mut Import<'_>) -> Result<(), NotOfThisFeed> {
    if !is_array(document) {
        let record = serde_json::from_slice(document).map_err(|_| NotOfThisFeed)?;
        import_record(&record, import);
        return Ok(());
    }
    let records = serde_json::from_slice::<Vec<&RawValue>>(document).map_err(|_| NotOfThisFeed)?;
    for record in records {
        match serde_json::from_str(record.get()) {
            Ok(record) => import_record(&record, import),
            Err(_) => import.tally.reject("not a record of its feed"),
        }
    }
    Ok(())
}

fn import_record(record: &Record<'_>, import: &mut Import<'_>) {
    if !import.options.wants_id(record.id.as_str()) {
        return;
    }
    import.tally.records += 1;
    import.tally.modified(record.modified.as_ref().map(Text::as_str));
    let affected = record.affected.as_deref().unwrap_or_default();
    if affected.is_empty() {
        import.tally.reject("no package at all");
    }
    let streams = vendor::streams_of_summary(record.summary.as_ref().map_or("", Text::as_str));
    let source = source_of(record.id.as_str());
    let mut entries = Vec::with_capacity(affected.len());
    for one in affected {
        for entry in import_affected(one, source, import) {
            entries.extend(match entry.family.as_str() {
                "AlmaLinux" | "Red Hat" | "Rocky Linux" => vendor::per_stream(entry, &streams),
                _ => vec![entry],
            });
        }
    }
    if !entries.is_empty() {
        import.advisories.push(advisory(record, source, entries));
    }
}

fn advisory(record: &Record<'_>, source: &str, affected: Vec<Affected>) -> Advisory {
    let owned = |text: &Option<Text<'_>>| text.as_ref().map(|text| text.as_str().to_owned());
    let list = |texts: &Option<Vec<Text<'_>>>| {
        texts.iter().flatten().map(|text| text.as_str().to_owned()).collect()
    };
    let extras: RecordExtras = lenient(record.database_specific);
    let summary = owned(&record.summary).unwrap_or_default();
    let mut severities = claims(record.severity.as_deref(), source);
    severities.extend(word(&extras, &summary, source));
    let references = record.references.iter().flatten();
    Advisory {
        feed: OSV.id.to_owned(),
        id: record.id.as_str().to_owned(),
        aliases: list(&record.aliases),
        related: list(&record.related),
        upstream: list(&record.upstream),
        details: owned(&record.details).unwrap_or_default(),
        published: owned(&record.published),
        modified: owned(&record.modified),
        withdrawn: owned(&record.withdrawn),
        severities,
        references: references.filter_map(|reference| owned(&reference.url)).collect(),
        cwes: extras.cwe_ids.unwrap_or_default(),
        affected,
        summary,
    }
}

/// What a record says of one package; more than one entry where a vendor names binaries.
fn import_affected(
    one: &schema::Affected<'_>,
    source: &str,
    import: &mut Import<'_>,
) -> Vec<Affected> {
    let name = match one.package.as_ref().map_or(Ok(None), package_name) {
        Ok(Some(name)) => name,
        // Mere git ranges of the upstream project.
        Ok(None) => {
            import.tally.ignore("no package");
            return Vec::new();
        }
        Err(reason) => {
            import.tally.reject(reason);
            return Vec::new();
        }
    };
    let PackageName { family, release, package } = name;
    if !import.options.wants_ecosystem(&family, &release) {
        return Vec::new();
    }
    import.tally.saw(&family, &release);
    let mut affected = Affected { family, release, package, ..Affected::default() };
    let Some(status) = read_versions(one, &mut affected, &mut import.tally) else {
        return Vec::new();
    };
    affected.status = status;
    affected.severities = claims(one.severity.as_deref(), source);
    match affected.family.as_str() {
        "Debian" => vendor::debian_urgency(&mut affected, one.ecosystem_specific),
        "SUSE" | "openSUSE" => return vendor::suse_binaries(affected, one.ecosystem_specific),
        _ => {}
    }
    vec![affected]
}

/// Reads ranges and versions; `None` where there are none, for then nothing is said.
fn read_versions(
    one: &schema::Affected<'_>,
    affected: &mut Affected,
    tally: &mut Tally,
) -> Option<Status> {
    let scheme = scheme_of(&affected.family);
    let mut stated = false;
    for range in one.ranges.iter().flatten() {
        let kind = range.kind.as_ref().map_or("", Text::as_str);
        let events = range.events.as_deref().unwrap_or_default();
        match kind {
            "ECOSYSTEM" | "SEMVER" => {
                stated |= !events.is_empty();
                affected.intervals.extend(intervals(events, scheme));
            }
            "GIT" => tally.ignore("git range"),
            _ => tally.reject("unknown kind of range"),
        }
    }
    let versions = one.versions.as_deref().unwrap_or_default();
    affected.versions = versions
        .iter()
        .map(Text::as_str)
        .filter(|version| !covered(version, &affected.intervals, scheme))
        .map(str::to_owned)
        .collect();
    if !affected.intervals.is_empty() || !affected.versions.is_empty() {
        return Some(Status::Affected);
    }
    if stated {
        return Some(Status::NotAffected);
    }
    tally.reject("neither ranges nor versions");
    None
}

fn scheme_of(family: &str) -> Option<&'static Scheme> {
    plimsoll_version::scheme(advisory_family(family)?.scheme?)
}
