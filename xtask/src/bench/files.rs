//! One layer of three million small files: what an entry costs when there is hardly any content.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use plimsoll_testkit::{TarEntry, TarKind, TarWriter};

use super::Bench;
use super::images::{inventory, megabytes};
use super::measure::median;
use super::table::Table;
use crate::workspace;

const FILES: usize = 3_000_000;
const IN_A_DIRECTORY: usize = 1_000;
const SECONDS_BOUND: f64 = 15.0;
const MEMORY_BOUND: f64 = 256.0;
/// One file in so many has a name that a part wants; the others are asked about and passed.
const WANTED_EVERY: usize = 500;

pub fn measure(bench: &Bench, table: &mut Table) -> Result<()> {
    let archive = bench.images.join("million.tar");
    if !archive.is_file() {
        make(&archive)?;
    }
    let reference = format!("docker-archive:{}", archive.display());
    let (mut seconds, mut peak) = (Vec::new(), 0);
    for _ in 0..bench.rounds.min(3) {
        let measured = inventory(bench, &reference)?;
        seconds.push(measured.seconds);
        peak = measured.peak_bytes.max(peak);
    }
    table.bounded("a layer of 3 million small files", median(seconds), SECONDS_BOUND, "s");
    table.bounded("the same, peak memory", megabytes(peak), MEMORY_BOUND, "MB");
    Ok(())
}

/// Makes the archive, once.
fn make(archive: &Path) -> Result<()> {
    let folder = tempfile::tempdir_in(archive.parent().unwrap_or(Path::new(".")))
        .context("failed to make a directory")?;
    write_layer(&folder.path().join("layer.tar"))?;
    let mut command = Command::new("sha256sum");
    let sum =
        command.arg(folder.path().join("layer.tar")).output().context("failed to run sha256sum")?;
    let sum = String::from_utf8_lossy(&sum.stdout);
    let digest = sum.split(' ').next().unwrap_or_default();
    ensure!(digest.len() == 64, "failed to hash the layer");
    let config = format!(
        r#"{{"architecture":"amd64","os":"linux","config":{{}},"rootfs":{{"type":"layers","diff_ids":["sha256:{digest}"]}}}}"#
    );
    write(&folder.path().join("config.json"), &config)?;
    let manifest =
        r#"[{"Config":"config.json","RepoTags":["example.com/million:1"],"Layers":["layer.tar"]}]"#;
    write(&folder.path().join("manifest.json"), manifest)?;
    let mut tar = Command::new("tar");
    tar.arg("-cf").arg(archive).arg("-C").arg(folder.path());
    workspace::run(tar.args(["manifest.json", "config.json", "layer.tar"]))
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).with_context(|| format!("failed to write {}", path.display()))
}

fn write_layer(path: &Path) -> Result<()> {
    let file = File::create(path).with_context(|| format!("failed to write {}", path.display()))?;
    let mut tar = TarWriter::new(BufWriter::with_capacity(1 << 20, file));
    for number in 0..FILES {
        let (directory, name) = (number / IN_A_DIRECTORY, number % IN_A_DIRECTORY);
        if name == 0 {
            tar.entry(&TarEntry::new(TarKind::Directory, format!("srv/data/{directory:04}/")))?;
        }
        let (path, content) = if number % WANTED_EVERY == 0 {
            let content = format!(r#"{{"name":"module-{number}","version":"1.0.{number}"}}"#);
            (format!("srv/data/{directory:04}/node_modules/module-{number}/package.json"), content)
        } else {
            (format!("srv/data/{directory:04}/record-{name:04}.txt"), format!("{number}\n"))
        };
        tar.entry(&TarEntry::file(path, content))?;
    }
    tar.finish()?.flush().context("failed to write the layer")
}
