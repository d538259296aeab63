//! Tests of the whole reader: against an independent one, on damaged archives, and on what only some writers write.

use std::io::{self, Read};

use plimsoll_core::{Limits, ProblemKind};
use plimsoll_testkit::{LongNames, TarEntry as Sample, TarKind, TarWriter};
use proptest::prelude::*;

use super::{TarEntry, TarEntryKind, TarError, TarIndex, TarReader};

fn archive(samples: &[Sample]) -> Vec<u8> {
    let mut writer = TarWriter::new(Vec::new());
    for sample in samples {
        writer.entry(sample).unwrap();
    }
    writer.finish().unwrap()
}

/// Everything that can be read: entries with their content, and the error at the end.
fn read_all(bytes: &[u8], limits: &Limits) -> (Vec<(TarEntry, Vec<u8>)>, Option<TarError>) {
    let mut reader = TarReader::new(bytes, limits);
    let mut entries = Vec::new();
    loop {
        match reader.next_entry() {
            Ok(Some(entry)) => {
                let mut content = Vec::new();
                let _ = reader.by_ref().take(1 << 20).read_to_end(&mut content);
                entries.push((entry, content));
            }
            Ok(None) => return (entries, None),
            Err(error) => return (entries, Some(error)),
        }
    }
}

fn names(bytes: &[u8]) -> (Vec<String>, Option<TarError>) {
    let (entries, error) = read_all(bytes, &Limits::default());
    let name = |(entry, _): (TarEntry, _)| String::from_utf8_lossy(&entry.name).into_owned();
    (entries.into_iter().map(name).collect(), error)
}

