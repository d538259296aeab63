//! Dart package versions, as `Version` of pub_semver orders them: semantic versions of which the build counts too.

use std::cmp::Ordering;

use super::semver::{Grammar, SemanticVersion, compare_dotted};
use crate::Scheme;

/// pub's order. Prefixed or with other than three numbers it reads no version; here they are ordered as semantic ones are.
pub(super) static PUB: Scheme =
    Scheme { id: "pub", summary: "Dart packages: Version of pub_semver", compare };

pub(super) fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (x, y) = (parse(a)?, parse(b)?);
    let order = x.compare_numbers(&y).then_with(|| match (x.pre_release(), y.pre_release()) {
        (Some(x), Some(y)) => compare_parts(x, y),
        (x, y) => x.is_none().cmp(&y.is_none()),
    });
    Some(order.then_with(|| match (x.build(), y.build()) {
        (Some(x), Some(y)) => compare_parts(x, y),
        (x, y) => x.is_some().cmp(&y.is_some()),
    }))
}

fn parse(text: &str) -> Option<SemanticVersion<'_>> {
    SemanticVersion::parse(text.trim(), Grammar::Strict)
}

/// What Dart can read as an integer is one, and sorts before text.
fn compare_parts(a: &str, b: &str) -> Ordering {
    compare_dotted(a, b, |x, y| match (x.parse::<i64>(), y.parse::<i64>()) {
        (Ok(x), Ok(y)) => x.cmp(&y),
        (Err(_), Err(_)) => x.cmp(y),
        (x, y) => y.is_ok().cmp(&x.is_ok()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::testing::{assert_ascending, assert_equal, assert_undefined};

    #[test]
    fn the_build_counts() {
        assert_ascending(
            &PUB,
            &[
                "1.0.0-alpha",
                "1.0.0-alpha+1",
                "1.0.0-alpha.1",
                "1.0.0-rc.1",
                "1.0.0",
                "1.0.0+1",
                "1.0.0+1.1",
                "1.0.0+2",
                "1.0.0+10",
                "1.0.0+a",
                "1.0.1",
            ],
        );
        assert_equal(&PUB, "v1.0.0", "1.0.0");
    }

    #[test]
    fn what_is_no_version_has_no_order() {
        for text in ["", "any", "1.", "1.0.0-", "1.0.0+", "1.0.0-a_b"] {
            assert_undefined(&PUB, text, "1.0.0");
        }
    }
}
