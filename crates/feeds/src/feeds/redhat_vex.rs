//! Red Hat's VEX in CSAF: one document for each CVE, with every package of every product that has or had it
//! (security.access.redhat.com/data/csaf/v2/vex). The only one of Red Hat's sources that speaks of Red Hat Enterprise Linux 10.

use crate::complete::{Complete, Releases};
use crate::feed::{Feed, Origin};
use crate::formats::csaf::{Dialect, import, is_cve};
use crate::formats::red_hat;

const DIALECT: Dialect = red_hat::dialect("redhat-vex", is_cve);

pub(crate) static REDHAT_VEX: Feed = Feed {
    id: DIALECT.feed,
    summary: "Red Hat's VEX (CSAF): of each CVE, which packages it affects, which are fixed, and which never will be",
    origins: &[Origin {
        url: "https://security.access.redhat.com/data/csaf/v2/vex/",
        file: "redhat/csaf_vex.tar.zst",
        families: &[red_hat::FAMILY],
        ..Origin::BASE
    }],
    recognises: |outline| DIALECT.recognises(outline),
    import: |document, into| import(document, into, &DIALECT),
    complete: &[Complete {
        names: &["csaf_vex", "redhat-vex"],
        family: red_hat::FAMILY,
        releases: Releases::Beginning(red_hat::SUPPORTED),
    }],
    ..Feed::BASE
};
