//! Directories of CSAF documents (CSAF 2.0, section 7.1.13): a list of all documents with their times, perhaps an archive of them that is
//! made now and then, and perhaps a list of those that were taken back (`deletions.csv`, which is of the same form).

#![expect(clippy::disallowed_methods, reason = "the lists lie in the directory of feeds")]

use std::fs::File;
use std::path::Path;

use plimsoll_core::{Day, Digest};
use plimsoll_http::{Request, Url};

use super::changes::{List, NewList, changed, join, last_part, read_list};
use super::checksum::{is_of, sha256_in};
use super::directory::{is_safe, make_parent};
use super::download::{Download, download, text_of};
use super::failure::{Failure, Refusal, refused};
use super::fetcher::{Fetcher, Got};
use super::state::{FileState, Version};
use super::wanted::Wanted;
use crate::input::changes_of;

/// Bytes of a document that names an archive, or its digest.
const NAME_BYTES: u64 = 4 << 10;

/// The list of all documents.
const CHANGES: &str = "changes.csv";

impl Fetcher<'_> {
    /// A directory with `changes.csv` and perhaps an archive.
    pub(super) fn csaf_directory(&self, wanted: &Wanted) -> Result<Got, Failure> {
        let latest = join(&wanted.url, "archive_latest.txt")?;
        match text_of(self.publishers, &Request::get(latest), NAME_BYTES) {
            Ok(archive) => self.csaf_archive(wanted, archive.trim()),
            Err(Failure::Final(Refusal::NotThere(_))) => self.csaf_documents(wanted),
            Err(failure) => Err(failure),
        }
    }

    /// An archive of the documents, and those that changed since.
    fn csaf_archive(&self, wanted: &Wanted, archive: &str) -> Result<Got, Failure> {
        let unusable = |detail: &str| refused(format!("the archive's name {detail}"));
        if !is_safe(archive) || archive.contains('/') {
            return Err(unusable("is no plain name"));
        }
        let day = day_in(archive).ok_or_else(|| unusable("has no day in it"))?;
        let known = self.known(wanted).filter(|known| known.archive == archive);
        let list = self.list(wanted, CHANGES, known.is_some())?;
        let deletions = self.deletions(wanted, known.is_some())?;
        let (got, known, old) = match known {
            Some(known) if list.new.is_none() && !is_new(&deletions) => {
                return Ok(self.unchanged(wanted, known));
            }
            Some(known) => {
                (Got::default(), known.clone(), self.read_csaf(&self.directory.path(&list.file)))
            }
            None => {
                let url = join(&wanted.url, archive)?;
                let (got, known) = self.archive((wanted, &url), archive)?;
                (got, known, None)
            }
        };
        let new = self.csaf_list(&list)?;
        let gone = self.gone(deletions.as_ref(), &new)?;
        // Of an archive that has just come in, all that changed on its own day or later is perhaps not in it.
        let day = day.to_string();
        let is_before = |(_, time): &(&String, &String)| **time < day;
        let own = |(path, time): (&String, &String)| (path.clone(), time.clone());
        let old = old.unwrap_or_else(|| new.iter().filter(is_before).map(own).collect());
        let mut changed = changed(&old, &new);
        changed.retain(|path| !gone.contains_key(*path));
        let mut records = self.records((wanted, &wanted.url), &known, &changed)?;
        for (path, time) in &gone {
            if *time >= day {
                self.take_back(wanted, path, &mut records)?;
            }
        }
        Ok(got.and(records).with(&list).with_any(deletions.as_ref()))
    }

    /// Leaves an empty file for a document that may be in the archive, where there is none yet.
    fn take_back(&self, wanted: &Wanted, path: &str, got: &mut Got) -> Result<(), Failure> {
        let file = format!("{}/{}", changes_of(&wanted.file), last_part(path));
        if std::fs::metadata(self.directory.path(&file)).is_ok_and(|there| there.len() == 0) {
            return Ok(());
        }
        let target = self.directory.incoming(&file);
        make_parent(&target)
            .and_then(|()| File::create(&target))
            .map_err(|error| refused(format!("it cannot be written: {error}")))?;
        got.taken_back.push(file.clone());
        got.staged.push(file);
        got.changes = Some(got.changes.unwrap_or_default().saturating_add(1));
        Ok(())
    }

    /// The list of documents that were taken back, where the publisher has one.
    fn deletions<'w>(
        &self,
        wanted: &'w Wanted,
        is_file_there: bool,
    ) -> Result<Option<NewList<'w>>, Failure> {
        match self.list(wanted, "deletions.csv", is_file_there) {
            Err(Failure::Final(Refusal::NotThere(_))) => Ok(None),
            list => list.map(Some),
        }
    }

    /// The documents that were taken back and have not changed since, by their paths.
    fn gone(&self, deletions: Option<&NewList<'_>>, changes: &List) -> Result<List, Failure> {
        let Some(list) = deletions else { return Ok(List::new()) };
        let path = self.newest(list);
        if std::fs::metadata(&path).is_ok_and(|metadata| metadata.len() == 0) {
            return Ok(List::new());
        }
        let gone = self.read_csaf(&path);
        let mut gone = gone.ok_or_else(|| refused("its list of deletions cannot be read"))?;
        gone.retain(|path, time| changes.get(path).is_none_or(|changed| changed <= time));
        Ok(gone)
    }

    /// Documents that are published one by one only: all of them at first, and then those that changed.
    fn csaf_documents(&self, wanted: &Wanted) -> Result<Got, Failure> {
        let is_known = self.state.files.contains_key(&wanted.file);
        let list = self.list(wanted, CHANGES, is_known)?;
        let deletions = self.deletions(wanted, is_known)?;
        let known = self.file_state(wanted, 0, Version::default());
        if list.new.is_none() && !is_new(&deletions) {
            return Ok(self.unchanged(wanted, &known));
        }
        let old = Some(self.directory.path(&list.file)).filter(|_| is_known);
        let old = old.and_then(|old| self.read_csaf(&old)).unwrap_or_default();
        let mut new = self.csaf_list(&list)?;
        let taken_back = self.gone(deletions.as_ref(), &new)?;
        new.retain(|path, _| !taken_back.contains_key(path));
        let mut got = self.records((wanted, &wanted.url), &known, &changed(&old, &new))?;
        let folder = changes_of(&wanted.file);
        let gone = old.keys().filter(|path| !new.contains_key(*path));
        let place = |path: &String| format!("{folder}/{}", last_part(path));
        got.removed = gone.map(place).filter(|file| self.directory.path(file).is_file()).collect();
        got.changes = got.changes.map(|changes| changes.saturating_add(got.removed.len()));
        Ok(got.with(&list).with_any(deletions.as_ref()))
    }

    /// The list of changes, as it is published now.
    fn csaf_list(&self, list: &NewList<'_>) -> Result<List, Failure> {
        let new = self.read_csaf(&self.newest(list));
        new.ok_or_else(|| refused("its list of changes cannot be read"))
    }

    fn archive(
        &self,
        (wanted, url): (&Wanted, &Url),
        name: &str,
    ) -> Result<(Got, FileState), Failure> {
        let target = self.directory.incoming(&wanted.file);
        let downloaded = download(self.publishers, &self.wish((url, &target), None))?;
        let Download::Whole { bytes, transferred, version } = downloaded else {
            return Err(refused("the server says that it has not changed".to_owned()));
        };
        if self.checksum(url, name)?.is_some_and(|stated| !is_of(&stated, &target)) {
            return Err(refused("the archive is not the one that its checksum names"));
        }
        let known =
            FileState { archive: name.to_owned(), ..self.file_state(wanted, bytes, version) };
        let mut got = Got { transferred, staged: vec![wanted.file.clone()], ..Got::default() };
        got.removed = self.beside(&wanted.file);
        // It says what was had beside the archive before.
        got.removed.extend(self.kept_list(wanted, CHANGES));
        Ok((got, known))
    }

    /// The digest of an archive, where its publisher states one beside it.
    fn checksum(&self, url: &Url, name: &str) -> Result<Option<Digest>, Failure> {
        let url = join(url, &format!("{name}.sha256"))?;
        match text_of(self.publishers, &Request::get(url), NAME_BYTES) {
            Ok(text) => Ok(sha256_in(&text)),
            Err(Failure::Final(Refusal::NotThere(_))) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    fn read_csaf(&self, path: &Path) -> Option<List> {
        read_list(path, |line| {
            let (path, time) = line.split_once(',')?;
            Some((path.trim_matches('"').to_owned(), time.trim_matches('"').to_owned()))
        })
    }
}

impl Got {
    fn with_any(self, list: Option<&NewList<'_>>) -> Self {
        list.into_iter().fold(self, Self::with)
    }
}

fn is_new(list: &Option<NewList<'_>>) -> bool {
    list.as_ref().is_some_and(|list| list.new.is_some())
}

/// The first `YYYY-MM-DD` in a name.
fn day_in(name: &str) -> Option<Day> {
    (0..name.len()).find_map(|start| name.get(start..start.checked_add(10)?)?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn days_are_found_in_names() {
        for (name, day) in [
            ("csaf_vex_2026-02-01.tar.zst", Some("2026-02-01")),
            ("2026-02-01", Some("2026-02-01")),
            ("csaf-12026-02-011", Some("2026-02-01")),
            ("é-2026-13-01", None),
            ("", None),
        ] {
            assert_eq!(day_in(name).map(|day| day.to_string()).as_deref(), day, "{name}");
        }
    }
}
