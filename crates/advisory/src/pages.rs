//! The file, page by page: what is read of it is first compared with its page's checksum, once.
//!
//! A snapshot is opened in less than a millisecond, so nobody reads all of it to see whether a bit has flipped on its disk. The section
//! `checksums` has 32 bits of a hash for every [`PAGE_BYTES`] of the other sections, from the first one on; a page whose checksum is
//! another is an error, and not a version that nobody ever wrote.

use std::ops::{Deref, Range};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::SnapshotError;
use crate::layout::u32_at;

/// Small enough that to look at one package costs little more than its own bytes.
pub(crate) const PAGE_BYTES: usize = 1 << 10;
const SUM_BYTES: usize = 4;

/// Part of the file format.
fn sum(page: &[u8]) -> u32 {
    rapidhash::v3::rapidhash_v3(page) as u32
}

/// The mapped file, and which of its pages were compared.
#[derive(Debug)]
pub(crate) struct Pages {
    file: memmap2::Mmap,
    /// The sections that have checksums.
    guarded: Range<usize>,
    sums: Range<usize>,
    /// One bit for each page. The file does not change, so threads that compare the same page agree.
    seen: Box<[AtomicU64]>,
}

impl Deref for Pages {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.file
    }
}

impl Pages {
    /// `guarded` and `sums` are where the sections and their checksums lie in the file.
    pub(crate) fn new(
        file: memmap2::Mmap,
        guarded: Range<usize>,
        sums: Range<usize>,
    ) -> Result<Self, SnapshotError> {
        let pages = guarded.len().div_ceil(PAGE_BYTES);
        let is_whole =
            guarded.end <= file.len() && sums.end <= file.len() && sums.len() == pages * SUM_BYTES;
        if !is_whole {
            return Err(SnapshotError::damaged("list of checksums"));
        }
        let seen = (0..pages.div_ceil(64)).map(|_| AtomicU64::new(0)).collect();
        Ok(Self { file, guarded, sums, seen })
    }

    /// These bytes of the file, where they are those that were written.
    #[inline]
    pub(crate) fn checked<'a>(
        &self,
        bytes: &'a [u8],
        part: &'static str,
    ) -> Result<&'a [u8], SnapshotError> {
        if self.is_right(bytes) { Ok(bytes) } else { Err(SnapshotError::damaged(part)) }
    }

    #[inline]
    fn is_right(&self, bytes: &[u8]) -> bool {
        let start = bytes.as_ptr().addr().wrapping_sub(self.file.as_ptr().addr());
        let end = start.saturating_add(bytes.len());
        if bytes.is_empty() {
            return true;
        }
        if start < self.guarded.start || end > self.guarded.end {
            return false;
        }
        let page = |at: usize| (at - self.guarded.start) / PAGE_BYTES;
        (page(start)..=page(end - 1)).all(|page| self.is_page_right(page))
    }

    #[inline]
    fn is_page_right(&self, page: usize) -> bool {
        let Some(word) = self.seen.get(page / 64) else { return false };
        let bit = 1 << (page % 64);
        if word.load(Ordering::Relaxed) & bit != 0 {
            return true;
        }
        let is_right = self.compare(page);
        if is_right {
            word.fetch_or(bit, Ordering::Relaxed);
        }
        is_right
    }

    #[cold]
    fn compare(&self, page: usize) -> bool {
        let start = self.guarded.start + page * PAGE_BYTES;
        let end = self.guarded.end.min(start + PAGE_BYTES);
        let stated =
            self.file.get(self.sums.clone()).and_then(|sums| u32_at(sums, page * SUM_BYTES));
        self.file.get(start..end).map(sum) == stated
    }
}

/// The checksums of what is written one after the other.
#[derive(Debug, Default)]
pub(crate) struct PageSums {
    sums: Vec<u8>,
    /// The page that is not full yet.
    page: Vec<u8>,
}

impl PageSums {
    pub(crate) fn add(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let (taken, rest) = bytes.split_at(bytes.len().min(PAGE_BYTES - self.page.len()));
            if taken.len() == PAGE_BYTES {
                self.sums.extend(sum(taken).to_le_bytes());
            } else {
                self.page.extend_from_slice(taken);
                if self.page.len() == PAGE_BYTES {
                    self.end_page();
                }
            }
            bytes = rest;
        }
    }

    fn end_page(&mut self) {
        self.sums.extend(sum(&self.page).to_le_bytes());
        self.page.clear();
    }

    /// The section of checksums.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        if !self.page.is_empty() {
            self.end_page();
        }
        self.sums
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn pages(content: &[u8], sums: &[u8]) -> Pages {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&[b"head", content, sums].concat()).unwrap();
        let mapped = crate::map::map_file(file.path()).unwrap();
        let end = 4 + content.len();
        Pages::new(mapped, 4..end, end..end + sums.len()).unwrap()
    }

    fn sums(content: &[u8], step: usize) -> Vec<u8> {
        let mut sums = PageSums::default();
        content.chunks(step).for_each(|chunk| sums.add(chunk));
        sums.finish()
    }

    #[test]
    fn checksums_do_not_depend_on_the_steps_in_which_is_written() {
        let content: Vec<u8> = (0..5_000_u32).map(|number| number as u8).collect();
        let whole = sums(&content, content.len());
        assert_eq!(whole.len(), 5 * 4);
        for step in [1, 7, PAGE_BYTES - 1, PAGE_BYTES, PAGE_BYTES + 1] {
            assert_eq!(sums(&content, step), whole);
        }
    }

    #[test]
    fn a_flipped_bit_is_found_in_its_page_and_nowhere_else() {
        let content: Vec<u8> = (0..3_000_u32).map(|number| number as u8).collect();
        let right = sums(&content, 100);
        let mut flipped = content.clone();
        flipped[1500] ^= 4;
        let pages = pages(&flipped, &right);
        let at = |range: Range<usize>| pages.checked(&pages[4..][range], "test");
        assert!(at(0..1024).is_ok() && at(2048..3000).is_ok() && at(1500..1500).is_ok());
        assert!(at(1024..1025).is_err() && at(1000..1030).is_err() && at(0..3000).is_err());
        assert!(pages.checked(&pages[..2], "test").is_err(), "the head has no checksums");
        assert!(pages.checked(&pages[3004..], "test").is_err(), "nor have the checksums");
    }

    #[test]
    fn a_list_of_another_length_is_damage() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(&[0; 3000]).unwrap();
        for sums in [0..0, 2000..2004, 2000..2012, 2995..3003] {
            let mapped = crate::map::map_file(file.path()).unwrap();
            assert!(Pages::new(mapped, 0..1500, sums).is_err());
        }
    }
}
