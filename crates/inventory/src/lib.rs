//! Files to packages: one file per package format, os-release to distribution, and the merge of layers into one inventory.
//!
//! May use: `core`, `archive`. Must never know: the network, the clock, advisories, where an image comes from.
//!
//! A layer knows no distribution, so there are two stages: extractors turn single files into [`Fact`]s (a layer's result, which can
//! be cached), and the merge turns the facts of all layers into packages with their evidence and owners.

mod extract;
mod extractors;

pub use extract::{
    Extraction, Extractor, Fact, FoundPackage, FoundState, Owned, Pattern, WantedFile,
};
pub use extractors::EXTRACTORS;
