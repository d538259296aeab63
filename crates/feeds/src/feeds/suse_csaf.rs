//! SUSE's advisories in CSAF: one document for each update (ftp.suse.com/pub/projects/security/csaf).

use crate::complete::{Complete, Releases};
use crate::feed::{Feed, Origin};
use crate::formats::csaf::{Dialect, import, is_cve};
use crate::formats::suse;

const DIALECT: Dialect = suse::dialect("suse-csaf", |id| !is_cve(id));

pub(crate) static SUSE_CSAF: Feed = Feed {
    id: DIALECT.feed,
    summary: "SUSE's advisories (CSAF): the builds that each update fixes",
    origins: &[Origin {
        url: "https://ftp.suse.com/pub/projects/security/csaf.tar.bz2",
        file: "suse/csaf.tar.bz2",
        families: &["SUSE", "openSUSE"],
        ..Origin::BASE
    }],
    recognises: |outline| DIALECT.recognises(outline),
    import: |document, into| import(document, into, &DIALECT),
    complete: &[
        Complete {
            names: &["csaf", "suse-csaf"],
            family: "SUSE",
            releases: Releases::Beginning(&["Linux Enterprise ", "Linux Micro "]),
        },
        Complete {
            names: &["csaf", "suse-csaf"],
            family: "openSUSE",
            releases: Releases::Beginning(&["Leap 15.", "Leap 16.", "Tumbleweed"]),
        },
    ],
    ..Feed::BASE
};
