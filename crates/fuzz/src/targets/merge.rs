//! The merge of results of layers that no archive could make so: any order, any hashes, any links. It gives the same twice, and an
//! empty layer changes nothing.

use plimsoll_core::{ImagePath, PackageType};
use plimsoll_inventory::{
    EXTRACTORS, Fact, FileFacts, FoundPackage, LayerResult, Matcher, Owned, PartResult,
    StructureBuilder, assemble, missed,
};

use crate::bytes::Bytes;
use crate::{Fixed, limits};

pub static MERGE: Fixed = Fixed {
    name: "merge",
    about: "the merge of layers' results: names, links, removals, owners, os-release",
    sources: &[],
    fixtures: &[],
    frames: &[],
    seeds,
    run,
};

const LAYERS: usize = 4;
const STEPS: usize = 100;

const PATHS: &[&str] = &[
    "",
    "a",
    "a/b",
    "a/b/c",
    "bin",
    "usr",
    "usr/bin",
    "usr/bin/a",
    "bin/a",
    "etc/os-release",
    "usr/lib/os-release",
    "var/lib/dpkg/status",
    "var/lib/dpkg/status.d/a",
    "var/lib/dpkg/status.d/a.md5sums",
    "var/lib/dpkg/info/a.list",
    "srv/node_modules/a/package.json",
];
const TARGETS: &[&str] = &["usr/bin", "../a", "/", "..", "a/b/../../bin", "", "usr/lib/os-release"];
const NAMES: &[&str] = &["a", "b", "a:amd64", ""];

fn seeds() -> Vec<Vec<u8>> {
    vec![
        (0..=255).collect(),
        (0..200_u8).map(|step| step.wrapping_mul(3)).collect(),
        b"\x03\x01\x0b\x02".to_vec(),
    ]
}

fn run(input: &[u8]) {
    let mut bytes = Bytes::new(input);
    let mut layers: Vec<_> = (0..=bytes.byte() % LAYERS as u8).map(|_| layer(&mut bytes)).collect();
    let limits = limits();
    let inventory = assemble(&layers, &limits);
    assert_eq!(inventory, assemble(&layers, &limits), "another inventory the second time");
    let matcher = Matcher::new(EXTRACTORS);
    let wanted = missed(&layers, &matcher, &limits);
    assert_eq!(wanted, missed(&layers, &matcher, &limits));
    layers.push(LayerResult::default());
    assert_eq!(inventory, assemble(&layers, &limits), "an empty layer changed something");
}

fn layer(bytes: &mut Bytes<'_>) -> LayerResult {
    let mut structure = StructureBuilder::new(&limits());
    let mut parts: Vec<_> = EXTRACTORS.iter().map(|_| PartResult::default()).collect();
    for _ in 0..STEPS {
        let what = bytes.byte() % 9;
        let path = ImagePath::new(bytes.choice(PATHS));
        match what {
            0 => structure.file(&path),
            1 => structure.directory(&path),
            2 => structure.symlink(&path, bytes.choice(TARGETS)),
            3 => structure.hard_link(&path, &ImagePath::new(bytes.choice(PATHS))),
            4 => structure.whiteout(&path),
            5 => structure.opaque(&path),
            6 | 7 => {
                structure.file(&path);
                let part = bytes.byte();
                let facts = facts(bytes);
                let count = parts.len();
                parts[usize::from(part) % count].files.push(FileFacts { path, facts });
            }
            _ => break,
        }
        if bytes.is_empty() {
            break;
        }
    }
    for part in &mut parts {
        part.files.sort_by(|one, other| one.path.cmp(&other.path));
    }
    LayerResult { structure: structure.finish((Vec::new(), 0)), parts }
}

fn facts(bytes: &mut Bytes<'_>) -> Vec<Fact> {
    (0..bytes.byte() % 4)
        .map(|_| match bytes.byte() % 4 {
            0 => {
                let paths = PATHS.iter().map(|path| ImagePath::new(path).hash());
                let paths = paths.skip(usize::from(bytes.byte() % 16)).take(3).collect();
                Fact::Owns(Owned { package: bytes.choice(NAMES).to_owned(), paths })
            }
            1 => {
                let pairs =
                    [("ID", bytes.choice(&["debian", "alpine", "x"])), ("VERSION_ID", "12")];
                let owned = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
                Fact::OsRelease(owned.into_iter().collect())
            }
            _ => {
                let kind = bytes.choice(&PackageType::all().collect::<Vec<_>>());
                let (name, version) = (bytes.choice(NAMES), format!("{}", bytes.byte() % 3));
                let mut found = FoundPackage::new(kind, name, version);
                found.arch = bytes.byte().is_multiple_of(2).then(|| "amd64".to_owned());
                found.owned_paths = vec![ImagePath::new(bytes.choice(PATHS)).hash()];
                Fact::Package(Box::new(found))
            }
        })
        .collect()
}
