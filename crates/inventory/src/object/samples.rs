//! Small programs for tests, built byte by byte: nothing in them but a header, tables and one record.

use super::{Form, macho};

pub(crate) const FORMS: [Form; 4] = [
    Form { is_wide: true, big_endian: false },
    Form { is_wide: true, big_endian: true },
    Form { is_wide: false, big_endian: false },
    Form { is_wide: false, big_endian: true },
];

/// Where the record lies in every sample, as an offset and as an address.
pub(crate) const RECORD: u64 = 0x400;
const BASE: u64 = 0x1_0000;
pub(crate) const ADDRESS: u64 = BASE + RECORD;
const IMAGE_BASE: u64 = 0x8000;
/// The record's address in a Windows program, counted from the program's own.
pub(crate) const PE_RECORD: u64 = ADDRESS - IMAGE_BASE;

/// Writes numbers in a form.
pub(crate) struct Writer {
    pub(crate) bytes: Vec<u8>,
    form: Form,
}

impl Writer {
    pub(crate) fn new(form: Form, start: &[u8]) -> Self {
        Self { bytes: start.to_vec(), form }
    }

    pub(crate) fn number(&mut self, value: u64, size: usize) -> &mut Self {
        let bytes = value.to_be_bytes();
        let bytes = &bytes[8 - size..];
        if self.form.big_endian {
            self.bytes.extend(bytes);
        } else {
            self.bytes.extend(bytes.iter().rev());
        }
        self
    }

    pub(crate) fn half(&mut self, value: u64) -> &mut Self {
        self.number(value, 2)
    }

    pub(crate) fn long(&mut self, value: u64) -> &mut Self {
        self.number(value, 4)
    }

    pub(crate) fn word(&mut self, value: u64) -> &mut Self {
        self.number(value, if self.form.is_wide { 8 } else { 4 })
    }

    pub(crate) fn text(&mut self, text: &[u8], size: usize) -> &mut Self {
        let end = self.bytes.len() + size;
        self.bytes.extend(text);
        self.pad(end)
    }

    pub(crate) fn pad(&mut self, end: usize) -> &mut Self {
        assert!(self.bytes.len() <= end);
        self.bytes.resize(end, 0);
        self
    }
}

/// An ELF program with one segment of data and, with a name, one section.
pub(crate) fn elf(form: Form, section: Option<&[u8]>, record: &[u8]) -> Vec<u8> {
    let (header, program, entry) = if form.is_wide { (64, 56, 64) } else { (52, 32, 40) };
    let (names, sections) = (0x100_u64, 0x140_u64);
    let size = RECORD + record.len() as u64;
    let ident = [1 + u8::from(form.is_wide), 1 + u8::from(form.big_endian), 1];
    let mut writer = Writer::new(form, b"\x7fELF");
    writer.bytes.extend(ident);
    writer.pad(16).half(2).half(62).long(1).word(0).word(header);
    writer.word(if section.is_some() { sections } else { 0 }).long(0);
    writer.half(header).half(program).half(1).half(entry);
    writer.half(if section.is_some() { 2 } else { 0 }).half(0).pad(header as usize);
    let (offset, length) = (RECORD - 0x80, size - (RECORD - 0x80));
    writer.long(1);
    if form.is_wide {
        writer.long(6);
    }
    writer.word(offset).word(BASE + offset).word(0).word(length).word(length);
    if !form.is_wide {
        writer.long(6);
    }
    writer.pad(names as usize).text(b"\0", 1).text(section.unwrap_or_default(), 32);
    writer.pad(sections as usize);
    writer.long(0).long(3).word(0).word(0).word(names).word(33);
    writer.pad(sections as usize + entry as usize);
    writer.long(1).long(1).word(0).word(ADDRESS).word(RECORD).word(record.len() as u64);
    writer.pad(RECORD as usize);
    writer.bytes.extend(record);
    writer.bytes
}

/// A Windows program whose section of data, of this name, is the record.
pub(crate) fn pe(is_wide: bool, section: &[u8], record: &[u8]) -> Vec<u8> {
    pe_with_directories(is_wide, section, record, &[])
}

