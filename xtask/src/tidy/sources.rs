//! Files stay small enough to be read at one sitting, and say what they are.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::text_file::read_text;
use crate::workspace::root;

const MOST_LINES: usize = 500;
const MOST_COLUMNS: usize = 140;

pub fn faults(files: &[PathBuf]) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for file in files {
        if file.extension().is_some_and(|extension| extension == "rs") {
            faults.extend(source_faults(file, &read_text(&root().join(file))?));
        }
    }
    Ok(faults)
}

fn source_faults(file: &Path, text: &str) -> Vec<String> {
    let name = file.display();
    let mut faults = Vec::new();
    let lines = text.lines().count();
    if lines > MOST_LINES {
        faults.push(format!("{name}: {lines} lines, more than {MOST_LINES}"));
    }
    for (number, line) in (1..).zip(text.lines()) {
        let columns = line.chars().count();
        if columns > MOST_COLUMNS {
            faults.push(format!("{name}:{number}: {columns} columns, more than {MOST_COLUMNS}"));
        }
    }
    let is_crate_root = file.ends_with("src/lib.rs") || file.ends_with("src/main.rs");
    if is_crate_root && !text.starts_with("//!") {
        faults.push(format!("{name}: does not begin with what the crate is"));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_files_long_lines_and_nameless_crates_are_faults() {
        let file = Path::new("crates/a/src/lib.rs");
        assert_eq!(source_faults(file, "//! A crate.\n"), Vec::<String>::new());
        assert_eq!(source_faults(file, "mod a;\n").len(), 1);
        assert_eq!(source_faults(file, &format!("//! {}", "x".repeat(MOST_COLUMNS))).len(), 1);
        assert_eq!(source_faults(file, &"//!\n".repeat(MOST_LINES + 1)).len(), 1);
    }
}
