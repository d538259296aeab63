//! A table of byte strings: `count + 1` ascending 32-bit bounds, then the bytes.

use crate::SnapshotError;
use crate::layout::u32_at;
use crate::pages::Pages;

/// A table inside a section; each row is checked when it is read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Table<'a> {
    bounds: &'a [u8],
    data: &'a [u8],
    /// What its bytes are compared with; nothing where they were compared as a whole.
    pages: Option<&'a Pages>,
    part: &'static str,
}

impl<'a> Table<'a> {
    /// The table of `count` rows that lies at `offset` of a section.
    pub(crate) fn at(
        section: &'a [u8],
        pages: Option<&'a Pages>,
        (offset, count): (u32, u32),
        part: &'static str,
    ) -> Result<Self, SnapshotError> {
        let table = || {
            let offset = offset as usize;
            let data_start =
                offset.checked_add((count as usize).checked_add(1)?.checked_mul(4)?)?;
            let bounds = section.get(offset..data_start)?;
            let length = checked(pages, bounds.get((count as usize).checked_mul(4)?..)?)?;
            let length = u32_at(length, 0)? as usize;
            let data = section.get(data_start..data_start.checked_add(length)?)?;
            Some(Self { bounds, data, pages, part })
        };
        table().ok_or_else(|| SnapshotError::damaged(part))
    }

    pub(crate) fn row(&self, index: u32) -> Result<&'a [u8], SnapshotError> {
        let row = || {
            let place = (index as usize).checked_mul(4)?;
            let bounds = checked(self.pages, self.bounds.get(place..place.checked_add(8)?)?)?;
            let (start, end) = (u32_at(bounds, 0)? as usize, u32_at(bounds, 4)? as usize);
            checked(self.pages, self.data.get(start..end)?)
        };
        row().ok_or_else(|| SnapshotError::damaged(self.part))
    }

    pub(crate) fn text(&self, index: u32) -> Result<&'a str, SnapshotError> {
        std::str::from_utf8(self.row(index)?).map_err(|_| SnapshotError::damaged(self.part))
    }
}

fn checked<'a>(pages: Option<&Pages>, bytes: &'a [u8]) -> Option<&'a [u8]> {
    pages.map_or(Some(bytes), |pages| pages.checked(bytes, "").ok())
}

/// Builds the bytes that [`Table`] reads.
#[derive(Debug)]
pub(crate) struct TableBuilder {
    bounds: Vec<u32>,
    data: Vec<u8>,
}

impl TableBuilder {
    pub(crate) fn new() -> Self {
        Self { bounds: vec![0], data: Vec::new() }
    }

    pub(crate) fn count(&self) -> u32 {
        self.bounds.len() as u32 - 1
    }

    /// Appends a row; false where the table would grow beyond 4 GiB.
    #[must_use]
    pub(crate) fn push(&mut self, row: &[u8]) -> bool {
        self.data.extend_from_slice(row);
        let Ok(bound) = u32::try_from(self.data.len()) else { return false };
        self.bounds.push(bound);
        self.bounds.len() < u32::MAX as usize
    }

    pub(crate) fn write_to(&self, bytes: &mut Vec<u8>) {
        for bound in &self.bounds {
            bytes.extend_from_slice(&bound.to_le_bytes());
        }
        bytes.extend_from_slice(&self.data);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_as_they_were_written() {
        let mut builder = TableBuilder::new();
        for row in ["one", "", "three"] {
            assert!(builder.push(row.as_bytes()));
        }
        let mut bytes = vec![0; 3];
        builder.write_to(&mut bytes);
        let table = Table::at(&bytes, None, (3, 3), "test").unwrap();
        let rows: Vec<_> = (0..3).map(|index| table.text(index).unwrap()).collect();
        assert_eq!(rows, ["one", "", "three"]);
        assert!(table.row(3).is_err());
        assert!(table.row(u32::MAX).is_err());
    }

    #[test]
    fn bounds_that_run_backwards_or_out_are_damage() {
        let bytes: Vec<u8> =
            [4_u32, 1, 2].iter().flat_map(|bound| bound.to_le_bytes()).chain([0, 0]).collect();
        let table = Table::at(&bytes, None, (0, 2), "test").unwrap();
        assert!(table.row(0).is_err());
        assert!(Table::at(&bytes, None, (0, 3), "test").is_err());
        assert!(Table::at(&bytes, None, (u32::MAX, u32::MAX), "test").is_err());
    }
}