/// The same with directories: their numbers, and what of the record they lead to.
pub(crate) fn pe_with_directories(
    is_wide: bool,
    section: &[u8],
    record: &[u8],
    directories: &[(usize, u64, u64)],
) -> Vec<u8> {
    const COUNT: usize = 16;
    let form = Form { is_wide, big_endian: false };
    let mut writer = Writer::new(form, b"MZ");
    let table = if is_wide { 0x70 } else { 0x60 };
    let optional_size = table + 8 * COUNT;
    writer.pad(60).long(0x80).pad(0x80);
    writer.text(b"PE", 4).half(0x8664).half(2).long(0).long(0).long(0);
    writer.half(optional_size as u64).half(2);
    let optional = writer.bytes.len();
    writer.half(if is_wide { 0x20b } else { 0x10b });
    writer.pad(optional + if is_wide { 24 } else { 28 }).word(IMAGE_BASE);
    writer.pad(optional + table - 4).long(COUNT as u64).pad(optional + optional_size);
    let size = record.len() as u64;
    for (name, address, flags) in
        [(&b".text"[..], 0x1000, 0x6000_0020), (section, PE_RECORD, 0xc000_0040)]
    {
        writer.text(name, 8).long(size).long(address).long(size).long(RECORD);
        writer.long(0).long(0).long(0).long(flags);
    }
    writer.pad(RECORD as usize);
    writer.bytes.extend(record);
    let mut program = writer.bytes;
    for &(number, start, size) in directories {
        let entry = optional + table + 8 * number;
        patch(&mut program, form, entry, PE_RECORD + start, 4);
        patch(&mut program, form, entry + 4, size, 4);
    }
    program
}

/// A program of Darwin with one segment of data and, with a name, one section.
pub(crate) fn macho(form: Form, section: Option<&[u8]>, record: &[u8]) -> Vec<u8> {
    let size = record.len() as u64;
    let (header, command, entry) = if form.is_wide { (32, 72, 80) } else { (28, 56, 68) };
    let kind = usize::from(!form.big_endian) * 2 + usize::from(form.is_wide);
    let command_size = command + if section.is_some() { entry } else { 0 };
    let mut writer = Writer::new(form, &macho::MAGICS[kind]);
    // A command that is not a segment comes first.
    writer.long(7).long(3).long(2).long(2).long(16 + command_size as u64).pad(header);
    writer.long(0x1b).long(16).pad(header + 16);
    writer.long(if form.is_wide { 0x19 } else { 1 }).long(command_size as u64);
    writer.text(b"__DATA", 16).word(ADDRESS).word(size).word(RECORD).word(size);
    writer.long(3).long(3).long(u64::from(section.is_some())).pad(header + 16 + command);
    if let Some(name) = section {
        writer.text(name, 16).text(b"__DATA", 16).word(ADDRESS).word(size).long(RECORD);
    }
    writer.pad(RECORD as usize);
    writer.bytes.extend(record);
    writer.bytes
}

/// A fat file of these programs.
pub(crate) fn fat(is_wide: bool, programs: &[Vec<u8>]) -> Vec<u8> {
    let magic = if is_wide { macho::FAT_MAGIC_64 } else { b"\xca\xfe\xba\xbe" };
    let mut writer = Writer::new(Form { is_wide, big_endian: true }, magic);
    writer.long(programs.len() as u64);
    let mut offset = 0x100;
    for program in programs {
        let size = program.len() as u64;
        writer.long(7).long(3).word(offset).word(size).long(4);
        if is_wide {
            writer.long(0);
        }
        offset += size;
    }
    writer.pad(0x100);
    writer.bytes.extend(programs.concat());
    writer.bytes
}

/// An ELF program that has nothing but notes: their owners, kinds and contents.
pub(crate) fn elf_with_notes(form: Form, notes: &[(&[u8], u32, Vec<u8>)]) -> Vec<u8> {
    let mut writer = Writer::new(form, &[]);
    for (owner, kind, content) in notes {
        writer.long(owner.len() as u64).long(content.len() as u64).long(u64::from(*kind));
        writer.text(owner, owner.len().next_multiple_of(4));
        writer.text(content, content.len().next_multiple_of(4));
    }
    let mut program = elf(form, None, &writer.bytes);
    // The only segment becomes one of notes, of the record alone.
    let (header, offset, size) = if form.is_wide { (64, 72, 96) } else { (52, 56, 68) };
    let word = if form.is_wide { 8 } else { 4 };
    patch(&mut program, form, header, 4, 4);
    patch(&mut program, form, offset, RECORD, word);
    patch(&mut program, form, size, writer.bytes.len() as u64, word);
    program
}

