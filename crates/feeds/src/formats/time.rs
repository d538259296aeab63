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

/// `2022-07-27T04:15:00Z` of `2022-07-27 04:15:00 UTC`, of `2022-07-27T04:15:00.25` and of the day alone. A time without a zone is UTC.
/// `None` where it does not begin with a day; a time of day that cannot be read is midnight.
pub(crate) fn rfc3339(text: &str) -> Option<String> {
    let text = text.trim();
    let day: Day = text.get(..10)?.parse().ok()?;
    let rest = text.get(10..)?.trim_start_matches(['T', ' ']);
    let time = rest.get(..8).filter(|time| is_time(time)).unwrap_or("00:00:00");
    let zone = rest.get(8..).unwrap_or_default().trim_start_matches('.');
    let zone = zone.trim_start_matches(|character: char| character.is_ascii_digit());
    // An offset stays, anything else is UTC.
    let zone = if is_offset(zone) { zone } else { "Z" };
    Some(format!("{day}T{time}{zone}"))
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

/// `+02:00`.
fn is_offset(text: &str) -> bool {
    text.strip_prefix(['+', '-'])
        .is_some_and(|offset| offset.len() == 5 && is_time(&format!("{offset}:00")))
}

/// The midnight of `29 Mar 2023`, of `August 26th, 2005` and of `September 2nd 2005`: day, month and year in any order.
pub(crate) fn of_words(text: &str) -> Option<String> {
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
    rfc3339(&format!("{:04}-{:02}-{:02}", year?, month?, day?))
}

/// The midnight of the day of a number of seconds since 1970.
pub(crate) fn of_unix_seconds(seconds: f64) -> Option<String> {
    // The largest is in the year 9999.
    let is_usable = (0.0..253_402_300_800.0).contains(&seconds);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is in range")]
    let day = || Day::from_unix_seconds(seconds as u64);
    is_usable.then(|| format!("{}T00:00:00Z", day()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_one_way() {
        for (text, expected) in [
            ("2022-07-27 04:15:00 UTC", Some("2022-07-27T04:15:00Z")),
            ("2005-02-04", Some("2005-02-04T00:00:00Z")),
            ("2025-04-02T19:59:15.332794+02:00", Some("2025-04-02T19:59:15+02:00")),
            ("2025-03-26T17:08:28.810633", Some("2025-03-26T17:08:28Z")),
            ("2025-03-26T17:08:28Z", Some("2025-03-26T17:08:28Z")),
            ("2025-03-26 25:00:00", Some("2025-03-26T00:00:00Z")),
            ("2025-13-26", None),
            ("unknown", None),
            ("2025-03-2é", None),
            ("", None),
        ] {
            assert_eq!(rfc3339(text).as_deref(), expected, "{text}");
        }
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
            assert_eq!(of_words(text).as_deref(), expected, "{text}");
        }
        assert_eq!(of_unix_seconds(1_559_819_644.97).as_deref(), Some("2019-06-06T00:00:00Z"));
        assert_eq!(of_unix_seconds(f64::NAN), None);
    }
}
