//! The advisory snapshot: built, opened, asked about the packages of a real image.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use plimsoll_advisory::Snapshot;
use plimsoll_core::{Distro, Package};
use plimsoll_inventory::Inventory;
use plimsoll_matching::{Judged, MatchSubject, fold, judge};
use serde::{Deserialize, Serialize};

use super::Bench;
use super::measure::{child, median};
use super::table::Table;
use crate::corpus::scanned;
use crate::workspace;

/// The snapshot's name in a data directory.
const SNAPSHOT_FILE: &str = "advisories.plimsoll";
/// Packages that are judged at once.
const PACKAGES: usize = 1_000;
/// How often opening and judging are timed; they take milliseconds.
const ROUNDS: usize = 101;

/// What the optimised build measured of itself, in milliseconds.
#[derive(Serialize, Deserialize)]
struct Matching {
    open: f64,
    judge: f64,
    judge_and_fold: f64,
}

pub fn measure(bench: &Bench, table: &mut Table) -> Result<()> {
    let data = tempfile::tempdir().context("failed to make a data directory")?;
    let mut command = Command::new(&bench.program);
    command.arg("--data").arg(data.path()).args(["db", "build", "--feeds"]);
    let built = child(command.arg(bench.feeds.join("osv")), &[0])?;
    table.bounded("snapshot of all of feeds/osv, built", built.seconds, 60.0, "s");
    table.bounded("the same, peak memory", built.peak_bytes as f64 / 1e6, 1_500.0, "MB");

    let this = workspace::built("xtask", &bench.profile)?;
    let mut command = Command::new(this);
    command.arg("bench-matching").arg(data.path().join(SNAPSHOT_FILE));
    let output =
        command.arg(bench.image("debian12-web")?).output().context("failed to run xtask")?;
    ensure!(output.status.success(), "bench-matching failed: {}", output.status);
    let matching: Matching =
        serde_json::from_slice(&output.stdout).context("failed to read its result")?;
    table.bounded("snapshot, opened", matching.open, 5.0, "ms");
    table.bounded("1,000 packages of debian12-web, matched", matching.judge, 10.0, "ms");
    let what = "the same, and every record that matched folded into findings with its texts";
    table.noted(what, matching.judge_and_fold, "ms");
    Ok(())
}

/// Prints what opening the snapshot and judging the image's packages takes.
pub fn measure_matching(snapshot: &Path, image: &Path) -> Result<()> {
    let image = scanned::image(&scanned::archive(image))?;
    let inventory = scanned::inventory(&image).inventory;
    ensure!(!inventory.packages.is_empty(), "the image has no packages");
    let packages = packages(&inventory);
    let distro = inventory.distro.as_ref();
    let mut rounds = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let snapshot = Snapshot::open(snapshot).context("failed to open the snapshot")?;
        let [open, judge, both] = &mut rounds;
        open.push(milliseconds(start));
        let (judged, all) = judge_all(&packages, distro, &snapshot)?;
        judge.push(judged);
        both.push(all);
    }
    let [open, judge, judge_and_fold] = rounds.map(median);
    println!("{}", serde_json::to_string(&Matching { open, judge, judge_and_fold })?);
    Ok(())
}

/// Exactly as many as are judged: an image with fewer packages gives some again.
fn packages(inventory: &Inventory) -> Vec<Package> {
    let own = inventory.packages.iter().filter(|package| package.owner().is_none());
    own.cycle().take(PACKAGES).cloned().collect()
}

/// The milliseconds until all are judged, and until they are folded too.
fn judge_all(
    packages: &[Package],
    distro: Option<&Distro>,
    snapshot: &Snapshot,
) -> Result<(f64, f64)> {
    let start = Instant::now();
    let mut judged = Vec::with_capacity(packages.len());
    for (position, package) in packages.iter().enumerate() {
        if let Ok(subject) = MatchSubject::new(package, distro) {
            let judgement = judge(&subject, snapshot)?;
            judged.push((position, subject, judgement));
        }
    }
    let until_judged = milliseconds(start);
    let judged: Vec<_> = judged
        .iter()
        .map(|(package, subject, judgement)| Judged { package: *package, subject, judgement })
        .collect();
    let findings = fold(snapshot, &judged)?.findings;
    std::hint::black_box(&findings);
    Ok((until_judged, milliseconds(start)))
}

fn milliseconds(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3
}
