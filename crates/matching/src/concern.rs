//! Whether what a record says of a package's name in its release is said of this very package: of its architecture, repository, flavour
//! and module stream.

use plimsoll_advisory::{EndRef, EntryDetail, StartRef};
use plimsoll_core::PackageType;

use crate::MatchSubject;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Concern {
    /// It speaks of another one.
    None,
    Same,
    /// Of a module's stream, and it cannot be told which the package is of.
    UnknownStream,
    /// Of a repository beside the release's own, and nothing tells which the package came from.
    UnknownRepository,
}

/// Whether an entry concerns a subject; `version` is the one that goes with the name by which the entry was found.
pub(crate) fn concern(subject: &MatchSubject, version: &str, detail: &EntryDetail<'_>) -> Concern {
    if !is_of_its_arch(subject, detail) || !is_of_its_flavour(subject, version, detail) {
        return Concern::None;
    }
    match repository(subject, version, detail) {
        Concern::Same => stream(subject, detail),
        other => other,
    }
}

fn is_of_its_arch(subject: &MatchSubject, detail: &EntryDetail<'_>) -> bool {
    let own = subject.arch.as_deref();
    detail.arches.is_empty()
        || own.is_none_or(|own| matches!(own, "noarch" | "all") || detail.arches.contains(&own))
}

/// Amazon's extras are repositories of their own, whose versions of a package go their own way: an entry of another repository says
/// nothing. apk's `main` and `community` never hold the same package.
///
/// Where nothing tells the package's repository, its version may: an extra that is called after the versions that it holds, such as
/// `amzn2extra-postgresql14`, has no others.
fn repository(subject: &MatchSubject, version: &str, detail: &EntryDetail<'_>) -> Concern {
    if subject.kind != PackageType::Rpm || detail.repository.is_empty() {
        return Concern::Same;
    }
    if let Some(own) = &subject.repository {
        return if own == detail.repository { Concern::Same } else { Concern::None };
    }
    // Beside what it is called after, an extra may hold packages that number their versions otherwise.
    let series = series(detail.repository);
    let has_series = !series.is_empty() && ends(detail).any(|fix| is_in_series(fix, series));
    match has_series {
        true if is_in_series(version, series) => Concern::Same,
        true => Concern::None,
        false => Concern::UnknownRepository,
    }
}

/// The versions that a repository is called after: `5.15` of `amzn2extra-kernel-5.15`; empty where it is called after none.
fn series(repository: &str) -> &str {
    let name = repository.trim_end_matches(|last: char| last.is_ascii_digit() || last == '.');
    repository.get(name.len()..).unwrap_or_default()
}

/// `1:5.15.139-93.147.amzn2` is in `5.15`, and `5.150-1` is not.
fn is_in_series(version: &str, series: &str) -> bool {
    let version = version.split_once(':').map_or(version, |(_, version)| version);
    let behind = version.strip_prefix(series);
    behind.is_some_and(|behind| !behind.starts_with(|next: char| next.is_ascii_digit()))
}

const ORACLE: &str = "Oracle Linux";

/// Oracle's builds for Ksplice and for FIPS are flavours of a package and no newer versions of it: each is judged by its own fixes.
fn is_of_its_flavour(subject: &MatchSubject, version: &str, detail: &EntryDetail<'_>) -> bool {
    if subject.family != ORACLE {
        return true;
    }
    let own = flavour(version);
    let mut fixes = ends(detail).peekable();
    // What names no fix speaks of every flavour.
    fixes.peek().is_none() || fixes.any(|fix| flavour(fix) == own)
}

/// The flavour that a build's release names: `2.17-326.0.5.ksplice1.el7`, `10:3.6.16-4.0.1.el8_fips`.
fn flavour(version: &str) -> Option<&'static str> {
    [".ksplice", "_fips"].into_iter().find(|mark| version.contains(mark))
}

/// The versions at which its intervals end.
fn ends<'d>(detail: &'d EntryDetail<'_>) -> impl Iterator<Item = &'d str> {
    detail.intervals.iter().filter_map(|interval| match interval.end {
        EndRef::Fixed(end) | EndRef::LastAffected(end) => Some(end),
        EndRef::Open => None,
    })
}

