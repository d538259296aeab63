use std::io::Write;

use lzma_rust2::{XzOptions, XzWriter};
use plimsoll_core::ProblemKind;
use proptest::prelude::*;

use super::*;
use crate::read_problem;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::stream::encode_all(bytes, 1).unwrap()
}

fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut writer = XzWriter::new(Vec::new(), XzOptions::default()).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

/// `the quick brown fox`, with the check and the window that kernel modules have, as xz 5.4 wrote it.
const XZ_SMALL: &[u8] = b"\xfd\x37\x7a\x58\x5a\x00\x00\x01\x69\x22\xde\x36\x02\x00\x21\x01\x10\
    \x00\x00\x00\xa8\x70\x8e\x86\x01\x00\x13the quick brown fox\x0a\x00\x3f\xec\xf7\x49\x00\x01\
    \x28\x14\xfc\xcf\x01\x67\x90\x42\x99\x0d\x01\x00\x00\x00\x00\x01\x59\x5a";
/// One letter, with a window of 512 MiB, as xz 5.4 wrote it.
const XZ_WIDE: &[u8] = b"\xfd\x37\x7a\x58\x5a\x00\x00\x04\xe6\xd6\xb4\x46\x02\x00\x21\x01\x22\
    \x00\x00\x00\x82\x40\xac\xdc\x01\x00\x00\x61\x00\x00\x00\x00\x05\x2b\x65\x2e\x77\x84\
    \x02\x33\x00\x01\x19\x01\xa5\x2c\x81\xcc\x1f\xb6\xf3\x7d\x01\x00\x00\x00\x00\x04\x59\x5a";

fn decode(bytes: &[u8], bounds: DecoderBounds) -> (Compression, Vec<u8>, Option<io::Error>) {
    let mut decoder = Decoder::new(bytes, bounds).unwrap();
    let mut output = Vec::new();
    let error = decoder.read_to_end(&mut output).err();
    (decoder.compression(), output, error)
}

fn bounds() -> DecoderBounds {
    DecoderBounds::from(&Limits::default())
}

#[test]
fn every_compression_is_recognised_and_read() {
    let text = b"the quick brown fox\n".repeat(1_000);
    let skippable = [&[0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3][..]].concat();
    for (compression, bytes) in [
        (Compression::None, text.clone()),
        (Compression::Gzip, gzip(&text)),
        (Compression::Gzip, [gzip(&text[..7]), gzip(b""), gzip(&text[7..])].concat()),
        (Compression::Zstd, zstd(&text)),
        (Compression::Zstd, [zstd(&text[..9]), zstd(&text[9..]), skippable.clone()].concat()),
        (Compression::Zstd, [skippable, zstd(&text)].concat()),
        (Compression::Bzip2, bzip2(&text)),
        (Compression::Bzip2, [bzip2(&text[..9]), bzip2(&text[9..])].concat()),
        (Compression::Xz, xz(&text)),
        (Compression::Xz, [XZ_SMALL, &xz(&text[20..])].concat()),
    ] {
        let (found, output, error) = decode(&bytes, bounds());
        assert!(error.is_none(), "{compression:?}: {error:?}");
        assert_eq!((found, output == text), (compression, true));
    }
}

#[test]
fn a_short_stream_is_plain() {
    for bytes in [&b""[..], b"B", b"BZh", &[0x1f, 0x8b]] {
        let (found, output, error) = decode(bytes, bounds());
        assert_eq!((found, &output[..], error.is_none()), (Compression::None, bytes, true));
    }
}

#[test]
fn a_truncated_stream_gives_what_came_before() {
    let mut text = Vec::new();
    for number in 0..50_000_u32 {
        text.extend_from_slice(&number.wrapping_mul(2_654_435_761).to_le_bytes());
    }
    for bytes in [gzip(&text), zstd(&text), bzip2(&text), xz(&text)] {
        for kept in [bytes.len() / 2, bytes.len() - 1] {
            let (_, output, error) = decode(&bytes[..kept], bounds());
            assert!(text.starts_with(&output));
            let problem = read_problem(&error.expect("an error"));
            assert_eq!(problem.kind, ProblemKind::Truncated, "{}", problem.detail);
        }
    }
}

