use std::rc::Rc;
use std::time::Instant;

use plimsoll_advisory::Snapshot;
use plimsoll_core::{CoverageVerdict, Day};
use plimsoll_matching::FindingKind;
use plimsoll_oci::{Opened, Reference};
use plimsoll_scan::{
    Filters, SCAN_FORMATS, ScanError, ScanReport, ScanSettings, Subject, judge, read,
};

use crate::advisories::{Advisories, SNAPSHOT_FILE};
use crate::args::{Global, ReportArgs, ScanArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::write_report;
use crate::progress::TerminalProgress;
use crate::settings::{ImageSettings, data_directory, now, rfc3339, scan_update_settings};

/// Scans an image.
pub fn run(global: &Global, args: &ScanArgs) -> Result<Exit, Failure> {
    let settings = ImageSettings::new(&args.image)?;
    let path = data_directory(global)?.join(SNAPSHOT_FILE);
    let advisories = Advisories::open(&path, scan_update_settings(global, args)?)?;
    let job = Job {
        global,
        typed: &args.image.image,
        settings: &settings,
        report: Some(&args.report),
        advisories: Some(&advisories),
    };
    let output = (SCAN_FORMATS, args.report.format.as_str(), args.output.output.as_deref());
    let ended = if args.image.all_platforms {
        job.all_platforms(output)?
    } else {
        let report = job.one()?;
        write_report(&report, (output.0, output.1), output.2)?;
        exit(&report, &args.report)
    };
    if advisories.snapshot().is_none() {
        tracing::warn!(
            "there is no advisory snapshot, so nothing was judged; make one: plimsoll db update"
        );
    }
    Ok(ended)
}

/// What is scanned, and how.
pub struct Job<'a> {
    pub global: &'a Global,
    /// The reference as it was typed.
    pub typed: &'a str,
    pub settings: &'a ImageSettings,
    /// `None` for an inventory only, and so are the advisories.
    pub report: Option<&'a ReportArgs>,
    pub advisories: Option<&'a Advisories>,
}

impl Job<'_> {
    /// Opens the image and scans it, with the times of the envelope.
    pub fn one(&self) -> Result<ScanReport, Failure> {
        let progress = TerminalProgress::new(self.global.quiet);
        progress.say(&format!("opening {}", self.typed));
        let started = Started::now();
        let reference = self.located(&progress);
        let opened = plimsoll_oci::open(&reference, &self.settings.open)?;
        self.scan(opened, &progress, &started)
    }

    /// Scans what was opened.
    pub fn scan(
        &self,
        opened: Opened,
        progress: &TerminalProgress,
        started: &Started,
    ) -> Result<ScanReport, Failure> {
        if let Opened::Image(image) = &opened {
            progress.say(&format!("reading {}", image.resolved));
        }
        let settings = self.settings;
        let scan_settings = ScanSettings {
            threads: settings.threads,
            limits: settings.open.limits,
            cache: settings.cache.as_ref(),
            progress,
            deadline: settings.deadline,
            evaluation_day: self
                .report
                .and_then(|report| report.as_of)
                .unwrap_or_else(|| Day::from_unix_seconds(now())),
            filters: self.report.map(filters).unwrap_or_default(),
        };
        let subject = read(self.typed, opened, &scan_settings);
        progress.finish();
        let report = self.judged(subject?, &scan_settings, progress)?;
        Ok(started.stamp(report))
    }

    fn judged(
        &self,
        subject: Subject,
        settings: &ScanSettings<'_>,
        progress: &TerminalProgress,
    ) -> Result<ScanReport, Failure> {
        let judge = |subject, snapshot: Option<Rc<Snapshot>>| {
            judge(subject, snapshot.as_deref(), settings).map_err(ScanError::from)
        };
        let Some(advisories) = self.advisories else { return Ok(judge(subject, None)?) };
        let snapshot = advisories.for_families(subject.families(), progress)?;
        if !advisories.can_update() {
            return Ok(judge(subject, snapshot)?);
        }
        // That a snapshot is damaged may show only where it is read.
        match judge(subject.clone(), snapshot) {
            Err(ScanError::Advisories(error)) => {
                advisories.forget(&error);
                let snapshot = advisories.for_families(subject.families(), progress)?;
                Ok(judge(subject, snapshot)?)
            }
            judged => Ok(judged?),
        }
    }

    /// A name without a prefix may be an engine's or a registry's: which it is, is said.
    fn located(&self, progress: &TerminalProgress) -> Reference {
        let reference = self.settings.reference.clone();
        let is_name = matches!(reference, Reference::Name { .. });
        let located = plimsoll_oci::daemon::locate(reference, &self.settings.open);
        let name = match &located {
            Reference::Daemon(daemon) => daemon.to_string(),
            Reference::Registry(registry) => format!("registry:{registry}"),
            _ => return located,
        };
        if is_name {
            progress.note(&format!("{} is {name}", self.typed));
        }
        located
    }
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
