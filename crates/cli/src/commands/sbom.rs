use plimsoll_scan::{SBOM_FORMATS, ScanReport};

use crate::args::{Global, SbomArgs};
use crate::commands::scan::Job;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::write_report;
use crate::settings::ImageSettings;

/// Lists what is installed. It needs no advisories, and what could not be read stands in the document.
pub fn run(global: &Global, args: &SbomArgs) -> Result<Exit, Failure> {
    let settings = ImageSettings::new(&args.image)?;
    let (typed, settings) = (args.image.image.as_str(), &settings);
    let job = Job { global, typed, settings, report: None, advisories: None };
    let output = (SBOM_FORMATS, args.format.as_str(), args.output.output.as_deref());
    if args.image.all_platforms {
        return job.all_platforms(output);
    }
    let report = job.one()?;
    write_report(&report, (output.0, output.1), output.2)?;
    warn_of_problems(&report);
    Ok(Exit::Pass)
}

pub fn warn_of_problems(report: &ScanReport) {
    if !report.coverage.problems.is_empty() {
        let problems = report.coverage.problems.len();
        tracing::warn!(problems, "something could not be read; the document's properties say what");
    }
}
