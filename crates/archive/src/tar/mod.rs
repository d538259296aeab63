//! Tar archives, read as a stream: v7, ustar, GNU (long names, sparse files) and PAX.
//!
//! Formats: POSIX.1-2017 `pax`, and the GNU tar manual ("Basic Tar Format", "Storing Sparse Files"). Where writers disagree,
//! the reading is that of Go's `archive/tar`, because that is what container runtimes unpack layers with: a file must not have
//! one name in a container and another one here.

mod blocks;
mod entry;
mod header;
mod index;
mod pax;
mod reader;
mod sparse;
#[cfg(test)]
mod tests;

pub use entry::{TarEntry, TarEntryKind, TarError};
pub use index::TarIndex;
pub use reader::TarReader;

/// Archives are made of blocks of this size.
const BLOCK_BYTES: usize = 512;

/// The bytes that fill content of this size up to whole blocks.
fn padding_of(size: u64) -> u64 {
    (BLOCK_BYTES as u64 - size % BLOCK_BYTES as u64) % BLOCK_BYTES as u64
}
