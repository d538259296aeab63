//! What Ubuntu's feeds have in common: the pockets that a release is published in, and how what is said of them fits together.
//!
//! The plain pocket is everybody's. Ubuntu Pro adds others (`esm-infra`, `esm-apps`) with later versions of the same packages, and
//! some with builds of their own (FIPS, real-time kernels). Releases are called as in Ubuntu's OSV records: `18.04:LTS`, and
//! `Pro:18.04:LTS` for an image that has Pro's repositories.

use plimsoll_advisory::{Affected, Interval, RangeEnd, RangeStart, SeverityClaim, Status};
use plimsoll_core::ubuntu_release;

use super::claims;

pub(crate) const FAMILY: &str = "Ubuntu";

/// Pockets that are no release: where a flaw was fixed first, what comes next, and what is not made of packages.
const NO_RELEASES: &[&str] = &["upstream", "devel", "snap", "product"];

/// Services whose pockets hold other builds, and what stands before the release in the names of OSV.
const OWN_BUILDS: &[(&str, &str)] = &[
    ("bluefield", "Nvidia-BlueField:"),
    ("fips", "Pro:FIPS:"),
    ("fips-preview", "Pro:FIPS-preview:"),
    ("fips-updates", "Pro:FIPS-updates:"),
    ("realtime", "Pro:Realtime:"),
];

/// Where a release is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Pocket<'a> {
    codename: &'a str,
    kind: Kind,
}

/// A later one holds the packages of an earlier one where it has none of its own, but for the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Plain,
    Pro,
    /// By what stands before the release's name.
    OwnBuilds(&'static str),
}

