//! Where things stand in the file. Everything is little-endian.
//!
//! ```text
//! header    magic, format version, section count, checksum, revision, file length, build time    96 bytes
//! sections  one row each: kind, offset, length, BLAKE3 of its bytes, name                        96 bytes each
//! …         the sections themselves: sources, completeness, fingerprints, content sets where there are any, then three for each
//!           advisory family: its records, their texts, their provenance; the checksums of the pages of all these at the end
//! ```
//!
//! The checksum is the BLAKE3 digest of the build time and the section table, which holds the digests of all sections: so one section
//! can be fetched and verified alone. The revision is the digest of the content only: the families, what is declared complete, and content
//! sets. Where that came from and when it was built is not content; of the texts it is what they say, which a family's section states
//! the digest of, and not how they are compressed.

use std::ops::Range;

use crate::SnapshotError;

pub(crate) const MAGIC: [u8; 8] = *b"PLIMADV\n";
/// Raised whenever an old reader would misread a new file.
pub(crate) const FORMAT_VERSION: u32 = 4;
pub(crate) const HEADER_BYTES: usize = 96;
pub(crate) const SECTION_ROW_BYTES: usize = 96;
/// A family's name beyond this length does not fit a row of the section table.
pub const FAMILY_NAME_BYTES: usize = 44;
/// More families than any feed has; a bound for a hostile header.
const SECTION_LIMIT: u32 = 4_096;

/// What stands at the file's beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) section_count: u32,
    /// Of the section table and of when the snapshot was built.
    pub(crate) checksum: [u8; 32],
    pub(crate) revision: [u8; 32],
    pub(crate) file_bytes: u64,
    /// Seconds since 1970; 0 where the builder did not say.
    pub(crate) built_at: u64,
}

impl Header {
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER_BYTES);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&FORMAT_VERSION.to_le_bytes());
        bytes.extend_from_slice(&self.section_count.to_le_bytes());
        bytes.extend_from_slice(&self.checksum);
        bytes.extend_from_slice(&self.revision);
        bytes.extend_from_slice(&self.file_bytes.to_le_bytes());
        bytes.extend_from_slice(&self.built_at.to_le_bytes());
        bytes
    }

    pub(crate) fn read(file: &[u8]) -> Result<Self, SnapshotError> {
        if file.get(..MAGIC.len()) != Some(&MAGIC) {
            return Err(SnapshotError::NotASnapshot);
        }
        let part = "header";
        let found = u32_at(file, 8).ok_or(SnapshotError::damaged(part))?;
        if found != FORMAT_VERSION {
            return Err(SnapshotError::UnsupportedVersion { found, supported: FORMAT_VERSION });
        }
        let read = || {
            Some(Self {
                section_count: u32_at(file, 12)?,
                checksum: file.get(16..48)?.try_into().ok()?,
                revision: file.get(48..80)?.try_into().ok()?,
                file_bytes: u64_at(file, 80)?,
                built_at: u64_at(file, 88)?,
            })
        };
        let header = read().ok_or(SnapshotError::damaged(part))?;
        if header.file_bytes != file.len() as u64 {
            let (stated, actual) = (header.file_bytes, file.len() as u64);
            return Err(SnapshotError::Truncated { stated, actual });
        }
        if header.section_count > SECTION_LIMIT {
            return Err(SnapshotError::damaged(part));
        }
        Ok(header)
    }

    /// The bytes of the section table.
    pub(crate) fn section_table<'a>(&self, file: &'a [u8]) -> Result<&'a [u8], SnapshotError> {
        let end = HEADER_BYTES + self.section_count as usize * SECTION_ROW_BYTES;
        file.get(HEADER_BYTES..end).ok_or(SnapshotError::damaged("section table"))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SectionKind {
    Sources,
    Completeness,
    Family,
    /// What the records of the family of that name tell people.
    Texts,
    /// Where the records of the family of that name come from.
    Provenance,
    /// Of what each family's section was made.
    Fingerprints,
    ContentSets,
    /// Of the pages of all other sections.
    Checksums,
    /// Written by a later version; skipped.
    Other(u32),
}

/// One row of the section table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SectionRow {
    pub(crate) kind: SectionKind,
    pub(crate) offset: u64,
    pub(crate) length: u64,
    pub(crate) digest: [u8; 32],
    pub(crate) name: String,
}

