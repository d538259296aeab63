use crate::layout::{
    HEADER_BYTES, Header, SECTION_ROW_BYTES, SectionKind, SectionRow, checksum_of, revision_of,
};
use crate::pages::PageSums;

/// Makes digests and checksums of a snapshot's bytes those of what the bytes say, as far as there is a section table: what who makes a
/// snapshot up would do. For tests, which must get past them as such a file does.
pub fn reseal(bytes: &mut [u8]) {
    if let Some((header, table)) = sealed(bytes) {
        let end = HEADER_BYTES + table.len();
        if let Some(head) = bytes.get_mut(..end) {
            head[..HEADER_BYTES].copy_from_slice(&header);
            head[HEADER_BYTES..].copy_from_slice(&table);
        }
    }
}

fn sealed(bytes: &mut [u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let length = (bytes.len() as u64).to_le_bytes();
    bytes.get_mut(80..88)?.copy_from_slice(&length);
    let mut header = Header::read(bytes).ok()?;
    let table = header.section_table(bytes).ok()?.chunks_exact(SECTION_ROW_BYTES);
    let mut rows: Vec<SectionRow> = table.map(SectionRow::read).collect::<Result<_, _>>().ok()?;
    let start = usize::try_from(rows.first()?.offset).ok()?;
    if let Some(sums) = rows.iter().find(|row| row.kind == SectionKind::Checksums)
        && let Ok(end) = usize::try_from(sums.offset)
    {
        let mut made = PageSums::default();
        made.add(bytes.get(start..end)?);
        let made = made.finish();
        bytes.get_mut(end..end.checked_add(made.len())?)?.copy_from_slice(&made);
    }
    for row in &mut rows {
        row.digest = row.bytes(bytes).map_or(row.digest, |bytes| *blake3::hash(bytes).as_bytes());
    }
    let table: Vec<u8> = rows.iter().flat_map(SectionRow::to_bytes).collect();
    header.checksum = checksum_of(&table, header.built_at);
    header.revision = revision_of(&rows);
    Some((header.to_bytes(), table))
}
