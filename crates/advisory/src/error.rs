use std::io;
use std::path::PathBuf;

/// Why an advisory snapshot could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    #[error("open the advisory snapshot {}", path.display())]
    Open { path: PathBuf, source: io::Error },
    #[error("read the file: it is not an advisory snapshot")]
    NotASnapshot,
    #[error(
        "read the advisory snapshot: its format is version {found}, this program reads version {supported}\n\
         hint: build or fetch it again with this version of the program"
    )]
    UnsupportedVersion { found: u32, supported: u32 },
    #[error("read the advisory snapshot: it states {stated} bytes and has {actual}")]
    Truncated { stated: u64, actual: u64 },
    /// An offset, a length or a number that cannot be: the file was damaged or made up.
    #[error("read the advisory snapshot: its {part} is damaged")]
    Damaged { part: &'static str },
    #[error("verify the advisory snapshot: the digest of {section} is not the one that it states")]
    DigestMismatch { section: String },
    #[error("write the advisory snapshot {}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("write the snapshot as a compressed file")]
    Export { source: io::Error },
    #[error("read the compressed file of a snapshot")]
    Import { source: io::Error },
    /// What is gathered while a snapshot is built lies in an unlinked temporary file.
    #[error("use the scratch file of the snapshot's writer")]
    Scratch { source: io::Error },
    /// Offsets within one family are 32 bits wide.
    #[error("write the advisory snapshot: {family} needs more than 4 GiB")]
    TooLarge { family: String },
}

impl SnapshotError {
    pub(crate) fn damaged(part: &'static str) -> Self {
        Self::Damaged { part }
    }
}
