//! Images: references, manifests, configs, layers, and the sources they come from (registry, container engine, archive, layout,
//! directory).
//!
//! May use: `core`, `archive`, `http`. Must never know: packages, vulnerabilities, the database.

mod artifact;
pub mod challenge;
pub mod daemon;
mod deadline;
mod document;
mod error;
mod image;
mod layer;
mod listing;
mod media_type;
mod pipe;
mod reference;
pub mod registry;
mod registry_reference;
mod resolve;
mod resolver;
mod source;

pub use deadline::Deadline;
pub use document::{Descriptor, History, ImageConfig, Index, Manifest};
pub use error::OciError;
pub use image::{BlobOpener, Image, LayerBlob, SourceKind};
pub use layer::{
    LayerEntry, LayerEntryKind, LayerRequest, LayerSink, WalkedLayer, digest_layer, walk_layer,
};
pub use listing::{IndexListing, IndexMember};
pub use reference::{ArchiveForm, Reference, Selector};
pub use registry_reference::RegistryReference;
pub use resolve::{
    Document, DocumentStore, Origin, ResolveOptions, Resolved, is_attestation, resolve,
    resolve_among,
};
pub use source::rootfs::{Exclusions, WalkedRootfs};
pub use source::{
    Analyse, ArchiveStream, OpenOptions, Opened, Passed, Passing, Rootfs, list, open, open_member,
};
