//! Go: module versions as `golang.org/x/mod/semver` orders them, and releases of Go itself (`go1.22rc1`), which are versions of
//! the modules `stdlib` and `toolchain` in Go's vulnerability database.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::semver::{Grammar, SemanticVersion};
use crate::Scheme;
use crate::number::{compare_digits, is_number, split_while};

/// Go's order. `+incompatible` does not count, and a pseudo-version sorts before the release that it anticipates.
pub(super) static GO: Scheme = Scheme {
    id: "go",
    summary: "Go modules and releases of Go: golang.org/x/mod/semver, go/version",
    compare,
};

fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (spelt_as_module(a)?, spelt_as_module(b)?);
    let parse = |text| SemanticVersion::parse(text, Grammar::Strict);
    Some(parse(&a)?.compare(&parse(&b)?))
}

/// Spells a release of Go as the vulnerability database does: `go1.22.3` is `1.22.3`, and `go1.22rc1` is `1.22-rc.1`, with or without
/// `go` before it. Everything else stays as it is. `None` for a release that `go/version` does not know.
fn spelt_as_module(text: &str) -> Option<Cow<'_, str>> {
    if let Some(release) = text.strip_prefix("go") {
        // What vendors and experiments append (`go1.21.5-fips`, `go1.21.5 X:boringcrypto`).
        return spell_release(release.split(['-', '+', ' ']).next()?);
    }
    // Without `go` only a pre-release cannot be meant as a module's version: there is a word right behind the numbers.
    let (numbers, behind) = split_while(text.as_bytes(), is_of_numbers);
    let has_word = !numbers.is_empty() && behind.first().is_some_and(u8::is_ascii_lowercase);
    let is_pre_release = has_word && (text.contains("rc") || text.contains("beta"));
    let spelt = if is_pre_release { spell_release(text) } else { None };
    Some(spelt.unwrap_or(Cow::Borrowed(text)))
}

/// The grammar of `go/version`: up to three numbers without leading zeros, or two of them and a pre-release. From 1.21 on, a release
/// of two numbers is the language's version, which sorts before the pre-releases.
fn spell_release(release: &str) -> Option<Cow<'_, str>> {
    let (numbers, _) = split_while(release.as_bytes(), is_of_numbers);
    let (numbers, pre_release) = release.split_at_checked(numbers.len())?;
    let count = numbers.split('.').count();
    if count > 3 || !numbers.split('.').all(is_plain_number) {
        return None;
    }
    if pre_release.is_empty() {
        let minor = numbers.split('.').nth(1).unwrap_or_default();
        let is_language = count == 2 && compare_digits(minor.as_bytes(), b"21").is_ge();
        return Some(if is_language {
            Cow::Owned(format!("{numbers}-0"))
        } else {
            Cow::Borrowed(numbers)
        });
    }
    let (word, _) = split_while(pre_release.as_bytes(), |byte| byte.is_ascii_lowercase());
    let (word, number) = pre_release.split_at_checked(word.len())?;
    let is_known = count == 2 && !word.is_empty();
    match number {
        "" if is_known => Some(Cow::Owned(format!("{numbers}-{word}"))),
        _ if is_known && is_plain_number(number) => {
            Some(Cow::Owned(format!("{numbers}-{word}.{number}")))
        }
        _ => None,
    }
}

fn is_of_numbers(byte: u8) -> bool {
    byte == b'.' || byte.is_ascii_digit()
}

/// Digits without leading zeros.
fn is_plain_number(text: &str) -> bool {
    is_number(text.as_bytes()) && (text == "0" || !text.starts_with('0'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::testing::{assert_ascending, assert_equal, assert_undefined};

    #[test]
    fn a_pseudo_version_sorts_before_its_release() {
        assert_ascending(
            &GO,
            &[
                "v0.0.0-20180116102854-5a71ef0e047d",
                "v0.0.0-20190116102854-somehash",
                "v0.0.0",
                "v1.2.4-0.20190116102854-5a71ef0e047d",
                "v1.2.4-rc.1",
                "v1.2.4-rc.1.0.20190116102854-5a71ef0e047d",
                "v1.2.4",
            ],
        );
    }

    #[test]
    fn incompatible_does_not_count() {
        assert_equal(&GO, "v3.2.0+incompatible", "3.2.0");
    }

    #[test]
    fn releases_of_go_in_either_spelling() {
        assert_ascending(
            &GO,
            &[
                "go1.21.13",
                "1.22.0-0",
                "go1.22beta1",
                "1.22rc1",
                "1.22.0-rc.2",
                "go1.22rc10",
                "go1.22.0",
                "go1.22.3",
                "1.23.0",
            ],
        );
        assert_equal(&GO, "go1.22rc1", "1.22.0-rc.1");
        assert_equal(&GO, "go1.21.5-fips", "1.21.5");
        assert_equal(&GO, "go1.21.5 X:boringcrypto", "1.21.5");
    }

    #[test]
    fn a_language_version_sorted_after_its_pre_releases() {
        assert_ascending(
            &GO,
            &[
                "go1.20rc1",
                "go1.20",
                "go1.20.1",
                "go1.21",
                "go1.21alpha",
                "go1.21beta1",
                "go1.21rc",
                "go1.21rc1",
                "go1.21.0",
                "go1.100",
                "go1.100.0",
                "go2",
            ],
        );
        assert_equal(&GO, "go1.20", "go1.20.0");
        assert_equal(&GO, "v1.22", "1.22.0");
    }

    #[test]
    fn releases_that_go_does_not_know_were_ordered() {
        for text in ["go1.02", "go1.22.3.4", "go1.22.3rc1", "go1rc1", "go1.22RC1", "go1.22rc01"] {
            assert_undefined(&GO, text, "v1.0.0");
        }
    }

    #[test]
    fn a_local_build_has_no_order() {
        for text in ["", "(devel)", "devel go1.23-abcdef", "go", "master"] {
            assert_undefined(&GO, text, "v1.0.0");
        }
    }
}
