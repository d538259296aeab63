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
    let cvrf = r#"<cvrfdoc><DocumentPublisher>SUSE Security Team</DocumentPublisher><DocumentTracking><Identification>
        <ID>SUSE-SU-1</ID></Identification></DocumentTracking><ProductTree><FullProductName ProductID="p">openSUSE Leap 15.6
        </FullProductName><Relationship ProductReference="a-1-1" RelatesToProductReference="p"><FullProductName
        ProductID="p:a"/></Relationship></ProductTree><Vulnerability><CVE>CVE-2024-1</CVE><ProductStatuses><Status
        Type="Fixed"><ProductID>p:a</ProductID></Status></ProductStatuses></Vulnerability></cvrfdoc>"#;
    seeds.extend([oval, elsa, cvrf].map(|text| text.as_bytes().to_vec()));
    let texts = [LANGUAGES, ERRATA, OF_DISTRIBUTIONS, DEBIAN_AND_UBUNTU].into_iter().flatten();
    seeds.extend(texts.map(|text| text.as_bytes().to_vec()));
    seeds
}

/// A document of each form in which the databases of languages are written.
const LANGUAGES: &[&str] = &[
    "id: PYSEC-1\nmodified: 2024-01-01\naffected:\n- package: {name: x, ecosystem: PyPI}\n  versions: &v ['1']\nrelated: *v\n",
    r#"{"data":{"securityVulnerabilities":{"edges":[{"node":{"advisory":{"identifiers":[{"type":"GHSA","value":"GHSA-1"}]},
        "package":{"name":"p","ecosystem":"NPM"},"vulnerableVersionRange":">= 1.0, < 2.0"}}]}}}"#,
    r#"{"id":"GO-1","affected":[{"package":{"ecosystem":"Go","name":"stdlib"},"versions":["1.0"],
        "ecosystem_specific":{"imports":[{"path":"os","symbols":["Open"]}]}}]}"#,
    "```toml\n[advisory]\nid = \"RUSTSEC-1\"\npackage = \"c\"\ndate = \"2024-01-01\"\n[versions]\npatched = [\"^1.2\"]\n```\n# T\n",
    "```toml\n[advisory]\nid = \"H\"\n[[affected]]\npackage = \"p\"\n[[affected.versions]]\nintroduced = \"0\"\n```\n# T\n",
    "```toml\nid = \"J\"\nmodified = 2026-01-01T00:00:00Z\n[[affected]]\npkg = \"P\"\nranges = [\"< 2.0\", \"*\"]\n```\n# T\n",
    "gem: g\ncve: 2024-1\nurl: u\ntitle: t\ndate: 2024-01-01\ncvss_v3: 9.8\npatched_versions:\n  - \"~> 1.2.3\"\n",
    "title: t\ncve: ~\nbranches:\n    1.x:\n        time: ~\n        versions: ['>=1.0', '<1.2']\nreference: composer://v/p\n",
    "id: GHSA-1\npackage: p\ntitle: t\nseverity: high\nvulnerable_version_ranges:\n  - '>= 1.0.0, < 1.2.0'\n",
    "identifier: \"GMS-1\"\npackage_slug: \"maven/g/a\"\ntitle: \"t\"\naffected_range: \"(,1.2),[2.0,2.1]\"\n",
    r#"{"lib":{"npmname":"n","vulnerabilities":[{"atOrAbove":"1","below":"2","identifiers":{"CVE":["CVE-1"]}}]}}"#,
];

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

/// One of each of the forms of Debian's and Ubuntu's trackers.
#[rustfmt::skip]
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
