use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use super::{COLUMNS, FIELDS, FORMAT_VERSION, HEADER_BYTES, MAGIC, Passage, WINDOW_LOG, in_order};
use crate::codec::push_number;
use crate::layout::{SECTION_ROW_BYTES, SectionKind, SectionRow, u32_at, u64_at};
use crate::section::FamilyPlace;
use crate::text::TEXT_BLOCK_LIMIT;
use crate::writer::{Content, TextWriter, Texts, write_file};
use crate::{SnapshotError, Written};

/// More than any column of a snapshot has, compressed and not: bounds for a hostile file.
const PACKED_LIMIT: u64 = 1 << 30;
const FACTS_LIMIT: u64 = 1 << 30;
const TEXTS_LIMIT: u64 = 4 << 30;

/// True for the first bytes of what [`Snapshot::export`](crate::Snapshot::export) wrote.
#[must_use]
pub fn is_exported(beginning: &[u8]) -> bool {
    beginning.starts_with(&MAGIC)
}

/// Puts the snapshot that was [exported](crate::Snapshot::export) into the place of the one at `path`, once all of it is verified: each
/// section has the digest that is stated, and so have the texts of each family.
pub fn import(exported: &mut dyn Read, path: &Path) -> Result<Written, SnapshotError> {
    let mut packed = Vec::new();
    exported
        .take(PACKED_LIMIT)
        .read_to_end(&mut packed)
        .map_err(|source| SnapshotError::Import { source })?;
    let (built_at, [facts, texts @ ..]) = columns(&packed)?;
    let facts = Facts::unpack(facts)?;
    let texts = facts.texts(texts)?;
    let mut contents: Vec<Content<'_>> = Vec::new();
    for row in &facts.rows {
        contents.push((row.kind, row.name.as_str(), row.bytes(&facts.bytes)?));
        if row.kind == SectionKind::Family {
            let family = facts.families.iter().position(|place| place.name == row.name);
            let texts = family.and_then(|family| texts.get(family));
            let texts = texts.ok_or(SnapshotError::damaged("section table"))?;
            contents.push((SectionKind::Texts, row.name.as_str(), &texts.section));
        }
    }
    write_file(path, &contents, built_at)
}

/// The build time and the compressed columns.
fn columns(packed: &[u8]) -> Result<(u64, [&[u8]; COLUMNS]), SnapshotError> {
    if !is_exported(packed) {
        return Err(SnapshotError::NotASnapshot);
    }
    let damaged = || SnapshotError::damaged("header");
    let found = u32_at(packed, 8).ok_or_else(damaged)?;
    if found != FORMAT_VERSION {
        return Err(SnapshotError::UnsupportedVersion { found, supported: FORMAT_VERSION });
    }
    let built_at = u64_at(packed, 12).ok_or_else(damaged)?;
    let mut rest = packed.get(HEADER_BYTES..).ok_or_else(damaged)?;
    let mut columns: [&[u8]; COLUMNS] = [&[]; COLUMNS];
    for (number, column) in columns.iter_mut().enumerate() {
        let length =
            u64_at(packed, 20 + 8 * number).and_then(|length| usize::try_from(length).ok());
        (*column, rest) =
            length.and_then(|length| rest.split_at_checked(length)).ok_or_else(damaged)?;
    }
    if rest.is_empty() { Ok((built_at, columns)) } else { Err(damaged()) }
}

/// All sections but the texts, whole.
struct Facts {
    bytes: Vec<u8>,
    rows: Vec<SectionRow>,
    families: Vec<FamilyPlace>,
}

