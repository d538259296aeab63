//! OSV records, of any database that publishes them (ossf.github.io/osv-schema, version 1.7): one record a document, or an
//! array of them.

mod language;
mod package;
mod ranges;
mod schema;
mod severity;
mod vendor;

pub(crate) use self::language::{OTHER_SYSTEMS, leaves_out_linux, rust_functions};
use plimsoll_advisory::{Advisory, Affected, Status};

use self::package::{PackageName, package_name};
use self::ranges::{covered, intervals};
use self::schema::{Record, RecordExtras, Text, lenient};
use self::severity::{claims, source_of, word};
use crate::document::{Document, Outline};
use crate::formats::json::{import_records, text};
use crate::formats::modules;
use crate::formats::requirement::scheme_of;
use crate::import::{Import, NotOfThisFeed};
use crate::tally::Tally;

/// A database that publishes in this form.
pub(crate) struct Database {
    /// The id of its feed.
    pub(crate) feed: &'static str,
    /// True where records that name no package yet are its custom, and nothing is amiss.
    pub(crate) names_no_package: bool,
}

/// True for a record, or an array of them, as JSON.
pub(crate) fn recognises(outline: &Outline<'_>) -> bool {
    outline.is_json() && outline.has(&["id", "affected"])
}

/// Reads the records of a JSON document of that database.
pub(crate) fn import(
    database: &Database,
    document: &Document<'_>,
    import: &mut Import<'_>,
) -> Result<(), NotOfThisFeed> {
    import_records(document, import, |record: Record<'_>, import| {
        import_record(database, &record, import);
    })
}

fn import_record(database: &Database, record: &Record<'_>, import: &mut Import<'_>) {
    let affected = record.affected.as_deref().unwrap_or_default();
    let says_nothing = database.names_no_package || record.withdrawn.is_some();
    match affected {
        [] if says_nothing => import.tally.ignore("no package at all"),
        [] => import.tally.reject("no package at all"),
        _ => {}
    }
    let streams = modules::streams_of_summary(text(record.summary.as_ref()));
    let source = source_of(record.id.as_str());
    let mut entries = Vec::with_capacity(affected.len());
    for one in affected {
        for entry in import_affected(record, one, &mut import.tally) {
            entries.extend(match entry.family.as_str() {
                "AlmaLinux" | "Red Hat" | "Rocky Linux" => modules::per_stream(entry, &streams),
                _ => vec![entry],
            });
        }
    }
    let feed = database.feed.to_owned();
    let mut advisory = Advisory { feed, ..advisory(record, source, entries) };
    vendor::chainguard_names(&mut advisory);
    import.push(advisory);
}

/// When the record was last changed; some sources state a date before all dates where they do not know.
fn modified<'a>(record: &'a Record<'_>) -> Option<&'a str> {
    record.modified.as_ref().map(Text::as_str).filter(|modified| !modified.starts_with("0001-"))
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
        id: record.id.as_str().to_owned(),
        aliases: list(&record.aliases),
        related: list(&record.related),
        upstream: list(&record.upstream),
        details: owned(&record.details).unwrap_or_default(),
        published: owned(&record.published),
        modified: modified(record).map(str::to_owned),
        withdrawn: owned(&record.withdrawn),
        severities,
        references: references.filter_map(|reference| owned(&reference.url)).collect(),
        cwes: extras.cwe_ids.unwrap_or_default(),
        symbols: language::symbols(record),
        affected,
        summary,
        ..Advisory::default()
    }
}

