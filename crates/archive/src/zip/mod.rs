//! Zip archives, read through their central directory.
//!
//! Format: PKWARE's APPNOTE.TXT 6.3.10. Where an archive can be read in more than one way, the reading is that of Java's
//! `java.util.zip.ZipFile`, because jars are what matters here: the directory at the archive's end counts, local headers only
//! say where content begins, and bytes before the first entry (a launcher script) are no harm.

mod directory;
mod entry;
mod reader;
#[cfg(test)]
mod tests;

pub use entry::{ZipEntry, ZipError};
pub use reader::{ZipContent, ZipEntries, ZipReader};