/// Sets bytes of a header block and puts its checksum right.
fn patched(mut block: Vec<u8>, changes: &[(usize, &[u8])]) -> Vec<u8> {
    for (offset, bytes) in changes {
        block[*offset..offset + bytes.len()].copy_from_slice(bytes);
    }
    block[148..156].copy_from_slice(b"        ");
    let sum: u32 = block[..512].iter().map(|&byte| u32::from(byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

fn header(sample: &Sample) -> Vec<u8> {
    let mut writer = TarWriter::new(Vec::new());
    writer.header(sample).unwrap();
    writer.into_inner()
}

#[test]
fn an_archive_ends_in_several_ways() {
    let one = archive(&[Sample::file("a", "content"), Sample::file("b", "")]);
    let (body, end) = one.split_at(one.len() - 1_024);
    let block = &end[..512];
    let garbage = [end, &[7; 700]].concat();
    for (end, well) in [
        (end, true),
        (block, true),
        (&[], true),
        (&garbage[..], true),
        (&[block, &[7; 512]].concat(), false),
        (&[7; 512], false),
        (&[7; 100], false),
    ] {
        let (names, error) = names(&[body, end].concat());
        assert_eq!((names, error.is_none()), (vec!["a".to_owned(), "b".to_owned()], well));
    }
}

#[test]
fn the_last_padding_may_be_missing() {
    let bytes = archive(&[Sample::file("a", "content")]);
    let (entries, error) = read_all(&bytes[..512 + 7], &Limits::default());
    assert!(error.is_none() && entries[0].1 == b"content");
}

#[test]
fn a_truncated_archive_gives_what_came_before() {
    let samples = [
        Sample::file("first", [1; 700]),
        Sample { long_names: LongNames::Gnu, ..Sample::file([b'n'; 120], "x") },
        Sample::file([b'p'; 120], [2; 10]),
    ];
    let bytes = archive(&samples);
    let whole = read_all(&bytes, &Limits::default()).0;
    assert_eq!(whole.len(), 3);
    for length in 0..bytes.len() - 1_024 {
        let (entries, error) = read_all(&bytes[..length], &Limits::default());
        assert!(entries.len() <= whole.len());
        for ((entry, content), (whole_entry, whole_content)) in entries.iter().zip(&whole) {
            assert_eq!(entry, whole_entry);
            assert!(whole_content.starts_with(content));
        }
        match error {
            None | Some(TarError::Truncated { .. }) => {}
            Some(error) => panic!("{length} bytes: {error}"),
        }
        if error.is_none() {
            assert_eq!(entries, whole[..entries.len()], "{length} bytes end well");
        }
    }
}

#[test]
fn names_longer_than_allowed_are_passed_over() {
    let limits = Limits { tar_header_bytes: 1 << 10, ..Limits::default() };
    for long_names in [LongNames::Gnu, LongNames::Pax] {
        let bytes = archive(&[
            Sample::file("before", "1"),
            Sample { long_names, ..Sample::file(vec![b'n'; 70_000], "hidden") },
            Sample { long_names, ..Sample::file(vec![b'n'; 500], "2") },
            Sample::file("after", "3"),
        ]);
        let mut reader = TarReader::new(&bytes[..], &limits);
        let mut lengths = Vec::new();
        while let Some(entry) = reader.next_entry().unwrap() {
            lengths.push((entry.name.len(), io::read_to_string(&mut reader).unwrap()));
        }
        assert_eq!(lengths, [(6, "1".into()), (500, "2".into()), (5, "3".into())]);
        let (problems, dropped) = reader.take_problems();
        let kinds: Vec<_> = problems.iter().map(|problem| problem.kind).collect();
        assert_eq!((kinds, dropped), (vec![ProblemKind::LimitExceeded], 0));
    }
}

#[test]
fn prefixes_belong_to_the_formats_that_have_them() {
    let block = header(&Sample::file("name", ""));
    let prefix = (345, &b"some/prefix"[..]);
    for (changes, expected) in [
        (vec![prefix], "some/prefix/name"),
        (vec![prefix, (257, b"\0\0\0\0\0\0\0\0")], "name"),
        (vec![prefix, (257, b"ustar  \0"), (345, b"00000000000\x0000000000000\0")], "name"),
        (vec![prefix, (508, b"tar\0"), (476, b"00000000000\0")], "some/prefix/name"),
    ] {
        assert_eq!(names(&patched(block.clone(), &changes)).0, [expected]);
    }
}

#[test]
fn pax_records_override_the_header() {
    let sample = Sample {
        declared_size: Some(0),
        ..Sample::file("short", "content")
            .pax("path", "a/long/name")
            .pax("size", "7")
            .pax("comment", "x=y")
    };
    let bytes = archive(&[sample, Sample::file("after", "3")]);
    let (entries, error) = read_all(&bytes, &Limits::default());
    assert!(error.is_none());
    assert_eq!(entries[0].0.name, b"a/long/name");
    assert_eq!((entries[0].0.size, &entries[0].1[..]), (7, &b"content"[..]));
    assert_eq!(entries[1].0.name, b"after");
}

#[test]
fn global_headers_rename_nothing() {
    let global = Sample { kind: TarKind::Other(b'g'), ..Sample::file("g", "13 path=evil\n") };
    let harmless = Sample { kind: TarKind::Other(b'g'), ..Sample::file("g", "13 comment=x\n") };
    for (sample, problems) in [(global, 1), (harmless, 0)] {
        let bytes = archive(&[sample, Sample::file("a", "1")]);
        let mut reader = TarReader::new(&bytes[..], &Limits::default());
        assert_eq!(reader.next_entry().unwrap().unwrap().name, b"a");
        assert!(reader.next_entry().unwrap().is_none());
        assert_eq!(reader.take_problems().0.len(), problems);
    }
}

#[test]
fn only_files_have_content() {
    for kind in [TarKind::Directory, TarKind::Symlink, TarKind::HardLink, TarKind::Fifo] {
        let lying = Sample { declared_size: Some(5_000), ..Sample::link(kind, "a", "target") };
        assert_eq!(names(&archive(&[lying, Sample::file("b", "1")])).0, ["a", "b"], "{kind:?}");
    }
    let old_directory = Sample::new(TarKind::Other(0), "a/");
    let (entries, _) = read_all(&archive(&[old_directory]), &Limits::default());
    assert_eq!(entries[0].0.kind, TarEntryKind::Directory);
}

#[test]
fn overlay_whiteouts_are_recognised() {
    let block = header(&Sample::new(TarKind::CharacterDevice, "gone"));
    for (major, expected) in [(&b"0000000\0"[..], true), (b"0000001\0", false)] {
        let bytes = patched(block.clone(), &[(329, major), (337, b"0000000\0")]);
        let (entries, _) = read_all(&bytes, &Limits::default());
        assert_eq!(entries[0].0.is_overlay_whiteout(), expected);
    }
}

/// A file of 3,000 bytes with "head" at its beginning and "tail" at 2,000: the map in every form that is written.
fn sparse_samples() -> Vec<(&'static str, Vec<u8>)> {
    let stored = Sample::file("sparse", [b"head".to_vec(), b"tail".to_vec()].concat());
    let pax = |records: &[(&str, &str)]| {
        let sample = stored.clone();
        records.iter().fold(sample, |sample, (key, value)| sample.pax(key, value))
    };
    let after = Sample::file("after", "1");
    let body = |sample: Sample| archive(&[sample, after.clone()]);
    let version_1 = Sample {
        content: [b"2\n0\n4\n2000\n4\n".to_vec(), vec![0; 512 - 13], stored.content.clone()]
            .concat(),
        ..pax(&[
            ("GNU.sparse.major", "1"),
            ("GNU.sparse.minor", "0"),
            ("GNU.sparse.name", "sparse"),
            ("GNU.sparse.realsize", "3000"),
        ])
    };
    let mut fields = Vec::new();
    for (offset, length) in [(0, 4), (2_000, 4)] {
        fields.extend_from_slice(format!("{offset:011o}\0{length:011o}\0").as_bytes());
    }
    let old = body(Sample { kind: TarKind::Other(b'S'), ..stored.clone() });
    let size = format!("{:011o}\0", 3_000);
    let in_header = patched(
        old.clone(),
        &[(257, b"ustar  \0"), (386, &fields), (482, b"\0"), (483, size.as_bytes())],
    );
    let mut extension = fields[24..].to_vec();
    extension.resize(512, 0);
    let changes: &[(usize, &[u8])] =
        &[(257, b"ustar  \0"), (386, &fields[..24]), (482, b"\x01"), (483, size.as_bytes())];
    let mut extended = patched(old, changes);
    extended.splice(512..512, extension);
    vec![
        ("old GNU", in_header),
        ("old GNU with an extension block", extended),
        (
            "PAX 0.0",
            body(pax(&[
                ("GNU.sparse.size", "3000"),
                ("GNU.sparse.numblocks", "2"),
                ("GNU.sparse.offset", "0"),
                ("GNU.sparse.numbytes", "4"),
                ("GNU.sparse.offset", "2000"),
                ("GNU.sparse.numbytes", "4"),
            ])),
        ),
        (
            "PAX 0.1",
            body(pax(&[
                ("GNU.sparse.size", "3000"),
                ("GNU.sparse.name", "sparse"),
                ("GNU.sparse.map", "0,4,2000,4"),
            ])),
        ),
        ("PAX 1.0", body(version_1)),
    ]
}

#[test]
fn sparse_files_are_read_with_their_holes() {
    let mut expected = vec![0; 3_000];
    expected[..4].copy_from_slice(b"head");
    expected[2_000..2_004].copy_from_slice(b"tail");
    for (form, bytes) in sparse_samples() {
        let (entries, error) = read_all(&bytes, &Limits::default());
        assert!(error.is_none(), "{form}: {error:?}");
        assert_eq!(entries.len(), 2, "{form}");
        let (entry, content) = &entries[0];
        assert_eq!((&entry.name[..], entry.size, entry.sparse), (&b"sparse"[..], 3_000, true));
        assert_eq!((entry.stored_size, content == &expected), (8, true), "{form}");
        assert_eq!(entries[1].1, b"1", "{form}");
    }
}

#[test]
fn holes_are_given_only_so_far() {
    let sample = Sample::file("sparse", "")
        .pax("GNU.sparse.size", "1000000000000")
        .pax("GNU.sparse.map", "0,0");
    let bytes = archive(&[sample, Sample::file("after", "1")]);
    let limits = Limits { file_bytes: 10_000, ..Limits::default() };
    let mut reader = TarReader::new(&bytes[..], &limits);
    assert_eq!(reader.next_entry().unwrap().unwrap().size, 1_000_000_000_000);
    let mut content = Vec::new();
    let error = reader.read_to_end(&mut content).unwrap_err();
    assert_eq!(crate::read_problem(&error).kind, ProblemKind::LimitExceeded);
    assert!(content.len() <= 10_000);
    assert_eq!(reader.next_entry().unwrap().unwrap().name, b"after");
}

#[test]
fn a_sparse_file_with_a_lying_map_can_still_be_passed() {
    for map in ["0,4,2,4", "0,5000", "2999,8", "0", "x,1"] {
        let sample = Sample::file("sparse", "headtail")
            .pax("GNU.sparse.size", "3000")
            .pax("GNU.sparse.map", map);
        let bytes = archive(&[sample, Sample::file("after", "1")]);
        let mut reader = TarReader::new(&bytes[..], &Limits::default());
        reader.next_entry().unwrap().unwrap();
        assert!(reader.read(&mut [0; 8]).is_err(), "{map}");
        assert_eq!(reader.next_entry().unwrap().unwrap().name, b"after", "{map}");
    }
}

#[test]
fn a_peek_takes_nothing_away() {
    for (content, capacity) in
        [(&[7; 2_000][..], 1_000), (b"short", 7), (b"", 512), (&[9; 64], 530)]
    {
        let bytes = archive(&[Sample::file("a", content), Sample::file("b", "1")]);
        let stream = io::BufReader::with_capacity(capacity, &bytes[..]);
        let mut reader = TarReader::new(stream, &Limits::default());
        reader.next_entry().unwrap();
        let mut prefix = [0; 100];
        let length = reader.peek(&mut prefix);
        assert_eq!(prefix[..length], content[..content.len().min(64)]);
        let mut read = Vec::new();
        reader.read_to_end(&mut read).unwrap();
        assert_eq!(read, content);
        assert_eq!(reader.next_entry().unwrap().unwrap().name, b"b");
    }
}

#[test]
fn an_index_says_where_members_lie() {
    let bytes = archive(&[
        Sample::file("first", [1; 100_000]),
        Sample::link(TarKind::Symlink, "link", "first"),
        Sample::file([b'n'; 200], "second"),
    ]);
    let file = crate::ScratchFile::copy_of(&mut &bytes[..]).unwrap();
    let index = TarIndex::read(&file, &Limits::default());
    assert!(index.problems.is_empty());
    assert_eq!(index.entries, TarIndex::read(&bytes, &Limits::default()).entries);
    assert_eq!(index.entries.len(), 3);
    let second = &index.entries[2];
    let start = second.data_offset as usize;
    assert_eq!(&bytes[start..start + second.stored_size as usize], b"second");

    let cut = bytes[..50_000].to_vec();
    let index = TarIndex::read(&cut, &Limits::default());
    // Half a member is there to be read, and the archive is known to have broken off.
    assert_eq!(index.entries.len(), 1);
    assert_eq!(index.problems[0].kind, ProblemKind::Truncated);
    let few = Limits { archive_members: 2, ..Limits::default() };
    let index = TarIndex::read(&bytes, &few);
    assert_eq!(index.entries.len(), 2);
    assert_eq!(index.problems[0].kind, ProblemKind::LimitExceeded);
}

fn sample() -> impl Strategy<Value = Sample> {
    let kind = prop_oneof![
        4 => Just(TarKind::File),
        1 => Just(TarKind::Directory),
        1 => Just(TarKind::Symlink),
        1 => Just(TarKind::HardLink),
    ];
    let name = prop_oneof!["[a-z]{1,8}(/[a-z]{1,8}){0,3}", "[a-z]{90,130}", "[a-z/]{1,300}"];
    let long_names = prop_oneof![Just(LongNames::Pax), Just(LongNames::Gnu)];
    let content = prop::collection::vec(any::<u8>(), 0..1_500);
    (kind, name.clone(), name, long_names, content).prop_map(
        |(kind, name, target, long_names, content)| {
            let is_link = matches!(kind, TarKind::Symlink | TarKind::HardLink);
            Sample {
                link: if is_link { target.into_bytes() } else { Vec::new() },
                content: if kind == TarKind::File { content } else { Vec::new() },
                long_names,
                ..Sample::new(kind, name)
            }
        },
    )
}

proptest! {
    #[test]
    fn valid_archives_read_as_an_independent_reader_reads_them(
        samples in prop::collection::vec(sample(), 0..8)
    ) {
        let bytes = archive(&samples);
        let (entries, error) = read_all(&bytes, &Limits::default());
        prop_assert!(error.is_none());
        let mut independent = ::tar::Archive::new(&bytes[..]);
        let mut count = 0;
        for (entry, (own, own_content)) in independent.entries().unwrap().zip(&entries) {
            let mut entry = entry.unwrap();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            prop_assert_eq!(&entry.path_bytes()[..], &own.name[..]);
            prop_assert_eq!(entry.link_name_bytes().map(|link| link.to_vec()), own.link.clone());
            prop_assert_eq!(entry.size(), own.size);
            prop_assert_eq!(entry.raw_file_position(), own.data_offset);
            prop_assert_eq!(&content, own_content);
            count += 1;
        }
        prop_assert_eq!((count, entries.len()), (samples.len(), samples.len()));
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..3_000)) {
        let _ = read_all(&bytes, &Limits::default());
    }

    #[test]
    fn damaged_archives_never_panic(
        form in 0_usize..5,
        changes in prop::collection::vec((0_usize..4_000, any::<u8>()), 1..6),
        checksums_right in any::<bool>(),
    ) {
        let mut bytes = sparse_samples().swap_remove(form).1;
        for (position, value) in changes {
            let position = position % bytes.len();
            bytes[position] = value;
        }
        if checksums_right {
            bytes = patched(bytes, &[]);
        }
        let limits = Limits { tar_header_bytes: 1 << 10, file_bytes: 1 << 20, ..Limits::default() };
        let _ = read_all(&bytes, &limits);
        let _ = TarIndex::read(&bytes, &limits);
    }
}