/// What a record says of one package; more than one entry where a vendor names binaries.
fn import_affected(
    record: &Record<'_>,
    one: &schema::Affected<'_>,
    tally: &mut Tally,
) -> Vec<Affected> {
    let name = match one.package.as_ref().map_or(Ok(None), package_name) {
        Ok(Some(name)) => name,
        // Mere git ranges of the upstream project.
        Ok(None) => {
            tally.ignore("no package");
            return Vec::new();
        }
        Err(reason) => {
            tally.reject(reason);
            return Vec::new();
        }
    };
    let PackageName { family, release, package } = name;
    if language::spares_linux(&family, one.ecosystem_specific) {
        tally.ignore(OTHER_SYSTEMS);
        return Vec::new();
    }
    let mut affected = Affected { family, release, package, ..Affected::default() };
    match read_versions(one, &mut affected, tally) {
        Some(status) => affected.status = status,
        None => {
            // What is taken back is often emptied.
            if record.withdrawn.is_some() {
                tally.ignore("neither ranges nor versions");
            } else {
                tally.reject("neither ranges nor versions");
            }
            return Vec::new();
        }
    }
    affected.severities = claims(one.severity.as_deref(), source_of(record.id.as_str()));
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
        let kind = text(range.kind.as_ref());
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
    language::end_where_known(one.database_specific, &mut affected.intervals);
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
    stated.then_some(Status::NotAffected)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::BuildOptions;

    const DATABASE: Database = Database { feed: "osv", names_no_package: false };

    fn imported(document: &str, options: &BuildOptions) -> (Vec<Advisory>, Tally) {
        let mut into = Import::new(options);
        let document = Document { path: "x.json", bytes: document.as_bytes() };
        import(&DATABASE, &document, &mut into).unwrap();
        (into.advisories, into.tally)
    }

    fn record(id: &str, affected: &str) -> String {
        format!(r#"{{"id": "{id}", "modified": "2024-01-01T00:00:00Z", "affected": [{affected}]}}"#)
    }

    const BASH: &str = r#"{"package": {"ecosystem": "Debian:12", "name": "bash"},
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "5.2"}]}]}"#;

    #[test]
    fn affected_without_a_package_is_counted_and_no_reject() {
        let git =
            r#"{"type": "GIT", "repo": "https://example.com", "events": [{"introduced": "0"}]}"#;
        let affected = format!(
            r#"{BASH}, {{"package": {{}}, "ranges": [{git}]}}, {{"ranges": [{git}]}},
            {{"package": {{"ecosystem": "PyPI", "name": "x"}}, "ranges": [{git}], "versions": ["1"]}}"#
        );
        let (advisories, tally) =
            imported(&record("CVE-2024-1", &affected), &BuildOptions::default());
        assert_eq!(advisories[0].affected.len(), 2);
        assert_eq!(tally.ignored, [("git range", 1), ("no package", 2)].into());
        assert!(tally.rejected.is_empty());
    }

    #[test]
    fn what_says_nothing_is_rejected_with_a_reason() {
        let options = BuildOptions::default();
        for (affected, reason) in [
            ("", "no package at all"),
            (r#"{"package": {"ecosystem": "npm", "name": "x"}}"#, "neither ranges nor versions"),
            (
                r#"{"package": {"ecosystem": "npm", "name": "x"}, "ranges": [{"type": "NEW", "events": []}], "versions": ["1"]}"#,
                "unknown kind of range",
            ),
        ] {
            let (_, tally) = imported(&record("CVE-2024-1", affected), &options);
            assert_eq!(tally.rejected, [(reason, 1)].into(), "{affected}");
        }
    }

    #[test]
    fn what_is_taken_back_and_emptied_is_no_reject() {
        for affected in ["", r#"{"package": {"ecosystem": "npm", "name": "x"}, "versions": []}"#] {
            let document = record("CVE-2024-1", affected)
                .replace(r#""affected""#, r#""withdrawn": "2024-01-01T00:00:00Z", "affected""#);
            let (_, tally) = imported(&document, &BuildOptions::default());
            assert_eq!((tally.rejected.len(), tally.ignored.len()), (0, 1), "{affected}");
        }
    }

    #[test]
    fn malicious_packages_are_kept() {
        let affected = r#"{"package": {"ecosystem": "npm", "name": "evil"}, "versions": ["1.0.0"],
            "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}]}]}"#;
        let (advisories, _) = imported(&record("MAL-2024-1", affected), &BuildOptions::default());
        let affected = &advisories[0].affected[0];
        assert_eq!((affected.intervals.len(), affected.versions.len()), (1, 0));
    }

    #[test]
    fn versions_that_no_range_covers_stay() {
        let affected = r#"{"package": {"ecosystem": "PyPI", "name": "x"}, "versions": ["1.0", "1.5", "2.1", "not a version"],
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "1.0"}, {"fixed": "2.0"}]}]}"#;
        let (advisories, _) = imported(&record("PYSEC-1", affected), &BuildOptions::default());
        assert_eq!(advisories[0].affected[0].versions, ["2.1", "not a version"]);
    }

    #[test]
    fn unimportant_stays_with_its_release() {
        let entry = |release: &str, urgency: &str| {
            format!(
                r#"{{"package": {{"ecosystem": "Debian:{release}", "name": "bash"}},
                "ranges": [{{"type": "ECOSYSTEM", "events": [{{"introduced": "0"}}]}}],
                "ecosystem_specific": {{"urgency": "{urgency}"}}}}"#
            )
        };
        let affected = [entry("11", "end-of-life"), entry("12", "unimportant"), entry("13", "low")];
        let document = record("CVE-2024-1", &affected.join(","));
        let (advisories, _) = imported(&document, &BuildOptions::default());
        let said: Vec<_> = advisories[0]
            .affected
            .iter()
            .map(|one| (one.status, one.severities.first().map(|claim| claim.value.as_str())))
            .collect();
        assert_eq!(
            said,
            [
                (Status::EndOfLife, None),
                (Status::Affected, Some("unimportant")),
                (Status::Affected, Some("low"))
            ]
        );
    }

    #[test]
    fn a_whole_record_is_read() {
        let document = format!(
            r#"{{"id": "GHSA-1", "modified": "2024-01-02T00:00:00Z", "published": "2024-01-01T00:00:00Z",
            "withdrawn": "2024-02-01T00:00:00Z", "aliases": ["CVE-2024-1"], "related": ["CVE-2024-2"],
            "upstream": ["CVE-2024-3"], "summary": "a \"quoted\" summary", "details": "more",
            "severity": [{{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N"}}, {{"type": "Ubuntu", "score": "low"}},
                {{"type": "NEW", "score": "?"}}],
            "references": [{{"type": "WEB", "url": "https://example.com"}}], "affected": [{BASH}],
            "database_specific": {{"severity": "HIGH", "cwe_ids": ["CWE-1"], "nvd_published_at": null}}}}"#
        );
        let (advisories, tally) = imported(&document, &BuildOptions::default());
        let advisory = &advisories[0];
        assert_eq!(advisory.summary, "a \"quoted\" summary");
        assert_eq!(advisory.withdrawn.as_deref(), Some("2024-02-01T00:00:00Z"));
        assert_eq!(
            (&advisory.aliases[0], &advisory.upstream[0]),
            (&"CVE-2024-1".into(), &"CVE-2024-3".into())
        );
        let words: Vec<_> = advisory
            .severities
            .iter()
            .map(|claim| (claim.source.as_str(), claim.value.as_str()))
            .collect();
        assert_eq!(words, [("github", "CVSS:3.1/AV:N"), ("ubuntu", "low"), ("github", "high")]);
        assert_eq!((advisory.cwes.len(), advisory.references.len()), (1, 1));
        assert_eq!(tally.newest_modified.as_deref(), Some("2024-01-02T00:00:00Z"));
    }

    #[test]
    fn only_wanted_ids_and_ecosystems_are_taken() {
        let centos = BASH.replace("Debian:12", "Red Hat:enterprise_linux:7::server");
        let document = record("RHSA-2024:1", &format!("{BASH}, {centos}"));
        let options = BuildOptions {
            ecosystems: vec!["Red Hat:enterprise_linux:7::server".into()],
            id_prefixes: vec!["RHSA-".into()],
            ..Default::default()
        };
        let (advisories, _) = imported(&document, &options);
        assert_eq!(advisories[0].affected.len(), 1);
        assert_eq!(advisories[0].affected[0].release, "enterprise_linux:7::server");
        assert!(imported(&document.replace("RHSA-", "RHBA-"), &options).0.is_empty());
    }

    #[test]
    fn surprises_in_one_database_do_not_cost_the_record() {
        let affected = BASH.replace(
            r#""ranges""#,
            r#""ecosystem_specific": {"urgency": 5}, "database_specific": [], "ranges""#,
        );
        let document = record("CVE-2024-1", &affected).replace(
            r#""affected""#,
            r#""database_specific": {"severity": 9, "cwe_ids": "none"}, "affected""#,
        );
        let (advisories, tally) = imported(&document, &BuildOptions::default());
        assert_eq!((advisories.len(), tally.rejected.len()), (1, 0));
    }
}
