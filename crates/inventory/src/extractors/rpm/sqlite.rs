//! SQLite's file format (sqlite.org, "Database File Format"), as far as rpm's table `Packages(hnum, blob)` needs it: the header, table
//! b-trees, overflow pages, records. Indexes, free pages and the write-ahead log are not looked at.

use super::Collector;
use super::pages::{File, Visited, malformed, too_large, u16_be, u32_be};
use plimsoll_core::{Problem, ProblemKind};

pub(super) const MAGIC: &[u8] = b"SQLite format 3\0";

const FILE_HEADER_BYTES: usize = 100;
const UTF_8: u32 = 1;
const PAGE_INTERIOR: u8 = 5;
const PAGE_LEAF: u8 = 13;
/// The first page, whose tree is the schema.
const SCHEMA_ROOT: u64 = 1;
/// A schema's row is one statement: longer ones are no table of rpm's.
const SCHEMA_ROW_BYTES: usize = 1 << 20;

pub(super) fn read(file: &File<'_>, collector: &mut Collector<'_>) -> Result<(), Problem> {
    let mut buffer = Vec::new();
    let layout = Layout::parse(file.piece(0, FILE_HEADER_BYTES, &mut buffer)?)?;
    let root = packages_root(file, layout)?;
    let mut walk = Walk::new(file, layout, collector.limits.rpm_header_bytes);
    walk.rows(root, &mut |row| match row {
        Ok(row) => match column(row, 1) {
            Some(header) => collector.take(header),
            None => collector.damaged(malformed("a row without a header")),
        },
        Err(problem) => collector.damaged(problem),
    });
    Ok(())
}

/// The root page of the table of packages, from the schema.
fn packages_root(file: &File<'_>, layout: Layout) -> Result<u64, Problem> {
    let mut root = None;
    let mut damage = None;
    Walk::new(file, layout, SCHEMA_ROW_BYTES).rows(SCHEMA_ROOT, &mut |row| {
        match row {
            Ok(row) => {
                let is_packages = column(row, 0).is_some_and(|kind| kind == b"table")
                    && column(row, 1).is_some_and(|name| name.eq_ignore_ascii_case(b"Packages"));
                if is_packages {
                    root = column(row, 3).map(big_endian);
                }
            }
            Err(problem) => damage = Some(problem),
        }
        root.is_none()
    });
    match (root, damage) {
        (Some(root), _) => Ok(root),
        (None, Some(problem)) => Err(problem),
        (None, None) => Err(malformed("no table Packages")),
    }
}

/// What the file's header says of its pages.
#[derive(Clone, Copy)]
struct Layout {
    page_size: usize,
    /// Bytes of a page without those that an extension reserves at its end.
    usable: usize,
}

impl Layout {
    fn parse(header: &[u8]) -> Result<Self, Problem> {
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
type RowSink<'s> = dyn FnMut(Result<&[u8], Problem>) -> bool + 's;

/// A walk over one table.
struct Walk<'a> {
    file: &'a File<'a>,
    layout: Layout,
    row_limit: usize,
    visited: Visited,
}

impl<'a> Walk<'a> {
    fn new(file: &'a File<'a>, layout: Layout, row_limit: usize) -> Self {
        // Pages are numbered from 1.
        let pages = file.size() / layout.page_size as u64 + 1;
        Self { file, layout, row_limit, visited: Visited::new(pages) }
    }

