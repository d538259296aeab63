use plimsoll_advisory::{Affected, Interval, RangeEnd, Status};

use super::*;
use crate::complete::declared;
use crate::document::Outline;
use crate::feeds::recognise;
use crate::options::BuildOptions;
use crate::tally::Tally;

fn imported(document: &str) -> (Vec<Advisory>, Tally) {
    let options = BuildOptions::default();
    let mut into = Import::new(&options);
    let document = Document { path: "active/CVE-2024-1", bytes: document.as_bytes() };
    let feed = recognise(&Outline::of(&document)).map(|feed| feed.id);
    assert_eq!(feed, Some(UBUNTU_CVE_TRACKER.id));
    import(&document, &mut into).unwrap();
    (into.advisories, into.tally)
}

/// Release, package, status and end of each entry.
fn said(affected: &[Affected]) -> Vec<String> {
    let line = |one: &Affected| {
        let end = match one.intervals.first().map(|interval| &interval.end) {
            None => "none",
            Some(RangeEnd::Open) => "all",
            Some(RangeEnd::Fixed(version) | RangeEnd::LastAffected(version)) => version,
        };
        format!("{} {} {:?} {end}", one.release, one.package, one.status)
    };
    affected.iter().map(line).collect()
}

const TEXT: &str = "\
PublicDateAtUSN: 2020-03-12
Candidate: CVE-2024-1
PublicDate: 2024-03-12 21:15:00 UTC
References:
 https://example.com/one
 https://example.com/two
Description:
 A flaw: that
 is described.

 In two parts.
Ubuntu-Description:
Notes:
 somebody> see jammy_openssl: not here
Priority: high
 It is remote.
Priority_openssl: low
Priority_openssl_jammy: medium
Tags: some-tag
CVSS:
 nvd: CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H [9.8 CRITICAL]

#jammy_PKG:
Patches_openssl:
 upstream: https://example.com/patch
Tags_openssl: universe-binary
upstream_openssl: released (3.2.1, 3.0.13)
trusty_openssl: DNE
trusty/esm_openssl:needed
xenial_openssl: ignored (end of standard support, was needed)
esm-infra/xenial_openssl: released (1.0.2g-1ubuntu4.20+esm9)
jammy_openssl: released (3.0.2-0ubuntu1.12)
noble_openssl: needs-triage
tomorrow_openssl: needed
devel_openssl: needed
noble_edk2: ignored (not built)
mantic_edk2: released
mantic_nodejs:
";

#[test]
fn the_trackers_text_is_read() {
    let (advisories, tally) = imported(TEXT);
    let advisory = &advisories[0];
    assert_eq!(advisory.id, "CVE-2024-1");
    assert_eq!(advisory.details, "A flaw: that\nis described.\nIn two parts.");
    assert_eq!(advisory.published.as_deref(), Some("2024-03-12T21:15:00Z"));
    assert_eq!(advisory.references.len(), 2);
    let claims: Vec<_> = advisory.severities.iter().map(|claim| claim.source.as_str()).collect();
    assert_eq!(claims, ["nvd", "ubuntu"]);
    assert_eq!(advisory.severities[0].value, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H");
    assert_eq!(
        said(&advisory.affected),
        [
            "24.04:LTS edk2 WillNotFix all",
            "22.04:LTS openssl Affected 3.0.2-0ubuntu1.12",
            "24.04:LTS openssl Affected all",
            "14.04:LTS openssl EndOfLife all",
            "Pro:14.04:LTS openssl Affected all",
            "16.04:LTS openssl EndOfLife 1.0.2g-1ubuntu4.20+esm9~",
            "Pro:16.04:LTS openssl Affected 1.0.2g-1ubuntu4.20+esm9",
        ]
    );
    let words: Vec<_> = advisory.affected.iter().flat_map(|one| &one.severities).collect();
    let words: Vec<_> = words.iter().map(|claim| claim.value.as_str()).collect();
    assert_eq!(words, ["medium", "low", "low", "low", "low", "low"]);
    let rejected = [("fix without a version", 1), ("release without a known number", 1)];
    assert_eq!(tally.rejected, rejected.into());
    let ignored = [("no state", 1), ("not in that release", 1), ("of no published release", 2)];
    assert_eq!(tally.ignored, ignored.into());
}

#[test]
fn the_structured_copy_says_the_same_as_the_text() {
    let copy = r#"{"candidate": "CVE-2024-1", "description": "A \"flaw\"", "priority": "untriaged",
        "cvss": {"nvd": " CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H [9.8 CRITICAL]"}, "references": null,
        "public_date": "2024-03-12 21:15:00 UTC", "notes": {"somebody": ["see below"]}, "packages": {
        "xenial": {"openssl": {"name": "openssl", "status": "ignored", "note": "end of standard support"}},
        "esm-infra/xenial": {"openssl": {"name": "openssl", "status": "not-affected", "note": "code not present"}},
        "jammy": {"openssl": {"name": "openssl", "status": "pending", "note": "3.0.2-0ubuntu1.12", "priority": "low"},
            "edk2": {"name": "edk2", "status": "DNE"}}}}"#;
    let (advisories, tally) = imported(copy);
    let advisory = &advisories[0];
    assert_eq!(advisory.details, "A \"flaw\"");
    assert_eq!(advisory.severities.len(), 1, "untriaged is no severity");
    assert_eq!(
        said(&advisory.affected),
        [
            "22.04:LTS openssl Affected 3.0.2-0ubuntu1.12",
            "16.04:LTS openssl NotAffected none",
            "Pro:16.04:LTS openssl NotAffected none",
        ]
    );
    assert_eq!(advisory.affected[0].severities[0].value, "low");
    assert_eq!((tally.records, tally.rejected.len()), (1, 0));
}

