//! Images of up to four layers whose trees come from the input: a container sees what unpacking the layers one upon another leaves, so
//! an image of that one tree has the same packages.

use std::collections::BTreeMap;

use plimsoll_core::PackageId;
use plimsoll_scan::ImageInventory;
use plimsoll_testkit::{Layer, dpkg, node, python};

use super::layer::{assert_bounded, image_of, inventory};
use crate::Fixed;
use crate::bytes::Bytes;

pub static IMAGE: Fixed = Fixed {
    name: "image",
    about: "images of several layers: files, links, removals, against the same layers unpacked",
    sources: &[],
    fixtures: &[],
    frames: &[],
    seeds,
    run,
};

const LAYERS: usize = 4;
const STEPS: usize = 64;

/// Where things are put: each is a directory of some others, or a name that a part wants.
const PLACES: &[&str] = &[
    "etc",
    "usr",
    "usr/lib",
    "etc/os-release",
    "usr/lib/os-release",
    "var/lib/dpkg",
    "var/lib/dpkg/status",
    "lib",
    "srv/node_modules/a/package.json",
    "srv/node_modules/a",
    "srv/node_modules",
    "srv",
    "opt/a.dist-info/METADATA",
    "opt/a.dist-info",
    "opt",
    "srv/b",
];

#[derive(Clone, Debug, PartialEq)]
enum Node {
    Directory,
    File(Vec<u8>),
    Symlink(&'static str),
}

/// A tree by its paths; the directories above each are there.
type Tree = BTreeMap<&'static str, Node>;

/// One layer: what it removes of those below, and what it brings.
#[derive(Default)]
struct Step {
    whiteouts: Vec<&'static str>,
    opaque: Vec<&'static str>,
    tree: Tree,
    /// Files of the tree that stand in the layer as other names of files before them: name, file.
    hard_links: Vec<(&'static str, &'static str)>,
}

fn seeds() -> Vec<Vec<u8>> {
    vec![
        // Files, a directory removed in the second layer, a link in the third.
        b"\x02\x00\x08\x00\x02\x00\x0c\x01\x02\x00\x06\x02\x00\x04\x0a\x02\x03\x08\x05\x00\x03\x03\x04".to_vec(),
        (0..=255).collect(),
        (0..120_u8).map(|step| step.wrapping_mul(7)).collect(),
    ]
}

fn run(input: &[u8]) {
    let mut bytes = Bytes::new(input);
    let steps: Vec<_> = (0..=bytes.byte() % LAYERS as u8).map(|_| step(&mut bytes)).collect();
    let blobs: Vec<_> = steps.iter().map(|step| layer(step).tar()).collect();
    let image = image_of(&blobs);
    let one_by_one = inventory(&image, None, 1);
    assert_bounded(&one_by_one);
    assert_eq!(one_by_one, inventory(&image, None, 2), "the threads show");
    let mut seen = Tree::new();
    for step in &steps {
        unpack(step, &mut seen);
    }
    let whole = Step { tree: seen, ..Step::default() };
    let unpacked = inventory(&image_of(&[layer(&whole).tar()]), None, 1);
    let summary = |image: &ImageInventory| {
        let ids = image.inventory.packages.iter().map(|package| package.id.clone());
        (image.inventory.os_release.clone(), ids.collect::<std::collections::BTreeSet<PackageId>>())
    };
    assert_eq!(summary(&one_by_one), summary(&unpacked), "a container sees another image");
}

fn step(bytes: &mut Bytes<'_>) -> Step {
    let mut step = Step::default();
    for _ in 0..STEPS {
        let (what, place) = (bytes.byte() % 8, bytes.choice(PLACES));
        match what {
            0..=2 => {
                add(&mut step.tree, place, Node::File(content(place, bytes.byte())));
            }
            3 => {
                add(&mut step.tree, place, Node::Symlink(bytes.choice(PLACES)));
            }
            4 => step.whiteouts.push(place),
            5 => {
                add(&mut step.tree, place, Node::Directory);
                if step.tree.get(place) == Some(&Node::Directory) {
                    step.opaque.push(place);
                }
            }
            6 => {
                let target = bytes.choice(PLACES);
                if let Some(file @ Node::File(_)) = step.tree.get(target).cloned()
                    && add(&mut step.tree, place, file)
                {
                    step.hard_links.push((place, target));
                }
            }
            _ => break,
        }
        if bytes.is_empty() {
            break;
        }
    }
    step
}

/// Puts a node into the layer's own tree, where it is in nothing's way: what one layer says twice is another target's.
fn add(tree: &mut Tree, place: &'static str, node: Node) -> bool {
    let ancestors = || ancestors(place);
    let is_below_other =
        ancestors().any(|above| tree.get(above).is_some_and(|node| *node != Node::Directory));
    let is_free = !is_below_other && !tree.contains_key(place);
    if is_free {
        for above in ancestors() {
            tree.insert(above, Node::Directory);
        }
        tree.insert(place, node);
    }
    is_free
}

fn ancestors(place: &'static str) -> impl Iterator<Item = &'static str> {
    place.match_indices('/').map(|(slash, _)| &place[..slash])
}

/// A file that a part can read, of one of a few versions; perhaps one that belongs elsewhere.
fn content(place: &str, choice: u8) -> Vec<u8> {
    const NAMES: &[&str] = &["os-release", "status", "package.json", "METADATA"];
    let version = format!("1.{}", choice % 4);
    let name = place.rsplit('/').next();
    match NAMES.get(usize::from(choice / 4)).copied().or(name) {
        Some("os-release") => format!("ID=debian\nVERSION_ID={version}\n"),
        Some("status") => dpkg::status(&[dpkg::Package::new("bash", &version)]),
        Some("package.json") => node::package_json("a", &version),
        Some("METADATA") => python::metadata("a", &version),
        _ => version,
    }
    .into_bytes()
}

fn layer(step: &Step) -> Layer {
    let layer = step.whiteouts.iter().fold(Layer::new(), |layer, path| layer.whiteout(path));
    let is_link = |path: &str| step.hard_links.iter().any(|(link, _)| *link == path);
    let nodes = step.tree.iter().filter(|(path, _)| !is_link(path));
    let layer = nodes.fold(layer, |layer, (path, node)| match node {
        Node::Directory => layer.directory(path),
        Node::File(content) => layer.file(path, content),
        Node::Symlink(target) => layer.symlink(path, format!("/{target}")),
    });
    let links = step.hard_links.iter();
    let layer = links.fold(layer, |layer, (path, target)| layer.hard_link(path, target));
    step.opaque.iter().fold(layer, |layer, path| layer.opaque(path))
}

/// Lays a layer upon what is there, as the OCI image specification says ("Applying changesets"): removals first, and only of what lies
/// below; then a directory upon a directory keeps what is in it, and anything else replaces what was there.
fn unpack(step: &Step, seen: &mut Tree) {
    let is_below = |path: &str, above: &str| {
        path.strip_prefix(above).is_some_and(|rest| rest.starts_with('/'))
    };
    for gone in &step.whiteouts {
        seen.retain(|path, _| path != gone && !is_below(path, gone));
    }
    for emptied in &step.opaque {
        seen.retain(|path, _| !is_below(path, emptied));
    }
    for (path, node) in &step.tree {
        if *node != Node::Directory {
            seen.retain(|other, _| !is_below(other, path));
        }
        seen.insert(path, node.clone());
    }
}
