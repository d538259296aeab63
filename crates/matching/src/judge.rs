//! The verdict of every record on one subject.

use std::cmp::Reverse;

use plimsoll_advisory::{
    EntryDetail, NameKind, RecordHandle, ReleaseSet, Snapshot, SnapshotError, Status,
};
use plimsoll_core::PackageType;

use crate::concern::{Concern, concern};
use crate::interval::{Compare, Place, place};
use crate::{Judgement, Match, MatchSubject, NotAffectedReason, UndeterminedReason, Verdict};

/// The verdict of every record of the snapshot that speaks of the subject.
pub fn judge<'s>(
    subject: &MatchSubject,
    snapshot: &'s Snapshot,
) -> Result<Judgement<'s>, SnapshotError> {
    judge_by(subject, snapshot, |_| true)
}

/// The verdicts on all of these, in their order. What is said of a source is asked once for all that was built from it: Debian's records
/// speak of sources, and most of them have several packages in an image.
pub fn judge_all<'s>(
    subjects: &[MatchSubject],
    snapshot: &'s Snapshot,
) -> Result<Vec<Judgement<'s>>, SnapshotError> {
    let mut order: Vec<usize> = (0..subjects.len()).collect();
    let asked = |index: &usize| subjects.get(*index).map(AskedOfSource::by);
    order.sort_by(|one, other| asked(one).cmp(&asked(other)));
    let mut judgements = vec![Judgement::default(); subjects.len()];
    for alike in order.chunk_by(|one, other| asked(one) == asked(other)) {
        let mut said_of_source = None;
        for &index in alike {
            let (Some(subject), Some(judgement)) = (subjects.get(index), judgements.get_mut(index))
            else {
                continue;
            };
            let mut spellings = subject.spellings();
            let Some(first) = spellings.next() else { continue };
            let said = match &said_of_source {
                Some(said) => said,
                None => said_of_source.insert(say(subject, first, snapshot, &|_| true)?),
            };
            let mut matches = said.matches.clone();
            let is_left = |spelling: &Spelling<'_>| !(said.is_all && spelling.1 == first.1);
            for spelling in spellings.filter(is_left) {
                matches.extend(say(subject, spelling, snapshot, &|_| true)?.matches);
            }
            *judgement = Judgement { matches: settle(matches) };
        }
    }
    Ok(judgements)
}

/// The verdicts of the records that are wanted.
pub(crate) fn judge_by<'s>(
    subject: &MatchSubject,
    snapshot: &'s Snapshot,
    is_wanted: impl Fn(RecordHandle) -> bool,
) -> Result<Judgement<'s>, SnapshotError> {
    let mut matches = Vec::new();
    let mut exhausted = None;
    for spelling in subject.spellings() {
        if exhausted != Some(spelling.1) {
            let said = say(subject, spelling, snapshot, &is_wanted)?;
            exhausted = said.is_all.then_some(spelling.1);
            matches.extend(said.matches);
        }
    }
    Ok(Judgement { matches: settle(matches) })
}

/// A name under which records may speak of a subject, and the version that they then mean.
type Spelling<'a> = (NameKind, &'a str, &'a str);

/// Everything that verdicts on the first spelling of a subject depend on.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct AskedOfSource<'a> {
    family: &'a str,
    spelling: Option<Spelling<'a>>,
    kind: PackageType,
    /// rpm: whether it was built for a module is told by its own version.
    version: Option<&'a str>,
    arch: Option<&'a str>,
    module: Option<&'a str>,
    repository: Option<&'a str>,
    releases: &'a [String],
}

impl<'a> AskedOfSource<'a> {
    fn by(subject: &'a MatchSubject) -> Self {
        Self {
            family: &subject.family,
            spelling: subject.spellings().next(),
            kind: subject.kind,
            version: (subject.kind == PackageType::Rpm).then_some(&subject.version),
            arch: subject.arch.as_deref(),
            module: subject.module.as_deref(),
            repository: subject.repository.as_deref(),
            releases: &subject.releases,
        }
    }
}

/// What records say under one spelling.
struct Said<'s> {
    matches: Vec<Match<'s>>,
    /// No record of that name means another kind of package, so that the same name need not be asked for again.
    is_all: bool,
}

