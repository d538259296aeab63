//! What one part has read of a layer so far, within its limits.

use std::collections::BTreeMap;

use plimsoll_core::{ImagePath, Limits, Problem};
use plimsoll_inventory::{Fact, FileFacts, PartResult, facts_weight, problem_weight};

/// What one part has read of the layer so far, by path: an entry that comes again replaces what it gave before.
pub struct Collected {
    by_path: BTreeMap<ImagePath, OfFile>,
    bytes_left: u64,
    /// Of these, what other roots may take: there may be many, and the image's own system comes first.
    bytes_left_for_others: u64,
    problems_left: usize,
    problems_dropped: u64,
}

#[derive(Default)]
struct OfFile {
    facts: Vec<Fact>,
    problems: Vec<Problem>,
    /// The bytes that are given back when it is replaced.
    weight: u64,
    /// Of these, what other roots may take.
    weight_of_others: u64,
}

impl Collected {
    pub fn new(limits: &Limits) -> Self {
        Self {
            by_path: BTreeMap::new(),
            bytes_left: limits.part_result_bytes,
            bytes_left_for_others: limits.part_result_bytes / 2,
            problems_left: limits.problems,
            problems_dropped: 0,
        }
    }

    /// Keeps facts where there is room for them.
    pub fn facts(&mut self, path: &ImagePath, is_of_other_root: bool, facts: Vec<Fact>) -> bool {
        if facts.is_empty() {
            return true;
        }
        let weight = facts_weight(path, &facts);
        if !self.take(weight, is_of_other_root) {
            return false;
        }
        let file = self.by_path.entry(path.clone()).or_default();
        file.facts.extend(facts);
        file.weight += weight;
        file.weight_of_others += if is_of_other_root { weight } else { 0 };
        true
    }

    pub fn problem(&mut self, problem: Problem, is_of_other_root: bool) {
        let weight = problem_weight(&problem);
        let left = problem.path.clone().zip(self.problems_left.checked_sub(1));
        let Some((path, problems)) = left.filter(|_| self.take(weight, is_of_other_root)) else {
            self.problems_dropped += 1;
            return;
        };
        self.problems_left = problems;
        let file = self.by_path.entry(path).or_default();
        file.problems.push(problem);
        file.weight += weight;
        file.weight_of_others += if is_of_other_root { weight } else { 0 };
    }

    /// Takes so many bytes, where there is room for them.
    fn take(&mut self, bytes: u64, is_of_other_root: bool) -> bool {
        let of_others = if is_of_other_root { bytes } else { 0 };
        let left = self.bytes_left.checked_sub(bytes);
        let left_for_others = self.bytes_left_for_others.checked_sub(of_others);
        let (Some(left), Some(left_for_others)) = (left, left_for_others) else { return false };
        (self.bytes_left, self.bytes_left_for_others) = (left, left_for_others);
        true
    }

    pub fn forget(&mut self, path: &ImagePath) {
        if let Some(file) = self.by_path.remove(path) {
            self.bytes_left += file.weight;
            self.bytes_left_for_others += file.weight_of_others;
            self.problems_left += file.problems.len();
        }
    }

    pub fn finish(self) -> PartResult {
        let mut result =
            PartResult { problems_dropped: self.problems_dropped, ..PartResult::default() };
        for (path, OfFile { facts, problems, .. }) in self.by_path {
            if !facts.is_empty() {
                result.files.push(FileFacts { path, facts });
            }
            result.problems.extend(problems);
        }
        result
    }
}
