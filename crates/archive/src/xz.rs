//! Single files that are compressed with xz, as kernel modules are (tukaani.org/xz, "The .xz File Format"). Layers and archives are
//! not: no registry takes them.

use std::io::{self, Read};

use lzma_rust2::XzReader;

use crate::{DecoderBounds, StreamError};

/// The first bytes of an xz stream.
pub const XZ_MAGIC: &[u8] = b"\xfd7zXZ\0";

const WHAT: &str = "xz stream";

/// Unpacks a file that is one stream, or several in a row. A read fails as that of a [`Decoder`](crate::Decoder) does.
pub fn unpack_xz(packed: &mut dyn Read, bounds: DecoderBounds) -> io::Result<Vec<u8>> {
    let mut source = Source { reader: packed, consumed: 0, failed: false };
    // The dictionary is the window of this format.
    let memory_kib = 1_u32.checked_shl(bounds.zstd_window_log.saturating_sub(10)).unwrap_or(0);
    let mut output = Vec::new();
    let decoder = XzReader::new_mem_limit(&mut source, true, memory_kib);
    let result = decoder.take(bounds.bytes.saturating_add(1)).read_to_end(&mut output);
    if let Err(error) = result {
        return Err(source.classify(error, bounds));
    }
    let produced = output.len() as u64;
    let detail = if produced > bounds.bytes {
        format!("the {WHAT} holds more than the {} bytes that are read", bounds.bytes)
    } else if produced > bounds.ratio_free_bytes
        && produced > source.consumed.saturating_mul(bounds.ratio)
    {
        format!("the {WHAT} grows more than {} times when it is unpacked", bounds.ratio)
    } else {
        return Ok(output);
    };
    Err(StreamError::LimitExceeded { detail }.into())
}

/// The compressed bytes: all are counted, and a failure of the reader is remembered.
struct Source<'a> {
    reader: &'a mut dyn Read,
    consumed: u64,
    failed: bool,
}

impl Source<'_> {
    /// Tells the stream's faults from the reader's.
    fn classify(&self, error: io::Error, bounds: DecoderBounds) -> io::Error {
        if self.failed {
            return error;
        }
        match error.kind() {
            io::ErrorKind::UnexpectedEof => StreamError::Truncated { what: WHAT }.into(),
            io::ErrorKind::OutOfMemory => {
                let bytes = 1_u64 << bounds.zstd_window_log.min(63);
                let detail = format!("the {WHAT} has a window of more than {bytes} bytes");
                StreamError::LimitExceeded { detail }.into()
            }
            _ => StreamError::Corrupt { what: WHAT, detail: error.to_string() }.into(),
        }
    }
}

impl Read for Source<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let result = self.reader.read(buffer);
        match &result {
            Ok(count) => self.consumed = self.consumed.saturating_add(*count as u64),
            Err(error) => self.failed |= error.kind() != io::ErrorKind::Interrupted,
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use lzma_rust2::{XzOptions, XzWriter};
    use plimsoll_core::{Limits, ProblemKind};
    use proptest::prelude::*;

    use super::*;
    use crate::read_problem;

    /// One letter, with a window of 512 MiB, as xz 5.4 wrote it.
    const WIDE: &[u8] = b"\xfd\x37\x7a\x58\x5a\x00\x00\x04\xe6\xd6\xb4\x46\x02\x00\x21\x01\x22\
        \x00\x00\x00\x82\x40\xac\xdc\x01\x00\x00\x61\x00\x00\x00\x00\x05\x2b\x65\x2e\x77\x84\
        \x02\x33\x00\x01\x19\x01\xa5\x2c\x81\xcc\x1f\xb6\xf3\x7d\x01\x00\x00\x00\x00\x04\x59\x5a";
    /// `the quick brown fox`, with the check and the window that kernel modules have, as xz 5.4 wrote it.
    const SMALL: &[u8] = b"\xfd\x37\x7a\x58\x5a\x00\x00\x01\x69\x22\xde\x36\x02\x00\x21\x01\x10\
        \x00\x00\x00\xa8\x70\x8e\x86\x01\x00\x13the quick brown fox\x0a\x00\x3f\xec\xf7\x49\x00\x01\
        \x28\x14\xfc\xcf\x01\x67\x90\x42\x99\x0d\x01\x00\x00\x00\x00\x01\x59\x5a";

    fn bounds() -> DecoderBounds {
        DecoderBounds::from(&Limits::default())
    }

    fn xz(bytes: &[u8]) -> Vec<u8> {
        let mut writer = XzWriter::new(Vec::new(), XzOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
        writer.finish().unwrap()
    }

    fn problem_of(mut packed: &[u8], bounds: DecoderBounds) -> ProblemKind {
        read_problem(&unpack_xz(&mut packed, bounds).unwrap_err()).kind
    }

    #[test]
    fn streams_are_unpacked_alone_and_in_a_row() {
        let text = b"the quick brown fox\n";
        assert_eq!(unpack_xz(&mut &SMALL[..], bounds()).unwrap(), text);
        let two = [SMALL, &xz(text)].concat();
        assert_eq!(unpack_xz(&mut &two[..], bounds()).unwrap(), text.repeat(2));
    }

    #[test]
    fn what_is_damaged_cut_or_too_large_is_a_problem_of_its_kind() {
        let packed = xz(&b"the quick brown fox ".repeat(1_000));
        assert_eq!(problem_of(&packed[..packed.len() / 2], bounds()), ProblemKind::Truncated);
        let mut damaged = SMALL.to_vec();
        damaged[30] ^= 1;
        assert_eq!(problem_of(&damaged, bounds()), ProblemKind::Malformed);
        assert_eq!(problem_of(b"plain text", bounds()), ProblemKind::Malformed);
        let limited = ProblemKind::LimitExceeded;
        assert_eq!(problem_of(&packed, DecoderBounds { bytes: 19_999, ..bounds() }), limited);
        assert!(unpack_xz(&mut &packed[..], DecoderBounds { bytes: 20_000, ..bounds() }).is_ok());
        let ratio = DecoderBounds { ratio_free_bytes: 1_000, ratio: 10, ..bounds() };
        assert_eq!(problem_of(&packed, ratio), limited);
        assert_eq!(problem_of(WIDE, bounds()), limited);
    }

    proptest! {
        #[test]
        fn any_bytes_end(mut bytes: Vec<u8>, changes in prop::collection::vec((0..200_usize, any::<u8>()), 0..4)) {
            let _ = unpack_xz(&mut &[XZ_MAGIC, &bytes].concat()[..], bounds());
            bytes = [SMALL, &xz(&bytes)].concat();
            for (at, byte) in changes {
                if let Some(place) = bytes.get_mut(at) {
                    *place = byte;
                }
            }
            let _ = unpack_xz(&mut &bytes[..], bounds());
        }
    }
}
