use crate::codec::Cursor;
use crate::entry::severities;
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
    /// RFC 3339, as the source states it.
    pub published: Option<&'a str>,
    pub modified: Option<&'a str>,
    pub withdrawn: Option<&'a str>,
    /// Of the record as a whole.
    pub severities: Vec<SeverityRef<'a>>,
    pub cwes: Vec<&'a str>,
}

/// The feed of a record alone.
pub(crate) fn read_feed<'a>(section: &Section<'a>, index: u32) -> Result<&'a str, SnapshotError> {
    let mut row = Cursor::new(section.records.row(index)?, "record");
    let _ = (row.index()?, row.index()?);
    section.string(&mut row)
}

/// The stored form: where the text lies (block, place in the block), then the facts.
pub(crate) fn read_record<'a>(
    section: &Section<'a>,
    index: u32,
) -> Result<Record<'a>, SnapshotError> {
    let mut row = Cursor::new(section.records.row(index)?, "record");
    let _ = (row.index()?, row.index()?);
    Ok(Record {
        feed: section.string(&mut row)?,
        id: row.text()?,
        aliases: row.texts()?,
        related: row.texts()?,
        upstream: row.texts()?,
        published: row.optional_text()?,
        modified: row.optional_text()?,
        withdrawn: row.optional_text()?,
        severities: severities(section, &mut row)?,
        cwes: section.string_list(&mut row)?,
    })
}
