//! All patterns of all extractors, compiled so that every file of an image is asked about once.

use plimsoll_core::ImagePath;
use rapidhash::RapidHashMap;

use crate::roots::may_be_root;
use crate::{Extractor, Pattern};

/// A set of parts: bit `n` is the extractor at position `n` of the slice that the matcher was compiled from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PartSet(u128);

impl PartSet {
    /// The parts that a set can hold.
    pub const MOST: usize = u128::BITS as usize;

    /// The parts at the first `count` positions.
    #[must_use]
    pub fn first(count: usize) -> Self {
        Self(if count >= Self::MOST { u128::MAX } else { (1 << count) - 1 })
    }

    #[must_use]
    pub fn single(position: usize) -> Self {
        Self(1 << position)
    }

    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    #[must_use]
    pub fn contains(self, position: usize) -> bool {
        self.0 & (1 << position) != 0
    }

    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The positions, ascending.
    pub fn positions(self) -> impl Iterator<Item = usize> {
        let mut left = self.0;
        std::iter::from_fn(move || {
            let position = left.trailing_zeros();
            left &= left.wrapping_sub(1);
            (position < u128::BITS).then_some(position as usize)
        })
    }
}

/// The compiled patterns.
pub struct Matcher {
    paths: RapidHashMap<&'static str, PartSet>,
    names: RapidHashMap<&'static str, PartSet>,
    /// By what stands after the last dot, in lower case; the whole end of the name, and the parts.
    extensions: RapidHashMap<&'static str, Vec<(&'static str, PartSet)>>,
    /// By last component; what must stand before it, and the parts.
    path_ends: RapidHashMap<&'static str, Vec<(&'static str, PartSet)>>,
    /// By the first component; the directory below it, the end of the name, and the parts.
    below: RapidHashMap<&'static str, Vec<(&'static str, &'static str, PartSet)>>,
    name_starts: ByFirstByte<(&'static str, PartSet)>,
    directories: RapidHashMap<&'static str, PartSet>,
    /// The first two components of fixed places below the root.
    starts: ByFirstByte<&'static str>,
    magics: ByFirstByte<(&'static [u8], PartSet)>,
}

/// Parts that want a file of another root in the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InOtherRoot<'p> {
    pub parts: PartSet,
    /// The directory that is the root.
    pub root: &'p str,
    /// The path inside that root.
    pub inside: &'p str,
}

/// Beginnings by their first byte.
struct ByFirstByte<T>(Vec<Vec<T>>);

impl<T> Default for ByFirstByte<T> {
    fn default() -> Self {
        Self((0..=u8::MAX).map(|_| Vec::new()).collect())
    }
}

impl<T> ByFirstByte<T> {
    /// Those with which these bytes may begin.
    fn at(&self, bytes: &[u8]) -> &[T] {
        bytes.first().and_then(|first| self.0.get(usize::from(*first))).map_or(&[], Vec::as_slice)
    }

    fn at_mut(&mut self, bytes: &[u8]) -> &mut Vec<T> {
        &mut self.0[usize::from(bytes.first().copied().unwrap_or_default())]
    }
}

impl Matcher {
    /// Compiles the patterns of at most [`PartSet::MOST`] extractors.
    #[must_use]
    pub fn new(extractors: &[&Extractor]) -> Self {
        debug_assert!(extractors.len() <= PartSet::MOST, "a part set has a bit for each");
        let mut matcher = Self {
            paths: RapidHashMap::default(),
            names: RapidHashMap::default(),
            extensions: RapidHashMap::default(),
            path_ends: RapidHashMap::default(),
            below: RapidHashMap::default(),
            name_starts: ByFirstByte::default(),
            directories: RapidHashMap::default(),
            starts: ByFirstByte::default(),
            magics: ByFirstByte::default(),
        };
        for (position, extractor) in extractors.iter().enumerate() {
            for pattern in extractor.patterns {
                matcher.add(pattern, PartSet::single(position));
            }
        }
        matcher
    }

