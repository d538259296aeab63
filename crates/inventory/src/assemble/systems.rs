//! The systems of an image: which roots it has, what lies in each, and what it is called.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use plimsoll_core::{Distro, ImagePath, PackageId, PackageType};

use super::files::{Files, SeenFile};
use super::system::System;
use crate::owners::Owners;
use crate::purl::{distro_qualifier, names_distro};
use crate::roots::{PARTS_OF_ROOT, is_deployment};
use crate::{Authority, EXTRACTORS, Fact, Matcher, Overlay};

/// The image's own system first, and the others in the order of their roots.
///
/// Another root is a directory below which a package manager's record lies in its place. Where its distribution is the image's own, with
/// the same releases, it is the same system in another place; and so are other roots among themselves.
pub(super) struct Systems<'a> {
    pub(super) list: Vec<System<'a>>,
    roots: BTreeSet<&'a str>,
    matcher: Matcher,
}

impl<'a> Systems<'a> {
    /// Takes the surviving files.
    pub(super) fn new(files: &mut Files<'a>, overlay: &Overlay<'_>) -> Self {
        let matcher = Matcher::new(EXTRACTORS);
        let mut placed: Vec<(Place<'a>, SeenFile<'a>)> = std::mem::take(&mut files.surviving)
            .into_iter()
            .map(|file| (Place::of(file.part, &file.facts.path, &matcher), file))
            .collect();
        let has_own = placed
            .iter()
            .any(|(place, file)| matches!(place, Place::OwnRoot) && records_packages(file));
        let is_older = |place: &Place<'_>| has_own && place.other_root().is_some_and(is_deployment);
        placed.retain(|(place, _)| !is_older(place));
        let roots: BTreeSet<&str> = placed
            .iter()
            .filter(|(_, file)| makes_root(file))
            .filter_map(|(place, _)| place.other_root())
            .collect();
        let mut by_root: BTreeMap<&str, Vec<SeenFile<'a>>> = [("", Vec::new())].into();
        by_root.extend(roots.iter().map(|root| (*root, Vec::new())));
        for (place, file) in placed {
            let root = match place {
                Place::OwnRoot => Some(""),
                // What lies in its place below a directory that is no root is none of its kind.
                Place::OtherRoot(root) => roots.get(root).copied(),
                Place::Anywhere => {
                    Some(around(&file.facts.path, &roots).next().unwrap_or_default())
                }
            };
            if let Some(root) = root {
                by_root.entry(root).or_default().push(file);
            }
        }
        let mut list: Vec<_> =
            by_root.into_iter().map(|(root, files)| System::new(root, files, overlay)).collect();
        name(&mut list);
        Self { list, roots, matcher }
    }

    /// True where what a part could not read of a file is missing: a record that cannot be read may have been that of a root.
    pub(super) fn misses(&self, part: usize, path: &ImagePath) -> bool {
        let makes_root = EXTRACTORS.get(part).is_none_or(|part| part.makes_root);
        let root = Place::of(part, path, &self.matcher).other_root();
        makes_root || root.is_none_or(|root| self.roots.contains(root))
    }

    pub(super) fn owners(&self, overlay: &Overlay<'_>) -> AllOwners<'a> {
        let numbered = self.list.iter().enumerate();
        let positions: HashMap<&str, usize> =
            numbered.map(|(position, system)| (system.root, position)).collect();
        let one = |system: &System<'a>| {
            let root = ImagePath::new(system.root);
            let above = around(&root, &self.roots).next().unwrap_or_default();
            let above = positions.get(above).copied().filter(|_| !root.is_root());
            (system.owners(overlay), above)
        };
        let systems = self.list.iter().map(one).collect();
        AllOwners { systems, positions }
    }
}

/// The systems that are asked about a file, from the innermost: roots may lie in one another without end.
const SYSTEMS_ASKED: usize = 8;

/// The owners of files in all systems, each with the system around it.
pub(crate) struct AllOwners<'a> {
    systems: Vec<(Owners<'a>, Option<usize>)>,
    /// By root.
    positions: HashMap<&'a str, usize>,
}

