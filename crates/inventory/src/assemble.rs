//! The merge: the results of all layers become one inventory.

mod claims;
mod files;
mod system;
mod systems;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use plimsoll_core::{Distro, ImagePath, Limits, Package, PackageId, Problem};

use self::files::Files;
use self::system::System;
pub(crate) use self::systems::AllOwners;
use self::systems::Systems;
use crate::{LayerResult, Overlay};

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
    let systems = Systems::new(&mut files, &overlay);
    let owners = systems.owners(&overlay);
    (inventory.problems, inventory.problems_dropped) = problems(layers, &overlay, &systems);
    for (position, system) in systems.list.into_iter().enumerate() {
        let owner = |path: &ImagePath| owners.owner(position, path).cloned();
        for package in system.packages(&files, owner, &overlay) {
            merge(&mut packages, package);
        }
        inventory.add(system);
    }
    inventory.packages = packages.into_values().collect();
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

/// Who owns the files of the layers.
pub(crate) fn owners_of<'a>(layers: &'a [LayerResult], overlay: &Overlay<'_>) -> AllOwners<'a> {
    Systems::new(&mut Files::new(layers, overlay), overlay).owners(overlay)
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

fn problems(
    layers: &[LayerResult],
    overlay: &Overlay<'_>,
    systems: &Systems<'_>,
) -> (Vec<Problem>, u64) {
    let mut problems = Vec::new();
    let mut dropped = 0_u64;
    for (layer, result) in layers.iter().enumerate() {
        let of_parts = result.parts.iter().enumerate();
        let of_parts = of_parts
            .flat_map(|(part, result)| result.problems.iter().map(move |problem| (part, problem)));
        // What a layer above hides is not in the image, so that it could not be read takes nothing away.
        let visible = of_parts.filter(|(part, problem)| {
            let path = problem.path.as_ref();
            path.is_none_or(|path| overlay.survives(layer, path) && systems.misses(*part, path))
        });
        let visible = visible.map(|(_, problem)| problem);
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