/// rpm: a package of a module and one outside of any have nothing to do with each other, nor have two streams of a module. Gentoo: what
/// is said of one slot is said of no other.
fn stream(subject: &MatchSubject, detail: &EntryDetail<'_>) -> Concern {
    let own = subject.module.as_deref();
    match (subject.kind, detail.module) {
        (PackageType::Rpm, _) => {}
        (PackageType::Ebuild, Some(slot)) => {
            return own.map_or(Concern::UnknownStream, |own| {
                if own == slot { Concern::Same } else { Concern::None }
            });
        }
        _ => return Concern::Same,
    }
    let is_modular = own.is_some() || is_built_for_module(&subject.version);
    let speaks_of_module = detail.module.is_some() || names_module_build(detail);
    match (is_modular, speaks_of_module) {
        (false, false) => Concern::Same,
        (true, true) => match (own, detail.module) {
            (Some(own), Some(module)) if own == module => Concern::Same,
            (Some(_), Some(_)) => Concern::None,
            _ => Concern::UnknownStream,
        },
        _ => Concern::None,
    }
}

fn names_module_build(detail: &EntryDetail<'_>) -> bool {
    let starts =
        detail.intervals.iter().filter_map(|interval| match (interval.start, interval.end) {
            (StartRef::From(start) | StartRef::After(start), EndRef::Open) => Some(start),
            _ => None,
        });
    ends(detail).chain(starts).chain(detail.versions.iter().copied()).any(is_built_for_module)
}

/// The release of a modular rpm says so: `.module+el8.3.0+1234+…` of Red Hat and Rocky, `.module_el8.3.0+1234+…` of Alma.
fn is_built_for_module(version: &str) -> bool {
    version.contains(".module+") || version.contains(".module_")
}

#[cfg(test)]
mod tests {
    use plimsoll_advisory::{Advisory, Affected};
    use plimsoll_core::PackageType::Rpm;

    use super::*;
    use crate::judge;
    use crate::testing::{advisory, affected, distro, package, snapshot};

    /// True where the package of that version is affected by the one entry.
    fn is_affected(family: &str, version: &str, repository: Option<&str>, entry: Affected) -> bool {
        let records: [Advisory; 1] = [advisory("CVE-2024-1", vec![entry])];
        let snapshot = snapshot(&records);
        let mut package = package(Rpm, "bash", version);
        package.repository = repository.map(str::to_owned);
        let subject = MatchSubject::new(&package, Some(&distro(family, "8"))).unwrap();
        judge(&subject, &snapshot).unwrap().affected().count() == 1
    }

    #[test]
    fn oracles_flavours_are_judged_by_their_own_fixes() {
        let entry = |fixed: &str| affected("Oracle Linux:8", "bash", &[("0", fixed)]);
        for (installed, fixed, expected) in [
            ("2:2.28-1.el8", "2:2.28-2.el8", true),
            ("2:2.28-1.el8", "2:2.28-2.ksplice1.el8", false),
            ("2:2.28-1.el8", "10:2.28-1.el8_fips", false),
            ("2:2.28-1.ksplice1.el8", "2:2.28-2.ksplice1.el8", true),
            ("2:2.28-1.ksplice1.el8", "2:2.28-2.el8", false),
            ("10:2.28-1.el8_fips", "10:2.28-2.el8_fips", true),
            ("10:2.28-1.el8_fips", "2:2.28-2.el8", false),
        ] {
            let found = is_affected("Oracle Linux", installed, None, entry(fixed));
            assert_eq!(found, expected, "{installed} {fixed}");
        }
        // Nobody else builds them.
        let entry = affected("Rocky Linux:8", "bash", &[("0", "2:2.28-2.ksplice1.el8")]);
        assert!(is_affected("Rocky Linux", "2:2.28-1.el8", None, entry));
        assert!(is_affected(
            "Oracle Linux",
            "1-1_fips",
            None,
            affected("Oracle Linux:8", "bash", &[("0", "")])
        ));
    }

