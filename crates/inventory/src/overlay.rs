//! Layers on top of each other: what is hidden, and where a name leads once all layers are there.

use std::collections::HashMap;

use plimsoll_core::{ImagePath, Limits, PathHash};

use crate::Structure;

/// The layers of an image as a container sees them.
pub struct Overlay<'a> {
    layers: Vec<Prepared<'a>>,
    /// By hash of the link's path: the layers that have such a link, topmost first, with its target.
    symlinks: HashMap<PathHash, Vec<(usize, &'a str)>>,
    link_steps: usize,
}

struct Prepared<'a> {
    structure: &'a Structure,
    /// Hashes, sorted.
    whiteouts: Vec<PathHash>,
    opaque: Vec<PathHash>,
}

impl<'a> Overlay<'a> {
    /// From the bottom.
    pub fn new(structures: impl IntoIterator<Item = &'a Structure>, limits: &Limits) -> Self {
        let hashes = |paths: &[ImagePath]| {
            let mut hashes: Vec<_> = paths.iter().map(ImagePath::hash).collect();
            hashes.sort_unstable();
            hashes
        };
        let layers: Vec<_> = structures
            .into_iter()
            .map(|structure| Prepared {
                structure,
                whiteouts: hashes(&structure.whiteouts),
                opaque: hashes(&structure.opaque),
            })
            .collect();
        let mut symlinks: HashMap<PathHash, Vec<(usize, &'a str)>> = HashMap::new();
        for (position, layer) in layers.iter().enumerate().rev() {
            for (path, target) in &layer.structure.symlinks {
                symlinks.entry(path.hash()).or_default().push((position, target));
            }
        }
        Self { layers, symlinks, link_steps: limits.link_steps }
    }

    /// The first layer above `layer` in which its entry at `path` is removed, replaced, or loses a directory above it.
    #[must_use]
    pub fn hidden_at(&self, layer: usize, path: &ImagePath) -> Option<usize> {
        let own = path.hash();
        let ancestors: Vec<_> = path.ancestors().map(ImagePath::hash_of).collect();
        let above = self.layers.iter().enumerate().skip(layer + 1);
        above
            .into_iter()
            .find(|(_, upper)| upper.hides(own, &ancestors))
            .map(|(position, _)| position)
    }

    /// True where nothing above `layer` hides its entry at `path`.
    #[must_use]
    pub fn survives(&self, layer: usize, path: &ImagePath) -> bool {
        self.hidden_at(layer, path).is_none()
    }

    /// The layer whose entry at `path`, not a directory, is the one that a container sees.
    #[must_use]
    pub fn layer_of_file(&self, path: &ImagePath) -> Option<usize> {
        let hash = path.hash();
        let holds = |layer: &Prepared<'_>| contains(&layer.structure.files, hash);
        let topmost = self.layers.iter().rposition(holds)?;
        self.survives(topmost, path).then_some(topmost)
    }

    /// The target of the symbolic link at `path`, where a container sees one there.
    #[must_use]
    pub fn symlink(&self, path: &ImagePath) -> Option<&'a str> {
        let (layer, target) = *self.symlinks.get(&path.hash())?.first()?;
        (self.layer_of_file(path) == Some(layer)).then_some(target)
    }

    /// Follows symbolic links in every component, never above the root. `None` where there are more links than the limit
    /// (a cycle).
    #[must_use]
    pub fn resolve(&self, path: &ImagePath) -> Option<ImagePath> {
        let mut pending: Vec<String> = path.as_str().rsplit('/').map(str::to_owned).collect();
        let mut resolved: Vec<String> = Vec::new();
        let mut steps = 0;
        while let Some(component) = pending.pop() {
            match component.as_str() {
                "" | "." => continue,
                ".." => {
                    resolved.pop();
                    continue;
                }
                _ => resolved.push(component),
            }
            let here = ImagePath::new(&resolved.join("/"));
            if let Some(target) = self.symlink(&here) {
                steps += 1;
                if steps > self.link_steps {
                    return None;
                }
                resolved.pop();
                if target.starts_with('/') {
                    resolved.clear();
                }
                pending.extend(target.rsplit('/').map(str::to_owned));
            }
        }
        Some(ImagePath::new(&resolved.join("/")))
    }

