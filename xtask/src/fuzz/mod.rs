//! `cargo xtask fuzz`: every decoder over inputs that libFuzzer makes, guided by the code that they reach.
//!
//! The program with all targets (`crates/fuzz`) is built with the stable compiler's own coverage instrumentation, apart from every other
//! build. Two targets run at a time, each a process with a bound on its memory and on the time of one input.

mod build;
mod process;

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use plimsoll_fuzz::{RealFiles, Target, find, seeds, targets};

use crate::workspace::{root, shared_data, target_directory};
use process::{Fixed, Outcome, Run};

/// Targets that run at the same time.
const AT_ONCE: usize = 2;
/// What all targets together may take of two processors in a check of a change, in seconds.
const CHECK_SECONDS: u64 = 150;
/// As many runs as a slow machine has the time for.
const CHECK: Fixed = Fixed { seed: 1, runs: 5_000 };

#[derive(Args)]
pub struct FuzzArguments {
    /// Run each target for so many seconds; without a duration the targets are only listed
    #[arg(long, value_name = "N", conflicts_with = "minutes")]
    seconds: Option<u64>,
    /// Run each target for so many minutes
    #[arg(long, value_name = "N")]
    minutes: Option<u64>,
    /// Only this target; may be given more than once
    #[arg(long, value_name = "NAME")]
    target: Vec<String>,
    /// Run one input that was found before, without libFuzzer
    #[arg(long, value_name = "FILE", requires = "target")]
    input: Option<PathBuf>,
    /// The folder with `fixtures` [default: ../shared beside the checkout, where it is there]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// What was asked for. Gives whether no target failed.
pub fn run(arguments: &FuzzArguments) -> Result<bool> {
    let chosen = if arguments.target.is_empty() {
        targets()
    } else {
        let chosen = arguments
            .target
            .iter()
            .map(|name| find(name).with_context(|| format!("failed to find the target `{name}`")));
        chosen.collect::<Result<_>>()?
    };
    if let Some(input) = &arguments.input {
        let bytes = crate::text_file::read_bytes(input)?;
        chosen.iter().for_each(|target| target.run(&bytes));
        println!("{} bytes, and everything holds", bytes.len());
        return Ok(true);
    }
    let seconds = arguments.seconds.or(arguments.minutes.map(|minutes| minutes * 60));
    let Some(seconds) = seconds else {
        for target in &chosen {
            println!("{:<24} {}", target.name(), target.about());
        }
        return Ok(true);
    };
    let data = arguments.data.clone().unwrap_or_else(shared_data);
    let real = RealFiles::read(&data);
    // What was learned is kept, so that the next night goes on from there.
    let corpus = Corpus::Kept(fuzz_directory()?.join("corpus"));
    fuzz(&chosen, &Session { seconds, real: &real, corpus, fixed: None })
}

/// All targets for a second or two each, from their seeds and with the same random numbers everywhere: a check of a change must not
/// fail for what another night will find.
pub fn check() -> Result<()> {
    let chosen = targets();
    let seconds = (CHECK_SECONDS / chosen.len() as u64).max(1);
    let real = RealFiles::read(&shared_data());
    let session = Session { seconds, real: &real, corpus: Corpus::Fresh, fixed: Some(CHECK) };
    ensure!(fuzz(&chosen, &session)?, "a target failed");
    Ok(())
}

/// How targets are run.
struct Session<'a> {
    seconds: u64,
    real: &'a RealFiles,
    corpus: Corpus,
    fixed: Option<Fixed>,
}

/// Where inputs that reach new code go.
enum Corpus {
    /// Nowhere.
    Fresh,
    /// A folder with a folder for each target.
    Kept(PathBuf),
}

fn fuzz_directory() -> Result<PathBuf> {
    Ok(target_directory()?.join("fuzz"))
}

fn fuzz(chosen: &[Target], session: &Session<'_>) -> Result<bool> {
    let start = Instant::now();
    let directory = fuzz_directory()?;
    let program = build::program(&directory)?;
    println!("built in {:.1} s", start.elapsed().as_secs_f32());
    let queue = Mutex::new(chosen.iter().rev().collect::<Vec<_>>());
    let next = || queue.lock().ok().and_then(|mut queue| queue.pop());
    let failed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        let work = || -> Result<()> {
            while let Some(target) = next() {
                let outcome = fuzz_target(target, session, (&program, &directory))?;
                println!("{}", outcome.line(&target.name()));
                if let Outcome::Failed(failure) = outcome
                    && let Ok(mut failed) = failed.lock()
                {
                    failed.push((target.name(), failure));
                }
            }
            Ok(())
        };
        let threads: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
        threads.into_iter().try_for_each(|thread| match thread.join() {
            Ok(outcome) => outcome,
            Err(_) => bail!("failed to run the targets: a thread panicked"),
        })
    })?;
    let failed = failed.into_inner().unwrap_or_default();
    for (name, failure) in &failed {
        println!("\n== {name}\n{failure}");
    }
    Ok(failed.is_empty())
}

fn fuzz_target(
    target: &Target,
    session: &Session<'_>,
    (program, directory): (&Path, &Path),
) -> Result<Outcome> {
    let seeds = seeds(target, session.real, &root().join("crates"));
    let scratch = tempfile::tempdir().context("failed to make a folder for seeds")?;
    let corpus = match &session.corpus {
        Corpus::Fresh => scratch.path().join("corpus"),
        Corpus::Kept(folder) => folder.join(target.name()),
    };
    let run = Run {
        program,
        name: target.name(),
        seeds: &seeds,
        scratch: scratch.path(),
        corpus: &corpus,
        failures: &directory.join("failures").join(target.name()),
        duration: Duration::from_secs(session.seconds),
        fixed: session.fixed,
    };
    run.to_end()
}
