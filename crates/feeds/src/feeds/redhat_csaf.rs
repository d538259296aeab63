//! Red Hat's advisories in CSAF: one document for each erratum (security.access.redhat.com/data/csaf/v2/advisories).

use crate::complete::{Complete, Releases};
use crate::feed::{Feed, Origin};
use crate::formats::csaf::{Dialect, begins, import};
use crate::formats::red_hat;

const DIALECT: Dialect = red_hat::dialect("redhat-csaf", |id| begins(id, "RH"));

pub(crate) static REDHAT_CSAF: Feed = Feed {
    id: DIALECT.feed,
    summary: "Red Hat's advisories (CSAF): the builds that each erratum fixes",
    origins: &[Origin {
        url: "https://security.access.redhat.com/data/csaf/v2/advisories/",
        file: "redhat/csaf_advisories.tar.zst",
        families: &[red_hat::FAMILY],
        ..Origin::BASE
    }],
    recognises: |outline| DIALECT.recognises(outline),
    import: |document, into| import(document, into, &DIALECT),
    complete: &[Complete {
        names: &["csaf_advisories", "redhat-csaf"],
        family: red_hat::FAMILY,
        releases: Releases::Beginning(red_hat::SUPPORTED),
    }],
    ..Feed::BASE
};
