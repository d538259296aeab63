//! Files of this checkout and of the corpus, which a developer chose: read whole.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result};

/// More than any file that a task reads.
const MOST_BYTES: u64 = 4 << 30;

/// The file's bytes.
pub fn read_bytes(path: &Path) -> Result<Vec<u8>> {
    let read = || {
        let mut bytes = Vec::new();
        File::open(path)?.take(MOST_BYTES).read_to_end(&mut bytes)?;
        std::io::Result::Ok(bytes)
    };
    read().with_context(|| format!("failed to read {}", path.display()))
}

/// The file's text.
pub fn read_text(path: &Path) -> Result<String> {
    String::from_utf8(read_bytes(path)?)
        .with_context(|| format!("failed to read {}: it is not UTF-8", path.display()))
}

/// Writes the file, and the folders above it.
pub fn write_text(path: &Path, text: &str) -> Result<()> {
    let write = || {
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
        std::fs::write(path, text)
    };
    write().with_context(|| format!("failed to write {}", path.display()))
}
