//! Red Hat's security data of each CVE (access.redhat.com/hydra/rest/securitydata): the errata that fix it, and the state of what is not
//! fixed. Both name source packages.
//!
//! The list of all CVEs says none of that, nor when a CVE changed, and each of them alone is a request: no copy could be kept fresh but by
//! asking for tens of thousands of documents again and again. So one is for the user to give. The same is published as CSAF documents, with
//! an archive of them and a list of what changed (`redhat_vex.rs`).

use std::borrow::Cow;

use plimsoll_advisory::{Advisory, NameKind, SeverityClaim, SeveritySystem, Status};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::complete::{Complete, Releases};
use crate::document::{Document, Form};
use crate::feed::Feed;
use crate::formats::claims;
use crate::formats::json::{Text, element, lenient, text};
use crate::formats::red_hat::{self, NOT_RPM, SOURCE, UNKNOWN_CPE, package_of_module};
use crate::formats::rpm::Nevra;
use crate::formats::statements::{Says, Statement, entries};
use crate::import::{Import, NotOfThisFeed};

pub(crate) static REDHAT_CVE: Feed = Feed {
    id: "redhat-cve",
    summary: "Red Hat's security data of each CVE: the errata that fix it and the state of what is not fixed",
    recognises: |outline| {
        outline.form == Form::JsonObject
            && outline.has(&["name", "public_date", "bugzilla"])
            && outline.beginning.contains("\"CVE-")
    },
    import,
    // What fixes a module is a build of the module, whose packages stand elsewhere: so not where there are modules.
    complete: &[Complete {
        names: &["redhat-cve", "redhat-security-data-cve"],
        family: red_hat::FAMILY,
        releases: Releases::These(&["enterprise_linux:6", "enterprise_linux:7"]),
    }],
    ..Feed::BASE
};

#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    threat_severity: Option<Text<'a>>,
    public_date: Text<'a>,
    bugzilla: Option<&'a RawValue>,
    details: Option<&'a RawValue>,
    cvss: Option<&'a RawValue>,
    cvss3: Option<&'a RawValue>,
    /// `CWE-190->CWE-122`, `(CWE-1|CWE-2)`.
    cwe: Option<&'a RawValue>,
    /// Texts of several lines.
    references: Option<&'a RawValue>,
    affected_release: Option<&'a RawValue>,
    package_state: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
struct Bugzilla<'a> {
    #[serde(borrow)]
    description: Option<Text<'a>>,
    url: Option<Text<'a>>,
}

#[derive(Default, Deserialize)]
struct Cvss<'a> {
    #[serde(rename = "cvss_scoring_vector", alias = "cvss3_scoring_vector", borrow)]
    vector: Option<Text<'a>>,
}

/// A fix.
#[derive(Deserialize)]
struct Release<'a> {
    #[serde(borrow)]
    advisory: Option<Text<'a>>,
    cpe: Option<Text<'a>>,
    package: Option<Text<'a>>,
    impact: Option<Text<'a>>,
}

/// What is not fixed.
#[derive(Deserialize)]
struct State<'a> {
    #[serde(borrow)]
    cpe: Option<Text<'a>>,
    package_name: Option<Text<'a>>,
    fix_state: Option<Text<'a>>,
    impact: Option<Text<'a>>,
}

