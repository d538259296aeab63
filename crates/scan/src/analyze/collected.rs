//! What one part has read of a layer so far, within its limits.

use std::collections::BTreeMap;

use plimsoll_core::{ImagePath, Limits, Problem};
use plimsoll_inventory::{Fact, FileFacts, PartResult, facts_weight, problem_weight};

/// What one part has read of the layer so far, by path: an entry that comes again replaces what it gave before.
pub struct Collected {
    by_path: BTreeMap<ImagePath, OfFile>,
    bytes_left: u64,
    problems_left: usize,
    problems_dropped: u64,
}

#[derive(Default)]
struct OfFile {
    facts: Vec<Fact>,
    problems: Vec<Problem>,
    /// The bytes that are given back when it is replaced.
    weight: u64,
}

impl Collected {
    pub fn new(limits: &Limits) -> Self {
        Self {
            by_path: BTreeMap::new(),
            bytes_left: limits.part_result_bytes,
            problems_left: limits.problems,
            problems_dropped: 0,
        }
    }

    /// Keeps facts where there is room for them.
    pub fn facts(&mut self, path: &ImagePath, facts: Vec<Fact>) -> bool {
        if facts.is_empty() {
            return true;
        }
        let weight = facts_weight(path, &facts);
        let Some(left) = self.bytes_left.checked_sub(weight) else { return false };
        self.bytes_left = left;
        let file = self.by_path.entry(path.clone()).or_default();
        file.facts.extend(facts);
        file.weight += weight;
        true
    }

    pub fn problem(&mut self, problem: Problem) {
        let weight = problem_weight(&problem);
        let (Some(path), Some(bytes), Some(problems)) = (
            problem.path.clone(),
            self.bytes_left.checked_sub(weight),
            self.problems_left.checked_sub(1),
        ) else {
            self.problems_dropped += 1;
            return;
        };
        (self.bytes_left, self.problems_left) = (bytes, problems);
        let file = self.by_path.entry(path).or_default();
        file.problems.push(problem);
        file.weight += weight;
    }

    pub fn forget(&mut self, path: &ImagePath) {
        if let Some(file) = self.by_path.remove(path) {
            self.bytes_left += file.weight;
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
