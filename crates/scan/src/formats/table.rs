//! The report for people: findings grouped by target, worst first, then what was read and what was not.

use std::collections::BTreeMap;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use plimsoll_core::{
    CoverageVerdict, ImagePath, Package, PackageType, Problem, ReleaseCoverage, Severity,
};
use plimsoll_matching::{Finding, FindingKind, Occurrence};

use super::columns::{Cell, write_columns};
use super::{Format, Presentation, counted, printable, status_word, style};
use crate::ScanReport;

/// The report as a table for a terminal.
pub static TABLE: Format = Format { id: "table", summary: "a table for people", write };

/// Problems that are listed one by one; the JSON report has them all.
const LISTED_PROBLEMS: usize = 10;

const HEADER: [&str; 6] = ["SEVERITY", "ID", "PACKAGE", "INSTALLED", "FIXED IN", "TITLE"];

fn write(report: &ScanReport, presentation: &Presentation, out: &mut dyn Write) -> io::Result<()> {
    let bold = style(presentation, Style::new().bold());
    let identity = report.envelope.manifest_digest.or(report.envelope.config_digest);
    writeln!(out, "{bold}{}{bold:#}", printable(&report.envelope.resolved))?;
    let distribution = match &report.inventory.distro {
        Some(distro) => printable(&distro.pretty_name).into_owned(),
        None => "no os-release".to_owned(),
    };
    let layers = report.layers.len();
    let packages = report.inventory.packages.len();
    write!(out, "{distribution} · {}", counted(layers, "layer"))?;
    write!(out, " · {}", counted(packages, "package"))?;
    match identity {
        Some(digest) => writeln!(out, " · {digest}")?,
        None => writeln!(out)?,
    }
    let mut rows: BTreeMap<Target<'_>, Vec<Row<'_>>> = BTreeMap::new();
    for finding in &report.findings {
        for occurrence in &finding.occurrences {
            if let Some(package) = report.inventory.packages.get(occurrence.package) {
                let target = Target::of(finding, package);
                rows.entry(target).or_default().push((finding, occurrence, package));
            }
        }
    }
    for (target, rows) in rows {
        write_target(report, presentation, (target, rows, out))?;
    }
    writeln!(out)?;
    write_totals(report, presentation, out)?;
    write_coverage(report, presentation, out)
}

/// What findings are grouped by, in the order of the report.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Target<'a> {
    Malware,
    System,
    /// Of another root in the image.
    OtherSystem(&'a str),
    Language(PackageType),
}

/// A finding in one package.
type Row<'a> = (&'a Finding, &'a Occurrence, &'a Package);

impl<'a> Target<'a> {
    fn of(finding: &Finding, package: &'a Package) -> Self {
        match (finding.kind, package.id.kind, &package.id.system) {
            (FindingKind::Malware, _, _) => Self::Malware,
            (FindingKind::Vulnerability, _, Some(name)) => Self::OtherSystem(name),
            (FindingKind::Vulnerability, kind, None) if kind.is_system() => Self::System,
            (FindingKind::Vulnerability, kind, None) => Self::Language(kind),
        }
    }

    fn title(self, report: &ScanReport) -> String {
        match self {
            Self::Malware => "Malware".to_owned(),
            Self::System => match &report.inventory.distro {
                Some(distro) => format!("System packages of {}", printable(&distro.pretty_name)),
                None => "System packages".to_owned(),
            },
            Self::OtherSystem(name) => format!("System packages of {}", other_system(report, name)),
            Self::Language(kind) => kind.plural().to_owned(),
        }
    }
}

/// What a system of other roots is, and where.
fn other_system(report: &ScanReport, name: &str) -> String {
    let other = report.inventory.other_systems.get(name);
    let distro = other.and_then(|other| other.distro.as_ref());
    let called = distro.map_or(name, |distro| &distro.pretty_name);
    let mut roots = other.iter().flat_map(|other| &other.roots);
    let first = roots.next().map_or("", ImagePath::as_str);
    let more = match roots.count() {
        0 => String::new(),
        count => format!(" and {}", counted(count, "more place")),
    };
    format!("{} in /{}{more}", printable(called), printable(first))
}

