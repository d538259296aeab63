//! Numbers at places in bytes.

use std::borrow::Cow;

use plimsoll_archive::ReadAt;

/// Up to `length` bytes from `offset`: fewer only at the end of the file. `None` beyond it.
pub(crate) fn read(content: &dyn ReadAt, offset: u64, length: u64) -> Option<Cow<'_, [u8]>> {
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

/// How a file writes its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Form {
    /// True where a word has eight bytes, false where four.
    pub(crate) is_wide: bool,
    pub(crate) big_endian: bool,
}

impl Form {
    pub(crate) const LITTLE: Self = Self { is_wide: false, big_endian: false };

    /// Numbers in this form.
    pub(crate) fn fields(self, bytes: &[u8]) -> Fields<'_> {
        Fields { bytes, form: self }
    }
}

/// Numbers at places in bytes, in the form of the file.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) form: Form,
}

impl<'a> Fields<'a> {
    pub(crate) fn from(self, start: usize) -> Option<Self> {
        Some(Self { bytes: self.bytes.get(start..)?, ..self })
    }

    pub(crate) fn u16(self, at: usize) -> Option<u16> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        let big_endian = self.form.big_endian;
        Some(if big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    }

    pub(crate) fn u32(self, at: usize) -> Option<u32> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        let big_endian = self.form.big_endian;
        Some(if big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    }

    pub(crate) fn u64(self, at: usize) -> Option<u64> {
        let bytes = *self.bytes.get(at..)?.first_chunk()?;
        let big_endian = self.form.big_endian;
        Some(if big_endian { u64::from_be_bytes(bytes) } else { u64::from_le_bytes(bytes) })
    }

    /// A number of the file's word size.
    pub(crate) fn word(self, at: usize) -> Option<u64> {
        if self.form.is_wide { self.u64(at) } else { self.u32(at).map(u64::from) }
    }

    /// A number whose place depends on the word size.
    pub(crate) fn word_at(self, narrow: usize, wide: usize) -> Option<u64> {
        self.word(if self.form.is_wide { wide } else { narrow })
    }

    /// The name that stands in a field of fixed size, without the zeros that fill it.
    pub(crate) fn name(self, at: usize, size: usize) -> Option<&'a [u8]> {
        let field = self.bytes.get(at..at.checked_add(size)?)?;
        field.split(|&byte| byte == 0).next()
    }
}
