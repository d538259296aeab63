//! Container formats of bytes: compression, tar and zip, read as streams within limits.
//!
//! May use: `core`, decompressors. Must never know: images, packages, advisories, the network.
//! Image layers, jars and advisory archives all come through here, so that hostile archives meet one set of bounds.

mod read_at;

pub use read_at::{ReadAt, ScratchFile};
