//! Python package versions: PEP 440, and the legacy versions that older releases of PyPI still carry, which `packaging` before its
//! version 22 put below all others.

use std::cmp::Ordering;

use crate::Scheme;
use crate::number::{compare_digits, is_number, is_zero, split_digits, split_while};

/// PEP 440's order, with legacy versions below.
pub(super) static PEP440: Scheme = Scheme {
    id: "pep440",
    summary: "Python packages: PEP 440, legacy versions as packaging 21",
    compare,
};

fn compare(a: &str, b: &str) -> Option<Ordering> {
    if a.chars().all(is_space) || b.chars().all(is_space) {
        return None;
    }
    Some(match (Version::parse(a), Version::parse(b)) {
        (Some(a), Some(b)) => a.compare(&b),
        (Some(_), None) => Ordering::Greater,
        (None, Some(_)) => Ordering::Less,
        (None, None) => legacy_key(a).cmp(&legacy_key(b)),
    })
}

/// What Python strips: beside Unicode's white space, ASCII's separators of files, groups, records and units.
fn is_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{1c}'..='\u{1f}')
}

/// A version by PEP 440, its parts still as text.
pub(crate) struct Version<'a> {
    pub(crate) epoch: &'a [u8],
    /// Numbers with dots between them.
    pub(crate) release: &'a [u8],
    /// Letter (`a`, `b` or `r`) and number.
    pub(crate) pre: Option<(u8, &'a [u8])>,
    pub(crate) post: Option<&'a [u8]>,
    pub(crate) dev: Option<&'a [u8]>,
    /// Letters and digits, with `.`, `-` or `_` between them.
    pub(crate) local: Option<&'a [u8]>,
}

const PRE_RELEASES: [(&str, u8); 8] = [
    ("alpha", b'a'),
    ("a", b'a'),
    ("beta", b'b'),
    ("b", b'b'),
    ("preview", b'r'),
    ("pre", b'r'),
    ("c", b'r'),
    ("rc", b'r'),
];
const POST_RELEASES: [(&str, u8); 3] = [("post", b'p'), ("rev", b'p'), ("r", b'p')];
const DEV_RELEASES: [(&str, u8); 1] = [("dev", b'd')];

impl<'a> Version<'a> {
    /// The grammar of PEP 440, appendix B, in any case. `None` for a legacy version.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim_matches(is_space);
        let mut rest = text.strip_prefix(['v', 'V']).unwrap_or(text).as_bytes();
        let mut epoch: &[u8] = b"0";
        let (number, behind) = split_digits(rest);
        if let Some(behind) = behind.strip_prefix(b"!") {
            if number.is_empty() {
                return None;
            }
            (epoch, rest) = (number, behind);
        }
        let release;
        (release, rest) = split_release(rest)?;
        if rest.is_empty() {
            // Most versions: none of the words needs to be looked for.
            return Some(Self { epoch, release, pre: None, post: None, dev: None, local: None });
        }
        let pre = take_segment(&mut rest, &PRE_RELEASES);
        let post = take_implicit_post(&mut rest)
            .or_else(|| take_segment(&mut rest, &POST_RELEASES).map(|(_, number)| number));
        let dev = take_segment(&mut rest, &DEV_RELEASES).map(|(_, number)| number);
        let local = match rest.split_first() {
            None => None,
            Some((b'+', local)) if is_local(local) => Some(local),
            Some(_) => return None,
        };
        Some(Self { epoch, release, pre, post, dev, local })
    }

    fn compare(&self, other: &Self) -> Ordering {
        let post = |version: &Self| version.post.map(|number| (1, number));
        compare_digits(self.epoch, other.epoch)
            .then_with(|| compare_releases(self.release, other.release))
            .then_with(|| compare_ranked(self.pre_rank(), other.pre_rank()))
            .then_with(|| {
                compare_ranked(post(self).unwrap_or((0, b"")), post(other).unwrap_or((0, b"")))
            })
            .then_with(|| compare_ranked(self.dev_rank(), other.dev_rank()))
            .then_with(|| compare_locals(self.local, other.local))
    }

    /// A development release of no pre- or post-release sorts before the pre-releases; any other without one, after them.
    fn pre_rank(&self) -> (u8, &'a [u8]) {
        match self.pre {
            Some(pre) => pre,
            None if self.post.is_none() && self.dev.is_some() => (0, b""),
            None => (u8::MAX, b""),
        }
    }

    fn dev_rank(&self) -> (u8, &'a [u8]) {
        self.dev.map_or((1, b""), |number| (0, number))
    }
}

fn compare_ranked(a: (u8, &[u8]), b: (u8, &[u8])) -> Ordering {
    a.0.cmp(&b.0).then_with(|| compare_digits(a.1, b.1))
}

/// Numbers with a dot between each two.
fn split_release(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (digits, mut rest) = split_digits(text);
    if digits.is_empty() {
        return None;
    }
    while let Some(behind) = rest.strip_prefix(b".") {
        let (digits, behind) = split_digits(behind);
        if digits.is_empty() {
            break;
        }
        rest = behind;
    }
    text.split_at_checked(text.len() - rest.len())
}

/// A separator, a word, a separator, a number: all optional but the word.
fn take_segment<'a>(rest: &mut &'a [u8], words: &[(&str, u8)]) -> Option<(u8, &'a [u8])> {
    let text = strip_separator(rest);
    words.iter().find_map(|&(word, letter)| {
        let (start, behind) = text.split_at_checked(word.len())?;
        if !start.eq_ignore_ascii_case(word.as_bytes()) {
            return None;
        }
        let number;
        (number, *rest) = split_digits(strip_separator(behind));
        Some((letter, number))
    })
}

