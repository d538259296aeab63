//! Access to a database file piece by piece, and the bound that every walk over its pages keeps: for the databases of rpm and of SQLite.

use plimsoll_archive::ReadAt;
use plimsoll_core::{Problem, ProblemKind};

/// A file of which only the pieces that are asked for are read.
#[derive(Clone, Copy)]
pub(crate) struct File<'a> {
    content: &'a dyn ReadAt,
}

impl<'a> File<'a> {
    pub(crate) fn new(content: &'a dyn ReadAt) -> Self {
        Self { content }
    }

    pub(crate) fn size(&self) -> u64 {
        self.content.size()
    }

    /// The bytes from `offset`: where they lie in memory already, or else read into `buffer`. A piece that is not whole within the
    /// file is `Truncated`, and nothing is allocated for it.
    pub(crate) fn piece<'b>(
        &'b self,
        offset: u64,
        length: usize,
        buffer: &'b mut Vec<u8>,
    ) -> Result<&'b [u8], Problem> {
        let size = self.size();
        let truncated = || {
            let detail = format!("{length} bytes at {offset} of a file of {size}");
            Problem::new(ProblemKind::Truncated, detail)
        };
        let end = offset.checked_add(length as u64).filter(|&end| end <= size);
        let end = end.ok_or_else(truncated)?;
        if let Some(bytes) = self.content.as_bytes() {
            let range = usize::try_from(offset).ok().zip(usize::try_from(end).ok());
            return range.and_then(|(from, to)| bytes.get(from..to)).ok_or_else(truncated);
        }
        buffer.clear();
        buffer.resize(length, 0);
        self.content
            .read_exact_at(offset, buffer)
            .map_err(|error| Problem::new(ProblemKind::Unreadable, error.to_string()))?;
        Ok(buffer)
    }
}

/// Which pages a walk has been at. No sound database leads to a page twice, so that refusing to visit one again ends every cycle and
/// keeps all work in proportion to the file.
pub(crate) struct Visited {
    pages: u64,
    bits: Vec<u64>,
}

impl Visited {
    /// For pages below `pages`, a number that follows from the size of the file.
    pub(crate) fn new(pages: u64) -> Self {
        Self { pages, bits: vec![0; (pages / 64 + 1) as usize] }
    }

    /// How many pages were visited.
    pub(crate) fn count(&self) -> u64 {
        self.bits.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// Notes a visit.
    pub(crate) fn visit(&mut self, page: u64) -> Result<(), Problem> {
        let malformed = |what| Problem::new(ProblemKind::Malformed, format!("page {page} {what}"));
        if page >= self.pages {
            return Err(malformed("lies beyond the last"));
        }
        let word = usize::try_from(page / 64).ok().and_then(|word| self.bits.get_mut(word));
        let word = word.ok_or_else(|| malformed("lies beyond the last"))?;
        let bit = 1 << (page % 64);
        if *word & bit != 0 {
            return Err(malformed("is part of two chains"));
        }
        *word |= bit;
        Ok(())
    }
}

/// A problem with the form of a record or page.
pub(crate) fn malformed(detail: &str) -> Problem {
    Problem::new(ProblemKind::Malformed, detail)
}

/// A record above the limit.
pub(crate) fn too_large(bytes: u64, limit: usize) -> Problem {
    let detail = format!("a record of {bytes} bytes, more than the {limit} that are read");
    Problem::new(ProblemKind::LimitExceeded, detail)
}

/// Four bytes at that place, in any order.
pub(crate) fn four_at(bytes: &[u8], offset: usize) -> Option<[u8; 4]> {
    bytes.get(offset..)?.first_chunk().copied()
}

pub(crate) fn u32_be(bytes: &[u8], offset: usize) -> Option<u32> {
    four_at(bytes, offset).map(u32::from_be_bytes)
}

pub(crate) fn u32_le(bytes: &[u8], offset: usize) -> Option<u32> {
    four_at(bytes, offset).map(u32::from_le_bytes)
}

pub(crate) fn u16_be(bytes: &[u8], offset: usize) -> Option<u16> {
    bytes.get(offset..)?.first_chunk().copied().map(u16::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    /// Bytes that must be asked for, as of a scratch file.
    struct OnDisk(Vec<u8>);

    impl ReadAt for OnDisk {
        fn size(&self) -> u64 {
            self.0.len() as u64
        }

        fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
            self.0.read_at(offset, buffer)
        }
    }

    #[test]
    fn a_piece_is_the_same_from_memory_and_from_disk() {
        let bytes: Vec<u8> = (0..100).collect();
        let disk = OnDisk(bytes.clone());
        for (offset, length) in
            [(0, 0), (0, 100), (7, 13), (99, 1), (100, 0), (99, 2), (u64::MAX, 1)]
        {
            let (mut one, mut other) = (Vec::new(), Vec::new());
            let (memory, disk) = (File::new(&bytes), File::new(&disk));
            let from_memory = memory.piece(offset, length, &mut one);
            assert_eq!(from_memory, disk.piece(offset, length, &mut other), "{offset} {length}");
            let whole = offset.checked_add(length as u64).is_some_and(|end| end <= 100);
            assert_eq!(from_memory.is_ok(), whole, "{offset} {length}");
        }
    }

    #[test]
    fn no_page_is_visited_twice_or_beyond_the_end() {
        let mut visited = Visited::new(65);
        assert!(visited.visit(64).is_ok());
        assert!(visited.visit(0).is_ok());
        assert!(visited.visit(64).is_err());
        assert!(visited.visit(65).is_err());
        assert!(visited.visit(u64::MAX).is_err());
        assert_eq!(visited.count(), 2);
    }
}
