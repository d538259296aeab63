//! Ranges of npm, as `Range` of node-semver 7 reads them.

use std::ops::Bound;

use super::comparators::checked_intersection;
use super::range::VersionRange;
use crate::Scheme;
use crate::number::{increment, is_number, is_zero};
use crate::schemes::npm::whole_version;
use crate::schemes::semver::{SemanticVersion, are_identifiers};

/// Options of node-semver, by its names.
#[derive(Clone, Copy, Debug, Default)]
pub struct NpmOptions {
    /// Versions as registries have them: leading zeros, `=1.2.3`, `1.2.3beta`. What is no comparator is passed over.
    pub loose: bool,
    /// Pre-releases are versions as any other. Else one is allowed only where a comparator names one of the same three numbers.
    pub include_prerelease: bool,
}

/// What node-semver's `satisfies` says of a version and a range. `None` where one of the two is none.
#[must_use]
pub fn npm_satisfies(version: &str, range: &str, options: NpmOptions) -> Option<bool> {
    let version = whole_version(version, options.loose)?;
    let sets = read_sets(range, options)?;
    let is_pre_release = version.pre_release().is_some();
    Some(sets.iter().any(|set| {
        let names_pre_release = || {
            set.iter().filter_map(Comparator::parsed).any(|named| {
                named.pre_release().is_some() && named.compare_numbers(&version).is_eq()
            })
        };
        set.iter().all(|comparator| comparator.holds(&version))
            && (!is_pre_release || options.include_prerelease || names_pre_release())
    }))
}

/// The ranges with pre-releases included, loosely. Commas, which only advisories write, are white space.
pub(super) fn npm(scheme: &Scheme, text: &str) -> Option<Vec<VersionRange>> {
    let options = NpmOptions { loose: true, include_prerelease: true };
    let mut ranges = Vec::new();
    for set in read_sets(&text.replace(',', " "), options)? {
        let sets = set.iter().map(|comparator| vec![comparator.range()]).collect();
        ranges.extend(checked_intersection(scheme, sets)?);
    }
    Some(ranges)
}

/// A version and which side of it is meant.
struct Comparator {
    operator: Operator,
    version: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparator {
    fn parsed(&self) -> Option<SemanticVersion<'_>> {
        whole_version(&self.version, true)
    }

    fn holds(&self, version: &SemanticVersion<'_>) -> bool {
        let order = self.parsed().map(|own| version.compare(&own));
        order.is_some_and(|order| match self.operator {
            Operator::Equal => order.is_eq(),
            Operator::Less => order.is_lt(),
            Operator::LessOrEqual => order.is_le(),
            Operator::Greater => order.is_gt(),
            Operator::GreaterOrEqual => order.is_ge(),
        })
    }

    fn range(&self) -> VersionRange {
        match self.operator {
            Operator::Equal => VersionRange::exactly(&self.version),
            Operator::Less => VersionRange::to(Bound::Excluded(&self.version)),
            Operator::LessOrEqual => VersionRange::to(Bound::Included(&self.version)),
            Operator::Greater => VersionRange::from(Bound::Excluded(&self.version)),
            Operator::GreaterOrEqual => VersionRange::from(Bound::Included(&self.version)),
        }
    }
}

/// The alternatives, each with all comparators that must hold.
fn read_sets(text: &str, options: NpmOptions) -> Option<Vec<Vec<Comparator>>> {
    let mut sets = Vec::new();
    for alternative in text.split("||") {
        if let Some(set) = read_set(alternative, options)? {
            sets.push(set);
        }
    }
    (!sets.is_empty()).then_some(sets)
}

