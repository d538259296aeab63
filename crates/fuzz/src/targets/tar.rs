//! The tar reader: whatever the buffers below it, and whether content is skipped by reading or by seeking, it gives the same.

use std::borrow::Cow;
use std::io::{BufRead, BufReader, Read};

use plimsoll_archive::{TarEntry, TarIndex, TarReader};
use plimsoll_core::Problem;
use plimsoll_testkit::{Layer, LongNames, TarKind, TarWriter, hostile};

use crate::bytes::framed;
use crate::{Fixed, limits};

pub static TAR: Fixed = Fixed {
    name: "tar",
    about: "tar archives: as a stream, and by their headers alone",
    sources: &["archive/src/tar"],
    fixtures: &["images"],
    frames: &[b"\0", b"\x01"],
    seeds,
    run,
};

const BLOCK: usize = 512;
/// Bytes of one entry's content that are looked at.
const CONTENT_BYTES: u64 = 64 << 10;

fn seeds() -> Vec<Vec<u8>> {
    archives().into_iter().map(|tar| [b"\x01", &tar[..]].concat()).collect()
}

/// Archives of every kind of entry.
pub(super) fn archives() -> Vec<Vec<u8>> {
    let long = "a/".repeat(80) + "name";
    let mut writer = TarWriter::new(Vec::new());
    for names in [LongNames::Gnu, LongNames::Pax] {
        let mut entry = plimsoll_testkit::TarEntry::file(&long, "content");
        entry.long_names = names;
        writer.entry(&entry).expect("memory takes every write");
    }
    let pax = plimsoll_testkit::TarEntry::file("x", "sparse")
        .pax("GNU.sparse.major", "1")
        .pax("GNU.sparse.minor", "0")
        .pax("GNU.sparse.name", "y")
        .pax("GNU.sparse.realsize", "1000")
        .pax("path", "z");
    writer.entry(&pax).expect("memory takes every write");
    let device = plimsoll_testkit::TarEntry::new(TarKind::Other(b'3'), "null");
    writer.entry(&device).expect("memory takes every write");
    vec![
        writer.finish().expect("memory takes every write"),
        layer().tar(),
        hostile::path_escape().tar(),
        hostile::link_cycles().tar(),
        hostile::overlong_file(1 << 40).tar(),
    ]
}

fn layer() -> Layer {
    Layer::new()
        .directory("etc")
        .file("etc/hostname", "a\n")
        .symlink("bin", "usr/bin")
        .hard_link("etc/host", "etc/hostname")
        .whiteout("etc/gone")
        .opaque("var")
}

fn run(input: &[u8]) {
    let (flags, archive) = framed(input);
    let archive = if flags & 1 == 1 { repaired(archive) } else { archive.into() };
    let whole = Contents::all(&archive[..]);
    for capacity in [1, 100, 512] {
        assert_eq!(whole, Contents::all(BufReader::with_capacity(capacity, &archive[..])));
    }
    assert!(whole.entries.len() <= archive.len() / BLOCK + 1);
    let index = TarIndex::read(&&archive[..], &limits());
    let is_short = |entry: &&TarEntry| entry.name.len() <= limits().path_bytes;
    let read = whole.entries.iter().map(|(entry, _)| entry).filter(is_short);
    let read: Vec<_> = read.take(index.entries.len()).cloned().collect();
    assert_eq!(read, index.entries, "the index and the stream have other entries");
}

/// All that can be had of an archive.
#[derive(Debug, PartialEq)]
struct Contents {
    entries: Vec<(TarEntry, Result<Vec<u8>, String>)>,
    error: Option<String>,
    problems: (Vec<Problem>, u64),
}

impl Contents {
    fn all(stream: impl BufRead) -> Self {
        let mut reader = TarReader::new(stream, &limits());
        let mut entries = Vec::new();
        let error = loop {
            match reader.next_entry() {
                Ok(Some(entry)) => {
                    let mut content = Vec::new();
                    let read = (&mut reader).take(CONTENT_BYTES).read_to_end(&mut content);
                    if read.is_ok() && entry.size <= CONTENT_BYTES {
                        assert_eq!(content.len() as u64, entry.size, "content of another size");
                    }
                    entries.push((entry, read.map(|_| content).map_err(|error| error.to_string())));
                }
                Ok(None) => break None,
                Err(error) => break Some(error.to_string()),
            }
        };
        Self { entries, error, problems: reader.take_problems() }
    }
}

/// The archive with right checksums wherever a header can be: else nearly every change of a header would be refused for its checksum
/// alone, and what lies behind it never be read.
pub(super) fn repaired(archive: &[u8]) -> Cow<'_, [u8]> {
    let mut archive = archive.to_vec();
    let mut position = 0;
    while let Some(header) = archive.get_mut(position..position + BLOCK) {
        if header.iter().all(|&byte| byte == 0) {
            break;
        }
        header[148..156].fill(b' ');
        let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        let digits = header[124..136].iter().filter(|byte| byte.is_ascii_digit());
        let size = digits.fold(0_usize, |size, byte| (size << 3) | usize::from(byte & 7));
        position += BLOCK + size.min(archive.len()).next_multiple_of(BLOCK);
    }
    archive.into()
}
