//! Mach-O files, thin and fat (Apple's `mach-o/loader.h` and `mach-o/fat.h`).

use plimsoll_archive::{ReadAt, Stretch};
use plimsoll_core::Limits;

use super::{
    Fields, Form, Format, Headers, Kind, MOST_SECTIONS, Section, Segment, SymbolTable, read,
};

/// Big-endian and little-endian, 32 and 64 bits.
pub(super) const MAGICS: [[u8; 4]; 4] =
    [*b"\xfe\xed\xfa\xce", *b"\xfe\xed\xfa\xcf", *b"\xce\xfa\xed\xfe", *b"\xcf\xfa\xed\xfe"];
/// Several architectures in one file, with offsets of 64 bits.
pub(super) const FAT_MAGIC_64: &[u8] = b"\xca\xfe\xba\xbf";
const FAT_MAGIC: &[u8] = b"\xca\xfe\xba\xbe";
/// A Java class file has the same magic and, in this place, a version that is 45 or more.
const MOST_ARCHITECTURES: u32 = 30;

/// `MH_OBJECT`, `MH_EXECUTE`, `MH_DYLIB`, `MH_BUNDLE`.
const RELOCATABLE: u32 = 1;
const EXECUTABLE: u32 = 2;
const LIBRARY: u32 = 6;
const BUNDLE: u32 = 8;
/// `LC_SEGMENT` and `LC_SEGMENT_64`.
const SEGMENT: u32 = 0x1;
const SEGMENT_64: u32 = 0x19;
/// `LC_SYMTAB`.
const SYMBOLS: u32 = 0x2;
/// `VM_PROT_READ | VM_PROT_WRITE`.
const READ_WRITE: u32 = 3;
/// `SECTION_TYPE` of a section's flags, and its values for sections that the file does not hold: `S_ZEROFILL`, `S_GB_ZEROFILL`,
/// `S_THREAD_LOCAL_ZEROFILL`.
const SECTION_TYPE: u32 = 0xff;
const ZERO_FILLED: [u32; 3] = [0x1, 0xc, 0x12];

pub(super) fn is_fat(magic: &[u8]) -> bool {
    magic == FAT_MAGIC || magic == FAT_MAGIC_64
}

/// The files for each architecture in a fat file.
pub(super) fn fat_parts(content: &dyn ReadAt) -> Vec<Stretch<'_>> {
    const HEADER_SIZE: u64 = 8;
    let parts = || {
        let header = read(content, 0, HEADER_SIZE)?;
        let form = Form { is_wide: header.starts_with(FAT_MAGIC_64), big_endian: true };
        let count = form.fields(&header).u32(4)?;
        if count > MOST_ARCHITECTURES {
            return None;
        }
        let entry_size = if form.is_wide { 32 } else { 20 };
        let table = read(content, HEADER_SIZE, u64::from(count) * entry_size as u64)?;
        let part = |entry| {
            let entry = form.fields(entry);
            Stretch::new(content, entry.word(8)?, entry.word_at(12, 16)?)
        };
        Some(table.chunks_exact(entry_size).filter_map(part).collect())
    };
    parts().unwrap_or_default()
}

/// `None` for a file that is not one after all.
pub(super) fn headers(content: &dyn ReadAt, limits: &Limits) -> Option<Headers> {
    let magic = read(content, 0, 4)?;
    let number = MAGICS.iter().position(|known| *known == *magic)?;
    let form = Form { is_wide: number % 2 == 1, big_endian: number < 2 };
    let header_size = if form.is_wide { 32 } else { 28 };
    let header = read(content, 0, header_size)?;
    let header = form.fields(&header);
    let kind = match header.u32(12)? {
        RELOCATABLE => Kind::Relocatable,
        EXECUTABLE => Kind::Program,
        LIBRARY | BUNDLE => Kind::Library,
        _ => Kind::Other,
    };
    let (count, size) = (header.u32(16)?, u64::from(header.u32(20)?));
    if size > limits.text_bytes {
        return None;
    }
    let commands = read(content, header_size, size)?;
    let mut rest = form.fields(&commands);
    let (mut segments, mut sections, mut symbols) = (Vec::new(), Vec::new(), None);
    for _ in 0..count {
        let (Some(command), Some(size)) = (rest.u32(0), rest.u32(4)) else { break };
        let size = usize::try_from(size).ok()?.max(8);
        if matches!((command, form.is_wide), (SEGMENT, false) | (SEGMENT_64, true)) {
            let command = form.fields(rest.bytes.get(..size)?);
            segments.push(segment(command)?);
            sections.extend(sections_of(command));
            sections.truncate(MOST_SECTIONS);
        } else if command == SYMBOLS {
            symbols = symbol_table(rest);
        }
        let Some(next) = rest.from(size) else { break };
        rest = next;
    }
    Some(Headers {
        format: Format::MachO,
        form,
        kind,
        sections: Some(sections),
        segments,
        notes: Vec::new(),
        symbols,
        base: 0,
        directories: Vec::new(),
    })
}

fn segment(command: Fields<'_>) -> Option<Segment> {
    let protection = if command.form.is_wide { 56 } else { 40 };
    let address = command.word(24)?;
    Some(Segment {
        address,
        file_offset: command.word_at(32, 40)?,
        file_size: command.word_at(36, 48)?,
        is_data: address != 0
            && command.u32(protection)? == READ_WRITE
            && command.u32(protection + 4)? == READ_WRITE,
    })
}

fn symbol_table(command: Fields<'_>) -> Option<SymbolTable> {
    let entry_size = if command.form.is_wide { 16 } else { 12 };
    let number = |at| command.u32(at).map(u64::from);
    Some(SymbolTable {
        entries: (number(8)?, number(12)? * entry_size),
        names: (number(16)?, number(20)?),
    })
}

fn sections_of(segment: Fields<'_>) -> impl Iterator<Item = Section> {
    let is_wide = segment.form.is_wide;
    let (sections, section_size) = if is_wide { (72, 80) } else { (56, 68) };
    let table = segment.bytes.get(sections..).unwrap_or_default();
    table.chunks_exact(section_size).filter_map(move |section| {
        let section = segment.form.fields(section);
        let flags = section.u32(if is_wide { 64 } else { 56 })?;
        Some(Section {
            name: section.name(0, 16)?.to_vec(),
            address: section.word(32)?,
            file_offset: u64::from(section.u32(if is_wide { 48 } else { 40 })?),
            size: section.word_at(36, 40)?,
            has_content: !ZERO_FILLED.contains(&(flags & SECTION_TYPE)),
        })
    })
}
