//! The workspace's own tasks: tests, the corpus of real data, benchmarks, generated docs, house rules.
//!
//! `cargo xtask --help` lists them. Everything that continuous integration does is one of these, so that it can be done by hand.

#![expect(clippy::disallowed_methods, reason = "works on the repository and on data for tests")]
// Tasks speak to a developer on a terminal.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod bench;
mod checks;
mod corpus;
mod docs;
mod fuzz;
mod natives;
mod text_file;
mod tidy;
mod tools;
mod workspace;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The workspace's own tasks")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Everything a change must pass: format, lints, tests, generated docs, house rules, and the corpus where it is there
    Test,
    /// Check the house rules: layering, lists, sizes, words
    Tidy,
    /// Write the generated docs
    Docs {
        /// Fail where they are not up to date, and write nothing
        #[arg(long)]
        check: bool,
    },
    /// Run every case of a folder of real data with expected results
    Corpus(corpus::CorpusArguments),
    /// Compare the inventory of real images with what the tools inside them list
    Natives(natives::NativesArguments),
    /// List the fuzz targets, or run them: for seconds, or for minutes at night
    Fuzz(fuzz::FuzzArguments),
    /// Measure speed and memory on real images
    Bench(bench::BenchArguments),
    /// The part of `bench` that runs inside an optimised build
    #[command(hide = true)]
    BenchMatching {
        /// A snapshot file
        snapshot: PathBuf,
        /// An archive with an image
        image: PathBuf,
    },
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().task {
        Task::Test => checks::run(),
        Task::Tidy => tidy::run().map(|()| true),
        Task::Docs { check } => docs::run(check).map(|()| true),
        Task::Corpus(arguments) => corpus::run(&arguments),
        Task::Natives(arguments) => natives::run(&arguments),
        Task::Fuzz(arguments) => fuzz::run(&arguments),
        Task::Bench(arguments) => bench::run(&arguments).map(|()| true),
        Task::BenchMatching { snapshot, image } => {
            bench::measure_matching(&snapshot, &image).map(|()| true)
        }
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        // What failed has been printed, and the line by which a run is judged stays the last one.
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