    /// Every row below a root page, in the order of the table's keys.
    fn rows(&mut self, root: u64, sink: &mut RowSink<'_>) {
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
                let row = self.row(cell)?;
                let local = row.local.len();
                bytes_left =
                    bytes_left.checked_sub(local).ok_or_else(|| malformed("rows that overlap"))?;
                Ok(row)
            });
            let goes_on = match row {
                Ok(Row { local, overflow: None, .. }) => sink(Ok(local)),
                Ok(row) => {
                    let joined = self.join(&row);
                    sink(joined.as_deref().map_err(Clone::clone))
                }
                Err(problem) => sink(Err(problem)),
            };
            if !goes_on {
                return false;
            }
        }
        true
    }

    /// A leaf's cell: the row's length, its key, what of it stands here, the first overflow page.
    fn row<'b>(&self, cell: &'b [u8]) -> Result<Row<'b>, Problem> {
        let outside = || malformed("a row outside its page");
        let (length, rest) = varint(cell).ok_or_else(outside)?;
        let (_key, rest) = varint(rest).ok_or_else(outside)?;
        let Some(length) = usize::try_from(length).ok().filter(|&length| length <= self.row_limit)
        else {
            return Err(too_large(length, self.row_limit));
        };
        let local_bytes = self.layout.local_bytes(length);
        let (local, rest) = rest.split_at_checked(local_bytes).ok_or_else(outside)?;
        if local_bytes == length {
            return Ok(Row { local, length, overflow: None });
        }
        let overflow = u64::from(u32_be(rest, 0).ok_or_else(outside)?);
        Ok(Row { local, length, overflow: Some(overflow) })
    }

    /// The whole of a row that goes on in overflow pages: each begins with the number of the next.
    fn join(&mut self, row: &Row<'_>) -> Result<Vec<u8>, Problem> {
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

struct Row<'a> {
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

/// The bytes of a column of a record; a number that is 0 or 1 by its type alone is empty.
fn column(record: &[u8], wanted: usize) -> Option<&[u8]> {
    let (header_bytes, _) = varint(record)?;
    let (header, mut values) = record.split_at_checked(usize::try_from(header_bytes).ok()?)?;
    let (_, mut types) = varint(header)?;
    for index in 0.. {
        let (kind, rest) = varint(types)?;
        types = rest;
        let bytes = match kind {
            0 | 8 | 9 => 0,
            1..=4 => kind,
            5 => 6,
            6 | 7 => 8,
            10 | 11 => return None,
            // Even for bytes, odd for text.
            _ => (kind - 12) / 2,
        };
        let (value, rest) = values.split_at_checked(usize::try_from(bytes).ok()?)?;
        if index == wanted {
            return Some(value);
        }
        values = rest;
    }
    None
}

/// A number of at most eight bytes, most significant first.
fn big_endian(bytes: &[u8]) -> u64 {
    bytes.iter().take(8).fold(0, |value, &byte| value << 8 | u64::from(byte))
}

/// SQLite's number of one to nine bytes, and what follows it: seven bits a byte, most significant first, eight in the ninth.
fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0;
    for (index, &byte) in bytes.iter().take(9).enumerate() {
        if index == 8 {
            return Some((value << 8 | u64::from(byte), bytes.get(9..)?));
        }
        value = value << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((value, bytes.get(index + 1..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_one_to_nine_bytes_are_read() {
        for (bytes, value, left) in [
            (&[0x00][..], 0, 0),
            (&[0x7f, 1], 0x7f, 1),
            (&[0x81, 0x00], 0x80, 0),
            (&[0x82, 0x2c, 9, 9], 300, 2),
            (&[0xff; 9], u64::MAX, 0),
        ] {
            assert_eq!(varint(bytes).map(|(value, rest)| (value, rest.len())), Some((value, left)));
        }
        assert_eq!(varint(&[0x80; 8]), None);
        assert_eq!(varint(&[]), None);
    }

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

    #[test]
    fn a_page_has_no_more_cells_than_room_for_them() {
        let mut bytes = [0; 512];
        (bytes[0], bytes[3], bytes[4]) = (PAGE_INTERIOR, 0xff, 0xff);
        let page = Page::parse(&bytes, 2).unwrap();
        assert_eq!(page.cells().count(), 251);
        assert_eq!(page.cells().flatten().count(), 250);
        assert_eq!(page.children().count(), 252);
    }

    #[test]
    fn columns_are_found_by_their_types() {
        // A null, a byte, the text `ab`, the bytes 1 2 3.
        let record = [5, 0, 1, 17, 18, 42, b'a', b'b', 1, 2, 3];
        assert_eq!(column(&record, 0), Some(&[][..]));
        assert_eq!(column(&record, 1), Some(&[42][..]));
        assert_eq!(column(&record, 2), Some(&b"ab"[..]));
        assert_eq!(column(&record, 3), Some(&[1, 2, 3][..]));
        assert_eq!(column(&record, 4), None);
        assert_eq!(column(&record[..9], 3), None);
        assert_eq!(column(&[], 0), None);
    }
}