    fn add(&mut self, pattern: &Pattern, parts: PartSet) {
        let join = |set: &mut PartSet| *set = set.union(parts);
        match *pattern {
            Pattern::Path(path) => {
                self.add_start(path);
                join(self.paths.entry(path).or_default());
            }
            Pattern::Name(name) => join(self.names.entry(name).or_default()),
            Pattern::Extension(end) => {
                let last = end.rsplit_once('.').map_or(end, |(_, last)| last);
                self.extensions.entry(last).or_default().push((end, parts));
            }
            Pattern::NameStart(start) => {
                self.name_starts.at_mut(start.as_bytes()).push((start, parts));
            }
            Pattern::DirectoryIn(parent) => {
                self.add_start(parent);
                join(self.directories.entry(parent).or_default());
            }
            Pattern::PathEnd(end) => {
                let (before, last) = end.rsplit_once('/').unwrap_or(("", end));
                self.path_ends.entry(last).or_default().push((before, parts));
            }
            Pattern::Below(directory, end) => {
                self.add_start(directory);
                let (first, rest) = directory.split_once('/').unwrap_or((directory, ""));
                self.below.entry(first).or_default().push((rest, end, parts));
            }
            Pattern::Magic(magic) => {
                self.magics.at_mut(magic).push((magic, parts));
            }
        }
    }

    /// Two components are enough to tell nearly every other path from one with a fixed place.
    fn add_start(&mut self, path: &'static str) {
        let end = path.match_indices('/').nth(1).map_or(path.len(), |(end, _)| end);
        let (start, starts) = (&path[..end], self.starts.at_mut(path.as_bytes()));
        if !starts.contains(&start) {
            starts.push(start);
        }
    }

    /// The parts that want a file of this name.
    #[must_use]
    pub fn by_name(&self, path: &ImagePath) -> PartSet {
        let name = path.file_name();
        let mut parts = self.at_place(path.as_str());
        let mut add = |set: Option<&PartSet>| {
            if let Some(set) = set {
                parts = parts.union(*set);
            }
        };
        add(self.names.get(name));
        if let Some((_, extension)) = name.rsplit_once('.') {
            let known = self.extensions.get(extension).or_else(|| {
                let is_upper = extension.bytes().any(|byte| byte.is_ascii_uppercase());
                is_upper.then(|| self.extensions.get(extension.to_ascii_lowercase().as_str()))?
            });
            for (end, set) in known.into_iter().flatten() {
                let at = name.len().checked_sub(end.len());
                let found = at.and_then(|at| name.as_bytes().get(at..));
                if found.is_some_and(|found| found.eq_ignore_ascii_case(end.as_bytes())) {
                    add(Some(set));
                }
            }
        }
        for (start, set) in self.name_starts.at(name.as_bytes()) {
            if name.starts_with(start) {
                add(Some(set));
            }
        }
        for (before, set) in self.path_ends.get(name).into_iter().flatten() {
            if path.parent().ends_with(before) {
                add(Some(set));
            }
        }
        parts
    }

