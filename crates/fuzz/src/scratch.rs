use std::path::PathBuf;

/// A place for files that one run reads back: in memory where the machine has such a place.
pub(crate) fn directory() -> tempfile::TempDir {
    let in_memory = PathBuf::from("/dev/shm");
    let parent = if in_memory.is_dir() { in_memory } else { std::env::temp_dir() };
    tempfile::Builder::new()
        .prefix("plimsoll-fuzz-")
        .tempdir_in(parent)
        .expect("a temporary directory can be made")
}
