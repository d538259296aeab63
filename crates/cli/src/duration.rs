//! Lengths of time as people type them.

use std::time::Duration;

use jiff::SignedDuration;

/// Reads `90s`, `10m`, `1h30m`.
pub fn parse(text: &str) -> Result<Duration, String> {
    let typed = text.parse::<SignedDuration>().ok();
    typed
        .and_then(|typed| Duration::try_from(typed).ok())
        .filter(|length| !length.is_zero())
        .ok_or_else(|| format!("`{text}` is no length of time such as 90s, 10m or 1h30m"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_read_as_they_are_typed() {
        for (text, expected) in [
            ("90s", Some(90)),
            ("10m", Some(600)),
            ("1h30m", Some(5400)),
            ("1h 30m", Some(5400)),
            ("1.5h", Some(5400)),
            ("90", None),
            ("1h5", None),
            ("", None),
            ("0s", None),
            ("m", None),
            ("-1s", None),
            ("1é", None),
            ("99999999999999999999s", None),
        ] {
            assert_eq!(parse(text).ok(), expected.map(Duration::from_secs), "{text}");
        }
    }
}
