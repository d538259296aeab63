//! `fixtures/rpmdb`: a folder for each set of packages, with one or more databases that hold it.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::case::Case;
use super::{difference, entries, file_name, fixture};

#[derive(Deserialize)]
struct Expected {
    path_in_image: Option<String>,
    os_release: Option<BTreeMap<String, String>>,
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    epoch: Option<u64>,
    version: String,
    release: String,
    arch: Option<String>,
    sourcerpm: Option<String>,
    license: Option<String>,
    modularitylabel: Option<String>,
}

/// What is compared of a package.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    name: String,
    version: String,
    arch: Option<String>,
    /// Name, version and release.
    source: Option<String>,
    license: Option<String>,
    module: Option<String>,
}

/// A case for each database of each set.
pub fn cases(folder: &Path) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for set in entries(folder)? {
        let name = format!("fixtures/rpmdb/{}", file_name(&set));
        if !set.is_dir() {
            cases.push(Case::skipped(name, "not a set of packages"));
            continue;
        }
        let expectation = set.join("expected.json");
        let databases: Vec<_> =
            entries(&set)?.into_iter().filter(|path| is_database(&file_name(path))).collect();
        match (databases.is_empty(), expectation.is_file()) {
            (true, true) => cases.push(Case::broken(name, "has no database")),
            (true, false) => cases.push(Case::skipped(name, "has no database")),
            (false, false) => cases.push(Case::broken(name, "has no expectation")),
            (false, true) => cases.extend(databases.into_iter().map(|database| {
                let name = format!("{name}/{}", file_name(&database));
                let expectation = expectation.clone();
                Case::new(name, move || check(&database, &expectation))
            })),
        }
    }
    Ok(cases)
}

/// The three forms of rpm's database.
pub fn is_database(name: &str) -> bool {
    matches!(name.trim_end_matches(".zst"), "Packages" | "Packages.db" | "rpmdb.sqlite")
}

/// The os-release file of a set, as its expectation states it; empty where it states none.
pub fn os_release(expectation: &Path) -> Result<String> {
    let expected: Expected = fixture::json(expectation)?;
    let pairs = expected.os_release.unwrap_or_default();
    Ok(pairs.iter().map(|(key, value)| format!("{key}=\"{value}\"\n")).collect())
}

fn check(database: &Path, expectation: &Path) -> Result<String> {
    let expected: Expected = fixture::json(expectation)?;
    let directory = expected.path_in_image.as_deref().unwrap_or("var/lib/rpm/Packages");
    let directory = directory.rsplit_once('/').context("path_in_image has no directory")?.0;
    let name = file_name(database);
    let path = format!("{directory}/{}", name.trim_end_matches(".zst"));
    let extracted = fixture::extract(&path, &fixture::bytes(database)?)?;
    if let Some(problem) = extracted.problems.first() {
        bail!("{} problems, the first: {}", extracted.problems.len(), problem.detail);
    }
    // The keys of repositories stand in the database as if they were packages.
    let expected: Vec<_> =
        expected.packages.iter().filter(|package| package.name != "gpg-pubkey").map(row).collect();
    let found = extracted.packages.into_iter().map(|package| Row {
        name: package.name,
        version: package.version,
        arch: package.arch,
        source: package
            .source_name
            .zip(package.source_version)
            .map(|(name, version)| format!("{name}-{version}")),
        license: package.licenses.into_iter().next(),
        module: package.module,
    });
    let count = expected.len();
    difference::same(expected, found)?;
    Ok(format!("packages: {count}"))
}

fn row(package: &Package) -> Row {
    let epoch = package.epoch.map(|epoch| format!("{epoch}:")).unwrap_or_default();
    Row {
        name: package.name.clone(),
        version: format!("{epoch}{}-{}", package.version, package.release),
        arch: package.arch.clone(),
        source: package.sourcerpm.as_deref().and_then(source).map(str::to_owned),
        license: package.license.clone(),
        module: package.modularitylabel.clone(),
    }
}

/// What stands before the endings of a source rpm's file.
fn source(file_name: &str) -> Option<&str> {
    file_name.strip_suffix(".src.rpm").or_else(|| file_name.strip_suffix(".nosrc.rpm"))
}
