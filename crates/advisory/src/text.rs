//! The texts of a family's records: a section of their own, apart from what matching reads.
//!
//! ```text
//! count     of blocks, 32 bits
//! blocks    table: how large each is, and its texts, compressed by zstd
//! text      summary, details, references, symbols
//! ```

use std::collections::VecDeque;

use crate::codec::Cursor;
use crate::layout::u32_at;
use crate::pages::Pages;
use crate::table::Table;
use crate::{AffectedSymbols, RecordHandle, Snapshot, SnapshotError};

/// A block of texts beyond this size, uncompressed, is not read.
pub(crate) const TEXT_BLOCK_LIMIT: usize = 16 << 20;
/// Blocks that a reader keeps: neighbouring records of a few families.
const KEPT_BLOCKS: usize = 8;

/// The BLAKE3 digest of a family's texts, in their order, before they are compressed.
pub(crate) type TextDigest = [u8; 32];

/// A family's texts, readable.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TextBlocks<'a> {
    table: Table<'a>,
}

impl<'a> TextBlocks<'a> {
    pub(crate) fn read(section: &'a [u8], pages: &'a Pages) -> Result<Self, SnapshotError> {
        let part = "text blocks";
        let count = section.get(..4).ok_or(SnapshotError::damaged(part))?;
        let count = u32_at(pages.checked(count, part)?, 0).unwrap_or_default();
        Ok(Self { table: Table::at(section, Some(pages), (4, count), part)? })
    }

    /// The texts of one block.
    pub(crate) fn block(&self, number: u32) -> Result<Vec<u8>, SnapshotError> {
        decompressed(self.table.row(number)?)
    }
}

/// What a record tells people.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Text {
    pub summary: String,
    pub details: String,
    pub references: Vec<String>,
    /// The code that is affected, where the source names it.
    pub symbols: Vec<AffectedSymbols>,
}

/// Reads texts, keeping the blocks that it decompressed last: records with neighbouring ids share one.
pub struct TextReader<'a> {
    snapshot: &'a Snapshot,
    /// The last used at the end.
    blocks: VecDeque<Block>,
}

struct Block {
    family: u32,
    number: u32,
    bytes: Vec<u8>,
}

impl<'a> TextReader<'a> {
    #[must_use]
    pub fn new(snapshot: &'a Snapshot) -> Self {
        Self { snapshot, blocks: VecDeque::with_capacity(KEPT_BLOCKS) }
    }

    /// The texts of a record.
    pub fn text(&mut self, record: RecordHandle) -> Result<Text, SnapshotError> {
        let section = self.snapshot.section_of(record)?;
        let mut row = Cursor::new(section.records.row(record.index)?, "record");
        let (number, place) = (row.index()?, row.index()?);
        let is_wanted = |block: &Block| (block.family, block.number) == (record.family, number);
        let kept = self.blocks.iter().position(is_wanted);
        let block = match kept.and_then(|position| self.blocks.remove(position)) {
            Some(block) => block,
            None => {
                let bytes = self.snapshot.texts_at(record.family as usize)?.block(number)?;
                Block { family: record.family, number, bytes }
            }
        };
        let text = read(&block.bytes, place as usize);
        if self.blocks.len() == KEPT_BLOCKS {
            self.blocks.pop_front();
        }
        self.blocks.push_back(block);
        text
    }
}

fn decompressed(row: &[u8]) -> Result<Vec<u8>, SnapshotError> {
    let damaged = || SnapshotError::damaged("text block");
    let mut packed = Cursor::new(row, "text block");
    let size = usize::try_from(packed.number()?).map_err(|_| damaged())?;
    if size > TEXT_BLOCK_LIMIT {
        return Err(damaged());
    }
    zstd::bulk::decompress(packed.rest(), size).map_err(|_| damaged())
}

fn read(block: &[u8], place: usize) -> Result<Text, SnapshotError> {
    let bytes = block.get(place..).ok_or(SnapshotError::damaged("text block"))?;
    let mut text = Cursor::new(bytes, "text");
    let owned = |text: &str| text.to_owned();
    Ok(Text {
        summary: owned(text.text()?),
        details: owned(text.text()?),
        references: text.texts()?.into_iter().map(owned).collect(),
        symbols: symbols(&mut text)?,
    })
}

fn symbols(text: &mut Cursor<'_>) -> Result<Vec<AffectedSymbols>, SnapshotError> {
    let count = text.count()?;
    let one = |_| {
        Ok(AffectedSymbols {
            package: text.text()?.to_owned(),
            import: text.text()?.to_owned(),
            symbols: text.texts()?.into_iter().map(str::to_owned).collect(),
        })
    };
    (0..count).map(one).collect()
}
