//! What one layer says, before anything is known of the layers around it.

use plimsoll_core::{ImagePath, Limits, PathHash, Problem, ProblemKind};

use crate::Fact;

/// One layer's result: its structure, and what each part read from it. Made once for a diff_id and kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LayerResult {
    pub structure: Structure,
    /// One for each extractor, in the order of [`EXTRACTORS`](crate::EXTRACTORS).
    pub parts: Vec<PartResult>,
}

impl LayerResult {
    /// The bytes that it takes in memory, near enough to bound those of many.
    #[must_use]
    pub fn weight(&self) -> u64 {
        let parts: u64 = self.parts.iter().map(PartResult::weight).sum();
        self.structure.weight().saturating_add(parts)
    }
}

/// What one part read from one layer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartResult {
    /// In the order of their paths.
    pub files: Vec<FileFacts>,
    /// With part and path, in the order of paths; without a layer.
    pub problems: Vec<Problem>,
    /// Problems beyond the limit.
    pub problems_dropped: u64,
}

impl PartResult {
    fn weight(&self) -> u64 {
        let files: u64 = self.files.iter().map(|file| facts_weight(&file.path, &file.facts)).sum();
        files.saturating_add(self.problems.iter().map(problem_weight).sum())
    }
}

/// The bytes that a file's facts take in memory.
#[must_use]
pub fn facts_weight(path: &ImagePath, facts: &[Fact]) -> u64 {
    let facts: u64 = facts.iter().map(Fact::weight).sum();
    facts + (path.as_str().len() + size_of::<FileFacts>()) as u64
}

/// The bytes that a problem takes in memory.
#[must_use]
pub fn problem_weight(problem: &Problem) -> u64 {
    let path = problem.path.as_ref().map_or(0, |path| path.as_str().len());
    (size_of::<Problem>() + path + problem.detail.len()) as u64
}

/// What one part read from one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileFacts {
    pub path: ImagePath,
    pub facts: Vec<Fact>,
}

/// The names of a layer: enough to tell what it hides of the layers below, and where its links lead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Structure {
    /// Hashes of everything that is not a directory, sorted.
    pub files: Vec<PathHash>,
    /// Hashes of directories, sorted.
    pub directories: Vec<PathHash>,
    /// What the layer removes from the layers below, sorted.
    pub whiteouts: Vec<ImagePath>,
    /// Directories of which the layer hides what lies below, sorted.
    pub opaque: Vec<ImagePath>,
    /// Symbolic links with their targets as they stand, sorted.
    pub symlinks: Vec<(ImagePath, String)>,
    /// Hard links with the path of the same layer that they name, sorted.
    pub hard_links: Vec<(ImagePath, ImagePath)>,
    /// Problems of the layer as a whole (a truncated stream, a name that leaves the root).
    pub problems: Vec<Problem>,
    /// Problems beyond the limit.
    pub problems_dropped: u64,
}

impl Structure {
    fn weight(&self) -> u64 {
        let hashes = self.files.len() + self.directories.len();
        let removals = self.whiteouts.iter().chain(&self.opaque).map(|path| path.as_str().len());
        let symlinks = self.symlinks.iter().map(|(path, to)| path.as_str().len() + to.len());
        let hard_links = self.hard_links.iter();
        let hard_links = hard_links.map(|(path, to)| path.as_str().len() + to.as_str().len());
        let names = removals.chain(symlinks).chain(hard_links);
        let names: u64 = names.map(|length| length as u64 + NAME_OVERHEAD).sum();
        let problems: u64 = self.problems.iter().map(problem_weight).sum();
        (hashes * size_of::<PathHash>()) as u64 + names + problems
    }
}

/// Collects a [`Structure`] from entries in the order of the archive, in which the last of equal names counts.
pub struct StructureBuilder {
    /// Hash, then place in the archive and kind: sorted, the last of equal hashes is the one that counts.
    names: Vec<(PathHash, u32, bool)>,
    /// With the places of the links, by which one is known to be replaced.
    symlinks: Vec<(ImagePath, (u32, String))>,
    hard_links: Vec<(ImagePath, (u32, ImagePath))>,
    whiteouts: Vec<ImagePath>,
    opaque: Vec<ImagePath>,
    /// Bytes of links and removals that may still be kept, and how many were not.
    bytes_left: u64,
    dropped: u64,
}

/// What a kept name takes beside its characters.
const NAME_OVERHEAD: u64 = 64;