/// Why an entry gives nothing.
enum Nothing {
    Ignored(&'static str),
    Rejected(&'static str),
}

fn import(document: &Document<'_>, import: &mut Import<'_>) -> Result<(), NotOfThisFeed> {
    let record = serde_json::from_slice::<Record<'_>>(document.bytes).map_err(|_| NotOfThisFeed)?;
    if !record.name.as_str().starts_with("CVE-") {
        return Err(NotOfThisFeed);
    }
    let releases: Vec<Release<'_>> = list(record.affected_release, import);
    let states: Vec<State<'_>> = list(record.package_state, import);
    let own = text(record.threat_severity.as_ref());
    let mut statements = Vec::with_capacity(releases.len() + states.len());
    let read = releases.iter().map(fix).chain(states.iter().map(state));
    for statement in read {
        match statement {
            Ok(mut statement) => {
                statement.severity = statement.severity.filter(|word| word != own);
                statements.push(statement);
            }
            Err(Nothing::Ignored(reason)) => import.tally.ignore(reason),
            Err(Nothing::Rejected(reason)) => import.tally.reject(reason),
        }
    }
    let mut advisory = advisory(&record, &releases);
    advisory.affected = entries(statements, SOURCE);
    import.push(advisory);
    Ok(())
}

/// A list, or its only element alone.
fn list<'a, T: Deserialize<'a>>(raw: Option<&'a RawValue>, import: &mut Import<'_>) -> Vec<T> {
    let Some(raw) = raw.filter(|raw| raw.get() != "null") else { return Vec::new() };
    let elements = if raw.get().starts_with('[') { lenient(Some(raw)) } else { vec![raw] };
    let entry = |raw| element(raw, "not an entry of its record", &mut import.tally);
    elements.into_iter().filter_map(entry).collect()
}

fn advisory(record: &Record<'_>, releases: &[Release<'_>]) -> Advisory {
    let bugzilla: Bugzilla<'_> = lenient(record.bugzilla);
    let details: Vec<Text<'_>> = lenient(record.details);
    let details: Vec<&str> = details.iter().map(|one| one.as_str().trim()).collect();
    let summary = text(bugzilla.description.as_ref()).trim();
    let name = record.name.as_str();
    Advisory {
        feed: REDHAT_CVE.id.to_owned(),
        id: name.to_owned(),
        summary: summary.strip_prefix(name).unwrap_or(summary).trim().to_owned(),
        details: details.join("\n\n"),
        published: Some(record.public_date.as_str().to_owned()),
        severities: severities(record),
        references: references(record, &bugzilla, releases),
        cwes: cwes(lenient::<Option<Text<'_>>>(record.cwe).as_ref()),
        ..Advisory::default()
    }
}

fn severities(record: &Record<'_>) -> Vec<SeverityClaim> {
    let vectors = [
        (SeveritySystem::CvssV2, lenient::<Cvss<'_>>(record.cvss)),
        (SeveritySystem::CvssV3, lenient::<Cvss<'_>>(record.cvss3)),
    ];
    let mut claims: Vec<_> = { vectors.iter() }
        .filter_map(|(system, cvss)| {
            Some(claims::claim(SOURCE, *system, cvss.vector.as_ref()?.as_str()))
        })
        .collect();
    claims.extend(claims::word(SOURCE, text(record.threat_severity.as_ref())));
    claims
}

/// Each once, the errata last.
fn references(
    record: &Record<'_>,
    bugzilla: &Bugzilla<'_>,
    releases: &[Release<'_>],
) -> Vec<String> {
    let texts: Vec<Text<'_>> = lenient(record.references);
    let stated = texts.iter().flat_map(|text| text.as_str().lines()).map(str::trim);
    let errata = releases.iter().filter_map(|release| release.advisory.as_ref());
    let all = std::iter::once(text(bugzilla.url.as_ref()).to_owned())
        .chain(stated.map(str::to_owned))
        .chain(errata.map(|id| format!("https://access.redhat.com/errata/{}", id.as_str())));
    let mut seen = std::collections::BTreeSet::new();
    all.filter(|url| !url.is_empty() && seen.insert(url.clone())).collect()
}

fn cwes(text: Option<&Text<'_>>) -> Vec<String> {
    let is_part = |character: char| !character.is_ascii_alphanumeric() && character != '-';
    let mut cwes: Vec<String> = Vec::new();
    for word in text.map_or("", Text::as_str).split(is_part) {
        // An arrow leaves its hyphen.
        let id = word.trim_end_matches('-');
        if id.starts_with("CWE-") && !cwes.iter().any(|own| own == id) {
            cwes.push(id.to_owned());
        }
    }
    cwes
}

fn fix<'r>(release: &'r Release<'_>) -> Result<Statement<'r>, Nothing> {
    let build = release.package.as_ref().ok_or(Nothing::Ignored("an erratum without a package"))?;
    let build = build.as_str();
    if build.contains('/') {
        return Err(Nothing::Ignored(NOT_RPM));
    }
    if is_module(build) {
        return Err(Nothing::Ignored("a build of a module, without its packages"));
    }
    let build = Nevra::guess(build).ok_or(Nothing::Ignored("a fix without its version"))?;
    let says = Says::Fixed(build.version().into());
    statement(release.cpe.as_ref(), build.name.into(), says, release.impact.as_ref())
}

/// `nodejs:18-8080020231106173325.63b34585`: name and stream, then version and context.
fn is_module(build: &str) -> bool {
    let Some((module, build)) = build.rsplit_once('-') else { return false };
    let version = build.split('.').next().unwrap_or(build);
    let is_version = version.len() >= 14 && version.bytes().all(|byte| byte.is_ascii_digit());
    is_version && module.contains(':')
}

fn state<'r>(state: &'r State<'_>) -> Result<Statement<'r>, Nothing> {
    let status = match text(state.fix_state.as_ref()) {
        "Affected" => Status::Affected,
        "Not affected" => Status::NotAffected,
        "Fix deferred" => Status::Deferred,
        "Will not fix" => Status::WillNotFix,
        "Out of support scope" => Status::EndOfLife,
        "New" | "Under investigation" => Status::UnderInvestigation,
        _ => return Err(Nothing::Rejected("unknown fix state")),
    };
    let name = text(state.package_name.as_ref());
    let (module, name) = match package_of_module(name) {
        Some((module, name)) => (Some(module), name),
        None if name.contains(['/', ':']) => return Err(Nothing::Ignored(NOT_RPM)),
        None => (None, name),
    };
    let says = Says::State(status);
    let statement = statement(state.cpe.as_ref(), name.into(), says, state.impact.as_ref())?;
    Ok(Statement { module: module.map(Cow::Borrowed), ..statement })
}

fn statement<'r>(
    cpe: Option<&'r Text<'_>>,
    package: Cow<'r, str>,
    says: Says<'r>,
    impact: Option<&Text<'_>>,
) -> Result<Statement<'r>, Nothing> {
    let release = red_hat::release(text(cpe)).ok_or(Nothing::Rejected(UNKNOWN_CPE))?;
    Ok(Statement {
        family: red_hat::FAMILY,
        release: release.into(),
        package,
        names: NameKind::Source,
        module: None,
        arch: "".into(),
        says,
        severity: impact.map(|word| word.as_str().to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use plimsoll_advisory::RangeEnd;

    use super::*;
    use crate::options::BuildOptions;
    use crate::tally::Tally;

    fn imported(document: &str) -> (Vec<Advisory>, Tally) {
        let options = BuildOptions::default();
        let mut into = Import::new(&options);
        import(&Document { path: "x.json", bytes: document.as_bytes() }, &mut into).unwrap();
        (into.advisories, into.tally)
    }

    const DOCUMENT: &str = r#"{"name": "CVE-2024-1", "threat_severity": "Moderate", "public_date": "2024-01-01T00:00:00Z",
        "bugzilla": {"description": "\nCVE-2024-1 bind: a flaw\n", "url": "https://bugzilla.example.com/1"},
        "cvss3": {"cvss3_scoring_vector": "CVSS:3.1/AV:N"}, "cwe": "CWE-190->CWE-122", "details": ["One.", "Two."],
        "references": ["https://example.com/a\nhttps://example.com/b"],
        "affected_release": [
            {"advisory": "RHSA-2024:1", "cpe": "cpe:/o:redhat:enterprise_linux:7", "package": "bind-32:9.11.4-26.el7_9.1"},
            {"advisory": "RHSA-2024:1", "cpe": "cpe:/a:redhat:enterprise_linux:8", "package": "nodejs:18-8080020231106173325.63b34585"},
            {"advisory": "RHSA-2024:2", "cpe": "cpe:/a:redhat:openshift:4", "package": "openshift4/ose-cli:v4.1"},
            {"advisory": "RHSA-2024:3", "cpe": "cpe:/a:redhat:amq:7"},
            {"advisory": "RHSA-2024:4", "cpe": "cpe:/a:redhat:amq:7", "package": "jackson-databind"}, 5],
        "package_state": [
            {"cpe": "cpe:/o:redhat:enterprise_linux:6", "package_name": "bind", "fix_state": "Out of support scope", "impact": "low"},
            {"cpe": "cpe:/o:redhat:enterprise_linux:8", "package_name": "nodejs:18/nodejs", "fix_state": "Fix deferred"},
            {"cpe": "cpe:/o:redhat:enterprise_linux:9", "package_name": "bind", "fix_state": "Somehow"},
            {"cpe": "bind", "package_name": "bind", "fix_state": "Affected"}]}"#;

    #[test]
    fn fixes_and_states_are_read() {
        let (advisories, tally) = imported(DOCUMENT);
        let advisory = &advisories[0];
        let said: Vec<_> = { advisory.affected.iter() }
            .map(|one| {
                (one.release.as_str(), one.package.as_str(), one.module.as_deref(), one.status)
            })
            .collect();
        assert_eq!(
            said,
            [
                ("enterprise_linux:6", "bind", None, Status::EndOfLife),
                ("enterprise_linux:7", "bind", None, Status::Affected),
                ("enterprise_linux:8", "nodejs", Some("nodejs:18"), Status::Deferred),
            ]
        );
        assert!(advisory.affected.iter().all(|one| one.names == Some(NameKind::Source)));
        let fixed = RangeEnd::Fixed("32:9.11.4-26.el7_9.1".into());
        assert_eq!(advisory.affected[1].intervals[0].end, fixed);
        assert_eq!(advisory.affected[0].severities[0].value, "low");
        assert_eq!(tally.rejected.values().sum::<u64>(), 3, "{:?}", tally.rejected);
        assert_eq!(tally.ignored.values().sum::<u64>(), 4, "{:?}", tally.ignored);
    }

    #[test]
    fn a_whole_record_is_read() {
        let advisory = &imported(DOCUMENT).0[0];
        assert_eq!(
            (advisory.summary.as_str(), advisory.details.as_str()),
            ("bind: a flaw", "One.\n\nTwo.")
        );
        assert_eq!(advisory.cwes, ["CWE-190", "CWE-122"]);
        assert_eq!(advisory.references.len(), 7);
        let words: Vec<_> = advisory.severities.iter().map(|claim| claim.value.as_str()).collect();
        assert_eq!(words, ["CVSS:3.1/AV:N", "moderate"]);
    }

    #[test]
    fn a_single_entry_may_stand_alone() {
        let alone = r#"{"name": "CVE-2024-1", "public_date": "2024", "bugzilla": {},
            "package_state": {"cpe": "cpe:/o:redhat:enterprise_linux:9", "package_name": "vim", "fix_state": "New"}}"#;
        let (advisories, _) = imported(alone);
        assert_eq!(advisories[0].affected[0].status, Status::UnderInvestigation);
    }
}
