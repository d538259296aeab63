//! The advisory snapshot: built, opened, asked about the packages of a real image.

use std::io::Read;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use plimsoll_advisory::Snapshot;
use plimsoll_archive::{Decoder, DecoderBounds};
use plimsoll_core::{Distro, Limits, Package};
use plimsoll_inventory::Inventory;
use plimsoll_matching::{Judged, MatchSubject, fold, judge_all};
use serde::{Deserialize, Serialize};

use super::Bench;
use super::measure::{child, median};
use super::table::Table;
use crate::corpus::scanned;
use crate::text_file::read_bytes;
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
    /// Of one package, in microseconds.
    look_up: f64,
    judge: f64,
    judge_and_fold: f64,
}

pub fn measure(bench: &Bench, table: &mut Table) -> Result<()> {
    let data = tempfile::tempdir().context("failed to make a data directory")?;
    let feeds = Feeds::copied(&bench.feeds)?;
    let program = |arguments: &[&str]| {
        let mut command = Command::new(&bench.program);
        command.arg("--data").arg(data.path()).arg("db").args(arguments);
        command
    };
    let built = child(program(&["build", "--feeds"]).arg(feeds.root()), &[0])?;
    table.bounded("snapshot of all feeds, built", built.seconds, 90.0, "s");
    table.bounded("the same, peak memory", built.peak_bytes as f64 / 1e6, 1_500.0, "MB");
    feeds.change()?;
    let again = child(program(&["build", "--feeds"]).arg(feeds.root()), &[0])?;
    table.bounded("the same, one feed changed", again.seconds, 10.0, "s");
    let bytes = |path: &Path| -> Result<f64> {
        let metadata = path.metadata().with_context(|| format!("no {}", path.display()))?;
        Ok(metadata.len() as f64 / 1e6)
    };
    table.bounded("snapshot, on disk", bytes(&data.path().join(SNAPSHOT_FILE))?, 120.0, "MB");
    let exported = data.path().join("exported.zst");
    child(program(&["export"]).arg(&exported), &[0])?;
    table.bounded("snapshot, as distributed", bytes(&exported)?, 45.0, "MB");

    let this = workspace::built("xtask", &bench.profile)?;
    let mut command = Command::new(this);
    command.arg("bench-matching").arg(data.path().join(SNAPSHOT_FILE));
    let output =
        command.arg(bench.image("debian12-web")?).output().context("failed to run xtask")?;
    ensure!(output.status.success(), "bench-matching failed: {}", output.status);
    let matching: Matching =
        serde_json::from_slice(&output.stdout).context("failed to read its result")?;
    table.bounded("snapshot, opened", matching.open, 5.0, "ms");
    table.bounded("a package looked up", matching.look_up, 1.0, "µs");
    table.bounded("1,000 packages of debian12-web, matched", matching.judge, 5.0, "ms");
    let what = "the same, and every record that matched folded into findings with its texts";
    table.noted(what, matching.judge_and_fold, "ms");
    Ok(())
}

/// A copy of the feeds, of which one will change.
struct Feeds {
    folder: tempfile::TempDir,
}

/// The feed that changes.
const CHANGING: &str = "osv/npm.tar.zst";

impl Feeds {
    /// Everything but second copies, what is no advisory, and the samples.
    fn copied(feeds: &Path) -> Result<Self> {
        let folder = tempfile::tempdir().context("failed to make a directory of feeds")?;
        for name in ["osv", "ghsa", "native", "distro"] {
            copy(&feeds.join(name), &folder.path().join(name))?;
        }
        Ok(Self { folder })
    }

    fn root(&self) -> &Path {
        self.folder.path()
    }

