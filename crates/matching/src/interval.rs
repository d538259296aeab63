//! Where a version lies among the intervals and lists of an advisory.

use std::cmp::Ordering;

use plimsoll_advisory::{EndRef, EntryDetail, IntervalRef, StartRef};

/// The order of a version scheme.
pub(crate) type Compare = fn(&str, &str) -> Option<Ordering>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place<'s> {
    Inside {
        /// The smallest version beyond that is affected no more.
        fixed: Option<&'s str>,
    },
    Outside,
    /// There are no affected versions at all: the only interval ends at `0`, before it begins.
    Nowhere,
    /// The scheme defines no order for the version, or for a version of the advisory.
    Unknown,
}

/// Longer chains of intervals that touch are followed no further.
const TOUCHING_INTERVALS: usize = 32;

pub(crate) fn place<'s>(version: &str, detail: &EntryDetail<'s>, compare: Compare) -> Place<'s> {
    let intervals = &detail.intervals;
    let mut unknown = false;
    for interval in intervals {
        match contains(interval, version, compare) {
            Some(true) => return Place::Inside { fixed: leave(interval, intervals, compare) },
            Some(false) => {}
            None => unknown = true,
        }
    }
    let is_listed = detail.versions.contains(&version)
        || detail.versions.iter().any(|listed| {
            let order = compare(listed, version);
            unknown |= order.is_none();
            order == Some(Ordering::Equal)
        });
    match () {
        () if is_listed => Place::Inside { fixed: next_fixed(version, intervals, compare) },
        () if unknown => Place::Unknown,
        () if !intervals.is_empty() && intervals.iter().all(is_empty) => Place::Nowhere,
        () => Place::Outside,
    }
}

/// Whether the version is at or behind the introduction and before the end. `None` where that cannot be told.
fn contains(interval: &IntervalRef<'_>, version: &str, compare: Compare) -> Option<bool> {
    if is_empty(interval) {
        return Some(false);
    }
    let is_behind_start = match interval.start {
        StartRef::First => Some(true),
        StartRef::From(first) => compare(version, first).map(Ordering::is_ge),
        StartRef::After(last) => compare(version, last).map(Ordering::is_gt),
    };
    let is_before_end = match interval.end {
        EndRef::Open => Some(true),
        EndRef::Fixed(fixed) => compare(version, fixed).map(Ordering::is_lt),
        EndRef::LastAffected(last) => compare(version, last).map(Ordering::is_le),
    };
    match (is_behind_start, is_before_end) {
        // One of the two is enough to be outside.
        (Some(false), _) | (_, Some(false)) => Some(false),
        (start, end) => Some(start? && end?),
    }
}

/// Fixed in `0`: never affected.
fn is_empty(interval: &IntervalRef<'_>) -> bool {
    interval.end == EndRef::Fixed("0")
}

/// Goes from the fixed version of the interval, the first that holds the version, to the next until none holds it; `None` where one ends
/// without a fix.
fn leave<'s>(
    first: &IntervalRef<'s>,
    intervals: &[IntervalRef<'s>],
    compare: Compare,
) -> Option<&'s str> {
    let mut end = first.end;
    for _ in 0..TOUCHING_INTERVALS {
        let EndRef::Fixed(fixed) = end else { break };
        let mut others = intervals.iter();
        match others.find(|interval| contains(interval, fixed, compare) == Some(true)) {
            Some(around) => end = around.end,
            None => break,
        }
    }
    match end {
        EndRef::Fixed(fixed) => Some(fixed),
        EndRef::Open | EndRef::LastAffected(_) => None,
    }
}

