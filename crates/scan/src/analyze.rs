//! One layer's entries, offered once to the compiled patterns; wanted content goes to the parts.

mod collected;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};

use plimsoll_archive::{ReadAt, ScratchFile, Stretch, read_problem};
use plimsoll_core::{ImagePath, Limits, PathHash, Problem, ProblemKind};
use plimsoll_inventory::{
    Candidate, EXTRACTORS, Extraction, Fact, LayerResult, Matcher, PartSet, Reads,
    StructureBuilder, WantedFile,
};
use plimsoll_oci::{LayerEntry, LayerEntryKind, LayerSink};

use self::collected::Collected;

/// Files to read under another name than their own: by their path, the wanted name and the parts that want it.
pub type SecondPass = BTreeMap<ImagePath, Vec<(ImagePath, PartSet)>>;

/// What parts are given of one entry.
struct Wanted {
    /// What they say of it is kept under this name.
    path: ImagePath,
    /// Its name below the root that it is of, by which parts know it.
    inside: ImagePath,
    parts: PartSet,
}

impl Wanted {
    /// For those of the parts that still want it when they are asked once more.
    fn new(path: &ImagePath, inside: ImagePath, parts: PartSet, entry: &LayerEntry<'_>) -> Self {
        let LayerEntry { mode, size, prefix, .. } = *entry;
        let candidate = Candidate { path: &inside, mode, size, prefix };
        let wants = |position: &usize| {
            EXTRACTORS.get(*position).is_some_and(|extractor| (extractor.wants)(&candidate))
        };
        let wanting = parts.positions().filter(wants).map(PartSet::single);
        let parts = wanting.fold(PartSet::default(), PartSet::union);
        Self { path: path.clone(), inside, parts }
    }
}

/// Turns the entries of a layer into its [`LayerResult`].
pub struct LayerAnalyzer<'a> {
    matcher: &'a Matcher,
    limits: &'a Limits,
    /// The parts that run; the others' results are known already.
    parts: PartSet,
    /// In a second pass only these files are read.
    second_pass: Option<&'a SecondPass>,
    /// Those of them that the layer has.
    offered: BTreeSet<ImagePath>,
    structure: StructureBuilder,
    /// One for each part.
    results: Vec<Collected>,
    /// Paths that parts were asked about: nearly no other entry has to be looked for among what they gave.
    seen: HashSet<PathHash>,
    /// Reused for every file that is held in memory.
    buffer: Vec<u8>,
}

impl<'a> LayerAnalyzer<'a> {
    /// An analyzer that runs `parts`.
    #[must_use]
    pub fn new(matcher: &'a Matcher, limits: &'a Limits, parts: PartSet) -> Self {
        Self {
            matcher,
            limits,
            parts,
            second_pass: None,
            offered: BTreeSet::new(),
            structure: StructureBuilder::new(limits),
            results: EXTRACTORS.iter().map(|_| Collected::new(limits)).collect(),
            seen: HashSet::new(),
            buffer: Vec::new(),
        }
    }

    /// An analyzer that reads only the files of `second_pass`.
    #[must_use]
    pub fn second(matcher: &'a Matcher, limits: &'a Limits, second_pass: &'a SecondPass) -> Self {
        let all = PartSet::first(EXTRACTORS.len());
        Self { second_pass: Some(second_pass), ..Self::new(matcher, limits, all) }
    }

    /// The result, with the problems that the walk over the layer met and the number of those that it dropped.
    #[must_use]
    pub fn finish(self, walk_problems: (Vec<Problem>, u64)) -> LayerResult {
        let parts = self.results.into_iter().map(Collected::finish).collect();
        LayerResult { structure: self.structure.finish(walk_problems), parts }
    }

    /// The files of a second pass that the layer has.
    pub fn offered(&self) -> &BTreeSet<ImagePath> {
        &self.offered
    }

    fn file(&mut self, entry: &LayerEntry<'_>, content: &mut dyn Read) {
        if let Some(second_pass) = self.second_pass {
            if let Some(wanted) = second_pass.get(entry.path) {
                for (path, _) in wanted {
                    self.forget(path);
                    self.seen.insert(path.hash());
                }
                self.offered.insert(entry.path.clone());
                let wanted = wanted.iter();
                let wanted = wanted.flat_map(|(path, parts)| self.wanted(path, *parts, entry));
                let wanted: Vec<_> = wanted.collect();
                self.read(entry, &wanted, content);
            }
            return;
        }
        self.forget(entry.path);
        let own = self.matcher.by_name(entry.path).union(self.matcher.by_magic(entry.prefix));
        let other = self.matcher.in_other_root(entry.path);
        let other = other.map_or(PartSet::default(), |other| other.parts);
        let wanted = self.wanted(entry.path, own.union(other).intersection(self.parts), entry);
        if !wanted.is_empty() {
            self.seen.insert(entry.path.hash());
            self.read(entry, &wanted, content);
        }
    }

