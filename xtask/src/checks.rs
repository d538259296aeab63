//! `cargo xtask test`: everything that a change must pass, cheapest first.

use std::env;
use std::time::Instant;

use anyhow::{Result, bail};

use crate::workspace::{cargo, run as run_command, shared_data};
use crate::{corpus, docs, fuzz, tidy, tools};

/// Runs every check; the corpus too where its folder stands beside the checkout, and always in continuous integration. Gives
/// whether the corpus passed; another check that fails ends the run.
pub fn run() -> Result<bool> {
    step("tidy", tidy::run)?;
    step("format", || run_command(&mut cargo(["fmt", "--all", "--", "--check"])))?;
    step("tools", tools::ensure)?;
    let lints = ["clippy", "--quiet", "--workspace", "--all-targets", "--", "--deny", "warnings"];
    step("lints", || run_command(&mut cargo(lints)))?;
    step("docs", || docs::run(true))?;
    step("tests", || run_command(&mut cargo(["test", "--quiet", "--workspace"])))?;
    step("fuzz", fuzz::check)?;
    let data = shared_data();
    if data.is_dir() {
        println!("== corpus");
        return corpus::run(&corpus::CorpusArguments::default());
    }
    if env::var_os("CI").is_some() {
        bail!("failed to find the corpus at {}", data.display());
    }
    println!("== corpus: not run, {} is not there", data.display());
    Ok(true)
}

fn step(name: &str, check: impl FnOnce() -> Result<()>) -> Result<()> {
    println!("== {name}");
    let start = Instant::now();
    check()?;
    println!("== {name}: passed in {:.1} s", start.elapsed().as_secs_f32());
    Ok(())
}
