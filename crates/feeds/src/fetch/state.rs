//! What is known of the files that were fetched, kept beside them: whence, when, and by what their publisher knows their version.

#![expect(clippy::disallowed_methods, reason = "the state lies in the directory of feeds")]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use plimsoll_advisory::Snapshot;
use serde::{Deserialize, Serialize};

use super::directory::is_safe;
use crate::input::CHANGES_SUFFIX;

/// Hidden, so that it is taken for no feed.
const STATE_FILE: &str = ".fetched.json";
/// A state of another form is not read: what it says of is then fetched again.
const FORMAT: u32 = 1;
const STATE_BYTES: u64 = 64 << 20;

/// What is known of every file, by its path below the directory of feeds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FetchState {
    pub(super) format: u32,
    /// The program and the snapshot that it built of these files last: other programs may read more of them.
    #[serde(default)]
    pub(super) built: Option<Built>,
    pub(super) files: BTreeMap<String, FileState>,
    /// When a file was last asked for in vain, in seconds since 1970.
    #[serde(default)]
    pub(super) failed: BTreeMap<String, u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Built {
    pub(super) version: String,
    pub(super) revision: String,
    /// True where some of the files could not be read to their end.
    #[serde(default)]
    pub(super) damaged: bool,
}

/// What is known of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FileState {
    /// Where it was fetched from, without credentials; empty where it was given.
    pub(super) origin: String,
    #[serde(flatten)]
    pub(super) version: Version,
    pub(super) bytes: u64,
    /// When it was last known to be what is published, in seconds since 1970.
    pub(super) fetched_at: u64,
    /// When a bulk file was last known to hold all itself, without the changes beside it.
    #[serde(default)]
    pub(super) whole_at: u64,
    /// What the publisher calls the archive that the file is, where its name changes.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) archive: String,
}

/// How a publisher knows a version of a file (RFC 9110, section 8.8).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Version {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) etag: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) last_modified: Option<String>,
}

/// When the files of a directory of feeds were fetched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FetchedFiles {
    files: BTreeMap<String, FileState>,
    built: Option<Built>,
}

impl FetchedFiles {
    /// What an update noted; nothing where none has filled the directory.
    #[must_use]
    pub fn read(feeds: &Path) -> Self {
        let FetchState { mut files, built, .. } = FetchState::read(feeds);
        // Lists of changes are no feeds.
        files.retain(|file, _| is_safe(file));
        Self { files, built }
    }

    /// True where an update built that snapshot of these files.
    #[must_use]
    pub fn have_built(&self, snapshot: &Snapshot) -> bool {
        let revision = snapshot.revision().to_string();
        self.built.as_ref().is_some_and(|built| built.revision == revision)
    }

    /// When what a snapshot's source was read from was last known to be what is published, in seconds since 1970: of several files
    /// the one that is known longest.
    #[must_use]
    pub fn of_source(&self, source: &str) -> Option<u64> {
        let files = self.files.iter().filter(|(file, _)| is_source_of(source, file));
        files.map(|(_, file)| file.fetched_at).min()
    }
}

/// True where an input of a build holds the file: an archive is one, and so are all loose documents of a directory.
pub(super) fn is_source_of(source: &str, file: &str) -> bool {
    let source = source.strip_suffix(CHANGES_SUFFIX).unwrap_or(source);
    file.strip_prefix(source).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

impl FetchState {
    /// What is known; nothing where it cannot be read, for then everything can be fetched again.
    pub(super) fn read(feeds: &Path) -> Self {
        let mut bytes = Vec::new();
        let read = File::open(feeds.join(STATE_FILE))
            .and_then(|file| file.take(STATE_BYTES).read_to_end(&mut bytes));
        let state = read.ok().and_then(|_| serde_json::from_slice::<Self>(&bytes).ok());
        state.filter(|state| state.format == FORMAT).unwrap_or_default()
    }

    pub(super) fn write(&self, feeds: &Path) -> io::Result<()> {
        let state = Self { format: FORMAT, ..self.clone() };
        // Who may read the snapshot may read how old it is.
        let permissions = PermissionsExt::from_mode(0o644);
        let mut file = tempfile::Builder::new().permissions(permissions).tempfile_in(feeds)?;
        serde_json::to_writer_pretty(&mut file, &state)?;
        file.write_all(b"\n")?;
        file.persist(feeds.join(STATE_FILE)).map_err(|error| error.error)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_read_as_it_was_written_and_damage_costs_a_fetch_only() {
        let directory = tempfile::tempdir().unwrap();
        let file = FileState { bytes: 7, fetched_at: 9, ..FileState::default() };
        let files = [("a/b.json".to_owned(), file.clone()), ("a/.list".to_owned(), file)].into();
        let state = FetchState { files, ..FetchState::default() };
        state.write(directory.path()).unwrap();
        assert_eq!(FetchState::read(directory.path()).files, state.files);
        let fetched = FetchedFiles::read(directory.path());
        let sources = ["a/b.json", "a/b.json.changes", "a", "a/b", "a/.list"];
        let expected = [Some(9), Some(9), Some(9), None, None];
        assert_eq!(sources.map(|name| fetched.of_source(name)), expected);
        for damaged in ["", "{", r#"{"format": 2, "files": {}}"#] {
            std::fs::write(directory.path().join(STATE_FILE), damaged).unwrap();
            assert_eq!(FetchState::read(directory.path()), FetchState::default());
        }
    }
}
