//! The name under which a .NET assembly knows itself (ECMA-335, partition II, chapters 22 to 25).
//!
//! It stands in the one row of the table `Assembly`, which follows all tables with lower numbers: to find it, the sizes of their rows
//! must be known, though nothing in them is read.

use plimsoll_core::{Limits, Problem, ProblemKind};

use crate::object::{Fields, Form, Object};

/// What an assembly says of itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Assembly {
    pub(super) name: String,
    /// Major, minor, build, revision.
    pub(super) version: [u16; 4],
    /// True for one that has only texts, for one language.
    pub(super) is_satellite: bool,
}

/// The directory for the header of the common language runtime.
const RUNTIME_HEADER: usize = 14;
const METADATA: &[u8] = b"BSJB";
const TABLES: &[u8] = b"#~";
/// The same without order, as edit-and-continue writes it.
const UNORDERED_TABLES: &[u8] = b"#-";
const STRINGS: &[u8] = b"#Strings";
const ASSEMBLY: usize = 0x20;
/// The runtime allows no longer name.
const LONGEST_NAME: usize = 1024;
/// There are five streams.
const MOST_STREAMS: u16 = 16;

/// True for a PE file that the common language runtime loads.
pub(super) fn is_managed(object: &Object<'_>) -> bool {
    object.directory(RUNTIME_HEADER).is_some()
}

/// `None` where the file is only a part of an assembly, a module.
///
/// # Errors
/// Where the metadata cannot be read.
pub(super) fn assembly(object: &Object<'_>, limits: &Limits) -> Result<Option<Assembly>, Problem> {
    read(object, limits).ok_or_else(|| {
        Problem::new(ProblemKind::Malformed, "the metadata of the .NET assembly cannot be read")
    })
}

fn read(object: &Object<'_>, limits: &Limits) -> Option<Option<Assembly>> {
    let (header, _) = object.directory(RUNTIME_HEADER)?;
    let header = object.read_at(header, 16)?;
    let header = Form::LITTLE.fields(&header);
    let start = object.headers.base.checked_add(u64::from(header.u32(8)?))?;
    let size = u64::from(header.u32(12)?);
    if size > limits.text_bytes {
        return None;
    }
    let metadata = object.read_at(start, size)?;
    let metadata = Form::LITTLE.fields(&metadata);
    let (mut tables, mut strings) = (None, None);
    for (name, content) in streams(metadata)? {
        match name {
            TABLES | UNORDERED_TABLES => tables = Some(content),
            STRINGS => strings = Some(content),
            _ => {}
        }
    }
    row(tables?, strings?)
}

/// The streams of metadata by their names (chapter 24.2).
fn streams(metadata: Fields<'_>) -> Option<Vec<(&[u8], Fields<'_>)>> {
    if !metadata.bytes.starts_with(METADATA) {
        return None;
    }
    let version = usize::try_from(metadata.u32(12)?).ok()?;
    let mut at = metadata.from(16_usize.checked_add(version)?)?;
    let count = at.u16(2)?.min(MOST_STREAMS);
    at = at.from(4)?;
    let mut streams = Vec::new();
    for _ in 0..count {
        let (offset, size) = (usize::try_from(at.u32(0)?).ok()?, usize::try_from(at.u32(4)?).ok()?);
        let name = at.name(8, 32.min(at.bytes.len().checked_sub(8)?))?;
        let content = metadata.bytes.get(offset..)?;
        let content = content.get(..size).unwrap_or(content);
        streams.push((name, metadata.form.fields(content)));
        at = at.from(8 + (name.len() + 1).next_multiple_of(4))?;
    }
    Some(streams)
}

fn row(tables: Fields<'_>, strings: Fields<'_>) -> Option<Option<Assembly>> {
    let widths = tables.bytes.get(6).copied()?;
    let present = tables.u64(8)?;
    if present & (1 << ASSEMBLY) == 0 {
        return Some(None);
    }
    let mut shape = Shape { widths, rows: [0; 64] };
    let mut at = 24;
    for table in (0..64).filter(|table| present & (1 << table) != 0) {
        *shape.rows.get_mut(table)? = tables.u32(at)?;
        at += 4;
    }
    // One more number may follow the numbers of rows.
    if widths & EXTRA_DATA != 0 {
        at += 4;
    }
    for (table, columns) in COLUMNS.iter().enumerate() {
        let row: usize = columns.iter().map(|column| shape.width(column)).sum();
        let rows = usize::try_from(*shape.rows.get(table)?).ok()?;
        at = at.checked_add(rows.checked_mul(row)?)?;
    }
    let row = tables.from(at)?;
    let string = |at: usize| {
        let is_wide = shape.width(&Text) == 4;
        let offset = if is_wide { row.u32(at)? } else { u32::from(row.u16(at)?) };
        let rest = strings.bytes.get(usize::try_from(offset).ok()?..)?;
        let text = rest.get(..LONGEST_NAME).unwrap_or(rest).split(|&byte| byte == 0).next()?;
        std::str::from_utf8(text).ok()
    };
    // The hash algorithm, the version, flags and the public key come before the name.
    let name_at = 4 + 8 + 4 + shape.width(&Blob);
    let culture = string(name_at + shape.width(&Text))?;
    Some(Some(Assembly {
        name: string(name_at)?.to_owned(),
        version: [row.u16(4)?, row.u16(6)?, row.u16(8)?, row.u16(10)?],
        is_satellite: !culture.is_empty(),
    }))
}

