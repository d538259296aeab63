//! BerkeleyDB's hash form, in which rpm kept its packages until SQLite (Berkeley DB, `dbinc/db_page.h`: `HMETA33`, `PAGE`, `HOFFPAGE`).
//!
//! Numbers are in the byte order of the machine that wrote the file; the magic number tells which. Pages are taken in the order of the
//! file instead of that of the buckets, which leads to each just once. A page holds pairs of a key and a header; a header that is
//! too long for its page lies in a chain of overflow pages.

use super::Collector;
use crate::pages::{File, Visited, four_at, malformed, too_large};
use plimsoll_core::{Problem, ProblemKind};

const HASH_MAGIC: u32 = 0x0006_1561;
const MAGIC_OFFSET: usize = 12;
const META_BYTES: usize = 72;
const PAGE_HEADER_BYTES: usize = 26;

const PAGE_FREE: u8 = 0;
const PAGE_HASH_UNSORTED: u8 = 2;
const PAGE_OVERFLOW: u8 = 7;
const PAGE_HASH_META: u8 = 8;
const PAGE_HASH: u8 = 13;

const ITEM_INLINE: u8 = 1;
const ITEM_OFF_PAGE: u8 = 3;

/// The key under which rpm keeps the highest number in use.
const KEY_OF_COUNTER: [u8; 4] = [0; 4];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ByteOrder {
    Little,
    Big,
}

impl ByteOrder {
    fn u32(self, bytes: &[u8], offset: usize) -> Option<u32> {
        let four = four_at(bytes, offset)?;
        Some(match self {
            Self::Little => u32::from_le_bytes(four),
            Self::Big => u32::from_be_bytes(four),
        })
    }

    fn u16(self, bytes: &[u8], offset: usize) -> Option<usize> {
        let two = *bytes.get(offset..)?.first_chunk()?;
        Some(usize::from(match self {
            Self::Little => u16::from_le_bytes(two),
            Self::Big => u16::from_be_bytes(two),
        }))
    }
}

/// The byte order of a hash database with this beginning; `None` for anything else.
pub(super) fn byte_order(magic: &[u8]) -> Option<ByteOrder> {
    [ByteOrder::Little, ByteOrder::Big]
        .into_iter()
        .find(|order| order.u32(magic, MAGIC_OFFSET) == Some(HASH_MAGIC))
}

pub(super) fn read(
    file: &File<'_>,
    order: ByteOrder,
    collector: &mut Collector<'_>,
) -> Result<(), Problem> {
    let mut buffer = Vec::new();
    let meta = Meta::parse(file.piece(0, META_BYTES, &mut buffer)?, order)?;
    let whole_pages = file.size() / meta.page_size as u64;
    let mut walk =
        Walk { file, order, page_size: meta.page_size, visited: Visited::new(whole_pages) };
    let mut overflow_pages = 0;
    for number in 1..meta.pages.min(whole_pages) {
        let start = number * meta.page_size as u64;
        let kind = file.piece(start, PAGE_HEADER_BYTES, &mut buffer)?.last().copied();
        let goes_on = match kind {
            Some(PAGE_HASH | PAGE_HASH_UNSORTED) => {
                let page = file.piece(start, meta.page_size, &mut buffer)?;
                walk.read_page(page, collector)
            }
            Some(PAGE_OVERFLOW) => {
                overflow_pages += 1;
                true
            }
            Some(PAGE_FREE) => true,
            _ => collector.damaged(malformed("a page of a kind that rpm does not write")),
        };
        if !goes_on {
            return Ok(());
        }
    }
    // What is deleted is marked as free, so that overflow pages which belong to nothing are what is left of a lost record.
    if walk.visited.count() != overflow_pages {
        let detail = format!(
            "{overflow_pages} overflow pages, of which records name {}",
            walk.visited.count()
        );
        collector.damaged(malformed(&detail));
    }
    if meta.pages > whole_pages {
        let detail = format!("{} pages, of which {whole_pages} are there", meta.pages);
        return Err(Problem::new(ProblemKind::Truncated, detail));
    }
    Ok(())
}

/// What the first page says of the others.
struct Meta {
    page_size: usize,
    /// The number of the last page and one.
    pages: u64,
}

