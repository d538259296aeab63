//! Alibaba Cloud Linux's errata (mirrors.aliyun.com/alinux/cve): OVAL definitions, a file for each release.

use crate::complete::{Complete, Releases};
use crate::feed::{Feed, Origin};
use crate::formats::oval::{Platform, Vendor, digits, import, is_of};

pub(crate) static ALINUX_OVAL: Feed = Feed {
    id: "alinux-oval",
    version: 1,
    summary: "Alibaba Cloud Linux: errata with their packages (OVAL)",
    origins: &[
        Origin {
            url: "https://mirrors.aliyun.com/alinux/cve/alinux2.oval.xml",
            file: "alinux-oval/alinux2.oval.xml",
            families: &[FAMILY],
            releases: &["2"],
        },
        Origin {
            url: "https://mirrors.aliyun.com/alinux/cve/alinux3.oval.xml",
            file: "alinux-oval/alinux3.oval.xml",
            families: &[FAMILY],
            releases: &["3"],
        },
    ],
    recognises: |outline| is_of(outline, &["oval:com.aliyun.", "oval:com.alibaba."]),
    import: |document, into| import(document, into, &VENDOR),
    spread: true,
    complete: &[
        Complete {
            names: &["alinux2.oval", "alinux-oval"],
            family: FAMILY,
            releases: Releases::These(&["2"]),
        },
        Complete {
            names: &["alinux3.oval", "alinux-oval"],
            family: FAMILY,
            releases: Releases::These(&["3"]),
        },
    ],
    ..Feed::BASE
};

const FAMILY: &str = "Alibaba Cloud Linux";

const VENDOR: Vendor = Vendor {
    feed: "alinux-oval",
    source: "alibaba",
    id: |definition| match definition.title.split_once(": ") {
        Some((id, _)) => id.to_owned(),
        None => definition.title.clone(),
    },
    platform: |probe| {
        let is_release = probe.object.ends_with("alinux-release");
        Platform::only(FAMILY, digits(probe.value).filter(|_| is_release))
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
            r#"id="oval:com.aliyun.alinux:def:1" class="patch""#,
            "<title>ALINUX3-SA-2024:1: curl security update (Important)</title>",
            &[
                (
                    "Alibaba Cloud Linux 3 is installed",
                    "<name>alinux-release</name>",
                    r#"<version operation="pattern match">^3</version>"#,
                ),
                ("1", "<name>curl</name>", r#"<evr operation="less than">0:7.61-1.al8</evr>"#),
            ],
        );
        let expected =
            r#"ALINUX3-SA-2024:1 Alibaba Cloud Linux:3 curl Affected First Fixed("0:7.61-1.al8")"#;
        assert_eq!(said(&ALINUX_OVAL, "x.xml", &text), [expected]);
    }
}
