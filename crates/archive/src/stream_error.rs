use std::io;

use plimsoll_core::{Problem, ProblemKind};

/// Why a stream ended before its end. It travels inside an [`io::Error`], so that every `Read` between the decoder and
/// the part that reads may stay ignorant of it; [`StreamError::of`] finds it again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StreamError {
    #[error("the {what} ends before its end")]
    Truncated { what: &'static str },
    #[error("the {what} is damaged: {detail}")]
    Corrupt { what: &'static str, detail: String },
    #[error("{detail}")]
    LimitExceeded { detail: String },
}

impl StreamError {
    /// The error inside an [`io::Error`], where there is one.
    #[must_use]
    pub fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }

    /// What kind of problem it is in the coverage.
    #[must_use]
    pub fn problem_kind(&self) -> ProblemKind {
        match self {
            Self::Truncated { .. } => ProblemKind::Truncated,
            Self::Corrupt { .. } => ProblemKind::Malformed,
            Self::LimitExceeded { .. } => ProblemKind::LimitExceeded,
        }
    }
}

impl From<StreamError> for io::Error {
    fn from(error: StreamError) -> Self {
        let kind = match error {
            StreamError::Truncated { .. } => io::ErrorKind::UnexpectedEof,
            StreamError::Corrupt { .. } => io::ErrorKind::InvalidData,
            StreamError::LimitExceeded { .. } => io::ErrorKind::FileTooLarge,
        };
        Self::new(kind, error)
    }
}

/// The problem that any failed read is: what a [`StreamError`] says, truncated for an unexpected end, else unreadable.
#[must_use]
pub fn read_problem(error: &io::Error) -> Problem {
    let kind = match StreamError::of(error) {
        Some(stream_error) => stream_error.problem_kind(),
        None if error.kind() == io::ErrorKind::UnexpectedEof => ProblemKind::Truncated,
        None => ProblemKind::Unreadable,
    };
    Problem::new(kind, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failed_read_has_its_kind_of_problem() {
        let detail = || "why".to_owned();
        for (error, kind) in [
            (StreamError::Truncated { what: "gzip stream" }.into(), ProblemKind::Truncated),
            (
                StreamError::Corrupt { what: "gzip stream", detail: detail() }.into(),
                ProblemKind::Malformed,
            ),
            (StreamError::LimitExceeded { detail: detail() }.into(), ProblemKind::LimitExceeded),
            (io::ErrorKind::UnexpectedEof.into(), ProblemKind::Truncated),
            (io::Error::other("reset"), ProblemKind::Unreadable),
        ] {
            assert_eq!(read_problem(&error).kind, kind, "{error}");
        }
    }
}
