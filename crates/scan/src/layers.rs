//! From an opened image to its inventory: layers in parallel, each read at most once, and not at all where the cache knows it.

use std::collections::BTreeMap;
use std::io::Read;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use plimsoll_core::{Digest, Limits, Problem, ProblemKind};
use plimsoll_inventory::{EXTRACTORS, Inventory, LayerResult, Matcher, PartSet, assemble};
use plimsoll_oci::{
    Deadline, Image, LayerBlob, LayerRequest, OciError, WalkedLayer, digest_layer, walk_layer,
};

use crate::analyze::LayerAnalyzer;
use crate::kept::KeptLayers;
use crate::{Cache, Progress};

/// How an inventory is taken. Nothing here but the limits changes its result.
pub struct InventorySettings<'a> {
    pub threads: NonZeroUsize,
    pub limits: Limits,
    pub cache: Option<&'a Cache>,
    pub progress: &'a dyn Progress,
    /// When reading is given up.
    pub deadline: Deadline,
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

/// Takes the inventory of an image: what could not be read is among its problems.
///
/// # Errors
/// [`OciError::TimedOut`] where the deadline passes first. An aborted scan keeps nothing, not even of the layers that it had read whole.
pub fn image_inventory(
    image: &Image,
    settings: &InventorySettings<'_>,
) -> Result<ImageInventory, OciError> {
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
    inventory.problems.sort_by(Problem::report_order);
    inventory
}

pub(crate) struct LayerReader<'a> {
    pub matcher: &'a Matcher,
    pub settings: &'a InventorySettings<'a>,
}

impl LayerReader<'_> {
    /// All layers, the largest first so that no thread is left with it alone at the end.
    fn all(&self, layers: &[LayerBlob]) -> Vec<AnalyzedLayer> {
        let analyzed = analyzed_for(layers);
        let mut order: Vec<_> =
            (0..layers.len()).filter(|&position| analyzed[position] == position).collect();
        order.sort_by_key(|&position| std::cmp::Reverse(layers[position].size));
        let next = AtomicUsize::new(0);
        let kept = Mutex::new(KeptLayers::new(&self.settings.limits));
        std::thread::scope(|scope| {
            for _ in 0..self.settings.threads.get().min(order.len()) {
                scope.spawn(|| {
                    while let Some(&position) = order.get(next.fetch_add(1, Ordering::Relaxed))
                        && !self.settings.deadline.has_passed()
                    {
                        let layer = self.caught(&layers[position]);
                        self.settings.progress.layer_done(position);
                        kept.lock().unwrap_or_else(PoisonError::into_inner).add(position, layer);
                    }
                });
            }
        });
        let kept = kept.into_inner().unwrap_or_else(PoisonError::into_inner);
        let found = kept.into_layers(&analyzed).into_iter();
        let of_blob = |(blob, layer): (&LayerBlob, Option<AnalyzedLayer>)| {
            let mut layer = layer.unwrap_or_else(|| unreadable(blob, None));
            layer.summary.created_by.clone_from(&blob.created_by);
            layer
        };
        layers.iter().zip(found).map(of_blob).collect()
    }

    /// A panic takes one layer away, not the scan.
    fn caught(&self, blob: &LayerBlob) -> AnalyzedLayer {
        catch_unwind(AssertUnwindSafe(|| self.layer(blob))).unwrap_or_else(|_| {
            unreadable(
                blob,
                Some(Problem::new(ProblemKind::Panicked, "reading the layer panicked")),
            )
        })
    }

    /// Merges analysed layers, after a second pass where the merge shows that one is needed. Only then the cache keeps them: what was
    /// left unread for want of time is no gap in the coverage, but an error.
    pub(crate) fn merged(
        &self,
        analyzed: Vec<AnalyzedLayer>,
        image: &Image,
    ) -> Result<ImageInventory, OciError> {
        let (mut results, layers): (Vec<_>, Vec<_>) =
            analyzed.into_iter().map(|layer| (layer.result, layer.summary)).unzip();
        self.second_pass(&mut results, (&image.layers, &layers));
        let in_time = self.settings.deadline.check();
        if let Some(cache) = self.settings.cache {
            if in_time.is_ok() { cache.keep() } else { cache.discard() }
        }
        in_time?;
        let inventory = inventory(&results, &image.problems, &self.settings.limits);
        Ok(ImageInventory { inventory, layers })
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
        let reader = self.settings.deadline.bound(reader);
        let diff_id = digest_layer(reader, &self.request(None)).diff_id?;
        (Some(diff_id) == blob.claimed_diff_id).then_some((cached, diff_id))
    }

    pub(crate) fn request(&self, expected: Option<Digest>) -> LayerRequest<'_> {
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
        let reader = self.settings.deadline.bound(reader);
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
        // What a broken connection left unread belongs to this scan, not to the layer.
        let is_whole = walked.blob_digest.is_some() && !parts.is_empty();
        if let (Some(cache), Some(diff_id), true) = (self.settings.cache, &walked.diff_id, is_whole)
        {
            let stored = blob.digest.as_ref().filter(|_| walked.blob_digest == blob.digest);
            cache.store(diff_id, stored, (&result, walked.size), parts);
        }
        let identity = (walked.diff_id, walked.blob_digest, walked.size);
        analyzed(blob, result, identity, false)
    }
}

/// For each layer the first one that is the same bytes with the same claim, which is read for both. One small layer may stand in
/// an image a thousand times.
fn analyzed_for(layers: &[LayerBlob]) -> Vec<usize> {
    let mut first = BTreeMap::new();
    let identity = |blob: &LayerBlob| {
        // Where nothing pins the bytes, layers that share what opens them are the same.
        let opener = Arc::as_ptr(&blob.opener).cast::<()>().addr();
        (blob.digest.ok_or(opener), blob.claimed_diff_id, blob.size, blob.withheld)
    };
    let each = layers.iter().enumerate();
    each.map(|(position, blob)| *first.entry(identity(blob)).or_insert(position)).collect()
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
