//! Alpine package versions, `1.2.3b_rc4~hash-r5` (apk-package(5)), as apk-tools orders them.
//!
//! apk-tools 2 accepted versions that its successor refuses, and Alpine's older releases and advisories are full of them
//! (`6.6.2p1-r0`, `1-r`): where apk-tools 3 stops at such a token, the order of apk-tools 2 is taken. Both keep numbers in machine
//! integers and wrap; here a number of any length has its value.

use std::cmp::Ordering;

use crate::Scheme;
use crate::number::{compare_digits, split_digits, split_while};

/// apk's order.
pub(super) static APK: Scheme =
    Scheme { id: "apk", summary: "Alpine packages: apk version --test", compare };

fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (mut a, mut b) = (Tokens::new(a)?, Tokens::new(b)?);
    loop {
        let (x, y) = (a.next_token(), b.next_token());
        let order = x.compare(&y);
        if order.is_ne() || x.is_last() {
            return Some(order);
        }
    }
}

/// What may follow an equal beginning, least first: a pre-release sorts before what ends, and what ends before what goes on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    PreSuffix,
    Malformed,
    End,
    Revision,
    Hash,
    SuffixNumber,
    PostSuffix,
    Letter,
    Number,
    First,
}

struct Token<'a> {
    kind: Kind,
    text: &'a [u8],
    /// Position among the suffixes of its kind.
    rank: usize,
}

const PRE_SUFFIXES: [&[u8]; 4] = [b"alpha", b"beta", b"pre", b"rc"];
const POST_SUFFIXES: [&[u8]; 5] = [b"cvs", b"svn", b"git", b"hg", b"p"];

impl Token<'_> {
    fn is_last(&self) -> bool {
        matches!(self.kind, Kind::End | Kind::Malformed)
    }

    fn compare(&self, other: &Self) -> Ordering {
        self.kind.cmp(&other.kind).then_with(|| match self.kind {
            Kind::First | Kind::SuffixNumber | Kind::Revision => {
                compare_digits(self.text, other.text)
            }
            // As in Gentoo, numbers behind a dot are compared as text once one of them has a leading zero.
            Kind::Number
                if self.text.first() == Some(&b'0') || other.text.first() == Some(&b'0') =>
            {
                self.text.cmp(other.text)
            }
            Kind::Number => compare_digits(self.text, other.text),
            Kind::Letter | Kind::Hash | Kind::Malformed => self.text.cmp(other.text),
            Kind::PreSuffix | Kind::PostSuffix => self.rank.cmp(&other.rank),
            Kind::End => Ordering::Equal,
        })
    }
}

struct Tokens<'a> {
    rest: &'a [u8],
    /// The kind of the token before; `None` at the beginning.
    last: Option<Kind>,
}

impl<'a> Tokens<'a> {
    /// `None` where not even the first token can be had.
    fn new(text: &'a str) -> Option<Self> {
        let rest = text.as_bytes();
        let first = *rest.first()?;
        let begins = first.is_ascii_digit() || first.is_ascii_lowercase() || first == b'.';
        begins.then_some(Self { rest, last: None })
    }

