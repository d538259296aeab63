//! The second pass: files that only the merged image shows to be wanted, read from the layers that hold them.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_core::{Digest, ImagePath, Limits, Problem, ProblemKind};
use plimsoll_inventory::{Fact, FileFacts, LayerResult, Matcher, Missed, PartSet, missed};
use plimsoll_oci::{LayerBlob, walk_layer};

use crate::analyze::{LayerAnalyzer, SecondPass};
use crate::layers::{LayerReader, LayerSummary};

/// What is wanted of one layer's content.
#[derive(Default)]
struct Wanted {
    files: SecondPass,
    /// By wanted name, where what is read belongs.
    places: BTreeMap<ImagePath, Place>,
}

/// The layer to whose result something belongs, and the name that it is told of there.
struct Place {
    layer: usize,
    path: ImagePath,
}

/// What a layer says that is read again, and which of the wanted files it has.
type ReadAgain = (LayerResult, BTreeSet<ImagePath>);

/// Reads what only the merged image shows to be wanted, and adds it to the results. What cannot be read is named in them.
///
/// `read_again` reads these files of the layer at that position; `None` where it cannot be read, or not as it was.
pub(crate) fn second_pass(
    results: &mut [LayerResult],
    (matcher, limits): (&Matcher, &Limits),
    read_again: &dyn Fn(usize, &SecondPass) -> Option<ReadAgain>,
) {
    let weight: u64 = results.iter().map(LayerResult::weight).sum();
    let mut bytes_left = limits.image_result_bytes.saturating_sub(weight);
    for (position, wanted) in wanted(results, (matcher, limits)) {
        let Some((second, offered)) = read_again(position, &wanted.files) else {
            let detail = "a link to a file that could not be read a second time";
            wanted.name_all(results, ProblemKind::Unreadable, detail);
            continue;
        };
        match bytes_left.checked_sub(second.weight()) {
            Some(left) => bytes_left = left,
            None => {
                let detail = "a link to a file whose results are more than are kept of an image";
                wanted.name_all(results, ProblemKind::LimitExceeded, detail);
                continue;
            }
        }
        wanted.name(
            results,
            |path| !offered.contains(path),
            (ProblemKind::Unreadable, "a link to a file that its layer does not have"),
        );
        wanted.add(results, second);
    }
}

/// What is missed, by the layer that holds it.
fn wanted(
    results: &mut [LayerResult],
    (matcher, limits): (&Matcher, &Limits),
) -> BTreeMap<usize, Wanted> {
    let limit = limits.links_to_one_file;
    let mut by_layer: BTreeMap<usize, Wanted> = BTreeMap::new();
    let mut left_out: BTreeMap<usize, usize> = BTreeMap::new();
    let (missed, beyond) = missed(results, matcher, limits);
    for Missed { content_layer, path, wanted_as, told_of, layer, parts } in missed {
        let single = parts.into_iter().map(PartSet::single);
        let parts = single.fold(PartSet::default(), PartSet::union);
        let wanted = by_layer.entry(content_layer).or_default();
        let names = wanted.files.entry(path).or_default();
        if names.len() >= limit {
            *left_out.entry(layer).or_default() += 1;
            continue;
        }
        names.push((wanted_as.clone(), parts));
        wanted.places.entry(wanted_as).or_insert(Place { layer, path: told_of });
    }
    for (layer, count) in beyond {
        let detail =
            format!("{count} links, or directories that seem to be roots, more than are looked at");
        add_problem(results, layer, Problem::new(ProblemKind::LimitExceeded, detail));
    }
    for (layer, count) in left_out {
        let detail = format!("{count} links beyond the {limit} for which one file is read again");
        add_problem(results, layer, Problem::new(ProblemKind::LimitExceeded, detail));
    }
    by_layer
}

