//! Requirements on Bitnami's packages (bitnami/go-version).

use std::ops::Bound;

use super::comparators::plain;
use super::range::VersionRange;
use crate::schemes::bitnami::is_bare;

/// Sorts after every revision that there will be.
const LAST_REVISION: &str = "9999999999999999999999999999";

/// Comparators. A version without a revision stands for all of its revisions.
pub(super) fn bitnami(operator: &str, version: &str) -> Option<Vec<VersionRange>> {
    if !is_bare(version)? {
        return plain(operator, version);
    }
    let release = version.split('+').next()?;
    let last = format!("{release}-{LAST_REVISION}");
    Some(match operator {
        "" | "=" | "==" => {
            vec![VersionRange::between(Bound::Included(version), Bound::Included(&last))]
        }
        "!=" => vec![
            VersionRange::to(Bound::Excluded(version)),
            VersionRange::from(Bound::Excluded(&last)),
        ],
        ">" => vec![VersionRange::from(Bound::Excluded(&last))],
        "<=" => vec![VersionRange::to(Bound::Included(&last))],
        _ => return plain(operator, version),
    })
}
