//! One system of an image: what its files say of its packages, and who owns them.

use std::collections::{BTreeMap, HashMap};

use plimsoll_core::{Distro, Evidence, ImagePath, Package, PackageId, PackageType};

use super::claims::{Abouts, Claim, Packages};
use super::files::{Files, SeenFile, os_release, repositories};
use crate::owners::Owners;
use crate::roots::{inside, join};
use crate::{Authority, EXTRACTORS, Fact, Overlay, distro};

/// A root of an image and what lies in it.
pub(super) struct System<'a> {
    /// The directory that is its root; empty for the image's own.
    pub(super) root: &'a str,
    pub(super) files: Vec<SeenFile<'a>>,
    pub(super) os_release: Option<BTreeMap<String, String>>,
    pub(super) repositories: Vec<String>,
    pub(super) distro: Option<Distro>,
    /// What it is called beside the image's own system, which has no name.
    pub(super) name: Option<String>,
}

impl<'a> System<'a> {
    pub(super) fn new(root: &'a str, files: Vec<SeenFile<'a>>, overlay: &Overlay<'_>) -> Self {
        let os_release = os_release(&files, root, overlay);
        let repositories = repositories(&files);
        let distro = os_release.as_ref().map(|pairs| distro(pairs, &repositories));
        Self { root, files, os_release, repositories, distro, name: None }
    }

    /// What is equal of two roots of the same distribution: all by which their packages are judged.
    pub(super) fn kind(&self) -> (Option<Distro>, Vec<String>) {
        // What other distributions' repositories say is in the releases already.
        let family = self.distro.as_ref().and_then(|distro| distro.family.as_ref());
        let has_streams = family.is_some_and(|family| family.0 == "Red Hat");
        let repositories = if has_streams { self.repositories.clone() } else { Vec::new() };
        (self.distro.clone(), repositories)
    }

    /// Its packages; the file of each is looked for among those that are owned.
    pub(super) fn packages(
        &self,
        files: &Files<'_>,
        owner: impl Fn(&ImagePath) -> Option<PackageId>,
        overlay: &Overlay<'_>,
    ) -> Vec<Package> {
        let claims = self.claims(files, owner, overlay);
        let about = self.about(&claims, overlay);
        Packages::new(claims, self.distro.as_ref()).finish(&about)
    }

    /// Every statement that a package is there.
    fn claims(
        &self,
        files: &Files<'_>,
        owner: impl Fn(&ImagePath) -> Option<PackageId>,
        overlay: &Overlay<'_>,
    ) -> Vec<Claim<'a>> {
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
                    owner: if is_record { None } else { owner(&file.facts.path) },
                };
                claims.push(Claim { authority: part.authority, found, id, evidence });
            }
        }
        claims
    }

    /// What files say of packages that other files describe.
    fn about(&self, claims: &[Claim<'a>], overlay: &Overlay<'_>) -> Abouts<'a> {
        let mut abouts = Abouts::default();
        for file in &self.files {
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

    pub(super) fn owners(&self, overlay: &Overlay<'_>) -> Owners<'a> {
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
        for file in &self.files {
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
