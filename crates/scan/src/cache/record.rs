//! The records of the layer cache: shapes of their own, so that a change of an aggregate is seen to change the format.
//!
//! A record of another format is never read: [`FORMAT`] is part of every key.

use plimsoll_core::{ImagePath, PathHash, Problem, ProblemKind};
use plimsoll_inventory::{Fact, FileFacts, PartResult, Structure};
use serde::{Deserialize, Serialize};

/// Raised with every change of the shapes below, of [`Fact`], or of which files parts are given.
pub const FORMAT: u32 = 5;

/// A layer's names.
#[derive(Serialize, Deserialize)]
pub struct StructureRecord {
    files: Vec<u8>,
    directories: Vec<u8>,
    whiteouts: Vec<String>,
    opaque: Vec<String>,
    symlinks: Vec<(String, String)>,
    hard_links: Vec<(String, String)>,
    problems: Vec<ProblemRecord>,
    problems_dropped: u64,
    /// Uncompressed bytes of the layer.
    size: u64,
}

/// What one part read of a layer.
#[derive(Serialize, Deserialize)]
pub struct PartRecord {
    files: Vec<(String, Vec<Fact>)>,
    problems: Vec<ProblemRecord>,
    problems_dropped: u64,
}

#[derive(Serialize, Deserialize)]
struct ProblemRecord {
    kind: String,
    part: Option<String>,
    path: Option<String>,
    detail: String,
}

impl StructureRecord {
    pub fn new(structure: &Structure, size: u64) -> Self {
        let strings = |paths: &[ImagePath]| paths.iter().map(ToString::to_string).collect();
        Self {
            files: to_bytes(&structure.files),
            directories: to_bytes(&structure.directories),
            whiteouts: strings(&structure.whiteouts),
            opaque: strings(&structure.opaque),
            symlinks: structure
                .symlinks
                .iter()
                .map(|(path, to)| (path.to_string(), to.clone()))
                .collect(),
            hard_links: structure
                .hard_links
                .iter()
                .map(|(path, to)| (path.to_string(), to.to_string()))
                .collect(),
            problems: structure.problems.iter().map(ProblemRecord::new).collect(),
            problems_dropped: structure.problems_dropped,
            size,
        }
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    /// `None` where a problem is of a kind that this version does not know, or their number is none.
    pub fn into_structure(self) -> Option<Structure> {
        let paths = |texts: Vec<String>| texts.iter().map(|text| ImagePath::new(text)).collect();
        Some(Structure {
            files: from_bytes(&self.files),
            directories: from_bytes(&self.directories),
            whiteouts: paths(self.whiteouts),
            opaque: paths(self.opaque),
            symlinks: self
                .symlinks
                .into_iter()
                .map(|(path, to)| (ImagePath::new(&path), to))
                .collect(),
            hard_links: self
                .hard_links
                .iter()
                .map(|(path, to)| (ImagePath::new(path), ImagePath::new(to)))
                .collect(),
            problems: self
                .problems
                .into_iter()
                .map(ProblemRecord::into_problem)
                .collect::<Option<_>>()?,
            problems_dropped: counted(self.problems_dropped)?,
        })
    }
}

impl PartRecord {
    pub fn new(result: &PartResult) -> Self {
        Self {
            files: result
                .files
                .iter()
                .map(|file| (file.path.to_string(), file.facts.clone()))
                .collect(),
            problems: result.problems.iter().map(ProblemRecord::new).collect(),
            problems_dropped: result.problems_dropped,
        }
    }

    /// `None` where a problem is of a kind that this version does not know, or their number is none.
    pub fn into_result(self) -> Option<PartResult> {
        let file =
            |(path, facts): (String, Vec<Fact>)| FileFacts { path: ImagePath::new(&path), facts };
        Some(PartResult {
            files: self.files.into_iter().map(file).collect(),
            problems: self
                .problems
                .into_iter()
                .map(ProblemRecord::into_problem)
                .collect::<Option<_>>()?,
            problems_dropped: counted(self.problems_dropped)?,
        })
    }
}

impl ProblemRecord {
    fn new(problem: &Problem) -> Self {
        Self {
            kind: problem.kind.as_str().to_owned(),
            part: problem.part.clone(),
            path: problem.path.as_ref().map(ToString::to_string),
            detail: problem.detail.clone(),
        }
    }

    fn into_problem(self) -> Option<Problem> {
        Some(Problem {
            kind: ProblemKind::ALL.into_iter().find(|kind| kind.as_str() == self.kind)?,
            part: self.part,
            path: self.path.map(|path| ImagePath::new(&path)),
            layer: None,
            detail: self.detail,
        })
    }
}

/// A number of problems, of which a layer has fewer than this in any case: sums of them stay sums.
fn counted(problems: u64) -> Option<u64> {
    (problems <= u64::from(u32::MAX)).then_some(problems)
}

fn to_bytes(hashes: &[PathHash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.to_le_bytes()).collect()
}

fn from_bytes(bytes: &[u8]) -> Vec<PathHash> {
    bytes.as_chunks::<8>().0.iter().map(|chunk| PathHash::from_le_bytes(*chunk)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_with_more_problems_than_can_be_added_up_is_damaged() {
        let part = |problems_dropped| PartResult { problems_dropped, ..PartResult::default() };
        assert!(PartRecord::new(&part(7)).into_result().is_some());
        assert!(PartRecord::new(&part(u64::MAX)).into_result().is_none());
        let structure = Structure { problems_dropped: u64::MAX, ..Structure::default() };
        assert!(StructureRecord::new(&structure, 0).into_structure().is_none());
    }
}
