use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;
use std::path::Path;

use crate::content_set::find_content_set;
use crate::entry::Entries;
use crate::fact::{find_records, read_feed, read_record};
use crate::layout::{Header, SECTION_ROW_BYTES, SectionKind, SectionRow, checksum_of, revision_of};
use crate::map::map_file;
use crate::metadata::{
    Fingerprint, read_complete, read_fingerprints, read_inputs, read_provenance, read_sources,
};
use crate::pages::Pages;
use crate::section::{FamilyPlace, Section};
use crate::text::TextBlocks;
use crate::{CompleteFeed, Record, RecordHandle, SnapshotError, Source, Text, TextReader};

/// The digest of a snapshot's content: equal content, equal revision.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(pub [u8; 32]);

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// How much a snapshot, or one family of it, holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Counts {
    /// Records. One that speaks about two families counts in both.
    pub records: u64,
    /// Packages with at least one entry.
    pub packages: u64,
    /// Entries: a record's word on one package, for a set of releases.
    pub entries: u64,
}

/// An advisory snapshot, open for reading. Shared by threads and processes without locks.
///
/// On opening only the header, the section table and the list of checksums are verified. Whatever else is read is compared with the
/// checksum of its page, and every offset is checked when it is used: a damaged file gives errors, never a crash or another word than
/// was written. [`Snapshot::verify`] reads all of it.
#[derive(Debug)]
pub struct Snapshot {
    file: Pages,
    header: Header,
    /// By name.
    families: Vec<FamilyPlace>,
    /// Of each family, by name: where its texts and its provenance stand.
    texts: BTreeMap<String, Range<usize>>,
    provenance: BTreeMap<String, Range<usize>>,
    sources: BTreeSet<Source>,
    complete: BTreeSet<CompleteFeed>,
    /// Where the content sets stand.
    content_sets: Option<Range<usize>>,
}

impl Snapshot {
    /// Maps the file and reads its header: well below a millisecond.
    pub fn open(path: &Path) -> Result<Self, SnapshotError> {
        let file = map_file(path)
            .map_err(|source| SnapshotError::Open { path: path.to_owned(), source })?;
        let header = Header::read(&file)?;
        let (file, rows) = guarded(file, &header)?;
        let mut families = Vec::new();
        let (mut sources, mut complete) = (BTreeSet::new(), BTreeSet::new());
        let (mut texts, mut provenance) = (BTreeMap::new(), BTreeMap::new());
        let mut content_sets = None;
        for row in rows {
            let bytes = row.bytes(&file)?;
            match row.kind {
                SectionKind::Sources => {
                    sources = read_sources(file.checked(bytes, "list of sources")?)?;
                }
                SectionKind::Completeness => {
                    complete = read_complete(file.checked(bytes, "list of complete feeds")?)?;
                }
                SectionKind::Family => {
                    let range = row.range(bytes);
                    families.push(FamilyPlace::read(row.name, range, &file, Some(&file))?);
                }
                SectionKind::Texts => {
                    let range = row.range(bytes);
                    texts.insert(row.name, range);
                }
                SectionKind::Provenance => {
                    let range = row.range(bytes);
                    provenance.insert(row.name, range);
                }
                SectionKind::ContentSets => content_sets = Some(row.range(bytes)),
                // A writer's business, and what was read already.
                SectionKind::Fingerprints | SectionKind::Checksums | SectionKind::Other(_) => {}
            }
        }
        if !families.is_sorted_by(|one, other| one.name < other.name) {
            return Err(SnapshotError::damaged("section table"));
        }
        Ok(Self { file, header, families, texts, provenance, sources, complete, content_sets })
    }

    /// Compares every section with its digest and its pages with their checksums. Reads the whole file: for when a snapshot is built,
    /// carried or kept, not for when it is opened.
    pub fn verify(&self) -> Result<(), SnapshotError> {
        let mismatch =
            |section: &str| SnapshotError::DigestMismatch { section: section.to_owned() };
        for row in &self.section_rows()? {
            let bytes = row.bytes(&self.file)?;
            if blake3::hash(bytes).as_bytes() != &row.digest {
                return Err(mismatch(&format!("`{}`", row.name)));
            }
            if row.kind != SectionKind::Checksums {
                self.file.checked(bytes, "list of checksums")?;
            }
        }
        Ok(())
    }

    #[must_use]
    pub fn revision(&self) -> Revision {
        Revision(self.header.revision)
    }

    /// When the snapshot was built, in seconds since 1970, where its builder said so. Not part of the revision.
    #[must_use]
    pub fn built_at(&self) -> Option<u64> {
        Some(self.header.built_at).filter(|&seconds| seconds != 0)
    }

    /// What the snapshot was built from.
    pub fn sources(&self) -> impl Iterator<Item = &Source> {
        self.sources.iter()
    }

    /// Every declaration of completeness.
    pub fn complete(&self) -> impl Iterator<Item = &CompleteFeed> {
        self.complete.iter()
    }

