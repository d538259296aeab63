//! Alpine.

use super::*;

/// A document of secdb: a repository of a release, with one fix of one package.
fn secdb(release: &str, repository: &str, fixed: &str) -> String {
    format!(
        r#"{{"distroversion": "{release}", "reponame": "{repository}", "urlprefix": "https://dl-cdn.alpinelinux.org/alpine",
        "apkurl": "{{{{urlprefix}}}}/x", "packages": [{{"pkg": {{"name": "openssl", "secfixes": {{"{fixed}": ["CVE-2024-1"]}}}}}}]}}"#
    )
}

/// The security tracker on the flaw, in one repository.
fn tracker(repository: &str, version: &str, is_fixed: bool) -> (&'static str, String) {
    let document = format!(
        r#"{{"type": "Vulnerability", "id": "https://security.alpinelinux.org/vuln/CVE-2024-1", "cpeMatch": [], "ref": [],
        "state": [{{"repo": "{repository}", "packageName": "openssl", "packageVersion": "{version}", "fixed": {is_fixed},
        "published": true}}]}}"#
    );
    ("alpine-security/CVE-2024-1.json", document)
}

const SECDB: &str = "alpine-secdb/main.json";

fn libssl(version: &str) -> apk::Package {
    apk::Package::new("libssl3", version).origin(Some("openssl"))
}

#[test]
fn records_name_the_origin() {
    check(vec![
        Rule {
            name: "a package is found by its origin",
            feeds: vec![(SECDB, secdb("v3.18", "main", "3.1.1-r1"))],
            trips: (apk("3.18.4", &[libssl("3.1.1-r0")]), "CVE-2024-1 libssl3: fixed in 3.1.1-r1"),
            does_not: (apk("3.18.4", &[libssl("3.1.1-r1")]), ""),
        },
        Rule {
            name: "and not by its own name where it has another origin",
            feeds: vec![(SECDB, secdb("v3.18", "main", "3.1.1-r1"))],
            trips: (
                apk("3.18.4", &[apk::Package::new("openssl", "3.1.1-r0").origin(None)]),
                "CVE-2024-1 openssl: fixed in 3.1.1-r1",
            ),
            does_not: (
                apk("3.18.4", &[apk::Package::new("openssl", "3.1.1-r0").origin(Some("other"))]),
                "",
            ),
        },
    ]);
}

#[test]
fn releases_and_repositories() {
    let edge = Layer::new()
        .file("etc/os-release", "ID=alpine\nVERSION_ID=3.20.0_alpha20240329\n")
        .file("lib/apk/db/installed", apk::installed(&[libssl("3.1.1-r0")]));
    check(vec![
        Rule {
            name: "edge is no numbered release",
            feeds: vec![(SECDB, secdb("edge", "main", "3.1.1-r1"))],
            trips: (edge, "CVE-2024-1 libssl3: fixed in 3.1.1-r1"),
            does_not: (apk("3.20.0", &[libssl("3.1.1-r0")]), ""),
        },
        Rule {
            name: "community judges as main does: no package lies in both",
            feeds: vec![("alpine-secdb/community.json", secdb("v3.18", "community", "3.1.1-r1"))],
            trips: (apk("3.18.4", &[libssl("3.1.1-r0")]), "CVE-2024-1 libssl3: fixed in 3.1.1-r1"),
            does_not: (apk("3.17.4", &[libssl("3.1.1-r0")]), ""),
        },
        Rule {
            name: "fixed in 0 is never affected",
            feeds: vec![
                (SECDB, secdb("v3.18", "main", "0")),
                ("alpine-secdb/next.json", secdb("v3.19", "main", "3.1.1-r1")),
            ],
            trips: (apk("3.19.1", &[libssl("3.1.1-r0")]), "CVE-2024-1 libssl3: fixed in 3.1.1-r1"),
            does_not: (apk("3.18.4", &[libssl("3.1.1-r0")]), ""),
        },
    ]);
}

#[test]
fn a_rejection_of_the_security_tracker_overrules_secdb() {
    let secdb = || (SECDB, secdb("v3.18", "main", "3.1.1-r1"));
    let image = || apk("3.18.4", &[libssl("3.1.1-r0")]);
    check(vec![
        Rule {
            name: "a flaw that the tracker rejects is no finding, and both are told",
            feeds: vec![secdb(), tracker("3.18-main", "0", true)],
            trips: (image(), "CVE-2024-1 libssl3: alpine-security overrules alpine-secdb"),
            does_not: (apk("3.18.4", &[libssl("3.1.1-r1")]), ""),
        },
        Rule {
            name: "what is rejected in another release is not rejected in this one",
            feeds: vec![secdb(), tracker("3.19-main", "0", true)],
            trips: (image(), "CVE-2024-1 libssl3: fixed in 3.1.1-r1"),
            does_not: (apk("3.19.4", &[libssl("3.1.1-r0")]), ""),
        },
        Rule {
            name: "what only the tracker knows to be open is a finding",
            feeds: vec![tracker("3.18-main", "3.1.1-r0", false)],
            trips: (image(), "CVE-2024-1 libssl3: no fix"),
            does_not: (apk("3.19.4", &[libssl("3.1.1-r0")]), ""),
        },
    ]);
}
