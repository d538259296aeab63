//! One layer from its blob to an inventory: the same with and without a cache, and however often it is read.

use std::io::{self, Cursor, Read};
use std::num::NonZeroUsize;
use std::sync::Arc;

use plimsoll_core::{Digest, ProblemKind};
use plimsoll_oci::{BlobOpener, Deadline, Image, ImageConfig, LayerBlob, SourceKind};
use plimsoll_scan::{Cache, ImageInventory, InventorySettings, NoProgress, image_inventory};
use plimsoll_testkit::{Compression, Layer, dpkg, hostile, node, python};

use super::tar::{archives, repaired};
use crate::bytes::framed;
use crate::{Fixed, limits, scratch};

pub static LAYER: Fixed = Fixed {
    name: "layer",
    about: "one layer: compression, tar, patterns, all extractors, the merge; with and without a cache",
    sources: &["oci/src/layer", "scan/src/analyze.rs", "inventory/src/layer.rs"],
    fixtures: &[],
    frames: &[b"\x01"],
    seeds,
    run,
};

fn seeds() -> Vec<Vec<u8>> {
    let mut blobs = archives();
    blobs.push(system().tar());
    blobs.push(Compression::Gzip.apply(&system().tar()));
    blobs.push(Compression::Zstd.apply(&system().tar()));
    blobs.push(hostile::truncated_gzip().blob());
    blobs.push(hostile::deep_directories(20).tar());
    let framed = |blob: &Vec<u8>| [[1], [3]].map(|flags| [&flags, &blob[..]].concat());
    blobs.iter().flat_map(framed).collect()
}

/// A small system with packages of several formats.
pub(super) fn system() -> Layer {
    let bash = dpkg::Package::new("bash", "5.1-2").files(&["/bin/bash"]);
    Layer::new()
        .file("usr/lib/os-release", "ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME='Debian 12'\n")
        .symlink("etc/os-release", "../usr/lib/os-release")
        .symlink("bin", "usr/bin")
        .files(dpkg::database(&[bash]))
        .files(node::package("lodash", "4.17.15"))
        .files(python::dist_info("PyYAML", "6.0"))
}

fn run(input: &[u8]) {
    let (flags, blob) = framed(input);
    let blob = if flags & 1 == 1 { repaired(blob).into_owned() } else { blob.to_vec() };
    let image = image_of(&[blob]);
    let mut inventory = inventory(&image, None, 1);
    assert_bounded(&inventory);
    if flags & 2 == 0 {
        assert_eq!(inventory, self::inventory(&image, None, 1), "another inventory");
        return;
    }
    let directory = scratch::directory();
    let cache = Cache::open(directory.path(), &limits()).expect("the directory is there");
    for _ in 0..2 {
        let mut cached = self::inventory(&image, Some(&cache), 1);
        // Whether it came from there is told, and then the blob that nothing pins was not hashed.
        for layer in cached.layers.iter_mut().chain(&mut inventory.layers) {
            (layer.from_cache, layer.blob) = (false, None);
        }
        assert_eq!(inventory, cached, "another inventory with a cache");
    }
}

/// An image whose layers lie in memory and are pinned by nothing; each claims the digest that it has.
pub(super) fn image_of(blobs: &[Vec<u8>]) -> Image {
    let layer = |blob: &Vec<u8>| LayerBlob {
        digest: None,
        claimed_diff_id: plimsoll_testkit::digest(blob).parse().ok(),
        size: Some(blob.len() as u64),
        media_type: String::new(),
        created_by: None,
        withheld: false,
        opener: Arc::new(InMemory(blob.as_slice().into())),
    };
    Image {
        source: SourceKind::OciLayout,
        resolved: String::new(),
        tags: Vec::new(),
        repo_digests: Vec::new(),
        index_digest: None,
        manifest_digest: None,
        config_digest: Digest::Sha256([0; 32]),
        config: ImageConfig::default(),
        layers: blobs.iter().map(layer).collect(),
        problems: Vec::new(),
    }
}

pub(super) fn inventory(image: &Image, cache: Option<&Cache>, threads: usize) -> ImageInventory {
    let threads = NonZeroUsize::new(threads).unwrap_or(NonZeroUsize::MIN);
    let settings = InventorySettings {
        threads,
        limits: limits(),
        cache,
        progress: &NoProgress,
        deadline: Deadline::NEVER,
    };
    image_inventory(image, &settings).expect("there is time")
}

/// Nothing panicked, and no list is longer than the limits on layers let it be.
pub(super) fn assert_bounded(inventory: &ImageInventory) {
    let (limits, layers) = (limits(), inventory.layers.len());
    let problems = &inventory.inventory.problems;
    assert!(!problems.iter().any(|problem| problem.kind == ProblemKind::Panicked));
    let parts = plimsoll_inventory::EXTRACTORS.len() + 1;
    assert!(problems.len() <= (layers + 1) * parts * (limits.problems + 3), "problems without end");
}

struct InMemory(Arc<[u8]>);

impl BlobOpener for InMemory {
    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(Cursor::new(Arc::clone(&self.0))))
    }
}
