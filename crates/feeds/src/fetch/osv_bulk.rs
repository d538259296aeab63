//! An `all.zip` with `modified_id.csv` beside it, as osv.dev publishes them (google.github.io/osv.dev/data).
//!
//! The two are made at different times, so a record may be newer in the list than it is in the file. The list that is kept is therefore
//! one of what is had: all that the file, or what lies beside it, holds, and a record has the published time in it only where it is held
//! as it was then.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::changes::{List, NewList, RECORDS_AT_ONCE, changed, last_part};
use super::failure::{Failure, Refusal, refused, words};
use super::fetcher::{Fetcher, Got};
use super::moment::is_same;
use super::osv_list::{
    NOT_GOT, NOT_THERE, UNKNOWN, held, is_that_record, read_had, read_published, write_had,
};
use super::state::{FileState, Version};
use super::wanted::Wanted;
use crate::input::changes_of;

const LIST: &str = "modified_id.csv";
/// After so many in a row that are not there, no more is asked for: a mirror may have the file and its list, and none of the records.
const MOST_NOT_THERE: usize = 64;
/// After so many in a row that are there and cannot be had, no more is asked for.
const MOST_NOT_GOT: usize = 8;

/// A bulk file and what is published of its records.
struct Bulk<'a> {
    wanted: &'a Wanted,
    list: NewList<'a>,
    published: List,
    /// Rows of its list that name no record that can be fetched.
    bad_rows: usize,
    /// What the file that is there holds, with what lies beside it; `None` where nothing tells.
    had: Option<List>,
    /// The names of the records that lie beside it.
    beside: BTreeSet<String>,
    /// Seconds since 1970.
    now: u64,
}

