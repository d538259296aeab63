//! Requirements of Ruby gems, as `Gem::Requirement` reads them.

use std::ops::Bound;

use super::comparators::plain;
use super::range::VersionRange;
use crate::number::increment;

/// Comparators, and `~>`: at least the version, and below the one in which the number before its last is one higher, pre-releases of
/// that included.
pub(super) fn gem(operator: &str, version: &str) -> Option<Vec<VersionRange>> {
    if operator != "~>" {
        return plain(operator, version);
    }
    // No order has a least pre-release here; nobody's sorts before this one.
    let end = format!("{}.A", bump(version)?);
    Some(vec![VersionRange::between(Bound::Included(version), Bound::Excluded(&end))])
}

/// `Gem::Version#bump`: without the pre-release and the last number, and the new last one is one higher.
fn bump(version: &str) -> Option<String> {
    let is_number = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
    let release = version.split('-').next()?;
    let mut numbers: Vec<_> = release.split('.').take_while(is_number).collect();
    if numbers.len() > 1 {
        numbers.pop();
    }
    let last = increment(numbers.pop()?.as_bytes());
    numbers.push(&last);
    Some(numbers.join("."))
}
