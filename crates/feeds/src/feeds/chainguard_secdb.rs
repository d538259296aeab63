//! Chainguard's security database (packages.cgr.dev), in the form of Alpine's. Its FIPS packages stand in it under names of their own.

use crate::complete::{Complete, Releases};
use crate::feed::{Feed, Origin};
use crate::formats::secdb::{self, CHAINGUARD};

pub(crate) static CHAINGUARD_SECDB: Feed = Feed {
    id: CHAINGUARD.feed,
    version: 1,
    summary: "Chainguard's security database: the version in which a package fixed a flaw",
    origins: &[Origin {
        url: "https://packages.cgr.dev/chainguard/security.json",
        file: "chainguard-secdb/security.json",
        families: &[CHAINGUARD.family],
        ..Origin::BASE
    }],
    recognises: |outline| CHAINGUARD.recognises(outline),
    import: |document, import| secdb::import(document, import, &CHAINGUARD),
    spread: true,
    complete: &[Complete {
        names: &["chainguard-secdb"],
        family: CHAINGUARD.family,
        releases: Releases::These(&[""]),
    }],
    ..Feed::BASE
};