    /// What those of the parts are given that still want a file of this name when they are asked once more: what has its place below
    /// another root is called as it is called there.
    fn wanted(&self, path: &ImagePath, parts: PartSet, entry: &LayerEntry<'_>) -> Vec<Wanted> {
        let other = self.matcher.in_other_root(path);
        let of_other = other.map_or(PartSet::default(), |other| {
            other.parts.without(self.matcher.by_name(path)).intersection(parts)
        });
        let own = Wanted::new(path, path.clone(), parts.without(of_other), entry);
        let other =
            other.map(|other| Wanted::new(path, ImagePath::new(other.inside), of_other, entry));
        std::iter::once(own).chain(other).filter(|one| !one.parts.is_empty()).collect()
    }

    /// A directory has no content: its name is all that a part may want.
    fn directory(&mut self, entry: &LayerEntry<'_>) {
        let own = self.matcher.directory(entry.path);
        let other = self.matcher.directory_in_other_root(entry.path);
        let inside = other.map_or_else(|| entry.path.clone(), |other| ImagePath::new(other.inside));
        let parts = other.map_or(own, |other| other.parts).intersection(self.parts);
        let wanted = Wanted::new(entry.path, inside, parts, entry);
        if self.second_pass.is_none() && !wanted.parts.is_empty() {
            self.seen.insert(entry.path.hash());
            self.read(entry, &[wanted], &mut std::io::empty());
        }
    }

    fn read(&mut self, entry: &LayerEntry<'_>, wanted: &[Wanted], content: &mut dyn Read) {
        // The longest beginning that a part asks for; `None` where one wants the whole.
        let mut of_all = wanted.iter().flat_map(|one| one.parts.positions()).map(reads_of);
        let needed = of_all.try_fold(0, |needed: u64, reads| match reads {
            Reads::Whole => None,
            Reads::Head(bytes) => Some(needed.max(bytes)),
            Reads::Nothing => Some(needed),
        });
        let mut buffer = std::mem::take(&mut self.buffer);
        let loaded = match load(entry.size, needed, content, &mut buffer, self.limits) {
            // Too large as a whole: parts that need only its beginning still have that.
            Err(problem) if problem.kind == ProblemKind::LimitExceeded => {
                let heads = load(entry.size, Some(LONGEST_HEAD), content, &mut buffer, self.limits);
                heads.map(|scratch| (scratch, Some(problem)))
            }
            loaded => loaded.map(|scratch| (scratch, None)),
        };
        for Wanted { path, inside, parts } in wanted {
            let is_of_other_root = path != inside;
            for position in parts.positions() {
                let (scratch, too_large) = match &loaded {
                    Ok(loaded) => loaded,
                    Err(problem) => {
                        self.problem(position, (path, is_of_other_root), problem.clone());
                        continue;
                    }
                };
                let content: &dyn ReadAt = match scratch {
                    Some(scratch) => scratch,
                    None => &buffer,
                };
                let length = match (reads_of(position), too_large) {
                    (Reads::Whole, Some(problem)) => {
                        self.problem(position, (path, is_of_other_root), problem.clone());
                        continue;
                    }
                    (Reads::Whole, None) => content.size(),
                    (Reads::Head(bytes), _) => bytes.min(content.size()),
                    (Reads::Nothing, _) => 0,
                };
                // A part sees no more than it asks for, whatever the others read: what it says must not depend on them.
                let Some(content) = Stretch::new(content, 0, length) else { continue };
                let (mode, size) = (entry.mode, entry.size);
                let limits = self.limits;
                let file = WantedFile { path: inside, mode, content: &content, size, limits };
                self.run(position, path, &file);
            }
        }
        self.buffer = buffer;
    }

    fn run(&mut self, position: usize, path: &ImagePath, file: &WantedFile<'_>) {
        let Some(extractor) = EXTRACTORS.get(position) else { return };
        let extraction = catch_unwind(AssertUnwindSafe(|| (extractor.extract)(file)));
        let mut extraction = extraction.unwrap_or_else(|_| {
            Extraction::failed(Problem::new(
                ProblemKind::Panicked,
                "the part panicked on this file",
            ))
        });
        keep_limit(&mut extraction, self.limits);
        let is_of_other_root = path != file.path;
        for problem in extraction.problems {
            self.problem(position, (path, is_of_other_root), problem);
        }
        let is_kept = self
            .results
            .get_mut(position)
            .is_none_or(|result| result.facts(path, is_of_other_root, extraction.facts));
        if !is_kept {
            let detail = format!(
                "what it says is beyond the {} bytes of results that are kept of a layer",
                self.limits.part_result_bytes
            );
            let problem = Problem::new(ProblemKind::LimitExceeded, detail);
            self.problem(position, (path, is_of_other_root), problem);
        }
    }

