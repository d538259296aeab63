//! Retire.js (github.com/RetireJS/retire.js): one document of all JavaScript libraries with their flaws, `jsrepository.json`. Read is
//! what is said of libraries that are named as packages of npm.

use std::collections::BTreeMap;

use plimsoll_advisory::{Advisory, Affected, Interval, RangeEnd, RangeStart};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::document::{Document, Form};
use crate::feed::{Feed, Origin};
use crate::formats::claims;
use crate::formats::json::record_of;
use crate::import::{Import, NotOfThisFeed};

pub(crate) static RETIREJS: Feed = Feed {
    id: "retirejs",
    summary: "JavaScript libraries that are packages of npm: Retire.js",
    origins: &[Origin {
        url: "https://raw.githubusercontent.com/RetireJS/retire.js/master/repository/jsrepository.json",
        file: "retirejs/jsrepository.json",
        families: &["npm"],
        ..Origin::BASE
    }],
    recognises: |outline| {
        outline.form == Form::JsonObject
            && outline.beginning.contains("\"vulnerabilities\"")
            && outline.beginning.contains("\"extractors\"")
    },
    import,
    ..Feed::BASE
};

#[derive(Deserialize)]
struct Library<'a> {
    npmname: Option<String>,
    #[serde(borrow, default)]
    vulnerabilities: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vulnerability {
    at_or_above: Option<String>,
    below: Option<String>,
    severity: Option<String>,
    #[serde(default)]
    cwe: Vec<String>,
    identifiers: Identifiers,
    #[serde(default)]
    info: Vec<String>,
}

#[derive(Deserialize)]
struct Identifiers {
    #[serde(default)]
    summary: String,
    #[serde(default, rename = "CVE")]
    cve: Vec<String>,
    #[serde(rename = "githubID")]
    github: Option<String>,
    retid: Option<String>,
}

fn import(document: &Document<'_>, import: &mut Import<'_>) -> Result<(), NotOfThisFeed> {
    let libraries: BTreeMap<String, Library<'_>> =
        serde_json::from_slice(document.bytes).map_err(|_| NotOfThisFeed)?;
    let mut advisories = BTreeMap::<String, Advisory>::new();
    for library in libraries.into_values() {
        let Some(name) = library.npmname else {
            library.vulnerabilities.iter().for_each(|_| import.tally.ignore("no package of npm"));
            continue;
        };
        for raw in library.vulnerabilities {
            let Some(vulnerability) = record_of::<Vulnerability>(raw, &mut import.tally) else {
                continue;
            };
            let Some(id) = id(&vulnerability.identifiers) else {
                import.tally.reject("no id");
                continue;
            };
            let Some(interval) = interval(&vulnerability) else {
                import.tally.reject("neither ranges nor versions");
                continue;
            };
            let advisory =
                advisories.entry(id.clone()).or_insert_with(|| advisory(id, vulnerability));
            add(&mut advisory.affected, &name, interval);
        }
    }
    advisories.into_values().for_each(|advisory| import.push(advisory));
    Ok(())
}

/// GitHub's id is that of one flaw; a CVE is where there is only one; else the flaw has Retire's own number.
fn id(identifiers: &Identifiers) -> Option<String> {
    let retire = || identifiers.retid.as_ref().map(|number| format!("retire-{number}"));
    match &identifiers.cve[..] {
        _ if identifiers.github.is_some() => identifiers.github.clone(),
        [only] => Some(only.clone()),
        [first, ..] => retire().or_else(|| Some(first.clone())),
        [] => retire(),
    }
}

fn interval(vulnerability: &Vulnerability) -> Option<Interval> {
    let start = vulnerability.at_or_above.as_deref().map(RangeStart::from_introduced);
    let end = vulnerability.below.clone().map(RangeEnd::Fixed);
    if start.is_none() && end.is_none() {
        return None;
    }
    Some(Interval { start: start.unwrap_or(RangeStart::First), end: end.unwrap_or(RangeEnd::Open) })
}

/// Each branch of a library is a flaw of its own in the document, and one range here.
fn add(entries: &mut Vec<Affected>, package: &str, interval: Interval) {
    match entries.iter_mut().find(|entry| entry.package == package) {
        Some(entry) if entry.intervals.contains(&interval) => {}
        Some(entry) => entry.intervals.push(interval),
        None => entries.push(Affected {
            family: "npm".to_owned(),
            package: package.to_owned(),
            intervals: vec![interval],
            ..Affected::default()
        }),
    }
}

/// The record, without what it says of packages. Several CVEs are what it is about; a single one is its other name.
fn advisory(id: String, from: Vulnerability) -> Advisory {
    let (cves, word) = (from.identifiers.cve, from.severity);
    let mut others: Vec<_> = cves.into_iter().filter(|cve| *cve != id).collect();
    let is_one = others.len() == 1 && id.starts_with("GHSA-");
    let upstream = if is_one { Vec::new() } else { std::mem::take(&mut others) };
    Advisory {
        feed: RETIREJS.id.to_owned(),
        id,
        aliases: others,
        upstream,
        summary: from.identifiers.summary,
        severities: word.and_then(|word| claims::word(RETIREJS.id, &word)).into_iter().collect(),
        references: from.info,
        cwes: from.cwe,
        ..Advisory::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::BuildOptions;

    const DOCUMENT: &str = r#"{
        "retire-example": {"vulnerabilities": [{"below": "1"}], "extractors": {}},
        "jquery": {"npmname": "jquery", "bowername": ["jQuery"], "extractors": {}, "vulnerabilities": [
            {"below": "1.9.0b1", "severity": "medium", "cwe": ["CWE-79"], "info": ["u"],
             "identifiers": {"summary": "s", "CVE": ["CVE-1"], "githubID": "GHSA-1"}},
            {"atOrAbove": "2.0", "below": "2.1", "severity": "medium", "cwe": [], "info": [],
             "identifiers": {"CVE": ["CVE-1"], "githubID": "GHSA-1"}},
            {"below": "3", "identifiers": {"CVE": ["CVE-2", "CVE-3"], "retid": "7"}},
            {"below": "3", "identifiers": {"bug": "1"}},
            {"identifiers": {"CVE": ["CVE-4"]}},
            {"below": 3}]}}"#;

    #[test]
    fn the_branches_of_a_library_are_one_record() {
        assert!(RETIREJS.recognises("jsrepository.json", DOCUMENT.as_bytes()));
        let options = BuildOptions::default();
        let mut into = Import::new(&options);
        let document = Document { path: "x", bytes: DOCUMENT.as_bytes() };
        import(&document, &mut into).unwrap();
        let [first, second] = &into.advisories[..] else { panic!("{:?}", into.advisories) };
        assert_eq!((first.id.as_str(), &first.aliases[..]), ("GHSA-1", &["CVE-1".into()][..]));
        assert_eq!(first.affected[0].intervals.len(), 2);
        assert_eq!(
            (second.id.as_str(), second.upstream.len(), second.aliases.len()),
            ("retire-7", 2, 0)
        );
        assert_eq!(into.tally.ignored, [("no package of npm", 1)].into());
        let rejected =
            [("neither ranges nor versions", 1), ("no id", 1), ("not a record of its feed", 1)];
        assert_eq!(into.tally.rejected, rejected.into());
    }
}
