//! Ruby gem versions, as `Gem::Version` of RubyGems orders them.

use std::cmp::Ordering;

use crate::Scheme;
use crate::number::{compare_digits, is_zero, split_digits, split_while};

/// RubyGems' order. A platform (`1.2.0-x86-linux`) is a pre-release to it; who has one takes it off first.
pub(super) static GEM: Scheme =
    Scheme { id: "gem", summary: "Ruby gems: Gem::Version of RubyGems", compare };

fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (segments(a)?, segments(b)?);
    let (mut a, mut b) = (a.iter(), b.iter());
    loop {
        let (x, y) = (a.next(), b.next());
        if x.is_none() && y.is_none() {
            return Some(Ordering::Equal);
        }
        let order = x.unwrap_or(&Segment::ZERO).compare(y.unwrap_or(&Segment::ZERO));
        if order.is_ne() {
            return Some(order);
        }
    }
}

enum Segment<'a> {
    /// Digits.
    Number(&'a [u8]),
    Word(&'a [u8]),
}

impl Segment<'_> {
    /// What a missing segment counts as.
    const ZERO: Self = Segment::Number(b"");

    /// A word, which makes a pre-release, sorts before any number; case counts.
    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => compare_digits(a, b),
            (Self::Word(a), Self::Word(b)) => a.cmp(b),
            (Self::Word(_), Self::Number(_)) => Ordering::Less,
            (Self::Number(_), Self::Word(_)) => Ordering::Greater,
        }
    }

    fn is_zero(&self) -> bool {
        matches!(self, Self::Number(digits) if is_zero(digits))
    }
}

/// Runs of digits and runs of letters, without the zeros before the first word and at the end. A hyphen stands for `.pre.`. Nothing
/// but white space is version 0; `None` for what `Gem::Version.correct?` refuses.
fn segments(text: &str) -> Option<Vec<Segment<'_>>> {
    let text = text.trim_matches(is_space);
    if !text.is_empty() && !is_correct(text) {
        return None;
    }
    let mut segments = Vec::new();
    let mut has_word = false;
    let mut rest = text.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        let segment;
        (segment, rest) = match byte {
            b'.' => (None, behind),
            b'-' => (Some(Segment::Word(b"pre")), behind),
            b'0'..=b'9' => {
                let (run, behind) = split_digits(rest);
                (Some(Segment::Number(run)), behind)
            }
            _ => {
                // At least this byte, so that it goes on whatever it is.
                let (run, _) = split_while(behind, |byte| byte.is_ascii_alphabetic());
                let (run, behind) = rest.split_at(run.len() + 1);
                (Some(Segment::Word(run)), behind)
            }
        };
        let Some(segment) = segment else { continue };
        if !has_word && matches!(segment, Segment::Word(_)) {
            has_word = true;
            drop_zeros(&mut segments);
        }
        segments.push(segment);
    }
    drop_zeros(&mut segments);
    Some(segments)
}

/// `Gem::Version::VERSION_PATTERN`, but that the first number may run on into letters: advisories do say `1beta`, which RubyGems' own
/// scanner splits as it splits `1.0.1beta`.
fn is_correct(text: &str) -> bool {
    let (release, pre_release) = match text.split_once('-') {
        Some((release, pre_release)) => (release, Some(pre_release)),
        None => (text, None),
    };
    release.starts_with(|first: char| first.is_ascii_digit())
        && release.split('.').all(|part| !part.is_empty() && is_alphanumeric(part))
        && pre_release.is_none_or(|text| {
            text.split('.').all(|part| !part.is_empty() && part.split('-').all(is_alphanumeric))
        })
}

fn drop_zeros(segments: &mut Vec<Segment<'_>>) {
    while segments.last().is_some_and(Segment::is_zero) {
        segments.pop();
    }
}

/// Ruby's `\s`, of ASCII alone.
fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t'..='\r')
}

fn is_alphanumeric(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::testing::{assert_ascending, assert_equal, assert_undefined};

    #[test]
    fn versions_ascend() {
        assert_ascending(
            &GEM,
            &[
                "0.a",
                "0.0.beta.1",
                "",
                "0.0.1.a",
                "0.9",
                "1.0.0.A",
                "1.0.0.a",
                "1.0.0.a.1",
                "1.0.0.a10",
                "1.0.0.b1",
                "1.0.0-x86-linux",
                "1.0.0.pre.x87",
                "1.0.0",
                "1.0.1",
                "1.10",
                "10",
            ],
        );
    }

    #[test]
    fn zeros_count_neither_at_the_end_nor_before_a_word() {
        for (a, b) in [
            ("1", "1.0.0"),
            ("1.2.b1", "1.2.0.b.1"),
            ("1.0.0.pre", "1.pre.0.0"),
            ("1.0-a", "1.pre.a"),
            (" 1.2\n", "1.02"),
            ("  ", "0.0"),
            ("1beta", "1.0.beta"),
        ] {
            assert_equal(&GEM, a, b);
        }
    }

    #[test]
    fn what_is_no_version_has_no_order() {
        for text in ["1.", "1..2", ".1", "v1", "a", "a1", "1_0", "1.2-", "1-a..b", "1.é", "1+2"] {
            assert_undefined(&GEM, text, "1.0");
        }
    }
}
