//! The files of the layer cache.
//!
//! One file a record, named by what it is the result of: (verified diff_id, part, version, limits, format). Most parts find nothing in
//! most layers: one record of a layer names them all. Files appear whole, by rename,
//! so any number of processes may read and write. A record carries a checksum; a damaged one counts as absent and
//! is written again. A key holds only digests that this program computed: a config that lies about its layers finds nothing here.

#![expect(clippy::disallowed_methods, reason = "names are made from digests that were computed")]

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use plimsoll_core::{Digest, Limits};
use plimsoll_inventory::{EXTRACTORS, LayerResult, PartResult, PartSet};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tempfile::{NamedTempFile, TempPath};

use super::record::{FORMAT, PartRecord, StructureRecord};

/// Bytes that a cache may hold before the records not used for longest go.
const DEFAULT_MAX_BYTES: u64 = 2 << 30;
/// Bytes of one record that are read back.
const MAX_RECORD_BYTES: u64 = 512 << 20;
/// The part under whose name a layer's structure is kept, and its version.
const STRUCTURE: (&str, u32) = ("structure", 1);
/// The same, of the list of parts that found nothing.
const NOTHING: (&str, u32) = ("nothing", 1);

/// Parts, each with its version.
type Parts = BTreeSet<(String, u32)>;

/// A directory of records.
pub struct Cache {
    directory: PathBuf,
    /// Hash of the limits: results under other limits are other results.
    limits: String,
    max_bytes: u64,
    has_written: AtomicBool,
    /// Written, and not yet in their places.
    waiting: Mutex<Vec<(TempPath, PathBuf)>>,
}

/// The cache's directory cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("use the cache directory {}", directory.display())]
pub struct CacheError {
    pub directory: PathBuf,
    pub source: io::Error,
}

/// What a cache knows of a layer.
pub struct Cached {
    /// The parts that are there have their results; the others are empty.
    pub result: LayerResult,
    /// Uncompressed bytes of the layer.
    pub size: u64,
    pub missing: PartSet,
}

impl Cache {
    /// Opens the cache in `directory`, which is made if it is not there, readable by its owner only.
    pub fn open(directory: &Path, limits: &Limits) -> Result<Self, CacheError> {
        let error = |source| CacheError { directory: directory.to_owned(), source };
        for kind in ["layers", "blobs"] {
            let mut builder = fs::DirBuilder::new();
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.recursive(true).create(directory.join(kind)).map_err(error)?;
        }
        let limits =
            blake3::hash(format!("{FORMAT} {limits:?}").as_bytes()).to_hex()[..16].to_owned();
        let has_written = AtomicBool::new(false);
        Ok(Self {
            directory: directory.to_owned(),
            limits,
            max_bytes: DEFAULT_MAX_BYTES,
            has_written,
            waiting: Mutex::default(),
        })
    }

    /// With another bound on the bytes that it holds.
    #[must_use]
    pub fn with_max_bytes(mut self, max_bytes: u64) -> Self {
        self.max_bytes = max_bytes;
        self
    }

    /// The diff_id of a compressed blob, where both were computed before.
    #[must_use]
    pub fn diff_id(&self, blob: &Digest) -> Option<Digest> {
        let text: String = self.load(&self.blob_path(blob))?;
        text.parse().ok()
    }

    /// What is known of the layer; `None` where not even its structure is.
    #[must_use]
    pub fn layer(&self, diff_id: &Digest) -> Option<Cached> {
        let structure: StructureRecord = self.load(&self.layer_path(diff_id, STRUCTURE))?;
        let size = structure.size();
        let mut result = LayerResult { structure: structure.into_structure()?, parts: Vec::new() };
        let mut missing = PartSet::default();
        let found_nothing = self.found_nothing(diff_id);
        for (position, part) in EXTRACTORS.iter().enumerate() {
            let path = self.layer_path(diff_id, (part.id, part.version));
            let part_result = if found_nothing.contains(&(part.id.to_owned(), part.version)) {
                Some(PartResult::default())
            } else {
                self.load::<PartRecord>(&path).and_then(PartRecord::into_result)
            };
            if part_result.is_none() {
                missing = missing.union(PartSet::single(position));
            }
            result.parts.push(part_result.unwrap_or_default());
        }
        Some(Cached { result, size, missing })
    }

    /// Writes the results of `parts` of a layer whose digest was computed, and which blob holds it. They are found once the scan
    /// that they are of has ended, and it is said whether to [keep](Self::keep) or [discard](Self::discard) them.
    pub fn store(
        &self,
        diff_id: &Digest,
        blob: Option<&Digest>,
        (result, size): (&LayerResult, u64),
        parts: PartSet,
    ) {
        let structure = StructureRecord::new(&result.structure, size);
        let mut outcome = self.save(&self.layer_path(diff_id, STRUCTURE), &structure);
        let known = self.found_nothing(diff_id);
        let mut found_nothing = known.clone();
        for (position, part) in EXTRACTORS.iter().enumerate() {
            match result.parts.get(position).filter(|_| parts.contains(position)) {
                Some(part_result) if *part_result == PartResult::default() => {
                    found_nothing.insert((part.id.to_owned(), part.version));
                }
                Some(part_result) => {
                    let path = self.layer_path(diff_id, (part.id, part.version));
                    outcome = outcome.and_then(|()| self.save_part(&path, part_result));
                }
                None => {}
            }
        }
        if found_nothing != known {
            let path = self.layer_path(diff_id, NOTHING);
            outcome = outcome.and_then(|()| self.save(&path, &found_nothing));
        }
        if let Some(blob) = blob {
            outcome = outcome.and_then(|()| self.save(&self.blob_path(blob), &diff_id.to_string()));
        }
        if let Err(error) = outcome {
            self.not_written(&error);
        }
    }

