use std::io;

use plimsoll_core::Problem;

use crate::read_problem;

/// One entry of an archive. Names are bytes as they stand there: hostile, not normalised, not always UTF-8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TarEntry {
    pub name: Vec<u8>,
    pub kind: TarEntryKind,
    /// The target of a symbolic or hard link.
    pub link: Option<Vec<u8>>,
    /// Bytes of the file as a reader sees it, holes included.
    pub size: u64,
    /// Permission bits with setuid, setgid and sticky.
    pub mode: u32,
    /// Of a device.
    pub device_major: u32,
    pub device_minor: u32,
    /// Where the stored content begins, in bytes from the beginning of the archive.
    pub data_offset: u64,
    /// Bytes of content that are stored.
    pub stored_size: u64,
    /// True where the stored bytes are not simply the file's.
    pub sparse: bool,
}

impl TarEntry {
    /// A character device 0/0, with which overlay file systems say that a name is gone.
    #[must_use]
    pub fn is_overlay_whiteout(&self) -> bool {
        self.kind == TarEntryKind::CharacterDevice
            && (self.device_major, self.device_minor) == (0, 0)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TarEntryKind {
    File,
    Directory,
    Symlink,
    HardLink,
    CharacterDevice,
    BlockDevice,
    Fifo,
    /// The type flag of an entry that is none of these.
    Other(u8),
}

/// Why an archive could not be read further. Entries before it stand.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TarError {
    /// The stream below failed, or reached a limit of its decoder.
    #[error("read the tar archive at byte {offset}: {source}")]
    Stream { offset: u64, source: io::Error },
    #[error("read the tar archive: it ends at byte {offset}, inside an entry")]
    Truncated { offset: u64 },
    #[error("read the tar archive at byte {offset}: {detail}")]
    Malformed { offset: u64, detail: &'static str },
}

impl TarError {
    /// The problem that it is in the coverage.
    #[must_use]
    pub fn problem(&self) -> Problem {
        use plimsoll_core::ProblemKind;
        match self {
            Self::Stream { source, .. } => read_problem(source),
            Self::Truncated { offset } => Problem::new(
                ProblemKind::Truncated,
                format!("the tar archive ends at byte {offset}, inside an entry"),
            ),
            Self::Malformed { offset, detail } => Problem::new(
                ProblemKind::Malformed,
                format!("the tar archive is damaged at byte {offset}: {detail}"),
            ),
        }
    }
}