impl AllOwners<'_> {
    /// The package that owns a file of the system at a position: its own, or one of those around it.
    pub(super) fn owner(&self, system: usize, path: &ImagePath) -> Option<&PackageId> {
        let above = |at: &usize| self.systems.get(*at)?.1;
        let mut asked = std::iter::successors(Some(system), above).take(SYSTEMS_ASKED);
        asked.find_map(|at| self.systems.get(at)?.0.owner(path))
    }

    /// True for the file of some package.
    pub(crate) fn has(&self, path: &ImagePath) -> bool {
        let innermost = path.ancestors().find_map(|above| self.positions.get(above).copied());
        self.owner(innermost.unwrap_or_default(), path).is_some()
    }
}

/// Where a file lies, by what the part that read it knows of its place.
enum Place<'a> {
    /// In its place below the image's root.
    OwnRoot,
    /// In its place below this directory.
    OtherRoot(&'a str),
    Anywhere,
}

impl<'a> Place<'a> {
    fn of(part: usize, path: &'a ImagePath, matcher: &Matcher) -> Self {
        if matcher.at_place(path.as_str()).contains(part) {
            return Self::OwnRoot;
        }
        let file = matcher.in_other_root(path);
        let other = file.filter(|other| other.parts.contains(part)).or_else(|| {
            matcher.directory_in_other_root(path).filter(|other| other.parts.contains(part))
        });
        other.map_or(Self::Anywhere, |other| Self::OtherRoot(other.root))
    }

    fn other_root(&self) -> Option<&'a str> {
        match self {
            Self::OtherRoot(root) => Some(root),
            Self::OwnRoot | Self::Anywhere => None,
        }
    }
}

/// True for the record of a distribution's package manager.
fn records_packages(file: &SeenFile<'_>) -> bool {
    records(file, names_distro)
}

/// True for the record of a package manager that keeps it in a fixed place below the root: Nix does, which is of no distribution.
fn makes_root(file: &SeenFile<'_>) -> bool {
    records(file, |kind| names_distro(kind) || kind == PackageType::Nix)
}

fn records(file: &SeenFile<'_>, is_meant: fn(PackageType) -> bool) -> bool {
    let is_record =
        EXTRACTORS.get(file.part).is_some_and(|part| part.authority == Authority::Record);
    let is_package = |fact: &Fact| match fact {
        Fact::Package(found) => found.package_type().is_some_and(is_meant),
        _ => false,
    };
    is_record && file.facts.facts.iter().any(is_package)
}

/// The roots that a path lies in, the innermost first. A directory of which a root is made adopts nothing.
fn around<'a>(path: &ImagePath, roots: &BTreeSet<&'a str>) -> impl Iterator<Item = &'a str> {
    let is_part = |root: &str| {
        PARTS_OF_ROOT.iter().any(|part| match root.strip_suffix(part) {
            Some("") => true,
            Some(above) => above.strip_suffix('/').is_some_and(|above| roots.contains(above)),
            None => false,
        })
    };
    let above = path.ancestors().filter_map(|above| roots.get(above).copied());
    above.filter(move |root| !is_part(root))
}

/// What systems are called that name no distribution.
const UNKNOWN: &str = "unknown";

/// Names the systems of other roots: as purls name their distribution, with a number where several are called so.
fn name(systems: &mut [System<'_>]) {
    let Some((own, others)) = systems.split_first_mut() else { return };
    let mut known: HashMap<(Option<Distro>, Vec<String>), Option<String>> = HashMap::new();
    if own.distro.is_some() && own.files.iter().any(records_packages) {
        known.insert(own.kind(), None);
    }
    let mut taken = HashSet::new();
    let mut counts: HashMap<String, usize> = HashMap::new();
    for other in others {
        let name = known.entry(other.kind()).or_insert_with(|| {
            let plain = other.distro.as_ref().map_or_else(|| UNKNOWN.to_owned(), distro_qualifier);
            let count = counts.entry(plain.clone()).or_default();
            loop {
                *count += 1;
                let name = if *count == 1 { plain.clone() } else { format!("{plain} {count}") };
                // Another distribution may be called so.
                if taken.insert(name.clone()) {
                    return Some(name);
                }
            }
        });
        other.name.clone_from(name);
    }
}