    /// The parts that are known to find nothing in that layer.
    fn found_nothing(&self, diff_id: &Digest) -> Parts {
        self.load(&self.layer_path(diff_id, NOTHING)).unwrap_or_default()
    }

    fn save_part(&self, path: &Path, result: &PartResult) -> io::Result<()> {
        self.save(path, &PartRecord::new(result))
    }

    fn layer_path(&self, diff_id: &Digest, (part, version): (&str, u32)) -> PathBuf {
        let hex = diff_id.hex();
        let name = format!("{hex}.{part}.{version}.{}", self.limits);
        self.directory.join("layers").join(&hex[..2]).join(name)
    }

    fn blob_path(&self, blob: &Digest) -> PathBuf {
        let hex = blob.hex();
        self.directory.join("blobs").join(&hex[..2]).join(format!("{}-{hex}", blob.algorithm()))
    }

    /// A record, where it is there and whole.
    fn load<T: DeserializeOwned>(&self, path: &Path) -> Option<T> {
        let mut file = File::open(path).ok()?;
        let mut bytes = Vec::new();
        (&mut file).take(MAX_RECORD_BYTES).read_to_end(&mut bytes).ok()?;
        let (checksum, payload) = bytes.split_at_checked(blake3::OUT_LEN)?;
        if blake3::hash(payload).as_bytes() != checksum {
            tracing::debug!(path = %path.display(), "a damaged record of the layer cache is left out");
            return None;
        }
        // Which record was used last decides which goes first; that the time could not be set harms nothing.
        let _ = file.set_modified(SystemTime::now());
        // What is left over shows that it was written in another shape.
        let (record, rest) = postcard::take_from_bytes(payload).ok()?;
        rest.is_empty().then_some(record)
    }

    fn save<T: Serialize>(&self, path: &Path, record: &T) -> io::Result<()> {
        let payload = postcard::to_stdvec(record).map_err(io::Error::other)?;
        let directory = path.parent().unwrap_or(&self.directory);
        fs::create_dir_all(directory)?;
        let mut file = NamedTempFile::new_in(directory)?;
        file.write_all(blake3::hash(&payload).as_bytes())?;
        file.write_all(&payload)?;
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.push((file.into_temp_path(), path.to_owned()));
        Ok(())
    }

    /// Puts what was written into its place.
    pub fn keep(&self) {
        let mut outcome = Ok(());
        for (file, path) in self.take_waiting() {
            outcome = outcome.and_then(|()| file.persist(path));
            self.has_written.store(true, Ordering::Relaxed);
        }
        if let Err(error) = outcome {
            self.not_written(&error.into());
        }
    }

    /// Drops what was written.
    pub fn discard(&self) {
        drop(self.take_waiting());
    }

    fn take_waiting(&self) -> Vec<(TempPath, PathBuf)> {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn not_written(&self, error: &io::Error) {
        tracing::warn!(directory = %self.directory.display(), %error, "the layer cache could not be written");
    }

    /// Removes the records that were not used for longest, down to four fifths of the bound, where it is passed.
    fn prune(&self) -> io::Result<()> {
        let mut files = Vec::new();
        for kind in ["layers", "blobs"] {
            for directory in fs::read_dir(self.directory.join(kind))? {
                let directory = directory?;
                // Whoever names an image layout as the cache, which has `blobs` too, must not lose it.
                let name = directory.file_name();
                if name.len() != 2 || !name.as_encoded_bytes().iter().all(u8::is_ascii_hexdigit) {
                    continue;
                }
                for file in fs::read_dir(directory.path())? {
                    let file = file?;
                    // Another process may have removed it since.
                    if let Ok(metadata) = file.metadata() {
                        files.push((metadata.modified()?, metadata.len(), file.path()));
                    }
                }
            }
        }
        let mut total: u64 = files.iter().map(|(_, size, _)| size).sum();
        if total <= self.max_bytes {
            return Ok(());
        }
        files.sort_unstable();
        for (_, size, path) in files {
            if total <= self.max_bytes / 5 * 4 {
                break;
            }
            let _ = fs::remove_file(path);
            total = total.saturating_sub(size);
        }
        Ok(())
    }
}

impl Drop for Cache {
    fn drop(&mut self) {
        if self.has_written.load(Ordering::Relaxed)
            && let Err(error) = self.prune()
        {
            tracing::warn!(directory = %self.directory.display(), %error, "the layer cache could not be pruned");
        }
    }
}
