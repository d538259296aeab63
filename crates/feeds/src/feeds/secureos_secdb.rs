//! SecureOS's security database (security.secureos.io), in the form of Alpine's.

use crate::complete::{Complete, Releases};
use crate::feed::{Feed, Origin};
use crate::formats::secdb::{self, SECUREOS};

pub(crate) static SECUREOS_SECDB: Feed = Feed {
    id: SECUREOS.feed,
    version: 1,
    summary: "SecureOS's security database: the version in which a package fixed a flaw",
    origins: &[Origin {
        url: "https://security.secureos.io/v1/secdb.json.gz",
        file: "secureos-secdb/secdb.json.gz",
        families: &[SECUREOS.family],
        ..Origin::BASE
    }],
    recognises: |outline| SECUREOS.recognises(outline),
    import: |document, import| secdb::import(document, import, &SECUREOS),
    spread: true,
    complete: &[Complete {
        names: &["secureos-secdb"],
        family: SECUREOS.family,
        releases: Releases::These(&[""]),
    }],
    ..Feed::BASE
};
