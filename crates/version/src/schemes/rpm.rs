//! rpm versions, `[epoch:]version[-release]`, as rpm orders them (rpm-version(7), `rpmvercmp`).

use std::cmp::Ordering;

use crate::Scheme;
use crate::number::{compare_digits, is_number, split_digits, split_while};

/// rpm's order. A missing epoch is zero; a missing release sorts before any release.
pub(super) static RPM: Scheme = Scheme {
    id: "rpm",
    summary: "rpm packages: rpmvercmp over epoch, version and release",
    compare,
};

fn compare(a: &str, b: &str) -> Option<Ordering> {
    if a.is_empty() || b.is_empty() {
        return None;
    }
    let (a, b) = (Version::parse(a), Version::parse(b));
    let release = || match (a.release, b.release) {
        (Some(a), Some(b)) => compare_segments(a, b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    };
    Some(
        compare_digits(a.epoch, b.epoch)
            .then_with(|| compare_segments(a.version, b.version))
            .then_with(release),
    )
}

struct Version<'a> {
    epoch: &'a [u8],
    version: &'a [u8],
    release: Option<&'a [u8]>,
}

impl<'a> Version<'a> {
    /// What stands before the first colon is an epoch only where it is a number.
    fn parse(text: &'a str) -> Self {
        let (epoch, rest) = match text.split_once(':') {
            Some((epoch, rest)) if epoch.is_empty() || is_number(epoch.as_bytes()) => (epoch, rest),
            _ => ("", text),
        };
        let (version, release) = match rest.rsplit_once('-') {
            Some((version, release)) => (version, Some(release.as_bytes())),
            None => (rest, None),
        };
        Self { epoch: epoch.as_bytes(), version: version.as_bytes(), release }
    }
}

/// `rpmvercmp`: segments of digits or of letters, anything else only separates them; `~` sorts before the end, `^` after the
/// end but before any further segment; a number is newer than letters.
fn compare_segments(mut a: &[u8], mut b: &[u8]) -> Ordering {
    loop {
        a = skip_separators(a);
        b = skip_separators(b);
        match (a.first(), b.first()) {
            (Some(b'~'), Some(b'~')) | (Some(b'^'), Some(b'^')) => {
                (a, b) = (a.split_at(1).1, b.split_at(1).1);
                continue;
            }
            (Some(b'~'), _) => return Ordering::Less,
            (_, Some(b'~')) => return Ordering::Greater,
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(b'^'), Some(_)) => return Ordering::Less,
            (Some(_), Some(b'^')) => return Ordering::Greater,
            (Some(x), Some(y)) => match (x.is_ascii_digit(), y.is_ascii_digit()) {
                (true, false) => return Ordering::Greater,
                (false, true) => return Ordering::Less,
                _ => {}
            },
        }
        let ((x, rest_a), (y, rest_b)) = (segment(a), segment(b));
        let order = if is_number(x) { compare_digits(x, y) } else { x.cmp(y) };
        if order.is_ne() {
            return order;
        }
        (a, b) = (rest_a, rest_b);
    }
}

fn segment(text: &[u8]) -> (&[u8], &[u8]) {
    match text.first() {
        Some(byte) if byte.is_ascii_digit() => split_digits(text),
        _ => split_while(text, |byte| byte.is_ascii_alphabetic()),
    }
}

fn skip_separators(text: &[u8]) -> &[u8] {
    split_while(text, |byte| !byte.is_ascii_alphanumeric() && byte != b'~' && byte != b'^').1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::testing::{assert_ascending, assert_equal, assert_undefined};

    #[test]
    fn tilde_sorts_before_and_caret_after_the_release() {
        assert_ascending(
            &RPM,
            &[
                "1.0~~",
                "1.0~rc1",
                "1.0~rc2",
                "1.0",
                "1.0-1.el8",
                "1.0-1.el8_10.2",
                "1.0^git1",
                "1.0^git1^2",
                "1.0.a",
                "1.0.1",
                "1.1",
                "2a",
                "2.0.1",
                "10",
                "1:0.1",
                "2:0",
            ],
        );
    }

    #[test]
    fn separators_leading_zeros_and_zero_epochs_do_not_count() {
        for (a, b) in
            [("1.0", "1_0"), ("1.01", "1.1"), ("0:1-1", "1-1"), ("1.0.", "1.0"), (":1", "1")]
        {
            assert_equal(&RPM, a, b);
        }
    }

    #[test]
    fn a_missing_release_sorts_before_any() {
        assert_ascending(&RPM, &["1", "1-0", "1-1"]);
    }

    #[test]
    fn what_stands_before_a_colon_is_an_epoch_only_if_it_is_a_number() {
        assert_ascending(&RPM, &["a:1", "a:2", "b:1", "1:1"]);
    }

    #[test]
    fn the_empty_string_has_no_order() {
        assert_undefined(&RPM, "", "1");
    }
}