fn write_target(
    report: &ScanReport,
    presentation: &Presentation,
    (target, mut rows, out): (Target<'_>, Vec<Row<'_>>, &mut dyn Write),
) -> io::Result<()> {
    rows.sort_by(|one, other| {
        let order = |row: &Row<'_>| (std::cmp::Reverse(row.1.severity), row.1.package);
        order(one).cmp(&order(other)).then_with(|| one.0.id.cmp(&other.0.id))
    });
    let bold = style(presentation, Style::new().bold());
    let count = counted(rows.len(), "finding");
    writeln!(out, "\n{bold}{}{bold:#} · {count}", target.title(report))?;
    let header = Vec::from(HEADER.map(|title| Cell::new(title, Style::new().dimmed())));
    let rows =
        rows.into_iter().map(|(finding, occurrence, package)| row(finding, occurrence, package));
    let table: Vec<_> = std::iter::once(header).chain(rows).collect();
    write_columns(&table, presentation, out)
}

fn row(finding: &Finding, occurrence: &Occurrence, package: &Package) -> Vec<Cell> {
    let plain = |text: &str| Cell::new(printable(text), Style::new());
    let fixed = match (&occurrence.fixed, occurrence.status) {
        (Some(version), _) => plain(version),
        (None, plimsoll_advisory::Status::Affected) => Cell::new("-", Style::new().dimmed()),
        (None, status) => Cell::new(status_word(status), Style::new().dimmed()),
    };
    vec![
        Cell::new(occurrence.severity.as_str().to_uppercase(), severity_style(occurrence.severity)),
        plain(&finding.id),
        plain(&package.id.name),
        plain(&package.id.version),
        fixed,
        plain(&finding.title),
    ]
}

fn write_totals(
    report: &ScanReport,
    presentation: &Presentation,
    out: &mut dyn Write,
) -> io::Result<()> {
    let vulnerabilities =
        || report.findings.iter().filter(|finding| finding.kind == FindingKind::Vulnerability);
    let malware = report.findings.len() - vulnerabilities().count();
    let mut words = Vec::new();
    for severity in Severity::ALL.into_iter().rev() {
        let count = vulnerabilities().filter(|finding| finding.severity == severity).count();
        if count > 0 {
            let style = style(presentation, severity_style(severity));
            words.push(format!("{style}{count} {severity}{style:#}"));
        }
    }
    let bold = style(presentation, Style::new().bold());
    let total = vulnerabilities().count();
    write!(out, "{bold}Total{bold:#}     ")?;
    match (&report.advisories, total) {
        (None, _) => write!(out, "not judged: there is no advisory snapshot")?,
        (Some(_), 0) if report.inventory.packages.is_empty() => {
            write!(out, "nothing judged: no packages were found")?;
        }
        (Some(_), 0) => write!(out, "no known vulnerabilities in what was judged")?,
        (Some(_), 1) => write!(out, "1 vulnerability: {}", words.join(", "))?,
        (Some(_), total) => write!(out, "{total} vulnerabilities: {}", words.join(", "))?,
    }
    let fixable = vulnerabilities()
        .filter(|finding| finding.occurrences.iter().any(|occurrence| occurrence.fixed.is_some()))
        .count();
    if total > 0 {
        write!(out, " · {fixable} with a fixed version")?;
    }
    if malware > 0 {
        write!(out, " · {malware} malware")?;
    }
    if report.not_reported > 0 {
        write!(out, " · {} left out by the filters", report.not_reported)?;
    }
    writeln!(out)
}

