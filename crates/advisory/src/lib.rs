//! The advisory snapshot: what advisories say, in one immutable, memory-mapped, revisioned file.
//!
//! May use: `core`, `version`, file mapping. Must never know: where feeds live, what an image is.

mod record;

pub use record::{Advisory, Affected, Interval, RangeEnd, SeverityClaim, SeveritySystem, Status};
