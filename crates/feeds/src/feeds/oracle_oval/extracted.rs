//! The same errata as JSON, a document each, as the Vuls project extracts them (github.com/vulsio/vuls-data-extracted-oracle). It lacks
//! module streams.

use std::borrow::Cow;
use std::collections::BTreeMap;

use plimsoll_advisory::{Advisory, Affected, Interval};
use serde::Deserialize;

use super::{FAMILY, ORACLE_OVAL, SOURCE, name_stream, package_arches};
use crate::document::Document;
use crate::formats::claims;
use crate::import::{Import, NotOfThisFeed};

/// Bytes of a release, such as `7`.
const RELEASE_BYTES: usize = 64;

#[derive(Deserialize)]
struct Extracted<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    advisories: Vec<Advised<'a>>,
    #[serde(borrow, default)]
    vulnerabilities: Vec<Flaw<'a>>,
    detections: Vec<Detection<'a>>,
}

#[derive(Deserialize)]
struct Advised<'a> {
    #[serde(borrow)]
    content: Content<'a>,
}

#[derive(Deserialize)]
struct Content<'a> {
    #[serde(borrow, default)]
    title: Cow<'a, str>,
    #[serde(borrow, default)]
    description: Cow<'a, str>,
    #[serde(borrow, default)]
    severity: Vec<Severity<'a>>,
    #[serde(borrow, default)]
    references: Vec<Reference<'a>>,
    published: Option<String>,
}

#[derive(Deserialize)]
struct Severity<'a> {
    #[serde(borrow, default)]
    vendor: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Reference<'a> {
    #[serde(borrow)]
    url: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Flaw<'a> {
    #[serde(borrow)]
    content: FlawContent<'a>,
}

#[derive(Deserialize)]
struct FlawContent<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Detection<'a> {
    #[serde(borrow)]
    ecosystem: Cow<'a, str>,
    conditions: Vec<Condition<'a>>,
}

#[derive(Deserialize)]
struct Condition<'a> {
    #[serde(borrow)]
    criteria: Criteria<'a>,
}

#[derive(Deserialize)]
struct Criteria<'a> {
    #[serde(borrow, default)]
    criterions: Vec<Criterion<'a>>,
}

#[derive(Deserialize)]
struct Criterion<'a> {
    #[serde(borrow)]
    version: Option<Version<'a>>,
}

#[derive(Deserialize)]
struct Version<'a> {
    #[serde(borrow)]
    package: Package<'a>,
    affected: Option<Versions<'a>>,
}

#[derive(Deserialize)]
struct Package<'a> {
    #[serde(borrow)]
    binary: Option<Binary<'a>>,
}

#[derive(Deserialize)]
struct Binary<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(default)]
    architectures: Vec<String>,
}

#[derive(Deserialize)]
struct Versions<'a> {
    #[serde(borrow, default)]
    range: Vec<Range<'a>>,
}

#[derive(Deserialize)]
struct Range<'a> {
    #[serde(borrow)]
    lt: Option<Cow<'a, str>>,
}

pub(super) fn import(
    document: &Document<'_>,
    import: &mut Import<'_>,
) -> Result<(), NotOfThisFeed> {
    let read: Extracted<'_> = serde_json::from_slice(document.bytes).map_err(|_| NotOfThisFeed)?;
    let mut said: BTreeMap<Affected, Vec<String>> = BTreeMap::new();
    for detection in &read.detections {
        let release = detection.ecosystem.strip_prefix("oracle:");
        // Every criterion repeats it.
        let Some(release) = release.filter(|release| release.len() <= RELEASE_BYTES) else {
            import.tally.reject("release that is none");
            continue;
        };
        for criterion in detection.conditions.iter().flat_map(|one| &one.criteria.criterions) {
            match fixed(criterion) {
                Some((binary, version)) => {
                    let affected = Affected {
                        family: FAMILY.to_owned(),
                        release: release.to_owned(),
                        package: binary.name.to_string(),
                        intervals: vec![Interval::below(version)],
                        ..Affected::default()
                    };
                    said.entry(affected).or_default().extend(binary.architectures.iter().cloned());
                }
                None => import.tally.reject("criterion without a fixed version"),
            }
        }
    }
    let title = read.advisories.first().map_or("", |advised| &advised.content.title);
    let whole = |(one, arches): (Affected, Vec<String>)| {
        let mut affected = Affected { arches: package_arches(&arches), ..one };
        name_stream(title, &mut affected);
        affected
    };
    let affected = said.into_iter().map(whole).collect();
    import.push(Advisory { affected, ..advisory(&read) });
    Ok(())
}

fn fixed<'a>(criterion: &'a Criterion<'_>) -> Option<(&'a Binary<'a>, &'a str)> {
    let version = criterion.version.as_ref()?;
    let range = version.affected.as_ref()?.range.first()?;
    Some((version.package.binary.as_ref()?, range.lt.as_deref()?))
}

fn advisory(read: &Extracted<'_>) -> Advisory {
    let mut advisory = Advisory {
        feed: ORACLE_OVAL.id.to_owned(),
        id: read.id.to_string(),
        upstream: read.vulnerabilities.iter().map(|flaw| flaw.content.id.to_string()).collect(),
        ..Advisory::default()
    };
    advisory.upstream.sort();
    if let Some(Advised { content }) = read.advisories.first() {
        let title = content.title.strip_prefix(read.id.as_ref()).unwrap_or(&content.title);
        let title = title.trim_start_matches(':').split_whitespace();
        advisory.summary = title.collect::<Vec<_>>().join(" ");
        advisory.details = content.description.to_string();
        advisory.published.clone_from(&content.published);
        advisory.modified.clone_from(&content.published);
        advisory.references = content.references.iter().map(|one| one.url.to_string()).collect();
        advisory.references.sort();
        let words = content.severity.iter();
        advisory.severities =
            words.filter_map(|one| claims::stated_word(SOURCE, &one.vendor)).collect();
    }
    advisory
}
