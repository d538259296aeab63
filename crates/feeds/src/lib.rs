//! The importers: each upstream feed's own format, read into advisory records, and the build of a snapshot from them.
//!
//! May use: `core`, `version`, `archive`, `advisory`. Must never know: images, findings, the server.
//! To add a feed: its file, and its line in [`FEEDS`].

mod alpine_secdb;
mod build;
mod complete;
mod document;
mod error;
mod feed;
mod import;
mod input;
mod options;
mod osv;
mod parse;
mod reading;
mod tally;
mod xml;

pub use build::{BuildReport, Progress, Skipped, build};
pub use error::FeedError;
pub use feed::{FEEDS, Feed, Origin};
pub use options::BuildOptions;
pub use reading::{Reading, read_document};
