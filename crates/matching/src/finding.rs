//! What is reported: one flaw or malware, with every place of the image that it concerns and every record that says so.

use plimsoll_advisory::{SeverityClaim, Status};
use plimsoll_core::Severity;

/// A vulnerability as a view over records, or malware, in one image.
///
/// Its key is `kind` and `id`: no text, severity or revision, so that none of their changes closes or opens anything.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    pub kind: FindingKind,
    /// The CVE, or the id of the advisory that has none yet.
    pub id: String,
    /// Other names of the same flaw, sorted, without `id`.
    pub aliases: Vec<String>,
    /// One line.
    pub title: String,
    /// The worst of the occurrences.
    pub severity: Severity,
    /// Whose word that severity is; `None` for unknown.
    pub severity_source: Option<String>,
    /// Every score that a record states, sorted by version (newest first), then source.
    pub cvss: Vec<CvssScore>,
    pub cwes: Vec<String>,
    /// RFC 3339, the earliest of the records.
    pub published: Option<String>,
    /// RFC 3339, the latest of the records.
    pub modified: Option<String>,
    pub references: Vec<String>,
    /// Sorted by package; never empty.
    pub occurrences: Vec<Occurrence>,
    /// Every record that was folded in, sorted by feed, then id.
    pub records: Vec<SourceRecord>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingKind {
    Vulnerability,
    /// A package that is itself malicious (`MAL-` records).
    Malware,
}

/// One package that a finding concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// Position in the list of packages that was judged.
    pub package: usize,
    /// The smallest version that none of the records affects any more; `None` where they name none.
    pub fixed: Option<String>,
    pub status: Status,
    pub severity: Severity,
    /// The ids of the records that say so, sorted.
    pub records: Vec<String>,
}

/// A CVSS base score.
#[derive(Clone, Debug, PartialEq)]
pub struct CvssScore {
    pub source: String,
    /// `2.0`, `3.0`, `3.1` or `4.0`.
    pub version: &'static str,
    pub vector: String,
    /// 0.0 to 10.0.
    pub score: f64,
}

/// A record as its feed published it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct SourceRecord {
    pub feed: String,
    pub id: String,
    /// Of the record as a whole, as it states them.
    pub severities: Vec<SeverityClaim>,
    /// What it says of the finding's packages, sorted by package.
    pub statements: Vec<Statement>,
}

/// What one record says of one package.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Statement {
    /// Position in the list of packages that was judged.
    pub package: usize,
    /// The smallest version that this record does not affect; `None` where it names none.
    pub fixed: Option<String>,
    pub status: Status,
}
