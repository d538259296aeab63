//! Container formats of bytes: compression, tar and zip, read as streams within limits.
//!
//! May use: `core`, decompressors. Must never know: images, packages, advisories, the network.
//! Image layers, jars and advisory archives all come through here, so that hostile archives meet one set of bounds.

mod compression;
mod decoder;
mod read_at;
mod stream_error;
pub mod tar;
pub mod zip;

pub use compression::Compression;
pub use decoder::{Decoder, DecoderBounds};
pub use read_at::{FileBytes, ReadAt, ReadAtCursor, ScratchFile, Stretch};
pub use stream_error::{StreamError, read_problem};
pub use tar::{TarEntry, TarEntryKind, TarError, TarIndex, TarReader};
pub use zip::{ZipContent, ZipEntries, ZipEntry, ZipError, ZipReader};
