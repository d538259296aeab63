//! Content that the pass over a layer did not offer to a part, because only the merged image shows that the part wants it.

use plimsoll_core::{ImagePath, Limits};

use crate::{EXTRACTORS, LayerResult, Matcher, Overlay, PartSet, Pattern};

/// A file that parts want under another name than its own: it is read in a second pass over the layer that holds it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Missed {
    /// Where the content lies.
    pub content_layer: usize,
    pub path: ImagePath,
    /// The wanted name, a symbolic or hard link to it.
    pub wanted_as: ImagePath,
    /// The layer from which a container sees the wanted name: what is read belongs to this one, as a lower layer's would
    /// count as hidden by the link itself.
    pub layer: usize,
    /// The parts that want it, as positions.
    pub parts: Vec<usize>,
}

/// Hard links that are followed from one to the next inside one layer.
const HARD_LINK_STEPS: usize = 40;

/// What a second pass has to read: wanted names that are symbolic links to unwanted ones (perhaps in another layer), and hard
/// links to files that are unwanted, or that a container does not see under the name that they were read by. Sorted. Nearly
/// always empty.
#[must_use]
pub fn missed(layers: &[LayerResult], matcher: &Matcher, limits: &Limits) -> Vec<Missed> {
    let overlay = Overlay::new(layers.iter().map(|layer| &layer.structure), limits);
    let mut missed: Vec<Missed> = matcher
        .exact_paths()
        .filter_map(|(path, parts)| behind_symlink(&ImagePath::new(path), parts, matcher, &overlay))
        .collect();
    for (position, layer) in layers.iter().enumerate() {
        for (path, target) in &layer.structure.hard_links {
            missed.extend(behind_hard_link((position, layers), (path, target), matcher, &overlay));
        }
    }
    missed.sort_unstable();
    missed.dedup();
    missed
}

fn behind_symlink(
    path: &ImagePath,
    parts: PartSet,
    matcher: &Matcher,
    overlay: &Overlay<'_>,
) -> Option<Missed> {
    let target = overlay.resolve(path).filter(|target| target != path)?;
    let content_layer = overlay.layer_of_file(&target)?;
    let mut layer = content_layer;
    while let Some(hidden) = overlay.hidden_at(layer, path) {
        layer = hidden;
    }
    let parts = parts.without(matcher.by_name(&target));
    entry((content_layer, target), (layer, path.clone()), parts)
}

fn behind_hard_link(
    (position, layers): (usize, &[LayerResult]),
    (path, target): (&ImagePath, &ImagePath),
    matcher: &Matcher,
    overlay: &Overlay<'_>,
) -> Option<Missed> {
    if overlay.layer_of_file(path) != Some(position) {
        return None;
    }
    let (content_layer, target) = content_of((position, layers), target, overlay);
    let mut wanting = matcher.by_name(path);
    if overlay.layer_of_file(target) == Some(content_layer) {
        wanting = wanting.without(matcher.by_name(target));
    } else if let Some(layer) = layers.get(content_layer) {
        // What was read of it for its first bytes is hidden with the name that it was read by. What was read for that name is no
        // longer there: a package manager's store keeps old files under names that mean nothing.
        for (part, result) in layer.parts.iter().enumerate().filter(|(part, _)| reads_magic(*part))
        {
            if result.files.binary_search_by(|file| file.path.cmp(target)).is_ok() {
                wanting = wanting.union(PartSet::single(part));
            }
        }
    }
    entry((content_layer, target.clone()), (position, path.clone()), wanting)
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
    (layer, wanted_as): (usize, ImagePath),
    parts: PartSet,
) -> Option<Missed> {
    let parts: Vec<_> = parts.positions().collect();
    (!parts.is_empty()).then_some(Missed { content_layer, path, wanted_as, layer, parts })
}