impl SectionRow {
    /// The row's bytes; the name is cut to what fits.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let kind = match self.kind {
            SectionKind::Sources => 1,
            SectionKind::Completeness => 2,
            SectionKind::Family => 3,
            SectionKind::Provenance => 4,
            SectionKind::ContentSets => 5,
            SectionKind::Fingerprints => 6,
            SectionKind::Texts => 7,
            SectionKind::Checksums => 8,
            SectionKind::Other(kind) => kind,
        };
        let name = self.name.as_bytes();
        let length = name.len().min(FAMILY_NAME_BYTES);
        let mut bytes = Vec::with_capacity(SECTION_ROW_BYTES);
        bytes.extend_from_slice(&u32::to_le_bytes(kind));
        bytes.extend_from_slice(&self.offset.to_le_bytes());
        bytes.extend_from_slice(&self.length.to_le_bytes());
        bytes.extend_from_slice(&self.digest);
        bytes.extend_from_slice(&name[..length]);
        bytes.resize(SECTION_ROW_BYTES, 0);
        bytes
    }

    pub(crate) fn read(row: &[u8]) -> Result<Self, SnapshotError> {
        let read = || {
            let name = row.get(52..SECTION_ROW_BYTES)?;
            let end = name.iter().position(|&byte| byte == 0).unwrap_or(name.len());
            Some(Self {
                kind: match u32_at(row, 0)? {
                    1 => SectionKind::Sources,
                    2 => SectionKind::Completeness,
                    3 => SectionKind::Family,
                    4 => SectionKind::Provenance,
                    5 => SectionKind::ContentSets,
                    6 => SectionKind::Fingerprints,
                    7 => SectionKind::Texts,
                    8 => SectionKind::Checksums,
                    other => SectionKind::Other(other),
                },
                offset: u64_at(row, 4)?,
                length: u64_at(row, 12)?,
                digest: row.get(20..52)?.try_into().ok()?,
                name: std::str::from_utf8(name.get(..end)?).ok()?.to_owned(),
            })
        };
        read().ok_or(SnapshotError::damaged("section table"))
    }

    /// Where these bytes of it lie.
    pub(crate) fn range(&self, bytes: &[u8]) -> Range<usize> {
        let start = self.offset as usize;
        start..start + bytes.len()
    }

    /// The section's bytes.
    pub(crate) fn bytes<'a>(&self, file: &'a [u8]) -> Result<&'a [u8], SnapshotError> {
        let range = || {
            let start = usize::try_from(self.offset).ok()?;
            let end = start.checked_add(usize::try_from(self.length).ok()?)?;
            file.get(start..end)
        };
        range().ok_or(SnapshotError::damaged("section table"))
    }
}

/// The checksum of a header.
pub(crate) fn checksum_of(table: &[u8], built_at: u64) -> [u8; 32] {
    *blake3::Hasher::new().update(&built_at.to_le_bytes()).update(table).finalize().as_bytes()
}

/// The digest of what a verdict depends on: the kind, name, length and digest of each section that is content.
pub(crate) fn revision_of(rows: &[SectionRow]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    let is_content = |row: &&SectionRow| {
        use SectionKind::{Completeness, ContentSets, Family};
        matches!(row.kind, Completeness | ContentSets | Family)
    };
    for row in rows.iter().filter(is_content) {
        // The offset says nothing about the content; all else of the row does.
        hasher.update(&SectionRow { offset: 0, ..row.clone() }.to_bytes());
    }
    *hasher.finalize().as_bytes()
}

pub(crate) fn u32_at(bytes: &[u8], offset: usize) -> Option<u32> {
    let end = offset.checked_add(4)?;
    Some(u32::from_le_bytes(bytes.get(offset..end)?.try_into().ok()?))
}

pub(crate) fn u64_at(bytes: &[u8], offset: usize) -> Option<u64> {
    let end = offset.checked_add(8)?;
    Some(u64::from_le_bytes(bytes.get(offset..end)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_and_rows_are_read_as_they_were_written() {
        let header = Header {
            section_count: 1,
            checksum: [6; 32],
            revision: [7; 32],
            file_bytes: 192,
            built_at: 1_700_000_000,
        };
        let row = SectionRow {
            kind: SectionKind::Family,
            offset: 64,
            length: 10,
            digest: [9; 32],
            name: "Rocky Linux".into(),
        };
        let mut file = header.to_bytes();
        assert_eq!(file.len(), HEADER_BYTES);
        file.extend(row.to_bytes());
        assert_eq!(Header::read(&file).unwrap(), header);
        assert_eq!(SectionRow::read(header.section_table(&file).unwrap()).unwrap(), row);
        assert_eq!(row.bytes(&file).unwrap().len(), 10);
    }

    #[test]
    fn another_file_another_version_and_a_cut_file_are_told_apart() {
        let header = Header {
            section_count: 0,
            checksum: [0; 32],
            revision: [0; 32],
            file_bytes: 96,
            built_at: 0,
        };
        let file = header.to_bytes();
        assert!(matches!(Header::read(b"{}"), Err(SnapshotError::NotASnapshot)));
        let mut newer = file.clone();
        newer[8] = FORMAT_VERSION as u8 + 1;
        assert!(matches!(
            Header::read(&newer),
            Err(SnapshotError::UnsupportedVersion { found, .. }) if found == FORMAT_VERSION + 1
        ));
        let mut longer = file.clone();
        longer.push(0);
        assert!(matches!(
            Header::read(&longer),
            Err(SnapshotError::Truncated { stated: 96, actual: 97 })
        ));
        assert!(matches!(Header::read(&file[..40]), Err(SnapshotError::Damaged { .. })));
    }

    #[test]
    fn a_section_beyond_the_end_is_damage() {
        for (offset, length) in [(0, 11), (u64::MAX, 1), (1, u64::MAX)] {
            let kind = SectionKind::Sources;
            let row = SectionRow { kind, offset, length, digest: [0; 32], name: String::new() };
            assert!(row.bytes(&[0; 10]).is_err());
        }
    }
}
