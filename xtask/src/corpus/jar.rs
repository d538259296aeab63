//! `fixtures/jar`: the Maven coordinates that stand in a Java archive and in those inside it, three levels down.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Result, ensure};
use plimsoll_core::Limits;
use plimsoll_inventory::extractors::java::{JarFacts, coordinates};
use serde::Deserialize;

use super::case::Case;
use super::{difference, expected, file_name, fixture};

/// How many archives deep an archive is opened here.
const LEVELS: usize = 3;

#[derive(Deserialize)]
struct Expected {
    /// Why an independent reader could not read it.
    error: Option<String>,
    #[serde(flatten)]
    archive: Archive,
}

#[derive(Deserialize, Default)]
struct Archive {
    #[serde(default)]
    pom_properties: Vec<BTreeMap<String, String>>,
    /// By name in the archive.
    #[serde(default)]
    nested: BTreeMap<String, Archive>,
}

/// Where in the archive (empty for itself), group, artifact, version.
type Row = (String, String, String, String);

pub fn cases(folder: &Path) -> Result<Vec<Case>> {
    expected::cases(folder, check)
}

fn check(file: &Path, expectation: &Path) -> Result<String> {
    let expected: Expected = fixture::json(expectation)?;
    let content = fixture::bytes(file)?;
    let extracted = fixture::extract(&format!("app/{}", jar_name(file)), &content)?;
    if let Some(error) = expected.error {
        ensure!(!extracted.problems.is_empty(), "{error} expected, and no problem was named");
        ensure!(extracted.packages.is_empty(), "{error} expected, and packages were found");
        return Ok(format!("refused: {error}"));
    }
    let mut wanted = Vec::new();
    expected_rows(&expected.archive, "", 0, &mut wanted);
    let mut found = Vec::new();
    found_rows(&coordinates(&content, &Limits::default()), "", 0, &mut found);
    // An archive may hold the same file twice.
    let (wanted, found): (BTreeSet<_>, BTreeSet<_>) =
        (wanted.into_iter().collect(), found.into_iter().collect());
    let count = wanted.len();
    // What stands there must be listed too, at its place.
    for (place, group, artifact, version) in &wanted {
        let name = format!("{group}:{artifact}");
        let listed = extracted.packages.iter().any(|package| {
            package.inner_path.as_deref().unwrap_or_default() == place
                && package.name == name
                && package.version == *version
        });
        ensure!(listed, "{name} {version} is not listed at `{place}`");
    }
    difference::same(wanted, found)?;
    Ok(format!("coordinates: {count}"))
}

/// Whatever its name here, it is offered as a scan would find it.
fn jar_name(file: &Path) -> String {
    let name = file_name(file);
    let is_archive =
        name.rsplit_once('.').is_some_and(|(_, end)| end.len() == 3 && end.ends_with("ar"));
    if is_archive { name } else { name + ".jar" }
}

fn expected_rows(archive: &Archive, place: &str, level: usize, rows: &mut Vec<Row>) {
    for properties in &archive.pom_properties {
        let field = |key: &str| properties.get(key).filter(|value| !value.is_empty()).cloned();
        if let (Some(group), Some(artifact), Some(version)) =
            (field("groupId"), field("artifactId"), field("version"))
        {
            rows.push((place.to_owned(), group, artifact, version));
        }
    }
    if level < LEVELS {
        for (name, inner) in &archive.nested {
            expected_rows(inner, &inside(place, name), level + 1, rows);
        }
    }
}

fn found_rows(facts: &JarFacts, place: &str, level: usize, rows: &mut Vec<Row>) {
    rows.extend(
        facts
            .pom_properties
            .iter()
            .cloned()
            .map(|own| (place.to_owned(), own.group, own.artifact, own.version)),
    );
    if level < LEVELS {
        for (name, inner) in &facts.nested {
            found_rows(inner, &inside(place, name), level + 1, rows);
        }
    }
}

fn inside(place: &str, name: &str) -> String {
    if place.is_empty() { name.to_owned() } else { format!("{place}!/{name}") }
}
