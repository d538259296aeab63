//! A package's statement of its licence as an SPDX expression, where it can be read as one.

use plimsoll_core::License;

/// The licence that the words state; `None` where they state none.
#[must_use]
pub fn license(stated: &str) -> Option<License> {
    let stated = stated.trim();
    (!stated.is_empty()).then(|| License::Stated(stated.to_owned()))
}
