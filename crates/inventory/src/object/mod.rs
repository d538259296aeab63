//! Executables and libraries (ELF, PE, Mach-O): where their parts lie in the file, for all that read something from them.
//!
//! Only headers and tables are read. A file that merely begins as an executable does gives nothing; the numbers in it are hostile, and
//! whatever leads out of the file is left out.

mod elf;
mod fields;
mod macho;
mod pe;
#[cfg(test)]
pub(crate) mod samples;
mod symbols;

use std::borrow::Cow;

use plimsoll_archive::{ReadAt, Stretch};
use plimsoll_core::{Limits, Problem, ProblemKind};

pub(crate) use fields::{Fields, Form, read};
use symbols::SymbolTable;

use crate::Pattern;

/// The first bytes of every such file: patterns of the parts that read them.
pub(crate) const PATTERNS: &[Pattern] = &[
    Pattern::Magic(elf::MAGIC),
    Pattern::Magic(pe::MAGIC),
    Pattern::Magic(&macho::MAGICS[0]),
    Pattern::Magic(&macho::MAGICS[1]),
    Pattern::Magic(&macho::MAGICS[2]),
    Pattern::Magic(&macho::MAGICS[3]),
    // A Java class file begins as a fat Mach-O file does; the number of architectures tells them apart.
    Pattern::Magic(b"\xca\xfe\xba\xbe\x00\x00\x00\x01"),
    Pattern::Magic(b"\xca\xfe\xba\xbe\x00\x00\x00\x02"),
    Pattern::Magic(b"\xca\xfe\xba\xbe\x00\x00\x00\x03"),
    Pattern::Magic(b"\xca\xfe\xba\xbe\x00\x00\x00\x04"),
    Pattern::Magic(macho::FAT_MAGIC_64),
];
/// The first bytes of ELF files.
pub(crate) const ELF: Pattern = Pattern::Magic(elf::MAGIC);

/// Longer names of sections are cut: none that is looked for is longer.
const LONGEST_NAME: usize = 64;
/// More sections are not read; without an extension that programs do not need, no format has room for more.
const MOST_SECTIONS: usize = 0xffff;

/// An executable, a library, or something that is linked into one; of a fat file, one architecture.
pub(crate) struct Object<'a> {
    pub(crate) content: Stretch<'a>,
    pub(crate) headers: Headers,
}

/// What the headers and tables of an object say.
pub(crate) struct Headers {
    pub(crate) format: Format,
    pub(crate) form: Form,
    pub(crate) kind: Kind,
    /// `None` where the file has no table of them, as ELF programs that were stripped of it.
    pub(crate) sections: Option<Vec<Section>>,
    /// What is loaded.
    pub(crate) segments: Vec<Segment>,
    /// ELF: where the notes lie, as offsets and sizes.
    notes: Vec<(u64, u64)>,
    /// ELF, Mach-O: where symbols lie.
    symbols: Option<SymbolTable>,
    /// PE: the address from which addresses in the file count.
    pub(crate) base: u64,
    /// PE: address and size of what the file has a directory of, by the directory's number.
    directories: Vec<(u64, u64)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Elf,
    Pe,
    MachO,
}

/// What the file says that it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It can be run.
    Program,
    /// Programs load it.
    Library,
    /// A linker reads it, or the kernel.
    Relocatable,
    /// The memory of a program, or something else that is neither run nor loaded.
    Other,
}

impl Kind {
    /// True for what is loaded to be run.
    pub(crate) fn is_loaded(self) -> bool {
        matches!(self, Self::Program | Self::Library)
    }
}

/// A named part of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Section {
    /// At most [`LONGEST_NAME`] bytes of it.
    pub(crate) name: Vec<u8>,
    /// Where it will lie in memory.
    pub(crate) address: u64,
    pub(crate) file_offset: u64,
    pub(crate) size: u64,
    /// False where its content is not in this file, as in files that hold only debug symbols.
    pub(crate) has_content: bool,
}

/// Bytes of the file that are loaded to an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) address: u64,
    pub(crate) file_offset: u64,
    pub(crate) file_size: u64,
    /// True where it is written to and not run.
    pub(crate) is_data: bool,
}

/// What the file is; several of a fat file, and none where it is no such file.
pub(crate) fn objects<'a>(content: &'a dyn ReadAt, limits: &Limits) -> Vec<Object<'a>> {
    let mut magic = [0; 4];
    if content.read_exact_at(0, &mut magic).is_err() {
        return Vec::new();
    }
    if macho::is_fat(&magic) {
        let parts = macho::fat_parts(content).into_iter();
        return parts.filter_map(|part| object(part, macho::headers, limits)).collect();
    }
    let headers = if magic.starts_with(elf::MAGIC) {
        elf::headers
    } else if magic.starts_with(pe::MAGIC) {
        pe::headers
    } else if macho::MAGICS.contains(&magic) {
        macho::headers
    } else {
        return Vec::new();
    };
    let whole = Stretch::new(content, 0, content.size());
    whole.and_then(|whole| object(whole, headers, limits)).into_iter().collect()
}

