//! Packages, distributions and snapshots for the tests.

use plimsoll_advisory::{
    Advisory, Affected, Interval, RangeEnd, RangeStart, SeverityClaim, SeveritySystem, Snapshot,
    SnapshotWriter,
};
use plimsoll_core::{
    Distro, Evidence, Family, ImagePath, Package, PackageId, PackageState, PackageType,
    SourcePackage,
};

use crate::{Finding, Folded, Judged, Judgement, MatchSubject, fold, judge};

pub(crate) fn package(kind: PackageType, name: &str, version: &str) -> Package {
    let (name, version) = (name.to_owned(), version.to_owned());
    Package::of(PackageId { kind, name, version, arch: None, module: None, system: None })
}

/// Where a package was found, in a file that perhaps a system package owns.
pub(crate) fn place(path: &str, owner: Option<&Package>) -> Evidence {
    Evidence {
        path: ImagePath::new(path),
        inner_path: None,
        layer: 0,
        part: "test",
        state: PackageState::Installed,
        sha1: None,
        owner: owner.map(|owner| owner.id.clone()),
    }
}

/// A binary package of a source package.
pub(crate) fn built_from(package: Package, name: &str, version: &str) -> Package {
    let source = SourcePackage { name: name.to_owned(), version: version.to_owned() };
    Package { source: Some(source), ..package }
}

pub(crate) fn of_module(mut package: Package, label: &str) -> Package {
    package.id.module = Some(label.to_owned());
    package
}

pub(crate) fn distro(family: &str, release: &str) -> Distro {
    Distro {
        id: family.to_ascii_lowercase(),
        id_like: Vec::new(),
        version_id: release.to_owned(),
        pretty_name: format!("{family} {release}"),
        codename: None,
        cpe: None,
        family: Some(Family(family.to_owned())),
        releases: vec![release.to_owned()],
    }
}

pub(crate) fn debian(release: &str) -> Distro {
    distro("Debian", release)
}

pub(crate) fn advisory(id: &str, affected: Vec<Affected>) -> Advisory {
    Advisory { feed: "osv".into(), id: id.into(), affected, ..Advisory::default() }
}

/// Of a release, a package affected in some intervals: (introduced, fixed or empty).
pub(crate) fn affected(ecosystem: &str, package: &str, intervals: &[(&str, &str)]) -> Affected {
    let (family, release) = ecosystem.split_once(':').unwrap_or((ecosystem, ""));
    let interval = |&(introduced, fixed): &(&str, &str)| Interval {
        start: RangeStart::from_introduced(introduced),
        end: if fixed.is_empty() { RangeEnd::Open } else { RangeEnd::Fixed(fixed.to_owned()) },
    };
    Affected {
        family: family.to_owned(),
        release: release.to_owned(),
        package: package.to_owned(),
        intervals: intervals.iter().map(interval).collect(),
        ..Affected::default()
    }
}

pub(crate) fn word(source: &str, value: &str) -> SeverityClaim {
    let system = SeveritySystem::Word;
    SeverityClaim { source: source.to_owned(), system, value: value.to_owned() }
}

pub(crate) fn snapshot(advisories: &[Advisory]) -> Snapshot {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("snapshot");
    let mut writer = SnapshotWriter::new().unwrap();
    for advisory in advisories {
        writer.add(advisory).unwrap();
    }
    writer.finish(&path).unwrap();
    // The mapping outlives the name.
    Snapshot::open(&path).unwrap()
}

/// What an image of these packages comes to.
pub(crate) fn findings(
    packages: &[Package],
    distro: Option<&Distro>,
    advisories: &[Advisory],
) -> Vec<Finding> {
    folded(packages, distro, advisories).findings
}

/// The same, with what a nearer source denies.
pub(crate) fn folded(
    packages: &[Package],
    distro: Option<&Distro>,
    advisories: &[Advisory],
) -> Folded {
    let snapshot = snapshot(advisories);
    let subjects: Vec<(usize, MatchSubject)> = packages
        .iter()
        .enumerate()
        .filter_map(|(index, package)| Some((index, MatchSubject::new(package, distro).ok()?)))
        .collect();
    let judgements: Vec<Judgement<'_>> =
        subjects.iter().map(|(_, subject)| judge(subject, &snapshot).unwrap()).collect();
    let judged: Vec<Judged<'_>> = subjects
        .iter()
        .zip(&judgements)
        .map(|((package, subject), judgement)| Judged { package: *package, subject, judgement })
        .collect();
    fold(&snapshot, &judged).unwrap()
}
