use std::io::{self, Read};

use flate2::bufread::DeflateDecoder;
use plimsoll_core::{Limits, Problem};

use super::directory::{Directory, u16_at};
use super::{ZipEntry, ZipError};
use crate::{ReadAt, ReadAtCursor, StreamError};

const LOCAL_HEADER_BYTES: u64 = 30;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;

/// An archive whose central directory was read.
///
/// Entries may overlap and claim any size, so how much is read of all of them together is for the caller to bound.
pub struct ZipReader<'a> {
    archive: &'a dyn ReadAt,
    directory: Directory<'a>,
    limits: Limits,
}

impl<'a> ZipReader<'a> {
    /// Finds and reads the central directory: whole, in two or three reads, with bounded memory.
    pub fn open(archive: &'a dyn ReadAt, limits: &Limits) -> Result<Self, ZipError> {
        let directory = Directory::read(archive, limits)?;
        Ok(Self { archive, directory, limits: *limits })
    }

    /// What was wrong with the directory: damaged behind some entry, or longer than is read.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.directory.problems
    }

    /// The entries in the order of the directory, parsed as they are asked for.
    #[must_use]
    pub fn entries(&self) -> ZipEntries<'_> {
        ZipEntries { directory: &self.directory, position: 0, left: self.directory.entries }
    }

    /// The last entry of this name, as Java finds it.
    #[must_use]
    pub fn find(&self, name: &[u8]) -> Option<ZipEntry<'_>> {
        self.entries().filter(|entry| entry.name == name).last()
    }

    /// The whole content of an entry that claims to have no more than `max_bytes`.
    pub fn read(&self, entry: &ZipEntry<'_>, max_bytes: u64) -> Result<Vec<u8>, ZipError> {
        if entry.size > max_bytes {
            return Err(ZipError::TooLarge { size: entry.size, limit: max_bytes });
        }
        let mut content = self.reader(entry)?;
        // Deflate grows bytes at most 1032 times: memory is not taken on the word of a directory alone.
        let possible = entry.size.min(entry.compressed_size.saturating_mul(1_032));
        let mut bytes = Vec::with_capacity(usize::try_from(possible).unwrap_or(0));
        content.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// The content of an entry as a stream.
    pub fn reader(&self, entry: &ZipEntry<'_>) -> Result<ZipContent<'a>, ZipError> {
        if entry.encrypted {
            return Err(ZipError::Encrypted);
        }
        let mut local = [0; LOCAL_HEADER_BYTES as usize];
        let read = self.archive.read_exact_at(entry.local_header_offset, &mut local);
        if let Err(error) = read
            && error.kind() != io::ErrorKind::UnexpectedEof
        {
            return Err(error.into());
        }
        if !local.starts_with(b"PK\x03\x04") {
            return Err(ZipError::Malformed { detail: "an entry's local header is missing" });
        }
        let length = |at| u64::from(u16_at(&local, at).unwrap_or(0));
        let start = entry
            .local_header_offset
            .saturating_add(LOCAL_HEADER_BYTES)
            .saturating_add(length(26))
            .saturating_add(length(28));
        let end = start.saturating_add(entry.compressed_size);
        if end > self.archive.size() {
            return Err(ZipError::Malformed {
                detail: "an entry's content ends beyond the archive",
            });
        }
        let section = ReadAtCursor::section(self.archive, start, entry.compressed_size);
        let engine = match entry.method {
            STORED => Engine::Stored(section),
            DEFLATED => Engine::Deflated(Box::new(DeflateDecoder::new(section))),
            method => return Err(ZipError::UnsupportedMethod { method }),
        };
        Ok(ZipContent {
            engine,
            crc: flate2::Crc::new(),
            expected_crc: entry.crc32,
            left: entry.size,
            growth_left: (self.limits.ratio_free_bytes)
                .max(entry.compressed_size.saturating_mul(self.limits.ratio)),
        })
    }
}

/// The entries of an archive.
pub struct ZipEntries<'a> {
    directory: &'a Directory<'a>,
    position: usize,
    left: usize,
}

impl<'a> Iterator for ZipEntries<'a> {
    type Item = ZipEntry<'a>;

    fn next(&mut self) -> Option<ZipEntry<'a>> {
        self.left = self.left.checked_sub(1)?;
        let (entry, next) = self.directory.entry(self.position)?;
        self.position = next;
        Some(entry)
    }
}

/// The content of one entry. Reading to its end checks size and checksum: a failed check is the last read's error.
pub struct ZipContent<'a> {
    engine: Engine<'a>,
    crc: flate2::Crc,
    expected_crc: u32,
    /// Bytes that the directory still promises.
    left: u64,
    /// Bytes that may still be given before the entry counts as a bomb.
    growth_left: u64,
}

enum Engine<'a> {
    Stored(ReadAtCursor<'a>),
    Deflated(Box<DeflateDecoder<ReadAtCursor<'a>>>),
}

impl Read for ZipContent<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let corrupt = |detail: &str| {
            io::Error::from(StreamError::Corrupt { what: "zip entry", detail: detail.to_owned() })
        };
        let count = match &mut self.engine {
            Engine::Stored(section) => section.read(buffer)?,
            Engine::Deflated(decoder) => {
                decoder.read(buffer).map_err(|error| match error.kind() {
                    io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
                        corrupt("its deflated data cannot be unpacked")
                    }
                    io::ErrorKind::UnexpectedEof => {
                        StreamError::Truncated { what: "zip entry" }.into()
                    }
                    _ => error,
                })?
            }
        };
        self.crc.update(&buffer[..count]);
        self.left = (self.left.checked_sub(count as u64))
            .ok_or_else(|| corrupt("it is longer than the directory says"))?;
        self.growth_left = self.growth_left.checked_sub(count as u64).ok_or_else(|| {
            let detail = "the zip entry grows too much when it is unpacked".to_owned();
            io::Error::from(StreamError::LimitExceeded { detail })
        })?;
        if count == 0 {
            if self.left > 0 {
                return Err(corrupt("it is shorter than the directory says"));
            }
            if self.crc.sum() != self.expected_crc {
                return Err(corrupt("its checksum is wrong"));
            }
        }
        Ok(count)
    }
}
