//! One record's word on one family, as the writer's scratch file keeps it until everything is known: with its strings
//! in full, one entry for all releases for which the record says the same.

use std::collections::{BTreeMap, BTreeSet};

use crate::codec::{Cursor, push_blob, push_number, push_text, push_texts};
use crate::entry::{
    END_FIXED, END_LAST_AFFECTED, END_MASK, END_OPEN, START_AFTER, START_FIRST, START_FROM,
};
use crate::{
    Advisory, Affected, AffectedSymbols, Interval, NameKind, RangeEnd, RangeStart, SeverityClaim,
    SeveritySystem, SnapshotError, Status, normal_name,
};

/// A record, encoded for the writer: what a parser's thread can do by itself.
#[derive(Clone, Debug, Default)]
pub struct EncodedAdvisory {
    pub(super) parts: Vec<EncodedPart>,
}

/// What a record says of one family, encoded. Whoever keeps it gives it back as it was: it means nothing to anybody but the writer.
#[derive(Clone, Debug)]
pub struct EncodedPart {
    pub family: String,
    pub bytes: Vec<u8>,
    pub(super) digest: PartDigest,
}

/// The beginning of a part's BLAKE3 digest.
pub(super) type PartDigest = [u8; 16];

impl EncodedPart {
    #[must_use]
    pub fn new(family: String, bytes: Vec<u8>) -> Self {
        let mut digest = [0; 16];
        let mut hasher = blake3::Hasher::new();
        hasher.update(&bytes).finalize_xof().fill(&mut digest);
        Self { family, bytes, digest }
    }
}

impl EncodedAdvisory {
    #[must_use]
    pub fn new(advisory: &Advisory) -> Self {
        let mut families: BTreeMap<&str, Packages<'_>> = BTreeMap::new();
        for affected in &advisory.affected {
            let name = normal_name(&affected.family, &affected.package).into_owned();
            families
                .entry(&affected.family)
                .or_default()
                .entry(name)
                .or_default()
                .entry(Said::of(affected))
                .or_default()
                .insert(&affected.release);
        }
        let encode = |(family, packages): (&str, Packages<'_>)| {
            EncodedPart::new(family.to_owned(), encode_part(advisory, &packages))
        };
        Self { parts: families.into_iter().map(encode).collect() }
    }

    /// What it says of each family.
    #[must_use]
    pub fn parts(&self) -> &[EncodedPart] {
        &self.parts
    }
}

impl From<EncodedPart> for EncodedAdvisory {
    fn from(part: EncodedPart) -> Self {
        Self { parts: vec![part] }
    }
}

type Packages<'a> = BTreeMap<String, BTreeMap<Said<'a>, BTreeSet<&'a str>>>;

/// What is said of a package in a release, apart from the release.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Said<'a> {
    status: Status,
    names: Option<NameKind>,
    intervals: &'a [Interval],
    versions: &'a [String],
    module: Option<&'a str>,
    arches: &'a [String],
    repository: &'a str,
    severities: &'a [SeverityClaim],
}

impl<'a> Said<'a> {
    fn of(affected: &'a Affected) -> Self {
        Self {
            status: affected.status,
            names: affected.names,
            intervals: &affected.intervals,
            versions: &affected.versions,
            module: affected.module.as_deref(),
            arches: &affected.arches,
            repository: &affected.repository,
            severities: &affected.severities,
        }
    }
}

