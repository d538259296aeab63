use std::ops::Range;

use plimsoll_core::Timestamp;

use crate::codec::Cursor;
use crate::entry::read_severities;
use crate::section::Section;
use crate::{SeverityRef, SnapshotError};

/// Names a record of one snapshot. Of another snapshot it means nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordHandle {
    pub(crate) family: u32,
    pub(crate) index: u32,
}

/// The facts of one record, without its texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// An importer's id, such as `osv`.
    pub feed: &'a str,
    /// The source's own id.
    pub id: &'a str,
    /// Other names of the very same flaw.
    pub aliases: Vec<&'a str>,
    /// Of an erratum: the flaws that it fixes. Of a CVE or GHSA record: merely kindred.
    pub related: Vec<&'a str>,
    /// The flaws that this record is derived from.
    pub upstream: Vec<&'a str>,
    /// As the source states it, to the second.
    pub published: Option<Timestamp>,
    pub modified: Option<Timestamp>,
    pub withdrawn: Option<Timestamp>,
    /// Of the record as a whole.
    pub severities: Vec<SeverityRef<'a>>,
    pub cwes: Vec<&'a str>,
}

/// Where the text of a record lies (block, place in the block), and its id.
pub(crate) fn read_place<'a>(
    section: &Section<'a>,
    index: u32,
) -> Result<((u32, u32), &'a str), SnapshotError> {
    let mut row = Cursor::new(section.records.row(index)?, "record");
    let place = (row.index()?, row.index()?);
    row.index()?;
    Ok((place, row.text()?))
}

/// The records with that id, of a section that has `count`: they stand by id.
pub(crate) fn find_records(
    section: &Section<'_>,
    count: u32,
    id: &str,
) -> Result<Range<u32>, SnapshotError> {
    // The first whose id is not one of those that come before.
    let first = |comes_before: &dyn Fn(&str) -> bool| {
        let (mut start, mut end) = (0, count);
        while start < end {
            let middle = start + (end - start) / 2;
            if comes_before(read_place(section, middle)?.1) {
                start = middle + 1;
            } else {
                end = middle;
            }
        }
        Ok(start)
    };
    Ok(first(&|other| other < id)?..first(&|other| other <= id)?)
}

/// The feed of a record alone.
pub(crate) fn read_feed<'a>(section: &Section<'a>, index: u32) -> Result<&'a str, SnapshotError> {
    let mut row = Cursor::new(section.records.row(index)?, "record");
    let _ = (row.index()?, row.index()?);
    section.strings.read(&mut row)
}

/// The stored form: where the text lies (block, place in the block), then the facts.
pub(crate) fn read_record<'a>(
    section: &Section<'a>,
    index: u32,
) -> Result<Record<'a>, SnapshotError> {
    let mut row = Cursor::new(section.records.row(index)?, "record");
    let _ = (row.index()?, row.index()?);
    let mut record = Record {
        feed: section.strings.read(&mut row)?,
        id: row.text()?,
        aliases: row.texts()?,
        related: row.texts()?,
        upstream: row.texts()?,
        published: row.time()?,
        modified: row.time()?,
        withdrawn: row.time()?,
        severities: Vec::new(),
        cwes: Vec::new(),
    };
    read_severities(&section.strings, &mut row, &mut record.severities)?;
    section.strings.read_list(&mut row, &mut record.cwes)?;
    Ok(record)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use crate::{Advisory, Affected, Snapshot, SnapshotWriter};

    #[test]
    fn records_are_found_by_their_ids_in_every_family() {
        let ids: Vec<_> = (0..50).map(|number| format!("X-{number:02}")).collect();
        let places = [("npm", "a"), ("npm", "b"), ("Go", "a")];
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("snapshot");
        let mut writer = SnapshotWriter::new().unwrap();
        for (id, (family, package)) in ids.iter().flat_map(|id| places.map(|place| (id, place))) {
            let (family, package) = (family.to_owned(), package.to_owned());
            let related = vec![format!("{family} {package}")];
            let affected = vec![Affected { family, package, ..Affected::default() }];
            let id = id.clone();
            writer.add(&Advisory { id, related, affected, ..Advisory::default() }).unwrap();
        }
        writer.finish(&path).unwrap();
        let snapshot = Snapshot::open(&path).unwrap();
        for id in &ids {
            let found = snapshot.records_with_id(id).unwrap();
            let found: Vec<_> =
                found.into_iter().map(|one| snapshot.record(one).unwrap()).collect();
            let related: BTreeSet<_> = found.iter().flat_map(|record| &record.related).collect();
            assert_eq!(related, BTreeSet::from([&"Go a", &"npm a", &"npm b"]), "{id}");
            assert!(found.iter().all(|record| record.id == id) && found.len() == 3, "{id}");
        }
        for id in ["", "X", "X-00 ", "Y"] {
            assert_eq!(snapshot.records_with_id(id).unwrap(), [], "{id}");
        }
    }
}
