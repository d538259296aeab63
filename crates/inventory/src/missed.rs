//! Content that the pass over a layer did not offer to a part, because only the merged image shows that the part wants it.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use plimsoll_core::{ImagePath, Limits, Problem};

use crate::assemble::{AllOwners, owners_of};
use crate::extractors::java::JAVA;
use crate::extractors::program::PROGRAM;
use crate::roots::{inside as inside_of, join};
use crate::{EXTRACTORS, Extractor, LayerResult, Matcher, Overlay, PartSet, Pattern};

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
    let mut image = Image {
        layers,
        matcher,
        overlay: &overlay,
        roots: roots(layers, matcher),
        components_left: limits.link_components,
        owners: OnceCell::new(),
    };
    let mut left_out = BTreeMap::new();
    let mut missed = image.below_linked_directories(limits, &mut left_out);
    missed.extend(image.behind_symlinks(limits, &mut left_out));
    for (position, layer) in layers.iter().enumerate() {
        for (path, target) in &layer.structure.hard_links {
            missed.extend(image.behind_hard_link(position, (path, target)));
        }
    }
    missed.sort_unstable();
    missed.dedup();
    (missed, left_out)
}

/// The directories that seem to be roots of other systems.
fn roots<'a>(layers: &'a [LayerResult], matcher: &Matcher) -> BTreeSet<&'a str> {
    let parts = layers.iter().flat_map(|layer| &layer.parts);
    let files = parts.flat_map(|part| &part.files).map(|file| &file.path);
    let links = layers.iter().flat_map(|layer| &layer.structure.symlinks);
    let seen = files.chain(links.map(|(path, _)| path));
    seen.filter_map(|path| Some(matcher.in_other_root(path)?.root)).collect()
}

/// The layers as one.
struct Image<'a> {
    layers: &'a [LayerResult],
    matcher: &'a Matcher,
    overlay: &'a Overlay<'a>,
    roots: BTreeSet<&'a str>,
    /// Of paths, that may still be looked at to follow links: a link may be long and lead to others.
    components_left: usize,
    /// Made where it is asked for.
    owners: OnceCell<AllOwners<'a>>,
}

impl<'a> Image<'a> {
    /// Files in their place below a root, which lie in directories that are links.
    fn below_linked_directories(
        &mut self,
        limits: &Limits,
        left_out: &mut BTreeMap<usize, usize>,
    ) -> Vec<Missed> {
        let links = self.layers.iter().flat_map(|layer| &layer.structure.symlinks);
        let above = links.flat_map(|(path, _)| path.ancestors());
        let mut roots: BTreeSet<&str> =
            above.filter_map(|above| self.roots.get(above).copied()).collect();
        roots.insert("");
        let mut missed = Vec::new();
        for (position, root) in roots.into_iter().enumerate() {
            if position > limits.linked_roots || self.components_left == 0 {
                *left_out.entry(0).or_default() += 1;
                continue;
            }
            for (inside, parts) in self.matcher.exact_paths() {
                missed.extend(self.in_place((root, inside), parts));
            }
        }
        missed
    }

    /// Files behind symbolic links that parts want for their names.
    fn behind_symlinks(
        &mut self,
        limits: &Limits,
        left_out: &mut BTreeMap<usize, usize>,
    ) -> Vec<Missed> {
        let mut missed = Vec::new();
        for (position, layer) in self.layers.iter().enumerate() {
            for (path, _) in &layer.structure.symlinks {
                let in_place = self.matcher.at_place(path.as_str());
                let other = self.matcher.in_other_root(path);
                let named = self.matcher.by_name(path).without(in_place);
                let is_wanted = !(named.is_empty() && in_place.is_empty()) || other.is_some();
                if !is_wanted || self.overlay.layer_of_file(path) != Some(position) {
                    continue;
                }
                if missed.len() >= limits.followed_links || self.components_left == 0 {
                    *left_out.entry(position).or_default() += 1;
                    continue;
                }
                missed.extend(self.in_place(("", path.as_str()), in_place));
                if let Some(other) = other {
                    missed.extend(self.in_place((other.root, other.inside), other.parts));
                }
                missed.extend(self.behind_link(path, named));
            }
        }
        missed
    }

