//! Symbols by name: ELF's tables for the dynamic linker or the debugger, Mach-O's table, and what a PE file exports.

use super::{Form, Format, Object, read};
use plimsoll_core::Limits;

/// Where the symbols of an ELF or Mach-O file lie, as offsets and sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SymbolTable {
    pub(super) entries: (u64, u64),
    pub(super) names: (u64, u64),
}

impl SymbolTable {
    /// How its entries are written.
    fn shape(format: Format, form: Form) -> (usize, usize) {
        match (format, form.is_wide) {
            (Format::Elf, true) => (24, 8),
            (Format::Elf, false) => (16, 4),
            (_, true) => (16, 8),
            (_, false) => (12, 8),
        }
    }
}

impl Object<'_> {
    /// The address of the symbol of that name, as C spells it. Its table is read whole: only for files that are likely to have it.
    pub(crate) fn symbol(&self, name: &str, limits: &Limits) -> Option<u64> {
        match self.headers.format {
            Format::Elf => self.in_table(name.as_bytes(), limits),
            // Apple's linker puts a line before each name of C.
            Format::MachO => self.in_table(format!("_{name}").as_bytes(), limits),
            Format::Pe => self.exported(name.as_bytes(), limits),
        }
    }

    fn in_table(&self, name: &[u8], limits: &Limits) -> Option<u64> {
        let table = self.headers.symbols?;
        let (entries_size, names_size) = (table.entries.1, table.names.1);
        if entries_size > limits.text_bytes || names_size > limits.text_bytes {
            return None;
        }
        let entries = read(&self.content, table.entries.0, entries_size)?;
        let names = read(&self.content, table.names.0, names_size)?;
        let (size, value) = SymbolTable::shape(self.headers.format, self.headers.form);
        entries.chunks_exact(size).find_map(|entry| {
            let entry = self.headers.form.fields(entry);
            let found = names.get(usize::try_from(entry.u32(0)?).ok()?..)?;
            let is_named = found.strip_prefix(name)?.first() == Some(&0);
            if is_named { entry.word(value).filter(|address| *address != 0) } else { None }
        })
    }

    /// Microsoft's "PE Format", "Export Directory Table": names and, beside them, positions in a table of addresses.
    fn exported(&self, name: &[u8], limits: &Limits) -> Option<u64> {
        const EXPORTS: usize = 0;
        const TABLE_SIZE: u64 = 40;
        let (address, _) = self.directory(EXPORTS)?;
        let table = self.read_at(address, TABLE_SIZE)?;
        let table = Form::LITTLE.fields(&table);
        let base = self.headers.base;
        let list = |at, count: u32, width: u64| {
            let size = u64::from(count).checked_mul(width)?;
            let start = base.checked_add(u64::from(table.u32(at)?))?;
            if size > limits.text_bytes { None } else { self.read_at(start, size) }
        };
        let (functions, count) = (table.u32(20)?, table.u32(24)?);
        let (addresses, names) = (list(28, functions, 4)?, list(32, count, 4)?);
        let positions = list(36, count, 2)?;
        names.chunks_exact(4).zip(positions.chunks_exact(2)).find_map(|(found, position)| {
            let found = base.checked_add(u64::from(Form::LITTLE.fields(found).u32(0)?))?;
            let found = self.read_at(found, name.len() as u64 + 1)?;
            if found.strip_prefix(name)? != b"\0" {
                return None;
            }
            let position = usize::from(Form::LITTLE.fields(position).u16(0)?);
            let address = Form::LITTLE.fields(&addresses).u32(position.checked_mul(4)?)?;
            base.checked_add(u64::from(address))
        })
    }
}
