//! Content that the pass over a layer did not offer to a part, because only the merged image shows that the part wants it.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_core::{ImagePath, Limits};

use crate::assemble::owners_of;
use crate::roots::{inside as inside_of, join};
use crate::{EXTRACTORS, LayerResult, Matcher, Overlay, PartSet, Pattern};

/// A file that parts want under another name than its own: it is read in a second pass over the layer that holds it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Missed {
    /// Where the content lies.
    pub content_layer: usize,
    pub path: ImagePath,
    /// The wanted name, a symbolic or hard link to it.
    pub wanted_as: ImagePath,
    /// The name that what is read is told of: the wanted one, or the file's own where its name is only wanted of a link.
    pub told_of: ImagePath,
    /// The layer from which a container sees that name: what is read belongs to this one, as a lower layer's would count as
    /// hidden by a link itself.
    pub layer: usize,
    /// The parts that want it, as positions.
    pub parts: Vec<usize>,
}

/// Hard links that are followed from one to the next inside one layer.
const HARD_LINK_STEPS: usize = 40;

/// Where no program lies, but pages that are called as programs are and linked as they are.
const MANUALS: &str = "share/man/";

/// What a second pass has to read: wanted names that are symbolic links to unwanted ones (perhaps in another layer), and hard links to
/// files that are unwanted, or that a container does not see under the name that they were read by. Sorted. Nearly always empty.
///
/// Beside it, how many links of each layer, and roots, are more than are looked at.
#[must_use]
pub fn missed(
    layers: &[LayerResult],
    matcher: &Matcher,
    limits: &Limits,
) -> (Vec<Missed>, BTreeMap<usize, usize>) {
    let overlay = Overlay::new(layers.iter().map(|layer| &layer.structure), limits);
    let image = Image { layers, matcher, overlay: &overlay };
    let mut missed = Vec::new();
    let (roots, roots_left_out) = image.roots(limits);
    for root in roots {
        let behind = |(path, parts)| image.behind_symlink((&root, path), parts);
        missed.extend(matcher.exact_paths().filter_map(behind));
    }
    let (linked, mut left_out) = image.linked_files(limits);
    if roots_left_out > 0 {
        *left_out.entry(0).or_default() += roots_left_out;
    }
    missed.extend(linked);
    for (position, layer) in layers.iter().enumerate() {
        for (path, target) in &layer.structure.hard_links {
            missed.extend(image.behind_hard_link(position, (path, target)));
        }
    }
    missed.sort_unstable();
    missed.dedup();
    (missed, left_out)
}

/// The layers as one.
struct Image<'a> {
    layers: &'a [LayerResult],
    matcher: &'a Matcher,
    overlay: &'a Overlay<'a>,
}

