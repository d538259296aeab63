//! Writes a snapshot: records come in any order from any thread, the same records give the same bytes.
//!
//! Records wait in an unlinked scratch file until all are there; then each family's section is built by itself, so that
//! the memory in use is that of two families and the finished sections.

mod family;
mod file;
mod part;
mod strings;
mod text;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Mutex;

pub(crate) use file::{Content, write_file};
pub use part::{EncodedAdvisory, EncodedPart};
pub(crate) use text::{TextWriter, Texts};

use self::family::{BuiltFamily, build_family};
use self::part::PartDigest;
use crate::content_set::{ContentSets, content_sets_to_bytes};
use crate::layout::{FAMILY_NAME_BYTES, SectionKind};
use crate::metadata::{Fingerprint, complete_to_bytes, fingerprints_to_bytes, sources_to_bytes};
use crate::{Advisory, CompleteFeed, Revision, SnapshotError, Source};

/// Gathers records and writes them as one snapshot.
pub struct SnapshotWriter {
    scratch: BufWriter<File>,
    scratch_bytes: u64,
    /// Where each family's parts lie in the scratch file.
    parts: BTreeMap<String, Vec<PartPlace>>,
    sources: BTreeSet<Source>,
    complete: BTreeSet<CompleteFeed>,
    content_sets: ContentSets,
    built_at: u64,
}

/// A part in the scratch file.
#[derive(Clone, Copy)]
struct PartPlace {
    offset: u64,
    length: usize,
    digest: PartDigest,
}

/// A snapshot that was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    pub revision: Revision,
    /// The file's size.
    pub bytes: u64,
}

impl SnapshotWriter {
    pub fn new() -> Result<Self, SnapshotError> {
        let scratch = tempfile::tempfile().map_err(|source| SnapshotError::Scratch { source })?;
        Ok(Self {
            scratch: BufWriter::with_capacity(1 << 20, scratch),
            scratch_bytes: 0,
            parts: BTreeMap::new(),
            sources: BTreeSet::new(),
            complete: BTreeSet::new(),
            content_sets: ContentSets::new(),
            built_at: 0,
        })
    }

    /// Takes a record. The same (feed, family, package, id) twice: the newer `modified` wins, then the larger.
    pub fn add(&mut self, advisory: &Advisory) -> Result<(), SnapshotError> {
        self.add_encoded(EncodedAdvisory::new(advisory))
    }

    /// Takes a record that another thread has encoded.
    pub fn add_encoded(&mut self, advisory: EncodedAdvisory) -> Result<(), SnapshotError> {
        for EncodedPart { family, bytes, digest } in advisory.parts {
            if family.len() > FAMILY_NAME_BYTES {
                return Err(SnapshotError::TooLarge { family });
            }
            self.scratch.write_all(&bytes).map_err(|source| SnapshotError::Scratch { source })?;
            let place = PartPlace { offset: self.scratch_bytes, length: bytes.len(), digest };
            self.parts.entry(family).or_default().push(place);
            self.scratch_bytes += bytes.len() as u64;
        }
        Ok(())
    }

    /// Names an input. One that was given twice stands once.
    pub fn add_source(&mut self, source: Source) {
        self.sources.insert(source);
    }

    /// Declares a feed complete for a release.
    pub fn declare_complete(&mut self, complete: CompleteFeed) {
        self.complete.insert(complete);
    }

    /// Says of which releases a vendor's repository is. What is said twice is put together.
    pub fn add_content_set(&mut self, name: String, releases: impl IntoIterator<Item = String>) {
        self.content_sets.entry(name).or_default().extend(releases);
    }

    /// Says when the snapshot is built, in seconds since 1970. Left out, the file depends on the records alone.
    pub fn built_at(&mut self, seconds: u64) {
        self.built_at = seconds;
    }

    /// Writes the snapshot beside `path`, verifies it and renames it into its place. Families that the one in that place holds, made of
    /// the very same records, are taken from it.
    pub fn finish(self, path: &Path) -> Result<Written, SnapshotError> {
        self.finish_over(path, path)
    }

