//! Maven versions, as `ComparableVersion` of Maven 3.8 and 3.9 orders them; the two agree.
//!
//! A version is a list of numbers and qualifiers; a hyphen, and every change between digits and letters, opens a list inside the
//! list, always as its last element. The nest is therefore a chain, and it is kept as one: a sequence of [`Item`]s with [`Item::List`]
//! where the next list begins. Nothing recurses, however long the version is.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::Scheme;
use crate::number::{compare_digits, is_zero, without_leading_zeros};

/// Maven's order, which is defined for every text but the empty one.
pub(super) static MAVEN: Scheme = Scheme {
    id: "maven",
    summary: "Maven artifacts: ComparableVersion of Maven 3.8 and 3.9",
    compare,
};

fn compare(a: &str, b: &str) -> Option<Ordering> {
    if a.is_empty() || b.is_empty() {
        return None;
    }
    let (a, b) = (lower(a), lower(b));
    Some(compare_chains(&parse(&a), &parse(&b)))
}

/// Case does not count, beyond ASCII neither. Of ASCII alone nothing is copied: the comparison itself is blind to its case.
fn lower(text: &str) -> Cow<'_, str> {
    if text.is_ascii() { Cow::Borrowed(text) } else { Cow::Owned(text.to_lowercase()) }
}

#[derive(Clone, Copy, Debug)]
enum Item<'a> {
    /// Digits.
    Number(&'a str),
    Qualifier(Qualifier<'a>),
    /// Everything after it stands one list deeper.
    List,
}

/// By rank; unknown qualifiers share the last rank and are ordered by their text, in any case.
#[derive(Clone, Copy, Debug)]
struct Qualifier<'a> {
    rank: u8,
    text: &'a str,
}

/// The rank of a release, which is also that of a qualifier that is not there.
const RELEASE: u8 = 5;
const UNKNOWN: u8 = 7;

impl<'a> Qualifier<'a> {
    fn new(text: &'a str, before_digits: bool) -> Self {
        let is = |name: &str| text.eq_ignore_ascii_case(name);
        let rank = match () {
            () if is("alpha") || before_digits && is("a") => 0,
            () if is("beta") || before_digits && is("b") => 1,
            () if is("milestone") || before_digits && is("m") => 2,
            () if is("rc") || is("cr") => 3,
            () if is("snapshot") => 4,
            () if is("") || is("ga") || is("final") || is("release") => RELEASE,
            () if is("sp") => 6,
            () => UNKNOWN,
        };
        Self { rank, text: if rank == UNKNOWN { text } else { "" } }
    }

    fn compare(self, other: Self) -> Ordering {
        self.rank.cmp(&other.rank).then_with(|| units(self.text).cmp(units(other.text)))
    }
}

/// What Java compares strings by, in lower case.
fn units(text: &str) -> impl Iterator<Item = u16> {
    let lower = |unit| if (0x41..=0x5a).contains(&unit) { unit + 0x20 } else { unit };
    text.encode_utf16().map(lower)
}

impl Item<'_> {
    /// True for what means nothing at the end of a list: zero and "release".
    fn is_null(&self) -> bool {
        match self {
            Self::Number(digits) => is_zero(digits.as_bytes()),
            Self::Qualifier(qualifier) => qualifier.rank == RELEASE,
            Self::List => false,
        }
    }

    /// Against nothing at all.
    fn compare_to_nothing(&self) -> Ordering {
        match self {
            Self::Number(digits) if is_zero(digits.as_bytes()) => Ordering::Equal,
            Self::Number(_) => Ordering::Greater,
            Self::Qualifier(qualifier) => qualifier.rank.cmp(&RELEASE),
            Self::List => Ordering::Equal,
        }
    }
}

#[derive(Default)]
struct Chain<'a> {
    items: Vec<Item<'a>>,
    /// Items of the innermost list so far.
    innermost: usize,
}

impl<'a> Chain<'a> {
    fn push(&mut self, item: Item<'a>) {
        self.items.push(item);
        self.innermost += 1;
    }

    fn open_list(&mut self) {
        self.close_list();
        self.items.push(Item::List);
        self.innermost = 0;
    }

    /// Opens a list unless the innermost one is still empty: `.X1` is as good as `-X1`.
    fn open_list_for_qualifier(&mut self) {
        if self.innermost > 0 {
            self.open_list();
        }
    }

    /// Drops what means nothing from the end of the innermost list.
    fn close_list(&mut self) {
        while self.innermost > 0 && self.items.last().is_some_and(Item::is_null) {
            self.items.pop();
            self.innermost -= 1;
        }
    }

    fn finish(mut self) -> Vec<Item<'a>> {
        self.close_list();
        while matches!(self.items.last(), Some(Item::List)) {
            self.items.pop();
        }
        self.items
    }
}