fn say<'s>(
    subject: &MatchSubject,
    (kind, name, version): Spelling<'_>,
    snapshot: &'s Snapshot,
    is_wanted: &dyn Fn(RecordHandle) -> bool,
) -> Result<Said<'s>, SnapshotError> {
    let compare = subject.scheme().map(|scheme| scheme.compare);
    let custom = subject.names();
    let mut releases = OwnReleases::new(subject);
    let mut detail = EntryDetail::default();
    let question = Question { subject, version, compare };
    let mut said = Said { matches: Vec::new(), is_all: true };
    for entry in snapshot.lookup(&subject.family, name) {
        let entry = entry?;
        if entry.names.unwrap_or(custom) != kind {
            said.is_all = false;
            continue;
        }
        if !entry.withdrawn && is_wanted(entry.record) && releases.are_spoken_of(&entry.releases)? {
            entry.read_detail(&mut detail)?;
            if let Some(verdict) = question.ask(entry.status, &mut detail) {
                said.matches.push(Match { record: entry.record, verdict });
            }
        }
    }
    Ok(said)
}

/// The releases that judge a subject, held against the sets of the entries.
struct OwnReleases<'a> {
    subject: &'a MatchSubject,
    /// What came out for the sets of the smallest numbers, which nearly all entries have.
    known: [Option<bool>; 64],
}

impl<'a> OwnReleases<'a> {
    fn new(subject: &'a MatchSubject) -> Self {
        Self { subject, known: [None; 64] }
    }

    /// True where an entry of that set speaks of one of them.
    fn are_spoken_of(&mut self, set: &ReleaseSet<'_>) -> Result<bool, SnapshotError> {
        if !self.subject.kind.is_system() {
            return Ok(true);
        }
        let mut known = self.known.get_mut(set.number() as usize);
        if let Some(Some(answer)) = known {
            return Ok(*answer);
        }
        let mut answer = false;
        for release in set.iter() {
            let release = release?;
            answer |= self.subject.releases.iter().any(|own| own == release);
        }
        if let Some(known) = &mut known {
            **known = Some(answer);
        }
        Ok(answer)
    }
}

struct Question<'a> {
    subject: &'a MatchSubject,
    /// The version that goes with the name by which the records were found.
    version: &'a str,
    compare: Option<Compare>,
}

impl Question<'_> {
    /// `None` where the entry does not speak of the subject after all. The severities go into a verdict that has some.
    fn ask<'s>(&self, status: Status, detail: &mut EntryDetail<'s>) -> Option<Verdict<'s>> {
        let concern = concern(self.subject, self.version, detail);
        if concern == Concern::None {
            return None;
        }
        let place = self.place(detail);
        let undetermined = |why| Some(Verdict::Undetermined { why });
        let not_affected = |why| Some(Verdict::NotAffected { why });
        if status == Status::NotAffected {
            let is_meant = detail.intervals.is_empty() && detail.versions.is_empty()
                || matches!(place, Ok(Place::Inside { .. }));
            return is_meant.then_some(()).and(not_affected(NotAffectedReason::StatedBySource));
        }
        let is_inside = matches!(place, Ok(Place::Inside { .. }));
        if status == Status::UnderInvestigation && is_inside {
            return undetermined(UndeterminedReason::UnderInvestigation);
        }
        match place {
            Err(why) => undetermined(why),
            Ok(Place::Unknown) => undetermined(UndeterminedReason::NoOrder),
            Ok(Place::Nowhere) => not_affected(NotAffectedReason::NeverAffected),
            Ok(Place::Outside) => not_affected(NotAffectedReason::OutsideRanges),
            Ok(Place::Inside { .. }) if concern == Concern::UnknownStream => {
                undetermined(UndeterminedReason::UnknownModuleStream)
            }
            Ok(Place::Inside { fixed }) => Some(Verdict::Affected {
                fixed,
                status,
                severities: std::mem::take(&mut detail.severities),
            }),
        }
    }

    fn place<'s>(&self, detail: &EntryDetail<'s>) -> Result<Place<'s>, UndeterminedReason> {
        match self.compare {
            Some(compare) => Ok(place(self.version, detail, compare)),
            // What is said of all versions needs no order.
            None => match place(self.version, detail, |_, _| None) {
                Place::Unknown => Err(UndeterminedReason::NoScheme),
                place => Ok(place),
            },
        }
    }
}

