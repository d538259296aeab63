//! Semantic versions (semver.org 2.0.0), as far as real ones go: any number of parts, of any size, with or without `v`.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::Scheme;
use crate::number::{compare_digits, is_number, split_digits};

/// The order of the specification. Missing parts are zero, build metadata does not count. What is no version but for the hyphen that is
/// missing before `alpha`, `beta` or `rc` is read as if it were there.
pub(super) static SEMVER: Scheme =
    Scheme { id: "semver", summary: "semantic versions: semver.org 2.0.0, precedence", compare };

fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (a.trim_matches(is_space), b.trim_matches(is_space));
    let parse = |text| SemanticVersion::parse(text, Grammar::Strict);
    if let (Some(a), Some(b)) = (parse(a), parse(b)) {
        return Some(a.compare(&b));
    }
    let (a, b) = (hyphenated(a)?, hyphenated(b)?);
    Some(parse(&a)?.compare(&parse(&b)?))
}

const WORDS: [&str; 3] = ["alpha", "beta", "rc"];

/// `1.0rc1` and `1.0.rc1` are `1.0-rc1`; a dot before a second such word is a hyphen too, as in grype's reading of gems' versions.
fn hyphenated(text: &str) -> Option<Cow<'_, str>> {
    let digits = text.strip_prefix(['v', 'V']).unwrap_or(text);
    let rest = digits.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    let numbers = text.strip_suffix(rest)?;
    if !WORDS.iter().any(|word| rest.starts_with(word)) {
        return Some(Cow::Borrowed(text));
    }
    let (pre_release, build) = rest.split_at_checked(rest.find('+').unwrap_or(rest.len()))?;
    let mut text = format!("{}-", numbers.strip_suffix('.').unwrap_or(numbers));
    for (index, part) in pre_release.split('.').enumerate() {
        let is_word = WORDS.iter().any(|word| part.starts_with(word));
        text.push_str(if index == 0 {
            ""
        } else if is_word {
            "-"
        } else {
            "."
        });
        text.push_str(part);
    }
    text.push_str(build);
    Some(Cow::Owned(text))
}

/// Where the numbers end and a pre-release begins.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grammar {
    /// Any number of numbers; a hyphen sets off the pre-release.
    Strict,
    /// node-semver's loose one: at most three numbers, and the hyphen may be missing. `1.2.3beta` is `1.2.3-beta`, and
    /// `1.2.34.5` is `1.2.3-4.5`.
    Loose,
}

/// The parts of a version, still as text. The first two give precedence.
pub(crate) struct SemanticVersion<'a> {
    /// Numbers with dots between them.
    numbers: &'a [u8],
    /// Identifiers with dots between them.
    pre_release: Option<&'a str>,
    /// The same, behind a plus sign.
    build: Option<&'a str>,
}

impl<'a> SemanticVersion<'a> {
    /// `None` where the text does not begin with a number, a part is not a number, or an identifier is empty.
    pub(crate) fn parse(text: &'a str, grammar: Grammar) -> Option<Self> {
        let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
        let end = match grammar {
            Grammar::Strict => numbers_end(text.as_bytes())?,
            Grammar::Loose => loose_numbers_end(text.as_bytes())?,
        };
        let (numbers, rest) = text.split_at_checked(end)?;
        let (pre_release, build) = match rest.split_once('+') {
            Some((pre_release, build)) => (pre_release, Some(build)),
            None => (rest, None),
        };
        if !build.is_none_or(are_identifiers) {
            return None;
        }
        let pre_release = match pre_release.strip_prefix('-') {
            Some(identifiers) if are_identifiers(identifiers) => Some(identifiers),
            _ if pre_release.is_empty() => None,
            _ if grammar == Grammar::Loose && are_identifiers(pre_release) => Some(pre_release),
            _ => return None,
        };
        Some(Self { numbers: numbers.as_bytes(), pre_release, build })
    }

    /// The numbers' digits: three where the version is written as the specification has it.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.numbers.split(|&byte| byte == b'.')
    }

    /// Three numbers, and no number with a leading zero.
    pub(super) fn is_as_specified(&self) -> bool {
        let is_plain = |digits: &[u8]| digits == b"0" || digits.first() != Some(&b'0');
        let mut identifiers = self.pre_release.into_iter().flat_map(|text| text.split('.'));
        self.numbers().all(is_plain)
            && self.numbers().count() == 3
            && identifiers.all(|text| !is_number(text.as_bytes()) || is_plain(text.as_bytes()))
    }

    pub(crate) fn pre_release(&self) -> Option<&'a str> {
        self.pre_release
    }

    pub(super) fn build(&self) -> Option<&'a str> {
        self.build
    }

    /// Precedence: numbers first; a pre-release sorts before its release.
    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        self.compare_numbers(other).then_with(|| match (self.pre_release, other.pre_release) {
            (Some(a), Some(b)) => compare_identifiers(a, b),
            (a, b) => a.is_none().cmp(&b.is_none()),
        })
    }

    pub(crate) fn compare_numbers(&self, other: &Self) -> Ordering {
        compare_numbers(self.numbers, other.numbers)
    }
}

