use plimsoll_advisory::{Affected, RangeEnd, SeverityClaim};

use super::*;
use crate::feed::Feed;
use crate::feeds::alinux_csaf::ALINUX_CSAF;
use crate::feeds::openeuler_csaf::OPENEULER_CSAF;
use crate::feeds::recognise;
use crate::feeds::redhat_csaf::REDHAT_CSAF;
use crate::feeds::redhat_vex::REDHAT_VEX;
use crate::feeds::suse_csaf_vex::SUSE_CSAF_VEX;
use crate::options::BuildOptions;

/// A document of components that are parts of one platform each, and what is said of them.
struct Sample {
    id: &'static str,
    /// Id and CPE.
    platforms: &'static [(&'static str, &'static str)],
    /// Id and purl.
    components: &'static [(&'static str, &'static str)],
    /// Platform (or a part of one) and component.
    parts: &'static [(&'static str, &'static str)],
    vulnerabilities: &'static str,
}

impl Sample {
    fn document(&self) -> String {
        let product = |(id, helper): (&str, String)| {
            format!(
                r#"{{"category": "x", "name": "x", "product": {{"name": "x", "product_id": "{id}",
                "product_identification_helper": {{{helper}}}}}}}"#
            )
        };
        let platforms = self.platforms.iter().map(|(id, cpe)| (*id, format!(r#""cpe": "{cpe}""#)));
        let components =
            self.components.iter().map(|(id, purl)| (*id, format!(r#""purl": "{purl}""#)));
        let branches: Vec<_> = platforms.chain(components).map(product).collect();
        let part = |(of, component): &(&str, &str)| {
            format!(
                r#"{{"category": "default_component_of", "product_reference": "{component}", "relates_to_product_reference": "{of}",
                "full_product_name": {{"name": "x", "product_id": "{of}:{component}"}}}}"#
            )
        };
        let parts: Vec<_> = self.parts.iter().map(part).collect();
        format!(
            r#"{{"document": {{"category": "csaf_vex", "csaf_version": "2.0", "title": "a title",
            "aggregate_severity": {{"text": "Moderate"}}, "tracking": {{"id": "{}",
            "initial_release_date": "2024-01-01T00:00:00Z", "current_release_date": "2024-02-01T00:00:00Z"}}}},
            "product_tree": {{"branches": [{{"category": "vendor", "name": "x", "branches": [{}]}}], "relationships": [{}]}},
            "vulnerabilities": [{}]}}"#,
            self.id,
            branches.join(","),
            parts.join(","),
            self.vulnerabilities
        )
    }

    fn read(&self, feed: &Feed) -> (Vec<Advisory>, Tally) {
        let options = BuildOptions::default();
        let mut into = Import::new(&options);
        let document = self.document();
        (feed.import)(&Document { path: "x.json", bytes: document.as_bytes() }, &mut into).unwrap();
        (into.advisories, into.tally)
    }
}

/// `release package kind module state`, what is not said left out.
fn said(advisory: &Advisory) -> Vec<String> {
    let word = |entry: &Affected| {
        let state = match entry.intervals.first().map(|interval| &interval.end) {
            Some(RangeEnd::Fixed(version)) => format!("<{version}"),
            _ => format!("{:?}", entry.status),
        };
        let kind = entry.names.map(|kind| format!("{kind:?}")).unwrap_or_default();
        let module = entry.module.clone().unwrap_or_default();
        let words = [entry.release.clone(), entry.package.clone(), kind, module, state];
        words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    };
    advisory.affected.iter().map(word).collect()
}

