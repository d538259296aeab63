//! Versions that are instants: the `datetime` scheme of the vers specification (package-url/vers-spec), written as in RFC 3339.

use std::cmp::Ordering;

use crate::Scheme;
use crate::number::split_digits;

/// By the instant, whatever the offset in which it is written.
pub(super) static DATETIME: Scheme =
    Scheme { id: "datetime", summary: "instants: vers, RFC 3339", compare };

fn compare(a: &str, b: &str) -> Option<Ordering> {
    Some(parse(a.trim())?.cmp(&parse(b.trim())?))
}

/// Seconds since the year 0, and the digits of the fraction without zeros at their end.
fn parse(text: &str) -> Option<(i64, &str)> {
    let (year, rest) = number(text, 4, "-")?;
    let (month, rest) = number(rest, 2, "-")?;
    let (day, rest) = number(rest, 2, "")?;
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (hour, rest) = number(rest, 2, ":")?;
    let (minute, rest) = number(rest, 2, ":")?;
    let (second, rest) = number(rest, 2, "")?;
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(rest) => {
            let (digits, _) = split_digits(rest.as_bytes());
            rest.split_at_checked(digits.len()).filter(|(digits, _)| !digits.is_empty())?
        }
        None => ("", rest),
    };
    let offset = offset(rest)?;
    // A leap second is one.
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let days = days(year, month, day)?;
    let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second - offset * 60;
    Some((seconds, fraction.trim_end_matches('0')))
}

/// So many digits, and what follows them.
fn number<'a>(text: &'a str, digits: usize, behind: &str) -> Option<(i64, &'a str)> {
    let (number, rest) = text.split_at_checked(digits)?;
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
    Some((number.parse().ok().filter(|_| is_number)?, rest.strip_prefix(behind)?))
}

/// `Z`, or hours and minutes, in minutes.
fn offset(text: &str) -> Option<i64> {
    if matches!(text, "Z" | "z") {
        return Some(0);
    }
    let rest = text.strip_prefix(['+', '-'])?;
    let (hours, rest) = number(rest, 2, ":")?;
    let (minutes, rest) = number(rest, 2, "")?;
    let is_valid = rest.is_empty() && hours <= 23 && minutes <= 59;
    let minutes = hours * 60 + minutes;
    is_valid.then_some(if text.starts_with('-') { -minutes } else { minutes })
}

/// Since the first day of the year 0, by the Gregorian calendar. `None` for a day that is none.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let february = if is_leap { 29 } else { 28 };
    let months = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let before = usize::try_from(month).ok()?.checked_sub(1)?;
    let is_valid = (1..=*months.get(before)?).contains(&day);
    let years = year - 1;
    let leap_days = years.div_euclid(4) - years.div_euclid(100) + years.div_euclid(400);
    is_valid.then(|| year * 365 + leap_days + months.iter().take(before).sum::<i64>() + day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::testing::{assert_ascending, assert_equal, assert_undefined};

    #[test]
    fn instants_ascend() {
        assert_ascending(
            &DATETIME,
            &[
                "0000-01-01T00:00:00Z",
                "2023-12-31T22:00:00Z",
                "2023-12-31T23:00:00.05Z",
                "2023-12-31T23:00:00.1Z",
                "2024-01-01T00:00:00Z",
                "2024-02-29T23:59:59Z",
                "2024-02-29T23:59:60Z",
                "2024-03-01T00:00:01Z",
            ],
        );
    }

    #[test]
    fn offsets_and_zeros_do_not_count() {
        assert_equal(&DATETIME, "2024-01-01T00:00:00+02:00", "2023-12-31T22:00:00.000Z");
        assert_equal(&DATETIME, "2024-02-28 23:30:00-01:00", "2024-02-29t00:30:00z");
    }

    #[test]
    fn what_is_no_instant_has_no_order() {
        for text in [
            "",
            "2024-01-01",
            "2024-01-01T00:00:00",
            "2023-02-29T00:00:00Z",
            "2024-13-01T00:00:00Z",
            "2024-01-00T00:00:00Z",
            "2024-01-01T24:00:00Z",
            "2024-01-01T00:00:00.Z",
            "+024-01-01T00:00:00Z",
            "2024-01-01T00:00:00+2:00",
        ] {
            assert_undefined(&DATETIME, text, "2024-01-01T00:00:00Z");
        }
    }
}
