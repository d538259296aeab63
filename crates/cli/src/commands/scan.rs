use std::path::Path;
use std::time::Instant;

use plimsoll_advisory::{Snapshot, SnapshotError};
use plimsoll_core::{CoverageVerdict, Day};
use plimsoll_matching::FindingKind;
use plimsoll_oci::Opened;
use plimsoll_scan::{Filters, SCAN_FORMATS, ScanReport, ScanSettings, scan};

use crate::args::{Global, ReportArgs, ScanArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::write_report;
use crate::progress::TerminalProgress;
use crate::settings::{ImageSettings, data_directory, now, rfc3339};

/// The snapshot's file in the data directory.
pub const SNAPSHOT_FILE: &str = "advisories.plimsoll";

/// Scans an image.
pub fn run(global: &Global, args: &ScanArgs) -> Result<Exit, Failure> {
    let settings = ImageSettings::new(&args.image)?;
    let snapshot = open_snapshot(&data_directory(global)?.join(SNAPSHOT_FILE))?;
    let report =
        scan_image(global, &args.image.image, (&settings, Some(&args.report)), snapshot.as_ref())?;
    write_report(&report, (SCAN_FORMATS, &args.report.format), args.output.output.as_deref())?;
    if snapshot.is_none() {
        tracing::warn!(
            "there is no advisory snapshot, so nothing was judged; make one: plimsoll db build --feeds DIR"
        );
    }
    Ok(exit(&report, &args.report))
}

/// Opens an image and scans it, with the times of the envelope.
pub fn scan_image(
    global: &Global,
    reference: &str,
    (settings, report): (&ImageSettings, Option<&ReportArgs>),
    snapshot: Option<&Snapshot>,
) -> Result<ScanReport, Failure> {
    let progress = TerminalProgress::new(global.quiet);
    progress.say(&format!("opening {reference}"));
    let started = Started::now();
    let opened = plimsoll_oci::open(&settings.reference, &settings.open)?;
    if let Opened::Image(image) = &opened {
        progress.say(&format!("reading {}", image.resolved));
    }
    let scan_settings = ScanSettings {
        threads: settings.threads,
        limits: settings.open.limits,
        cache: settings.cache.as_ref(),
        progress: &progress,
        evaluation_day: report
            .and_then(|report| report.as_of)
            .unwrap_or_else(|| Day::from_unix_seconds(now())),
        filters: report.map(filters).unwrap_or_default(),
    };
    let report = scan(reference, opened, snapshot, &scan_settings);
    progress.finish();
    Ok(started.stamp(report?))
}

/// What of the findings was asked for.
pub fn filters(report: &ReportArgs) -> Filters {
    Filters { severities: report.severity.clone(), fixed_only: report.fixed_only }
}

/// When a scan began.
pub struct Started {
    unix_seconds: u64,
    instant: Instant,
}

impl Started {
    pub fn now() -> Self {
        Self { unix_seconds: now(), instant: Instant::now() }
    }

    /// Fills in the times of a report that is ready.
    pub fn stamp(&self, mut report: ScanReport) -> ScanReport {
        report.envelope.started_at = rfc3339(self.unix_seconds);
        report.envelope.duration_milliseconds =
            u64::try_from(self.instant.elapsed().as_millis()).unwrap_or(u64::MAX);
        report
    }
}

/// The snapshot, `None` where there is none yet.
pub fn open_snapshot(path: &Path) -> Result<Option<Snapshot>, Failure> {
    if !path.exists() {
        return Ok(None);
    }
    let explain = |error: SnapshotError| {
        Failure::Advisories(format!(
            "read the advisory snapshot {}: {error}\nhint: build it again with plimsoll db build --feeds DIR",
            path.display()
        ))
    };
    Snapshot::open(path).map(Some).map_err(explain)
}

/// How a finished scan ends: the worst first.
pub fn exit(report: &ScanReport, args: &ReportArgs) -> Exit {
    let fails = args.fail_on.is_some_and(|threshold| {
        report
            .findings
            .iter()
            .any(|finding| finding.kind == FindingKind::Malware || finding.severity >= threshold)
    });
    let is_incomplete = report.coverage.verdict() != CoverageVerdict::Complete;
    match () {
        () if report.advisories.is_none() => Exit::AdvisoriesMissing,
        () if fails => Exit::PolicyFailed,
        () if args.require_coverage && is_incomplete => Exit::CoverageIncomplete,
        () => Exit::Pass,
    }
}