    /// The feeds that are declared complete for that release; the empty release is a language's.
    #[must_use]
    pub fn complete_feeds(&self, family: &str, release: &str) -> Vec<&str> {
        self.complete()
            .filter(|complete| complete.family == family && complete.release == release)
            .map(|complete| complete.feed.as_str())
            .collect()
    }

    /// The releases, as in [`Affected::release`](crate::Affected::release), that a vendor's repository belongs to, such as Red Hat's
    /// content set `rhel-9-for-x86_64-baseos-rpms`; none where it is not known.
    pub fn content_set(&self, name: &str) -> Result<Vec<&str>, SnapshotError> {
        let Some(range) = self.content_sets.clone() else { return Ok(Vec::new()) };
        let bytes = self.file.get(range).ok_or(SnapshotError::damaged("section table"))?;
        find_content_set(self.file.checked(bytes, "content sets")?, name)
    }

    /// The advisory families that it holds, by name.
    pub fn families(&self) -> impl Iterator<Item = &str> {
        self.families.iter().map(|family| family.name.as_str())
    }

    /// How much is in it, by family.
    #[must_use]
    pub fn counts_by_family(&self) -> BTreeMap<&str, Counts> {
        let counts = |place: &FamilyPlace| Counts {
            records: place.header.records.1.into(),
            packages: place.header.keys.1.into(),
            entries: place.header.entry_count.into(),
        };
        self.families.iter().map(|place| (place.name.as_str(), counts(place))).collect()
    }

