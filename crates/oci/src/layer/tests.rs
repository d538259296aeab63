//! Tests of the whole pass: what the sink is offered, the digests, and what an enemy's layer does to it.

use std::io::{self, Read};

use plimsoll_archive::Compression;
use plimsoll_core::{Digest, Limits, ProblemKind};
use plimsoll_testkit::{
    Compression as Form, Layer, LongNames, TarEntry, TarKind, TarWriter, digest, hostile,
};
use proptest::prelude::*;

use super::{
    LayerEntry, LayerEntryKind, LayerRequest, LayerSink, WalkedLayer, digest_layer, walk_layer,
};

/// Writes down every entry: `KIND PATH`, with what a link leads to or how a file begins. Files below `big/` are not read.
#[derive(Default)]
struct Notes {
    lines: Vec<String>,
    failed_reads: usize,
}

impl LayerSink for Notes {
    fn entry(&mut self, entry: &LayerEntry<'_>, content: &mut dyn Read) {
        let path = entry.path;
        self.lines.push(match entry.kind {
            LayerEntryKind::File if path.as_str().starts_with("big/") => format!("file {path}"),
            LayerEntryKind::File => {
                let mut bytes = Vec::new();
                self.failed_reads += usize::from(content.read_to_end(&mut bytes).is_err());
                let length = bytes.len().min(64);
                assert!(entry.prefix.starts_with(&bytes[..length]), "{path}");
                format!("file {path} {}", String::from_utf8_lossy(&bytes))
            }
            LayerEntryKind::Directory => format!("directory {path}"),
            LayerEntryKind::Symlink { target } => format!("symlink {path} {target}"),
            LayerEntryKind::HardLink { target } => format!("link {path} {target}"),
            LayerEntryKind::Whiteout => format!("whiteout {path}"),
            LayerEntryKind::Opaque => format!("opaque {path}"),
            LayerEntryKind::Special => format!("special {path}"),
        });
    }
}

fn walk_with(blob: Vec<u8>, request: &LayerRequest<'_>) -> (WalkedLayer, Notes) {
    let mut notes = Notes::default();
    let layer = walk_layer(Box::new(io::Cursor::new(blob)), request, &mut notes);
    (layer, notes)
}

fn walk(blob: Vec<u8>) -> (WalkedLayer, Notes) {
    walk_with(blob, &LayerRequest { limits: &Limits::default(), expected: None })
}

fn kinds(layer: &WalkedLayer) -> Vec<ProblemKind> {
    layer.problems.iter().map(|problem| problem.kind).collect()
}

fn text(digest: Option<Digest>) -> Option<String> {
    digest.map(|digest| digest.to_string())
}

#[test]
fn entries_are_offered_as_they_stand() {
    let fifo = TarEntry::new(TarKind::Fifo, "run/fifo");
    let layer = Layer::new()
        .directory(".")
        .directory("./etc")
        .file("./etc/passwd", "root")
        .file("empty", "")
        .file("big/unread", vec![1; 3_000_000])
        .symlink("bin", "usr/bin")
        .symlink("up", b"../caf\xe9")
        .hard_link("etc/other", "./etc/passwd")
        .whiteout("etc/shadow")
        .opaque("var/cache")
        .file(".wh..wh.plnk/12.34", "aufs")
        .file("stargz.index.json", "{}")
        .entry(fifo)
        .entry(TarEntry::new(TarKind::CharacterDevice, "gone"))
        .file("etc/passwd", "again");
    let expected = [
        "directory etc",
        "file etc/passwd root",
        "file empty ",
        "file big/unread",
        "symlink bin usr/bin",
        "symlink up ../caf\\xE9",
        "link etc/other etc/passwd",
        "whiteout etc/shadow",
        "opaque var/cache",
        "special run/fifo",
        "whiteout gone",
        "file etc/passwd again",
    ];
    for form in [Form::None, Form::Gzip, Form::Zstd, Form::Xz] {
        let layer = layer.clone().compressed(form);
        let (walked, notes) = walk(layer.blob());
        assert_eq!(notes.lines, expected, "{form:?}");
        assert_eq!((kinds(&walked), walked.entries), (vec![], 15));
        assert_eq!(text(walked.diff_id), Some(layer.diff_id()));
        assert_eq!(text(walked.blob_digest), Some(digest(&layer.blob())));
        assert_eq!(walked.blob_size, layer.blob().len() as u64);
        assert_eq!(walked.size, layer.tar().len() as u64);
    }
}

