//! Debian's security tracker as it is given out (security-tracker.debian.org/tracker/data/json): of each source package the flaws, and
//! of each flaw how it stands in each release. A record is put together of what is said of one flaw's packages.

use std::collections::BTreeMap;

use plimsoll_advisory::{Advisory, Affected, Status};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::complete::{Complete, Releases};
use crate::document::{Document, Form, Outline};
use crate::feed::{Feed, Origin};
use crate::formats::debian::{FAMILY, Said, affected, release, urgency};
use crate::formats::json::{Text, record_of, text};
use crate::import::{Import, NotOfThisFeed};

pub(crate) static DEBIAN_TRACKER: Feed = Feed {
    id: "debian-tracker",
    version: 1,
    summary: "Debian's security tracker: how each flaw stands in each source package and release",
    origins: &[Origin {
        url: "https://security-tracker.debian.org/tracker/data/json",
        file: "debian-tracker/data.json",
        families: &[FAMILY],
        ..Origin::BASE
    }],
    recognises,
    import,
    // A copy may have a file for each package.
    spread: true,
    complete: &[Complete {
        names: &["debian-tracker", "debian-security-tracker"],
        family: FAMILY,
        releases: Releases::These(&["11", "12", "13", "sid"]),
    }],
    ..Feed::BASE
};

/// `{"package": {"CVE-2024-1": {… "releases": {"bookworm": {… "urgency"`: its keys are names.
fn recognises(outline: &Outline<'_>) -> bool {
    // Of a package of which nothing is known, none stands there.
    let parts: Vec<&str> = outline.beginning.split('"').take(PARTS).collect();
    let opens =
        |between: &str| between.bytes().filter(|byte| !byte.is_ascii_whitespace()).eq(*b":{");
    let has_flaw = parts.windows(3).any(|parts| match parts {
        [between, id, after] => opens(between) && is_flaw(id) && opens(after),
        _ => false,
    });
    outline.form == Form::JsonObject
        && has_flaw
        && ["\"releases\"", "\"urgency\""].iter().all(|key| outline.beginning.contains(key))
}

/// Parts between quotation marks in which a flaw stands, unless there is none.
const PARTS: usize = 256;

/// A CVE, or what the tracker calls a flaw until it has one.
fn is_flaw(id: &str) -> bool {
    id.starts_with("CVE-") || id.starts_with("TEMP-")
}

type Packages<'a> = BTreeMap<Text<'a>, &'a RawValue>;
/// Of one package, by id.
type Flaws<'a> = BTreeMap<Text<'a>, &'a RawValue>;

#[derive(Deserialize)]
struct Flaw<'a> {
    #[serde(borrow)]
    releases: BTreeMap<Text<'a>, Standing<'a>>,
    #[serde(borrow)]
    description: Option<Text<'a>>,
    debianbug: Option<u64>,
}

#[derive(Deserialize)]
struct Standing<'a> {
    /// `open`, `resolved` or `undetermined`.
    #[serde(borrow)]
    status: Text<'a>,
    #[serde(borrow)]
    urgency: Option<Text<'a>>,
    #[serde(borrow)]
    fixed_version: Option<Text<'a>>,
    /// Why no advisory is made of it, in the team's words, and in one: `ignored`, `postponed`, or nothing.
    #[serde(borrow)]
    nodsa: Option<Text<'a>>,
    #[serde(borrow)]
    nodsa_reason: Option<Text<'a>>,
}

