//! Arch Linux package versions, `epoch:version-release`, as pacman's `vercmp` orders them. Of two versions of which one has no release,
//! the releases do not count, so that equality is not transitive.

use std::cmp::Ordering;

use crate::Scheme;
use crate::number::{compare_digits, split_digits, split_while};

/// pacman's order, but for a tilde, which no package of Arch has: it sorts before the end, as in rpm and in grype, and not behind it.
pub(super) static ALPM: Scheme =
    Scheme { id: "alpm", summary: "Arch Linux packages: vercmp of pacman", compare };

fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (Version::parse(a)?, Version::parse(b)?);
    Some(
        compare_digits(a.epoch, b.epoch)
            .then_with(|| compare_parts(a.version, b.version))
            .then_with(|| match (a.release, b.release) {
                (Some(a), Some(b)) => compare_parts(a, b),
                _ => Ordering::Equal,
            }),
    )
}

struct Version<'a> {
    epoch: &'a [u8],
    version: &'a [u8],
    release: Option<&'a [u8]>,
}

impl<'a> Version<'a> {
    /// `None` for the empty text.
    fn parse(text: &'a str) -> Option<Self> {
        if text.is_empty() {
            return None;
        }
        let (epoch, rest) = split_digits(text.as_bytes());
        let (epoch, rest) = match rest.strip_prefix(b":") {
            Some(rest) => (epoch, rest),
            None => (&b""[..], text.as_bytes()),
        };
        Some(match rest.iter().rposition(|&byte| byte == b'-') {
            Some(hyphen) => {
                Self { epoch, version: rest.get(..hyphen)?, release: rest.get(hyphen + 1..) }
            }
            None => Self { epoch, version: rest, release: None },
        })
    }
}

/// Runs of digits and of letters by turns. What separates them counts by its length alone.
fn compare_parts(a: &[u8], b: &[u8]) -> Ordering {
    let (mut a, mut b) = (a, b);
    while !a.is_empty() && !b.is_empty() {
        let (before_a, rest_a) = split_while(a, is_separator);
        let (before_b, rest_b) = split_while(b, is_separator);
        (a, b) = (rest_a, rest_b);
        let (Some(x), Some(y)) = (a.first(), b.first()) else { break };
        match (a.strip_prefix(b"~"), b.strip_prefix(b"~")) {
            (Some(x), Some(y)) => {
                (a, b) = (x, y);
                continue;
            }
            (Some(_), None) => return Ordering::Less,
            (None, Some(_)) => return Ordering::Greater,
            (None, None) => {}
        }
        let is_number = x.is_ascii_digit();
        let order = before_a.len().cmp(&before_b.len());
        if order.is_ne() {
            return order;
        }
        // A number is newer than letters.
        if is_number != y.is_ascii_digit() {
            return is_number.cmp(&y.is_ascii_digit());
        }
        let belongs = |byte: u8| byte.is_ascii_alphanumeric() && byte.is_ascii_digit() == is_number;
        let (run_a, run_b);
        (run_a, a) = split_while(a, belongs);
        (run_b, b) = split_while(b, belongs);
        let order = if is_number { compare_digits(run_a, run_b) } else { run_a.cmp(run_b) };
        if order.is_ne() {
            return order;
        }
    }
    compare_rests(a, b)
}

fn is_separator(byte: u8) -> bool {
    !byte.is_ascii_alphanumeric() && byte != b'~'
}

/// One of the two is empty. Letters that remain make a version older, anything else newer.
fn compare_rests(a: &[u8], b: &[u8]) -> Ordering {
    let is_letter =
        |text: &[u8]| text.first().is_some_and(|&byte| byte.is_ascii_alphabetic() || byte == b'~');
    match (a.is_empty(), b.is_empty()) {
        (true, true) => Ordering::Equal,
        (true, false) if !is_letter(b) => Ordering::Less,
        _ if is_letter(a) => Ordering::Less,
        _ => Ordering::Greater,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::testing::{assert_ascending, assert_equal, assert_undefined};

    #[test]
    fn versions_ascend() {
        assert_ascending(
            &ALPM,
            &[
                "1.0~rc1-1",
                "1.0alpha-1",
                "1.0b-1",
                "1.0beta-1",
                "1.0-1",
                "1.0-2",
                "1.0-10",
                "1.0.a-1",
                "1.0.1-1",
                "1.0_1.2-1",
                "1.0..1-1",
                "1.10-1",
                "1:0.1-1",
            ],
        );
    }

    #[test]
    fn a_release_counts_only_against_another() {
        for (a, b) in [("1.0-1", "1.0"), ("1.0-2", "1.0"), ("0:1.0", "1.0"), ("1.01", "1.1")] {
            assert_equal(&ALPM, a, b);
        }
    }

    #[test]
    fn the_empty_string_has_no_order() {
        assert_undefined(&ALPM, "", "1.0-1");
    }
}
