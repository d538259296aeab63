//! Comparators such as `>= 1.0, < 2.0 || = 3.1`: how most languages write a requirement.

use std::ops::Bound;

use super::range::{VersionRange, intersection, version_of};
use crate::Scheme;

/// What one comparator allows: operator (which may be empty) and version. `None` for one that the language does not have.
pub(super) type Meaning = fn(&str, &str) -> Option<Vec<VersionRange>>;

/// Alternatives with `||` between them; in each, comparators that all hold, with commas or white space between them. A version may
/// stand in quotes. An empty text allows everything.
pub(super) fn read(scheme: &Scheme, text: &str, meaning: Meaning) -> Option<Vec<VersionRange>> {
    if is_blank(text) {
        return Some(vec![VersionRange::everything()]);
    }
    let mut ranges = Vec::new();
    for alternative in text.split("||") {
        if is_blank(alternative) {
            return None;
        }
        let mut sets = Vec::new();
        for (operator, version) in Comparators(alternative) {
            sets.push(meaning(operator, version)?);
        }
        ranges.extend(checked_intersection(scheme, sets)?);
    }
    Some(ranges)
}

/// What all the sets have in common; `None` where the scheme knows no order for a bound.
pub(super) fn checked_intersection(
    scheme: &Scheme,
    sets: Vec<Vec<VersionRange>>,
) -> Option<Vec<VersionRange>> {
    let are_ordered = sets
        .iter()
        .flatten()
        .flat_map(|range| [&range.from, &range.to])
        .filter_map(version_of)
        .all(|version| (scheme.compare)(version, version).is_some());
    if are_ordered { intersection(scheme, sets) } else { None }
}

fn is_blank(text: &str) -> bool {
    text.chars().all(is_separator)
}

fn is_separator(character: char) -> bool {
    character == ',' || character.is_whitespace()
}

fn is_operator(character: char) -> bool {
    matches!(character, '<' | '>' | '=' | '!' | '~' | '^')
}

/// Operator and version of each comparator.
struct Comparators<'a>(&'a str);

impl<'a> Iterator for Comparators<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let text = self.0.trim_start_matches(is_separator);
        if text.is_empty() {
            return None;
        }
        let behind = text.trim_start_matches(is_operator);
        let operator = text.strip_suffix(behind).unwrap_or_default();
        let behind = behind.trim_start();
        let end = behind.find(|c| is_separator(c) || matches!(c, '<' | '>' | '|'));
        let (version, rest) = behind.split_at_checked(end.unwrap_or(behind.len()))?;
        // Where neither stands there, no language knows what is meant, and nothing behind it counts.
        self.0 = if version.is_empty() && operator.is_empty() { "" } else { rest };
        Some((operator, unquoted(version)))
    }
}

fn unquoted(text: &str) -> &str {
    ['"', '\'']
        .into_iter()
        .find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote))
        .unwrap_or(text)
}

/// The operators that mean the same in every language. A version alone is that version.
pub(super) fn plain(operator: &str, version: &str) -> Option<Vec<VersionRange>> {
    if version.is_empty() {
        return None;
    }
    Some(match operator {
        "" | "=" | "==" => vec![VersionRange::exactly(version)],
        "!=" => VersionRange::all_but(version),
        ">" => vec![VersionRange::from(Bound::Excluded(version))],
        ">=" | "=>" => vec![VersionRange::from(Bound::Included(version))],
        "<" => vec![VersionRange::to(Bound::Excluded(version))],
        "<=" | "=<" => vec![VersionRange::to(Bound::Included(version))],
        _ => return None,
    })
}
