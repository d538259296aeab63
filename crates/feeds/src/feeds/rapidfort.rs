//! RapidFort's advisories (github.com/rapidfort/security-advisories): one document for each package of a distribution, with the flaws of
//! the versions that RapidFort's curated images have. Those mix packages of several distributions with RapidFort's own, so the records
//! are of a family of their own: `RapidFort`, with the distribution's name in the release.

use std::collections::BTreeMap;

use plimsoll_advisory::{Advisory, Affected, Interval, RangeEnd, RangeStart};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::document::{Document, Form};
use crate::feed::{Feed, Origin};
use crate::formats::claims;
use crate::formats::json::element;
use crate::import::{Import, NotOfThisFeed};

pub(crate) static RAPIDFORT: Feed = Feed {
    id: "rapidfort",
    summary: "RapidFort's advisories: flaws of the packages in its curated images",
    origins: &[Origin {
        url: "https://github.com/rapidfort/security-advisories/archive/refs/heads/main.tar.gz",
        file: "rapidfort.tar.gz",
        families: &[FAMILY],
        ..Origin::BASE
    }],
    recognises: |outline| {
        outline.form == Form::JsonObject && outline.has(&["package_name", "advisory"])
    },
    import,
    spread: true,
    ..Feed::BASE
};

const FAMILY: &str = "RapidFort";

/// The directories of distributions, and what advisories call these.
const DISTRIBUTIONS: &[(&str, &str)] =
    &[("alpine", "Alpine"), ("redhat", "Red Hat"), ("ubuntu", "Ubuntu")];

#[derive(Deserialize)]
struct Package<'a> {
    package_name: String,
    /// By release (`3.20`, `el9`, `22.04`), then by flaw.
    #[serde(borrow)]
    advisory: BTreeMap<String, BTreeMap<String, &'a RawValue>>,
}

#[derive(Deserialize)]
struct Flaw {
    cve_id: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    description: String,
    severity: Option<String>,
    events: Vec<Event>,
}

#[derive(Deserialize)]
struct Event {
    introduced: Option<String>,
    fixed: Option<String>,
}

fn import(document: &Document<'_>, import: &mut Import<'_>) -> Result<(), NotOfThisFeed> {
    let package: Package<'_> = serde_json::from_slice(document.bytes).map_err(|_| NotOfThisFeed)?;
    // The document does not say which distribution's releases it speaks of.
    let directory = |part| DISTRIBUTIONS.iter().find(|(name, _)| *name == part);
    let distribution = document.path.rsplit('/').find_map(directory).map(|(_, name)| *name);
    for (release, flaws) in package.advisory {
        let Some(distribution) = distribution.or_else(|| distribution_of(&release)) else {
            import.tally.reject("unknown distribution");
            continue;
        };
        for raw in flaws.into_values() {
            let Some(flaw) = element::<Flaw>(raw, "unreadable flaw", &mut import.tally) else {
                continue;
            };
            match advisory(flaw, &package.package_name, format!("{distribution}:{release}")) {
                Some(advisory) => import.push(advisory),
                None => import.tally.reject("no event"),
            }
        }
    }
    Ok(())
}

/// The distribution that a release can only be of.
fn distribution_of(release: &str) -> Option<&'static str> {
    let is_number = |text: &str| text.parse::<u8>().is_ok();
    match release.split_once('.') {
        Some(("3", minor)) if is_number(minor) => Some("Alpine"),
        Some((year, "04" | "10")) if is_number(year) => Some("Ubuntu"),
        None if release.strip_prefix("el").is_some_and(is_number) => Some("Red Hat"),
        _ => None,
    }
}

/// `None` where no version is named.
fn advisory(flaw: Flaw, package: &str, release: String) -> Option<Advisory> {
    let interval = |event: Event| {
        let introduced = event.introduced.unwrap_or_default();
        Interval {
            start: RangeStart::from_introduced(&introduced),
            end: event.fixed.map_or(RangeEnd::Open, RangeEnd::Fixed),
        }
    };
    let mut intervals: Vec<_> = flaw.events.into_iter().map(interval).collect();
    intervals.sort();
    intervals.dedup();
    let word = flaw.severity.and_then(|word| claims::word("rapidfort", &word));
    (!intervals.is_empty()).then(|| Advisory {
        feed: RAPIDFORT.id.to_owned(),
        id: flaw.cve_id,
        summary: flaw.title,
        details: flaw.description,
        affected: vec![Affected {
            family: FAMILY.to_owned(),
            release,
            package: package.to_owned(),
            intervals,
            severities: word.into_iter().collect(),
            ..Affected::default()
        }],
        ..Advisory::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::BuildOptions;

    #[test]
    fn the_directory_names_the_distribution_and_else_the_release() {
        let of = |path: &str, release: &str| {
            let text = format!(
                r#"{{"package_name": "zlib", "advisory": {{"{release}": {{
                "CVE-1": {{"cve_id": "CVE-2022-37434", "severity": "HIGH", "status": "fixed", "events": [
                {{"introduced": "1-r1", "fixed": "2-r0"}}, {{"introduced": "1-r1", "fixed": "2-r0"}}, {{"introduced": "3-r0"}}]}},
                "CVE-2": {{"cve_id": "CVE-2", "events": []}}, "CVE-3": {{}}}}}}}}"#
            );
            let options = BuildOptions::default();
            let mut into = Import::new(&options);
            import(&Document { path, bytes: text.as_bytes() }, &mut into).unwrap();
            let reasons: Vec<_> = into.tally.rejected.keys().copied().collect();
            into.advisories.pop().map(|mut one| one.affected.remove(0)).ok_or(reasons)
        };
        for (path, release, expected) in [
            ("x/OS/redhat/zlib_advisory.json", "9", "Red Hat:9"),
            ("zlib_advisory.json", "3.20", "Alpine:3.20"),
            ("zlib_advisory.json", "22.04", "Ubuntu:22.04"),
            ("zlib_advisory.json", "el9", "Red Hat:el9"),
        ] {
            let affected = of(path, release).unwrap();
            assert_eq!(affected.release, expected, "{path}");
            let open = Interval { start: RangeStart::From("3-r0".into()), end: RangeEnd::Open };
            let fixed = Interval {
                start: RangeStart::From("1-r1".into()),
                end: RangeEnd::Fixed("2-r0".into()),
            };
            assert_eq!(affected.intervals, [fixed, open]);
            assert_eq!(affected.severities[0].value, "high");
        }
        assert_eq!(of("zlib_advisory.json", "rolling"), Err(vec!["unknown distribution"]));
    }

    #[test]
    fn one_flaw_costs_no_other() {
        let text = r#"{"package_name": "zlib", "advisory": {"el9": {"CVE-1": {"cve_id": "CVE-1", "events": [{}]},
            "CVE-2": {"cve_id": "CVE-2", "events": []}, "CVE-3": {}}}}"#;
        let options = BuildOptions::default();
        let mut into = Import::new(&options);
        import(&Document { path: "x", bytes: text.as_bytes() }, &mut into).unwrap();
        assert_eq!(into.advisories[0].affected[0].intervals, [Interval::ALL]);
        assert_eq!(into.tally.rejected, [("no event", 1), ("unreadable flaw", 1)].into());
    }
}
