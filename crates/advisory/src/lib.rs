//! The advisory snapshot: what advisories say, in one immutable, memory-mapped, revisioned file.
//!
//! May use: `core`, `version`, file mapping. Must never know: where feeds live, what an image is.

mod codec;
mod content_set;
mod difference;
mod entry;
mod error;
mod fact;
mod family;
mod layout;
mod map;
mod metadata;
mod nearness;
mod pages;
mod record;
mod reseal;
mod section;
mod snapshot;
mod table;
mod text;
mod transfer;
mod writer;

pub use difference::{Change, Difference};
pub use entry::{
    EndRef, Entries, Entry, EntryDetail, IntervalRef, ReleaseSet, SeverityRef, StartRef,
    StoredSeverities,
};
pub use error::SnapshotError;
pub use fact::{Record, RecordHandle};
pub use family::{AdvisoryFamily, FAMILIES, NameKind, advisory_family, normal_name};
pub use layout::FAMILY_NAME_BYTES;
pub use metadata::{CompleteFeed, Source};
pub use nearness::distance_from_vendor;
pub use record::{
    Advisory, Affected, AffectedSymbols, Interval, RangeEnd, RangeStart, SeverityClaim,
    SeveritySystem, Status,
};
#[doc(hidden)]
pub use reseal::reseal;
pub use snapshot::{Counts, Revision, Snapshot};
pub use text::{Text, TextReader};
pub use transfer::{import, is_exported};
pub use writer::{EncodedAdvisory, EncodedPart, SnapshotWriter, Written};
