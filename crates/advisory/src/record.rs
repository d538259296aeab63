//! An advisory as an importer gives it to the snapshot's writer. Key: (feed, family, package, id).

use crate::NameKind;

/// One upstream record.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Advisory {
    /// The feed that it comes from: an importer's id, such as `osv` or `alpine-secdb`.
    pub feed: String,
    /// The source's own id: `CVE-2021-44228`, `GHSA-…`, `DSA-5000-1`, `RHSA-2020:1113`.
    pub id: String,
    /// Other names of the very same flaw. Identity.
    pub aliases: Vec<String>,
    /// Of an erratum (RHSA, DSA, ALSA …): the flaws that it fixes. Of a CVE or GHSA record: merely kindred.
    pub related: Vec<String>,
    /// The flaws that this record is derived from (OSV `upstream`).
    pub upstream: Vec<String>,
    pub summary: String,
    pub details: String,
    /// RFC 3339, as the source states it.
    pub published: Option<String>,
    pub modified: Option<String>,
    /// Set where the source has taken the record back: it then judges nothing.
    pub withdrawn: Option<String>,
    /// Of the record as a whole.
    pub severities: Vec<SeverityClaim>,
    pub references: Vec<String>,
    pub cwes: Vec<String>,
    pub affected: Vec<Affected>,
    /// The code that is affected, where the source names it.
    pub symbols: Vec<AffectedSymbols>,
    /// Where it was read: [`Source::name`](crate::Source) of an input. A build says so, not an importer.
    pub input: String,
}

/// The code of one package that a flaw lies in, so that who never calls it can be told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct AffectedSymbols {
    /// As in [`Affected::package`].
    pub package: String,
    /// What is imported of it, such as Go's `golang.org/x/net/http2/hpack`.
    pub import: String,
    /// Functions and methods, such as `Decoder.Write`; empty for all of them.
    pub symbols: Vec<String>,
}

/// Somebody's word on how bad it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeverityClaim {
    /// Whose word: `debian`, `redhat`, `github`, `nvd` …
    pub source: String,
    pub system: SeveritySystem,
    /// A CVSS vector, or a word.
    pub value: String,
}

/// What a severity claim is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SeveritySystem {
    CvssV2,
    CvssV3,
    CvssV4,
    /// A vendor's word, such as `important` or `unimportant`.
    Word,
}

/// What one record says about one package in one release.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Affected {
    /// The OSV ecosystem before the first colon: `Debian`, `Red Hat`, `npm`.
    pub family: String,
    /// The OSV ecosystem after the first colon: `12`, `v3.18`, `enterprise_linux:7::server`. Empty for languages.
    pub release: String,
    /// The package's name in that family, as it is matched (see [`crate::normal_name`]).
    pub package: String,
    /// Which package that is, where the record departs from its family's custom
    /// ([`AdvisoryFamily::names`](crate::AdvisoryFamily)): a fix may name binaries where what is not fixed yet names sources.
    pub names: Option<NameKind>,
    /// Versions that are affected: any of these intervals, or any of `versions`.
    pub intervals: Vec<Interval>,
    /// Versions affected by name.
    pub versions: Vec<String>,
    pub status: Status,
    /// Modularity stream that the entry is for, `name:stream`; of Gentoo, the slot.
    pub module: Option<String>,
    /// Architectures that the entry is for; empty for all.
    pub arches: Vec<String>,
    /// The vendor's word on this package in this release.
    pub severities: Vec<SeverityClaim>,
    /// apk: the repository (`main`, `community`); else empty.
    pub repository: String,
}

/// Versions from a start to an end. Both in the family's version scheme.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval {
    pub start: RangeStart,
    pub end: RangeEnd,
}

impl Interval {
    /// Every version.
    pub const ALL: Self = Self { start: RangeStart::First, end: RangeEnd::Open };

    /// Every version before the first that is fixed.
    pub fn below(fixed: impl Into<String>) -> Self {
        Self { start: RangeStart::First, end: RangeEnd::Fixed(fixed.into()) }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RangeStart {
    /// The very first version.
    First,
    /// The first version that is affected.
    From(String),
    /// The last version that is not affected yet.
    After(String),
}

impl RangeStart {
    /// `0` and the empty text stand for the very first version (OSV schema, "introduced").
    #[must_use]
    pub fn from_introduced(version: &str) -> Self {
        match version {
            "" | "0" => Self::First,
            version => Self::From(version.to_owned()),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RangeEnd {
    /// No fixed version is known.
    Open,
    /// The first version that is not affected.
    Fixed(String),
    /// The last version that is affected; no fixed version is known.
    LastAffected(String),
}

/// What the source says of the package, besides versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Status {
    #[default]
    Affected,
    /// Negative evidence: the source says that this package is not affected.
    NotAffected,
    /// Affected, and the vendor puts the fix off: Debian's "no-dsa" and "postponed", Red Hat's "fix deferred", Ubuntu's "deferred".
    Deferred,
    /// Affected, and the vendor says that it will not fix it.
    WillNotFix,
    /// Affected, and out of the vendor's support.
    EndOfLife,
    /// The vendor does not know yet.
    UnderInvestigation,
}
