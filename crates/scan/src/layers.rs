//! From an opened image to its inventory: layers in parallel, each read at most once, and not at all where the cache knows it.

use std::collections::BTreeMap;
use std::io::Read;
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use plimsoll_core::{Digest, Limits, Problem, ProblemKind};
use plimsoll_inventory::{
    EXTRACTORS, Inventory, LayerResult, Matcher, Missed, PartSet, assemble, missed,
};
use plimsoll_oci::{Image, LayerBlob, LayerRequest, WalkedLayer, digest_layer, walk_layer};

use crate::analyze::{LayerAnalyzer, SecondPass};
use crate::{Cache, Progress};

/// How an inventory is taken. Nothing here but the limits changes its result.
pub struct InventorySettings<'a> {
    pub threads: NonZeroUsize,
    pub limits: Limits,
    pub cache: Option<&'a Cache>,
    pub progress: &'a dyn Progress,
}

/// A layer as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerSummary {
    /// The digest of its uncompressed bytes as we computed it; `None` where they could not be read to the end.
    pub diff_id: Option<Digest>,
    /// What the image claims.
    pub claimed_diff_id: Option<Digest>,
    /// The digest of the bytes as they are stored.
    pub blob: Option<Digest>,
    /// Uncompressed bytes.
    pub size: u64,
    pub created_by: Option<String>,
    /// The layer's results came out of the cache.
    pub from_cache: bool,
}

/// An image's inventory and the layers that it was taken from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageInventory {
    pub inventory: Inventory,
    pub layers: Vec<LayerSummary>,
}

/// One layer's result and summary.
pub(crate) struct AnalyzedLayer {
    pub result: LayerResult,
    pub summary: LayerSummary,
}

/// Takes the inventory of an image. It always ends with one: what could not be read is among its problems.
#[must_use]
pub fn image_inventory(image: &Image, settings: &InventorySettings<'_>) -> ImageInventory {
    let matcher = Matcher::new(EXTRACTORS);
    let reader = LayerReader { matcher: &matcher, settings };
    settings.progress.layers(image.layers.len());
    reader.merged(reader.all(&image.layers), image)
}

/// Merges layers, and adds the problems of the image's documents.
pub(crate) fn inventory(
    results: &[LayerResult],
    documents: &[Problem],
    limits: &Limits,
) -> Inventory {
    let mut inventory = assemble(results, limits);
    inventory.problems.extend(documents.iter().cloned());
    inventory.problems.sort_by(|one, other| {
        let order = |problem: &Problem| (problem.layer, problem.path.clone(), problem.kind);
        order(one).cmp(&order(other)).then_with(|| one.cmp(other))
    });
    inventory
}

pub(crate) struct LayerReader<'a> {
    pub matcher: &'a Matcher,
    pub settings: &'a InventorySettings<'a>,
}

