//! Arch Linux, Gentoo, Photon OS, Azure Linux, openEuler.

use super::*;

#[test]
fn arch_names_binaries_and_groups_flaws() {
    let group = r#"[{"name": "AVG-1", "packages": ["glibc", "lib32-glibc"], "status": "Fixed", "severity": "High",
        "type": "arbitrary code execution", "affected": "2.38-1", "fixed": "2.38-2", "ticket": null,
        "issues": ["CVE-2023-4911"], "advisories": ["ASA-202310-01"]}]"#;
    let image = |version: &str| {
        let desc = format!(
            "%NAME%\nlib32-glibc\n\n%VERSION%\n{version}\n\n%BASE%\nlib32-glibc\n\n%ARCH%\nx86_64\n\n"
        );
        image_of("arch", "").file(format!("var/lib/pacman/local/lib32-glibc-{version}/desc"), desc)
    };
    check(vec![Rule {
        name: "a group of flaws is fixed in a version of all its packages",
        feeds: vec![("arch/all.json", group.to_owned())],
        trips: (image("2.38-1"), "CVE-2023-4911 lib32-glibc: fixed in 2.38-2, High"),
        does_not: (image("2.38-2"), ""),
    }]);
}

#[test]
fn gentoo_judges_each_slot_by_itself() {
    let glsa = |slot: &str| {
        let document = format!(
            r#"<glsa id="202305-35"><title>Mozilla Firefox: Multiple Vulnerabilities</title><synopsis>Several.</synopsis>
            <announced>2023-05-30</announced><affected><package name="www-client/firefox" auto="yes" arch="*">
            <unaffected range="ge" slot="{slot}">112.0</unaffected><vulnerable range="lt" slot="{slot}">112.0</vulnerable>
            </package></affected><impact type="high"><p>x</p></impact><references>
            <uri link="https://nvd.nist.gov/vuln/detail/CVE-2023-1945">CVE-2023-1945</uri></references></glsa>"#
        );
        vec![("gentoo-glsa/glsa-202305-35.xml", document)]
    };
    let image = |version: &str, slot: Option<&str>| {
        let directory = format!("var/db/pkg/www-client/firefox-{version}");
        let slot = slot.map(|slot| (format!("{directory}/SLOT"), format!("{slot}\n")));
        image_of("gentoo", "2.14").file(format!("{directory}/CONTENTS"), "").files(slot)
    };
    let found = "CVE-2023-1945 www-client/firefox: fixed in 112.0, High";
    check(vec![
        Rule {
            name: "of another slot",
            feeds: glsa("rapid"),
            trips: (image("111.0", Some("rapid")), found),
            does_not: (image("102.10.0", Some("esr")), ""),
        },
        Rule {
            name: "a sub-slot makes no other slot",
            feeds: glsa("rapid"),
            trips: (image("111.0", Some("rapid/1")), found),
            does_not: (image("112.0", Some("rapid/1")), ""),
        },
        Rule {
            name: "of a slot that is not known",
            feeds: glsa("rapid"),
            trips: (image("111.0", Some("rapid")), found),
            does_not: (
                image("111.0", None),
                "www-client/firefox 111.0: undetermined: the module stream or slot is not known",
            ),
        },
        Rule {
            name: "of all slots",
            feeds: glsa("*"),
            trips: (image("102.10.0", Some("esr")), found),
            does_not: (image("112.0", Some("rapid")), ""),
        },
    ]);
}

#[test]
fn photons_releases_are_judged_apart() {
    let record = |status: &str, fixed: &str| {
        format!(
            r#"[{{"cve_id": "CVE-2025-9086", "pkg": "curl", "cve_score": 7.5, "aff_ver": "all versions before {fixed} are vulnerable",
            "res_ver": "{fixed}", "status": "{status}"}}]"#
        )
    };
    let image = |release: &str, build: &str| {
        let package = rpmdb::Package::new("curl", "8.12.0", build).vendor("VMware, Inc.");
        rpm("photon", release, &[package])
    };
    check(vec![Rule {
        name: "one release is fixed and another not affected",
        feeds: vec![
            ("photon/cve_data_photon5.0.json", record("Fixed", "8.12.0-5.ph5")),
            ("photon/cve_data_photon4.0.json", record("Not Affected", "NA")),
        ],
        trips: (image("5.0", "4.ph5"), "CVE-2025-9086 curl: fixed in 8.12.0-5.ph5, High"),
        does_not: (image("4.0", "4.ph4"), ""),
    }]);
}

