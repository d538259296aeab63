use plimsoll_core::{Limits, Problem, ProblemKind};

use super::{TarEntry, TarReader};
use crate::{ReadAt, ReadAtCursor};

/// The entries of an archive that can be read from any place: content is skipped by seeking, so that a large archive costs one
/// read for each of its members.
#[derive(Debug, Default)]
pub struct TarIndex {
    /// In the order of the archive; a name may stand there more than once.
    pub entries: Vec<TarEntry>,
    /// What was wrong with it. What follows a damaged place is not in `entries`.
    pub problems: Vec<Problem>,
}

impl TarIndex {
    /// Reads all headers, up to [`Limits::archive_members`]. The last member may end beyond
    /// the archive's end: what there is of it can be read.
    #[must_use]
    pub fn read(archive: &dyn ReadAt, limits: &Limits) -> Self {
        let mut index = Self::default();
        let mut reader = TarReader::new(ReadAtCursor::new(archive), limits);
        loop {
            let entry = match reader.next_entry() {
                Ok(Some(entry)) => entry,
                Ok(None) => break,
                Err(error) => {
                    index.problems.push(error.problem());
                    break;
                }
            };
            let end = entry.data_offset.saturating_add(entry.stored_size);
            let is_cut = end > archive.size();
            if index.entries.len() >= limits.archive_members {
                let detail = format!(
                    "the archive has more members than the {} that are read",
                    limits.archive_members
                );
                index.problems.push(Problem::new(ProblemKind::LimitExceeded, detail));
                break;
            }
            if entry.name.len() <= limits.path_bytes {
                index.entries.push(entry);
            } else if index.problems.len() < limits.problems {
                let detail = format!("a member's name of {} bytes", entry.name.len());
                index.problems.push(Problem::new(ProblemKind::LimitExceeded, detail));
            }
            if is_cut {
                let end = archive.size();
                let detail = format!("the tar archive ends at byte {end}, inside an entry");
                index.problems.push(Problem::new(ProblemKind::Truncated, detail));
                break;
            }
            reader.skip_content_with(ReadAtCursor::skip);
        }
        index.problems.extend(reader.take_problems().0);
        index
    }
}
