//! Folds the records that affect an image's packages into vulnerabilities.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use plimsoll_advisory::{RecordHandle, Snapshot, SnapshotError};

use crate::borrowed::borrow;
use crate::claims::{Claim, Claims, Facts};
use crate::disagreement::{Denials, Overruled};
use crate::group::{GroupKey, group};
use crate::identity::Identity;
use crate::stream::OwnWord;
use crate::texts::{Untitled, titled};
use crate::{Finding, Judgement, MatchSubject, Verdict};

/// One package of the image, judged.
#[derive(Clone, Copy, Debug)]
pub struct Judged<'a> {
    /// Position in the list of packages.
    pub package: usize,
    pub subject: &'a MatchSubject,
    pub judgement: &'a Judgement<'a>,
}

/// What everything that is said of an image's packages comes to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Folded {
    /// The worst first, malware before vulnerabilities, then by id.
    pub findings: Vec<Finding>,
    /// What a nearer source denies. Sorted.
    pub overruled: Vec<Overruled>,
}

/// Folds everything that affects the packages into findings.
pub fn fold(snapshot: &Snapshot, judged: &[Judged<'_>]) -> Result<Folded, SnapshotError> {
    let facts = read_facts(snapshot, judged)?;
    let identities: Vec<&Identity<'_>> = facts.values().map(|facts| &facts.identity).collect();
    let keys = group(&identities);
    let keys_of: BTreeMap<RecordHandle, &Vec<GroupKey<'_>>> =
        facts.keys().copied().zip(&keys).collect();
    let mut groups: BTreeMap<GroupKey<'_>, Vec<Claim<'_>>> = BTreeMap::new();
    for judged in judged {
        for one in &judged.judgement.matches {
            let Verdict::Affected { fixed, status, severities } = &one.verdict else { continue };
            let Some(facts) = facts.get(&one.record) else { continue };
            let claim = Claim {
                package: judged.package,
                subject: judged.subject,
                facts,
                stream: one.stream,
                is_silenced: false,
                fixed: *fixed,
                status: *status,
                severities,
            };
            for key in keys_of.get(&one.record).into_iter().copied().flatten() {
                groups.entry(*key).or_default().push(claim);
            }
        }
    }
    let own_word = OwnWord::of(snapshot, judged)?;
    let denials = Denials::of(snapshot, judged, &own_word)?;
    let (mut untitled, mut overruled) = (Vec::with_capacity(groups.len()), Vec::new());
    for (key, mut claims) in groups {
        own_word.silence(key, &mut claims);
        overruled.extend(denials.overrule(key, &mut claims));
        if !claims.is_empty() {
            let claims = Claims::new(key, claims);
            let finding = claims.finding(snapshot, &denials)?;
            untitled.push(Untitled { finding, told_by: claims.told_by() });
        }
    }
    overruled.sort();
    let mut findings = titled(snapshot, untitled)?;
    borrow(snapshot, judged, &mut findings)?;
    findings.sort_by(|one, other| {
        let key = |finding: &Finding| (Reverse(finding.severity), Reverse(finding.kind));
        key(one).cmp(&key(other)).then_with(|| one.id.cmp(&other.id))
    });
    Ok(Folded { findings, overruled })
}

/// The facts of every record that affects a package, once each.
fn read_facts<'s>(
    snapshot: &'s Snapshot,
    judged: &[Judged<'_>],
) -> Result<BTreeMap<RecordHandle, Facts<'s>>, SnapshotError> {
    let handles: BTreeSet<RecordHandle> = judged
        .iter()
        .flat_map(|judged| judged.judgement.affected())
        .map(|one| one.record)
        .collect();
    let facts = |handle| {
        let record = snapshot.record(handle)?;
        let identity = Identity::within(snapshot, &record)?;
        Ok((handle, Facts { handle, record, identity }))
    };
    handles.into_iter().map(facts).collect()
}

#[cfg(test)]
mod tests {
    use plimsoll_advisory::{Advisory, SeverityClaim, SeveritySystem, Status};
    use plimsoll_core::PackageType::{Apk, Deb, Golang, Npm, Pypi, Rpm};
    use plimsoll_core::{Package, Severity};

    use crate::testing::{advisory, affected, built_from, debian, distro, findings, package, word};
    use crate::{Finding, FindingKind, Statement};

    fn lodash(version: &str) -> Package {
        package(Npm, "lodash", version)
    }

    fn language(id: &str, aliases: &[&str], fixed: &str) -> Advisory {
        Advisory {
            aliases: aliases.iter().map(|&alias| alias.to_owned()).collect(),
            ..advisory(id, vec![affected("npm", "lodash", &[("0", fixed)])])
        }
    }

