//! What a build says of the files, and what follows from it: what came in and is damaged or has shrunk is put back, and what was there and
//! is damaged is fetched again.

use std::path::Path;

use plimsoll_advisory::Source;

use super::super::error::UpdateError;
use super::super::state::is_source_of;
use super::{Brought, Outcome, Update};
use crate::build::{BuildReport, Damaged};
use crate::input::changes_of;

/// A source with fewer records than this may shrink as it likes.
pub(super) const SHRINK_FLOOR: u64 = 100;
/// Of what a source held, this many hundredths must be left.
const SHRINK_PERCENT: u64 = 80;

/// True where so much is gone that it is more likely a mistake than news.
pub(super) fn has_shrunk(before: u64, after: u64) -> bool {
    before >= SHRINK_FLOOR && is_much_less(after, before)
}

/// True where less is left of so many than may be.
pub(super) fn is_much_less(left: u64, before: u64) -> bool {
    left.saturating_mul(100) < before.saturating_mul(SHRINK_PERCENT)
}

impl Update<'_> {
    /// Sees to what a build found damaged; true where files are others now, so that they can be read again.
    pub(super) fn mend(&mut self, damaged: &[Damaged]) -> Result<bool, UpdateError> {
        let mut is_other = false;
        for damaged in damaged {
            let path = damaged.path.as_deref();
            let file = path.and_then(|path| path.strip_prefix(self.directory.root()).ok());
            if let Some(file) = file.and_then(Path::to_str).map(str::to_owned) {
                is_other |= self.mend_file(&file, &damaged.detail)?;
            }
        }
        Ok(is_other)
    }

    fn mend_file(&mut self, file: &str, detail: &str) -> Result<bool, UpdateError> {
        let came = |staged: &[String]| staged.iter().any(|staged| staged == file);
        if let Some(place) = self.brought.iter().position(|one| came(&one.got.staged)) {
            let why = format!("what came cannot be read: {detail}");
            self.put_back(place, Outcome::Failed(why))?;
            return Ok(true);
        }
        // What is not known is fetched whole, now or by the next update that wants it.
        self.state.files.retain(|known, _| !holds(known, file));
        let place = self.brought.iter_mut().position(|one| {
            let is_it = holds(&one.report.file, file);
            if is_it {
                one.got.known.clear();
            }
            // A second try would give what the first gave.
            is_it && !one.report.outcome.is_without_effect()
        });
        place.map_or(Ok(false), |place| self.fetch_again(place))
    }

    /// Fetches a file that is there and damaged; true where there is another one now.
    fn fetch_again(&mut self, place: usize) -> Result<bool, UpdateError> {
        let wanted = self.brought.get_mut(place).and_then(|one| one.wanted.take());
        let Some(wanted) = wanted else { return Ok(false) };
        // What changed of the damaged file is of no use beside a whole one.
        let had_come = self.brought.get(place).is_some_and(|one| !one.got.staged.is_empty());
        self.put_back(place, Outcome::Unchanged)?;
        let Some(mut again) = self.fetch(vec![wanted]).pop() else { return Ok(had_come) };
        again.install(&self.directory).map_err(|source| self.failed(source))?;
        let has_come = !again.got.staged.is_empty();
        if let Some(one) = self.brought.get_mut(place) {
            let (first, report) = (&one.report, &mut again.report);
            report.transferred = report.transferred.saturating_add(first.transferred);
            report.fetched.extend_from_slice(&first.fetched);
            *one = Brought { wanted: None, ..again };
        }
        Ok(had_come || has_come)
    }

    /// Puts back archives that came, and in which nothing is of a feed; true where there are any.
    pub(super) fn refuse_unknown(&mut self, built: &BuildReport) -> Result<bool, UpdateError> {
        let mut is_other = false;
        for skipped in &built.skipped {
            let is_it = |one: &Brought| {
                !one.report.feed.is_empty() && one.got.staged.contains(&skipped.name)
            };
            if let Some(place) = self.brought.iter().position(is_it) {
                let why =
                    format!("nothing of what came is a document of a feed: {}", skipped.reason);
                self.put_back(place, Outcome::Failed(why))?;
                is_other = true;
            }
        }
        Ok(is_other)
    }

    /// Puts back the files of sources that have lost much of what they held; true where there are any.
    pub(super) fn refuse_shrunk(
        &mut self,
        before: &[Source],
        built: &BuildReport,
    ) -> Result<bool, UpdateError> {
        let mut is_other = false;
        for place in 0..self.brought.len() {
            let Some(one) = self.brought.get(place).filter(|one| {
                let is_new = matches!(
                    one.report.outcome,
                    Outcome::Fetched | Outcome::Changes(_) | Outcome::Incomplete(_)
                );
                is_new && !self.request.accept_shrunk
            }) else {
                continue;
            };
            let is_of = |source: &&Source| is_source_of(&source.name, &one.report.file);
            let count = |sources: &[Source]| {
                sources.iter().filter(is_of).map(|source| source.records).sum()
            };
            let (before, after): (u64, u64) = (count(before), count(&built.sources));
            if has_shrunk(before, after) {
                self.put_back(place, Outcome::Refused { before, after })?;
                is_other = true;
            }
        }
        Ok(is_other)
    }
}

/// True where a file is the one that is fetched, or lies beside it with what changed of it.
fn holds(fetched: &str, file: &str) -> bool {
    let rest = file.strip_prefix(&changes_of(fetched));
    fetched == file || rest.is_some_and(|rest| rest.starts_with('/'))
}
