//! The targets, one decoder or one family of them a file. To add one: its file, and its line in [`TARGETS`].

mod archive_stream;
mod cache_record;
mod challenge;
mod decompress;
mod documents;
pub(crate) mod extractor;
pub(crate) mod feed;
mod image;
mod jar;
mod layer;
mod merge;
mod names;
mod requirement;
mod snapshot;
mod snapshot_exported;
mod snapshot_written;
mod tar;
pub(crate) mod version;
mod zip;

use crate::Fixed;

/// Every target that is no part of a list, in the order of their names.
pub static TARGETS: &[&Fixed] = &[
    &archive_stream::ARCHIVE_STREAM,
    &cache_record::CACHE_RECORD,
    &challenge::CHALLENGE,
    &decompress::DECOMPRESS,
    &documents::DOCUMENTS,
    &image::IMAGE,
    &jar::JAR,
    &layer::LAYER,
    &merge::MERGE,
    &names::NAMES,
    &names::PURL,
    &requirement::REQUIREMENT,
    &snapshot::SNAPSHOT,
    &snapshot_exported::SNAPSHOT_EXPORTED,
    &snapshot_written::SNAPSHOT_WRITTEN,
    &tar::TAR,
    &zip::ZIP,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_ascend() {
        assert!(TARGETS.is_sorted_by(|one, other| one.name < other.name));
    }
}