    /// Changes one letter of one record.
    fn change(&self) -> Result<()> {
        const BEFORE: &[u8] = b"\"details\": \"";
        let path = self.root().join(CHANGING);
        let packed = read_bytes(&path)?;
        let mut decoder = Decoder::new(packed.as_slice(), DecoderBounds::from(&Limits::default()))
            .context("failed to unpack a feed")?;
        let mut tar = Vec::new();
        decoder.read_to_end(&mut tar).context("failed to unpack a feed")?;
        let place = tar.windows(BEFORE.len()).rposition(|window| window == BEFORE);
        let letter = place.and_then(|place| tar.get_mut(place + BEFORE.len()));
        *letter.context("failed to find a record to change")? = b'~';
        std::fs::remove_file(&path).context("failed to replace a feed")?;
        let plain = path.with_extension("");
        std::fs::write(&plain, tar).context("failed to replace a feed")
    }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let failed = || format!("failed to copy {}", from.display());
    std::fs::create_dir_all(to).with_context(failed)?;
    for entry in std::fs::read_dir(from).with_context(failed)? {
        let entry = entry.with_context(failed)?;
        let name = entry.file_name();
        if name.to_string_lossy().contains("-rebuilt") {
            continue;
        }
        let kind = entry.file_type().with_context(failed)?;
        if kind.is_dir() {
            copy(&entry.path(), &to.join(&name))?;
        } else {
            std::fs::write(to.join(&name), read_bytes(&entry.path())?).with_context(failed)?;
        }
    }
    Ok(())
}

/// Prints what opening the snapshot and judging the image's packages takes.
pub fn measure_matching(snapshot: &Path, image: &Path) -> Result<()> {
    let image = scanned::image(&scanned::archive(image))?;
    let inventory = scanned::inventory(&image)?.inventory;
    ensure!(!inventory.packages.is_empty(), "the image has no packages");
    let packages = packages(&inventory);
    let distro = inventory.distro.as_ref();
    let mut rounds = [Vec::new(), Vec::new(), Vec::new()];
    let look_up = look_up(snapshot)?;
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let snapshot = Snapshot::open(snapshot).context("failed to open the snapshot")?;
        let [open, judge, both] = &mut rounds;
        open.push(milliseconds(start));
        let (judged, all) = judge_and_fold(&packages, distro, &snapshot)?;
        judge.push(judged);
        both.push(all);
    }
    let [open, judge, judge_and_fold] = rounds.map(median);
    println!("{}", serde_json::to_string(&Matching { open, look_up, judge, judge_and_fold })?);
    Ok(())
}

/// Microseconds in which one package of the snapshot is found, in an order that helps no cache.
fn look_up(path: &Path) -> Result<f64> {
    let snapshot = Snapshot::open(path).context("failed to open the snapshot")?;
    let mut names = Vec::new();
    for family in snapshot.families() {
        for package in snapshot.packages(family) {
            names.push((family, package?.0));
        }
    }
    ensure!(!names.is_empty(), "the snapshot has no packages");
    // A step that shares no factor with the length visits all of them.
    let step =
        (0..names.len()).map(|more| 7_919 + more).find(|step| is_coprime(*step, names.len()));
    let step = step.context("failed to find a step")?;
    let start = Instant::now();
    let mut place = 0;
    for _ in 0..names.len() {
        let (family, package) = names[place];
        std::hint::black_box(snapshot.lookup(family, package).next());
        place = (place + step) % names.len();
    }
    Ok(start.elapsed().as_secs_f64() * 1e6 / names.len() as f64)
}

fn is_coprime(mut one: usize, mut other: usize) -> bool {
    while other != 0 {
        (one, other) = (other, one % other);
    }
    one == 1
}

/// Exactly as many as are judged: an image with fewer packages gives some again.
fn packages(inventory: &Inventory) -> Vec<Package> {
    let own = inventory.packages.iter().filter(|package| package.owner().is_none());
    own.cycle().take(PACKAGES).cloned().collect()
}

/// The milliseconds until all are judged, and until they are folded too.
fn judge_and_fold(
    packages: &[Package],
    distro: Option<&Distro>,
    snapshot: &Snapshot,
) -> Result<(f64, f64)> {
    let threads = std::thread::available_parallelism().context("failed to count the processors")?;
    let start = Instant::now();
    let subjects = packages.iter().map(|package| MatchSubject::new(package, distro));
    let subjects: Vec<MatchSubject> = subjects.filter_map(Result::ok).collect();
    let judgements = judge_all(&subjects, snapshot, threads)?;
    let until_judged = milliseconds(start);
    let judged = subjects.iter().zip(&judgements).enumerate();
    let judged: Vec<_> = judged
        .map(|(package, (subject, judgement))| Judged { package, subject, judgement })
        .collect();
    let findings = fold(snapshot, &judged)?.findings;
    std::hint::black_box(&findings);
    Ok((until_judged, milliseconds(start)))
}

fn milliseconds(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3
}
