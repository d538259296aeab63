//! What differs between two snapshots, by key (feed, family, package, id): what matters for matching, and apart from it what only people
//! read.

use std::collections::BTreeMap;

use plimsoll_core::Timestamp;

use crate::{
    Entries, EntryDetail, NameKind, RecordHandle, SeverityRef, Snapshot, SnapshotError, Status,
    TextReader,
};

/// A key whose records differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Difference<'a> {
    pub family: &'a str,
    /// Empty where only the texts differ: those are of the record, not of a package.
    pub package: &'a str,
    pub id: &'a str,
    pub feed: &'a str,
    pub change: Change,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    Added,
    Removed,
    /// Ranges, status, qualifiers, names of the flaw, severities or withdrawal: what a verdict or a finding depends on.
    Changed,
    /// Words, references, dates and weaknesses only: no verdict depends on them.
    Text,
}

impl Snapshot {
    /// Gives every difference between this snapshot and a newer one: by family; of each the packages in the order of their names, then
    /// the records of which only the texts differ. Families of which all is the same are not read.
    pub fn differences(
        &self,
        newer: &Snapshot,
        each: &mut dyn FnMut(Difference<'_>),
    ) -> Result<(), SnapshotError> {
        let mut families: Vec<&str> = self.families().chain(newer.families()).collect();
        families.sort_unstable();
        families.dedup();
        for family in families {
            if self.family_bytes(family) != newer.family_bytes(family) {
                packages(family, (self, newer), each)?;
                texts(family, (self, newer), each)?;
            }
        }
        Ok(())
    }
}

/// What a record says of one package, as far as matching reads it. Interned numbers differ between snapshots, so texts are compared.
#[derive(PartialEq, Eq)]
struct Said<'a> {
    aliases: Vec<&'a str>,
    related: Vec<&'a str>,
    upstream: Vec<&'a str>,
    severities: Vec<SeverityRef<'a>>,
    entries: Vec<SaidEntry<'a>>,
}

#[derive(PartialEq, Eq)]
struct SaidEntry<'a> {
    releases: Vec<&'a str>,
    status: Status,
    withdrawn: bool,
    names: Option<NameKind>,
    detail: EntryDetail<'a>,
}

/// By (id, feed).
type Records<'a> = BTreeMap<(&'a str, &'a str), Said<'a>>;

fn records<'a>(snapshot: &'a Snapshot, entries: Entries<'a>) -> Result<Records<'a>, SnapshotError> {
    let mut records: Records<'a> = BTreeMap::new();
    for entry in entries {
        let entry = entry?;
        let record = snapshot.record(entry.record)?;
        let said = records.entry((record.id, record.feed)).or_insert_with(|| Said {
            aliases: record.aliases,
            related: record.related,
            upstream: record.upstream,
            severities: record.severities,
            entries: Vec::new(),
        });
        said.entries.push(SaidEntry {
            releases: entry.releases.iter().collect::<Result<_, _>>()?,
            status: entry.status,
            withdrawn: entry.withdrawn,
            names: entry.names,
            detail: entry.detail()?,
        });
    }
    Ok(records)
}

fn packages(
    family: &str,
    (older, newer): (&Snapshot, &Snapshot),
    each: &mut dyn FnMut(Difference<'_>),
) -> Result<(), SnapshotError> {
    let (mut left, mut right) = (older.packages(family), newer.packages(family));
    let (mut one, mut other) = (left.next().transpose()?, right.next().transpose()?);
    loop {
        // Both come in the order of names.
        let name = match (&one, &other) {
            (None, None) => return Ok(()),
            (Some((name, _)), None) | (None, Some((name, _))) => *name,
            (Some((name, _)), Some((other, _))) => *name.min(other),
        };
        let mut before = Records::new();
        let mut after = Records::new();
        if let Some((_, entries)) = one.take_if(|(own, _)| *own == name) {
            before = records(older, entries)?;
            one = left.next().transpose()?;
        }
        if let Some((_, entries)) = other.take_if(|(own, _)| *own == name) {
            after = records(newer, entries)?;
            other = right.next().transpose()?;
        }
        compare(&before, &after, &mut |(id, feed), change| {
            each(Difference { family, package: name, id, feed, change });
        });
    }
}

fn compare<K: Ord + Copy, V: PartialEq>(
    before: &BTreeMap<K, V>,
    after: &BTreeMap<K, V>,
    each: &mut dyn FnMut(K, Change),
) {
    let mut keys: Vec<K> = before.keys().chain(after.keys()).copied().collect();
    keys.sort_unstable();
    keys.dedup();
    for key in keys {
        match (before.get(&key), after.get(&key)) {
            (None, _) => each(key, Change::Added),
            (_, None) => each(key, Change::Removed),
            (Some(one), Some(other)) if one != other => each(key, Change::Changed),
            _ => {}
        }
    }
}

/// What of a record only people read, apart from its texts.
type Dates<'a> = (Option<Timestamp>, Option<Timestamp>, Option<Timestamp>, Vec<&'a str>);

