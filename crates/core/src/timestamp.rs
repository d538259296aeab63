use std::fmt;
use std::str::FromStr;

use crate::Day;

/// A moment in UTC, to the second, since 1970: when a record of an advisory was published, changed or withdrawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    /// Since 1970-01-01T00:00:00Z.
    pub seconds: u64,
}

/// The text is no RFC 3339 moment, nor the date of one.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a moment: `{text}` (expected RFC 3339, such as 2026-01-31T12:00:00Z)")]
pub struct InvalidTimestamp {
    pub text: String,
}

const SECONDS_OF_DAY: u64 = 86_400;

impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    /// RFC 3339, with a blank for the `T` too; without an offset it is taken for UTC, and a date alone for its midnight. Fractions of a
    /// second do not count.
    fn from_str(text: &str) -> Result<Self, InvalidTimestamp> {
        let invalid = || InvalidTimestamp { text: text.chars().take(100).collect() };
        let (date, rest) = text.split_at_checked(10).ok_or_else(invalid)?;
        let day = date.parse::<Day>().map_err(|_| invalid())?;
        let midnight = day.unix_days().ok_or_else(invalid)? * SECONDS_OF_DAY;
        if rest.is_empty() {
            return Ok(Self { seconds: midnight });
        }
        let time = rest.strip_prefix(['T', 't', ' ']).ok_or_else(invalid)?;
        let seconds = seconds_of_day(time.get(..8).unwrap_or_default()).ok_or_else(invalid)?;
        let rest = time.get(8..).unwrap_or_default();
        let offset = match rest.strip_prefix('.') {
            Some(fraction) => fraction.trim_start_matches(|digit: char| digit.is_ascii_digit()),
            None => rest,
        };
        let offset = offset_seconds(offset).ok_or_else(invalid)?;
        let seconds = (midnight + seconds).checked_add_signed(-offset).ok_or_else(invalid)?;
        Ok(Self { seconds })
    }
}

/// `hh:mm:ss`; a leap second is the one after it.
fn seconds_of_day(text: &str) -> Option<u64> {
    let bytes = text.as_bytes();
    if bytes.len() != 8 || bytes.get(2) != Some(&b':') || bytes.get(5) != Some(&b':') {
        return None;
    }
    let (hours, minutes) = (two_digits(text.get(..2)?)?, two_digits(text.get(3..5)?)?);
    let seconds = two_digits(text.get(6..8)?)?;
    let is_time = hours < 24 && minutes < 60 && seconds <= 60;
    is_time.then_some(hours * 3_600 + minutes * 60 + seconds)
}

fn two_digits(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// `Z`, nothing, `+01:00` or `-0130`.
fn offset_seconds(text: &str) -> Option<i64> {
    if matches!(text, "" | "Z" | "z") {
        return Some(0);
    }
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match rest.split_once(':') {
        Some(parts) => parts,
        None => rest.split_at_checked(2)?,
    };
    let is_pair = hours.len() == 2 && minutes.len() == 2;
    let seconds = two_digits(hours)? * 3_600 + two_digits(minutes)? * 60;
    is_pair.then(|| i64::try_from(seconds).ok()).flatten().map(|seconds| sign * seconds)
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = Day::from_unix_seconds(self.seconds);
        let of_day = self.seconds % SECONDS_OF_DAY;
        let (hours, minutes, seconds) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
        write!(f, "{day}T{hours:02}:{minutes:02}:{seconds:02}Z")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn moments_are_read_in_every_way_that_sources_write_them() {
        for (text, expected) in [
            ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
            ("2024-02-29T23:59:59.123456789Z", "2024-02-29T23:59:59Z"),
            ("2024-02-29", "2024-02-29T00:00:00Z"),
            ("2024-02-29 10:11:12", "2024-02-29T10:11:12Z"),
            ("2024-03-01T00:30:00+01:00", "2024-02-29T23:30:00Z"),
            ("2024-02-29T22:30:00-0130", "2024-03-01T00:00:00Z"),
            ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
        ] {
            let read = text.parse::<Timestamp>().map(|moment| moment.to_string());
            assert_eq!(read.as_deref(), Ok(expected), "{text}");
        }
        for text in [
            "",
            "2024",
            "2024-02-30",
            "2024-02-29T",
            "2024-02-29T25:00:00Z",
            "2024-02-29T10:11Z",
            "2024-02-29T10:11:12X",
            "2024-02-29T10:11:12+1",
            "1969-12-31T00:00:00Z",
            "1970-01-01T00:00:00+01:00",
            "0001-01-01T00:00:00Z",
            "2024-02-2é",
        ] {
            assert!(text.parse::<Timestamp>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(seconds in 0_u64..200_000_000_000) {
            let moment = Timestamp { seconds };
            prop_assert_eq!(moment.to_string().parse(), Ok(moment));
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,40}") {
            let _ = text.parse::<Timestamp>();
        }
    }
}
