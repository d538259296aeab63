//! Where the workspace lies, what it consists of, and how cargo is run in it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

/// The workspace's root: of the checkout that cargo runs this for. Where checkouts share a target directory, the one that it was
/// compiled in may be another, and gone.
pub fn root() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    package.parent().unwrap_or(Path::new(".")).to_path_buf()
}

/// The folder of real data that stands beside a checkout.
pub fn shared_data() -> PathBuf {
    root().parent().unwrap_or(Path::new("/")).join("shared")
}

/// Every file of the tree that is or would be committed, relative to the root, sorted.
pub fn files() -> Result<Vec<PathBuf>> {
    let mut files = match listed_by_git() {
        Some(files) => files,
        // An exported tree has no repository.
        None => files_below(Path::new(""))?,
    };
    files.retain(|file| root().join(file).is_file());
    files.sort();
    files.dedup();
    Ok(files)
}

fn listed_by_git() -> Option<Vec<PathBuf>> {
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    let text = String::from_utf8(output.stdout).ok()?;
    Some(text.split_terminator('\0').map(PathBuf::from).collect())
}

/// The files below a folder of the tree, without what is built and the repository's own.
fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let entries = std::fs::read_dir(root().join(folder))
        .with_context(|| format!("failed to list {}", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let path = folder.join(entry.file_name());
        match entry.file_type()? {
            kind if kind.is_file() => files.push(path),
            kind if kind.is_dir() && path != Path::new("target") && path != Path::new(".git") => {
                files.extend(files_below(&path)?);
            }
            _ => {}
        }
    }
    Ok(files)
}

/// A crate of the workspace as `cargo metadata` describes it.
#[derive(Deserialize)]
pub struct Package {
    pub name: String,
    pub dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
pub struct Dependency {
    pub name: String,
    /// `None`, `dev` or `build`.
    pub kind: Option<String>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    target_directory: PathBuf,
}

/// Where cargo builds.
pub fn target_directory() -> Result<PathBuf> {
    Ok(metadata()?.target_directory)
}

/// The crates of the workspace, by name.
pub fn packages() -> Result<Vec<Package>> {
    let mut packages = metadata()?.packages;
    packages.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(packages)
}

fn metadata() -> Result<Metadata> {
    let output = cargo(["metadata", "--no-deps", "--format-version", "1"])
        .output()
        .context("failed to run cargo metadata")?;
    ensure!(output.status.success(), "failed to read the workspace: cargo {}", output.status);
    serde_json::from_slice(&output.stdout).context("failed to read cargo's metadata")
}

/// A cargo command in the workspace, with the cargo that runs this.
pub fn cargo<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(arguments: I) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root());
    command
}

/// Runs a command to its end with the terminal's own streams.
pub fn run(command: &mut Command) -> Result<()> {
    let name = format!("{command:?}").replace('"', "");
    let status = command.status().with_context(|| format!("failed to run {name}"))?;
    ensure!(status.success(), "{name} failed: {status}");
    Ok(())
}

/// Builds the program in that profile and gives its path.
pub fn build_program(profile: &str) -> Result<PathBuf> {
    built("plimsoll", profile)
}

/// Builds a crate's program in that profile and gives its path.
pub fn built(package: &str, profile: &str) -> Result<PathBuf> {
    let mut command = cargo(["build", "--quiet", "--message-format", "json-render-diagnostics"]);
    let output = command
        .args(["--package", package, "--profile", profile])
        .stderr(std::process::Stdio::inherit())
        .output()
        .context("failed to run cargo build")?;
    ensure!(output.status.success(), "failed to build {package}: cargo {}", output.status);
    program_built(&output.stdout, package)
}

/// The path of a crate's program in what `cargo build --message-format json` printed.
pub fn program_built(messages: &[u8], package: &str) -> Result<PathBuf> {
    String::from_utf8_lossy(messages)
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["target"]["name"] == package)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .with_context(|| format!("failed to find the program of {package}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_without_a_repository_has_the_same_sources() {
        let is_source =
            |file: &PathBuf| file.extension().is_some_and(|extension| extension == "rs");
        let sources = |files: Vec<PathBuf>| files.into_iter().filter(is_source).collect::<Vec<_>>();
        let mut walked = sources(files_below(Path::new("xtask")).unwrap());
        walked.sort();
        let listed = sources(files().unwrap());
        let listed: Vec<_> = listed.into_iter().filter(|file| file.starts_with("xtask")).collect();
        assert_eq!(walked, listed);
    }
}
