//! Ubuntu's definitions (security-metadata.canonical.com/oval): one for each flaw (`.cve.`), for each source package with all of its flaws
//! (`.pkg.`), or for each notice (`.usn.`); a file for each release.
//!
//! Packages are the binaries that a source gives. What a version says of extended maintenance counts only where that is enabled.

use plimsoll_advisory::{Affected, Interval, NameKind, RangeEnd, Status};

use crate::feed::{Feed, Origin};
use crate::formats::oval::{
    Class, Context, Definition, Fact, Platform, Vendor, Versions, import, is_of,
};

/// The definitions of flaws, which say of what is not fixed too.
macro_rules! of_releases {
    ($($codename:literal $release:literal,)*) => {
        &[$(Origin {
            url: concat!(
                "https://security-metadata.canonical.com/oval/com.ubuntu.", $codename, ".cve.oval.xml.bz2",
            ),
            file: concat!("ubuntu-oval/com.ubuntu.", $codename, ".cve.oval.xml.bz2"),
            families: &[FAMILY],
            releases: &[$release],
        }),*]
    };
}

pub(crate) static UBUNTU_OVAL: Feed = Feed {
    id: "ubuntu-oval",
    summary: "Ubuntu: flaws and notices with binary packages (OVAL)",
    origins: of_releases![
        "trusty" "14.04",
        "xenial" "16.04",
        "bionic" "18.04",
        "focal" "20.04",
        "jammy" "22.04",
        "noble" "24.04",
    ],
    recognises: |outline| is_of(outline, &["oval:com.ubuntu."]),
    import: |document, into| import(document, into, &VENDOR),
    spread: true,
    ..Feed::BASE
};

const FAMILY: &str = "Ubuntu";

const VENDOR: Vendor =
    Vendor { feed: "ubuntu-oval", source: "ubuntu", id, part, releases, adjust, ..Vendor::BASE };

/// `CVE-2023-48795 on Ubuntu 22.04 LTS (jammy) - medium`, `USN-6561-1 -- libssh vulnerability`.
fn id(definition: &Definition) -> String {
    match definition.class {
        Class::Patch => definition.reference("USN").to_owned(),
        _ => definition.title.split(' ').next().unwrap_or_default().to_owned(),
    }
}

/// A package's definition names the flaw that a criterion is about: `(CVE-2023-48795) libssh package in jammy …`.
fn part(fact: &Fact<'_>) -> String {
    let named = fact.comment.strip_prefix('(').and_then(|rest| rest.split_once(')'));
    named.map_or("", |(id, _)| id).to_owned()
}

/// `22.04:LTS` of `Ubuntu 22.04 LTS`, `Pro:FIPS-updates:22.04:LTS` of `Ubuntu Pro FIPS-updates 22.04 LTS`.
fn releases(context: &Context<'_>) -> Vec<Platform> {
    let is_extended = matches!(&context.fact.versions,
        Versions::Within(Interval { end: RangeEnd::Fixed(end), .. }) if end.contains("esm"));
    let names = context.definition.platforms.iter();
    let products = names.filter_map(|name| name.strip_prefix("Ubuntu "));
    let platform = |product: &str| {
        let release = product.split_whitespace().collect::<Vec<_>>().join(":");
        let is_plain = release.starts_with(|character: char| character.is_ascii_digit());
        let release = if is_extended && is_plain { format!("Pro:{release}") } else { release };
        Platform { family: FAMILY, release }
    };
    products.map(platform).collect()
}

fn adjust(context: &Context<'_>, affected: &mut Affected) {
    affected.names = Some(NameKind::Binary);
    let comment = context.fact.comment;
    if comment.contains("not affected") {
        affected.status = Status::NotAffected;
        affected.intervals.clear();
    } else if affected.intervals == [Interval::ALL] {
        affected.status = match comment {
            _ if comment.contains("defer") => Status::Deferred,
            _ if comment.contains("ignore") => Status::WillNotFix,
            _ if comment.contains("end of life") => Status::EndOfLife,
            _ => Status::Affected,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::oval::testing::{document, said};

    fn of(
        class: &str,
        (title, platform): (&str, &str),
        (comment, state): (&str, &str),
    ) -> Vec<String> {
        let metadata = format!(
            r#"<title>{title}</title><affected><platform>{platform}</platform></affected>
            <reference source="USN" ref_id="USN-1-1"/>"#
        );
        let text = document(
            &format!(r#"id="oval:com.ubuntu.jammy:def:1" class="{class}""#),
            &metadata,
            &[(comment, "<name>libssh-4</name>", state)],
        );
        said(&UBUNTU_OVAL, "x.xml", &text)
    }

    #[test]
    fn releases_and_extended_maintenance() {
        let below = |version: &str| format!(r#"<evr operation="less than">{version}</evr>"#);
        for (class, title, platform, version, expected) in [
            (
                "vulnerability",
                "CVE-2023-1 on Ubuntu",
                "Ubuntu 22.04 LTS",
                "0:1-1",
                "CVE-2023-1 Ubuntu:22.04:LTS",
            ),
            (
                "vulnerability",
                "CVE-2023-1 on Ubuntu",
                "Ubuntu 22.04 LTS",
                "0:1-1~esm1",
                "CVE-2023-1 Ubuntu:Pro:22.04:LTS",
            ),
            ("patch", "USN-1-1 -- libssh", "Ubuntu 23.10", "0:1-1", "USN-1-1 Ubuntu:23.10"),
            (
                "patch",
                "USN-1-1 -- libssh",
                "Ubuntu Pro FIPS-updates 22.04 LTS",
                "0:1-1",
                "USN-1-1 Ubuntu:Pro:FIPS-updates:22.04:LTS",
            ),
        ] {
            let found = of(class, (title, platform), ("1", &below(version)));
            let expected = format!(r#"{expected} libssh-4 Affected First Fixed("{version}")"#);
            assert_eq!(found, [expected]);
        }
    }

    #[test]
    fn a_comment_tells_the_flaw_and_the_state() {
        for (comment, expected) in [
            (
                "(CVE-2024-9) libssh package in jammy is affected and needs fixing.",
                "CVE-2024-9 Affected First Open",
            ),
            (
                "libssh package in jammy is affected, but a decision has been made to defer addressing it.",
                "CVE-2023-1 Deferred First Open",
            ),
            (
                "libssh package in jammy is affected; a decision has been made to ignore it.",
                "CVE-2023-1 WillNotFix First Open",
            ),
            (
                "libssh package in jammy, while related to the CVE in some way, is not affected.",
                "CVE-2023-1 NotAffected",
            ),
        ] {
            let (id, state) = expected.split_once(' ').unwrap();
            let found =
                of("vulnerability", ("CVE-2023-1 on Ubuntu", "Ubuntu 22.04 LTS"), (comment, ""));
            assert_eq!(found, [format!("{id} Ubuntu:22.04:LTS libssh-4 {state}")], "{comment}");
        }
    }
}
