//! .NET programs that were published as a single file (ELF, PE, Mach-O): the packages that the list of dependencies inside them names.
//!
//! The files of the program follow the host that starts it, and a manifest the files. Where it lies stands before a marker in the host's
//! data; what it holds says dotnet/runtime, `src/native/corehost/bundle`. Numbers are little-endian in every form of program.

#[cfg(test)]
mod tests;

use std::io::{self, BufRead, Read};

use flate2::bufread::DeflateDecoder;
use memchr::memmem::Finder;
use plimsoll_archive::{ReadAt, ReadAtCursor, read_problem};
use plimsoll_core::{Problem, ProblemKind};

use super::dotnet_deps;
use crate::object::{self, Form, Object, objects, read};
use crate::{Extraction, Extractor, Fact, FoundState, WantedFile};

pub(crate) static DOTNET_BUNDLE: Extractor = Extractor {
    id: "dotnet-bundle",
    summary: ".NET programs of a single file (ELF, PE, Mach-O): the packages in them, by the `*.deps.json` inside",
    patterns: object::PATTERNS,
    extract,
    ..Extractor::RECORD
};

/// The SHA-256 of `.net core bundle` and a line feed.
const MARKER: [u8; 32] = [
    0x8b, 0x12, 0x02, 0xb9, 0x6a, 0x61, 0x20, 0x38, 0x72, 0x7b, 0x93, 0x02, 0x14, 0xd7, 0xa0, 0x32,
    0x13, 0xf5, 0xb9, 0xe6, 0xef, 0xae, 0x33, 0x18, 0xee, 0x3b, 0x2d, 0xce, 0x24, 0xb3, 0x6a, 0xae,
];
/// Before the marker stands where the manifest begins, zero in a host that starts no bundle.
const OFFSET_BYTES: u64 = 8;
/// Bytes that are searched at once where the file is not in memory.
const CHUNK: u64 = 1 << 20;
/// From .NET 5 on, places of two files and flags stand before the entries.
const PLACES_BYTES: usize = 40;
/// The type of the entry that is the program's list of dependencies.
const LIST_TYPE: u8 = 3;

fn extract(file: &WantedFile<'_>) -> Extraction {
    let objects = objects(file.content, file.limits);
    let Some(offset) = objects.iter().find_map(manifest_offset) else {
        return Extraction::default();
    };
    let list = match list(file, offset) {
        Ok(Some(list)) => list,
        Ok(None) => {
            let detail = "a bundle without a list of its packages: its files were not read";
            return Extraction::failed(Problem::new(ProblemKind::Unsupported, detail));
        }
        Err(problem) => return Extraction::failed(problem),
    };
    let bytes = match content(file, &list) {
        Ok(bytes) => bytes,
        Err(problem) => return Extraction::failed(problem),
    };
    let mut extraction = dotnet_deps::read(file, &bytes);
    for fact in &mut extraction.facts {
        if let Fact::Package(package) = fact {
            package.state = FoundState::Bundled;
            package.inner_path = Some(list.name.clone());
        }
    }
    extraction
}

/// Where in the file the manifest begins; `None` for a program that is no bundle.
fn manifest_offset(object: &Object<'_>) -> Option<u64> {
    if !object.headers.kind.is_loaded() {
        return None;
    }
    let (finder, content) = (Finder::new(&MARKER), &object.content);
    // Segments may lie on one another: all of them together cost no more than the whole file.
    let mut left = content.size();
    for data in object.headers.segments.iter().filter(|segment| segment.is_data) {
        let mut at = 0;
        while at < data.file_size && left > 0 {
            // A marker that begins in this chunk may end in the next.
            let length = (data.file_size - at).min(CHUNK + MARKER.len() as u64);
            let start = data.file_offset.checked_add(at)?;
            let Some(chunk) = read(content, start, length) else { break };
            if let Some(hit) = finder.find(&chunk) {
                let before = start.checked_add(hit as u64)?.checked_sub(OFFSET_BYTES)?;
                let offset = read(content, before, OFFSET_BYTES)?;
                return Form::LITTLE.fields(&offset).u64(0).filter(|&offset| offset > 0);
            }
            at += CHUNK;
            left = left.saturating_sub(CHUNK);
        }
    }
    None
}

/// A file in the bundle.
struct Entry {
    offset: u64,
    size: u64,
    /// Bytes that it takes in the bundle, deflated; 0 where it lies there as it is.
    packed: u64,
    name: String,
}

