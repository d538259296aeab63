//! How much of an image's layers is kept: results of small layers may be large, and one layer may stand in an image many times.

use std::collections::BTreeMap;

use plimsoll_core::{Limits, Problem, ProblemKind};
use plimsoll_inventory::{EXTRACTORS, LayerResult};

use crate::layers::AnalyzedLayer;

/// The layers of an image as they are analysed, in any order.
///
/// A layer's result is kept while it and those below it are within [`Limits::image_result_bytes`]: which ones are kept
/// depends on the layers alone, although results are dropped, and memory freed, long before all are known.
pub(crate) struct KeptLayers {
    layers: BTreeMap<usize, AnalyzedLayer>,
    /// Of those whose results are still there.
    weights: BTreeMap<usize, u64>,
    bytes: u64,
    limit: u64,
    /// From this layer up, nothing is kept.
    dropped_from: usize,
}

impl KeptLayers {
    pub(crate) fn new(limits: &Limits) -> Self {
        let (layers, weights) = (BTreeMap::new(), BTreeMap::new());
        Self {
            layers,
            weights,
            bytes: 0,
            limit: limits.image_result_bytes,
            dropped_from: usize::MAX,
        }
    }

    pub(crate) fn add(&mut self, position: usize, layer: AnalyzedLayer) {
        let weight = layer.result.weight();
        self.layers.insert(position, layer);
        self.weights.insert(position, weight);
        self.bytes = self.bytes.saturating_add(weight);
        // Should all that is known not fit, then the topmost of it certainly does not fit upon everything below.
        while self.bytes > self.limit
            && let Some((&topmost, _)) = self.weights.last_key_value()
        {
            self.drop_from(topmost);
        }
        if position >= self.dropped_from {
            self.drop_from(self.dropped_from);
        }
    }

    /// The layers of the image from the bottom: for each the position of the one that was analysed for it, perhaps itself.
    pub(crate) fn into_layers(mut self, analyzed: &[usize]) -> Vec<Option<AnalyzedLayer>> {
        let mut bytes = 0_u64;
        let fitting = analyzed.iter().take_while(|&position| {
            bytes = bytes.saturating_add(self.weights.get(position).copied().unwrap_or(u64::MAX));
            bytes <= self.limit
        });
        self.dropped_from = self.dropped_from.min(fitting.count());
        let last_uses: BTreeMap<usize, usize> =
            analyzed.iter().enumerate().map(|(position, &analyzed)| (analyzed, position)).collect();
        let layer = |(position, analyzed): (usize, &usize)| {
            let layer = self.layers.get_mut(analyzed)?;
            let result = match last_uses.get(analyzed) {
                _ if position >= self.dropped_from => dropped(self.limit),
                Some(last) if *last == position => std::mem::take(&mut layer.result),
                _ => layer.result.clone(),
            };
            Some(AnalyzedLayer { result, summary: layer.summary.clone() })
        };
        analyzed.iter().enumerate().map(layer).collect()
    }

    fn drop_from(&mut self, from: usize) {
        self.dropped_from = from;
        for (position, weight) in self.weights.split_off(&from) {
            self.bytes = self.bytes.saturating_sub(weight);
            if let Some(layer) = self.layers.get_mut(&position) {
                layer.result = dropped(self.limit);
            }
        }
    }
}

/// The result of a layer of which nothing is kept.
pub(crate) fn dropped(limit: u64) -> LayerResult {
    let mut result = LayerResult::default();
    result.parts.resize_with(EXTRACTORS.len(), Default::default);
    let detail = format!(
        "the layer is left out: the image's results are more than the {limit} bytes that are kept"
    );
    result.structure.problems.push(Problem::new(ProblemKind::LimitExceeded, detail));
    result
}
