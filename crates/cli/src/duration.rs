//! Lengths of time as people type them.

use std::time::Duration;

/// Reads `90s`, `10m`, `1h30m`; a number alone is seconds.
pub fn parse(text: &str) -> Result<Duration, String> {
    let error = || format!("`{text}` is no length of time such as 90s, 10m or 1h30m");
    let mut seconds = Some(0_u64);
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
        let (number, after) = rest.split_at(end);
        let number: u64 = number.parse().map_err(|_| error())?;
        let unit = match after.chars().next() {
            Some('h') => 3600,
            Some('m') => 60,
            Some('s') => 1,
            None if number.to_string().len() == text.len() => 1,
            _ => return Err(error()),
        };
        let part = number.checked_mul(unit);
        seconds = seconds.zip(part).and_then(|(sum, part)| sum.checked_add(part));
        rest = after.get(1..).unwrap_or_default();
    }
    match seconds {
        Some(seconds) if seconds > 0 => Ok(Duration::from_secs(seconds)),
        _ => Err(error()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_read_as_they_are_typed() {
        for (text, expected) in [
            ("90s", Some(90)),
            ("90", Some(90)),
            ("10m", Some(600)),
            ("1h30m", Some(5400)),
            ("1h5", None),
            ("", None),
            ("0s", None),
            ("m", None),
            ("1d", None),
            ("-1s", None),
            ("1.5h", None),
            ("1é", None),
            ("99999999999999999999s", None),
            ("9999999999999999h", None),
        ] {
            assert_eq!(parse(text).ok(), expected.map(Duration::from_secs), "{text}");
        }
    }
}
