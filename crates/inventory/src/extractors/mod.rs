//! The package formats, one file each. To add one: its file, and its line in [`EXTRACTORS`].

use crate::Extractor;

/// Every part that reads files, in the order of their ids.
pub static EXTRACTORS: &[&Extractor] = &[];