/// JavaScript's `\s`, which differs from Unicode's white space in two characters.
pub(crate) fn is_space(character: char) -> bool {
    character == '\u{feff}' || character.is_whitespace() && character != '\u{85}'
}

/// One or more, with dots between them.
pub(crate) fn are_identifiers(text: &str) -> bool {
    text.split('.').all(|identifier| {
        !identifier.is_empty()
            && identifier.bytes().all(|byte| byte == b'-' || byte.is_ascii_alphanumeric())
    })
}

/// Where the dotted numbers at the beginning end; `None` where there is no number, or none behind a dot.
pub(super) fn numbers_end(text: &[u8]) -> Option<usize> {
    let mut rest = text;
    loop {
        let digits;
        (digits, rest) = split_digits(rest);
        if digits.is_empty() {
            return None;
        }
        match rest.strip_prefix(b".") {
            Some(behind) => rest = behind,
            None => return Some(text.len() - rest.len()),
        }
    }
}

/// Where the first three numbers end, or fewer where no more follow. Before another dot the third one ends a digit early, so that
/// the pre-release has a beginning; this is what node-semver's regular expression comes to.
fn loose_numbers_end(text: &[u8]) -> Option<usize> {
    let mut rest = text;
    for count in 1..=3 {
        let digits;
        (digits, rest) = split_digits(rest);
        let end = text.len() - rest.len();
        match (digits.len(), rest.strip_prefix(b".")) {
            (0, _) => return None,
            (_, None) => return Some(end),
            (_, Some(behind)) if count < 3 => rest = behind,
            (1, Some(_)) => return None,
            (_, Some(_)) => return end.checked_sub(1),
        }
    }
    None
}

/// By value, one by one; missing ones are zero.
pub(super) fn compare_numbers(a: &[u8], b: &[u8]) -> Ordering {
    let (mut a, mut b) = (a.split(|&byte| byte == b'.'), b.split(|&byte| byte == b'.'));
    loop {
        let (x, y) = (a.next(), b.next());
        if x.is_none() && y.is_none() {
            return Ordering::Equal;
        }
        let order = compare_digits(x.unwrap_or_default(), y.unwrap_or_default());
        if order.is_ne() {
            return order;
        }
    }
}

/// Numbers by value and before text, text by bytes; of two that begin alike the longer is the later.
pub(super) fn compare_identifiers(a: &str, b: &str) -> Ordering {
    compare_dotted(a, b, |x, y| match (is_number(x.as_bytes()), is_number(y.as_bytes())) {
        (true, true) => compare_digits(x.as_bytes(), y.as_bytes()),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => x.cmp(y),
    })
}

/// Part by part, with dots between them; of two that begin alike the longer is the later.
pub(super) fn compare_dotted(
    a: &str,
    b: &str,
    compare: impl Fn(&str, &str) -> Ordering,
) -> Ordering {
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(x), Some(y)) => compare(x, y),
        };
        if order.is_ne() {
            return order;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::testing::{assert_ascending, assert_equal, assert_undefined};

    #[test]
    fn versions_ascend() {
        assert_ascending(
            &SEMVER,
            &[
                "1.0.0-0",
                "1.0.0-9",
                "1.0.0-10",
                "1.0.0--1",
                "1.0.0-alpha",
                "1.0.0-alpha.1",
                "1.0.0-alpha.beta",
                "1.0.0-beta",
                "1.0.0-beta.2",
                "1.0.0-beta.11",
                "1.0.0-rc.1",
                "1.0.0",
                "1.0.0.1",
                "1.0.1",
                "1.2",
                "v1.10.0",
                "99999999999999999999991.0.0",
                "99999999999999999999999",
            ],
        );
    }

    #[test]
    fn build_metadata_does_not_count() {
        for (a, b) in [("1.0.0+a", "1.0.0+b"), ("1.0.0-rc.1+5", "1.0.0-rc.1"), ("v1", "1.0.0")] {
            assert_equal(&SEMVER, a, b);
        }
    }

    #[test]
    fn a_hyphen_may_be_missing_before_a_pre_release() {
        for (a, b) in [
            ("1.20rc1", "1.20.0-rc1"),
            ("1.0.0.alpha.1", "1.0.0-alpha.1"),
            ("1.0.0.rc.alpha+b", "1.0.0-rc-alpha"),
            ("v1.0.0beta", "1.0.0-beta"),
        ] {
            assert_equal(&SEMVER, a, b);
        }
    }

    #[test]
    fn white_space_around_a_version_was_refused() {
        assert_equal(&SEMVER, " 1.2.3\n", "1.2.3");
        assert_equal(&SEMVER, "\u{feff}1.2.3", "1.2.3");
        assert_undefined(&SEMVER, "1. 2.3", "1.0.0");
    }

    #[test]
    fn what_is_no_version_has_no_order() {
        for text in [
            "",
            "v",
            "latest",
            "1.",
            ".1",
            "1..2",
            "1.0.0-",
            "1.0.0-a..b",
            "1.0.0b2",
            "1..rc1",
            "1.x",
            "1.0.0-ä",
        ] {
            assert_undefined(&SEMVER, text, "1.0.0");
        }
    }
}