const VEX: Sample = Sample {
    id: "CVE-2024-1",
    platforms: &[
        ("BaseOS-9", "cpe:/o:redhat:enterprise_linux:9::baseos"),
        ("rhel_8", "cpe:/o:redhat:enterprise_linux:8"),
        ("Text-Only", "cpe:/a:redhat:text:1"),
        ("windows", "cpe:/o:example:windows"),
    ],
    components: &[
        ("openssl-1:3.0-2.el9.src", "pkg:rpm/redhat/openssl@3.0-2.el9?arch=src&epoch=1"),
        (
            "openssl-libs-1:3.0-2.el9.s390x",
            "pkg:rpm/redhat/openssl-libs@3.0-2.el9?arch=s390x&epoch=1",
        ),
        (
            "openssl-libs-1:3.0-2.el9.x86_64",
            "pkg:rpm/redhat/openssl-libs@3.0-2.el9?arch=x86_64&epoch=1",
        ),
        (
            "openssl-doc-1:3.0-2.el9.noarch",
            "pkg:rpm/redhat/openssl-doc@3.0-2.el9?arch=noarch&epoch=1",
        ),
        ("libstdc++", "pkg:rpm/redhat/libstdc%2B%2B?arch=src"),
        ("samba-client", "pkg:rpm/redhat/samba-client"),
        ("vim", ""),
        ("edk2", "pkg:rpm/redhat/edk2?arch=src"),
        ("nodejs:18/nodejs", "pkg:rpm/redhat/nodejs@18?arch=src&rpmmod=nodejs:18:8080:63b"),
        ("firefox-flatpak", "pkg:rpm/redhat/firefox-flatpak?rpmmod=rhel10"),
        ("openshift4/ose@sha256:aa_amd64", "pkg:oci/ose@sha256:aa?arch=amd64"),
    ],
    parts: &[
        ("BaseOS-9", "openssl-1:3.0-2.el9.src"),
        ("BaseOS-9", "openssl-libs-1:3.0-2.el9.s390x"),
        ("BaseOS-9", "openssl-libs-1:3.0-2.el9.x86_64"),
        ("BaseOS-9", "openssl-doc-1:3.0-2.el9.noarch"),
        ("rhel_8", "libstdc++"),
        ("rhel_8", "samba-client"),
        ("rhel_8", "vim"),
        ("rhel_8", "edk2"),
        ("rhel_8", "nodejs:18/nodejs"),
        ("rhel_8", "firefox-flatpak"),
        ("rhel_8", "openshift4/ose@sha256:aa_amd64"),
        ("windows", "vim"),
    ],
    vulnerabilities: r#"{"cve": "CVE-2024-1", "title": "openssl: a flaw", "release_date": "2023-12-01T00:00:00Z",
        "cwe": {"id": "CWE-400"}, "notes": [{"category": "summary", "text": "s"}, {"category": "description", "text": "more"}],
        "references": [{"url": "https://example.com"}, {"url": "https://example.com"}],
        "product_status": {
            "fixed": ["BaseOS-9:openssl-1:3.0-2.el9.src", "BaseOS-9:openssl-libs-1:3.0-2.el9.s390x",
                "BaseOS-9:openssl-libs-1:3.0-2.el9.x86_64", "Text-Only", "nothing", "windows:vim"],
            "known_affected": ["rhel_8:libstdc++", "rhel_8:vim", "rhel_8:edk2", "rhel_8:nodejs:18/nodejs",
                "rhel_8:firefox-flatpak", "rhel_8:openshift4/ose@sha256:aa_amd64"],
            "known_not_affected": ["BaseOS-9:openssl-doc-1:3.0-2.el9.noarch", "rhel_8:samba-client"],
            "under_investigation": 5},
        "remediations": [{"category": "no_fix_planned", "details": "Out of support scope", "product_ids": ["rhel_8:vim"]},
            {"category": "none_available", "details": "Fix deferred", "product_ids": ["rhel_8:edk2"]},
            {"category": "none_available", "details": "Affected", "product_ids": ["rhel_8:libstdc++"]},
            {"category": "vendor_fix", "details": "x", "url": "https://example.com/RHSA-2024:1", "product_ids": []}],
        "scores": [{"cvss_v3": {"vectorString": "CVSS:3.1/AV:N"}}, {"cvss_v3": {"vectorString": "CVSS:3.1/AV:N"}}],
        "threats": [{"category": "impact", "details": "Important", "product_ids": ["BaseOS-9:openssl-libs-1:3.0-2.el9.x86_64"]},
            {"category": "impact", "details": "Low", "product_ids": ["rhel_8:vim"]}]}, 7"#,
};

#[test]
fn rows_of_a_vex_become_one_entry_for_each_package_release_and_stream() {
    let (advisories, tally) = VEX.read(&REDHAT_VEX);
    assert_eq!(
        said(&advisories[0]),
        [
            "enterprise_linux:8 edk2 Source Deferred",
            "enterprise_linux:8 libstdc++ Source Affected",
            "enterprise_linux:8 nodejs Source nodejs:18 Affected",
            "enterprise_linux:8 samba-client NotAffected",
            "enterprise_linux:8 vim Source EndOfLife",
            "enterprise_linux:9::baseos openssl-libs <1:3.0-2.el9",
        ]
    );
    assert_eq!(tally.records, 1);
    let rejected: Vec<_> = tally.rejected.into_iter().collect();
    assert_eq!(
        rejected,
        [
            ("not a list of products", 1),
            ("not a record of its feed", 1),
            ("unknown CPE", 1),
            ("unknown module", 1),
            ("unknown product", 1),
        ]
    );
    assert_eq!(tally.ignored.values().sum::<u64>(), 3, "{:?}", tally.ignored);
}

