//! `fixtures/expected-matches`: real inventories against real feeds, row by row.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use plimsoll_advisory::{NameKind, Snapshot, advisory_family};
use plimsoll_core::{Distro, Family, Package};
use plimsoll_feeds::{BuildOptions, build};
use plimsoll_inventory::Inventory;
use plimsoll_matching::{MatchSubject, Verdict, judge};
use serde::Deserialize;

use super::case::Case;
use super::fixed::{database_inventory, fixed_is_not_affected, own};
use super::{difference, entries, file_name, fixture, scanned};

#[derive(Deserialize)]
struct Expected {
    select: Select,
    /// A file of `fixtures/images`.
    image: Option<String>,
    /// A set of `fixtures/rpmdb`, or another file of `fixtures`.
    file: Option<String>,
    matches: Vec<ExpectedMatch>,
}

/// What of which feed is matched against, and how.
#[derive(Deserialize)]
struct Select {
    feed: String,
    #[serde(default)]
    ecosystems: Vec<String>,
    /// Of Alpine's secdb.
    release: Option<String>,
    #[serde(default)]
    repositories: Vec<String>,
    #[serde(default)]
    id_prefixes: Vec<String>,
    match_on: String,
    #[serde(default)]
    skip_modular: bool,
    #[serde(default)]
    ignore_epoch: bool,
}

#[derive(Deserialize)]
struct ExpectedMatch {
    package: String,
    id: String,
    fixed: Option<String>,
    modularitylabel: Option<String>,
}

/// Package, advisory, fixed version.
type Row = (String, String, Option<String>);

pub fn cases(folder: &Path, feeds: &Path) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for path in entries(folder)? {
        let name = format!("fixtures/expected-matches/{}", file_name(&path));
        if path.extension().is_none_or(|extension| extension != "json") {
            cases.push(Case::skipped(name, "not a list of matches"));
            continue;
        }
        let feeds = feeds.to_path_buf();
        cases.push(Case::new(name, move || check(&path, &feeds)));
    }
    Ok(cases)
}

fn check(expectation: &Path, feeds: &Path) -> Result<String> {
    let expected: Expected = fixture::json(expectation)?;
    let select = &expected.select;
    let fixtures = expectation.ancestors().nth(2).context("not in a folder of fixtures")?;
    let inventory = match (&expected.image, &expected.file) {
        (Some(image), _) => {
            let file = fixture::stored(&fixtures.join("images").join(image))?;
            scanned::inventory(&scanned::image(&scanned::archive(&file))?)?.inventory
        }
        (None, Some(file)) => database_inventory(&fixtures.join(file))?,
        (None, None) => bail!("names neither an image nor a file"),
    };
    let distro = distro(&inventory, select)?;
    let folder = tempfile::tempdir().context("failed to make a directory")?;
    let snapshot = snapshot(select, feeds, &folder.path().join("snapshot"))?;
    let mut rows = Vec::new();
    let mut negatives = 0;
    for package in &inventory.packages {
        if package.id.kind.is_system() && !(select.skip_modular && package.id.module.is_some()) {
            rows.extend(matches(package, &distro, &snapshot, select)?);
            negatives += fixed_is_not_affected(package, &distro, &snapshot)?;
        }
    }
    let wanted: Vec<_> = expected
        .matches
        .iter()
        .filter(|row| !(select.skip_modular && row.modularitylabel.is_some()))
        .map(|row| (row.package.clone(), row.id.clone(), fixed(row.fixed.as_deref(), select)))
        .collect();
    let count = wanted.len();
    difference::same(wanted, rows)?;
    let packages = inventory.packages.len();
    Ok(format!("matches: {count}, packages: {packages}, fixed records not matched: {negatives}"))
}

/// The distribution that the image names, where it is of the family that is asked for; else that family's release itself.
fn distro(inventory: &Inventory, select: &Select) -> Result<Distro> {
    let asked = match (&select.release, select.ecosystems.as_slice()) {
        (Some(release), _) => ("Alpine", vec![format!("v{}", release.trim_start_matches('v'))]),
        (None, [first, ..]) => {
            let (family, _) = first.split_once(':').unwrap_or((first, ""));
            let release = |ecosystem: &String| {
                ecosystem.split_once(':').map(|(_, release)| release.to_owned()).unwrap_or_default()
            };
            (family, select.ecosystems.iter().map(release).collect())
        }
        (None, []) => bail!("selects neither a release nor ecosystems"),
    };
    let (family, releases) = asked;
    let names = advisory_family(family).with_context(|| format!("`{family}` is no family"))?.names;
    let match_on = match names {
        NameKind::Binary | NameKind::Package => "binary",
        NameKind::Source => "source",
    };
    // Alpine's word for a source package is origin.
    let wanted = if select.match_on == "origin" { "source" } else { &select.match_on };
    ensure!(match_on == wanted, "{family} is matched on {match_on}, not on {}", select.match_on);
    let own = inventory.distro.as_ref();
    let own = own.filter(|distro| distro.family.as_ref().is_some_and(|own| own.0 == family));
    if let Some(own) = own {
        let missing = releases.iter().find(|release| !own.releases.contains(release));
        ensure!(
            missing.is_none(),
            "the image is not judged by {missing:?}, but by {:?}",
            own.releases
        );
    }
    Ok(Distro {
        id: family.to_lowercase(),
        id_like: Vec::new(),
        version_id: String::new(),
        pretty_name: String::new(),
        codename: None,
        cpe: None,
        family: Some(Family(family.to_owned())),
        releases,
    })
}

fn snapshot(select: &Select, feeds: &Path, path: &Path) -> Result<Snapshot> {
    let options = BuildOptions {
        ecosystems: select.ecosystems.clone(),
        id_prefixes: select.id_prefixes.clone(),
        releases: select.release.iter().cloned().collect(),
        repositories: select.repositories.clone(),
        ..BuildOptions::default()
    };
    let feed = feeds.join(&select.feed);
    ensure!(feed.exists(), "the feed {} is not there", feed.display());
    build(&[feed], path, &options, &mut |_| {}).context("failed to build the snapshot")?;
    Snapshot::open(path).context("failed to open the snapshot")
}

fn matches(
    package: &Package,
    distro: &Distro,
    snapshot: &Snapshot,
    select: &Select,
) -> Result<Vec<Row>> {
    let mut package = own(package);
    if select.ignore_epoch {
        package.id.version = without_epoch(&package.id.version).to_owned();
        if let Some(source) = &mut package.source {
            source.version = without_epoch(&source.version).to_owned();
        }
    }
    let subject = match MatchSubject::new(&package, Some(distro)) {
        Ok(subject) => subject,
        Err(reason) => bail!("{} is not judged: {reason}", package.id.name),
    };
    let mut rows = Vec::new();
    for one in judge(&subject, snapshot)?.matches {
        if let Verdict::Affected { fixed: version, .. } = one.verdict {
            let id = snapshot.record(one.record)?.id.to_owned();
            rows.push((package.id.name.clone(), id, fixed(version, select)));
        }
    }
    Ok(rows)
}

fn fixed(version: Option<&str>, select: &Select) -> Option<String> {
    version.map(|version| {
        if select.ignore_epoch { without_epoch(version) } else { version }.to_owned()
    })
}

fn without_epoch(version: &str) -> &str {
    version.split_once(':').map_or(version, |(_, rest)| rest)
}
