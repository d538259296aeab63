//! The merge: the results of all layers become one inventory.

use std::collections::{BTreeMap, HashMap, HashSet};

use plimsoll_core::{
    Distro, Evidence, ImagePath, Limits, Package, PackageId, PackageType, PathHash, Problem,
    SourcePackage,
};

use crate::owners::Owners;
use crate::purl::purl;
use crate::{EXTRACTORS, Fact, FileFacts, FoundPackage, LayerResult, Overlay, distro};

/// What is installed in an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inventory {
    /// From the image's os-release; `None` where it has none.
    pub distro: Option<Distro>,
    /// The key-value pairs of that file.
    pub os_release: BTreeMap<String, String>,
    /// Sorted by identity, then owner.
    pub packages: Vec<Package>,
    /// With layers, sorted.
    pub problems: Vec<Problem>,
    pub problems_dropped: u64,
}

/// Merges layers, from the bottom.
#[must_use]
pub fn assemble(layers: &[LayerResult], limits: &Limits) -> Inventory {
    let overlay = Overlay::new(layers.iter().map(|layer| &layer.structure), limits);
    let files = Files::new(layers, &overlay);
    let os_release = files.os_release(&overlay);
    let distro = os_release.as_ref().map(distro);
    let owners = owners(&files, &overlay);
    let mut packages: BTreeMap<(PackageId, Option<PackageId>), Package> = BTreeMap::new();
    for file in &files.surviving {
        for (found, id) in file.packages() {
            let evidence = Evidence {
                path: file.facts.path.clone(),
                inner_path: found.inner_path.clone(),
                layer: files.first_layer(file, found, &overlay),
                part: EXTRACTORS.get(file.part).map_or("", |part| part.id),
                state: found.state.into(),
            };
            let is_system = id.kind.is_system();
            let owner = if is_system { None } else { owners.owner(&file.facts.path).cloned() };
            packages
                .entry((id.clone(), owner.clone()))
                .and_modify(|package| add(package, found, evidence.clone()))
                .or_insert_with(|| new_package((id, owner), found, evidence, distro.as_ref()));
        }
    }
    let mut packages: Vec<_> = packages.into_values().collect();
    for package in &mut packages {
        package.evidence.sort_unstable();
        package.evidence.dedup();
        keep_first(&mut package.licenses);
    }
    let (problems, problems_dropped) = problems(layers, &overlay);
    Inventory {
        distro,
        os_release: os_release.unwrap_or_default(),
        packages,
        problems,
        problems_dropped,
    }
}

/// One file that a part read, in the layer in which a container sees it.
struct SeenFile<'a> {
    layer: usize,
    part: usize,
    facts: &'a FileFacts,
}

impl<'a> SeenFile<'a> {
    fn packages(&self) -> impl Iterator<Item = (&'a FoundPackage, PackageId)> {
        self.facts.facts.iter().filter_map(|fact| match fact {
            Fact::Package(found) => Some((found.as_ref(), id_of(found)?)),
            Fact::Owns(_) | Fact::OsRelease(_) => None,
        })
    }
}

