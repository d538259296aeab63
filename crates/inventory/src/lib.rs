//! Files to packages: one file per package format, os-release to distribution, and the merge of layers into one inventory.
//!
//! May use: `core`, `archive`. Must never know: the network, the clock, advisories, where an image comes from.
//!
//! A layer knows no distribution, so there are two stages: extractors turn single files into [`Fact`]s (a layer's result, which can
//! be cached), and the merge turns the facts of all layers into packages with their evidence and owners.

mod assemble;
mod distro;
mod example;
mod extract;
pub mod extractors;
mod fields;
mod layer;
mod license;
mod matcher;
mod missed;
mod object;
mod overlay;
mod owners;
mod pages;
mod purl;
mod roots;
pub mod sbom;
mod sqlite;
mod text;
mod xml;

pub use assemble::{Inventory, OtherSystem, assemble};
pub use distro::{DISTROS, KnownDistro, distro};
pub use extract::{
    About, Authority, Candidate, Extraction, Extractor, Fact, FoundPackage, FoundState, Owned,
    Pattern, Reads, WantedFile,
};
pub use extractors::{EXTRACTORS, RELEASE_FILES};
pub use layer::{
    FileFacts, LayerResult, PartResult, Structure, StructureBuilder, facts_weight, problem_weight,
};
pub use matcher::{InOtherRoot, Matcher, PartSet};
pub use missed::{Missed, missed};
pub use overlay::Overlay;
pub use purl::{distro_of_purl, purl};