fn write_coverage(
    report: &ScanReport,
    presentation: &Presentation,
    out: &mut dyn Write,
) -> io::Result<()> {
    let coverage = &report.coverage;
    let verdict = coverage.verdict();
    let color = match verdict {
        CoverageVerdict::Complete => AnsiColor::Green,
        CoverageVerdict::Partial => AnsiColor::Yellow,
        CoverageVerdict::NotCovered => AnsiColor::Red,
    };
    let (bold, color) =
        (style(presentation, Style::new().bold()), style(presentation, color.on_default()));
    let release = match &coverage.release {
        ReleaseCoverage::NotNeeded if coverage.other_systems.is_empty() => {
            "no system packages".to_owned()
        }
        ReleaseCoverage::NotNeeded => "no system packages of its own".to_owned(),
        release => standing(release),
    };
    write!(out, "{bold}Coverage{bold:#}  {color}{}{color:#} · {release}", verdict.as_str())?;
    if !coverage.uncovered_families.is_empty() {
        write!(
            out,
            " · no complete feed for {}",
            printable(&coverage.uncovered_families.join(", "))
        )?;
    }
    let problems = coverage.problems.len() as u64 + coverage.problems_dropped;
    if problems > 0 {
        write!(out, " · {} not read as it should be", counted(problems as usize, "thing"))?;
    }
    if !coverage.undetermined.is_empty() {
        write!(out, " · {} could not be judged", counted(coverage.undetermined.len(), "package"))?;
    }
    if !report.overruled.is_empty() {
        let count = counted(report.overruled.len(), "flaw");
        write!(out, " · {count} of other sources denied by the vendor")?;
    }
    write!(out, " · {} parts ran", coverage.parts.len())?;
    match report.envelope.newest_advisory {
        Some(day) => writeln!(out, " · newest advisory of {day}")?,
        None => writeln!(out)?,
    }
    for (name, release) in coverage.other_systems.iter().take(LISTED_PROBLEMS) {
        writeln!(out, "          {}: {}", other_system(report, name), standing(release))?;
    }
    for problem in coverage.problems.iter().take(LISTED_PROBLEMS) {
        writeln!(out, "          {}", printable(&line(problem)))?;
    }
    for entry in coverage.undetermined.iter().take(LISTED_PROBLEMS) {
        writeln!(out, "          {}: {}", printable(&entry.package), printable(&entry.reason))?;
    }
    let unlisted = problems.saturating_sub(LISTED_PROBLEMS as u64)
        + coverage.other_systems.len().saturating_sub(LISTED_PROBLEMS) as u64
        + coverage.undetermined.len().saturating_sub(LISTED_PROBLEMS) as u64;
    if unlisted > 0 {
        writeln!(out, "          and {unlisted} more: --format json has them all")?;
    }
    Ok(())
}

/// How a release is judged.
fn standing(release: &ReleaseCoverage) -> String {
    match release {
        ReleaseCoverage::NotNeeded => "no system packages".to_owned(),
        ReleaseCoverage::Unknown => "system packages of an unknown release: not judged".to_owned(),
        ReleaseCoverage::NoCompleteFeed => {
            "no feed is complete for this release: it may have more vulnerabilities".to_owned()
        }
        ReleaseCoverage::Complete { feeds } => {
            format!("release judged by {}", printable(&feeds.join(", ")))
        }
        ReleaseCoverage::NoSnapshot => "inventory only".to_owned(),
    }
}

fn line(problem: &Problem) -> String {
    let mut line = problem.kind.to_string();
    if let Some(layer) = problem.layer {
        line.push_str(&format!(", layer {layer}"));
    }
    if let Some(path) = &problem.path {
        line.push_str(&format!(", /{path}"));
    }
    format!("{line}: {}", problem.detail)
}

fn severity_style(severity: Severity) -> Style {
    let color = match severity {
        Severity::Critical => return AnsiColor::Red.on_default().bold(),
        Severity::High => AnsiColor::Red,
        Severity::Medium => AnsiColor::Yellow,
        Severity::Low => AnsiColor::Cyan,
        Severity::Negligible | Severity::Unknown => return Style::new().dimmed(),
    };
    color.on_default()
}