impl Meta {
    fn parse(bytes: &[u8], order: ByteOrder) -> Result<Self, Problem> {
        let byte = |at: usize| bytes.get(at).copied().unwrap_or_default();
        let (encryption, kind, flags) = (byte(24), byte(25), byte(26));
        if kind != PAGE_HASH_META {
            return Err(malformed("a first page that describes no hash"));
        }
        // Encrypted and checksummed pages begin with a longer header; rpm never asks for either.
        if encryption != 0 || flags & 1 != 0 {
            let detail = "an encrypted or checksummed database";
            return Err(Problem::new(ProblemKind::Unsupported, detail));
        }
        let page_size = order.u32(bytes, 20).unwrap_or_default() as usize;
        if !page_size.is_power_of_two() || !(512..=65_536).contains(&page_size) {
            return Err(malformed("a page size that cannot be"));
        }
        let pages = u64::from(order.u32(bytes, 32).unwrap_or_default()) + 1;
        Ok(Self { page_size, pages })
    }
}

struct Walk<'a> {
    file: &'a File<'a>,
    order: ByteOrder,
    page_size: usize,
    /// Overflow pages.
    visited: Visited,
}

impl Walk<'_> {
    /// Reads the pairs of a hash page. False where no more packages are wanted.
    fn read_page(&mut self, page: &[u8], collector: &mut Collector<'_>) -> bool {
        let count = self.order.u16(page, 20).unwrap_or_default();
        let mut end = page.len();
        let mut key: Option<&[u8]> = None;
        for index in 0..count {
            let Some(item) = self.item(page, index, &mut end) else {
                return collector.damaged(malformed("a hash page whose items overlap or leave it"));
            };
            let Some(known_key) = key.take() else {
                key = Some(item);
                continue;
            };
            if known_key.get(1..) == Some(&KEY_OF_COUNTER[..]) {
                continue;
            }
            if !self.read_item(item, collector) {
                return false;
            }
        }
        true
    }

    /// Items are stacked from the end of the page downwards: each ends where the one before it begins, at `end`.
    fn item<'b>(&self, page: &'b [u8], index: usize, end: &mut usize) -> Option<&'b [u8]> {
        let place = PAGE_HEADER_BYTES.checked_add(index.checked_mul(2)?)?;
        let start = self.order.u16(page, place)?;
        if start <= place {
            return None;
        }
        let item = page.get(start..*end)?;
        *end = start;
        Some(item)
    }

    fn read_item(&mut self, item: &[u8], collector: &mut Collector<'_>) -> bool {
        let result = match item.split_first() {
            Some((&ITEM_INLINE, header)) => return collector.take(header),
            Some((&ITEM_OFF_PAGE, _)) => self.chain(item, collector.limits.rpm_header_bytes),
            _ => Err(malformed("an item of a kind that rpm does not write")),
        };
        match result {
            Ok(header) => collector.take(&header),
            Err(problem) => collector.damaged(problem),
        }
    }

    /// Joins the overflow pages of one item.
    fn chain(&mut self, item: &[u8], limit: usize) -> Result<Vec<u8>, Problem> {
        let short = || malformed("an item shorter than its kind");
        let mut number = self.order.u32(item, 4).ok_or_else(short)?;
        let length = self.order.u32(item, 8).ok_or_else(short)? as usize;
        if length > limit {
            return Err(too_large(length as u64, limit));
        }
        let mut header = Vec::new();
        let mut buffer = Vec::new();
        while number != 0 && header.len() < length {
            self.visited.visit(u64::from(number))?;
            let start = u64::from(number) * self.page_size as u64;
            let page = self.file.piece(start, self.page_size, &mut buffer)?;
            if page.get(PAGE_HEADER_BYTES - 1) != Some(&PAGE_OVERFLOW) {
                return Err(malformed("an overflow chain that leads to a page of another kind"));
            }
            let used = self.order.u16(page, 22).unwrap_or_default();
            let data = page.get(PAGE_HEADER_BYTES..).and_then(|data| data.get(..used));
            header.extend_from_slice(data.ok_or_else(|| malformed("an overflow page too full"))?);
            number = self.order.u32(page, 16).unwrap_or_default();
        }
        if header.len() != length {
            return Err(malformed("an overflow chain of another length than its item says"));
        }
        Ok(header)
    }
}