/// The outer `None` for what is no range, the inner one for an alternative of which nothing is left.
#[expect(
    clippy::option_option,
    reason = "an alternative that is passed over is not one that is wrong"
)]
fn read_set(text: &str, options: NpmOptions) -> Option<Option<Vec<Comparator>>> {
    if let Some((from, to)) = hyphen_range(text) {
        match (Partial::read(from, options), Partial::read(to, options)) {
            (Some(from), Some(to)) => return Some(Some(between(&from, &to, options))),
            _ if options.loose => {}
            _ => return None,
        }
    }
    let mut set = Vec::new();
    let (mut rest, mut is_left) = (text.trim(), text.trim().is_empty());
    while !rest.is_empty() {
        let (operator, behind) = split_operator(rest);
        let behind = behind.trim_start();
        let end = behind.find(char::is_whitespace).unwrap_or(behind.len());
        let (version, behind) = behind.split_at_checked(end)?;
        rest = behind.trim_start();
        let partial = Partial::read(version, options);
        match partial.and_then(|partial| partial.comparators(operator, options)) {
            Some(comparators) => {
                is_left = true;
                set.extend(comparators);
            }
            None if options.loose => {}
            None => return None,
        }
    }
    Some(is_left.then_some(set))
}

/// Three words, the middle one a hyphen.
fn hyphen_range(text: &str) -> Option<(&str, &str)> {
    let mut words = text.split_whitespace();
    match (words.next(), words.next(), words.next(), words.next()) {
        (Some(from), Some("-"), Some(to), None) => Some((from, to)),
        _ => None,
    }
}

fn split_operator(text: &str) -> (&str, &str) {
    let (operator, behind) = ["~>", "~", "^", ">=", "<=", ">", "<", "="]
        .into_iter()
        .find_map(|operator| Some((operator, text.strip_prefix(operator)?)))
        .unwrap_or(("", text));
    // White space within an operator does not count either.
    match (operator, behind.trim_start().strip_prefix('=')) {
        (">", Some(behind)) => (">=", behind),
        ("<", Some(behind)) => ("<=", behind),
        _ => (operator, behind),
    }
}

/// A version of which numbers may be missing, from some place on.
struct Partial<'a> {
    numbers: Vec<&'a str>,
    pre_release: Option<&'a str>,
    /// True for `x.1` and `1.x.1`, which is nothing in a comparator.
    is_out_of_order: bool,
}

impl<'a> Partial<'a> {
    /// `v` and `=` before the numbers do not count, but that a whole version strictly has no `=`.
    fn read(text: &'a str, options: NpmOptions) -> Option<Self> {
        let bare = text.trim_start_matches(['v', '=']);
        let is_odd = !options.loose && bare.len() + 1 < text.len();
        let text = match bare.split_once('+') {
            Some((text, build)) if are_identifiers(build) => text,
            Some(_) => return None,
            None => bare,
        };
        if let Some(version) = whole_version(text, options.loose).filter(|_| !is_odd) {
            let numbers = version.numbers().filter_map(|digits| str::from_utf8(digits).ok());
            let (numbers, pre_release) = (numbers.collect(), version.pre_release());
            return Some(Self { numbers, pre_release, is_out_of_order: false });
        }
        let is_any = |part: &&str| matches!(*part, "x" | "X" | "*");
        let is_valid = |part: &&str| {
            let is_plain = options.loose || *part == "0" || !part.starts_with('0');
            is_any(part) || is_number(part.as_bytes()) && is_plain
        };
        let parts: Vec<_> = without_pre_release(text, options)?.split('.').collect();
        let numbers: Vec<_> = parts.iter().copied().take_while(|part| !is_any(part)).collect();
        if parts.len() > 3 || numbers.len() == 3 || !parts.iter().all(is_valid) {
            return None;
        }
        let is_out_of_order = parts.iter().skip(numbers.len()).any(|part| !is_any(part));
        Some(Self { numbers, pre_release: None, is_out_of_order })
    }

