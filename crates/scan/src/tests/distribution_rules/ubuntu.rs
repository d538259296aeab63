//! Ubuntu.

use super::*;

const TRACKER: &str = "ubuntu-cve-tracker/CVE-2024-1.txt";

/// The tracker's file on one flaw.
fn tracker(lines: &str) -> Vec<(&'static str, String)> {
    let head = "Candidate: CVE-2024-1\nPublicDate: 2024-01-02 03:04:05 UTC\nPriority: medium\n";
    vec![(TRACKER, format!("{head}{lines}\n"))]
}

const PRO: &str = "Types: deb\nURIs: https://esm.ubuntu.com/infra/ubuntu\nSuites: focal-infra-security\nComponents: main\n";

/// Ubuntu 20.04 with libssl1.1, built from openssl of that version.
fn focal(version: &str) -> Layer {
    let package = dpkg::Package::new("libssl1.1", version).source("openssl");
    deb("ubuntu", "20.04", &[package])
}

fn focal_pro(version: &str) -> Layer {
    focal(version).file("etc/apt/sources.list.d/ubuntu-esm-infra.sources", PRO)
}

#[test]
fn extended_maintenance_counts_only_where_the_image_has_it() {
    let ended = "focal_openssl: ignored (end of standard support)\n\
        esm-infra/focal_openssl: released (1.1.1f-1ubuntu2.24+esm1)";
    check(vec![
        Rule {
            name: "a fix of Pro's is offered where its repositories are enabled",
            feeds: tracker(ended),
            trips: (
                focal_pro("1.1.1f-1ubuntu2.24"),
                "CVE-2024-1 libssl1.1: fixed in 1.1.1f-1ubuntu2.24+esm1, Medium",
            ),
            does_not: (focal("1.1.1f-1ubuntu2.24"), "CVE-2024-1 libssl1.1: EndOfLife, Medium"),
        },
        Rule {
            name: "who has Pro is not out of support where everybody else is",
            feeds: tracker("esm-infra/focal_openssl: needed"),
            trips: (focal_pro("1.1.1f-1ubuntu2.24"), "CVE-2024-1 libssl1.1: no fix, Medium"),
            does_not: (focal("1.1.1f-1ubuntu2.24"), "CVE-2024-1 libssl1.1: EndOfLife, Medium"),
        },
        Rule {
            name: "who has Pro's fix is not affected, though the release never had one",
            feeds: tracker(ended),
            trips: (
                focal_pro("1.1.1f-1ubuntu2.23"),
                "CVE-2024-1 libssl1.1: fixed in 1.1.1f-1ubuntu2.24+esm1, Medium",
            ),
            does_not: (focal_pro("1.1.1f-1ubuntu2.24+esm1"), ""),
        },
    ]);
}

#[test]
fn a_release_is_judged_by_its_own_state() {
    let lines = "focal_openssl: released (1.1.1f-1ubuntu2.4)\njammy_openssl: not-affected";
    let jammy = dpkg::Package::new("libssl3", "1.1.1f-1ubuntu2.3").source("openssl");
    check(vec![Rule {
        name: "one release is fixed and another was never affected",
        feeds: tracker(lines),
        trips: (
            focal("1.1.1f-1ubuntu2.3"),
            "CVE-2024-1 libssl1.1: fixed in 1.1.1f-1ubuntu2.4, Medium",
        ),
        does_not: (deb("ubuntu", "22.04", &[jammy]), ""),
    }]);
}
