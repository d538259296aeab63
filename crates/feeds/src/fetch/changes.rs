//! Bulk files that are large, and of which little changes: beside the file there lie the records that changed since, in a folder
//! `FILE.changes`. The reader of the archive passes over what lies there in a newer form.
//!
//! What changed is what a publisher's list of all records says otherwise than the list of those that are had. Times alone would
//! miss what a publisher takes up late.

#![expect(clippy::disallowed_methods, reason = "the lists lie in the directory of feeds")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use plimsoll_http::Url;

use super::directory::{files_below, is_safe};
use super::download::{Download, Wish, download};
use super::failure::{Failure, refused};
use super::fetcher::{Fetcher, Got};
use super::moment::{is_as_new, is_same};
use super::state::FileState;
use super::wanted::Wanted;
use crate::input::changes_of;

const LIST_BYTES: u64 = 256 << 20;
/// Records that are fetched one by one.
const MOST_RECORDS: usize = 50_000;
/// Of them at the same time.
pub(super) const RECORDS_AT_ONCE: usize = 8;

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

/// A record that came in.
pub(super) struct Record {
    pub(super) file: String,
    transferred: u64,
}

impl Fetcher<'_> {
    /// What is there is what is published.
    pub(super) fn unchanged(&self, wanted: &Wanted, known: &FileState) -> Got {
        let known = FileState { fetched_at: self.now(), ..known.clone() };
        Got { known: [(wanted.file.clone(), known)].into(), ..Got::default() }
    }

    /// The list that goes with a file, where one is kept.
    pub(super) fn kept_list(&self, wanted: &Wanted, name: &str) -> Option<String> {
        Some(list_file(wanted, name)).filter(|list| self.directory.path(list).is_file())
    }

    /// Fetches the list that lies beside a file.
    pub(super) fn list<'w>(
        &self,
        wanted: &'w Wanted,
        name: &str,
        is_file_there: bool,
    ) -> Result<NewList<'w>, Failure> {
        let (url, file) = (join(&wanted.url, name)?, list_file(wanted, name));
        let listed = Wanted { url, file, ..wanted.clone() };
        let known = self.known(&listed).filter(|_| is_file_there);
        let target = self.directory.incoming(&listed.file);
        let wish = self.wish((&listed.url, &target), known);
        let wish = Wish { most_bytes: wish.most_bytes.min(LIST_BYTES), ..wish };
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
        let mut got = self.unchanged(wanted, known);
        // They lie in one folder, and no two of them are fetched into one file.
        let mut names = BTreeSet::new();
        let changed: Vec<_> =
            changed.iter().copied().filter(|path| names.insert(last_part(path))).collect();
        for batch in changed.chunks(RECORDS_AT_ONCE) {
            for record in self.records_at_once((wanted, url), batch) {
                got.take(record?);
            }
        }
        got.changes = Some(changed.len());
        Ok(got)
    }

    /// Fetches a few records at the same time: what comes of each, in the order of their paths.
    pub(super) fn records_at_once(
        &self,
        (wanted, url): (&Wanted, &Url),
        paths: &[&str],
    ) -> Vec<Result<Record, Failure>> {
        let folder = changes_of(&wanted.file);
        let one = |path: &str| {
            let file = format!("{folder}/{}", last_part(path));
            let target = self.directory.incoming(&file);
            let url = join(url, path)?;
            match download(self.publishers, &self.wish((&url, &target), None))? {
                Download::Whole { transferred, .. } => Ok(Record { file, transferred }),
                Download::Unchanged => Err(refused("it is not sent".to_owned())),
            }
        };
        std::thread::scope(|scope| {
            let started: Vec<_> = paths.iter().map(|path| scope.spawn(|| one(path))).collect();
            let died = |_| Err(refused("it was not fetched".to_owned()));
            started.into_iter().map(|thread| thread.join().unwrap_or_else(died)).collect()
        })
    }

    /// Where a list lies, as it is published now.
    pub(super) fn newest(&self, list: &NewList<'_>) -> PathBuf {
        match list.new {
            Some(_) => self.directory.incoming(&list.file),
            None => self.directory.path(&list.file),
        }
    }

    /// The records that lie beside a bulk file.
    pub(super) fn beside(&self, file: &str) -> Vec<String> {
        let folder = changes_of(file);
        let names = files_below(&self.directory.path(&folder)).unwrap_or_default();
        names.into_iter().map(|name| format!("{folder}/{name}")).collect()
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

    pub(super) fn take(&mut self, record: Record) {
        self.transferred = self.transferred.saturating_add(record.transferred);
        self.staged.push(record.file);
    }

    pub(super) fn and(mut self, later: Self) -> Self {
        self.transferred = self.transferred.saturating_add(later.transferred);
        self.changes = if self.staged.is_empty() { later.changes } else { None };
        self.staged.extend(later.staged);
        self.removed.extend(later.removed);
        self.taken_back.extend(later.taken_back);
        self.known.extend(later.known);
        self.lacking = self.lacking.or(later.lacking);
        self
    }
}

fn list_file(wanted: &Wanted, name: &str) -> String {
    let folder = wanted.file.rsplit_once('/').map_or("", |(folder, _)| folder);
    format!("{folder}/.{}.{name}", last_part(&wanted.file))
}

pub(super) fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The paths of those that are new or otherwise.
pub(super) fn changed<'l>(old: &List, new: &'l List) -> Vec<&'l str> {
    let is_same =
        |(path, time): &(&String, &String)| old.get(*path).is_some_and(|old| is_same(old, time));
    new.iter().filter(|row| !is_same(row)).map(|(path, _)| path.as_str()).collect()
}

/// How many rows a list has, and how many of them name no record.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rows {
    pub(super) all: usize,
    pub(super) bad: usize,
}

/// A list with a record a line; `None` where it cannot be read, or a row of it, or where one names a path that leads elsewhere.
pub(super) fn read_list(
    path: &Path,
    record: impl Fn(&str) -> Option<(String, String)>,
) -> Option<List> {
    let (list, rows) = read_rows(path, record)?;
    let is_good = rows.bad == 0 && !list.is_empty() && list.keys().all(|path| is_safe(path));
    is_good.then_some(list)
}

/// The rows of a list that name a record. Of one that is named more than once, the newest counts.
pub(super) fn read_rows(
    path: &Path,
    record: impl Fn(&str) -> Option<(String, String)>,
) -> Option<(List, Rows)> {
    let mut bytes = Vec::new();
    // One of our own may have a word more in each row.
    File::open(path).ok()?.take(2 * LIST_BYTES).read_to_end(&mut bytes).ok()?;
    let (mut list, mut rows) = (List::new(), Rows::default());
    for line in bytes.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii) {
        if line.is_empty() {
            continue;
        }
        rows.all = rows.all.saturating_add(1);
        let Some((path, time)) = std::str::from_utf8(line).ok().and_then(&record) else {
            rows.bad = rows.bad.saturating_add(1);
            continue;
        };
        if list.get(&path).is_none_or(|own| !is_as_new(own, &time)) {
            list.insert(path, time);
        }
    }
    Some((list, rows))
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
