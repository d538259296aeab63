//! The systems of an image: its own, and those of other roots in it, each with the files that lie in it and its distribution.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use plimsoll_core::{Distro, ImagePath};

use super::files::{Files, SeenFile, os_release, repositories};
use crate::purl::distro_qualifier;
use crate::roots::PARTS_OF_ROOT;
use crate::{Authority, EXTRACTORS, Fact, Matcher, Overlay, distro};

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

/// The image's own system first, and the others in the order of their roots.
///
/// Another root is a directory below which a package manager's record lies in its place. Where its distribution is the image's own, with
/// the same releases, it is the same system in another place; and so are other roots among themselves.
pub(super) fn systems<'a>(files: &mut Files<'a>, overlay: &Overlay<'_>) -> Vec<System<'a>> {
    let matcher = Matcher::new(EXTRACTORS);
    let mut placed: Vec<(Place<'a>, SeenFile<'a>)> = std::mem::take(&mut files.surviving)
        .into_iter()
        .map(|file| (Place::of(&file, &matcher), file))
        .collect();
    let roots: BTreeSet<&str> = placed
        .iter()
        .filter(|(_, file)| records_packages(file))
        .filter_map(|(place, _)| place.other_root())
        .collect();
    let mut by_root: BTreeMap<&str, Vec<SeenFile<'a>>> = [("", Vec::new())].into();
    by_root.extend(roots.iter().map(|root| (*root, Vec::new())));
    for (place, mut file) in placed.drain(..) {
        file.is_of_root = place.other_root().is_none_or(|root| roots.contains(root));
        let root = place.other_root().filter(|root| roots.contains(root));
        let root = root.unwrap_or_else(|| match place {
            Place::OwnRoot => "",
            _ => around(&file.facts.path, &roots),
        });
        by_root.entry(root).or_default().push(file);
    }
    let mut systems: Vec<_> =
        by_root.into_iter().map(|(root, files)| System::new(root, files, overlay)).collect();
    name(&mut systems);
    systems
}

/// Where a file lies, by what the parts that read it know of its place.
enum Place<'a> {
    /// In its place below the image's root.
    OwnRoot,
    /// In its place below this directory.
    OtherRoot(&'a str),
    Anywhere,
}

impl<'a> Place<'a> {
    fn of(file: &SeenFile<'a>, matcher: &Matcher) -> Self {
        let path = &file.facts.path;
        if matcher.at_place(path.as_str()).contains(file.part) {
            return Self::OwnRoot;
        }
        let other = matcher.in_other_root(path).filter(|(parts, _)| parts.contains(file.part));
        let root = other
            .and_then(|(_, inside)| path.as_str().strip_suffix(inside.as_str())?.strip_suffix('/'));
        root.map_or(Self::Anywhere, Self::OtherRoot)
    }

    fn other_root(&self) -> Option<&'a str> {
        match self {
            Self::OtherRoot(root) => Some(root),
            Self::OwnRoot | Self::Anywhere => None,
        }
    }
}

fn records_packages(file: &SeenFile<'_>) -> bool {
    let is_record =
        EXTRACTORS.get(file.part).is_some_and(|part| part.authority == Authority::Record);
    is_record
        && file
            .facts
            .facts
            .iter()
            .any(|fact| matches!(fact, Fact::Package(found) if found.is_system()))
}

/// The innermost of the roots that a path lies in. A directory of which roots are made adopts nothing.
fn around<'a>(path: &ImagePath, roots: &BTreeSet<&'a str>) -> &'a str {
    let above = path.ancestors().filter(|above| !PARTS_OF_ROOT.contains(above));
    above.filter_map(|above| roots.get(above)).next().copied().unwrap_or_default()
}

impl<'a> System<'a> {
    fn new(root: &'a str, files: Vec<SeenFile<'a>>, overlay: &Overlay<'_>) -> Self {
        let os_release = os_release(&files, root, overlay);
        let repositories = repositories(&files);
        let distro = os_release.as_ref().map(|pairs| distro(pairs, &repositories));
        Self { root, files, os_release, repositories, distro, name: None }
    }

    /// True where two roots are of the same distribution, as far as it judges their packages.
    fn is_same(&self, other: &Self) -> bool {
        self.distro == other.distro && self.repositories == other.repositories
    }
}

/// What systems are called that name no distribution.
const UNKNOWN: &str = "unknown";

/// Names the systems of other roots: as purls name their distribution, with a number where several are called so.
fn name(systems: &mut [System<'_>]) {
    let Some((own, others)) = systems.split_first_mut() else { return };
    let is_own_known = own.distro.is_some() && own.files.iter().any(records_packages);
    let mut taken: HashMap<String, usize> = HashMap::new();
    for position in 0..others.len() {
        let (before, rest) = others.split_at_mut(position);
        let Some(this) = rest.first_mut() else { return };
        if is_own_known && this.is_same(own) {
            continue;
        }
        let known = before.iter().find(|other| other.name.is_some() && other.is_same(this));
        this.name = Some(known.and_then(|known| known.name.clone()).unwrap_or_else(|| {
            let plain = this.distro.as_ref().map_or_else(|| UNKNOWN.to_owned(), distro_qualifier);
            let count = taken.entry(plain.clone()).or_default();
            *count += 1;
            if *count == 1 { plain } else { format!("{plain} {count}") }
        }));
    }
}
