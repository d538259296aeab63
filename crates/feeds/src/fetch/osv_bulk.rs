//! An `all.zip` with `modified_id.csv` beside it, as osv.dev publishes them (google.github.io/osv.dev/data).
//!
//! The two are made at different times, so a record may be newer in the list than it is in the file. The list that is kept is therefore
//! one of what is had: a record has the published time in it only where the file, or what lies beside it, holds it as it was then.

#![expect(clippy::disallowed_methods, reason = "the lists lie in the directory of feeds")]

use std::cmp::Reverse;
use std::io;
use std::path::{Path, PathBuf};

use plimsoll_core::Limits;
use serde::Deserialize;

use super::changes::{List, NewList, RECORDS_AT_ONCE, changed, last_part, read_list};
use super::directory::make_parent;
use super::failure::{Failure, Refusal, refused};
use super::fetcher::{Fetcher, Got};
use super::moment::is_as_new;
use super::state::{FileState, Version};
use super::wanted::Wanted;
use crate::input::{Input, InputKind, Next};

const LIST: &str = "modified_id.csv";
/// Stands before the time of a record that its publisher lists and does not have, in the list of what is had.
const NOT_THERE: &str = "not there ";

/// A bulk file and what is published of its records.
struct Bulk<'a> {
    wanted: &'a Wanted,
    list: NewList<'a>,
    published: List,
    /// What the file that is there holds, with what lies beside it; `None` where nothing tells.
    had: Option<List>,
}

impl Fetcher<'_> {
    /// An `all.zip` with `modified_id.csv` beside it.
    pub(super) fn osv_bulk(&self, wanted: &Wanted) -> Result<Got, Failure> {
        let known = self.known(wanted);
        let options = self.publishers.options();
        if known.is_some_and(|known| known.bytes < options.small_bulk_bytes) {
            return self.whole(wanted);
        }
        let list = match self.list(wanted, LIST, known.is_some()) {
            // A publisher without a list publishes the file all the same.
            Err(Failure::Final(Refusal::NotThere(_))) => return self.whole(wanted),
            list => list?,
        };
        let Some(published) = read_osv(&self.newest(&list)) else {
            return self.whole(wanted);
        };
        let had = read_osv(&self.directory.path(&list.file));
        let bulk = Bulk { wanted, list, published, had };
        let is_recent = |known: &&FileState| {
            self.now().saturating_sub(known.whole_at) <= options.longest_without_whole.as_secs()
        };
        if let Some(known) = known.filter(is_recent) {
            if bulk.list.new.is_none() {
                return Ok(self.unchanged(wanted, known));
            }
            if let Some(got) = self.osv_changes(&bulk, known)? {
                return Ok(got);
            }
        }
        self.osv_whole(&bulk)
    }

    /// Only the records that changed; `None` where that does not do.
    fn osv_changes(&self, bulk: &Bulk<'_>, known: &FileState) -> Result<Option<Got>, Failure> {
        let Some(had) = &bulk.had else { return Ok(None) };
        let lacking = bulk.lacking(had);
        // What left the list may still lie in the file.
        let is_gone = had.keys().any(|path| !bulk.published.contains_key(path));
        let beside = self.beside(&bulk.wanted.file).len();
        let most = self.publishers.options().most_changes;
        if is_gone || beside.saturating_add(lacking.len()) > most {
            return Ok(None);
        }
        let (got, missing) = self.osv_records(bulk.wanted, known, &lacking)?;
        // What is not there may be in the file; a few that were not there before were looked for in it then.
        let is_new = |path: &&str| !bulk.is_known_to_miss(path);
        let are_many = missing.len() >= RECORDS_AT_ONCE;
        if got.staged.is_empty() && (are_many || missing.iter().any(is_new)) {
            return Ok(None);
        }
        self.keep(bulk, (got, had.clone()), (&lacking, &missing)).map(Some)
    }

    /// The whole file, and the records that are newer than it.
    fn osv_whole(&self, bulk: &Bulk<'_>) -> Result<Got, Failure> {
        let wanted = bulk.wanted;
        let got = self.whole(wanted)?;
        let is_new = !got.staged.is_empty();
        let known = got.known.get(&wanted.file).cloned().unwrap_or_default();
        let options = self.publishers.options();
        let beside = if is_new { Vec::new() } else { self.beside(&wanted.file) };
        let had = match &bulk.had {
            _ if known.bytes < options.small_bulk_bytes => None,
            // The file is what it was.
            Some(had) if !is_new => Some(had.clone()),
            _ if is_new => held(bulk, (self.directory.incoming(&wanted.file), Vec::new())),
            _ => {
                let own = |file: &String| (file.clone(), self.directory.path(file));
                held(bulk, (self.directory.path(&wanted.file), beside.iter().map(own).collect()))
            }
        };
        // The build says what is the matter with a file that cannot be read.
        let Some(had) = had else { return Ok(got) };
        let mut lacking = bulk.lacking(&had);
        lacking.truncate(options.most_changes.saturating_sub(beside.len()));
        match self.osv_records(wanted, &known, &lacking) {
            Ok((records, missing)) => {
                self.keep(bulk, (got.and(records), had), (&lacking, &missing))
            }
            // The file is worth having without them: they are asked for by the next update.
            Err(_) if is_new => self.keep(bulk, (got, had), (&[], &[])),
            Err(failure) => Err(failure),
        }
    }

    /// Fetches records; with them, the paths of those that are not there.
    fn osv_records<'l>(
        &self,
        wanted: &Wanted,
        known: &FileState,
        paths: &[&'l str],
    ) -> Result<(Got, Vec<&'l str>), Failure> {
        let (mut got, mut missing) = (self.unchanged(wanted, known), Vec::new());
        for batch in paths.chunks(RECORDS_AT_ONCE) {
            let records = self.records_at_once((wanted, &wanted.url), batch);
            for (path, record) in batch.iter().zip(records) {
                match record {
                    Ok(record) => got.take(record),
                    Err(Failure::Final(Refusal::NotThere(_))) => missing.push(*path),
                    Err(failure) => return Err(failure),
                }
            }
            // A mirror may have the file and its list, and none of the records.
            if got.staged.is_empty() && missing.len() >= RECORDS_AT_ONCE {
                missing = paths.to_vec();
                break;
            }
        }
        got.changes = Some(got.staged.len());
        Ok((got, missing))
    }

    /// The whole bulk file; what lies beside it is then of no use any more, and nor is the list of what was had.
    fn whole(&self, wanted: &Wanted) -> Result<Got, Failure> {
        let mut got = self.file(wanted)?;
        if !got.staged.is_empty() {
            got.removed = self.beside(&wanted.file);
            got.removed.extend(self.kept_list(wanted, LIST));
        }
        Ok(got)
    }

    /// Keeps the list of what is had from now on: of what was asked for all that is not missing.
    fn keep(
        &self,
        bulk: &Bulk<'_>,
        (mut got, mut had): (Got, List),
        (asked, missing): (&[&str], &[&str]),
    ) -> Result<Got, Failure> {
        let time = |path: &str| bulk.published.get(path).cloned().unwrap_or_default();
        had.extend(asked.iter().map(|&path| (path.to_owned(), time(path))));
        let mark = |path: &str| format!("{NOT_THERE}{}", time(path));
        had.extend(missing.iter().map(|&path| (path.to_owned(), mark(path))));
        if had.len() == bulk.published.len() && bulk.lacking(&had).is_empty() {
            // One that is what it was stays.
            got.removed.retain(|file| *file != bulk.list.file);
            return Ok(got.with(&bulk.list));
        }
        let file = &bulk.list.file;
        write_osv(&self.directory.incoming(file), &had)
            .map_err(|error| refused(format!("it cannot be written: {error}")))?;
        // Of no version: the next update gets the list again, and sees what is lacking, though nothing has changed in it.
        let known = bulk.list.new.as_ref().or_else(|| self.state.files.get(file));
        let known = FileState { version: Version::default(), ..known.cloned().unwrap_or_default() };
        got.staged.push(file.clone());
        got.known.insert(file.clone(), known);
        Ok(got)
    }
}

