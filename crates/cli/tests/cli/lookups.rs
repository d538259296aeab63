//! The snapshot asked about one package, by purls as people type them and as `sbom` writes them.

use plimsoll_testkit::{Image, Layer, apk, dpkg, node, osv};

use super::{Ran, User, json};

/// A user with a snapshot of one record about each of these packages, by ecosystem and name; all were fixed in 2.0.
fn user(packages: &[(&str, &str)]) -> User {
    let user = User::new();
    for (number, (ecosystem, package)) in packages.iter().enumerate() {
        let record = osv::record(&format!("CVE-2024-{number}"), ecosystem, package, Some("2.0"));
        user.write(&format!("feeds/{number}.json"), record.to_string().as_bytes());
    }
    let built = user.run(&["db", "build", "--feeds", "feeds"]);
    assert_eq!(built.code, 0, "{}", built.stderr);
    user
}

fn verdict(ran: &Ran) -> &str {
    let line = ran.stdout.lines().next().unwrap_or_default();
    ["not affected", "affected", "cannot tell", "no word", "nothing is known"]
        .into_iter()
        .find(|word| line.contains(word))
        .unwrap_or("not judged")
}

#[test]
fn names_that_a_purl_folds_are_found_in_their_own_case() {
    let user = user(&[("Go", "github.com/Masterminds/goutils"), ("npm", "JSONStream")]);
    for (purl, told, is_respelled) in [
        ("pkg:golang/github.com/Masterminds/goutils@v1.1.0", "affected", false),
        ("pkg:golang/github.com/masterminds/goutils@v1.1.0", "affected", true),
        ("pkg:golang/github.com/Masterminds/goutils@v2.0.0", "not affected", false),
        ("pkg:npm/JSONStream@1.3.5", "affected", false),
        ("pkg:npm/jsonstream@1.3.5", "affected", true),
        ("pkg:npm/jsonstreams@1.3.5", "nothing is known", false),
    ] {
        let ran = user.run(&["db", "lookup", purl]);
        assert_eq!((ran.code, verdict(&ran)), (0, told), "{purl}: {}{}", ran.stdout, ran.stderr);
        assert_eq!(ran.stderr.contains("; this is of "), is_respelled, "{purl}: {}", ran.stderr);
    }
}

#[test]
fn what_a_rolling_release_has_is_judged_and_what_keeps_others_from_it_is_told() {
    let user = user(&[("Alpine:edge", "bash"), ("Wolfi", "bash"), ("Debian:12", "bash")]);
    for (purl, told, why) in [
        ("pkg:apk/alpine/bash@1.0-r0?distro=alpine-edge", "affected", ""),
        ("pkg:apk/wolfi/bash@1.0-r0?distro=wolfi-20230201", "affected", ""),
        ("pkg:apk/wolfi/bash@1.0-r0", "affected", ""),
        ("pkg:deb/debian/bash@1.0-1?distro=bookworm", "affected", ""),
        ("pkg:deb/debian/libbash@1.0-1?distro=debian-12&upstream=bash", "affected", ""),
        ("pkg:deb/debian/libbash@1.0-1?distro=debian-12", "nothing is known", "add upstream="),
        ("pkg:deb/debian/bash@1.0-1", "not judged", "add ?distro=debian-12"),
        ("pkg:apk/alpine/bash@1.0-r0", "not judged", "add ?distro=alpine-3.20"),
        ("pkg:apk/alpine/bash@1.0-r0?distro=plan9-4", "not judged", "`plan9` is not known"),
        ("pkg:deb/wolfi/bash@1.0-1?distro=wolfi", "not judged", "no deb packages"),
    ] {
        let ran = user.run(&["db", "lookup", purl]);
        assert_eq!((ran.code, verdict(&ran)), (0, told), "{purl}: {}{}", ran.stdout, ran.stderr);
        assert_eq!(ran.stderr.is_empty(), why.is_empty(), "{purl}: {}", ran.stderr);
        assert!(ran.stderr.contains(why), "{purl}: {}", ran.stderr);
    }
}

#[test]
fn a_purl_that_an_sbom_has_is_judged_as_the_scan_of_the_image() {
    let user = user(&[
        ("Debian:14", "bash"),
        ("Alpine:edge", "bash"),
        ("Alpine:v3.19", "bash"),
        ("npm", "JSONStream"),
    ]);
    let apk = apk::installed(&[apk::Package::new("bash", "1.0-r0")]);
    let sid = "ID=debian\nVERSION_CODENAME=forky\nPRETTY_NAME=\"Debian GNU/Linux forky/sid\"\n";
    for (os_release, database) in [
        (sid, dpkg::database(&[dpkg::Package::new("bash", "1.0-1")])),
        ("ID=alpine\nVERSION_ID=3.19.1\n", vec![("lib/apk/db/installed".to_owned(), apk.clone())]),
        (
            "ID=alpine\nVERSION_ID=3.19.1\nPRETTY_NAME=\"Alpine Linux edge\"\n",
            vec![("lib/apk/db/installed".to_owned(), apk)],
        ),
    ] {
        let layer = Layer::new()
            .file("etc/os-release", os_release)
            .files(database)
            .files(node::package("JSONStream", "1.3.5"));
        let image = Image::new().platform("linux/amd64").layer(layer);
        user.write("image.tar", &image.docker_archive());
        let report = json(&user.run(&["scan", "./image.tar", "-f", "json"]));
        let findings = report["body"]["findings"].as_array().unwrap();
        let mut found: Vec<_> = findings.iter().filter_map(|one| one["id"].as_str()).collect();
        found.sort_unstable();
        let bom = json(&user.run(&["sbom", "./image.tar"]));
        let components = bom["components"].as_array().unwrap().iter();
        let mut affected = Vec::new();
        for purl in components.filter_map(|one| one["purl"].as_str()) {
            let ran = user.run(&["db", "lookup", purl]);
            let lines = ran.stdout.lines().filter(|line| line.contains(" affected "));
            affected.extend(lines.filter_map(|line| line.split(' ').next()).map(str::to_owned));
        }
        affected.sort_unstable();
        assert_eq!(
            (found.len(), &affected[..]),
            (2, &found.iter().map(|&id| id.to_owned()).collect::<Vec<_>>()[..]),
            "{os_release}"
        );
    }
}
