//! Debian.

use super::*;

/// The security tracker on one flaw of one source package: of each release, by codename, how it stands.
fn tracker(package: &str, id: &str, releases: &[(&str, &str)]) -> String {
    let releases: Vec<_> = { releases.iter() }
        .map(|(codename, standing)| {
            format!(r#""{codename}": {{"repositories": {{"{codename}": "1"}}, {standing}}}"#)
        })
        .collect();
    format!(
        r#"{{"{package}": {{"{id}": {{"description": "A flaw", "scope": "local", "releases": {{{}}}}}}}}}"#,
        releases.join(", ")
    )
}

const TRACKER: &str = "debian-tracker/data.json";

fn bash(version: &str) -> dpkg::Package {
    dpkg::Package::new("bash", version)
}

/// The state of bash 5.2-1 in bookworm, and what it comes to; what the same says of an image of trixie is that it is fixed there.
fn standing(name: &'static str, standing: &str, expected: &'static str) -> Rule {
    let elsewhere = r#""status": "resolved", "fixed_version": "5.1-1", "urgency": "low""#;
    let releases = [("bookworm", standing), ("trixie", elsewhere)];
    Rule {
        name,
        feeds: vec![(TRACKER, tracker("bash", "CVE-2024-1", &releases))],
        trips: (deb("debian", "12", &[bash("5.2-1")]), expected),
        does_not: (deb("debian", "13", &[bash("5.2-1")]), ""),
    }
}

#[test]
fn records_name_the_source_and_the_version_is_the_sources() {
    let fixed = r#""status": "resolved", "fixed_version": "2.38.1-5+deb12u1", "urgency": "low""#;
    let feeds =
        |package| vec![(TRACKER, tracker(package, "CVE-2024-28085", &[("bookworm", fixed)]))];
    let built = |name: &str, version: &str, source: &str| {
        deb("debian", "12", &[dpkg::Package::new(name, version).source(source)])
    };
    let expected = "CVE-2024-28085 libblkid1: fixed in 2.38.1-5+deb12u1, Low";
    check(vec![
        Rule {
            name: "the binary is found by its source",
            feeds: feeds("util-linux"),
            trips: (built("libblkid1", "2.38.1-5", "util-linux"), expected),
            does_not: (built("libblkid1", "2.38.1-5+deb12u1", "util-linux"), ""),
        },
        Rule {
            name: "a rebuild of the binary alone is no fix, and one of the fix is no older",
            feeds: feeds("util-linux"),
            trips: (built("libblkid1", "2.38.1-5+b1", "util-linux (2.38.1-5)"), expected),
            does_not: (
                built("libblkid1", "2.38.1-5+deb12u1+b1", "util-linux (2.38.1-5+deb12u1)"),
                "",
            ),
        },
        Rule {
            name: "the source's version counts, not the binary's",
            feeds: feeds("util-linux"),
            trips: (
                built("bsdutils", "1:2.38.1-5", "util-linux (2.38.1-5)"),
                "CVE-2024-28085 bsdutils: fixed in 2.38.1-5+deb12u1, Low",
            ),
            does_not: (
                built("bsdutils", "1:2.38.1-5+deb12u1", "util-linux (2.38.1-5+deb12u1)"),
                "",
            ),
        },
        Rule {
            name: "the binary's own name is not the source's",
            feeds: feeds("libblkid1"),
            trips: (deb("debian", "12", &[dpkg::Package::new("libblkid1", "2.38.1-5")]), expected),
            does_not: (built("libblkid1", "2.38.1-5", "util-linux"), ""),
        },
    ]);
}

#[test]
fn how_the_release_stands_to_a_flaw() {
    let open = |rest: &str| format!(r#""status": "open", {rest}"#);
    let no_dsa = |reason: &str| {
        open(&format!(
            r#""urgency": "not yet assigned", "nodsa": "Minor issue", "nodsa_reason": "{reason}""#
        ))
    };
    check(vec![
        standing(
            "unimportant in this release alone",
            &open(r#""urgency": "unimportant""#),
            "CVE-2024-1 bash: no fix, Negligible",
        ),
        standing("no advisory is worth it", &no_dsa(""), "CVE-2024-1 bash: Deferred"),
        standing("put off", &no_dsa("postponed"), "CVE-2024-1 bash: Deferred"),
        standing("left as it is", &no_dsa("ignored"), "CVE-2024-1 bash: WillNotFix"),
        standing(
            "support of the package has ended",
            &open(r#""urgency": "end-of-life""#),
            "CVE-2024-1 bash: EndOfLife",
        ),
        standing(
            "nobody knows yet",
            r#""status": "undetermined", "urgency": "not yet assigned""#,
            "bash 5.2-1: undetermined: the vendor is still investigating",
        ),
        standing(
            "fixed in a version to come",
            r#""status": "resolved", "fixed_version": "5.3-1", "urgency": "high""#,
            "CVE-2024-1 bash: fixed in 5.3-1, High",
        ),
    ]);
}

#[test]
fn fixed_in_zero_is_never_affected() {
    let state = |fixed: &str| {
        format!(r#""status": "resolved", "fixed_version": "{fixed}", "urgency": "medium""#)
    };
    let releases = [("bookworm", &*state("0")), ("trixie", &*state("5.3-1"))];
    check(vec![Rule {
        name: "a package that was never affected",
        feeds: vec![(TRACKER, tracker("bash", "CVE-2024-1", &releases))],
        trips: (deb("debian", "13", &[bash("5.2-1")]), "CVE-2024-1 bash: fixed in 5.3-1, Medium"),
        does_not: (deb("debian", "12", &[bash("5.2-1")]), ""),
    }]);
}

#[test]
fn the_tracker_is_nearer_than_osv() {
    let said_by_both = |standing: &str, fixed: Option<&str>| {
        vec![
            (TRACKER, tracker("bash", "CVE-2024-1", &[("bookworm", standing)])),
            ("osv/CVE.json", osv("DEBIAN-CVE-2024-1", "Debian:12", "bash", fixed)),
        ]
    };
    let never = r#""status": "resolved", "fixed_version": "0", "urgency": "low""#;
    let fixed = r#""status": "resolved", "fixed_version": "5.2-2", "urgency": "low""#;
    let image = |version: &str| deb("debian", "12", &[bash(version)]);
    check(vec![
        Rule {
            name: "the tracker says fixed where OSV knows no fix",
            feeds: said_by_both(fixed, None),
            trips: (image("5.2-1"), "CVE-2024-1 bash: fixed in 5.2-2, Low"),
            does_not: (image("5.2-2"), "CVE-2024-1 bash: debian-tracker overrules osv"),
        },
        Rule {
            name: "the tracker denies what OSV affirms",
            feeds: said_by_both(never, Some("5.2-2")),
            trips: (image("5.2-1"), "CVE-2024-1 bash: debian-tracker overrules osv"),
            does_not: (image("5.2-2"), ""),
        },
    ]);
}

#[test]
fn packages_of_third_parties_are_listed_and_not_judged() {
    let open = r#""status": "open", "urgency": "low""#;
    let third = |name: &'static str, version: &str, maintainer: &str, expected: &'static str| {
        let package = dpkg::Package::new(name, version);
        let theirs = package.clone().maintainer(maintainer);
        let own = match name {
            "nginx" => "CVE-2024-1 nginx: no fix, Low",
            "nodejs" => "CVE-2024-1 nodejs: no fix, Low",
            "postgresql-15" => "CVE-2024-1 postgresql-15: no fix, Low",
            "php8.2-cli" => "CVE-2024-1 php8.2-cli: no fix, Low",
            "openssl" => "CVE-2024-1 openssl: no fix, Low",
            _ => "CVE-2024-1 docker-ce: no fix, Low",
        };
        Rule {
            name,
            feeds: vec![(TRACKER, tracker(name, "CVE-2024-1", &[("bookworm", open)]))],
            trips: (deb("debian", "12", &[theirs]), expected),
            does_not: (deb("debian", "12", &[dpkg::Package::new(name, "1.0-1")]), own),
        }
    };
    check(vec![
        third(
            "docker-ce",
            "5:24.0.7-1~debian.12~bookworm",
            "Docker <support@docker.com>",
            "docker-ce 5:24.0.7-1~debian.12~bookworm: undetermined: \
             not the distribution's package but of Docker <support@docker.com>",
        ),
        third(
            "nginx",
            "1.25.3-1~bookworm",
            "NGINX Packaging <nginx-packaging@f5.com>",
            "nginx 1.25.3-1~bookworm: undetermined: \
             not the distribution's package but of NGINX Packaging <nginx-packaging@f5.com>",
        ),
        third(
            "nodejs",
            "20.10.0-1nodesource1",
            "Ivan Iguaran <ivan@nodesource.com>",
            "nodejs 20.10.0-1nodesource1: undetermined: \
             not the distribution's package but of Ivan Iguaran <ivan@nodesource.com>",
        ),
        third(
            "postgresql-15",
            "15.5-1.pgdg120+1",
            "Debian PostgreSQL Maintainers <team+postgresql@tracker.debian.org>",
            "postgresql-15 15.5-1.pgdg120+1: undetermined: not the distribution's package \
             but of Debian PostgreSQL Maintainers <team+postgresql@tracker.debian.org>",
        ),
        third(
            "php8.2-cli",
            "8.2.1-1+0~20230101.1+debian12~1.gbp123",
            "Debian PHP Maintainers <team+pkg-php@tracker.debian.org>",
            "php8.2-cli 8.2.1-1+0~20230101.1+debian12~1.gbp123: undetermined: \
             not the distribution's package but of packages.sury.org",
        ),
        third(
            "openssl",
            "3.0.9-1+rpt1",
            "Debian OpenSSL Team <pkg-openssl-devel@alioth-lists.debian.net>",
            "openssl 3.0.9-1+rpt1: undetermined: \
             not the distribution's package but of archive.raspberrypi.org",
        ),
    ]);
}

#[test]
fn the_newest_advisory_is_of_what_judged_the_image() {
    let of = |id: &str, ecosystem: &str, package: &str, day: &str| {
        let mut record = plimsoll_testkit::osv::record(id, ecosystem, package, Some("9"));
        record["modified"] = format!("{day}T00:00:00Z").into();
        record.to_string()
    };
    let feeds = [
        ("debian/a.json", of("CVE-2024-1", "Debian:12", "bash", "2025-02-12")),
        ("npm/a.json", of("GHSA-1", "npm", "lodash", "2026-08-01")),
    ];
    let directory = TempDir::new().unwrap();
    let snapshot = snapshot(&directory, &feeds);
    let debian = || deb("debian", "12", &[bash("5.2-1")]);
    for (layer, expected) in [
        (debian(), Some("2025-02-12")),
        (debian().files(node::package("lodash", "4.17.15")), Some("2026-08-01")),
        (Layer::new().file("a", "b"), None),
    ] {
        let newest = scanned(layer, &snapshot).envelope.newest_advisory;
        assert_eq!(newest.map(|day| day.to_string()).as_deref(), expected);
    }
}