/// A record may have several entries for the subject: of several releases that judge it, or for several fixes. One that affects it
/// says more than one that cannot tell, and that more than one that does not affect it; what says the same twice is kept once.
fn settle(mut matches: Vec<Match<'_>>) -> Vec<Match<'_>> {
    if matches.is_sorted_by(|one, other| one.record < other.record) {
        return matches;
    }
    let key = |one: &Match<'_>| (one.record, Reverse(weight(&one.verdict)));
    matches.sort_by(|one, other| {
        key(one).cmp(&key(other)).then_with(|| fix(&one.verdict).cmp(&fix(&other.verdict)))
    });
    matches.dedup_by(|next, kept| {
        next.record == kept.record
            && (weight(&next.verdict) < AFFECTED || fix(&next.verdict) == fix(&kept.verdict))
    });
    matches
}

const AFFECTED: u8 = 2;

fn weight(verdict: &Verdict<'_>) -> u8 {
    match verdict {
        Verdict::Affected { .. } => AFFECTED,
        Verdict::Undetermined { .. } => 1,
        Verdict::NotAffected { .. } => 0,
    }
}

fn fix<'s>(verdict: &Verdict<'s>) -> Option<(Option<&'s str>, Status)> {
    match verdict {
        Verdict::Affected { fixed, status, .. } => Some((*fixed, *status)),
        Verdict::NotAffected { .. } | Verdict::Undetermined { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_advisory::{Advisory, Affected};
    use plimsoll_core::PackageType::{Apk, Deb, Golang, Maven, Npm, Pypi, Rpm};
    use plimsoll_core::{Distro, Package};

    use super::*;
    use crate::testing::{
        advisory, affected, built_from, debian, distro, of_module, package, snapshot,
    };

    const OUTSIDE: &str = "not affected: outside its ranges";

    /// The verdicts of these records, in words, in the order of the records' ids.
    fn verdicts(package: &Package, distro: Option<&Distro>, records: &[Advisory]) -> Vec<String> {
        let snapshot = snapshot(records);
        let subject = MatchSubject::new(package, distro).unwrap();
        let judgement = judge(&subject, &snapshot).unwrap();
        let words = judgement.matches.iter().map(|one| match &one.verdict {
            Verdict::Affected { fixed, .. } => format!("fixed in {}", fixed.unwrap_or("none")),
            Verdict::NotAffected { why } => match why {
                NotAffectedReason::OutsideRanges => OUTSIDE.to_owned(),
                NotAffectedReason::NeverAffected => "never affected".to_owned(),
                NotAffectedReason::StatedBySource => "stated not affected".to_owned(),
            },
            Verdict::Undetermined { why } => format!("undetermined: {why}"),
        });
        words.collect()
    }

    fn verdict(package: &Package, distro: Option<&Distro>, entry: Affected) -> Vec<String> {
        verdicts(package, distro, &[advisory("CVE-2024-1", vec![entry])])
    }

    #[test]
    fn debian_ubuntu_and_alpine_name_source_packages_and_mean_their_versions() {
        let libblkid = package(Deb, "libblkid1", "2.38.1-5+b1");
        let libblkid = built_from(libblkid, "util-linux", "2.38.1-5");
        let ssl = built_from(package(Apk, "libssl3", "3.1.1-r0"), "openssl", "3.1.1-r0");
        for (package, distro, source, fixed) in [
            (&libblkid, debian("12"), "util-linux", "2.38.1-5+b1"),
            (&libblkid, distro("Ubuntu", "22.04:LTS"), "util-linux", "2.39"),
            (&ssl, distro("Alpine", "v3.18"), "openssl", "3.1.1-r1"),
        ] {
            let ecosystem = format!("{}:{}", distro.family.as_ref().unwrap(), distro.releases[0]);
            let by_name = |name: &str| {
                verdict(package, Some(&distro), affected(&ecosystem, name, &[("0", fixed)]))
            };
            assert_eq!(by_name(source), [format!("fixed in {fixed}")]);
            assert!(by_name(&package.id.name).is_empty(), "{ecosystem}: not the binary's name");
        }
        let same = affected("Debian:12", "util-linux", &[("0", "2.38.1-5")]);
        assert_eq!(verdict(&libblkid, Some(&debian("12")), same), [OUTSIDE]);
    }

    #[test]
    fn what_is_asked_once_for_all_of_a_source_is_what_each_is_told_alone() {
        let of = |name: &str, source: &str, version: &str, release: &str| {
            let package = built_from(package(Deb, name, "1:3.0-1"), source, version);
            MatchSubject::new(&package, Some(&debian(release))).unwrap()
        };
        let subjects = [
            of("libssl3", "openssl", "3.0-1", "12"),
            of("openssl", "openssl", "3.0-1", "12"),
            of("bash", "bash", "5.2-1", "12"),
            of("libssl-dev", "openssl", "3.0-1", "12"),
            of("libssl3", "openssl", "3.1-1", "12"),
            of("libssl3", "openssl", "3.0-1", "11"),
        ];
        let binary = |name: &str| Affected {
            names: Some(NameKind::Binary),
            ..affected("Debian:12", name, &[("0", "1:4")])
        };
        let snapshot = snapshot(&[
            advisory("CVE-2024-1", vec![affected("Debian:12", "openssl", &[("0", "3.0-2")])]),
            advisory("CVE-2024-2", vec![affected("Debian:11", "openssl", &[("0", "3.0-1")])]),
            advisory("CVE-2024-3", vec![binary("libssl3"), binary("openssl")]),
            advisory("CVE-2024-4", vec![affected("Debian:12", "bash", &[("0", "")])]),
        ]);
        let alone: Vec<_> =
            subjects.iter().map(|subject| judge(subject, &snapshot).unwrap()).collect();
        assert_eq!(judge_all(&subjects, &snapshot).unwrap(), alone);
        let counts: Vec<_> = alone.iter().map(|judgement| judgement.affected().count()).collect();
        assert_eq!(counts, [2, 2, 1, 1, 1, 0]);
    }

    #[test]
    fn red_hat_and_alma_name_binary_packages() {
        let libs = built_from(package(Rpm, "openssl-libs", "1:3.0.7-1"), "openssl", "3.0.7-1");
        for family in ["AlmaLinux", "Red Hat"] {
            let distro = distro(family, "9");
            let by_name = |name: &str, fixed: &str| {
                let entry = affected(&format!("{family}:9"), name, &[("0", fixed)]);
                verdict(&libs, Some(&distro), entry)
            };
            assert_eq!(by_name("openssl-libs", "1:3.0.7-2"), ["fixed in 1:3.0.7-2"], "{family}");
            assert_eq!(by_name("openssl-libs", "3.0.8-1"), [OUTSIDE], "the epoch counts");
            assert!(by_name("openssl", "1:3.0.7-2").is_empty());
        }
    }

    #[test]
    fn only_the_images_own_releases_judge() {
        let bash = built_from(package(Deb, "bash", "5.2-1"), "bash", "5.2-1");
        let entries = || vec![affected("Debian:11", "bash", &[("0", "6")])];
        let record = |entries| [advisory("CVE-2024-1", entries)];
        assert!(verdicts(&bash, Some(&debian("12")), &record(entries())).is_empty());
        assert_eq!(verdicts(&bash, Some(&debian("11")), &record(entries())), ["fixed in 6"]);
        let eus = "enterprise_linux_eus:8.6::baseos";
        let rhel = distro("Red Hat", "enterprise_linux:8::baseos");
        let entry = affected(&format!("Red Hat:{eus}"), "bash", &[("0", "0:9-1")]);
        assert!(verdict(&package(Rpm, "bash", "5-1"), Some(&rhel), entry).is_empty());
    }

    #[test]
    fn what_two_releases_say_alike_is_said_once_and_different_fixes_both() {
        let mut leap = distro("openSUSE", "Leap 15.6");
        leap.releases.push("Leap 15.6 NonFree".into());
        let verdicts = |fixed: [&str; 2]| {
            let entries = vec![
                affected("openSUSE:Leap 15.6", "bash", &[("0", fixed[0])]),
                affected("openSUSE:Leap 15.6 NonFree", "bash", &[("0", fixed[1])]),
            ];
            let record = advisory("openSUSE-SU-2024:1-1", entries);
            verdicts(&package(Rpm, "bash", "5-2"), Some(&leap), &[record])
        };
        assert_eq!(verdicts(["5-3", "5-3"]), ["fixed in 5-3"]);
        assert_eq!(verdicts(["5-4", "5-3"]), ["fixed in 5-3", "fixed in 5-4"]);
        assert_eq!(verdicts(["5-1", "5-3"]), ["fixed in 5-3"]);
        assert_eq!(verdicts(["5-1", "5-2"]), [OUTSIDE]);
    }

    #[test]
    fn every_language_is_judged_in_its_own_scheme() {
        for (kind, family, name, version, interval, expected) in [
            (Npm, "npm", "lodash", "4.17.20", ("0", "4.17.21"), "fixed in 4.17.21"),
            (Npm, "npm", "lodash", "4.17.21", ("0", "4.17.21"), OUTSIDE),
            (Pypi, "PyPI", "Django", "4.0rc1", ("4.0a1", "4.0.1"), "fixed in 4.0.1"),
            (Pypi, "PyPI", "Django", "3.9", ("4.0a1", "4.0.1"), OUTSIDE),
            (Maven, "Maven", "a:b", "2.0-beta9", ("2.0-beta9", "2.3.1"), "fixed in 2.3.1"),
            (Maven, "Maven", "a:b", "2.3.1.RELEASE", ("2.0-beta9", "2.3.1"), OUTSIDE),
            (Golang, "Go", "stdlib", "go1.22rc1", ("1.22.0-0", "1.22.1"), "fixed in 1.22.1"),
            (Golang, "Go", "stdlib", "go1.22.1", ("1.22.0-0", "1.22.1"), OUTSIDE),
            (Golang, "Go", "m", "v0.0.0-20200101000000-aa", ("0", "0.1.0"), "fixed in 0.1.0"),
            (
                Golang,
                "Go",
                "m",
                "(devel)",
                ("0", "0.1.0"),
                "undetermined: the version has no defined order",
            ),
        ] {
            let entry = affected(family, name, &[interval]);
            let verdict = verdict(&package(kind, name, version), None, entry);
            assert_eq!(verdict, [expected], "{name} {version}");
        }
    }

    #[test]
    fn a_family_without_a_scheme_is_undetermined() {
        let bash = package(Rpm, "bash", "5-1");
        let distro = distro("A Linux of Tomorrow", "1");
        let entry = |fixed| affected("A Linux of Tomorrow:1", "bash", &[("0", fixed)]);
        let expected = format!("undetermined: {}", UndeterminedReason::NoScheme);
        assert_eq!(verdict(&bash, Some(&distro), entry("5-2")), [expected]);
        assert_eq!(verdict(&bash, Some(&distro), entry("")), ["fixed in none"], "all versions are");
    }

    #[test]
    fn fixed_in_zero_means_never_affected() {
        let ssl = built_from(package(Apk, "libssl3", "3.1.1-r0"), "openssl", "3.1.1-r0");
        let entry = affected("Alpine:v3.18", "openssl", &[("0", "0")]);
        assert_eq!(verdict(&ssl, Some(&distro("Alpine", "v3.18")), entry), ["never affected"]);
    }

    #[test]
    fn a_withdrawn_record_judges_nothing() {
        let entry = || vec![affected("npm", "lodash", &[("0", "4.17.21")])];
        let withdrawn = Advisory {
            withdrawn: Some("2024-01-01T00:00:00Z".into()),
            ..advisory("GHSA-aaaa", entry())
        };
        let lodash = package(Npm, "lodash", "4.17.20");
        assert!(verdicts(&lodash, None, std::slice::from_ref(&withdrawn)).is_empty());
        let both = [withdrawn, advisory("GHSA-bbbb", entry())];
        assert_eq!(verdicts(&lodash, None, &both), ["fixed in 4.17.21"]);
    }

    #[test]
    fn a_source_may_say_not_affected() {
        let libs = package(Rpm, "openssl-libs", "1:3.0.7-1");
        let alma = distro("AlmaLinux", "9");
        let entry = |intervals: &[(&str, &str)]| {
            let mut entry = affected("AlmaLinux:9", "openssl-libs", intervals);
            entry.status = Status::NotAffected;
            entry
        };
        assert_eq!(verdict(&libs, Some(&alma), entry(&[])), ["stated not affected"]);
        let inside = entry(&[("1:3.0.7-1", "")]);
        assert_eq!(verdict(&libs, Some(&alma), inside), ["stated not affected"]);
        assert!(verdict(&libs, Some(&alma), entry(&[("1:3.1-1", "")])).is_empty());
    }

    #[test]
    fn an_entry_for_another_architecture_says_nothing() {
        let mut bash = package(Rpm, "bash", "5-1");
        let alma = distro("AlmaLinux", "9");
        let entry = || {
            let mut entry = affected("AlmaLinux:9", "bash", &[("0", "5-2")]);
            entry.arches = vec!["s390x".into(), "x86_64".into()];
            entry
        };
        for (arch, count) in [("x86_64", 1), ("noarch", 1), ("aarch64", 0)] {
            bash.id.arch = Some(arch.into());
            assert_eq!(verdict(&bash, Some(&alma), entry()).len(), count, "{arch}");
        }
    }

    #[test]
    fn a_module_stream_is_judged_by_its_own_records_only() {
        let alma = distro("AlmaLinux", "8");
        let plain = package(Rpm, "nodejs", "1:16.1.0-1.el8");
        let modular = package(Rpm, "nodejs", "1:16.1.0-1.module_el8.6.0+2904+aaaa");
        let stream = of_module(modular.clone(), "nodejs:16:8060020220523:aaaa");
        let entry = |module: Option<&str>, fixed: &str| {
            let mut entry = affected("AlmaLinux:8", "nodejs", &[("0", fixed)]);
            entry.module = module.map(str::to_owned);
            entry
        };
        let build = "1:18.1.0-1.module_el8.7.0+3100+bbbb";
        let unknown = "undetermined: the module stream or slot is not known";
        let none = "";
        for (package, module, fixed, expected) in [
            (&plain, None, "1:16.2.0-1.el8", "fixed in 1:16.2.0-1.el8"),
            (&plain, None, build, none),
            (&plain, Some("nodejs:16"), "1:16.2.0-1", none),
            (&stream, None, "1:16.2.0-1.el8", none),
            (&stream, Some("nodejs:16"), "1:16.2.0-1", "fixed in 1:16.2.0-1"),
            (&stream, Some("nodejs:18"), build, none),
            (&stream, None, build, unknown),
            (&stream, None, "1:14.0.0-1.module+el8.3.0+1+cc", OUTSIDE),
            (&modular, Some("nodejs:18"), build, unknown),
            (&modular, None, "1:16.2.0-1.el8", none),
        ] {
            let verdict = verdict(package, Some(&alma), entry(module, fixed)).join(" ");
            assert_eq!(verdict, expected, "{} {module:?} {fixed}", package.id.version);
        }
    }

    #[test]
    fn unfixed_entries_and_lists_of_versions_are_judged() {
        let bash = built_from(package(Deb, "bash", "5.2-1"), "bash", "5.2-1");
        let mut listed = affected("Debian:12", "bash", &[]);
        listed.versions = vec!["5.1-1".into(), "5.2-01".into()];
        for (entry, expected) in [
            (affected("Debian:12", "bash", &[("0", "")]), "fixed in none"),
            (affected("Debian:12", "bash", &[("5.3", "")]), OUTSIDE),
            (listed, "fixed in none"),
        ] {
            assert_eq!(verdict(&bash, Some(&debian("12")), entry), [expected]);
        }
    }

    #[test]
    fn reasons_of_what_cannot_be_told_are_given_once_each() {
        let why = UndeterminedReason::NoOrder;
        let snapshot = snapshot(&[
            advisory("GO-1", vec![affected("Go", "m", &[("0", "1.0.0")])]),
            advisory("GO-2", vec![affected("Go", "m", &[("0", "1.1.0")])]),
        ]);
        let subject = MatchSubject::new(&package(Golang, "m", "(devel)"), None).unwrap();
        assert_eq!(judge(&subject, &snapshot).unwrap().undetermined(), [why]);
    }
}
