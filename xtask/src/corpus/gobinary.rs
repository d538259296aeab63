//! `fixtures/gobinary`: what `go version -m` says of a program.

use std::path::Path;

use anyhow::{Result, bail, ensure};
use plimsoll_core::Limits;
use plimsoll_inventory::extractors::go_binary::{Module, build_info};
use serde::Deserialize;

use super::case::Case;
use super::{difference, expected, fixture};

#[derive(Deserialize)]
struct Expected {
    go: Option<String>,
    path: Option<String>,
    main: Option<ExpectedModule>,
    #[serde(default)]
    deps: Vec<ExpectedModule>,
}

#[derive(Deserialize)]
struct ExpectedModule {
    path: String,
    version: Option<String>,
    sum: Option<String>,
    replace: Option<Box<ExpectedModule>>,
}

/// Path, version, sum, and the same of the replacement.
type Row = (String, String, String, Option<(String, String, String)>);

pub fn cases(folder: &Path) -> Result<Vec<Case>> {
    expected::cases(folder, check)
}

fn check(file: &Path, expectation: &Path) -> Result<String> {
    let expected: Expected = fixture::json(expectation)?;
    let content = fixture::bytes(file)?;
    let found = match build_info(&content, &Limits::default()) {
        Ok(found) => found,
        Err(problem) => bail!("problem: {}", problem.detail),
    };
    let (Some(go), Some(info)) = (&expected.go, &found) else {
        ensure!(
            expected.go.is_none() && found.is_none(),
            "expected {:?}, found {found:?}",
            expected.go
        );
        return Ok("not a Go program".to_owned());
    };
    ensure!(*go == info.go, "expected {go}, found {}", info.go);
    if let Some(path) = &expected.path {
        ensure!(*path == info.path, "expected the main package {path}, found {}", info.path);
    }
    difference::same(expected.main.iter().map(expected_row), info.main.iter().map(row))?;
    let count = expected.deps.len();
    difference::same(expected.deps.iter().map(expected_row), info.deps.iter().map(row))?;
    // What a scan lists must come from that record: every module once, and the standard library.
    let extracted = fixture::extract("usr/bin/program", &content)?;
    ensure!(extracted.problems.is_empty(), "problems: {:?}", extracted.problems);
    let listed = extracted.packages.iter().filter(|package| package.name == "stdlib").count();
    ensure!(listed == 1, "the standard library is listed {listed} times");
    Ok(format!("{go}, modules: {count}"))
}

fn expected_row(module: &ExpectedModule) -> Row {
    let replace = module.replace.as_ref().map(|other| expected_row(other));
    (
        module.path.clone(),
        module.version.clone().unwrap_or_default(),
        module.sum.clone().unwrap_or_default(),
        replace.map(|(path, version, sum, _)| (path, version, sum)),
    )
}

fn row(module: &Module) -> Row {
    let triple =
        |module: &Module| (module.path.clone(), module.version.clone(), module.sum.clone());
    let (path, version, sum) = triple(module);
    (path, version, sum, module.replace.as_deref().map(triple))
}