fn import(document: &Document<'_>, import: &mut Import<'_>) -> Result<(), NotOfThisFeed> {
    let stated =
        serde_json::from_slice::<Packages<'_>>(document.bytes).map_err(|_| NotOfThisFeed)?;
    let mut unusable = 0;
    let mut packages: BTreeMap<Text<'_>, Flaws<'_>> = BTreeMap::new();
    for (package, raw) in stated {
        match serde_json::from_str(raw.get()) {
            Ok(flaws) => {
                packages.insert(package, flaws);
            }
            Err(_) => unusable += 1,
        }
    }
    let ids = packages.values().flat_map(BTreeMap::keys);
    if !ids.clone().any(|id| is_flaw(id.as_str())) {
        return Err(NotOfThisFeed);
    }
    import.tally.reject_many("a package without a list of flaws", unusable);
    let mut records: BTreeMap<&str, Advisory> = BTreeMap::new();
    for (package, flaws) in &packages {
        for (id, raw) in flaws {
            let Some(flaw) = record_of::<Flaw<'_>>(raw, &mut import.tally) else { continue };
            add(records.entry(id.as_str()).or_default(), package.as_str(), &flaw, import);
        }
    }
    for (id, mut record) in records {
        // Packages may share a bug.
        record.references.sort();
        record.references.dedup();
        import.push(Advisory { feed: DEBIAN_TRACKER.id.to_owned(), id: id.to_owned(), ..record });
    }
    Ok(())
}

/// Adds what is said of a flaw in one package.
fn add(record: &mut Advisory, package: &str, flaw: &Flaw<'_>, import: &mut Import<'_>) {
    let owned = |part: &Option<Text<'_>>| text(part.as_ref()).to_owned();
    if record.details.is_empty() {
        record.details = owned(&flaw.description);
    }
    let bug = flaw.debianbug.map(|number| format!("https://bugs.debian.org/{number}"));
    record.references.extend(bug);
    for (codename, standing) in &flaw.releases {
        let Some(release) = release(codename.as_str(), &mut import.tally) else { continue };
        match standing.said() {
            Ok(said) => record.affected.push(Affected {
                severities: urgency(&owned(&standing.urgency)).into_iter().collect(),
                ..affected(package, release, said)
            }),
            Err(reason) => import.tally.reject(reason),
        }
    }
}

