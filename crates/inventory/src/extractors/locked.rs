//! What lock files have in common: lists of what a project was resolved to, of which nobody says whether it was built into anything.
//!
//! Such a file is left in an image by whoever built there. It counts for what the project needs, as declared; those of tests, and of what
//! a package manager unpacked to build it, count for nothing.

use std::collections::BTreeSet;

use plimsoll_core::{ImagePath, Limits, PackageType, Problem, ProblemKind};

use super::embedded_sbom::lies_in_tests;
use crate::fields::{field, malformed};
use crate::{Extraction, FoundPackage, FoundState};

/// Directories in which Cargo and Julia keep the sources of what they fetched, with the lock files of their authors.
const FETCHED: [&str; 3] = ["registry/src/", "git/checkouts/", ".julia/packages/"];

/// True for the lock file of a project that somebody put into the image.
pub(super) fn is_of_a_project(path: &ImagePath) -> bool {
    let text = path.as_str();
    let is_fetched = FETCHED.iter().any(|directory| {
        text.match_indices(directory)
            .any(|(at, _)| at == 0 || text.as_bytes().get(at - 1) == Some(&b'/'))
    });
    !is_fetched && !lies_in_tests(path.parent())
}

/// The packages of one lock file, each once.
pub(super) struct Locked {
    kind: PackageType,
    most: usize,
    seen: BTreeSet<(String, String)>,
    extraction: Extraction,
    unusable: usize,
    left_out: usize,
}

impl Locked {
    pub(super) fn new(kind: PackageType, limits: &Limits) -> Self {
        Self {
            kind,
            most: limits.packages_per_file,
            seen: BTreeSet::new(),
            extraction: Extraction::default(),
            unusable: 0,
            left_out: 0,
        }
    }

    /// Adds a package; what lacks a name or a version is counted.
    pub(super) fn push(
        &mut self,
        (name, version): (Option<&str>, Option<&str>),
        repository: Option<&str>,
    ) {
        let (Some(name), Some(version)) = (name.and_then(field), version.and_then(field)) else {
            self.unusable += 1;
            return;
        };
        self.add(name, version, repository);
    }

    /// Adds a package that has no version there.
    pub(super) fn push_unversioned(&mut self, name: &str) {
        match field(name) {
            Some(name) => self.add(name, "", None),
            None => self.unusable += 1,
        }
    }

    fn add(&mut self, name: &str, version: &str, repository: Option<&str>) {
        if self.seen.len() >= self.most {
            self.left_out += 1;
            return;
        }
        if self.seen.insert((name.to_owned(), version.to_owned())) {
            let mut package = FoundPackage::new(self.kind, name, version);
            package.state = FoundState::Declared;
            package.repository = repository.and_then(field).map(str::to_owned);
            self.extraction.push(package);
        }
    }

    pub(super) fn finish(mut self) -> Extraction {
        if self.unusable > 0 {
            let detail = format!("{} entries without a name or a version", self.unusable);
            self.extraction.problems.push(malformed(detail));
        }
        if self.left_out > 0 {
            let detail = format!("more than the {} packages that are read of one file", self.most);
            self.extraction.problems.push(Problem::new(ProblemKind::LimitExceeded, detail));
        }
        self.extraction
    }
}

/// The tables of an array in TOML as tools write it, `[[deps.JSON]]`: the name, and the lines of values below it.
pub(super) fn tables(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let pieces = text.split("\n[").enumerate();
    pieces.filter_map(|(position, piece)| {
        // The first piece has its bracket, where the text begins with a table.
        let piece = if position == 0 { piece.strip_prefix('[')? } else { piece };
        let (header, values) = piece.split_once('\n').unwrap_or((piece, ""));
        let name = header.strip_prefix('[')?.split(']').next()?;
        Some((name.trim(), values))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lock_files_of_projects_count() {
        for (path, expected) in [
            ("Cargo.lock", true),
            ("usr/src/app/Cargo.lock", true),
            ("usr/local/cargo/registry/src/example.com-6f17/serde-1.0.0/Cargo.lock", false),
            ("root/.cargo/git/checkouts/a-0a1b/c2d3/Cargo.lock", false),
            ("srv/my-registry/src/Cargo.lock", true),
            ("root/.julia/packages/HTTP/sJD5V/Manifest.toml", false),
            ("app/tests/Cargo.lock", false),
        ] {
            assert_eq!(is_of_a_project(&ImagePath::new(path)), expected, "{path}");
        }
    }

    #[test]
    fn tables_are_found_from_the_first_line_to_the_last() {
        let text = "[[package]]\nname = \"a\"\n\n[metadata]\nx = 1\n\n[[ deps.B ]]\n[[c";
        let found: Vec<_> = tables(text).collect();
        assert_eq!(found, [("package", "name = \"a\"\n"), ("deps.B", ""), ("c", "")]);
        assert_eq!(tables("name = 1\n").count(), 0);
    }
}
