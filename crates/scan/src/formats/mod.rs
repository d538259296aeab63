//! The forms of a report, one file each: for people, for machines, for other tools.

mod columns;
mod cyclonedx;
mod escape;
mod json;
mod packages;
mod purls;
mod safe_json;
mod set;
mod shape;
mod table;

use std::io::{self, Write};

use anstyle::Style;
use plimsoll_advisory::Status;

use crate::ScanReport;

pub use escape::printable;
pub use set::{SET_SCHEMA_ID, SetHead, SetMember, SetWriter};
pub use shape::SCHEMA_ID;

/// One report format.
pub struct Format {
    /// What `--format` takes.
    pub id: &'static str,
    /// One line for help and docs.
    pub summary: &'static str,
    pub write: fn(&ScanReport, &Presentation, &mut dyn Write) -> io::Result<()>,
}

/// How a format for people is laid out. No format for machines looks at it.
#[derive(Clone, Copy, Debug)]
pub struct Presentation {
    /// Columns.
    pub width: u16,
    pub color: bool,
}

/// The formats of `scan`.
pub static SCAN_FORMATS: &[&Format] = &[&table::TABLE, &json::JSON];

/// The formats of `sbom`.
pub static SBOM_FORMATS: &[&Format] =
    &[&cyclonedx::CYCLONEDX_JSON, &packages::TABLE, &purls::PURLS];

/// A number with what it counts.
fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// The style where colour is wanted.
fn style(presentation: &Presentation, style: Style) -> Style {
    if presentation.color { style } else { Style::new() }
}

/// The name of a status in reports.
#[must_use]
pub fn status_word(status: Status) -> &'static str {
    match status {
        Status::Affected => "affected",
        Status::NotAffected => "not-affected",
        Status::Deferred => "deferred",
        Status::WillNotFix => "will-not-fix",
        Status::EndOfLife => "end-of-life",
        Status::UnderInvestigation => "under-investigation",
    }
}

#[cfg(test)]
pub(crate) use shape::Report;

#[cfg(test)]
pub(crate) fn report_shape(report: &ScanReport) -> Report<'_> {
    Report::new(report)
}