/// What came of the records that were asked for, by their names.
#[derive(Default)]
struct Asked {
    got: Got,
    came: Vec<String>,
    missing: Vec<String>,
    failed: Vec<String>,
    /// What the first failure said.
    why: Option<String>,
    /// True where so few came that not all were asked for.
    is_cut_short: bool,
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
            Err(Failure::Final(Refusal::Other(why))) => return self.without_list(wanted, &why),
            list => list?,
        };
        let Some((published, bad_rows)) = read_published(&self.newest(&list)) else {
            return self.without_list(wanted, "it is no list of records");
        };
        let had = read_had(&self.directory.path(&list.file));
        let beside = self.beside(&wanted.file);
        let beside = beside.iter().map(|file| last_part(file).to_owned()).collect();
        let now = self.now();
        let bulk = Bulk { wanted, list, published, bad_rows, had, beside, now };
        let is_recent = |known: &&FileState| {
            self.now().saturating_sub(known.whole_at) <= options.longest_without_whole.as_secs()
        };
        let mut first = None;
        if let Some(known) = known.filter(is_recent) {
            if bulk.list.new.is_none() {
                return Ok(self.unchanged(wanted, known));
            }
            // What left the list may still lie in the file.
            if let Some(had) = bulk.had.as_ref().filter(|had| !bulk.is_gone(had)) {
                let lacking = bulk.lacking(had);
                if bulk.fit(&lacking, options.most_changes) {
                    let asked = self.osv_records(&bulk, known, &lacking);
                    if !bulk.is_worth_the_file(&asked) {
                        return self.keep(&bulk, asked, had.clone());
                    }
                    first = Some(asked);
                }
            }
        }
        self.osv_whole(&bulk, first)
    }

    /// The whole file, and the records that are newer than it, where they were not asked for yet.
    fn osv_whole(&self, bulk: &Bulk<'_>, first: Option<Asked>) -> Result<Got, Failure> {
        let (wanted, options) = (bulk.wanted, self.publishers.options());
        let got = match (self.whole(wanted), first) {
            // The file is what it was.
            (Ok(got), Some(mut first)) if got.staged.is_empty() => {
                first.got.known.extend(got.known);
                return self.keep(bulk, first, bulk.had.clone().unwrap_or_default());
            }
            (Ok(mut got), Some(first)) => {
                got.transferred = got.transferred.saturating_add(first.got.transferred);
                got
            }
            (Err(failure), Some(first)) if !first.came.is_empty() => {
                let mut got = self.keep(bulk, first, bulk.had.clone().unwrap_or_default())?;
                let why = || format!("the file itself could not be had: {}", words(failure));
                got.lacking.get_or_insert_with(why);
                return Ok(got);
            }
            (whole, _) => whole?,
        };
        let is_new = !got.staged.is_empty();
        let known = got.known.get(&wanted.file).cloned().unwrap_or_default();
        if known.bytes < options.small_bulk_bytes {
            return Ok(got);
        }
        let fits = |had: &List| bulk.fit(&bulk.lacking(had), options.most_changes);
        let places = if is_new {
            (self.directory.incoming(&wanted.file), Vec::new())
        } else {
            let own = |file: String| (file.clone(), self.directory.path(&file));
            let beside = self.beside(&wanted.file).into_iter().map(own).collect();
            (self.directory.path(&wanted.file), beside)
        };
        let had = match &bulk.had {
            // The file is what it was.
            Some(had) if !is_new && fits(had) => Some(had.clone()),
            _ => held(&wanted.file, places, (&bulk.published, bulk.now))
                .map(|had| bulk.with_known(had, is_new)),
        };
        // The build says what is the matter with a file that cannot be read.
        let Some(had) = had else { return Ok(got) };
        let mut asked = {
            let lacking = bulk.lacking(&had);
            let beside = if is_new { &BTreeSet::new() } else { &bulk.beside };
            self.osv_records(bulk, &known, &bulk.chosen(&lacking, beside, options.most_changes))
        };
        asked.got = got.and(asked.got);
        self.keep(bulk, asked, had)
    }

    /// Fetches records, as far as that makes sense.
    fn osv_records(&self, bulk: &Bulk<'_>, known: &FileState, paths: &[&str]) -> Asked {
        let wanted = bulk.wanted;
        let mut asked = Asked { got: self.unchanged(wanted, known), ..Asked::default() };
        let (mut not_there, mut not_got) = (0, 0);
        for batch in paths.chunks(RECORDS_AT_ONCE) {
            if not_there >= MOST_NOT_THERE || not_got >= MOST_NOT_GOT {
                asked.is_cut_short = true;
                break;
            }
            let records = self.records_at_once((wanted, &wanted.url), batch);
            for (&path, record) in batch.iter().zip(records) {
                let record = record.and_then(|record| {
                    let is_it = is_that_record(&self.directory.incoming(&record.file), path);
                    is_it.then_some(record).ok_or_else(|| refused("what came is no such record"))
                });
                match record {
                    Ok(record) => {
                        (not_there, not_got) = (0, 0);
                        asked.came.push(path.to_owned());
                        asked.got.take(record);
                    }
                    Err(Failure::Final(Refusal::NotThere(_))) => {
                        not_there += 1;
                        asked.missing.push(path.to_owned());
                    }
                    Err(failure) => {
                        not_got += 1;
                        // A server that cannot be reached is not waited for again.
                        self.publishers.give_up(&wanted.url, &failure);
                        asked.why.get_or_insert_with(|| format!("{path}: {}", words(failure)));
                        asked.failed.push(path.to_owned());
                    }
                }
            }
        }
        asked.got.changes = Some(asked.came.len());
        asked
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

    /// The whole bulk file, where its list is of no use; that is told where it is of a file that needs one.
    fn without_list(&self, wanted: &Wanted, why: &str) -> Result<Got, Failure> {
        let mut got = self.whole(wanted)?;
        let bytes = got.known.get(&wanted.file).map_or(0, |known| known.bytes);
        if bytes >= self.publishers.options().small_bulk_bytes {
            got.lacking = Some(format!("its list {LIST} cannot be used: {why}"));
        }
        Ok(got)
    }

    /// Keeps the list of what is had from now on, and tells what is lacking.
    fn keep(&self, bulk: &Bulk<'_>, asked: Asked, mut had: List) -> Result<Got, Failure> {
        let Asked { mut got, came, missing, failed, why, .. } = asked;
        let is_whole = got.staged.contains(&bulk.wanted.file);
        if !is_whole {
            let most = self.publishers.options().most_changes;
            for path in bulk.pushed_out(&came, most) {
                // What the file holds in its place, nobody knows.
                had.insert(path.to_owned(), UNKNOWN.to_owned());
                got.removed.push(format!("{}/{path}", changes_of(&bulk.wanted.file)));
            }
        }
        let time = |path: &str| bulk.published.get(path).cloned().unwrap_or_default();
        for (paths, mark) in [(&came, ""), (&missing, NOT_THERE), (&failed, NOT_GOT)] {
            let row = |path: &String| (path.clone(), format!("{mark}{}", time(path)));
            had.extend(paths.iter().map(row));
        }
        let lacking = bulk.lacking(&had);
        let marked: BTreeSet<&str> = missing.iter().chain(&failed).map(String::as_str).collect();
        let is_left = |path: &&str| !marked.contains(path) && !bulk.is_known(NOT_THERE, path);
        let left = lacking.iter().copied().filter(is_left).count();
        got.lacking = lacks((came.len(), failed.len(), left), why).or_else(|| {
            let bad_rows = bulk.bad_rows;
            let told = || format!("{bad_rows} rows of its list name no record that can be fetched");
            (bad_rows > 0).then(told)
        });
        if had.len() == bulk.published.len() && lacking.is_empty() && bulk.bad_rows == 0 {
            // One that is what it was stays.
            got.removed.retain(|file| *file != bulk.list.file);
            return Ok(got.with(&bulk.list));
        }
        let file = &bulk.list.file;
        write_had(&self.directory.incoming(file), &had)
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
    /// The paths of the records that are published otherwise than they are had: the newest first, and last those that were asked for in
    /// vain before.
    fn lacking(&self, had: &List) -> Vec<&str> {
        let mut lacking = changed(had, &self.published);
        lacking.sort_by_cached_key(|path| {
            let is_known = self.is_known(NOT_THERE, path) || self.is_known(NOT_GOT, path);
            (is_known, Reverse(self.time(path)))
        });
        lacking
    }

    /// True for a record that was asked for in vain, and is still listed as it was then.
    fn is_known(&self, mark: &str, path: &str) -> bool {
        let had = self.had.as_ref().and_then(|had| had.get(path)?.strip_prefix(mark));
        had.is_some() && had == self.published.get(path).map(String::as_str)
    }

    /// What is held, with what was known before: which records were asked for in vain, and which lie beside the file as they were
    /// published, whatever time they say themselves.
    fn with_known(&self, mut held: List, is_new: bool) -> List {
        for (path, known) in self.had.iter().flatten() {
            let is_now =
                |time: Option<&String>| time.is_some_and(|time| is_same(time, self.time(path)));
            let is_marked = self.is_known(NOT_THERE, path) || self.is_known(NOT_GOT, path);
            let is_beside = !is_new && self.beside.contains(path) && held.contains_key(path);
            let is_taken = is_marked || (is_beside && is_now(Some(known)));
            if is_taken && !is_now(held.get(path)) {
                held.insert(path.clone(), known.clone());
            }
        }
        held
    }

    /// True where something that is had is listed no more.
    fn is_gone(&self, had: &List) -> bool {
        had.keys().any(|path| !self.published.contains_key(path))
    }

    /// True where these may lie beside the file with what lies there.
    fn fit(&self, lacking: &[&str], most: usize) -> bool {
        let new = lacking.iter().filter(|path| !self.beside.contains(**path)).count();
        self.beside.len().saturating_add(new) <= most
    }

    /// True where what is lacking still may be in the whole file.
    fn is_worth_the_file(&self, asked: &Asked) -> bool {
        // One that was not there before was looked for in the file then.
        let is_new = |path: &String| !self.is_known(NOT_THERE, path);
        asked.is_cut_short
            || !asked.failed.is_empty()
            || (asked.came.is_empty() && asked.missing.iter().any(is_new))
    }

    /// When a record changed, as it is published; of one that is not, nothing is older.
    fn time(&self, path: &str) -> &str {
        self.published.get(path).map_or("", String::as_str)
    }

    /// Of what is lacking, that for which there is room beside the file: a record that lies there takes none, and one that is older gives
    /// way.
    fn chosen<'l>(
        &self,
        lacking: &[&'l str],
        beside: &BTreeSet<String>,
        most: usize,
    ) -> Vec<&'l str> {
        let changed: BTreeSet<&str> = lacking.iter().copied().collect();
        let mut room = most.saturating_sub(beside.len());
        let staying = beside.iter().filter(|path| !changed.contains(path.as_str()));
        let mut times: Vec<_> = staying.map(|path| self.time(path)).collect();
        times.sort_unstable();
        let mut oldest = times.into_iter().peekable();
        let has_room = |path: &&&str| {
            if beside.contains(**path) {
                return true;
            }
            if room > 0 {
                room -= 1;
                return true;
            }
            oldest.next_if(|time| *time < self.time(path)).is_some()
        };
        lacking.iter().filter(has_room).copied().collect()
    }

    /// The oldest records beside the file that have no room there any more with those that came.
    fn pushed_out(&self, came: &[String], most: usize) -> Vec<&str> {
        let came: BTreeSet<&str> = came.iter().map(String::as_str).collect();
        let new = came.iter().filter(|path| !self.beside.contains(**path)).count();
        let over = self.beside.len().saturating_add(new).saturating_sub(most).min(new);
        let staying = self.beside.iter().map(String::as_str).filter(|path| !came.contains(path));
        let mut staying: Vec<_> = staying.collect();
        staying.sort_by_key(|path| self.time(path));
        staying.truncate(over);
        staying
    }
}

/// In words, what an update lacks that brought so many records, could not have so many, and left so many for the next one.
fn lacks((came, failed, left): (usize, usize, usize), why: Option<String>) -> Option<String> {
    let mut parts = vec![format!("{came} changes")];
    if failed > 0 {
        let why = why.unwrap_or_default();
        parts.push(format!("{failed} could not be had ({why})"));
    }
    if left > 0 {
        parts.push(format!("{left} more are not fetched yet"));
    }
    (parts.len() > 1).then(|| parts.join(", "))
}
