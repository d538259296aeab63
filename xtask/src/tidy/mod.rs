//! `cargo xtask tidy`: the house rules that no compiler checks.

mod layering;
mod lists;
mod sources;
mod words;

use anyhow::{Result, bail};

/// Prints every broken rule, and fails if there is one.
pub fn run() -> Result<()> {
    let files = crate::workspace::files()?;
    let mut faults = layering::faults()?;
    faults.extend(lists::faults(&files)?);
    faults.extend(sources::faults(&files)?);
    faults.extend(words::faults(&files)?);
    for fault in &faults {
        println!("{fault}");
    }
    match faults.len() {
        0 => Ok(()),
        count => bail!("{count} house rules broken"),
    }
}
