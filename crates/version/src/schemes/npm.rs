//! npm package versions, as node-semver orders them in its loose mode, which is what npm reads registries with.

use std::cmp::Ordering;

use super::semver::{Grammar, SemanticVersion, is_space};
use crate::Scheme;
use crate::number::compare_digits;

/// node-semver's loose order. A partial version, which only its ranges know, is filled with zeros: advisories do end at `8.0`.
pub(super) static NPM: Scheme =
    Scheme { id: "npm", summary: "npm packages: node-semver, loose", compare };

/// The longest version that node-semver reads, in units of UTF-16.
const MAXIMUM_LENGTH: usize = 256;
/// The greatest number that it reads, which is the greatest integer below which JavaScript knows all.
const MAXIMUM_NUMBER: &[u8] = b"9007199254740991";

fn compare(a: &str, b: &str) -> Option<Ordering> {
    Some(parse(a)?.compare(&parse(b)?))
}

/// A version of three numbers. Strictly, it is written as the specification has it, with or without a `v`.
pub(crate) fn whole_version(text: &str, is_loose: bool) -> Option<SemanticVersion<'_>> {
    let version = parse(text)?;
    if is_loose {
        return Some(version).filter(|version| version.numbers().count() == 3);
    }
    let text = text.trim_matches(is_space);
    let text = text.strip_prefix('v').unwrap_or(text);
    let is_bare = text.starts_with(|first: char| first.is_ascii_digit());
    SemanticVersion::parse(text, Grammar::Strict)
        .filter(|version| is_bare && version.is_as_specified())
}

fn parse(text: &str) -> Option<SemanticVersion<'_>> {
    if text.encode_utf16().nth(MAXIMUM_LENGTH).is_some() {
        return None;
    }
    let text =
        text.trim_matches(is_space).trim_start_matches(|c| c == 'v' || c == '=' || is_space(c));
    // The shared reader takes one more `v`.
    if !text.as_bytes().first()?.is_ascii_digit() {
        return None;
    }
    let version = SemanticVersion::parse(text, Grammar::Loose)?;
    let is_partial = version.numbers().nth(2).is_none();
    if is_partial && !text.bytes().all(|byte| byte == b'.' || byte.is_ascii_digit()) {
        return None;
    }
    version
        .numbers()
        .all(|number| compare_digits(number, MAXIMUM_NUMBER).is_le())
        .then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::testing::{assert_ascending, assert_equal, assert_undefined};

    #[test]
    fn prefixes_and_spaces_do_not_count() {
        for text in ["v1.2.3", " = 1.2.3", "v 1.2.3", " =v1.2.3 ", "1.2.3+build"] {
            assert_equal(&NPM, text, "1.2.3");
        }
        assert_equal(&NPM, "1.2.3beta.4", "1.2.3-beta.4");
    }

    #[test]
    fn versions_ascend() {
        assert_ascending(
            &NPM,
            &[
                "0.0.0-foo",
                "0.0.0",
                "1.2.3-4",
                "1.2.3-5",
                "1.2.3-5-Foo",
                "1.2.3-5-foo",
                "1.2.3-r100",
                "1.2.3-r2",
                "1.2.3",
            ],
        );
    }

    #[test]
    fn what_is_no_version_has_no_order() {
        for text in
            ["", "latest", "vV1.2.3", "^1.2.3", "1.2.x", "1.2.3.4", "git+ssh://example.com/a.git"]
        {
            assert_undefined(&NPM, text, "1.0.0");
        }
    }

    #[test]
    fn a_fourth_number_was_refused_where_a_pre_release_can_be_read() {
        for (a, b) in [
            ("1.2.34.5", "1.2.3-4.5"),
            ("2024.1.2024.1.14", "2024.1.202-4.1.14"),
            ("1.2.30.x", "1.2.3-0.x"),
            ("1.2.3-.5", "1.2.3--.5"),
        ] {
            assert_equal(&NPM, a, b);
        }
        for text in ["1.2.3.4", "1.2.34.", "1.2.34..5", "1.22.3.4"] {
            assert_undefined(&NPM, text, "1.0.0");
        }
    }

    #[test]
    fn numbers_and_lengths_beyond_those_of_javascript_were_ordered() {
        assert_ascending(&NPM, &["1.0.0", "9007199254740991.0.0"]);
        for text in ["9007199254740992.0.0", "1.0.99999999999999999999"] {
            assert_undefined(&NPM, text, "1.0.0");
        }
        let longest = format!("1.0.0-{}", "a".repeat(250));
        assert_ascending(&NPM, &[&longest, "1.0.0"]);
        assert_undefined(&NPM, &format!("{longest}a"), "1.0.0");
    }

    #[test]
    fn a_partial_version_ends_at_its_numbers() {
        assert_equal(&NPM, "8.0", "8.0.0");
        for text in ["2.0rc1", "1.2-alpha", "1+build"] {
            assert_undefined(&NPM, text, "1.0.0");
        }
    }

    #[test]
    fn white_space_is_that_of_javascript() {
        assert_equal(&NPM, "\u{feff}1.2.3\u{a0}", "1.2.3");
        assert_undefined(&NPM, "1.2.3\u{85}", "1.0.0");
    }
}
