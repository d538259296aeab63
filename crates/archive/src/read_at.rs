use std::fs::File;
use std::io::{self, BufRead, BufWriter, Read};
use std::os::unix::fs::FileExt;

/// Bytes that can be read from any place: what formats with a directory at their end (zip, ELF) need.
pub trait ReadAt: Send + Sync {
    /// The number of bytes.
    fn size(&self) -> u64;

    /// Reads some bytes from `offset`; 0 only at the end or for an empty buffer.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;

    /// All bytes, where they lie in memory already.
    fn as_bytes(&self) -> Option<&[u8]> {
        None
    }

    /// Fills the buffer from `offset`, or fails with `UnexpectedEof`.
    fn read_exact_at(&self, mut offset: u64, mut buffer: &mut [u8]) -> io::Result<()> {
        while !buffer.is_empty() {
            match self.read_at(offset, buffer) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(count) => {
                    offset += count as u64;
                    buffer = &mut buffer[count..];
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl ReadAt for [u8] {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(self.len());
        let count = buffer.len().min(self.len() - start);
        buffer[..count].copy_from_slice(&self[start..start + count]);
        Ok(count)
    }

    fn as_bytes(&self) -> Option<&[u8]> {
        Some(self)
    }
}

impl ReadAt for Vec<u8> {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.as_slice().read_at(offset, buffer)
    }

    fn as_bytes(&self) -> Option<&[u8]> {
        Some(self)
    }
}

/// A file of the host, opened by whoever may decide that.
#[derive(Debug)]
pub struct FileBytes {
    file: File,
    size: u64,
}

impl FileBytes {
    /// The file's size is asked for once; should it grow or shrink later, reads see what is there.
    pub fn new(file: File) -> io::Result<Self> {
        let size = file.metadata()?.len();
        Ok(Self { file, size })
    }
}

impl ReadAt for FileBytes {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        FileExt::read_at(&self.file, buffer, offset)
    }
}

/// A stretch of other bytes, itself a file: one architecture of a fat program, the beginning of a large file.
pub struct Stretch<'a> {
    content: &'a dyn ReadAt,
    offset: u64,
    size: u64,
}

impl<'a> Stretch<'a> {
    /// `None` where the stretch does not lie in the content.
    #[must_use]
    pub fn new(content: &'a dyn ReadAt, offset: u64, size: u64) -> Option<Self> {
        let is_inside = offset.checked_add(size)? <= content.size();
        is_inside.then_some(Self { content, offset, size })
    }
}

impl ReadAt for Stretch<'_> {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.size.saturating_sub(offset)).unwrap_or(usize::MAX);
        let count = buffer.len().min(left);
        match buffer.get_mut(..count) {
            Some(buffer) if count > 0 => {
                self.content.read_at(self.offset.saturating_add(offset), buffer)
            }
            _ => Ok(0),
        }
    }

    fn as_bytes(&self) -> Option<&[u8]> {
        let start = usize::try_from(self.offset).ok()?;
        let end = start.checked_add(usize::try_from(self.size).ok()?)?;
        self.content.as_bytes()?.get(start..end)
    }
}

impl<T: ReadAt + ?Sized> ReadAt for &T {
    fn size(&self) -> u64 {
        (**self).size()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        (**self).read_at(offset, buffer)
    }

    fn as_bytes(&self) -> Option<&[u8]> {
        (**self).as_bytes()
    }
}

impl<T: ReadAt + ?Sized> ReadAt for std::sync::Arc<T> {
    fn size(&self) -> u64 {
        (**self).size()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        (**self).read_at(offset, buffer)
    }

    fn as_bytes(&self) -> Option<&[u8]> {
        (**self).as_bytes()
    }
}

/// Bytes that are written to a scratch file at a time: few calls, few and large pages.
const SCRATCH_BUFFER_BYTES: usize = 256 << 10;

/// A file without a name: what is too large for memory lies here, and is gone with the process whatever happens.
#[derive(Debug)]
pub struct ScratchFile {
    file: File,
    size: u64,
}

