use std::process::ExitCode;

/// How the program ends. The numbers are a promise: scripts depend on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Pass = 0,
    /// Something at least as severe as `--fail-on` says, or malware.
    PolicyFailed = 1,
    Usage = 2,
    ImageUnreadable = 3,
    /// Something could not be read or judged, and `--require-coverage` was given; or a feed is not in the snapshot as it is published.
    CoverageIncomplete = 4,
    /// No advisory snapshot, or one that cannot be read.
    AdvisoriesMissing = 5,
    /// A fault of this program, or of the host (a full disk).
    Bug = 70,
}

impl Exit {
    /// The worse of two ends. That something could not be read is worse than what is known of the rest.
    #[must_use]
    pub fn worst(self, other: Self) -> Self {
        let severity = |exit: Self| match exit {
            Self::Pass => 0,
            Self::CoverageIncomplete => 1,
            Self::PolicyFailed => 2,
            Self::AdvisoriesMissing => 3,
            Self::ImageUnreadable => 4,
            Self::Usage => 5,
            Self::Bug => 6,
        };
        if severity(other) > severity(self) { other } else { self }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_end_counts() {
        use Exit::{AdvisoriesMissing, CoverageIncomplete, ImageUnreadable, Pass, PolicyFailed};
        for (ends, expected) in [
            (&[][..], Pass),
            (&[Pass, CoverageIncomplete, Pass], CoverageIncomplete),
            (&[PolicyFailed, CoverageIncomplete], PolicyFailed),
            (&[AdvisoriesMissing, ImageUnreadable, Pass], ImageUnreadable),
        ] {
            let worst = ends.iter().fold(Pass, |worst, &end| worst.worst(end));
            assert_eq!(worst, expected, "{ends:?}");
        }
    }
}
