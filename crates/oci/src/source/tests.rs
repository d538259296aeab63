#![expect(clippy::disallowed_methods, reason = "a test reads and writes its own files")]

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::PathBuf;

use plimsoll_archive::Compression as Found;

use plimsoll_testkit as testkit;
use plimsoll_testkit::{Compression, Layer, Layout, TarEntry, TarKind, TarWriter};
use proptest::prelude::*;

use super::*;
use crate::{Deadline, LayerEntry, LayerRequest, LayerSink, WalkedLayer, walk_layer};

const AMD64: &str = "linux/amd64";

#[derive(Default)]
struct Nothing;

impl LayerSink for Nothing {
    fn entry(&mut self, _: &LayerEntry<'_>, _: &mut dyn Read) {}
}

fn walk(blob: Box<dyn Read + Send>) -> WalkedLayer {
    let limits = Limits::default();
    walk_layer(blob, &LayerRequest { limits: &limits, expected: None }, &mut Nothing)
}

/// What a test compares: nothing in it depends on the transport.
#[derive(Debug, PartialEq)]
struct Seen {
    config: String,
    manifest: Option<String>,
    tags: Vec<String>,
    /// The true diff_id of each layer, or why there is none.
    layers: Vec<String>,
    problems: Vec<ProblemKind>,
}

fn see(opened: Opened) -> Result<Seen, OciError> {
    let told = |walked: &WalkedLayer| walked.diff_id.map_or("broken".into(), |id| id.to_string());
    let (image, layers) = match opened {
        Opened::Image(image) => {
            let layers = image.layers.iter().map(|layer| match layer.opener.open() {
                Ok(blob) => told(&walk(blob)),
                Err(_) => "missing".to_owned(),
            });
            let layers = layers.collect();
            (*image, layers)
        }
        Opened::Stream(stream) => {
            let passed = stream.read(Deadline::NEVER, &mut |_: &Passing<'_>, blob| walk(blob))?;
            let layers = passed.layers.iter();
            let layers = layers
                .map(|layer| layer.as_ref().map_or("missing".to_owned(), |walked| told(walked)));
            let layers = layers.collect();
            (passed.image, layers)
        }
        Opened::Rootfs(_) => panic!("a root file system"),
    };
    let mut problems: Vec<_> = image.problems.iter().map(|problem| problem.kind).collect();
    problems.sort();
    Ok(Seen {
        config: image.config_digest.to_string(),
        manifest: image.manifest_digest.map(|digest| digest.to_string()),
        tags: image.tags,
        layers,
        problems,
    })
}

/// A place for archives, emptied at the end.
struct Host(tempfile::TempDir);

impl Host {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn open(&self, text: &str) -> Result<Opened, OciError> {
        let text = text.replace("HOST", self.0.path().to_str().unwrap());
        open(&Reference::parse(&text)?, &OpenOptions::default())
    }

    fn see(&self, text: &str) -> Result<Seen, OciError> {
        self.open(text).and_then(see)
    }

    /// The same archive in a file, compressed in both ways, and on a pipe: the same must be seen.
    fn see_everywhere(&self, bytes: &[u8]) -> Result<Seen, String> {
        self.file("plain.tar", bytes);
        self.file("archive.tar.gz", &Compression::Gzip.apply(bytes));
        self.file("archive.tar.zst", &Compression::Zstd.apply(bytes));
        let told = |result: Result<Seen, OciError>| result.map_err(|error| kind_of(&error));
        let plain = told(self.see("HOST/plain.tar"));
        for name in ["HOST/archive.tar.gz", "HOST/archive.tar.zst"] {
            assert_eq!(told(self.see(name)), plain, "{name}");
        }
        let pipe =
            ArchiveStream::open(Box::new(io::Cursor::new(bytes.to_vec())), &OpenOptions::default());
        let stream = pipe.map(|stream| Opened::Stream(Box::new(stream)));
        assert_eq!(told(stream.and_then(see)), plain, "on a pipe");
        plain
    }
}

/// The variant's name.
fn kind_of(error: &OciError) -> String {
    let text = format!("{error:?}");
    text.split([' ', '{']).next().unwrap_or_default().to_owned()
}

fn layer(name: &str) -> Layer {
    Layer::new().file(name, name.repeat(200))
}

fn image(tag: &str) -> testkit::Image {
    testkit::Image::new().tag(tag).layer(layer("base")).layer(layer(tag))
}

fn seen(image: &testkit::Image, tags: &[&str]) -> Seen {
    Seen {
        config: image.config_digest(),
        manifest: None,
        tags: tags.iter().map(|&tag| tag.to_owned()).collect(),
        layers: image.layers().iter().map(Layer::diff_id).collect(),
        problems: Vec::new(),
    }
}

fn seen_in_layout(image: &testkit::Image, tags: &[&str]) -> Seen {
    Seen { manifest: Some(image.manifest_digest()), ..seen(image, tags) }
}

fn tar(entries: &[TarEntry]) -> Vec<u8> {
    let mut writer = TarWriter::new(Vec::new());
    entries.iter().for_each(|entry| writer.entry(entry).unwrap());
    writer.finish().unwrap()
}

#[test]
fn a_docker_archive_is_the_same_in_a_file_compressed_and_on_a_pipe() {
    let host = Host::new();
    let image = image("example.com/app:1");
    let expected = seen(&image, &["example.com/app:1"]);
    assert_eq!(host.see_everywhere(&image.docker_archive()), Ok(expected));
}

#[test]
fn an_oci_archive_is_the_same_in_a_file_compressed_and_on_a_pipe() {
    let host = Host::new();
    for compression in [Compression::None, Compression::Gzip, Compression::Zstd] {
        let image = testkit::Image::new()
            .layer(layer("one").compressed(compression))
            .layer(layer("two").compressed(compression))
            .tag("v1");
        let expected = seen_in_layout(&image, &["v1"]);
        assert_eq!(host.see_everywhere(&image.oci_archive()), Ok(expected));
    }
}

#[test]
fn a_layout_in_a_directory_is_the_same_as_in_an_archive() {
    let host = Host::new();
    let image = image("v1");
    image.write_oci_layout(host.0.path()).unwrap();
    let expected = seen_in_layout(&image, &["v1"]);
    assert_eq!(host.see("HOST").unwrap(), expected);
    assert_eq!(host.see("oci:HOST").unwrap(), expected);
    assert_eq!(host.see("oci:HOST:v1").unwrap(), expected);
    let by_digest = format!("oci:HOST@{}", image.manifest_digest());
    assert_eq!(host.see(&by_digest).unwrap(), expected);
    assert_eq!(kind_of(&host.see("oci:HOST:v2").unwrap_err()), "NotFound");
    assert_eq!(kind_of(&host.see("oci:HOST/absent").unwrap_err()), "NotFound");
}

#[test]
fn several_images_have_to_be_chosen_from() {
    let host = Host::new();
    let (one, other) = (image("alpine:3.10"), image("other"));
    let third = testkit::Image::new().layer(layer("third"));
    let images = [one.clone(), other.clone(), third.clone()];
    let archive = testkit::docker_archive(&images);
    assert_eq!(host.see_everywhere(&archive), Err("Ambiguous".to_owned()));
    match host.see("HOST/plain.tar") {
        Err(OciError::Ambiguous { choices, .. }) => {
            assert_eq!(choices, [":alpine:3.10", ":other", ":@2"]);
        }
        result => panic!("{result:?}"),
    }
    let by_digest = format!("@{}", third.config_digest());
    for file in ["HOST/plain.tar", "HOST/archive.tar.gz", "docker-archive:HOST/plain.tar"] {
        for (selector, expected) in [
            (":alpine:3.10", seen(&one, &["alpine:3.10"])),
            (":docker.io/library/alpine:3.10", seen(&one, &["alpine:3.10"])),
            (":other:latest", seen(&other, &["other"])),
            (":@1", seen(&other, &["other"])),
            (":@2", seen(&third, &[])),
            (by_digest.as_str(), seen(&third, &[])),
        ] {
            assert_eq!(host.see(&format!("{file}{selector}")).unwrap(), expected, "{selector}");
        }
        for selector in [":alpine", ":@3", &format!("@{}", one.manifest_digest())] {
            let error = host.see(&format!("{file}{selector}")).unwrap_err();
            assert_eq!(kind_of(&error), "NotFound", "{selector}");
        }
    }
}

#[test]
fn several_images_of_a_layout_have_to_be_chosen_from() {
    let host = Host::new();
    let (one, other) = (image("v1"), image("v2"));
    let layout = Layout::new().image(&one).image(&other).artifact("chart", "text/x", b"helm");
    assert_eq!(host.see_everywhere(&layout.archive()), Err("Ambiguous".to_owned()));
    match host.see("oci-archive:HOST/plain.tar") {
        Err(OciError::Ambiguous { choices, .. }) => assert_eq!(choices, [":v1", ":v2"]),
        result => panic!("{result:?}"),
    }
    assert_eq!(host.see("HOST/archive.tar.zst:v2").unwrap(), seen_in_layout(&other, &["v2"]));
    assert_eq!(kind_of(&host.see("HOST/plain.tar:chart").unwrap_err()), "NotAnImage");
    // A chart beside the only image is no choice.
    let layout = Layout::new().artifact("chart", "text/x", b"helm").image(&one);
    assert_eq!(host.see_everywhere(&layout.archive()), Ok(seen_in_layout(&one, &["v1"])));
    let layout = Layout::new().artifact("chart", "text/x", b"helm");
    assert_eq!(host.see_everywhere(&layout.archive()), Err("NotAnImage".to_owned()));
}

#[test]
fn two_images_under_one_bare_tag_are_not_one() {
    let host = Host::new();
    let (one, other) = (image("latest"), image("latest").layer(layer("more")));
    let archive = Layout::new().image(&one).image(&other).archive();
    host.file("a.tar", &archive);
    assert_eq!(kind_of(&host.see("HOST/a.tar:latest").unwrap_err()), "Ambiguous");
    let by_digest = format!("HOST/a.tar@{}", other.manifest_digest());
    assert_eq!(host.see(&by_digest).unwrap(), seen_in_layout(&other, &["latest"]));
}

#[test]
fn platforms_and_attestations_of_a_layout_are_resolved() {
    let host = Host::new();
    let own = Platform::of_this_machine().to_string();
    let of = |platform: &str| testkit::Image::new().platform(platform).layer(layer(platform));
    let layout = Layout::new().index("multi", &[of("linux/s390x"), of(&own)]);
    let expected = seen_in_layout(&of(&own), &["multi"]);
    assert_eq!(host.see_everywhere(&layout.archive()), Ok(expected));
    let layout = Layout::new().attested("v1", &of("linux/s390x"));
    let expected = seen_in_layout(&of("linux/s390x"), &["v1"]);
    assert_eq!(host.see_everywhere(&layout.archive()), Ok(expected));
}

#[test]
fn another_platform_than_the_wanted_is_not_taken() {
    let host = Host::new();
    host.file("a.tar", &image("v1").docker_archive());
    let reference = Reference::parse(&format!("{}/a.tar", host.0.path().display())).unwrap();
    for (platform, expected) in [(AMD64, None), ("linux/s390x", Some("NoPlatform"))] {
        let options =
            OpenOptions { platform: Some(platform.parse().unwrap()), ..OpenOptions::default() };
        let error = open(&reference, &options).err();
        assert_eq!(error.as_ref().map(kind_of).as_deref(), expected);
    }
}

/// An archive as old versions of Docker wrote it, and as bazel does: with links for layers and the manifest at the end.
fn linked_archive(image: &testkit::Image, layers: &[&str], entries: Vec<TarEntry>) -> Vec<u8> {
    let manifest = serde_json::json!([{
        "Config": "odd name.txt", "RepoTags": ["linked:1"], "Layers": layers,
    }]);
    let mut entries = entries;
    entries.push(TarEntry::file("./odd name.txt", image.config_bytes()));
    entries.push(TarEntry::file("VERSION", "1.0"));
    entries.push(TarEntry::file("./manifest.json", manifest.to_string()));
    tar(&entries)
}

#[test]
fn layers_behind_symbolic_and_hard_links_are_found() {
    let host = Host::new();
    let (base, top) = (layer("base"), layer("top").compressed(Compression::Gzip));
    let image = testkit::Image::new().layer(base.clone()).layer(base.clone()).layer(top.clone());
    let archive = linked_archive(
        &image,
        &["a/layer.tar", "b/layer.tar", "c/layer.tar"],
        vec![
            TarEntry::link(TarKind::Symlink, "a/layer.tar", "../real/layer.tar"),
            TarEntry::link(TarKind::Symlink, "b/layer.tar", "/a/layer.tar"),
            TarEntry::file("real/layer.tar", base.blob()),
            TarEntry::file("real/top", top.blob()),
            TarEntry::link(TarKind::HardLink, "c/layer.tar", "real/top"),
        ],
    );
    assert_eq!(host.see_everywhere(&archive), Ok(seen(&image, &["linked:1"])));
}

#[test]
fn links_that_lead_nowhere_are_missing_layers() {
    let host = Host::new();
    let base = layer("base");
    let image = testkit::Image::new().layer(base.clone()).layer(base.clone()).layer(base);
    let archive = linked_archive(
        &image,
        &["self", "outside", "absent"],
        vec![
            TarEntry::link(TarKind::Symlink, "self", "self"),
            TarEntry::link(TarKind::Symlink, "outside", "../../../../etc/passwd"),
        ],
    );
    let expected = Seen { layers: vec!["missing".into(); 3], ..seen(&image, &["linked:1"]) };
    assert_eq!(host.see_everywhere(&archive), Ok(expected));
}

#[test]
fn a_layer_that_looks_like_a_document_is_read_as_the_layer_that_it_is() {
    let host = Host::new();
    let odd = Layer::new().file("{\"a\": 1}", "x");
    let image = testkit::Image::new().layer(odd.clone()).layer(odd.clone());
    let entries = vec![TarEntry::file("odd", odd.tar())];
    let archive = linked_archive(&image, &["odd", "odd"], entries);
    assert_eq!(host.see_everywhere(&archive), Ok(seen(&image, &["linked:1"])));
}

#[test]
fn diff_ids_that_do_not_fit_are_no_claims() {
    let host = Host::new();
    let image = image("odd").config(serde_json::json!({"rootfs": {"diff_ids": ["x"]}}));
    let expected = Seen {
        layers: image.layers().iter().map(Layer::diff_id).collect(),
        problems: vec![ProblemKind::Malformed],
        ..seen(&image, &["odd"])
    };
    assert_eq!(host.see_everywhere(&image.docker_archive()), Ok(expected));
}

#[test]
fn a_blob_that_a_layout_lacks_is_missing_and_documents_are_checked() {
    let host = Host::new();
    let image = image("v1");
    let layout = Layout::new().image(&image);
    let (first, second) = (image.layers()[0].diff_id(), image.layers()[1].diff_id());
    let expected =
        Seen { layers: vec!["missing".into(), second], ..seen_in_layout(&image, &["v1"]) };
    assert_eq!(host.see_everywhere(&layout.clone().without(&first).archive()), Ok(expected));
    let broken = layout.clone().corrupt(&image.config_digest(), b"{}");
    assert_eq!(host.see_everywhere(&broken.archive()), Err("DigestMismatch".to_owned()));
    let broken = layout.without(&image.config_digest());
    assert_eq!(host.see_everywhere(&broken.archive()), Err("NotFound".to_owned()));
}

#[test]
fn what_is_no_image_says_so() {
    let host = Host::new();
    let noise: Vec<u8> =
        (0..5_000_u32).map(|number| (number.wrapping_mul(97) >> 3) as u8).collect();
    for (bytes, expected) in [
        (layer("bare").tar(), "NotAnImage"),
        (noise, "NotAnImage"),
        (Vec::new(), "NotAnImage"),
        (vec![0; 1024], "NotAnImage"),
        (tar(&[TarEntry::file("manifest.json", "null")]), "NotAnImage"),
        (tar(&[TarEntry::file("manifest.json", "[]")]), "NotAnImage"),
        (tar(&[TarEntry::file("manifest.json", "{")]), "NotAnImage"),
        (tar(&[TarEntry::file("index.json", "{}")]), "Malformed"),
        (tar(&[TarEntry::file("index.json", "{\"manifests\": []}")]), "NotAnImage"),
        (tar(&[TarEntry::file("manifest.json", "[{\"Config\": \"x\"}]")]), "Malformed"),
    ] {
        assert_eq!(host.see_everywhere(&bytes), Err(expected.to_owned()));
    }
    host.file("forced.tar", &image("v1").oci_archive());
    assert_eq!(kind_of(&host.see("docker-archive:HOST/forced.tar").unwrap_err()), "NotAnImage");
    host.file("packed.tar.lz4", &[0x04, 0x22, 0x4d, 0x18, 0, 0, 0]);
    assert_eq!(kind_of(&host.see("HOST/packed.tar.lz4").unwrap_err()), "Unsupported");
    assert_eq!(kind_of(&host.see("docker-archive:HOST/none.tar").unwrap_err()), "NotFound");
}

#[test]
fn an_archive_that_ends_early_is_told_and_does_not_look_clean() {
    let host = Host::new();
    let archive = image("v1").docker_archive();
    for length in [700, archive.len() / 2, archive.len() - 1500] {
        match host.see_everywhere(&archive[..length]) {
            Ok(seen) => assert!(seen.problems.contains(&ProblemKind::Truncated), "{seen:?}"),
            Err(kind) => assert!(matches!(kind.as_str(), "Malformed" | "NotAnImage"), "{kind}"),
        }
    }
}

#[test]
fn a_compressed_file_can_be_read_again_and_a_pipe_cannot() {
    let host = Host::new();
    let image = image("v1");
    host.file("a.tar.gz", &Compression::Gzip.apply(&image.docker_archive()));
    let Ok(Opened::Stream(stream)) = host.open("HOST/a.tar.gz") else { panic!("no stream") };
    assert!(stream.can_reopen());
    let passed = stream.read(Deadline::NEVER, &mut |_: &Passing<'_>, _| ()).unwrap();
    for (layer, expected) in passed.image.layers.iter().zip(image.layers()) {
        for _ in 0..2 {
            let walked = walk(layer.opener.open().unwrap());
            assert_eq!(walked.diff_id.map(|id| id.to_string()), Some(expected.diff_id()));
        }
    }
    let pipe = Box::new(io::Cursor::new(image.docker_archive()));
    let stream = ArchiveStream::open(pipe, &OpenOptions::default()).unwrap();
    assert!(!stream.can_reopen());
    let passed = stream.read(Deadline::NEVER, &mut |_: &Passing<'_>, _| ()).unwrap();
    assert!(passed.image.layers.iter().all(|layer| layer.opener.open().is_err()));
}

#[test]
fn members_pass_once_and_tell_their_digest_where_their_name_does() {
    let image = image("v1");
    let pipe = Box::new(io::Cursor::new(image.oci_archive()));
    let stream = ArchiveStream::open(pipe, &OpenOptions::default()).unwrap();
    let mut seen = BTreeMap::new();
    let passed = stream
        .read(Deadline::NEVER, &mut |passing: &Passing<'_>, blob| {
            let walked = walk(blob);
            seen.insert(passing.name.to_owned(), (passing.claimed_digest, walked.blob_digest));
            walked.compression
        })
        .unwrap();
    assert_eq!(seen.len(), 2);
    assert!(seen.values().all(|(claimed, actual)| claimed.is_some() && claimed == actual));
    assert!(passed.layers.iter().all(|layer| layer.as_deref() == Some(&Found::None)));
}

#[test]
fn layouts_are_not_left_through_links() {
    let host = Host::new();
    let image = image("v1");
    image.write_oci_layout(host.0.path()).unwrap();
    let digest = image.layers()[0].diff_id();
    let blob = host.0.path().join("blobs").join(digest.replace(':', "/"));
    std::fs::remove_file(&blob).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", &blob).unwrap();
    assert_eq!(host.see("oci:HOST").unwrap().layers[0], "missing");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn damaged_archives_never_panic(
        at in any::<prop::sample::Index>(), byte in any::<u8>(), is_layout in any::<bool>()
    ) {
        let mut archive = if is_layout {
            image("v1").oci_archive()
        } else {
            image("v1").docker_archive()
        };
        let position = at.index(archive.len());
        archive[position] = byte;
        let host = Host::new();
        host.file("a.tar", &archive);
        let _ = host.see("HOST/a.tar");
        let pipe = ArchiveStream::open(Box::new(io::Cursor::new(archive)), &OpenOptions::default());
        let _ = pipe.map(|stream| see(Opened::Stream(Box::new(stream))));
    }
}