fn parse(text: &str) -> Vec<Item<'_>> {
    let mut chain = Chain::default();
    let mut start = 0;
    let mut digits = false;
    let piece = |start: usize, end: usize| text.get(start..end).unwrap_or_default();
    let item = |digits: bool, text| {
        if digits { Item::Number(text) } else { Item::Qualifier(Qualifier::new(text, false)) }
    };
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'.' | b'-' => {
                if index == start {
                    chain.push(Item::Number("0"));
                } else {
                    chain.push(item(digits, piece(start, index)));
                }
                start = index + 1;
                if byte == b'-' {
                    chain.open_list();
                }
            }
            b'0'..=b'9' => {
                if !digits && index > start {
                    chain.open_list_for_qualifier();
                    chain.push(Item::Qualifier(Qualifier::new(piece(start, index), true)));
                    start = index;
                    chain.open_list();
                }
                digits = true;
            }
            _ => {
                if digits && index > start {
                    chain.push(Item::Number(piece(start, index)));
                    start = index;
                    chain.open_list();
                }
                digits = false;
            }
        }
    }
    if start < text.len() {
        if !digits {
            chain.open_list_for_qualifier();
        }
        chain.push(item(digits, piece(start, text.len())));
    }
    chain.finish()
}

fn compare_chains(a: &[Item<'_>], b: &[Item<'_>]) -> Ordering {
    let (mut a, mut b) = (a.iter(), b.iter());
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (Some(x), None) => return rest_to_nothing(x, a),
            (None, Some(y)) => return rest_to_nothing(y, b).reverse(),
            (Some(x), Some(y)) => match (x, y) {
                (Item::List, Item::List) => Ordering::Equal,
                (Item::Number(x), Item::Number(y)) => compare_numbers(x.as_bytes(), y.as_bytes()),
                (Item::Qualifier(x), Item::Qualifier(y)) => x.compare(*y),
                (Item::Number(_), _) => Ordering::Greater,
                (_, Item::Number(_)) => Ordering::Less,
                (Item::Qualifier(_), Item::List) => Ordering::Less,
                (Item::List, Item::Qualifier(_)) => Ordering::Greater,
            },
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// By value. But Maven strips leading zeros only from what is not all zeros, picks `int`, `long` or `BigInteger` by the length that is
/// left, and puts any of the one before any of the next: ten zeros are more than a million.
fn compare_numbers(a: &[u8], b: &[u8]) -> Ordering {
    let type_of = |digits: &[u8]| {
        let significant = without_leading_zeros(digits);
        match if significant.is_empty() { digits.len() } else { significant.len() } {
            ..=9 => 0_u8,
            10..=18 => 1,
            _ => 2,
        }
    };
    type_of(a).cmp(&type_of(b)).then_with(|| compare_digits(a, b))
}

fn rest_to_nothing<'a>(first: &'a Item<'a>, rest: impl Iterator<Item = &'a Item<'a>>) -> Ordering {
    std::iter::once(first)
        .chain(rest)
        .map(Item::compare_to_nothing)
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::testing::{assert_ascending, assert_equal, assert_undefined};

    #[test]
    fn qualifiers_ascend() {
        assert_ascending(
            &MAVEN,
            &[
                "1-alpha2snapshot",
                "1-alpha2",
                "1-alpha-123",
                "1-beta-2",
                "1-beta123",
                "1-m2",
                "1-m11",
                "1-rc",
                "1-cr2",
                "1-SNAPSHOT",
                "1",
                "1-sp",
                "1-sp2",
                "1-abc",
                "1-def",
                "1-pom-1",
                "1-1-snapshot",
                "1-1",
                "1-2",
                "1.0.1",
                "1.1",
            ],
        );
    }

    #[test]
    fn what_means_nothing_does_not_count() {
        for (a, b) in [
            ("1", "1.0.0"),
            ("1", "1-0"),
            ("1-ga", "1"),
            ("1.0.Final", "1"),
            ("1.0-RELEASE", "1.0.0"),
            ("1x", "1-x"),
            ("1.0x", "1-x"),
            ("1a1", "1-alpha-1"),
            ("1-CR", "1rc"),
            ("1.0.0.RC1", "1-rc1"),
            ("001", "1"),
        ] {
            assert_equal(&MAVEN, a, b);
        }
    }

    #[test]
    fn ten_zeros_are_more_than_any_smaller_number() {
        let zeros = |count: usize, end: &str| format!("1.{}{end}", "0".repeat(count));
        let (int, long, big) = (zeros(9, ".1"), zeros(18, ".1"), zeros(19, ".1"));
        assert_ascending(&MAVEN, &[&int, "1.999999999", &long, "1.1000000000", &big]);
        assert_equal(&MAVEN, &zeros(19, ""), "1");
    }

    #[test]
    fn capitals_beyond_ascii_counted() {
        assert_equal(&MAVEN, "1-ÉTÉ", "1-été");
        assert_ascending(&MAVEN, &["1-z", "1-é", "1-\u{1f600}", "1-\u{ff5e}"]);
    }

    #[test]
    fn a_long_nest_neither_recurses_nor_takes_long() {
        let deep = "1-".repeat(200_000);
        assert_ascending(&MAVEN, &[&deep, &format!("{deep}1")]);
    }

    #[test]
    fn the_empty_string_has_no_order() {
        assert_undefined(&MAVEN, "", "1");
    }
}
