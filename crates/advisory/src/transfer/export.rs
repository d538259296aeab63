use std::io::{self, Write};

use super::{FIELDS, FORMAT_VERSION, Field, HEADER_BYTES, MAGIC, Passage, WINDOW_LOG, in_order};
use crate::codec::Cursor;
use crate::layout::{SectionKind, SectionRow};
use crate::{Snapshot, SnapshotError};

/// What is compressed is done once, and read by many.
const COMPRESSION_LEVEL: i32 = 15;

impl Snapshot {
    /// Writes the snapshot in the form in which it is carried. Uses two threads and half a gigabyte of memory.
    pub fn export(&self, out: &mut dyn Write) -> Result<(), SnapshotError> {
        self.verify()?;
        let failed = |source| SnapshotError::Export { source };
        let [summary, details, references, symbols] = FIELDS;
        // The details take as long as everything else.
        let columns = std::thread::scope(|scope| {
            let details = scope.spawn(move || self.column(details));
            let (facts, summaries) = (self.facts()?, self.column(summary)?);
            let (references, symbols) = (self.column(references)?, self.column(symbols)?);
            let details =
                details.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            Ok::<_, SnapshotError>([facts, summaries, details, references, symbols])
        })?;
        let mut header = Vec::with_capacity(HEADER_BYTES);
        header.extend(MAGIC);
        header.extend(FORMAT_VERSION.to_le_bytes());
        header.extend(self.built_at().unwrap_or(0).to_le_bytes());
        for column in &columns {
            header.extend((column.len() as u64).to_le_bytes());
        }
        out.write_all(&header).map_err(failed)?;
        columns.iter().try_for_each(|column| out.write_all(column)).map_err(failed)
    }

    /// The section table and all sections but the texts.
    fn facts(&self) -> Result<Vec<u8>, SnapshotError> {
        let mut contents = Vec::new();
        for row in self.section_rows()? {
            // Whoever imports it makes the others anew.
            if !matches!(row.kind, SectionKind::Texts | SectionKind::Checksums) {
                contents.push((row.bytes(self.bytes())?, row));
            }
        }
        let failed = |source| SnapshotError::Export { source };
        let write = || {
            let mut column = encoder()?;
            column.write_all(&(contents.len() as u32).to_le_bytes())?;
            let mut offset = 0;
            for (bytes, row) in &contents {
                column.write_all(&SectionRow { offset, ..row.clone() }.to_bytes())?;
                offset += bytes.len() as u64;
            }
            contents.iter().try_for_each(|(bytes, _)| column.write_all(bytes))?;
            column.finish()
        };
        write().map_err(failed)
    }

    /// That field of all texts.
    fn column(&self, wanted: Field) -> Result<Vec<u8>, SnapshotError> {
        let failed = |source| SnapshotError::Export { source };
        let mut column = encoder().map_err(failed)?;
        // Of each family the block that was read last: its records come in the order of their texts.
        let mut blocks: Vec<(Option<u32>, Vec<u8>)> = vec![(None, Vec::new()); self.places().len()];
        for record in in_order(self.places(), self.bytes(), Some(self.pages()))? {
            let damaged = SnapshotError::damaged("text block");
            let Some(block) = blocks.get_mut(record.family) else { return Err(damaged) };
            let (number, start) = record.place;
            if block.0 != Some(number) {
                *block = (Some(number), self.texts_at(record.family)?.block(number)?);
            }
            let text = block.1.get(start as usize..).ok_or(damaged)?;
            let mut cursor = Cursor::new(text, "text");
            for field in FIELDS {
                let before = cursor.rest();
                field.pass(&mut cursor)?;
                if field == wanted {
                    let length = before.len() - cursor.rest().len();
                    column.write_all(before.get(..length).unwrap_or(before)).map_err(failed)?;
                    break;
                }
            }
        }
        column.finish().map_err(failed)
    }
}

fn encoder() -> io::Result<zstd::Encoder<'static, Vec<u8>>> {
    let mut column = zstd::Encoder::new(Vec::new(), COMPRESSION_LEVEL)?;
    column.window_log(WINDOW_LOG)?;
    column.long_distance_matching(true)?;
    column.include_checksum(true)?;
    Ok(column)
}

impl Passage for Cursor<'_> {
    fn number(&mut self) -> Result<u64, SnapshotError> {
        Cursor::number(self)
    }

    fn blob(&mut self) -> Result<(), SnapshotError> {
        Cursor::blob(self).map(|_| ())
    }
}