/// Reads the headers of a format; `None` for a file that is not of it after all.
type ReadHeaders = fn(&dyn ReadAt, &Limits) -> Option<Headers>;

fn object<'a>(content: Stretch<'a>, read: ReadHeaders, limits: &Limits) -> Option<Object<'a>> {
    let headers = read(&content, limits)?;
    Some(Object { content, headers })
}

impl Object<'_> {
    /// The first section of that name.
    pub(crate) fn section(&self, name: &[u8]) -> Option<&Section> {
        self.headers.sections.iter().flatten().find(|section| section.name == name)
    }

    /// A section's bytes.
    ///
    /// # Errors
    /// Where it is larger than [`Limits::text_bytes`], or not all of it lies in the file.
    pub(crate) fn content_of(
        &self,
        section: &Section,
        limits: &Limits,
    ) -> Result<Cow<'_, [u8]>, Problem> {
        let name = || String::from_utf8_lossy(&section.name);
        if section.size > limits.text_bytes {
            let detail = format!(
                "{} bytes in the section {}, more than the {} that are read",
                section.size,
                name(),
                limits.text_bytes
            );
            return Err(Problem::new(ProblemKind::LimitExceeded, detail));
        }
        let bytes = read(&self.content, section.file_offset, section.size);
        let whole = bytes.filter(|bytes| bytes.len() as u64 == section.size);
        whole.ok_or_else(|| {
            let detail = format!("the section {} leads out of the file", name());
            Problem::new(ProblemKind::Malformed, detail)
        })
    }

    /// Where in the file an address lies, and how many bytes from there belong to the same segment.
    pub(crate) fn locate(&self, address: u64) -> Option<(u64, u64)> {
        for segment in &self.headers.segments {
            let Some(inside) = address.checked_sub(segment.address) else { continue };
            if inside < segment.file_size {
                let offset = segment.file_offset.checked_add(inside)?;
                return Some((offset, segment.file_size - inside));
            }
        }
        None
    }

    /// The bytes from `address`, at most `length`: fewer where its segment or the file ends before.
    pub(crate) fn read_at(&self, address: u64, length: u64) -> Option<Cow<'_, [u8]>> {
        let (offset, available) = self.locate(address)?;
        read(&self.content, offset, length.min(available))
    }

    /// PE: address and size of what the directory of that number leads to.
    pub(crate) fn directory(&self, number: usize) -> Option<(u64, u64)> {
        self.headers.directories.get(number).copied().filter(|(_, size)| *size > 0)
    }

    /// ELF: the contents of the notes of that owner and kind, as far as they can be read.
    pub(crate) fn notes(&self, owner: &[u8], kind: u32, limits: &Limits) -> Vec<Vec<u8>> {
        elf::notes(self, (owner, kind), limits)
    }

    /// ELF: the same of these bytes, which are notes.
    pub(crate) fn notes_in(&self, bytes: &[u8], owner: &[u8], kind: u32) -> Vec<Vec<u8>> {
        let mut found = Vec::new();
        elf::notes_in(self.headers.form.fields(bytes), (owner, kind), &mut found);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::samples::{ADDRESS, FORMS, elf, fat, macho, pe};
    use super::*;

    #[test]
    fn sections_and_addresses_are_found_in_every_format() {
        let limits = Limits::default();
        for form in FORMS {
            let files = [
                elf(form, Some(b".record"), b"record"),
                macho(form, Some(b".record"), b"record"),
                pe(form.is_wide, b".record", b"record"),
                fat(form.is_wide, &[macho(form, Some(b".record"), b"record")]),
            ];
            for file in files {
                let objects = objects(&file, &limits);
                let [object] = &objects[..] else { panic!("{} objects", objects.len()) };
                assert_eq!(object.headers.kind, Kind::Program);
                let section = object.section(b".record").expect("the section");
                assert_eq!(
                    (section.address, section.size, section.has_content),
                    (ADDRESS, 6, true)
                );
                assert_eq!(object.section(b".rec"), None);
                assert_eq!(object.read_at(ADDRESS + 2, 100).as_deref(), Some(&b"cord"[..]));
                assert_eq!(object.read_at(ADDRESS + 6, 1), None);
            }
        }
    }

    #[test]
    fn libraries_and_object_files_are_told_from_programs() {
        for (kind, expected) in
            [(1, Kind::Relocatable), (2, Kind::Program), (3, Kind::Library), (4, Kind::Other)]
        {
            let mut file = elf(FORMS[0], None, b"record");
            file[16] = kind;
            let objects = objects(&file, &Limits::default());
            assert_eq!(objects[0].headers.kind, expected);
            assert!(objects[0].headers.sections.is_none());
        }
    }
}
