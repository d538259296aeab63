//! SUSE's and openSUSE's definitions (ftp.suse.com/pub/projects/security/oval): one for each flaw, or for each update, with the versions of
//! every product.

use plimsoll_advisory::{Affected, RangeStart};

use crate::feed::{Feed, Origin};
use crate::formats::oval::{Class, Context, Definition, Platform, Probe, Vendor, import, is_of};

pub(crate) static SUSE_OVAL: Feed = Feed {
    id: "suse-oval",
    summary: "SUSE and openSUSE: flaws and updates with the packages of each product (OVAL)",
    origins: &[
        origin(
            "https://ftp.suse.com/pub/projects/security/oval/suse.linux.enterprise.12-affected.xml.gz",
            "suse-oval/suse.linux.enterprise.12-affected.xml.gz",
            &["SUSE"],
            &["Linux Enterprise Server 12"],
        ),
        origin(
            "https://ftp.suse.com/pub/projects/security/oval/suse.linux.enterprise.15-affected.xml.gz",
            "suse-oval/suse.linux.enterprise.15-affected.xml.gz",
            &["SUSE"],
            &["Linux Enterprise Server 15"],
        ),
        origin(
            "https://ftp.suse.com/pub/projects/security/oval/suse.linux.enterprise.16-affected.xml.gz",
            "suse-oval/suse.linux.enterprise.16-affected.xml.gz",
            &["SUSE"],
            &["Linux Enterprise Server 16"],
        ),
        origin(
            "https://ftp.suse.com/pub/projects/security/oval/opensuse.leap.15.6-affected.xml.gz",
            "suse-oval/opensuse.leap.15.6-affected.xml.gz",
            &["openSUSE"],
            &["Leap 15.6"],
        ),
        origin(
            "https://ftp.suse.com/pub/projects/security/oval/opensuse.tumbleweed-affected.xml.gz",
            "suse-oval/opensuse.tumbleweed-affected.xml.gz",
            &["openSUSE"],
            &["Tumbleweed"],
        ),
    ],
    recognises: |outline| is_of(outline, &["oval:org.opensuse.security:"]),
    import: |document, into| import(document, into, &VENDOR),
    spread: true,
    ..Feed::BASE
};

/// With the family, and the release or what the names of its releases begin with.
const fn origin(
    url: &'static str,
    file: &'static str,
    families: &'static [&'static str],
    releases: &'static [&'static str],
) -> Origin {
    Origin { url, file, families, releases }
}

const VENDOR: Vendor =
    Vendor { feed: "suse-oval", source: "suse", id, platform, releases, adjust, ..Vendor::BASE };

/// The flaw's, the update's, or that of the definition, where packages of a release's media are listed.
fn id(definition: &Definition) -> String {
    let flaw = definition.title.split(' ').next().unwrap_or_default();
    let update = definition.reference("SUSE-SU");
    match definition.class {
        Class::Patch if !update.is_empty() => update.to_owned(),
        _ if flaw.starts_with("CVE-") => flaw.to_owned(),
        _ => definition.id.clone(),
    }
}

/// `SUSE Linux Enterprise Server 15 SP3 is installed`, of the package `sles-release`.
fn platform(probe: &Probe<'_>) -> Vec<Platform> {
    let is_release = probe.object.ends_with("-release") && !probe.comment.starts_with(probe.object);
    let product = probe.comment.strip_suffix(" is installed").filter(|_| is_release);
    product.map(product_platform).into_iter().collect()
}

/// Those that are tested; of a file for one release, which tests none, those that are named.
fn releases(context: &Context<'_>) -> Vec<Platform> {
    match &context.fact.platforms {
        Some(platforms) => platforms.iter().map(|&platform| platform.clone()).collect(),
        None => context.definition.platforms.iter().map(|name| product_platform(name)).collect(),
    }
}

/// A product as OSV names it: `Linux Enterprise Server 15 SP3` without `SUSE`.
pub(super) fn product_platform(product: &str) -> Platform {
    let of = |family, release: &str| Platform { family, release: release.to_owned() };
    match (product.strip_prefix("openSUSE "), product.strip_prefix("SUSE ")) {
        (Some(release), _) => of("openSUSE", release),
        (_, Some(release)) => of("SUSE", release),
        // Other products of theirs, such as Open Enterprise Server.
        _ => old_code(product).unwrap_or_else(|| of("SUSE", product)),
    }
}