    /// A file that parts want in its place below a root, where it is a link or below one.
    fn in_place(&mut self, (root, inside): (&str, &str), parts: PartSet) -> Option<Missed> {
        if parts.is_empty() {
            return None;
        }
        let path = ImagePath::new(&join(root, inside));
        let left = &mut self.components_left;
        let target = self.overlay.resolve_within((root, inside), left);
        let target = target.filter(|target| *target != path)?;
        let content_layer = self.overlay.layer_of_file(&target)?;
        let mut layer = content_layer;
        while let Some(hidden) = self.overlay.hidden_at(layer, &path) {
            layer = hidden;
        }
        // What lies in another place of the same root is read there.
        let at_target = match inside_of(root, target.as_str()) {
            Some(target) => self.matcher.at_place(target),
            None => PartSet::default(),
        };
        entry((content_layer, target), (layer, &path, &path), parts.without(at_target))
    }

    /// A file whose own name says nothing, while the link has a name that parts want: `usr/local/bin/redis-server` for
    /// `opt/redis/bin/redis-7`, `app.jar` for `app-1`.
    fn behind_link(&mut self, path: &ImagePath, parts: PartSet) -> Option<Missed> {
        if parts.is_empty() || path.parent().contains(MANUALS) {
            return None;
        }
        // What runs in a root follows links there.
        let root = path.ancestors().find_map(|above| self.roots.get(above).copied());
        let root = root.unwrap_or_default();
        let inside = inside_of(root, path.as_str())?;
        let target = self.overlay.resolve_within((root, inside), &mut self.components_left);
        let target = target.filter(|target| target != path)?;
        let layer = self.overlay.layer_of_file(&target)?;
        let (content_layer, content) = content_of((layer, self.layers), &target, self.overlay);
        let mut parts = self.unread(parts, (layer, &target));
        if self.overlay.layer_of_file(content) == Some(content_layer) {
            parts = self.unread(parts, (content_layer, content));
        }
        // What a system package owns is known from its record, so that the links of Debian's alternatives cost nothing; but not what an
        // archive carries inside.
        let archives = parts.intersection(part(&JAVA));
        if !parts.without(archives).is_empty() && self.has_owner(&target) {
            parts = archives;
        }
        entry((content_layer, content.clone()), (layer, path, &target), parts)
    }

    /// Those of the parts that did not read the file under its own name.
    fn unread(&self, parts: PartSet, (layer, path): (usize, &ImagePath)) -> PartSet {
        let by_name = self.matcher.by_name(path).intersection(parts);
        // A program that is none has been looked at; what another part makes of a file may depend on its directory.
        let others = by_name.without(part(&PROGRAM)).positions();
        let silent = others.filter(|part| !self.says(*part, (layer, path))).map(PartSet::single);
        parts.without(by_name).union(silent.fold(PartSet::default(), PartSet::union))
    }

    /// True where a part says something of a layer's file.
    fn says(&self, part: usize, (layer, path): (usize, &ImagePath)) -> bool {
        let result = self.layers.get(layer).and_then(|layer| layer.parts.get(part));
        result.is_some_and(|result| {
            let of_problem = |problem: &Problem| problem.path.as_ref().cmp(&Some(path));
            result.files.binary_search_by(|file| file.path.cmp(path)).is_ok()
                || result.problems.binary_search_by(of_problem).is_ok()
        })
    }

    fn has_owner(&self, path: &ImagePath) -> bool {
        self.owners.get_or_init(|| owners_of(self.layers, self.overlay)).has(path)
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
        let (mut content_layer, target) = content_of((position, layers), target, overlay);
        // Some tools link to links.
        let resolved = overlay.symlink(target).and_then(|_| overlay.resolve(target));
        let target = resolved.as_ref().unwrap_or(target);
        if resolved.is_some() {
            content_layer = overlay.layer_of_file(target)?;
        }
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

/// The set of this part alone.
fn part(extractor: &Extractor) -> PartSet {
    let position = EXTRACTORS.iter().position(|part| std::ptr::eq(*part, extractor));
    position.map_or(PartSet::default(), PartSet::single)
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
