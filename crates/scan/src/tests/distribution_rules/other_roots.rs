//! Systems below other directories than the image's root.

use super::*;

const DEBIAN: &str = "ID=debian\nVERSION_ID=\"12\"\n";
const ALPINE: &str = "ID=alpine\nVERSION_ID=3.18.4\n";

/// The image's own system, with curl.
fn own() -> Layer {
    deb("debian", "12", &[dpkg::Package::new("curl", "7.88.1-9")])
}

/// The layer with a Debian below a directory, which is of that os-release and has these packages.
fn with_root(layer: Layer, (root, os_release): (&str, &str), packages: &[dpkg::Package]) -> Layer {
    let files = dpkg::database(packages);
    let files = files.into_iter().map(|(path, content)| (format!("{root}/{path}"), content));
    layer.file(format!("{root}/usr/lib/os-release"), os_release).files(files.collect::<Vec<_>>())
}

fn advisories() -> Vec<(&'static str, String)> {
    let secdb = r#"{"distroversion": "v3.18", "reponame": "main", "urlprefix": "https://dl-cdn.alpinelinux.org/alpine",
        "apkurl": "x", "packages": [{"pkg": {"name": "curl", "secfixes": {"8.1.0-r1": ["CVE-2024-1"]}}}]}"#;
    vec![
        ("osv/Debian/DSA-1-1.json", osv("DSA-1-1", "Debian:12", "curl", Some("7.88.1-10"))),
        ("osv/Debian/DSA-2-1.json", osv("DSA-2-1", "Debian:11", "curl", Some("7.74.0-2"))),
        ("alpine-secdb/main.json", secdb.to_owned()),
        ("osv/PyPI/GHSA-1.json", osv("GHSA-1", "PyPI", "requests", Some("2.29.0"))),
    ]
}

/// Each package with its system, and where it was found.
fn places(report: &ScanReport) -> Vec<String> {
    let place = |package: &plimsoll_core::Package| {
        let system = package.id.system.as_ref().map(|system| format!(" of {system}"));
        let paths = package.evidence.iter().map(|one| one.path.as_str()).collect::<Vec<_>>();
        let (name, system) = (&package.id.name, system.unwrap_or_default());
        format!("{name} {}{system}: {}", package.id.version, paths.join(", "))
    };
    report.inventory.packages.iter().map(place).collect()
}

#[test]
fn a_root_is_judged_by_its_own_distribution() {
    let directory = TempDir::new().unwrap();
    let snapshot = snapshot(&directory, &advisories());
    let alpine = |version| {
        own().file("srv/chroot/etc/os-release", ALPINE).file(
            "srv/chroot/lib/apk/db/installed",
            apk::installed(&[apk::Package::new("curl", version)]),
        )
    };
    let own_flaw = "DSA-1-1 curl: fixed in 7.88.1-10";
    let not_complete = "no feed is known to have all advisories of";
    for (layer, expected) in [
        (own(), own_flaw.to_owned()),
        (
            alpine("8.1.0-r0"),
            format!(
                "CVE-2024-1 curl: fixed in 8.1.0-r1\n{own_flaw}\n\
                curl 8.1.0-r0: undetermined: {not_complete} Alpine v3.18"
            ),
        ),
        (
            alpine("8.1.0-r1"),
            format!("{own_flaw}\ncurl 8.1.0-r1: undetermined: {not_complete} Alpine v3.18"),
        ),
        (
            with_root(
                own(),
                ("rootfs", "ID=debian\nVERSION_ID=\"11\"\n"),
                &[dpkg::Package::new("curl", "7.74.0-1")],
            ),
            format!("{own_flaw}\nDSA-2-1 curl: fixed in 7.74.0-2"),
        ),
        (
            with_root(own(), ("rootfs", "ID=plan9\n"), &[dpkg::Package::new("curl", "1")]),
            format!("{own_flaw}\ncurl 1: undetermined: the distribution `plan9` is not known"),
        ),
    ] {
        assert_eq!(said(&scanned(layer, &snapshot)), expected);
    }
}

