use std::fmt;

use plimsoll_feeds::UpdateError;
use plimsoll_oci::OciError;
use plimsoll_scan::ScanError;

use crate::exit::Exit;

/// Why a command could not do its work. Findings and gaps in the coverage are results, not failures.
#[derive(Debug)]
pub enum Failure {
    /// The arguments or the configuration.
    Usage(String),
    Image(OciError),
    /// The advisory snapshot is missing, damaged, or could not be built.
    Advisories(String),
    /// What was asked for could not be written, or another fault of the host.
    Output(std::io::Error),
}

impl Failure {
    /// The one place in which a failure becomes an exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) => Exit::Usage,
            Self::Image(OciError::Reference { .. } | OciError::Ambiguous { .. }) => Exit::Usage,
            Self::Image(_) => Exit::ImageUnreadable,
            Self::Advisories(_) => Exit::AdvisoriesMissing,
            Self::Output(_) => Exit::Bug,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(text) | Self::Advisories(text) => f.write_str(text),
            Self::Image(error) => Chain(error).fmt(f),
            Self::Output(error) => write!(f, "write the output: {error}"),
        }
    }
}

/// An error with its causes, each once.
pub struct Chain<'a>(pub &'a dyn std::error::Error);

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(cause) = source {
            write!(f, ": {cause}")?;
            source = cause.source();
        }
        Ok(())
    }
}

impl From<OciError> for Failure {
    fn from(error: OciError) -> Self {
        Self::Image(error)
    }
}

impl From<UpdateError> for Failure {
    fn from(error: UpdateError) -> Self {
        use UpdateError::{Address, ExtraName, Trust, UnknownFeed};
        let is_usage =
            matches!(error, UnknownFeed { .. } | ExtraName { .. } | Address { .. } | Trust(_));
        let text = Chain(&error).to_string();
        if is_usage { Self::Usage(text) } else { Self::Advisories(text) }
    }
}

impl From<ScanError> for Failure {
    fn from(error: ScanError) -> Self {
        match error {
            ScanError::Image(error) => Self::Image(error),
            ScanError::Advisories(error) => Self::Advisories(Chain(&error).to_string()),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Output(error)
    }
}
