//! Wolfi's security database (packages.wolfi.dev), in the form of Alpine's.

use crate::complete::{Complete, Releases};
use crate::feed::{Feed, Origin};
use crate::formats::secdb::{self, WOLFI};

pub(crate) static WOLFI_SECDB: Feed = Feed {
    id: WOLFI.feed,
    version: 1,
    summary: "Wolfi's security database: the version in which a package fixed a flaw",
    origins: &[Origin {
        url: "https://packages.wolfi.dev/os/security.json",
        file: "wolfi-secdb/security.json",
        families: &[WOLFI.family],
        ..Origin::BASE
    }],
    recognises: |outline| WOLFI.recognises(outline),
    import: |document, import| secdb::import(document, import, &WOLFI),
    spread: true,
    complete: &[Complete {
        names: &["wolfi-secdb"],
        family: WOLFI.family,
        releases: Releases::These(&[""]),
    }],
    ..Feed::BASE
};
