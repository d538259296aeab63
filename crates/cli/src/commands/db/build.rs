use std::io::{self, Write};
use std::path::Path;

use plimsoll_feeds::{BuildOptions, BuildReport, OF_NO_FEED, Progress, build};
use plimsoll_scan::printable;

use crate::advisories::{build_options, say_building, warn_of_gaps};
use crate::args::Global;
use crate::exit::Exit;
use crate::failure::{Chain, Failure};
use crate::output::{size, write};
use crate::progress::TerminalProgress;

/// Builds the snapshot from feeds on disk. What is damaged costs only itself.
pub fn run(global: &Global, feeds: &Path, path: &Path) -> Result<Exit, Failure> {
    if !feeds.exists() {
        return Err(Failure::Usage(format!("read feeds: there is no {}", feeds.display())));
    }
    let directory = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(directory).map_err(|error| {
        Failure::Usage(format!("make the data directory {}: {error}", directory.display()))
    })?;
    let terminal = TerminalProgress::new(global.quiet);
    let mut report = |progress: Progress<'_>| say_building(&terminal, progress);
    let options = BuildOptions { past_damage: true, ..build_options(path) };
    let built = build(&[feeds.to_owned()], path, &options, &mut report);
    terminal.finish();
    let failed =
        |error| Failure::Advisories(format!("build the advisory snapshot: {}", Chain(&error)));
    let built = built.map_err(failed)?;
    write(None, |out| write_built(&built, path, out))?;
    warn_of_gaps(&built);
    // What is missing from the snapshot is a gap in what scans can tell.
    Ok(if built.has_gaps() { Exit::CoverageIncomplete } else { Exit::Pass })
}

fn write_built(built: &BuildReport, path: &Path, out: &mut dyn Write) -> io::Result<()> {
    for source in &built.sources {
        let rejected: u64 = source.rejected.values().sum();
        write!(out, "{:>8} records  {}", source.records, printable(&source.name))?;
        if rejected > 0 {
            write!(out, ", {rejected} rejected")?;
        }
        if let Some(documents) = source.ignored.get(OF_NO_FEED) {
            write!(out, ", {documents} of no feed")?;
        }
        writeln!(out)?;
        for (reason, count) in &source.rejected {
            writeln!(out, "{count:>16}  {}", printable(reason))?;
        }
    }
    write_end(built, path, out)
}

/// What was left out, and what it all came to.
pub fn write_end(built: &BuildReport, path: &Path, out: &mut dyn Write) -> io::Result<()> {
    for skipped in &built.skipped {
        writeln!(out, " skipped           {}: {}", printable(&skipped.name), skipped.reason)?;
    }
    writeln!(out, "\n{} · {} · revision {}", path.display(), size(built.bytes), built.revision)
}