/// The entry of the list of dependencies.
fn list(file: &WantedFile<'_>, offset: u64) -> Result<Option<Entry>, Problem> {
    let size = file.content.size().checked_sub(offset).filter(|&size| size > 0);
    let size = size.ok_or_else(|| {
        Problem::new(ProblemKind::Malformed, "the bundle's manifest leads out of the file")
    })?;
    let manifest = &mut ReadAtCursor::section(&file.content, offset, size);
    let (major, count) = header(manifest).map_err(|error| unreadable(&error))?;
    if !matches!(major, 1 | 2 | 6) {
        let detail = format!("a bundle of the unknown version {major}");
        return Err(Problem::new(ProblemKind::Unsupported, detail));
    }
    let most = file.limits.packages_per_file;
    let found = entry_of_list(manifest, major, most.min(count));
    let found = found.map_err(|error| unreadable(&error))?;
    if found.is_none() && count > most {
        let detail = format!("{count} files in a bundle, more than the {most} that are read");
        return Err(Problem::new(ProblemKind::LimitExceeded, detail));
    }
    Ok(found)
}

/// The version of the manifest's form, and the number of files.
fn header(manifest: &mut impl BufRead) -> io::Result<(u32, usize)> {
    let [major, _minor, count] = [number(manifest)?, number(manifest)?, number(manifest)?];
    Ok((major, usize::try_from(count).unwrap_or(usize::MAX)))
}

/// What follows the header, up to the entry of the list among the first `count`.
fn entry_of_list(
    manifest: &mut impl BufRead,
    major: u32,
    count: usize,
) -> io::Result<Option<Entry>> {
    let _id = text(manifest)?;
    if major > 1 {
        bytes::<PLACES_BYTES>(manifest)?;
    }
    for _ in 0..count {
        if let Some(entry) = entry(manifest, major >= 6)? {
            return Ok(Some(entry));
        }
    }
    Ok(None)
}

/// The next entry, where it is the list's.
fn entry(manifest: &mut impl BufRead, is_packed: bool) -> io::Result<Option<Entry>> {
    let offset = u64::from_le_bytes(bytes(manifest)?);
    let size = u64::from_le_bytes(bytes(manifest)?);
    let packed = if is_packed { u64::from_le_bytes(bytes(manifest)?) } else { 0 };
    let [kind] = bytes(manifest)?;
    let name = text(manifest)?;
    Ok((kind == LIST_TYPE).then_some(Entry { offset, size, packed, name }))
}

fn number(manifest: &mut impl BufRead) -> io::Result<u32> {
    Ok(u32::from_le_bytes(bytes(manifest)?))
}

fn bytes<const N: usize>(manifest: &mut impl BufRead) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    manifest.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// A text after its length, which is written with seven bits a byte, lowest first, in at most two bytes.
fn text(manifest: &mut impl BufRead) -> io::Result<String> {
    let [low] = bytes(manifest)?;
    let mut length = usize::from(low & 0x7f);
    if low & 0x80 != 0 {
        let [high] = bytes(manifest)?;
        if high & 0x80 != 0 {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a name without an end"));
        }
        length |= usize::from(high) << 7;
    }
    let mut text = vec![0; length];
    manifest.read_exact(&mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

fn unreadable(error: &io::Error) -> Problem {
    let kind = match error.kind() {
        io::ErrorKind::InvalidData => ProblemKind::Malformed,
        _ => read_problem(error).kind,
    };
    Problem::new(kind, format!("the manifest of the bundle cannot be read: {error}"))
}

/// The bytes of the list.
fn content(file: &WantedFile<'_>, entry: &Entry) -> Result<Vec<u8>, Problem> {
    let Entry { offset, size, packed, name } = entry;
    let malformed = |what: &str| Problem::new(ProblemKind::Malformed, format!("{name}: {what}"));
    let most = file.limits.text_bytes;
    if *size > most {
        let detail = format!("{name}: {size} bytes, more than the {most} that are read");
        return Err(Problem::new(ProblemKind::LimitExceeded, detail));
    }
    let taken = if *packed == 0 { *size } else { *packed };
    let is_inside = offset.checked_add(taken).is_some_and(|end| end <= file.content.size());
    if !is_inside {
        return Err(malformed("leads out of the file"));
    }
    let stored = ReadAtCursor::section(&file.content, *offset, taken);
    let mut bytes = Vec::new();
    let read = match *packed {
        0 => stored.take(*size).read_to_end(&mut bytes),
        _ => DeflateDecoder::new(stored).take(*size).read_to_end(&mut bytes),
    };
    read.map_err(|error| malformed(&error.to_string()))?;
    if bytes.len() as u64 == *size { Ok(bytes) } else { Err(malformed("ends before its end")) }
}
