//! Layers on top of each other: what is hidden, and where a name leads once all layers are there.

use std::collections::{BTreeSet, HashMap};

use plimsoll_core::{ImagePath, Limits, PathHash};

use crate::Structure;
use crate::roots::{inside, join};

/// The layers of an image as a container sees them.
pub struct Overlay<'a> {
    /// What hides lower entries, of all layers, sorted: one search answers for any number of layers.
    hiding: Vec<Hiding>,
    layers: usize,
    /// By hash of the link's path: the topmost layer that has such a link, and its target.
    symlinks: HashMap<PathHash, (usize, &'a str)>,
    /// The links of the root directory, sorted.
    root_links: BTreeSet<&'a ImagePath>,
    link_steps: usize,
    path_bytes: usize,
}

/// A name in a layer that hides what lower layers have there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Hiding {
    hash: PathHash,
    reach: Reach,
    layer: u16,
    is_file: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    /// A directory hides only what is no directory, at its own name.
    Name,
    /// A file, a removal or an opaque directory hides what lies below its name too.
    Below,
}

/// Directories of a root that are links where `/usr` has been merged.
const MERGED: [&str; 7] = ["bin", "lib", "lib32", "lib64", "libo32", "libx32", "sbin"];

/// Links of the root directory that are looked at as aliases: an image has ten or twenty.
const ROOT_LINKS: usize = 256;

impl<'a> Overlay<'a> {
    /// From the bottom.
    pub fn new(structures: impl IntoIterator<Item = &'a Structure>, limits: &Limits) -> Self {
        let mut hiding = Vec::new();
        let mut layers = 0;
        let mut symlinks = HashMap::new();
        let mut root_links = BTreeSet::new();
        for (position, structure) in structures.into_iter().enumerate() {
            layers = position + 1;
            // Far fewer layers are read of one image than this counts: see `Limits::layers`.
            let layer = u16::try_from(position).unwrap_or(u16::MAX);
            let name = |reach, is_file| move |hash| Hiding { hash, reach, layer, is_file };
            hiding.extend(structure.directories.iter().copied().map(name(Reach::Name, false)));
            hiding.extend(structure.files.iter().copied().map(name(Reach::Below, true)));
            let removals = structure.whiteouts.iter().chain(&structure.opaque);
            hiding.extend(removals.map(ImagePath::hash).map(name(Reach::Below, false)));
            for (path, target) in &structure.symlinks {
                symlinks.insert(path.hash(), (position, target.as_str()));
                if !path.as_str().contains('/') {
                    root_links.insert(path);
                }
            }
        }
        // Stable, because that is quick on runs that are sorted already, as the layers' hashes are.
        hiding.sort();
        let Limits { link_steps, path_bytes, .. } = *limits;
        Self { hiding, layers, symlinks, root_links, link_steps, path_bytes }
    }

    /// The first layer above `layer` in which its entry at `path` is removed, replaced, or loses a directory above it.
    #[must_use]
    pub fn hidden_at(&self, layer: usize, path: &ImagePath) -> Option<usize> {
        if layer.saturating_add(1) >= self.layers {
            return None;
        }
        let root = ImagePath::hash_of("");
        let ancestors = path.ancestors().map(ImagePath::hash_of).chain([root]);
        let below = ancestors.filter_map(|hash| self.first_above(layer, hash, Reach::Below));
        let own = path.hash();
        let own = [Reach::Name, Reach::Below].map(|reach| self.first_above(layer, own, reach));
        below.chain(own.into_iter().flatten()).min()
    }

    /// True where nothing above `layer` hides its entry at `path`.
    #[must_use]
    pub fn survives(&self, layer: usize, path: &ImagePath) -> bool {
        self.hidden_at(layer, path).is_none()
    }

    /// The layer whose entry at `path`, not a directory, is the one that a container sees.
    #[must_use]
    pub fn layer_of_file(&self, path: &ImagePath) -> Option<usize> {
        self.layer_of_file_below(usize::MAX, path)
    }

    /// The same as the layers below `top` alone would have it.
    #[must_use]
    pub fn layer_of_file_below(&self, top: usize, path: &ImagePath) -> Option<usize> {
        let hash = path.hash();
        let end = self.hiding.partition_point(|name| {
            (name.hash, name.reach, usize::from(name.layer)) < (hash, Reach::Below, top)
        });
        let below_top = self.hiding.get(..end)?.iter().rev();
        let mut same = below_top.take_while(|name| name.hash == hash && name.reach == Reach::Below);
        let topmost = usize::from(same.find(|name| name.is_file)?.layer);
        self.hidden_at(topmost, path).is_none_or(|hidden| hidden >= top).then_some(topmost)
    }

