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
}

/// Whether an entry concerns a subject; `version` is the one that goes with the name by which the entry was found.
pub(crate) fn concern(subject: &MatchSubject, version: &str, detail: &EntryDetail<'_>) -> Concern {
    let concerns = is_of_its_arch(subject, detail)
        && is_of_its_repository(subject, detail)
        && is_of_its_flavour(subject, version, detail);
    if concerns { stream(subject, detail) } else { Concern::None }
}

fn is_of_its_arch(subject: &MatchSubject, detail: &EntryDetail<'_>) -> bool {
    let own = subject.arch.as_deref();
    detail.arches.is_empty()
        || own.is_none_or(|own| matches!(own, "noarch" | "all") || detail.arches.contains(&own))
}

/// Amazon's extras are repositories of their own, whose versions of a package go their own way: an entry of another repository says
/// nothing. apk's `main` and `community` never hold the same package.
fn is_of_its_repository(subject: &MatchSubject, detail: &EntryDetail<'_>) -> bool {
    let own = subject.repository.as_deref();
    subject.kind != PackageType::Rpm
        || detail.repository.is_empty()
        || own.is_none_or(|own| own == detail.repository)
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

    #[test]
    fn an_extra_repository_judges_its_own_packages() {
        let entry = || Affected {
            repository: "amzn2extra-bash".into(),
            ..affected("Amazon Linux:8", "bash", &[("0", "2-1")])
        };
        for (repository, expected) in
            [(Some("amzn2extra-bash"), true), (Some("amzn2-core"), false), (None, true)]
        {
            let found = is_affected("Amazon Linux", "1-1", repository, entry());
            assert_eq!(found, expected, "{repository:?}");
        }
    }
}
