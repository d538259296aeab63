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
    seeds.extend(OF_DISTRIBUTIONS.iter().map(|seed| seed.as_bytes().to_vec()));
    seeds
}

/// One of each form that a distribution publishes.
#[rustfmt::skip]
const OF_DISTRIBUTIONS: &[&str] = &[
    r#"{"urlprefix":"https://packages.wolfi.dev","reponame":"os","packages":[{"pkg":{"name":"curl","secfixes":{"8-r0":["CVE-2023-1"]}}}]}"#,
    "urlprefix: https://dl-cdn.alpinelinux.org\ndistroversion: edge\npackages:\n\
        - pkg:\n    name: zstd\n    secfixes:\n      1-r0:\n      - CVE-2019-1\n",
    r#"{"id":"CVE-2024-1","cpeMatch":[],"state":[{"repo":"3.13-main","packageName":"a","packageVersion":"1-r0","fixed":false,
        "published":true}]}"#,
    r#"[{"name":"AVG-1","packages":["glibc"],"status":"Fixed","severity":"High","type":"x","affected":"1-1","fixed":"1-2",
        "issues":["CVE-2023-1"]}]"#,
    r#"<glsa id="202305-28"><affected><package name="a/b" arch="*"><vulnerable range="lt" slot="1">1.3</vulnerable>
        <unaffected range="rge">1.2-r1</unaffected></package></affected></glsa>"#,
    r#"{"ID":"1","Synopsis":"","Announced":"May 1, 2003","Affected":{"Package":[{"Name":"a/b","Vulnerable":[{"Text":"7.4*",
        "Range":"eq","Slot":"7"}]}]}}"#,
    r#"[{"cve_id":"CVE-2025-1","pkg":"curl","cve_score":7.5,"aff_ver":"","res_ver":"8-1.ph4","status":"Fixed"}]"#,
    r#"{"aardvark-dns":{},"firefox":{"CVE-2025-4091":{"fixed_version":"1"},"CVE-2025-4092":{}}}"#,
    r#"{"alpine":[{"distroversion":"3.19","packages":[{"pkg":{"name":"botan",
        "cves":{"CVE-2024-1":{"vulnerable_ranges":[">1 <2"],"severity":"HIGH"}}}}]}]}"#,
    r#"{"@context":"https://openvex.dev/ns/v0.2.0","author":"Chainguard Team","statements":[{"vulnerability":{"name":"CGA-1"},
        "status":"fixed","products":[{"identifiers":{"purl":"pkg:pypi/urllib3@1%2Bcgr.0"}}]}]}"#,
    r##"{"_kubernetes_io":{},"items":[{"id":"CVE-2025-1","summary":"kubelet",
        "content_text":"**Affected Versions**\n- <= v1.2.3\n- v1.3.0 - v1.3.1\n**Fixed Versions**\n- v1.3.2"}]}"##,
    r#"{"package_name":"zlib","advisory":{"3.20":{"CVE-2026-1":{"cve_id":"CVE-2026-1","severity":"LOW","events":[
        {"introduced":"1-r1","fixed":"2-r0"}]}}}}"#,
    r#"{"CVE":"CVE-2023-1","OS name":"CentOS 8.4 ELS","Project name":"haproxy","Severity":"LOW","Status":"Ignored",
        "Last updated":"2023-12-01 03:18"}"#,
];