impl ScratchFile {
    /// Copies `reader` to its end into an unlinked file of the temporary directory.
    pub fn copy_of(reader: &mut dyn Read) -> io::Result<Self> {
        let mut writer = BufWriter::with_capacity(SCRATCH_BUFFER_BYTES, tempfile::tempfile()?);
        let size = io::copy(reader, &mut writer)?;
        let file = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
        Ok(Self { file, size })
    }
}

impl ReadAt for ScratchFile {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        FileExt::read_at(&self.file, buffer, offset)
    }
}

/// Reads forward through bytes that can be read from any place, with a small buffer where they do not lie in memory.
pub struct ReadAtCursor<'a> {
    bytes: &'a dyn ReadAt,
    /// Where the next byte that is not in the buffer lies, and where to stop.
    offset: u64,
    end: u64,
    buffer: Vec<u8>,
    buffered: std::ops::Range<usize>,
}

const CURSOR_BUFFER_BYTES: usize = 16 << 10;

impl<'a> ReadAtCursor<'a> {
    #[must_use]
    pub fn new(bytes: &'a dyn ReadAt) -> Self {
        Self::section(bytes, 0, bytes.size())
    }

    /// From `offset`, no more than `length` bytes.
    #[must_use]
    pub fn section(bytes: &'a dyn ReadAt, offset: u64, length: u64) -> Self {
        let end = offset.saturating_add(length);
        Self { bytes, offset, end, buffer: Vec::new(), buffered: 0..0 }
    }

    /// Moves forward without reading, to the end at most.
    pub fn skip(&mut self, count: u64) {
        let buffered = usize::try_from(count).unwrap_or(usize::MAX).min(self.buffered.len());
        self.buffered.start += buffered;
        self.offset = self.offset.saturating_add(count - buffered as u64).min(self.end);
    }

    fn in_memory(&self) -> Option<&'a [u8]> {
        let bytes = self.bytes.as_bytes()?;
        let clamp = |offset| usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
        bytes.get(clamp(self.offset)..clamp(self.end))
    }
}

impl BufRead for ReadAtCursor<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if let Some(bytes) = self.in_memory() {
            return Ok(bytes);
        }
        if self.buffered.is_empty() && self.offset < self.end {
            self.buffer.resize(CURSOR_BUFFER_BYTES, 0);
            let rest = usize::try_from(self.end - self.offset).unwrap_or(usize::MAX);
            let length = rest.min(CURSOR_BUFFER_BYTES);
            let count = self.bytes.read_at(self.offset, &mut self.buffer[..length])?;
            self.offset += count as u64;
            self.buffered = 0..count;
        }
        Ok(&self.buffer[self.buffered.clone()])
    }

    fn consume(&mut self, count: usize) {
        if self.bytes.as_bytes().is_some() {
            self.offset = self.offset.saturating_add(count as u64).min(self.end);
        } else {
            self.buffered.start = (self.buffered.start + count).min(self.buffered.end);
        }
    }
}

impl Read for ReadAtCursor<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut available = self.fill_buf()?;
        let count = available.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_its_section_from_memory_and_from_a_file() {
        let bytes: Vec<u8> = (0..100_000_u32).map(|number| (number % 251) as u8).collect();
        let file = ScratchFile::copy_of(&mut &bytes[..]).unwrap();
        for source in [&bytes as &dyn ReadAt, &file] {
            for (offset, length, skip) in
                [(0, 100_000, 0), (7, 50_000, 40_000), (99_000, 5_000, 10), (200_000, 5, 0)]
            {
                let mut cursor = ReadAtCursor::section(source, offset, length);
                let mut first = [0; 4];
                let count = cursor.read(&mut first).unwrap();
                cursor.skip(skip);
                let mut rest = Vec::new();
                cursor.read_to_end(&mut rest).unwrap();
                let start = (offset as usize).min(bytes.len());
                let section = &bytes[start..(start + length as usize).min(bytes.len())];
                assert_eq!(first[..count], section[..count]);
                assert_eq!(rest, section[(count + skip as usize).min(section.len())..]);
            }
        }
    }
}