impl Bulk<'_> {
    /// The paths of the records that are published otherwise than they are had: the newest first, and last those that were looked for
    /// before and not there.
    fn lacking(&self, had: &List) -> Vec<&str> {
        let mut lacking = changed(had, &self.published);
        lacking.sort_by_cached_key(|path| {
            (self.is_known_to_miss(path), Reverse(self.published.get(*path)))
        });
        lacking
    }

    /// True for a record that was not there when it was last looked for, and is still listed as it was then.
    fn is_known_to_miss(&self, path: &str) -> bool {
        let had = self.had.as_ref().and_then(|had| had.get(path)?.strip_prefix(NOT_THERE));
        had.is_some() && had == self.published.get(path).map(String::as_str)
    }
}

/// Of what is published, the records that an archive, or what lies beside it, holds no older; `None` where the archive cannot be read.
fn held(bulk: &Bulk<'_>, (archive, beside): (PathBuf, Vec<(String, PathBuf)>)) -> Option<List> {
    #[derive(Deserialize)]
    struct Record {
        modified: String,
    }
    let mut list = List::new();
    let mut take = |path: String, bytes: Vec<u8>| {
        let name = last_part(&path);
        if let Some(published) = bulk.published.get(name)
            && serde_json::from_slice::<Record>(&bytes)
                .is_ok_and(|record| is_as_new(&record.modified, published))
        {
            list.insert(name.to_owned(), published.clone());
        }
        Next::Continue
    };
    let mut read = |kind| {
        let input = Input { name: bulk.wanted.file.clone(), kind };
        input.read(&Limits::default(), &mut take).ok()
    };
    let counts = read(InputKind::Archive(archive))?;
    read(InputKind::Documents(beside))?;
    counts.damage.is_empty().then_some(list)
}

fn read_osv(path: &Path) -> Option<List> {
    read_list(path, |line| {
        let (time, id) = line.split_once(',')?;
        Some((format!("{id}.json"), time.to_owned()))
    })
}

fn write_osv(path: &Path, list: &List) -> io::Result<()> {
    let line = |(path, time): (&String, &String)| {
        format!("{time},{}\n", path.strip_suffix(".json").unwrap_or(path))
    };
    make_parent(path)?;
    std::fs::write(path, list.iter().map(line).collect::<String>())
}
