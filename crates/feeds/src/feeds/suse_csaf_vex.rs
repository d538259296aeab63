//! SUSE's VEX in CSAF: one document for each CVE (ftp.suse.com/pub/projects/security/csaf-vex).

use crate::complete::{Complete, Releases};
use crate::feed::{Feed, Origin};
use crate::formats::csaf::{Dialect, import, is_cve};
use crate::formats::suse;

const DIALECT: Dialect = suse::dialect("suse-csaf-vex", is_cve);

pub(crate) static SUSE_CSAF_VEX: Feed = Feed {
    id: DIALECT.feed,
    summary: "SUSE's VEX (CSAF): of each CVE, which packages it affects and which builds fix them",
    origins: &[Origin {
        url: "https://ftp.suse.com/pub/projects/security/csaf-vex.tar.bz2",
        file: "suse/csaf-vex.tar.bz2",
        families: &["SUSE", "openSUSE"],
        ..Origin::BASE
    }],
    recognises: |outline| DIALECT.recognises(outline),
    import: |document, into| import(document, into, &DIALECT),
    complete: &[
        Complete {
            names: &["csaf-vex", "suse-csaf-vex"],
            family: "SUSE",
            releases: Releases::Beginning(&["Linux Enterprise ", "Linux Micro "]),
        },
        Complete {
            names: &["csaf-vex", "suse-csaf-vex"],
            family: "openSUSE",
            releases: Releases::Beginning(&["Leap 15.", "Leap 16.", "Tumbleweed"]),
        },
    ],
    ..Feed::BASE
};