/// Before there were products' names: `suse111-debug` is openSUSE 11.1, `sles10-sp4` is SUSE Linux Enterprise Server 10 SP4.
fn old_code(code: &str) -> Option<Platform> {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|one| one.is_ascii_digit());
    if let Some(number) = code.strip_prefix("suse") {
        let number = number.split('-').next().unwrap_or_default();
        let (major, minor) = number.split_at_checked(number.len().checked_sub(1)?)?;
        let release = format!("{major}.{minor}");
        return (is_number(major) && is_number(minor))
            .then_some(Platform { family: "openSUSE", release });
    }
    let (major, pack) = code.strip_prefix("sles")?.split_once("-sp")?;
    let release = format!("Linux Enterprise Server {major} SP{pack}");
    (is_number(major) && is_number(pack)).then_some(Platform { family: "SUSE", release })
}

/// Every version is above none.
fn adjust(_: &Context<'_>, affected: &mut Affected) {
    for interval in &mut affected.intervals {
        if interval.start == RangeStart::After("0:0-0".to_owned()) {
            interval.start = RangeStart::First;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::oval::testing::{document, said};

    #[test]
    fn products_are_named_as_osv_names_them() {
        for (object, comment, expected) in [
            (
                "sles-release",
                "SUSE Linux Enterprise Server 15 SP3 is installed",
                "SUSE:Linux Enterprise Server 15 SP3",
            ),
            ("openSUSE-release", "openSUSE Leap 15.2 is installed", "openSUSE:Leap 15.2"),
            ("openSUSE-release", "suse111-debug is installed", "openSUSE:11.1"),
            ("sles-release", "sles10-sp4 is installed", "SUSE:Linux Enterprise Server 10 SP4"),
            ("sles-release", "sles10-sp4-sdk is installed", "SUSE:sles10-sp4-sdk"),
            (
                "oes-release",
                "Open Enterprise Server 23.4 is installed",
                "SUSE:Open Enterprise Server 23.4",
            ),
            ("tar", "tar-1.34-2.2 is installed", ""),
            ("fedora-release", "fedora-release-1 is installed", ""),
        ] {
            let platforms = platform(&Probe { comment, object, value: "" });
            let said: Vec<_> =
                platforms.iter().map(|one| format!("{}:{}", one.family, one.release)).collect();
            assert_eq!(said.join(" "), expected, "{comment}");
        }
    }

    #[test]
    fn a_flaw_is_read_with_what_is_affected_and_what_is_not() {
        let release = |name| {
            (name, "<name>sles-release</name>", r#"<version operation="equals">15.3</version>"#)
        };
        let below = r#"<evr operation="less than">0:1-1</evr>"#;
        let text = document(
            r#"id="oval:org.opensuse.security:def:1" class="vulnerability""#,
            r#"<title>CVE-2020-1</title><affected><platform>openSUSE 12.1</platform></affected>"#,
            &[
                release("SUSE Linux Enterprise Server 15 SP3 is installed"),
                ("1", "<name>a</name>", below),
                ("2", "<name>b</name>", r#"<evr operation="greater than">0:0-0</evr>"#),
                ("3", "<name>c</name>", r#"<version operation="equals">0</version>"#),
            ],
        );
        let expected =
            [r#"a Affected First Fixed("0:1-1")"#, "b Affected First Open", "c NotAffected"];
        let expected =
            expected.map(|line| format!("CVE-2020-1 SUSE:Linux Enterprise Server 15 SP3 {line}"));
        assert_eq!(said(&SUSE_OVAL, "x.xml", &text), expected);
        let text = document(
            r#"id="oval:org.opensuse.security:def:1" class="patch""#,
            r#"<title>a on GA media</title><affected><platform>openSUSE 12.1</platform></affected>"#,
            &[("1", "<name>a</name>", below)],
        );
        let expected =
            r#"oval:org.opensuse.security:def:1 openSUSE:12.1 a Affected First Fixed("0:1-1")"#;
        assert_eq!(said(&SUSE_OVAL, "x.xml", &text), [expected]);
    }
}
