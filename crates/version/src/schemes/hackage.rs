//! Haskell package versions, as Cabal orders them (Haskell Package Versioning Policy).

use std::cmp::Ordering;

use super::cran::compare_lists;
use crate::Scheme;

/// Cabal's order: numbers with dots between them; of two that begin alike the longer is the later.
pub(super) static HACKAGE: Scheme =
    Scheme { id: "hackage", summary: "Haskell packages: Version of Cabal", compare };

fn compare(a: &str, b: &str) -> Option<Ordering> {
    compare_lists(a.trim(), b.trim(), |character| character == '.')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::testing::{assert_ascending, assert_undefined};

    #[test]
    fn versions_ascend() {
        assert_ascending(&HACKAGE, &["0", "0.1.26.0", "1", "1.0", "1.0.0", "1.1", "1.10"]);
    }

    #[test]
    fn what_is_no_version_has_no_order() {
        for text in ["", "1.", "1-2", "1.0a", "v1"] {
            assert_undefined(&HACKAGE, text, "1.0");
        }
    }
}
