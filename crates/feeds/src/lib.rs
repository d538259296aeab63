//! The importers: each upstream feed's own format, read into advisory records, and the build of a snapshot from them.
//!
//! What feeds publish is fetched in `fetch`: nothing else here uses the network.
//!
//! May use: `core`, `version`, `archive`, `http`, `advisory`. Must never know: images, findings, the server.
//! To add a feed: its file in `feeds`, and its line in [`FEEDS`]. What several of them are written in is in `formats`.

mod build;
mod complete;
mod document;
mod error;
mod feed;
mod feeds;
mod fetch;
mod formats;
mod import;
mod input;
mod kept;
mod options;
mod parse;
mod reading;
mod skipped;
mod tally;

pub use build::{BuildReport, Damaged, Progress, build};
pub use error::FeedError;
pub use feed::{Feed, Origin, OriginKind};
pub use feeds::FEEDS;
pub use fetch::{
    FetchOptions, FetchedFiles, FileReport, Freshness, Outcome, Selection, UpdateError,
    UpdateProgress, UpdateReport, UpdateRequest, UpdateSize, freshness, size_of_update, update,
};
pub use options::BuildOptions;
pub use reading::{Reading, read_document};
pub use skipped::{OF_NO_FEED, Skipped, Standing};
