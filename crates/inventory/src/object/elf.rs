//! ELF files (System V ABI, "Object Files").

use std::borrow::Cow;

use plimsoll_archive::ReadAt;
use plimsoll_core::Limits;

use super::{
    Fields, Form, Format, Headers, Kind, LONGEST_NAME, MOST_SECTIONS, Object, Section, Segment,
    SymbolTable, read,
};

pub(super) const MAGIC: &[u8] = b"\x7fELF";

const HEADER_SIZE: u64 = 64;
/// `e_type`.
const RELOCATABLE: u16 = 1;
const EXECUTABLE: u16 = 2;
const SHARED: u16 = 3;
/// `SHT_NOBITS`.
const NO_BITS: u32 = 8;
/// `SHT_SYMTAB` and `SHT_DYNSYM`.
const ALL_SYMBOLS: u32 = 2;
const DYNAMIC_SYMBOLS: u32 = 11;
/// `p_type`.
const LOADED: u32 = 1;
const DYNAMIC: u32 = 2;
const INTERPRETER: u32 = 3;
const NOTE: u32 = 4;
/// `PF_X` and `PF_W` of a segment's flags.
const RUN: u32 = 1;
const WRITABLE: u32 = 2;
/// `SHN_XINDEX`: the index did not fit and stands in the first section.
const INDEX_ELSEWHERE: u16 = 0xffff;
/// `DT_FLAGS_1` and its bit for programs that may lie anywhere.
const FLAGS_1: u64 = 0x6fff_fffb;
const POSITION_INDEPENDENT: u64 = 0x0800_0000;
/// Notes of one kind that are read: a program has one, or the same one of each file that it was linked from.
const MOST_NOTES: usize = 64;
/// The dynamic section of a program is far smaller.
const LONGEST_DYNAMIC: u64 = 64 << 10;

/// `None` for a file that is not one after all.
pub(super) fn headers(content: &dyn ReadAt, limits: &Limits) -> Option<Headers> {
    let bytes = read(content, 0, HEADER_SIZE)?;
    let is_wide = match bytes.get(4)? {
        1 => false,
        2 => true,
        _ => return None,
    };
    let big_endian = match bytes.get(5)? {
        1 => false,
        2 => true,
        _ => return None,
    };
    let form = Form { is_wide, big_endian };
    let header = form.fields(&bytes);
    let (sections, symbols) = sections(content, header, limits).unzip();
    let programs = Programs::read(content, header, limits).unwrap_or_default();
    let kind = match header.u16(16)? {
        RELOCATABLE => Kind::Relocatable,
        EXECUTABLE => Kind::Program,
        SHARED if programs.is_run(content, form) => Kind::Program,
        SHARED => Kind::Library,
        _ => Kind::Other,
    };
    Some(Headers {
        format: Format::Elf,
        form,
        kind,
        sections,
        segments: programs.segments,
        notes: programs.notes,
        symbols: symbols.flatten(),
        base: 0,
        directories: Vec::new(),
    })
}

/// A table of entries of equal size, complete.
struct Table<'a> {
    bytes: Cow<'a, [u8]>,
    entry_size: usize,
    form: Form,
}

impl<'a> Table<'a> {
    fn read(
        content: &'a dyn ReadAt,
        form: Form,
        place: (u64, u64, u16),
        limits: &Limits,
    ) -> Option<Self> {
        let (offset, count, entry_size) = place;
        let size = count.checked_mul(u64::from(entry_size))?;
        if size == 0 || size > limits.text_bytes {
            return None;
        }
        let bytes = read(content, offset, size)?;
        let is_whole = bytes.len() as u64 == size;
        is_whole.then_some(Self { bytes, entry_size: usize::from(entry_size), form })
    }

    fn entries(&self) -> impl Iterator<Item = Fields<'_>> {
        self.bytes.chunks_exact(self.entry_size).map(|bytes| self.form.fields(bytes))
    }

    fn entry(&self, index: usize) -> Option<Fields<'_>> {
        self.entries().nth(index)
    }
}

