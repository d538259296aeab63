//! Go's database (go.dev/doc/security/vuln/database): OSV records, in `ID` of what vuln.go.dev serves and in `data/osv` of its
//! repository. Modules, `stdlib` and `toolchain` are packages; which symbols are affected stands with each.

use crate::complete::{Complete, Releases};
use crate::document::Document;
use crate::feed::{Feed, Origin};
use crate::formats::osv::{self, Database};
use crate::import::{Import, NotOfThisFeed};

pub(crate) static GO_VULNDB: Feed = Feed {
    id: "go-vulndb",
    version: 2,
    summary: "Go: modules, the standard library and the toolchain, with the symbols that are affected",
    origins: &[Origin {
        url: "https://vuln.go.dev/vulndb.zip",
        file: "go-vulndb/vulndb.zip",
        families: &["Go"],
        ..Origin::BASE
    }],
    complete: &[Complete {
        names: &["golang-vulndb", "go-vulndb", "vulndb"],
        family: "Go",
        releases: Releases::None,
    }],
    recognises: |outline| {
        osv::recognises(outline)
            && outline.file_name().starts_with("GO-")
            && (outline.lies_in("ID") || outline.lies_in("data/osv"))
    },
    import,
    ..Feed::BASE
};

fn import(document: &Document<'_>, import: &mut Import<'_>) -> Result<(), NotOfThisFeed> {
    osv::import(&Database { feed: GO_VULNDB.id, names_no_package: false }, document, import)
}
