use std::collections::BTreeMap;

use plimsoll_advisory::Advisory;

use crate::document::{Document, Outline};
use crate::feed::Feed;
use crate::feeds::FEEDS;
use crate::import::Import;
use crate::input::decoded;
use crate::options::BuildOptions;
use crate::parse::import_guarded;

/// What one document gave.
pub struct Reading {
    /// The feed that knew it.
    pub feed: &'static Feed,
    pub advisories: Vec<Advisory>,
    /// Records and parts of records that should say something and could not be taken, by reason.
    pub rejected: BTreeMap<&'static str, u64>,
    /// Parts of records that say nothing about any package, by reason.
    pub ignored: BTreeMap<&'static str, u64>,
}

/// Reads one document as a build does, unpacked where its name says that it is compressed. `None` where no feed knows it.
#[must_use]
pub fn read_document(path: &str, bytes: Vec<u8>, options: &BuildOptions) -> Option<Reading> {
    let bytes = decoded(path, bytes, &options.limits).ok()?;
    let document = Document { path, bytes: &bytes };
    let outline = Outline::of(&document);
    FEEDS.iter().filter(|feed| (feed.recognises)(&outline)).find_map(|feed| {
        let mut import = Import::new(options);
        import_guarded(feed, &document, &mut import).ok()?;
        let Import { advisories, tally, .. } = import;
        Some(Reading { feed, advisories, rejected: tally.rejected, ignored: tally.ignored })
    })
}
