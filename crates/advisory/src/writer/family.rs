//! Builds one family's section from its parts. What comes out depends on the parts alone, not on their order.

use std::collections::{BTreeMap, BTreeSet};

use super::part::{Part, RawEntry, RawSeverity, raw_entries};
use super::strings::{Interner, Numbers};
use super::text::{TextWriter, Texts};
use crate::SnapshotError;
use crate::codec::{push_blob, push_number, push_text, push_time};
use crate::entry::{HAS_NAMES, HAS_QUALIFIERS, HAS_SEVERITIES, HAS_VERSIONS, WITHDRAWN};
use crate::metadata::provenance_to_bytes;
use crate::section::{
    EMPTY_SLOT, SECTION_HEADER_BYTES, SLOT_BYTES, SectionHeader, TablePlace, name_hash,
};
use crate::table::TableBuilder;
use crate::text::TextDigest;

/// A family's section, and beside it what its records tell people and where they come from.
pub(super) struct BuiltFamily {
    pub(super) section: Vec<u8>,
    pub(super) texts: Vec<u8>,
    pub(super) provenance: Vec<u8>,
}

/// The section of a family, from the bytes of all its parts.
pub(super) fn build_family(family: &str, parts: &[&[u8]]) -> Result<BuiltFamily, SnapshotError> {
    let parts = in_order(parts)?;
    let chosen = choose(&parts)?;
    let inputs: Vec<&str> = chosen.iter().map(|record| record.part.input).collect();
    let mut builder = SectionBuilder::new(family);
    builder.number(&chosen)?;
    let texts = builder.records(&chosen)?;
    builder.keys(&chosen)?;
    Ok(BuiltFamily {
        section: builder.finish(texts.digest)?,
        texts: texts.section,
        provenance: provenance_to_bytes(&inputs),
    })
}

/// A record with the packages for which it won, each with its encoded entries.
struct Chosen<'a> {
    part: &'a Part<'a>,
    packages: Vec<(&'a str, &'a [u8])>,
}

/// The parts by id and feed, and among those of one record the winner first: the newest, then the larger, then the greater; of two that
/// say the same, the one whose input comes first.
fn in_order<'a>(parts: &[&'a [u8]]) -> Result<Vec<Part<'a>>, SnapshotError> {
    let mut parts: Vec<Part<'a>> =
        parts.iter().map(|bytes| Part::read(bytes)).collect::<Result<_, _>>()?;
    parts.sort_unstable_by(|one, other| {
        let newest_first = || moment(other.modified).cmp(moment(one.modified));
        let largest_first = || (other.said.len(), other.said).cmp(&(one.said.len(), one.said));
        (one.id, one.feed)
            .cmp(&(other.id, other.feed))
            .then_with(newest_first)
            .then_with(largest_first)
            .then_with(|| one.input.cmp(other.input))
    });
    parts.dedup_by(|later, earlier| later.said == earlier.said);
    Ok(parts)
}

/// RFC 3339 in UTC orders as text, once the `Z` no longer stands where a fraction may follow.
fn moment(modified: &str) -> &str {
    modified.trim_end_matches('Z')
}

/// For every key (feed, package, id) the first part that has it.
fn choose<'a>(parts: &'a [Part<'a>]) -> Result<Vec<Chosen<'a>>, SnapshotError> {
    let mut chosen = Vec::with_capacity(parts.len());
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    let mut record = ("", "");
    for part in parts {
        if record != (part.id, part.feed) {
            record = (part.id, part.feed);
            taken.clear();
        }
        let mut packages = part.packages()?;
        packages.retain(|(name, _)| taken.insert(name));
        if !packages.is_empty() {
            chosen.push(Chosen { part, packages });
        }
    }
    Ok(chosen)
}

struct SectionBuilder<'a> {
    family: &'a str,
    strings: Numbers<&'a str>,
    sets: Numbers<Vec<&'a str>>,
    records: TableBuilder,
    keys: TableBuilder,
    key_hashes: Vec<u64>,
    entry_count: u32,
}

