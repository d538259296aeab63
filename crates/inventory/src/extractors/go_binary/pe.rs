//! PE files, as far as Go programs need (Microsoft's "PE Format"; Go's `debug/buildinfo`).

use plimsoll_archive::ReadAt;
use plimsoll_core::Limits;

use super::layout::{Fields, Layout, Segment, read};

pub(super) const MAGIC: &[u8] = b"MZ";

const DOS_HEADER_SIZE: u64 = 64;
const SIGNATURE: &[u8] = b"PE\0\0";
/// The signature and the COFF header.
const COFF_END: usize = 24;
const SECTION_SIZE: usize = 40;
/// The optional header begins so in 32 and in 64 bits.
const OPTIONAL_32: u16 = 0x10b;
const OPTIONAL_64: u16 = 0x20b;
/// `IMAGE_SCN_ALIGN_32BYTES`, and `CNT_INITIALIZED_DATA | MEM_READ | MEM_WRITE`, which Go's data section has and no more.
const ALIGNED: u32 = 0x0060_0000;
const WRITABLE_DATA: u32 = 0xc000_0040;

/// `None` for a file in which no Go program's record can be.
pub(super) fn layout(content: &dyn ReadAt, _: &Limits) -> Option<Layout> {
    let dos = read(content, 0, DOS_HEADER_SIZE)?;
    let little = |bytes| Fields { bytes, big_endian: false, is_wide: false };
    let start = u64::from(little(&dos).u32(60)?);
    // The size of the optional header and the number of sections are 16-bit numbers, so that all headers lie in a few megabytes.
    let coff = read(content, start, COFF_END as u64)?;
    if !coff.starts_with(SIGNATURE) {
        return None;
    }
    let coff = little(&coff);
    let (count, optional_size) = (usize::from(coff.u16(6)?), usize::from(coff.u16(20)?));
    let headers_size = optional_size + count * SECTION_SIZE;
    let headers = read(content, start + COFF_END as u64, headers_size as u64)?;
    let headers = little(&headers);
    let base = match headers.u16(0)? {
        OPTIONAL_32 => u64::from(headers.u32(28)?),
        OPTIONAL_64 => headers.u64(24)?,
        _ => return None,
    };
    let (mut segments, mut data) = (Vec::new(), None);
    for section in headers.from(optional_size)?.bytes.chunks_exact(SECTION_SIZE) {
        let section = little(section);
        let virtual_size = u64::from(section.u32(8)?);
        let segment = Segment {
            address: base.checked_add(u64::from(section.u32(12)?))?,
            file_offset: u64::from(section.u32(20)?),
            file_size: u64::from(section.u32(16)?),
        };
        let is_data = segment.address != base
            && segment.file_size != 0
            && section.u32(36)? & !ALIGNED == WRITABLE_DATA;
        if is_data {
            data.get_or_insert((segment.address, virtual_size));
        }
        segments.push(segment);
    }
    let (start, size) = data?;
    Some(Layout { start, size, is_named: false, segments })
}
