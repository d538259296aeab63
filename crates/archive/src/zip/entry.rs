use std::io;

use plimsoll_core::{Problem, ProblemKind};

use crate::read_problem;

/// One entry of the central directory. Names are bytes as they stand there: hostile, not normalised, not always UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ZipEntry<'a> {
    pub name: &'a [u8],
    /// 0 stored, 8 deflated; no other is read.
    pub method: u16,
    pub compressed_size: u64,
    /// Uncompressed bytes, as the directory claims.
    pub size: u64,
    /// In bytes from the beginning of the file, whatever stands before the archive.
    pub local_header_offset: u64,
    pub encrypted: bool,
    pub crc32: u32,
}

impl ZipEntry<'_> {
    #[must_use]
    pub fn is_directory(&self) -> bool {
        self.name.ends_with(b"/")
    }
}

/// Why an archive or one of its entries was not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ZipError {
    #[error("read the zip archive: it has no central directory")]
    NotAnArchive,
    #[error("read the zip archive: {detail}")]
    Malformed { detail: &'static str },
    #[error("read an entry of the zip archive: it is encrypted")]
    Encrypted,
    #[error("read an entry of the zip archive: compression method {method} is not supported")]
    UnsupportedMethod { method: u16 },
    #[error(
        "read an entry of the zip archive: its {size} bytes are more than the {limit} that are read"
    )]
    TooLarge { size: u64, limit: u64 },
    /// The bytes below could not be read, or are damaged.
    #[error("read the zip archive: {source}")]
    Stream {
        #[from]
        source: io::Error,
    },
}

impl ZipError {
    /// The problem that it is in the coverage.
    #[must_use]
    pub fn problem(&self) -> Problem {
        let kind = match self {
            Self::NotAnArchive | Self::Malformed { .. } => ProblemKind::Malformed,
            Self::Encrypted | Self::UnsupportedMethod { .. } => ProblemKind::Unsupported,
            Self::TooLarge { .. } => ProblemKind::LimitExceeded,
            Self::Stream { source } => return read_problem(source),
        };
        let text = self.to_string();
        let detail = text.split_once(": ").map_or(text.as_str(), |(_, detail)| detail);
        Problem::new(kind, format!("the zip archive: {detail}"))
    }
}
