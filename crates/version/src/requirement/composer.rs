//! Version constraints of Composer, as `VersionParser` of `Composer\Semver` reads them.

use std::ops::Bound;

use super::comparators::checked_intersection;
use super::range::VersionRange;
use crate::Scheme;
use crate::number::increment;
use crate::schemes::composer::{ends_in_stability, is_branch, leading_numbers, normalize};

/// Alternatives with `|` or `||` between them, of constraints with commas or white space between them.
pub(super) fn composer(scheme: &Scheme, text: &str) -> Option<Vec<VersionRange>> {
    let mut ranges = Vec::new();
    for alternative in text.replace("||", "|").split('|') {
        let mut sets = Vec::new();
        let mut rest = alternative.trim_matches(is_separator);
        if rest.is_empty() {
            return None;
        }
        while !rest.is_empty() {
            let set;
            (set, rest) = read_constraint(rest)?;
            sets.push(set);
        }
        ranges.extend(checked_intersection(scheme, sets)?);
    }
    Some(ranges)
}

fn is_separator(character: char) -> bool {
    character == ',' || character.is_whitespace()
}

/// The first constraint, and the text behind it and its separators.
fn read_constraint(text: &str) -> Option<(Vec<VersionRange>, &str)> {
    let behind = text.trim_start_matches(['<', '>', '=', '!', '~', '^']);
    let operator = text.strip_suffix(behind)?;
    let (version, rest) = split_word(behind.trim_start());
    let (word, behind) = split_word(rest.trim_start());
    let (set, rest) = match word {
        "-" if operator.is_empty() => {
            let (to, rest) = split_word(behind.trim_start());
            (hyphen(version, to)?, rest)
        }
        // What it is an alias of does not count.
        "as" => (constraint(operator, version)?, split_word(behind.trim_start()).1),
        _ => (constraint(operator, version)?, rest),
    };
    Some((set, rest.trim_start_matches(is_separator)))
}

fn split_word(text: &str) -> (&str, &str) {
    text.split_at_checked(text.find(is_separator).unwrap_or(text.len())).unwrap_or((text, ""))
}

fn constraint(operator: &str, version: &str) -> Option<Vec<VersionRange>> {
    let (version, stability) = match version.rsplit_once('@') {
        Some((version, flag @ ("stable" | "RC" | "beta" | "alpha" | "dev"))) => {
            (if version.is_empty() { "*" } else { version }, Some(flag))
        }
        _ => (version, None),
    };
    if operator.is_empty()
        && let Some(set) = wildcard(version)
    {
        return Some(set);
    }
    match operator {
        "~" => tilde(version),
        "^" => caret(version),
        _ => basic(operator, version, stability.filter(|flag| *flag != "stable")),
    }
}

/// `*`, or numbers with `.*` or `.x` behind them.
fn wildcard(version: &str) -> Option<Vec<VersionRange>> {
    let (numbers, rest) = leading_numbers(version);
    let is_any = |part: &str| matches!(part, "*" | "x" | "X");
    if numbers.is_empty() {
        let mut parts = version.trim_start_matches(['v', 'V']).split('.');
        let is_all = parts.next().is_some_and(is_any) && parts.all(is_any);
        return is_all.then(|| vec![VersionRange::everything()]);
    }
    let are_any = rest.strip_prefix('.')?.split('.').all(is_any);
    let end = raised(&numbers, numbers.len() - 1);
    (are_any && numbers.len() < 4).then(|| {
        vec![VersionRange::between(Bound::Included(&filled(&numbers)), Bound::Excluded(&end))]
    })
}

/// The number before the last one that is stated may not change; from the lowest stability on, where none is stated.
fn tilde(version: &str) -> Option<Vec<VersionRange>> {
    let (numbers, rest) = leading_numbers(version);
    let is_branch = rest.starts_with(['.']) && rest.get(1..2).is_some_and(|c| "xX*".contains(c));
    let stated = numbers.len() + usize::from(is_branch);
    compatible(version, stated.saturating_sub(2))
}

/// The first number that is not zero may not change.
fn caret(version: &str) -> Option<Vec<VersionRange>> {
    let (numbers, _) = leading_numbers(version);
    let place = match numbers.as_slice() {
        ["0", "0", _, ..] => 2,
        ["0", _, ..] => 1,
        _ => 0,
    };
    compatible(version, place)
}

fn compatible(version: &str, place: usize) -> Option<Vec<VersionRange>> {
    let (numbers, rest) = leading_numbers(version);
    let lowest = if states_stability(rest) { "" } else { "-dev" };
    let from = normalize(&format!("{version}{lowest}"))?;
    let to = raised(&numbers, place);
    Some(vec![VersionRange::between(Bound::Included(&from), Bound::Excluded(&to))])
}

/// Both included; where the second states less than three numbers, all that begin with them.
fn hyphen(from: &str, to: &str) -> Option<Vec<VersionRange>> {
    let (_, rest) = leading_numbers(from);
    let lowest = if states_stability(rest) { "" } else { "-dev" };
    let from = normalize(from)? + lowest;
    let normal = normalize(to)?;
    let (numbers, rest) = leading_numbers(to);
    let raised = raised(&numbers, numbers.len().min(2).checked_sub(1)?);
    let is_whole = numbers.len() > 2 || states_stability(rest);
    let to =
        if is_whole { Bound::Included(normal.as_str()) } else { Bound::Excluded(raised.as_str()) };
    Some(vec![VersionRange::between(Bound::Included(&from), to)])
}

/// `<` and `>=` are of the lowest stability, where none is stated.
fn basic(operator: &str, version: &str, stability: Option<&str>) -> Option<Vec<VersionRange>> {
    let mut normal = normalize(version)?;
    let is_equality = matches!(operator, "" | "=" | "==");
    // Composer appends the lowest stability to itself too; nothing lies between the two.
    let is_open = matches!(operator, "<" | ">=")
        && !is_branch(&normal)
        && !normal.ends_with("-dev")
        && !ends_in_stability(version);
    match stability {
        Some(flag) if !is_equality && !normal.contains('-') => {
            normal = format!("{normal}-{flag}");
        }
        _ if is_open => normal.push_str("-dev"),
        _ => {}
    }
    let operator = if operator == "<>" { "!=" } else { operator };
    super::comparators::plain(operator, &normal)
}

/// True for what follows numbers, but for a build, a lone separator or nothing at all.
fn states_stability(rest: &str) -> bool {
    let stated = rest.split('+').next().unwrap_or_default();
    !stated.trim_start_matches(['.', '_', '-']).is_empty()
}

/// Four numbers, of the lowest stability.
fn filled(numbers: &[&str]) -> String {
    let number = |at: usize| numbers.get(at).copied().unwrap_or("0");
    format!("{}.{}.{}.{}-dev", number(0), number(1), number(2), number(3))
}

/// With the number of that place one higher and zeros behind it, of the lowest stability.
fn raised(numbers: &[&str], place: usize) -> String {
    let next = increment(numbers.get(place).copied().unwrap_or_default().as_bytes());
    let mut raised: Vec<_> = numbers.iter().copied().take(place).collect();
    raised.push(&next);
    filled(&raised)
}
