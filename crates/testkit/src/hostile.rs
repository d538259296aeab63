//! Archives made by an enemy, encoded small: what a scanner must survive in bounded memory, without writing outside, and must name.

use std::io::{self, Read};

use crate::{Compression, Layer, TarEntry, TarKind, TarWriter};

const MIB: u64 = 1 << 20;

/// Names and links that try to leave the root: by `..`, by an absolute name, and through a link that the layer itself made.
#[must_use]
pub fn path_escape() -> Layer {
    Layer::new()
        .file("../../outside-by-dots", "x")
        .file("/outside-absolute", "x")
        .file("a/../../outside-in-the-middle", "x")
        .symlink("way-out", "../../../../..")
        .file("way-out/outside-through-link", "x")
        .symlink("absolute-way-out", "/")
        .file("absolute-way-out/outside-through-absolute-link", "x")
        .hard_link("outside-by-hard-link", "../../etc/passwd")
        .file("../.wh.outside-whiteout", "")
}

/// Symbolic links that lead to themselves, to one another, and into ever longer paths; hard links to themselves. The os-release
/// file is among them.
#[must_use]
pub fn link_cycles() -> Layer {
    Layer::new()
        .symlink("self", "self")
        .symlink("a", "b")
        .symlink("b", "a")
        .symlink("grow", "grow/grow")
        .hard_link("hard", "hard")
        .hard_link("hard-a", "hard-b")
        .hard_link("hard-b", "hard-a")
        .symlink("etc/os-release", "../usr/lib/os-release")
        .symlink("usr/lib/os-release", "../../etc/os-release")
}

/// A gzipped layer with one file of zeros, about a thousandth of the size: 10 GiB in 10 MB.
///
/// The stream is of many gzip members, so that it is made at once; a decoder must read all of them.
#[must_use]
pub fn zeros_bomb(mebibytes: u64) -> Layer {
    let entry = TarEntry {
        declared_size: Some(mebibytes * MIB),
        ..TarEntry::new(TarKind::File, "var/zeros")
    };
    Layer::from_blob(filled(&entry, 0, mebibytes), Compression::Gzip)
}

/// A gzipped layer whose first entry has a GNU long name of that length: 2 GiB in 2 MB.
#[must_use]
pub fn long_name_bomb(mebibytes: u64) -> Layer {
    let entry = TarEntry {
        declared_size: Some(mebibytes * MIB),
        ..TarEntry::new(TarKind::Other(b'L'), "././@LongLink")
    };
    Layer::from_blob(filled(&entry, b'n', mebibytes), Compression::Gzip)
}

/// A gzipped layer with a PAX header of that length.
#[must_use]
pub fn pax_bomb(mebibytes: u64) -> Layer {
    let entry = TarEntry {
        declared_size: Some(mebibytes * MIB),
        ..TarEntry::new(TarKind::Other(b'x'), "PaxHeaders/entry")
    };
    Layer::from_blob(filled(&entry, b'1', mebibytes), Compression::Gzip)
}

/// A zstd layer with that many empty files in one directory.
#[must_use]
pub fn many_entries(count: u64) -> Layer {
    let write = || -> io::Result<Vec<u8>> {
        let encoder = zstd::stream::Encoder::new(Vec::new(), 1)?;
        let mut writer = TarWriter::new(encoder);
        for number in 0..count {
            writer.header(&TarEntry::new(TarKind::File, format!("many/{number}")))?;
        }
        writer.finish()?.finish()
    };
    Layer::from_blob(write().expect("memory takes every write"), Compression::Zstd)
}

/// A gzipped layer that ends in the middle of its second file.
#[must_use]
pub fn truncated_gzip() -> Layer {
    // Bytes that do not compress, so that the cut lies where it is meant to.
    let noise = noise(64 << 10);
    let layer = Layer::new().file("etc/first", "first\n").file("etc/second", noise);
    let diff_id = layer.diff_id();
    let mut blob = Compression::Gzip.apply(&layer.tar());
    blob.truncate(blob.len() / 2);
    Layer::from_blob(blob, Compression::Gzip).claimed_diff_id(&diff_id)
}

/// A file whose header promises more than the layer has.
#[must_use]
pub fn overlong_file(declared_size: u64) -> Layer {
    let entry = TarEntry {
        declared_size: Some(declared_size),
        ..TarEntry::file("etc/overlong", "the end comes early")
    };
    Layer::new().file("etc/first", "first\n").entry(entry)
}

/// A directory in a directory, that many times, each with its own entry.
#[must_use]
pub fn deep_directories(depth: usize) -> Layer {
    let mut path = String::new();
    (0..depth).fold(Layer::new(), |layer, _| {
        path.push_str("d/");
        layer.directory(path.trim_end_matches('/'))
    })
}

/// The entry's header and its content of one byte repeated, then a file and the end, as gzip members.
fn filled(entry: &TarEntry, byte: u8, mebibytes: u64) -> Vec<u8> {
    const CHUNK: u64 = 16;
    let mut head = TarWriter::new(Vec::new());
    head.header(entry).expect("memory takes every write");
    head.raw(&vec![byte; (mebibytes % CHUNK * MIB) as usize]).expect("memory takes every write");
    let mut blob = smallest_gzip(&head.into_inner());
    let chunk = smallest_gzip(&vec![byte; (CHUNK * MIB) as usize]);
    for _ in 0..mebibytes / CHUNK {
        blob.extend_from_slice(&chunk);
    }
    let tail = Layer::new().file("etc/after", "after\n").tar();
    blob.extend_from_slice(&smallest_gzip(&tail));
    blob
}

fn smallest_gzip(bytes: &[u8]) -> Vec<u8> {
    let mut blob = Vec::new();
    flate2::read::GzEncoder::new(bytes, flate2::Compression::best())
        .read_to_end(&mut blob)
        .expect("memory gives every byte");
    blob
}

/// Bytes without a pattern, the same on every run (xorshift, Marsaglia 2003).
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let step = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    std::iter::repeat_with(step).take(length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_gibibytes_of_zeros_are_ten_megabytes() {
        let blob = zeros_bomb(10 << 10).blob();
        assert!((8_000_000..16_000_000).contains(&blob.len()), "{} bytes", blob.len());
    }

    #[test]
    fn a_small_bomb_is_a_good_archive() {
        let blob = zeros_bomb(33).blob();
        let mut archive = tar::Archive::new(flate2::read::MultiGzDecoder::new(&blob[..]));
        let sizes: Vec<_> = archive
            .entries()
            .unwrap()
            .map(|entry| entry.and_then(|mut entry| io::copy(&mut entry, &mut io::sink())).unwrap())
            .collect();
        assert_eq!(sizes, [33 * MIB, 6]);
    }

    #[test]
    fn many_entries_are_as_many_as_asked_for() {
        let blob = many_entries(10_000).blob();
        let decoder = zstd::stream::Decoder::new(&blob[..]).unwrap();
        assert_eq!(tar::Archive::new(decoder).entries().unwrap().count(), 10_000);
    }

    #[test]
    fn a_truncated_gzip_gives_its_first_file_and_then_fails() {
        let blob = truncated_gzip().blob();
        let mut bytes = Vec::new();
        let error = flate2::read::GzDecoder::new(&blob[..]).read_to_end(&mut bytes).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        assert!(bytes.len() > 4 * 512);
    }
}
