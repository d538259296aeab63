//! TuxCare's extended support of other distributions' releases (github.com/codenotary/vuln-list-tuxcare): one document for each flaw of
//! a package in a release. TuxCare builds the packages anew, so the records are of a family of its own. No document names the version
//! that fixed a flaw: one that was fixed cannot be judged, and is rejected.

use plimsoll_advisory::{Advisory, Affected, Interval, Status};
use serde::Deserialize;

use crate::feed::Feed;
use crate::formats::claims;
use crate::formats::flaw_ids::is_flaw_id;
use crate::formats::json::import_records;
use crate::import::Import;

pub(crate) static TUXCARE: Feed = Feed {
    id: "tuxcare",
    summary: "TuxCare's extended support: what is not fixed, and what is not affected",
    recognises: |outline| {
        outline.is_json() && outline.has(&["CVE", "OS name", "Project name", "Status"])
    },
    import: |document, import| import_records(document, import, import_record),
    spread: true,
    ..Feed::BASE
};

#[derive(Deserialize)]
struct Record {
    #[serde(rename = "CVE")]
    cve: String,
    /// `CentOS 8.4 ELS`.
    #[serde(rename = "OS name")]
    system: String,
    #[serde(rename = "Project name")]
    package: String,
    #[serde(rename = "Severity")]
    severity: Option<String>,
    #[serde(rename = "Status")]
    status: String,
    /// `2023-12-01 03:18:54.764565`.
    #[serde(rename = "Last updated")]
    updated: Option<String>,
}

fn import_record(record: Record, import: &mut Import<'_>) {
    if !is_flaw_id(&record.cve) {
        return import.tally.reject("no id");
    }
    let status = match record.status.as_str() {
        "Already Fixed" | "Not Vulnerable" => Status::NotAffected,
        "Ignored" => Status::WillNotFix,
        "Needs Triage" => Status::UnderInvestigation,
        "In Progress" | "In Testing" => Status::Affected,
        "Released" => return import.tally.reject("fixed in no named version"),
        _ => return import.tally.reject("unknown status"),
    };
    let is_affected = status != Status::NotAffected;
    let word = record.severity.and_then(|word| claims::word("tuxcare", &word));
    let day = record.updated.as_deref().and_then(|updated| updated.split(' ').next());
    import.push(Advisory {
        feed: TUXCARE.id.to_owned(),
        id: record.cve,
        modified: day.map(str::to_owned),
        affected: vec![Affected {
            family: "TuxCare".to_owned(),
            release: record.system,
            package: record.package,
            intervals: is_affected.then_some(Interval::ALL).into_iter().collect(),
            status,
            severities: word.into_iter().collect(),
            ..Affected::default()
        }],
        ..Advisory::default()
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Document, Outline};
    use crate::options::BuildOptions;

    #[test]
    fn a_fix_without_a_version_judges_nothing() {
        for (id, status, expected) in [
            ("CVE-2023-0056", "Ignored", Ok((Status::WillNotFix, 1))),
            ("CVE-2023-0056", "Needs Triage", Ok((Status::UnderInvestigation, 1))),
            ("CVE-2023-0056", "Not Vulnerable", Ok((Status::NotAffected, 0))),
            ("CVE-2023-0056", "Already Fixed", Ok((Status::NotAffected, 0))),
            ("CVE-2023-0056", "Released", Err("fixed in no named version")),
            ("CVE-2023-0056", "New", Err("unknown status")),
            ("", "Ignored", Err("no id")),
        ] {
            let text = format!(
                r#"{{"CVE": "{id}", "OS name": "CentOS 8.4 ELS", "Project name": "haproxy", "Version": "1.8.27-2",
                "Score": "6.5", "Severity": "MEDIUM", "Status": "{status}", "Last updated": "2023-12-01 03:18:54.76"}}"#
            );
            let document = Document { path: "x", bytes: text.as_bytes() };
            assert!((TUXCARE.recognises)(&Outline::of(&document)));
            let options = BuildOptions::default();
            let mut into = Import::new(&options);
            (TUXCARE.import)(&document, &mut into).unwrap();
            let reason = into.tally.rejected.keys().next().copied().unwrap_or_default();
            let said = into.advisories.pop().map(|mut one| one.affected.remove(0)).ok_or(reason);
            let said = said.inspect(|one| assert_eq!(one.release, "CentOS 8.4 ELS"));
            assert_eq!(said.map(|one| (one.status, one.intervals.len())), expected, "{status}");
        }
    }
}
