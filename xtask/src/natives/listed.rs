//! What each native tool lists in a root directory.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use plimsoll_core::PackageType;
use serde::Deserialize;
use serde_json::Value;

use super::{Listed, output};

type List = fn(&Path) -> Result<Vec<Listed>>;

/// Each tool with what it lists. One that the image does not have lists nothing.
pub static TOOLS: &[(&str, List)] = &[
    ("dpkg-query", debs),
    ("pip list", pythons),
    ("npm ls", nodes),
    ("gem list", gems),
    ("unzip of each jar", jars),
    ("go version -m", modules),
];

fn has(root: &Path, program: &str) -> bool {
    ["usr/bin", "usr/local/bin", "bin"]
        .iter()
        .any(|folder| root.join(folder).join(program).exists())
}

fn inside(root: &Path, script: &str) -> Result<String> {
    output(Command::new("chroot").arg(root).args(["/bin/sh", "-c", script]).env("HOME", "/tmp"))
}

fn row(kind: PackageType, name: &str, version: &str) -> Listed {
    Listed { kind, name: name.to_owned(), version: version.to_owned() }
}

fn debs(root: &Path) -> Result<Vec<Listed>> {
    if !has(root, "dpkg-query") {
        return Ok(Vec::new());
    }
    let format = "${db:Status-Status}\\t${Package}\\t${Version}\\n";
    let text = inside(root, &format!("dpkg-query -W -f '{format}'"))?;
    let rows = text.lines().filter_map(|line| {
        let mut fields = line.split('\t');
        (fields.next()? == "installed").then_some(())?;
        Some(row(PackageType::Deb, fields.next()?, fields.next()?))
    });
    Ok(rows.collect())
}

#[derive(Deserialize)]
struct Python {
    name: String,
    version: String,
}

fn pythons(root: &Path) -> Result<Vec<Listed>> {
    if !has(root, "pip") && !has(root, "pip3") {
        return Ok(Vec::new());
    }
    let text = inside(root, "python3 -m pip list --format json --disable-pip-version-check")?;
    let found: Vec<Python> = serde_json::from_str(text.trim())?;
    Ok(found.iter().map(|one| row(PackageType::Pypi, &one.name, &one.version)).collect())
}

/// Every project that has modules installed beside its `package.json`.
fn nodes(root: &Path) -> Result<Vec<Listed>> {
    let mut rows = Vec::new();
    if !has(root, "npm") {
        return Ok(rows);
    }
    let found = output(Command::new("find").arg(root).args([
        "-xdev",
        "-type",
        "d",
        "-name",
        "node_modules",
        "-prune",
        "-not",
        "-path",
        "*/usr/*",
    ]))?;
    for modules in found.lines() {
        let project = Path::new(modules).parent().unwrap_or(root);
        let below = project.strip_prefix(root).unwrap_or(project).display();
        let text = inside(root, &format!("cd '/{below}' && npm ls --all --json 2>/dev/null"))?;
        node_rows(&serde_json::from_str(&text)?, &mut rows);
    }
    Ok(rows)
}

fn node_rows(tree: &Value, rows: &mut Vec<Listed>) {
    for (name, module) in tree.get("dependencies").and_then(Value::as_object).into_iter().flatten()
    {
        if let Some(version) = module.get("version").and_then(Value::as_str) {
            rows.push(row(PackageType::Npm, name, version));
        }
        node_rows(module, rows);
    }
}

/// `rack (2.2.6.4)`, `json (default: 2.6.1, 2.5.0)`.
fn gems(root: &Path) -> Result<Vec<Listed>> {
    if !has(root, "gem") {
        return Ok(Vec::new());
    }
    let text = inside(root, "gem list --local --quiet")?;
    let mut rows = Vec::new();
    for line in text.lines() {
        let Some((name, versions)) = line.split_once(" (") else { continue };
        for version in versions.trim_end_matches(')').split(", ") {
            let version =
                version.trim_start_matches("default: ").split(' ').next().unwrap_or_default();
            rows.push(row(PackageType::Gem, name, version));
        }
    }
    Ok(rows)
}

/// The coordinates that each jar's own `pom.properties` state.
fn jars(root: &Path) -> Result<Vec<Listed>> {
    let found =
        output(Command::new("find").arg(root).args(["-xdev", "-type", "f", "-name", "*.jar"]))?;
    let mut rows = Vec::new();
    for jar in found.lines().map(PathBuf::from) {
        let names = output(Command::new("unzip").arg("-Z1").arg(&jar))?;
        for name in names.lines().filter(|name| name.ends_with("/pom.properties")) {
            let text = output(Command::new("unzip").arg("-p").arg(&jar).arg(name))?;
            let value = |key: &str| {
                let mut values = text.lines().filter_map(|line| line.split_once('='));
                let found = values.find(|(name, _)| name.trim() == key);
                found.map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
            };
            let (group, artifact) = (value("groupId"), value("artifactId"));
            rows.push(row(PackageType::Maven, &format!("{group}:{artifact}"), &value("version")));
        }
    }
    Ok(rows)
}

/// `go version -m`: the modules of every program, replaced ones as what was linked.
fn modules(root: &Path) -> Result<Vec<Listed>> {
    let text = output(Command::new("go").args(["version", "-m"]).arg(root))?;
    let mut rows: Vec<Listed> = Vec::new();
    for line in text.lines() {
        let mut fields = line.split('\t').skip(1);
        let Some(kind) = fields.next() else { continue };
        let (Some(path), version) = (fields.next(), fields.next().unwrap_or_default()) else {
            continue;
        };
        match kind {
            "dep" | "mod" if !version.is_empty() => {
                rows.push(row(PackageType::Golang, path, version));
            }
            "=>" => {
                rows.pop();
                rows.push(row(PackageType::Golang, path, version));
            }
            _ => {}
        }
    }
    Ok(rows)
}
