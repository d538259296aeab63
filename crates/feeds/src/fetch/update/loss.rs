//! A snapshot that somebody brought is not taken away from them by an update of other feeds than it was built of.

use std::path::Path;

use plimsoll_advisory::{Counts, Snapshot, SnapshotError};

use super::super::error::UpdateError;
use super::judge::SHRINK_FLOOR;
use super::{Outcome, Update, UpdateRequest};

impl UpdateRequest<'_> {
    /// Why the snapshot that is there cannot be read; `None` where it can, or there is none.
    pub(super) fn unreadable(&self) -> Option<String> {
        match Snapshot::open(self.snapshot) {
            Err(SnapshotError::Open { source, .. })
                if source.kind() == std::io::ErrorKind::NotFound =>
            {
                None
            }
            Err(error) => error.to_string().lines().next().map(str::to_owned),
            Ok(_) => None,
        }
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
            Some(why) if self.state.built.is_none() && !is_taken => {
                Err(UpdateError::WouldLoseUntold { why: why.clone() })
            }
            _ => Ok(()),
        }
    }

    /// Refuses a snapshot without families that the one in its place has, where that is not of this directory's files: whoever brought it
    /// did not mean it to go with the first feed that is fetched.
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
        let is_lost = |(family, counts): &(&str, Counts)| {
            counts.records >= SHRINK_FLOOR && !kept.contains_key(family)
        };
        let lost = old.counts_by_family().into_iter().filter(is_lost);
        let lost = lost.map(|(family, counts)| format!("{family} ({} records)", counts.records));
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
