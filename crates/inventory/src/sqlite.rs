//! SQLite's file format (sqlite.org, "Database File Format"), as far as reading whole tables needs it: the header, table b-trees,
//! overflow pages, records. Indexes, free pages and the write-ahead log are not looked at.

use plimsoll_core::{Problem, ProblemKind};

use crate::pages::{File, Visited, malformed, too_large, u16_be, u32_be};

pub(crate) const MAGIC: &[u8] = b"SQLite format 3\0";

const FILE_HEADER_BYTES: usize = 100;
const UTF_8: u32 = 1;
const PAGE_INTERIOR: u8 = 5;
const PAGE_LEAF: u8 = 13;
/// The first page, whose tree is the schema.
const SCHEMA_ROOT: u64 = 1;
/// A schema's row is one statement: longer ones are no table that anything here reads.
const SCHEMA_ROW_BYTES: usize = 1 << 20;

/// A database of which tables are read from their first row to their last.
pub(crate) struct Database<'a> {
    file: &'a File<'a>,
    layout: Layout,
}

/// Where a table begins, and what its columns are called.
pub(crate) struct Table {
    root: u64,
    columns: Vec<String>,
}

impl<'a> Database<'a> {
    /// For a file that begins with [`MAGIC`].
    pub(crate) fn open(file: &'a File<'a>) -> Result<Self, Problem> {
        let mut buffer = Vec::new();
        let layout = Layout::parse(file.piece(0, FILE_HEADER_BYTES, &mut buffer)?)?;
        Ok(Self { file, layout })
    }

    /// The table of that name, from the schema. An error is of a schema that could not be read to where it would stand.
    pub(crate) fn table(&self, name: &str) -> Result<Option<Table>, Problem> {
        let mut table = None;
        let mut damage = None;
        let is_wanted = |row: &Row<'_>| {
            matches!(row.value(0), Some(Value::Text(b"table")))
                && matches!(row.value(1), Some(Value::Text(found)) if found.eq_ignore_ascii_case(name.as_bytes()))
        };
        Walk::new(self, SCHEMA_ROW_BYTES).rows(SCHEMA_ROOT, &mut |row| {
            match row {
                Ok(row) if is_wanted(&row) => {
                    let root = row.value(3).and_then(Value::integer);
                    let root = root.and_then(|root| u64::try_from(root).ok()).unwrap_or_default();
                    let statement = row.value(4).and_then(Value::text).unwrap_or_default();
                    table = Some(Table { root, columns: columns(&statement) });
                }
                Ok(_) => {}
                Err(problem) => damage = Some(problem),
            }
            table.is_none()
        });
        match (table, damage) {
            (None, Some(problem)) => Err(problem),
            (table, _) => Ok(table),
        }
    }

    /// Gives every row of a table, in the order of their keys, or why one could not be read. A row is at most `row_limit` bytes long.
    pub(crate) fn rows(&self, table: &Table, row_limit: usize, sink: &mut RowSink<'_>) {
        Walk::new(self, row_limit).rows(table.root, sink);
    }
}

impl Table {
    /// The position of a column.
    pub(crate) fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.eq_ignore_ascii_case(name))
    }
}

/// The names of the columns in a `CREATE TABLE` statement: the first word of each definition. What constrains the whole table stands
/// behind all columns, so that it disturbs no position.
fn columns(statement: &str) -> Vec<String> {
    let Some((_, definitions)) = statement.split_once('(') else { return Vec::new() };
    let definitions = without_comments(definitions);
    let mut columns = Vec::new();
    let mut depth = 0_usize;
    let mut definition = String::new();
    for character in definitions.chars() {
        match character {
            '(' => depth += 1,
            ')' => match depth.checked_sub(1) {
                Some(outer) => depth = outer,
                None => break,
            },
            ',' if depth == 0 => columns.push(std::mem::take(&mut definition)),
            _ if depth == 0 => definition.push(character),
            _ => {}
        }
    }
    columns.push(definition);
    let name = |definition: String| {
        let word = definition.split_whitespace().next().unwrap_or_default();
        word.trim_matches(['"', '`', '[', ']', '\'']).to_owned()
    };
    columns.into_iter().map(name).collect()
}

/// The text without `/* … */` and `-- …`, which SQLite keeps as they were typed.
fn without_comments(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((start, end)) = [("/*", "*/"), ("--", "\n")]
        .into_iter()
        .filter_map(|(start, end)| Some((rest.find(start)?, end)))
        .min()
    {
        let (before, comment) = rest.split_at(start);
        kept.push_str(before);
        kept.push(' ');
        rest = comment.split_once(end).map_or("", |(_, after)| after);
    }
    kept.push_str(rest);
    kept
}

