use std::borrow::Cow;

use plimsoll_core::{Limits, Problem, ProblemKind};

use super::{ZipEntry, ZipError};
use crate::ReadAt;

const END_BYTES: u64 = 22;
const END64_BYTES: u64 = 56;
const LOCATOR_BYTES: u64 = 20;
const ENTRY_BYTES: usize = 46;

/// Where the central directory lies, by the records at the archive's end.
struct Location {
    start: u64,
    size: u64,
    /// Bytes before the archive, which its own offsets do not count.
    prefix: u64,
}

/// The central directory's bytes, and how much of them is well-formed.
pub(super) struct Directory<'a> {
    bytes: Cow<'a, [u8]>,
    prefix: u64,
    pub(super) entries: usize,
    pub(super) problems: Vec<Problem>,
}

impl<'a> Directory<'a> {
    pub(super) fn read(archive: &'a dyn ReadAt, limits: &Limits) -> Result<Self, ZipError> {
        let location = locate(archive)?;
        let mut problems = Vec::new();
        let size = location.size.min(archive.size().saturating_sub(location.start));
        let bytes = match archive.as_bytes() {
            Some(bytes) => slice(bytes, location.start, size).unwrap_or_default().into(),
            None => {
                let kept = size.min(limits.file_memory_bytes);
                if kept < size {
                    let detail =
                        format!("a zip directory of {size} bytes, of which {kept} are read");
                    problems.push(Problem::new(ProblemKind::LimitExceeded, detail));
                }
                let mut bytes = vec![0; usize::try_from(kept).unwrap_or(usize::MAX)];
                archive.read_exact_at(location.start, &mut bytes)?;
                bytes.into()
            }
        };
        let mut directory = Self { bytes, prefix: location.prefix, entries: 0, problems };
        directory.check(limits);
        Ok(directory)
    }

    /// The entry at `position` of the directory, and the position behind it.
    pub(super) fn entry(&self, position: usize) -> Option<(ZipEntry<'_>, usize)> {
        let rest = self.bytes.get(position..)?;
        let header = rest.first_chunk::<ENTRY_BYTES>()?;
        if !header.starts_with(b"PK\x01\x02") {
            return None;
        }
        let length = |at| usize::from(u16_at(header, at).unwrap_or(0));
        let (name_end, extra_length, comment_length) =
            (ENTRY_BYTES + length(28), length(30), length(32));
        let name = rest.get(ENTRY_BYTES..name_end)?;
        let extra = rest.get(name_end..name_end + extra_length)?;
        let end = name_end + extra_length + comment_length;
        if end > rest.len() {
            return None;
        }
        let mut large = LargeNumbers { fields: zip64_extra(extra) };
        let size = large.or(u32_at(header, 24)?)?;
        let compressed_size = large.or(u32_at(header, 20)?)?;
        let local_header_offset = large.or(u32_at(header, 42)?)?;
        let entry = ZipEntry {
            name,
            method: u16_at(header, 10)?,
            compressed_size,
            size,
            local_header_offset: self.prefix.checked_add(local_header_offset)?,
            encrypted: u16_at(header, 8)? & 1 != 0,
            crc32: u32_at(header, 16)?,
        };
        Some((entry, position + end))
    }

    /// Walks the directory once, so that iterating over it needs no error.
    fn check(&mut self, limits: &Limits) {
        let mut position = 0;
        while self.entries < limits.zip_entries
            && let Some((_, next)) = self.entry(position)
        {
            position = next;
            self.entries += 1;
        }
        if position == self.bytes.len() {
            return;
        }
        self.problems.push(if self.entries >= limits.zip_entries {
            let detail = format!("a zip archive of more than {} entries", limits.zip_entries);
            Problem::new(ProblemKind::LimitExceeded, detail)
        } else {
            let detail = format!("the zip directory is damaged at its byte {position}");
            Problem::new(ProblemKind::Malformed, detail)
        });
    }
}

/// The numbers that did not fit into 32 bits stand in an extra field, in the order of the header's own fields.
struct LargeNumbers<'a> {
    fields: &'a [u8],
}

impl LargeNumbers<'_> {
    fn or(&mut self, number: u32) -> Option<u64> {
        if number != u32::MAX {
            return Some(number.into());
        }
        // Without the extra field the number is what it says: 4 GiB less one byte.
        let Some((field, rest)) = self.fields.split_first_chunk() else {
            return Some(number.into());
        };
        self.fields = rest;
        let number = u64::from_le_bytes(*field);
        i64::try_from(number).is_ok().then_some(number)
    }
}

