//! The structured copy of the tracker: the fields of its text, with the packages by pocket.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Candidate, Standing, Statements, vector};
use crate::document::Document;
use crate::formats::json::Text;
use crate::formats::ubuntu::Pocket;
use crate::import::{Import, NotOfThisFeed};

#[derive(Deserialize)]
struct Cve<'a> {
    #[serde(borrow)]
    candidate: Cow<'a, str>,
    #[serde(borrow)]
    packages: BTreeMap<Text<'a>, BTreeMap<Text<'a>, Package<'a>>>,
    #[serde(borrow, default)]
    description: Cow<'a, str>,
    #[serde(borrow, default)]
    priority: Cow<'a, str>,
    #[serde(borrow, default)]
    public_date: Cow<'a, str>,
    references: Option<Vec<String>>,
    /// By whose word.
    #[serde(borrow)]
    cvss: Option<BTreeMap<Text<'a>, Text<'a>>>,
}

#[derive(Deserialize)]
struct Package<'a> {
    #[serde(borrow)]
    status: Cow<'a, str>,
    #[serde(borrow, default)]
    note: Cow<'a, str>,
    #[serde(borrow)]
    priority: Option<Text<'a>>,
}

pub(super) fn import(
    document: &Document<'_>,
    import: &mut Import<'_>,
) -> Result<(), NotOfThisFeed> {
    let cve = serde_json::from_slice::<Cve<'_>>(document.bytes).map_err(|_| NotOfThisFeed)?;
    let mut statements = Statements { list: Vec::new(), import };
    for (pocket, packages) in &cve.packages {
        let pocket = Pocket::of(pocket.as_str());
        for (name, package) in packages {
            let standing = Standing {
                package: name.as_str(),
                state: &package.status,
                note: &package.note,
                priority: package.priority.as_ref().map(Text::as_str),
            };
            statements.take(pocket, standing);
        }
    }
    let severities = cve
        .cvss
        .iter()
        .flatten()
        .filter_map(|(source, value)| vector(source.as_str(), value.as_str()));
    statements.finish(Candidate {
        id: cve.candidate,
        description: cve.description,
        published: cve.public_date,
        priority: cve.priority,
        references: cve.references.unwrap_or_default(),
        severities: severities.collect(),
        ..Candidate::default()
    });
    Ok(())
}
