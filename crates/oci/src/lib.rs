//! Images: references, manifests, configs, layers, and the sources they come from (registry, archive, layout, directory).
//!
//! May use: `core`, `archive`, HTTP. Must never know: packages, vulnerabilities, the database.

mod document;
mod error;
mod image;

pub use document::{Descriptor, History, ImageConfig, Index, Manifest};
pub use error::OciError;
pub use image::{BlobOpener, Image, LayerBlob, SourceKind};