    /// Where another root in the image has the fixed place of a file: `srv/chroot` has a `var/lib/dpkg/status` of its own.
    #[must_use]
    pub fn in_other_root<'p>(&self, path: &'p ImagePath) -> Option<InOtherRoot<'p>> {
        self.in_root_of(path.as_str(), |inside| self.at_place(inside))
    }

    /// The same of a directory.
    #[must_use]
    pub fn directory_in_other_root<'p>(&self, path: &'p ImagePath) -> Option<InOtherRoot<'p>> {
        self.in_root_of(path.as_str(), |inside| self.directory_at(inside))
    }

    fn in_root_of<'p>(
        &self,
        text: &'p str,
        wanting: impl Fn(&str) -> PartSet,
    ) -> Option<InOtherRoot<'p>> {
        // The outermost root is the one that counts.
        for (slash, _) in text.match_indices('/') {
            let (root, inside) = (&text[..slash], &text[slash + 1..]);
            let mut starts = self.starts.at(inside.as_bytes()).iter();
            if !starts.any(|start| inside.starts_with(start)) {
                continue;
            }
            let parts = wanting(inside);
            if !parts.is_empty() {
                let is_other = wanting(text).is_empty() && may_be_root(root);
                return is_other.then_some(InOtherRoot { parts, root, inside });
            }
        }
        None
    }

    /// The parts that want the file that has this fixed place below a root.
    pub(crate) fn at_place(&self, text: &str) -> PartSet {
        let mut parts = self.paths.get(text).copied().unwrap_or_default();
        let (first, below) = text.split_once('/').unwrap_or((text, ""));
        for (directory, end, set) in self.below.get(first).into_iter().flatten() {
            let rest = match below.strip_prefix(directory) {
                Some(rest) if directory.is_empty() => Some(rest),
                rest => rest.and_then(|rest| rest.strip_prefix('/')),
            };
            if rest.is_some_and(|rest| !rest.is_empty() && rest.ends_with(end)) {
                parts = parts.union(*set);
            }
        }
        parts
    }

    /// The parts that want a regular file with these first bytes.
    #[must_use]
    pub fn by_magic(&self, prefix: &[u8]) -> PartSet {
        let known = self.magics.at(prefix);
        known
            .iter()
            .filter(|(magic, _)| prefix.starts_with(magic))
            .fold(PartSet::default(), |parts, (_, set)| parts.union(*set))
    }

    /// The parts that want a directory of this name.
    #[must_use]
    pub fn directory(&self, path: &ImagePath) -> PartSet {
        self.directory_at(path.as_str())
    }

    fn directory_at(&self, text: &str) -> PartSet {
        let parent = text.rsplit_once('/').map_or("", |(parent, _)| parent);
        self.directories.get(parent).copied().unwrap_or_default()
    }

    /// The paths that parts want by their exact name, in order: what is looked for through links after the merge.
    pub fn exact_paths(&self) -> impl Iterator<Item = (&'static str, PartSet)> {
        let mut paths: Vec<_> = self.paths.iter().map(|(path, parts)| (*path, *parts)).collect();
        paths.sort_unstable_by_key(|(path, _)| *path);
        paths.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn a_set_gives_its_positions_in_order() {
        let set =
            [127, 0, 64].map(PartSet::single).into_iter().fold(PartSet::default(), PartSet::union);
        assert_eq!(set.positions().collect::<Vec<_>>(), [0, 64, 127]);
        assert_eq!(PartSet::first(128).positions().count(), 128);
        assert_eq!(PartSet::default().positions().count(), 0);
    }

    #[test]
    fn every_kind_of_pattern_matches_what_it_says() {
        static PATTERNS: &[Pattern] = &[
            Pattern::Path("var/lib/dpkg/status"),
            Pattern::Below("var/lib/dpkg/info", ".list"),
            Pattern::Name("package.json"),
            Pattern::PathEnd(".dist-info/METADATA"),
            Pattern::Extension(".jar"),
            Pattern::Extension(".deps.json"),
            Pattern::NameStart("vmlinuz"),
            Pattern::DirectoryIn("nix/store"),
            Pattern::Below("opt", ".spdx"),
            Pattern::Magic(b"\x7fELF"),
        ];
        static PART: Extractor = Extractor { id: "a", patterns: PATTERNS, ..Extractor::RECORD };
        let matcher = Matcher::new(&[&PART]);
        for (path, wanted) in [
            ("var/lib/dpkg/status", true),
            ("opt/var/lib/dpkg/status", false),
            ("var/lib/dpkg/info/libc6:amd64.list", true),
            ("var/lib/dpkg/info.list", false),
            ("srv/node_modules/a/package.json", true),
            ("srv/node_modules/a/package.json.bak", false),
            ("usr/lib/python3/a-1.dist-info/METADATA", true),
            ("usr/lib/python3/a-1.other/METADATA", false),
            ("opt/app/A.JAR", true),
            ("opt/app/jar", false),
            ("opt/app/App.Deps.JSON", true),
            ("opt/app/deps.json", false),
            ("boot/vmlinuz-6.1.0", true),
            ("boot/avmlinuz", false),
            ("opt/bitnami/a.spdx", true),
            ("opt.spdx", false),
            ("nix/store/abc-hello-2.12", false),
        ] {
            assert_eq!(!matcher.by_name(&ImagePath::new(path)).is_empty(), wanted, "{path}");
        }
        for (path, inside) in [
            ("srv/root/var/lib/dpkg/status", Some("var/lib/dpkg/status")),
            ("a/var/lib/dpkg/info/var/lib/dpkg/status", Some("var/lib/dpkg/status")),
            ("a/b/var/lib/dpkg/info/b.list", Some("var/lib/dpkg/info/b.list")),
            ("var/lib/dpkg/status", None),
            ("var/lib/dpkg/info/var/lib/dpkg/info/b.list", None),
            ("srv/rootvar/lib/dpkg/status", None),
            ("srv/node_modules/a/tests/var/lib/dpkg/status", None),
            ("srv/package.json", None),
        ] {
            let path = ImagePath::new(path);
            let found = matcher.in_other_root(&path);
            assert_eq!(found.map(|found| found.inside), inside, "{path}");
        }
        assert!(matcher.by_magic(b"\x7fELF\x02").contains(0));
        assert!(matcher.by_magic(b"\x7fEL").is_empty());
        assert!(matcher.directory(&ImagePath::new("nix/store/abc-hello-2.12")).contains(0));
        assert!(matcher.directory(&ImagePath::new("nix/store/abc-hello-2.12/bin")).is_empty());
    }
}