/// `1.0-1` is `1.0.post1`.
fn take_implicit_post<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (number, behind) = split_digits(rest.strip_prefix(b"-")?);
    if number.is_empty() {
        return None;
    }
    *rest = behind;
    Some(number)
}

fn strip_separator(text: &[u8]) -> &[u8] {
    match text.split_first() {
        Some((b'.' | b'-' | b'_', behind)) => behind,
        _ => text,
    }
}

fn is_separator(byte: u8) -> bool {
    matches!(byte, b'.' | b'-' | b'_')
}

fn is_local(text: &[u8]) -> bool {
    text.split(|&byte| is_separator(byte))
        .all(|part| !part.is_empty() && part.iter().all(u8::is_ascii_alphanumeric))
}

fn compare_releases(a: &[u8], b: &[u8]) -> Ordering {
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

/// None sorts before any; letters before numbers; of two that begin alike the longer is the later.
fn compare_locals(a: Option<&[u8]>, b: Option<&[u8]>) -> Ordering {
    let (Some(a), Some(b)) = (a, b) else {
        return a.is_some().cmp(&b.is_some());
    };
    let (mut a, mut b) = (a.split(|&byte| is_separator(byte)), b.split(|&byte| is_separator(byte)));
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(x), Some(y)) => match (is_number(x), is_number(y)) {
                (true, true) => compare_digits(x, y),
                (false, false) => x.to_ascii_lowercase().cmp(&y.to_ascii_lowercase()),
                (x, y) => x.cmp(&y),
            },
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// The sort key that `packaging` 21 and setuptools before it gave to what PEP 440 does not know: numbers padded with zeros to eight
/// digits, words behind an asterisk, `*final` at the end.
fn legacy_key(text: &str) -> Vec<String> {
    let text = text.to_lowercase();
    let mut parts: Vec<String> = Vec::new();
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (part, behind) = split_legacy(rest);
        rest = behind;
        let word = match part {
            "." => continue,
            "pre" | "preview" | "rc" => "c",
            "-" => "final-",
            "dev" => "@",
            part => part,
        };
        if is_number(word.as_bytes()) {
            parts.push(format!("{word:0>8}"));
        } else {
            push_legacy_word(&mut parts, format!("*{word}"));
        }
    }
    push_legacy_word(&mut parts, "*final".to_owned());
    parts
}

/// Digits, letters, a dot, a hyphen, or whatever stands before the next of these.
fn split_legacy(text: &str) -> (&str, &str) {
    let bytes = text.as_bytes();
    let is_known = |byte: u8| {
        byte.is_ascii_digit() || byte.is_ascii_lowercase() || byte == b'.' || byte == b'-'
    };
    let (part, _) = match bytes.first() {
        Some(byte) if byte.is_ascii_digit() => split_digits(bytes),
        Some(byte) if byte.is_ascii_lowercase() => {
            split_while(bytes, |byte| byte.is_ascii_lowercase())
        }
        Some(b'.' | b'-') => bytes.split_at(1),
        _ => split_while(bytes, |byte| !is_known(byte)),
    };
    text.split_at_checked(part.len()).unwrap_or((text, ""))
}

fn push_legacy_word(parts: &mut Vec<String>, word: String) {
    if word.as_str() < "*final" {
        while parts.last().is_some_and(|part| part == "*final-") {
            parts.pop();
        }
    }
    while parts.last().is_some_and(|part| part.len() == 8 && is_zero(part.as_bytes())) {
        parts.pop();
    }
    parts.push(word);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::testing::{assert_ascending, assert_equal, assert_undefined};

    #[test]
    fn versions_ascend() {
        assert_ascending(
            &PEP440,
            &[
                "1.0.dev1",
                "1.0a1.dev1",
                "1.0a1",
                "1.0a2",
                "1.0b1",
                "1.0rc1",
                "1.0rc1.post1",
                "1.0rc2",
                "1.0",
                "1.0+abc",
                "1.0+abc.1",
                "1.0+5",
                "1.0.post1.dev2",
                "1.0.post1",
                "1.0.1.dev1",
                "1.0.1",
                "1.10",
                "2024.1.1",
                "1!0.1",
            ],
        );
    }

    #[test]
    fn spellings_of_one_version_are_equal() {
        for (a, b) in [
            ("1.0", "1"),
            ("v1.0", "1.0.0"),
            ("1.0alpha1", "1.0a1"),
            ("1.0-C-1", "1.0rc1"),
            ("1.0pre", "1.0rc0"),
            ("1.0-1", "1.0.post1"),
            ("1.0.rev1", "1.0.post1"),
            ("1.0r1", "1.0.post1"),
            ("1.0_dev", "1.0.dev0"),
            (" 1.0+A_b ", "1.0+a.b"),
            ("1.0rc1dev2", "1.0rc1.dev2"),
            ("1.0a.dev1", "1.0a0.dev1"),
        ] {
            assert_equal(&PEP440, a, b);
        }
    }

    #[test]
    fn separators_that_python_strips_made_a_version_legacy() {
        assert_equal(&PEP440, "\u{1c}6.7\u{1f}", "6.7");
        // Of legacy versions nothing is stripped.
        assert_ascending(&PEP440, &["\t1.x", "1.x"]);
    }

    #[test]
    fn legacy_versions_sort_below_all_others_and_among_themselves() {
        assert_ascending(
            &PEP440,
            &[
                "trunk",
                "0.1-bulbasaur",
                "0.1-charmander",
                "0.3m1",
                "0.3m2",
                "0.7.11p1",
                "2013-02-01T20:50:46+0100",
                "2013-02-02T19:59:03+0100",
                "0.0.dev0",
                "0.1",
            ],
        );
    }

    #[test]
    fn the_empty_string_has_no_order() {
        assert_undefined(&PEP440, " ", "1");
    }
}
