//! Databases of SQLite: tables whose rows are numbered from 1.
//!
//! SQLite reads them. Pages have 4,096 bytes; a table is a leaf, or leaves below one interior page.

const PAGE: usize = 4096;

/// What a column holds.
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    /// Also for a column that is the row's own number.
    Null,
    Integer(i64),
    Text(&'a str),
    Blob(&'a [u8]),
}

/// A table's name, the statement that makes it, and its rows.
pub type Table<'a> = (&'a str, &'a str, Vec<Vec<Value<'a>>>);

/// The file. The roots of the tables are the pages behind the first.
#[must_use]
pub fn database(tables: &[Table<'_>]) -> Vec<u8> {
    let mut writer = Writer { pages: vec![vec![0; PAGE]; 1 + tables.len()] };
    for (position, (_, _, rows)) in tables.iter().enumerate() {
        writer.table(position + 1, rows);
    }
    writer.schema(tables);
    writer.pages.concat()
}

struct Writer {
    /// The schema, the roots of the tables, and the others.
    pages: Vec<Vec<u8>>,
}

impl Writer {
    fn table(&mut self, root: usize, rows: &[Vec<Value<'_>>]) {
        let mut leaves: Vec<(Vec<Vec<u8>>, u64)> = vec![(Vec::new(), 0)];
        for (number, row) in rows.iter().enumerate() {
            let key = number as u64 + 1;
            let cell = self.cell(key, &record(row));
            let (cells, last) = leaves.last_mut().expect("never empty");
            let used: usize = cells.iter().chain([&cell]).map(|cell| cell.len() + 2).sum();
            if used + 8 > PAGE {
                leaves.push((vec![cell], key));
            } else {
                cells.push(cell);
                *last = key;
            }
        }
        if let [(cells, _)] = leaves.as_slice() {
            self.pages[root] = tree_page(0, 13, cells, None);
            return;
        }
        let mut children = Vec::new();
        for (cells, last) in &leaves {
            self.pages.push(tree_page(0, 13, cells, None));
            children.push((self.pages.len() as u32, *last));
        }
        let (right, _) = children.pop().expect("two leaves or more");
        let cells: Vec<_> = children
            .iter()
            .map(|(page, last)| [page.to_be_bytes().to_vec(), varint(*last)].concat())
            .collect();
        self.pages[root] = tree_page(0, 5, &cells, Some(right));
    }

    /// A row: its length, its key, as much of it as stands on a leaf, and the number of the page on which it goes on.
    fn cell(&mut self, key: u64, record: &[u8]) -> Vec<u8> {
        let head = [varint(record.len() as u64), varint(key)].concat();
        let most = PAGE - 35;
        if record.len() <= most {
            return [head, record.to_vec()].concat();
        }
        let least = (PAGE - 12) * 32 / 255 - 23;
        let spread = least + (record.len() - least) % (PAGE - 4);
        let local = if spread <= most { spread } else { least };
        let first = self.pages.len() as u32 + 1;
        let mut rest = record[local..].chunks(PAGE - 4).peekable();
        while let Some(chunk) = rest.next() {
            let next = if rest.peek().is_some() { self.pages.len() as u32 + 2 } else { 0 };
            let mut page = [&next.to_be_bytes()[..], chunk].concat();
            page.resize(PAGE, 0);
            self.pages.push(page);
        }
        [head, record[..local].to_vec(), first.to_be_bytes().to_vec()].concat()
    }

    fn schema(&mut self, tables: &[Table<'_>]) {
        let row = |(position, (name, statement, _)): (usize, &Table<'_>)| {
            let root = Value::Integer(position as i64 + 2);
            let text = [Value::Text("table"), Value::Text(name), Value::Text(name)];
            record(&[&text[..], &[root, Value::Text(statement)]].concat())
        };
        let rows: Vec<_> = tables.iter().enumerate().map(row).collect();
        let cells: Vec<_> =
            rows.iter().zip(1..).map(|(record, key)| self.cell(key, record)).collect();
        let mut page = tree_page(100, 13, &cells, None);
        page[..16].copy_from_slice(b"SQLite format 3\0");
        page[16..24].copy_from_slice(&[0x10, 0, 1, 1, 0, 64, 32, 32]);
        let count = self.pages.len() as u32;
        // Change counter, pages, schema version and format, text in UTF-8, valid for this change counter, a version of SQLite.
        for (offset, number) in
            [(24, 1), (28, count), (40, 1), (44, 4), (56, 1), (92, 1), (96, 3_040_001)]
        {
            page[offset..offset + 4].copy_from_slice(&u32::to_be_bytes(number));
        }
        self.pages[0] = page;
    }
}

/// The kinds of the values, then the values.
fn record(row: &[Value<'_>]) -> Vec<u8> {
    let kind = |value: &Value<'_>| match value {
        Value::Null => varint(0),
        Value::Integer(0) => varint(8),
        Value::Integer(1) => varint(9),
        Value::Integer(-128..=127) => varint(1),
        Value::Integer(_) => varint(6),
        Value::Text(text) => varint(text.len() as u64 * 2 + 13),
        Value::Blob(bytes) => varint(bytes.len() as u64 * 2 + 12),
    };
    let bytes = |value: &Value<'_>| match value {
        Value::Null | Value::Integer(0 | 1) => Vec::new(),
        Value::Integer(number @ -128..=127) => vec![*number as u8],
        Value::Integer(number) => number.to_be_bytes().to_vec(),
        Value::Text(text) => text.as_bytes().to_vec(),
        Value::Blob(bytes) => bytes.to_vec(),
    };
    let kinds: Vec<u8> = row.iter().flat_map(kind).collect();
    // Each kind takes at most five bytes: the count of a short header is one byte, and of a long one two.
    let own = if kinds.len() < 127 { 1 } else { 2 };
    let header = [varint((kinds.len() + own) as u64), kinds].concat();
    row.iter().map(bytes).fold(header, |record, value| [record, value].concat())
}

/// A page of a table's tree, whose cells are stacked from its end downwards.
fn tree_page(start: usize, kind: u8, cells: &[Vec<u8>], right: Option<u32>) -> Vec<u8> {
    let mut page = vec![0; PAGE];
    let mut end = PAGE;
    let pointers = start + if right.is_some() { 12 } else { 8 };
    for (index, cell) in cells.iter().enumerate() {
        end -= cell.len();
        page[end..end + cell.len()].copy_from_slice(cell);
        page[pointers + 2 * index..][..2].copy_from_slice(&(end as u16).to_be_bytes());
    }
    assert!(pointers + 2 * cells.len() <= end, "more rows than one interior page can lead to");
    page[start] = kind;
    page[start + 3..start + 5].copy_from_slice(&(cells.len() as u16).to_be_bytes());
    page[start + 5..start + 7].copy_from_slice(&(end as u16).to_be_bytes());
    if let Some(right) = right {
        page[start + 8..start + 12].copy_from_slice(&right.to_be_bytes());
    }
    page
}

/// SQLite's number of one to nine bytes; here never more than eight.
fn varint(number: u64) -> Vec<u8> {
    let mut bytes = vec![(number & 0x7f) as u8];
    let mut rest = number >> 7;
    while rest > 0 {
        bytes.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    bytes.reverse();
    bytes
}
