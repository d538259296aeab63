//! Versions of which nothing is known but that they look like versions: the grammar of HashiCorp's go-version, which scanners fall back
//! on: any number of numbers, a pre-release with or without a hyphen, metadata.

use std::cmp::Ordering;

use super::semver::{compare_identifiers, compare_numbers, numbers_end};
use crate::Scheme;

/// Numbers first, missing ones are zero; a pre-release, by the rules of semver.org, sorts before its release; metadata does not count.
pub(super) static GENERIC: Scheme =
    Scheme { id: "generic", summary: "versions of any kind: HashiCorp's go-version", compare };

fn compare(a: &str, b: &str) -> Option<Ordering> {
    let ((a, pre_a), (b, pre_b)) = (parse(a)?, parse(b)?);
    Some(compare_numbers(a.as_bytes(), b.as_bytes()).then_with(|| match (pre_a, pre_b) {
        (Some(a), Some(b)) => compare_identifiers(a, b),
        (a, b) => a.is_none().cmp(&b.is_none()),
    }))
}

/// The numbers, and the pre-release.
fn parse(text: &str) -> Option<(&str, Option<&str>)> {
    let text = text.trim();
    let text = text.strip_prefix('v').unwrap_or(text);
    let (numbers, rest) = text.split_at_checked(numbers_end(text.as_bytes())?)?;
    let (pre_release, metadata) = match rest.split_once('+') {
        Some((pre_release, metadata)) => (pre_release, Some(metadata)),
        None => (rest, None),
    };
    let pre_release = match pre_release.strip_prefix('-') {
        Some(pre_release) => Some(pre_release),
        None => Some(pre_release).filter(|text| !text.is_empty()),
    };
    let are_valid = |text: Option<&str>| text.is_none_or(are_identifiers);
    (are_valid(pre_release) && are_valid(metadata)).then_some((numbers, pre_release))
}

fn are_identifiers(text: &str) -> bool {
    text.split('.').all(|part| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'~'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::testing::{assert_ascending, assert_equal, assert_undefined};

    #[test]
    fn versions_ascend() {
        assert_ascending(
            &GENERIC,
            &[
                "1.7-alpha",
                "1.7-alpha.1",
                "1.7-alpha.beta",
                "1.7beta.2",
                "1.7-beta.11",
                "1.7rc2",
                "1.7",
                "1.7.0.0.1",
                "v1.10",
            ],
        );
    }

    #[test]
    fn metadata_and_missing_numbers_do_not_count() {
        for (a, b) in [("1.2+a", "1.2+b"), ("v1", "1.0.0"), ("1.2rc1", "1.2-rc1")] {
            assert_equal(&GENERIC, a, b);
        }
    }

    #[test]
    fn what_is_no_version_has_no_order() {
        for text in ["", "v", "1.", "1.x", "1.2-", "1.2+", "1.2 beta", "1.2-a..b", "latest", "1_2"]
        {
            assert_undefined(&GENERIC, text, "1.0");
        }
    }
}