    fn comparators(&self, operator: &str, options: NpmOptions) -> Option<Vec<Comparator>> {
        if matches!(operator, "~" | "~>" | "^") {
            return Some(self.compatible(operator == "^", options));
        }
        if self.is_out_of_order {
            return None;
        }
        let count = self.numbers.len();
        Some(match operator {
            ">" | "<" if count == 0 => vec![less("0.0.0-0".to_owned())],
            _ if count == 0 => Vec::new(),
            ">" if count < 3 => vec![at_least(self.raised(count - 1, lowest(options)))],
            ">=" if count < 3 => vec![at_least(self.filled(lowest(options)))],
            "<" if count < 3 => vec![less(self.filled("-0"))],
            "<=" if count < 3 => vec![less(self.raised(count - 1, "-0"))],
            _ if count < 3 => {
                vec![at_least(self.filled(lowest(options))), less(self.raised(count - 1, "-0"))]
            }
            ">" => vec![Comparator { operator: Operator::Greater, version: self.filled("") }],
            ">=" => vec![at_least(self.filled(""))],
            "<" => vec![less(self.filled(""))],
            "<=" => vec![Comparator { operator: Operator::LessOrEqual, version: self.filled("") }],
            _ => vec![Comparator { operator: Operator::Equal, version: self.filled("") }],
        })
    }

    /// `~` keeps the second number, or the first where it stands alone; `^` the leftmost that is not zero.
    fn compatible(&self, is_caret: bool, options: NpmOptions) -> Vec<Comparator> {
        let count = self.numbers.len();
        if count == 0 {
            return Vec::new();
        }
        let is_zero = |number: &&str| is_zero(number.as_bytes());
        let kept = if is_caret {
            let place = self.numbers.iter().position(|number| !is_zero(number));
            place.unwrap_or(count - 1)
        } else {
            count.min(2) - 1
        };
        let pre_release = if count < 3 { lowest(options) } else { "" };
        vec![at_least(self.filled(pre_release)), less(self.raised(kept, "-0"))]
    }

    /// With zeros for what is missing; its own pre-release goes before the given one.
    fn filled(&self, pre_release: &str) -> String {
        let number = |place: usize| self.numbers.get(place).copied().unwrap_or("0");
        let mut text = format!("{}.{}.{}", number(0), number(1), number(2));
        match self.pre_release {
            Some(own) => {
                text.push('-');
                text.push_str(own);
            }
            None => text.push_str(pre_release),
        }
        text
    }

    /// With the number of that place one higher, and zeros behind it.
    fn raised(&self, place: usize, pre_release: &str) -> String {
        let number = |at: usize| match self.numbers.get(at) {
            Some(number) if at < place => (*number).to_owned(),
            Some(number) if at == place => increment(number.as_bytes()),
            _ => "0".to_owned(),
        };
        format!("{}.{}.{}{pre_release}", number(0), number(1), number(2))
    }
}

/// What follows a third part means nothing where that is no number, but must be a pre-release.
fn without_pre_release(text: &str, options: NpmOptions) -> Option<&str> {
    let Some((dot, _)) = text.match_indices('.').nth(1) else { return Some(text) };
    let third = text.get(dot + 1..)?;
    let rest = third.trim_start_matches(|c: char| matches!(c, '*' | 'x' | 'X' | '0'..='9'));
    let identifiers = rest.strip_prefix('-').or(options.loose.then_some(rest));
    let is_valid = rest.is_empty() || identifiers.is_some_and(are_identifiers);
    text.strip_suffix(rest).filter(|_| is_valid)
}

fn between(from: &Partial<'_>, to: &Partial<'_>, options: NpmOptions) -> Vec<Comparator> {
    let mut set = Vec::new();
    if !from.numbers.is_empty() {
        set.push(at_least(from.filled(lowest(options))));
    }
    match to.numbers.len() {
        0 => {}
        3 if to.pre_release.is_some() || !options.include_prerelease => {
            set.push(Comparator { operator: Operator::LessOrEqual, version: to.filled("") });
        }
        count => set.push(less(to.raised(count - 1, "-0"))),
    }
    set
}

fn at_least(version: String) -> Comparator {
    Comparator { operator: Operator::GreaterOrEqual, version }
}

fn less(version: String) -> Comparator {
    Comparator { operator: Operator::Less, version }
}

/// What a lower bound ends in that the text left open.
fn lowest(options: NpmOptions) -> &'static str {
    if options.include_prerelease { "-0" } else { "" }
}
