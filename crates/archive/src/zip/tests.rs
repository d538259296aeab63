//! Tests of the whole reader: against an independent writer and reader, on prefixes and comments, on damaged and lying archives.

use std::io::{Cursor, Read, Write};

use plimsoll_core::{Limits, ProblemKind};
use proptest::prelude::*;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{ZipError, ZipReader};
use crate::ScratchFile;

type Files = Vec<(String, Vec<u8>)>;

fn archive(files: &[(&str, &[u8])], options: SimpleFileOptions) -> Vec<u8> {
    archive_behind(&[], files, options)
}

/// An archive whose offsets count the bytes before it.
fn archive_behind(prefix: &[u8], files: &[(&str, &[u8])], options: SimpleFileOptions) -> Vec<u8> {
    let mut cursor = Cursor::new(prefix.to_vec());
    cursor.set_position(prefix.len() as u64);
    let mut writer = ZipWriter::new(cursor);
    for (name, content) in files {
        writer.start_file(*name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn deflated() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)
}

fn stored() -> SimpleFileOptions {
    SimpleFileOptions::default().compression_method(CompressionMethod::Stored)
}

fn read_all(bytes: &[u8]) -> Result<Files, ZipError> {
    let reader = ZipReader::open(&bytes, &Limits::default())?;
    reader
        .entries()
        .map(|entry| {
            let name = String::from_utf8_lossy(entry.name).into_owned();
            Ok((name, reader.read(&entry, 1 << 20)?))
        })
        .collect()
}

const FILES: [(&str, &[u8]); 3] =
    [("META-INF/", b""), ("META-INF/MANIFEST.MF", b"Version: 1\n"), ("a", &[b'a'; 5_000])];

fn expected() -> Files {
    FILES.iter().map(|(name, content)| ((*name).to_owned(), content.to_vec())).collect()
}

#[test]
fn archives_are_read_wherever_they_begin_and_whatever_follows() {
    for options in [deflated(), stored(), deflated().large_file(true)] {
        let bytes = archive(&FILES, options);
        assert_eq!(read_all(&bytes).unwrap(), expected());

        let script = b"#!/bin/sh\nexec java -jar \"$0\"\n".repeat(10);
        assert_eq!(read_all(&[script.clone(), bytes.clone()].concat()).unwrap(), expected());

        let mut adjusted = archive_behind(&script, &FILES, options);
        assert_eq!(read_all(&adjusted).unwrap(), expected());
        adjusted.extend_from_slice(b"trailing bytes");
        assert_eq!(read_all(&adjusted).unwrap(), expected());
    }
}

#[test]
fn a_comment_is_no_directory() {
    let mut writer = ZipWriter::new_append(Cursor::new(archive(&FILES, deflated()))).unwrap();
    // It ends with what looks like an end record of an empty archive, and a byte more.
    let end = [b"PK\x05\x06".to_vec(), vec![0; 19]].concat();
    let comment = [vec![b'c'; 40_000], end].concat();
    writer.set_raw_comment(comment.into()).unwrap();
    let bytes = writer.finish().unwrap().into_inner();
    assert_eq!(read_all(&bytes).unwrap(), expected());
    let file = ScratchFile::copy_of(&mut &bytes[..]).unwrap();
    assert_eq!(ZipReader::open(&file, &Limits::default()).unwrap().entries().count(), 3);
}

#[test]
fn an_archive_of_more_than_65535_entries_is_read_to_the_limit() {
    let names: Vec<String> = (0..66_000).map(|number| number.to_string()).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
    let prefix = b"prefix";
    let plain = archive(&files, stored());
    for bytes in [[prefix, &plain[..]].concat(), plain] {
        let reader = ZipReader::open(&bytes, &Limits::default()).unwrap();
        assert!(reader.problems().is_empty());
        assert_eq!(reader.entries().count(), 66_000);
        let last = reader.entries().last().unwrap();
        assert_eq!((last.name, reader.read(&last, 9).unwrap()), (&b"65999"[..], Vec::new()));

        let limits = Limits { zip_entries: 1_000, ..Limits::default() };
        let reader = ZipReader::open(&bytes, &limits).unwrap();
        assert_eq!(reader.entries().count(), 1_000);
        assert_eq!(reader.problems()[0].kind, ProblemKind::LimitExceeded);

        let limits = Limits { file_memory_bytes: 10_000, ..Limits::default() };
        let file = ScratchFile::copy_of(&mut &bytes[..]).unwrap();
        let reader = ZipReader::open(&file, &limits).unwrap();
        assert!((1..1_000).contains(&reader.entries().count()));
        assert_eq!(reader.problems()[0].kind, ProblemKind::LimitExceeded);
    }
}

#[test]
fn the_last_entry_of_a_name_is_found() {
    let mut bytes = archive(&[("a1", b"first"), ("a2", b"second")], stored());
    // The independent writer writes no name twice.
    for position in 0..bytes.len() - 1 {
        if &bytes[position..position + 2] == b"a2" {
            bytes[position + 1] = b'1';
        }
    }
    let reader = ZipReader::open(&bytes, &Limits::default()).unwrap();
    let entry = reader.find(b"a1").unwrap();
    assert_eq!(reader.read(&entry, 100).unwrap(), b"second");
    assert!(reader.find(b"a2").is_none());
}

#[test]
fn what_is_no_archive_is_refused() {
    for bytes in [&b""[..], b"PK", b"PK\x05\x06", &[0; 70_000]] {
        let result = read_all(bytes);
        assert!(matches!(result, Err(ZipError::NotAnArchive)), "{result:?}");
    }
    let mut bytes = archive(&FILES, stored());
    let offset = bytes.len() - 22 + 16;
    bytes[offset..offset + 4].copy_from_slice(&0x7fff_ffff_u32.to_le_bytes());
    assert!(matches!(read_all(&bytes), Err(ZipError::Malformed { .. })));
}

/// The archive with bytes of the central directory's first entry replaced.
fn patched(bytes: &[u8], offset: usize, field: &[u8]) -> Vec<u8> {
    let start = memchr::memmem::find(bytes, b"PK\x01\x02").unwrap() + offset;
    let mut bytes = bytes.to_vec();
    bytes[start..start + field.len()].copy_from_slice(field);
    bytes
}

#[test]
fn lying_entries_are_refused() {
    let bytes = archive(&[("a", &[b'a'; 5_000])], deflated());
    for (offset, field, kind) in [
        (8, &[1, 0][..], ProblemKind::Unsupported),
        (10, &[12, 0], ProblemKind::Unsupported),
        (16, &[1, 2, 3, 4], ProblemKind::Malformed),
        (20, &[5, 0, 0, 0], ProblemKind::Truncated),
        (20, &[0xff, 0xff, 0, 0], ProblemKind::Malformed),
        (24, &[100, 0, 0, 0], ProblemKind::Malformed),
        (24, &[0xff, 0xff, 0, 0], ProblemKind::Malformed),
        (24, &[0xff, 0xff, 0xff, 0x7f], ProblemKind::LimitExceeded),
        (42, &[9, 0, 0, 0], ProblemKind::Malformed),
        (42, &[0xff, 0xff, 0xff, 0x7f], ProblemKind::Malformed),
    ] {
        let error = read_all(&patched(&bytes, offset, field)).unwrap_err();
        assert_eq!(error.problem().kind, kind, "{offset}: {error}");
    }
}

#[test]
fn an_entry_that_grows_too_much_is_a_limit() {
    let bytes = archive(&[("zeros", &vec![0; 1 << 20])], deflated());
    let limits = Limits { ratio: 10, ratio_free_bytes: 1 << 16, ..Limits::default() };
    let reader = ZipReader::open(&bytes, &limits).unwrap();
    let entry = reader.entries().next().unwrap();
    let error = reader.read(&entry, 1 << 20).unwrap_err();
    assert_eq!(error.problem().kind, ProblemKind::LimitExceeded);
}

#[test]
fn a_damaged_directory_gives_what_comes_before() {
    let bytes = archive(&FILES, stored());
    let second = memchr::memmem::find_iter(&bytes, b"PK\x01\x02").nth(1).unwrap();
    let mut bytes = bytes.clone();
    bytes[second] = 0;
    let reader = ZipReader::open(&bytes, &Limits::default()).unwrap();
    assert_eq!(reader.entries().count(), 1);
    assert_eq!(reader.problems()[0].kind, ProblemKind::Malformed);
}

fn files() -> impl Strategy<Value = Vec<(String, Vec<u8>, bool)>> {
    let content = prop::collection::vec(any::<u8>(), 0..2_000);
    prop::collection::btree_map("[a-z/]{1,40}", (content, any::<bool>()), 0..6).prop_map(|files| {
        files.into_iter().map(|(name, (content, deflate))| (name, content, deflate)).collect()
    })
}

proptest! {
    #[test]
    fn valid_archives_read_as_they_were_written(files in files()) {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content, deflate) in &files {
            let options = if *deflate { deflated() } else { stored() };
            writer.start_file(name.as_str(), options).unwrap();
            writer.write_all(content).unwrap();
        }
        let bytes = writer.finish().unwrap().into_inner();
        let own = read_all(&bytes).unwrap();
        let mut independent = zip::ZipArchive::new(Cursor::new(&bytes[..])).unwrap();
        prop_assert_eq!(own.len(), independent.len());
        for (index, (name, content)) in own.iter().enumerate() {
            let mut entry = independent.by_index(index).unwrap();
            let mut expected = Vec::new();
            entry.read_to_end(&mut expected).unwrap();
            prop_assert_eq!(entry.name_raw(), name.as_bytes());
            prop_assert_eq!(&expected, content);
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..400), at in 0_usize..400) {
        if let Some(record) = bytes.get_mut(at..at.saturating_add(4)) {
            record.copy_from_slice(b"PK\x05\x06");
        }
        let _ = read_all(&bytes);
    }

    #[test]
    fn damaged_archives_never_panic(
        large in any::<bool>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = archive(&FILES, deflated().large_file(large));
        for (index, value) in changes {
            let position = index.index(bytes.len());
            bytes[position] = value;
        }
        let _ = read_all(&bytes);
    }
}
