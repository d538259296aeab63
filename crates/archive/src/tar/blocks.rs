use std::io::{self, BufRead};

use super::{BLOCK_BYTES, TarError};
use crate::StreamError;

/// The stream below an archive, read in blocks and skipped inside its own buffers; it knows where it stands.
pub(super) struct Blocks<R> {
    stream: R,
    position: u64,
}

impl<R: BufRead> Blocks<R> {
    pub(super) fn new(stream: R) -> Self {
        Self { stream, position: 0 }
    }

    /// Bytes of the stream consumed.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    pub(super) fn into_inner(self) -> R {
        self.stream
    }

    /// Lets `skip` move the stream by `count` bytes in its own way.
    pub(super) fn skip_with(&mut self, count: u64, skip: impl FnOnce(&mut R, u64)) {
        skip(&mut self.stream, count);
        self.position = self.position.saturating_add(count);
    }

    /// The bytes that are there without consuming any.
    pub(super) fn available(&mut self) -> io::Result<&[u8]> {
        self.stream.fill_buf()
    }

    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(buffer)?;
        self.position = self.position.saturating_add(count as u64);
        Ok(count)
    }

    /// The next block; `None` where the stream ends before it begins.
    pub(super) fn read_block(&mut self) -> Result<Option<[u8; BLOCK_BYTES]>, TarError> {
        let mut block = [0; BLOCK_BYTES];
        let available = loop {
            match self.stream.fill_buf() {
                Ok(available) => break available,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(source) => {
                    return Err(TarError::Stream { offset: self.position, source });
                }
            }
        };
        if available.is_empty() {
            return Ok(None);
        }
        if let Some(bytes) = available.first_chunk() {
            block = *bytes;
            self.consume(BLOCK_BYTES);
        } else {
            self.read_exact(&mut block)?;
        }
        Ok(Some(block))
    }

    pub(super) fn read_exact(&mut self, buffer: &mut [u8]) -> Result<(), TarError> {
        match self.stream.read_exact(buffer) {
            Ok(()) => {
                self.position = self.position.saturating_add(buffer.len() as u64);
                Ok(())
            }
            Err(error)
                if error.kind() == io::ErrorKind::UnexpectedEof
                    && StreamError::of(&error).is_none() =>
            {
                Err(self.truncated())
            }
            Err(source) => Err(TarError::Stream { offset: self.position, source }),
        }
    }

    pub(super) fn skip(&mut self, count: u64) -> Result<(), TarError> {
        if self.skip_available(count)? > 0 { Err(self.truncated()) } else { Ok(()) }
    }

    /// Skips up to `count` bytes and tells how many were missing.
    pub(super) fn skip_available(&mut self, mut count: u64) -> Result<u64, TarError> {
        while count > 0 {
            let available = match self.stream.fill_buf() {
                Ok([]) => break,
                Ok(available) => available.len(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(source) => return Err(TarError::Stream { offset: self.position, source }),
            };
            let step = available.min(usize::try_from(count).unwrap_or(usize::MAX));
            self.consume(step);
            count -= step as u64;
        }
        Ok(count)
    }

    fn consume(&mut self, count: usize) {
        self.stream.consume(count);
        self.position = self.position.saturating_add(count as u64);
    }

    pub(super) fn truncated(&self) -> TarError {
        TarError::Truncated { offset: self.position }
    }

    pub(super) fn malformed(&self, detail: &'static str) -> TarError {
        TarError::Malformed { offset: self.position, detail }
    }
}
