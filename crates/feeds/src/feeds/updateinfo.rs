//! Any repository's own updateinfo.xml. The form says nowhere which distribution it is of: the publishers that are known are
//! recognised by their ids, and the path says it of the others.

use crate::feed::Feed;
use crate::formats::errata::{Place, Publisher};
use crate::formats::named::named_by_path;
use crate::formats::rpm::{Build, dist_release};
use crate::formats::updateinfo::{self, Dialect};

pub(crate) static UPDATEINFO: Feed = Feed {
    id: "updateinfo",
    summary: "updateinfo.xml of any repository, in a directory or file that is called FAMILY:RELEASE",
    recognises: |outline| outline.is_xml_of("updates"),
    import: |document, import| updateinfo::import(&DIALECT, document, import),
    // Each repository of each architecture has a part of an erratum's packages.
    spread: true,
    ..Feed::BASE
};

static DIALECT: Dialect = Dialect {
    publisher: Publisher { feed: UPDATEINFO.id, source: "updateinfo" },
    ids: &[],
    place: |collection| {
        let named = named_by_path(collection.path)
            .map(|(family, release)| Place::binaries(family, release));
        named
            .or_else(|| place_of_builds(collection.id, collection.builds))
            .ok_or("of a distribution that nothing names")
    },
};

/// Ids of distributions whose builds say their release: how they begin, the family, and what stands before the release.
const KNOWN: &[(&str, &str, &str)] = &[
    ("ANSA-", "Anolis OS", "an"),
    ("ELBA-", "Oracle Linux", "el"),
    ("ELSA-", "Oracle Linux", "el"),
];

fn place_of_builds(id: &str, builds: &[Build]) -> Option<Place> {
    let (_, family, tag) = KNOWN.iter().find(|(prefix, _, _)| id.starts_with(prefix))?;
    let release = builds.iter().find_map(|build| dist_release(&build.version, tag))?;
    Some(Place::binaries(family, release))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;
    use crate::import::Import;
    use crate::options::BuildOptions;

    #[test]
    fn the_path_or_the_id_names_the_distribution() {
        let update = |id: &str, release: &str| {
            format!(
                r#"<updates><update from="x" type="security"><id>{id}</id><pkglist><collection short="x"><name>x</name>
                <package name="a" version="1" release="{release}" epoch="0" arch="x86_64"/></collection></pkglist></update></updates>"#
            )
        };
        let options = BuildOptions::default();
        for (path, id, release, expected) in [
            ("extra/Rocky Linux:9/updateinfo.xml.gz", "MINE-1", "1", Some("Rocky Linux:9")),
            ("extra/updateinfo.xml", "ELSA-2024-1", "1.el9_2", Some("Oracle Linux:9")),
            ("extra/updateinfo.xml", "ANSA-2024:1", "1.an8", Some("Anolis OS:8")),
            ("extra/Photon OS:5.0.xml", "ELSA-2024-1", "1.el9_2", Some("Photon OS:5.0")),
            ("extra/updateinfo.xml", "ELSA-2024-1", "1", None),
            ("extra/updateinfo.xml", "MINE-1", "1.el9", None),
        ] {
            let text = update(id, release);
            assert!(UPDATEINFO.recognises(path, text.as_bytes()));
            let mut import = Import::new(&options);
            let document = Document { path, bytes: text.as_bytes() };
            (UPDATEINFO.import)(&document, &mut import).unwrap();
            let said = import.advisories.first().map(|one| {
                let affected = &one.affected[0];
                format!("{}:{}", affected.family, affected.release)
            });
            assert_eq!(said.as_deref(), expected, "{path} {id}");
            let reason = "of a distribution that nothing names";
            assert_eq!(import.tally.rejected.contains_key(reason), expected.is_none());
        }
    }
}
