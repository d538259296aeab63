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
    let release = version.split('-').next()?;
    let end = release.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(release.len());
    let numbers = release.get(..end)?.trim_end_matches('.');
    // Of one number the last is the first.
    let numbers = numbers.rsplit_once('.').map_or(numbers, |(before, _)| before);
    Some(match numbers.rsplit_once('.') {
        Some((before, last)) => format!("{before}.{}", increment(last.as_bytes())),
        None => increment(numbers.as_bytes()),
    })
}