#[test]
fn long_names_are_read_in_both_forms() {
    for long_names in [LongNames::Pax, LongNames::Gnu] {
        let name = format!("usr/{}/file", "n".repeat(200));
        let layer = Layer::new()
            .entry(TarEntry { long_names, ..TarEntry::file(&name, "1") })
            .entry(TarEntry { long_names, ..TarEntry::link(TarKind::HardLink, "link", &name) });
        let (_, notes) = walk(layer.blob());
        assert_eq!(notes.lines, [format!("file {name} 1"), format!("link link {name}")]);
    }
}

#[test]
fn digests_cover_what_follows_the_archive() {
    let tar = [Layer::new().file("a", "1").tar(), vec![7; 700_000]].concat();
    for form in [Form::None, Form::Gzip, Form::Zstd, Form::Xz] {
        let blob = form.apply(&tar);
        let (walked, notes) = walk(blob.clone());
        assert_eq!(notes.lines, ["file a 1"]);
        assert_eq!(text(walked.diff_id), Some(digest(&tar)));
        assert_eq!(text(walked.blob_digest), Some(digest(&blob)));
        let request = LayerRequest { limits: &Limits::default(), expected: None };
        let digested = digest_layer(Box::new(io::Cursor::new(blob)), &request);
        assert_eq!((digested.diff_id, digested.blob_digest), (walked.diff_id, walked.blob_digest));
        assert_eq!((digested.entries, digested.size), (0, tar.len() as u64));
    }
}

#[test]
fn a_blob_that_is_not_its_digest_is_named() {
    use sha2::Digest as _;
    let layer = Layer::new().file("a", "1");
    for form in [Form::None, Form::Gzip] {
        let blob = form.apply(&layer.tar());
        let true_sha256: Digest = digest(&blob).parse().unwrap();
        let true_sha512 = Digest::Sha512(sha2::Sha512::digest(&blob).into());
        for (expected, problems) in [
            (true_sha256, vec![]),
            (true_sha512, vec![]),
            (Digest::Sha256([1; 32]), vec![ProblemKind::DigestMismatch]),
            (Digest::Sha512([1; 64]), vec![ProblemKind::DigestMismatch]),
        ] {
            let limits = Limits::default();
            let request = LayerRequest { limits: &limits, expected: Some(expected) };
            let (walked, notes) = walk_with(blob.clone(), &request);
            assert_eq!(kinds(&walked), problems);
            assert_eq!(walked.blob_digest.unwrap().algorithm(), expected.algorithm());
            assert_eq!(text(walked.diff_id), Some(layer.diff_id()));
            assert_eq!(notes.lines, ["file a 1"]);
        }
    }
}

#[test]
fn names_stay_below_the_root() {
    let (walked, notes) = walk(hostile::path_escape().blob());
    for line in &notes.lines {
        let path = line.split(' ').nth(1).unwrap();
        assert!(!path.starts_with('/') && path.split('/').all(|part| part != ".."), "{line}");
    }
    assert!(notes.lines.contains(&"file outside-by-dots x".to_owned()), "{:?}", notes.lines);
    assert!(notes.lines.contains(&"link outside-by-hard-link etc/passwd".to_owned()));
    assert!(notes.lines.contains(&"whiteout outside-whiteout".to_owned()));
    assert_eq!(kinds(&walked), [ProblemKind::PathEscape; 4]);
    assert!(walked.diff_id.is_some());
}

#[test]
fn ten_gibibytes_of_zeros_in_ten_megabytes_stop_at_the_ratio() {
    let blob = hostile::zeros_bomb(10 << 10).blob();
    let limits = Limits { ratio_free_bytes: 8 << 20, ..Limits::default() };
    let request = LayerRequest { limits: &limits, expected: None };
    let (walked, notes) = walk_with(blob.clone(), &request);
    assert_eq!((notes.lines.len(), notes.failed_reads), (1, 1));
    assert_eq!((kinds(&walked), walked.diff_id), (vec![ProblemKind::LimitExceeded], None));
    assert_eq!(text(walked.blob_digest), Some(digest(&blob)));
    assert!(walked.size < 16 << 20, "{} bytes", walked.size);
}

