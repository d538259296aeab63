//! What the numbers were measured on.

use std::path::Path;

use anyhow::Result;

use crate::text_file::read_text;

/// Processor, number of processors, kernel.
pub fn describe() -> Result<String> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let information = read_text(Path::new("/proc/cpuinfo"))?;
    let model = information
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("unknown processor", |rest| rest.trim_start_matches(['\t', ' ', ':']));
    let kernel = read_text(Path::new("/proc/sys/kernel/osrelease"))?;
    Ok(format!("{model}, {processors} processors, Linux {}", kernel.trim()))
}
