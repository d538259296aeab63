//! Which system package owns which file.

use std::collections::{BTreeMap, HashMap};

use plimsoll_core::{ImagePath, PackageId, PathHash};

use crate::roots::inside;
use crate::{FoundPackage, Overlay, Owned};

/// How many links of the root directory are considered when a name is looked up: a merged `/usr` needs ten.
const ROOT_ALIASES: usize = 64;

/// The owned files of all packages of a system.
#[derive(Default)]
pub struct Owners<'r> {
    /// The directory that is its root; empty for the image's own.
    root: &'r str,
    by_path: HashMap<PathHash, usize>,
    packages: Vec<PackageId>,
    /// By name, and by `name:arch`.
    by_name: BTreeMap<String, usize>,
    aliases: Vec<(ImagePath, ImagePath)>,
}

impl<'r> Owners<'r> {
    #[must_use]
    pub fn new(overlay: &Overlay<'_>, root: &'r str) -> Self {
        let mut aliases = overlay.aliases(root);
        aliases.truncate(ROOT_ALIASES);
        Self { root, aliases, ..Self::default() }
    }

    /// Adds a system package with the files that its own record names, and gives its position.
    pub fn package(&mut self, id: &PackageId, found: &FoundPackage) -> usize {
        let position = self.packages.len();
        self.packages.push(id.clone());
        if let Some(arch) = &id.arch {
            self.by_name.entry(format!("{}:{arch}", id.name)).or_insert(position);
        }
        self.by_name.entry(id.name.clone()).or_insert(position);
        self.files_of(position, &found.owned_paths);
        position
    }

    /// Adds the files of a package that is there already; those of a package that is not installed belong to nobody.
    pub fn files(&mut self, owned: &Owned) {
        if let Some(&position) = self.by_name.get(&owned.package) {
            self.files_of(position, &owned.paths);
        }
    }

    /// Adds files of the package at a position.
    pub fn files_of(&mut self, position: usize, paths: &[PathHash]) {
        for path in paths {
            self.by_path.entry(*path).or_insert(position);
        }
    }

    /// The package that owns the file at `path`, also where the package's own record uses a name from before directories
    /// of the root were merged (`bin/ls` for `usr/bin/ls`).
    #[must_use]
    pub fn owner(&self, path: &ImagePath) -> Option<&PackageId> {
        let whole = path.hash();
        let path = inside(self.root, path.as_str())?;
        let direct = self.by_path.get(&ImagePath::hash_of(path));
        // Some package managers below a directory write where the file lies in the end.
        let direct = direct.or_else(|| self.by_path.get(&whole));
        let position = direct.or_else(|| {
            self.aliases.iter().find_map(|(link, target)| {
                let rest = inside(target.as_str(), path)?;
                self.by_path.get(&ImagePath::hash_of(&format!("{link}/{rest}")))
            })
        })?;
        self.packages.get(*position)
    }
}
