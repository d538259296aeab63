//! AlmaLinux's errata (security.almalinux.org/oval): OVAL definitions, a file for each release.

use crate::complete::{Complete, Releases};
use crate::feed::{Feed, Origin};
use crate::formats::oval::{Platform, Vendor, digits, import, is_of};

pub(crate) static ALMALINUX_OVAL: Feed = Feed {
    id: "almalinux-oval",
    summary: "AlmaLinux: errata with their packages and module streams (OVAL)",
    origins: &[
        origin(
            "https://security.almalinux.org/oval/org.almalinux.alsa-8.xml.bz2",
            "almalinux-oval/org.almalinux.alsa-8.xml.bz2",
            &["8"],
        ),
        origin(
            "https://security.almalinux.org/oval/org.almalinux.alsa-9.xml.bz2",
            "almalinux-oval/org.almalinux.alsa-9.xml.bz2",
            &["9"],
        ),
        origin(
            "https://security.almalinux.org/oval/org.almalinux.alsa-10.xml.bz2",
            "almalinux-oval/org.almalinux.alsa-10.xml.bz2",
            &["10"],
        ),
    ],
    recognises: |outline| is_of(outline, &["oval:org.almalinux."]),
    import: |document, into| import(document, into, &VENDOR),
    complete: &[
        complete(&["org.almalinux.alsa-8"], &["8"]),
        complete(&["org.almalinux.alsa-9"], &["9"]),
        complete(&["org.almalinux.alsa-10"], &["10"]),
    ],
    ..Feed::BASE
};

const FAMILY: &str = "AlmaLinux";

const fn origin(
    url: &'static str,
    file: &'static str,
    releases: &'static [&'static str],
) -> Origin {
    Origin { url, file, families: &[FAMILY], releases }
}

const fn complete(names: &'static [&'static str], releases: &'static [&'static str]) -> Complete {
    Complete { names, family: FAMILY, releases: Releases::These(releases) }
}

const VENDOR: Vendor = Vendor {
    feed: "almalinux-oval",
    source: "almalinux",
    id: |definition| {
        let id = definition.references.first().map(|reference| reference.id.clone());
        id.unwrap_or_default()
    },
    platform: |probe| {
        let release = digits(probe.value).filter(|_| probe.object == "/etc/almalinux-release");
        Platform::only(FAMILY, release)
    },
    ..Vendor::BASE
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::oval::testing::{document, said};

    #[test]
    fn an_erratum_is_read() {
        let text = document(
            r#"id="oval:org.almalinux.alsa:def:1" class="patch""#,
            r#"<title>ALSA-2022:1: firefox</title><reference source="ALSA" ref_id="ALSA-2022:1"/>"#,
            &[
                (
                    "AlmaLinux 9 is installed",
                    "<filepath>/etc/almalinux-release</filepath>",
                    r#"<version operation="pattern match">^9[^\d]</version>"#,
                ),
                ("1", "<name>firefox</name>", r#"<evr operation="less than">0:102-1.el9_0</evr>"#),
            ],
        );
        let expected = r#"ALSA-2022:1 AlmaLinux:9 firefox Affected First Fixed("0:102-1.el9_0")"#;
        assert_eq!(said(&ALMALINUX_OVAL, "x.xml", &text), [expected]);
    }
}
