//! MinimOS's security database (packages.mini.dev), in the form of Alpine's.

use crate::complete::{Complete, Releases};
use crate::feed::{Feed, Origin};
use crate::formats::secdb::{self, MINIMOS};

pub(crate) static MINIMOS_SECDB: Feed = Feed {
    id: MINIMOS.feed,
    version: 1,
    summary: "MinimOS's security database: the version in which a package fixed a flaw",
    origins: &[Origin {
        url: "https://packages.mini.dev/advisories/secdb/security.json",
        file: "minimos-secdb/security.json",
        families: &[MINIMOS.family],
        ..Origin::BASE
    }],
    recognises: |outline| MINIMOS.recognises(outline),
    import: |document, import| secdb::import(document, import, &MINIMOS),
    spread: true,
    complete: &[Complete {
        names: &["minimos-secdb"],
        family: MINIMOS.family,
        releases: Releases::These(&[""]),
    }],
    ..Feed::BASE
};
