//! Debian's definitions (www.debian.org/security/oval): one for each flaw and source package, and for each of its bulletins; a file
//! for each release.

use plimsoll_advisory::{Affected, RangeEnd, Status};

use crate::feed::{Feed, Origin};
use crate::formats::oval::{Class, Context, Platform, Vendor, digits, import, is_of};

pub(crate) static DEBIAN_OVAL: Feed = Feed {
    id: "debian-oval",
    summary: "Debian: flaws of source packages and the bulletins that fix them (OVAL)",
    origins: &[
        origin(
            "https://www.debian.org/security/oval/oval-definitions-bullseye.xml.bz2",
            "debian-oval/oval-definitions-bullseye.xml.bz2",
            &["11"],
        ),
        origin(
            "https://www.debian.org/security/oval/oval-definitions-bookworm.xml.bz2",
            "debian-oval/oval-definitions-bookworm.xml.bz2",
            &["12"],
        ),
        origin(
            "https://www.debian.org/security/oval/oval-definitions-trixie.xml.bz2",
            "debian-oval/oval-definitions-trixie.xml.bz2",
            &["13"],
        ),
    ],
    recognises: |outline| is_of(outline, &["oval:org.debian:"]),
    import: |document, into| import(document, into, &VENDOR),
    spread: true,
    ..Feed::BASE
};

const FAMILY: &str = "Debian";

const fn origin(
    url: &'static str,
    file: &'static str,
    releases: &'static [&'static str],
) -> Origin {
    Origin { url, file, families: &[FAMILY], releases }
}

const VENDOR: Vendor = Vendor {
    feed: "debian-oval",
    source: "debian",
    // `CVE-2016-5405 389-ds-base`, `DSA-5179-1 php7.4`.
    id: |definition| definition.title.split(' ').next().unwrap_or_default().to_owned(),
    platform: |probe| {
        let release = digits(probe.value).filter(|_| probe.object == "/etc/debian_version");
        Platform::only(FAMILY, release)
    },
    adjust,
    ..Vendor::BASE
};

/// A version below 0 is none: so it is said that the release never had the flaw.
fn adjust(context: &Context<'_>, affected: &mut Affected) {
    let never = |end: &RangeEnd| matches!(end, RangeEnd::Fixed(version) if version == "0:0" || version == "0");
    if context.definition.class == Class::Vulnerability
        && affected.intervals.iter().any(|interval| never(&interval.end))
    {
        affected.status = Status::NotAffected;
        affected.intervals.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::oval::testing::{document, said};

    #[test]
    fn below_0_is_never() {
        let text = |class: &str, title: &str, version: &str| {
            document(
                &format!(r#"id="oval:org.debian:def:1" class="{class}""#),
                &format!("<title>{title} php7.4</title>"),
                &[
                    (
                        "Debian 11 is installed",
                        "<path>/etc</path><filename>debian_version</filename>",
                        r#"<subexpression operation="equals">11</subexpression>"#,
                    ),
                    (
                        "1",
                        "<name>php7.4</name>",
                        &format!(r#"<evr operation="less than">{version}</evr>"#),
                    ),
                ],
            )
        };
        for (class, id, version, expected) in [
            ("vulnerability", "CVE-2022-1", "0:0", "NotAffected"),
            ("vulnerability", "CVE-2022-1", "0:7-1", r#"Affected First Fixed("0:7-1")"#),
            ("patch", "DSA-5179-1", "0:7-1", r#"Affected First Fixed("0:7-1")"#),
        ] {
            let lines = said(&DEBIAN_OVAL, "x.xml", &text(class, id, version));
            assert_eq!(lines, [format!("{id} Debian:11 php7.4 {expected}")], "{version}");
        }
    }
}
