//! `cargo xtask bench`: speed and memory on real images, against programs that do a part of the same work.
//!
//! The file cache is warm, plimsoll's own cache is empty, all processors are used. Absolute times say something about the machine;
//! what is judged is the ratio to a yardstick that ran in the same rounds.

mod files;
mod images;
mod machine;
mod measure;
mod snapshot;
mod table;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Args;

use crate::workspace::{self, shared_data};
use table::Table;

pub use snapshot::measure_matching;

#[derive(Args)]
pub struct BenchArguments {
    /// The folder with debian12-web.tar and debian12-big.tar
    #[arg(long, value_name = "DIR")]
    images: PathBuf,
    /// The folder of advisory feeds [default: ../shared/feeds beside the checkout]
    #[arg(long, value_name = "DIR")]
    feeds: Option<PathBuf>,
    /// How often each is measured; medians are shown
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// The profile that is measured; `bench-dev` builds faster
    #[arg(long, default_value = "release")]
    profile: String,
    /// Write docs/benchmarks.md
    #[arg(long)]
    write: bool,
}

/// What is measured with: the optimised program and the input.
struct Bench {
    program: PathBuf,
    images: PathBuf,
    feeds: PathBuf,
    rounds: usize,
    profile: String,
}

impl Bench {
    fn image(&self, name: &str) -> Result<PathBuf> {
        let file = self.images.join(format!("{name}.tar"));
        ensure!(
            file.is_file(),
            "failed to find {}\nhint: {}/images/build {} {name}",
            file.display(),
            shared_data().display(),
            self.images.display(),
        );
        Ok(file)
    }
}

pub fn run(arguments: &BenchArguments) -> Result<()> {
    crate::tools::ensure()?;
    ensure!(arguments.rounds > 0, "failed to measure in no rounds");
    let bench = Bench {
        program: workspace::build_program(&arguments.profile)?,
        images: std::path::absolute(&arguments.images).context("failed to find the images")?,
        feeds: arguments.feeds.clone().unwrap_or_else(|| shared_data().join("feeds")),
        rounds: arguments.rounds,
        profile: arguments.profile.clone(),
    };
    let mut table = Table::default();
    images::measure(&bench, &mut table)?;
    files::measure(&bench, &mut table)?;
    snapshot::measure(&bench, &mut table)?;
    let text = document(&table, bench.rounds)?;
    println!("{text}");
    if arguments.write {
        let path = workspace::root().join("docs/benchmarks.md");
        write(&path, &text)?;
    }
    Ok(())
}

fn document(table: &Table, rounds: usize) -> Result<String> {
    Ok(format!(
        "# Benchmarks\n\nWritten by `cargo xtask bench`. Medians of {rounds} rounds; file cache warm, own cache empty.\n\n\
         Machine: {}.\n\n{table}",
        machine::describe()?,
    ))
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).with_context(|| format!("failed to write {}", path.display()))
}
