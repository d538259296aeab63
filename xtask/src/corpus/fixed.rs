//! Fixed packages are not affected: real inventories, with each package in the version that each record on it names as its fix.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use plimsoll_advisory::{
    EndRef, Entry, IntervalRef, NameKind, Snapshot, StartRef, Status, advisory_family,
};
use plimsoll_core::{Distro, Package, PackageType};
use plimsoll_feeds::{BuildOptions, build};
use plimsoll_inventory::Inventory;
use plimsoll_matching::{MatchSubject, Verdict, judge};
use plimsoll_testkit::Layer;

use super::case::Case;
use super::{entries, file_name, fixture, rpmdb, scanned};

/// Real package databases below `fixtures`, and the feed of their vendor.
const INVENTORIES: &[(&str, &str)] = &[
    ("dpkg/debian12-real.status.zst", "osv/debian.tar.zst"),
    ("rpmdb/sles12sp4", "osv/suse.tar.zst"),
];
/// Records of one package that are tried: each judges it anew.
const MOST_RECORDS: usize = 40;

pub fn cases(fixtures: &Path, feeds: &Path) -> Vec<Case> {
    let case = |&(database, feed): &(&str, &str)| {
        let (path, feed) = (fixtures.join(database), feeds.join(feed));
        Case::new(format!("fixed/{database}"), move || check(&path, &feed))
    };
    // A folder of cases need not have these.
    let is_there = |(database, _): &&(&str, &str)| fixtures.join(database).exists();
    INVENTORIES.iter().filter(is_there).map(case).collect()
}

fn check(database: &Path, feed: &Path) -> Result<String> {
    let inventory = database_inventory(database)?;
    let distro = inventory.distro.as_ref().context("the database names no distribution")?;
    let family = distro.family.as_ref().context("the distribution is not known")?;
    let options = BuildOptions {
        ecosystems: distro.releases.iter().map(|one| format!("{}:{one}", family.0)).collect(),
        ..BuildOptions::default()
    };
    let folder = tempfile::tempdir().context("failed to make a directory")?;
    let path = folder.path().join("snapshot");
    build(&[feed.to_path_buf()], &path, &options, &mut |_| {}).context("failed to build")?;
    let snapshot = Snapshot::open(&path).context("failed to open the snapshot")?;
    let mut count = 0;
    // What a third party built is not judged by the distribution.
    let is_judged = |package: &&Package| MatchSubject::new(package, Some(distro)).is_ok();
    for package in inventory.packages.iter().filter(is_judged) {
        count += fixed_is_not_affected(package, distro, &snapshot)?;
    }
    ensure!(count > 0, "no record names a fix");
    Ok(format!("packages: {}, fixed records not matched: {count}", inventory.packages.len()))
}

/// Every record that says in which version a package was fixed is a negative once the package has that version, and a positive just
/// before it. Gives how many were tried.
pub fn fixed_is_not_affected(
    package: &Package,
    distro: &Distro,
    snapshot: &Snapshot,
) -> Result<usize> {
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
        if count == MOST_RECORDS {
            break;
        }
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
pub fn own(package: &Package) -> Package {
    Package { vendor: None, ..package.clone() }
}

/// The inventory of an image that holds only that database.
pub fn database_inventory(path: &Path) -> Result<Inventory> {
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

/// Debian's file does not say its release: the one that is here is of Debian 12.
fn dpkg_layer(status: &Path) -> Result<Layer> {
    Ok(Layer::new()
        .file("var/lib/dpkg/status", fixture::bytes(status)?)
        .file("etc/os-release", "ID=debian\nVERSION_ID=12\n"))
}
