use std::io;
use std::path::PathBuf;

use plimsoll_http::TrustError;

use crate::error::FeedError;

/// Why feeds could not be updated at all. That one of them could not be had is no such error: it stands in the report.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    #[error("use {}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("update the feeds in {}: another update is under way", path.display())]
    Locked { path: PathBuf },
    /// What only an update makes in the directory of feeds.
    #[error("use {}: it is a symbolic link, which no update makes\nhint: remove it", path.display())]
    Link { path: PathBuf },
    #[error(transparent)]
    Trust(#[from] TrustError),
    #[error("read the address `{address}`: {detail}")]
    Address { address: String, detail: &'static str },
    #[error("find the feed `{feed}`\nhint: those that are published somewhere are {known}")]
    UnknownFeed { feed: String, known: String },
    #[error("name an extra feed `{name}`: a name is one plain word")]
    ExtraName { name: String },
    #[error("read the archive {}: {detail}", path.display())]
    Archive { path: PathBuf, detail: String },
    /// The snapshot that is there was built of other files than lie in the directory of feeds: imported, or built elsewhere.
    #[error(
        "replace the advisory snapshot: it was not built by an update here, and the new one would be without {lost}\n\
         hint: fetch those feeds too, or take the loss with --accept-shrunk"
    )]
    WouldLose { lost: String },
    /// The snapshot that is there cannot be read, and no update here has built it.
    #[error(
        "replace the advisory snapshot: it was not built by an update here, and what it has cannot be told: {why}\n\
         hint: update all feeds, without --only, or take the loss with --accept-shrunk"
    )]
    WouldLoseUntold { why: String },
    #[error(transparent)]
    Build(#[from] FeedError),
}
