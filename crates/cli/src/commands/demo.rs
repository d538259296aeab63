use std::io::Cursor;
use std::num::NonZeroUsize;

use plimsoll_advisory::{Snapshot, SnapshotWriter};
use plimsoll_core::{Day, Limits};
use plimsoll_oci::{ArchiveStream, Deadline, OpenOptions, Opened};
use plimsoll_scan::{SCAN_FORMATS, ScanReport, ScanSettings, demo, scan};

use crate::args::{DemoArgs, Global};
use crate::commands::scan::{Started, exit, filters};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::write_report;
use crate::progress::TerminalProgress;
use crate::settings::now;

/// Scans an image built in memory against famous advisories: no network, no cache, no data directory.
pub fn run(global: &Global, args: &DemoArgs) -> Result<Exit, Failure> {
    let report = demonstrate(global, args)?;
    write_report(&report, (SCAN_FORMATS, &args.report.format), args.output.output.as_deref())?;
    Ok(exit(&report, &args.report))
}

fn demonstrate(global: &Global, args: &DemoArgs) -> Result<ScanReport, Failure> {
    let started = Started::now();
    let directory = tempfile::tempdir()?;
    let snapshot = snapshot(&directory.path().join("demo")).map_err(|error| {
        Failure::Advisories(format!("build the demonstration's advisories: {error}"))
    })?;
    let limits = Limits::default();
    let archive = demo::archive(&limits)?;
    let options =
        OpenOptions { platform: Some(demo::platform()), limits, ..OpenOptions::default() };
    let stream = ArchiveStream::open(Box::new(Cursor::new(archive)), &options)?;
    let progress = TerminalProgress::new(global.quiet);
    let settings = ScanSettings {
        threads: NonZeroUsize::MIN,
        limits,
        cache: None,
        progress: &progress,
        deadline: Deadline::NEVER,
        evaluation_day: args.report.as_of.unwrap_or_else(|| Day::from_unix_seconds(now())),
        filters: filters(&args.report),
    };
    let mut report = scan("demo", Opened::Stream(Box::new(stream)), Some(&snapshot), &settings)?;
    demo::TAG.clone_into(&mut report.envelope.resolved);
    Ok(started.stamp(report))
}

fn snapshot(path: &std::path::Path) -> Result<Snapshot, plimsoll_advisory::SnapshotError> {
    let mut writer = SnapshotWriter::new()?;
    for advisory in demo::advisories() {
        writer.add(&advisory)?;
    }
    for complete in demo::complete() {
        writer.declare_complete(complete);
    }
    writer.finish(path)?;
    Snapshot::open(path)
}
