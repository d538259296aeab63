//! What one layer says, before anything is known of the layers around it.

use plimsoll_core::{ImagePath, PathHash, Problem};

use crate::Fact;

/// One layer's result: its structure, and what each part read from it. Made once for a diff_id and kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LayerResult {
    pub structure: Structure,
    /// One for each extractor, in the order of [`EXTRACTORS`](crate::EXTRACTORS).
    pub parts: Vec<PartResult>,
}

/// What one part read from one layer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PartResult {
    /// In the order of their paths.
    pub files: Vec<FileFacts>,
    /// With part and path, without a layer.
    pub problems: Vec<Problem>,
    /// Problems beyond the limit.
    pub problems_dropped: u64,
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

/// Collects a [`Structure`] from entries in the order of the archive, in which the last of equal names counts.
#[derive(Default)]
pub struct StructureBuilder {
    /// Hash, then place in the archive and kind: sorted, the last of equal hashes is the one that counts.
    names: Vec<(PathHash, u32, bool)>,
    structure: Structure,
}

impl StructureBuilder {
    pub fn file(&mut self, path: &ImagePath) {
        self.name(path, false);
    }

    pub fn directory(&mut self, path: &ImagePath) {
        self.name(path, true);
    }

    pub fn symlink(&mut self, path: &ImagePath, target: &str) {
        self.name(path, false);
        self.structure.symlinks.push((path.clone(), target.to_owned()));
    }

    pub fn hard_link(&mut self, path: &ImagePath, target: &ImagePath) {
        self.name(path, false);
        self.structure.hard_links.push((path.clone(), target.clone()));
    }

    pub fn whiteout(&mut self, path: &ImagePath) {
        self.structure.whiteouts.push(path.clone());
    }

    pub fn opaque(&mut self, path: &ImagePath) {
        self.structure.opaque.push(path.clone());
    }

    fn name(&mut self, path: &ImagePath, is_directory: bool) {
        // A layer holds fewer entries than a u32 counts: the limit on entries sees to it.
        let place = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push((path.hash(), place, is_directory));
    }

    #[must_use]
    pub fn finish(mut self, (problems, problems_dropped): (Vec<Problem>, u64)) -> Structure {
        self.names.sort_unstable();
        let mut structure = self.structure;
        for (position, (hash, _, is_directory)) in self.names.iter().enumerate() {
            let is_last = self.names.get(position + 1).is_none_or(|(next, ..)| next != hash);
            match (is_last, is_directory) {
                (false, _) => {}
                (true, true) => structure.directories.push(*hash),
                (true, false) => structure.files.push(*hash),
            }
        }
        keep_last(&mut structure.symlinks);
        keep_last(&mut structure.hard_links);
        structure.whiteouts.sort_unstable();
        structure.whiteouts.dedup();
        structure.opaque.sort_unstable();
        structure.opaque.dedup();
        structure.problems = problems;
        structure.problems_dropped = problems_dropped;
        structure
    }
}

/// Sorts by name; of equal names the last stays.
fn keep_last<T>(named: &mut Vec<(ImagePath, T)>) {
    named.reverse();
    named.sort_by(|(one, _), (other, _)| one.cmp(other));
    named.dedup_by(|(one, _), (other, _)| one == other);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_equal_names_counts() {
        let path = ImagePath::new("a");
        let mut builder = StructureBuilder::default();
        builder.file(&path);
        builder.symlink(&path, "one");
        builder.symlink(&path, "two");
        builder.directory(&path);
        let structure = builder.finish((Vec::new(), 0));
        assert_eq!((structure.files.len(), structure.directories.len()), (0, 1));
        assert_eq!(structure.symlinks, [(path, "two".to_owned())]);
    }
}
