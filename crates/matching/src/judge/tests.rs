use std::num::NonZeroUsize;

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
    let alone: Vec<_> = subjects.iter().map(|subject| judge(subject, &snapshot).unwrap()).collect();
    assert_eq!(judge_all(&subjects, &snapshot, NonZeroUsize::MIN).unwrap(), alone);
    // By several threads too, where there is enough for them.
    let (many, each): (Vec<_>, Vec<_>) =
        subjects.iter().zip(&alone).cycle().take(1_000).map(|(one, is)| (one.clone(), is)).unzip();
    let judged = judge_all(&many, &snapshot, NonZeroUsize::new(3).unwrap()).unwrap();
    assert!(judged.iter().eq(each));
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
