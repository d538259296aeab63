//! Photon OS's errata (packages.vmware.com/photon): OVAL definitions, a file for each release, one for each package of an erratum.

use crate::complete::{Complete, Releases};
use crate::feed::{Feed, Origin};
use crate::formats::oval::{Definition, Platform, Vendor, digits, import, is_of};

pub(crate) static PHOTON_OVAL: Feed = Feed {
    id: "photon-oval",
    version: 1,
    summary: "Photon OS: errata with their packages (OVAL)",
    origins: &[
        Origin {
            url: "https://packages.vmware.com/photon/photon_oval_definitions/com.vmware.phsa-photon1.xml.gz",
            file: "photon-oval/com.vmware.phsa-photon1.xml.gz",
            families: &[FAMILY],
            releases: &["1.0"],
        },
        Origin {
            url: "https://packages.vmware.com/photon/photon_oval_definitions/com.vmware.phsa-photon2.xml.gz",
            file: "photon-oval/com.vmware.phsa-photon2.xml.gz",
            families: &[FAMILY],
            releases: &["2.0"],
        },
        Origin {
            url: "https://packages.vmware.com/photon/photon_oval_definitions/com.vmware.phsa-photon3.xml.gz",
            file: "photon-oval/com.vmware.phsa-photon3.xml.gz",
            families: &[FAMILY],
            releases: &["3.0"],
        },
        Origin {
            url: "https://packages.vmware.com/photon/photon_oval_definitions/com.vmware.phsa-photon4.xml.gz",
            file: "photon-oval/com.vmware.phsa-photon4.xml.gz",
            families: &[FAMILY],
            releases: &["4.0"],
        },
        Origin {
            url: "https://packages.vmware.com/photon/photon_oval_definitions/com.vmware.phsa-photon5.xml.gz",
            file: "photon-oval/com.vmware.phsa-photon5.xml.gz",
            families: &[FAMILY],
            releases: &["5.0"],
        },
    ],
    recognises: |outline| is_of(outline, &["oval:com.vmware.phsa:"]),
    import: |document, into| import(document, into, &VENDOR),
    spread: true,
    complete: &[
        complete(&["com.vmware.phsa-photon1", "photon-oval"], &["1.0"]),
        complete(&["com.vmware.phsa-photon2", "photon-oval"], &["2.0"]),
        complete(&["com.vmware.phsa-photon3", "photon-oval"], &["3.0"]),
        complete(&["com.vmware.phsa-photon4", "photon-oval"], &["4.0"]),
        complete(&["com.vmware.phsa-photon5", "photon-oval"], &["5.0"]),
    ],
    ..Feed::BASE
};

const FAMILY: &str = "Photon OS";

const fn complete(names: &'static [&'static str], releases: &'static [&'static str]) -> Complete {
    Complete { names, family: FAMILY, releases: Releases::These(releases) }
}

const VENDOR: Vendor = Vendor {
    feed: "photon-oval",
    source: "photon",
    id,
    platform: |probe| {
        let release = digits(probe.value).filter(|_| probe.object == "photon-release");
        // Releases are numbered `5.0`, and no minor one was ever made.
        let platform = |major: &str| Platform { family: FAMILY, release: format!("{major}.0") };
        release.map(platform).into_iter().collect()
    },
    ..Vendor::BASE
};

/// `PHSA-2019-3.0-0036` of the reference `PHSA:00001:3.0:0036` and the year in which it was issued: so it is announced.
fn id(definition: &Definition) -> String {
    let mut parts = definition.reference("PHSA").split(':').skip(2);
    let year = definition.issued.as_deref().and_then(|day| day.get(..4));
    match (year, parts.next(), parts.next()) {
        (Some(year), Some(release), Some(number)) => format!("PHSA-{year}-{release}-{number}"),
        _ => definition.title.split(' ').next().unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::oval::testing::{document, said};

    #[test]
    fn an_erratum_is_known_by_the_name_that_is_announced() {
        let text = document(
            r#"id="oval:com.vmware.phsa:def:1" class="patch""#,
            r#"<title>PHSA-2020:00001 sqlite Security Update. (Important)</title>
            <reference source="PHSA" ref_id="PHSA:00001:3.0:0036"/>
            <advisory><issued date="2019-10-23"/></advisory>"#,
            &[
                (
                    "Photon OS 3 is installed",
                    "<name>photon-release</name>",
                    r#"<version operation="pattern match">^3[^\d]</version>"#,
                ),
                ("1", "<name>sqlite</name>", r#"<evr operation="less than">0:3.27-5.ph3</evr>"#),
            ],
        );
        let expected =
            r#"PHSA-2019-3.0-0036 Photon OS:3.0 sqlite Affected First Fixed("0:3.27-5.ph3")"#;
        assert_eq!(said(&PHOTON_OVAL, "x.xml", &text), [expected]);
    }
}