/// `None` where there is no table; an empty list where the names of the sections cannot be read.
fn sections(
    content: &dyn ReadAt,
    header: Fields<'_>,
    limits: &Limits,
) -> Option<(Vec<Section>, Option<SymbolTable>)> {
    let (entry_size, count, names) = if header.form.is_wide {
        (header.u16(58)?, header.u16(60)?, header.u16(62)?)
    } else {
        (header.u16(46)?, header.u16(48)?, header.u16(50)?)
    };
    let offset = header.word_at(32, 40)?;
    let least = if header.form.is_wide { 64 } else { 40 };
    if offset == 0 || entry_size < least {
        return None;
    }
    let (mut count, mut names_at) = (u64::from(count), usize::from(names));
    if count == 0 || names == INDEX_ELSEWHERE {
        let first = Table::read(content, header.form, (offset, 1, entry_size), limits)?;
        let first = first.entry(0)?;
        if count == 0 {
            count = first.word_at(20, 32)?;
        }
        if names == INDEX_ELSEWHERE {
            names_at =
                usize::try_from(first.u32(if first.form.is_wide { 40 } else { 24 })?).ok()?;
        }
    }
    let table = Table::read(content, header.form, (offset, count, entry_size), limits)?;
    let symbols = symbol_table(&table);
    let Some(names) = names_of(content, &table, names_at, limits) else {
        return Some((Vec::new(), symbols));
    };
    let section = |entry: Fields<'_>| {
        let name = usize::try_from(entry.u32(0)?).ok().and_then(|at| names.get(at..));
        let name = name.unwrap_or_default();
        let name = name.get(..LONGEST_NAME).unwrap_or(name);
        Some(Section {
            name: name.split(|&byte| byte == 0).next()?.to_vec(),
            address: entry.word_at(12, 16)?,
            file_offset: entry.word_at(16, 24)?,
            size: entry.word_at(20, 32)?,
            has_content: entry.u32(4)? != NO_BITS,
        })
    };
    Some((table.entries().take(MOST_SECTIONS).filter_map(section).collect(), symbols))
}

/// The symbols for the dynamic linker, which a program keeps, or else those for debuggers.
fn symbol_table(table: &Table<'_>) -> Option<SymbolTable> {
    let place = |entry: Fields<'_>| Some((entry.word_at(16, 24)?, entry.word_at(20, 32)?));
    let of_kind = |kind| table.entries().find(|entry| entry.u32(4) == Some(kind));
    let symbols = of_kind(DYNAMIC_SYMBOLS).or_else(|| of_kind(ALL_SYMBOLS))?;
    let names = symbols.u32(if symbols.form.is_wide { 40 } else { 24 })?;
    let names = table.entry(usize::try_from(names).ok()?)?;
    Some(SymbolTable { entries: place(symbols)?, names: place(names)? })
}

/// The text in which the names of all sections stand.
fn names_of<'a>(
    content: &'a dyn ReadAt,
    table: &Table<'_>,
    at: usize,
    limits: &Limits,
) -> Option<Cow<'a, [u8]>> {
    let entry = table.entry(at)?;
    let size = entry.word_at(20, 32)?;
    if entry.u32(4)? == NO_BITS || size > limits.text_bytes {
        return None;
    }
    read(content, entry.word_at(16, 24)?, size)
}

/// What the program headers say.
#[derive(Default)]
struct Programs {
    segments: Vec<Segment>,
    notes: Vec<(u64, u64)>,
    has_interpreter: bool,
    dynamic: Option<(u64, u64)>,
}

