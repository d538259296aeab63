use std::fmt;
use std::iter::FusedIterator;

use crate::codec::Cursor;
use crate::section::Section;
use crate::{NameKind, RecordHandle, SeveritySystem, SnapshotError, Status};

// The flags of a stored entry: the status in the low three bits, then what the record says, then which parts follow.
pub(crate) const STATUS_MASK: u8 = 0x07;
pub(crate) const WITHDRAWN: u8 = 0x08;
pub(crate) const HAS_VERSIONS: u8 = 0x10;
pub(crate) const HAS_QUALIFIERS: u8 = 0x20;
pub(crate) const HAS_SEVERITIES: u8 = 0x40;
pub(crate) const HAS_NAMES: u8 = 0x80;

// How a stored interval ends, in the low two bits, and how it begins.
pub(crate) const END_MASK: u8 = 0x03;
pub(crate) const END_OPEN: u8 = 0;
pub(crate) const END_FIXED: u8 = 1;
pub(crate) const END_LAST_AFFECTED: u8 = 2;
pub(crate) const START_FIRST: u8 = 0;
pub(crate) const START_FROM: u8 = 0x04;
pub(crate) const START_AFTER: u8 = 0x08;

/// What one record says about one package, in the releases for which it says the same.
///
/// Cheap: what most callers ask first (which release, withdrawn or not) is here; [`Entry::detail`] decodes the rest.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The record, for [`Snapshot::record`](crate::Snapshot::record) and [`Snapshot::text`](crate::Snapshot::text).
    pub record: RecordHandle,
    pub releases: ReleaseSet<'a>,
    pub status: Status,
    /// The source has taken the record back: it judges nothing.
    pub withdrawn: bool,
    /// Which package the entry names, where that is not the family's custom.
    pub names: Option<NameKind>,
    flags: u8,
    section: Section<'a>,
    rest: Cursor<'a>,
}

/// What an entry says beyond its releases, decoded.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct EntryDetail<'a> {
    /// Affected: any version in any of these, or any of `versions`.
    pub intervals: Vec<IntervalRef<'a>>,
    /// Versions affected by name, which no interval is known to cover.
    pub versions: Vec<&'a str>,
    /// Modularity stream that the entry is for, `name:stream`.
    pub module: Option<&'a str>,
    /// Architectures that the entry is for; empty for all.
    pub arches: Vec<&'a str>,
    /// The vendor's word on this package in these releases.
    pub severities: Vec<SeverityRef<'a>>,
    /// apk: the repository; else empty.
    pub repository: &'a str,
}

/// [`Interval`](crate::Interval), borrowed from the snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IntervalRef<'a> {
    pub start: StartRef<'a>,
    pub end: EndRef<'a>,
}

/// [`RangeStart`](crate::RangeStart), borrowed from the snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StartRef<'a> {
    First,
    /// The first version that is affected.
    From(&'a str),
    /// The last version that is not affected yet.
    After(&'a str),
}

/// [`RangeEnd`](crate::RangeEnd), borrowed from the snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EndRef<'a> {
    Open,
    /// The first version that is not affected.
    Fixed(&'a str),
    /// The last version that is affected.
    LastAffected(&'a str),
}

impl fmt::Display for IntervalRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.start {
            StartRef::First => f.write_str("from 0")?,
            StartRef::From(first) => write!(f, "from {first}")?,
            StartRef::After(last) => write!(f, "after {last}")?,
        }
        match self.end {
            EndRef::Open => Ok(()),
            EndRef::Fixed(fixed) => write!(f, " below {fixed}"),
            EndRef::LastAffected(last) => write!(f, " to {last}"),
        }
    }
}

/// [`SeverityClaim`](crate::SeverityClaim), borrowed from the snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SeverityRef<'a> {
    pub source: &'a str,
    pub system: SeveritySystem,
    /// A CVSS vector, or a word.
    pub value: &'a str,
}

impl<'a> Entry<'a> {
    pub(crate) fn read(
        section: Section<'a>,
        family: u32,
        mut bytes: Cursor<'a>,
    ) -> Result<Self, SnapshotError> {
        let flags = bytes.byte()?;
        let status = match flags & STATUS_MASK {
            0 => Status::Affected,
            1 => Status::NotAffected,
            2 => Status::WillNotFix,
            3 => Status::EndOfLife,
            4 => Status::Deferred,
            5 => Status::UnderInvestigation,
            _ => return Err(SnapshotError::damaged("entry")),
        };
        let record = RecordHandle { family, index: bytes.index()? };
        let set = Cursor::new(section.sets.row(bytes.index()?)?, "release set");
        let names = match flags & HAS_NAMES {
            0 => None,
            _ => Some(NameKind::from_stored(bytes.byte()?).ok_or(SnapshotError::damaged("entry"))?),
        };
        Ok(Self {
            record,
            releases: ReleaseSet { section, set },
            status,
            withdrawn: flags & WITHDRAWN != 0,
            names,
            flags,
            section,
            rest: bytes,
        })
    }

