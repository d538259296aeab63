//! The inventory as a list of package URLs, one a line.

use std::io::{self, Write};

use super::{Format, Presentation, printable};
use crate::ScanReport;

/// Every package's purl, sorted, each once.
pub static PURLS: Format = Format { id: "purls", summary: "package URLs, one a line", write };

fn write(report: &ScanReport, _: &Presentation, out: &mut dyn Write) -> io::Result<()> {
    let packages = report.inventory.packages.iter();
    let mut purls: Vec<_> = packages.map(|package| package.purl.as_str()).collect();
    purls.retain(|purl| !purl.is_empty());
    purls.sort_unstable();
    purls.dedup();
    purls.into_iter().try_for_each(|purl| writeln!(out, "{}", printable(purl)))
}
