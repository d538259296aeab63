//! The decompressors: however much is asked for at a time, they give the same bytes, and never more than their bounds.

use std::io::{BufReader, Read};

use plimsoll_archive::{Compression, Decoder, DecoderBounds};
use plimsoll_testkit::{Compression as Packing, hostile};

use crate::Fixed;

pub static DECOMPRESS: Fixed = Fixed {
    name: "decompress",
    about: "gzip, zstd and bzip2 streams, within their bounds",
    sources: &["archive/src/decoder.rs", "archive/src/compression.rs"],
    fixtures: &[],
    frames: &[b""],
    seeds,
    run,
};

const BOUNDS: DecoderBounds =
    DecoderBounds { bytes: 256 << 10, ratio: 50, ratio_free_bytes: 16 << 10, zstd_window_log: 20 };

/// What bzip2 makes of `plimsoll` and a line's end.
const BZIP2: &[u8] = &[
    0x42, 0x5a, 0x68, 0x39, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, 0x53, 0x06, 0xda, 0x58, 0x00, 0x00,
    0x03, 0xc1, 0x80, 0x00, 0x10, 0x00, 0x26, 0xc8, 0x00, 0x20, 0x00, 0x31, 0x0c, 0x01, 0x06, 0x9b,
    0x42, 0xd0, 0x70, 0x94, 0x5d, 0xc9, 0x14, 0xe1, 0x42, 0x41, 0x4c, 0x1b, 0x69, 0x60,
];

fn seeds() -> Vec<Vec<u8>> {
    let text = b"the quick brown fox ".repeat(20);
    let gzip = Packing::Gzip.apply(&text);
    let zstd = Packing::Zstd.apply(&text);
    let skippable = [&[0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3][..], &zstd].concat();
    vec![
        [&gzip[..], &gzip].concat(),
        Packing::Gzip.apply(&vec![0; 300 << 10]),
        Packing::Zstd.apply(&vec![0; 300 << 10]),
        hostile::truncated_gzip().blob()[..4096].to_vec(),
        BZIP2.to_vec(),
        gzip,
        zstd,
        skippable,
        text,
    ]
}

fn run(input: &[u8]) {
    let whole = decoded(input, 64 << 10);
    assert!(whole.bytes.len() as u64 <= BOUNDS.bytes + 1, "more bytes than its bound");
    let allowed = (input.len() as u64 * BOUNDS.ratio).max(BOUNDS.ratio_free_bytes) + (64 << 10);
    let is_packed = whole.compression != Compression::None;
    assert!(!is_packed || whole.bytes.len() as u64 <= allowed, "it grew more than its bound");
    if input.len() <= 4096 {
        let pieces = decoded(BufReader::with_capacity(3, input), 7);
        assert_eq!(whole.compression, pieces.compression);
        assert_eq!(whole.is_whole, pieces.is_whole, "read in pieces it ends otherwise");
        if whole.is_whole {
            assert_eq!(whole.bytes, pieces.bytes, "read in pieces it gives other bytes");
        }
    }
}

struct Decoded {
    compression: Compression,
    bytes: Vec<u8>,
    is_whole: bool,
}

fn decoded(stream: impl std::io::BufRead, at_once: usize) -> Decoded {
    let mut decoder = Decoder::new(stream, BOUNDS).expect("memory gives every byte");
    let mut bytes = Vec::new();
    let mut buffer = vec![0; at_once];
    let is_whole = loop {
        match decoder.read(&mut buffer) {
            Ok(0) => break true,
            Ok(count) => bytes.extend_from_slice(&buffer[..count]),
            Err(_) => break false,
        }
    };
    assert!(!is_whole || decoder.produced() == bytes.len() as u64);
    Decoded { compression: decoder.compression(), bytes, is_whole }
}
