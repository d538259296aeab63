//! Red Hat's errata in CVRF (access.redhat.com/security/data/cvrf), until 2023: source packages, and the products that they are part of.

use plimsoll_advisory::NameKind;

use crate::feed::{Feed, Origin};
use crate::formats::cvrf::{Publisher, import, is_by};
use crate::formats::oval::Platform;

pub(crate) static REDHAT_CVRF: Feed = Feed {
    id: "redhat-cvrf",
    summary: "Red Hat until 2023: errata with their source packages (CVRF)",
    origins: &[Origin {
        url: "https://access.redhat.com/security/data/archive/cvrf_20231016.tar.gz",
        file: "redhat-cvrf/cvrf_20231016.tar.gz",
        families: &["Red Hat"],
        ..Origin::BASE
    }],
    recognises: |outline| is_by(outline, "Red Hat Product Security"),
    import: |document, into| import(document, into, &PUBLISHER),
    ..Feed::BASE
};

const PUBLISHER: Publisher = Publisher {
    feed: "redhat-cvrf",
    source: "redhat",
    // `rhel_eus:8.6::baseos` of `cpe:/o:redhat:rhel_eus:8.6::baseos`, as OSV has it.
    release: |product| {
        let (_, release) = product.cpe.split_once(":redhat:")?;
        Some(Platform { family: "Red Hat", release: release.to_owned() })
    },
    names: Some(NameKind::Source),
    package: |_| None,
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::cvrf::testing::said;

    #[test]
    fn a_module_lies_between_a_package_and_its_product() {
        let part = |package: &str, product: &str, id: &str| {
            format!(
                r#"<Relationship ProductReference="{package}" RelatesToProductReference="{product}">
                <FullProductName ProductID="{id}"/></Relationship>"#
            )
        };
        let module = "AppStream:nodejs:10:803:22";
        let text = format!(
            r#"<cvrfdoc>
            <DocumentPublisher><IssuingAuthority>Red Hat Product Security</IssuingAuthority></DocumentPublisher>
            <DocumentTracking><Identification><ID>RHSA-2023:1</ID></Identification></DocumentTracking>
            <AggregateSeverity>Moderate</AggregateSeverity>
            <ProductTree><Branch Name="x">
            <FullProductName ProductID="AppStream" CPE="cpe:/a:redhat:enterprise_linux:8::appstream">x</FullProductName>
            </Branch>{}{}{}</ProductTree>
            <Vulnerability><CVE>CVE-2023-1</CVE><ProductStatuses><Status Type="Fixed"><ProductID>a</ProductID>
            <ProductID>b</ProductID></Status></ProductStatuses></Vulnerability></cvrfdoc>"#,
            part("nodejs:10:803:22", "AppStream", module),
            part("nodejs-1:10.23-1.module+el8", module, "a"),
            part("bash-0:4-1.el8", "AppStream", "b"),
        );
        let expected = [
            "RHSA-2023:1 redhat=moderate",
            r#"Red Hat:enterprise_linux:8::appstream bash Affected First Fixed("0:4-1.el8")"#,
            r#"Red Hat:enterprise_linux:8::appstream nodejs nodejs:10 Affected First Fixed("1:10.23-1.module+el8")"#,
        ];
        assert_eq!(said(&REDHAT_CVRF, &text), expected);
    }
}
