use std::collections::{BTreeMap, BTreeSet};

use crate::codec::{Cursor, push_number, push_text};
use crate::{RecordHandle, SnapshotError};

/// One input that the snapshot was built from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Source {
    /// The importer's id, such as `osv`.
    pub feed: String,
    /// What the input is called: its path below the feeds' directory.
    pub name: String,
    /// Records read from it, before the same record twice became one.
    pub records: u64,
    /// Records and parts of records that should say something and could not be taken, by reason.
    pub rejected: BTreeMap<String, u64>,
    /// Parts of records that say nothing about any package, by reason.
    pub ignored: BTreeMap<String, u64>,
    /// The newest `modified` of its records, RFC 3339.
    pub newest_modified: Option<String>,
    /// BLAKE3 of the input, in hexadecimal.
    pub digest: String,
}

/// A declaration that a feed knows every advisory of that release.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CompleteFeed {
    pub feed: String,
    pub family: String,
    /// As in [`Affected::release`](crate::Affected::release); empty for languages.
    pub release: String,
}

pub(crate) fn sources_to_bytes(sources: &BTreeSet<Source>) -> Vec<u8> {
    let mut bytes = Vec::new();
    push_number(&mut bytes, sources.len() as u64);
    for source in sources {
        push_text(&mut bytes, &source.feed);
        push_text(&mut bytes, &source.name);
        push_number(&mut bytes, source.records);
        for counts in [&source.rejected, &source.ignored] {
            push_number(&mut bytes, counts.len() as u64);
            for (reason, count) in counts {
                push_text(&mut bytes, reason);
                push_number(&mut bytes, *count);
            }
        }
        push_text(&mut bytes, source.newest_modified.as_deref().unwrap_or(""));
        push_text(&mut bytes, &source.digest);
    }
    bytes
}

pub(crate) fn read_sources(bytes: &[u8]) -> Result<BTreeSet<Source>, SnapshotError> {
    let mut cursor = Cursor::new(bytes, "list of sources");
    let count = cursor.count()?;
    (0..count).map(|_| read_source(&mut cursor)).collect()
}

fn read_source(cursor: &mut Cursor<'_>) -> Result<Source, SnapshotError> {
    Ok(Source {
        feed: cursor.text()?.to_owned(),
        name: cursor.text()?.to_owned(),
        records: cursor.number()?,
        rejected: read_counts(cursor)?,
        ignored: read_counts(cursor)?,
        newest_modified: cursor.optional_text()?.map(str::to_owned),
        digest: cursor.text()?.to_owned(),
    })
}

fn read_counts(cursor: &mut Cursor<'_>) -> Result<BTreeMap<String, u64>, SnapshotError> {
    let count = cursor.count()?;
    (0..count).map(|_| Ok((cursor.text()?.to_owned(), cursor.number()?))).collect()
}

pub(crate) fn complete_to_bytes(complete: &BTreeSet<CompleteFeed>) -> Vec<u8> {
    let mut bytes = Vec::new();
    push_number(&mut bytes, complete.len() as u64);
    for declared in complete {
        push_text(&mut bytes, &declared.feed);
        push_text(&mut bytes, &declared.family);
        push_text(&mut bytes, &declared.release);
    }
    bytes
}

pub(crate) fn read_complete(bytes: &[u8]) -> Result<BTreeSet<CompleteFeed>, SnapshotError> {
    let mut cursor = Cursor::new(bytes, "list of complete feeds");
    let count = cursor.count()?;
    (0..count)
        .map(|_| {
            Ok(CompleteFeed {
                feed: cursor.text()?.to_owned(),
                family: cursor.text()?.to_owned(),
                release: cursor.text()?.to_owned(),
            })
        })
        .collect()
}

/// A number where no input is named.
const NO_INPUT: u16 = u16::MAX;