/// Symbols of a program: their names, and where in the record they lie.
type Symbols<'a> = &'a [(&'a str, u64)];

/// The same as [`elf`] with symbols for the dynamic linker.
pub(crate) fn elf_with_symbols(
    form: Form,
    section: &[u8],
    record: &[u8],
    symbols: Symbols<'_>,
) -> Vec<u8> {
    let program = elf(form, Some(section), record);
    let (entry, kept) =
        if form.is_wide { (64, 0x140..0x140 + 128) } else { (40, 0x140..0x140 + 80) };
    let headers = program[kept].to_vec();
    let (names, positions) = symbol_names("", symbols);
    let mut writer = Writer { bytes: program, form };
    let names_at = writer.bytes.len() as u64;
    writer.bytes.extend(&names);
    let symbols_at = writer.bytes.len() as u64;
    for (&(_, place), position) in symbols.iter().zip(positions) {
        writer.long(position);
        if form.is_wide {
            writer.long(0).word(ADDRESS + place).word(8);
        } else {
            writer.word(ADDRESS + place).word(8).long(0);
        }
    }
    let symbols_size = writer.bytes.len() as u64 - symbols_at;
    let table = writer.bytes.len() as u64;
    writer.bytes.extend(headers);
    for (kind, offset, size, link) in
        [(11, symbols_at, symbols_size, 3), (3, names_at, names.len() as u64, 0)]
    {
        let end = writer.bytes.len() + entry;
        writer.long(0).long(kind).word(0).word(0).word(offset).word(size).long(link).pad(end);
    }
    let mut program = writer.bytes;
    let (offset, count, word) = if form.is_wide { (40, 60, 8) } else { (32, 48, 4) };
    patch(&mut program, form, offset, table, word);
    patch(&mut program, form, count, 4, 2);
    program
}

/// The same as [`macho`] with symbols.
pub(crate) fn macho_with_symbols(
    form: Form,
    section: &[u8],
    record: &[u8],
    symbols: Symbols<'_>,
) -> Vec<u8> {
    let (names, positions) = symbol_names("_", symbols);
    let mut writer = Writer { bytes: macho(form, Some(section), record), form };
    let names_at = writer.bytes.len() as u64;
    writer.bytes.extend(&names);
    let symbols_at = writer.bytes.len() as u64;
    for (&(_, place), position) in symbols.iter().zip(positions) {
        writer.long(position).long(0).word(ADDRESS + place);
    }
    let mut program = writer.bytes;
    let (header, commands) = if form.is_wide { (32, 16 + 152) } else { (28, 16 + 124) };
    patch(&mut program, form, 16, 3, 4);
    patch(&mut program, form, 20, commands + 24, 4);
    let command = [2, 24, symbols_at, symbols.len() as u64, names_at, names.len() as u64];
    for (index, value) in command.into_iter().enumerate() {
        patch(&mut program, form, header + commands as usize + 4 * index, value, 4);
    }
    program
}

/// The same as [`pe`] with exported symbols.
pub(crate) fn pe_with_symbols(
    is_wide: bool,
    section: &[u8],
    record: &[u8],
    symbols: Symbols<'_>,
) -> Vec<u8> {
    let (names, positions) = symbol_names("", symbols);
    let mut writer = Writer::new(Form { is_wide, big_endian: false }, record);
    let names_at = PE_RECORD + record.len() as u64;
    writer.bytes.extend(&names);
    let lists = PE_RECORD + writer.bytes.len() as u64;
    let count = symbols.len() as u64;
    for (_, place) in symbols {
        writer.long(PE_RECORD + place);
    }
    for position in positions {
        writer.long(names_at + position);
    }
    for index in 0..count {
        writer.half(index);
    }
    let directory = writer.bytes.len() as u64;
    writer.long(0).long(0).long(0).long(0).long(1).long(count).long(count);
    writer.long(lists).long(lists + 4 * count).long(lists + 8 * count);
    pe_with_directories(is_wide, section, &writer.bytes, &[(0, directory, 40)])
}

/// The names, each with a zero after it, and where each begins.
fn symbol_names(before: &str, symbols: Symbols<'_>) -> (Vec<u8>, Vec<u64>) {
    let (mut names, mut positions) = (b"\0".to_vec(), Vec::new());
    for (name, _) in symbols {
        positions.push(names.len() as u64);
        names.extend(format!("{before}{name}\0").into_bytes());
    }
    (names, positions)
}

fn patch(bytes: &mut [u8], form: Form, at: usize, value: u64, width: usize) {
    let mut field = Writer::new(form, &[]);
    field.number(value, width);
    bytes[at..at + width].copy_from_slice(&field.bytes);
}
