//! openEuler's bulletins in CVRF (repo.openeuler.org/security/data/cvrf): the packages of an update stand in the tree of products itself.
//! They are named by their files, which tell no epoch. What is fetched is their successor, CSAF (`openeuler_csaf.rs`).

use plimsoll_advisory::NameKind;

use crate::feed::Feed;
use crate::formats::cvrf::{Package, Product, Publisher, import, is_by};
use crate::formats::oval::Platform;

pub(crate) static OPENEULER_CVRF: Feed = Feed {
    id: "openeuler-cvrf",
    summary: "openEuler: bulletins with the packages of each release (CVRF)",
    recognises: |outline| is_by(outline, "@openeuler.org"),
    import: |document, into| import(document, into, &PUBLISHER),
    ..Feed::BASE
};

const PUBLISHER: Publisher = Publisher {
    feed: "openeuler-cvrf",
    source: "openeuler",
    release: |_| None,
    names: Some(NameKind::Binary),
    package,
};

/// `firefox-128.8.0-1.oe2203sp3.aarch64.rpm` of the branch `aarch64`, with the CPE `cpe:/a:openEuler:openEuler:22.03-LTS-SP3`.
fn package(product: &Product) -> Option<(Platform, Package)> {
    let (_, release) = product.cpe.split_once(":openEuler:openEuler:")?;
    let package = Package::of(&product.name)
        .filter(|package| !matches!(package.arch.as_str(), "" | "src"))?;
    Some((Platform { family: "openEuler", release: release.to_owned() }, package))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::cvrf::testing::said;

    #[test]
    fn packages_are_files() {
        let file = |arch: &str| {
            format!(
                r#"<Branch Type="Package Arch" Name="{arch}"><FullProductName ProductID="firefox-128.8.0-1"
                CPE="cpe:/a:openEuler:openEuler:22.03-LTS-SP3">firefox-128.8.0-1.oe2203sp3.{arch}.rpm</FullProductName></Branch>"#
            )
        };
        let text = format!(
            r#"<cvrfdoc><DocumentPublisher><ContactDetails>openeuler-security@openeuler.org</ContactDetails></DocumentPublisher>
            <DocumentTracking><Identification><ID>openEuler-SA-2025-1</ID></Identification></DocumentTracking>
            <DocumentNotes><Note Title="Severity">Critical</Note></DocumentNotes>
            <ProductTree><Branch Name="openEuler"><FullProductName ProductID="openEuler-22.03-LTS-SP3"
            CPE="cpe:/a:openEuler:openEuler:22.03-LTS-SP3">openEuler-22.03-LTS-SP3</FullProductName></Branch>{}{}{}</ProductTree>
            <Vulnerability><CVE>CVE-2023-1</CVE>
            <ProductStatuses><Status Type="Fixed"><ProductID>openEuler-22.03-LTS-SP3</ProductID></Status></ProductStatuses>
            <CVSSScoreSets><ScoreSet><Vector>AV:N/AC:L/PR:N</Vector></ScoreSet></CVSSScoreSets></Vulnerability></cvrfdoc>"#,
            file("aarch64"),
            file("src"),
            file("x86_64"),
        );
        let expected = [
            "openEuler-SA-2025-1 openeuler=critical openeuler=CVSS:3.1/AV:N/AC:L/PR:N",
            r#"openEuler:22.03-LTS-SP3 firefox (aarch64,x86_64) Affected First Fixed("128.8.0-1.oe2203sp3")"#,
        ];
        assert_eq!(said(&OPENEULER_CVRF, &text), expected);
    }
}
