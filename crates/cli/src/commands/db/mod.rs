//! The commands that make and show the advisory snapshot, one file each.

mod build;
mod difference;
mod lookup;
mod status;
mod transfer;
mod update;

use std::path::Path;

use plimsoll_advisory::Snapshot;

use crate::advisories::{SNAPSHOT_FILE, open_snapshot};
use crate::args::{DbCommand, Global};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::{data_directory, feeds_directory};

/// Builds and shows the advisory snapshot.
pub fn run(global: &Global, command: &DbCommand) -> Result<Exit, Failure> {
    let path = data_directory(global)?.join(SNAPSHOT_FILE);
    match command {
        DbCommand::Build { feeds } => build::run(global, feeds, &path),
        DbCommand::Update(args) => update::run(global, args, &path),
        DbCommand::Status { json, feeds } => {
            status::run(&path, &feeds_directory(global, feeds)?, *json)
        }
        DbCommand::Lookup { purl } => lookup::run(&path, purl),
        DbCommand::Diff(args) => difference::run(args),
        DbCommand::Export { file } => transfer::export(&path, file),
        DbCommand::Import { file } => transfer::import(&path, file),
    }
}

pub fn required(path: &Path) -> Result<Snapshot, Failure> {
    let missing = || {
        Failure::Advisories(format!(
            "find the advisory snapshot {}\nhint: make one with plimsoll db update, or from files with plimsoll db build --feeds DIR",
            path.display()
        ))
    };
    open_snapshot(path)?.ok_or_else(missing)
}
