use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, Result, ensure};

use crate::workspace::{cargo, program_built};

/// LLVM's coverage instrumentation as libFuzzer reads it (clang.llvm.org/docs/SanitizerCoverage.html): a counter for each edge, and
/// the operands of comparisons, from which it learns what bytes the code waits for. One unit of code a crate, so that the counters of
/// all units are found by the linker.
const FLAGS: &[&str] = &[
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Ccodegen-units=1",
];

/// Builds the instrumented program below that folder, apart from the builds of everything else, and gives its path.
pub fn program(directory: &Path) -> Result<PathBuf> {
    let target = host()?;
    let mut command = cargo(["build", "--quiet", "--message-format", "json-render-diagnostics"]);
    let output = command
        .args(["--package", "plimsoll-fuzz", "--features", "libfuzzer", "--profile", "fuzz"])
        // With a target named, build scripts and macros are not instrumented.
        .args(["--target", &target, "--target-dir"])
        .arg(directory)
        .env("RUSTFLAGS", FLAGS.join(" "))
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .stderr(Stdio::inherit())
        .output()
        .context("failed to run cargo build")?;
    ensure!(output.status.success(), "failed to build the fuzz targets: cargo {}", output.status);
    program_built(&output.stdout, "plimsoll-fuzz")
}

/// This machine's target triple.
fn host() -> Result<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = std::process::Command::new(rustc).arg("-vV").output();
    let output = output.context("failed to run rustc")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("failed to learn this machine's target from rustc")
}