impl LayerReader<'_> {
    /// All layers, the largest first so that no thread is left with it alone at the end.
    fn all(&self, layers: &[LayerBlob]) -> Vec<AnalyzedLayer> {
        let mut order: Vec<_> = (0..layers.len()).collect();
        order.sort_by_key(|&position| std::cmp::Reverse(layers[position].size));
        let next = AtomicUsize::new(0);
        let analyzed: Vec<Mutex<Option<AnalyzedLayer>>> =
            layers.iter().map(|_| Mutex::default()).collect();
        std::thread::scope(|scope| {
            for _ in 0..self.settings.threads.get().min(layers.len()) {
                scope.spawn(|| {
                    while let Some(&position) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let layer = self.layer(&layers[position]);
                        self.settings.progress.layer_done(position);
                        *analyzed[position]
                            .lock()
                            .unwrap_or_else(std::sync::PoisonError::into_inner) = Some(layer);
                    }
                });
            }
        });
        let panicked = || Problem::new(ProblemKind::Panicked, "the layer's thread panicked");
        let unread = |blob| unreadable(blob, Some(panicked()));
        let take =
            |cell: Mutex<_>| cell.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        layers
            .iter()
            .zip(analyzed)
            .map(|(blob, cell)| take(cell).unwrap_or_else(|| unread(blob)))
            .collect()
    }

    /// Merges analysed layers, after a second pass where the merge shows that one is needed.
    pub(crate) fn merged(&self, analyzed: Vec<AnalyzedLayer>, image: &Image) -> ImageInventory {
        let (results, layers) =
            analyzed.into_iter().map(|layer| (layer.result, layer.summary)).unzip();
        let results = self.second_pass(results, &image.layers);
        let inventory = inventory(&results, &image.problems, &self.settings.limits);
        ImageInventory { inventory, layers }
    }

    fn layer(&self, blob: &LayerBlob) -> AnalyzedLayer {
        if blob.withheld {
            return unreadable(blob, None);
        }
        let mut parts = PartSet::first(EXTRACTORS.len());
        let mut known = None;
        if let Some((cached, diff_id)) = self.cached(blob) {
            if cached.missing.is_empty() {
                let identity = (Some(diff_id), blob.digest, cached.size);
                return analyzed(blob, cached.result, identity, true);
            }
            parts = cached.missing;
            known = Some(cached.result);
        }
        let reader = match blob.opener.open() {
            Ok(reader) => reader,
            Err(error) => {
                let problem = Problem::new(ProblemKind::Unreadable, error.to_string());
                return unreadable(blob, Some(problem));
            }
        };
        let (walked, result) = self.walk(reader, blob.digest, parts);
        self.finish(blob, (walked, result), (parts, known))
    }

    /// What the cache knows of a layer that is pinned by its digest, or whose bytes were hashed now.
    fn cached(&self, blob: &LayerBlob) -> Option<(crate::cache::Cached, Digest)> {
        let cache = self.settings.cache?;
        if let Some(digest) = &blob.digest {
            let diff_id = cache.diff_id(digest)?;
            return Some((cache.layer(&diff_id)?, diff_id));
        }
        // Nothing pins the bytes: the claim only says which record may be worth the hashing.
        let cached = blob.claimed_diff_id.and_then(|claimed| cache.layer(&claimed))?;
        let reader = blob.opener.open().ok()?;
        let diff_id = digest_layer(reader, &self.request(None)).diff_id?;
        (Some(diff_id) == blob.claimed_diff_id).then_some((cached, diff_id))
    }

    fn request(&self, expected: Option<Digest>) -> LayerRequest<'_> {
        LayerRequest { limits: &self.settings.limits, expected }
    }

    /// Reads one blob to its end.
    pub(crate) fn walk(
        &self,
        reader: Box<dyn Read + Send>,
        expected: Option<Digest>,
        parts: PartSet,
    ) -> (WalkedLayer, LayerResult) {
        let mut analyzer = LayerAnalyzer::new(self.matcher, &self.settings.limits, parts);
        let mut walked = walk_layer(reader, &self.request(expected), &mut analyzer);
        let problems = std::mem::take(&mut walked.problems);
        let result = analyzer.finish((problems, walked.problems_dropped));
        (walked, result)
    }

    /// Judges a walked layer by its digests, and keeps it in the cache where they allow that.
    pub(crate) fn finish(
        &self,
        blob: &LayerBlob,
        (walked, mut result): (WalkedLayer, LayerResult),
        (parts, known): (PartSet, Option<LayerResult>),
    ) -> AnalyzedLayer {
        let is_refused = match (blob.digest, walked.blob_digest) {
            (Some(expected), Some(actual)) => expected != actual,
            _ => false,
        };
        if is_refused {
            return unreadable(
                blob,
                Some(mismatch("the layer's blob", blob.digest, walked.blob_digest)),
            );
        }
        if blob.digest.is_none() {
            // A file name in an archive that looks like a digest pins nothing.
            result.structure.problems.retain(|problem| problem.kind != ProblemKind::DigestMismatch);
        }
        if let Some(known) = known {
            for position in (0..EXTRACTORS.len()).filter(|&position| !parts.contains(position)) {
                result.parts[position] = known.parts[position].clone();
            }
        }
        if let (Some(cache), Some(diff_id)) = (self.settings.cache, &walked.diff_id) {
            let stored = blob.digest.as_ref().filter(|_| walked.blob_digest == blob.digest);
            cache.store(diff_id, stored, (&result, walked.size), parts);
        }
        let identity = (walked.diff_id, walked.blob_digest, walked.size);
        analyzed(blob, result, identity, false)
    }

    /// Reads what only the merged image shows to be wanted.
    fn second_pass(&self, mut results: Vec<LayerResult>, layers: &[LayerBlob]) -> Vec<LayerResult> {
        let mut by_layer: BTreeMap<usize, SecondPass> = BTreeMap::new();
        for Missed { layer, path, wanted_as, parts } in
            missed(&results, self.matcher, &self.settings.limits)
        {
            let parts = parts
                .into_iter()
                .fold(PartSet::default(), |set, part| set.union(PartSet::single(part)));
            by_layer.entry(layer).or_default().entry(path).or_default().push((wanted_as, parts));
        }
        for (position, wanted) in by_layer {
            let Some(reader) = layers.get(position).and_then(|blob| blob.opener.open().ok()) else {
                add_unread(&mut results[position], &wanted);
                continue;
            };
            let mut analyzer = LayerAnalyzer::second(self.matcher, &self.settings.limits, &wanted);
            walk_layer(reader, &self.request(None), &mut analyzer);
            add_second(&mut results[position], analyzer.finish((Vec::new(), 0)));
        }
        results
    }
}

