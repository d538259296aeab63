//! The b-tree of a table: pages that lead to pages, and leaves of rows ("B-tree Pages", "Cell Payload Overflow Pages").

use plimsoll_core::{Problem, ProblemKind};

use super::record::{Row, varint};
use crate::pages::{File, Visited, malformed, too_large, u16_be, u32_be};

pub(super) const FILE_HEADER_BYTES: usize = 100;
/// The first page, whose tree is the schema.
pub(super) const SCHEMA_ROOT: u64 = 1;
const UTF_8: u32 = 1;
const PAGE_INTERIOR: u8 = 5;
const PAGE_LEAF: u8 = 13;

/// What the file's header says of its pages.
#[derive(Clone, Copy)]
pub(super) struct Layout {
    page_size: usize,
    /// Bytes of a page without those that an extension reserves at its end.
    usable: usize,
}

impl Layout {
    pub(super) fn parse(header: &[u8]) -> Result<Self, Problem> {
        let page_size = match u16_be(header, 16).unwrap_or_default() {
            1 => 65_536,
            size => usize::from(size),
        };
        let reserved = header.get(20).copied().map(usize::from).unwrap_or_default();
        if !page_size.is_power_of_two() || page_size < 512 || page_size - reserved < 480 {
            return Err(malformed("a page size that cannot be"));
        }
        match u32_be(header, 56) {
            // Zero before the first table is made.
            Some(0 | UTF_8) => Ok(Self { page_size, usable: page_size - reserved }),
            _ => Err(Problem::new(ProblemKind::Unsupported, "text that is not UTF-8")),
        }
    }

    /// How many bytes of a row of that length stand on the leaf itself.
    fn local_bytes(self, length: usize) -> usize {
        let most = self.usable - 35;
        if length <= most {
            return length;
        }
        let least = (self.usable - 12) * 32 / 255 - 23;
        let spread = least + (length - least) % (self.usable - 4);
        if spread <= most { spread } else { least }
    }
}

/// What takes the rows of a table, or why one could not be read. False ends the walk.
pub(crate) type RowSink<'s> = dyn FnMut(Result<Row<'_>, Problem>) -> bool + 's;

/// A walk over one table.
pub(super) struct Walk<'a> {
    file: &'a File<'a>,
    layout: Layout,
    row_limit: usize,
    visited: Visited,
}

impl<'a> Walk<'a> {
    pub(super) fn new(file: &'a File<'a>, layout: Layout, row_limit: usize) -> Self {
        // Pages are numbered from 1.
        let pages = file.size() / layout.page_size as u64 + 1;
        Self { file, layout, row_limit, visited: Visited::new(pages) }
    }

    /// Every row below a root page, in the order of the table's keys.
    pub(super) fn rows(&mut self, root: u64, sink: &mut RowSink<'_>) {
        let mut stack = Vec::new();
        let mut buffer = Vec::new();
        let file = self.file;
        let mut goes_on = match self.visited.visit(root) {
            Ok(()) => {
                stack.push(root);
                true
            }
            Err(problem) => sink(Err(problem)),
        };
        while let Some(number) = stack.pop().filter(|_| goes_on) {
            let page =
                self.page(file, number, &mut buffer).and_then(|bytes| Page::parse(bytes, number));
            goes_on = match page {
                Ok(page) if page.leaf => self.leaf(&page, sink),
                Ok(page) => match self.push_children(&page, &mut stack) {
                    Ok(()) => true,
                    Err(problem) => sink(Err(problem)),
                },
                Err(problem) => sink(Err(problem)),
            };
        }
    }

    /// Puts the pages below an interior one on the stack, the first on top. They are marked as visited here, so that the stack holds
    /// no page twice. An error tells of the last that could not be put there.
    fn push_children(&mut self, page: &Page<'_>, stack: &mut Vec<u64>) -> Result<(), Problem> {
        let mut result = Ok(());
        let mut children = Vec::new();
        for child in page.children() {
            match child.ok_or_else(|| malformed("a page outside its tree")) {
                Ok(child) => match self.visited.visit(child) {
                    Ok(()) => children.push(child),
                    Err(problem) => result = Err(problem),
                },
                Err(problem) => result = Err(problem),
            }
        }
        stack.extend(children.into_iter().rev());
        result
    }

