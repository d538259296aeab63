use std::io;
use std::path::{Path, PathBuf};

use plimsoll_advisory::SnapshotError;
use plimsoll_archive::{TarError, ZipError};

/// Why no snapshot could be built.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    #[error("read {}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("read the archive {}", path.display())]
    Tar { path: PathBuf, source: TarError },
    #[error("read the archive {}", path.display())]
    Zip { path: PathBuf, source: ZipError },
    #[error("find advisories in {}\nhint: it should hold feeds as they are published; docs/supported.md names them", path.display())]
    NothingFound { path: PathBuf },
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
}

impl FeedError {
    /// The input that cannot be read, where it is one that is to blame.
    pub(crate) fn input(&self) -> Option<&Path> {
        match self {
            Self::Read { path, .. } | Self::Tar { path, .. } | Self::Zip { path, .. } => Some(path),
            Self::NothingFound { .. } | Self::Snapshot(_) => None,
        }
    }
}
