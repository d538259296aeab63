//! An answer of GitHub's GraphQL API: for each package of an advisory one range of versions, such as `>= 1.0, < 2.0`
//! (docs.github.com/graphql, `SecurityVulnerability`).

use std::collections::BTreeMap;

use plimsoll_advisory::{Advisory, Affected, Interval, RangeEnd};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::GHSA;
use crate::document::Document;
use crate::formats::json::record_of;
use crate::formats::{claims, requirement};
use crate::import::{Import, NotOfThisFeed};

/// GitHub's ecosystems, and the purl types that stand for them in the names of files, where a question left the ecosystem out.
const ECOSYSTEMS: &[(&str, &str, &str)] = &[
    ("ACTIONS", "github", "GitHub Actions"),
    ("COMPOSER", "composer", "Packagist"),
    ("ERLANG", "hex", "Hex"),
    ("GO", "golang", "Go"),
    ("MAVEN", "maven", "Maven"),
    ("NPM", "npm", "npm"),
    ("NUGET", "nuget", "NuGet"),
    ("PIP", "pypi", "PyPI"),
    ("PUB", "pub", "Pub"),
    ("RUBYGEMS", "gem", "RubyGems"),
    ("RUST", "cargo", "crates.io"),
    ("SWIFT", "swift", "SwiftURL"),
];

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    data: Data<'a>,
}

#[derive(Deserialize)]
struct Data<'a> {
    #[serde(borrow, rename = "securityVulnerabilities")]
    vulnerabilities: Vulnerabilities<'a>,
}

/// What was asked for by edge or by node.
#[derive(Deserialize)]
struct Vulnerabilities<'a> {
    #[serde(borrow, default)]
    edges: Vec<Edge<'a>>,
    #[serde(borrow, default)]
    nodes: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Edge<'a> {
    #[serde(borrow)]
    node: &'a RawValue,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vulnerability {
    advisory: SecurityAdvisory,
    package: Package,
    vulnerable_version_range: String,
    first_patched_version: Option<Version>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SecurityAdvisory {
    identifiers: Vec<Identifier>,
    #[serde(default)]
    summary: String,
    #[serde(default)]
    description: String,
    severity: Option<String>,
    cvss: Option<Cvss>,
    cwes: Option<Weaknesses>,
    #[serde(default)]
    references: Vec<Reference>,
    published_at: Option<String>,
    updated_at: Option<String>,
    withdrawn_at: Option<String>,
}

