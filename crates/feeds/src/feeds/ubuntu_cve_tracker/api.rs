//! The tracker as Ubuntu's security API gives it out (ubuntu.com/security/api/docs): one CVE, or a page of them.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Candidate, Standing, Statements, vector};
use crate::document::Document;
use crate::formats::json::{Text, each_record, text};
use crate::formats::ubuntu::Pocket;
use crate::import::{Import, NotOfThisFeed};

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    cves: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Cve<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    packages: Vec<Package<'a>>,
    #[serde(borrow)]
    description: Option<Text<'a>>,
    #[serde(borrow)]
    priority: Option<Text<'a>>,
    #[serde(borrow)]
    published: Option<Text<'a>>,
    #[serde(borrow)]
    updated_at: Option<Text<'a>>,
    references: Option<Vec<String>>,
    impact: Option<Impact>,
}

#[derive(Deserialize)]
struct Package<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    statuses: Vec<State<'a>>,
}

#[derive(Deserialize)]
struct State<'a> {
    #[serde(borrow)]
    release_codename: Cow<'a, str>,
    #[serde(borrow)]
    pocket: Option<Text<'a>>,
    #[serde(borrow)]
    status: Cow<'a, str>,
    #[serde(borrow)]
    description: Option<Text<'a>>,
}

impl State<'_> {
    /// As the tracker's text names it. What is published for everybody is in `security`.
    fn pocket(&self) -> String {
        match self.pocket.as_ref().map(Text::as_str) {
            None | Some("" | "security" | "updates" | "release") => {
                self.release_codename.to_string()
            }
            Some(pocket) => format!("{pocket}/{}", self.release_codename),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Impact {
    base_metric_v3: Option<Metric>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metric {
    cvss_v3: Option<Cvss>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cvss {
    vector_string: Option<String>,
}

pub(super) fn import(
    document: &Document<'_>,
    import: &mut Import<'_>,
) -> Result<(), NotOfThisFeed> {
    let Ok(Page { cves }) = serde_json::from_slice(document.bytes) else {
        let cve = serde_json::from_slice(document.bytes).map_err(|_| NotOfThisFeed)?;
        import_cve(cve, import);
        return Ok(());
    };
    each_record(cves, import, import_cve);
    Ok(())
}

fn import_cve(cve: Cve<'_>, import: &mut Import<'_>) {
    let packages = cve.packages.iter();
    let states: Vec<_> = packages
        .flat_map(|package| {
            package.statuses.iter().map(move |state| (package, state, state.pocket()))
        })
        .collect();
    let mut statements = Statements { list: Vec::new(), import };
    for (package, state, pocket) in &states {
        let standing = Standing {
            package: &package.name,
            state: &state.status,
            note: text(state.description.as_ref()),
            priority: None,
        };
        statements.take(Pocket::of(pocket), standing);
    }
    let impact = cve.impact.and_then(|impact| impact.base_metric_v3?.cvss_v3?.vector_string);
    statements.finish(Candidate {
        id: cve.id,
        description: cve.description.unwrap_or_default().0,
        published: cve.published.unwrap_or_default().0,
        modified: cve.updated_at.unwrap_or_default().0,
        priority: cve.priority.unwrap_or_default().0,
        references: cve.references.unwrap_or_default(),
        // The API hands on the vector of the national database.
        severities: impact.and_then(|value| vector("nvd", &value)).into_iter().collect(),
    });
}
