//! NuGet package versions, as `VersionComparer` of NuGet.Versioning orders them.

use std::cmp::Ordering;

use super::semver::{are_identifiers, compare_dotted, compare_numbers, numbers_end};
use crate::Scheme;

/// NuGet's order: up to four numbers, missing ones are zero; case and metadata do not count.
pub(super) static NUGET: Scheme =
    Scheme { id: "nuget", summary: ".NET packages: NuGet.Versioning", compare };

fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (Version::parse(a)?, Version::parse(b)?);
    Some(compare_numbers(a.numbers, b.numbers).then_with(|| match (a.labels, b.labels) {
        (Some(a), Some(b)) => compare_labels(a, b),
        (a, b) => a.is_none().cmp(&b.is_none()),
    }))
}

struct Version<'a> {
    /// With dots between them.
    numbers: &'a [u8],
    labels: Option<&'a str>,
}

impl<'a> Version<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let (numbers, rest) = text.split_at_checked(numbers_end(text.as_bytes())?)?;
        let (labels, metadata) = match rest.split_once('+') {
            Some((labels, metadata)) => (labels, Some(metadata)),
            None => (rest, None),
        };
        let labels = match labels.strip_prefix('-') {
            Some(labels) => Some(labels),
            None if labels.is_empty() => None,
            None => return None,
        };
        let are_valid = |text: Option<&str>| text.is_none_or(are_identifiers);
        let is_short = numbers.split('.').nth(4).is_none();
        (is_short && are_valid(labels) && are_valid(metadata))
            .then_some(Self { numbers: numbers.as_bytes(), labels })
    }
}

/// What .NET can read as a number of 32 bits is one, and sorts before text.
fn compare_labels(a: &str, b: &str) -> Ordering {
    compare_dotted(a, b, |x, y| match (x.parse::<i32>(), y.parse::<i32>()) {
        (Ok(x), Ok(y)) => x.cmp(&y),
        (Err(_), Err(_)) => x.to_ascii_uppercase().cmp(&y.to_ascii_uppercase()),
        (x, y) => y.is_ok().cmp(&x.is_ok()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::testing::{assert_ascending, assert_equal, assert_undefined};

    #[test]
    fn versions_ascend() {
        assert_ascending(
            &NUGET,
            &[
                "1.0.0-2",
                "1.0.0-10",
                "1.0.0-10.1",
                "1.0.0-alpha",
                "1.0.0-Beta",
                "1.0.0-beta.1",
                "1.0.0-rc1",
                "1.0",
                "1.0.0.1-alpha",
                "1.0.0.1",
                "1.0.1",
                "99999999999999999999",
            ],
        );
    }

    #[test]
    fn case_metadata_and_missing_numbers_do_not_count() {
        for (a, b) in [
            ("1.0.0-BETA", "1.0.0-beta"),
            ("1.0.0+a", "1.0.0.0+B"),
            ("1", "1.0.0.0"),
            ("1.0.01", "1.0.1"),
        ] {
            assert_equal(&NUGET, a, b);
        }
    }

    #[test]
    fn a_label_beyond_32_bits_is_text() {
        assert_ascending(&NUGET, &["1.0.0-2147483647", "1.0.0-10000000000", "1.0.0-9999999999"]);
    }

    #[test]
    fn what_is_no_version_has_no_order() {
        for text in ["", "v1.0", "1.0.0.0.0", "1.", "1.0-", "1.0-a..b", "1.0+", "1.0-a_b", "1.*"] {
            assert_undefined(&NUGET, text, "1.0");
        }
    }
}
