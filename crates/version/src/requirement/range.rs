//! Ranges of versions and what can be done with them in the order of a scheme.

use std::cmp::Ordering;
use std::ops::Bound;

use crate::Scheme;

/// Versions between two bounds, in a scheme's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionRange {
    pub from: Bound<String>,
    pub to: Bound<String>,
}

impl VersionRange {
    pub(super) fn everything() -> Self {
        Self { from: Bound::Unbounded, to: Bound::Unbounded }
    }

    pub(super) fn exactly(version: &str) -> Self {
        Self::between(Bound::Included(version), Bound::Included(version))
    }

    pub(super) fn from(from: Bound<&str>) -> Self {
        Self::between(from, Bound::Unbounded)
    }

    pub(super) fn to(to: Bound<&str>) -> Self {
        Self::between(Bound::Unbounded, to)
    }

    pub(super) fn between(from: Bound<&str>, to: Bound<&str>) -> Self {
        Self { from: from.map(str::to_owned), to: to.map(str::to_owned) }
    }

    /// Two ranges: before the version, and after it.
    pub(super) fn all_but(version: &str) -> Vec<Self> {
        vec![Self::to(Bound::Excluded(version)), Self::from(Bound::Excluded(version))]
    }
}

/// Whether one of the ranges holds the version. `None` where the scheme defines no order for the version, or, unless another range
/// holds it, none for a bound.
#[must_use]
pub fn allows(scheme: &Scheme, ranges: &[VersionRange], version: &str) -> Option<bool> {
    (scheme.compare)(version, version)?;
    let mut is_known = true;
    for range in ranges {
        match holds(scheme, range, version) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => is_known = false,
        }
    }
    is_known.then_some(false)
}

fn holds(scheme: &Scheme, range: &VersionRange, version: &str) -> Option<bool> {
    let is_after = match &range.from {
        Bound::Unbounded => true,
        Bound::Included(from) => (scheme.compare)(from, version)?.is_le(),
        Bound::Excluded(from) => (scheme.compare)(from, version)?.is_lt(),
    };
    let is_before = match &range.to {
        Bound::Unbounded => true,
        Bound::Included(to) => (scheme.compare)(version, to)?.is_le(),
        Bound::Excluded(to) => (scheme.compare)(version, to)?.is_lt(),
    };
    Some(is_after && is_before)
}

/// What the ranges leave out, ascending. `None` where the scheme does not order two of the bounds.
#[must_use]
pub fn complement(scheme: &Scheme, ranges: &[VersionRange]) -> Option<Vec<VersionRange>> {
    let mut outsides = Vec::with_capacity(ranges.len());
    for range in ranges {
        if is_empty(scheme, &range.from, &range.to)? {
            continue;
        }
        let mut outside = Vec::with_capacity(2);
        if let Some(to) = other_side(&range.from) {
            outside.push(VersionRange { from: Bound::Unbounded, to });
        }
        if let Some(from) = other_side(&range.to) {
            outside.push(VersionRange { from, to: Bound::Unbounded });
        }
        outsides.push(outside);
    }
    intersection(scheme, outsides)
}

fn other_side(bound: &Bound<String>) -> Option<Bound<String>> {
    match bound {
        Bound::Unbounded => None,
        Bound::Included(version) => Some(Bound::Excluded(version.clone())),
        Bound::Excluded(version) => Some(Bound::Included(version.clone())),
    }
}

/// What all the sets have in common; of none, everything. The ranges of a set ascend and do not overlap, and so do those of the
/// result. Sets are taken by twos, so that many small ones cost no more than sorting them.
pub(super) fn intersection(
    scheme: &Scheme,
    mut sets: Vec<Vec<VersionRange>>,
) -> Option<Vec<VersionRange>> {
    while sets.len() > 1 {
        let mut halved = Vec::with_capacity(sets.len().div_ceil(2));
        let mut rest = sets.into_iter();
        while let Some(one) = rest.next() {
            halved.push(match rest.next() {
                Some(other) => intersection_of_two(scheme, one, other)?,
                None => one,
            });
        }
        sets = halved;
    }
    let only = sets.pop().unwrap_or_else(|| vec![VersionRange::everything()]);
    let mut result = Vec::with_capacity(only.len());
    for range in only {
        if !is_empty(scheme, &range.from, &range.to)? {
            result.push(range);
        }
    }
    Some(result)
}

fn intersection_of_two(
    scheme: &Scheme,
    a: Vec<VersionRange>,
    b: Vec<VersionRange>,
) -> Option<Vec<VersionRange>> {
    let (mut a, mut b) = (a.into_iter().peekable(), b.into_iter().peekable());
    let mut common = Vec::new();
    while let (Some(x), Some(y)) = (a.peek(), b.peek()) {
        let order = compare_ends(scheme, &x.to, &y.to)?;
        let from = match compare_starts(scheme, &x.from, &y.from)? {
            Ordering::Less => &y.from,
            _ => &x.from,
        };
        let to = if order.is_lt() { &x.to } else { &y.to };
        if !is_empty(scheme, from, to)? {
            common.push(VersionRange { from: from.clone(), to: to.clone() });
        }
        if order.is_le() {
            a.next();
        }
        if order.is_ge() {
            b.next();
        }
    }
    Some(common)
}

fn is_empty(scheme: &Scheme, from: &Bound<String>, to: &Bound<String>) -> Option<bool> {
    let (Some(first), Some(last)) = (version_of(from), version_of(to)) else {
        return Some(false);
    };
    let are_included = matches!((from, to), (Bound::Included(_), Bound::Included(_)));
    Some(match (scheme.compare)(first, last)? {
        Ordering::Less => false,
        Ordering::Equal => !are_included,
        Ordering::Greater => true,
    })
}

pub(super) fn version_of(bound: &Bound<String>) -> Option<&str> {
    match bound {
        Bound::Unbounded => None,
        Bound::Included(version) | Bound::Excluded(version) => Some(version),
    }
}

fn compare_starts(scheme: &Scheme, a: &Bound<String>, b: &Bound<String>) -> Option<Ordering> {
    let is_excluded = |bound: &Bound<String>| matches!(bound, Bound::Excluded(_));
    Some(match (version_of(a), version_of(b)) {
        (Some(x), Some(y)) => {
            (scheme.compare)(x, y)?.then_with(|| is_excluded(a).cmp(&is_excluded(b)))
        }
        (x, y) => x.is_some().cmp(&y.is_some()),
    })
}

fn compare_ends(scheme: &Scheme, a: &Bound<String>, b: &Bound<String>) -> Option<Ordering> {
    let is_included = |bound: &Bound<String>| matches!(bound, Bound::Included(_));
    Some(match (version_of(a), version_of(b)) {
        (Some(x), Some(y)) => {
            (scheme.compare)(x, y)?.then_with(|| is_included(a).cmp(&is_included(b)))
        }
        (x, y) => x.is_none().cmp(&y.is_none()),
    })
}