impl<'a> SectionBuilder<'a> {
    fn new(family: &'a str) -> Self {
        Self {
            family,
            strings: Interner::new().finish(),
            sets: Interner::new().finish(),
            records: TableBuilder::new(),
            keys: TableBuilder::new(),
            key_hashes: Vec::new(),
            entry_count: 0,
        }
    }

    fn too_large(&self) -> SnapshotError {
        SnapshotError::TooLarge { family: self.family.to_owned() }
    }

    /// Numbers every string and every set of releases.
    fn number(&mut self, chosen: &[Chosen<'a>]) -> Result<(), SnapshotError> {
        let mut strings = Interner::new();
        let mut sets = Interner::new();
        for record in chosen {
            strings.count(record.part.feed);
            count_severities(&mut strings, &record.part.severities);
            record.part.cwes.iter().for_each(|cwe| strings.count(cwe));
            for (_, entries) in &record.packages {
                for entry in raw_entries(entries)? {
                    count_entry(&mut strings, &entry);
                    sets.count(entry.releases);
                }
            }
        }
        self.sets = sets.finish();
        for set in &self.sets.order {
            set.iter().for_each(|release| strings.count(release));
        }
        self.strings = strings.finish();
        Ok(())
    }

    /// Writes the records, and gives their texts.
    fn records(&mut self, chosen: &[Chosen<'a>]) -> Result<Texts, SnapshotError> {
        let mut texts = TextWriter::new();
        for record in chosen {
            let part = record.part;
            let (block, place) = texts.push(part.text)?;
            let mut row = Vec::new();
            push_number(&mut row, block.into());
            push_number(&mut row, place.into());
            push_number(&mut row, self.strings.of(&part.feed));
            push_text(&mut row, part.id);
            for list in [&part.aliases, &part.related, &part.upstream] {
                push_number(&mut row, list.len() as u64);
                list.iter().for_each(|text| push_text(&mut row, text));
            }
            for time in [part.published, part.modified, part.withdrawn] {
                push_time(&mut row, time);
            }
            self.push_severities(&mut row, &part.severities);
            self.push_strings(&mut row, &part.cwes);
            if !self.records.push(&row) {
                return Err(self.too_large());
            }
        }
        texts.finish()
    }

    fn keys(&mut self, chosen: &[Chosen<'a>]) -> Result<(), SnapshotError> {
        let mut keys: BTreeMap<&str, Vec<(u32, &[u8])>> = BTreeMap::new();
        for (index, record) in (0..).zip(chosen) {
            for (name, entries) in &record.packages {
                keys.entry(name).or_default().push((index, entries));
            }
        }
        for (name, records) in keys {
            let mut row = Vec::new();
            push_text(&mut row, name);
            for (index, entries) in records {
                let withdrawn = chosen
                    .get(index as usize)
                    .is_some_and(|record| !record.part.withdrawn.is_empty());
                for entry in raw_entries(entries)? {
                    push_blob(&mut row, &self.entry(index, withdrawn, &entry));
                    self.entry_count += 1;
                }
            }
            self.key_hashes.push(name_hash(name));
            if !self.keys.push(&row) {
                return Err(self.too_large());
            }
        }
        Ok(())
    }

    fn entry(&self, record: u32, withdrawn: bool, entry: &RawEntry<'a>) -> Vec<u8> {
        let qualified =
            !entry.module.is_empty() || !entry.arches.is_empty() || !entry.repository.is_empty();
        let flag = |set: bool, flag: u8| if set { flag } else { 0 };
        let mut bytes = vec![
            entry.status
                | flag(withdrawn, WITHDRAWN)
                | flag(!entry.versions.is_empty(), HAS_VERSIONS)
                | flag(qualified, HAS_QUALIFIERS)
                | flag(!entry.severities.is_empty(), HAS_SEVERITIES)
                | flag(entry.names != 0, HAS_NAMES),
        ];
        push_number(&mut bytes, record.into());
        push_number(&mut bytes, self.sets.of(&entry.releases));
        bytes.extend(entry.names.checked_sub(1));
        push_number(&mut bytes, entry.intervals.len() as u64);
        for interval in &entry.intervals {
            bytes.push(interval.form);
            for version in interval.bounds.iter().flatten() {
                push_number(&mut bytes, self.strings.of(version));
            }
        }
        if !entry.versions.is_empty() {
            self.push_strings(&mut bytes, &entry.versions);
        }
        if qualified {
            push_number(&mut bytes, self.strings.of(&entry.module));
            self.push_strings(&mut bytes, &entry.arches);
            push_number(&mut bytes, self.strings.of(&entry.repository));
        }
        if !entry.severities.is_empty() {
            self.push_severities(&mut bytes, &entry.severities);
        }
        bytes
    }

    fn push_strings(&self, bytes: &mut Vec<u8>, strings: &[&'a str]) {
        push_number(bytes, strings.len() as u64);
        for string in strings {
            push_number(bytes, self.strings.of(string));
        }
    }

    fn push_severities(&self, bytes: &mut Vec<u8>, severities: &[RawSeverity<'a>]) {
        push_number(bytes, severities.len() as u64);
        for (system, source, value) in severities {
            bytes.push(*system);
            push_number(bytes, self.strings.of(source));
            push_number(bytes, self.strings.of(value));
        }
    }

    fn finish(self, texts: TextDigest) -> Result<Vec<u8>, SnapshotError> {
        let mut strings = TableBuilder::new();
        for string in &self.strings.order {
            if !strings.push(string.as_bytes()) {
                return Err(self.too_large());
            }
        }
        let mut sets = TableBuilder::new();
        for set in &self.sets.order {
            let mut row = Vec::new();
            set.iter().for_each(|release| push_number(&mut row, self.strings.of(release)));
            if !sets.push(&row) {
                return Err(self.too_large());
            }
        }
        let slots = slots(&self.key_hashes);
        let mut bytes = vec![0; SECTION_HEADER_BYTES];
        let mut header = SectionHeader {
            slots: (SECTION_HEADER_BYTES as u32, (slots.len() / SLOT_BYTES) as u32),
            entry_count: self.entry_count,
            texts,
            ..SectionHeader::default()
        };
        bytes.extend(slots);
        let place = |bytes: &mut Vec<u8>, table: &TableBuilder| -> Option<TablePlace> {
            bytes.resize(bytes.len().next_multiple_of(4), 0);
            let offset = u32::try_from(bytes.len()).ok()?;
            table.write_to(bytes);
            Some((offset, table.count()))
        };
        for (field, table) in [
            (&mut header.keys, &self.keys),
            (&mut header.strings, &strings),
            (&mut header.sets, &sets),
            (&mut header.records, &self.records),
        ] {
            *field = place(&mut bytes, table)
                .ok_or_else(|| SnapshotError::TooLarge { family: self.family.to_owned() })?;
        }
        bytes.splice(..SECTION_HEADER_BYTES, header.to_bytes());
        Ok(bytes)
    }
}

fn count_severities<'a>(strings: &mut Interner<&'a str>, severities: &[RawSeverity<'a>]) {
    for (_, source, value) in severities {
        strings.count(source);
        strings.count(value);
    }
}

fn count_entry<'a>(strings: &mut Interner<&'a str>, entry: &RawEntry<'a>) {
    for interval in &entry.intervals {
        interval.bounds.iter().flatten().for_each(|version| strings.count(version));
    }
    entry.versions.iter().chain(&entry.arches).for_each(|string| strings.count(string));
    strings.count(entry.module);
    strings.count(entry.repository);
    count_severities(strings, &entry.severities);
}

/// The open-addressing index: at most two thirds full, linear probing, in the order of the keys.
fn slots(hashes: &[u64]) -> Vec<u8> {
    let count = (hashes.len() + hashes.len() / 2 + 1).next_power_of_two();
    let mut slots = vec![(0_u32, EMPTY_SLOT); count];
    for (key, hash) in (0_u32..).zip(hashes) {
        let mut slot = *hash as usize & (count - 1);
        while slots[slot].1 != EMPTY_SLOT {
            slot = (slot + 1) & (count - 1);
        }
        slots[slot] = ((hash >> 32) as u32, key);
    }
    slots
        .into_iter()
        .flat_map(|(tag, key)| tag.to_le_bytes().into_iter().chain(key.to_le_bytes()))
        .collect()
}