    fn next_token(&mut self) -> Token<'a> {
        let token = self.read().unwrap_or_else(|| {
            // Nothing behind a revision was ever looked at.
            let ignored = self.last == Some(Kind::Revision);
            Token { kind: Kind::Malformed, text: if ignored { b"" } else { self.rest }, rank: 0 }
        });
        self.last = Some(token.kind);
        token
    }

    fn read(&mut self) -> Option<Token<'a>> {
        let Some(last) = self.last else {
            return Some(self.digits(Kind::First));
        };
        let Some((&byte, behind)) = self.rest.split_first() else {
            return Some(Token { kind: Kind::End, text: b"", rank: 0 });
        };
        match byte {
            b'a'..=b'z' if matches!(last, Kind::First | Kind::Number) => {
                let text;
                (text, self.rest) = self.rest.split_at(1);
                Some(Token { kind: Kind::Letter, text, rank: 0 })
            }
            b'0'..=b'9' if last == Kind::Letter => Some(self.digits(Kind::Number)),
            b'0'..=b'9' if matches!(last, Kind::PreSuffix | Kind::PostSuffix) => {
                Some(self.digits(Kind::SuffixNumber))
            }
            b'.' if matches!(last, Kind::First | Kind::Number)
                && behind.first().is_some_and(u8::is_ascii_digit) =>
            {
                self.rest = behind;
                Some(self.digits(Kind::Number))
            }
            b'_' if !matches!(last, Kind::Hash | Kind::Revision) => self.suffix(behind),
            b'~' if !matches!(last, Kind::Hash | Kind::Revision) => {
                let (text, rest) = split_while(behind, is_hash_digit);
                if text.is_empty() {
                    return None;
                }
                self.rest = rest;
                Some(Token { kind: Kind::Hash, text, rank: 0 })
            }
            b'-' if last != Kind::Revision && behind.first() == Some(&b'r') => {
                self.rest = behind.split_at(1).1;
                // A bare `-r` was a revision to apk-tools 2, `-rc1` is none to its successor. What follows counts for neither.
                match self.rest.first() {
                    Some(byte) if !byte.is_ascii_digit() => {
                        Some(Token { kind: Kind::Malformed, text: b"", rank: 0 })
                    }
                    _ => Some(self.digits(Kind::Revision)),
                }
            }
            _ => None,
        }
    }

    fn digits(&mut self, kind: Kind) -> Token<'a> {
        let text;
        (text, self.rest) = split_digits(self.rest);
        Token { kind, text, rank: 0 }
    }

    fn suffix(&mut self, behind: &'a [u8]) -> Option<Token<'a>> {
        let (text, rest) = split_while(behind, |byte| byte.is_ascii_lowercase());
        let position = |names: &[&[u8]]| names.iter().position(|&name| name == text);
        let (kind, rank) = match position(&PRE_SUFFIXES) {
            Some(rank) => (Kind::PreSuffix, rank),
            None => (Kind::PostSuffix, position(&POST_SUFFIXES)?),
        };
        self.rest = rest;
        Some(Token { kind, text, rank })
    }
}

/// apk-tools takes no capitals here.
fn is_hash_digit(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::testing::{assert_ascending, assert_equal, assert_undefined};

    #[test]
    fn versions_ascend() {
        assert_ascending(
            &APK,
            &[
                "1.2_alpha",
                "1.2_alpha1",
                "1.2_beta",
                "1.2_pre3",
                "1.2_rc1",
                "1.2",
                "1.2-r0",
                "1.2-r1",
                "1.2-r10",
                "1.2_git20240101",
                "1.2_p1",
                "1.2_p1-r1",
                "1.2_p10",
                "1.2a",
                "1.2b",
                "1.2.0",
                "1.2.1",
                "1.10",
                "2",
            ],
        );
    }

    #[test]
    fn a_leading_zero_makes_a_later_number_text() {
        assert_ascending(&APK, &["8.2.0", "8.2.001", "8.2.0015", "8.2.002", "8.2.1"]);
        assert_equal(&APK, "01.2", "1.2");
    }

    #[test]
    fn hashes_stand_between_suffix_and_revision() {
        assert_ascending(
            &APK,
            &["1.0", "1.0-r1", "1.0~1234", "1.0~1234-r0", "1.0~1234-r1", "1.0~2345-r0"],
        );
    }

    #[test]
    fn what_only_the_older_apk_accepts_is_still_ordered() {
        assert_ascending(
            &APK,
            &["6.6.2", "6.6.2-r2", "6.6.2_p1", "6.6.2p1-r1", "6.6.2p1-r2", "6.6.2p2-r0", "6.6.3"],
        );
        assert_ascending(&APK, &["0..1..0", "0..1..1"]);
        assert_ascending(&APK, &["1.2.0A", "1.2.0", "1.2.0d"]);
        assert_equal(&APK, "1-r", "1-r0");
        assert_equal(&APK, "1-r0-1", "1-r0-2");
    }

    #[test]
    fn a_release_candidate_behind_a_hyphen_was_taken_for_a_revision() {
        assert_ascending(&APK, &["21.3.0-rc1", "21.3.0", "21.3.0-r0", "21.3.0-r1"]);
        assert_equal(&APK, "1-ruff1", "1-ruff2");
        assert_equal(&APK, "1-r", "1-r0");
    }

    #[test]
    fn a_hash_in_capitals_was_taken_for_one() {
        assert_ascending(&APK, &["1.0~1A", "1.0~1", "1.0~1a"]);
        assert_ascending(&APK, &["1.0~A1", "1.0", "1.0~01"]);
    }

    #[test]
    fn what_has_no_first_number_has_no_order() {
        for text in ["", "_alpha", "-r1", " 1", "~1"] {
            assert_undefined(&APK, text, "1.0");
        }
    }
}
