//! Arch Linux's security tracker (security.archlinux.org): groups of flaws that one release of a package fixes (AVG), all in one
//! document or one in each. Packages are the binary ones.

use plimsoll_advisory::{Advisory, Affected, Interval, Status};
use serde::Deserialize;

use crate::complete::{Complete, Releases};
use crate::document::Outline;
use crate::feed::{Feed, Origin};
use crate::formats::claims;
use crate::formats::json::import_records;
use crate::import::Import;

pub(crate) static ARCH: Feed = Feed {
    id: "arch",
    summary: "Arch Linux's security tracker: groups of flaws, with the version that fixes them",
    origins: &[Origin {
        url: "https://security.archlinux.org/all.json",
        file: "arch/all.json",
        families: &[FAMILY],
        ..Origin::BASE
    }],
    recognises,
    import: |document, import| import_records(document, import, group),
    complete: &[Complete {
        names: &["arch", "arch-avg"],
        family: FAMILY,
        releases: Releases::These(&[""]),
    }],
    ..Feed::BASE
};

const FAMILY: &str = "Arch Linux";

fn recognises(outline: &Outline<'_>) -> bool {
    outline.is_json() && outline.has(&["name", "packages", "status", "affected", "fixed", "issues"])
}

#[derive(Deserialize)]
struct Group {
    /// `AVG-1`.
    name: String,
    packages: Vec<String>,
    status: String,
    severity: Option<String>,
    /// `arbitrary code execution`.
    #[serde(rename = "type")]
    kind: Option<String>,
    fixed: Option<String>,
    /// The CVEs.
    issues: Vec<String>,
    /// What was published about the group, such as `ASA-201611-12`.
    advisories: Option<Vec<String>>,
}

fn group(group: Group, import: &mut Import<'_>) {
    let fixed = group.fixed.filter(|fixed| !fixed.is_empty());
    let interval = || fixed.clone().map_or(Interval::ALL, Interval::below);
    let (status, intervals) = match group.status.as_str() {
        // Fixed in a repository that comes before the others is fixed all the same.
        "Fixed" | "Testing" | "Vulnerable" => (Status::Affected, vec![interval()]),
        "Not affected" => (Status::NotAffected, Vec::new()),
        "Unknown" => (Status::UnderInvestigation, vec![interval()]),
        _ => return import.tally.reject("unknown status"),
    };
    if group.packages.is_empty() {
        return import.tally.reject("no package at all");
    }
    let entry = |package| Affected {
        family: FAMILY.to_owned(),
        package,
        intervals: intervals.clone(),
        status,
        ..Affected::default()
    };
    let word = group.severity.and_then(|word| claims::stated_word("arch", &word));
    let pages = std::iter::once(&group.name).chain(group.advisories.iter().flatten());
    import.push(Advisory {
        feed: ARCH.id.to_owned(),
        references: pages.map(|name| format!("https://security.archlinux.org/{name}")).collect(),
        id: group.name.clone(),
        upstream: group.issues,
        summary: group.kind.filter(|kind| kind != "unknown").unwrap_or_default(),
        severities: word.into_iter().collect(),
        affected: group.packages.into_iter().map(entry).collect(),
        ..Advisory::default()
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;
    use crate::options::BuildOptions;

    fn imported(document: &str) -> (Vec<Advisory>, crate::tally::Tally) {
        let options = BuildOptions::default();
        let mut into = Import::new(&options);
        let document = Document { path: "x", bytes: document.as_bytes() };
        assert!(recognises(&Outline::of(&document)));
        (ARCH.import)(&document, &mut into).unwrap();
        (into.advisories, into.tally)
    }

    fn document(status: &str, fixed: &str) -> String {
        format!(
            r#"{{"name": "AVG-1", "packages": ["glibc", "lib32-glibc"], "status": "{status}", "severity": "High",
            "type": "arbitrary code execution", "affected": "2.38-1", "fixed": {fixed}, "ticket": null,
            "issues": ["CVE-2023-4911"], "advisories": ["ASA-202310-01"]}}"#
        )
    }

    #[test]
    fn a_first_record_that_is_none_costs_only_itself() {
        let whole = document("Fixed", "\"2.38-2\"");
        for bad in ["null", "{}", r#"{"name": "AVG-2"}"#] {
            let (advisories, tally) = imported(&format!("[{bad}, {whole}, {whole}]"));
            assert_eq!((advisories.len(), tally.rejected.values().sum::<u64>()), (2, 1), "{bad}");
        }
    }

    #[test]
    fn each_status_is_its_own() {
        let below = || vec![Interval::below("2.38-2")];
        for (status, fixed, expected, intervals) in [
            ("Fixed", r#""2.38-2""#, Status::Affected, below()),
            ("Testing", r#""2.38-2""#, Status::Affected, below()),
            ("Vulnerable", "null", Status::Affected, vec![Interval::ALL]),
            ("Unknown", "null", Status::UnderInvestigation, vec![Interval::ALL]),
            ("Not affected", r#""2.38-2""#, Status::NotAffected, vec![]),
        ] {
            let (advisories, _) = imported(&document(status, fixed));
            let [advisory] = advisories.as_slice() else { panic!("{advisories:?}") };
            let affected = &advisory.affected[1];
            assert_eq!(affected.package, "lib32-glibc");
            assert_eq!((affected.status, &affected.intervals), (expected, &intervals), "{status}");
        }
    }

    #[test]
    fn a_group_is_an_erratum_of_its_flaws() {
        let text = format!("[{}, {{}}, {}]", document("Fixed", r#""2""#), document("Odd", "null"));
        let (advisories, tally) = imported(&text);
        let advisory = &advisories[0];
        assert_eq!((advisory.aliases.len(), advisory.upstream[0].as_str()), (0, "CVE-2023-4911"));
        assert_eq!(advisory.severities[0].value, "high");
        assert_eq!(advisory.references[1], "https://security.archlinux.org/ASA-202310-01");
        assert_eq!(tally.rejected, [("not a record of its feed", 1), ("unknown status", 1)].into());
    }
}
