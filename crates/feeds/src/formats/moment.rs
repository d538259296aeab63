//! Moments as feeds write them, in the one form of records: RFC 3339.

use plimsoll_core::Day;

const SECONDS_OF_A_DAY: u64 = 86_400;

/// `2018-01-11 21:05`, `2018-01-11 21:05:00` and `2018-01-11` become RFC 3339, in UTC, which is what their publishers mean; what is
/// RFC 3339 already stays as it is. `None` for anything else.
pub(crate) fn moment(text: &str) -> Option<String> {
    let text = text.trim();
    let day = text.get(..10)?;
    day.parse::<Day>().ok()?;
    let rest = text.get(10..)?;
    let clock = rest.strip_prefix([' ', 'T']).unwrap_or_default();
    match clock.len() {
        _ if rest.is_empty() => Some(format!("{day}T00:00:00Z")),
        5 if is_clock(clock) => Some(format!("{day}T{clock}:00Z")),
        8 if is_clock(clock) => Some(format!("{day}T{clock}Z")),
        9.. if clock.get(..8).is_some_and(is_clock) => Some(format!("{day}T{clock}")),
        _ => None,
    }
}

/// Seconds since 1970, as RFC 3339.
pub(crate) fn of_unix_seconds(seconds: u64) -> String {
    let day = Day::from_unix_seconds(seconds);
    let (clock, minute) = (seconds % SECONDS_OF_A_DAY, 60);
    let (hours, minutes, seconds) =
        (clock / (minute * minute), clock / minute % minute, clock % minute);
    format!("{day}T{hours:02}:{minutes:02}:{seconds:02}Z")
}

/// `21:05` or `21:05:00`.
fn is_clock(text: &str) -> bool {
    text.bytes().enumerate().all(|(place, byte)| match place % 3 {
        2 => byte == b':',
        _ => byte.is_ascii_digit(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_become_rfc_3339() {
        for (text, expected) in [
            ("2011-09-27 22:46", Some("2011-09-27T22:46:00Z")),
            ("2011-09-27 22:46:01", Some("2011-09-27T22:46:01Z")),
            ("2023-01-01", Some("2023-01-01T00:00:00Z")),
            ("2020-05-14T20:15:38Z", Some("2020-05-14T20:15:38Z")),
            ("2025-11-27T09:11:22.820964+00:00", Some("2025-11-27T09:11:22.820964+00:00")),
            ("2011-13-27 22:46", None),
            ("2011-09-27 noon", None),
            ("2011-09-27x", None),
            ("2011-09-2é 1", None),
            ("", None),
        ] {
            assert_eq!(moment(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn seconds_become_rfc_3339() {
        assert_eq!(of_unix_seconds(1_628_589_283), "2021-08-10T09:54:43Z");
        assert_eq!(of_unix_seconds(0), "1970-01-01T00:00:00Z");
    }
}
