//! SUSE's and openSUSE's documents in CVRF (ftp.suse.com/pub/projects/security/cvrf1.2 and cvrf-cve): one for each update, and one for each
//! flaw.

use crate::feed::{Feed, Origin};
use crate::feeds::suse_oval::product_platform;
use crate::formats::cvrf::{Publisher, import, is_by};

pub(crate) static SUSE_CVRF: Feed = Feed {
    id: "suse-cvrf",
    summary: "SUSE and openSUSE: updates and flaws with the packages of each product (CVRF)",
    origins: &[
        Origin {
            url: "https://ftp.suse.com/pub/projects/security/cvrf1.2.tar.bz2",
            file: "suse-cvrf/cvrf1.2.tar.bz2",
            families: &["SUSE", "openSUSE"],
            ..Origin::BASE
        },
        Origin {
            url: "https://ftp.suse.com/pub/projects/security/cvrf-cve.tar.bz2",
            file: "suse-cvrf/cvrf-cve.tar.bz2",
            families: &["SUSE", "openSUSE"],
            ..Origin::BASE
        },
    ],
    recognises: |outline| is_by(outline, "SUSE Security Team"),
    import: |document, into| import(document, into, &PUBLISHER),
    ..Feed::BASE
};

const PUBLISHER: Publisher = Publisher {
    feed: "suse-cvrf",
    source: "suse",
    // Images and containers are products too; what is in them is judged by the release that they were made of.
    release: |product| {
        let is_image = ["Public Cloud Image ", "Container ", "Image "];
        let is_release = !is_image.iter().any(|start| product.name.starts_with(start));
        is_release.then(|| product_platform(&product.name))
    },
    names: None,
    package: |_| None,
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::cvrf::testing::said;

    #[test]
    fn a_flaw_is_fixed_in_some_products_and_known_in_others() {
        let product = |name: &str| {
            format!(
                r#"<Branch Type="Product Name" Name="{name}"><FullProductName ProductID="{name}">{name}</FullProductName></Branch>"#
            )
        };
        let part = |package: &str, product: &str| {
            format!(
                r#"<Relationship ProductReference="{package}" RelatesToProductReference="{product}">
                <FullProductName ProductID="{product}:{package}"/></Relationship>"#
            )
        };
        let (leap, server, image) =
            ("openSUSE Leap 15.4", "SUSE Linux Enterprise Server 15 SP4", "Public Cloud Image x");
        let tree: String = [
            product(leap),
            product(server),
            product(image),
            part("varnish-devel-7.1.1-bp154.2.6.1", leap),
            part("varnish", server),
            part("varnish-7.1.1-1", image),
        ]
        .concat();
        let text = format!(
            r#"<cvrfdoc><DocumentTitle>CVE-2022-1</DocumentTitle>
            <DocumentPublisher><IssuingAuthority>SUSE Security Team</IssuingAuthority></DocumentPublisher>
            <DocumentTracking><Identification><ID>SUSE CVE-2022-1</ID></Identification></DocumentTracking>
            <ProductTree>{tree}</ProductTree><Vulnerability><CVE>CVE-2022-1</CVE><ProductStatuses>
            <Status Type="Fixed"><ProductID>{leap}:varnish-devel-7.1.1-bp154.2.6.1</ProductID>
            <ProductID>{image}:varnish-7.1.1-1</ProductID></Status>
            <Status Type="Known Affected"><ProductID>{server}:varnish</ProductID></Status></ProductStatuses>
            <Threats><Threat Type="Impact"><Description>Important</Description></Threat></Threats>
            <CVSSScoreSets><ScoreSetV3><VectorV3>CVSS:3.1/AV:N</VectorV3></ScoreSetV3></CVSSScoreSets>
            </Vulnerability></cvrfdoc>"#
        );
        let expected = [
            "CVE-2022-1 suse=important suse=CVSS:3.1/AV:N",
            "SUSE:Linux Enterprise Server 15 SP4 varnish Affected First Open",
            r#"openSUSE:Leap 15.4 varnish-devel Affected First Fixed("7.1.1-bp154.2.6.1")"#,
        ];
        assert_eq!(said(&SUSE_CVRF, &text), expected);
    }
}
