//! Releases of Java: `1.8.0_451` and `8u451` as vendors write them until 8 (JEP 223 tells what was meant), `17.0.2+8` since (JEP 322).

use std::cmp::Ordering;

use super::semver::{compare_identifiers, compare_numbers, numbers_end};
use crate::Scheme;
use crate::number::{is_number, split_digits};

/// Feature, interim, update, patch; an early access release sorts before its release; builds do not count.
pub(super) static JVM: Scheme =
    Scheme { id: "jvm", summary: "Java: JEP 322, and 1.8.0_451 as 8.0.451", compare };

fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (Version::parse(a)?, Version::parse(b)?);
    Some(compare_numbers(a.numbers.as_bytes(), b.numbers.as_bytes()).then_with(|| {
        match (a.pre_release, b.pre_release) {
            (Some(a), Some(b)) => compare_identifiers(a, b),
            (a, b) => a.is_none().cmp(&b.is_none()),
        }
    }))
}

struct Version<'a> {
    /// With dots between them.
    numbers: String,
    pre_release: Option<&'a str>,
}

impl<'a> Version<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim();
        let (numbers, rest) = text.split_at_checked(numbers_end(text.as_bytes())?)?;
        // `1.8.0` was 8; the update stands behind an underscore, or behind `u` where nothing stands before it but the feature.
        let feature = numbers.strip_prefix("1.").unwrap_or(numbers);
        let (numbers, rest) = match rest.as_bytes().first() {
            Some(b'_') => {
                let (update, rest) = update(rest)?;
                let zero = if feature.contains('.') { "" } else { ".0" };
                (format!("{feature}{zero}.{update}"), rest)
            }
            Some(b'u') if !numbers.contains('.') => {
                let (update, rest) = update(rest)?;
                (format!("{numbers}.0.{update}"), rest)
            }
            _ => (feature.to_owned(), rest),
        };
        let before_build = rest.split('+').next().unwrap_or_default();
        let pre_release = match before_build.strip_prefix('-') {
            None if before_build.is_empty() => None,
            Some(text) => pre_release(text)?,
            None => return None,
        };
        Some(Self { numbers, pre_release })
    }
}

/// The number behind the first character, and the rest.
fn update(text: &str) -> Option<(&str, &str)> {
    let text = text.get(1..)?;
    let (digits, _) = split_digits(text.as_bytes());
    text.split_at_checked(digits.len()).filter(|(digits, _)| !digits.is_empty())
}

/// The first word, unless it begins what is only a build (`b11`, `8u292-b10`). The outer `None` for what is no word.
#[expect(clippy::option_option, reason = "a version without a pre-release is a version")]
fn pre_release(text: &str) -> Option<Option<&str>> {
    let word = text.split('-').next().unwrap_or_default();
    let is_build = word.strip_prefix('b').is_some_and(|number| is_number(number.as_bytes()))
        || word.starts_with(|first: char| first.is_ascii_digit());
    let is_word = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_word.then_some(Some(word).filter(|_| !is_build))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::testing::{assert_ascending, assert_equal, assert_undefined};

    #[test]
    fn versions_ascend() {
        assert_ascending(
            &JVM,
            &[
                "1.6.0_45",
                "1.7.0_80",
                "1.8.0",
                "1.8.0_131-ea",
                "1.8.0_131",
                "8u451",
                "9-ea",
                "9.0.1",
                "11.0.5",
                "17-ea",
                "17",
                "17.0.2",
                "17.0.2.1",
                "17.0.10",
                "21",
            ],
        );
    }

    #[test]
    fn one_release_may_be_written_in_many_ways() {
        for (a, b) in [
            ("1.8.0_451", "8u451"),
            ("1.8.0_451", "8.0.451"),
            ("1.8_451", "8.0.451"),
            ("1.8.0_05", "8u5"),
            ("1.8.0_131-b11", "1.8.0_131"),
            ("8u292-b10", "1.8.0_292"),
            ("1.8.0_292-8u292-b10-0ubuntu1~20.04-b10", "8u292"),
            ("1.8.0_131-ea-b11", "1.8.0_131-ea"),
            ("17.0.2+8", "17.0.2"),
            ("17.0.2+8-LTS", "17.0.2+7-Debian-1"),
            ("17", "17.0.0"),
        ] {
            assert_equal(&JVM, a, b);
        }
    }

    #[test]
    fn what_is_no_version_has_no_order() {
        for text in ["", "java", "1.8.0_", "8u", "1.8.0u5", "17.", "17.0.2_", "17_", "17-", "17~ea"]
        {
            assert_undefined(&JVM, text, "17");
        }
    }
}
