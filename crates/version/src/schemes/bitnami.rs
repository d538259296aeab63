//! Bitnami package versions: semantic versions, with the revision of the package behind a hyphen (bitnami/go-version).

use std::cmp::Ordering;

use super::semver::{Grammar, SemanticVersion, is_space};
use crate::Scheme;
use crate::number::{compare_digits, is_number};

/// The order of semver.org, but that a number alone behind the hyphen is a revision: it sorts after the release without one.
pub(super) static BITNAMI: Scheme =
    Scheme { id: "bitnami", summary: "Bitnami packages: semver, then revision", compare };

fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (parse(a)?, parse(b)?);
    Some(match (revision(&a), revision(&b)) {
        (None, None) => a.compare(&b),
        (x, y) => a.compare_numbers(&b).then_with(|| match (x, y) {
            (Some(x), Some(y)) => compare_digits(x.as_bytes(), y.as_bytes()),
            (Some(_), None) => Ordering::Greater,
            (None, _) => Ordering::Less,
        }),
    })
}

fn parse(text: &str) -> Option<SemanticVersion<'_>> {
    SemanticVersion::parse(text.trim_matches(is_space), Grammar::Strict)
}

fn revision<'a>(version: &SemanticVersion<'a>) -> Option<&'a str> {
    version.pre_release().filter(|text| is_number(text.as_bytes()))
}

/// Whether a version states neither a revision nor a pre-release; `None` for what is none.
pub(crate) fn is_bare(text: &str) -> Option<bool> {
    Some(parse(text)?.pre_release().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::testing::{assert_ascending, assert_equal, assert_undefined};

    #[test]
    fn a_revision_sorts_after_its_release() {
        assert_ascending(
            &BITNAMI,
            &["1.2.3-alpha", "1.2.3-rc.1", "1.2.3", "1.2.3-0", "1.2.3-2", "1.2.3-10", "1.2.4"],
        );
        assert_equal(&BITNAMI, "v1.2-1", "1.2.0-01+a");
    }

    #[test]
    fn what_is_no_version_has_no_order() {
        for text in ["", "latest", "1.", "1.2.3-", "1.2_3"] {
            assert_undefined(&BITNAMI, text, "1.0.0");
        }
    }
}