    #[test]
    fn what_is_said_of_one_slot_is_said_of_no_other() {
        let mut package = package(PackageType::Ebuild, "www-client/firefox", "112.0");
        for (own, slot, affected_by_it, unknown) in [
            (None, None, 1, 0),
            (None, Some("rapid"), 0, 1),
            (Some("rapid"), Some("rapid"), 1, 0),
            (Some("esr"), Some("rapid"), 0, 0),
            (Some("esr"), None, 1, 0),
        ] {
            package.id.module = own.map(str::to_owned);
            let entry = Affected {
                intervals: vec![plimsoll_advisory::Interval::ALL],
                module: slot.map(str::to_owned),
                ..affected("Gentoo", "www-client/firefox", &[])
            };
            let records = [advisory("GLSA-1", vec![entry])];
            let snapshot = snapshot(&records);
            let subject = MatchSubject::new(&package, Some(&distro("Gentoo", ""))).unwrap();
            let judgement = judge(&subject, &snapshot).unwrap();
            let found = (judgement.affected().count(), judgement.undetermined().len());
            assert_eq!(found, (affected_by_it, unknown), "{own:?} {slot:?}");
        }
    }

    fn of_extra(repository: &str, fixed: &str) -> Affected {
        Affected {
            repository: repository.into(),
            ..affected("Amazon Linux:8", "bash", &[("0", fixed)])
        }
    }

    #[test]
    fn an_extra_repository_judges_its_own_packages() {
        for (repository, expected) in
            [(Some("amzn2extra-bash"), true), (Some("amzn2-core"), false), (None, true)]
        {
            let entry = of_extra("amzn2extra-bash", "2-1");
            let found = is_affected("Amazon Linux", "1-1", repository, entry);
            assert_eq!(found, expected, "{repository:?}");
        }
    }

    #[test]
    fn a_version_tells_that_it_is_not_of_an_extra_that_is_called_after_others() {
        for (repository, installed, fixed, expected) in [
            ("amzn2extra-bash14", "14.1-1", "14.3-1", true),
            ("amzn2extra-bash14", "1:14.1-1", "1:14.3-1", true),
            ("amzn2extra-bash14", "9.2-1", "14.3-1", false),
            ("amzn2extra-bash14", "1.4-1", "14.3-1", false),
            ("amzn2extra-bash-5.15", "5.15.1-1", "5.15.2-1", true),
            ("amzn2extra-bash-5.15", "5.10.1-1", "5.15.2-1", false),
            ("amzn2extra-bash-5.15", "5.150-1", "5.151-1", true),
            ("amzn2extra-other8.0", "1.2-1", "1.3-1", true),
        ] {
            let entry = of_extra(repository, fixed);
            let found = is_affected("Amazon Linux", installed, None, entry);
            assert_eq!(found, expected, "{repository} {installed} {fixed}");
        }
    }

    #[test]
    fn what_the_own_repository_and_an_extra_both_hold_may_be_of_either() {
        let core = |fixed: &str| affected("Amazon Linux:8", "bash", &[("0", fixed)]);
        let extra = |fixed: &str| of_extra("amzn2extra-bash", fixed);
        for (name, entries, expected) in [
            ("only the extra is known to hold it", vec![extra("2-1")], (1, 0)),
            ("both do", vec![core("1-0"), extra("2-1")], (0, 1)),
            ("neither affects it", vec![core("1-0"), extra("1-0")], (0, 0)),
            ("the own one affects it", vec![core("1-2"), extra("2-1")], (1, 1)),
            (
                "its series says that it is the extra's",
                vec![core("1-0"), of_extra("x1", "1-3")],
                (1, 0),
            ),
        ] {
            let ids = (1..).map(|number| format!("ALAS-2024-{number}"));
            let records: Vec<Advisory> =
                ids.zip(entries).map(|(id, entry)| advisory(&id, vec![entry])).collect();
            let snapshot = snapshot(&records);
            let package = package(Rpm, "bash", "1-1");
            let subject = MatchSubject::new(&package, Some(&distro("Amazon Linux", "8"))).unwrap();
            let judgement = judge(&subject, &snapshot).unwrap();
            let found = (judgement.affected().count(), judgement.undetermined().len());
            assert_eq!(found, expected, "{name}");
        }
    }
}