#[test]
fn texts_of_a_vex_are_kept_and_severities_belong_to_their_products() {
    let advisory = &VEX.read(&REDHAT_VEX).0[0];
    let texts = [&advisory.id, &advisory.summary, &advisory.details];
    assert_eq!(texts, ["CVE-2024-1", "openssl: a flaw", "more"]);
    assert_eq!(advisory.published.as_deref(), Some("2023-12-01T00:00:00Z"));
    assert_eq!(advisory.modified.as_deref(), Some("2024-02-01T00:00:00Z"));
    assert_eq!(advisory.references, ["https://example.com", "https://example.com/RHSA-2024:1"]);
    assert_eq!(advisory.cwes, ["CWE-400"]);
    let words = |claims: &[SeverityClaim]| -> Vec<String> {
        claims.iter().map(|claim| format!("{} {}", claim.source, claim.value)).collect()
    };
    assert_eq!(words(&advisory.severities), ["redhat CVSS:3.1/AV:N", "redhat moderate"]);
    assert_eq!(words(&advisory.affected[4].severities), ["redhat low"]);
    assert_eq!(words(&advisory.affected[5].severities), ["redhat important"]);
}

#[test]
fn an_erratum_fixes_the_flaws_of_all_its_parts_and_names_streams() {
    let erratum = Sample {
        id: "RHSA-2024:1",
        platforms: &[("AppStream-8", "cpe:/a:redhat:rhel_eus:8.4::appstream")],
        components: &[
            ("python36:3.6:8040:9bf", "pkg:rpmmod/redhat/python36@3.6:8040:9bf"),
            (
                "python36-0:3.6-2.module+el8.x86_64",
                "pkg:rpm/redhat/python36@3.6-2.module%2Bel8?arch=x86_64",
            ),
        ],
        parts: &[
            ("AppStream-8", "python36:3.6:8040:9bf"),
            ("AppStream-8:python36:3.6:8040:9bf", "python36-0:3.6-2.module+el8.x86_64"),
        ],
        vulnerabilities: r#"{"cve": "CVE-2024-1", "product_status": {"fixed": ["AppStream-8:python36:3.6:8040:9bf",
                "AppStream-8:python36:3.6:8040:9bf:python36-0:3.6-2.module+el8.x86_64"]}},
            {"cve": "CVE-2024-2", "scores": [{"cvss_v3": {"vectorString": "CVSS:3.1/AV:N"}}], "product_status":
                {"known_not_affected": ["AppStream-8:python36:3.6:8040:9bf:python36-0:3.6-2.module+el8.x86_64"]}}"#,
    };
    let (advisories, tally) = erratum.read(&REDHAT_CSAF);
    let advisory = &advisories[0];
    assert_eq!(said(advisory), ["rhel_eus:8.4::appstream python36 python36:3.6 <3.6-2.module+el8"]);
    assert_eq!((advisory.id.as_str(), advisory.summary.as_str()), ("RHSA-2024:1", "a title"));
    assert_eq!(advisory.upstream, ["CVE-2024-1", "CVE-2024-2"]);
    assert_eq!(advisory.severities.len(), 1, "vectors are those of single flaws");
    assert_eq!((tally.rejected.len(), tally.ignored.len()), (0, 1));
}

#[test]
fn documents_of_former_years_name_builds_without_purls() {
    let former = Sample {
        id: "CVE-2023-1",
        platforms: &[("BaseOS-8", "cpe:/o:redhat:enterprise_linux:8::baseos")],
        components: &[("kernel-0:4.18-1.el8.x86_64", ""), ("kernel", ""), ("io.quarkus/http", "")],
        parts: &[
            ("BaseOS-8", "kernel-0:4.18-1.el8.x86_64"),
            ("BaseOS-8", "kernel"),
            ("BaseOS-8", "io.quarkus/http"),
        ],
        vulnerabilities: r#"{"cve": "CVE-2023-1", "product_status": {"fixed": ["BaseOS-8:kernel-0:4.18-1.el8.x86_64"],
            "known_affected": ["BaseOS-8:kernel", "BaseOS-8:io.quarkus/http"]}}"#,
    };
    let (advisories, tally) = former.read(&REDHAT_VEX);
    let baseos = "enterprise_linux:8::baseos kernel";
    let expected = [format!("{baseos} Source Affected"), format!("{baseos} <4.18-1.el8")];
    assert_eq!(said(&advisories[0]), expected);
    assert_eq!(tally.ignored.values().sum::<u64>(), 1);
}

