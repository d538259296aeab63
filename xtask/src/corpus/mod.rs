//! `cargo xtask corpus`: every case of a folder of real data with expected results, whatever their names and number.
//!
//! The folder has `fixtures/KIND/…` and `oracles/KIND/…`. What is of a kind that nothing here runs is counted as skipped and
//! named; nothing passes in silence.

mod binaries;
mod case;
mod difference;
mod dotnet;
mod expected;
mod fixed;
mod fixture;
mod gobinary;
mod images;
mod jar;
mod matches;
mod members;
mod merged;
mod packages;
mod refused;
mod rpmdb;
mod rustbinary;
mod samples;
pub mod scanned;
mod vers;
mod versions;

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::workspace::shared_data;
use case::Case;

#[derive(Args, Default)]
pub struct CorpusArguments {
    /// The folder with `fixtures` and `oracles` [default: ../shared beside the checkout]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The folder of advisory feeds [default: `feeds` in the data folder, else in ../shared]
    #[arg(long, value_name = "DIR")]
    feeds: Option<PathBuf>,
    /// Run only cases whose name contains this
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Take what is read of the feeds' samples as what is expected, to be looked at before it is committed
    #[arg(long)]
    record: bool,
}

/// Runs the cases, and gives whether all passed. That there are none at all is an error.
pub fn run(arguments: &CorpusArguments) -> Result<bool> {
    let start = Instant::now();
    let data = arguments.data.clone().unwrap_or_else(shared_data);
    ensure!(data.is_dir(), "failed to find the corpus at {}", data.display());
    let feeds = arguments.feeds.clone().unwrap_or_else(|| feeds_of(&data));
    let mut cases = Vec::new();
    for kind in entries_if_there(&data.join("oracles"))? {
        cases.extend(oracle_cases(&kind)?);
    }
    for kind in entries_if_there(&data.join("fixtures"))? {
        cases.extend(fixture_cases(&kind, &feeds)?);
    }
    cases.extend(fixed::cases(&data.join("fixtures"), &feeds));
    let archive = feeds.join("samples.tar.zst");
    if archive.is_file() {
        cases.extend(samples::cases(&archive, arguments.record)?);
    }
    let found = cases.len();
    if let Some(only) = &arguments.only {
        cases.retain(|case| case.name().contains(only.as_str()));
    }
    let tally = case::run_all(&cases);
    println!("{found} cases found in {} ({:.1} s)", data.display(), start.elapsed().as_secs_f32());
    ensure!(tally.passed + tally.failed > 0, "no case ran");
    // The last line, by which a run is judged.
    println!("{} passed, {} failed, {} skipped", tally.passed, tally.failed, tally.skipped);
    Ok(tally.failed == 0)
}

fn oracle_cases(kind: &Path) -> Result<Vec<Case>> {
    match file_name(kind).as_str() {
        "versions" => versions::cases(kind),
        name => Ok(vec![Case::skipped(format!("oracles/{name}"), "of a kind that is not run")]),
    }
}

fn fixture_cases(kind: &Path, feeds: &Path) -> Result<Vec<Case>> {
    match file_name(kind).as_str() {
        "apk" => packages::cases(kind, &packages::APK),
        "binaries" => binaries::cases(kind),
        "dotnet" => dotnet::cases(kind),
        "dpkg" => packages::cases(kind, &packages::DPKG),
        "expected-matches" => matches::cases(kind, feeds),
        "gobinary" => gobinary::cases(kind),
        "images" => images::cases(kind),
        "jar" => jar::cases(kind),
        "rpmdb" => rpmdb::cases(kind),
        "rustbinary" => rustbinary::cases(kind),
        "vers" => vers::cases(kind),
        name if name.ends_with(".md") => Ok(Vec::new()),
        name => Ok(vec![Case::skipped(format!("fixtures/{name}"), "of a kind that is not run")]),
    }
}

/// A folder of cases need not bring feeds of its own.
fn feeds_of(data: &Path) -> PathBuf {
    let own = data.join("feeds");
    if own.is_dir() { own } else { shared_data().join("feeds") }
}

/// A folder of cases need not have cases of every kind.
fn entries_if_there(folder: &Path) -> Result<Vec<PathBuf>> {
    if folder.is_dir() { entries(folder) } else { Ok(Vec::new()) }
}

/// What lies in a folder, sorted.
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let list = || -> std::io::Result<Vec<PathBuf>> {
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
    };
    let mut paths = list().with_context(|| format!("failed to list {}", folder.display()))?;
    paths.sort();
    Ok(paths)
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
