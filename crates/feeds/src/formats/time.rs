//! Times as publishers write them, in RFC 3339.

use plimsoll_core::Day;

const MONTHS: &[&str] = &[
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// `2022-07-27T04:15:00Z` of `2022-07-27 04:15:00 UTC`, of `2022-07-27 04:15` and of the day alone. A time without a zone is UTC, which is
/// what publishers mean; an offset and fractions of a second stay as they are. `None` where it does not begin with a day; a time of day
/// that cannot be read is midnight.
pub(crate) fn rfc3339(text: &str) -> Option<String> {
    let (second, fraction, zone) = parts(text)?;
    Some(format!("{second}{fraction}{zone}"))
}

/// The same without fractions of a second, for what one publisher writes with them in one place and without them in another.
pub(crate) fn to_the_second(text: &str) -> Option<String> {
    let (second, _, zone) = parts(text)?;
    Some(format!("{second}{zone}"))
}

/// Day and time, the fraction with its dot, the zone.
fn parts(text: &str) -> Option<(String, &str, String)> {
    let (day, time) = text.trim().split_at_checked(10)?;
    let day: Day = day.parse().ok()?;
    let time = time.trim_start_matches(['T', ' ']);
    let with_seconds = time.split_at_checked(8).filter(|(clock, _)| is_time(clock));
    let without = || {
        let (clock, rest) = time.split_at_checked(5)?;
        Some((format!("{clock}:00"), rest)).filter(|(clock, _)| is_time(clock))
    };
    let with_seconds = with_seconds.map(|(clock, rest)| (clock.to_owned(), rest));
    let (clock, rest) =
        with_seconds.or_else(without).unwrap_or_else(|| ("00:00:00".to_owned(), ""));
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let fraction = rest.strip_prefix('.').map_or(0, |after| 1 + digits(after));
    let (fraction, zone) = rest.split_at_checked(fraction)?;
    let zone = offset(zone.trim()).unwrap_or_else(|| "Z".to_owned());
    Some((format!("{day}T{clock}"), fraction, zone))
}

fn is_time(text: &str) -> bool {
    let below = |range, most: u8| {
        { text.get(range) }
            .and_then(|part: &str| part.parse().ok())
            .is_some_and(|part: u8| part < most)
    };
    let colons = text.bytes().enumerate().all(|(at, byte)| (byte == b':') == (at == 2 || at == 5));
    colons && below(0..2, 24) && below(3..5, 60) && below(6..8, 61)
}

/// `+02:00`, of `+0200` too; `None` for anything else, which is taken for UTC.
fn offset(text: &str) -> Option<String> {
    let (hours, minutes) = text.split_at_checked(3)?;
    let minutes = minutes.strip_prefix(':').unwrap_or(minutes);
    let clock = format!("{}:{minutes}:00", hours.strip_prefix(['+', '-'])?);
    (clock.len() == 8 && is_time(&clock)).then(|| format!("{hours}:{minutes}"))
}

/// `29 Mar 2023`, `August 26th, 2005` and `September 2nd 2005`: day, month and year in any order.
pub(crate) fn day_of_words(text: &str) -> Option<Day> {
    let (mut day, mut month, mut year) = (None, None, None);
    for word in text.split(|character: char| !character.is_ascii_alphanumeric()) {
        let digits = word.trim_end_matches(|character: char| character.is_ascii_alphabetic());
        match digits.parse::<u16>() {
            Ok(number) if number > 31 => year = Some(number),
            Ok(number) => day = Some(number),
            Err(_) if word.len() >= 3 => {
                let word = word.to_ascii_lowercase();
                let found = MONTHS.iter().position(|month| month.starts_with(&word));
                month = found.map(|index| index + 1).or(month);
            }
            Err(_) => {}
        }
    }
    format!("{:04}-{:02}-{:02}", year?, month?, day?).parse().ok()
}

/// The beginning of a day.
pub(crate) fn midnight(day: Day) -> String {
    format!("{day}T00:00:00Z")
}

/// The midnight of the day of a number of seconds since 1970.
pub(crate) fn midnight_of_unix_seconds(seconds: f64) -> Option<String> {
    // The largest is in the year 9999.
    let is_usable = (0.0..253_402_300_800.0).contains(&seconds);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is in range")]
    let day = || Day::from_unix_seconds(seconds as u64);
    is_usable.then(|| midnight(day()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_one_way() {
        for (text, expected) in [
            ("2022-07-27 04:15:00 UTC", Some("2022-07-27T04:15:00Z")),
            ("2011-09-27 22:46", Some("2011-09-27T22:46:00Z")),
            ("2005-02-04", Some("2005-02-04T00:00:00Z")),
            ("2025-04-02T19:59:15.332794+02:00", Some("2025-04-02T19:59:15.332794+02:00")),
            ("2025-04-02T19:59:15-0130", Some("2025-04-02T19:59:15-01:30")),
            ("2025-03-26T17:08:28.810633", Some("2025-03-26T17:08:28.810633Z")),
            ("2025-03-26T17:08:28.257Z", Some("2025-03-26T17:08:28.257Z")),
            ("2025-03-26T17:08:28Z", Some("2025-03-26T17:08:28Z")),
            ("2025-03-26 25:00:00", Some("2025-03-26T00:00:00Z")),
            ("2023-12-18 some day", Some("2023-12-18T00:00:00Z")),
            ("2025-13-26", None),
            ("2007-06", None),
            ("26.06.2007 ", None),
            ("unknown", None),
            ("2025-03-2é", None),
            ("2025-03-26 1é:00", Some("2025-03-26T00:00:00Z")),
            ("", None),
        ] {
            assert_eq!(rfc3339(text).as_deref(), expected, "{text}");
        }
        let second = to_the_second("2025-04-02T19:59:15.332794+02:00");
        assert_eq!(second.as_deref(), Some("2025-04-02T19:59:15+02:00"));
    }

    #[test]
    fn days_in_words_are_read_in_any_order() {
        for (text, expected) in [
            ("29 Mar 2023", Some("2023-03-29T00:00:00Z")),
            ("August 26th, 2005", Some("2005-08-26T00:00:00Z")),
            ("September 2nd 2005", Some("2005-09-02T00:00:00Z")),
            ("31 Feb 2005", None),
            ("some day in May", None),
            ("", None),
        ] {
            assert_eq!(day_of_words(text).map(midnight).as_deref(), expected, "{text}");
        }
        assert_eq!(
            midnight_of_unix_seconds(1_559_819_644.97).as_deref(),
            Some("2019-06-06T00:00:00Z")
        );
        assert_eq!(midnight_of_unix_seconds(f64::NAN), None);
    }
}