    /// The same, and the snapshot that unchanged families are taken from is that one.
    pub fn finish_over(self, path: &Path, older: &Path) -> Result<Written, SnapshotError> {
        let built_at = self.built_at;
        let sources = sources_to_bytes(&self.sources);
        let complete = complete_to_bytes(&self.complete);
        let fingerprints: BTreeMap<_, _> =
            self.parts.iter().map(|(family, parts)| (family.clone(), fingerprint(parts))).collect();
        let content_sets = content_sets_to_bytes(&self.content_sets);
        let has_content_sets = !self.content_sets.is_empty();
        let older = crate::Snapshot::open(older).ok();
        let sections = self.sections(older.as_ref(), &fingerprints)?;
        let fingerprints = fingerprints_to_bytes(&fingerprints);
        let mut contents: Vec<Content<'_>> = vec![
            (SectionKind::Sources, "sources", &sources),
            (SectionKind::Completeness, "completeness", &complete),
            (SectionKind::Fingerprints, "fingerprints", &fingerprints),
        ];
        if has_content_sets {
            contents.push((SectionKind::ContentSets, "content sets", &content_sets));
        }
        for (family, built) in &sections {
            contents.push((SectionKind::Family, family.as_str(), &built.section));
            contents.push((SectionKind::Texts, family.as_str(), &built.texts));
            contents.push((SectionKind::Provenance, family.as_str(), &built.provenance));
        }
        write_file(path, &contents, built_at)
    }

    /// Every family's section, built by two threads, the largest families first.
    fn sections(
        self,
        older: Option<&crate::Snapshot>,
        fingerprints: &BTreeMap<String, Fingerprint>,
    ) -> Result<BTreeMap<String, BuiltFamily>, SnapshotError> {
        let failed = |source| SnapshotError::Scratch { source };
        let scratch = self.scratch.into_inner().map_err(|error| failed(error.into_error()))?;
        let mut queue: Vec<(String, Vec<PartPlace>)> = self.parts.into_iter().collect();
        queue.sort_by_key(|(_, parts)| parts.iter().map(|part| part.length).sum::<usize>());
        let queue = Mutex::new(queue);
        let work = || {
            let mut sections = Vec::new();
            while let Some((family, places)) = queue.lock().ok().and_then(|mut queue| queue.pop()) {
                let kept = older.zip(fingerprints.get(&family));
                let kept = kept.and_then(|(older, made_of)| older.made_of(&family, made_of));
                let built = match kept {
                    Some([section, texts, provenance]) => BuiltFamily {
                        section: section.to_vec(),
                        texts: texts.to_vec(),
                        provenance: provenance.to_vec(),
                    },
                    None => {
                        let parts = read_parts(&scratch, &places).map_err(failed)?;
                        let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
                        build_family(&family, &parts)?
                    }
                };
                sections.push((family, built));
            }
            Ok(sections)
        };
        std::thread::scope(|scope| {
            let other = scope.spawn(work);
            let own: Result<Vec<_>, SnapshotError> = work();
            let mut sections: BTreeMap<_, _> = own?.into_iter().collect();
            sections.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
            Ok(sections)
        })
    }
}

/// How parts become a section. Raised whenever the same parts would give other bytes.
const SECTION_VERSION: u32 = 1;

/// The digest of a family's parts, whatever their order.
fn fingerprint(parts: &[PartPlace]) -> Fingerprint {
    let mut digests: Vec<PartDigest> = parts.iter().map(|part| part.digest).collect();
    digests.sort_unstable();
    digests.dedup();
    let mut hasher = blake3::Hasher::new();
    hasher.update(&SECTION_VERSION.to_le_bytes());
    digests.iter().for_each(|digest| {
        hasher.update(digest);
    });
    *hasher.finalize().as_bytes()
}

fn read_parts(scratch: &File, places: &[PartPlace]) -> io::Result<Vec<Vec<u8>>> {
    let read = |place: &PartPlace| {
        let mut part = vec![0; place.length];
        scratch.read_exact_at(&mut part, place.offset)?;
        Ok(part)
    };
    places.iter().map(read).collect()
}