#[test]
fn the_security_api_names_pockets_apart() {
    let cve = r#"{"id": "CVE-2024-1", "published": "2024-03-12T21:15:00", "updated_at": "2024-04-02T19:59:15.332794+00:00",
        "description": "\nA flaw", "priority": "medium", "notices_ids": [], "references": ["https://example.com"],
        "impact": {"baseMetricV3": {"cvssV3": {"vectorString": "CVSS:3.1/AV:L"}}}, "packages": [{"name": "openssl", "statuses": [
            {"release_codename": "jammy", "pocket": "security", "status": "released", "description": "3.0.2-0ubuntu1.12"},
            {"release_codename": "xenial", "pocket": "esm-infra", "status": "needed", "description": ""},
            {"release_codename": "upstream", "pocket": "security", "status": "released", "description": "3.2"}]}]}"#;
    let page = format!(r#"{{"cves": [{{"id": "CVE-2024-2"}}, {cve}], "total_results": 2}}"#);
    for (document, rejected) in [(cve, 0), (page.as_str(), 1)] {
        let (advisories, tally) = imported(document);
        assert_eq!(tally.rejected.values().sum::<u64>(), rejected);
        let advisory = &advisories[0];
        assert_eq!((advisory.id.as_str(), advisory.details.as_str()), ("CVE-2024-1", "A flaw"));
        assert_eq!(advisory.modified.as_deref(), Some("2024-04-02T19:59:15+00:00"));
        assert_eq!(advisory.severities.len(), 2);
        assert_eq!(
            said(&advisory.affected),
            [
                "22.04:LTS openssl Affected 3.0.2-0ubuntu1.12",
                "16.04:LTS openssl EndOfLife all",
                "Pro:16.04:LTS openssl Affected all",
            ]
        );
    }
}

#[test]
fn the_tracker_is_complete_for_long_term_releases() {
    let seen = ["22.04:LTS", "Pro:22.04:LTS", "23.10", "Pro:FIPS:20.04:LTS"]
        .map(|release| (FAMILY.to_owned(), release.to_owned()));
    let tally = Tally { seen: seen.into(), ..Tally::default() };
    let options = BuildOptions::default();
    for (input, expected) in [
        ("distro/ubuntu-cve-tracker-json.tar.zst", &["22.04:LTS", "Pro:22.04:LTS"][..]),
        ("ubuntu-cve-tracker", &["22.04:LTS", "Pro:22.04:LTS"]),
        ("ubuntu-cve-tracker-sample.tar.zst", &[]),
    ] {
        let complete = declared(&UBUNTU_CVE_TRACKER, input, &tally.clone().into(), &options);
        let releases: Vec<_> = complete.iter().map(|one| one.release.as_str()).collect();
        assert_eq!(releases, expected, "{input}");
    }
}

#[test]
fn a_new_file_that_names_no_cve_yet_is_no_reject() {
    let (advisories, tally) = imported("Candidate:\nPublicDate:\n#jammy_PKG:\n");
    assert!(advisories.is_empty() && tally.rejected.is_empty());
    assert_eq!(tally.ignored, [("file without a CVE", 1)].into());
}

#[test]
fn a_tracker_of_other_releases_is_not_ubuntus() {
    for (line, is_own) in [
        ("jammy_openssl: needed", true),
        ("upstream_openssl: released (3.2.1)", true),
        ("esm-infra/xenial_openssl: needed", true),
        ("#jammy_PKG:", true),
        ("10.24.33.1_go: pending", false),
        ("Patches_go:\n upstream: https://example.com/a_b:", false),
        ("jammy_openssl", false),
    ] {
        let text = format!("Candidate: CVE-2025-1\nPublicDate: 2025-03-12\n{line}\n");
        let document = Document { path: "active/CVE-2025-1", bytes: text.as_bytes() };
        assert_eq!((UBUNTU_CVE_TRACKER.recognises)(&Outline::of(&document)), is_own, "{line}");
    }
}

#[test]
fn every_version_is_affected_until_one_is_named() {
    let (advisories, _) = imported("Candidate: CVE-1\nPublicDate: unknown\njammy_x: needed\n");
    assert_eq!(advisories[0].affected[0].intervals, [Interval::ALL]);
    assert_eq!(
        (advisories[0].affected[0].status, &advisories[0].published),
        (Status::Affected, &None)
    );
}
