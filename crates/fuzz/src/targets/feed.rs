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
    seeds.extend(ERRATA.iter().map(|text| text.as_bytes().to_vec()));
    seeds
}

/// Errata of rpm distributions, in each of their forms.
const ERRATA: &[&str] = &[
    r#"{"ID":"ALAS2DOCKER-2021-001","References":{"Reference":[{"ID":"CVE-2021-1000"}]},"Pkglist":{"Collection":
        {"Package":[{"Name":"a","Epoch":"1","Version":"2","Release":"3","Arch":"x86_64"}]}}}"#,
    r#"{"data":[{"id":"ALSA-2021:1","issued_date":1,"type":"security","packages":
        [{"name":"a","version":"1","release":"2.el8","arch":"noarch","module":"a:1:2:3:4"}]}]}"#,
    r#"{"updates":[{"alias":"FEDORA-2025-1","type":"security","status":"stable","release":
        {"version":"40","id_prefix":"FEDORA"},"builds":[{"nvr":"a-1-1.fc40","epoch":1}]}]}"#,
    r#"{"advisories":[{"name":"RLSA-2024:1","kind":"Security","packages":
        [{"nevra":"a-1:2-3.x86_64.rpm","product_name":"Rocky Linux 8 x86_64"}]}]}"#,
    r#"<updates><update type="security"><id>RLSA-2024:1</id><release>Rocky Linux 9</release>
        <references><reference id="CVE-2024-1000"/></references><pkglist><collection><module name="a" stream="1"/>
        <package name="a" version="1" release="2.el9" epoch="1" arch="src"/></collection></pkglist></update></updates>"#,
];
