//! The inventory for people: packages by type, with where each was found.

use std::io::{self, Write};

use anstyle::Style;
use plimsoll_core::{License, Package, PackageType};

use super::columns::{Cell, write_columns};
use super::{Format, Presentation, counted, printable, style};
use crate::ScanReport;

/// The packages as a table for a terminal.
pub static TABLE: Format = Format { id: "table", summary: "a table for people", write };

const HEADER: [&str; 5] = ["PACKAGE", "VERSION", "LICENCE", "LAYER", "FOUND IN"];

fn write(report: &ScanReport, presentation: &Presentation, out: &mut dyn Write) -> io::Result<()> {
    let bold = style(presentation, Style::new().bold());
    let packages = &report.inventory.packages;
    writeln!(out, "{bold}{}{bold:#}", printable(&report.envelope.resolved))?;
    for kind in PackageType::all() {
        let rows: Vec<_> =
            packages.iter().filter(|package| package.id.kind == kind).map(row).collect();
        if rows.is_empty() {
            continue;
        }
        let count = counted(rows.len(), "package");
        writeln!(out, "\n{bold}{}{bold:#} · {count}", kind.plural())?;
        let header = Vec::from(HEADER.map(|title| Cell::new(title, Style::new().dimmed())));
        let table: Vec<_> = std::iter::once(header).chain(rows).collect();
        write_columns(&table, presentation, out)?;
    }
    let total = counted(packages.len(), "package");
    write!(out, "\n{bold}Total{bold:#}     {total} · {}", report.inventory_verdict())?;
    match report.coverage.problems.len() as u64 + report.coverage.problems_dropped {
        0 => writeln!(out),
        count => {
            let things = counted(usize::try_from(count).unwrap_or(usize::MAX), "thing");
            writeln!(out, " · {things} not read as it should be")
        }
    }
}

fn row(package: &Package) -> Vec<Cell> {
    let plain = |text: &str| Cell::new(printable(text), Style::new());
    let expression = package.license_expression();
    let license = expression.as_deref().or(package.licenses.first().map(License::as_str));
    let (place, layer) = match package.evidence.as_slice() {
        [] => (String::new(), String::new()),
        [first, others @ ..] => {
            let inner = first.inner_path.iter().map(|inner| format!("!/{inner}"));
            let more = match others.len() {
                0 => String::new(),
                count => format!(" and {}", counted(count, "more place")),
            };
            let place = format!("/{}{}{more}", first.path, inner.collect::<String>());
            (place, first.layer.to_string())
        }
    };
    vec![
        plain(&package.id.name),
        plain(&package.id.version),
        plain(license.unwrap_or("-")),
        Cell::new(layer, Style::new()),
        plain(&place),
    ]
}
