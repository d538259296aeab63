//! The texts of records, compressed in blocks: large enough to compress well, small enough to read one text quickly.

use crate::SnapshotError;
use crate::codec::push_number;
use crate::table::TableBuilder;
use crate::text::{TEXT_BLOCK_LIMIT, TextDigest};

/// What repeats itself in a block is stored once: vendors' texts do so over hundreds of kilobytes. Larger blocks gain little more, and
/// one is unpacked in a millisecond.
const BLOCK_BYTES: usize = 1 << 20;
const COMPRESSION_LEVEL: i32 = 9;

/// Writes a family's texts.
pub(crate) struct TextWriter {
    table: TableBuilder,
    block: Vec<u8>,
    hasher: blake3::Hasher,
}

/// A family's texts, written.
pub(crate) struct Texts {
    pub(crate) section: Vec<u8>,
    pub(crate) digest: TextDigest,
}

impl TextWriter {
    pub(crate) fn new() -> Self {
        let block = Vec::with_capacity(BLOCK_BYTES);
        Self { table: TableBuilder::new(), block, hasher: blake3::Hasher::new() }
    }

    /// Appends a text; gives its block and its place in it.
    pub(crate) fn push(&mut self, text: &[u8]) -> Result<(u32, u32), SnapshotError> {
        if !self.block.is_empty() && self.block.len() + text.len() > BLOCK_BYTES {
            self.flush()?;
        }
        let place = (self.table.count(), self.block.len() as u32);
        self.block.extend_from_slice(text);
        self.hasher.update(text);
        Ok(place)
    }

    fn flush(&mut self) -> Result<(), SnapshotError> {
        let too_large = || SnapshotError::TooLarge { family: "a text".to_owned() };
        if self.block.len() > TEXT_BLOCK_LIMIT {
            return Err(too_large());
        }
        let mut row = Vec::new();
        push_number(&mut row, self.block.len() as u64);
        let packed = zstd::bulk::compress(&self.block, COMPRESSION_LEVEL)
            .map_err(|source| SnapshotError::Scratch { source })?;
        row.extend(packed);
        self.block.clear();
        if self.table.push(&row) { Ok(()) } else { Err(too_large()) }
    }

    pub(crate) fn finish(mut self) -> Result<Texts, SnapshotError> {
        self.flush()?;
        let mut section = self.table.count().to_le_bytes().to_vec();
        self.table.write_to(&mut section);
        Ok(Texts { section, digest: *self.hasher.finalize().as_bytes() })
    }
}
