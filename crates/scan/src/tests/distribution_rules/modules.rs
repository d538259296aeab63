//! Modules of the rebuilds of Red Hat's distribution.

use super::*;

/// nodejs of a build, and of a stream where the label tells one.
fn nodejs(build: &str, module: Option<&str>, vendor: &str) -> rpmdb::Package {
    let package = rpmdb::Package::new("nodejs", "16.1.0", build)
        .epoch(1)
        .vendor(vendor)
        .source_rpm(&format!("nodejs-16.1.0-{build}.src.rpm"));
    module.iter().fold(package, |package, module| package.module(module))
}

#[test]
fn rockys_errata_are_of_streams() {
    let erratum = r#"{"advisories": [{"name": "RLSA-2024:1", "kind": "Security", "severity": "Moderate",
        "synopsis": "Moderate: nodejs:16 security update", "published_at": "2024-05-07T03:40:00Z", "affected_products": [],
        "cves": [{"cve": "CVE-2024-1000"}], "packages": [
        {"nevra": "nodejs-1:16.2.0-1.module+el8.6.0+2+bb.x86_64.rpm", "module_name": "nodejs", "module_stream": "16",
        "product_name": "Rocky Linux 8 x86_64"}]}]}"#;
    let feeds = || vec![("rocky-errata/errata.json", erratum.to_owned())];
    let build = "1.module+el8.6.0+1+aa";
    let image = |build: &str, module| rpm("rocky", "8.9", &[nodejs(build, module, "Rocky")]);
    let sixteen = || image(build, Some("nodejs:16:8060020220523:aa"));
    let fixed = "CVE-2024-1000 nodejs: fixed in 1:16.2.0-1.module+el8.6.0+2+bb, Medium";
    check(vec![
        Rule {
            name: "of another stream",
            feeds: feeds(),
            trips: (sixteen(), fixed),
            does_not: (image(build, Some("nodejs:18:8060020220523:aa")), ""),
        },
        Rule {
            name: "of no module",
            feeds: feeds(),
            trips: (sixteen(), fixed),
            does_not: (image("1.el8", None), ""),
        },
    ]);
}

#[test]
fn almas_errata_are_of_streams() {
    let erratum = r#"{"data": [{"id": "ALSA-2024:1", "issued_date": 1613397600, "updated_date": 1613397600,
        "severity": "Important", "title": "Important: nodejs:16 security update", "description": "text", "type": "security",
        "packages": [{"name": "nodejs", "epoch": "1", "version": "16.2.0", "release": "1.module_el8.6.0+2+bb", "arch": "x86_64",
        "module": "nodejs:16:8060020220523:bb:x86_64"}], "references": [{"id": "CVE-2024-1000", "type": "cve", "href": "https://cve"},
        {"id": "ALSA-2024:1", "type": "self", "href": "https://errata.almalinux.org/8/ALSA-2024-1.html"}]}]}"#;
    let feeds = || vec![("almalinux-errata/errata.json", erratum.to_owned())];
    let build = "1.module_el8.6.0+1+aa";
    let image = |module| rpm("almalinux", "8.9", &[nodejs(build, module, "AlmaLinux")]);
    let sixteen = || image(Some("nodejs:16:8060020220523:aa"));
    let fixed = "CVE-2024-1000 nodejs: fixed in 1:16.2.0-1.module_el8.6.0+2+bb, High";
    check(vec![
        Rule {
            name: "of another stream",
            feeds: feeds(),
            trips: (sixteen(), fixed),
            does_not: (image(Some("nodejs:18:8060020220523:aa")), ""),
        },
        Rule {
            name: "of a module whose stream is not known",
            feeds: feeds(),
            trips: (sixteen(), fixed),
            does_not: (
                image(None),
                "nodejs 1:16.1.0-1.module_el8.6.0+1+aa: undetermined: the module stream or slot is not known",
            ),
        },
    ]);
}