    fn page<'b>(
        &self,
        file: &'b File<'_>,
        number: u64,
        buffer: &'b mut Vec<u8>,
    ) -> Result<&'b [u8], Problem> {
        let place = number.checked_sub(1).ok_or_else(|| malformed("a page numbered 0"))?;
        file.piece(place * self.layout.page_size as u64, self.layout.page_size, buffer)
    }

    fn leaf(&mut self, page: &Page<'_>, sink: &mut RowSink<'_>) -> bool {
        // Rows of a sound page do not overlap. Without this bound, many pointers to one row would multiply the work.
        let mut bytes_left = self.layout.usable;
        for cell in page.cells() {
            let row = cell.ok_or_else(|| malformed("a row outside its page")).and_then(|cell| {
                let row = self.cell(cell)?;
                let local = row.local.len();
                bytes_left =
                    bytes_left.checked_sub(local).ok_or_else(|| malformed("rows that overlap"))?;
                Ok(row)
            });
            let goes_on = match row {
                Ok(Cell { key, local, overflow: None, .. }) => sink(Ok(Row { key, record: local })),
                Ok(cell) => match self.join(&cell) {
                    Ok(record) => sink(Ok(Row { key: cell.key, record: &record })),
                    Err(problem) => sink(Err(problem)),
                },
                Err(problem) => sink(Err(problem)),
            };
            if !goes_on {
                return false;
            }
        }
        true
    }

    /// A leaf's cell: the row's length, its key, what of it stands here, the first overflow page.
    fn cell<'b>(&self, cell: &'b [u8]) -> Result<Cell<'b>, Problem> {
        let outside = || malformed("a row outside its page");
        let (length, rest) = varint(cell).ok_or_else(outside)?;
        let (key, rest) = varint(rest).ok_or_else(outside)?;
        let Some(length) = usize::try_from(length).ok().filter(|&length| length <= self.row_limit)
        else {
            return Err(too_large(length, self.row_limit));
        };
        let key = key.cast_signed();
        let local_bytes = self.layout.local_bytes(length);
        let (local, rest) = rest.split_at_checked(local_bytes).ok_or_else(outside)?;
        if local_bytes == length {
            return Ok(Cell { key, local, length, overflow: None });
        }
        let overflow = u64::from(u32_be(rest, 0).ok_or_else(outside)?);
        Ok(Cell { key, local, length, overflow: Some(overflow) })
    }

    /// The whole of a row that goes on in overflow pages: each begins with the number of the next.
    fn join(&mut self, row: &Cell<'_>) -> Result<Vec<u8>, Problem> {
        let mut joined = row.local.to_vec();
        let mut next = row.overflow.unwrap_or_default();
        let mut buffer = Vec::new();
        while joined.len() < row.length {
            self.visited.visit(next)?;
            let page = self.page(self.file, next, &mut buffer)?;
            next = u32_be(page, 0).map(u64::from).unwrap_or_default();
            let wanted = (row.length - joined.len()).min(self.layout.usable - 4);
            joined.extend_from_slice(
                page.get(4..).and_then(|data| data.get(..wanted)).unwrap_or_default(),
            );
        }
        Ok(joined)
    }
}

/// A row as a leaf holds it.
struct Cell<'a> {
    key: i64,
    local: &'a [u8],
    /// Of the whole row.
    length: usize,
    overflow: Option<u64>,
}

/// A page of a table's tree.
struct Page<'a> {
    bytes: &'a [u8],
    leaf: bool,
    /// Where the tree's own header begins: behind the file's on the first page.
    start: usize,
}

impl<'a> Page<'a> {
    fn parse(bytes: &'a [u8], number: u64) -> Result<Self, Problem> {
        let start = if number == SCHEMA_ROOT { FILE_HEADER_BYTES } else { 0 };
        match bytes.get(start) {
            Some(&PAGE_LEAF) => Ok(Self { bytes, leaf: true, start }),
            Some(&PAGE_INTERIOR) => Ok(Self { bytes, leaf: false, start }),
            _ => Err(malformed("a page that is not of a table")),
        }
    }

    /// From each cell's place to the end of the page; `None` for a place outside it. A page that claims more cells than it has room for
    /// gives one more than that: else a small file of such pages would keep its reader busy for minutes.
    fn cells(&self) -> impl Iterator<Item = Option<&'a [u8]>> + use<'a> {
        let (bytes, start) = (self.bytes, self.start);
        let count = u16_be(bytes, start + 3).unwrap_or_default();
        let pointers = start + if self.leaf { 8 } else { 12 };
        let room = bytes.len().saturating_sub(pointers) / 2;
        (0..usize::from(count).min(room + 1)).map(move |index| {
            let place = u16_be(bytes, pointers + 2 * index)?;
            bytes.get(usize::from(place)..)
        })
    }

    /// The pages below an interior one, in the order of their keys; `None` for one whose place lies outside the page.
    fn children(&self) -> impl Iterator<Item = Option<u64>> + use<'a> {
        let child = |cell: Option<&'a [u8]>| u32_be(cell?, 0).map(u64::from);
        let last = u32_be(self.bytes, self.start + 8).map(u64::from);
        self.cells().map(child).chain([last])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_much_of_a_row_stands_on_the_leaf_as_sqlite_says() {
        let layout = Layout { page_size: 4096, usable: 4096 };
        for (length, local) in [
            (0, 0),
            (4061, 4061),
            (4062, 489),
            (4096, 489),
            (4092 + 489, 489),
            (4092 + 500, 500),
            (8153, 4061),
            (8154, 489),
        ] {
            assert_eq!(layout.local_bytes(length), local, "{length}");
        }
        assert!(layout.local_bytes(usize::MAX) <= 4061);
    }
}
