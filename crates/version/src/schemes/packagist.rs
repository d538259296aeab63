//! PHP package versions, as PHP's own `version_compare` orders them, which is what OSV defines for Packagist. Composer compares what it
//! has normalised before: that is the scheme `composer`.

use std::cmp::Ordering;

use crate::Scheme;
use crate::number::{compare_digits, split_digits, split_while};

/// PHP's order. A `v` before the version does not count.
pub(super) static PACKAGIST: Scheme =
    Scheme { id: "packagist", summary: "PHP packages: version_compare of PHP", compare };

fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (without_prefix(a), without_prefix(b));
    Elements(a.as_bytes()).next()?;
    Elements(b.as_bytes()).next()?;
    Some(version_compare(a, b))
}

fn without_prefix(text: &str) -> &str {
    let text = text.trim();
    text.strip_prefix(['v', 'V']).unwrap_or(text)
}

/// PHP's `version_compare` of two texts that are not empty, but that numbers of any length have their value.
pub(super) fn version_compare(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (Elements(a.as_bytes()), Elements(b.as_bytes()));
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (Some(x), None) => {
                return rest_to_nothing(x, a);
            }
            (None, Some(y)) => {
                return rest_to_nothing(y, b).reverse();
            }
            (Some(Element::Number(x)), Some(Element::Number(y))) => compare_digits(x, y),
            (Some(x), Some(y)) => x.rank().cmp(&y.rank()),
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// A number makes the longer version the later, and so does what ranks above a number; `#` decides nothing.
fn rest_to_nothing<'a>(first: Element<'a>, rest: impl Iterator<Item = Element<'a>>) -> Ordering {
    std::iter::once(first)
        .chain(rest)
        .map(|element| match element {
            Element::Number(_) => Ordering::Greater,
            Element::Word(_) => element.rank().cmp(&NUMBER),
        })
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

#[derive(Clone, Copy)]
enum Element<'a> {
    /// Digits.
    Number(&'a [u8]),
    /// Letters, or `#`, which stands for any number.
    Word(&'a [u8]),
}

/// The rank of a number among words.
const NUMBER: u8 = 5;
/// A word has the rank of the first of these that it begins with, or that of no word at all. Case counts.
const WORDS: [(&[u8], u8); 10] = [
    (b"dev", 1),
    (b"alpha", 2),
    (b"a", 2),
    (b"beta", 3),
    (b"b", 3),
    (b"RC", 4),
    (b"rc", 4),
    (b"#", NUMBER),
    (b"pl", 6),
    (b"p", 6),
];

impl Element<'_> {
    fn rank(self) -> u8 {
        match self {
            Self::Number(_) => NUMBER,
            Self::Word(word) => {
                WORDS.iter().find(|(name, _)| word.starts_with(name)).map_or(0, |(_, rank)| *rank)
            }
        }
    }
}

/// Runs of digits and of letters; whatever else stands between them only parts them.
struct Elements<'a>(&'a [u8]);

impl<'a> Iterator for Elements<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Element<'a>> {
        let (_, rest) = split_while(self.0, |byte| !byte.is_ascii_digit() && !is_letter(byte));
        let element;
        (element, self.0) = if rest.first()?.is_ascii_digit() {
            let (digits, behind) = split_digits(rest);
            (Element::Number(digits), behind)
        } else {
            let (word, behind) = split_while(rest, is_letter);
            (Element::Word(word), behind)
        };
        Some(element)
    }
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'#'
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::testing::{assert_ascending, assert_equal, assert_undefined};

    #[test]
    fn versions_ascend() {
        assert_ascending(
            &PACKAGIST,
            &[
                "dev-master",
                "1.0-foo",
                "1.0-dev",
                "1.0a1",
                "1.0-beta.1",
                "1.0RC1",
                "1.0.0.rc2",
                "1.0.0",
                "1.0.0-2",
                "1.0.1",
                "1.0pl1",
                "1.0patch2",
                "99999999999999999999",
            ],
        );
    }

    #[test]
    fn separators_and_a_prefix_do_not_count() {
        for (a, b) in [("v1.0.0", "V1-0_0"), ("1.0.0rc2", "1.0.0.rc2"), ("1.2.#", "1.2.7")] {
            assert_equal(&PACKAGIST, a, b);
        }
    }

    #[test]
    fn what_has_nothing_to_compare_has_no_order() {
        for text in ["", "v", "...", " ", "é"] {
            assert_undefined(&PACKAGIST, text, "1.0");
        }
    }
}
