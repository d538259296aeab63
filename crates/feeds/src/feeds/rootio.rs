//! Root's CVE feed (api.root.io/external/cve_feed): which of the packages that Root builds anew for other distributions fixed which
//! flaws. Its versions and the distribution's own do not fix the same, so the records are of a family of their own: `Root`, with the
//! distribution's name in the release, as in Root's OSV records (`Root:Alpine:3.18`).

use std::collections::BTreeMap;

use plimsoll_advisory::{Advisory, Affected, Interval, RangeEnd, RangeStart};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::document::{Document, Form, Outline};
use crate::feed::{Feed, Origin};
use crate::formats::claims;
use crate::formats::json::{List, element};
use crate::import::{Import, NotOfThisFeed};

pub(crate) static ROOTIO: Feed = Feed {
    id: "rootio",
    summary: "Root's CVE feed: flaws that are fixed in packages which Root builds for other distributions",
    origins: &[Origin {
        url: "https://api.root.io/external/cve_feed",
        file: "rootio/cve_feed.json",
        families: &[FAMILY],
        ..Origin::BASE
    }],
    recognises,
    import,
    spread: true,
    ..Feed::BASE
};

const FAMILY: &str = "Root";

/// The distributions, as the feed writes them, and their OSV ecosystems.
const DISTRIBUTIONS: &[(&str, &str)] =
    &[("alpine", "Alpine"), ("debian", "Debian"), ("ubuntu", "Ubuntu")];

fn recognises(outline: &Outline<'_>) -> bool {
    let is_distribution = |key: &String| DISTRIBUTIONS.iter().any(|(name, _)| key == name);
    outline.form == Form::JsonObject
        && outline.keys.iter().any(is_distribution)
        && outline.beginning.contains("\"distroversion\"")
        && outline.beginning.contains("\"cves\"")
}

#[derive(Deserialize)]
struct Release<'a> {
    distroversion: String,
    #[serde(borrow)]
    packages: List<&'a RawValue>,
}

#[derive(Deserialize)]
struct Package {
    pkg: Flaws,
}

#[derive(Deserialize)]
struct Flaws {
    name: String,
    cves: BTreeMap<String, Flaw>,
}

#[derive(Deserialize)]
struct Flaw {
    /// `<2.19.5-r00071`, `>1.0 <2.0`.
    vulnerable_ranges: Vec<String>,
    severity: Option<String>,
}

fn import(document: &Document<'_>, import: &mut Import<'_>) -> Result<(), NotOfThisFeed> {
    let distributions: BTreeMap<String, List<&RawValue>> =
        serde_json::from_slice(document.bytes).map_err(|_| NotOfThisFeed)?;
    for (distribution, releases) in distributions {
        let known = DISTRIBUTIONS.iter().find(|(name, _)| *name == distribution);
        let name = known.map_or(distribution.as_str(), |(_, ecosystem)| ecosystem);
        for raw in releases.0 {
            let release = element::<Release<'_>>(raw, "unreadable release", &mut import.tally);
            let Some(release) = release else { continue };
            let ecosystem = format!("{name}:{}", release.distroversion);
            for raw in release.packages.0 {
                let package = element(raw, "unreadable package", &mut import.tally);
                if let Some(Package { pkg }) = package {
                    import_package(pkg, &ecosystem, import);
                }
            }
        }
    }
    Ok(())
}

fn import_package(package: Flaws, release: &str, import: &mut Import<'_>) {
    for (id, flaw) in package.cves {
        let intervals = flaw.vulnerable_ranges.iter().map(|range| interval(range));
        let Some(intervals) = intervals.collect::<Option<Vec<_>>>().filter(|all| !all.is_empty())
        else {
            import.tally.reject("unknown range");
            continue;
        };
        let word = flaw.severity.and_then(|word| claims::word("root", &word));
        import.push(Advisory {
            feed: ROOTIO.id.to_owned(),
            id,
            affected: vec![Affected {
                family: FAMILY.to_owned(),
                release: release.to_owned(),
                package: package.name.clone(),
                intervals,
                severities: word.into_iter().collect(),
                ..Affected::default()
            }],
            ..Advisory::default()
        });
    }
}

/// The bounds of a range, all of which hold; `None` where one is of no known kind.
fn interval(range: &str) -> Option<Interval> {
    let mut interval = Interval::ALL;
    // A blank may follow the sign.
    let spaced = range.replace("< ", "<").replace("> ", ">").replace("= ", "=");
    let mut bounds = spaced.split([' ', ',']).filter(|bound| !bound.is_empty()).peekable();
    bounds.peek()?;
    for bound in bounds {
        let (sign, version) = bound.split_at(bound.rfind(['<', '>', '=']).map_or(0, |end| end + 1));
        if version.is_empty() {
            return None;
        }
        let version = version.to_owned();
        match sign {
            "<" => interval.end = RangeEnd::Fixed(version),
            "<=" => interval.end = RangeEnd::LastAffected(version),
            ">" => interval.start = RangeStart::After(version),
            ">=" => interval.start = RangeStart::From(version),
            _ => return None,
        }
    }
    Some(interval)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::BuildOptions;

    #[test]
    fn ranges_have_one_bound_or_two() {
        let of = |start, end| Some(Interval { start, end });
        let (after, from) = (RangeStart::After("1".into()), RangeStart::From("1".into()));
        for (range, expected) in [
            ("<2", Some(Interval::below("2"))),
            ("< 2", Some(Interval::below("2"))),
            (">1 <2", of(after.clone(), RangeEnd::Fixed("2".into()))),
            (">= 1, <= 2", of(from, RangeEnd::LastAffected("2".into()))),
            (">1", of(after, RangeEnd::Open)),
            ("2", None),
            ("<", None),
            ("=>2", None),
            ("", None),
        ] {
            assert_eq!(interval(range), expected, "{range}");
        }
    }

    #[test]
    fn what_is_said_of_rebuilt_packages_is_not_said_of_the_distributions() {
        let text = r#"{"debian": [{"distroversion": "12", "packages": [{"pkg": {"name": "mbedtls", "cves": {
            "CVE-2024-23775": {"vulnerable_ranges": ["<2.28.3-1.root.io.1"], "fixed_versions": [], "severity": "HIGH"},
            "CVE-2024-1": {"vulnerable_ranges": ["all"]}}}}, {}]}, 1]}"#;
        let document = Document { path: "cve_feed", bytes: text.as_bytes() };
        assert!(recognises(&Outline::of(&document)));
        let options = BuildOptions::default();
        let mut into = Import::new(&options);
        import(&document, &mut into).unwrap();
        let affected = &into.advisories[0].affected[0];
        assert_eq!((affected.family.as_str(), affected.release.as_str()), ("Root", "Debian:12"));
        assert_eq!(affected.severities[0].value, "high");
        assert_eq!(
            into.tally.rejected,
            [("unknown range", 1), ("unreadable package", 1), ("unreadable release", 1)].into()
        );
    }
}
