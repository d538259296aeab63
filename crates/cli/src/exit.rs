use std::process::ExitCode;

/// How the program ends. The numbers are a promise: scripts depend on them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Pass = 0,
    /// Something at least as severe as `--fail-on` says, or malware.
    PolicyFailed = 1,
    Usage = 2,
    ImageUnreadable = 3,
    /// Something could not be read or judged, and `--require-coverage` was given.
    CoverageIncomplete = 4,
    /// No advisory snapshot, or one that cannot be read.
    AdvisoriesMissing = 5,
    /// A fault of this program, or of the host (a full disk).
    Bug = 70,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
