//! The one place that maps a file into memory.

#![expect(clippy::disallowed_methods, reason = "the snapshot is a file of the data directory")]

use std::fs::File;
use std::io;
use std::path::Path;

/// The bytes of a whole file, mapped read-only.
#[allow(unsafe_code)]
pub(crate) fn map_file(path: &Path) -> io::Result<memmap2::Mmap> {
    let file = File::open(path)?;
    // SAFETY: a mapping is unsound where somebody changes the file beneath it. A snapshot is immutable: it is written
    // beside its place and renamed into it, so an open mapping keeps the old file. Whatever the bytes are, every
    // offset in them is checked when it is used.
    unsafe { memmap2::Mmap::map(&file) }
}