impl StructureBuilder {
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self {
            names: Vec::new(),
            symlinks: Vec::new(),
            hard_links: Vec::new(),
            whiteouts: Vec::new(),
            opaque: Vec::new(),
            bytes_left: limits.layer_name_bytes,
            dropped: 0,
        }
    }

    pub fn file(&mut self, path: &ImagePath) {
        self.name(path, false);
    }

    pub fn directory(&mut self, path: &ImagePath) {
        self.name(path, true);
    }

    pub fn symlink(&mut self, path: &ImagePath, target: &str) {
        let place = self.name(path, false);
        if self.takes(path, target.len()) {
            self.symlinks.push((path.clone(), (place, target.to_owned())));
        }
    }

    pub fn hard_link(&mut self, path: &ImagePath, target: &ImagePath) {
        let place = self.name(path, false);
        if self.takes(path, target.as_str().len()) {
            self.hard_links.push((path.clone(), (place, target.clone())));
        }
    }

    pub fn whiteout(&mut self, path: &ImagePath) {
        if self.takes(path, 0) {
            self.whiteouts.push(path.clone());
        }
    }

    pub fn opaque(&mut self, path: &ImagePath) {
        if self.takes(path, 0) {
            self.opaque.push(path.clone());
        }
    }

    fn name(&mut self, path: &ImagePath, is_directory: bool) -> u32 {
        // A layer holds fewer entries than a u32 counts: the limit on entries sees to it.
        let place = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push((path.hash(), place, is_directory));
        place
    }

    /// True where there is room for a name and `more` bytes that belong to it.
    fn takes(&mut self, path: &ImagePath, more: usize) -> bool {
        let bytes = (path.as_str().len() as u64).saturating_add(more as u64) + NAME_OVERHEAD;
        let left = self.bytes_left.checked_sub(bytes);
        self.dropped += u64::from(left.is_none());
        self.bytes_left = left.unwrap_or(self.bytes_left);
        left.is_some()
    }

    #[must_use]
    pub fn finish(mut self, (mut problems, problems_dropped): (Vec<Problem>, u64)) -> Structure {
        self.names.sort_unstable();
        self.names.reverse();
        self.names.dedup_by_key(|(hash, ..)| *hash);
        self.names.reverse();
        let names = &self.names;
        // What a later entry of the same name replaced is no link any more.
        let stands = |path: &ImagePath, place: u32| {
            let found = names.binary_search_by_key(&path.hash(), |(hash, ..)| *hash);
            found.ok().and_then(|found| names.get(found)).is_some_and(|(_, last, _)| *last == place)
        };
        let of_kind = |wanted| {
            let hashes = names.iter().filter(move |(.., is_directory)| *is_directory == wanted);
            hashes.map(|(hash, ..)| *hash).collect::<Vec<_>>()
        };
        if self.dropped > 0 {
            let detail = format!(
                "{} links and removals beyond the bytes that are kept of a layer",
                self.dropped
            );
            problems.push(Problem::new(ProblemKind::LimitExceeded, detail));
        }
        Structure {
            files: of_kind(false),
            directories: of_kind(true),
            whiteouts: sorted(self.whiteouts),
            opaque: sorted(self.opaque),
            symlinks: sorted(standing(self.symlinks, stands)),
            hard_links: sorted(standing(self.hard_links, stands)),
            problems,
            problems_dropped,
        }
    }
}

/// The links that no later entry of their name replaced.
fn standing<T>(
    links: Vec<(ImagePath, (u32, T))>,
    stands: impl Fn(&ImagePath, u32) -> bool,
) -> Vec<(ImagePath, T)> {
    let kept = links.into_iter().filter(|(path, (place, _))| stands(path, *place));
    kept.map(|(path, (_, target))| (path, target)).collect()
}

fn sorted<T: Ord>(mut items: Vec<T>) -> Vec<T> {
    items.sort_unstable();
    items.dedup();
    items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_equal_names_counts() {
        let path = ImagePath::new("a");
        let mut builder = StructureBuilder::new(&Limits::default());
        builder.file(&path);
        builder.symlink(&path, "one");
        builder.symlink(&path, "two");
        let other = ImagePath::new("b");
        builder.symlink(&other, "one");
        builder.symlink(&other, "two");
        builder.directory(&path);
        let structure = builder.finish((Vec::new(), 0));
        assert_eq!((structure.files.len(), structure.directories.len()), (1, 1));
        assert_eq!(structure.symlinks, [(other, "two".to_owned())]);
    }

    #[test]
    fn a_link_replaced_by_a_file_of_the_same_layer_is_no_link() {
        let mut builder = StructureBuilder::new(&Limits::default());
        let path = ImagePath::new("etc/os-release");
        builder.symlink(&path, "../elsewhere");
        builder.hard_link(&path, &ImagePath::new("elsewhere"));
        builder.file(&path);
        let structure = builder.finish((Vec::new(), 0));
        assert_eq!((structure.symlinks.len(), structure.hard_links.len()), (0, 0));
        assert_eq!(structure.files, [path.hash()]);
    }

    #[test]
    fn links_without_end_do_not_fill_the_memory() {
        let limits = Limits { layer_name_bytes: 1_000, ..Limits::default() };
        let mut builder = StructureBuilder::new(&limits);
        for number in 0..50 {
            builder.symlink(&ImagePath::new(&format!("link{number}")), "target");
            builder.whiteout(&ImagePath::new(&format!("gone{number}")));
        }
        let structure = builder.finish((Vec::new(), 0));
        assert_eq!((structure.files.len(), structure.symlinks.len()), (50, 7));
        assert_eq!(structure.problems[0].kind, ProblemKind::LimitExceeded);
    }
}
