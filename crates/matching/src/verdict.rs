//! What records say of a subject.

use std::fmt;

use plimsoll_advisory::{RecordHandle, SeverityRef, Status};

use crate::Stream;

/// What the records of a snapshot say of one subject.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Judgement<'s> {
    /// One for each record that speaks of the subject, and where a record names several fixes that all lie ahead, one for each
    /// of them; in the order of the handles. A record that was withdrawn, or that speaks of other releases, architectures or
    /// module streams only, says nothing.
    pub matches: Vec<Match<'s>>,
}

/// One record's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match<'s> {
    pub record: RecordHandle,
    /// Where it speaks of the image's own stream, it says nothing more of the main one.
    pub stream: Stream,
    pub verdict: Verdict<'s>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict<'s> {
    Affected {
        /// The smallest version that this record does not affect; `None` where it names none.
        fixed: Option<&'s str>,
        /// Never [`Status::NotAffected`].
        status: Status,
        /// The vendor's word on this package in this release.
        severities: Vec<SeverityRef<'s>>,
    },
    NotAffected {
        why: NotAffectedReason,
    },
    /// It cannot be told. Never to be read as "not affected".
    Undetermined {
        why: UndeterminedReason,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NotAffectedReason {
    /// The source says so of this package.
    StatedBySource,
    /// The source lists the package and no affected version of it: fixed in `0`.
    NeverAffected,
    /// The version lies in none of the affected ranges.
    OutsideRanges,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UndeterminedReason {
    /// The family has no version scheme yet.
    NoScheme,
    /// The scheme's native tool defines no order for the version, or for one of the record's.
    NoOrder,
    /// Package and record are both of a module, and one of them does not say of which stream; or the record is of a slot (Gentoo), and
    /// which one the package has is not known.
    UnknownModuleStream,
    /// The record is of a repository beside the release's own, which holds the package too, and nothing tells which it came from.
    UnknownRepository,
    /// The vendor does not know yet.
    UnderInvestigation,
}

impl fmt::Display for UndeterminedReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoScheme => "no version scheme for this kind of package yet",
            Self::NoOrder => "the version has no defined order",
            Self::UnknownModuleStream => "the module stream or slot is not known",
            Self::UnknownRepository => "the repository that it came from is not known",
            Self::UnderInvestigation => "the vendor is still investigating",
        })
    }
}

impl<'s> Judgement<'s> {
    /// The records that affect the subject.
    pub fn affected(&self) -> impl Iterator<Item = &Match<'s>> {
        self.matches.iter().filter(|one| matches!(one.verdict, Verdict::Affected { .. }))
    }

    /// Why it could not be told for some records; sorted, each reason once.
    #[must_use]
    pub fn undetermined(&self) -> Vec<UndeterminedReason> {
        let reasons = self.matches.iter().filter_map(|one| match one.verdict {
            Verdict::Undetermined { why } => Some(why),
            Verdict::Affected { .. } | Verdict::NotAffected { .. } => None,
        });
        let mut reasons: Vec<_> = reasons.collect();
        reasons.sort_unstable();
        reasons.dedup();
        reasons
    }
}