#[test]
fn a_damaged_stream_is_malformed() {
    let gzip = gzip(&b"the quick brown fox ".repeat(100));
    for (mut bytes, at) in [(gzip.clone(), gzip.len() - 5), (XZ_SMALL.to_vec(), 30)] {
        bytes[at] ^= 1;
        let (_, _, error) = decode(&bytes, bounds());
        assert_eq!(read_problem(&error.unwrap()).kind, ProblemKind::Malformed);
    }
}

#[test]
fn a_window_is_no_larger_than_is_held_in_memory() {
    // A little more than the window itself is held.
    for (log, is_read) in [(30, true), (29, false)] {
        let (_, _, error) = decode(XZ_WIDE, DecoderBounds { zstd_window_log: log, ..bounds() });
        let kind = error.map(|error| read_problem(&error).kind);
        assert_eq!(kind, (!is_read).then_some(ProblemKind::LimitExceeded));
    }
}

#[test]
fn a_stream_stops_at_its_bounds() {
    let zeros = vec![0; 1 << 20];
    for bytes in [gzip(&zeros), zstd(&zeros), bzip2(&zeros), xz(&zeros)] {
        for (bounds, ends_well) in [
            (DecoderBounds { bytes: 1 << 20, ..bounds() }, true),
            (DecoderBounds { bytes: (1 << 20) - 1, ..bounds() }, false),
            (DecoderBounds { ratio_free_bytes: 1 << 20, ratio: 10, ..bounds() }, true),
            (DecoderBounds { ratio_free_bytes: 1 << 16, ratio: 10, ..bounds() }, false),
        ] {
            let (_, _, error) = decode(&bytes, bounds);
            assert_eq!(error.is_none(), ends_well, "{bounds:?}");
            if let Some(error) = error {
                assert_eq!(read_problem(&error).kind, ProblemKind::LimitExceeded);
            }
        }
    }
}

#[test]
fn a_window_larger_than_allowed_is_a_limit() {
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
    encoder.window_log(24).unwrap();
    encoder.write_all(&[7; 1 << 16]).unwrap();
    let bytes = encoder.finish().unwrap();
    let (_, output, error) = decode(&bytes, bounds());
    assert!(error.is_none() && output.len() == 1 << 16);
    let (_, _, error) = decode(&bytes, DecoderBounds { zstd_window_log: 20, ..bounds() });
    assert_eq!(read_problem(&error.unwrap()).kind, ProblemKind::LimitExceeded);
}

#[test]
fn a_failing_reader_is_not_a_damaged_stream() {
    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("connection reset"))
        }
    }
    let start = gzip(b"hello");
    let reader = io::BufReader::new(start[..10].chain(Failing));
    let error = Decoder::new(reader, bounds()).unwrap().read_to_end(&mut Vec::new());
    assert_eq!(read_problem(&error.unwrap_err()).kind, ProblemKind::Unreadable);
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(
        magic in 0_usize..5, bytes in prop::collection::vec(any::<u8>(), 0..2_000)
    ) {
        let magic: &[u8] = [
            &[][..], &[0x1f, 0x8b, 8], &[0x28, 0xb5, 0x2f, 0xfd], b"BZh9", b"\xfd7zXZ\0",
        ][magic];
        let _ = decode(&[magic, &bytes].concat(), bounds());
    }

    #[test]
    fn xz_that_is_changed_anywhere_ends(
        mut bytes: Vec<u8>, changes in prop::collection::vec((0..200_usize, any::<u8>()), 0..4)
    ) {
        bytes = [XZ_SMALL, &xz(&bytes)].concat();
        for (at, byte) in changes {
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
        }
        let _ = decode(&bytes, bounds());
    }

    #[test]
    fn what_was_compressed_comes_back(bytes in prop::collection::vec(any::<u8>(), 7..3_000)) {
        for compressed in [gzip(&bytes), zstd(&bytes), bzip2(&bytes), xz(&bytes)] {
            let (_, output, error) = decode(&compressed, bounds());
            prop_assert!(error.is_none());
            prop_assert_eq!(&output, &bytes);
        }
    }
}