    /// Decodes intervals, versions and everything else.
    pub fn detail(&self) -> Result<EntryDetail<'a>, SnapshotError> {
        let (section, mut rest) = (&self.section, self.rest);
        let mut detail =
            EntryDetail { intervals: intervals(section, &mut rest)?, ..Default::default() };
        if self.flags & HAS_VERSIONS != 0 {
            detail.versions = section.string_list(&mut rest)?;
        }
        if self.flags & HAS_QUALIFIERS != 0 {
            detail.module = Some(section.string(&mut rest)?).filter(|module| !module.is_empty());
            detail.arches = section.string_list(&mut rest)?;
            detail.repository = section.string(&mut rest)?;
        }
        if self.flags & HAS_SEVERITIES != 0 {
            detail.severities = severities(section, &mut rest)?;
        }
        Ok(detail)
    }
}

fn intervals<'a>(
    section: &Section<'a>,
    cursor: &mut Cursor<'a>,
) -> Result<Vec<IntervalRef<'a>>, SnapshotError> {
    let count = cursor.count()?;
    let mut intervals = Vec::with_capacity(count.min(64));
    for _ in 0..count {
        let form = cursor.byte()?;
        let start = match form & !END_MASK {
            START_FIRST => StartRef::First,
            START_FROM => StartRef::From(section.string(cursor)?),
            START_AFTER => StartRef::After(section.string(cursor)?),
            _ => return Err(SnapshotError::damaged("entry")),
        };
        let end = match form & END_MASK {
            END_OPEN => EndRef::Open,
            END_FIXED => EndRef::Fixed(section.string(cursor)?),
            END_LAST_AFFECTED => EndRef::LastAffected(section.string(cursor)?),
            _ => return Err(SnapshotError::damaged("entry")),
        };
        intervals.push(IntervalRef { start, end });
    }
    Ok(intervals)
}

pub(crate) fn severities<'a>(
    section: &Section<'a>,
    cursor: &mut Cursor<'a>,
) -> Result<Vec<SeverityRef<'a>>, SnapshotError> {
    let count = cursor.count()?;
    let mut severities = Vec::with_capacity(count.min(64));
    for _ in 0..count {
        let system = match cursor.byte()? {
            0 => SeveritySystem::CvssV2,
            1 => SeveritySystem::CvssV3,
            2 => SeveritySystem::CvssV4,
            3 => SeveritySystem::Word,
            _ => return Err(SnapshotError::damaged("severity")),
        };
        let source = section.string(cursor)?;
        severities.push(SeverityRef { source, system, value: section.string(cursor)? });
    }
    Ok(severities)
}

/// The releases of one entry: `12` for Debian, CPEs for Red Hat. Languages have the one release "" (the empty text).
#[derive(Clone, Copy, Debug)]
pub struct ReleaseSet<'a> {
    section: Section<'a>,
    set: Cursor<'a>,
}

impl<'a> ReleaseSet<'a> {
    /// True where the set holds that release.
    pub fn contains(&self, release: &str) -> Result<bool, SnapshotError> {
        let mut set = self.set;
        while !set.is_empty() {
            if self.section.string(&mut set)? == release {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Every release, in the order of their text.
    pub fn iter(&self) -> impl Iterator<Item = Result<&'a str, SnapshotError>> + use<'a> {
        let (section, mut set) = (self.section, self.set);
        std::iter::from_fn(move || {
            if set.is_empty() {
                return None;
            }
            let release = section.string(&mut set);
            if release.is_err() {
                set = Cursor::new(&[], "release set");
            }
            Some(release)
        })
    }
}

/// The entries of one package, decoded one by one. A damaged entry is an `Err`, and the last item.
#[derive(Clone, Debug)]
pub struct Entries<'a> {
    pub(crate) state: Option<(Section<'a>, u32, Cursor<'a>)>,
    pub(crate) failed: Option<&'static str>,
}

impl<'a> Entries<'a> {
    pub(crate) fn none() -> Self {
        Self { state: None, failed: None }
    }

    pub(crate) fn of(section: Section<'a>, family: u32, entries: Cursor<'a>) -> Self {
        Self { state: Some((section, family, entries)), failed: None }
    }

    pub(crate) fn damaged(part: &'static str) -> Self {
        Self { state: None, failed: Some(part) }
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Result<Entry<'a>, SnapshotError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(part) = self.failed.take() {
            return Some(Err(SnapshotError::damaged(part)));
        }
        let (section, family, entries) = self.state.as_mut()?;
        if entries.is_empty() {
            return None;
        }
        let entry = entries
            .blob()
            .and_then(|bytes| Entry::read(*section, *family, Cursor::new(bytes, "entry")));
        if entry.is_err() {
            self.state = None;
        }
        Some(entry)
    }
}

impl FusedIterator for Entries<'_> {}