/// All files that parts read, by what a container sees of them.
struct Files<'a> {
    surviving: Vec<SeenFile<'a>>,
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
    fn new(layers: &'a [LayerResult], overlay: &Overlay<'_>) -> Self {
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

    /// `etc/os-release`, which is nearly always a link, and else `usr/lib/os-release` (os-release(5)).
    fn os_release(&self, overlay: &Overlay<'_>) -> Option<BTreeMap<String, String>> {
        ["etc/os-release", "usr/lib/os-release"].iter().find_map(|name| {
            let wanted = ImagePath::new(name);
            let target = overlay.resolve(&wanted)?;
            self.surviving
                .iter()
                .filter(|file| file.facts.path == wanted || file.facts.path == target)
                .flat_map(|file| &file.facts.facts)
                .find_map(|fact| match fact {
                    Fact::OsRelease(pairs) => Some(pairs.clone()),
                    Fact::Package(_) | Fact::Owns(_) => None,
                })
        })
    }

    /// The first layer from which the package stands unbroken to the top: package managers rewrite their whole database in
    /// every layer, so the layer that holds the file says nothing.
    fn first_layer(
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

fn owners(files: &Files<'_>, overlay: &Overlay<'_>) -> Owners {
    let mut owners = Owners::new(overlay);
    // A distroless image has one file a package, whose name need not be the package's; its list of files has that file's name.
    let mut by_file = HashMap::new();
    for file in &files.surviving {
        for (found, id) in file.packages().filter(|(_, id)| id.kind.is_system()) {
            let position = owners.package(&id, found);
            by_file.insert(file.facts.path.as_str(), position);
        }
    }
    for file in &files.surviving {
        let described =
            file.facts.path.as_str().strip_suffix(".md5sums").and_then(|path| by_file.get(path));
        for fact in &file.facts.facts {
            match (fact, described) {
                (Fact::Owns(owned), Some(&position)) => owners.files_of(position, &owned.paths),
                (Fact::Owns(owned), None) => owners.files(owned),
                (Fact::Package(_) | Fact::OsRelease(_), _) => {}
            }
        }
    }
    owners
}

fn problems(layers: &[LayerResult], overlay: &Overlay<'_>) -> (Vec<Problem>, u64) {
    let mut problems = Vec::new();
    let mut dropped = 0;
    for (layer, result) in layers.iter().enumerate() {
        let of_parts = result.parts.iter().flat_map(|part| &part.problems);
        // What a layer above hides is not in the image, so that it could not be read takes nothing away.
        let visible = of_parts.filter(|problem| {
            problem.path.as_ref().is_none_or(|path| overlay.survives(layer, path))
        });
        for problem in result.structure.problems.iter().chain(visible) {
            problems.push(Problem { layer: Some(layer), ..problem.clone() });
        }
        dropped += result.structure.problems_dropped;
        dropped += result.parts.iter().map(|part| part.problems_dropped).sum::<u64>();
    }
    problems.sort_by(Problem::report_order);
    problems.dedup();
    (problems, dropped)
}

fn key_of(fact: &Fact) -> Option<VersionKey<'_>> {
    match fact {
        Fact::Package(found) => Some(key_of_package(found)),
        Fact::Owns(_) | Fact::OsRelease(_) => None,
    }
}

fn key_of_package(found: &FoundPackage) -> VersionKey<'_> {
    let (arch, inner_path) = (found.arch.as_deref(), found.inner_path.as_deref());
    (&found.kind, &found.name, &found.version, arch, inner_path)
}

fn id_of(found: &FoundPackage) -> Option<PackageId> {
    Some(PackageId {
        kind: PackageType::from_purl_type(&found.kind)?,
        name: found.name.clone(),
        version: found.version.clone(),
        arch: found.arch.clone(),
        module: found.module.clone(),
    })
}

fn new_package(
    (id, owner): (PackageId, Option<PackageId>),
    found: &FoundPackage,
    evidence: Evidence,
    distro: Option<&Distro>,
) -> Package {
    let source = found.source_name.clone().map(|name| SourcePackage {
        name,
        version: found.source_version.clone().unwrap_or_else(|| found.version.clone()),
    });
    Package {
        purl: purl(&id, distro),
        id,
        source,
        vendor: found.vendor.clone(),
        licenses: found.licenses.clone(),
        evidence: vec![evidence],
        owner,
    }
}

/// Drops what stands there twice, without changing the order.
fn keep_first(licenses: &mut Vec<String>) {
    if licenses.len() > 1 {
        let mut seen = HashSet::new();
        licenses.retain(|license| seen.insert(license.clone()));
    }
}

fn add(package: &mut Package, found: &FoundPackage, evidence: Evidence) {
    package.evidence.push(evidence);
    // What is there already is dropped once all are known: looking for each would take the square of their number.
    package.licenses.extend(found.licenses.iter().cloned());
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;