fn encode_part(advisory: &Advisory, packages: &Packages<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    push_text(&mut bytes, &advisory.input);
    push_text(&mut bytes, &advisory.id);
    push_text(&mut bytes, &advisory.feed);
    push_text(&mut bytes, advisory.modified.as_deref().unwrap_or(""));
    push_text(&mut bytes, advisory.withdrawn.as_deref().unwrap_or(""));
    push_text(&mut bytes, advisory.published.as_deref().unwrap_or(""));
    push_texts(&mut bytes, &advisory.aliases);
    push_texts(&mut bytes, &advisory.related);
    push_texts(&mut bytes, &advisory.upstream);
    push_severities(&mut bytes, &advisory.severities);
    push_texts(&mut bytes, &advisory.cwes);
    let mut text = Vec::new();
    push_text(&mut text, cut(&advisory.summary));
    push_text(&mut text, cut(&advisory.details));
    let references = advisory.references.iter().filter(|url| url.len() <= REFERENCE_BYTES);
    push_texts(&mut text, &references.take(REFERENCES).cloned().collect::<Vec<_>>());
    push_symbols(&mut text, &advisory.symbols);
    push_blob(&mut bytes, &text);
    push_number(&mut bytes, packages.len() as u64);
    for (name, entries) in packages {
        push_text(&mut bytes, name);
        let mut encoded = Vec::new();
        push_number(&mut encoded, entries.len() as u64);
        for (said, releases) in entries {
            push_said(&mut encoded, said, releases);
        }
        push_blob(&mut bytes, &encoded);
    }
    bytes
}

/// What is printed of a record is bounded, so that a block of texts is.
const TEXT_BYTES: usize = 1 << 20;
const REFERENCES: usize = 4_096;
const REFERENCE_BYTES: usize = 2_048;

/// Symbols of one record that are kept.
const SYMBOLS: usize = 1 << 14;

fn push_symbols(bytes: &mut Vec<u8>, all: &[AffectedSymbols]) {
    push_number(bytes, all.len().min(SYMBOLS) as u64);
    for one in all.iter().take(SYMBOLS) {
        push_text(bytes, &one.package);
        push_text(bytes, &one.import);
        push_texts(bytes, &one.symbols[..one.symbols.len().min(SYMBOLS)]);
    }
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(TEXT_BYTES)]
}

fn push_said(bytes: &mut Vec<u8>, said: &Said<'_>, releases: &BTreeSet<&str>) {
    bytes.push(match said.status {
        Status::Affected => 0,
        Status::NotAffected => 1,
        Status::WillNotFix => 2,
        Status::EndOfLife => 3,
        Status::Deferred => 4,
        Status::UnderInvestigation => 5,
    });
    bytes.push(said.names.map_or(0, |names| names.to_stored() + 1));
    push_number(bytes, releases.len() as u64);
    for release in releases {
        push_text(bytes, release);
    }
    push_number(bytes, said.intervals.len() as u64);
    for interval in said.intervals {
        let (end, version) = match &interval.end {
            RangeEnd::Open => (END_OPEN, ""),
            RangeEnd::Fixed(version) => (END_FIXED, version.as_str()),
            RangeEnd::LastAffected(version) => (END_LAST_AFFECTED, version.as_str()),
        };
        let (start, introduced) = match &interval.start {
            RangeStart::First => (START_FIRST, ""),
            RangeStart::From(version) => (START_FROM, version.as_str()),
            RangeStart::After(version) => (START_AFTER, version.as_str()),
        };
        bytes.push(start | end);
        push_text(bytes, introduced);
        push_text(bytes, version);
    }
    push_texts(bytes, said.versions);
    push_text(bytes, said.module.unwrap_or(""));
    push_texts(bytes, said.arches);
    push_text(bytes, said.repository);
    push_severities(bytes, said.severities);
}

fn push_severities(bytes: &mut Vec<u8>, claims: &[SeverityClaim]) {
    push_number(bytes, claims.len() as u64);
    for claim in claims {
        bytes.push(match claim.system {
            SeveritySystem::CvssV2 => 0,
            SeveritySystem::CvssV3 => 1,
            SeveritySystem::CvssV4 => 2,
            SeveritySystem::Word => 3,
        });
        push_text(bytes, &claim.source);
        push_text(bytes, &claim.value);
    }
}

/// A severity as the scratch file has it: system, source, value.
pub(super) type RawSeverity<'a> = (u8, &'a str, &'a str);

