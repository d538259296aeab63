//! Requirements on semantic versions: what `^`, `~` and `~>` allow.

use std::ops::Bound;

use super::comparators::{plain, read};
use super::range::VersionRange;
use crate::Scheme;
use crate::number::{increment, is_zero};
use crate::schemes::semver::{Grammar, SemanticVersion};

/// Comparators with `^` and `~` as Cargo and npm have them, and `~>` as Elixir has it. A version alone is that version.
pub(super) fn semantic(operator: &str, version: &str) -> Option<Vec<VersionRange>> {
    let end = match operator {
        "^" => caret_end(version)?,
        "~" => tilde_end(version)?,
        "~>" => pessimistic_end(version)?,
        _ => return plain(operator, version),
    };
    Some(vec![VersionRange::between(Bound::Included(version), Bound::Excluded(&end))])
}

/// Cargo: a version alone is one that is compatible, `1.*` any that begins so, and `=1.2` the same (doc.rust-lang.org/cargo,
/// "Specifying Dependencies").
pub(super) fn cargo(operator: &str, version: &str) -> Option<Vec<VersionRange>> {
    let prefix = version.trim_end_matches(['*', '.']);
    match operator {
        "" if prefix.is_empty() && !version.is_empty() => Some(vec![VersionRange::everything()]),
        "" | "=" if prefix.len() < version.len() => semantic("~", prefix),
        "=" if numbers(version)?.len() < 3 => semantic("~", version),
        "" => semantic("^", version),
        _ => semantic(operator, version),
    }
}

/// Elixir (hexdocs.pm, `Version`): comparators with `and` and `or` between them.
pub(super) fn hex(scheme: &Scheme, text: &str) -> Option<Vec<VersionRange>> {
    read(scheme, &text.replace(" and ", ", ").replace(" or ", " || "), semantic)
}

/// Dart (dart.dev, "Package dependencies"): `any`, `^`, and comparators.
pub(super) fn dart(operator: &str, version: &str) -> Option<Vec<VersionRange>> {
    match (operator, version) {
        ("", "any") => Some(vec![VersionRange::everything()]),
        ("~" | "~>" | "!=", _) => None,
        _ => semantic(operator, version),
    }
}

fn numbers(version: &str) -> Option<Vec<&[u8]>> {
    Some(SemanticVersion::parse(version.trim(), Grammar::Strict)?.numbers().collect())
}

/// The first version, with its pre-releases, that is no longer compatible: the leftmost number that is not zero may not change.
fn caret_end(version: &str) -> Option<String> {
    let numbers = numbers(version)?;
    let place = numbers.iter().take(3).position(|number| !is_zero(number));
    end_after(&numbers, place.unwrap_or(numbers.len().min(3) - 1))
}

/// The second number may not change, nor the first where it stands alone.
fn tilde_end(version: &str) -> Option<String> {
    let numbers = numbers(version)?;
    end_after(&numbers, numbers.len().min(2) - 1)
}

/// The number before the last may not change.
fn pessimistic_end(version: &str) -> Option<String> {
    let numbers = numbers(version)?;
    end_after(&numbers, numbers.len().clamp(2, 3) - 2)
}

/// The numbers up to that place, which is one higher, with the lowest pre-release of all.
fn end_after(numbers: &[&[u8]], place: usize) -> Option<String> {
    let mut end = String::new();
    for number in numbers.get(..place)? {
        end.push_str(&String::from_utf8_lossy(number));
        end.push('.');
    }
    end.push_str(&increment(numbers.get(place)?));
    for _ in place + 1..3 {
        end.push_str(".0");
    }
    end.push_str("-0");
    Some(end)
}