#[test]
fn long_headers_are_passed_over() {
    let limit = ProblemKind::LimitExceeded;
    // Without a ratio in the way the layer is read to its end; the file whose name is not known is left out.
    let limits = Limits { ratio: 10_000, ..Limits::default() };
    let request = LayerRequest { limits: &limits, expected: None };
    for bomb in [hostile::long_name_bomb(16), hostile::pax_bomb(16)] {
        let (walked, notes) = walk_with(bomb.blob(), &request);
        assert_eq!((kinds(&walked), walked.diff_id.is_some()), (vec![limit], true));
        assert_eq!((notes.lines, walked.entries), (vec![], 0));
    }
    let limits = Limits { ratio_free_bytes: 8 << 20, ..Limits::default() };
    let request = LayerRequest { limits: &limits, expected: None };
    let (walked, _) = walk_with(hostile::long_name_bomb(2 << 10).blob(), &request);
    assert_eq!((kinds(&walked), walked.diff_id), (vec![limit; 2], None));
}

#[test]
fn a_truncated_stream_gives_what_came_before() {
    let (walked, notes) = walk(hostile::truncated_gzip().blob());
    assert_eq!(notes.lines[0], "file etc/first first\n");
    assert_eq!((kinds(&walked), walked.diff_id), (vec![ProblemKind::Truncated], None));
    assert!(walked.blob_digest.is_some());

    let (walked, notes) = walk(hostile::overlong_file(1 << 40).blob());
    assert_eq!(notes.lines[0], "file etc/first first\n");
    assert_eq!(notes.failed_reads, 1);
    assert_eq!(kinds(&walked), [ProblemKind::Truncated]);
}

#[test]
fn a_damaged_stream_still_has_the_digest_of_its_blob() {
    let mut blob = Layer::new().file("a", "1").compressed(Form::Gzip).blob();
    let last = blob.len() - 5;
    blob[last] ^= 1;
    let (walked, _) = walk(blob.clone());
    assert_eq!((kinds(&walked), walked.diff_id), (vec![ProblemKind::Malformed], None));
    assert_eq!(text(walked.blob_digest), Some(digest(&blob)));
}

#[test]
fn what_is_no_layer_is_a_problem() {
    for (blob, kind) in [
        (&b""[..], ProblemKind::Malformed),
        (&Form::Gzip.apply(b""), ProblemKind::Malformed),
        (&[b'x'; 5_000], ProblemKind::Malformed),
        (&Form::Zstd.apply(&[b'x'; 5_000]), ProblemKind::Malformed),
        (b"hello", ProblemKind::Truncated),
        (b"\xfd7zXZ\0 and so on", ProblemKind::Malformed),
        (b"\x04\x22\x4d\x18 and so on", ProblemKind::Unsupported),
    ] {
        let (walked, notes) = walk(blob.to_vec());
        assert_eq!((kinds(&walked), notes.lines), (vec![kind], vec![]), "{blob:?}");
        assert_eq!(text(walked.blob_digest), Some(digest(blob)));
    }
    let (walked, _) = walk(vec![0; 1_024]);
    assert_eq!((kinds(&walked), walked.diff_id.is_some()), (vec![], true));
}

#[test]
fn limits_on_entries_and_names_leave_the_digests_whole() {
    let layer = Layer::new()
        .file("a", "1")
        .file(vec![b'n'; 200], "2")
        .symlink("b", vec![b't'; 200])
        .file("c", "3")
        .file("d", "4");
    let limits = Limits { path_bytes: 150, layer_entries: 4, ..Limits::default() };
    let request = LayerRequest { limits: &limits, expected: None };
    let (walked, notes) = walk_with(layer.blob(), &request);
    assert_eq!(notes.lines, ["file a 1", "special b", "file c 3"]);
    let limit = ProblemKind::LimitExceeded;
    assert_eq!(kinds(&walked), [limit, ProblemKind::Malformed, limit]);
    assert_eq!(text(walked.diff_id), Some(layer.diff_id()));

    let few = Limits { problems: 1, ..limits };
    let request = LayerRequest { limits: &few, expected: None };
    let (walked, _) = walk_with(layer.blob(), &request);
    assert_eq!((walked.problems.len(), walked.problems_dropped), (1, 2));

    let short = Limits { layer_bytes: 2_000, ..Limits::default() };
    let request = LayerRequest { limits: &short, expected: None };
    for form in [Form::None, Form::Gzip] {
        let (walked, _) = walk_with(form.apply(&layer.tar()), &request);
        assert_eq!((kinds(&walked), walked.diff_id), (vec![limit], None), "{form:?}");
    }
}

