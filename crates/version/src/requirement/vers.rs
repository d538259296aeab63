//! Version ranges of any scheme in one notation, `vers:npm/>=1.0.0|<2.0.0|!=1.5.0` (package-url/vers-spec).

use std::cmp::Ordering;
use std::ops::Bound;

use super::MAXIMUM_LENGTH;
use super::range::{VersionRange, complement};
use crate::{Scheme, scheme};

/// Types of the notation, and the ids of their schemes.
const TYPES: [(&str, &str); 31] = [
    ("alpine", "apk"),
    ("alpm", "alpm"),
    ("apk", "apk"),
    ("arch", "alpm"),
    ("bitnami", "bitnami"),
    ("cargo", "semver"),
    ("composer", "composer"),
    ("conan", "conan"),
    ("cran", "cran"),
    ("datetime", "datetime"),
    ("deb", "deb"),
    ("ebuild", "gentoo"),
    ("gem", "gem"),
    ("generic", "generic"),
    ("gentoo", "gentoo"),
    ("github", "semver"),
    ("golang", "go"),
    ("hackage", "hackage"),
    ("hex", "hex"),
    ("lexicographic", "lexicographic"),
    ("maven", "maven"),
    ("nginx", "semver"),
    ("npm", "npm"),
    ("nuget", "nuget"),
    ("openssl", "openssl"),
    ("packagist", "packagist"),
    ("pub", "pub"),
    ("pypi", "pep440"),
    ("rpm", "rpm"),
    ("semver", "semver"),
    ("swift", "swift"),
];

/// The id of the scheme and the ranges of a vers URI. Constraints may stand in any order, and what is redundant among them is passed
/// over by the rules of the specification. `None` for what is no such URI, is of a type without a scheme, or names a version that the
/// scheme does not order.
#[must_use]
pub fn vers(text: &str) -> Option<(&'static str, Vec<VersionRange>)> {
    if text.len() > MAXIMUM_LENGTH {
        return None;
    }
    let (name, constraints) = text.trim().strip_prefix("vers:")?.split_once('/')?;
    let name = name.to_ascii_lowercase();
    let scheme = TYPES.iter().find(|(known, _)| *known == name).and_then(|(_, id)| scheme(id))?;
    if constraints.trim() == "*" {
        return Some((scheme.id, vec![VersionRange::everything()]));
    }
    let mut sorted = Vec::new();
    for constraint in constraints.split('|') {
        let constraint = Constraint::read(constraint)?;
        (scheme.compare)(&constraint.version, &constraint.version)?;
        sorted.push(constraint);
    }
    let sorted = sort(scheme, sorted)?;
    Some((scheme.id, ranges(scheme, &sorted)?))
}

struct Constraint {
    comparator: Comparator,
    version: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Comparator {
    Equal,
    NotEqual,
    Less { or_equal: bool },
    Greater { or_equal: bool },
}

impl Constraint {
    /// White space does not count, and the version is percent-encoded.
    fn read(text: &str) -> Option<Self> {
        let text: String = text.split_whitespace().collect();
        let (comparator, version) = [
            ("!=", Comparator::NotEqual),
            ("<=", Comparator::Less { or_equal: true }),
            (">=", Comparator::Greater { or_equal: true }),
            ("<", Comparator::Less { or_equal: false }),
            (">", Comparator::Greater { or_equal: false }),
            ("=", Comparator::Equal),
            ("", Comparator::Equal),
        ]
        .into_iter()
        .find_map(|(sign, comparator)| Some((comparator, text.strip_prefix(sign)?)))?;
        let version = percent_decoded(version)?;
        (!version.is_empty()).then_some(Self { comparator, version })
    }
}

/// `None` where what stands behind a percent sign is no byte, or the bytes are no UTF-8.
fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut parts = text.split('%');
    bytes.extend(parts.next()?.bytes());
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        let is_byte = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        bytes.push(u8::from_str_radix(digits, 16).ok().filter(|_| is_byte)?);
        bytes.extend(rest.bytes());
    }
    String::from_utf8(bytes).ok()
}

/// Ascending by version. Merged by hand: not every scheme's order is one that the standard library would sort by.
fn sort(scheme: &Scheme, constraints: Vec<Constraint>) -> Option<Vec<Constraint>> {
    let mut runs: Vec<_> = constraints.into_iter().map(|constraint| vec![constraint]).collect();
    while runs.len() > 1 {
        let mut merged = Vec::with_capacity(runs.len().div_ceil(2));
        let mut rest = runs.into_iter();
        while let Some(one) = rest.next() {
            merged.push(match rest.next() {
                Some(other) => merge(scheme, one, other)?,
                None => one,
            });
        }
        runs = merged;
    }
    runs.pop()
}

fn merge(scheme: &Scheme, a: Vec<Constraint>, b: Vec<Constraint>) -> Option<Vec<Constraint>> {
    let mut merged = Vec::with_capacity(a.len() + b.len());
    let (mut a, mut b) = (a.into_iter().peekable(), b.into_iter().peekable());
    while let (Some(x), Some(y)) = (a.peek(), b.peek()) {
        let next = match (scheme.compare)(&x.version, &y.version)? {
            Ordering::Greater => b.next(),
            _ => a.next(),
        };
        merged.extend(next);
    }
    merged.extend(a);
    merged.extend(b);
    Some(merged)
}

/// Versions that are named alone, and what lies between the others, less the versions that are left out.
fn ranges(scheme: &Scheme, sorted: &[Constraint]) -> Option<Vec<VersionRange>> {
    let named = |comparator| {
        let named = sorted.iter().filter(move |constraint| constraint.comparator == comparator);
        named.map(|constraint| VersionRange::exactly(&constraint.version))
    };
    let mut included = intervals(sorted);
    included.extend(named(Comparator::Equal));
    let holes: Vec<_> = named(Comparator::NotEqual).collect();
    if holes.is_empty() {
        return Some(included);
    }
    let mut outside = if included.is_empty() { Vec::new() } else { complement(scheme, &included)? };
    outside.extend(holes);
    complement(scheme, &outside)
}

/// From each `>` to the next `<`. Of several of one kind in a row the outermost decides, as the specification has it.
fn intervals(sorted: &[Constraint]) -> Vec<VersionRange> {
    let mut intervals = Vec::new();
    let (mut from, mut to) = (None, None);
    for constraint in sorted {
        let bound = |or_equal| {
            let version = constraint.version.as_str();
            if or_equal { Bound::Included(version) } else { Bound::Excluded(version) }
        };
        match constraint.comparator {
            Comparator::Equal | Comparator::NotEqual => {}
            Comparator::Less { or_equal } => to = Some(bound(or_equal)),
            Comparator::Greater { or_equal } => {
                if let Some(to) = to.take() {
                    let from = from.take().unwrap_or(Bound::Unbounded);
                    intervals.push(VersionRange::between(from, to));
                }
                from.get_or_insert(bound(or_equal));
            }
        }
    }
    if from.is_some() || to.is_some() {
        let (from, to) = (from.unwrap_or(Bound::Unbounded), to.unwrap_or(Bound::Unbounded));
        intervals.push(VersionRange::between(from, to));
    }
    intervals
}
