//! What Debian's feeds have in common: releases by codename, urgencies, and the lines of the security tracker's lists
//! (salsa.debian.org/security-tracker-team/security-tracker, doc/security-team.d.o/security_tracker).

use plimsoll_advisory::{Affected, Interval, SeverityClaim, Status};
use plimsoll_core::debian_release;

use super::claims;
use crate::tally::Tally;

pub(crate) const FAMILY: &str = "Debian";

/// The release of a codename: its number, and `sid` itself, which has none. `None` is counted: what is in experimental is in no release,
/// and a name may be newer than this program.
pub(crate) fn release(codename: &str, tally: &mut Tally) -> Option<&'static str> {
    match codename {
        "sid" => Some("sid"),
        "experimental" => {
            tally.ignore("of no release");
            None
        }
        _ => debian_release(codename).or_else(|| {
            tally.reject("release without a known number");
            None
        }),
    }
}

/// Debian's word on a flaw in a package; two stars follow it where nobody gave it but a rule. `None` for what is no severity.
pub(crate) fn urgency(word: &str) -> Option<SeverityClaim> {
    let is_severity = |claim: &SeverityClaim| {
        ["unimportant", "low", "medium", "high"].contains(&claim.value.as_str())
    };
    claims::word("debian", word.trim_end_matches('*')).filter(is_severity)
}

/// What is said of a source package in a release.
pub(crate) fn affected(package: &str, release: &str, said: Said<'_>) -> Affected {
    let (status, intervals) = match said {
        // Never affected, since the very first version is fixed.
        Said::Status(Status::NotAffected) | Said::FixedIn("0") => (Status::NotAffected, vec![]),
        Said::Status(status) => (status, vec![Interval::ALL]),
        Said::FixedIn(version) => (Status::Affected, vec![Interval::below(version)]),
    };
    Affected {
        family: FAMILY.to_owned(),
        release: release.to_owned(),
        package: package.to_owned(),
        intervals,
        status,
        ..Affected::default()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Said<'a> {
    FixedIn(&'a str),
    Status(Status),
}

/// A line such as `[bookworm] - openssl 3.0.11-1~deb12u2 (low; bug #1)`, or `- openssl <unfixed>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PackageLine<'a> {
    /// Left out for unstable.
    pub(crate) codename: Option<&'a str>,
    pub(crate) package: &'a str,
    pub(crate) said: Said<'a>,
    /// As it is written; empty where none is.
    pub(crate) urgency: &'a str,
}

impl<'a> PackageLine<'a> {
    /// `None` where the line speaks of no package that was ever in Debian, and why where it does and cannot be read.
    pub(crate) fn of(line: &'a str) -> Result<Option<Self>, &'static str> {
        let line = line.trim();
        let (codename, rest) = match line.strip_prefix('[').and_then(|line| line.split_once(']')) {
            Some((codename, rest)) => (Some(codename), rest.trim_start()),
            None => (None, line),
        };
        let Some(rest) = rest.strip_prefix("- ") else {
            return if codename.is_some() {
                Err("line of a release without a package")
            } else {
                Ok(None)
            };
        };
        let rest = rest.trim_start();
        let (package, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let (state, notes) =
            rest.trim_start().split_once(char::is_whitespace).unwrap_or((rest.trim(), ""));
        let said = match state {
            // Somebody intends to package it.
            "<itp>" | "<not-packaged>" => return Ok(None),
            // Of what was removed from unstable, a release may still have it.
            "<unfixed>" | "<removed>" => Said::Status(Status::Affected),
            "<not-affected>" => Said::Status(Status::NotAffected),
            "<no-dsa>" | "<postponed>" => Said::Status(Status::Deferred),
            "<ignored>" => Said::Status(Status::WillNotFix),
            "<end-of-life>" => Said::Status(Status::EndOfLife),
            "<undetermined>" => Said::Status(Status::UnderInvestigation),
            version if version.starts_with(|first: char| first.is_ascii_digit()) => {
                Said::FixedIn(version)
            }
            _ => return Err("unknown state"),
        };
        let notes = notes.trim().trim_start_matches('(').trim_end_matches(')');
        Ok(Some(Self {
            codename,
            package,
            said,
            urgency: notes.split(';').next().unwrap_or("").trim(),
        }))
    }

    /// What it says of a release, with its urgency.
    pub(crate) fn affected(&self, release: &str) -> Affected {
        let severities = urgency(self.urgency).into_iter().collect();
        Affected { severities, ..affected(self.package, release, self.said) }
    }
}

/// The ids in a line such as `{CVE-2023-1393 CVE-2023-1394 }`; `None` for another line.
pub(crate) fn ids_in_braces(line: &str) -> Option<impl Iterator<Item = &str>> {
    let ids = line.trim().strip_prefix('{')?;
    Some(ids.trim_end_matches('}').split_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_packages_are_read() {
        use Said::{FixedIn, Status as Is};
        for (line, codename, package, said, urgency) in [
            ("\t- foot 1.15.3-2 (bug #1053115)", None, "foot", FixedIn("1.15.3-2"), "bug #1053115"),
            (
                "[bookworm] - foot 1.13.1-2+deb12u1",
                Some("bookworm"),
                "foot",
                FixedIn("1.13.1-2+deb12u1"),
                "",
            ),
            ("- putty 0.75-3 (low; bug #990901)", None, "putty", FixedIn("0.75-3"), "low"),
            ("- ant <unfixed> (unimportant)", None, "ant", Is(Status::Affected), "unimportant"),
            ("- ant <removed>", None, "ant", Is(Status::Affected), ""),
            (
                "[buster] - x <no-dsa> (Minor issue)",
                Some("buster"),
                "x",
                Is(Status::Deferred),
                "Minor issue",
            ),
            ("[buster] - x <postponed>", Some("buster"), "x", Is(Status::Deferred), ""),
            (
                "[buster] - x <ignored> (Minor)",
                Some("buster"),
                "x",
                Is(Status::WillNotFix),
                "Minor",
            ),
            ("[buster] - x <end-of-life>", Some("buster"), "x", Is(Status::EndOfLife), ""),
            ("[buster] - x <not-affected>", Some("buster"), "x", Is(Status::NotAffected), ""),
            ("- x <undetermined>", None, "x", Is(Status::UnderInvestigation), ""),
        ] {
            let expected = PackageLine { codename, package, said, urgency };
            assert_eq!(PackageLine::of(line), Ok(Some(expected)), "{line}");
        }
        for line in ["NOTE: - of something", "- x <itp> (bug #1)", "{DSA-1-1}", ""] {
            assert_eq!(PackageLine::of(line), Ok(None), "{line}");
        }
        for line in ["- x", "- x something", "[buster] x 1.0", "- x <new-state>"] {
            assert!(PackageLine::of(line).is_err(), "{line}");
        }
    }

    #[test]
    fn fixed_in_0_means_never_affected() {
        let affected = affected("bash", "12", Said::FixedIn("0"));
        assert_eq!((affected.status, affected.intervals.len()), (Status::NotAffected, 0));
    }

    #[test]
    fn only_severities_are_urgencies() {
        for (word, expected) in [
            ("high**", Some("high")),
            ("unimportant", Some("unimportant")),
            ("not yet assigned", None),
            ("end-of-life", None),
            ("Minor issue", None),
        ] {
            assert_eq!(urgency(word).map(|claim| claim.value).as_deref(), expected, "{word}");
        }
    }
}
