//! npm package versions, as node-semver orders them in its loose mode, which is what npm reads registries with.

use std::cmp::Ordering;

use super::semver::{Hyphen, SemanticVersion};
use crate::Scheme;

/// node-semver's loose order. A partial version, which only its ranges know, is filled with zeros.
pub(super) static NPM: Scheme =
    Scheme { id: "npm", summary: "npm packages: node-semver, loose", compare };

fn compare(a: &str, b: &str) -> Option<Ordering> {
    Some(parse(a)?.compare(&parse(b)?))
}

fn parse(text: &str) -> Option<SemanticVersion<'_>> {
    let text = text.trim().trim_start_matches(|c: char| c == 'v' || c == '=' || c.is_whitespace());
    // The shared reader takes one more `v`.
    let begins = text.as_bytes().first()?.is_ascii_digit();
    begins
        .then(|| SemanticVersion::parse(text, Hyphen::Optional))
        .flatten()
        .filter(|version| version.number_count() <= 3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::testing::{assert_ascending, assert_equal, assert_undefined};

    #[test]
    fn prefixes_and_spaces_do_not_count() {
        for text in ["v1.2.3", " = 1.2.3", "v 1.2.3", " =v1.2.3 ", "1.2.3+build"] {
            assert_equal(&NPM, text, "1.2.3");
        }
        assert_equal(&NPM, "1.2.3beta.4", "1.2.3-beta.4");
    }

    #[test]
    fn versions_ascend() {
        assert_ascending(
            &NPM,
            &[
                "0.0.0-foo",
                "0.0.0",
                "1.2.3-4",
                "1.2.3-5",
                "1.2.3-5-Foo",
                "1.2.3-5-foo",
                "1.2.3-r100",
                "1.2.3-r2",
                "1.2.3",
            ],
        );
    }

    #[test]
    fn what_is_no_version_has_no_order() {
        for text in
            ["", "latest", "vV1.2.3", "^1.2.3", "1.2.x", "1.2.3.4", "git+ssh://example.com/a.git"]
        {
            assert_undefined(&NPM, text, "1.0.0");
        }
    }
}
