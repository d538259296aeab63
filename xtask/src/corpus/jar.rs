//! `fixtures/jar`: the Maven coordinates that stand in a Java archive and in those inside it, three levels down; and
//! `trivy-expected.json`, the packages that Trivy's own tests expect of some of the archives.

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
    let mut cases = expected::cases(folder, check)?;
    let list = folder.join(TRIVYS_LIST);
    if list.is_file() {
        let name = format!("fixtures/jar/{TRIVYS_LIST}");
        cases.retain(|case| case.name() != name);
        cases.extend(trivys_cases(folder, &list, &name)?);
    }
    Ok(cases)
}

const TRIVYS_LIST: &str = "trivy-expected.json";
/// Those that Trivy finds by asking an index of Maven's repositories, which is not in the archive.
const ASKS_AN_INDEX: [&str; 3] = ["sha1 search", "offline", "artifactId search"];

/// Packages that Trivy's tests expect, by the names of their cases.
#[derive(Deserialize)]
struct TrivysList {
    cases: Vec<TrivysCase>,
    want: BTreeMap<String, Vec<TrivysPackage>>,
}

#[derive(Deserialize)]
struct TrivysCase {
    name: String,
    /// `testdata/NAME`
    file: String,
    want: String,
}

#[derive(Deserialize)]
struct TrivysPackage {
    name: String,
    version: String,
}

fn trivys_cases(folder: &Path, list: &Path, name: &str) -> Result<Vec<Case>> {
    let TrivysList { cases, mut want } = fixture::json(list)?;
    let case = |case: TrivysCase| {
        let name = format!("{name}/{}", case.name);
        let file_name = file_name(Path::new(&case.file));
        let file = folder.join(format!("trivy-{file_name}"));
        if ASKS_AN_INDEX.contains(&case.name.as_str()) {
            return Case::skipped(name, "found by asking an index of Maven's repositories");
        }
        if fixture::stored(&file).is_err() {
            return Case::skipped(name, format!("{file_name} is not there"));
        }
        let wanted = want.remove(&case.want).unwrap_or_default();
        Case::new(name, move || check_packages(&file, &file_name, &wanted))
    };
    Ok(cases.into_iter().map(case).collect())
}

fn check_packages(file: &Path, file_name: &str, wanted: &[TrivysPackage]) -> Result<String> {
    let content = fixture::bytes(file)?;
    let extracted = fixture::extract(&format!("app/{file_name}"), &content)?;
    let wanted: BTreeSet<_> =
        wanted.iter().map(|package| (package.name.clone(), package.version.clone())).collect();
    let found: BTreeSet<_> =
        extracted.packages.into_iter().map(|package| (package.name, package.version)).collect();
    let count = wanted.len();
    difference::same(wanted, found)?;
    Ok(format!("packages: {count}"))
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
