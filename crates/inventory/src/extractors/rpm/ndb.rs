//! ndb, SUSE's form (rpm, `lib/backend/ndb/rpmpkg.c`): a table of slots, each of which says where a package's header lies.
//!
//! All numbers are little-endian. The first page begins with a header of 32 bytes; slots of 16 bytes follow to the end of the slot
//! pages; blobs lie behind them in blocks of 16 bytes, between a head that repeats the slot's number and a tail.

use super::Collector;
use crate::pages::{File, malformed, too_large, u32_le};
use plimsoll_core::{Problem, ProblemKind};

pub(super) const MAGIC: &[u8] = b"RpmP";

const VERSION: u32 = 0;
const PAGE_BYTES: usize = 4096;
const FILE_HEADER_BYTES: usize = 32;
const SLOT_BYTES: usize = 16;
const SLOT_MAGIC: &[u8] = b"Slot";
const BLOCK_BYTES: u64 = 16;
const BLOB_MAGIC: &[u8] = b"BlbS";
const BLOB_HEAD_BYTES: usize = 16;
const BLOB_TAIL_BYTES: u64 = 12;

pub(super) fn read(file: &File<'_>, collector: &mut Collector<'_>) -> Result<(), Problem> {
    let mut buffer = Vec::new();
    let header = file.piece(0, FILE_HEADER_BYTES, &mut buffer)?;
    let version = u32_le(header, 4).unwrap_or(u32::MAX);
    if version != VERSION {
        let detail = format!("version {version} of ndb");
        return Err(Problem::new(ProblemKind::Unsupported, detail));
    }
    let slot_pages = u64::from(u32_le(header, 12).unwrap_or_default());
    // Blobs of a sound file do not overlap, so that together they are smaller than it.
    let mut bytes_left = file.size();
    for page in 0..slot_pages {
        let slots = file.piece(page * PAGE_BYTES as u64, PAGE_BYTES, &mut buffer)?;
        let skipped = if page == 0 { FILE_HEADER_BYTES } else { 0 };
        for slot in slots.get(skipped..).unwrap_or_default().chunks_exact(SLOT_BYTES) {
            let goes_on = match Slot::parse(slot) {
                Ok(Some(slot)) => read_blob(file, &slot, &mut bytes_left, collector),
                Ok(None) => true,
                Err(problem) => collector.damaged(problem),
            };
            if !goes_on {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Where one package's header lies.
struct Slot {
    package: u32,
    first_block: u32,
    blocks: u32,
}

impl Slot {
    /// `None` for a slot that is free.
    fn parse(bytes: &[u8]) -> Result<Option<Self>, Problem> {
        if !bytes.starts_with(SLOT_MAGIC) {
            return Err(malformed("a slot without its mark"));
        }
        let field = |at| u32_le(bytes, at).unwrap_or_default();
        let slot = Self { package: field(4), first_block: field(8), blocks: field(12) };
        Ok(Some(slot).filter(|slot| slot.package != 0 && slot.first_block != 0))
    }
}

/// False where no more packages are wanted.
fn read_blob(
    file: &File<'_>,
    slot: &Slot,
    bytes_left: &mut u64,
    collector: &mut Collector<'_>,
) -> bool {
    let mut buffer = Vec::new();
    match blob(file, slot, collector.limits.rpm_header_bytes, &mut buffer) {
        Ok(header) if header.len() as u64 > *bytes_left => {
            collector.damaged(malformed("slots that overlap"));
            false
        }
        Ok(header) => {
            *bytes_left -= header.len() as u64;
            collector.take(header)
        }
        Err(problem) => collector.damaged(problem),
    }
}

fn blob<'b>(
    file: &'b File<'_>,
    slot: &Slot,
    limit: usize,
    buffer: &'b mut Vec<u8>,
) -> Result<&'b [u8], Problem> {
    let start = u64::from(slot.first_block) * BLOCK_BYTES;
    let head = file.piece(start, BLOB_HEAD_BYTES, buffer)?;
    if !head.starts_with(BLOB_MAGIC) {
        return Err(malformed("a blob without its mark"));
    }
    if u32_le(head, 4) != Some(slot.package) {
        return Err(malformed("a blob of another package than its slot says"));
    }
    let length = u32_le(head, 12).unwrap_or_default();
    let needed = BLOB_HEAD_BYTES as u64 + u64::from(length) + BLOB_TAIL_BYTES;
    if needed > u64::from(slot.blocks) * BLOCK_BYTES {
        return Err(malformed("a blob longer than its slot says"));
    }
    if length as usize > limit {
        return Err(too_large(u64::from(length), limit));
    }
    file.piece(start + BLOB_HEAD_BYTES as u64, length as usize, buffer)
}
