//! Fetches what is wanted, each file as it is published.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Mutex;
use std::time::UNIX_EPOCH;

use super::directory::FeedsDirectory;
use super::download::{Download, Wish, download, without_credentials};
use super::failure::{Failure, refused};
use super::publishers::Publishers;
use super::state::{FetchState, FileState, Version};
use super::wanted::Wanted;
use crate::feed::OriginKind;

/// What a fetch goes by.
pub(super) struct Fetcher<'a> {
    pub(super) publishers: &'a Publishers,
    pub(super) directory: &'a FeedsDirectory,
    pub(super) state: &'a FetchState,
}

/// What came in of one wanted file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Got {
    /// Records that changed, where only they were fetched; `None` for the whole file.
    pub(super) changes: Option<usize>,
    pub(super) transferred: u64,
    /// Why not all came that is published, where that is so: what came is worth having all the same.
    pub(super) lacking: Option<String>,
    /// What waits to be installed, and what goes when it is.
    pub(super) staged: Vec<String>,
    pub(super) removed: Vec<String>,
    /// Of what is staged, the empty files that stand for documents that were taken back.
    pub(super) taken_back: Vec<String>,
    /// What is known of files from now on.
    pub(super) known: BTreeMap<String, FileState>,
}

impl Fetcher<'_> {
    /// Fetches all, several at the same time; `begin` is told of each. With what came of it, when it was fetched, in milliseconds since
    /// 1970.
    pub(super) fn all(
        &self,
        wanted: &[Wanted],
        begin: &(dyn Fn(&Wanted) + Sync),
    ) -> Vec<(Result<Got, Failure>, Range<u64>)> {
        let queue = Mutex::new(wanted.iter().enumerate());
        let results = Mutex::new(BTreeMap::new());
        let lock = |place, result| {
            if let Ok(mut results) = results.lock() {
                results.insert(place, result);
            }
        };
        let work = || {
            while let Some((place, wanted)) = queue.lock().ok().and_then(|mut queue| queue.next()) {
                begin(wanted);
                let began = self.milliseconds();
                let got = self.one(wanted);
                if let Err(failure) = &got {
                    self.publishers.give_up(&wanted.url, failure);
                }
                lock(place, (got, began..self.milliseconds()));
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..self.publishers.options().parallel.clamp(1, 16) {
                scope.spawn(work);
            }
        });
        let mut results = results.into_inner().unwrap_or_default();
        let missing = || (Err(refused("it was not fetched".to_owned())), 0..0);
        (0..wanted.len()).map(|place| results.remove(&place).unwrap_or_else(missing)).collect()
    }

    fn one(&self, wanted: &Wanted) -> Result<Got, Failure> {
        match wanted.kind {
            OriginKind::File => self.file(wanted),
            OriginKind::OsvBulk => self.osv_bulk(wanted),
            OriginKind::CsafDirectory => self.csaf_directory(wanted),
            OriginKind::RpmRepository => self.rpm_repository(wanted),
            OriginKind::Pages => self.pages(wanted),
        }
    }

    /// A file that is fetched whole.
    pub(super) fn file(&self, wanted: &Wanted) -> Result<Got, Failure> {
        let known = self.known(wanted);
        let target = self.directory.incoming(&wanted.file);
        let wish = self.wish((&wanted.url, &target), known);
        let mut got = Got::default();
        let file = match download(self.publishers, &wish)? {
            Download::Unchanged => {
                let now = self.now();
                FileState { fetched_at: now, whole_at: now, ..known.cloned().unwrap_or_default() }
            }
            Download::Whole { bytes, transferred, version } => {
                got.transferred = transferred;
                got.staged.push(wanted.file.clone());
                self.file_state(wanted, bytes, version)
            }
        };
        got.known.insert(wanted.file.clone(), file);
        Ok(got)
    }

    /// What is known of the file, where it is still there and comes from the same place.
    pub(super) fn known(&self, wanted: &Wanted) -> Option<&FileState> {
        let known = self.state.files.get(&wanted.file)?;
        let is_there = self.directory.path(&wanted.file).is_file();
        (is_there && known.origin == without_credentials(&wanted.url)).then_some(known)
    }

    pub(super) fn wish<'w>(
        &self,
        (url, target): (&'w plimsoll_http::Url, &'w std::path::Path),
        known: Option<&'w FileState>,
    ) -> Wish<'w> {
        Wish { url, target, known, most_bytes: self.publishers.options().file_bytes }
    }

    pub(super) fn file_state(&self, wanted: &Wanted, bytes: u64, version: Version) -> FileState {
        let (origin, now) = (without_credentials(&wanted.url), self.now());
        let archive = String::new();
        FileState { origin, version, bytes, fetched_at: now, whole_at: now, archive }
    }

    fn milliseconds(&self) -> u64 {
        let now = self.publishers.options().http.clock.now().duration_since(UNIX_EPOCH);
        now.map_or(0, |elapsed| u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX))
    }

    /// Seconds since 1970.
    pub(super) fn now(&self) -> u64 {
        let now = self.publishers.options().http.clock.now();
        now.duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs())
    }
}