impl LayerReader<'_> {
    /// The second pass over an image's layers.
    pub(crate) fn second_pass(
        &self,
        results: &mut [LayerResult],
        (blobs, summaries): (&[LayerBlob], &[LayerSummary]),
    ) {
        let read_again = |position: usize, files: &SecondPass| {
            let diff_id = summaries.get(position).and_then(|summary| summary.diff_id);
            self.read_again(blobs.get(position)?, diff_id, files)
        };
        second_pass(results, (self.matcher, &self.settings.limits), &read_again);
    }

    /// Reads the files, if the bytes are those that were read before. Gives what they say and which of them there are.
    fn read_again(
        &self,
        blob: &LayerBlob,
        diff_id: Option<Digest>,
        files: &SecondPass,
    ) -> Option<ReadAgain> {
        let reader = self.settings.deadline.bound(blob.opener.open().ok()?);
        let mut analyzer = LayerAnalyzer::second(self.matcher, &self.settings.limits, files);
        let walked = walk_layer(reader, &self.request(None), &mut analyzer);
        let offered = analyzer.offered().clone();
        (walked.diff_id == diff_id).then(|| (analyzer.finish((Vec::new(), 0)), offered))
    }
}

impl Wanted {
    fn name_all(&self, results: &mut [LayerResult], kind: ProblemKind, detail: &str) {
        self.name(results, |_| true, (kind, detail));
    }

    /// Names the links to those files that pass the test.
    fn name(
        &self,
        results: &mut [LayerResult],
        test: impl Fn(&ImagePath) -> bool,
        (kind, detail): (ProblemKind, &str),
    ) {
        for (wanted_as, _) in
            self.files.iter().filter(|(path, _)| test(path)).flat_map(|(_, names)| names)
        {
            let (layer, path) = self.place(wanted_as);
            add_problem(results, layer, Problem::new(kind, detail).at(path));
        }
    }

    fn place<'a>(&'a self, wanted_as: &'a ImagePath) -> (usize, &'a ImagePath) {
        self.places.get(wanted_as).map_or((0, wanted_as), |place| (place.layer, &place.path))
    }

    /// Adds what was read to the layers from which a container sees it. A file that was read under several names says the same
    /// thing once.
    fn add(&self, results: &mut [LayerResult], second: LayerResult) {
        for (position, part) in second.parts.into_iter().enumerate() {
            for FileFacts { path, facts } in part.files {
                let (layer, path) = self.place(&path);
                let Some(result) = part_of(results, layer, position) else { continue };
                match result.files.binary_search_by(|file| file.path.cmp(path)) {
                    Ok(found) => {
                        let known = result.files.get_mut(found).map(|file| &mut file.facts);
                        let known = known.into_iter();
                        known.for_each(|known| join(known, &facts));
                    }
                    Err(at) => result.files.insert(at, FileFacts { path: path.clone(), facts }),
                }
            }
            for problem in part.problems {
                let place = problem.path.as_ref().map(|path| self.place(path));
                let (layer, path) = place.map_or((0, None), |(layer, path)| (layer, Some(path)));
                let path = path.cloned();
                if let Some(result) = part_of(results, layer, position) {
                    result.problems.push(Problem { path, ..problem });
                }
            }
            if let Some(first) = self.places.values().next()
                && let Some(result) = part_of(results, first.layer, position)
            {
                result.problems_dropped += part.problems_dropped;
            }
        }
    }
}

/// Adds the facts that are not known.
fn join(known: &mut Vec<Fact>, facts: &[Fact]) {
    for fact in facts {
        if !known.contains(fact) {
            known.push(fact.clone());
        }
    }
}

fn part_of(
    results: &mut [LayerResult],
    layer: usize,
    part: usize,
) -> Option<&mut plimsoll_inventory::PartResult> {
    results.get_mut(layer)?.parts.get_mut(part)
}

fn add_problem(results: &mut [LayerResult], layer: usize, problem: Problem) {
    if let Some(result) = results.get_mut(layer) {
        result.structure.problems.push(problem);
    }
}
