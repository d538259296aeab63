//! `fixtures/jar`: the Maven coordinates that stand in a Java archive and in those inside it, three levels down.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, ensure};
use serde::Deserialize;

use super::case::Case;
use super::{expected, file_name, fixture};

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

/// Where in the archive, name, version.
type Row = (Option<String>, String, String);

pub fn cases(folder: &Path) -> Result<Vec<Case>> {
    expected::cases(folder, check)
}

fn check(file: &Path, expectation: &Path) -> Result<String> {
    let expected: Expected = fixture::json(expectation)?;
    let content = fixture::bytes(file)?;
    // Whatever its name here, it is offered as a scan would find it.
    let name = file_name(file);
    let name = if name.rsplit_once('.').is_some_and(|(_, end)| end.ends_with("ar")) {
        name
    } else {
        name + ".jar"
    };
    let extracted = fixture::extract(&format!("app/{name}"), &content)?;
    if let Some(error) = expected.error {
        ensure!(!extracted.problems.is_empty(), "{error} expected, and no problem was named");
        ensure!(extracted.packages.is_empty(), "{error} expected, and packages were found");
        return Ok(format!("refused: {error}"));
    }
    let mut rows = Vec::new();
    collect(&expected.archive, None, 0, &mut rows);
    let found: Vec<Row> = extracted
        .packages
        .iter()
        .map(|package| (package.inner_path.clone(), package.name.clone(), package.version.clone()))
        .collect();
    for row in &rows {
        ensure!(found.contains(row), "missing: {row:?}, found: {found:?}");
    }
    // An archive that states its coordinates has those and no others; one that does not may be named by its manifest.
    for row in &found {
        let states = rows.iter().any(|(place, ..)| *place == row.0);
        ensure!(!states || rows.contains(row), "unexpected: {row:?}");
    }
    Ok(format!("coordinates: {}", rows.len()))
}

fn collect(archive: &Archive, place: Option<&str>, level: usize, rows: &mut Vec<Row>) {
    for properties in &archive.pom_properties {
        let field = |key: &str| properties.get(key).filter(|value| !value.is_empty());
        if let (Some(group), Some(artifact), Some(version)) =
            (field("groupId"), field("artifactId"), field("version"))
        {
            let row = (place.map(str::to_owned), format!("{group}:{artifact}"), version.clone());
            if !rows.contains(&row) {
                rows.push(row);
            }
        }
    }
    if level == LEVELS {
        return;
    }
    for (name, inner) in &archive.nested {
        let place = place.map_or_else(|| name.clone(), |outer| format!("{outer}!/{name}"));
        collect(inner, Some(&place), level + 1, rows);
    }
}
