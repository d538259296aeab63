//! Puts finished sections into a file, which takes its place once it is verified.

use std::fs::Permissions;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::layout::{
    HEADER_BYTES, Header, SECTION_ROW_BYTES, SectionKind, SectionRow, checksum_of, revision_of,
};
use crate::pages::PageSums;
use crate::{Revision, Snapshot, SnapshotError, Written};

/// Sections begin on such a boundary, so that their numbers are aligned in memory.
const SECTION_ALIGNMENT: usize = 64;

/// A section to be written: its kind, name and bytes.
pub(crate) type Content<'a> = (SectionKind, &'a str, &'a [u8]);

/// Writes a snapshot of these sections beside `path`, verifies it and renames it into its place. `built_at` is in seconds since 1970.
pub(crate) fn write_file(
    path: &Path,
    contents: &[Content<'_>],
    built_at: u64,
) -> Result<Written, SnapshotError> {
    let sums = checksums(contents);
    let mut contents = contents.to_vec();
    contents.push((SectionKind::Checksums, "checksums", &sums));
    let contents = contents.as_slice();
    let (header, table) = head(contents, built_at);
    let failed = |source| SnapshotError::Write { path: path.to_owned(), source };
    let temporary = write(path, contents, (&header, &table)).map_err(failed)?;
    Snapshot::open(&temporary)?.verify()?;
    temporary.persist(path).map_err(|error| failed(error.error))?;
    Ok(Written { revision: Revision(header.revision), bytes: header.file_bytes })
}

fn write(
    path: &Path,
    contents: &[Content<'_>],
    (header, table): (&Header, &[u8]),
) -> io::Result<tempfile::TempPath> {
    // Other users' processes may share the snapshot, as far as the umask lets them.
    let mut file = tempfile::Builder::new()
        .permissions(Permissions::from_mode(0o644))
        .tempfile_in(directory_of(path))?;
    let mut writer = BufWriter::with_capacity(1 << 20, file.as_file_mut());
    writer.write_all(&header.to_bytes())?;
    writer.write_all(table)?;
    let mut written = HEADER_BYTES + table.len();
    for (_, _, bytes) in contents {
        let padding = written.next_multiple_of(SECTION_ALIGNMENT) - written;
        writer.write_all(&[0; SECTION_ALIGNMENT][..padding])?;
        writer.write_all(bytes)?;
        written += padding + bytes.len();
    }
    writer.flush()?;
    drop(writer);
    file.as_file().sync_all()?;
    Ok(file.into_temp_path())
}

/// The header and the section table of these contents.
fn head(contents: &[Content<'_>], built_at: u64) -> (Header, Vec<u8>) {
    let mut rows = Vec::with_capacity(contents.len());
    let mut end = HEADER_BYTES + contents.len() * SECTION_ROW_BYTES;
    for (kind, name, bytes) in contents {
        let offset = end.next_multiple_of(SECTION_ALIGNMENT);
        end = offset + bytes.len();
        rows.push(SectionRow {
            kind: *kind,
            offset: offset as u64,
            length: bytes.len() as u64,
            digest: *blake3::hash(bytes).as_bytes(),
            name: (*name).to_owned(),
        });
    }
    let table: Vec<u8> = rows.iter().flat_map(SectionRow::to_bytes).collect();
    let header = Header {
        section_count: contents.len() as u32,
        checksum: checksum_of(&table, built_at),
        revision: revision_of(&rows),
        file_bytes: end as u64,
        built_at,
    };
    (header, table)
}

/// The checksums of the pages of these contents, as they lie in the file from the first one on up to what follows them.
fn checksums(contents: &[Content<'_>]) -> Vec<u8> {
    let mut sums = PageSums::default();
    let mut end = 0_usize;
    for (_, _, bytes) in contents {
        sums.add(bytes);
        end += bytes.len();
        let padding = end.next_multiple_of(SECTION_ALIGNMENT) - end;
        sums.add(&[0; SECTION_ALIGNMENT][..padding]);
        end += padding;
    }
    sums.finish()
}

fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}
