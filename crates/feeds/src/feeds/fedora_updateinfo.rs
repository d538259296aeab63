//! updateinfo.xml of Fedora's and EPEL's repositories of updates (dl.fedoraproject.org), which Bodhi writes. Packages are named by
//! their binaries.

use crate::feed::{Feed, Origin};
use crate::formats::errata::{Place, Publisher};
use crate::formats::updateinfo::{self, Dialect};

/// Releases that are supported: those that are not move to an archive.
macro_rules! repositories {
    ($((
        $path:literal, $name:literal, ($family:literal, $release:literal), $architecture:literal
    )),* $(,)?) => {
        &[$(Origin {
            url: concat!(
                "https://dl.fedoraproject.org/pub/",
                $path, "/Everything/", $architecture, "/repodata/repomd.xml",
            ),
            file: concat!("fedora/", $name, "-", $architecture, "-updateinfo.xml.gz"),
            families: &[$family],
            releases: &[$release],
        }),*]
    };
}

pub(crate) static FEDORA_UPDATEINFO: Feed = Feed {
    id: "fedora-updateinfo",
    summary: "Fedora and EPEL updates that fix a flaw, as the updateinfo.xml of their repositories",
    origins: repositories![
        ("fedora/linux/updates/43", "fedora-43", ("Fedora", "43"), "x86_64"),
        ("fedora/linux/updates/43", "fedora-43", ("Fedora", "43"), "aarch64"),
        ("fedora/linux/updates/44", "fedora-44", ("Fedora", "44"), "x86_64"),
        ("fedora/linux/updates/44", "fedora-44", ("Fedora", "44"), "aarch64"),
        ("epel/8", "epel-8", ("EPEL", "8"), "x86_64"),
        ("epel/8", "epel-8", ("EPEL", "8"), "aarch64"),
        ("epel/9", "epel-9", ("EPEL", "9"), "x86_64"),
        ("epel/9", "epel-9", ("EPEL", "9"), "aarch64"),
        ("epel/10", "epel-10", ("EPEL", "10"), "x86_64"),
        ("epel/10", "epel-10", ("EPEL", "10"), "aarch64"),
    ],
    recognises: |outline| updateinfo::is_of(outline, &["updates@fedoraproject.org", "<id>FEDORA-"]),
    import: |document, import| updateinfo::import(&DIALECT, document, import),
    // Each repository of each architecture has a part of an update's packages. None is complete: once a later update of any kind
    // replaces the builds of one that fixed a flaw, that one is gone.
    spread: true,
    ..Feed::BASE
};

static DIALECT: Dialect = Dialect {
    publisher: Publisher { feed: FEDORA_UPDATEINFO.id, source: "fedora" },
    ids: &["FEDORA-"],
    place: |collection| {
        let said = [collection.release, collection.name];
        let (family, release) = said.iter().find_map(|name| release(name)).ok_or("no release")?;
        Ok(Place::binaries(family, release))
    },
};

/// Family and release of `Fedora 43`, `Fedora 38 Modular`, `Fedora EPEL 9` and `Fedora EPEL 10.1`. The minor releases of EPEL follow
/// those of the system that it adds to.
pub(crate) fn release(name: &str) -> Option<(&'static str, &str)> {
    let name = name.strip_prefix("Fedora ")?;
    let (family, number) = match name.strip_prefix("EPEL ") {
        Some(number) => ("EPEL", number),
        None => ("Fedora", name),
    };
    let major = number.split([' ', '.']).next()?;
    let is_number = !major.is_empty() && major.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some((family, major))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::BuildOptions;

    #[test]
    fn releases_are_numbers_of_fedora_or_of_epel() {
        for (name, expected) in [
            ("Fedora 43", Some(("Fedora", "43"))),
            ("Fedora 38 Modular", Some(("Fedora", "38"))),
            ("Fedora EPEL 6", Some(("EPEL", "6"))),
            ("Fedora EPEL 10.1", Some(("EPEL", "10"))),
            ("Fedora rawhide", None),
            ("EPEL 9", None),
        ] {
            assert_eq!(release(name), expected, "{name}");
        }
    }

    #[test]
    fn bugs_name_the_flaws_and_other_updates_are_none() {
        let update = |kind: &str, title: &str| {
            format!(
                r#"<updates><update from="updates@fedoraproject.org" status="stable" type="{kind}" version="2.0">
                <id>FEDORA-2025-4a08954c02</id><release>Fedora 43</release><references>
                <reference href="https://bugzilla.redhat.com/1" id="1" type="bugzilla" title="{title}"/></references>
                <pkglist><collection short="F43"><name>Fedora 43</name>
                <package name="a" version="1" release="1.fc43" epoch="0" arch="noarch"/>
                <package name="a" version="1" release="1.fc43" epoch="0" arch="src"/></collection></pkglist></update></updates>"#
            )
        };
        let options = BuildOptions::default();
        for (kind, title, expected) in [
            ("security", "CVE-2025-1000 a: overflow [fedora-43]", Some("CVE-2025-1000")),
            ("bugfix", "CVE-2025-1000 a: overflow [fedora-43]", Some("CVE-2025-1000")),
            ("bugfix", "a is slow", None),
            ("security", "a is unsafe", Some("")),
        ] {
            let text = update(kind, title);
            assert!(FEDORA_UPDATEINFO.recognises("x", text.as_bytes()));
            let read = FEDORA_UPDATEINFO.advisories("x", text.as_bytes(), &options).unwrap();
            let flaws = read.first().map(|one| (one.upstream.join(" "), one.affected.len()));
            assert_eq!(flaws, expected.map(|flaws| (flaws.to_owned(), 1)), "{kind} {title}");
        }
    }
}
