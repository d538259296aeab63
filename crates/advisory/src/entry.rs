use std::fmt;
use std::iter::FusedIterator;

use crate::codec::Cursor;
use crate::section::{Section, Strings};
use crate::table::Table;
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

/// The vendor's word on a package, not decoded yet.
#[derive(Clone, Copy, Debug)]
pub struct StoredSeverities<'a> {
    strings: Strings<'a>,
    bytes: Option<Cursor<'a>>,
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
    fn read(
        strings: Strings<'a>,
        sets: &Table<'a>,
        family: u32,
        mut bytes: Cursor<'a>,
    ) -> Result<Self, SnapshotError> {
        let damaged = || SnapshotError::damaged("entry");
        let flags = bytes.byte()?;
        let status = match flags & STATUS_MASK {
            0 => Status::Affected,
            1 => Status::NotAffected,
            2 => Status::WillNotFix,
            3 => Status::EndOfLife,
            4 => Status::Deferred,
            5 => Status::UnderInvestigation,
            _ => return Err(damaged()),
        };
        let record = RecordHandle { family, index: bytes.index()? };
        let number = bytes.index()?;
        let set = Cursor::new(sets.row(number)?, "release set");
        let names = match flags & HAS_NAMES {
            0 => None,
            _ => Some(NameKind::from_stored(bytes.byte()?).ok_or_else(damaged)?),
        };
        Ok(Self {
            record,
            releases: ReleaseSet { strings, number, set },
            status,
            withdrawn: flags & WITHDRAWN != 0,
            names,
            flags,
            rest: bytes,
        })
    }

    /// Decodes intervals, versions and everything else.
    pub fn detail(&self) -> Result<EntryDetail<'a>, SnapshotError> {
        let mut detail = EntryDetail::default();
        detail.severities = self.read_detail(&mut detail)?.read()?;
        Ok(detail)
    }

    /// The same into what another entry left, whose memory is used again. The severities, which few ask for, are given as they are
    /// stored. After an error it holds a part.
    pub fn read_detail(
        &self,
        detail: &mut EntryDetail<'a>,
    ) -> Result<StoredSeverities<'a>, SnapshotError> {
        let (strings, mut rest) = (&self.releases.strings, self.rest);
        detail.clear();
        read_intervals(strings, &mut rest, &mut detail.intervals)?;
        if self.flags & HAS_VERSIONS != 0 {
            strings.read_list(&mut rest, &mut detail.versions)?;
        }
        if self.flags & HAS_QUALIFIERS != 0 {
            detail.module = Some(strings.read(&mut rest)?).filter(|module| !module.is_empty());
            strings.read_list(&mut rest, &mut detail.arches)?;
            detail.repository = strings.read(&mut rest)?;
        }
        let bytes = (self.flags & HAS_SEVERITIES != 0).then_some(rest);
        Ok(StoredSeverities { strings: *strings, bytes })
    }
}

impl<'a> StoredSeverities<'a> {
    /// Decodes them.
    pub fn read(self) -> Result<Vec<SeverityRef<'a>>, SnapshotError> {
        let mut severities = Vec::new();
        if let Some(mut bytes) = self.bytes {
            read_severities(&self.strings, &mut bytes, &mut severities)?;
        }
        Ok(severities)
    }
}

impl EntryDetail<'_> {
    /// As new, but with its memory.
    fn clear(&mut self) {
        let Self { intervals, versions, module, arches, severities, repository } = self;
        intervals.clear();
        versions.clear();
        *module = None;
        arches.clear();
        severities.clear();
        *repository = "";
    }
}

fn read_intervals<'a>(
    strings: &Strings<'a>,
    cursor: &mut Cursor<'a>,
    intervals: &mut Vec<IntervalRef<'a>>,
) -> Result<(), SnapshotError> {
    for _ in 0..cursor.count()? {
        let form = cursor.byte()?;
        let start = match form & !END_MASK {
            START_FIRST => StartRef::First,
            START_FROM => StartRef::From(strings.read(cursor)?),
            START_AFTER => StartRef::After(strings.read(cursor)?),
            _ => return Err(SnapshotError::damaged("entry")),
        };
        let end = match form & END_MASK {
            END_OPEN => EndRef::Open,
            END_FIXED => EndRef::Fixed(strings.read(cursor)?),
            END_LAST_AFFECTED => EndRef::LastAffected(strings.read(cursor)?),
            _ => return Err(SnapshotError::damaged("entry")),
        };
        intervals.push(IntervalRef { start, end });
    }
    Ok(())
}

pub(crate) fn read_severities<'a>(
    strings: &Strings<'a>,
    cursor: &mut Cursor<'a>,
    severities: &mut Vec<SeverityRef<'a>>,
) -> Result<(), SnapshotError> {
    for _ in 0..cursor.count()? {
        let system = match cursor.byte()? {
            0 => SeveritySystem::CvssV2,
            1 => SeveritySystem::CvssV3,
            2 => SeveritySystem::CvssV4,
            3 => SeveritySystem::Word,
            _ => return Err(SnapshotError::damaged("severity")),
        };
        let source = strings.read(cursor)?;
        severities.push(SeverityRef { source, system, value: strings.read(cursor)? });
    }
    Ok(())
}

/// The releases of one entry: `12` for Debian, CPEs for Red Hat. Languages have the one release "" (the empty text).
#[derive(Clone, Copy, Debug)]
pub struct ReleaseSet<'a> {
    strings: Strings<'a>,
    number: u32,
    set: Cursor<'a>,
}

impl<'a> ReleaseSet<'a> {
    /// Equal of two entries of one family: equal sets. The sets that most entries have get the smallest.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number
    }

    /// True where the set holds that release.
    pub fn contains(&self, release: &str) -> Result<bool, SnapshotError> {
        let mut set = self.set;
        while !set.is_empty() {
            if self.strings.read(&mut set)? == release {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Every release, in the order of their text.
    pub fn iter(&self) -> impl Iterator<Item = Result<&'a str, SnapshotError>> + use<'a> {
        let (strings, mut set) = (self.strings, self.set);
        std::iter::from_fn(move || {
            if set.is_empty() {
                return None;
            }
            let release = strings.read(&mut set);
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
    state: Option<EntriesState<'a>>,
    failed: Option<&'static str>,
}

#[derive(Clone, Debug)]
struct EntriesState<'a> {
    strings: Strings<'a>,
    sets: Table<'a>,
    family: u32,
    /// Those that are not decoded yet.
    entries: Cursor<'a>,
}

impl<'a> Entries<'a> {
    pub(crate) fn none() -> Self {
        Self { state: None, failed: None }
    }

    pub(crate) fn of(section: &Section<'a>, family: u32, entries: Cursor<'a>) -> Self {
        let (strings, sets) = (section.strings, section.sets);
        Self { state: Some(EntriesState { strings, sets, family, entries }), failed: None }
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
        let EntriesState { strings, sets, family, entries } = self.state.as_mut()?;
        if entries.is_empty() {
            return None;
        }
        let entry = entries
            .blob()
            .and_then(|bytes| Entry::read(*strings, sets, *family, Cursor::new(bytes, "entry")));
        if entry.is_err() {
            self.state = None;
        }
        Some(entry)
    }
}

impl FusedIterator for Entries<'_> {}
