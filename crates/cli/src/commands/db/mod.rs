//! The commands that make and show the advisory snapshot, one file each.

mod build;
mod lookup;
mod status;

use std::path::Path;

use plimsoll_advisory::Snapshot;

use crate::args::{DbCommand, Global};
use crate::commands::scan::{SNAPSHOT_FILE, open_snapshot};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::data_directory;

/// Builds and shows the advisory snapshot.
pub fn run(global: &Global, command: &DbCommand) -> Result<Exit, Failure> {
    let path = data_directory(global)?.join(SNAPSHOT_FILE);
    match command {
        DbCommand::Build { feeds } => build::run(global, feeds, &path),
        DbCommand::Status { json } => status::run(&path, *json),
        DbCommand::Lookup { purl } => lookup::run(&path, purl),
    }
}

pub fn required(path: &Path) -> Result<Snapshot, Failure> {
    let missing = || {
        Failure::Advisories(format!(
            "find the advisory snapshot {}\nhint: make one with plimsoll db build --feeds DIR",
            path.display()
        ))
    };
    open_snapshot(path)?.ok_or_else(missing)
}

pub fn with_causes(what: &str, error: &dyn std::error::Error) -> String {
    let mut text = format!("{what}: {error}");
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    text
}