#[test]
fn another_root_of_the_images_own_distribution_is_another_place() {
    let directory = TempDir::new().unwrap();
    let snapshot = snapshot(&directory, &advisories());
    let packages = [dpkg::Package::new("curl", "7.88.1-9"), dpkg::Package::new("sed", "4.9-1")];
    let report = scanned(with_root(own(), ("rootfs", DEBIAN), &packages), &snapshot);
    let (status, other) = ("var/lib/dpkg/status", "rootfs/var/lib/dpkg/status");
    let expected = [format!("curl 7.88.1-9: {other}, {status}"), format!("sed 4.9-1: {other}")];
    assert_eq!(places(&report), expected);
    assert!(report.inventory.other_systems.is_empty());
    assert_eq!(said(&report), "DSA-1-1 curl: fixed in 7.88.1-10");
}

#[test]
fn what_a_package_of_a_root_owns_there_is_its_own_business() {
    let directory = TempDir::new().unwrap();
    let snapshot = snapshot(&directory, &advisories());
    let metadata = "usr/lib/python3/dist-packages/requests-2.28.1.dist-info/METADATA";
    let owner =
        dpkg::Package::new("python3-requests", "2.28.1-1").files(&[&format!("/{metadata}")]);
    let with_module = |directory: &str| {
        with_root(own(), ("rootfs", "ID=debian\nVERSION_ID=\"11\"\n"), std::slice::from_ref(&owner))
            .file(format!("{directory}{metadata}"), "Name: requests\nVersion: 2.28.1\n")
    };
    let flaw = "GHSA-1 requests: fixed in 2.29.0";
    let inside = said(&scanned(with_module("rootfs/"), &snapshot));
    let outside = said(&scanned(with_module(""), &snapshot));
    assert!(!inside.contains(flaw), "{inside}");
    assert!(outside.contains(flaw), "{outside}");
}

#[test]
fn places_that_only_look_like_a_root_are_none() {
    let directory = TempDir::new().unwrap();
    let snapshot = snapshot(&directory, &advisories());
    let owner = [dpkg::Package::new("sed", "4.9-1")];
    for (layer, expected) in [
        // An os-release alone, with which a tool was tested or built.
        (own().file("srv/etc/os-release", ALPINE), &["curl 7.88.1-9: var/lib/dpkg/status"][..]),
        (
            with_root(own(), ("usr/lib/python3/x/tests/data", ALPINE), &owner),
            &["curl 7.88.1-9: var/lib/dpkg/status"],
        ),
        (
            with_root(own(), ("sysroot/ostree/deploy/a", ALPINE), &owner),
            &["curl 7.88.1-9: var/lib/dpkg/status"],
        ),
        (
            // `usr/lib/apk` is in the place of the image's own, and not below a root `usr`.
            own().file("usr/lib/apk/db/installed", apk::installed(&[apk::Package::new("a", "1")])),
            &["a 1: usr/lib/apk/db/installed", "curl 7.88.1-9: var/lib/dpkg/status"],
        ),
        (
            // A database in an odd place makes it no root of what lies there in its own.
            with_root(own(), ("var", ALPINE), &owner),
            &[
                "curl 7.88.1-9: var/lib/dpkg/status",
                "sed 4.9-1 of alpine-3.18.4: var/var/lib/dpkg/status",
            ],
        ),
    ] {
        assert_eq!(places(&scanned(layer, &snapshot)), expected);
    }
}

#[test]
fn systems_have_names_of_their_own() {
    let directory = TempDir::new().unwrap();
    let snapshot = snapshot(&directory, &advisories());
    let package = |version| [dpkg::Package::new("sed", version)];
    let mut layer = own();
    for (root, os_release, version) in [
        ("a", ALPINE, "1"),
        ("b", ALPINE, "1"),
        ("c", "ID=alpine\nVERSION_ID=3.18.4\nNAME=Other\n", "1"),
        ("d", "", "1"),
        ("d/e", "", "2"),
    ] {
        layer = with_root(layer, (root, os_release), &package(version));
    }
    let report = scanned(layer, &snapshot);
    let expected = [
        "curl 7.88.1-9: var/lib/dpkg/status",
        "sed 1 of alpine-3.18.4: a/var/lib/dpkg/status, b/var/lib/dpkg/status",
        "sed 1 of alpine-3.18.4 2: c/var/lib/dpkg/status",
        "sed 1 of linux: d/var/lib/dpkg/status",
        "sed 2 of linux: d/e/var/lib/dpkg/status",
    ];
    assert_eq!(places(&report), expected);
    let shape = body(&report);
    assert_eq!(shape["other_systems"]["alpine-3.18.4"]["roots"], serde_json::json!(["a", "b"]));
    assert_eq!(shape["packages"][1]["system"], "alpine-3.18.4");
    assert!(shape["packages"][0].get("system").is_none());
}
