//! Expectations beside their files: `NAME.expected.json` belongs to `NAME` or `NAME.zst`.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::case::Case;
use super::{entries, file_name};

const SUFFIX: &str = ".expected.json";

/// The cases of a folder: `check` gets the file's path (which may be stored with `.zst`) and its expectation's.
///
/// A file of the folder itself without an expectation is a broken case. Folders in it are searched for expectations; files
/// there without one are skipped, and named together.
pub fn cases(
    folder: &Path,
    check: impl Fn(&Path, &Path) -> Result<String> + Copy + Send + Sync + 'static,
) -> Result<Vec<Case>> {
    let kind = format!("fixtures/{}", file_name(folder));
    let mut cases = Vec::new();
    for path in entries(folder)? {
        let name = format!("{kind}/{}", file_name(&path).trim_end_matches(SUFFIX));
        if path.is_dir() {
            cases.extend(nested_cases(&path, &name, check)?);
        } else if let Some(file) = subject(&path) {
            cases.push(Case::new(name, move || check(&file, &path)));
        } else if is_aggregate(&path) {
            cases.push(Case::skipped(name, "a list of a kind that is not run"));
        } else if !has_expectation(&path) {
            cases.push(Case::broken(name, "has no expectation"));
        }
    }
    Ok(cases)
}

fn nested_cases(
    folder: &Path,
    name: &str,
    check: impl Fn(&Path, &Path) -> Result<String> + Copy + Send + Sync + 'static,
) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    let mut without = 0_usize;
    for path in files_below(folder)? {
        let below = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
        let name = format!("{name}/{}", below.trim_end_matches(SUFFIX));
        match subject(&path) {
            Some(file) => cases.push(Case::new(name, move || check(&file, &path))),
            None => without += usize::from(!has_expectation(&path)),
        }
    }
    if without > 0 {
        cases.push(Case::skipped(name, format!("without an expectation: {without} files")));
    }
    Ok(cases)
}

/// The file that an expectation is for.
fn subject(expectation: &Path) -> Option<PathBuf> {
    let name = file_name(expectation);
    let name = name.strip_suffix(SUFFIX)?;
    Some(expectation.with_file_name(name))
}

/// A JSON file that is no expectation of one file: a peer's own table of cases.
fn is_aggregate(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "json")
}

fn has_expectation(path: &Path) -> bool {
    let name = file_name(path);
    let names = [name.as_str(), name.strip_suffix(".zst").unwrap_or(&name)];
    names.iter().any(|name| path.with_file_name(format!("{name}{SUFFIX}")).is_file())
}

fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in entries(folder)? {
        if path.is_dir() {
            files.extend(files_below(&path)?);
        } else {
            files.push(path);
        }
    }
    Ok(files)
}
