use std::fmt;
use std::str::FromStr;

/// How bad a vulnerability is, in the five steps of CVSS, least first; `Unknown` where nobody has said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Severity {
    #[default]
    Unknown,
    Negligible,
    Low,
    Medium,
    High,
    Critical,
}

/// The text names no severity.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a severity: `{text}` (expected unknown, negligible, low, medium, high or critical)")]
pub struct InvalidSeverity {
    pub text: String,
}

impl Severity {
    /// Least first.
    pub const ALL: [Self; 6] =
        [Self::Unknown, Self::Negligible, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The name in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Negligible => "negligible",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// The step of a CVSS 3 or 4 base score (CVSS v3.1 specification, section 5).
    #[must_use]
    pub fn from_cvss3_score(score: f64) -> Self {
        match score {
            score if score >= 9.0 => Self::Critical,
            score if score >= 7.0 => Self::High,
            score if score >= 4.0 => Self::Medium,
            score if score > 0.0 => Self::Low,
            _ => Self::Negligible,
        }
    }

    /// The step of a CVSS 2 base score, which knows no critical (NVD's table).
    #[must_use]
    pub fn from_cvss2_score(score: f64) -> Self {
        match score {
            score if score >= 7.0 => Self::High,
            score if score >= 4.0 => Self::Medium,
            _ => Self::Low,
        }
    }
}

impl FromStr for Severity {
    type Err = InvalidSeverity;

    /// Reads any vendor's word, in any case: Red Hat's and GitHub's `moderate` is medium, its `important` high.
    fn from_str(text: &str) -> Result<Self, InvalidSeverity> {
        match text.to_ascii_lowercase().as_str() {
            "unknown" | "untriaged" => Ok(Self::Unknown),
            "negligible" | "unimportant" | "none" => Ok(Self::Negligible),
            "low" => Ok(Self::Low),
            "medium" | "moderate" => Ok(Self::Medium),
            "high" | "important" => Ok(Self::High),
            "critical" => Ok(Self::Critical),
            _ => Err(InvalidSeverity { text: text.chars().take(100).collect() }),
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