fn texts(
    family: &str,
    (older, newer): (&Snapshot, &Snapshot),
    each: &mut dyn FnMut(Difference<'_>),
) -> Result<(), SnapshotError> {
    let by_name = |snapshot: &Snapshot| -> Result<BTreeMap<(String, String), RecordHandle>, _> {
        let mut handles = BTreeMap::new();
        for handle in snapshot.records(family) {
            let record = snapshot.record(handle)?;
            handles.insert((record.id.to_owned(), record.feed.to_owned()), handle);
        }
        Ok::<_, SnapshotError>(handles)
    };
    let (before, after) = (by_name(older)?, by_name(newer)?);
    let (mut left, mut right) = (TextReader::new(older), TextReader::new(newer));
    for (name, handle) in &before {
        let Some(other) = after.get(name) else { continue };
        let is_same = dates(older, *handle)? == dates(newer, *other)?
            && left.text(*handle)? == right.text(*other)?;
        if !is_same {
            let (id, feed) = (name.0.as_str(), name.1.as_str());
            each(Difference { family, package: "", id, feed, change: Change::Text });
        }
    }
    Ok(())
}

fn dates(snapshot: &Snapshot, handle: RecordHandle) -> Result<Dates<'_>, SnapshotError> {
    let record = snapshot.record(handle)?;
    Ok((record.published, record.modified, record.withdrawn, record.cwes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Advisory, Affected, Interval, SnapshotWriter};

    fn record(id: &str, package: &str, fixed: &str) -> Advisory {
        let affected = Affected {
            family: "npm".to_owned(),
            package: package.to_owned(),
            intervals: vec![Interval::below(fixed)],
            ..Affected::default()
        };
        Advisory {
            feed: "osv".into(),
            id: id.into(),
            affected: vec![affected],
            ..Default::default()
        }
    }

    fn snapshot(records: &[Advisory]) -> Snapshot {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("snapshot");
        let mut writer = SnapshotWriter::new().unwrap();
        records.iter().for_each(|record| writer.add(record).unwrap());
        writer.finish(&path).unwrap();
        // The mapping outlives the name.
        Snapshot::open(&path).unwrap()
    }

    fn between(older: &[Advisory], newer: &[Advisory]) -> Vec<String> {
        let mut differences = Vec::new();
        let mut each = |one: Difference<'_>| {
            differences
                .push(format!("{:?} {} {}", one.change, one.id, one.package).trim().to_owned());
        };
        snapshot(older).differences(&snapshot(newer), &mut each).unwrap();
        differences
    }

    #[test]
    fn what_matters_for_matching_is_told_from_words() {
        let before = [record("A", "one", "1"), record("B", "one", "1"), record("C", "two", "1")];
        assert_eq!(between(&before, &before), [""; 0]);
        let mut words = before.clone();
        words[0].summary = "other words".into();
        words[1].modified = Some("2024-01-01T00:00:00Z".into());
        assert_eq!(between(&before, &words), ["Text A", "Text B"]);
        let mut facts = before.clone();
        facts[0].aliases = vec!["CVE-2024-1".into()];
        facts[2].withdrawn = Some("2024-01-01T00:00:00Z".into());
        assert_eq!(between(&before, &facts), ["Changed A one", "Changed C two", "Text C"]);
        let after = [record("A", "one", "2"), record("C", "two", "1"), record("D", "three", "1")];
        let expected = ["Changed A one", "Removed B one", "Added D three"];
        assert_eq!(between(&before, &after), expected);
        assert_eq!(between(&after, &[]), ["Removed A one", "Removed D three", "Removed C two"]);
    }
}