impl<'a> Pocket<'a> {
    /// Of `jammy`, `esm-infra/xenial`, `trusty/esm`. `None` for what is of no release that an image could have.
    pub(crate) fn of(name: &'a str) -> Result<Option<Self>, &'static str> {
        let (kind, codename) = match name.split_once('/') {
            None if NO_RELEASES.contains(&name) => return Ok(None),
            None => (Kind::Plain, name),
            Some((codename, "esm")) => (Kind::Pro, codename),
            Some((service, codename)) if service.starts_with("esm-") => (Kind::Pro, codename),
            Some((service, codename)) => {
                let Some((_, prefix)) = OWN_BUILDS.iter().find(|(own, _)| *own == service) else {
                    return Ok(None);
                };
                (Kind::OwnBuilds(prefix), codename)
            }
        };
        let is_known = ubuntu_release(codename).is_some();
        is_known.then_some(Some(Self { codename, kind })).ok_or("release without a known number")
    }

    /// As advisories call it.
    pub(crate) fn release(self) -> String {
        let prefix = match self.kind {
            Kind::Plain => "",
            Kind::Pro => "Pro:",
            Kind::OwnBuilds(prefix) => prefix,
        };
        format!("{prefix}{}", ubuntu_release(self.codename).unwrap_or(self.codename))
    }

    fn plain(self) -> Self {
        Self { kind: Kind::Plain, ..self }
    }

    fn shares_packages(self) -> bool {
        !matches!(self.kind, Kind::OwnBuilds(_))
    }
}

/// What is said of a source package in a pocket.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Statement<'a> {
    pub(crate) package: &'a str,
    pub(crate) pocket: Pocket<'a>,
    pub(crate) said: Said<'a>,
    /// Ubuntu's word on this package.
    pub(crate) priority: Option<&'a str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Said<'a> {
    /// Not affected; a version, where one is named, is the first that is known to be free of the flaw.
    NotAffected(Option<&'a str>),
    /// Versions before this one, which is or will be published in the pocket.
    Before(&'a str, Status),
    /// Every version that the pocket has.
    Every(Status),
}

/// Puts together what is said of one flaw.
///
/// All pockets of a release but those with builds of their own hold the same packages, and an image may have several. So a version from
/// which one pocket is free of the flaw is free of it whatever pocket it came from: what the others say of every version ends before it.
/// And what is said of Pro's pocket alone, as the tracker does once standard support has ended, holds for the plain release too, which
/// gets no fix any more.
pub(crate) fn affected(mut statements: Vec<Statement<'_>>) -> Vec<Affected> {
    statements.sort_by_key(|one| (one.package, one.pocket));
    let mut affected = Vec::with_capacity(statements.len());
    let is_same = |one: &Statement<'_>, other: &Statement<'_>| {
        (one.package, one.pocket.codename) == (other.package, other.pocket.codename)
    };
    for of_release in statements.chunk_by(is_same) {
        let shared = of_release.iter().filter(|one| one.pocket.shares_packages());
        let free = Free::of(shared.clone().map(|one| one.said));
        affected.extend(unsaid_of_plain(shared).map(|plain| entry(&plain, free)));
        affected.extend(
            of_release.iter().map(|one| {
                entry(one, if one.pocket.shares_packages() { free } else { Free::Never })
            }),
        );
    }
    affected.dedup();
    affected
}

/// What an erratum fixes: it says nothing of other pockets.
pub(crate) fn fixed(package: &str, pocket: Pocket<'_>, version: &str) -> Affected {
    let said = Said::Before(version, Status::Affected);
    entry(&Statement { package, pocket, said, priority: None }, Free::Never)
}

/// From where on a release's packages are free of the flaw.
#[derive(Clone, Copy)]
enum Free<'a> {
    Never,
    From(&'a str),
    Always,
}

impl<'a> Free<'a> {
    fn of(said: impl Iterator<Item = Said<'a>>) -> Self {
        said.fold(Self::Never, |free, said| match (free, said) {
            (Self::From(_), _) | (_, Said::Every(_)) => free,
            (_, Said::Before(version, _) | Said::NotAffected(Some(version))) => Self::From(version),
            (_, Said::NotAffected(None)) => Self::Always,
        })
    }
}

/// What follows for the plain release where Pro's pocket alone is spoken of.
fn unsaid_of_plain<'a, 's: 'a>(
    mut shared: impl Iterator<Item = &'a Statement<'s>> + Clone,
) -> Option<Statement<'s>> {
    if shared.clone().any(|one| one.pocket.kind == Kind::Plain) {
        return None;
    }
    let mut worst = None;
    for one in shared.by_ref() {
        let said = match one.said {
            Said::NotAffected(_) => continue,
            Said::Every(Status::UnderInvestigation) => Said::Every(Status::UnderInvestigation),
            Said::Every(_) | Said::Before(..) => Said::Every(Status::EndOfLife),
        };
        if worst.is_none() || said == Said::Every(Status::EndOfLife) {
            worst = Some(Statement { said, pocket: one.pocket.plain(), ..*one });
        }
    }
    worst
}

fn entry(statement: &Statement<'_>, free: Free<'_>) -> Affected {
    let (status, intervals) = match (statement.said, free) {
        (Said::NotAffected(_), _) | (Said::Every(_), Free::Always) => (Status::NotAffected, vec![]),
        (Said::Before(version, status), _) => (status, vec![Interval::below(version)]),
        (Said::Every(status), Free::Never) => (status, vec![Interval::ALL]),
        (Said::Every(status), Free::From(version)) => {
            // Not a fix that this pocket offers, so none is named: what ends in `~` sorts just before what it follows
            // (deb-version(7)).
            let end = RangeEnd::LastAffected(format!("{version}~"));
            (status, vec![Interval { start: RangeStart::First, end }])
        }
    };
    Affected {
        family: FAMILY.to_owned(),
        release: statement.pocket.release(),
        package: statement.package.to_owned(),
        intervals,
        status,
        severities: statement.priority.and_then(priority).into_iter().collect(),
        ..Affected::default()
    }
}

/// Ubuntu's own word; `untriaged` is none.
pub(crate) fn priority(word: &str) -> Option<SeverityClaim> {
    claims::word("ubuntu", word).filter(|claim| claim.value != "untriaged")
}

/// True for what looks like a version of a Debian package, of which a digit is a part (deb-version(7)).
pub(crate) fn is_version(text: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b".+~:-".contains(&byte);
    text.bytes().all(is_part) && text.starts_with(|first: char| first.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pockets_are_called_as_in_osv() {
        for (name, release) in [
            ("jammy", "22.04:LTS"),
            ("mantic", "23.10"),
            ("trusty/esm", "Pro:14.04:LTS"),
            ("esm-infra-legacy/trusty", "Pro:14.04:LTS"),
            ("esm-infra/xenial", "Pro:16.04:LTS"),
            ("esm-apps/noble", "Pro:24.04:LTS"),
            ("fips-updates/focal", "Pro:FIPS-updates:20.04:LTS"),
            ("realtime/jammy", "Pro:Realtime:22.04:LTS"),
        ] {
            assert_eq!(Pocket::of(name).unwrap().unwrap().release(), release);
        }
        for name in ["upstream", "devel", "snap", "vivid/ubuntu-core", "ros-esm/xenial"] {
            assert_eq!(Pocket::of(name), Ok(None), "{name}");
        }
        assert!(Pocket::of("tomorrow").is_err());
    }

    fn said<'a>(statements: &[(&'a str, Said<'a>)]) -> Vec<(String, Status, Vec<Interval>)> {
        let statement = |&(pocket, said): &(&'a str, Said<'a>)| Statement {
            package: "curl",
            pocket: Pocket::of(pocket).unwrap().unwrap(),
            said,
            priority: None,
        };
        let affected = affected(statements.iter().map(statement).collect());
        affected.into_iter().map(|one| (one.release, one.status, one.intervals)).collect()
    }

    fn before_unnamed(version: &str) -> Vec<Interval> {
        vec![Interval {
            start: RangeStart::First,
            end: RangeEnd::LastAffected(format!("{version}~")),
        }]
    }

    #[test]
    fn a_fix_of_pro_frees_its_packages_and_is_offered_to_no_one_else() {
        let statements = [
            ("xenial", Said::Every(Status::EndOfLife)),
            ("esm-infra/xenial", Said::Before("7.47.0-1ubuntu2.19+esm9", Status::Affected)),
            ("fips/xenial", Said::Every(Status::Affected)),
            ("jammy", Said::Before("7.81.0-1ubuntu1.14", Status::Affected)),
        ];
        let expected = [
            ("22.04:LTS", Status::Affected, vec![Interval::below("7.81.0-1ubuntu1.14")]),
            ("16.04:LTS", Status::EndOfLife, before_unnamed("7.47.0-1ubuntu2.19+esm9")),
            ("Pro:16.04:LTS", Status::Affected, vec![Interval::below("7.47.0-1ubuntu2.19+esm9")]),
            ("Pro:FIPS:16.04:LTS", Status::Affected, vec![Interval::ALL]),
        ]
        .map(|(release, status, intervals)| (release.to_owned(), status, intervals));
        assert_eq!(said(&statements), expected);
    }

    #[test]
    fn what_pro_knows_better_holds_for_the_plain_release() {
        for (pro, status, intervals) in [
            (Said::NotAffected(None), Status::NotAffected, vec![]),
            (
                Said::NotAffected(Some("7.47.0-1ubuntu2")),
                Status::EndOfLife,
                before_unnamed("7.47.0-1ubuntu2"),
            ),
            (Said::Every(Status::Affected), Status::EndOfLife, vec![Interval::ALL]),
        ] {
            let plain = ("xenial", Said::Every(Status::EndOfLife));
            let said = said(&[("esm-infra/xenial", pro), plain]);
            assert_eq!(said[0], ("16.04:LTS".to_owned(), status, intervals), "{pro:?}");
        }
    }

    #[test]
    fn a_release_out_of_support_is_not_clean_because_only_pro_is_spoken_of() {
        let only = |pro| said(&[("esm-infra/bionic", pro)]);
        let fixed = only(Said::Before("7.58.0-2ubuntu3.24+esm5", Status::Affected));
        let plain =
            ("18.04:LTS".to_owned(), Status::EndOfLife, before_unnamed("7.58.0-2ubuntu3.24+esm5"));
        assert_eq!(fixed[0], plain);
        let unknown = only(Said::Every(Status::UnderInvestigation));
        assert_eq!((unknown[0].1, unknown.len()), (Status::UnderInvestigation, 2));
        assert_eq!(only(Said::NotAffected(None)).len(), 1);
    }

    #[test]
    fn versions_are_told_from_reasons() {
        for (text, expected) in [
            ("2:1.4.15-3ubuntu0.4~14.04.1+esm1", true),
            ("2022-01-28", true),
            ("code not present", false),
            ("2.2.6, 2.0.12", false),
            ("code-not-compiled", false),
            ("", false),
        ] {
            assert_eq!(is_version(text), expected, "{text}");
        }
    }
}