    fn erratum(id: &str, related: &[&str], fixed: &str) -> Advisory {
        Advisory {
            related: related.iter().map(|&name| name.to_owned()).collect(),
            ..advisory(id, vec![affected("AlmaLinux:9", "openssl-libs", &[("0", fixed)])])
        }
    }

    fn ids(findings: &[Finding]) -> Vec<&str> {
        findings.iter().map(|finding| finding.id.as_str()).collect()
    }

    fn record_ids(finding: &Finding) -> Vec<&str> {
        finding.records.iter().map(|record| record.id.as_str()).collect()
    }

    #[test]
    fn a_fix_that_another_branch_or_record_still_affects_is_none() {
        // One record whose branches stand in two entries.
        let branches = advisory(
            "GO-2023-2185",
            vec![
                affected("Go", "stdlib", &[("0", "1.20.11"), ("1.21.0-0", "1.21.4")]),
                affected("Go", "stdlib", &[("1.20.11", "1.20.12"), ("1.21.4", "1.21.5")]),
            ],
        );
        let found = findings(&[package(Golang, "stdlib", "1.17.2")], None, &[branches]);
        assert_eq!(found[0].occurrences[0].fixed.as_deref(), Some("1.20.12"));
        // Two records of one flaw, of which the second holds the first's fix.
        let cve = |id: &str, intervals: &[(&str, &str)]| Advisory {
            aliases: vec!["CVE-2020-7940".into()],
            ..advisory(id, vec![affected("PyPI", "plone", intervals)])
        };
        let records = [
            cve("PYSEC-2020-89", &[("4.3", "5.2.1")]),
            cve(
                "GHSA-cw58-gpgw-hwx2",
                &[("4.3", "4.3.20"), ("5.0rc1", "5.1.7"), ("5.2.0", "5.2.2")],
            ),
        ];
        let found = findings(&[package(Pypi, "plone", "4.3.12")], None, &records);
        assert_eq!(found[0].occurrences[0].fixed.as_deref(), Some("5.2.2"));
    }

    #[test]
    fn records_of_one_cve_are_one_finding_with_every_source_kept() {
        let other_feed = Advisory {
            feed: "other".into(),
            ..language("GHSA-aaaa-bbbb-cccc", &["CVE-2021-23337"], "4.17.21")
        };
        let advisories = [
            language("GHSA-aaaa-bbbb-cccc", &["CVE-2021-23337", "SNYK-1"], "4.17.21"),
            other_feed,
            language("CVE-2021-23337", &[], "4.17.20"),
        ];
        let found = findings(&[lodash("4.17.0")], None, &advisories);
        assert_eq!(ids(&found), ["CVE-2021-23337"]);
        assert_eq!(found[0].aliases, ["GHSA-aaaa-bbbb-cccc", "SNYK-1"]);
        let sources: Vec<_> = found[0]
            .records
            .iter()
            .map(|record| (record.feed.as_str(), record.id.as_str()))
            .collect();
        let expected = [
            ("osv", "CVE-2021-23337"),
            ("osv", "GHSA-aaaa-bbbb-cccc"),
            ("other", "GHSA-aaaa-bbbb-cccc"),
        ];
        assert_eq!(sources, expected);
        let said =
            Statement { package: 0, fixed: Some("4.17.20".into()), status: Status::Affected };
        assert_eq!(found[0].records[0].statements, [said]);
        let fixed = found[0].occurrences[0].fixed.as_deref();
        assert_eq!(fixed, Some("4.17.21"), "below it one of the records still holds");
    }

    #[test]
    fn an_erratum_is_one_finding_for_each_cve_that_it_fixes() {
        let libs = package(Rpm, "openssl-libs", "1:3.0.7-1.el9");
        let advisories = [
            erratum("ALSA-2023:0946", &["CVE-2022-4203", "CVE-2023-0286"], "1:3.0.7-6.el9"),
            erratum("ALSA-2023:3722", &["CVE-2023-0286"], "1:3.0.7-16.el9"),
            erratum("ALBA-2023:1", &[], "1:3.0.7-2.el9"),
        ];
        let found = findings(&[libs], Some(&distro("AlmaLinux", "9")), &advisories);
        assert_eq!(ids(&found), ["ALBA-2023:1", "CVE-2022-4203", "CVE-2023-0286"]);
        assert_eq!(record_ids(&found[1]), ["ALSA-2023:0946"]);
        assert_eq!(record_ids(&found[2]), ["ALSA-2023:0946", "ALSA-2023:3722"]);
        assert_eq!(found[2].occurrences[0].fixed.as_deref(), Some("1:3.0.7-16.el9"));
        assert!(found.iter().all(|finding| finding.aliases.is_empty()), "an erratum is no name");
    }

