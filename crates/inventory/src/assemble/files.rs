//! The files that parts read, as a container sees them, and which layer brought what they say.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use plimsoll_core::{ImagePath, PackageId, PackageType, PathHash};

use crate::roots::join;
use crate::{Fact, FileFacts, FoundPackage, LayerResult, Overlay, RELEASE_FILES};

/// What says the release.
const RELEASE_KEYS: [&str; 2] = ["VERSION_ID", "VERSION_CODENAME"];

/// One file that a part read, in the layer in which a container sees it.
pub(super) struct SeenFile<'a> {
    pub(super) layer: usize,
    pub(super) part: usize,
    pub(super) facts: &'a FileFacts,
}

impl<'a> SeenFile<'a> {
    /// The packages that it describes; those of the system's package manager are of the system of that name.
    pub(super) fn packages(
        &self,
        system: Option<&str>,
    ) -> impl Iterator<Item = (&'a FoundPackage, PackageId)> {
        self.facts.facts.iter().filter_map(move |fact| match fact {
            Fact::Package(found) => Some((found.as_ref(), id_of(found, system)?)),
            _ => None,
        })
    }
}

/// All files that parts read, by what a container sees of them.
pub(super) struct Files<'a> {
    pub(super) surviving: Vec<SeenFile<'a>>,
    /// Every layer's version of a file, from the bottom.
    versions: HashMap<(usize, PathHash), Vec<Version<'a>>>,
}

/// One layer's version of a file: the packages that it describes.
struct Version<'a> {
    layer: usize,
    /// Sorted.
    packages: Vec<VersionKey<'a>>,
}

type VersionKey<'a> = (&'a str, &'a str, &'a str, Option<&'a str>, Option<&'a str>);

impl<'a> Files<'a> {
    pub(super) fn new(layers: &'a [LayerResult], overlay: &Overlay<'_>) -> Self {
        let mut files = Self { surviving: Vec::new(), versions: HashMap::new() };
        for (layer, result) in layers.iter().enumerate() {
            for (part, part_result) in result.parts.iter().enumerate() {
                for facts in &part_result.files {
                    let mut packages: Vec<_> = facts.facts.iter().filter_map(key_of).collect();
                    packages.sort_unstable();
                    let versions = files.versions.entry((part, facts.path.hash())).or_default();
                    versions.push(Version { layer, packages });
                    if overlay.survives(layer, &facts.path) {
                        files.surviving.push(SeenFile { layer, part, facts });
                    }
                }
            }
        }
        files
    }

    /// The first layer from which the package stands unbroken to the top: package managers rewrite their whole database in
    /// every layer, so the layer that holds the file says nothing.
    pub(super) fn first_layer(
        &self,
        file: &SeenFile<'_>,
        found: &FoundPackage,
        overlay: &Overlay<'_>,
    ) -> usize {
        let Some(versions) = self.versions.get(&(file.part, file.facts.path.hash())) else {
            return file.layer;
        };
        let key = key_of_package(found);
        let mut first = file.layer;
        for version in versions.iter().rev().filter(|version| version.layer < file.layer) {
            let is_replaced_by_next =
                overlay.hidden_at(version.layer, &file.facts.path) == Some(first);
            if !is_replaced_by_next || version.packages.binary_search(&key).is_err() {
                break;
            }
            first = version.layer;
        }
        first
    }
}

/// What says which distribution it is: the first of [`RELEASE_FILES`] that lies below the root. `etc/os-release` is nearly always a
/// link.
pub(super) fn os_release(
    files: &[SeenFile<'_>],
    root: &str,
    overlay: &Overlay<'_>,
) -> Option<BTreeMap<String, String>> {
    let mut by_path: HashMap<&ImagePath, &BTreeMap<String, String>> = HashMap::new();
    for file in files {
        for fact in &file.facts.facts {
            if let Fact::OsRelease(pairs) = fact {
                by_path.insert(&file.facts.path, pairs);
            }
        }
    }
    let seen = |name: &&str| {
        let wanted = ImagePath::new(&join(root, name));
        by_path.get(&wanted).or_else(|| by_path.get(&overlay.resolve_in(root, name)?)).copied()
    };
    // A file that names no distribution is better than none: what it lacks is then told.
    let named = |pairs: &&BTreeMap<String, String>| pairs.contains_key("ID");
    let files = || RELEASE_FILES.iter().filter_map(seen);
    let mut said = files().find(named).or_else(|| files().next()).cloned()?;
    // An os-release without a version (of Debian's next release, of own builds) leaves it to the distribution's older file.
    if !RELEASE_KEYS.iter().any(|key| said.contains_key(*key)) {
        let same = files().filter(|pairs| pairs.get("ID") == said.get("ID"));
        let keys = same.flatten().filter(|(key, _)| RELEASE_KEYS.contains(&key.as_str()));
        let missing: Vec<_> = keys.map(|(key, value)| (key.clone(), value.clone())).collect();
        said.extend(missing);
    }
    Some(said)
}

/// The repositories that the files of a system name, sorted.
pub(super) fn repositories(files: &[SeenFile<'_>]) -> Vec<String> {
    let facts = files.iter().flat_map(|file| &file.facts.facts);
    let sets = facts.filter_map(|fact| match fact {
        Fact::Repositories(sets) => Some(sets),
        _ => None,
    });
    sets.flatten().cloned().collect::<BTreeSet<_>>().into_iter().collect()
}

fn key_of(fact: &Fact) -> Option<VersionKey<'_>> {
    match fact {
        Fact::Package(found) => Some(key_of_package(found)),
        _ => None,
    }
}

fn key_of_package(found: &FoundPackage) -> VersionKey<'_> {
    let (arch, inner_path) = (found.arch.as_deref(), found.inner_path.as_deref());
    (&found.kind, &found.name, &found.version, arch, inner_path)
}

fn id_of(found: &FoundPackage, system: Option<&str>) -> Option<PackageId> {
    let kind = PackageType::from_purl_type(&found.kind)?;
    Some(PackageId {
        kind,
        name: found.name.clone(),
        version: found.version.clone(),
        arch: found.arch.clone(),
        module: found.module.clone(),
        system: system.filter(|_| kind.is_system()).map(str::to_owned),
    })
}