    /// How much is in it.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts_by_family().values().fold(Counts::default(), |sum, family| Counts {
            records: sum.records + family.records,
            packages: sum.packages + family.packages,
            entries: sum.entries + family.entries,
        })
    }

    /// Everything that is said about a package; nothing where the family or the package is not there. The name is
    /// normalised here ([`normal_name`](crate::normal_name)).
    #[must_use]
    pub fn lookup(&self, family: &str, package: &str) -> Entries<'_> {
        let Some(index) = self.family_index(family) else { return Entries::none() };
        let place = &self.families[index];
        let Ok(section) = place.section(&self.file, Some(&self.file)) else {
            return Entries::damaged("family section");
        };
        match section.find(&place.normal_name(package)) {
            Ok(Some(entries)) => Entries::of(&section, index as u32, entries),
            Ok(None) => Entries::none(),
            Err(_) => Entries::damaged("index"),
        }
    }

    /// The facts of a record.
    pub fn record(&self, handle: RecordHandle) -> Result<Record<'_>, SnapshotError> {
        let place = self.place(handle)?;
        read_record(&place.section(&self.file, Some(&self.file))?, handle.index)
    }

    /// The feed of a record: what [`Snapshot::record`] says of it, without the rest.
    pub fn feed(&self, handle: RecordHandle) -> Result<&str, SnapshotError> {
        read_feed(&self.place(handle)?.section(&self.file, Some(&self.file))?, handle.index)
    }

    /// Where a record was read: [`Source::name`] of an input, empty where its builder did not say.
    pub fn input(&self, handle: RecordHandle) -> Result<&str, SnapshotError> {
        let damaged = SnapshotError::damaged("provenance");
        match self.provenance.get(&self.place(handle)?.name) {
            Some(range) => {
                let bytes = self.file.get(range.clone()).ok_or(damaged)?;
                read_provenance(self.file.checked(bytes, "provenance")?, handle)
            }
            None => Ok(""),
        }
    }

    /// The inputs that a family's records were read from: [`Source::name`] of each, sorted. Empty where its builder named none.
    pub fn inputs_of(&self, family: &str) -> Result<Vec<&str>, SnapshotError> {
        let Some(range) = self.provenance.get(family) else { return Ok(Vec::new()) };
        read_inputs(self.file.get(range.clone()).ok_or(SnapshotError::damaged("provenance"))?)
    }

    /// The family of a record, such as `Debian`.
    pub fn record_family(&self, handle: RecordHandle) -> Result<&str, SnapshotError> {
        Ok(self.place(handle)?.name.as_str())
    }

    /// The texts of one record. Decompresses a block: who wants many takes a [`TextReader`](crate::TextReader).
    pub fn text(&self, handle: RecordHandle) -> Result<Text, SnapshotError> {
        TextReader::new(self).text(handle)
    }

    pub(crate) fn section_of(&self, handle: RecordHandle) -> Result<Section<'_>, SnapshotError> {
        self.place(handle)?.section(&self.file, Some(&self.file))
    }

    /// The texts of a family, by its number.
    pub(crate) fn texts_at(&self, family: usize) -> Result<TextBlocks<'_>, SnapshotError> {
        let place = self.families.get(family);
        let range = place.and_then(|place| self.texts.get(&place.name)).cloned();
        let section = range.and_then(|range| self.file.get(range));
        TextBlocks::read(section.ok_or(SnapshotError::damaged("text blocks"))?, &self.file)
    }

    /// Where its families stand in [`Snapshot::bytes`], by their numbers.
    pub(crate) fn places(&self) -> &[FamilyPlace] {
        &self.families
    }

    /// The whole file.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.file
    }

    pub(crate) fn pages(&self) -> &Pages {
        &self.file
    }

    /// The section table.
    pub(crate) fn section_rows(&self) -> Result<Vec<SectionRow>, SnapshotError> {
        let rows = self.header.section_table(&self.file)?.chunks_exact(SECTION_ROW_BYTES);
        rows.map(SectionRow::read).collect()
    }

    /// Every record of a family, by id and feed.
    pub fn records(&self, family: &str) -> impl Iterator<Item = RecordHandle> + use<> {
        let index = self.family_index(family);
        let count = index.map_or(0, |index| self.families[index].header.records.1);
        let family = index.unwrap_or(0) as u32;
        (0..count).map(move |index| RecordHandle { family, index })
    }

    /// The records with that id, of every feed and family.
    pub fn records_with_id(&self, id: &str) -> Result<Vec<RecordHandle>, SnapshotError> {
        let mut handles = Vec::new();
        for (family, place) in (0..).zip(&self.families) {
            let section = place.section(&self.file, Some(&self.file))?;
            let found = find_records(&section, place.header.records.1, id)?;
            handles.extend(found.map(|index| RecordHandle { family, index }));
        }
        Ok(handles)
    }

    /// Every package of a family with its entries, by name.
    pub fn packages<'a>(
        &'a self,
        family: &str,
    ) -> impl Iterator<Item = Result<(&'a str, Entries<'a>), SnapshotError>> + use<'a> {
        let index = self.family_index(family);
        let place = index.map(|index| (index, &self.families[index]));
        let count = place.map_or(0, |(_, place)| place.header.keys.1);
        (0..count).zip(std::iter::repeat(place)).filter_map(move |(key, place)| {
            let (family, place) = place?;
            Some(place.section(&self.file, Some(&self.file)).and_then(|section| {
                let (name, entries) = section.key(key)?;
                Ok((name, Entries::of(&section, family as u32, entries)))
            }))
        })
    }

    /// A family's section, texts and provenance, where they were made of parts with that fingerprint and are whole.
    pub(crate) fn made_of(&self, family: &str, fingerprint: &Fingerprint) -> Option<[&[u8]; 3]> {
        let rows = self.section_rows().ok()?;
        let find = |kind, name: Option<&str>| {
            let is_meant =
                |row: &&SectionRow| row.kind == kind && name.is_none_or(|name| row.name == name);
            let row = rows.iter().find(is_meant)?;
            let bytes = row.bytes(&self.file).ok()?;
            (blake3::hash(bytes).as_bytes() == &row.digest).then_some(bytes)
        };
        let fingerprints = read_fingerprints(find(SectionKind::Fingerprints, None)?).ok()?;
        if fingerprints.get(family) != Some(fingerprint) {
            return None;
        }
        Some([
            find(SectionKind::Family, Some(family))?,
            find(SectionKind::Texts, Some(family))?,
            find(SectionKind::Provenance, Some(family))?,
        ])
    }

    /// The bytes of a family's section; `None` where it is not there.
    pub(crate) fn family_bytes(&self, family: &str) -> Option<&[u8]> {
        self.file.get(self.families.get(self.family_index(family)?)?.range.clone())
    }

    fn family_index(&self, family: &str) -> Option<usize> {
        self.families.binary_search_by(|place| place.name.as_str().cmp(family)).ok()
    }

    fn place(&self, handle: RecordHandle) -> Result<&FamilyPlace, SnapshotError> {
        self.families.get(handle.family as usize).ok_or(SnapshotError::damaged("record handle"))
    }
}

/// The file with the checksums of its pages, and its sections, where table, checksums and revision are what was written.
fn guarded(
    file: memmap2::Mmap,
    header: &Header,
) -> Result<(Pages, Vec<SectionRow>), SnapshotError> {
    let mismatch = |section: &str| SnapshotError::DigestMismatch { section: section.to_owned() };
    let table = header.section_table(&file)?;
    if checksum_of(table, header.built_at) != header.checksum {
        return Err(mismatch("the section table"));
    }
    let rows = table.chunks_exact(SECTION_ROW_BYTES).map(SectionRow::read);
    let rows: Vec<SectionRow> = rows.collect::<Result<_, _>>()?;
    if revision_of(&rows) != header.revision {
        return Err(mismatch("the content"));
    }
    let start = rows.first().map(|row| row.offset as usize);
    let sums = rows.iter().find(|row| row.kind == SectionKind::Checksums);
    let (Some(start), Some(sums)) = (start, sums) else {
        return Err(SnapshotError::damaged("section table"));
    };
    let bytes = sums.bytes(&file)?;
    if blake3::hash(bytes).as_bytes() != &sums.digest {
        return Err(mismatch("the list of checksums"));
    }
    let sums = sums.range(bytes);
    let pages = Pages::new(file, start..sums.start, sums)?;
    Ok((pages, rows))
}