    fn problem(
        &mut self,
        position: usize,
        (path, is_of_other_root): (&ImagePath, bool),
        problem: Problem,
    ) {
        let part = EXTRACTORS.get(position).map(|extractor| extractor.id.to_owned());
        if let Some(result) = self.results.get_mut(position) {
            let problem = Problem { part, path: Some(path.clone()), ..problem };
            result.problem(problem, is_of_other_root);
        }
    }

    /// Drops what an earlier entry of the same name gave.
    fn forget(&mut self, path: &ImagePath) {
        if self.seen.remove(&path.hash()) {
            self.results.iter_mut().for_each(|result| result.forget(path));
        }
    }
}

impl LayerSink for LayerAnalyzer<'_> {
    fn entry(&mut self, entry: &LayerEntry<'_>, content: &mut dyn Read) {
        match entry.kind {
            LayerEntryKind::File => {
                self.structure.file(entry.path);
                self.file(entry, content);
                return;
            }
            LayerEntryKind::Directory => {
                self.structure.directory(entry.path);
                if self.second_pass.is_none() {
                    self.forget(entry.path);
                }
                self.directory(entry);
                return;
            }
            LayerEntryKind::Symlink { target } => self.structure.symlink(entry.path, target),
            LayerEntryKind::HardLink { target } => self.structure.hard_link(entry.path, target),
            LayerEntryKind::Special => {
                self.structure.file(entry.path);
                // It is there, and has no content.
                if self.second_pass.is_some_and(|wanted| wanted.contains_key(entry.path)) {
                    self.offered.insert(entry.path.clone());
                }
            }
            LayerEntryKind::Whiteout => return self.structure.whiteout(entry.path),
            LayerEntryKind::Opaque => return self.structure.opaque(entry.path),
        }
        // A second pass reads files under the names of links, which are entries of their own.
        if self.second_pass.is_none() {
            self.forget(entry.path);
        }
    }
}

/// The longest beginning of a file that a part may ask for; a longer one must be read whole.
const LONGEST_HEAD: u64 = 16 << 20;

fn reads_of(position: usize) -> Reads {
    match EXTRACTORS.get(position).map(|extractor| extractor.reads) {
        Some(Reads::Head(bytes)) => Reads::Head(bytes.min(LONGEST_HEAD)),
        reads => reads.unwrap_or(Reads::Nothing),
    }
}

/// Reads a wanted file into the buffer, or into a scratch file where it is too large for memory; only its first bytes where no
/// more are needed.
fn load(
    size: u64,
    needed: Option<u64>,
    content: &mut dyn Read,
    buffer: &mut Vec<u8>,
    limits: &Limits,
) -> Result<Option<ScratchFile>, Problem> {
    let unreadable = |error: std::io::Error| read_problem(&error);
    let size = needed.map_or(size, |needed| needed.min(size));
    if size > limits.file_bytes {
        let detail = format!("{size} bytes, more than the {} that are read", limits.file_bytes);
        return Err(Problem::new(ProblemKind::LimitExceeded, detail));
    }
    buffer.clear();
    let most = if needed.is_some() { size } else { limits.file_bytes };
    let (scratch, read) = if size > limits.file_memory_bytes {
        let scratch = ScratchFile::copy_of(&mut content.take(most)).map_err(unreadable)?;
        let read = scratch.size();
        (Some(scratch), read)
    } else {
        content.take(most.min(limits.file_memory_bytes)).read_to_end(buffer).map_err(unreadable)?;
        (None, buffer.len() as u64)
    };
    if read < size {
        // A file of a directory may shrink between being found and being read.
        let detail = format!("{read} of {size} bytes could be read");
        return Err(Problem::new(ProblemKind::Truncated, detail));
    }
    Ok(scratch)
}

fn keep_limit(extraction: &mut Extraction, limits: &Limits) {
    let packages = extraction.facts.iter().filter(|fact| matches!(fact, Fact::Package(_))).count();
    if packages > limits.packages_per_file {
        let mut kept = 0;
        extraction.facts.retain(|fact| {
            let is_package = matches!(fact, Fact::Package(_));
            kept += usize::from(is_package);
            !is_package || kept <= limits.packages_per_file
        });
        let detail = format!("{packages} packages, of which {} are kept", limits.packages_per_file);
        extraction.problems.push(Problem::new(ProblemKind::LimitExceeded, detail));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_shrank_is_a_problem_and_no_shorter_file() {
        let limits = Limits { file_memory_bytes: 8, ..Limits::default() };
        for size in [7, 100] {
            let mut content: &[u8] = b"short";
            let problem = load(size, None, &mut content, &mut Vec::new(), &limits).unwrap_err();
            assert_eq!(problem.kind, ProblemKind::Truncated, "{size}");
        }
        let mut buffer = Vec::new();
        assert!(load(5, None, &mut b"whole".as_slice(), &mut buffer, &limits).unwrap().is_none());
        assert_eq!(buffer, b"whole");
        assert!(
            load(5, Some(2), &mut b"whole".as_slice(), &mut buffer, &limits).unwrap().is_none()
        );
        assert_eq!(buffer, b"wh");
    }
}
