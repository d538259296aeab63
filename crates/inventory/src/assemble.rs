//! The merge: the results of all layers become one inventory.

mod claims;
mod files;

use std::collections::{BTreeMap, HashMap};

use plimsoll_core::{Distro, Evidence, ImagePath, Limits, Package, PackageType, Problem};

use self::claims::{Abouts, Claim, Packages};
use self::files::Files;
use crate::owners::Owners;
use crate::{Authority, EXTRACTORS, Fact, LayerResult, Overlay, distro};

/// What is installed in an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inventory {
    /// From the image's os-release, or an older release file; `None` where it has none.
    pub distro: Option<Distro>,
    /// The key-value pairs of that file.
    pub os_release: BTreeMap<String, String>,
    /// The repositories from which the image's packages may come, where it says so: Red Hat's content sets, apt's sources. Sorted.
    pub repositories: Vec<String>,
    /// Sorted by identity.
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
    let repositories = files.repositories();
    let distro = os_release.as_ref().map(|pairs| distro(pairs, &repositories));
    let claims = claims(&files, &overlay);
    let about = about(&files, &claims, &overlay);
    let packages = Packages::new(claims, distro.as_ref()).finish(&about);
    let (problems, problems_dropped) = problems(layers, &overlay);
    Inventory {
        distro,
        os_release: os_release.unwrap_or_default(),
        repositories,
        packages,
        problems,
        problems_dropped,
    }
}

/// Every statement that a package is there.
fn claims<'a>(files: &Files<'a>, overlay: &Overlay<'_>) -> Vec<Claim<'a>> {
    let owners = owners(files, overlay);
    let mut claims = Vec::new();
    for file in &files.surviving {
        let Some(part) = EXTRACTORS.get(file.part) else { continue };
        for (found, id) in file.packages() {
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
fn about<'a>(files: &Files<'a>, claims: &[Claim<'a>], overlay: &Overlay<'_>) -> Abouts<'a> {
    let mut abouts = Abouts::default();
    for file in &files.surviving {
        for fact in &file.facts.facts {
            if let Fact::About(about) = fact {
                abouts.add(about);
            }
        }
    }
    for claim in claims.iter().filter(|claim| claim.id.kind == PackageType::Deb) {
        let name = &claim.id.name;
        if abouts.has(PackageType::Deb, name) {
            continue;
        }
        let copyright = ImagePath::new(&format!("usr/share/doc/{name}/copyright"));
        let resolved = overlay.resolve(&copyright);
        let other = resolved.as_ref().and_then(|path| {
            path.as_str().strip_prefix("usr/share/doc/")?.strip_suffix("/copyright")
        });
        if let Some(other) = other.filter(|other| other != name) {
            abouts.linked(name, other.to_owned());
        }
    }
    abouts
}

fn owners(files: &Files<'_>, overlay: &Overlay<'_>) -> Owners {
    let mut owners = Owners::new(overlay);
    // A distroless image has one file a package, whose name need not be the package's; its list of files has that file's name.
    let mut by_file = HashMap::new();
    for file in &files.surviving {
        // A bill of materials is no package manager: it says nothing of files.
        let is_record =
            EXTRACTORS.get(file.part).is_some_and(|part| part.authority == Authority::Record);
        for (found, id) in file.packages().filter(|(_, id)| is_record && id.kind.is_system()) {
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
                _ => {}
            }
        }
    }
    owners
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