/// Azure Linux 3's definition of CVE-2023-1000 in a package.
fn azure(package: &str) -> String {
    r#"<oval_definitions><definitions><definition id="oval:com.microsoft.azurelinux:def:1" class="vulnerability"><metadata>
        <title>CVE-2023-1000 affecting package vim for versions less than 9.0-3</title><patchable>true</patchable>
        <reference ref_id="CVE-2023-1000" source="CVE"/><severity>High</severity></metadata>
        <criteria><criterion test_ref="1"/></criteria></definition></definitions>
        <tests><rpminfo_test id="1"><object object_ref="1"/><state state_ref="1"/></rpminfo_test></tests>
        <objects><rpminfo_object id="1"><name>vim</name></rpminfo_object></objects>
        <states><rpminfo_state id="1"><evr operation="less than">0:9.0-3.azl3</evr></rpminfo_state></states></oval_definitions>"#
        .replace("vim", package)
}

#[test]
fn azure_names_sources() {
    let image = |build: &str, source: &str| {
        let package = rpmdb::Package::new("vim-common", "9.0", build)
            .source_rpm(&format!("{source}-9.0-{build}.src.rpm"))
            .vendor("Microsoft Corporation");
        rpm("azurelinux", "3.0", &[package])
    };
    let feeds = || vec![("azurelinux-oval/azurelinux-3.0-oval.xml", azure("vim"))];
    let found = "CVE-2023-1000 vim-common: fixed in 0:9.0-3.azl3, High";
    check(vec![
        Rule {
            name: "a binary is found by its source",
            feeds: feeds(),
            trips: (image("2.azl3", "vim"), found),
            does_not: (image("3.azl3", "vim"), ""),
        },
        Rule {
            name: "and not by another",
            feeds: feeds(),
            trips: (image("2.azl3", "vim"), found),
            does_not: (image("2.azl3", "other"), ""),
        },
    ]);
}

#[test]
fn azures_title_is_that_of_the_package_and_not_of_another_with_the_same_flaw() {
    let feeds = [
        ("azurelinux-oval/azurelinux-3.0-oval.xml", azure("vim")),
        ("azurelinux-oval/others-3.0-oval.xml", azure("another-package")),
    ];
    let directory = TempDir::new().unwrap();
    let package = rpmdb::Package::new("vim", "9.0", "2.azl3").vendor("Microsoft Corporation");
    let image = rpm("azurelinux", "3.0", &[package]);
    let report = scanned(image, &snapshot(&directory, &feeds));
    let titles: Vec<_> = report.findings.iter().map(|finding| finding.title.as_str()).collect();
    assert_eq!(titles, ["affecting package vim"]);
}

#[test]
fn openeuler_counts_service_packs_as_releases() {
    let release = "22.03-LTS-SP3";
    let cvrf = format!(
        r#"<cvrfdoc><DocumentTitle>An update for firefox</DocumentTitle>
        <DocumentPublisher><ContactDetails>openeuler-security@openeuler.org</ContactDetails></DocumentPublisher>
        <DocumentTracking><Identification><ID>openEuler-SA-2025-1</ID></Identification></DocumentTracking>
        <DocumentNotes><Note Title="Severity">Critical</Note></DocumentNotes>
        <ProductTree><Branch Name="openEuler"><FullProductName ProductID="openEuler-{release}"
        CPE="cpe:/a:openEuler:openEuler:{release}">openEuler-{release}</FullProductName></Branch>
        <Branch Type="Package Arch" Name="x86_64"><FullProductName ProductID="firefox-128.8.0-1"
        CPE="cpe:/a:openEuler:openEuler:{release}">firefox-128.8.0-1.oe2203sp3.x86_64.rpm</FullProductName></Branch></ProductTree>
        <Vulnerability><CVE>CVE-2023-1000</CVE><ProductStatuses><Status Type="Fixed">
        <ProductID>openEuler-{release}</ProductID></Status></ProductStatuses></Vulnerability></cvrfdoc>"#
    );
    let image = |flavour: &str| {
        let os_release = format!("ID=openEuler\nVERSION_ID=22.03\nVERSION=\"22.03 ({flavour})\"\n");
        let package =
            rpmdb::Package::new("firefox", "128.7.0", "1.oe2203").vendor("http://openeuler.org");
        rpm("openEuler", "22.03", &[package]).file("etc/os-release", os_release)
    };
    check(vec![Rule {
        name: "the service pack of another image",
        feeds: vec![("openeuler-cvrf/openEuler-SA-2025-1.xml", cvrf)],
        trips: (image("LTS-SP3"), "CVE-2023-1000 firefox: fixed in 128.8.0-1.oe2203sp3, Critical"),
        does_not: (image("LTS-SP4"), ""),
    }]);
}
