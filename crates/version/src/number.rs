//! Numbers of any length: versions hold dates, hashes and nonsense that fit no machine integer.

use std::cmp::Ordering;

/// Orders two runs of ASCII digits by their numeric value. An empty run is zero.
pub(crate) fn compare_digits(a: &[u8], b: &[u8]) -> Ordering {
    let (a, b) = (without_leading_zeros(a), without_leading_zeros(b));
    match a.len().cmp(&b.len()) {
        // Missing epochs, mostly. Vector instructions are slow to find that there is nothing at the address of an empty slice.
        Ordering::Equal if a.is_empty() => Ordering::Equal,
        Ordering::Equal => a.cmp(b),
        unequal => unequal,
    }
}

/// True for no digits at all and for zeros only.
pub(crate) fn is_zero(digits: &[u8]) -> bool {
    digits.iter().all(|&byte| byte == b'0')
}

/// True for at least one byte, and all of them ASCII digits.
pub(crate) fn is_number(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(u8::is_ascii_digit)
}

/// Splits the longest prefix whose bytes all satisfy the predicate from the rest.
pub(crate) fn split_while(text: &[u8], belongs: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    let end = text.iter().position(|&byte| !belongs(byte)).unwrap_or(text.len());
    text.split_at(end)
}

/// Splits leading ASCII digits from the rest.
pub(crate) fn split_digits(text: &[u8]) -> (&[u8], &[u8]) {
    split_while(text, |byte| byte.is_ascii_digit())
}

/// An empty run for zero.
pub(crate) fn without_leading_zeros(digits: &[u8]) -> &[u8] {
    split_while(digits, |byte| byte == b'0').1
}

/// The next number, without leading zeros. Of no digits, one.
pub(crate) fn increment(digits: &[u8]) -> String {
    let digits = without_leading_zeros(digits);
    let nines = digits.iter().rev().take_while(|&&byte| byte == b'9').count();
    let (kept, _) = digits.split_at(digits.len() - nines);
    let mut next = match kept.split_last() {
        Some((&last, before)) => {
            let mut next = String::from_utf8_lossy(before).into_owned();
            next.push(char::from(last + 1));
            next
        }
        None => "1".to_owned(),
    };
    next.extend(std::iter::repeat_n('0', nines));
    next
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_any_length_are_ordered_by_value() {
        for (a, b, expected) in [
            ("", "0", Ordering::Equal),
            ("007", "7", Ordering::Equal),
            ("9", "10", Ordering::Less),
            ("99999999999999999999999", "100000000000000000000000", Ordering::Less),
        ] {
            assert_eq!(compare_digits(a.as_bytes(), b.as_bytes()), expected, "{a} {b}");
            assert_eq!(compare_digits(b.as_bytes(), a.as_bytes()), expected.reverse(), "{b} {a}");
        }
    }

    #[test]
    fn the_next_number_may_be_longer() {
        for (digits, next) in [("", "1"), ("0", "1"), ("009", "10"), ("1299", "1300"), ("7", "8")] {
            assert_eq!(increment(digits.as_bytes()), next, "{digits}");
        }
    }
}
