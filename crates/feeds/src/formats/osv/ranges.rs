//! From OSV's events to intervals.

use std::cmp::Ordering;

use plimsoll_advisory::{Interval, RangeEnd, RangeStart};
use plimsoll_version::Scheme;

use super::schema::{Event, Text};

/// More events than this in one range are taken in the order in which they stand.
const SORTED_EVENTS: usize = 256;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Introduced,
    Fixed,
    LastAffected,
}

/// The intervals of one range's events, as the schema evaluates them: in the order of their versions, from each
/// `introduced` to the next end. A `limit` ends as `fixed` does. An interval from `0` to `0` is none: never affected.
pub(super) fn intervals(events: &[Event<'_>], scheme: Option<&Scheme>) -> Vec<Interval> {
    let mut bounds: Vec<(Kind, &str)> = events.iter().filter_map(bound).collect();
    if bounds.len() > 2 && bounds.len() <= SORTED_EVENTS {
        sort(&mut bounds, scheme);
    }
    let mut intervals = Vec::new();
    // Without an introduction everything up to the first end is affected: what is missing must not acquit.
    let starts = bounds.iter().any(|(kind, _)| *kind == Kind::Introduced);
    let mut since = (!starts && !bounds.is_empty()).then_some("0");
    for (kind, version) in bounds {
        let end = match kind {
            Kind::Introduced => {
                since = since.or(Some(version));
                continue;
            }
            Kind::Fixed => RangeEnd::Fixed(version.to_owned()),
            Kind::LastAffected => RangeEnd::LastAffected(version.to_owned()),
        };
        if let Some(introduced) = since.take()
            && (kind == Kind::LastAffected || (introduced != version && version != "0"))
        {
            intervals.push(Interval { start: RangeStart::from_introduced(introduced), end });
        }
    }
    intervals.extend(
        since.map(|since| Interval {
            start: RangeStart::from_introduced(since),
            end: RangeEnd::Open,
        }),
    );
    intervals
}

fn bound<'a>(event: &'a Event<'_>) -> Option<(Kind, &'a str)> {
    let text = |kind: Kind, text: &'a Option<Text<'_>>| Some((kind, text.as_ref()?.as_str()));
    text(Kind::Introduced, &event.introduced)
        .or_else(|| text(Kind::Fixed, &event.fixed))
        .or_else(|| text(Kind::LastAffected, &event.last_affected))
        .or_else(|| text(Kind::Fixed, &event.limit).filter(|(_, limit)| *limit != "*"))
}

/// Insertion sort, which stays sane where a scheme does not order two versions; equal ones keep their order.
fn sort(bounds: &mut [(Kind, &str)], scheme: Option<&Scheme>) {
    for end in 1..bounds.len() {
        let mut place = end;
        while place > 0 && before(bounds[place].1, bounds[place - 1].1, scheme) {
            bounds.swap(place, place - 1);
            place -= 1;
        }
    }
}

fn before(one: &str, other: &str, scheme: Option<&Scheme>) -> bool {
    match (one, other) {
        (_, "0") => false,
        ("0", _) => true,
        _ => scheme.and_then(|scheme| (scheme.compare)(one, other)) == Some(Ordering::Less),
    }
}

/// True where the version certainly lies in one of the intervals, so that naming it adds nothing.
pub(super) fn covered(version: &str, intervals: &[Interval], scheme: Option<&Scheme>) -> bool {
    let compare = |bound: &str| scheme.and_then(|scheme| (scheme.compare)(version, bound));
    intervals.iter().any(|interval| {
        let from_start = match &interval.start {
            RangeStart::First => true,
            RangeStart::From(first) => compare(first).is_some_and(Ordering::is_ge),
            RangeStart::After(last) => compare(last).is_some_and(Ordering::is_gt),
        };
        from_start
            && match &interval.end {
                RangeEnd::Open => true,
                RangeEnd::Fixed(fixed) => compare(fixed) == Some(Ordering::Less),
                RangeEnd::LastAffected(last) => compare(last).is_some_and(Ordering::is_le),
            }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `i1 f2` is introduced 1, fixed 2; `l` last affected, `x` limit.
    fn events(text: &str) -> Vec<Event<'_>> {
        text.split_whitespace()
            .map(|event| {
                let version = Some(Text(event[1..].into()));
                match &event[..1] {
                    "i" => Event { introduced: version, ..Event::default() },
                    "f" => Event { fixed: version, ..Event::default() },
                    "l" => Event { last_affected: version, ..Event::default() },
                    _ => Event { limit: version, ..Event::default() },
                }
            })
            .collect()
    }

    fn shown(intervals: &[Interval]) -> String {
        let show = |interval: &Interval| {
            let start = match &interval.start {
                RangeStart::First => "0",
                RangeStart::From(first) | RangeStart::After(first) => first,
            };
            match &interval.end {
                RangeEnd::Open => format!("{start}.."),
                RangeEnd::Fixed(fixed) => format!("{start}..<{fixed}"),
                RangeEnd::LastAffected(last) => format!("{start}..={last}"),
            }
        };
        intervals.iter().map(show).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn events_are_paired_in_the_order_of_their_versions() {
        let scheme = plimsoll_version::scheme("semver");
        for (text, expected) in [
            ("i0 f1.2", "0..<1.2"),
            ("i0", "0.."),
            ("i1.0 l1.5", "1.0..=1.5"),
            ("i0 f1.2 i2.0 f2.3", "0..<1.2 2.0..<2.3"),
            ("i2.0 f2.3 i0 f1.2", "0..<1.2 2.0..<2.3"),
            ("i0 i2.0 f1.2 f2.3", "0..<1.2 2.0..<2.3"),
            ("i1.9 f1.10 i1.10", "1.9..<1.10 1.10.."),
            ("i0 f1.2 f1.3", "0..<1.2"),
            ("i0 x3.0", "0..<3.0"),
            ("i0 x*", "0.."),
            ("f1.2", "0..<1.2"),
            ("", ""),
        ] {
            assert_eq!(shown(&intervals(&events(text), scheme)), expected, "{text}");
        }
    }

    #[test]
    fn a_fixed_version_of_0_means_never_affected() {
        assert_eq!(shown(&intervals(&events("i0 f0"), plimsoll_version::scheme("deb"))), "");
        assert_eq!(shown(&intervals(&events("i0 f0"), None)), "");
    }

    #[test]
    fn without_a_scheme_events_keep_their_order() {
        assert_eq!(shown(&intervals(&events("i2 f3 i1 f1"), None)), "2..<3");
    }

    #[test]
    fn only_what_is_certainly_inside_is_covered() {
        let scheme = plimsoll_version::scheme("semver");
        let ranges = intervals(&events("i1.0 f2.0 i3.0 l3.5"), scheme);
        for (version, inside) in
            [("1.0", true), ("1.9", true), ("2.0", false), ("3.5", true), ("3.6", false)]
        {
            assert_eq!(covered(version, &ranges, scheme), inside, "{version}");
        }
        assert!(!covered("1.5", &ranges, None));
        assert!(covered("anything", &intervals(&events("i0"), None), None));
    }
}
