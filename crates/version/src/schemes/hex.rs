//! Hex package versions of Erlang and Elixir, as Elixir's `Version` orders them.

use std::cmp::Ordering;

use super::semver::{Grammar, SemanticVersion};
use crate::Scheme;

/// Elixir's order: semantic versions as the specification writes them, without exception; the build does not count.
pub(super) static HEX: Scheme =
    Scheme { id: "hex", summary: "Erlang and Elixir packages: Elixir's Version", compare };

fn compare(a: &str, b: &str) -> Option<Ordering> {
    Some(parse(a)?.compare(&parse(b)?))
}

fn parse(text: &str) -> Option<SemanticVersion<'_>> {
    if !text.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    SemanticVersion::parse(text, Grammar::Strict).filter(SemanticVersion::is_as_specified)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::testing::{assert_ascending, assert_equal, assert_undefined};

    #[test]
    fn versions_ascend() {
        let versions = ["1.0.0-0", "1.0.0-10", "1.0.0-dev", "1.0.0-dev.1", "1.0.0", "1.0.1"];
        assert_ascending(&HEX, &versions);
        assert_equal(&HEX, "1.0.0+a", "1.0.0+b");
    }

    #[test]
    fn what_is_not_written_as_specified_has_no_order() {
        for text in ["", "1", "1.0", "1.0.0.0", "v1.0.0", "01.0.0", "1.0.0-01", " 1.0.0", "1.0.0-"]
        {
            assert_undefined(&HEX, text, "1.0.0");
        }
    }
}
