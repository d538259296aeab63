//! Content that the pass over a layer did not offer to a part, because only the merged image shows that the part wants it.

use plimsoll_core::{ImagePath, Limits};

use crate::{LayerResult, Matcher, Overlay, PartSet};

/// A file that parts want under another name than its own: it is read in a second pass over its layer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Missed {
    pub layer: usize,
    /// Where the content lies.
    pub path: ImagePath,
    /// The wanted name, a symbolic or hard link to it.
    pub wanted_as: ImagePath,
    /// The parts that want it, as positions.
    pub parts: Vec<usize>,
}

/// What a second pass has to read: wanted names that are symbolic links to unwanted ones (perhaps in another layer), and
/// wanted names that are hard links to unwanted ones. Sorted. Nearly always empty.
#[must_use]
pub fn missed(layers: &[LayerResult], matcher: &Matcher, limits: &Limits) -> Vec<Missed> {
    let overlay = Overlay::new(layers.iter().map(|layer| &layer.structure), limits);
    let mut missed: Vec<Missed> = matcher
        .exact_paths()
        .filter_map(|(path, parts)| behind_symlink(&ImagePath::new(path), parts, matcher, &overlay))
        .collect();
    for (position, layer) in layers.iter().enumerate() {
        for (path, target) in &layer.structure.hard_links {
            missed.extend(behind_hard_link((position, layer), (path, target), matcher, &overlay));
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
    let layer = overlay.layer_of_file(&target)?;
    let parts = parts.without(matcher.by_name(&target));
    entry(layer, target, path.clone(), parts)
}

fn behind_hard_link(
    (position, layer): (usize, &LayerResult),
    (path, target): (&ImagePath, &ImagePath),
    matcher: &Matcher,
    overlay: &Overlay<'_>,
) -> Option<Missed> {
    let wanting = matcher.by_name(path);
    if wanting.is_empty() || overlay.layer_of_file(path) != Some(position) {
        return None;
    }
    let links = &layer.structure.hard_links;
    let mut target = target;
    for _ in 0..=links.len().min(40) {
        match links.binary_search_by(|(link, _)| link.cmp(target)) {
            Ok(found) => target = &links[found].1,
            Err(_) => break,
        }
    }
    entry(position, target.clone(), path.clone(), wanting.without(matcher.by_name(target)))
}

fn entry(layer: usize, path: ImagePath, wanted_as: ImagePath, parts: PartSet) -> Option<Missed> {
    let parts: Vec<_> = parts.positions().collect();
    (!parts.is_empty()).then_some(Missed { layer, path, wanted_as, parts })
}
