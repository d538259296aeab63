//! The parsing threads: documents in, encoded records into the writer.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::Receiver;
use std::sync::{Mutex, MutexGuard, PoisonError};

use plimsoll_advisory::{Advisory, EncodedAdvisory, SnapshotError, SnapshotWriter};

use crate::feed::{Feed, Import, NotOfThisFeed, recognise};
use crate::options::BuildOptions;
use crate::tally::Tally;

/// Documents of one input, most likely of that feed.
pub(crate) struct Batch {
    pub(crate) feed: &'static Feed,
    pub(crate) documents: Vec<Vec<u8>>,
}

/// What the threads share.
pub(crate) struct Parser<'a> {
    options: &'a BuildOptions,
    writer: Mutex<SnapshotWriter>,
    results: Mutex<Results>,
}

#[derive(Default)]
struct Results {
    /// Of the current input, by feed.
    tallies: BTreeMap<&'static str, Tally>,
    /// Records of feeds whose documents each hold a part of them, by feed and id.
    spread: BTreeMap<(&'static str, String), Advisory>,
    failed: Option<SnapshotError>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<'a> Parser<'a> {
    pub(crate) fn new(options: &'a BuildOptions) -> Result<Self, SnapshotError> {
        let writer = Mutex::new(SnapshotWriter::new()?);
        Ok(Self { options, writer, results: Mutex::default() })
    }

    /// Parses until no more batches come. After a failure batches are still taken, so that the sender never waits in vain.
    pub(crate) fn run(&self, batches: &Mutex<Receiver<Batch>>) {
        loop {
            let batch = lock(batches).recv();
            let Ok(batch) = batch else { return };
            if lock(&self.results).failed.is_some() {
                continue;
            }
            if let Err(error) = self.parse(&batch) {
                lock(&self.results).failed = Some(error);
            }
        }
    }

    fn parse(&self, batch: &Batch) -> Result<(), SnapshotError> {
        let mut own = Import::new(self.options);
        for document in &batch.documents {
            if import_guarded(batch.feed, document, &mut own).is_ok() {
                continue;
            }
            // Which feed a document is of is asked only where it is not of the input's own.
            let other = recognise(document).filter(|other| other.id != batch.feed.id);
            let mut import = Import::new(self.options);
            match other.map(|other| (other, import_guarded(other, document, &mut import))) {
                Some((other, Ok(()))) => self.store(other, import)?,
                _ => own.tally.reject("not a record of its feed"),
            }
        }
        self.store(batch.feed, own)
    }

    /// Hands over what was read: encoded here, so that the writer is held only to append.
    fn store(&self, feed: &'static Feed, import: Import<'_>) -> Result<(), SnapshotError> {
        if feed.spread {
            let mut results = lock(&self.results);
            for advisory in import.advisories {
                let key = (feed.id, advisory.id.clone());
                match results.spread.entry(key) {
                    std::collections::btree_map::Entry::Vacant(entry) => {
                        entry.insert(advisory);
                    }
                    std::collections::btree_map::Entry::Occupied(mut entry) => {
                        entry.get_mut().affected.extend(advisory.affected);
                        entry.get_mut().related.extend(advisory.related);
                    }
                }
            }
        } else {
            let encoded: Vec<_> = import.advisories.iter().map(EncodedAdvisory::new).collect();
            let mut writer = lock(&self.writer);
            encoded.into_iter().try_for_each(|advisory| writer.add_encoded(advisory))?;
        }
        lock(&self.results).tallies.entry(feed.id).or_default().merge(import.tally);
        Ok(())
    }

    /// What was counted since the last call, by feed.
    pub(crate) fn take_tallies(&self) -> Result<Vec<(&'static str, Tally)>, SnapshotError> {
        let mut results = lock(&self.results);
        match results.failed.take() {
            Some(error) => Err(error),
            None => Ok(std::mem::take(&mut results.tallies).into_iter().collect()),
        }
    }

    pub(crate) fn with_writer(&self, act: impl FnOnce(&mut SnapshotWriter)) {
        act(&mut lock(&self.writer));
    }

    /// The writer, with everything in it.
    pub(crate) fn into_writer(self) -> Result<SnapshotWriter, SnapshotError> {
        let mut writer = self.writer.into_inner().unwrap_or_else(PoisonError::into_inner);
        let results = self.results.into_inner().unwrap_or_else(PoisonError::into_inner);
        for mut advisory in results.spread.into_values() {
            // The documents came in any order, and a second copy of one says nothing new.
            advisory.affected.sort();
            advisory.affected.dedup();
            advisory.related.sort();
            advisory.related.dedup();
            writer.add(&advisory)?;
        }
        Ok(writer)
    }
}

/// Imports one document. Should an importer panic, the document is counted as rejected and the others go on.
fn import_guarded(
    feed: &Feed,
    document: &[u8],
    import: &mut Import<'_>,
) -> Result<(), NotOfThisFeed> {
    let before = import.advisories.len();
    let outcome = catch_unwind(AssertUnwindSafe(|| (feed.import)(document, import)));
    outcome.unwrap_or_else(|_| {
        import.advisories.truncate(before);
        import.tally.reject("importer failed");
        Ok(())
    })
}
