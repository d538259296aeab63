//! Releases of Kubernetes (kubernetes.io, "Version skew policy": semantic versions), with what vendors append: `v1.28.3+k3s1`,
//! `v1.27.3-gke.100`, `v1.29.0-eks-4f4795d`.

use std::cmp::Ordering;

use super::semver::{Grammar, SemanticVersion, compare_identifiers, is_space};
use crate::Scheme;

/// The order of semver.org, of which `alpha`, `beta` and `rc` are the pre-releases. A vendor's suffix does not count: it is that
/// release, built again.
pub(super) static KUBERNETES: Scheme =
    Scheme { id: "kubernetes", summary: "Kubernetes: semver without vendors' suffixes", compare };

fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (parse(a)?, parse(b)?);
    Some(a.compare_numbers(&b).then_with(|| match (pre_release(&a), pre_release(&b)) {
        (Some(a), Some(b)) => compare_identifiers(a, b),
        (a, b) => a.is_none().cmp(&b.is_none()),
    }))
}

fn parse(text: &str) -> Option<SemanticVersion<'_>> {
    SemanticVersion::parse(text.trim_matches(is_space), Grammar::Strict)
        .filter(|version| version.numbers().nth(3).is_none())
}

fn pre_release<'a>(version: &SemanticVersion<'a>) -> Option<&'a str> {
    let is_upstream =
        |text: &&str| ["alpha", "beta", "rc"].iter().any(|word| text.starts_with(word));
    version.pre_release().filter(is_upstream)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::testing::{assert_ascending, assert_equal, assert_undefined};

    #[test]
    fn versions_ascend() {
        assert_ascending(
            &KUBERNETES,
            &["v1.28.0-alpha.3", "1.28.0-beta.0", "v1.28.0-rc.1", "v1.28.0", "v1.28.3", "1.29"],
        );
    }

    #[test]
    fn a_vendor_s_suffix_does_not_count() {
        for text in ["v1.28.3+k3s1", "v1.28.3-eks-4f4795d", "v1.28.3-gke.100", "1.28.3+rke2r1"] {
            assert_equal(&KUBERNETES, text, "v1.28.3");
        }
        assert_equal(&KUBERNETES, "v1.29.0-rc.1+k3s1", "1.29.0-rc.1");
    }

    #[test]
    fn what_is_no_version_has_no_order() {
        for text in ["", "v", "latest", "1.2.3.4", "v1.28.3-", "v1.28.3_1"] {
            assert_undefined(&KUBERNETES, text, "v1.28.3");
        }
    }
}
