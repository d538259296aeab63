//! `fixtures/dpkg` and `fixtures/apk`: databases of installed packages.

use std::path::Path;

use anyhow::Result;
use serde::Deserialize;

use super::case::Case;
use super::{difference, expected, file_name, fixture};

/// One of the package managers whose database is a text.
pub struct Manager {
    /// Where the database lies in an image.
    path: &'static str,
    /// Which expected fields name the source package.
    source: fn(&Package) -> Source,
}

/// Name, and version where the database states one.
type Source = (Option<String>, Option<String>);

pub static APK: Manager =
    Manager { path: "lib/apk/db/installed", source: |package| (package.origin.clone(), None) };

pub static DPKG: Manager = Manager {
    path: "var/lib/dpkg/status",
    source: |package| (package.source_name.clone(), package.source_version.clone()),
};

/// The expectation reads it as dpkg does, which takes a source of the package's own name where none is stated; opkg's status file
/// states none.
static OPKG: Manager = Manager { path: "usr/lib/opkg/status", source: |_| (None, None) };

#[derive(Deserialize)]
struct Expected {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
pub struct Package {
    name: Option<String>,
    version: Option<String>,
    arch: Option<String>,
    /// dpkg only; packages that are not installed do not count.
    installed: Option<bool>,
    source_name: Option<String>,
    source_version: Option<String>,
    /// apk only.
    origin: Option<String>,
}

pub fn cases(folder: &Path, manager: &'static Manager) -> Result<Vec<Case>> {
    expected::cases(folder, move |file, expectation| {
        let is_opkg = file_name(file).contains("opkg");
        check(if is_opkg { &OPKG } else { manager }, file, expectation)
    })
}

fn check(manager: &Manager, file: &Path, expectation: &Path) -> Result<String> {
    let expected: Expected = fixture::json(expectation)?;
    let expected: Vec<_> = expected
        .packages
        .iter()
        .filter(|package| package.installed != Some(false))
        .map(|package| {
            (
                package.name.clone(),
                package.version.clone(),
                package.arch.clone(),
                (manager.source)(package),
            )
        })
        .collect();
    let extracted = fixture::extract(manager.path, &fixture::bytes(file)?)?;
    let has_versions = manager.path == DPKG.path;
    let found = extracted.packages.into_iter().map(|package| {
        let source_version = package.source_version.filter(|_| has_versions);
        (
            Some(package.name),
            Some(package.version),
            package.arch,
            (package.source_name, source_version),
        )
    });
    let count = expected.len();
    difference::same(expected, found)?;
    Ok(format!("packages: {count}"))
}