#[test]
fn suse_names_releases_by_products_and_packages_that_are_not_fixed_without_versions() {
    let vex = Sample {
        id: "CVE-2023-2",
        platforms: &[
            ("SUSE Linux Enterprise Server 15 SP5", "cpe:/o:suse:sles:15:sp5"),
            ("openSUSE Leap 15.5", "cpe:/o:opensuse:leap:15.5"),
            ("Container bci/node:18", ""),
        ],
        components: &[
            ("ctdb-4.19.2+git.322-1.1", ""),
            ("libdcerpc-binding0-32bit", ""),
            ("java-1_8_0-openjdk", ""),
        ],
        parts: &[
            ("openSUSE Leap 15.5", "ctdb-4.19.2+git.322-1.1"),
            ("Container bci/node:18", "ctdb-4.19.2+git.322-1.1"),
            ("SUSE Linux Enterprise Server 15 SP5", "libdcerpc-binding0-32bit"),
            ("SUSE Linux Enterprise Server 15 SP5", "java-1_8_0-openjdk"),
        ],
        vulnerabilities: r#"{"cve": "CVE-2023-2", "title": "CVE-2023-2", "product_status": {
            "recommended": ["openSUSE Leap 15.5:ctdb-4.19.2+git.322-1.1", "Container bci/node:18:ctdb-4.19.2+git.322-1.1"],
            "known_affected": ["SUSE Linux Enterprise Server 15 SP5:java-1_8_0-openjdk"],
            "known_not_affected": ["SUSE Linux Enterprise Server 15 SP5:libdcerpc-binding0-32bit"]}}"#,
    };
    let (advisories, tally) = vex.read(&SUSE_CSAF_VEX);
    assert_eq!(
        said(&advisories[0]),
        [
            "Linux Enterprise Server 15 SP5 java-1_8_0-openjdk Affected",
            "Linux Enterprise Server 15 SP5 libdcerpc-binding0-32bit NotAffected",
            "Leap 15.5 ctdb <4.19.2+git.322-1.1",
        ]
    );
    let families: Vec<_> =
        { advisories[0].affected.iter() }.map(|one| one.family.as_str()).collect();
    assert_eq!(families, ["SUSE", "SUSE", "openSUSE"]);
    assert_eq!(advisories[0].summary, "a title", "a title that is but the id says nothing");
    assert_eq!((tally.rejected.len(), tally.ignored.len()), (0, 1));
}

#[test]
fn openeuler_and_alibaba_name_releases_in_their_own_ways() {
    let openeuler = Sample {
        id: "openEuler-SA-2025-1",
        platforms: &[("openEuler-24.03-LTS-SP1", "cpe:/a:openEuler:openEuler:24.03-LTS-SP1")],
        components: &[
            ("vim-9.0-33.oe2403sp1.src.rpm", ""),
            ("vim-X11-9.0-33.oe2403sp1.x86_64.rpm", ""),
        ],
        parts: &[
            ("openEuler-24.03-LTS-SP1", "vim-9.0-33.oe2403sp1.src.rpm"),
            ("openEuler-24.03-LTS-SP1", "vim-X11-9.0-33.oe2403sp1.x86_64.rpm"),
        ],
        vulnerabilities: r#"{"cve": "CVE-2025-1", "product_status": {"fixed": [
            "openEuler-24.03-LTS-SP1:vim-9.0-33.oe2403sp1.src.rpm", "openEuler-24.03-LTS-SP1:vim-X11-9.0-33.oe2403sp1.x86_64.rpm"]}}"#,
    };
    let (advisories, _) = openeuler.read(&OPENEULER_CSAF);
    assert_eq!(said(&advisories[0]), ["24.03-LTS-SP1 vim-X11 Binary <9.0-33.oe2403sp1"]);
    let alinux = Sample {
        id: "ALINUX2-SA-2024:0001",
        platforms: &[("Alinux 2.1903", "")],
        components: &[("keepalived-1.3.5-8.3.al7.x86_64", ""), ("keepalived", "")],
        parts: &[
            ("Alinux 2.1903", "keepalived-1.3.5-8.3.al7.x86_64"),
            ("Alinux 2.1903", "keepalived"),
        ],
        vulnerabilities: r#"{"cve": "CVE-2024-1", "product_status": {"fixed": ["Alinux 2.1903:keepalived-1.3.5-8.3.al7.x86_64",
            "Alinux 2.1903:keepalived"]}}"#,
    };
    let (advisories, tally) = alinux.read(&ALINUX_CSAF);
    assert_eq!(said(&advisories[0]), ["2 keepalived <1.3.5-8.3.al7"]);
    assert_eq!(advisories[0].affected[0].family, "Alibaba Cloud Linux");
    assert_eq!(tally.rejected, [("a name that is no build", 1)].into());
}