impl Facts {
    fn unpack(column: &[u8]) -> Result<Self, SnapshotError> {
        let damaged = |_| SnapshotError::damaged("facts");
        let mut bytes = Vec::new();
        let mut decoder = decoder(column).map_err(damaged)?.take(FACTS_LIMIT);
        decoder.read_to_end(&mut bytes).map_err(damaged)?;
        let count = u32_at(&bytes, 0).ok_or(SnapshotError::damaged("section table"))? as usize;
        let end = count.saturating_mul(SECTION_ROW_BYTES).saturating_add(4);
        let table = bytes.get(4..end).ok_or(SnapshotError::damaged("section table"))?;
        let (mut rows, mut families) = (Vec::new(), Vec::new());
        for row in table.chunks_exact(SECTION_ROW_BYTES) {
            let mut row = SectionRow::read(row)?;
            row.offset = row.offset.saturating_add(end as u64);
            let section = row.bytes(&bytes)?;
            if blake3::hash(section).as_bytes() != &row.digest {
                return Err(mismatch(&row.name));
            }
            if row.kind == SectionKind::Checksums {
                return Err(SnapshotError::damaged("section table"));
            }
            if row.kind == SectionKind::Family {
                families.push(FamilyPlace::read(
                    row.name.clone(),
                    row.range(section),
                    &bytes,
                    None,
                )?);
            }
            rows.push(row);
        }
        Ok(Self { bytes, rows, families })
    }

    /// The texts of each family, compressed in blocks again.
    fn texts(&self, columns: [&[u8]; FIELDS.len()]) -> Result<Vec<Texts>, SnapshotError> {
        let damaged = |_| SnapshotError::damaged("texts");
        let mut fields = Vec::with_capacity(FIELDS.len());
        for (field, column) in FIELDS.into_iter().zip(columns) {
            let decoder = decoder(column).map_err(damaged)?.take(TEXTS_LIMIT);
            fields.push((field, BufReader::with_capacity(1 << 16, decoder)));
        }
        let mut writers: Vec<TextWriter> =
            self.families.iter().map(|_| TextWriter::new()).collect();
        let mut text = Vec::new();
        for record in in_order(&self.families, &self.bytes, None)? {
            text.clear();
            for (field, column) in &mut fields {
                field.pass(&mut Copied { column, text: &mut text })?;
            }
            let writer = writers.get_mut(record.family);
            let writer = writer.ok_or(SnapshotError::damaged("record handle"))?;
            if writer.push(&text)? != record.place {
                return Err(SnapshotError::damaged("texts"));
            }
        }
        for (_, column) in &mut fields {
            // Where the frame goes on, it is not the one that was written; its end has the checksum.
            if !column.fill_buf().map_err(damaged)?.is_empty() {
                return Err(SnapshotError::damaged("texts"));
            }
        }
        let mut texts = Vec::with_capacity(writers.len());
        for (place, writer) in self.families.iter().zip(writers) {
            let written = writer.finish()?;
            if written.digest != place.header.texts {
                return Err(mismatch(&place.name));
            }
            texts.push(written);
        }
        Ok(texts)
    }
}

fn mismatch(section: &str) -> SnapshotError {
    SnapshotError::DigestMismatch { section: format!("`{section}`") }
}

fn decoder(column: &[u8]) -> io::Result<zstd::Decoder<'static, &[u8]>> {
    let mut decoder = zstd::Decoder::with_buffer(column)?;
    decoder.window_log_max(WINDOW_LOG)?;
    Ok(decoder)
}

/// Passes over a column, and puts what it passed into a text.
struct Copied<'a, R> {
    column: &'a mut R,
    text: &'a mut Vec<u8>,
}

impl<R: BufRead> Passage for Copied<'_, R> {
    fn number(&mut self) -> Result<u64, SnapshotError> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let mut byte = [0];
            self.column.read_exact(&mut byte).map_err(|_| SnapshotError::damaged("texts"))?;
            let [byte] = byte;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                push_number(self.text, value);
                return Ok(value);
            }
        }
        Err(SnapshotError::damaged("texts"))
    }

    fn blob(&mut self) -> Result<(), SnapshotError> {
        let length = self.number()?;
        let before = self.text.len();
        let room = TEXT_BLOCK_LIMIT.saturating_sub(before) as u64;
        if length > room {
            return Err(SnapshotError::damaged("texts"));
        }
        let read = self.column.by_ref().take(length).read_to_end(self.text);
        let is_whole = read.is_ok_and(|read| read as u64 == length);
        if is_whole { Ok(()) } else { Err(SnapshotError::damaged("texts")) }
    }
}
