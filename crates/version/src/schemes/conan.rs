//! Conan package versions, as `Version` of Conan 2 orders them: parts of any kind with dots between them, a pre-release behind the first
//! hyphen, a build behind the last plus sign. A number and a word are compared as text, so that the order is not transitive.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::semver::compare_dotted;
use crate::Scheme;
use crate::number::{compare_digits, is_number, is_zero, without_leading_zeros};

/// Conan's order, which is defined for every text but the empty one.
pub(super) static CONAN: Scheme =
    Scheme { id: "conan", summary: "C and C++ packages: Version of Conan 2", compare };

fn compare(a: &str, b: &str) -> Option<Ordering> {
    if a.is_empty() || b.is_empty() {
        return None;
    }
    let (a, b) = (Version::parse(a), Version::parse(b));
    let order = compare_parts(a.main, b.main).then_with(|| match (a.pre_release, b.pre_release) {
        (Some(x), Some(y)) => compare_parts(x, y),
        (x, y) => x.is_none().cmp(&y.is_none()),
    });
    Some(order.then_with(|| match (a.build, b.build) {
        (Some(x), Some(y)) => compare_parts(x, y),
        (x, y) => x.is_some().cmp(&y.is_some()),
    }))
}

struct Version<'a> {
    main: &'a str,
    pre_release: Option<&'a str>,
    build: Option<&'a str>,
}

impl<'a> Version<'a> {
    fn parse(text: &'a str) -> Self {
        let (text, build) = match text.rsplit_once('+') {
            Some((text, build)) => (text, Some(build)),
            None => (text, None),
        };
        match text.split_once('-') {
            Some((main, pre_release)) => Self { main, pre_release: Some(pre_release), build },
            None => Self { main: text, pre_release: None, build },
        }
    }
}

/// Zeros at the end do not count, so that nothing at all is less than any part.
fn compare_parts(a: &str, b: &str) -> Ordering {
    let (a, b) = (without_zeros(a), without_zeros(b));
    match (a, b) {
        (Some(a), Some(b)) => compare_dotted(a, b, compare_part),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

/// `None` where nothing is left.
fn without_zeros(text: &str) -> Option<&str> {
    let mut text = text;
    loop {
        let (rest, last) = match text.rsplit_once('.') {
            Some((rest, last)) => (Some(rest), last),
            None => (None, text),
        };
        if !number(last).is_some_and(|digits| is_zero(digits.as_bytes())) {
            return Some(text);
        }
        text = rest?;
    }
}

fn compare_part(a: &str, b: &str) -> Ordering {
    match (number(a), number(b)) {
        (Some(a), Some(b)) => compare_digits(a.as_bytes(), b.as_bytes()),
        (Some(a), None) => without_zero(&a).cmp(b.as_bytes()),
        (None, Some(b)) => a.as_bytes().cmp(without_zero(&b)),
        (None, None) => a.cmp(b),
    }
}

/// As Python writes a number.
fn without_zero(digits: &str) -> &[u8] {
    match without_leading_zeros(digits.as_bytes()) {
        [] => b"0",
        digits => digits,
    }
}

/// The digits of what Python reads as a number: an underscore may stand between two of them.
fn number(text: &str) -> Option<Cow<'_, str>> {
    if is_number(text.as_bytes()) {
        return Some(Cow::Borrowed(text));
    }
    let is_grouped =
        text.contains('_') && text.split('_').all(|digits| is_number(digits.as_bytes()));
    is_grouped.then(|| Cow::Owned(text.replace('_', "")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::testing::{assert_ascending, assert_equal, assert_undefined};

    #[test]
    fn versions_ascend() {
        assert_ascending(
            &CONAN,
            &[
                "0",
                "1.0-alpha.1",
                "1.0-alpha.1+b",
                "1-pre1",
                "1.0",
                "1.0+b.3",
                "1.0+b.22",
                "1.1.1.3",
                "1.1.1.22",
                "1.1a",
                "1.20",
                "1.a",
                "1.a.b",
                "cci.20200101",
                "cci.20210101",
            ],
        );
    }

    #[test]
    fn zeros_at_the_end_do_not_count() {
        for (a, b) in
            [("1", "1.0.0"), ("1.0-pre1.0", "1-pre1"), ("1+b1", "1.0+b1.0"), ("1_0", "10")]
        {
            assert_equal(&CONAN, a, b);
        }
    }

    #[test]
    fn a_number_and_a_word_are_compared_as_text() {
        for (a, b) in [("1.2", "1.10"), ("1.10", "1.1a"), ("1.1a", "1.2")] {
            assert_ascending(&CONAN, &[a, b]);
        }
    }

    #[test]
    fn the_empty_string_has_no_order() {
        assert_undefined(&CONAN, "", "1.0");
    }
}
