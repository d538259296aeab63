//! Bitnami's database (github.com/bitnami/vulndb): the components that Bitnami packs, as OSV records in `data/COMPONENT`.

use crate::complete::{Complete, Releases};
use crate::document::Document;
use crate::feed::{Feed, Origin};
use crate::formats::osv::{self, Database};
use crate::import::{Import, NotOfThisFeed};

pub(crate) static BITNAMI: Feed = Feed {
    id: "bitnami",
    summary: "Bitnami: the components that its images are made of",
    origins: &[Origin {
        url: "https://github.com/bitnami/vulndb/archive/refs/heads/main.tar.gz",
        file: "bitnami/bitnami-vulndb.tar.gz",
        families: &["Bitnami"],
        ..Origin::BASE
    }],
    complete: &[Complete {
        names: &["bitnami-vulndb", "bitnami"],
        family: "Bitnami",
        releases: Releases::None,
    }],
    recognises: |outline| {
        osv::recognises(outline)
            && outline.lies_in("data")
            && outline.file_name().starts_with("BIT-")
    },
    import,
    ..Feed::BASE
};

fn import(document: &Document<'_>, import: &mut Import<'_>) -> Result<(), NotOfThisFeed> {
    osv::import(&Database { feed: BITNAMI.id, names_no_package: false }, document, import)
}
