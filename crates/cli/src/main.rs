//! The `plimsoll` program: arguments, settings, printing and exit codes. The work is in the other crates.

mod advisories;
mod args;
mod commands;
mod duration;
mod exit;
mod failure;
mod output;
mod progress;
mod settings;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;
use tracing_subscriber::filter::LevelFilter;

use crate::args::{Arguments, Command, Global};
use crate::exit::Exit;
use crate::failure::Failure;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are answers; that they could not be printed is nobody's concern.
            let _ = error.print();
            return match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Exit::Pass.into(),
                _ => Exit::Usage.into(),
            };
        }
    };
    start_log(&arguments.global);
    escape_panics();
    match std::panic::catch_unwind(|| run(&arguments)) {
        Ok(Ok(exit)) => exit.into(),
        Ok(Err(failure)) => {
            let message = failure.to_string();
            let lines: Vec<_> = message.lines().map(plimsoll_scan::printable).collect();
            let _ = writeln!(anstream::stderr(), "error: failed to {}", lines.join("\n"));
            failure.exit().into()
        }
        // The panic's message is on standard error already.
        Err(_) => Exit::Bug.into(),
    }
}

/// A panic's message may quote a name from an image: it is printed like one.
fn escape_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let message = panic.to_string();
        let lines: Vec<_> = message.lines().map(plimsoll_scan::printable).collect();
        let _ = writeln!(anstream::stderr(), "bug: {}", lines.join("\n"));
    }));
}

fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let global = &arguments.global;
    match &arguments.command {
        Command::Demo(args) => commands::demo::run(global, args),
        Command::Scan(args) => commands::scan::run(global, args),
        Command::Sbom(args) => commands::sbom::run(global, args),
        Command::Db(command) => commands::db::run(global, command),
    }
}

fn start_log(global: &Global) {
    let level = match (global.quiet, global.verbose) {
        (true, _) => LevelFilter::ERROR,
        (false, 0) => LevelFilter::WARN,
        (false, 1) => LevelFilter::INFO,
        (false, _) => LevelFilter::TRACE,
    };
    // A file or a pipe has no colours, and neither has a terminal whose user wants none (no-color.org).
    let choice = anstream::AutoStream::choice(&std::io::stderr());
    tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(std::io::stderr)
        .with_ansi(choice != anstream::ColorChoice::Never)
        .with_target(false)
        .without_time()
        .init();
}
