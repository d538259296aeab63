//! Systems below other directories than the image's root.

use plimsoll_core::CoverageVerdict;

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
    let (eleven, plan9) = ("ID=debian\nVERSION_ID=\"11\"\n", "ID=plan9\n");
    for (layer, expected, coverage) in [
        (own(), own_flaw.to_owned(), ""),
        (
            alpine("8.1.0-r0"),
            format!("CVE-2024-1 curl: fixed in 8.1.0-r1\n{own_flaw}"),
            "alpine-3.18.4 NoCompleteFeed",
        ),
        (alpine("8.1.0-r1"), own_flaw.to_owned(), "alpine-3.18.4 NoCompleteFeed"),
        (
            with_root(own(), ("rootfs", eleven), &[dpkg::Package::new("curl", "7.74.0-1")]),
            format!("{own_flaw}\nDSA-2-1 curl: fixed in 7.74.0-2"),
            "debian-11 Complete { feeds: [\"osv\"] }",
        ),
        (
            with_root(own(), ("rootfs", plan9), &[dpkg::Package::new("curl", "1")]),
            own_flaw.to_owned(),
            "plan9 Unknown",
        ),
    ] {
        let report = scanned(layer, &snapshot);
        assert_eq!(said(&report), expected);
        let others = report.coverage.other_systems.iter();
        let others: Vec<_> = others.map(|(name, release)| format!("{name} {release:?}")).collect();
        assert_eq!(others.join(", "), coverage);
        let is_whole = others.iter().all(|other| other.contains("Complete {"));
        assert_eq!(report.coverage.verdict() == CoverageVerdict::Complete, is_whole, "{coverage}");
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
            with_root(own(), ("usr/lib/python3/dist-packages/x/tests/data", ALPINE), &owner),
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
fn the_same_distribution_with_other_sources_is_the_same_system() {
    let directory = TempDir::new().unwrap();
    let snapshot = snapshot(&directory, &advisories());
    let source = "deb http://mirror.example.com/debian bookworm main\n";
    let layer = with_root(own(), ("rootfs", DEBIAN), &[dpkg::Package::new("curl", "7.88.1-9")])
        .file("rootfs/etc/apt/sources.list", source);
    let report = scanned(layer, &snapshot);
    assert!(report.inventory.other_systems.is_empty());
    assert_eq!(said(&report), "DSA-1-1 curl: fixed in 7.88.1-10");
}

#[test]
fn links_inside_a_root_are_followed_there() {
    let directory = TempDir::new().unwrap();
    let sed = || dpkg::database(&[dpkg::Package::new("sed", "4.9-1")]);
    let status = sed().remove(0).1;
    let linked = own()
        // Absolute, and so below the root.
        .symlink("a/etc/os-release", "/opt/os-release")
        .file("a/opt/os-release", ALPINE)
        .symlink("a/var/lib/dpkg", "/opt/dpkg")
        .file("a/opt/dpkg/status", &status);
    // What is kept once, wherever it is.
    let copied = own()
        .file("store/1", ALPINE)
        .file("store/2", &status)
        .hard_link("b/etc/os-release", "store/1")
        .hard_link("b/var/lib/dpkg/status", "store/2");
    let of_own = own()
        .hard_link("c/etc/os-release", "etc/os-release")
        .hard_link("c/var/lib/dpkg/status", "var/lib/dpkg/status");
    let curl = "curl 7.88.1-9: var/lib/dpkg/status";
    for (layer, expected) in [
        (linked, &[curl, "sed 4.9-1 of alpine-3.18.4: a/var/lib/dpkg/status"][..]),
        (copied, &[curl, "sed 4.9-1 of alpine-3.18.4: b/var/lib/dpkg/status"]),
        (of_own, &["curl 7.88.1-9: c/var/lib/dpkg/status, var/lib/dpkg/status"]),
    ] {
        let image = Image::new().platform("linux/amd64").layer(layer);
        assert_eq!(places(&report(&archive_of(&directory, "a.tar", &image), 1, None)), expected);
    }
}

#[test]
fn files_belong_to_packages_of_the_roots_around_them_too() {
    let directory = TempDir::new().unwrap();
    let snapshot = snapshot(&directory, &advisories());
    let metadata = "lib/python3/site-packages/requests-2.28.1.dist-info/METADATA";
    let image = |path: &str, own_files: &[&str], termux_files: &[&str]| {
        let eleven = "ID=debian\nVERSION_ID=\"11\"\n";
        let package = dpkg::Package::new("rootfs", "1").files(own_files);
        let termux = dpkg::Package::new("python", "3").files(termux_files);
        let layer = deb("debian", "12", &[package]).file(path, "Name: requests\nVersion: 2.28.1\n");
        said(&scanned(with_root(layer, ("opt/usr", eleven), &[termux]), &snapshot))
    };
    let inside = format!("opt/usr/{metadata}");
    let absolute = format!("/{inside}");
    assert_eq!(image(&inside, &[&absolute], &[]), "", "of a package of the image's own");
    assert_eq!(image(&inside, &[], &[&absolute]), "", "that writes where the file is in the end");
    assert_eq!(image(&inside, &[], &[&format!("/{metadata}")]), "", "that writes what it sees");
    assert_eq!(image(&inside, &[], &[]), "GHSA-1 requests: fixed in 2.29.0");
}

#[test]
fn what_cannot_be_read_of_a_directory_that_is_no_root_is_missing_only_where_it_may_be_one() {
    let directory = TempDir::new().unwrap();
    let problems_of = |path: &str, content: &str| {
        let image = Image::new().platform("linux/amd64").layer(own().file(path, content));
        problems(&report(&archive_of(&directory, "a.tar", &image), 1, None)).len()
    };
    assert_eq!(problems_of("srv/template/etc/os-release", "{% if it %}\n"), 0);
    assert_eq!(problems_of("srv/template/etc/lsb-release", "{% if it %}\n"), 0);
    assert_eq!(problems_of("srv/root/var/lib/rpm/rpmdb.sqlite", "no database"), 1);
    assert_eq!(problems_of("usr/lib/os-release", "{% if it %}\n"), 1);
}

#[test]
fn many_other_roots_leave_room_for_the_images_own_packages() {
    let layer = (0..200).fold(Layer::new(), |layer, number| {
        let package = dpkg::Package::new(&format!("sed{number}"), "4.9-1");
        layer.files(
            dpkg::database(&[package])
                .into_iter()
                .map(|(path, content)| (format!("a/{number}/{path}"), content))
                .collect::<Vec<_>>(),
        )
    });
    let layer = layer
        .file("etc/os-release", DEBIAN)
        .files(dpkg::database(&[dpkg::Package::new("curl", "7.88.1-9")]));
    let image = Image::new().platform("linux/amd64").layer(layer);
    let settings = ScanSettings {
        threads: NonZeroUsize::MIN,
        limits: Limits { part_result_bytes: 20_000, ..Limits::default() },
        cache: None,
        progress: &NoProgress,
        deadline: Deadline::NEVER,
        evaluation_day: Day::from_unix_seconds(0),
        filters: Filters::default(),
    };
    let report = scan("image", stream(image.docker_archive()), None, &settings).unwrap();
    let own = report.inventory.packages.iter().filter(|package| package.id.system.is_none());
    assert_eq!(own.count(), 1);
    assert!(report.inventory.packages.len() < 100);
    assert!(problems(&report).contains(&ProblemKind::LimitExceeded));
}

#[test]
fn no_system_takes_the_name_of_another() {
    let directory = TempDir::new().unwrap();
    let snapshot = snapshot(&directory, &advisories());
    let eleven = "ID=debian\nVERSION_ID=\"11\"\n";
    let curl = [dpkg::Package::new("curl", "7.74.0-1")];
    let mut layer = own();
    for (root, os_release) in [
        ("a", eleven),
        ("b", "ID=debian\nVERSION_ID=\"11\"\nPRETTY_NAME=Other\n"),
        ("c", "ID=debian\nVERSION_ID=\"11 2\"\n"),
    ] {
        layer = with_root(layer, (root, os_release), &curl);
    }
    let report = scanned(layer, &snapshot);
    let flaws = said(&report).matches("DSA-2-1 curl").count();
    assert_eq!((report.inventory.other_systems.len(), flaws), (3, 2));
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
