use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// What was counted while an input was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) records: u64,
    pub(crate) rejected: BTreeMap<&'static str, u64>,
    pub(crate) ignored: BTreeMap<&'static str, u64>,
    pub(crate) newest_modified: Option<String>,
    /// (family, release) that the input's records speak of.
    pub(crate) seen: BTreeSet<(String, String)>,
}

/// What was counted, once an input is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counted {
    pub(crate) records: u64,
    pub(crate) rejected: BTreeMap<String, u64>,
    pub(crate) ignored: BTreeMap<String, u64>,
    pub(crate) newest_modified: Option<String>,
    /// (family, release) that the input's records speak of.
    pub(crate) seen: BTreeSet<(String, String)>,
}

impl From<Tally> for Counted {
    fn from(tally: Tally) -> Self {
        let owned = |counts: BTreeMap<&'static str, u64>| {
            counts.into_iter().map(|(reason, count)| (reason.to_owned(), count)).collect()
        };
        Self {
            records: tally.records,
            rejected: owned(tally.rejected),
            ignored: owned(tally.ignored),
            newest_modified: tally.newest_modified,
            seen: tally.seen,
        }
    }
}

impl Tally {
    /// Something that should say what is affected and could not be taken.
    pub(crate) fn reject(&mut self, reason: &'static str) {
        self.reject_many(reason, 1);
    }

    pub(crate) fn reject_many(&mut self, reason: &'static str, count: u64) {
        if count > 0 {
            *self.rejected.entry(reason).or_default() += count;
        }
    }

    /// Something that says nothing about any package.
    pub(crate) fn ignore(&mut self, reason: &'static str) {
        *self.ignored.entry(reason).or_default() += 1;
    }

    pub(crate) fn modified(&mut self, modified: Option<&str>) {
        if modified > self.newest_modified.as_deref() {
            self.newest_modified = modified.map(str::to_owned);
        }
    }

    pub(crate) fn saw(&mut self, family: &str, release: &str) {
        // Nearly always there already: no allocation for the question.
        if !self.seen.iter().any(|(one, other)| one == family && other == release) {
            self.seen.insert((family.to_owned(), release.to_owned()));
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.records += other.records;
        for (reason, count) in other.rejected {
            *self.rejected.entry(reason).or_default() += count;
        }
        for (reason, count) in other.ignored {
            *self.ignored.entry(reason).or_default() += count;
        }
        self.modified(other.newest_modified.as_deref());
        self.seen.extend(other.seen);
    }
}