    /// Symbolic links in the root directory that name a directory below it, such as `bin` → `usr/bin`: (link, target).
    #[must_use]
    pub fn root_aliases(&self) -> Vec<(ImagePath, ImagePath)> {
        let mut aliases: Vec<_> = self
            .layers
            .iter()
            .flat_map(|layer| &layer.structure.symlinks)
            .filter(|(path, _)| !path.as_str().contains('/'))
            .filter_map(|(path, _)| {
                Some((path.clone(), self.symlink(path).and(self.resolve(path))?))
            })
            .filter(|(path, target)| path != target && !target.is_root())
            .collect();
        aliases.sort_unstable();
        aliases.dedup();
        aliases
    }
}

impl Prepared<'_> {
    fn hides(&self, own: PathHash, ancestors: &[PathHash]) -> bool {
        contains(&self.structure.files, own)
            || contains(&self.structure.directories, own)
            || contains(&self.whiteouts, own)
            || ancestors.iter().any(|&ancestor| {
                contains(&self.whiteouts, ancestor)
                    || contains(&self.opaque, ancestor)
                    || contains(&self.structure.files, ancestor)
            })
            || contains(&self.opaque, ImagePath::hash_of(""))
    }
}

fn contains(sorted: &[PathHash], hash: PathHash) -> bool {
    sorted.binary_search(&hash).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StructureBuilder;

    fn layer(build: impl FnOnce(&mut StructureBuilder)) -> Structure {
        let mut builder = StructureBuilder::default();
        build(&mut builder);
        builder.finish((Vec::new(), 0))
    }

    fn path(text: &str) -> ImagePath {
        ImagePath::new(text)
    }

    #[test]
    fn an_upper_layer_hides_what_it_removes_replaces_or_covers() {
        let lower = layer(|layer| {
            for file in ["a/kept", "a/gone", "b/x/deep", "c/covered", "d", "e/under"] {
                layer.file(&path(file));
            }
        });
        let upper = layer(|layer| {
            layer.whiteout(&path("a/gone"));
            layer.whiteout(&path("b"));
            layer.opaque(&path("c"));
            layer.directory(&path("c"));
            layer.directory(&path("d"));
            layer.file(&path("e"));
        });
        let overlay = Overlay::new([&lower, &upper], &Limits::default());
        for (file, survives) in [
            ("a/kept", true),
            ("a/gone", false),
            ("b/x/deep", false),
            ("c/covered", false),
            ("d", false),
            ("e/under", false),
        ] {
            assert_eq!(overlay.survives(0, &path(file)), survives, "{file}");
        }
    }

    #[test]
    fn a_file_written_again_above_a_removal_is_seen() {
        let first = layer(|layer| layer.file(&path("a")));
        let second = layer(|layer| layer.whiteout(&path("a")));
        let third = layer(|layer| layer.file(&path("a")));
        let overlay = Overlay::new([&first, &second, &third], &Limits::default());
        assert_eq!(overlay.layer_of_file(&path("a")), Some(2));
        assert_eq!(overlay.hidden_at(0, &path("a")), Some(1));
    }

    #[test]
    fn links_are_followed_through_all_layers_and_never_out() {
        let lower = layer(|layer| {
            layer.symlink(&path("etc/os-release"), "../usr/lib/os-release");
            layer.symlink(&path("bin"), "usr/bin");
            layer.symlink(&path("out"), "../../../etc/shadow");
            layer.symlink(&path("one"), "two");
            layer.symlink(&path("two"), "/one");
        });
        let upper = layer(|layer| layer.file(&path("usr/lib/os-release")));
        let overlay = Overlay::new([&lower, &upper], &Limits::default());
        let resolve = |text: &str| overlay.resolve(&path(text)).map(|path| path.to_string());
        assert_eq!(resolve("etc/os-release").as_deref(), Some("usr/lib/os-release"));
        assert_eq!(resolve("bin/ls").as_deref(), Some("usr/bin/ls"));
        assert_eq!(resolve("out").as_deref(), Some("etc/shadow"));
        assert_eq!(resolve("one"), None);
        assert_eq!(overlay.layer_of_file(&path("usr/lib/os-release")), Some(1));
        assert_eq!(
            overlay.root_aliases(),
            [(path("bin"), path("usr/bin")), (path("out"), path("etc/shadow"))]
        );
    }
}
