//! PHP package versions, as Composer orders them: `Composer\Semver` normalises both, and `version_compare` of PHP compares.

use std::cmp::Ordering;
use std::fmt::Write as _;

use super::packagist::version_compare;
use crate::Scheme;
use crate::number::split_digits;

/// Composer's order. A branch (`dev-main`) has none but to itself.
pub(super) static COMPOSER: Scheme =
    Scheme { id: "composer", summary: "PHP packages: Composer\\Semver", compare };

fn compare(a: &str, b: &str) -> Option<Ordering> {
    let (a, b) = (normalize(a)?, normalize(b)?);
    if is_branch(&a) || is_branch(&b) {
        return (a == b).then_some(Ordering::Equal);
    }
    Some(version_compare(&a, &b))
}

pub(crate) fn is_branch(normal: &str) -> bool {
    normal.starts_with("dev-")
}

/// `VersionParser::normalize`: four numbers or a date, and a stability. `None` for what is no version and no branch.
pub(crate) fn normalize(text: &str) -> Option<String> {
    let text = without_flag(without_alias(text.trim()));
    if matches!(text, "master" | "trunk" | "default") {
        return Some(format!("dev-{text}"));
    }
    if let Some(branch) = strip_prefix(text, "dev-") {
        return Some(format!("dev-{branch}"));
    }
    let text = without_build(text);
    classical(text).or_else(|| dated(text)).or_else(|| {
        // A branch that has a number for its name, such as `1.x-dev`.
        let branch = text.get(..text.len().checked_sub(3)?)?;
        text.get(branch.len()..)?.eq_ignore_ascii_case("dev").then_some(())?;
        numeric_branch(branch.strip_suffix(['.', '-']).unwrap_or(branch))
    })
}

/// `1.2` or `1.2.x`: a branch of which every version is a development version. Missing numbers are nines, as are `x` and `*`.
pub(crate) fn numeric_branch(text: &str) -> Option<String> {
    const ANY: &str = "9999999";
    let text = strip_prefix(text, "v").unwrap_or(text);
    let mut normal = String::new();
    let mut parts = text.split('.');
    for place in 0..4 {
        let part = match parts.next() {
            Some("x" | "X" | "*") if place > 0 => ANY,
            Some(part) if split_digits(part.as_bytes()) == (part.as_bytes(), b"") => part,
            Some(_) => return None,
            None => ANY,
        };
        if part.is_empty() {
            return None;
        }
        let dot = if place == 0 { "" } else { "." };
        let _ = write!(normal, "{dot}{part}");
    }
    parts.next().is_none().then(|| normal + "-dev")
}

/// `1.0 as 2.0` is 1.0.
fn without_alias(text: &str) -> &str {
    let mut words = text.split(' ').filter(|word| !word.is_empty());
    let is_name = |word: &&str| !word.contains(|c: char| c == ',' || c.is_whitespace());
    match (words.next(), words.next(), words.next(), words.next()) {
        (Some(version), Some("as"), Some(alias), None) if is_name(&version) && is_name(&alias) => {
            version
        }
        _ => text,
    }
}

/// Without `@beta` and the like at the end.
fn without_flag(text: &str) -> &str {
    let is_stability = |flag: &str| {
        ["stable", "RC", "beta", "alpha", "dev"].iter().any(|name| name.eq_ignore_ascii_case(flag))
    };
    match text.rsplit_once('@') {
        Some((version, flag)) if is_stability(flag) => version,
        _ => text,
    }
}

fn without_build(text: &str) -> &str {
    match text.split_once('+') {
        Some((version, build))
            if !version.is_empty()
                && !build.is_empty()
                && !version.contains(|c: char| c == ',' || c.is_whitespace())
                && !build.contains(char::is_whitespace) =>
        {
            version
        }
        _ => text,
    }
}

/// One to four numbers, the first of at most five digits.
fn classical(text: &str) -> Option<String> {
    let (numbers, rest) = leading_numbers(text);
    let is_short = numbers.first()?.len() <= 5;
    let mut normal = numbers.join(".");
    for _ in numbers.len()..4 {
        normal.push_str(".0");
    }
    with_stability(normal, rest).filter(|_| is_short)
}

/// A year and what follows it by twos, with or without separators, and at most two numbers more.
fn dated(text: &str) -> Option<String> {
    let (year, mut rest) = strip_prefix(text, "v").unwrap_or(text).split_at_checked(4)?;
    if digits(year) != (year, "") {
        return None;
    }
    let mut normal = year.to_owned();
    let mut pairs = 0;
    while pairs < 6 {
        let Some((separator, pair, behind)) = group(rest, 2..=2) else { break };
        let _ = write!(normal, "{separator}{pair}");
        rest = behind;
        pairs += 1;
    }
    if pairs == 0 {
        return None;
    }
    for _ in 0..2 {
        let Some((separator, number, behind)) = group(rest, 1..=3) else { break };
        let _ = write!(normal, "{separator}{number}");
        rest = behind;
    }
    with_stability(normal, rest)
}

/// A separator, which becomes a dot, and as many digits as there are within the bounds.
fn group(
    text: &str,
    length: std::ops::RangeInclusive<usize>,
) -> Option<(&'static str, &str, &str)> {
    let behind = text.strip_prefix(['.', ':', '-']);
    let separator = if behind.is_some() { "." } else { "" };
    let (run, _) = digits(behind.unwrap_or(text));
    let count = run.len().min(*length.end());
    let (number, rest) = behind.unwrap_or(text).split_at_checked(count)?;
    length.contains(&count).then_some((separator, number, rest))
}

