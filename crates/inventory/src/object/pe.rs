//! PE files (Microsoft's "PE Format").

use plimsoll_archive::ReadAt;
use plimsoll_core::Limits;

use super::{Fields, Form, Format, Headers, Kind, Section, Segment, read};

pub(super) const MAGIC: &[u8] = b"MZ";

const DOS_HEADER_SIZE: u64 = 64;
const SIGNATURE: &[u8] = b"PE\0\0";
/// The signature and the COFF header.
const COFF_END: usize = 24;
const SECTION_SIZE: usize = 40;
/// The optional header begins so in 32 and in 64 bits.
const OPTIONAL_32: u16 = 0x10b;
const OPTIONAL_64: u16 = 0x20b;
/// `IMAGE_FILE_EXECUTABLE_IMAGE` and `IMAGE_FILE_DLL`.
const EXECUTABLE: u16 = 0x2;
const LIBRARY: u16 = 0x2000;
/// `IMAGE_SCN_ALIGN_32BYTES`, and `CNT_INITIALIZED_DATA | MEM_READ | MEM_WRITE`, which a data section has and no more.
const ALIGNED: u32 = 0x0060_0000;
const WRITABLE_DATA: u32 = 0xc000_0040;
/// There are sixteen directories.
const MOST_DIRECTORIES: usize = 16;

/// `None` for a file that is not one after all.
pub(super) fn headers(content: &dyn ReadAt, _: &Limits) -> Option<Headers> {
    let dos = read(content, 0, DOS_HEADER_SIZE)?;
    let start = u64::from(Form::LITTLE.fields(&dos).u32(60)?);
    // The size of the optional header and the number of sections are 16-bit numbers, so that all headers lie in a few megabytes.
    let coff = read(content, start, COFF_END as u64)?;
    if !coff.starts_with(SIGNATURE) {
        return None;
    }
    let coff = Form::LITTLE.fields(&coff);
    let (count, optional_size) = (usize::from(coff.u16(6)?), usize::from(coff.u16(20)?));
    let kind = match coff.u16(22)? {
        flags if flags & LIBRARY != 0 => Kind::Library,
        flags if flags & EXECUTABLE != 0 => Kind::Program,
        _ => Kind::Other,
    };
    let headers_size = optional_size + count * SECTION_SIZE;
    let headers = read(content, start + COFF_END as u64, headers_size as u64)?;
    let optional = Form::LITTLE.fields(headers.get(..optional_size)?);
    let (base, is_wide) = match optional.u16(0)? {
        OPTIONAL_32 => (u64::from(optional.u32(28)?), false),
        OPTIONAL_64 => (optional.u64(24)?, true),
        _ => return None,
    };
    let directories = directories(optional, base, is_wide).unwrap_or_default();
    let (mut sections, mut segments) = (Vec::new(), Vec::new());
    for bytes in headers.get(optional_size..)?.chunks_exact(SECTION_SIZE) {
        let (section, segment) = section(Form::LITTLE.fields(bytes), base)?;
        sections.push(section);
        segments.push(segment);
    }
    Some(Headers {
        format: Format::Pe,
        form: Form { is_wide, big_endian: false },
        kind,
        sections: Some(sections),
        segments,
        notes: Vec::new(),
        symbols: None,
        base,
        directories,
    })
}

/// A section, and the same as what is loaded.
fn section(fields: Fields<'_>, base: u64) -> Option<(Section, Segment)> {
    let (virtual_size, file_size) = (u64::from(fields.u32(8)?), u64::from(fields.u32(16)?));
    let (address, file_offset) =
        (base.checked_add(u64::from(fields.u32(12)?))?, u64::from(fields.u32(20)?));
    let is_data = address != base && fields.u32(36)? & !ALIGNED == WRITABLE_DATA;
    let section = Section {
        name: fields.name(0, 8)?.to_vec(),
        address,
        file_offset,
        // In the file it is filled up to the file's alignment.
        size: if virtual_size == 0 { file_size } else { virtual_size.min(file_size) },
        has_content: file_size > 0,
    };
    Some((section, Segment { address, file_offset, file_size, is_data }))
}

fn directories(optional: Fields<'_>, base: u64, is_wide: bool) -> Option<Vec<(u64, u64)>> {
    let count = optional.u32(if is_wide { 108 } else { 92 })?;
    let count = usize::try_from(count).ok()?.min(MOST_DIRECTORIES);
    let entries = optional.from(if is_wide { 112 } else { 96 })?.bytes.chunks_exact(8).take(count);
    entries
        .map(|entry| {
            let entry = Form::LITTLE.fields(entry);
            Some((base.checked_add(u64::from(entry.u32(0)?))?, u64::from(entry.u32(4)?)))
        })
        .collect()
}