    #[test]
    fn no_group_holds_two_cves() {
        let advisories = [
            language("GHSA-bundle", &["CVE-2024-1", "CVE-2024-2", "GHSA-one"], "4.17.21"),
            language("GHSA-one", &["CVE-2024-1"], "4.17.21"),
            language("GHSA-two", &["CVE-2024-2"], "4.17.21"),
        ];
        let found = findings(&[lodash("4.17.0")], None, &advisories);
        assert_eq!(ids(&found), ["CVE-2024-1", "CVE-2024-2"]);
        assert_eq!(record_ids(&found[0]), ["GHSA-bundle", "GHSA-one"]);
        assert_eq!(found[0].aliases, ["GHSA-one"]);
        assert_eq!(found[1].aliases, ["GHSA-two"]);
    }

    #[test]
    fn a_record_without_a_cve_stands_under_its_own_id() {
        let advisories = [
            language("GHSA-aaaa", &["SNYK-1"], "4.17.21"),
            language("SNYK-1", &["GHSA-aaaa"], "4.17.21"),
            language("XYZ-2", &[], "4.17.21"),
        ];
        let found = findings(&[lodash("4.17.0")], None, &advisories);
        assert_eq!(ids(&found), ["GHSA-aaaa", "XYZ-2"]);
        assert_eq!(found[0].aliases, ["SNYK-1"]);
    }

    #[test]
    fn a_distributions_two_names_of_one_flaw_are_one_finding() {
        let listed = |id: &str, fixed: &str| Advisory {
            feed: "alpine-secdb".into(),
            ..advisory(id, vec![affected("Wolfi", "apko", &[("0", fixed)])])
        };
        let github = Advisory {
            aliases: vec!["CVE-2024-29902".into()],
            ..advisory("GHSA-88jx-383q-w4qc", vec![affected("Go", "cosign", &[("0", "2.2.4")])])
        };
        let advisories = [
            listed("CVE-2024-29902", "0.14.0-r1"),
            listed("GHSA-88jx-383q-w4qc", "0.14.0-r2"),
            listed("GHSA-rq3x-83w4-p28c", "0.14.0-r1"),
            github,
        ];
        let apko = package(Apk, "apko", "0.13.0-r0");
        let found = findings(&[apko], Some(&distro("Wolfi", "")), &advisories);
        assert_eq!(ids(&found), ["CVE-2024-29902", "GHSA-rq3x-83w4-p28c"]);
        assert_eq!(found[0].aliases, ["GHSA-88jx-383q-w4qc"]);
        assert_eq!(record_ids(&found[0]), ["CVE-2024-29902", "GHSA-88jx-383q-w4qc"]);
        assert_eq!(found[0].occurrences[0].fixed.as_deref(), Some("0.14.0-r2"));
    }

    #[test]
    fn a_record_that_gains_its_cve_takes_its_old_id_along() {
        let before = [language("GHSA-aaaa", &[], "4.17.21")];
        let after = [language("GHSA-aaaa", &["CVE-2024-1"], "4.17.21")];
        let [before, after] =
            [&before, &after].map(|advisories| findings(&[lodash("1.0.0")], None, advisories));
        assert_eq!(ids(&after), ["CVE-2024-1"]);
        assert!(after[0].aliases.contains(&before[0].id), "by which user state is carried over");
    }

    #[test]
    fn a_mal_record_is_malware_and_no_vulnerability() {
        let advisories = [
            language("MAL-2024-1", &["GHSA-aaaa"], ""),
            language("GHSA-bbbb", &["CVE-2024-1"], "4.17.21"),
        ];
        let found = findings(&[lodash("4.17.0")], None, &advisories);
        assert_eq!(ids(&found), ["MAL-2024-1", "CVE-2024-1"]);
        assert_eq!(found[0].kind, FindingKind::Malware);
        assert_eq!(found[0].severity, Severity::Critical);
        assert_eq!(found[1].kind, FindingKind::Vulnerability);
    }

