//! What must not stand in the tree: places on somebody's machine, numbers of a tracker, addresses of package registries,
//! unfinished work.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::text_file::read_bytes;
use crate::workspace::root;

/// Each is written in halves, so that this file does not hold what it looks for.
const BANNED: &[(&str, &str)] = &[
    (concat!("/wo", "rk/"), "a place on somebody's machine"),
    (concat!("/var/", "tmp"), "a place on somebody's machine"),
    (concat!("index.", "crates.io"), "a package registry's address"),
    (concat!("static.", "crates.io"), "a package registry's address"),
    (concat!("registry.", "npmjs.org"), "a package registry's address"),
    (concat!("pypi.", "org/simple"), "a package registry's address"),
    (concat!("files.", "pythonhosted.org"), "a package registry's address"),
    (concat!("proxy.", "golang.org"), "a package registry's address"),
    (concat!("repo1.", "maven.org"), "a package registry's address"),
    (concat!("deb.", "debian.org"), "a package registry's address"),
    (concat!("TO", "DO"), "unfinished work"),
    (concat!("FIX", "ME"), "unfinished work"),
];

/// Words after which a number is a tracker's.
const TRACKER_WORDS: &[&str] =
    &[concat!("iss", "ue "), concat!("iss", "ue #"), concat!("pull req", "uest #")];

pub fn faults(files: &[PathBuf]) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for file in files {
        if file == Path::new("Cargo.lock") {
            continue;
        }
        // What is not UTF-8 is searched all the same.
        let bytes = read_bytes(&root().join(file))?;
        for (number, line) in (1..).zip(String::from_utf8_lossy(&bytes).lines()) {
            if let Some(reason) = line_fault(line) {
                faults.push(format!("{}:{number}: {reason}", file.display()));
            }
        }
    }
    Ok(faults)
}

fn line_fault(line: &str) -> Option<String> {
    if let Some((word, reason)) = BANNED.iter().find(|(word, _)| line.contains(word)) {
        return Some(format!("`{word}`, {reason}"));
    }
    let lower = line.to_lowercase();
    let numbered = |word: &&&str| {
        lower.match_indices(**word).any(|(start, _)| {
            lower[start + word.len()..].starts_with(|next: char| next.is_ascii_digit())
        })
    };
    TRACKER_WORDS.iter().find(numbered).map(|word| format!("`{word}…`, a tracker's number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_numbers_are_found() {
        for (line, fault) in [
            ("the issue of two layers", false),
            (concat!("see iss", "ue 12"), true),
            (concat!("See Iss", "ue #12"), true),
            ("a todo list", false),
            (concat!("// TO", "DO later"), true),
            (concat!("let path = \"/wo", "rk/main\";"), true),
            ("https://example.com/simple", false),
        ] {
            assert_eq!(line_fault(line).is_some(), fault, "{line}");
        }
    }
}
