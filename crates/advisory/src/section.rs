//! One advisory family's section: an index over package names, and what its keys, entries and records are made of.
//!
//! ```text
//! counts and offsets    see `SectionHeader`
//! slots                 open addressing by linear probing: 32 bits of the name's hash, the key's number; 8 bytes each
//! keys                  table, by name: the name, then its entries, each behind its length
//! strings               table, the most used first: versions, releases, words, vectors
//! sets                  table: sets of releases, as sorted string numbers
//! records               table, by id: the facts of each record, and where its text lies
//! ```
//!
//! The texts are a [section](crate::text) of their own, of which this one states the digest.

use std::borrow::Cow;
use std::ops::Range;

use crate::codec::Cursor;
use crate::layout::u32_at;
use crate::pages::Pages;
use crate::table::Table;
use crate::text::TextDigest;
use crate::{AdvisoryFamily, SnapshotError, advisory_family};

pub(crate) const SECTION_HEADER_BYTES: usize = 96;
pub(crate) const SLOT_BYTES: usize = 8;
/// The key number of an empty slot.
pub(crate) const EMPTY_SLOT: u32 = u32::MAX;

/// A table's (offset, count).
pub(crate) type TablePlace = (u32, u32);

/// What stands at a section's beginning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SectionHeader {
    pub(crate) slots: TablePlace,
    pub(crate) keys: TablePlace,
    pub(crate) strings: TablePlace,
    pub(crate) sets: TablePlace,
    pub(crate) records: TablePlace,
    pub(crate) entry_count: u32,
    /// Of the family's texts, as they are before they are compressed.
    pub(crate) texts: TextDigest,
}

impl SectionHeader {
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(SECTION_HEADER_BYTES);
        let places = [self.slots, self.keys, self.strings, self.sets, self.records];
        for (offset, count) in places {
            bytes.extend_from_slice(&offset.to_le_bytes());
            bytes.extend_from_slice(&count.to_le_bytes());
        }
        bytes.extend_from_slice(&self.entry_count.to_le_bytes());
        bytes.extend_from_slice(&self.texts);
        bytes.resize(SECTION_HEADER_BYTES, 0);
        bytes
    }

    pub(crate) fn read(section: &[u8]) -> Option<Self> {
        let place =
            |index: usize| Some((u32_at(section, index * 8)?, u32_at(section, index * 8 + 4)?));
        Some(Self {
            slots: place(0)?,
            keys: place(1)?,
            strings: place(2)?,
            sets: place(3)?,
            records: place(4)?,
            entry_count: u32_at(section, 40)?,
            texts: section.get(44..76)?.try_into().ok()?,
        })
    }
}

/// Where a family's name and section stand in the file, with its header read.
#[derive(Clone, Debug)]
pub(crate) struct FamilyPlace {
    pub(crate) name: String,
    pub(crate) range: Range<usize>,
    pub(crate) header: SectionHeader,
    rules: Option<&'static AdvisoryFamily>,
}

impl FamilyPlace {
    pub(crate) fn read(
        name: String,
        range: Range<usize>,
        file: &[u8],
        pages: Option<&Pages>,
    ) -> Result<Self, SnapshotError> {
        let damaged = || SnapshotError::damaged("family section");
        let bytes = file.get(range.clone()).ok_or_else(damaged)?;
        if let (Some(pages), Some(header)) = (pages, bytes.get(..SECTION_HEADER_BYTES)) {
            pages.checked(header, "family section")?;
        }
        let header = SectionHeader::read(bytes).ok_or_else(damaged)?;
        let rules = advisory_family(&name);
        let place = Self { name, range, header, rules };
        place.section(file, pages)?;
        Ok(place)
    }

    /// As [`normal_name`](crate::normal_name).
    pub(crate) fn normal_name<'n>(&self, name: &'n str) -> Cow<'n, str> {
        self.rules.map_or(Cow::Borrowed(name), |rules| rules.normal_name(name))
    }

    /// The section, its tables' outer bounds checked. What is read of it is compared with `pages`, unless it was compared as a whole.
    pub(crate) fn section<'a>(
        &self,
        file: &'a [u8],
        pages: Option<&'a Pages>,
    ) -> Result<Section<'a>, SnapshotError> {
        let bytes = file.get(self.range.clone());
        let bytes = bytes.ok_or_else(|| SnapshotError::damaged("family section"))?;
        let slots = || {
            let (offset, count) = self.header.slots;
            let length = (count as usize).checked_mul(SLOT_BYTES)?;
            let start = offset as usize;
            (count == 0 || count.is_power_of_two())
                .then(|| bytes.get(start..start.checked_add(length)?))?
        };
        Ok(Section {
            slots: slots().ok_or_else(|| SnapshotError::damaged("index"))?,
            pages,
            keys: Table::at(bytes, pages, self.header.keys, "key table")?,
            strings: Strings(Table::at(bytes, pages, self.header.strings, "string table")?),
            sets: Table::at(bytes, pages, self.header.sets, "release sets")?,
            records: Table::at(bytes, pages, self.header.records, "record table")?,
        })
    }
}

/// A family's section, readable.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Section<'a> {
    slots: &'a [u8],
    pages: Option<&'a Pages>,
    pub(crate) keys: Table<'a>,
    pub(crate) strings: Strings<'a>,
    pub(crate) sets: Table<'a>,
    pub(crate) records: Table<'a>,
}

/// The hash that places a name in the index. Part of the file format.
pub(crate) fn name_hash(name: &str) -> u64 {
    rapidhash::v3::rapidhash_v3(name.as_bytes())
}

impl<'a> Section<'a> {
    /// The entries of the key with that name; `None` where there is none.
    pub(crate) fn find(&self, name: &str) -> Result<Option<Cursor<'a>>, SnapshotError> {
        let slot_count = self.slots.len() / SLOT_BYTES;
        let hash = name_hash(name);
        let tag = (hash >> 32) as u32;
        let mut slot = hash as usize;
        for _ in 0..slot_count {
            slot &= slot_count - 1;
            let place = slot * SLOT_BYTES;
            let damaged = || SnapshotError::damaged("index");
            let row = self.slots.get(place..place + SLOT_BYTES).ok_or_else(damaged)?;
            if let Some(pages) = self.pages {
                pages.checked(row, "index")?;
            }
            let read = |offset| u32_at(row, offset).ok_or_else(damaged);
            let (stored_tag, key) = (read(0)?, read(4)?);
            if key == EMPTY_SLOT {
                return Ok(None);
            }
            if stored_tag == tag {
                let (key_name, entries) = self.key(key)?;
                if key_name == name {
                    return Ok(Some(entries));
                }
            }
            slot += 1;
        }
        Ok(None)
    }

    /// A key's name and its entries.
    pub(crate) fn key(&self, index: u32) -> Result<(&'a str, Cursor<'a>), SnapshotError> {
        let mut cursor = Cursor::new(self.keys.row(index)?, "key");
        Ok((cursor.text()?, cursor))
    }
}

/// The interned strings of a section.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Strings<'a>(Table<'a>);

impl<'a> Strings<'a> {
    /// A string, whose number comes next.
    pub(crate) fn read(&self, cursor: &mut Cursor<'a>) -> Result<&'a str, SnapshotError> {
        self.0.text(cursor.index()?)
    }

    /// Appends strings behind their count.
    pub(crate) fn read_list(
        &self,
        cursor: &mut Cursor<'a>,
        list: &mut Vec<&'a str>,
    ) -> Result<(), SnapshotError> {
        for _ in 0..cursor.count()? {
            list.push(self.read(cursor)?);
        }
        Ok(())
    }
}