/// A row of a table: its key, and its values as a record.
#[derive(Clone, Copy)]
pub(crate) struct Row<'r> {
    key: i64,
    record: &'r [u8],
}

impl<'r> Row<'r> {
    /// The value of the column at a position; `None` where the record has no such column, or is damaged.
    pub(crate) fn value(&self, column: usize) -> Option<Value<'r>> {
        let (header_bytes, _) = varint(self.record)?;
        let (header, mut values) =
            self.record.split_at_checked(usize::try_from(header_bytes).ok()?)?;
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
            if index == column {
                return Some(Value::new(kind, value));
            }
            values = rest;
        }
        None
    }

    /// The number in a column that may be the table's own key: such a column is stored as nothing.
    pub(crate) fn key(&self, column: usize) -> Option<i64> {
        match self.value(column)? {
            Value::Null => Some(self.key),
            value => value.integer(),
        }
    }
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Value<'r> {
    Null,
    Integer(i64),
    Real(f64),
    /// UTF-8, if the writer kept to it.
    Text(&'r [u8]),
    Blob(&'r [u8]),
}

impl<'r> Value<'r> {
    /// `bytes` are as many as the kind says.
    fn new(kind: u64, bytes: &'r [u8]) -> Self {
        match kind {
            0 => Self::Null,
            7 => Self::Real(f64::from_bits(big_endian(bytes).cast_unsigned())),
            8 => Self::Integer(0),
            9 => Self::Integer(1),
            1..=6 => Self::Integer(big_endian(bytes)),
            _ if kind.is_multiple_of(2) => Self::Blob(bytes),
            _ => Self::Text(bytes),
        }
    }

    pub(crate) fn integer(self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(number),
            _ => None,
        }
    }

    pub(crate) fn text(self) -> Option<String> {
        match self {
            Self::Text(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
            _ => None,
        }
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
pub(crate) type RowSink<'s> = dyn FnMut(Result<Row<'_>, Problem>) -> bool + 's;

/// A walk over one table.
struct Walk<'a> {
    file: &'a File<'a>,
    layout: Layout,
    row_limit: usize,
    visited: Visited,
}

impl<'a> Walk<'a> {
    fn new(database: &Database<'a>, row_limit: usize) -> Self {
        let Database { file, layout } = *database;
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

/// A number of one to eight bytes, most significant first, whose first bit is its sign.
fn big_endian(bytes: &[u8]) -> i64 {
    let negative = bytes.first().is_some_and(|first| first & 0x80 != 0);
    bytes.iter().fold(if negative { -1 } else { 0 }, |value, &byte| value << 8 | i64::from(byte))
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
    fn values_are_found_by_their_types() {
        // A null, a byte, the text `ab`, the bytes 1 2 3, zero, one, and -2 in two bytes.
        let record = [8, 0, 1, 17, 18, 8, 9, 2, 42, b'a', b'b', 1, 2, 3, 0xff, 0xfe];
        let row = Row { key: 7, record: &record };
        let values: Vec<_> = (0..7).map(|column| row.value(column)).collect();
        let expected = [
            Value::Null,
            Value::Integer(42),
            Value::Text(b"ab"),
            Value::Blob(&[1, 2, 3]),
            Value::Integer(0),
            Value::Integer(1),
            Value::Integer(-2),
        ];
        assert_eq!(values, expected.map(Some));
        assert_eq!(row.value(7), None);
        assert_eq!((row.key(0), row.key(1), row.key(2)), (Some(7), Some(42), None));
        assert_eq!(Row { key: 0, record: &record[..10] }.value(3), None);
        assert_eq!(Row { key: 0, record: &[] }.value(0), None);
    }

    #[test]
    fn columns_have_the_names_that_their_table_was_made_with() {
        for (statement, expected) in [
            ("CREATE TABLE a(x, y)", &["x", "y"][..]),
            (
                "CREATE TABLE \"a\" (\n  id INTEGER PRIMARY KEY, /* its (key), and */\n  `b c` TEXT, -- more, of\n\
                   c VARCHAR(10, 2) NOT NULL, UNIQUE (id, c))",
                &["id", "b", "c", "UNIQUE"],
            ),
            ("CREATE TABLE a(x /* open", &["x"]),
            ("", &[]),
        ] {
            assert_eq!(columns(statement), expected, "{statement}");
        }
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
}