impl Programs {
    fn read(content: &dyn ReadAt, header: Fields<'_>, limits: &Limits) -> Option<Self> {
        let (entry_size, count, least) = if header.form.is_wide {
            (header.u16(54)?, header.u16(56)?, 56)
        } else {
            (header.u16(42)?, header.u16(44)?, 32)
        };
        if entry_size < least {
            return None;
        }
        let place = (header.word_at(28, 32)?, u64::from(count), entry_size);
        let table = Table::read(content, header.form, place, limits)?;
        let mut programs = Self::default();
        for entry in table.entries() {
            let segment = Segment {
                file_offset: entry.word_at(4, 8)?,
                address: entry.word_at(8, 16)?,
                file_size: entry.word_at(16, 32)?,
                is_data: {
                    let flags = entry.u32(if header.form.is_wide { 4 } else { 24 })?;
                    flags & (RUN | WRITABLE) == WRITABLE
                },
            };
            let place = (segment.file_offset, segment.file_size);
            match entry.u32(0)? {
                LOADED => programs.segments.push(segment),
                NOTE => programs.notes.push(place),
                INTERPRETER => programs.has_interpreter = true,
                DYNAMIC => programs.dynamic = Some(place),
                _ => {}
            }
        }
        Some(programs)
    }

    /// Tells a program that may lie anywhere from a library: it names its interpreter, or is marked so where it needs none.
    fn is_run(&self, content: &dyn ReadAt, form: Form) -> bool {
        let marked = || {
            let (offset, size) = self.dynamic?;
            let bytes = read(content, offset, size.min(LONGEST_DYNAMIC))?;
            let mut entries = bytes.chunks_exact(if form.is_wide { 16 } else { 8 });
            entries.find_map(|entry| {
                let entry = form.fields(entry);
                (entry.word(0)? == FLAGS_1).then_some(entry.word_at(4, 8)? & POSITION_INDEPENDENT)
            })
        };
        self.has_interpreter || marked().is_some_and(|bit| bit != 0)
    }
}

/// The contents of the notes of that owner and kind, in the segments for notes.
pub(super) fn notes(
    object: &Object<'_>,
    (owner, kind): (&[u8], u32),
    limits: &Limits,
) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut left = limits.text_bytes;
    for &(offset, size) in &object.headers.notes {
        let Some(rest) = left.checked_sub(size) else { break };
        left = rest;
        let Some(bytes) = read(&object.content, offset, size) else { continue };
        notes_in(object.headers.form.fields(&bytes), (owner, kind), &mut found);
    }
    found
}

/// Adds the contents of the notes of that owner and kind that these bytes hold.
pub(super) fn notes_in(bytes: Fields<'_>, (owner, kind): (&[u8], u32), found: &mut Vec<Vec<u8>>) {
    let mut at = bytes;
    while let Some((note, next)) = note(at)
        && found.len() < MOST_NOTES
    {
        if (note.owner, note.kind) == (owner, kind) {
            found.push(note.content.to_vec());
        }
        at = next;
    }
}

/// A note (System V ABI, "Note Section").
struct Note<'a> {
    /// Whose number `kind` is, without the zero at its end.
    owner: &'a [u8],
    kind: u32,
    content: &'a [u8],
}

/// The first note, and what follows it. Everything in it begins at a multiple of four.
fn note(fields: Fields<'_>) -> Option<(Note<'_>, Fields<'_>)> {
    const HEADER: usize = 12;
    let (owner_size, size) =
        (usize::try_from(fields.u32(0)?).ok()?, usize::try_from(fields.u32(4)?).ok()?);
    let owner = fields.bytes.get(HEADER..HEADER.checked_add(owner_size)?)?;
    let start = HEADER.checked_add(owner_size.checked_next_multiple_of(4)?)?;
    let end = start.checked_add(size)?;
    let note = Note {
        owner: owner.split(|&byte| byte == 0).next()?,
        kind: fields.u32(8)?,
        content: fields.bytes.get(start..end)?,
    };
    let next = end.checked_next_multiple_of(4)?;
    Some((note, fields.from(next.min(fields.bytes.len()))?))
}
