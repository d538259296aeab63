//! A snapshot that somebody brought is not taken away from them by an update of other feeds than it was built of.

use std::path::Path;

use plimsoll_advisory::{Snapshot, SnapshotError};

use super::super::error::UpdateError;
use super::super::state::Built;
use super::judge::{SHRINK_FLOOR, is_much_less};
use super::{Outcome, Update, UpdateRequest};

/// A snapshot that is there and cannot be read.
pub(super) struct Unreadable {
    why: String,
    /// An update here has built it, as far as it can be told: what it had is in the directory.
    is_own: bool,
}

impl Unreadable {
    /// Of a snapshot that was replaced: why it could not be read, where that is of interest.
    pub(super) fn told(self) -> Option<String> {
        (!self.is_own).then_some(self.why)
    }
}

impl UpdateRequest<'_> {
    /// `None` where it can be read, to its end, or there is none.
    pub(super) fn unreadable(&self, built: Option<&Built>) -> Option<Unreadable> {
        let (error, is_own) = match Snapshot::open(self.snapshot) {
            Ok(snapshot) => {
                let revision = snapshot.revision().to_string();
                let is_own = built.is_some_and(|built| built.revision == revision);
                (snapshot.verify().err()?, is_own)
            }
            Err(SnapshotError::Open { source, .. })
                if source.kind() == std::io::ErrorKind::NotFound =>
            {
                return None;
            }
            Err(error) => (error, built.is_some()),
        };
        let why = error.to_string().lines().next().unwrap_or_default().to_owned();
        Some(Unreadable { why, is_own })
    }

    /// True where all is updated that there is.
    fn is_of_all(&self) -> bool {
        self.selection.only.is_empty() && self.selection.families.is_none()
    }
}

impl Update<'_> {
    /// Refuses an update of some feeds where what the snapshot has cannot be told, and no update here has ever built one.
    pub(super) fn refuse_untold_loss(&self) -> Result<(), UpdateError> {
        let is_taken = self.request.accept_shrunk || self.request.is_of_all();
        match &self.unreadable {
            Some(Unreadable { why, is_own: false }) if !is_taken => {
                Err(UpdateError::WouldLoseUntold { why: why.clone() })
            }
            _ => Ok(()),
        }
    }

    /// Refuses a snapshot with much less than the one in its place has, where that is not of this directory's files: whoever brought it did
    /// not mean it to go with the first feed that is fetched.
    pub(super) fn refuse_loss(&mut self, output: &Path) -> Result<(), UpdateError> {
        let (Ok(old), Ok(new)) = (Snapshot::open(self.request.snapshot), Snapshot::open(output))
        else {
            return Ok(());
        };
        let revision = old.revision().to_string();
        let is_own = self.state.built.as_ref().is_some_and(|built| built.revision == revision);
        if is_own || self.request.accept_shrunk {
            return Ok(());
        }
        let kept = new.counts_by_family();
        let all = old.counts_by_family();
        let left = |family: &str| kept.get(family).map_or(0, |counts| counts.records);
        // Some families are small, and all of them together are not.
        let lost = all.iter().filter(|(family, counts)| is_much_less(left(family), counts.records));
        let lost: Vec<(&str, u64)> =
            lost.map(|(family, counts)| (*family, counts.records - left(family))).collect();
        let records: u64 = lost.iter().map(|(_, records)| records).sum();
        let had: u64 = all.values().map(|counts| counts.records).sum();
        let is_little = records < SHRINK_FLOOR && !is_much_less(had.saturating_sub(records), had);
        let lost = lost.into_iter().filter(|_| !is_little);
        let lost = lost.map(|(family, records)| format!("{family} ({records} records)"));
        let lost: Vec<String> = lost.collect();
        if lost.is_empty() {
            return Ok(());
        }
        for place in 0..self.brought.len() {
            self.put_back(place, Outcome::Unchanged)?;
        }
        std::fs::remove_file(output).map_err(|source| self.failed(source))?;
        Err(UpdateError::WouldLose { lost: lost.join(", ") })
    }
}
