//! Bulk files that are large, and of which little changes: beside the file there lie the records that changed since, in a folder
//! `FILE.changes`. The reader of the archive passes over what lies there in a newer form.
//!
//! What changed is what a publisher's list of all records says otherwise than it did when the file was fetched. Times alone would
//! miss what a publisher takes up late.

#![expect(clippy::disallowed_methods, reason = "the lists lie in the directory of feeds")]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use plimsoll_http::Url;

use super::directory::{files_below, is_safe};
use super::download::{Download, download};
use super::failure::{Failure, Refusal, refused};
use super::fetcher::{Fetcher, Got};
use super::state::FileState;
use super::wanted::Wanted;
use crate::input::changes_of;

const LIST_BYTES: u64 = 512 << 20;
/// Records that are fetched one by one.
const MOST_RECORDS: usize = 50_000;
/// Of them at the same time.
const RECORDS_AT_ONCE: usize = 8;

/// A publisher's list of its records: their paths beside it, and when each changed.
pub(super) type List = BTreeMap<String, String>;

/// A list that came in.
pub(super) struct NewList<'a> {
    pub(super) wanted: &'a Wanted,
    /// Where it lies below the directory of feeds: hidden, for it is no feed.
    pub(super) file: String,
    /// `None` where it is the one that is there already.
    pub(super) new: Option<FileState>,
}

impl Fetcher<'_> {
    /// An `all.zip` with `modified_id.csv` beside it.
    pub(super) fn osv_bulk(&self, wanted: &Wanted) -> Result<Got, Failure> {
        let known = self.known(wanted);
        let options = self.publishers.options();
        if known.is_some_and(|known| known.bytes < options.small_bulk_bytes) {
            return self.whole(wanted, None);
        }
        let list = match self.list(wanted, "modified_id.csv", known.is_some()) {
            // A publisher without a list publishes the file all the same.
            Err(Failure::Final(Refusal::NotThere(_))) => return self.whole(wanted, None),
            list => list?,
        };
        let Some(known) = known else { return self.whole(wanted, Some(&list)) };
        let age = self.now().saturating_sub(known.whole_at);
        if age > options.longest_without_whole.as_secs() {
            return self.whole(wanted, Some(&list));
        }
        if list.new.is_none() {
            return Ok(self.unchanged(wanted, known));
        }
        let (old, new) = (
            self.read_osv(&self.directory.path(&list.file)),
            self.read_osv(&self.directory.incoming(&list.file)),
        );
        let (Some(old), Some(new)) = (old, new) else { return self.whole(wanted, Some(&list)) };
        let changed = changed(&old, &new);
        // What left the list may still lie in the file.
        let is_gone = old.keys().any(|path| !new.contains_key(path));
        let beside = self.beside(&wanted.file).len();
        if is_gone || beside.saturating_add(changed.len()) > options.most_changes {
            return self.whole(wanted, Some(&list));
        }
        match self.records((wanted, &wanted.url), known, &changed) {
            Err(Failure::Final(Refusal::NotThere(_))) => self.whole(wanted, Some(&list)),
            got => Ok(got?.with(&list)),
        }
    }

    /// The whole bulk file; what lies beside it is then of no use any more.
    fn whole(&self, wanted: &Wanted, list: Option<&NewList<'_>>) -> Result<Got, Failure> {
        let mut got = self.file(wanted)?;
        if !got.staged.is_empty() {
            got.removed = self.beside(&wanted.file);
            return Ok(match list {
                Some(list) => got.with(list),
                None => got,
            });
        }
        // The file is what it was, and so the list that goes with it stays.
        Ok(got)
    }

    /// What is there is what is published.
    pub(super) fn unchanged(&self, wanted: &Wanted, known: &FileState) -> Got {
        let known = FileState { fetched_at: self.now(), ..known.clone() };
        Got { known: [(wanted.file.clone(), known)].into(), ..Got::default() }
    }

    /// Fetches the list that lies beside a file.
    pub(super) fn list<'w>(
        &self,
        wanted: &'w Wanted,
        name: &str,
        is_file_there: bool,
    ) -> Result<NewList<'w>, Failure> {
        let url = join(&wanted.url, name)?;
        let folder = wanted.file.rsplit_once('/').map_or("", |(folder, _)| folder);
        let own = wanted.file.rsplit('/').next().unwrap_or_default();
        let file = format!("{folder}/.{own}.{name}");
        let listed = Wanted { url, file, ..wanted.clone() };
        let known = self.known(&listed).filter(|_| is_file_there);
        let target = self.directory.incoming(&listed.file);
        let wish = self.wish((&listed.url, &target), known);
        let new = match download(self.publishers, &wish)? {
            Download::Unchanged => None,
            Download::Whole { bytes, version, .. } => {
                Some(self.file_state(&listed, bytes, version))
            }
        };
        Ok(NewList { wanted, file: listed.file, new })
    }

    /// Fetches records that changed, several at the same time; `url` is what their paths are beside.
    pub(super) fn records(
        &self,
        (wanted, url): (&Wanted, &Url),
        known: &FileState,
        changed: &[&str],
    ) -> Result<Got, Failure> {
        if changed.len() > MOST_RECORDS {
            let detail = format!("{} records of it changed, too many to be fetched", changed.len());
            return Err(refused(detail));
        }
        let folder = changes_of(&wanted.file);
        let one = |path: &&str| {
            let file = format!("{folder}/{}", last_part(path));
            let target = self.directory.incoming(&file);
            let url = join(url, path)?;
            match download(self.publishers, &self.wish((&url, &target), None))? {
                Download::Whole { transferred, .. } => Ok((file, transferred)),
                Download::Unchanged => Err(refused("it is not sent".to_owned())),
            }
        };
        let mut got = self.unchanged(wanted, known);
        for (file, transferred) in in_parallel(changed, one)? {
            got.transferred = got.transferred.saturating_add(transferred);
            got.staged.push(file);
        }
        got.changes = Some(changed.len());
        Ok(got)
    }

    /// The records that lie beside a bulk file.
    pub(super) fn beside(&self, file: &str) -> Vec<String> {
        let folder = changes_of(file);
        let names = files_below(&self.directory.path(&folder)).unwrap_or_default();
        names.into_iter().map(|name| format!("{folder}/{name}")).collect()
    }

    fn read_osv(&self, path: &Path) -> Option<List> {
        read_list(path, |line| {
            let (time, id) = line.split_once(',')?;
            Some((format!("{id}.json"), time.to_owned()))
        })
    }
}

