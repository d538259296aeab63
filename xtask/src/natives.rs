//! `cargo xtask natives`: real images, listed by the tools that are inside them, against the inventory.
//!
//! The archive is unpacked and `dpkg-query`, `pip`, `npm` and `gem` run in it; jars are read with `unzip` and Go programs with
//! `go version -m`. What a tool lists must be in the inventory, and nothing may be there twice.

mod listed;
mod unpacked;

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use plimsoll_core::{Package, PackageType};

use crate::corpus::scanned;

#[derive(clap::Args)]
pub struct NativesArguments {
    /// docker-archives of images, such as those that `../shared/images/build` makes
    #[arg(required = true)]
    images: Vec<PathBuf>,
}

/// Compares every image; gives whether all agreed.
pub fn run(arguments: &NativesArguments) -> Result<bool> {
    let (mut passed, mut failed) = (0, 0);
    for archive in &arguments.images {
        let name = archive.display();
        let root = unpacked::unpack(archive).with_context(|| format!("failed to unpack {name}"))?;
        let image = scanned::image(&scanned::archive(archive))?;
        let packages = scanned::inventory(&image)?.inventory.packages;
        for (tool, list) in listed::TOOLS {
            let listed = list(root.path()).with_context(|| format!("failed to run {tool}"))?;
            let count = listed.len();
            match missing(&packages, listed) {
                missing if missing.is_empty() => {
                    passed += 1;
                    println!("passed  {name}: {tool}: {count} listed");
                }
                missing => {
                    failed += 1;
                    println!("FAILED  {name}: {tool}: {} of {count} missing", missing.len());
                    missing.iter().take(20).for_each(|row| println!("        {row}"));
                }
            }
        }
        match twice(&packages) {
            twice if twice.is_empty() => {
                passed += 1;
                println!("passed  {name}: none of {} packages twice", packages.len());
            }
            twice => {
                failed += 1;
                println!("FAILED  {name}: {} packages twice", twice.len());
                twice.iter().take(20).for_each(|row| println!("        {row}"));
            }
        }
    }
    println!("{passed} passed, {failed} failed");
    Ok(failed == 0)
}

/// What a tool says is installed.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listed {
    kind: PackageType,
    name: String,
    version: String,
}

fn missing(packages: &[Package], listed: Vec<Listed>) -> Vec<String> {
    let mut known: BTreeMap<(PackageType, String, &str), usize> = BTreeMap::new();
    for package in packages {
        let key = (
            package.id.kind,
            folded(package.id.kind, &package.id.name),
            package.id.version.as_str(),
        );
        *known.entry(key).or_default() += 1;
    }
    let is_missing = |row: &Listed| {
        !known.contains_key(&(row.kind, folded(row.kind, &row.name), row.version.as_str()))
    };
    let missing = listed.into_iter().filter(is_missing);
    missing.map(|row| format!("{} {} {}", row.kind, row.name, row.version)).collect()
}

/// Packages that differ in nothing that tells them apart.
fn twice(packages: &[Package]) -> Vec<String> {
    let mut count: BTreeMap<(PackageType, String, &str, Option<&str>), usize> = BTreeMap::new();
    for package in packages {
        let id = &package.id;
        let key = (id.kind, folded(id.kind, &id.name), id.version.as_str(), id.arch.as_deref());
        *count.entry(key).or_default() += 1;
    }
    let twice = count.into_iter().filter(|(_, count)| *count > 1);
    twice
        .map(|((kind, name, version, _), count)| format!("{count} × {kind} {name} {version}"))
        .collect()
}

/// Names as the ecosystem compares them.
fn folded(kind: PackageType, name: &str) -> String {
    match kind {
        PackageType::Pypi => name.to_lowercase().replace(['_', '.'], "-"),
        _ => name.to_owned(),
    }
}

/// Runs a command and gives what it printed.
fn output(command: &mut std::process::Command) -> Result<String> {
    let output = command.output().with_context(|| format!("failed to start {command:?}"))?;
    if output.stdout.is_empty() && !output.status.success() {
        bail!("{command:?}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
