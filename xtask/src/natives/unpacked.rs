//! A docker-archive as a root directory, layer upon layer, with the host's `tar`.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use tempfile::TempDir;

use super::output;

#[derive(Deserialize)]
struct Manifest {
    #[serde(rename = "Layers")]
    layers: Vec<String>,
}

/// The root file system of the archive's first image.
pub fn unpack(archive: &Path) -> Result<TempDir> {
    let root = tempfile::tempdir().context("failed to make a directory")?;
    let manifest = output(Command::new("tar").arg("-xOf").arg(archive).arg("manifest.json"))?;
    let manifests: Vec<Manifest> = serde_json::from_str(&manifest)?;
    let image = manifests.first().context("the archive names no image")?;
    for layer in &image.layers {
        let names = piped(archive, layer, &["-t"], root.path())?;
        for name in names.lines() {
            remove(root.path(), name)?;
        }
        piped(archive, layer, &["-x", "--exclude=.wh.*", "--numeric-owner"], root.path())?;
    }
    Ok(root)
}

/// Does what a whiteout asks for.
fn remove(root: &Path, name: &str) -> Result<()> {
    let (directory, file) = name.trim_end_matches('/').rsplit_once('/').unwrap_or(("", name));
    let directory = root.join(directory.trim_start_matches("./").trim_start_matches('/'));
    let gone = match file.strip_prefix(".wh.") {
        Some(".wh..opq") => {
            let _ = std::fs::remove_dir_all(&directory);
            std::fs::create_dir_all(&directory)?;
            return Ok(());
        }
        Some(gone) => directory.join(gone),
        None => return Ok(()),
    };
    if gone.is_dir() && !gone.is_symlink() {
        std::fs::remove_dir_all(&gone)?;
    } else if gone.exists() || gone.is_symlink() {
        std::fs::remove_file(&gone)?;
    }
    Ok(())
}

/// `tar` over one layer.
fn piped(archive: &Path, layer: &str, arguments: &[&str], root: &Path) -> Result<String> {
    let mut outer = Command::new("tar")
        .arg("-xOf")
        .arg(archive)
        .arg(layer)
        .stdout(Stdio::piped())
        .spawn()
        .context("failed to start tar")?;
    let stdin = outer.stdout.take().context("tar has no output")?;
    let inner = Command::new("tar")
        .args(arguments)
        .args(["-f", "-", "-C"])
        .arg(root)
        .stdin(stdin)
        .output()
        .context("failed to start tar")?;
    ensure!(inner.status.success(), "tar: {}", String::from_utf8_lossy(&inner.stderr).trim());
    ensure!(outer.wait()?.success(), "tar could not read {layer}");
    Ok(String::from_utf8_lossy(&inner.stdout).into_owned())
}
