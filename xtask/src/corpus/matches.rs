//! `fixtures/expected-matches`: real inventories against real feeds, row by row.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use plimsoll_advisory::{
    EndRef, Entry, IntervalRef, NameKind, Snapshot, StartRef, Status, advisory_family,
};
use plimsoll_core::{Distro, Family, Package, PackageType};
use plimsoll_feeds::{BuildOptions, build};
use plimsoll_inventory::Inventory;
use plimsoll_matching::{MatchSubject, Verdict, judge};
use plimsoll_testkit::Layer;
use serde::Deserialize;

use super::case::Case;
use super::{difference, entries, file_name, fixture, rpmdb, scanned};

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

/// Every record that says in which version a package was fixed is a negative once the package has that version, and a positive just
/// before it. Gives how many there are.
fn fixed_is_not_affected(package: &Package, distro: &Distro, snapshot: &Snapshot) -> Result<usize> {
    let subject = match MatchSubject::new(&own(package), Some(distro)) {
        Ok(subject) => subject,
        Err(reason) => bail!("{} is not judged: {reason}", package.id.name),
    };
    let names_source =
        advisory_family(&subject.family).is_some_and(|family| family.names == NameKind::Source);
    let name = match &subject.source {
        Some(source) if names_source => &source.name,
        _ => &subject.name,
    };
    let mut count = 0;
    for entry in snapshot.lookup(&subject.family, name) {
        let entry = entry?;
        let intervals = entry.detail()?.intervals;
        let [IntervalRef { start: StartRef::First, end: EndRef::Fixed(fixed) }] = intervals[..]
        else {
            continue;
        };
        if entry.withdrawn || entry.status != Status::Affected {
            continue;
        }
        let is_affected = |version: &str| -> Result<bool> {
            let mut at = subject.clone();
            version.clone_into(&mut at.version);
            if let Some(source) = &mut at.source {
                version.clone_into(&mut source.version);
            }
            let judged = judge(&at, snapshot)?;
            let fixes = judged.affected().filter(|one| one.record == entry.record);
            // A record may name several fixes, of several releases.
            let fixes: Vec<_> = fixes.map(|one| &one.verdict).collect();
            Ok(fixes.iter().any(|verdict| {
                matches!(verdict, Verdict::Affected { fixed: Some(to), .. } if *to == fixed)
            }))
        };
        let id = snapshot.record(entry.record)?.id;
        ensure!(!is_affected(fixed)?, "{name} {fixed} is fixed, and {id} matches it");
        // Nothing sorts between a version and itself with a tilde behind.
        if package.id.kind != PackageType::Apk && speaks_of(&subject, &entry)? {
            let before = format!("{fixed}~");
            ensure!(is_affected(&before)?, "{name} {before} is not fixed, and {id} does not match");
        }
        count += 1;
    }
    Ok(count)
}

/// True where an entry is of one of the subject's releases and of no module.
fn speaks_of(subject: &MatchSubject, entry: &Entry<'_>) -> Result<bool> {
    for release in &subject.releases {
        if entry.releases.contains(release)? {
            let fixes = entry.detail()?.intervals;
            let is_modular = fixes.iter().any(|one| one.to_string().contains(".module"));
            return Ok(!is_modular && entry.detail()?.module.is_none());
        }
    }
    Ok(false)
}

/// The expectations know no vendors: they take every package for the distribution's.
fn own(package: &Package) -> Package {
    Package { vendor: None, ..package.clone() }
}

/// The inventory of an image that holds only that database.
fn database_inventory(path: &Path) -> Result<Inventory> {
    let layer = if path.is_dir() { rpm_layer(path)? } else { dpkg_layer(path)? };
    let archive = scanned::wrapped(layer)?;
    Ok(scanned::inventory(&scanned::image(&scanned::archive(archive.path()))?)?.inventory)
}

fn rpm_layer(set: &Path) -> Result<Layer> {
    let is_database = |path: &PathBuf| rpmdb::is_database(&file_name(path));
    let database =
        entries(set)?.into_iter().find(is_database).context("the set has no database")?;
    let name = file_name(&database);
    let path = format!("var/lib/rpm/{}", name.trim_end_matches(".zst"));
    let os_release = rpmdb::os_release(&set.join("expected.json"))?;
    Ok(Layer::new().file(path, fixture::bytes(&database)?).file("etc/os-release", os_release))
}

fn dpkg_layer(status: &Path) -> Result<Layer> {
    Ok(Layer::new().file("var/lib/dpkg/status", fixture::bytes(status)?))
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