/// A part of the scratch file, read back; its packages still encoded.
#[derive(Debug)]
pub(super) struct Part<'a> {
    pub(super) input: &'a str,
    /// All that follows, which is what the record says.
    pub(super) said: &'a [u8],
    pub(super) id: &'a str,
    pub(super) feed: &'a str,
    pub(super) modified: &'a str,
    pub(super) withdrawn: &'a str,
    pub(super) published: &'a str,
    pub(super) aliases: Vec<&'a str>,
    pub(super) related: Vec<&'a str>,
    pub(super) upstream: Vec<&'a str>,
    pub(super) severities: Vec<RawSeverity<'a>>,
    pub(super) cwes: Vec<&'a str>,
    pub(super) text: &'a [u8],
    packages: Cursor<'a>,
}

impl<'a> Part<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, SnapshotError> {
        let mut cursor = Cursor::new(bytes, "scratch file");
        Ok(Self {
            input: cursor.text()?,
            said: cursor.rest(),
            id: cursor.text()?,
            feed: cursor.text()?,
            modified: cursor.text()?,
            withdrawn: cursor.text()?,
            published: cursor.text()?,
            aliases: cursor.texts()?,
            related: cursor.texts()?,
            upstream: cursor.texts()?,
            severities: raw_severities(&mut cursor)?,
            cwes: cursor.texts()?,
            text: cursor.blob()?,
            packages: cursor,
        })
    }

    /// (name, encoded entries) of each package.
    pub(super) fn packages(&self) -> Result<Vec<(&'a str, &'a [u8])>, SnapshotError> {
        let mut cursor = self.packages;
        let count = cursor.count()?;
        (0..count).map(|_| Ok((cursor.text()?, cursor.blob()?))).collect()
    }
}

fn raw_severities<'a>(cursor: &mut Cursor<'a>) -> Result<Vec<RawSeverity<'a>>, SnapshotError> {
    let count = cursor.count()?;
    (0..count).map(|_| Ok((cursor.byte()?, cursor.text()?, cursor.text()?))).collect()
}

/// An entry of the scratch file, read back.
#[derive(Debug)]
pub(super) struct RawEntry<'a> {
    pub(super) status: u8,
    /// The stored name kind plus one; 0 for none.
    pub(super) names: u8,
    pub(super) releases: Vec<&'a str>,
    pub(super) intervals: Vec<RawInterval<'a>>,
    pub(super) versions: Vec<&'a str>,
    pub(super) module: &'a str,
    pub(super) arches: Vec<&'a str>,
    pub(super) repository: &'a str,
    pub(super) severities: Vec<RawSeverity<'a>>,
}

/// An interval of the scratch file.
#[derive(Debug)]
pub(super) struct RawInterval<'a> {
    /// How it begins and ends, as it is stored.
    pub(super) form: u8,
    /// The versions that are stored: of the start, of the end.
    pub(super) bounds: [Option<&'a str>; 2],
}

fn raw_interval<'a>(cursor: &mut Cursor<'a>) -> Result<RawInterval<'a>, SnapshotError> {
    let form = cursor.byte()?;
    let (start, end) = (cursor.text()?, cursor.text()?);
    let has_start = form & !END_MASK != START_FIRST;
    let has_end = form & END_MASK != END_OPEN;
    Ok(RawInterval { form, bounds: [has_start.then_some(start), has_end.then_some(end)] })
}

/// The entries of one package of a part.
pub(super) fn raw_entries(encoded: &[u8]) -> Result<Vec<RawEntry<'_>>, SnapshotError> {
    let mut cursor = Cursor::new(encoded, "scratch file");
    let count = cursor.count()?;
    (0..count).map(|_| raw_entry(&mut cursor)).collect()
}

fn raw_entry<'a>(cursor: &mut Cursor<'a>) -> Result<RawEntry<'a>, SnapshotError> {
    let status = cursor.byte()?;
    let names = cursor.byte()?;
    let releases = cursor.texts()?;
    let count = cursor.count()?;
    let intervals =
        (0..count).map(|_| raw_interval(cursor)).collect::<Result<_, SnapshotError>>()?;
    Ok(RawEntry {
        status,
        names,
        releases,
        intervals,
        versions: cursor.texts()?,
        module: cursor.text()?,
        arches: cursor.texts()?,
        repository: cursor.text()?,
        severities: raw_severities(cursor)?,
    })
}
