//! SUSE and openSUSE.

use super::*;

/// SUSE's document on one flaw: a package that is fixed in products, each with the build that fixes it there.
fn cvrf(fixes: &[(&str, &str)]) -> Vec<(&'static str, String)> {
    let (mut tree, mut fixed) = (String::new(), String::new());
    for (product, build) in fixes {
        tree += &format!(
            r#"<Branch Type="Product Name" Name="{product}"><FullProductName ProductID="{product}">{product}</FullProductName></Branch>
            <Relationship ProductReference="{build}" RelatesToProductReference="{product}">
            <FullProductName ProductID="{product}:{build}">{build} as a component of {product}</FullProductName></Relationship>"#
        );
        fixed += &format!("<ProductID>{product}:{build}</ProductID>");
    }
    let document = format!(
        r#"<cvrfdoc><DocumentTitle>SUSE CVE CVE-2024-1</DocumentTitle>
        <DocumentPublisher Type="Vendor"><IssuingAuthority>SUSE Security Team</IssuingAuthority></DocumentPublisher>
        <DocumentTracking><Identification><ID>SUSE CVE-2024-1</ID></Identification></DocumentTracking>
        <ProductTree>{tree}</ProductTree><Vulnerability><CVE>CVE-2024-1</CVE>
        <ProductStatuses><Status Type="Fixed">{fixed}</Status></ProductStatuses></Vulnerability></cvrfdoc>"#
    );
    vec![("suse-cvrf/cvrf-CVE-2024-1.xml", document)]
}

fn image(id: &str, version: &str, release: &str) -> Layer {
    let package = rpmdb::Package::new("libcurl4", "8.0.1", release)
        .source_rpm(&format!("curl-8.0.1-{release}.src.rpm"))
        .vendor("SUSE LLC <https://www.suse.com/>");
    rpm(id, version, &[package])
}

const FIXED: &str = "libcurl4-8.0.1-150400.5.41.1";

#[test]
fn a_release_is_the_product_and_what_comes_with_it() {
    let found = "CVE-2024-1 libcurl4: fixed in 8.0.1-150400.5.41.1";
    let rule = |name, product, trips: (&str, &str), does_not: (&str, &str)| Rule {
        name,
        feeds: cvrf(&[(product, FIXED)]),
        trips: (image(trips.0, trips.1, "150400.5.23.1"), found),
        does_not: (image(does_not.0, does_not.1, "150400.5.23.1"), ""),
    };
    check(vec![
        rule(
            "the server of a service pack",
            "SUSE Linux Enterprise Server 15 SP5",
            ("sles", "15.5"),
            ("sles", "15.4"),
        ),
        rule(
            "a module of the subscription",
            "SUSE Linux Enterprise Module for Basesystem 15 SP5",
            ("sles", "15.5"),
            ("opensuse-leap", "15.5"),
        ),
        rule(
            "the server for SAP builds upon the server, and the server not upon that",
            "SUSE Linux Enterprise Server for SAP Applications 15 SP5",
            ("sles_sap", "15.5"),
            ("sles", "15.5"),
        ),
        rule("Leap", "openSUSE Leap 15.5", ("opensuse-leap", "15.5"), ("sles", "15.5")),
        rule(
            "Leap of another version",
            "openSUSE Leap 15.6",
            ("opensuse-leap", "15.6"),
            ("opensuse-leap", "15.5"),
        ),
        rule(
            "Tumbleweed",
            "openSUSE Tumbleweed",
            ("opensuse-tumbleweed", "20240101"),
            ("opensuse-leap", "15.5"),
        ),
    ]);
}

#[test]
fn long_term_support_is_sold_apart() {
    let (server, ltss) =
        ("SUSE Linux Enterprise Server 15 SP4", "SUSE Linux Enterprise Server 15 SP4-LTSS");
    check(vec![Rule {
        name: "a fix of LTSS alone is nobody's that os-release could name",
        feeds: cvrf(&[(server, "libcurl4-8.0.1-150400.5.30.1"), (ltss, FIXED)]),
        trips: (
            image("sles", "15.4", "150400.5.23.1"),
            "CVE-2024-1 libcurl4: fixed in 8.0.1-150400.5.30.1",
        ),
        does_not: (image("sles", "15.4", "150400.5.30.1"), ""),
    }]);
}

#[test]
fn a_project_of_the_build_service_is_not_the_distributions() {
    let own = rpmdb::Package::new("libcurl4", "8.0.1", "1.1");
    let leap = |vendor: &str| rpm("opensuse-leap", "15.5", &[own.clone().vendor(vendor)]);
    check(vec![Rule {
        name: "somebody's own builds",
        feeds: cvrf(&[("openSUSE Leap 15.5", FIXED)]),
        trips: (leap("openSUSE"), "CVE-2024-1 libcurl4: fixed in 8.0.1-150400.5.41.1"),
        does_not: (
            leap("obs://build.opensuse.org/home:somebody"),
            "libcurl4 8.0.1-1.1: undetermined: not the distribution's package \
             but of obs://build.opensuse.org/home:somebody",
        ),
    }]);
}
