//! Intervals in brackets, `[1.0,2.0),[3.0,)`: Maven's and NuGet's.

use std::ops::Bound;

use super::comparators::{checked_intersection, plain, read};
use super::range::VersionRange;
use crate::Scheme;

/// Maven's version ranges, or comparators. A version alone is that version: advisories mean no recommendation.
pub(super) fn maven(scheme: &Scheme, text: &str) -> Option<Vec<VersionRange>> {
    if is_bracketed(text) { intervals(scheme, text) } else { read(scheme, text, plain) }
}

/// NuGet's version ranges, or comparators. A version alone is the lowest (learn.microsoft.com, "Package versioning").
pub(super) fn nuget(scheme: &Scheme, text: &str) -> Option<Vec<VersionRange>> {
    if is_bracketed(text) { intervals(scheme, text) } else { read(scheme, text, at_least) }
}

fn at_least(operator: &str, version: &str) -> Option<Vec<VersionRange>> {
    plain(if operator.is_empty() { ">=" } else { operator }, version)
}

fn is_bracketed(text: &str) -> bool {
    text.trim_start().starts_with(['[', '('])
}

/// Any number of intervals, with commas between them.
fn intervals(scheme: &Scheme, text: &str) -> Option<Vec<VersionRange>> {
    let mut ranges = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let end = rest.find([']', ')'])?;
        let (interval, behind) = rest.split_at_checked(end + 1)?;
        let range = read_interval(interval)?;
        ranges.extend(checked_intersection(scheme, vec![vec![range]])?);
        rest = behind.trim_start_matches(|c: char| c == ',' || c == '|' || c.is_whitespace());
    }
    Some(ranges)
}

fn read_interval(text: &str) -> Option<VersionRange> {
    let inner = text.get(1..text.len().checked_sub(1)?)?;
    let (is_from, is_to) = (text.starts_with('['), text.ends_with(']'));
    if !is_from && !text.starts_with('(') {
        return None;
    }
    let Some((from, to)) = inner.split_once(',') else {
        // `(1.0)` is nothing in either language.
        let is_one = is_from && is_to && !inner.trim().is_empty();
        return is_one.then(|| VersionRange::exactly(inner.trim()));
    };
    Some(VersionRange::between(bound(from, is_from), bound(to, is_to)))
}

fn bound(version: &str, is_included: bool) -> Bound<&str> {
    match version.trim() {
        "" => Bound::Unbounded,
        version if is_included => Bound::Included(version),
        version => Bound::Excluded(version),
    }
}
