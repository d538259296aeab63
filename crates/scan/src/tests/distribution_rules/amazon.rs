//! Amazon Linux.

use super::*;

/// An erratum of Amazon's, whose id names release and repository.
fn alas(id: &str, (name, version): (&str, &str)) -> Vec<(&'static str, String)> {
    let (version, release) = version.split_once('-').unwrap();
    let document = format!(
        r#"{{"ID": "{id}", "Type": "security", "Title": "{name}", "Issued": {{"Date": "2024-01-02 18:50"}},
        "Updated": {{"Date": "2024-01-02 21:30"}}, "Severity": "Important", "Description": "text",
        "References": {{"Reference": [{{"Href": "https://cve", "ID": "CVE-2024-1000"}}]}},
        "Pkglist": {{"Collection": {{"Short": "amazon-linux", "Package": [
        {{"Arch": "x86_64", "Epoch": "0", "Name": "{name}", "Release": "{release}", "Version": "{version}"}}]}}}}}}"#
    );
    vec![("amazon-alas/alas.json", document)]
}

/// An image of Amazon Linux 2 with one package, of a repository where yum tells.
fn two(name: &str, version: &str, repository: Option<&str>) -> Layer {
    let (number, release) = version.split_once('-').unwrap();
    let package = rpmdb::Package::new(name, number, release).vendor("Amazon Linux");
    let layer = rpm("amzn", "2", &[package]);
    let from_repository = |repository: &str| {
        let folder = format!("{}-{name}-{version}-x86_64", "0".repeat(40));
        let initial = name.chars().next().unwrap();
        (format!("var/lib/yum/yumdb/{initial}/{folder}/from_repo"), repository.to_owned())
    };
    layer.files(repository.map(from_repository))
}

#[test]
fn extras_are_repositories_of_their_own() {
    let headers = "kernel-headers";
    let extra = "5.15.145-95.156.amzn2";
    check(vec![
        Rule {
            name: "a fix of an extra judges the packages that came from it",
            feeds: alas("ALAS2KERNEL-5.15-2024-001", (headers, extra)),
            trips: (
                two(headers, "5.15.139-93.147.amzn2", Some("amzn2extra-kernel-5.15")),
                "CVE-2024-1000 kernel-headers: fixed in 5.15.145-95.156.amzn2, High",
            ),
            does_not: (two(headers, "4.14.334-252.552.amzn2", Some("amzn2-core")), ""),
        },
        Rule {
            name: "and those of which nothing tells where they came from",
            feeds: alas("ALAS2KERNEL-5.15-2024-001", (headers, extra)),
            trips: (
                two(headers, "5.15.139-93.147.amzn2", None),
                "CVE-2024-1000 kernel-headers: fixed in 5.15.145-95.156.amzn2, High",
            ),
            does_not: (two(headers, "5.10.139-93.147.amzn2", Some("amzn2extra-kernel-5.10")), ""),
        },
        Rule {
            name: "whose versions tell where they did not come from",
            feeds: alas("ALAS2POSTGRESQL14-2023-001", ("postgresql", "14.3-2.amzn2.0.1")),
            trips: (
                two("postgresql", "14.1-3.amzn2.0.1", None),
                "CVE-2024-1000 postgresql: fixed in 14.3-2.amzn2.0.1, High",
            ),
            does_not: (two("postgresql", "9.2.24-6.amzn2", None), ""),
        },
        Rule {
            name: "and of what both hold it cannot be told",
            feeds: [
                alas("ALAS2-2024-001", ("libsepol", "2.5-8.amzn2")),
                alas("ALAS2SELINUX-NG-2024-001", ("libsepol", "2.9-2.amzn2")),
            ]
            .concat()
            .into_iter()
            .zip(["amazon-alas/core.json", "amazon-alas/extra.json"])
            .map(|((_, document), name)| (name, document))
            .collect(),
            trips: (
                two("libsepol", "2.5-8.amzn2", None),
                "libsepol 2.5-8.amzn2: undetermined: the repository that it came from is not known",
            ),
            does_not: (two("libsepol", "2.5-8.amzn2", Some("amzn2-core")), ""),
        },
    ]);
}

#[test]
fn an_erratum_is_of_its_release() {
    let package = rpmdb::Package::new("bash", "5.2.15", "1.amzn2023.0.2").vendor("Amazon Linux");
    check(vec![Rule {
        name: "the id names the release",
        feeds: alas("ALAS2023-2024-001", ("bash", "5.2.15-1.amzn2023.0.3")),
        trips: (
            rpm("amzn", "2023", &[package]),
            "CVE-2024-1000 bash: fixed in 5.2.15-1.amzn2023.0.3, High",
        ),
        does_not: (two("bash", "4.2.46-34.amzn2", None), ""),
    }]);
}
