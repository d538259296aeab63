//! ELF files, as far as Go programs need (System V ABI, "Object Files"; Go's `debug/buildinfo`).

use std::borrow::Cow;

use plimsoll_archive::ReadAt;
use plimsoll_core::Limits;

use super::layout::{Fields, Layout, Segment, read};

pub(super) const MAGIC: &[u8] = b"\x7fELF";

const SECTION: &[u8] = b".go.buildinfo";
const HEADER_SIZE: u64 = 64;
/// `e_type` of object files and of core dumps, which are no programs.
const RELOCATABLE: u16 = 1;
const CORE: u16 = 4;
/// `SHT_NOBITS`: the section's content is elsewhere, as in files that hold only debug symbols.
const NO_BITS: u32 = 8;
/// `PT_LOAD`, and `PF_X` and `PF_W` of its flags.
const LOADED: u32 = 1;
const EXECUTABLE: u32 = 1;
const WRITABLE: u32 = 2;
/// `SHN_XINDEX`: the index did not fit and stands in the first section.
const INDEX_ELSEWHERE: u16 = 0xffff;

/// `None` for a file in which no Go program's record can be.
pub(super) fn layout(content: &dyn ReadAt, limits: &Limits) -> Option<Layout> {
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
    let header = Fields { bytes: &bytes, big_endian, is_wide };
    if matches!(header.u16(16)?, RELOCATABLE | CORE) {
        return None;
    }
    let section = match Sections::read(content, header, limits) {
        Some(sections) => Some(sections.build_info(content, limits)?),
        None => None,
    };
    let (segments, data) = segments(content, header, limits)?;
    let (start, size) = section.or(data)?;
    Some(Layout { start, size, is_named: section.is_some(), segments })
}

/// A table of entries of equal size, complete.
struct Table<'a> {
    bytes: Cow<'a, [u8]>,
    entry_size: usize,
    header: Fields<'a>,
}

impl<'a> Table<'a> {
    fn read(
        content: &'a dyn ReadAt,
        header: Fields<'a>,
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
        is_whole.then_some(Self { bytes, entry_size: usize::from(entry_size), header })
    }

    fn entries(&self) -> impl Iterator<Item = Fields<'_>> {
        self.bytes.chunks_exact(self.entry_size).map(|bytes| Fields { bytes, ..self.header })
    }

    fn entry(&self, index: usize) -> Option<Fields<'_>> {
        let bytes = self.bytes.chunks_exact(self.entry_size).nth(index)?;
        Some(Fields { bytes, ..self.header })
    }
}

struct Sections<'a> {
    table: Table<'a>,
    /// Which section holds the names of all.
    names: usize,
}

impl<'a> Sections<'a> {
    /// `None` where there is no table, as in programs that were stripped of it.
    fn read(content: &'a dyn ReadAt, header: Fields<'a>, limits: &Limits) -> Option<Self> {
        let (entry_size, count, names) = if header.is_wide {
            (header.u16(58)?, header.u16(60)?, header.u16(62)?)
        } else {
            (header.u16(46)?, header.u16(48)?, header.u16(50)?)
        };
        let offset = header.word_at(32, 40)?;
        let least = if header.is_wide { 64 } else { 40 };
        if offset == 0 || entry_size < least {
            return None;
        }
        let (mut count, mut names) = (u64::from(count), names);
        let mut long_names = None;
        if count == 0 || names == INDEX_ELSEWHERE {
            let first = Table::read(content, header, (offset, 1, entry_size), limits)?;
            let first = first.entry(0)?;
            if count == 0 {
                count = first.word_at(20, 32)?;
            }
            if names == INDEX_ELSEWHERE {
                long_names = Some(first.u32(if header.is_wide { 40 } else { 24 })?);
                names = 0;
            }
        }
        let names = match long_names {
            Some(index) => usize::try_from(index).ok()?,
            None => usize::from(names),
        };
        let table = Table::read(content, header, (offset, count, entry_size), limits)?;
        Some(Self { table, names })
    }

    /// Address and size of the section that holds the build information.
    fn build_info(&self, content: &dyn ReadAt, limits: &Limits) -> Option<(u64, u64)> {
        let names = self.table.entry(self.names)?;
        let size = names.word_at(20, 32)?;
        if names.u32(4)? == NO_BITS || size > limits.text_bytes {
            return None;
        }
        let names = read(content, names.word_at(16, 24)?, size)?;
        for section in self.table.entries() {
            let name = usize::try_from(section.u32(0)?).ok().and_then(|at| names.get(at..));
            let is_wanted = name
                .and_then(|name| name.strip_prefix(SECTION))
                .is_some_and(|rest| rest.first() == Some(&0));
            if is_wanted {
                if section.u32(4)? == NO_BITS {
                    return None;
                }
                return Some((section.word_at(12, 16)?, section.word_at(20, 32)?));
            }
        }
        None
    }
}

type AddressAndSize = (u64, u64);

/// What is loaded, and of it the first that is data.
fn segments(
    content: &dyn ReadAt,
    header: Fields<'_>,
    limits: &Limits,
) -> Option<(Vec<Segment>, Option<AddressAndSize>)> {
    let (entry_size, count, least) = if header.is_wide {
        (header.u16(54)?, header.u16(56)?, 56)
    } else {
        (header.u16(42)?, header.u16(44)?, 32)
    };
    if entry_size < least {
        return None;
    }
    let place = (header.word_at(28, 32)?, u64::from(count), entry_size);
    let table = Table::read(content, header, place, limits)?;
    let (mut segments, mut data) = (Vec::new(), None);
    for entry in table.entries() {
        if entry.u32(0)? != LOADED {
            continue;
        }
        let segment = Segment {
            file_offset: entry.word_at(4, 8)?,
            address: entry.word_at(8, 16)?,
            file_size: entry.word_at(16, 32)?,
        };
        let flags = entry.u32(if header.is_wide { 4 } else { 24 })?;
        if flags & (EXECUTABLE | WRITABLE) == WRITABLE {
            data.get_or_insert((segment.address, segment.file_size));
        }
        segments.push(segment);
    }
    Some((segments, data))
}
