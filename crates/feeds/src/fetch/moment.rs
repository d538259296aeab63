//! When a record changed, as the lists of publishers and the records themselves say it: the same moment with and without a fraction of a
//! second.

use std::cmp::Ordering;

use plimsoll_core::Timestamp;

const SECONDS_OF_DAY: u64 = 86_400;

/// True where both are one moment, as far as both say it.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    one == other || compare(one, other) == Some(Ordering::Equal)
}

/// True where what has this time is no older than what has the other. What is no time is as new as itself alone.
pub(super) fn is_as_new(own: &str, other: &str) -> bool {
    own == other || compare(own, other).is_some_and(Ordering::is_ge)
}

/// True for what is more than a day after now, which is in seconds since 1970.
pub(super) fn is_future(time: &str, now: u64) -> bool {
    let moment = time.parse::<Timestamp>();
    moment.is_ok_and(|moment| moment.seconds > now.saturating_add(SECONDS_OF_DAY))
}

/// Exactly where both have a fraction of a second; one that has none may have lost it.
fn compare(one: &str, other: &str) -> Option<Ordering> {
    let whole = |text: &str| text.parse::<Timestamp>().ok();
    let fractions = match (fraction(one), fraction(other)) {
        (Some(one), Some(other)) => one.cmp(other),
        _ => Ordering::Equal,
    };
    Some(whole(one)?.cmp(&whole(other)?).then(fractions))
}

/// The digits behind the point, without zeros at their end: they are in order as texts are.
fn fraction(time: &str) -> Option<&str> {
    let (_, rest) = time.split_once('.')?;
    let end = rest.find(|digit: char| !digit.is_ascii_digit()).unwrap_or(rest.len());
    rest.get(..end).map(|digits| digits.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_the_same_in_every_form() {
        for (one, other, expected) in [
            ("2024-01-01T00:00:00Z", "2024-01-01T00:00:00.123456Z", Some(Ordering::Equal)),
            ("2024-01-01T00:00:00.1Z", "2024-01-01T00:00:00.100000+00:00", Some(Ordering::Equal)),
            ("2024-01-01T00:00:00.09Z", "2024-01-01T00:00:00.1Z", Some(Ordering::Less)),
            ("2024-01-01T00:00:01Z", "2024-01-01T00:00:00.999Z", Some(Ordering::Greater)),
            ("2024-01-01T01:00:00+01:00", "2024-01-01T00:00:00Z", Some(Ordering::Equal)),
            ("2023-12-31", "2024-01-01T00:00:00Z", Some(Ordering::Less)),
            ("never", "2024-01-01T00:00:00Z", None),
        ] {
            assert_eq!(compare(one, other), expected, "{one} {other}");
            assert_eq!(compare(other, one), expected.map(Ordering::reverse), "{other} {one}");
        }
        assert!(is_as_new("never", "never") && is_same("never", "never"));
        assert!(!is_as_new("never", "2024-01-01") && !is_as_new("2024-01-01", "never"));
    }
}
