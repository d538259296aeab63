//! Debian and Ubuntu package versions, `[epoch:]upstream[-revision]`, as dpkg orders them (deb-version(7)).

use std::cmp::Ordering;

use crate::Scheme;
use crate::number::{compare_digits, is_number, split_digits};

/// dpkg's order.
pub(super) static DEB: Scheme =
    Scheme { id: "deb", summary: "Debian and Ubuntu packages: dpkg --compare-versions", compare };

fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (Version::parse(a)?, Version::parse(b)?);
    Some(
        compare_digits(a.epoch, b.epoch)
            .then_with(|| compare_part(a.upstream, b.upstream))
            .then_with(|| compare_part(a.revision, b.revision)),
    )
}

struct Version<'a> {
    epoch: &'a [u8],
    upstream: &'a [u8],
    revision: &'a [u8],
}

impl<'a> Version<'a> {
    /// `None` where dpkg calls the syntax an error. What it merely warns of, such as an unusual character, it still orders.
    fn parse(text: &'a str) -> Option<Self> {
        // Byte by byte: at the length of a version a search for a character costs more to begin than to do.
        let mut text = text;
        if text.bytes().any(is_blank) {
            text = text.trim_matches([' ', '\t']);
            if text.bytes().any(is_blank) {
                return None;
            }
        }
        let (epoch, rest) = match text.bytes().position(|byte| byte == b':') {
            Some(colon) => (parse_epoch(text.get(..colon)?)?, text.get(colon + 1..)?),
            None => ("", text),
        };
        let rest = rest.as_bytes();
        let (upstream, revision) = match rest.iter().rposition(|&byte| byte == b'-') {
            Some(hyphen) => (rest.get(..hyphen)?, rest.get(hyphen + 1..)?),
            None => (rest, &[][..]),
        };
        let is_cut_short = revision.is_empty() && upstream.len() < rest.len();
        if upstream.is_empty() || is_cut_short {
            return None;
        }
        Some(Self { epoch: epoch.as_bytes(), upstream, revision })
    }
}

/// What dpkg trims from both ends and refuses in between. Other white space is an unusual character like any.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// The digits of an epoch. dpkg reads it with `strtol`, which skips white space and takes a sign, and keeps it in a C `int`.
fn parse_epoch(text: &str) -> Option<&str> {
    let text = text.trim_start_matches(['\n', '\x0b', '\x0c', '\r']);
    let (digits, maximum) = match text.strip_prefix('-') {
        Some(digits) => (digits, 0),
        None => (text.strip_prefix('+').unwrap_or(text), 0x7fff_ffff),
    };
    let fits = digits.parse::<u64>().is_ok_and(|epoch| epoch <= maximum);
    (is_number(digits.as_bytes()) && fits).then_some(digits)
}

/// Compares an upstream version or a revision: runs of non-digits by [`weight`], runs of digits by value, in turn.
fn compare_part(mut a: &[u8], mut b: &[u8]) -> Ordering {
    while !(a.is_empty() && b.is_empty()) {
        loop {
            let (x, y) = (weight(a.first()), weight(b.first()));
            match x.cmp(&y) {
                Ordering::Equal if x == DIGIT_OR_END => break,
                Ordering::Equal => (a, b) = (a.split_at(1).1, b.split_at(1).1),
                unequal => return unequal,
            }
        }
        let (x, y);
        (x, a) = split_digits(a);
        (y, b) = split_digits(b);
        match compare_digits(x, y) {
            Ordering::Equal => {}
            unequal => return unequal,
        }
    }
    Ordering::Equal
}

const DIGIT_OR_END: u16 = 1;

/// A tilde sorts before the end, the end before letters, letters before everything else. Bytes beyond ASCII stand between, since
/// the C `char` that dpkg adds 256 to is signed on most machines.
fn weight(byte: Option<&u8>) -> u16 {
    match byte {
        Some(b'~') => 0,
        None => DIGIT_OR_END,
        Some(byte) if byte.is_ascii_digit() => DIGIT_OR_END,
        Some(&byte) if byte.is_ascii_alphabetic() || !byte.is_ascii() => u16::from(byte) + 2,
        Some(&byte) => u16::from(byte) + 2 + 256,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::testing::{assert_ascending, assert_equal, assert_undefined};

    #[test]
    fn versions_ascend() {
        assert_ascending(
            &DEB,
            &[
                "0~",
                "0",
                "0a",
                "1.0~~",
                "1.0~~a",
                "1.0~",
                "1.0~rc1-1",
                "1.0-1~bpo12+1",
                "1.0-1",
                "1.0-1+b1",
                "1.0-1.1",
                "1.0-2",
                "1.0-10",
                "1.0a-1",
                "1.0+dfsg-1",
                "1.0.1",
                "1.10",
                "20240101",
                "1:0.1",
                "2:0",
            ],
        );
    }

    #[test]
    fn zero_epochs_and_revisions_are_as_good_as_none() {
        for (a, b) in
            [("0:1.0", "1.0"), ("1.0-0", "1.0"), ("1.0", "1.00"), ("00:1", "1"), (" 1.0 ", "1.0")]
        {
            assert_equal(&DEB, a, b);
        }
    }

    #[test]
    fn what_dpkg_refuses_has_no_order() {
        for text in [
            "",
            " ",
            "1 0",
            "1\t0",
            "a:1",
            ":1",
            "1:",
            "-1:1",
            "+:1",
            "+-1:1",
            "1.0-",
            "-1",
            "2147483648:1",
            "99999999999999999999:1",
        ] {
            assert_undefined(&DEB, text, "1.0");
        }
        assert_ascending(&DEB, &["1", "2147483647:1"]);
    }

    #[test]
    fn an_epoch_with_a_sign_was_refused() {
        for (a, b) in [("+1:2", "1:2"), ("-0:2", "2"), ("\n1:2", "1:2"), ("+00001:2", "1:2")] {
            assert_equal(&DEB, a, b);
        }
    }

    #[test]
    fn a_byte_beyond_ascii_sorted_after_punctuation() {
        assert_ascending(&DEB, &["1", "1z", "1é", "1日", "1+", "1.", "1_"]);
    }

    #[test]
    fn white_space_that_is_no_blank_was_refused() {
        assert_ascending(&DEB, &["1", "1\n0", "1\x0b0", "1\r0", "1+0", "1.0", "1.1"]);
    }
}
