//! Mach-O files, thin and fat, as far as Go programs need (Apple's `mach-o/loader.h` and `mach-o/fat.h`; Go's `debug/buildinfo`).

use plimsoll_archive::{ReadAt, Stretch};
use plimsoll_core::Limits;

use super::layout::{Fields, Layout, Segment, read};

/// Big-endian and little-endian, 32 and 64 bits.
pub(super) const MAGICS: [[u8; 4]; 4] =
    [*b"\xfe\xed\xfa\xce", *b"\xfe\xed\xfa\xcf", *b"\xce\xfa\xed\xfe", *b"\xcf\xfa\xed\xfe"];
/// Several architectures in one file, with offsets of 64 bits.
pub(super) const FAT_MAGIC_64: &[u8] = b"\xca\xfe\xba\xbf";
const FAT_MAGIC: &[u8] = b"\xca\xfe\xba\xbe";
/// A Java class file has the same magic and, in this place, a version that is 45 or more.
const MOST_ARCHITECTURES: u32 = 30;

const SECTION: &[u8] = b"__go_buildinfo";
/// `LC_SEGMENT` and `LC_SEGMENT_64`.
const SEGMENT: u32 = 0x1;
const SEGMENT_64: u32 = 0x19;
/// `VM_PROT_READ | VM_PROT_WRITE`.
const READ_WRITE: u32 = 3;

pub(super) fn is_fat(magic: &[u8]) -> bool {
    magic == FAT_MAGIC || magic == FAT_MAGIC_64
}

/// The files for each architecture in a fat file.
pub(super) fn fat_parts(content: &dyn ReadAt) -> Vec<Stretch<'_>> {
    const HEADER_SIZE: u64 = 8;
    let parts = || {
        let header = read(content, 0, HEADER_SIZE)?;
        let is_wide = header.starts_with(FAT_MAGIC_64);
        let count = Fields { bytes: &header, big_endian: true, is_wide }.u32(4)?;
        if count > MOST_ARCHITECTURES {
            return None;
        }
        let entry_size = if is_wide { 32 } else { 20 };
        let table = read(content, HEADER_SIZE, u64::from(count) * entry_size as u64)?;
        let part = |entry| {
            let entry = Fields { bytes: entry, big_endian: true, is_wide };
            Stretch::new(content, entry.word(8)?, entry.word_at(12, 16)?)
        };
        Some(table.chunks_exact(entry_size).filter_map(part).collect())
    };
    parts().unwrap_or_default()
}

/// `None` for a file in which no Go program's record can be.
pub(super) fn layout(content: &dyn ReadAt, limits: &Limits) -> Option<Layout> {
    let magic = read(content, 0, 4)?;
    let kind = MAGICS.iter().position(|known| *known == *magic)?;
    let (big_endian, is_wide) = (kind < 2, kind % 2 == 1);
    let header_size = if is_wide { 32 } else { 28 };
    let header = read(content, 0, header_size)?;
    let header = Fields { bytes: &header, big_endian, is_wide };
    let (count, size) = (header.u32(16)?, u64::from(header.u32(20)?));
    if size > limits.text_bytes {
        return None;
    }
    let commands = read(content, header_size, size)?;
    let mut rest = Fields { bytes: &commands, ..header };
    let (mut segments, mut section, mut data) = (Vec::new(), None, None);
    for _ in 0..count {
        let (Some(command), Some(size)) = (rest.u32(0), rest.u32(4)) else { break };
        let size = usize::try_from(size).ok()?.max(8);
        if matches!((command, is_wide), (SEGMENT, false) | (SEGMENT_64, true)) {
            let command = Fields { bytes: rest.bytes.get(..size)?, ..rest };
            let segment = Segment {
                address: command.word(24)?,
                file_offset: command.word_at(32, 40)?,
                file_size: command.word_at(36, 48)?,
            };
            section = section.or_else(|| build_info_section(command));
            let protection = if is_wide { 56 } else { 40 };
            let is_data = segment.address != 0
                && segment.file_size != 0
                && command.u32(protection)? == READ_WRITE
                && command.u32(protection + 4)? == READ_WRITE;
            if is_data {
                data.get_or_insert((segment.address, segment.file_size));
            }
            segments.push(segment);
        }
        let Some(next) = rest.from(size) else { break };
        rest = next;
    }
    let (start, size) = section.or(data)?;
    Some(Layout { start, size, is_named: section.is_some(), segments })
}

/// Address and size of the section that holds the build information, where it is in this segment.
fn build_info_section(segment: Fields<'_>) -> Option<(u64, u64)> {
    let (sections, section_size) = if segment.is_wide { (72, 80) } else { (56, 68) };
    for section in segment.from(sections)?.bytes.chunks_exact(section_size) {
        let section = Fields { bytes: section, ..segment };
        if section.name(0, 16)? == SECTION {
            return Some((section.word(32)?, section.word_at(36, 40)?));
        }
    }
    None
}
