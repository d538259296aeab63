//! Strings become numbers, the most used the smallest: most then take one or two bytes.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::hash::Hash;

/// Counts values, then numbers them: by how often they were counted, then by their own order, so that the numbers depend
/// on the content alone.
#[derive(Debug)]
pub(super) struct Interner<T> {
    counts: HashMap<T, u32>,
}

impl<T: Hash + Ord + Clone> Interner<T> {
    pub(super) fn new() -> Self {
        Self { counts: HashMap::new() }
    }

    pub(super) fn count(&mut self, value: T) {
        let count = self.counts.entry(value).or_default();
        *count = count.saturating_add(1);
    }

    pub(super) fn finish(self) -> Numbers<T> {
        let mut order: Vec<(T, u32)> = self.counts.into_iter().collect();
        order.sort_unstable_by(|one, other| {
            (Reverse(one.1), &one.0).cmp(&(Reverse(other.1), &other.0))
        });
        let order: Vec<T> = order.into_iter().map(|(value, _)| value).collect();
        let numbers = order.iter().cloned().zip(0..).collect();
        Numbers { order, numbers }
    }
}

/// Values with their numbers.
#[derive(Debug)]
pub(super) struct Numbers<T> {
    pub(super) order: Vec<T>,
    numbers: HashMap<T, u32>,
}

impl<T: Hash + Eq> Numbers<T> {
    /// The number of a value that was counted.
    pub(super) fn of(&self, value: &T) -> u64 {
        self.numbers.get(value).copied().unwrap_or(u32::MAX).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_used_come_first_and_ties_go_by_text() {
        for values in [["b", "a", "c", "c"], ["c", "b", "c", "a"]] {
            let mut interner = Interner::new();
            values.into_iter().for_each(|value| interner.count(value));
            let numbers = interner.finish();
            assert_eq!(numbers.order, ["c", "a", "b"]);
            assert_eq!(numbers.of(&"b"), 2);
        }
    }
}
