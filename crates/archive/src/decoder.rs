//! Compressed streams, decompressed within bounds.

use std::io::{self, BufRead, Read};

use flate2::bufread::MultiGzDecoder;
use lzma_rust2::XzReader;
use plimsoll_core::Limits;

use crate::compression::PREFIX_BYTES;
use crate::{Compression, StreamError};

/// How much a decoder may give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecoderBounds {
    /// Uncompressed bytes.
    pub bytes: u64,
    /// Times that the stream may grow, once it has given `ratio_free_bytes`.
    pub ratio: u64,
    pub ratio_free_bytes: u64,
    /// The largest window of a zstd frame, or dictionary of an xz stream, as the logarithm of its bytes to the base of 2: what the decoder
    /// holds in memory.
    pub zstd_window_log: u32,
}

impl From<&Limits> for DecoderBounds {
    /// The bounds of one layer.
    fn from(limits: &Limits) -> Self {
        Self {
            bytes: limits.layer_bytes,
            ratio: limits.ratio,
            ratio_free_bytes: limits.ratio_free_bytes,
            zstd_window_log: limits.zstd_window_log,
        }
    }
}

/// Decompresses a stream of any known compression; one of none is passed through.
///
/// Gzip streams may have any number of members (pigz and estargz write several), zstd streams any number of frames,
/// skippable ones too (zstd:chunked ends with them). A read fails with a [`StreamError`] inside its [`io::Error`] where the
/// stream itself is at fault, and with the reader's own error where the reader failed.
pub struct Decoder<R: BufRead> {
    compression: Compression,
    engine: Engine<R>,
    bounds: DecoderBounds,
    produced: u64,
}

/// The decompressors' states are large: on the heap they do not weigh on whoever holds a decoder.
enum Engine<R: BufRead> {
    Plain(Source<R>),
    Gzip(Box<MultiGzDecoder<Source<R>>>),
    Zstd(zstd::stream::read::Decoder<'static, Source<R>>),
    Bzip2(Box<bzip2::bufread::MultiBzDecoder<Source<R>>>),
    Xz(Box<XzReader<Source<R>>>),
}

impl<R: BufRead> Decoder<R> {
    /// Reads the first bytes, to know the compression.
    pub fn new(reader: R, bounds: DecoderBounds) -> io::Result<Self> {
        let source = Source::new(reader)?;
        let compression = Compression::detect(source.prefix());
        let engine = match compression {
            Compression::None => Engine::Plain(source),
            Compression::Gzip => Engine::Gzip(Box::new(MultiGzDecoder::new(source))),
            Compression::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::with_buffer(source)?;
                decoder.window_log_max(bounds.zstd_window_log)?;
                Engine::Zstd(decoder)
            }
            Compression::Bzip2 => {
                Engine::Bzip2(Box::new(bzip2::bufread::MultiBzDecoder::new(source)))
            }
            Compression::Xz => {
                let log = bounds.zstd_window_log.saturating_sub(10);
                let kibibytes = 1_u32.checked_shl(log).unwrap_or(u32::MAX);
                Engine::Xz(Box::new(XzReader::new_mem_limit(source, true, kibibytes)))
            }
        };
        Ok(Self { compression, engine, bounds, produced: 0 })
    }

    #[must_use]
    pub fn compression(&self) -> Compression {
        self.compression
    }

    /// Uncompressed bytes given so far.
    #[must_use]
    pub fn produced(&self) -> u64 {
        self.produced
    }

    /// The reader, wherever the decoder left it.
    pub fn into_inner(self) -> R {
        match self.engine {
            Engine::Plain(source) => source.reader,
            Engine::Gzip(decoder) => decoder.into_inner().reader,
            Engine::Zstd(decoder) => decoder.finish().reader,
            Engine::Bzip2(decoder) => decoder.into_inner().reader,
            Engine::Xz(decoder) => decoder.into_inner().reader,
        }
    }

    fn source(&self) -> &Source<R> {
        match &self.engine {
            Engine::Plain(source) => source,
            Engine::Gzip(decoder) => decoder.get_ref(),
            Engine::Zstd(decoder) => decoder.get_ref(),
            Engine::Bzip2(decoder) => decoder.get_ref(),
            Engine::Xz(decoder) => decoder.inner(),
        }
    }

