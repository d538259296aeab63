//! What all formats of executables have in common here: numbers at places, and addresses that lie in a file.

use std::borrow::Cow;

use plimsoll_archive::ReadAt;

/// Where a program's parts will lie in memory, as far as the search for the build information needs it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// The addresses among which the build information begins.
    pub(super) start: u64,
    pub(super) size: u64,
    /// True where a section is named after the build information: then it must be there.
    pub(super) is_named: bool,
    pub(super) segments: Vec<Segment>,
}

/// Bytes of the file that are loaded to an address.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) address: u64,
    pub(super) file_offset: u64,
    pub(super) file_size: u64,
}

impl Layout {
    /// Where in the file an address lies, and how many bytes from there belong to the same segment.
    pub(super) fn locate(&self, address: u64) -> Option<(u64, u64)> {
        for segment in &self.segments {
            let Some(inside) = address.checked_sub(segment.address) else { continue };
            if inside < segment.file_size {
                let offset = segment.file_offset.checked_add(inside)?;
                return Some((offset, segment.file_size - inside));
            }
        }
        None
    }

    /// The bytes from `address`, at most `length`: fewer where its segment or the file ends before.
    pub(super) fn read<'a>(
        &self,
        content: &'a dyn ReadAt,
        address: u64,
        length: u64,
    ) -> Option<Cow<'a, [u8]>> {
        let (offset, available) = self.locate(address)?;
        read(content, offset, length.min(available))
    }
}

/// Up to `length` bytes from `offset`: fewer only at the end of the file. `None` beyond it.
pub(super) fn read(content: &dyn ReadAt, offset: u64, length: u64) -> Option<Cow<'_, [u8]>> {
    let length = length.min(content.size().checked_sub(offset)?);
    if let Some(bytes) = content.as_bytes() {
        let start = usize::try_from(offset).ok()?;
        let end = start.checked_add(usize::try_from(length).ok()?)?;
        return bytes.get(start..end).map(Cow::Borrowed);
    }
    let mut bytes = vec![0; usize::try_from(length).ok()?];
    content.read_exact_at(offset, &mut bytes).ok()?;
    Some(bytes.into())
}

/// Numbers at places in bytes, in the byte order of the file.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) big_endian: bool,
    /// True where a word has eight bytes, false where four.
    pub(super) is_wide: bool,
}

impl<'a> Fields<'a> {
    pub(super) fn from(self, start: usize) -> Option<Self> {
        Some(Self { bytes: self.bytes.get(start..)?, ..self })
    }

    pub(super) fn u16(self, at: usize) -> Option<u16> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    }

    pub(super) fn u32(self, at: usize) -> Option<u32> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    }

    pub(super) fn u64(self, at: usize) -> Option<u64> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.big_endian { u64::from_be_bytes(bytes) } else { u64::from_le_bytes(bytes) })
    }

    /// A number of the file's word size.
    pub(super) fn word(self, at: usize) -> Option<u64> {
        if self.is_wide { self.u64(at) } else { self.u32(at).map(u64::from) }
    }

    /// A number whose place depends on the word size.
    pub(super) fn word_at(self, narrow: usize, wide: usize) -> Option<u64> {
        self.word(if self.is_wide { wide } else { narrow })
    }

    /// The name that stands in a field of fixed size, without the zeros that fill it.
    pub(super) fn name(self, at: usize, size: usize) -> Option<&'a [u8]> {
        let field = self.bytes.get(at..at.checked_add(size)?)?;
        field.split(|&byte| byte == 0).next()
    }
}
