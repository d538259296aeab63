//! The inventory of an image, as an archive and as a layout.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::Bench;
use super::measure::{Measured, child, median, time};
use super::table::Table;
use crate::text_file::read_bytes;
use crate::workspace;

/// Peak memory that an inventory may take, in megabytes.
const MEMORY_BOUND: f64 = 150.0;
/// Layers that the yardstick decompresses at once.
const STREAMS: usize = 2;

pub fn measure(bench: &Bench, table: &mut Table) -> Result<()> {
    let web = bench.image("debian12-web")?;
    let big = bench.image("debian12-big")?;
    archive(bench, &web, table)?;
    layout(bench, &web, table)?;
    let peak = inventory(bench, &format!("docker-archive:{}", big.display()))?.peak_bytes;
    table.bounded("peak memory, debian12-big archive", megabytes(peak), MEMORY_BOUND, "MB");
    Ok(())
}

fn archive(bench: &Bench, file: &Path, table: &mut Table) -> Result<()> {
    let layers = archive_layers(file)?;
    let reference = format!("docker-archive:{}", file.display());
    let mut own = Vec::new();
    let mut listing = Vec::new();
    let mut peak = 0;
    list_archive(file, &layers)?;
    for _ in 0..bench.rounds {
        let measured = inventory(bench, &reference)?;
        own.push(measured.seconds);
        peak = measured.peak_bytes.max(peak);
        listing.push(time(|| list_archive(file, &layers))?);
    }
    let yardstick = ("`tar xOf ARCHIVE LAYER \\| tar t`", median(listing));
    table.ratio("inventory, debian12-web archive", median(own), yardstick, 1.5);
    table.bounded("peak memory, debian12-web archive", megabytes(peak), MEMORY_BOUND, "MB");
    Ok(())
}

fn layout(bench: &Bench, archive: &Path, table: &mut Table) -> Result<()> {
    let directory = archive.with_extension("oci");
    make_layout(archive, &directory)?;
    let blobs = layout_layers(&directory)?;
    let reference = format!("oci:{}", directory.display());
    let mut own = Vec::new();
    let mut inflating = Vec::new();
    let mut peak = 0;
    inflate(&blobs)?;
    for _ in 0..bench.rounds {
        let measured = inventory(bench, &reference)?;
        own.push(measured.seconds);
        peak = measured.peak_bytes.max(peak);
        inflating.push(time(|| inflate(&blobs))?);
    }
    let yardstick = ("`pigz -dc`, two layers at a time", median(inflating));
    table.ratio("inventory, debian12-web gzip layout", median(own), yardstick, 0.8);
    table.bounded("peak memory, debian12-web gzip layout", megabytes(peak), MEMORY_BOUND, "MB");
    Ok(())
}

/// One inventory with an empty cache.
pub(super) fn inventory(bench: &Bench, reference: &str) -> Result<Measured> {
    let empty = tempfile::tempdir().context("failed to make a cache directory")?;
    let mut command = Command::new(&bench.program);
    command
        .args(["sbom", reference, "--format", "cyclonedx-json"])
        .env("XDG_CACHE_HOME", empty.path());
    child(&mut command, &[0])
}

/// The names of the layers in a docker-archive, each once.
fn archive_layers(archive: &Path) -> Result<Vec<String>> {
    let output = Command::new("tar")
        .arg("xOf")
        .arg(archive)
        .arg("manifest.json")
        .output()
        .context("failed to run tar")?;
    let manifest: Value = serde_json::from_slice(&output.stdout)
        .with_context(|| format!("failed to read the manifest of {}", archive.display()))?;
    let mut layers = Vec::new();
    for layer in manifest[0]["Layers"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !layers.iter().any(|known| known == layer) {
            layers.push(layer.to_owned());
        }
    }
    ensure!(!layers.is_empty(), "failed to find layers in {}", archive.display());
    Ok(layers)
}

fn list_archive(archive: &Path, layers: &[String]) -> Result<()> {
    for layer in layers {
        let mut command = Command::new("sh");
        command.args(["-c", "tar xOf \"$1\" \"$2\" | tar t", "sh"]).arg(archive).arg(layer);
        workspace::run(command.stdout(Stdio::null()))?;
    }
    Ok(())
}

/// Makes the layout beside the archive, once.
fn make_layout(archive: &Path, directory: &Path) -> Result<()> {
    if directory.join("index.json").is_file() {
        return Ok(());
    }
    let mut command = Command::new("skopeo");
    command.args(["--insecure-policy", "copy", "--quiet"]);
    command.arg(format!("docker-archive:{}", archive.display()));
    command.arg(format!("oci:{}:latest", directory.display()));
    workspace::run(command.stdout(Stdio::null()))
}

/// The gzip blobs of a layout with one image.
fn layout_layers(directory: &Path) -> Result<Vec<PathBuf>> {
    let document = |path: PathBuf| -> Result<Value> {
        serde_json::from_slice(&read_bytes(&path)?)
            .with_context(|| format!("failed to read {}", path.display()))
    };
    let blob = |descriptor: &Value| {
        let digest = descriptor["digest"].as_str().unwrap_or_default();
        directory.join("blobs").join(digest.replace(':', "/"))
    };
    let index = document(directory.join("index.json"))?;
    let manifest = document(blob(&index["manifests"][0]))?;
    let layers = manifest["layers"].as_array().map(Vec::as_slice).unwrap_or_default();
    let gzip = |layer: &&Value| {
        layer["mediaType"].as_str().is_some_and(|media_type| media_type.ends_with("gzip"))
    };
    ensure!(
        !layers.is_empty() && layers.iter().all(|layer| gzip(&layer)),
        "failed to find gzip layers in {}",
        directory.display(),
    );
    Ok(layers.iter().map(blob).collect())
}

fn inflate(blobs: &[PathBuf]) -> Result<()> {
    let queue = Mutex::new(blobs.iter());
    let next = || queue.lock().ok().and_then(|mut queue| queue.next());
    let work = || -> Result<()> {
        while let Some(blob) = next() {
            let mut command = Command::new("pigz");
            workspace::run(command.arg("-dc").arg(blob).stdout(Stdio::null()))?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..STREAMS).map(|_| scope.spawn(work)).collect();
        threads.into_iter().try_for_each(|thread| {
            thread.join().unwrap_or_else(|_| Err(anyhow::anyhow!("a thread panicked")))
        })
    })
}

pub(super) fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
