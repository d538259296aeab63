//! The time and the peak memory of a child process.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::text_file::read_text;

/// How often a child's memory is looked at. The kernel keeps the peak itself, so only what grows in the last moment is missed.
const INTERVAL: Duration = Duration::from_millis(2);

#[derive(Clone, Copy)]
pub struct Measured {
    pub seconds: f64,
    /// Peak of the resident set, in bytes.
    pub peak_bytes: u64,
}

/// Runs the command to its end, its output thrown away. `exit_codes` are those that count as success.
pub fn child(command: &mut Command, exit_codes: &[i32]) -> Result<Measured> {
    let name = format!("{command:?}").replace('"', "");
    let start = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("failed to run {name}"))?;
    let status_file = format!("/proc/{}/status", child.id());
    let ended = AtomicBool::new(false);
    let (status, seconds, peak_bytes) = std::thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut peak = 0;
            while !ended.load(Ordering::Acquire) {
                peak = peak_of(Path::new(&status_file)).unwrap_or(0).max(peak);
                std::thread::sleep(INTERVAL);
            }
            peak
        });
        let status = child.wait();
        let seconds = start.elapsed().as_secs_f64();
        ended.store(true, Ordering::Release);
        (status, seconds, watcher.join().unwrap_or(0))
    });
    let status = status.with_context(|| format!("failed to wait for {name}"))?;
    ensure!(
        status.code().is_some_and(|code| exit_codes.contains(&code)),
        "{name} failed: {status}"
    );
    Ok(Measured { seconds, peak_bytes })
}

/// Runs `work` and gives its seconds.
pub fn time(work: impl FnOnce() -> Result<()>) -> Result<f64> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed().as_secs_f64())
}

/// The middle value.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// `VmHWM` of proc(5), in bytes.
fn peak_of(status_file: &Path) -> Option<u64> {
    let text = read_text(status_file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kibibytes << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_is_measured_and_its_failure_is_named() {
        let measured = child(Command::new("sleep").arg("0.05"), &[0]).unwrap();
        assert!(measured.seconds >= 0.05);
        assert!(measured.peak_bytes > 0);
        assert!(child(&mut Command::new("false"), &[0]).is_err());
        assert!(child(&mut Command::new("false"), &[0, 1]).is_ok());
    }

    #[test]
    fn the_median_is_the_middle_of_the_sorted_values() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
    }
}