#[test]
fn many_entries_are_walked() {
    let (walked, _) = walk(hostile::many_entries(30_000).blob());
    assert_eq!((walked.entries, kinds(&walked)), (30_000, vec![]));
}

#[test]
fn entries_of_unknown_types_hide_nothing() {
    let entry = TarEntry { kind: TarKind::Other(b'Z'), ..TarEntry::file("odd", "content") };
    let (walked, notes) = walk(Layer::new().entry(entry).file("after", "1").blob());
    assert_eq!(notes.lines, ["file odd content", "file after 1"]);
    assert_eq!(kinds(&walked), [ProblemKind::Unsupported]);
}

#[test]
fn sparse_files_are_offered_with_their_holes() {
    let sparse =
        TarEntry::file("sparse", "tail").pax("GNU.sparse.size", "7").pax("GNU.sparse.map", "3,4");
    let (walked, notes) = walk(Layer::new().entry(sparse).blob());
    assert_eq!((notes.lines, kinds(&walked)), (vec!["file sparse \0\0\0tail".to_owned()], vec![]));
}

#[test]
fn a_reader_that_fails_is_unreadable() {
    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("connection reset"))
        }
    }
    let layer = Layer::new().file("a", "1").file("big/b", vec![1; 9_000]);
    for form in [Form::None, Form::Gzip] {
        let blob = form.apply(&layer.tar());
        for kept in [0, blob.len() - 20] {
            let start = io::Cursor::new(blob[..kept].to_vec());
            let request = LayerRequest { limits: &Limits::default(), expected: None };
            let mut notes = Notes::default();
            let walked = walk_layer(Box::new(start.chain(Failing)), &request, &mut notes);
            assert_eq!(kinds(&walked), [ProblemKind::Unreadable], "{form:?} {kept}");
            assert_eq!((walked.blob_digest, walked.diff_id), (None, None));
        }
    }
}

#[test]
fn a_sink_that_panics_leaves_no_thread_waiting() {
    struct Panicking;
    impl LayerSink for Panicking {
        fn entry(&mut self, _: &LayerEntry<'_>, _: &mut dyn Read) {
            panic!("a part that fails");
        }
    }
    let blob = Layer::new().file("a", vec![1; 9_000_000]).blob();
    let result = std::panic::catch_unwind(|| {
        let request = LayerRequest { limits: &Limits::default(), expected: None };
        walk_layer(Box::new(io::Cursor::new(blob)), &request, &mut Panicking)
    });
    assert!(result.is_err());
}

#[test]
fn compressions_are_named() {
    let tar = Layer::new().file("a", "1").tar();
    for (form, compression) in [
        (Form::None, Compression::None),
        (Form::Gzip, Compression::Gzip),
        (Form::Zstd, Compression::Zstd),
        (Form::Xz, Compression::Xz),
    ] {
        assert_eq!(walk(form.apply(&tar)).0.compression, compression);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn damaged_layers_never_panic_and_hash_the_same(
        form in prop_oneof![Just(Form::None), Just(Form::Gzip), Just(Form::Zstd), Just(Form::Xz)],
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..5),
        kept in any::<prop::sample::Index>(),
    ) {
        let mut writer = TarWriter::new(Vec::new());
        writer.entry(&TarEntry::file("etc/a", "content")).unwrap();
        writer.entry(&TarEntry::link(TarKind::HardLink, vec![b'n'; 130], "etc/a")).unwrap();
        let mut blob = form.apply(&writer.finish().unwrap());
        for (index, value) in changes {
            let position = index.index(blob.len());
            blob[position] = value;
        }
        blob.truncate(kept.index(blob.len()) + 1);
        let (walked, _) = walk(blob.clone());
        prop_assert_eq!(text(walked.blob_digest), Some(digest(&blob)));
    }
}
