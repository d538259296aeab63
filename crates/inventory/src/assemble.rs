//! The merge: the results of all layers become one inventory.

mod claims;
mod files;
mod systems;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use plimsoll_core::{
    Distro, Evidence, ImagePath, Limits, Package, PackageId, PackageType, Problem,
};

use self::claims::{Abouts, Claim, Packages};
use self::files::Files;
use self::systems::{System, systems};
use crate::owners::Owners;
use crate::roots::{inside, join};
use crate::{Authority, EXTRACTORS, Fact, LayerResult, Overlay};

/// What is installed in an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    /// From the image's os-release, or an older release file; `None` where it has none.
    pub distro: Option<Distro>,
    /// The key-value pairs of that file.
    pub os_release: BTreeMap<String, String>,
    /// The repositories from which the image's packages may come, where it says so: Red Hat's content sets, apt's sources. Sorted.
    pub repositories: Vec<String>,
    /// The systems of other roots in the image that are not its own, by their names.
    pub other_systems: BTreeMap<String, OtherSystem>,
    /// Sorted by identity.
    pub packages: Vec<Package>,
    /// With layers, sorted.
    pub problems: Vec<Problem>,
    pub problems_dropped: u64,
}

/// A system below other directories of an image than its root: in a chroot, in an unpacked root file system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OtherSystem {
    /// The directories that are its roots. Sorted.
    pub roots: BTreeSet<ImagePath>,
    /// `None` where it names none.
    pub distro: Option<Distro>,
    /// As [`Inventory::repositories`].
    pub repositories: Vec<String>,
}

impl Inventory {
    /// The distribution that a package is judged by, if it is a system's.
    #[must_use]
    pub fn distro_of(&self, package: &Package) -> Option<&Distro> {
        match &package.id.system {
            None => self.distro.as_ref(),
            Some(name) => self.other_systems.get(name)?.distro.as_ref(),
        }
    }

    /// The distributions of all its systems, each with the repositories that its system names.
    pub fn distros_mut(&mut self) -> impl Iterator<Item = (&mut Distro, &[String])> {
        let own = self.distro.as_mut().map(|distro| (distro, self.repositories.as_slice()));
        let others = self.other_systems.values_mut();
        own.into_iter().chain(
            others
                .filter_map(|other| Some((other.distro.as_mut()?, other.repositories.as_slice()))),
        )
    }
}

/// Merges layers, from the bottom.
#[must_use]
pub fn assemble(layers: &[LayerResult], limits: &Limits) -> Inventory {
    let overlay = Overlay::new(layers.iter().map(|layer| &layer.structure), limits);
    let mut files = Files::new(layers, &overlay);
    let mut inventory = Inventory::default();
    let mut packages = BTreeMap::new();
    for system in systems(&mut files, &overlay) {
        for package in system.packages(&files, &overlay) {
            merge(&mut packages, package);
        }
        inventory.add(system);
    }
    inventory.packages = packages.into_values().collect();
    (inventory.problems, inventory.problems_dropped) = problems(layers, &overlay);
    inventory
}

impl Inventory {
    fn add(&mut self, system: System<'_>) {
        let System { root, os_release, repositories, distro, name, .. } = system;
        match name {
            Some(name) => {
                let other = self.other_systems.entry(name).or_default();
                other.roots.insert(ImagePath::new(root));
                (other.distro, other.repositories) = (distro, repositories);
            }
            // Another root of the image's own system adds nothing to what is known of it.
            None if !root.is_empty() => {}
            None => {
                self.os_release = os_release.unwrap_or_default();
                (self.distro, self.repositories) = (distro, repositories);
            }
        }
    }
}

/// The files of the packages of each system in the layers.
pub(crate) fn owners_of<'a>(layers: &'a [LayerResult], overlay: &Overlay<'_>) -> Vec<Owners<'a>> {
    let mut files = Files::new(layers, overlay);
    systems(&mut files, overlay).iter().map(|system| system.owners(overlay)).collect()
}

/// Adds a package, or where it was found in another root too, its places there.
fn merge(packages: &mut BTreeMap<PackageId, Package>, package: Package) {
    match packages.entry(package.id.clone()) {
        Entry::Vacant(entry) => {
            entry.insert(package);
        }
        Entry::Occupied(mut entry) => entry.get_mut().add(package),
    }
}