/// Words of a stability as they may be written, and as Composer writes them.
const STABILITIES: [(&str, &str); 9] = [
    ("stable", "stable"),
    ("beta", "beta"),
    ("b", "beta"),
    ("rc", "RC"),
    ("alpha", "alpha"),
    ("a", "alpha"),
    ("patch", "patch"),
    ("pl", "patch"),
    ("p", "patch"),
];

/// Appends the stability that the rest of the text states, such as `-beta.2` or `.dev`.
fn with_stability(mut normal: String, text: &str) -> Option<String> {
    let mut rest = text.strip_prefix(['.', '_', '-']).unwrap_or(text);
    let is_stable = rest.starts_with("stable");
    let found =
        STABILITIES.iter().find_map(|(word, name)| Some((*name, strip_prefix(rest, word)?)));
    let length = normal.len();
    if let Some((name, behind)) = found {
        let numbers;
        (numbers, rest) = dotted_numbers(behind);
        let _ = write!(normal, "-{name}{}", numbers.trim_start_matches(['.', '-']));
    }
    if let Some(behind) = strip_prefix(rest.strip_prefix(['.', '-']).unwrap_or(rest), "dev") {
        rest = behind;
        normal.push_str("-dev");
    }
    // In capitals it counts as an unknown word.
    if is_stable {
        normal.truncate(length);
    }
    rest.is_empty().then_some(normal)
}

/// True where the text ends in a hyphen and a stability.
pub(crate) fn ends_in_stability(text: &str) -> bool {
    let mut hyphens = text.match_indices('-');
    hyphens.any(|(at, _)| {
        let behind = text.get(at + 1..).unwrap_or_default();
        with_stability(String::new(), behind).is_some()
    })
}

/// The numbers that a version begins with, at most four, and what follows them.
pub(crate) fn leading_numbers(text: &str) -> (Vec<&str>, &str) {
    let text = strip_prefix(text, "v").unwrap_or(text);
    let mut numbers = Vec::new();
    let (mut number, mut rest) = digits(text);
    while !number.is_empty() {
        numbers.push(number);
        let next = rest.strip_prefix('.').map(digits).unwrap_or_default();
        if numbers.len() == 4 || next.0.is_empty() {
            break;
        }
        (number, rest) = next;
    }
    (numbers, rest)
}

/// Numbers, each with or without a separator before it.
fn dotted_numbers(text: &str) -> (&str, &str) {
    let mut rest = text;
    loop {
        let (number, behind) = digits(rest.strip_prefix(['.', '-']).unwrap_or(rest));
        if number.is_empty() {
            return text.split_at_checked(text.len() - rest.len()).unwrap_or((text, ""));
        }
        rest = behind;
    }
}

fn digits(text: &str) -> (&str, &str) {
    let (number, _) = split_digits(text.as_bytes());
    text.split_at_checked(number.len()).unwrap_or((text, ""))
}

/// In any case.
fn strip_prefix<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemes::testing::{assert_ascending, assert_equal, assert_undefined};

    #[test]
    fn versions_are_normalized_before_they_are_compared() {
        for (text, normal) in [
            ("1.0", "1.0.0.0"),
            ("v1.2.3.4", "1.2.3.4"),
            ("1.0-beta.2", "1.0.0.0-beta2"),
            ("1.0RC1dev", "1.0.0.0-RC1-dev"),
            ("1.0.0-pl3", "1.0.0.0-patch3"),
            ("1.0_a", "1.0.0.0-alpha"),
            ("1.0-stable", "1.0.0.0"),
            ("1.0-STABLE", "1.0.0.0-stable"),
            ("1.0@beta", "1.0.0.0"),
            ("1.0 as 2.0", "1.0.0.0"),
            ("1.0+build.1", "1.0.0.0"),
            ("1.0-dev", "1.0.0.0-dev"),
            ("1.x-dev", "1.9999999.9999999.9999999-dev"),
            ("20240131", "20240131"),
            ("2024-01-31.2", "2024.01.31.2"),
            ("master", "dev-master"),
            ("DEV-Main", "dev-Main"),
        ] {
            assert_eq!(normalize(text).as_deref(), Some(normal), "{text}");
        }
    }

    #[test]
    fn versions_ascend() {
        let versions = ["1.0-dev", "1.0a1", "1.0-b2", "1.0-RC1", "1.0", "1.0-p1", "1.x-dev"];
        assert_ascending(&COMPOSER, &versions);
        assert_equal(&COMPOSER, "1.0", "v1.0.0");
    }

    #[test]
    fn what_is_no_version_has_no_order() {
        for text in [
            "",
            "1.0.0.0.0",
            "1.0-foo",
            "12345678901234567890123",
            "1.0-2",
            "x.1-dev",
            "main-dev",
            "é",
        ] {
            assert_undefined(&COMPOSER, text, "1.0");
        }
    }

    #[test]
    fn a_branch_has_no_order_but_to_itself() {
        assert_equal(&COMPOSER, "dev-main", "dev-main");
        for other in ["1.0", "dev-other"] {
            assert_eq!(compare("dev-main", other), None);
        }
    }
}