/// The smallest fixed version behind that version.
fn next_fixed<'s>(
    version: &str,
    intervals: &[IntervalRef<'s>],
    compare: Compare,
) -> Option<&'s str> {
    let fixed = intervals.iter().filter_map(|interval| match interval.end {
        EndRef::Fixed(fixed) => Some(fixed),
        EndRef::Open | EndRef::LastAffected(_) => None,
    });
    fixed
        .filter(|fixed| compare(fixed, version) == Some(Ordering::Greater))
        .min_by(|a, b| compare(a, b).unwrap_or(Ordering::Equal))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at<'s>(
        version: &str,
        intervals: &[(&'s str, EndRef<'s>)],
        versions: &[&'s str],
    ) -> Place<'s> {
        let start = |introduced| match introduced {
            "" | "0" => StartRef::First,
            introduced => StartRef::From(introduced),
        };
        let intervals =
            intervals.iter().map(|&(first, end)| IntervalRef { start: start(first), end });
        let intervals = intervals.collect();
        let detail = EntryDetail { intervals, versions: versions.to_vec(), ..Default::default() };
        let scheme = plimsoll_version::scheme("semver").unwrap();
        place(version, &detail, scheme.compare)
    }

    const fn inside(fixed: &str) -> Place<'_> {
        Place::Inside { fixed: Some(fixed) }
    }
    const UNFIXED: Place<'_> = Place::Inside { fixed: None };

    #[test]
    fn an_interval_holds_its_start_and_its_last_affected_but_not_its_fix() {
        use EndRef::{Fixed, LastAffected, Open};
        for (version, interval, expected) in [
            ("1.0.0", ("1.0.0", Fixed("2.0.0")), inside("2.0.0")),
            ("0.9.9", ("1.0.0", Fixed("2.0.0")), Place::Outside),
            ("2.0.0", ("1.0.0", Fixed("2.0.0")), Place::Outside),
            ("2.0.0-rc.1", ("1.0.0", Fixed("2.0.0")), inside("2.0.0")),
            ("0.0.0-alpha", ("0", Fixed("2.0.0")), inside("2.0.0")),
            ("0.0.0-alpha", ("", Fixed("2.0.0")), inside("2.0.0")),
            ("2.0.0", ("0", LastAffected("2.0.0")), UNFIXED),
            ("2.0.1", ("0", LastAffected("2.0.0")), Place::Outside),
            ("9.0.0", ("1.0.0", Open), UNFIXED),
        ] {
            assert_eq!(at(version, &[interval], &[]), expected, "{version} {interval:?}");
        }
    }

    #[test]
    fn fixed_in_zero_means_never_affected() {
        assert_eq!(at("1.0.0", &[("0", EndRef::Fixed("0"))], &[]), Place::Nowhere);
        assert_eq!(at("no version", &[("0", EndRef::Fixed("0"))], &[]), Place::Nowhere);
    }

    #[test]
    fn the_fix_is_that_of_the_own_branch() {
        let branches = [
            ("1.0.0", EndRef::Fixed("1.5.0")),
            ("2.0.0", EndRef::Fixed("2.3.0")),
            ("3.0.0", EndRef::Open),
        ];
        assert_eq!(at("1.2.0", &branches, &[]), inside("1.5.0"));
        assert_eq!(at("2.0.0", &branches, &[]), inside("2.3.0"));
        assert_eq!(at("1.7.0", &branches, &[]), Place::Outside);
        assert_eq!(at("3.1.0", &branches, &[]), UNFIXED);
    }

    #[test]
    fn a_fix_that_is_affected_again_is_no_fix() {
        let touching = [("0", EndRef::Fixed("1.5.0")), ("1.5.0", EndRef::Fixed("1.8.0"))];
        assert_eq!(at("1.0.0", &touching, &[]), inside("1.8.0"));
        let open = [("0", EndRef::Fixed("1.5.0")), ("1.4.0", EndRef::Open)];
        assert_eq!(at("1.0.0", &open, &[]), UNFIXED);
    }

    #[test]
    fn a_version_may_be_affected_by_name() {
        let intervals = [("2.0.0", EndRef::Fixed("2.1.0")), ("3.0.0", EndRef::Fixed("3.1.0"))];
        assert_eq!(at("1.0.0", &intervals, &["1.0.0"]), inside("2.1.0"));
        assert_eq!(at("v1.0.0", &[], &["0.9.0", "1.0.0"]), UNFIXED, "equal in the scheme");
        assert_eq!(at("main", &[], &["main"]), UNFIXED, "equal as text, without an order");
        assert_eq!(at("1.0.1", &[], &["1.0.0"]), Place::Outside);
    }

    #[test]
    fn an_undefined_order_is_never_outside() {
        use EndRef::{Fixed, Open};
        assert_eq!(at("main", &[("0", Fixed("1.0.0"))], &[]), Place::Unknown);
        assert_eq!(at("1.0.0", &[("0", Fixed("what"))], &[]), Place::Unknown);
        assert_eq!(at("1.0.0", &[("what", Open)], &[]), Place::Unknown);
        assert_eq!(at("main", &[], &["1.0.0"]), Place::Unknown);
        assert_eq!(at("main", &[("0", Open)], &[]), UNFIXED, "every version is affected");
        let one_unknown = [("what", Fixed("1.0.0")), ("0", Fixed("3.0.0"))];
        assert_eq!(at("2.0.0", &one_unknown, &[]), inside("3.0.0"));
        assert_eq!(at("2.0.0", &[("what", Fixed("1.0.0"))], &[]), Place::Outside);
    }
}
