//! R package versions, as `package_version` of R orders them.

use std::cmp::Ordering;

use crate::Scheme;
use crate::number::{compare_digits, is_number};

/// R's order: numbers with dots or hyphens between them; of two that begin alike the longer is the later.
pub(super) static CRAN: Scheme =
    Scheme { id: "cran", summary: "R packages: package_version of R", compare };

fn compare(a: &str, b: &str) -> Option<Ordering> {
    compare_lists(a.trim(), b.trim(), |character| matches!(character, '.' | '-'))
}

/// Numbers one by one, of which a missing one sorts before zero. `None` where a part is no number.
pub(super) fn compare_lists(a: &str, b: &str, is_separator: fn(char) -> bool) -> Option<Ordering> {
    let numbers = |text: &'_ str| text.split(is_separator).all(|part| is_number(part.as_bytes()));
    if !numbers(a) || !numbers(b) {
        return None;
    }
    let (mut a, mut b) = (a.split(is_separator), b.split(is_separator));
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Some(Ordering::Equal),
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(x), Some(y)) => compare_digits(x.as_bytes(), y.as_bytes()),
        };
        if order.is_ne() {
            return Some(order);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::testing::{assert_ascending, assert_equal, assert_undefined};

    #[test]
    fn versions_ascend() {
        assert_ascending(&CRAN, &["0.1", "0.1-0", "0.1.0.1", "0.1-2", "0.75", "1", "1.0", "1.10"]);
        assert_equal(&CRAN, "0.01-2", "0.1.2");
    }

    #[test]
    fn what_is_no_version_has_no_order() {
        for text in ["", "1.", "1--2", "1.0a", "v1", "1_0"] {
            assert_undefined(&CRAN, text, "1.0");
        }
    }
}