fn zip64_extra(mut extra: &[u8]) -> &[u8] {
    while let (Some(id), Some(length)) = (u16_at(extra, 0), u16_at(extra, 2)) {
        let end = 4 + usize::from(length);
        match extra.get(4..end) {
            Some(field) if id == 1 => return field,
            Some(_) => extra = &extra[end..],
            None => break,
        }
    }
    &[]
}

/// Finds the directory by the end record: the last one whose comment ends with the file or, as some tools leave bytes behind an
/// archive, whose directory is where it says. What merely looks like a record in a comment is neither.
fn locate(archive: &dyn ReadAt) -> Result<Location, ZipError> {
    let size = archive.size();
    // Hardly any archive has a comment, so most need no more than the first of these.
    for window in [1 << 10, END_BYTES + u64::from(u16::MAX)] {
        let length = window.min(size);
        let start = size - length;
        let mut tail = vec![0; usize::try_from(length).unwrap_or(0)];
        archive.read_exact_at(start, &mut tail)?;
        for position in memchr::memmem::rfind_iter(&tail, b"PK\x05\x06") {
            let Some(record) = tail[position..].first_chunk::<{ END_BYTES as usize }>() else {
                continue;
            };
            let comment = usize::from(u16_at(record, 20).unwrap_or(0));
            let record_end = position + record.len() + comment;
            let location = location_by(archive, start + position as u64, record);
            match location {
                location if record_end == tail.len() => return location,
                Ok(location) if record_end < tail.len() && location.size > 0 => {
                    return Ok(location);
                }
                _ => {}
            }
        }
        if length == size {
            break;
        }
    }
    Err(ZipError::NotAnArchive)
}

/// Where an end record says that the directory is.
fn location_by(
    archive: &dyn ReadAt,
    end_offset: u64,
    end: &[u8; END_BYTES as usize],
) -> Result<Location, ZipError> {
    let field = |at| u32_at(end, at).unwrap_or(0);
    let (mut size, mut offset) = (u64::from(field(12)), u64::from(field(16)));
    let mut directory_end = end_offset;
    let is_large = u16_at(end, 10) == Some(u16::MAX)
        || size == u64::from(u32::MAX)
        || offset == u64::from(u32::MAX);
    if is_large && let Some((end64_offset, end64)) = find_end64(archive, end_offset) {
        size = u64_at(&end64, 40).unwrap_or(0);
        offset = u64_at(&end64, 48).unwrap_or(0);
        directory_end = end64_offset;
    }
    // The directory ends where the records begin: whatever is missing before it is a prefix that the offsets do not count.
    let start = directory_end.checked_sub(size).filter(|start| offset <= *start);
    let begins_at = |offset| {
        let mut signature = [0; 4];
        archive.read_exact_at(offset, &mut signature).is_ok() && &signature == b"PK\x01\x02"
    };
    match start {
        Some(start) if size == 0 || begins_at(start) => {
            Ok(Location { start, size, prefix: start - offset })
        }
        _ if begins_at(offset) => Ok(Location { start: offset, size, prefix: 0 }),
        _ => Err(ZipError::Malformed { detail: "its central directory is not where it should be" }),
    }
}

/// The zip64 end record, where its locator says, or right before the locator in an archive with a prefix.
fn find_end64(archive: &dyn ReadAt, end_offset: u64) -> Option<(u64, [u8; END64_BYTES as usize])> {
    let locator_offset = end_offset.checked_sub(LOCATOR_BYTES)?;
    let mut locator = [0; LOCATOR_BYTES as usize];
    archive.read_exact_at(locator_offset, &mut locator).ok()?;
    if !locator.starts_with(b"PK\x06\x07") {
        return None;
    }
    let stated = u64_at(&locator, 8);
    let adjacent = locator_offset.checked_sub(END64_BYTES);
    [stated, adjacent].into_iter().flatten().find_map(|offset| {
        let mut record = [0; END64_BYTES as usize];
        archive.read_exact_at(offset, &mut record).ok()?;
        (offset < locator_offset && record.starts_with(b"PK\x06\x06")).then_some((offset, record))
    })
}

fn slice(bytes: &[u8], start: u64, length: u64) -> Option<&[u8]> {
    let start = usize::try_from(start).ok()?;
    bytes.get(start..start.checked_add(usize::try_from(length).ok()?)?)
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|field| u16::from_le_bytes(*field))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|field| u32::from_le_bytes(*field))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|field| u64::from_le_bytes(*field))
}