#[test]
fn branches_of_any_depth_end() {
    let deep = format!(
        r#"{{"document": {{"tracking": {{"id": "CVE-2024-1"}}}}, "product_tree": {{"branches": {}"#,
        r#"[{"branches": "#.repeat(100_000)
    );
    let options = BuildOptions::default();
    let document = Document { path: "x.json", bytes: deep.as_bytes() };
    let mut into = Import::new(&options);
    assert_eq!((REDHAT_VEX.import)(&document, &mut into), Err(NotOfThisFeed));
}

#[test]
fn parts_of_parts_of_themselves_end() {
    let circle = Sample {
        id: "CVE-2024-1",
        platforms: &[],
        components: &[("a", "")],
        parts: &[("a", "a"), ("a:a", "a")],
        vulnerabilities: r#"{"product_status": {"fixed": ["a:a"]}}"#,
    };
    let document = circle.document().replace(
        r#""relates_to_product_reference": "a""#,
        r#""relates_to_product_reference": "a:a""#,
    );
    let options = BuildOptions::default();
    let mut into = Import::new(&options);
    let document = Document { path: "x.json", bytes: document.as_bytes() };
    (REDHAT_VEX.import)(&document, &mut into).unwrap();
    assert_eq!(into.tally.rejected, [("unknown product", 1)].into());
}

#[test]
fn an_importer_leaves_what_is_anothers_alone() {
    let options = BuildOptions::default();
    for (namespace, id, is_ours) in [
        ("https://www.redhat.com", "CVE-2024-1", true),
        ("https://www.redhat.com", "RHSA-2024:1", false),
        ("https://www.suse.com/", "CVE-2024-1", false),
    ] {
        let document = format!(
            r#"{{"document": {{"publisher": {{"namespace": "{namespace}"}}, "tracking": {{"id": "{id}"}}}}}}"#
        );
        let mut into = Import::new(&options);
        let document = Document { path: "x.json", bytes: document.as_bytes() };
        assert_eq!((REDHAT_VEX.import)(&document, &mut into).is_ok(), is_ours, "{namespace} {id}");
    }
}

#[test]
fn documents_are_of_their_publishers_feeds() {
    for (namespace, id, feed) in [
        ("https://www.redhat.com", "CVE-2024-1", Some("redhat-vex")),
        ("https://www.redhat.com", "RHBA-2024:1", Some("redhat-csaf")),
        ("https://www.redhat.com", "other", None),
        ("https://www.suse.com/", "SUSE-SU-2024:1-1", Some("suse-csaf")),
        ("https://www.suse.com/", "CVE-2024-1", Some("suse-csaf-vex")),
        ("https://www.openeuler.org", "openEuler-SA-2025-1", Some("openeuler-csaf")),
        ("https://www.openeuler.org", "CVE-2024-1", Some("openeuler-csaf")),
        ("https://alas.aliyuncs.com/", "CVE-2024-1", Some("alinux-csaf")),
        ("https://psirt.example.com", "CVE-2024-1", None),
    ] {
        let document = format!(
            r#"{{"document": {{"csaf_version": "2.0", "publisher": {{"namespace": "{namespace}"}}, "tracking": {{"id": "{id}"}}}}}}"#
        );
        let outline = Outline::of(&Document { path: "x.json", bytes: document.as_bytes() });
        assert_eq!(recognise(&outline).map(|feed| feed.id), feed, "{namespace} {id}");
    }
}
