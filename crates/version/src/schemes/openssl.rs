//! Releases of OpenSSL: `1.1.1w` with its letters until 3.0, semantic versions since (openssl-library.org, "Versioning").

use std::cmp::Ordering;

use super::semver::{are_identifiers, compare_dotted, compare_numbers, numbers_end};
use crate::Scheme;
use crate::number::{compare_digits, split_while};

/// Numbers, then letters, then pre-releases. `-fips`, which names a way to build, does not count.
pub(super) static OPENSSL: Scheme =
    Scheme { id: "openssl", summary: "OpenSSL: letters until 1.1.1, numbers since 3.0", compare };

fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (Version::parse(a)?, Version::parse(b)?);
    Some(compare_numbers(a.numbers, b.numbers).then_with(|| a.letters.cmp(b.letters)).then_with(
        || match (a.pre_release, b.pre_release) {
            (Some(a), Some(b)) => compare_dotted(a, b, compare_numbered),
            (a, b) => a.is_none().cmp(&b.is_none()),
        },
    ))
}

struct Version<'a> {
    /// With dots between them.
    numbers: &'a [u8],
    letters: &'a str,
    pre_release: Option<&'a str>,
}

impl<'a> Version<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let text = text.split_once('+').map_or(text, |(text, _)| text);
        let (numbers, rest) = text.split_at_checked(numbers_end(text.as_bytes())?)?;
        // The hyphen before a pre-release may be missing.
        let is_pre_release = ["alpha", "beta", "pre"].iter().any(|word| rest.starts_with(word));
        let (letters, _) =
            split_while(rest.as_bytes(), |byte| byte.is_ascii_lowercase() && !is_pre_release);
        let (letters, rest) = rest.split_at_checked(letters.len())?;
        let pre_release = match rest.strip_prefix('-') {
            None if is_pre_release && are_identifiers(rest) => Some(rest),
            None if rest.is_empty() => None,
            Some("fips") => None,
            Some(pre_release) if are_identifiers(pre_release) => Some(pre_release),
            _ => return None,
        };
        Some(Self { numbers: numbers.as_bytes(), letters, pre_release })
    }
}

/// `alpha9` before `alpha10`: the word, then the number behind it.
fn compare_numbered(a: &str, b: &str) -> Ordering {
    let split = |text: &'_ str| text.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let (word_a, number_a) = a.split_at(split(a));
    let (word_b, number_b) = b.split_at(split(b));
    word_a.cmp(word_b).then_with(|| compare_digits(number_a.as_bytes(), number_b.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::testing::{assert_ascending, assert_equal, assert_undefined};

    #[test]
    fn versions_ascend() {
        assert_ascending(
            &OPENSSL,
            &[
                "0.9.8",
                "0.9.8a",
                "0.9.8z",
                "0.9.8za",
                "0.9.8zh",
                "1.0.1f",
                "1.0.2-beta1",
                "1.0.2",
                "1.0.2a",
                "1.1.1-pre9",
                "1.1.1",
                "1.1.1w",
                "3.0.0-alpha9",
                "3.0.0-alpha10",
                "3.0.0-beta1",
                "3.0.0",
                "3.0.10",
                "4.0.0",
            ],
        );
    }

    #[test]
    fn the_way_to_build_does_not_count() {
        assert_equal(&OPENSSL, "1.0.2k-fips", "1.0.2k");
        assert_equal(&OPENSSL, "3.1.4+quic", "3.1.4");
        assert_equal(&OPENSSL, "1.0.2beta1", "1.0.2-beta1");
    }

    #[test]
    fn what_is_no_version_has_no_order() {
        for text in ["", "OpenSSL 1.1.1", "1.1.1W", "1.1.1w2", "1.1.1_w", "v3.0.0", "3."] {
            assert_undefined(&OPENSSL, text, "3.0.0");
        }
    }
}
