//! osv.dev, and whoever else publishes in its form: one record a document, or an array of them.

mod complete;
mod origins;

use self::complete::COMPLETE;
use self::origins::ORIGINS;
use crate::document::Document;
use crate::feed::Feed;
use crate::formats::osv::{self, Database};
use crate::import::{Import, NotOfThisFeed};

pub(crate) static OSV: Feed = Feed {
    id: "osv",
    version: 2,
    summary: "OSV records: every ecosystem of osv.dev, and whoever else publishes in that format",
    origins: ORIGINS,
    recognises: osv::recognises,
    import,
    complete: COMPLETE,
    ..Feed::BASE
};

fn import(document: &Document<'_>, import: &mut Import<'_>) -> Result<(), NotOfThisFeed> {
    osv::import(&Database { feed: OSV.id, names_no_package: false }, document, import)
}