/// The inputs of a family's records, in the order of these: how many names, the names, and a number of two bytes for each record.
pub(crate) fn provenance_to_bytes(inputs: &[&str]) -> Vec<u8> {
    let names: BTreeSet<&str> = inputs.iter().copied().collect();
    let names: Vec<&str> = names.into_iter().filter(|name| !name.is_empty()).collect();
    let mut bytes = Vec::new();
    push_number(&mut bytes, names.len() as u64);
    for name in &names {
        push_text(&mut bytes, name);
    }
    for input in inputs {
        let number = names.binary_search(input).ok().and_then(|number| u16::try_from(number).ok());
        bytes.extend(number.unwrap_or(NO_INPUT).to_le_bytes());
    }
    bytes
}

/// The names of the inputs alone.
pub(crate) fn read_inputs(bytes: &[u8]) -> Result<Vec<&str>, SnapshotError> {
    Cursor::new(bytes, "provenance").texts()
}

pub(crate) fn read_provenance(bytes: &[u8], handle: RecordHandle) -> Result<&str, SnapshotError> {
    let mut cursor = Cursor::new(bytes, "provenance");
    let names = cursor.texts()?;
    let place = (handle.index as usize).saturating_mul(2);
    let number = cursor.rest().get(place..).and_then(|numbers| numbers.first_chunk());
    let number = u16::from_le_bytes(*number.ok_or(SnapshotError::damaged("provenance"))?);
    match names.get(usize::from(number)) {
        Some(name) => Ok(name),
        None if number == NO_INPUT => Ok(""),
        None => Err(SnapshotError::damaged("provenance")),
    }
}

/// Of what a family's section was made: the digest of all its parts.
pub(crate) type Fingerprint = [u8; 32];

pub(crate) fn fingerprints_to_bytes(fingerprints: &BTreeMap<String, Fingerprint>) -> Vec<u8> {
    let mut bytes = Vec::new();
    push_number(&mut bytes, fingerprints.len() as u64);
    for (family, fingerprint) in fingerprints {
        push_text(&mut bytes, family);
        bytes.extend(fingerprint);
    }
    bytes
}

pub(crate) fn read_fingerprints(
    bytes: &[u8],
) -> Result<BTreeMap<String, Fingerprint>, SnapshotError> {
    let mut cursor = Cursor::new(bytes, "fingerprints");
    let count = cursor.count()?;
    let mut fingerprints = BTreeMap::new();
    for _ in 0..count {
        let family = cursor.text()?.to_owned();
        let fingerprint = cursor.take(32)?.try_into();
        let fingerprint = fingerprint.map_err(|_| SnapshotError::damaged("fingerprints"))?;
        fingerprints.insert(family, fingerprint);
    }
    Ok(fingerprints)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_record_has_the_input_that_it_was_read_from() {
        let bytes = provenance_to_bytes(&["b/all.zip", "", "a.zip", "b/all.zip"]);
        let read = |index| read_provenance(&bytes, RecordHandle { family: 0, index });
        assert_eq!(
            [0, 1, 2, 3].map(|index| read(index).unwrap()),
            ["b/all.zip", "", "a.zip", "b/all.zip"]
        );
        assert!(read(4).is_err() && read(u32::MAX).is_err());
        assert_eq!(read_inputs(&bytes).unwrap(), ["a.zip", "b/all.zip"]);
        assert!(read_provenance(&[0, 7, 7], RecordHandle { family: 0, index: 0 }).is_err());
    }

    #[test]
    fn metadata_is_read_as_it_was_written() {
        let sources = [Source {
            feed: "osv".into(),
            name: "osv/debian.tar.zst".into(),
            records: 44_181,
            rejected: [("no version range".to_owned(), 3)].into(),
            ignored: [("no package".to_owned(), 13_479)].into(),
            newest_modified: Some("2025-02-12T00:00:00Z".into()),
            digest: "00".into(),
        }]
        .into();
        assert_eq!(read_sources(&sources_to_bytes(&sources)).unwrap(), sources);
        assert!(read_sources(&[9]).is_err());
        let complete =
            [CompleteFeed { feed: "osv".into(), family: "Debian".into(), release: "12".into() }]
                .into();
        assert_eq!(read_complete(&complete_to_bytes(&complete)).unwrap(), complete);
        assert!(read_complete(&[9]).is_err());
    }
}