/// Names what a second pass would have read where the bytes cannot be had again.
fn add_unread(result: &mut LayerResult, wanted: &SecondPass) {
    for (wanted_as, _) in wanted.values().flatten() {
        let detail = "a link to a file that could not be read a second time";
        result.structure.problems.push(Problem::new(ProblemKind::Unreadable, detail).at(wanted_as));
    }
}

fn add_second(result: &mut LayerResult, second: LayerResult) {
    for (part, second_part) in result.parts.iter_mut().zip(second.parts) {
        part.files.extend(second_part.files);
        part.files.sort_by(|one, other| one.path.cmp(&other.path));
        part.problems.extend(second_part.problems);
        part.problems_dropped += second_part.problems_dropped;
    }
}

fn analyzed(
    blob: &LayerBlob,
    mut result: LayerResult,
    (diff_id, blob_digest, size): (Option<Digest>, Option<Digest>, u64),
    from_cache: bool,
) -> AnalyzedLayer {
    if let (Some(claimed), Some(actual)) = (blob.claimed_diff_id, diff_id)
        && claimed != actual
    {
        // After the cache: the record is the layer's, the lie is this image's.
        result.structure.problems.push(mismatch("the layer", Some(claimed), diff_id));
    }
    let summary = LayerSummary {
        diff_id,
        claimed_diff_id: blob.claimed_diff_id,
        blob: blob_digest,
        size,
        created_by: blob.created_by.clone(),
        from_cache,
    };
    AnalyzedLayer { result, summary }
}

/// A layer of which nothing is known. Without a problem of its own one of the image says why.
pub(crate) fn unreadable(blob: &LayerBlob, problem: Option<Problem>) -> AnalyzedLayer {
    let mut result = LayerResult::default();
    result.parts.resize_with(EXTRACTORS.len(), Default::default);
    result.structure.problems.extend(problem);
    analyzed(blob, result, (None, blob.digest, 0), false)
}

fn mismatch(what: &str, expected: Option<Digest>, actual: Option<Digest>) -> Problem {
    let text = |digest: Option<Digest>| {
        digest.map_or_else(|| "none".to_owned(), |digest| digest.to_string())
    };
    let detail =
        format!("{what} is not {}: its bytes have the digest {}", text(expected), text(actual));
    Problem::new(ProblemKind::DigestMismatch, detail)
}