impl Image<'_> {
    /// The image's own root, and the directories that seem to be roots of other systems; how many of these are more than are looked at.
    fn roots(&self, limits: &Limits) -> (Vec<String>, usize) {
        let parts = self.layers.iter().flat_map(|layer| &layer.parts);
        let files = parts.flat_map(|part| &part.files).map(|file| &file.path);
        let links = self.layers.iter().flat_map(|layer| &layer.structure.symlinks);
        let seen = files.chain(links.map(|(path, _)| path));
        let others = seen.filter_map(|path| Some(self.matcher.in_other_root(path)?.root));
        let others: BTreeSet<&str> = others.collect();
        let left_out = others.len().saturating_sub(limits.linked_roots);
        let others = others.into_iter().take(limits.linked_roots);
        (std::iter::once("").chain(others).map(str::to_owned).collect(), left_out)
    }

    /// A file in its place below a root, which is a link or below one.
    fn behind_symlink(&self, (root, inside): (&str, &str), parts: PartSet) -> Option<Missed> {
        let (overlay, path) = (self.overlay, ImagePath::new(&join(root, inside)));
        let target = overlay.resolve_in(root, inside).filter(|target| *target != path)?;
        let content_layer = overlay.layer_of_file(&target)?;
        let mut layer = content_layer;
        while let Some(hidden) = overlay.hidden_at(layer, &path) {
            layer = hidden;
        }
        // What lies in another place of the same root is read there.
        let at_target = match inside_of(root, target.as_str()) {
            Some(target) => self.matcher.at_place(target),
            None => PartSet::default(),
        };
        let at_target = at_target.union(self.matcher.by_name(&target));
        let parts = parts.without(at_target);
        entry((content_layer, target), (layer, &path, &path), parts)
    }

    /// Files whose own name says nothing, while a symbolic link to them has a name that a part wants: `usr/local/bin/redis-server` for
    /// `opt/redis/bin/redis-7`, `app.jar` for `app-1`. What a system package owns is known from its record, so that the links of Debian's
    /// alternatives cost nothing.
    fn linked_files(&self, limits: &Limits) -> (Vec<Missed>, BTreeMap<usize, usize>) {
        let (mut missed, mut left_out) = (Vec::new(), BTreeMap::new());
        for (position, layer) in self.layers.iter().enumerate() {
            for (path, _) in &layer.structure.symlinks {
                let parts = self.matcher.by_name(path);
                if parts.is_empty() || self.overlay.layer_of_file(path) != Some(position) {
                    continue;
                }
                let Some(found) = self.behind_link(path, parts) else { continue };
                if missed.len() < limits.followed_links {
                    missed.push(found);
                } else {
                    *left_out.entry(position).or_default() += 1;
                }
            }
        }
        if !missed.is_empty() {
            let owners = owners_of(self.layers, self.overlay);
            missed.retain(|one| !owners.has(&one.told_of));
        }
        (missed, left_out)
    }

    fn behind_link(&self, path: &ImagePath, parts: PartSet) -> Option<Missed> {
        // What has its place below a root is followed below that root.
        if path.parent().contains(MANUALS) || !self.matcher.at_place(path.as_str()).is_empty() {
            return None;
        }
        let target = self.overlay.resolve(path).filter(|target| target != path)?;
        let layer = self.overlay.layer_of_file(&target)?;
        let (content_layer, content) = content_of((layer, self.layers), &target, self.overlay);
        let mut parts = parts.without(self.matcher.by_name(&target));
        if self.overlay.layer_of_file(content) == Some(content_layer) {
            parts = parts.without(self.matcher.by_name(content));
        }
        entry((content_layer, content.clone()), (layer, path, &target), parts)
    }

    fn behind_hard_link(
        &self,
        position: usize,
        (path, target): (&ImagePath, &ImagePath),
    ) -> Option<Missed> {
        let (layers, matcher, overlay) = (self.layers, self.matcher, self.overlay);
        if overlay.layer_of_file(path) != Some(position) {
            return None;
        }
        let (content_layer, target) = content_of((position, layers), target, overlay);
        let mut wanting = matcher.by_name(path);
        if overlay.layer_of_file(target) == Some(content_layer) {
            wanting = wanting.without(matcher.by_name(target));
        } else if let Some(layer) = layers.get(content_layer) {
            // What was read of it for its first bytes is hidden with the name that it was read by. What was read for that name is
            // no longer there: a package manager's store keeps old files under names that mean nothing.
            let reading = layer.parts.iter().enumerate().filter(|(part, _)| reads_magic(*part));
            for (part, result) in reading {
                if result.files.binary_search_by(|file| file.path.cmp(target)).is_ok() {
                    wanting = wanting.union(PartSet::single(part));
                }
            }
        }
        // What has its place below another root is that root's, whatever else the same file is.
        if let Some(other) = matcher.in_other_root(path) {
            wanting = wanting.union(other.parts);
        }
        entry((content_layer, target.clone()), (position, path, path), wanting)
    }
}

/// True for a part that wants files for their first bytes, whatever their name.
fn reads_magic(part: usize) -> bool {
    EXTRACTORS.get(part).is_some_and(|extractor| {
        extractor.patterns.iter().any(|pattern| matches!(pattern, Pattern::Magic(_)))
    })
}

/// Where the content of a hard link lies: in its own layer or, as some tools write layers, in one below.
fn content_of<'a>(
    (position, layers): (usize, &'a [LayerResult]),
    target: &'a ImagePath,
    overlay: &Overlay<'_>,
) -> (usize, &'a ImagePath) {
    let (mut position, mut target) = (position, target);
    for _ in 0..HARD_LINK_STEPS {
        let Some(structure) = layers.get(position).map(|layer| &layer.structure) else { break };
        if let Ok(found) = structure.hard_links.binary_search_by(|(link, _)| link.cmp(target)) {
            target = &structure.hard_links[found].1;
        } else if structure.files.binary_search(&target.hash()).is_ok() {
            break;
        } else if let Some(below) = overlay.layer_of_file_below(position, target) {
            position = below;
        } else {
            break;
        }
    }
    (position, target)
}

fn entry(
    (content_layer, path): (usize, ImagePath),
    (layer, wanted_as, told_of): (usize, &ImagePath, &ImagePath),
    parts: PartSet,
) -> Option<Missed> {
    let parts: Vec<_> = parts.positions().collect();
    let (wanted_as, told_of) = (wanted_as.clone(), told_of.clone());
    (!parts.is_empty()).then_some(Missed { content_layer, path, wanted_as, told_of, layer, parts })
}