impl Standing<'_> {
    fn said(&self) -> Result<Said<'_>, &'static str> {
        let fixed = self.fixed_version.as_ref().map(Text::as_str).filter(|fixed| !fixed.is_empty());
        let urgency = self.urgency.as_ref().map(Text::as_str);
        let reason = self.nodsa_reason.as_ref().or(self.nodsa.as_ref()).map(Text::as_str);
        Ok(match (self.status.as_str(), fixed) {
            ("resolved", Some(fixed)) => Said::FixedIn(fixed),
            ("resolved", None) => return Err("fix without a version"),
            ("undetermined", _) => Said::Status(Status::UnderInvestigation),
            // Fixed in a version that the release does not have yet.
            ("open", Some(fixed)) if fixed != "0" => Said::FixedIn(fixed),
            ("open", _) => Said::Status(match (urgency, reason) {
                (Some("end-of-life"), _) => Status::EndOfLife,
                (_, Some("ignored")) => Status::WillNotFix,
                (_, Some(_)) => Status::Deferred,
                (_, None) => Status::Affected,
            }),
            _ => return Err("unknown state"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feeds::recognise;
    use crate::options::BuildOptions;
    use crate::tally::Tally;

    fn imported(document: &str) -> (Vec<Advisory>, Tally) {
        let options = BuildOptions::default();
        let mut into = Import::new(&options);
        let document = Document { path: "data.json", bytes: document.as_bytes() };
        assert_eq!(recognise(&Outline::of(&document)).map(|feed| feed.id), Some(DEBIAN_TRACKER.id));
        import(&document, &mut into).unwrap();
        (into.advisories, into.tally)
    }

    fn flaw(releases: &str) -> String {
        format!(
            r#"{{"description": "A flaw", "debianbug": 7, "scope": "local", "releases": {{{releases}}}}}"#
        )
    }

    #[test]
    fn a_record_is_of_one_flaw_in_all_packages() {
        let standing = |codename: &str, rest: &str| {
            format!(r#""{codename}": {{"repositories": {{"{codename}": "1.0-1"}}, {rest}}}"#)
        };
        let releases = [
            standing(
                "sid",
                r#""status": "resolved", "fixed_version": "0", "urgency": "unimportant""#,
            ),
            standing(
                "trixie",
                r#""status": "resolved", "fixed_version": "1.2-1", "urgency": "high**""#,
            ),
            standing(
                "bookworm",
                r#""status": "open", "urgency": "not yet assigned", "nodsa": "Minor issue", "nodsa_reason": "ignored""#,
            ),
            standing(
                "bullseye",
                r#""status": "open", "urgency": "low", "nodsa": "Minor issue", "nodsa_reason": """#,
            ),
            standing("buster", r#""status": "open", "urgency": "end-of-life""#),
            standing("stretch", r#""status": "undetermined", "urgency": "not yet assigned""#),
            standing("tomorrow", r#""status": "open", "urgency": "low""#),
        ];
        let other = standing("bookworm", r#""status": "open", "urgency": "not yet assigned""#);
        let document = format!(
            r#"{{"bash": {{"CVE-2024-1": {}}}, "dash": {{"CVE-2024-1": {}, "CVE-2024-2": 5}}}}"#,
            flaw(&releases.join(", ")),
            flaw(&other)
        );
        let (advisories, tally) = imported(&document);
        assert_eq!(advisories.len(), 1);
        assert_eq!(advisories[0].references, ["https://bugs.debian.org/7"]);
        let said: Vec<_> = advisories[0]
            .affected
            .iter()
            .map(|one| {
                let word = one.severities.first().map_or("", |claim| claim.value.as_str());
                (one.package.as_str(), one.release.as_str(), one.status, one.intervals.len(), word)
            })
            .collect();
        assert_eq!(
            said,
            [
                ("bash", "12", Status::WillNotFix, 1, ""),
                ("bash", "11", Status::Deferred, 1, "low"),
                ("bash", "10", Status::EndOfLife, 1, ""),
                ("bash", "sid", Status::NotAffected, 0, "unimportant"),
                ("bash", "9", Status::UnderInvestigation, 1, ""),
                ("bash", "13", Status::Affected, 1, "high"),
                ("dash", "12", Status::Affected, 1, ""),
            ]
        );
        let rejected = [("not a record of its feed", 1), ("release without a known number", 1)];
        assert_eq!(tally.rejected, rejected.into());
    }

    #[test]
    fn documents_of_names_alone_are_not_taken_for_the_tracker() {
        for document in [
            r#"{"a": {"CVE-2024-1": {"urgency": "low"}}}"#,
            r#"{"a": {"b": {"releases": {}, "urgency": "low"}}}"#,
            r#"{"id": "CVE-2024-1", "releases": {}, "urgency": "low"}"#,
            r#"["a", {"CVE-2024-1": "releases", "urgency": "low"}]"#,
        ] {
            let outline = Outline::of(&Document { path: "x", bytes: document.as_bytes() });
            assert!(!recognises(&outline), "{document}");
        }
    }

    #[test]
    fn a_first_package_that_is_none_costs_only_itself() {
        let flaw = r#"{"releases": {"bookworm": {"status": "open", "urgency": "high"}}}"#;
        for bad in [r#""a": {}"#, r#""a": null"#, r#""a": {"x": {}}"#] {
            let text = format!(r#"{{{bad}, "bash": {{"CVE-2024-1": {flaw}}}}}"#);
            let document = Document { path: "data.json", bytes: text.as_bytes() };
            assert!(recognises(&Outline::of(&document)), "{bad}");
            let options = BuildOptions::default();
            let mut into = Import::new(&options);
            import(&document, &mut into).unwrap();
            assert_eq!(into.advisories.len(), 1, "{bad}");
        }
        // A document by flaw is another's.
        let text = format!(r#"{{"CVE-2024-1": {flaw}}}"#);
        assert!(!recognises(&Outline::of(&Document { path: "x", bytes: text.as_bytes() })));
    }
}
