use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;

use crate::ImagePath;

/// Something that was not read as it should have been. Every one is shown to the user; none is only logged.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Problem {
    pub kind: ProblemKind,
    /// The part that met it, where one did: an extractor's id.
    pub part: Option<String>,
    /// The file that it is about, inside the image.
    pub path: Option<ImagePath>,
    /// The layer's position from the bottom, 0 first.
    pub layer: Option<usize>,
    /// One sentence fragment for a person.
    pub detail: String,
}

impl Problem {
    #[must_use]
    pub fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Self { kind, part: None, path: None, layer: None, detail: detail.into() }
    }

    #[must_use]
    pub fn at(mut self, path: &ImagePath) -> Self {
        self.path = Some(path.clone());
        self
    }

    /// The order of reports: layer, path, kind, then the rest.
    #[must_use]
    pub fn report_order(&self, other: &Self) -> Ordering {
        let by_layer = self.layer.cmp(&other.layer);
        let by_path = by_layer.then_with(|| self.path.cmp(&other.path));
        by_path.then_with(|| self.kind.cmp(&other.kind)).then_with(|| self.cmp(other))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    /// The bytes are not of the form that their name or header says.
    Malformed,
    /// The bytes end before they should.
    Truncated,
    /// A limit was reached; what lies beyond was not read.
    LimitExceeded,
    /// A form that this version does not read: an encoding, a version of a format, a compression.
    Unsupported,
    /// The bytes could not be had: a missing blob, a read error.
    Unreadable,
    /// The bytes are not those of the digest that names them.
    DigestMismatch,
    /// A layer that the image names but does not bring (a foreign layer of another registry).
    ForeignLayer,
    /// A name that tried to leave the image's root.
    PathEscape,
    /// A part panicked; its other results stand.
    Panicked,
}

impl ProblemKind {
    pub const ALL: [Self; 9] = [
        Self::Malformed,
        Self::Truncated,
        Self::LimitExceeded,
        Self::Unsupported,
        Self::Unreadable,
        Self::DigestMismatch,
        Self::ForeignLayer,
        Self::PathEscape,
        Self::Panicked,
    ];

    /// The name in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Truncated => "truncated",
            Self::LimitExceeded => "limit-exceeded",
            Self::Unsupported => "unsupported",
            Self::Unreadable => "unreadable",
            Self::DigestMismatch => "digest-mismatch",
            Self::ForeignLayer => "foreign-layer",
            Self::PathEscape => "path-escape",
            Self::Panicked => "panicked",
        }
    }
}

impl fmt::Display for ProblemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A part that ran over the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartRun {
    pub id: &'static str,
    pub version: u32,
}

/// Whether system packages could be judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReleaseCoverage {
    /// No system packages, so no release is needed.
    NotNeeded,
    /// System packages, but no or an unknown os-release.
    Unknown,
    /// The release is known and no feed in the snapshot is declared complete for it.
    NoCompleteFeed,
    /// The release is known and these feeds are declared complete for it.
    Complete { feeds: Vec<String> },
    /// There is no advisory snapshot at all.
    NoSnapshot,
}

impl ReleaseCoverage {
    /// True where nothing of the release's advisories is missing.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        matches!(self, Self::NotNeeded | Self::Complete { .. })
    }
}

/// What was read and judged, and what was not. Never empty: it always names the parts that ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    pub parts: Vec<PartRun>,
    /// In the order of layer, path, kind.
    pub problems: Vec<Problem>,
    /// Problems beyond the limit, which were counted and dropped.
    pub problems_dropped: u64,
    pub release: ReleaseCoverage,
    /// The same of the systems of other roots in the image, by their names.
    pub other_systems: BTreeMap<String, ReleaseCoverage>,
    /// Families of packages in the image, beside the distribution's, for which no feed in the snapshot is declared complete; of
    /// packages for which there is no source of advisories, the type. Sorted.
    pub uncovered_families: Vec<String>,
    /// Packages whose verdict is "cannot tell", with the reason. Sorted.
    pub undetermined: Vec<Undetermined>,
}

/// A package that could not be judged, in whole or by one advisory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Undetermined {
    /// Name and version as the inventory has them.
    pub package: String,
    pub reason: String,
}

/// One word for what a coverage comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CoverageVerdict {
    /// Everything was read and judged.
    Complete,
    /// Something was not read, or some package could not be judged.
    Partial,
    /// The packages of the operating system could not be judged at all.
    NotCovered,
}

impl CoverageVerdict {
    /// The name in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::NotCovered => "not-covered",
        }
    }
}

impl Coverage {
    #[must_use]
    pub fn verdict(&self) -> CoverageVerdict {
        let is_whole = self.problems.is_empty()
            && self.problems_dropped == 0
            && self.uncovered_families.is_empty()
            && self.undetermined.is_empty()
            && self.other_systems.values().all(ReleaseCoverage::is_whole);
        match self.release {
            ReleaseCoverage::Unknown
            | ReleaseCoverage::NoCompleteFeed
            | ReleaseCoverage::NoSnapshot => CoverageVerdict::NotCovered,
            ReleaseCoverage::NotNeeded | ReleaseCoverage::Complete { .. } if is_whole => {
                CoverageVerdict::Complete
            }
            ReleaseCoverage::NotNeeded | ReleaseCoverage::Complete { .. } => {
                CoverageVerdict::Partial
            }
        }
    }
}