#[derive(Deserialize)]
struct Identifier {
    #[serde(rename = "type")]
    kind: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cvss {
    vector_string: Option<String>,
}

#[derive(Deserialize)]
struct Weaknesses {
    nodes: Vec<Weakness>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Weakness {
    cwe_id: String,
}

#[derive(Deserialize)]
struct Reference {
    url: String,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    ecosystem: Option<String>,
}

#[derive(Deserialize)]
struct Version {
    identifier: String,
}

pub(super) fn import(
    document: &Document<'_>,
    import: &mut Import<'_>,
) -> Result<(), NotOfThisFeed> {
    let answer: Answer<'_> = serde_json::from_slice(document.bytes).map_err(|_| NotOfThisFeed)?;
    let Vulnerabilities { edges, nodes } = answer.data.vulnerabilities;
    let mut advisories = BTreeMap::<String, Advisory>::new();
    for node in edges.into_iter().map(|edge| edge.node).chain(nodes) {
        let Some(vulnerability) = record_of::<Vulnerability>(node, &mut import.tally) else {
            continue;
        };
        match affected(&vulnerability, document) {
            Ok(affected) => {
                let advisory = advisory(vulnerability.advisory);
                let known = advisories.entry(advisory.id.clone()).or_insert(advisory);
                add(&mut known.affected, affected);
            }
            Err(reason) => import.tally.reject(reason),
        }
    }
    advisories.into_values().for_each(|advisory| import.push(advisory));
    Ok(())
}

/// Several ranges of one package are one entry.
fn add(entries: &mut Vec<Affected>, affected: Affected) {
    let is_same =
        |one: &&mut Affected| one.family == affected.family && one.package == affected.package;
    match entries.iter_mut().find(is_same) {
        Some(known) => known.intervals.extend(affected.intervals),
        None => entries.push(affected),
    }
}

fn affected(
    vulnerability: &Vulnerability,
    document: &Document<'_>,
) -> Result<Affected, &'static str> {
    let Package { name, ecosystem } = &vulnerability.package;
    let is_it = |(github, purl_type, _): &&(&str, &str, &str)| match ecosystem {
        Some(stated) => stated == github,
        None => document.stem() == *purl_type,
    };
    let found = ECOSYSTEMS.iter().find(is_it);
    let (_, _, family) = found.ok_or("package without an ecosystem")?;
    let mut intervals = requirement::compared(family, &vulnerability.vulnerable_version_range)
        .ok_or("versions that are not understood")?;
    if let (Some(patched), [only]) = (&vulnerability.first_patched_version, &mut intervals[..]) {
        until_patched(only, &patched.identifier);
    }
    Ok(Affected {
        family: (*family).to_owned(),
        package: name.clone(),
        intervals,
        ..Affected::default()
    })
}

/// The first version that is patched ends a range better than the last one known to be affected.
fn until_patched(interval: &mut Interval, patched: &str) {
    if !matches!(interval.end, RangeEnd::Fixed(_)) && !patched.is_empty() {
        interval.end = RangeEnd::Fixed(patched.to_owned());
    }
}

fn advisory(from: SecurityAdvisory) -> Advisory {
    let of = |kind: &str| {
        let own = from.identifiers.iter().filter(|one| one.kind == kind);
        own.map(|one| one.value.clone()).collect::<Vec<_>>()
    };
    let vector = from.cvss.and_then(|cvss| claims::vector("github", &cvss.vector_string?));
    let word = from.severity.and_then(|word| claims::word("github", &word));
    Advisory {
        feed: GHSA.id.to_owned(),
        id: of("GHSA").into_iter().next().unwrap_or_default(),
        aliases: of("CVE"),
        summary: from.summary,
        details: from.description,
        published: from.published_at,
        modified: from.updated_at,
        withdrawn: from.withdrawn_at,
        severities: vector.into_iter().chain(word).collect(),
        references: from.references.into_iter().map(|one| one.url).collect(),
        cwes: from
            .cwes
            .map_or_else(Vec::new, |list| list.nodes.into_iter().map(|one| one.cwe_id).collect()),
        ..Advisory::default()
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_advisory::RangeStart;

    use super::*;
    use crate::options::BuildOptions;

    fn node(ecosystem: &str, range: &str, patched: &str) -> String {
        format!(
            r#"{{"node": {{"advisory": {{"identifiers": [{{"type": "GHSA", "value": "GHSA-1"}},
                {{"type": "CVE", "value": "CVE-1"}}], "summary": "s", "severity": "HIGH",
                "references": [{{"url": "u"}}], "publishedAt": "2022-01-01T00:00:00Z"}},
                "package": {{{ecosystem}"name": "p"}}, "vulnerableVersionRange": "{range}"{patched}}}}}"#
        )
    }

    fn imported(path: &str, nodes: &[String]) -> (Vec<Advisory>, BTreeMap<&'static str, u64>) {
        let text = format!(
            r#"{{"data": {{"securityVulnerabilities": {{"edges": [{}], "pageInfo": {{}}}}}}}}"#,
            nodes.join(", ")
        );
        assert!(GHSA.recognises(path, text.as_bytes()));
        let options = BuildOptions::default();
        let mut into = Import::new(&options);
        import(&Document { path, bytes: text.as_bytes() }, &mut into).unwrap();
        (into.advisories, into.tally.rejected)
    }

    #[test]
    fn the_ranges_of_one_package_are_one_entry() {
        let npm = r#""ecosystem": "NPM", "#;
        let patched = r#", "firstPatchedVersion": {"identifier": "3.1.0"}"#;
        let nodes = [node(npm, "> 1.0.0, < 2.0.0", ""), node(npm, "<= 3.0.0", patched)];
        let (advisories, _) = imported("x.json", &nodes);
        let [advisory] = &advisories[..] else { panic!("{advisories:?}") };
        assert_eq!(
            (advisory.id.as_str(), &advisory.aliases[..]),
            ("GHSA-1", &["CVE-1".into()][..])
        );
        assert_eq!(advisory.severities[0].value, "high");
        let after = RangeStart::After("1.0.0".into());
        let between = Interval { start: after, end: RangeEnd::Fixed("2.0.0".into()) };
        assert_eq!(advisory.affected.len(), 1);
        assert_eq!(advisory.affected[0].intervals, [between, Interval::below("3.1.0")]);
    }

    #[test]
    fn without_an_ecosystem_the_name_of_the_file_tells_it() {
        let nodes = [node("", "< 2.0.0", ""), node("", "< nonsense", "")];
        let (advisories, rejected) = imported("answers/cargo.json", &nodes);
        assert_eq!(advisories[0].affected[0].family, "crates.io");
        assert_eq!(rejected, [("versions that are not understood", 1)].into());
        let (advisories, rejected) = imported("answers/1.json", &nodes[..1]);
        assert!(advisories.is_empty());
        assert_eq!(rejected, [("package without an ecosystem", 1)].into());
    }
}
