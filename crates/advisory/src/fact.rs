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
