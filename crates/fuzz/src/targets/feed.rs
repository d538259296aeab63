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
    let oval = r#"<oval_definitions><definitions><definition id="oval:com.oracle.elsa:def:1" class="patch">
        <metadata><title>ELSA-1: a</title><reference source="elsa" ref_id="ELSA-1"/></metadata>
        <criteria><criterion test_ref="1"/><criteria operator="OR"><criterion test_ref="2"/></criteria></criteria>
        </definition></definitions>
        <tests><rpminfo_test id="1"><object object_ref="1"/><state state_ref="1"/></rpminfo_test>
        <rpminfo_test id="2"><object object_ref="2"/><state state_ref="2"/></rpminfo_test></tests>
        <objects><rpminfo_object id="1"><name>oraclelinux-release</name></rpminfo_object>
        <rpminfo_object id="2"><name>a</name></rpminfo_object></objects>
        <states><rpminfo_state id="1"><version operation="pattern match">^8</version></rpminfo_state>
        <rpminfo_state id="2"><evr operation="less than">0:1-1</evr></rpminfo_state></states></oval_definitions>"#;
    let elsa = r#"{"id":"ELSA-1","advisories":[{"content":{"title":"ELSA-1: a"}}],"detections":[{"ecosystem":
        "oracle:8","conditions":[{"criteria":{"criterions":[{"version":{"package":{"binary":{"name":"a",
        "architectures":["x86_64"]}},"affected":{"range":[{"lt":"0:1-1"}]}}}]}}]}]}"#;
    let list = serde_json::Value::from(records.to_vec()).to_string();
    let mut seeds: Vec<_> = records.iter().map(|record| record.to_string().into_bytes()).collect();
    seeds.extend([secdb.as_bytes().to_vec(), list.into_bytes()]);
    let cvrf = r#"<cvrfdoc><DocumentPublisher>SUSE Security Team</DocumentPublisher><DocumentTracking><Identification>
        <ID>SUSE-SU-1</ID></Identification></DocumentTracking><ProductTree><FullProductName ProductID="p">openSUSE Leap 15.6
        </FullProductName><Relationship ProductReference="a-1-1" RelatesToProductReference="p"><FullProductName
        ProductID="p:a"/></Relationship></ProductTree><Vulnerability><CVE>CVE-2024-1</CVE><ProductStatuses><Status
        Type="Fixed"><ProductID>p:a</ProductID></Status></ProductStatuses></Vulnerability></cvrfdoc>"#;
    seeds.extend([oval, elsa, cvrf].map(|text| text.as_bytes().to_vec()));
    seeds
}
