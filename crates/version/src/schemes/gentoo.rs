//! Gentoo package versions, `1.2.3b_rc4-r5`: the algorithm of the Package Manager Specification, "Version comparison".

use std::cmp::Ordering;

use crate::Scheme;
use crate::number::{compare_digits, is_number, split_while};

/// Portage's order.
pub(super) static GENTOO: Scheme =
    Scheme { id: "gentoo", summary: "Gentoo packages: Package Manager Specification", compare };

fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (Version::parse(a)?, Version::parse(b)?);
    Some(
        compare_numbers(a.numbers, b.numbers)
            .then_with(|| a.letter.cmp(&b.letter))
            .then_with(|| compare_suffixes(a.suffixes, b.suffixes))
            .then_with(|| compare_digits(a.revision, b.revision)),
    )
}

struct Version<'a> {
    /// With dots between them.
    numbers: &'a str,
    letter: Option<u8>,
    /// Each behind an underscore: a name, and a number or none.
    suffixes: &'a str,
    revision: &'a [u8],
}

/// Least first; `None` stands for the end of the suffixes.
const SUFFIXES: [Option<&str>; 6] =
    [Some("alpha"), Some("beta"), Some("pre"), Some("rc"), None, Some("p")];

impl<'a> Version<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (text, revision) = match text.split_once("-r") {
            Some((text, revision)) if is_number(revision.as_bytes()) => (text, revision),
            Some(_) => return None,
            None => (text, "0"),
        };
        let (text, suffixes) = match text.find('_') {
            Some(at) => text.split_at_checked(at)?,
            None => (text, ""),
        };
        let numbers = text.trim_end_matches(|c: char| c.is_ascii_lowercase());
        let letter = match text.strip_prefix(numbers)?.as_bytes() {
            [] => None,
            [letter] => Some(*letter),
            _ => return None,
        };
        let are_numbers = numbers.split('.').all(|part| is_number(part.as_bytes()));
        let are_suffixes = suffixes.split('_').skip(1).all(|suffix| {
            let (name, number) = split_suffix(suffix);
            SUFFIXES.contains(&Some(name)) && (number.is_empty() || is_number(number.as_bytes()))
        });
        (are_numbers && are_suffixes).then_some(Self {
            numbers,
            letter,
            suffixes,
            revision: revision.as_bytes(),
        })
    }
}

fn split_suffix(suffix: &str) -> (&str, &str) {
    let (name, _) = split_while(suffix.as_bytes(), |byte| byte.is_ascii_lowercase());
    suffix.split_at_checked(name.len()).unwrap_or((suffix, ""))
}

/// The first by value. The others too, unless one of the two begins with a zero: then as text, without the zeros at their ends.
fn compare_numbers(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    let mut is_first = true;
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(x), Some(y)) if !is_first && (x.starts_with('0') || y.starts_with('0')) => {
                x.trim_end_matches('0').cmp(y.trim_end_matches('0'))
            }
            (Some(x), Some(y)) => compare_digits(x.as_bytes(), y.as_bytes()),
        };
        if order.is_ne() {
            return order;
        }
        is_first = false;
    }
}

fn compare_suffixes(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.split('_').skip(1), b.split('_').skip(1));
    let rank = |name| SUFFIXES.iter().position(|suffix| *suffix == name);
    loop {
        let (x, y) = (a.next().map(split_suffix), b.next().map(split_suffix));
        if x.is_none() && y.is_none() {
            return Ordering::Equal;
        }
        let (x_name, x_number) = (x.map(|(name, _)| name), x.map_or("", |(_, number)| number));
        let (y_name, y_number) = (y.map(|(name, _)| name), y.map_or("", |(_, number)| number));
        let order = rank(x_name)
            .cmp(&rank(y_name))
            .then_with(|| compare_digits(x_number.as_bytes(), y_number.as_bytes()));
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
            &GENTOO,
            &[
                "0.9",
                "1",
                "1_p0",
                "1a_alpha",
                "1.0_alpha",
                "1.0_alpha1_p1",
                "1.0_alpha2",
                "1.0_beta",
                "1.0_pre",
                "1.0_rc1_alpha",
                "1.0_rc1",
                "1.0",
                "1.0-r1",
                "1.0-r10",
                "1.0_p1",
                "1.0_p10",
                "1.0a",
                "1.0b",
                "1.0.0",
                "1.01",
                "1.012",
                "1.02",
                "1.1",
                "1.10",
            ],
        );
    }

    #[test]
    fn zeros_that_mean_nothing_do_not_count() {
        for (a, b) in [("1.0", "1.0-r0"), ("1.010", "1.01"), ("01.2", "1.2"), ("1_p", "1_p0")] {
            assert_equal(&GENTOO, a, b);
        }
    }

    #[test]
    fn what_is_no_version_has_no_order() {
        for text in ["", "1.", "1..2", "a", "1ab", "1_x1", "1_", "1-r", "1-1", "1_p1a", "1-r1-r1"] {
            assert_undefined(&GENTOO, text, "1.0");
        }
    }
}
