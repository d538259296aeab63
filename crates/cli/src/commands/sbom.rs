use plimsoll_scan::SBOM_FORMATS;

use crate::args::{Global, SbomArgs};
use crate::commands::scan::scan_image;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::write_report;
use crate::settings::ImageSettings;

/// Lists what is installed. It needs no advisories, and what could not be read stands in the document.
pub fn run(global: &Global, args: &SbomArgs) -> Result<Exit, Failure> {
    let settings = ImageSettings::new(&args.image)?;
    let report = scan_image(global, &args.image.image, (&settings, None), None)?;
    write_report(&report, (SBOM_FORMATS, &args.format), args.output.output.as_deref())?;
    if !report.coverage.problems.is_empty() {
        let problems = report.coverage.problems.len();
        tracing::warn!(problems, "something could not be read; the document's properties say what");
    }
    Ok(Exit::Pass)
}
