//! Go: module versions as `golang.org/x/mod/semver` orders them, and releases of Go itself (`go1.22rc1`), which are versions of
//! the modules `stdlib` and `toolchain` in Go's vulnerability database.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::semver::{Grammar, SemanticVersion};
use crate::Scheme;
use crate::number::{is_number, split_while};

/// Go's order. `+incompatible` does not count, and a pseudo-version sorts before the release that it anticipates.
pub(super) static GO: Scheme = Scheme {
    id: "go",
    summary: "Go modules and releases of Go: golang.org/x/mod/semver, go/version",
    compare,
};

fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (spelt_as_module(a), spelt_as_module(b));
    let parse = |text| SemanticVersion::parse(text, Grammar::Strict);
    Some(parse(&a)?.compare(&parse(&b)?))
}

/// Spells a release of Go as the vulnerability database does: `go1.22.3` is `1.22.3`, and `go1.22rc1` is `1.22-rc.1`. What a vendor
/// has appended (`go1.21.5-fips`, `go1.21.5 X:boringcrypto`) is cut off, as `go/version` does. Everything else stays as it is.
fn spelt_as_module(text: &str) -> Cow<'_, str> {
    let stripped = text.strip_prefix("go");
    let own = stripped.unwrap_or(text).split(['-', '+', ' ']).next().unwrap_or_default();
    let (numbers, _) = split_while(own.as_bytes(), |byte| byte == b'.' || byte.is_ascii_digit());
    let Some((numbers, rest)) = own.split_at_checked(numbers.len()) else {
        return Cow::Borrowed(text);
    };
    let pre_release = ["beta", "rc"]
        .into_iter()
        .find_map(|word| Some((word, rest.strip_prefix(word)?)))
        .filter(|(_, number)| !numbers.is_empty() && is_number(number.as_bytes()));
    match pre_release {
        Some((word, number)) => Cow::Owned(format!("{numbers}-{word}.{number}")),
        None if stripped.is_some() => Cow::Borrowed(own),
        None => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::testing::{assert_ascending, assert_equal, assert_undefined};

    #[test]
    fn a_pseudo_version_sorts_before_its_release() {
        assert_ascending(
            &GO,
            &[
                "v0.0.0-20180116102854-5a71ef0e047d",
                "v0.0.0-20190116102854-somehash",
                "v0.0.0",
                "v1.2.4-0.20190116102854-5a71ef0e047d",
                "v1.2.4-rc.1",
                "v1.2.4-rc.1.0.20190116102854-5a71ef0e047d",
                "v1.2.4",
            ],
        );
    }

    #[test]
    fn incompatible_does_not_count() {
        assert_equal(&GO, "v3.2.0+incompatible", "3.2.0");
    }

    #[test]
    fn releases_of_go_in_either_spelling() {
        assert_ascending(
            &GO,
            &[
                "go1.21.13",
                "1.22.0-0",
                "go1.22beta1",
                "1.22rc1",
                "1.22.0-rc.2",
                "go1.22rc10",
                "go1.22",
                "go1.22.3",
                "1.23.0",
            ],
        );
        assert_equal(&GO, "go1.22rc1", "1.22.0-rc.1");
        assert_equal(&GO, "go1.21.5-fips", "1.21.5");
        assert_equal(&GO, "go1.21.5 X:boringcrypto", "1.21.5");
    }

    #[test]
    fn a_local_build_has_no_order() {
        for text in ["", "(devel)", "devel go1.23-abcdef", "go", "master"] {
            assert_undefined(&GO, text, "v1.0.0");
        }
    }
}
