//! Inventory and advisories to verdicts and findings. All pure.
//!
//! A [`MatchSubject`] is what may be read of a package; [`judge`] gives the verdict of every record on it, and [`judge_all`] those
//! on all of an image; [`fold`] folds the records of one flaw, over all packages of an image, into one [`Finding`].
//!
//! May use: `core`, `version`, `advisory`. Must never know: bytes of an image, the network, SQL, HTTP.

mod borrowed;
mod claims;
mod concern;
mod disagreement;
mod finding;
mod fold;
mod group;
mod identity;
mod interval;
mod judge;
mod releases;
mod severity;
mod stream;
mod subject;
#[cfg(test)]
mod testing;
mod texts;
mod vendor;
mod verdict;

pub use disagreement::Overruled;
pub use finding::{CvssScore, Finding, FindingKind, Occurrence, SourceRecord, Statement};
pub use fold::{Folded, Judged, fold};
pub use judge::{judge, judge_all};
pub use releases::releases;
pub use stream::Stream;
pub use subject::{MatchSubject, NotJudged, SubjectKey};
pub use verdict::{Judgement, Match, NotAffectedReason, UndeterminedReason, Verdict};
