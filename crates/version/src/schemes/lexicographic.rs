//! Versions without a structure: the `lexicographic` scheme of the vers specification (package-url/vers-spec).

use std::cmp::Ordering;

use crate::Scheme;

/// By the bytes of UTF-8, which is by characters.
pub(super) static LEXICOGRAPHIC: Scheme =
    Scheme { id: "lexicographic", summary: "versions without a structure: vers", compare };

#[expect(clippy::unnecessary_wraps, reason = "a scheme may know no order")]
fn compare(a: &str, b: &str) -> Option<Ordering> {
    Some(a.cmp(b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::testing::assert_ascending;

    #[test]
    fn versions_ascend() {
        assert_ascending(
            &LEXICOGRAPHIC,
            &["", "10", "9", "A", "a", "e\u{301}", "ss", "ß", "ä", "é", "€", "\u{ff5e}", "😀"],
        );
    }
}
