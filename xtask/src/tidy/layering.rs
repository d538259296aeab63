//! Dependencies run one way, and every one is accounted for.

use std::collections::BTreeSet;

use anyhow::Result;

use crate::text_file::read_text;
use crate::workspace::{Package, packages, root};

/// Which crates of the workspace a crate may use: the map of `ARCHITECTURE.md`, as data.
const LAYERS: &[(&str, &[&str])] = &[
    ("plimsoll-core", &[]),
    ("plimsoll-version", &[]),
    ("plimsoll-archive", &["core"]),
    ("plimsoll-http", &["core"]),
    ("plimsoll-oci", &["archive", "core", "http"]),
    ("plimsoll-inventory", &["archive", "core"]),
    ("plimsoll-advisory", &["core", "version"]),
    ("plimsoll-feeds", &["advisory", "archive", "core", "http", "version"]),
    ("plimsoll-matching", &["advisory", "core", "version"]),
    ("plimsoll-scan", &["advisory", "archive", "core", "inventory", "matching", "oci"]),
    (
        "plimsoll",
        &[
            "advisory",
            "archive",
            "core",
            "feeds",
            "inventory",
            "matching",
            "oci",
            "scan",
            "version",
        ],
    ),
    ("plimsoll-testkit", &[]),
    (
        "plimsoll-fuzz",
        &["advisory", "archive", "core", "feeds", "inventory", "oci", "scan", "testkit", "version"],
    ),
];

/// What a crate may use in its tests alone: scans are tested with what feeds publish.
const TESTED_WITH: &[(&str, &str)] = &[("plimsoll-scan", "feeds")];

/// Capabilities that only some crates have: the network, the command line, a terminal.
const CONFINED: &[(&str, &[&str])] = &[
    ("anyhow", &["plimsoll", "xtask"]),
    ("clap", &["plimsoll", "xtask"]),
    ("docker_credential", &["plimsoll-oci"]),
    ("h2", &["plimsoll-oci"]),
    ("http", &["plimsoll-oci"]),
    ("indicatif", &["plimsoll"]),
    ("jiff", &["plimsoll", "plimsoll-http", "plimsoll-scan"]),
    ("memmap2", &["plimsoll-advisory"]),
    ("prost", &["plimsoll-oci"]),
    ("reqwest", &["plimsoll-http", "plimsoll-oci"]),
    ("terminal_size", &["plimsoll"]),
    ("tokio", &["plimsoll-oci"]),
    ("tracing-subscriber", &["plimsoll"]),
];

pub fn faults() -> Result<Vec<String>> {
    let packages = packages()?;
    let map = read_text(&root().join("ARCHITECTURE.md"))?;
    let mut faults: Vec<_> =
        packages.iter().flat_map(|package| package_faults(package, LAYERS)).collect();
    let outside: BTreeSet<_> = packages
        .iter()
        .flat_map(|package| &package.dependencies)
        .map(|dependency| dependency.name.as_str())
        .filter(|name| !name.starts_with("plimsoll"))
        .collect();
    for name in outside {
        if !map.contains(&format!("`{name}`")) {
            faults.push(format!("ARCHITECTURE.md: does not say what `{name}` is for"));
        }
    }
    Ok(faults)
}

fn package_faults(package: &Package, layers: &[(&str, &[&str])]) -> Vec<String> {
    let name = &package.name;
    if name == "xtask" {
        return Vec::new();
    }
    let Some((_, allowed)) = layers.iter().find(|(layer, _)| layer == name) else {
        return vec![format!("{name}: has no place in the layers")];
    };
    let mut faults = Vec::new();
    for dependency in &package.dependencies {
        let test_only = dependency.kind.as_deref() == Some("dev");
        if let Some((_, users)) = CONFINED.iter().find(|(confined, _)| *confined == dependency.name)
            && !users.contains(&name.as_str())
            && !test_only
        {
            faults.push(format!("{name}: must not use {}", dependency.name));
        }
        let Some(layer) = dependency.name.strip_prefix("plimsoll-") else { continue };
        let is_of_tests = layer == "testkit" || TESTED_WITH.contains(&(name.as_str(), layer));
        if !(allowed.contains(&layer) || test_only && is_of_tests) {
            faults.push(format!("{name}: must not depend on {}", dependency.name));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Dependency;

    fn package(name: &str, dependency: &str, kind: Option<&str>) -> Package {
        let kind = kind.map(str::to_owned);
        let dependencies = vec![Dependency { name: dependency.into(), kind }];
        Package { name: name.into(), dependencies }
    }

    #[test]
    fn dependencies_run_one_way() {
        for (name, dependency, kind, allowed) in [
            ("plimsoll-oci", "plimsoll-core", None, true),
            ("plimsoll-oci", "plimsoll-inventory", None, false),
            ("plimsoll-core", "plimsoll-archive", None, false),
            ("plimsoll-oci", "plimsoll-testkit", Some("dev"), true),
            ("plimsoll-oci", "plimsoll-testkit", None, false),
            ("plimsoll-inventory", "reqwest", None, false),
            ("plimsoll-inventory", "plimsoll-http", None, false),
            ("plimsoll-oci", "reqwest", None, true),
            ("plimsoll-unknown", "serde", None, false),
        ] {
            let faults = package_faults(&package(name, dependency, kind), LAYERS);
            assert_eq!(faults.is_empty(), allowed, "{name} → {dependency}: {faults:?}");
        }
    }
}
