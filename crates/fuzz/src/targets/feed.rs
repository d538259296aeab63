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
    let csaf = r#"{"document":{"csaf_version":"2.0","publisher":{"namespace":"https://www.redhat.com"},
        "tracking":{"id":"CVE-2024-1"}},"product_tree":{"branches":[
        {"product":{"product_id":"9","product_identification_helper":{"cpe":"cpe:/o:redhat:enterprise_linux:9"}}},
        {"branches":[{"product":{"product_id":"a-1:1-1.x86_64",
            "product_identification_helper":{"purl":"pkg:rpm/redhat/a@1-1?epoch=1&rpmmod=m:1:2:3"}}}]}],
        "relationships":[{"product_reference":"a-1:1-1.x86_64","relates_to_product_reference":"9",
            "full_product_name":{"product_id":"9:a"}}]},
        "vulnerabilities":[{"cve":"CVE-2024-1","product_status":{"fixed":["9:a"],"known_affected":["9:a"]},
        "remediations":[{"category":"no_fix_planned","details":"Will not fix","product_ids":["9:a"]}],
        "threats":[{"category":"impact","details":"Low"}],"scores":[{"cvss_v3":{"vectorString":"CVSS:3.1/AV:N"}}]}]}"#;
    let redhat_cve = r#"{"name":"CVE-2024-1","public_date":"2024-01-01","bugzilla":{"description":"x"},"cwe":"CWE-1->CWE-2",
        "affected_release":[{"cpe":"cpe:/o:redhat:enterprise_linux:7","package":"bind-32:9-1.el7"}],
        "package_state":[{"cpe":"cpe:/o:redhat:enterprise_linux:8","package_name":"nodejs:18/nodejs","fix_state":"New"}]}"#;
    seeds.extend([csaf, redhat_cve].map(|text| text.as_bytes().to_vec()));
    seeds.extend([secdb.as_bytes().to_vec(), list.into_bytes()]);
    seeds
}