    /// Tells the stream's faults from the reader's.
    fn classify(&self, error: io::Error) -> io::Error {
        if self.source().failed || error.kind() == io::ErrorKind::Interrupted {
            return error;
        }
        let what = self.compression.stream_name();
        let detail = error.to_string();
        if error.kind() == io::ErrorKind::UnexpectedEof {
            StreamError::Truncated { what }.into()
        } else if error.kind() == io::ErrorKind::OutOfMemory || detail.contains("too much memory") {
            let detail = format!(
                "the {what} has a window of more than {} bytes",
                1_u64 << self.bounds.zstd_window_log.min(63)
            );
            StreamError::LimitExceeded { detail }.into()
        } else {
            StreamError::Corrupt { what, detail }.into()
        }
    }

    fn check_bounds(&self) -> io::Result<()> {
        let DecoderBounds { bytes, ratio, ratio_free_bytes, .. } = self.bounds;
        let what = self.compression.stream_name();
        if self.produced > bytes {
            let detail = format!("the {what} holds more than the {bytes} bytes that are read");
            return Err(StreamError::LimitExceeded { detail }.into());
        }
        let grown = self.produced > self.source().consumed.saturating_mul(ratio);
        if self.compression != Compression::None && self.produced > ratio_free_bytes && grown {
            let detail = format!("the {what} grows more than {ratio} times when it is unpacked");
            return Err(StreamError::LimitExceeded { detail }.into());
        }
        Ok(())
    }
}

impl<R: BufRead> Read for Decoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // One byte more than is allowed, so that a stream of exactly the allowed size ends well.
        let room = self.bounds.bytes.saturating_sub(self.produced).saturating_add(1);
        let length = buffer.len().min(usize::try_from(room).unwrap_or(usize::MAX));
        let buffer = &mut buffer[..length];
        let result = match &mut self.engine {
            Engine::Plain(source) => source.read(buffer),
            Engine::Gzip(decoder) => decoder.read(buffer),
            Engine::Zstd(decoder) => decoder.read(buffer),
            Engine::Bzip2(decoder) => decoder.read(buffer),
            Engine::Xz(decoder) => decoder.read(buffer),
        };
        let count = result.map_err(|error| self.classify(error))?;
        self.produced = self.produced.saturating_add(count as u64);
        self.check_bounds()?;
        Ok(count)
    }
}

/// The compressed bytes: the first ones were looked at already, all are counted, and a failure of the reader is remembered
/// because the decompressors pass it on among their own.
struct Source<R> {
    prefix: [u8; PREFIX_BYTES],
    prefix_range: std::ops::Range<usize>,
    reader: R,
    consumed: u64,
    failed: bool,
}

impl<R: BufRead> Source<R> {
    fn new(mut reader: R) -> io::Result<Self> {
        let mut prefix = [0; PREFIX_BYTES];
        let mut length = 0;
        while length < PREFIX_BYTES {
            match reader.read(&mut prefix[length..]) {
                Ok(0) => break,
                Ok(count) => length += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Self { prefix, prefix_range: 0..length, reader, consumed: 0, failed: false })
    }

    fn prefix(&self) -> &[u8] {
        &self.prefix[self.prefix_range.clone()]
    }
}

impl<R: BufRead> BufRead for Source<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if !self.prefix_range.is_empty() {
            return Ok(&self.prefix[self.prefix_range.clone()]);
        }
        let result = self.reader.fill_buf();
        if let Err(error) = &result {
            self.failed |= error.kind() != io::ErrorKind::Interrupted;
        }
        result
    }

    fn consume(&mut self, count: usize) {
        self.consumed = self.consumed.saturating_add(count as u64);
        let from_prefix = count.min(self.prefix_range.len());
        self.prefix_range.start += from_prefix;
        self.reader.consume(count - from_prefix);
    }
}

impl<R: BufRead> Read for Source<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.prefix_range.is_empty() {
            let result = self.reader.read(buffer);
            match &result {
                Ok(count) => self.consumed = self.consumed.saturating_add(*count as u64),
                Err(error) => self.failed |= error.kind() != io::ErrorKind::Interrupted,
            }
            return result;
        }
        let mut available = self.fill_buf()?;
        let count = available.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests;