/// Bits of the byte that says how wide indexes into heaps are, and one for a number more.
const WIDE_STRINGS: u8 = 1;
const WIDE_GUIDS: u8 = 2;
const WIDE_BLOBS: u8 = 4;
const EXTRA_DATA: u8 = 0x40;

/// What decides how many bytes a column has.
struct Shape {
    widths: u8,
    /// Of each table.
    rows: [u32; 64],
}

use Column::{Blob, Coded, Fixed, Guid, Row, Text};

enum Column {
    Fixed(usize),
    Text,
    Guid,
    Blob,
    /// An index into a table.
    Row(usize),
    /// An index into one of several tables, whose number takes so many bits.
    Coded(u32, &'static [usize]),
}

impl Shape {
    fn width(&self, column: &Column) -> usize {
        let heap = |bit| if self.widths & bit != 0 { 4 } else { 2 };
        let rows = |table: &usize| self.rows.get(*table).copied().unwrap_or_default();
        let index = |rows: u32, bits: u32| if rows < 1 << (16 - bits) { 2 } else { 4 };
        match column {
            Fixed(width) => *width,
            Text => heap(WIDE_STRINGS),
            Guid => heap(WIDE_GUIDS),
            Blob => heap(WIDE_BLOBS),
            Row(table) => index(rows(table), 0),
            Coded(bits, tables) => index(tables.iter().map(rows).max().unwrap_or_default(), *bits),
        }
    }
}

/// Chapter 24.2.6.
const TYPE: Column = Coded(2, &[0x02, 0x01, 0x1b]);
const CONSTANT: Column = Coded(2, &[0x04, 0x08, 0x17]);
const ATTRIBUTED: Column = Coded(
    5,
    &[
        0x06, 0x04, 0x01, 0x02, 0x08, 0x09, 0x0a, 0x00, 0x0e, 0x17, 0x14, 0x11, 0x1a, 0x1b, 0x20,
        0x23, 0x26, 0x27, 0x28, 0x2a, 0x2c, 0x2b,
    ],
);
const ATTRIBUTE: Column = Coded(3, &[0x06, 0x0a]);
const MARSHALLED: Column = Coded(1, &[0x04, 0x08]);
const SECURED: Column = Coded(2, &[0x02, 0x06, 0x20]);
const MEMBER_OF: Column = Coded(3, &[0x02, 0x01, 0x1a, 0x06, 0x1b]);
const SEMANTICS: Column = Coded(1, &[0x14, 0x17]);
const METHOD: Column = Coded(1, &[0x06, 0x0a]);
const FORWARDED: Column = Coded(1, &[0x04, 0x06]);
const SCOPE: Column = Coded(2, &[0x00, 0x1a, 0x23, 0x01]);

/// The columns of the tables before `Assembly`, by the tables' numbers (chapter 22; the tables of pointers and of
/// edit-and-continue, which the standard leaves out, as the runtime has them).
const COLUMNS: [&[Column]; ASSEMBLY] = [
    &[Fixed(2), Text, Guid, Guid, Guid],
    &[SCOPE, Text, Text],
    &[Fixed(4), Text, Text, TYPE, Row(0x04), Row(0x06)],
    &[Row(0x04)],
    &[Fixed(2), Text, Blob],
    &[Row(0x06)],
    &[Fixed(8), Text, Blob, Row(0x08)],
    &[Row(0x08)],
    &[Fixed(4), Text],
    &[Row(0x02), TYPE],
    &[MEMBER_OF, Text, Blob],
    &[Fixed(2), CONSTANT, Blob],
    &[ATTRIBUTED, ATTRIBUTE, Blob],
    &[MARSHALLED, Blob],
    &[Fixed(2), SECURED, Blob],
    &[Fixed(6), Row(0x02)],
    &[Fixed(4), Row(0x04)],
    &[Blob],
    &[Row(0x02), Row(0x14)],
    &[Row(0x14)],
    &[Fixed(2), Text, TYPE],
    &[Row(0x02), Row(0x17)],
    &[Row(0x17)],
    &[Fixed(2), Text, Blob],
    &[Fixed(2), Row(0x06), SEMANTICS],
    &[Row(0x02), METHOD, METHOD],
    &[Text],
    &[Blob],
    &[Fixed(2), FORWARDED, Text, Row(0x1a)],
    &[Fixed(4), Row(0x04)],
    &[Fixed(8)],
    &[Fixed(4)],
];