impl<'a> System<'a> {
    fn packages(&self, files: &Files<'_>, overlay: &Overlay<'_>) -> Vec<Package> {
        let claims = self.claims(files, overlay);
        let about = self.about(&claims, overlay);
        Packages::new(claims, self.distro.as_ref()).finish(&about)
    }

    /// Every statement that a package is there.
    fn claims(&self, files: &Files<'_>, overlay: &Overlay<'_>) -> Vec<Claim<'a>> {
        let owners = self.owners(overlay);
        let mut claims = Vec::new();
        for file in &self.files {
            let Some(part) = EXTRACTORS.get(file.part) else { continue };
            for (found, id) in file.packages(self.name.as_deref()) {
                // A package manager's record of its packages is nobody's; what else speaks of them may lie in a package's own file.
                let is_record = id.kind.is_system() && part.authority == Authority::Record;
                let evidence = Evidence {
                    path: file.facts.path.clone(),
                    inner_path: found.inner_path.clone(),
                    layer: files.first_layer(file, found, overlay),
                    part: part.id,
                    state: found.state.into(),
                    sha1: found.sha1.clone(),
                    owner: if is_record { None } else { owners.owner(&file.facts.path).cloned() },
                };
                claims.push(Claim { authority: part.authority, found, id, evidence });
            }
        }
        claims
    }

    /// What files say of packages that other files describe.
    fn about(&self, claims: &[Claim<'a>], overlay: &Overlay<'_>) -> Abouts<'a> {
        let mut abouts = Abouts::default();
        for file in self.files.iter().filter(|file| file.is_of_root) {
            for fact in &file.facts.facts {
                if let Fact::About(about) = fact {
                    abouts.add(about);
                }
            }
        }
        let documents = join(self.root, "usr/share/doc");
        for claim in claims.iter().filter(|claim| claim.id.kind == PackageType::Deb) {
            let name = &claim.id.name;
            if abouts.has(PackageType::Deb, name) {
                continue;
            }
            let copyright = ImagePath::new(&format!("{documents}/{name}/copyright"));
            let resolved = overlay.resolve(&copyright);
            let other = resolved
                .as_ref()
                .and_then(|path| inside(&documents, path.as_str())?.strip_suffix("/copyright"));
            if let Some(other) = other.filter(|other| other != name) {
                abouts.linked(name, other.to_owned());
            }
        }
        abouts
    }

    fn owners(&self, overlay: &Overlay<'_>) -> Owners<'a> {
        let mut owners = Owners::new(overlay, self.root);
        // A distroless image has one file a package, whose name need not be the package's; its list of files has that file's name.
        let mut by_file = HashMap::new();
        for file in &self.files {
            // A bill of materials is no package manager: it says nothing of files.
            let is_record =
                EXTRACTORS.get(file.part).is_some_and(|part| part.authority == Authority::Record);
            let packages = file.packages(self.name.as_deref());
            for (found, id) in packages.filter(|(_, id)| is_record && id.kind.is_system()) {
                let position = owners.package(&id, found);
                by_file.insert(file.facts.path.as_str(), position);
            }
        }
        for file in self.files.iter().filter(|file| file.is_of_root) {
            let described = file
                .facts
                .path
                .as_str()
                .strip_suffix(".md5sums")
                .and_then(|path| by_file.get(path));
            for fact in &file.facts.facts {
                match (fact, described) {
                    (Fact::Owns(owned), Some(&position)) => {
                        owners.files_of(position, &owned.paths);
                    }
                    (Fact::Owns(owned), None) => owners.files(owned),
                    _ => {}
                }
            }
        }
        owners
    }
}

fn problems(layers: &[LayerResult], overlay: &Overlay<'_>) -> (Vec<Problem>, u64) {
    let mut problems = Vec::new();
    let mut dropped = 0_u64;
    for (layer, result) in layers.iter().enumerate() {
        let of_parts = result.parts.iter().flat_map(|part| &part.problems);
        // What a layer above hides is not in the image, so that it could not be read takes nothing away.
        let visible = of_parts.filter(|problem| {
            problem.path.as_ref().is_none_or(|path| overlay.survives(layer, path))
        });
        for problem in result.structure.problems.iter().chain(visible) {
            problems.push(Problem { layer: Some(layer), ..problem.clone() });
        }
        let of_parts = result.parts.iter().map(|part| part.problems_dropped);
        let of_layer = of_parts.fold(result.structure.problems_dropped, u64::saturating_add);
        dropped = of_layer.saturating_add(dropped);
    }
    problems.sort_by(Problem::report_order);
    problems.dedup();
    (problems, dropped)
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;
