//! Files of real images and package managers, where the folder of data for tests stands beside the checkout.

use std::io::Read;
use std::path::Path;

use plimsoll_archive::{Decoder, DecoderBounds, TarEntryKind, TarReader};
use plimsoll_core::Limits;

/// Larger ones slow every run down and teach nothing more.
const MOST_BYTES: u64 = 128 << 10;
const DEPTH: usize = 12;

/// A real file: its path below the folder, archives counting as folders, and its content.
pub(crate) struct RealFile {
    pub(crate) path: String,
    pub(crate) content: Vec<u8>,
}

/// Real files, read once for all targets.
#[derive(Default)]
pub struct RealFiles {
    pub(crate) files: Vec<RealFile>,
}

impl RealFiles {
    /// The files below the folder's `fixtures` that are not too large, decompressed, in the order of their names; those in `tar.zst`
    /// archives too. Files that say what is expected of others are none. None at all where there is no such folder.
    #[must_use]
    pub fn read(data: &Path) -> Self {
        let mut files = Vec::new();
        add_files(&data.join("fixtures"), "", DEPTH, &mut files);
        Self { files }
    }
}

fn add_files(folder: &Path, prefix: &str, depth: usize, files: &mut Vec<RealFile>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut entries: Vec<_> = entries.filter_map(Result::ok).collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        let kind = entry.file_type().ok();
        if kind.is_some_and(|kind| kind.is_dir()) && depth > 0 {
            add_files(&entry.path(), &format!("{path}/"), depth - 1, files);
        } else if !name.ends_with("expected.json") && !name.ends_with(".md") {
            add_file(&entry.path(), &path, files);
        }
    }
}

fn add_file(place: &Path, path: &str, files: &mut Vec<RealFile>) {
    let Ok(file) = std::fs::File::open(place) else { return };
    if let Some(folder) = path.strip_suffix(".tar.zst") {
        let bounds = DecoderBounds { ratio: u64::MAX, ..DecoderBounds::from(&Limits::default()) };
        let Ok(decoder) = Decoder::new(std::io::BufReader::new(file), bounds) else { return };
        let mut tar = TarReader::new(std::io::BufReader::new(decoder), &Limits::default());
        while let Ok(Some(entry)) = tar.next_entry() {
            let path = format!("{folder}/{}", String::from_utf8_lossy(&entry.name));
            if entry.kind == TarEntryKind::File && !path.ends_with("expected.json") {
                push(&path, &mut tar, files);
            }
        }
    } else if let Some(path) = path.strip_suffix(".zst") {
        let bounds = DecoderBounds { ratio: u64::MAX, ..DecoderBounds::from(&Limits::default()) };
        if let Ok(mut decoder) = Decoder::new(std::io::BufReader::new(file), bounds) {
            push(path, &mut decoder, files);
        }
    } else {
        push(path, &mut &file, files);
    }
}

fn push(path: &str, content: &mut dyn Read, files: &mut Vec<RealFile>) {
    let mut bytes = Vec::new();
    let read = content.take(MOST_BYTES + 1).read_to_end(&mut bytes);
    if read.is_ok() && bytes.len() as u64 <= MOST_BYTES {
        files.push(RealFile { path: path.to_owned(), content: bytes });
    }
}
