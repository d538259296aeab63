use std::io::{self, Write};

use super::safe_json::write_json;
use super::{Format, Presentation, shape};
use crate::ScanReport;

/// The report as JSON, described by `docs/report.schema.json`.
pub static JSON: Format =
    Format { id: "json", summary: "the whole report (schema plimsoll.report/1)", write };

fn write(report: &ScanReport, _: &Presentation, out: &mut dyn Write) -> io::Result<()> {
    write_json(out, &shape::Report::new(report))?;
    out.write_all(b"\n")
}
