//! The parsing threads: documents in, encoded records into the writer.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::Receiver;
use std::sync::{Mutex, MutexGuard, PoisonError};

use plimsoll_advisory::{Advisory, EncodedAdvisory, SnapshotError, SnapshotWriter};

use crate::document::{Document, Form, Outline};
use crate::feed::Feed;
use crate::feeds::recognise;
use crate::import::{Import, NotOfThisFeed};
use crate::kept::Keeper;
use crate::options::BuildOptions;
use crate::skipped::{OF_NO_FEED, Standing, standing};
use crate::tally::Tally;

/// Documents of one input, most likely of that feed.
pub(crate) struct Batch {
    pub(crate) feed: &'static Feed,
    pub(crate) documents: Vec<Owned>,
}

/// A document on its way to a thread.
pub(crate) struct Owned {
    pub(crate) path: String,
    pub(crate) bytes: Vec<u8>,
}

/// What the threads share.
pub(crate) struct Parser<'a> {
    options: &'a BuildOptions,
    writer: Mutex<SnapshotWriter>,
    /// What the input is called that is being read.
    input: String,
    /// Where what is read of it goes beside the writer; nothing where it cannot be kept.
    keeper: Mutex<Option<Keeper>>,
    results: Mutex<Results>,
}

#[derive(Default)]
struct Results {
    /// Of the current input, by feed.
    tallies: BTreeMap<&'static str, (&'static Feed, Tally)>,
    /// Records of feeds whose documents each hold a part of them, by feed and id, and by package where that is not another record.
    spread: BTreeMap<(&'static str, String, String), Advisory>,
    failed: Option<SnapshotError>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<'a> Parser<'a> {
    pub(crate) fn new(options: &'a BuildOptions) -> Result<Self, SnapshotError> {
        let writer = Mutex::new(SnapshotWriter::new()?);
        let (keeper, results) = (Mutex::default(), Mutex::default());
        Ok(Self { options, writer, input: String::new(), keeper, results })
    }

    /// What comes next is of that input.
    pub(crate) fn begin(&mut self, input: &str, keeper: Option<Keeper>) {
        input.clone_into(&mut self.input);
        *lock(&self.keeper) = keeper;
    }

    /// What is kept of the input that was read.
    pub(crate) fn take_keeper(&self) -> Option<Keeper> {
        lock(&self.keeper).take()
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
        for Owned { path, bytes } in &batch.documents {
            let document = Document { path, bytes };
            if import_guarded(batch.feed, &document, &mut own).is_ok() {
                continue;
            }
            // Which feed a document is of is asked only where it is not of the input's own.
            let outline = Outline::of(&document);
            let is_broken = outline.form == Form::Broken || (batch.feed.recognises)(&outline);
            let other = recognise(&outline).filter(|other| other.id != batch.feed.id);
            let mut import = Import::new(self.options);
            match other.map(|other| (other, import_guarded(other, &document, &mut import))) {
                Some((other, Ok(()))) => self.store(other, import)?,
                Some(_) => own.tally.reject("not a record of its feed"),
                None if is_broken || standing(path) == Standing::Expected => {
                    own.tally.reject("not a record of its feed");
                }
                // A database's own files: what it is, how it is checked.
                None => own.tally.ignore(OF_NO_FEED),
            }
        }
        self.store(batch.feed, own)
    }

    /// Hands over what was read: encoded here, so that the writer is held only to append.
    fn store(&self, feed: &'static Feed, mut import: Import<'_>) -> Result<(), SnapshotError> {
        for advisory in &mut import.advisories {
            advisory.input.clone_from(&self.input);
        }
        if !import.content_sets.is_empty() {
            // A reading is of records. The one small map that holds none is read every time.
            lock(&self.keeper).take();
            let mut writer = lock(&self.writer);
            for (name, releases) in import.content_sets {
                writer.add_content_set(name, releases);
            }
        }
        if feed.spread {
            // What is put together with other inputs is no reading of this one.
            lock(&self.keeper).take();
            let mut results = lock(&self.results);
            for advisory in import.advisories {
                let package = advisory.affected.first().filter(|_| feed.of_packages);
                let package = package.map_or_else(String::new, |one| one.package.clone());
                let key = (feed.id, advisory.id.clone(), package);
                match results.spread.entry(key) {
                    std::collections::btree_map::Entry::Vacant(entry) => {
                        entry.insert(advisory);
                    }
                    std::collections::btree_map::Entry::Occupied(mut entry) => {
                        merge(entry.get_mut(), advisory);
                    }
                }
            }
        } else {
            let encoded: Vec<_> = import.advisories.iter().map(EncodedAdvisory::new).collect();
            self.keep(&encoded);
            let mut writer = lock(&self.writer);
            encoded.into_iter().try_for_each(|advisory| writer.add_encoded(advisory))?;
        }
        let mut results = lock(&self.results);
        let (_, tally) = results.tallies.entry(feed.id).or_insert((feed, Tally::default()));
        tally.merge(import.tally);
        Ok(())
    }

    /// A disk that is full costs what is kept, not the build.
    fn keep(&self, encoded: &[EncodedAdvisory]) {
        let mut keeper = lock(&self.keeper);
        let mut parts = encoded.iter().flat_map(EncodedAdvisory::parts);
        let kept = keeper.as_mut().map(|keeper| parts.try_for_each(|part| keeper.push(part)));
        if kept.is_some_and(|kept| kept.is_err()) {
            *keeper = None;
        }
    }

    /// What was counted since the last call, by feed.
    pub(crate) fn take_tallies(&self) -> Result<Vec<(&'static Feed, Tally)>, SnapshotError> {
        let mut results = lock(&self.results);
        match results.failed.take() {
            Some(error) => Err(error),
            None => Ok(std::mem::take(&mut results.tallies).into_values().collect()),
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
            tidy(&mut advisory);
            writer.add(&advisory)?;
        }
        Ok(writer)
    }
}

/// Puts together what two documents say of one record, whichever came first.
fn merge(into: &mut Advisory, other: Advisory) {
    into.affected.extend(other.affected);
    into.aliases.extend(other.aliases);
    into.related.extend(other.related);
    into.upstream.extend(other.upstream);
    into.references.extend(other.references);
    into.cwes.extend(other.cwes);
    into.severities.extend(other.severities);
    into.symbols.extend(other.symbols);
    for (text, other) in [(&mut into.summary, other.summary), (&mut into.details, other.details)] {
        // The longer one, and of two of one length the greater.
        if (other.len(), other.as_str()) > (text.len(), text.as_str()) {
            *text = other;
        }
    }
    for (time, other) in
        [(&mut into.modified, other.modified), (&mut into.withdrawn, other.withdrawn)]
    {
        *time = time.take().max(other);
    }
    into.published = match (into.published.take(), other.published) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    };
    // One record names one input.
    if other.input < into.input {
        into.input = other.input;
    }
}

/// The documents came in any order, and a second copy of one says nothing new.
fn tidy(advisory: &mut Advisory) {
    fn tidy<T: Ord>(list: &mut Vec<T>) {
        list.sort();
        list.dedup();
    }
    tidy(&mut advisory.affected);
    tidy(&mut advisory.severities);
    tidy(&mut advisory.symbols);
    for list in [
        &mut advisory.aliases,
        &mut advisory.related,
        &mut advisory.upstream,
        &mut advisory.references,
        &mut advisory.cwes,
    ] {
        tidy(list);
    }
}

/// Imports one document. Should an importer panic, the document is counted as rejected and the others go on.
pub(crate) fn import_guarded(
    feed: &Feed,
    document: &Document<'_>,
    import: &mut Import<'_>,
) -> Result<(), NotOfThisFeed> {
    let (before, sets_before) = (import.advisories.len(), import.content_sets.len());
    let outcome = catch_unwind(AssertUnwindSafe(|| (feed.import)(document, import)));
    outcome.unwrap_or_else(|_| {
        import.advisories.truncate(before);
        import.content_sets.truncate(sets_before);
        import.tally.reject("importer failed");
        Ok(())
    })
}
