//! Programs and libraries that no package manager installed, known by what their bytes say: what official images build from source or
//! unpack from an archive.
//!
//! What is known of a program is data: rows of [`fingerprint::Fingerprint`], by theme. A file is wanted for its name, and read once for
//! all rows that fit it.

mod fingerprint;
mod index;
mod scan;
mod table;
#[cfg(test)]
mod tests;
mod version;

use plimsoll_core::{PackageType, Problem, ProblemKind};

use crate::{Authority, Candidate, Extraction, Extractor, FoundPackage, WantedFile};
use fingerprint::Fingerprint;
use index::INDEX;
use version::{cpe, module_path};

pub(crate) static PROGRAM: Extractor = Extractor {
    id: "program",
    version: 3,
    summary: "Programs and libraries that no package manager installed, known by their bytes",
    patterns: &index::PATTERNS,
    wants,
    authority: Authority::Fingerprint,
    extract,
    ..Extractor::RECORD
};

/// The names of the programs that are known, each with its type of package, sorted.
#[must_use]
pub fn programs() -> Vec<(PackageType, &'static str)> {
    let rows = table::TABLES.iter().copied().flatten();
    let mut names: Vec<_> = rows.map(|row| (row.kind, row.name)).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// As many first bytes as are known of a file before it is read.
const PREFIX_BYTES: usize = 64;

fn wants(candidate: &Candidate<'_>) -> bool {
    !INDEX.fitting(candidate.path, candidate.prefix).is_empty()
}

fn extract(file: &WantedFile<'_>) -> Extraction {
    let mut prefix = [0; PREFIX_BYTES];
    let length = PREFIX_BYTES.min(usize::try_from(file.content.size()).unwrap_or(PREFIX_BYTES));
    let prefix = &mut prefix[..length];
    if let Err(error) = file.content.read_exact_at(0, prefix) {
        return Extraction::failed(Problem::new(ProblemKind::Unreadable, error.to_string()));
    }
    let rows = INDEX.fitting(file.path, prefix);
    let mut extraction = Extraction::default();
    match scan::scan(file.content, file.path.file_name(), &rows) {
        Ok((versions, problem)) => {
            extraction.problems.extend(problem);
            for (row, version) in rows.into_iter().zip(versions) {
                if let Some(package) =
                    version.and_then(|version| package(row.fingerprint, &version))
                {
                    extraction.push(package);
                }
            }
        }
        Err(error) => {
            let problem = Problem::new(ProblemKind::Unreadable, error.to_string());
            extraction.problems.push(problem);
        }
    }
    extraction
}

/// The row's package in the version that the bytes say; `None` where they say none that is one.
fn package(row: &Fingerprint, found: &str) -> Option<FoundPackage> {
    let version = (row.version)(found)?;
    let name = module_path(row.name, &version);
    let mut package = FoundPackage::new(row.kind, name, version);
    package.cpes = row.cpes.iter().map(|product| cpe(product, &package.version)).collect();
    Some(package)
}
