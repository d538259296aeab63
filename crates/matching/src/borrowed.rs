//! How bad a flaw is where nothing that judges the image says so: by the score that records on the same flaw state for the same package in
//! other releases.
//!
//! Errata often state no severity, and of a release that is out of support nobody speaks any more but they. A CVSS score is of the flaw and
//! the same in every release; a vendor's word may be of one release only, and is not taken.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use plimsoll_advisory::{SeveritySystem, Snapshot, SnapshotError};
use plimsoll_core::Severity;

use crate::identity::Identity;
use crate::severity::best;
use crate::{Finding, FindingKind, Judged, MatchSubject};

/// A severity and whose score it is, by CVE.
type Scores<'s> = BTreeMap<&'s str, (Severity, &'s str)>;

/// Gives findings on system packages whose severity nobody states the worst that is stated for the same package elsewhere.
pub(crate) fn borrow(
    snapshot: &Snapshot,
    judged: &[Judged<'_>],
    findings: &mut [Finding],
) -> Result<(), SnapshotError> {
    let subjects: BTreeMap<usize, &MatchSubject> =
        judged.iter().map(|judged| (judged.package, judged.subject)).collect();
    let mut known: BTreeMap<(&str, &str), Scores<'_>> = BTreeMap::new();
    let is_unrated = |finding: &&mut Finding| {
        finding.kind == FindingKind::Vulnerability && finding.severity == Severity::Unknown
    };
    for finding in findings.iter_mut().filter(is_unrated) {
        for occurrence in &mut finding.occurrences {
            let Some(subject) = subjects.get(&occurrence.package) else { continue };
            if !subject.kind.is_system() {
                continue;
            }
            for (_, name, _) in subject.spellings() {
                let key = (subject.family.as_str(), name);
                let scores = match known.entry(key) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(place) => place.insert(scores(snapshot, key)?),
                };
                let Some(&(severity, source)) = scores.get(finding.id.as_str()) else { continue };
                occurrence.severity = occurrence.severity.max(severity);
                if severity > finding.severity {
                    finding.severity = severity;
                    finding.severity_source = Some(source.to_owned());
                }
            }
        }
    }
    Ok(())
}

/// The scores that records of one CVE state, of all that speak of a package in any release.
fn scores<'s>(
    snapshot: &'s Snapshot,
    (family, name): (&str, &str),
) -> Result<Scores<'s>, SnapshotError> {
    let mut records = BTreeSet::new();
    for entry in snapshot.lookup(family, name) {
        let entry = entry?;
        if !entry.withdrawn {
            records.insert(entry.record);
        }
    }
    let mut scores = Scores::new();
    for handle in records {
        let record = snapshot.record(handle)?;
        let identity = Identity::of(&record);
        if identity.is_bundle() {
            continue;
        }
        let stated = record.severities.iter().filter(|one| one.system != SeveritySystem::Word);
        if let (Some(cve), Some(rating)) = (identity.cves.first(), best(stated)) {
            let known = scores.entry(cve).or_insert(rating);
            if rating.0 > known.0 {
                *known = rating;
            }
        }
    }
    Ok(scores)
}

#[cfg(test)]
mod tests {
    use plimsoll_advisory::{Advisory, SeverityClaim};
    use plimsoll_core::PackageType::Deb;

    use super::*;
    use crate::testing::{advisory, affected, built_from, debian, findings, package, word};

    #[test]
    fn an_old_release_has_the_score_that_is_stated_for_newer_ones() {
        let libc = || built_from(package(Deb, "libc6", "2.28-1"), "glibc", "2.28-1");
        let dla = Advisory {
            upstream: vec!["CVE-2024-1".into()],
            ..advisory("DLA-1-1", vec![affected("Debian:10", "glibc", &[("0", "2.28-9")])])
        };
        let score = SeverityClaim {
            source: "nvd".into(),
            system: SeveritySystem::CvssV3,
            value: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H".into(),
        };
        let of = |id: &str, package: &str, severity: &SeverityClaim| Advisory {
            severities: vec![severity.clone()],
            ..advisory(id, vec![affected("Debian:12", package, &[("0", "3")])])
        };
        for (other, expected) in [
            (of("CVE-2024-1", "glibc", &score), (Severity::High, Some("nvd"))),
            (of("CVE-2024-2", "glibc", &score), (Severity::Unknown, None)),
            (of("CVE-2024-1", "musl", &score), (Severity::Unknown, None)),
            (of("CVE-2024-1", "glibc", &word("debian", "high")), (Severity::Unknown, None)),
        ] {
            let found = findings(&[libc()], Some(&debian("10")), &[dla.clone(), other]);
            assert_eq!(found.len(), 1);
            let finding = &found[0];
            assert_eq!((finding.severity, finding.severity_source.as_deref()), expected);
            assert_eq!(finding.occurrences[0].severity, expected.0);
            assert_eq!(
                finding.records.len(),
                1,
                "what does not judge the release is no source of it"
            );
        }
    }

    #[test]
    fn what_is_stated_for_the_release_is_not_replaced() {
        let mut own = affected("Debian:12", "glibc", &[("0", "")]);
        own.severities = vec![word("debian", "unimportant")];
        let score = SeverityClaim {
            source: "nvd".into(),
            system: SeveritySystem::CvssV3,
            value: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H".into(),
        };
        let record = Advisory { severities: vec![score], ..advisory("CVE-2024-1", vec![own]) };
        let libc = built_from(package(Deb, "libc6", "2.36-1"), "glibc", "2.36-1");
        let found = findings(&[libc], Some(&debian("12")), &[record]);
        assert_eq!(found[0].severity, Severity::Negligible);
    }
}