    /// The target of the symbolic link at `path`, where a container sees one there.
    #[must_use]
    pub fn symlink(&self, path: &ImagePath) -> Option<&'a str> {
        let (layer, target) = *self.symlinks.get(&path.hash())?;
        (self.layer_of_file(path) == Some(layer)).then_some(target)
    }

    /// Follows symbolic links in every component, never above the root. `None` where there are more links than the limit
    /// (a cycle), or the path becomes longer than one that is read.
    #[must_use]
    pub fn resolve(&self, path: &ImagePath) -> Option<ImagePath> {
        self.resolve_in("", path.as_str())
    }

    /// The same of a path inside a root, as what runs in that root would have it.
    #[must_use]
    pub fn resolve_in(&self, root: &str, path: &str) -> Option<ImagePath> {
        let mut left = usize::MAX;
        self.resolve_within((root, path), &mut left)
    }

    /// The same within so many components, of which those that were looked at are taken.
    pub fn resolve_within(
        &self,
        (root, path): (&str, &str),
        left: &mut usize,
    ) -> Option<ImagePath> {
        let mut pending: Vec<&str> = path.rsplit('/').collect();
        let mut resolved = root.to_owned();
        let mut steps = 0;
        while let Some(component) = pending.pop() {
            *left = left.checked_sub(1)?;
            let parent = resolved.rfind('/').unwrap_or(0).max(root.len());
            match component {
                "" | "." => continue,
                ".." => {
                    resolved.truncate(parent);
                    continue;
                }
                _ => {}
            }
            let parent = resolved.len();
            if parent > 0 {
                resolved.push('/');
            }
            resolved.push_str(component);
            if resolved.len() > self.path_bytes {
                return None;
            }
            if !self.symlinks.contains_key(&ImagePath::hash_of(&resolved)) {
                continue;
            }
            if let Some(target) = self.symlink(&ImagePath::new(&resolved)) {
                steps += 1;
                if steps > self.link_steps {
                    return None;
                }
                resolved.truncate(if target.starts_with('/') { root.len() } else { parent });
                pending.extend(target.rsplit('/'));
            }
        }
        Some(ImagePath::new(&resolved))
    }

    /// Symbolic links directly below a root that name a directory below it, such as `bin` → `usr/bin`: (link, target), both as they are
    /// called inside that root. Of another root than the image's own, only those of merged directories.
    #[must_use]
    pub fn aliases(&self, root: &str) -> Vec<(ImagePath, ImagePath)> {
        if root.is_empty() {
            let links = self.root_links.iter().take(ROOT_LINKS).copied();
            return links.filter_map(|path| self.alias(root, path.as_str())).collect();
        }
        MERGED.iter().filter_map(|name| self.alias(root, name)).collect()
    }

    fn alias(&self, root: &str, link: &str) -> Option<(ImagePath, ImagePath)> {
        let path = ImagePath::new(&join(root, link));
        let target = self.symlink(&path).and(self.resolve_in(root, link))?;
        let target = inside(root, target.as_str()).map(ImagePath::new)?;
        (target.as_str() != link && !target.is_root()).then(|| (ImagePath::new(link), target))
    }

    /// The first layer above `layer` that has this name with this reach.
    fn first_above(&self, layer: usize, hash: PathHash, reach: Reach) -> Option<usize> {
        let start = self.hiding.partition_point(|name| {
            (name.hash, name.reach, usize::from(name.layer)) <= (hash, reach, layer)
        });
        let first = self.hiding.get(start)?;
        (first.hash == hash && first.reach == reach).then_some(usize::from(first.layer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StructureBuilder;

    fn layer(build: impl FnOnce(&mut StructureBuilder)) -> Structure {
        let mut builder = StructureBuilder::new(&Limits::default());
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
    fn paths_as_deep_as_they_are_long_are_judged_in_a_thousand_layers() {
        let deep = path(&"a/".repeat(2_000));
        let layers: Vec<_> = (0..1_000)
            .map(|number| {
                layer(|layer| {
                    layer.file(&path(&format!("f{number}")));
                    layer.directory(&path("a/a"));
                })
            })
            .collect();
        let overlay = Overlay::new(&layers, &Limits::default());
        assert!((0..100).all(|_| overlay.survives(0, &deep)));
        assert_eq!(overlay.hidden_at(0, &path("f7/x")), Some(7));
        assert_eq!(overlay.layer_of_file_below(7, &path("f7")), None);
        assert_eq!(overlay.layer_of_file_below(8, &path("f7")), Some(7));
    }

    #[test]
    fn links_that_make_a_path_grow_without_end_are_given_up() {
        let lower = layer(|layer| {
            for number in 0..100 {
                let target = format!("{}s{}", "a/../".repeat(500), number + 1);
                layer.symlink(&path(&format!("s{number}")), &target);
            }
            layer.symlink(&path("long"), &format!("{}long", "x/".repeat(1_500)));
        });
        let overlay = Overlay::new([&lower], &Limits::default());
        assert_eq!(overlay.resolve(&path("s0")), None);
        assert_eq!(overlay.resolve(&path("s90")), Some(path("s100")));
        assert_eq!(
            overlay.resolve(&path("long")),
            Some(path(&format!("{}long", "x/".repeat(1_500))))
        );
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
            overlay.aliases(""),
            [(path("bin"), path("usr/bin")), (path("out"), path("etc/shadow"))]
        );
    }
}
