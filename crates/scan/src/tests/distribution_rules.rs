//! The rules by which a distribution's advisories judge an image, each from what the vendor publishes to the report: for every rule one
//! image that trips it and one that does not, and what the report says of both.

mod alpine;
mod amazon;
mod debian;
mod modules;
mod oracle;
mod other_roots;
mod others;
mod red_hat;
mod suse;
mod ubuntu;

use std::collections::BTreeMap;

use plimsoll_advisory::{Snapshot, Status};
use plimsoll_feeds::{BuildOptions, build};
use plimsoll_testkit::{apk, rpmdb};

use super::*;

struct Rule {
    name: &'static str,
    /// The file's name below the folder of feeds, and the document.
    feeds: Vec<(&'static str, String)>,
    /// An image, and what is said of it: see [`said`].
    trips: (Layer, &'static str),
    does_not: (Layer, &'static str),
}

/// Tries every rule of a table.
fn check(rules: Vec<Rule>) {
    for Rule { name, feeds, trips, does_not } in rules {
        let directory = TempDir::new().unwrap();
        let snapshot = snapshot(&directory, &feeds);
        assert_ne!(trips.1, does_not.1, "{name}: it makes no difference");
        for (layer, expected) in [trips, does_not] {
            assert_eq!(said(&scanned(layer, &snapshot)), expected, "{name}");
        }
    }
}

fn snapshot(directory: &TempDir, feeds: &[(&str, String)]) -> Snapshot {
    let root = directory.path().join("feeds");
    for (name, document) in feeds {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, document).unwrap();
    }
    let output = directory.path().join("snapshot");
    let report = build(&[root], &output, &BuildOptions::default(), &mut |_| {}).unwrap();
    assert_eq!(report.skipped, [], "every document is of a feed");
    let rejected: BTreeMap<_, _> =
        report.sources.into_iter().flat_map(|source| source.rejected).collect();
    assert!(rejected.is_empty(), "{rejected:?}");
    Snapshot::open(&output).unwrap()
}

fn scanned(layer: Layer, snapshot: &Snapshot) -> ScanReport {
    let archive = Image::new().platform("linux/amd64").layer(layer).docker_archive();
    let settings = ScanSettings {
        threads: NonZeroUsize::MIN,
        limits: Limits::default(),
        cache: None,
        progress: &NoProgress,
        deadline: Deadline::NEVER,
        evaluation_day: "2026-01-01".parse::<Day>().unwrap(),
        filters: Filters::default(),
    };
    let report = scan("image", stream(archive), Some(snapshot), &settings).unwrap();
    assert_eq!(problems(&report), []);
    report
}

/// What a report says, a line each: of every package with a flaw `FLAW PACKAGE: fixed in VERSION` or how the vendor stands to it, with the
/// severity where there is one; then what could not be judged; then what the vendor's own word overrules.
fn said(report: &ScanReport) -> String {
    let name = |package: usize| report.inventory.packages[package].id.name.as_str();
    let occurrences = report.findings.iter().flat_map(|finding| {
        finding.occurrences.iter().map(|occurrence| {
            let standing = match (&occurrence.fixed, occurrence.status) {
                (Some(fixed), _) => format!("fixed in {fixed}"),
                (None, Status::Affected) => "no fix".to_owned(),
                (None, status) => format!("{status:?}"),
            };
            let severity = match occurrence.severity {
                plimsoll_core::Severity::Unknown => String::new(),
                severity => format!(", {severity:?}"),
            };
            format!("{} {}: {standing}{severity}", finding.id, name(occurrence.package))
        })
    });
    let undetermined = report
        .coverage
        .undetermined
        .iter()
        .map(|one| format!("{}: undetermined: {}", one.package, one.reason));
    let overruled = report.overruled.iter().map(|one| {
        let over: Vec<_> = one.over.iter().map(|(feed, _)| feed.as_str()).collect();
        let (by, over) = (&one.decided_by.0, over.join(", "));
        format!("{} {}: {by} overrules {over}", one.id, name(one.package))
    });
    occurrences.chain(undetermined).chain(overruled).collect::<Vec<_>>().join("\n")
}

/// An image of a distribution: its os-release, and what else is in it.
fn image_of(id: &str, version: &str) -> Layer {
    Layer::new().file("etc/os-release", format!("ID={id}\nVERSION_ID=\"{version}\"\n"))
}

fn deb(id: &str, version: &str, packages: &[dpkg::Package]) -> Layer {
    image_of(id, version).files(dpkg::database(packages))
}

fn apk(version: &str, packages: &[apk::Package]) -> Layer {
    image_of("alpine", version).file("lib/apk/db/installed", apk::installed(packages))
}

fn rpm(id: &str, version: &str, packages: &[rpmdb::Package]) -> Layer {
    let headers: Vec<_> = packages.iter().map(rpmdb::Package::header).collect();
    image_of(id, version).file("var/lib/rpm/rpmdb.sqlite", rpmdb::sqlite(&headers))
}

/// OSV's record of a flaw in a package of an ecosystem.
fn osv(id: &str, ecosystem: &str, package: &str, fixed: Option<&str>) -> String {
    plimsoll_testkit::osv::record(id, ecosystem, package, fixed).to_string()
}