    #[test]
    fn debians_unimportant_belongs_to_cve_package_and_release() {
        let mut unimportant = affected("Debian:12", "glibc", &[("0", "")]);
        unimportant.severities = vec![word("debian", "unimportant")];
        let other_release = affected("Debian:11", "glibc", &[("0", "")]);
        let other_package = affected("Debian:12", "musl", &[("0", "")]);
        let critical = SeverityClaim {
            source: "nvd".into(),
            system: SeveritySystem::CvssV3,
            value: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H".into(),
        };
        let record = Advisory {
            severities: vec![critical],
            ..advisory("CVE-2019-1010022", vec![unimportant, other_release, other_package])
        };
        let packages = [
            built_from(package(Deb, "libc6", "2.36-9"), "glibc", "2.36-9"),
            built_from(package(Deb, "musl-dev", "1.2.3-1"), "musl", "1.2.3-1"),
        ];
        let severities = |release: &str, packages: &[Package]| {
            let found = findings(packages, Some(&debian(release)), std::slice::from_ref(&record));
            let occurrences = found[0].occurrences.iter().map(|occurrence| occurrence.severity);
            (found[0].severity, occurrences.collect::<Vec<_>>())
        };
        let (critical, negligible) = (Severity::Critical, Severity::Negligible);
        assert_eq!(severities("12", &packages[..1]), (negligible, vec![negligible]));
        assert_eq!(severities("11", &packages[..1]), (critical, vec![critical]));
        assert_eq!(severities("12", &packages), (critical, vec![negligible, critical]));
    }

    #[test]
    fn the_distributions_word_comes_first_and_for_a_language_githubs() {
        let rated = |id: &str, claim: SeverityClaim| Advisory {
            severities: vec![claim],
            ..language(id, &["CVE-2024-1"], "4.17.21")
        };
        let advisories = [
            rated("AAAA-1", word("somebody", "critical")),
            rated("GHSA-aaaa", word("github", "MODERATE")),
        ];
        let found = findings(&[lodash("4.17.0")], None, &advisories);
        let rating = (found[0].severity, found[0].severity_source.as_deref());
        assert_eq!(rating, (Severity::Medium, Some("github")));
        let found = findings(&[lodash("4.17.0")], None, &advisories[..1]);
        assert_eq!(found[0].severity, Severity::Critical, "else whoever says anything");
    }

    #[test]
    fn a_vendor_that_will_not_fix_is_believed_while_nobody_names_a_fix() {
        let entry = |status, fixed| {
            let mut entry = affected("AlmaLinux:9", "openssl-libs", &[("0", fixed)]);
            entry.status = status;
            entry
        };
        let libs = [package(Rpm, "openssl-libs", "1:3.0.7-1.el9")];
        let wont_fix = advisory("CVE-2024-1", vec![entry(Status::WillNotFix, "")]);
        let fix = erratum("ALSA-2024:1", &["CVE-2024-1"], "1:3.0.7-9.el9");
        let alma = distro("AlmaLinux", "9");
        let status = |advisories: &[Advisory]| {
            let found = findings(&libs, Some(&alma), advisories);
            let occurrence = found[0].occurrences[0].clone();
            (occurrence.status, occurrence.fixed)
        };
        assert_eq!(status(std::slice::from_ref(&wont_fix)), (Status::WillNotFix, None));
        let fixed = Some("1:3.0.7-9.el9".to_owned());
        assert_eq!(status(&[wont_fix, fix]), (Status::Affected, fixed));
    }

    #[test]
    fn the_title_is_the_flaws_and_not_the_errata() {
        let titled = |advisory: Advisory, summary: &str, details: &str| Advisory {
            summary: summary.into(),
            details: details.into(),
            references: vec![format!("https://example.com/{}", advisory.id)],
            ..advisory
        };
        let debian_record =
            |id: &str| advisory(id, vec![affected("Debian:12", "bash", &[("0", "")])]);
        let dsa = Advisory { related: vec!["CVE-2024-1".into()], ..debian_record("DSA-1-1") };
        let advisories = [
            titled(dsa, "bash - security update", ""),
            titled(debian_record("CVE-2024-1"), "", "\nA flaw in bash.\nMore of it."),
        ];
        let bash = built_from(package(Deb, "bash", "5.2-1"), "bash", "5.2-1");
        let found = findings(&[bash], Some(&debian("12")), &advisories);
        assert_eq!(found[0].title, "A flaw in bash.");
        assert_eq!(found[0].references, ["https://example.com/CVE-2024-1"]);
    }

    #[test]
    fn a_source_with_many_binaries_is_one_finding_and_takes_no_quadratic_time() {
        let binaries: Vec<Package> = (0..2_000)
            .map(|index| {
                built_from(package(Deb, &format!("texlive-{index}"), "1-1"), "texlive", "1-1")
            })
            .collect();
        let advisories: Vec<Advisory> = (0..20)
            .map(|index| {
                advisory(
                    &format!("CVE-2024-{index}"),
                    vec![affected("Debian:12", "texlive", &[("0", "")])],
                )
            })
            .collect();
        let found = findings(&binaries, Some(&debian("12")), &advisories);
        assert_eq!(found.len(), 20);
        assert!(found.iter().all(|finding| finding.occurrences.len() == 2_000));
    }
}