impl Got {
    /// With the list that tells next time what changed.
    pub(super) fn with(mut self, list: &NewList<'_>) -> Self {
        if let Some(new) = &list.new {
            self.staged.push(list.file.clone());
            self.known.insert(list.file.clone(), new.clone());
        }
        debug_assert!(self.known.contains_key(&list.wanted.file));
        self
    }

    pub(super) fn and(mut self, later: Self) -> Self {
        self.transferred = self.transferred.saturating_add(later.transferred);
        self.changes = if self.staged.is_empty() { later.changes } else { None };
        self.staged.extend(later.staged);
        self.removed.extend(later.removed);
        self.taken_back.extend(later.taken_back);
        self.known.extend(later.known);
        self
    }
}

/// What comes of each, in the order of the list; the first failure ends it.
fn in_parallel<'l, T: Send>(
    list: &[&'l str],
    one: impl Fn(&&'l str) -> Result<T, Failure> + Sync,
) -> Result<Vec<T>, Failure> {
    let mut all = Vec::with_capacity(list.len());
    for batch in list.chunks(RECORDS_AT_ONCE) {
        let results: Vec<Result<T, Failure>> = std::thread::scope(|scope| {
            let started: Vec<_> = batch.iter().map(|item| scope.spawn(|| one(item))).collect();
            let died = |_| Err(refused("it was not fetched".to_owned()));
            started.into_iter().map(|thread| thread.join().unwrap_or_else(died)).collect()
        });
        for result in results {
            all.push(result?);
        }
    }
    Ok(all)
}

pub(super) fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The paths of those that are new or otherwise.
pub(super) fn changed<'l>(old: &List, new: &'l List) -> Vec<&'l str> {
    let is_changed = |(path, time): &(&String, &String)| old.get(*path) != Some(*time);
    new.iter().filter(is_changed).map(|(path, _)| path.as_str()).collect()
}

/// A list with a record a line; `None` where it cannot be read, or names a path that leads elsewhere.
pub(super) fn read_list(
    path: &Path,
    record: impl Fn(&str) -> Option<(String, String)>,
) -> Option<List> {
    let mut text = String::new();
    File::open(path).ok()?.take(LIST_BYTES).read_to_string(&mut text).ok()?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let list: Option<List> = lines.map(record).collect();
    list.filter(|list| !list.is_empty() && list.keys().all(|path| is_safe(path)))
}

pub(super) fn join(url: &Url, path: &str) -> Result<Url, Failure> {
    // Not a reference: `CVE-1:2.json` would be one of a scheme of its own.
    let mut url = url.clone();
    url.set_query(None);
    {
        let Ok(mut parts) = url.path_segments_mut() else {
            return Err(refused("its address has no path".to_owned()));
        };
        parts.pop().extend(path.split('/'));
    }
    Ok(url)
}

#[cfg(test)]
mod tests;
