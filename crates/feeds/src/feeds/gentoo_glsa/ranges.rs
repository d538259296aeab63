//! Ranges of a GLSA as intervals. As in Portage (`glsa.py`, `getMinUpgrade`), an installed version is affected where one of the vulnerable
//! ranges holds it and none of the unaffected ones does, each in its slot.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use plimsoll_advisory::{Interval, RangeEnd, RangeStart};

use super::parse::{Package, Range};

/// The order of Gentoo's versions.
pub(super) type Compare = fn(&str, &str) -> Option<Ordering>;

/// Ranges of one package that are read.
const RANGES: usize = 1_000;

/// A place on the line of versions.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    First,
    Before(String),
    After(String),
    Last,
}

/// Versions from one place to another.
#[derive(Clone, Debug)]
struct Span {
    start: Place,
    end: Place,
    /// Where the versions do not tell it.
    slot: Option<String>,
}

/// The vulnerable intervals of a package, by slot: without one for those of all slots, and of slots that their versions tell.
pub(super) fn vulnerable(
    package: &Package,
    compare: Compare,
) -> Result<BTreeMap<Option<String>, Vec<Interval>>, &'static str> {
    if package.vulnerable.len() + package.unaffected.len() > RANGES {
        return Err("too many ranges");
    }
    let spans = |ranges: &[Range]| {
        ranges.iter().map(|range| span(range, compare)).collect::<Option<Vec<_>>>()
    };
    let vulnerable = spans(&package.vulnerable).ok_or("unknown range")?;
    let unaffected = spans(&package.unaffected).ok_or("unknown range")?;
    let mut slots: BTreeMap<Option<String>, Vec<Interval>> = BTreeMap::new();
    for span in vulnerable {
        let slot = span.slot.clone();
        let mut left = vec![span];
        for other in &unaffected {
            if other.slot.is_none() || other.slot == slot {
                left = left.into_iter().flat_map(|span| span.without(other, compare)).collect();
            }
            if left.len() > RANGES {
                return Err("too many ranges");
            }
        }
        let intervals = slots.entry(slot).or_default();
        intervals.extend(left.into_iter().map(Span::into_interval));
        intervals.sort();
        intervals.dedup();
    }
    Ok(slots)
}

/// `None` where the range is of no kind that is known.
fn span(range: &Range, compare: Compare) -> Option<Span> {
    use Place::{After, Before, First, Last};
    let version = range.version.trim();
    let is_plain = !version.is_empty() && !version.contains(char::is_whitespace);
    let base = base(version);
    let (before, after) = (|| Before(version.to_owned()), || After(version.to_owned()));
    // Behind every revision of the version, and before any other that is greater.
    let behind_revisions = || Before(format!("{base}_p"));
    let (start, end) = match range.kind.trim() {
        "eq" if version.ends_with('*') => {
            let (start, end) = prefix(version.trim_end_matches('*').trim_end_matches('.'))?;
            (Before(start), Before(end))
        }
        _ if !is_plain || version.contains('*') => return None,
        "lt" => (First, before()),
        "le" => (First, after()),
        "eq" => (before(), after()),
        "ge" => (before(), Last),
        "gt" => (after(), Last),
        "rlt" => (Before(base.to_owned()), before()),
        "rle" => (Before(base.to_owned()), after()),
        "rge" => (before(), behind_revisions()),
        "rgt" => (after(), behind_revisions()),
        _ => return None,
    };
    let span = Span { start, end, slot: None };
    Some(match range.slot.trim() {
        "" | "*" => span,
        slot => span.in_slot(slot, version, compare),
    })
}

