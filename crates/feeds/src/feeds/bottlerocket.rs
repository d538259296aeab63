//! Bottlerocket's security advisories (advisories.bottlerocket.aws): one updateinfo.xml. The system has no releases: an image is known
//! by the versions of what it is made of.

use crate::complete::{Complete, Releases};
use crate::feed::{Feed, Origin};
use crate::formats::errata::{Place, Publisher};
use crate::formats::updateinfo::{self, Dialect};

pub(crate) static BOTTLEROCKET: Feed = Feed {
    id: "bottlerocket",
    summary: "Bottlerocket security advisories",
    origins: &[Origin {
        url: "https://advisories.bottlerocket.aws/updateinfo.xml.gz",
        file: "bottlerocket/bottlerocket.xml.gz",
        families: &["Bottlerocket"],
        ..Origin::BASE
    }],
    recognises: |outline| {
        updateinfo::is_of(outline, &["short=\"bottlerocket\"", "<id>BRSA-", "bottlerocket-os"])
    },
    import: |document, import| updateinfo::import(&DIALECT, document, import),
    complete: &[Complete {
        names: &["bottlerocket"],
        family: "Bottlerocket",
        releases: Releases::None,
    }],
    ..Feed::BASE
};

static DIALECT: Dialect = Dialect {
    publisher: Publisher { feed: BOTTLEROCKET.id, source: "bottlerocket" },
    ids: &["BRSA-", "GHSA-"],
    place: |collection| match collection.short {
        "bottlerocket" => Ok(Place::binaries("Bottlerocket", "")),
        _ => Err("not of Bottlerocket"),
    },
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::BuildOptions;

    #[test]
    fn advisories_are_of_the_one_release_without_a_name() {
        let package = |arch| {
            format!(
                r#"<package arch="{arch}" name="kernel-6.1" version="6.1.140" release="1.br1" epoch="0"/>"#
            )
        };
        let text = format!(
            r#"<updates><update author="a" from="a" status="final" type="security"><id>BRSA-1bwujdrkn6nc</id>
            <issued date="2025-06-11T19:52:52Z"/><references><reference href="h" id="CVE-2024-43840" type="cve"/></references>
            <pkglist><collection short="bottlerocket"><name>Bottlerocket</name>{}{}</collection></pkglist></update></updates>"#,
            package("x86_64"),
            package("aarch64")
        );
        assert!(BOTTLEROCKET.recognises("x", text.as_bytes()));
        let options = BuildOptions::default();
        let read = BOTTLEROCKET.advisories("x", text.as_bytes(), &options).unwrap();
        let affected = &read[0].affected[0];
        assert_eq!((affected.family.as_str(), affected.release.as_str()), ("Bottlerocket", ""));
        assert_eq!((affected.arches.len(), read[0].affected.len()), (2, 1));
    }
}
