//! `fixtures/rustbinary`: the record of cargo-auditable in a program, as an independent reader unpacked it.

use std::path::Path;

use anyhow::{Result, ensure};
use plimsoll_inventory::FoundState;
use serde::Deserialize;

use super::case::Case;
use super::{difference, expected, fixture};

#[derive(Deserialize)]
struct Expected {
    audit_data: AuditData,
}

#[derive(Deserialize)]
struct AuditData {
    packages: Vec<ExpectedCrate>,
}

#[derive(Deserialize)]
struct ExpectedCrate {
    name: String,
    version: String,
    source: String,
    kind: Option<String>,
    #[serde(default)]
    root: bool,
}

pub fn cases(folder: &Path) -> Result<Vec<Case>> {
    expected::cases(folder, check)
}

fn check(file: &Path, expectation: &Path) -> Result<String> {
    let expected: Expected = fixture::json(expectation)?;
    let content = fixture::bytes(file)?;
    let extracted = fixture::extract("usr/bin/program", &content)?;
    ensure!(extracted.problems.is_empty(), "problems: {:?}", extracted.problems);
    let linked = expected.audit_data.packages.into_iter();
    let linked = linked.filter(|package| package.kind.as_deref() != Some("build"));
    let wanted: Vec<_> = linked
        .map(|package| {
            let repository = (package.source != "crates.io").then_some(package.source);
            (package.name, package.version, repository, package.root)
        })
        .collect();
    let count = wanted.len();
    let found = extracted.packages.into_iter().map(|package| {
        let is_root = package.state == FoundState::Installed;
        (package.name, package.version, package.repository, is_root)
    });
    difference::same(wanted, found)?;
    Ok(format!("crates: {count}"))
}
