//! Swift package versions, as the Swift Package Manager reads them from tags: semantic versions, with or without `v`, of which the third
//! number may be missing.

use std::cmp::Ordering;

use super::semver::{Grammar, SemanticVersion};
use crate::Scheme;

/// The order of semver.org; build metadata does not count.
pub(super) static SWIFT: Scheme =
    Scheme { id: "swift", summary: "Swift packages: Version of SwiftPM", compare };

fn compare(a: &str, b: &str) -> Option<Ordering> {
    Some(parse(a)?.compare(&parse(b)?))
}

fn parse(text: &str) -> Option<SemanticVersion<'_>> {
    SemanticVersion::parse(text.trim(), Grammar::Strict)
        .filter(|version| (2..=3).contains(&version.numbers().take(4).count()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::testing::{assert_ascending, assert_equal, assert_undefined};

    #[test]
    fn versions_ascend() {
        assert_ascending(
            &SWIFT,
            &["1.0.0-alpha", "1.0.0-beta.2", "1.0.0-beta.11", "v1.0", "1.0.1"],
        );
        assert_equal(&SWIFT, "v1.2", "1.2.0+a");
    }

    #[test]
    fn what_is_no_version_has_no_order() {
        for text in ["", "1", "1.2.3.4", "main", "1.2.3-", "swift-5.9"] {
            assert_undefined(&SWIFT, text, "1.0.0");
        }
    }
}
