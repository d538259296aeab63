//! From what a package manager would allow to what is affected.

use std::ops::Bound;

use plimsoll_advisory::{Interval, RangeEnd, RangeStart, advisory_family};
use plimsoll_version::{Scheme, VersionRange, comparators, complement, requirement};

/// The versions that a requirement in that language allows; `None` where it is none.
pub(crate) fn allowed(language: &str, text: &str) -> Option<Vec<Interval>> {
    requirement(language, text).map(intervals)
}

/// The versions between plain comparators, such as `>= 1.0, < 2.0`, in the order of a family. The bounds are those that stand there, while
/// what a language has besides may bring forth some that nobody released.
pub(crate) fn compared(family: &str, text: &str) -> Option<Vec<Interval>> {
    comparators(scheme_of(family)?, text).map(intervals)
}

/// The same versions in ascending intervals of which none touches another, so that where one ends the next version is not affected. As they
/// are where the family has no order for a bound.
pub(crate) fn joined(family: &str, intervals: Vec<Interval>) -> Vec<Interval> {
    let ranges: Vec<_> = intervals.iter().map(range).collect();
    let joined = || {
        let scheme = scheme_of(family)?;
        complement(scheme, &complement(scheme, &ranges)?)
    };
    joined().map_or(intervals, self::intervals)
}

/// The scheme in which a family's versions are ordered.
pub(crate) fn scheme_of(family: &str) -> Option<&'static Scheme> {
    plimsoll_version::scheme(advisory_family(family)?.scheme?)
}

/// What is left where each of the requirements allows what is *not* affected: everything where there is none. `None` where one cannot
/// be read, or the scheme does not order two of their bounds.
pub(crate) fn all_but<'a>(
    (language, scheme): (&str, &str),
    unaffected: impl IntoIterator<Item = &'a str>,
) -> Option<Vec<Interval>> {
    let mut ranges = Vec::new();
    for text in unaffected {
        ranges.extend(requirement(language, text)?);
    }
    complement(plimsoll_version::scheme(scheme)?, &ranges).map(intervals)
}

fn range(interval: &Interval) -> VersionRange {
    VersionRange {
        from: match &interval.start {
            RangeStart::First => Bound::Unbounded,
            RangeStart::From(version) => Bound::Included(version.clone()),
            RangeStart::After(version) => Bound::Excluded(version.clone()),
        },
        to: match &interval.end {
            RangeEnd::Open => Bound::Unbounded,
            RangeEnd::LastAffected(version) => Bound::Included(version.clone()),
            RangeEnd::Fixed(version) => Bound::Excluded(version.clone()),
        },
    }
}

fn intervals(ranges: Vec<VersionRange>) -> Vec<Interval> {
    let interval = |range: VersionRange| Interval {
        start: match range.from {
            Bound::Unbounded => RangeStart::First,
            Bound::Included(version) => RangeStart::from_introduced(&version),
            Bound::Excluded(version) => RangeStart::After(version),
        },
        end: match range.to {
            Bound::Unbounded => RangeEnd::Open,
            Bound::Included(version) => RangeEnd::LastAffected(version),
            Bound::Excluded(version) => RangeEnd::Fixed(version),
        },
    };
    // Nothing comes before the very first version.
    let is_any = |interval: &Interval| interval.end != RangeEnd::Fixed("0".to_owned());
    ranges.into_iter().map(interval).filter(is_any).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_patched_leaves_what_is_affected() {
        let between = |from: &str, to: &str| Interval {
            start: RangeStart::from_introduced(from),
            end: RangeEnd::Fixed(to.to_owned()),
        };
        assert_eq!(
            all_but(("cargo", "semver"), [">= 1.2.3", "< 1.0.0"]),
            Some(vec![between("1.0.0", "1.2.3")])
        );
        assert_eq!(all_but(("cargo", "semver"), []), Some(vec![Interval::ALL]));
        assert_eq!(all_but(("cargo", "semver"), [">= 0"]), Some(vec![]));
        assert_eq!(all_but(("cargo", "semver"), ["whatever"]), None);
        assert_eq!(all_but(("cargo", "no scheme"), []), None);
    }

    #[test]
    fn where_an_interval_ends_the_next_version_is_not_affected() {
        let between = |from: &str, to: &str| Interval {
            start: RangeStart::from_introduced(from),
            end: RangeEnd::Fixed(to.to_owned()),
        };
        let branches = [between("2.0", "3.0"), between("1.0", "2.0"), between("3.1", "3.1.7")];
        let joined = |family| joined(family, branches.to_vec());
        assert_eq!(joined("npm"), [between("1.0", "3.0"), between("3.1", "3.1.7")]);
        assert_eq!(joined("a family of tomorrow"), branches);
    }

    #[test]
    fn an_exclusive_start_stays_exclusive() {
        let after = Interval {
            start: RangeStart::After("1.0.0".to_owned()),
            end: RangeEnd::LastAffected("2.0.0".to_owned()),
        };
        assert_eq!(allowed("semver", "> 1.0.0, <= 2.0.0"), Some(vec![after.clone()]));
        assert_eq!(compared("crates.io", "> 1.0.0, <= 2.0.0"), Some(vec![after]));
        assert_eq!(compared("a family of tomorrow", "> 1.0.0"), None);
    }
}