/// A version without its revision.
fn base(version: &str) -> &str {
    match version.rsplit_once("-r") {
        Some((base, revision)) if is_number(revision) => base,
        _ => version,
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The first of the versions that begin with these numbers, and the first beyond them.
fn prefix(numbers: &str) -> Option<(String, String)> {
    let (head, last) = numbers.rsplit_once('.').unwrap_or(("", numbers));
    let is_numbers = is_number(last) && (head.is_empty() || head.split('.').all(is_number));
    let next = last.parse::<u64>().ok().filter(|_| is_numbers)?.checked_add(1)?;
    let separator = if head.is_empty() { "" } else { "." };
    Some((format!("{numbers}_alpha"), format!("{head}{separator}{next}_alpha")))
}

impl Span {
    /// A slot is most often the beginning of its versions (`8.2` of `8.2.24`), and then a span of them.
    fn in_slot(self, slot: &str, version: &str, compare: Compare) -> Self {
        let main = slot.split('/').next().unwrap_or(slot);
        let is_beginning = version
            .strip_prefix(main)
            .is_some_and(|rest| !rest.starts_with(|first: char| first.is_ascii_digit()));
        // `0` is the slot of packages that have only one.
        let versions = prefix(main).filter(|_| is_beginning && main != "0");
        let Some((first, beyond)) = versions else {
            return Self { slot: Some(main.to_owned()), ..self };
        };
        let (first, beyond) = (Place::Before(first), Place::Before(beyond));
        Self {
            start: later(self.start, first, compare),
            end: match order(&self.end, &beyond, compare) {
                Some(Ordering::Greater) => beyond,
                _ => self.end,
            },
            slot: None,
        }
    }

    /// What is left without the other. Where the order of their versions is not defined, all of it.
    fn without(self, other: &Self, compare: Compare) -> Vec<Self> {
        let is_before = |one: &Place, other: &Place| Some(order(one, other, compare)?.is_lt());
        let parts = || {
            if !is_before(&other.start, &self.end)? || !is_before(&self.start, &other.end)? {
                return Some(vec![self.clone()]);
            }
            let mut parts = Vec::new();
            if is_before(&self.start, &other.start)? {
                parts.push(Self { end: other.start.clone(), ..self.clone() });
            }
            if is_before(&other.end, &self.end)? {
                parts.push(Self { start: other.end.clone(), ..self.clone() });
            }
            Some(parts)
        };
        parts().unwrap_or_else(|| vec![self])
    }

    fn into_interval(self) -> Interval {
        Interval {
            start: match self.start {
                Place::First | Place::Last => RangeStart::First,
                Place::Before(version) => RangeStart::From(version),
                Place::After(version) => RangeStart::After(version),
            },
            end: match self.end {
                Place::First | Place::Last => RangeEnd::Open,
                Place::Before(version) => RangeEnd::Fixed(version),
                Place::After(version) => RangeEnd::LastAffected(version),
            },
        }
    }
}

fn later(one: Place, other: Place, compare: Compare) -> Place {
    if order(&one, &other, compare) == Some(Ordering::Greater) { one } else { other }
}

fn order(one: &Place, other: &Place, compare: Compare) -> Option<Ordering> {
    use Place::{After, Before, First, Last};
    match (one, other) {
        (First, First) | (Last, Last) => Some(Ordering::Equal),
        (First, _) | (_, Last) => Some(Ordering::Less),
        (_, First) | (Last, _) => Some(Ordering::Greater),
        (Before(version) | After(version), Before(other_version) | After(other_version)) => {
            let versions = if version == other_version {
                Ordering::Equal
            } else {
                compare(version, other_version)?
            };
            let sides = matches!(one, After(_)).cmp(&matches!(other, After(_)));
            Some(versions.then(sides))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `lt 1.33 slot`.
    fn ranges(texts: &[&str]) -> Vec<Range> {
        let range = |text: &&str| {
            let mut parts = text.split(' ').map(str::to_owned);
            let mut next = || parts.next().unwrap_or_default();
            Range { kind: next(), version: next(), slot: next() }
        };
        texts.iter().map(range).collect()
    }

    fn said(vulnerable_ranges: &[&str], unaffected: &[&str]) -> Result<String, &'static str> {
        let package = Package {
            vulnerable: ranges(vulnerable_ranges),
            unaffected: ranges(unaffected),
            ..Package::default()
        };
        // apk took its versions over from Gentoo.
        let compare = plimsoll_version::scheme("apk").unwrap().compare;
        let slots = vulnerable(&package, compare)?;
        let text = |interval: &Interval| {
            let start = match &interval.start {
                RangeStart::First => "(".to_owned(),
                RangeStart::From(version) => format!("[{version}"),
                RangeStart::After(version) => format!("({version}"),
            };
            match &interval.end {
                RangeEnd::Open => format!("{start},)"),
                RangeEnd::Fixed(version) => format!("{start},{version})"),
                RangeEnd::LastAffected(version) => format!("{start},{version}]"),
            }
        };
        let slot = |(slot, intervals): (&Option<String>, &Vec<Interval>)| {
            let intervals: Vec<_> = intervals.iter().map(text).collect();
            let slot = slot.as_ref().map_or(String::new(), |slot| format!("{slot}:"));
            format!("{slot}{}", intervals.join(" "))
        };
        Ok(slots.iter().map(slot).collect::<Vec<_>>().join("; "))
    }

    #[test]
    fn what_is_unaffected_is_taken_out_of_what_is_vulnerable() {
        for (vulnerable, unaffected, expected) in [
            (&["lt 1.33"][..], &["ge 1.33"][..], "(,1.33)"),
            (&["le 1.2-r1"], &[], "(,1.2-r1]"),
            (&["lt 1.9.7"], &["ge 1.9.7", "rgt 1.8.18"], "(,1.8.18] [1.8.18_p,1.9.7)"),
            (&["lt 2.0"], &["ge 2.0", "rge 1.5-r2"], "(,1.5-r2) [1.5_p,2.0)"),
            (&["lt 2.0", "eq 0.1.1"], &["lt 1.0"], "[1.0,2.0)"),
            (&["lt 8.0"], &["ge 8.0", "eq 7.4*"], "(,7.4_alpha) [7.5_alpha,8.0)"),
            (&["rle 1.2-r3"], &[], "[1.2,1.2-r3]"),
            (&["rlt 1.2-r3"], &[], "[1.2,1.2-r3)"),
            (&["ge 1.2"], &["gt 1.4"], "[1.2,1.4]"),
            (&["lt 1.0"], &["lt 2.0"], ""),
        ] {
            assert_eq!(
                said(vulnerable, unaffected).as_deref(),
                Ok(expected),
                "{vulnerable:?} {unaffected:?}"
            );
        }
        for range in ["xx 1", "lt", "lt 1*", "eq x*", ""] {
            assert_eq!(said(&[range], &[]), Err("unknown range"), "{range}");
        }
    }

    #[test]
    fn a_slot_that_its_versions_begin_with_is_a_span_of_them() {
        for (vulnerable, unaffected, expected) in [
            (
                &["lt 8.2.24 8.2", "lt 8.3.12 8.3", "lt 8.1.30 8.1"][..],
                &["ge 8.2.24 8.2", "ge 8.3.12 8.3"][..],
                "[8.1_alpha,8.1.30) [8.2_alpha,8.2.24) [8.3_alpha,8.3.12)",
            ),
            (&["lt 9"], &["ge 8.2.24 8.2"], "(,8.2.24) [8.3_alpha,9)"),
            (&["lt 3.10.4 3.1"], &[], "3.1:(,3.10.4)"),
            (
                &["lt 112.0 rapid", "lt 102.10.0 esr"],
                &["ge 102.10.0 esr"],
                "esr:(,102.10.0); rapid:(,112.0)",
            ),
            (&["lt 112.0 rapid"], &["ge 102.0 esr"], "rapid:(,112.0)"),
            (&["lt 112.0 rapid"], &["ge 102.0"], "rapid:(,102.0)"),
            (&["lt 0.12 0/3"], &[], "0:(,0.12)"),
            (&["lt 1.0 *"], &[], "(,1.0)"),
        ] {
            assert_eq!(
                said(vulnerable, unaffected).as_deref(),
                Ok(expected),
                "{vulnerable:?} {unaffected:?}"
            );
        }
    }

    #[test]
    fn without_an_order_nothing_is_taken_out_that_is_not_named_alike() {
        let package = |vulnerable, unaffected| Package {
            vulnerable: ranges(vulnerable),
            unaffected: ranges(unaffected),
            ..Package::default()
        };
        for (unaffected, expected) in
            [(&["ge 1.33"][..], Interval::below("1.33")), (&["lt 1.0"], Interval::below("1.33"))]
        {
            let slots = vulnerable(&package(&["lt 1.33"], unaffected), |_, _| None).unwrap();
            assert_eq!(slots[&None], [expected]);
        }
    }
}
