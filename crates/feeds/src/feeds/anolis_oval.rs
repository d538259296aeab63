//! Anolis OS's errata (anas.openanolis.cn): OVAL definitions, a file for each release.

use plimsoll_advisory::{Affected, RangeEnd};

use crate::complete::{Complete, Releases};
use crate::feed::{Feed, Origin};
use crate::formats::oval::{Context, Platform, Vendor, digits, import, is_of};

pub(crate) static ANOLIS_OVAL: Feed = Feed {
    id: "anolis-oval",
    version: 1,
    summary: "Anolis OS: errata with their packages (OVAL)",
    origins: &[
        origin(
            "https://anas.openanolis.cn/api/data/OVAL/anolis-7.oval.xml",
            "anolis-oval/anolis-7.oval.xml",
            &["7"],
        ),
        origin(
            "https://anas.openanolis.cn/api/data/OVAL/anolis-8.oval.xml",
            "anolis-oval/anolis-8.oval.xml",
            &["8"],
        ),
        origin(
            "https://anas.openanolis.cn/api/data/OVAL/anolis-23.oval.xml",
            "anolis-oval/anolis-23.oval.xml",
            &["23"],
        ),
    ],
    recognises: |outline| is_of(outline, &["oval:cn.openanolis:"]),
    import: |document, into| import(document, into, &VENDOR),
    spread: true,
    complete: &[
        complete(&["anolis-7.oval", "anolis-oval"], &["7"]),
        complete(&["anolis-8.oval", "anolis-oval"], &["8"]),
        complete(&["anolis-23.oval", "anolis-oval"], &["23"]),
    ],
    ..Feed::BASE
};

const FAMILY: &str = "Anolis OS";

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
    feed: "anolis-oval",
    source: "anolis",
    id: |definition| definition.reference("ANSA").to_owned(),
    platform: |probe| {
        let release = digits(probe.value).filter(|_| probe.object == "/etc/anolis-release");
        Platform::only(FAMILY, release)
    },
    adjust,
    ..Vendor::BASE
};

/// The generator leaves what a binary is called beyond its source in the version: `32:chroot-9.18.34-1.an23` of `bind-chroot`. An rpm's
/// version holds no hyphen.
fn adjust(_: &Context<'_>, affected: &mut Affected) {
    for interval in &mut affected.intervals {
        if let RangeEnd::Fixed(version) = &mut interval.end
            && let Some(own) = without_name(&affected.package, version)
        {
            *version = own;
        }
    }
}

fn without_name(package: &str, version: &str) -> Option<String> {
    let (epoch, rest) = version.split_once(':')?;
    let (name, release) = rest.rsplit_once('-')?;
    let (name, number) = name.rsplit_once('-')?;
    let is_of_package = package.strip_suffix(name).is_some_and(|start| start.ends_with('-'));
    is_of_package.then(|| format!("{epoch}:{number}-{release}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::oval::testing::{document, said};

    #[test]
    fn a_version_that_begins_with_the_packages_name() {
        for (package, version, expected) in [
            ("bind-chroot", "32:chroot-9.18.34-1.an23", Some("32:9.18.34-1.an23")),
            ("bind-dnssec-utils", "32:dnssec-utils-9.18.34-1.an23", Some("32:9.18.34-1.an23")),
            ("bind", "32:9.18.34-1.an23", None),
            ("bind-libs", "32:chroot-9.18.34-1.an23", None),
        ] {
            assert_eq!(without_name(package, version).as_deref(), expected, "{package} {version}");
        }
    }

    #[test]
    fn an_erratum_is_read() {
        let text = document(
            r#"id="oval:cn.openanolis:def:1" class="patch""#,
            r#"<title>ANSA-2025:1: security update</title><reference source="ANSA" ref_id="ANSA-2025:1"/>"#,
            &[
                (
                    "Anolis OS 23 is installed",
                    "<path>/etc</path><filename>anolis-release</filename>",
                    r#"<text operation="pattern match">23</text>"#,
                ),
                (
                    "1",
                    "<name>bind-libs</name>",
                    r#"<evr operation="less than">32:libs-9.18-1.an23</evr>"#,
                ),
            ],
        );
        let expected =
            r#"ANSA-2025:1 Anolis OS:23 bind-libs Affected First Fixed("32:9.18-1.an23")"#;
        assert_eq!(said(&ANOLIS_OVAL, "x.xml", &text), [expected]);
    }
}
