//! Every feed of the list: its importer gives the same records twice, and each is one that a snapshot takes.

use plimsoll_advisory::EncodedAdvisory;
use plimsoll_feeds::{BuildOptions, Feed};
use plimsoll_testkit::osv;

/// What the documents are called.
pub(crate) const PATH: &str = "feed/document";

pub(crate) fn run(feed: &Feed, input: &[u8]) {
    let options = BuildOptions::default();
    let _ = feed.recognises(PATH, input);
    let advisories = feed.advisories(PATH, input, &options);
    assert_eq!(advisories, feed.advisories(PATH, input, &options), "other records the second time");
    for advisory in advisories.iter().flatten() {
        assert_eq!(advisory.feed, feed.id);
        let _ = EncodedAdvisory::new(advisory);
    }
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let mut record = osv::record("GHSA-1", "npm", "lodash", Some("4.17.21"));
    record["severity"] = serde_json::json!([{ "type": "CVSS_V3", "score": "CVSS:3.1/AV:N" }]);
    record["aliases"] = serde_json::json!(["CVE-2024-1"]);
    let records = [
        osv::record("DSA-5000-1", "Debian:12", "bash", Some("5.2-3")),
        osv::record("RHSA-2020:1", "Red Hat:enterprise_linux:7::server", "bind", None),
        record,
    ];
    let secdb = r#"{"distroversion":"v3.18","reponame":"main","urlprefix":"https://example.com","packages":
        [{"pkg":{"name":"busybox","secfixes":{"1.36.1-r2":["CVE-2023-1 GHSA-1 (+ regression)"],"0":["CVE-2021-2"]}}}]}"#;
    let list = serde_json::Value::from(records.to_vec()).to_string();
    let mut seeds: Vec<_> = records.iter().map(|record| record.to_string().into_bytes()).collect();
    seeds.extend([secdb.as_bytes().to_vec(), list.into_bytes()]);
    seeds.extend(DEBIAN_AND_UBUNTU.iter().map(|seed| seed.as_bytes().to_vec()));
    seeds
}

const DEBIAN_AND_UBUNTU: &[&str] = &[
    "[29 Mar 2023] DSA-5380-1 x - update\n\t{CVE-2023-1393}\n\t[bullseye] - x 2:1.20.11-1+deb11u6 (low)\n",
    "CVE-2021-36367 (PuTTY)\n\t{DLA-1-1}\n\t- putty 0.75-3 (low; bug #1)\n\t[bullseye] - putty <no-dsa>\n",
    r#"{"x":{"CVE-2024-1":{"debianbug":7,"releases":{"sid":{"status":"open","urgency":"low","nodsa":"x"}}}}}"#,
    "Candidate: CVE-2024-1\nPublicDate: 2024\nPriority_x: low\nxenial_x: ignored (end of life)\nesm-infra/xenial_x: released (1)\n",
    r#"{"candidate":"CVE-2024-1","packages":{"jammy":{"x":{"status":"pending","note":"1.2","priority":"low"}}}}"#,
    r#"{"id":"CVE-1","notices_ids":[],"packages":[{"name":"x","statuses":[{"release_codename":"jammy","status":"needed"}]}]}"#,
    r#"{"6342-1":{"timestamp":1.5,"cves":["CVE-1"],"releases":{
        "jammy":{"sources":{"x":{"version":"1"}},"binaries":{"y":{"pocket":"esm-apps"}}}}}}"#,
    r#"{"id":"USN-1-1","release_packages":{"jammy":[{"name":"x","version":"1","is_source":true}]},"cves_ids":[]}"#,
    r#"{"@context":"https://openvex.dev/","author":"Canonical","statements":[{"vulnerability":{"name":"CVE-1"},"status":"fixed",
        "products":[{"@id":"pkg:deb/ubuntu/x@1?arch=source&distro=jammy"}]}]}"#,
];
