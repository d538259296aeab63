//! All patterns of all extractors, compiled so that every file of an image is asked about once.

use std::collections::HashMap;

use plimsoll_core::ImagePath;

use crate::{Extractor, Pattern};

/// A set of parts: bit `n` is the extractor at position `n` of the slice that the matcher was compiled from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PartSet(u64);

impl PartSet {
    /// The parts at the first `count` positions.
    #[must_use]
    pub fn first(count: usize) -> Self {
        Self(if count >= 64 { u64::MAX } else { (1 << count) - 1 })
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
        (0..64).filter(move |&position| self.contains(position))
    }
}

/// The compiled patterns.
pub struct Matcher {
    paths: HashMap<&'static str, PartSet>,
    names: HashMap<&'static str, PartSet>,
    /// By extension in lower case, without the dot.
    extensions: HashMap<&'static str, PartSet>,
    /// By last component; what must stand before it, and the parts.
    path_ends: HashMap<&'static str, Vec<(&'static str, PartSet)>>,
    below: Vec<(&'static str, &'static str, PartSet)>,
    magics: Vec<(&'static [u8], PartSet)>,
}

impl Matcher {
    /// Compiles the patterns of at most 64 extractors.
    #[must_use]
    pub fn new(extractors: &[&Extractor]) -> Self {
        debug_assert!(extractors.len() <= 64, "a part set has 64 bits");
        let mut matcher = Self {
            paths: HashMap::new(),
            names: HashMap::new(),
            extensions: HashMap::new(),
            path_ends: HashMap::new(),
            below: Vec::new(),
            magics: Vec::new(),
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
            Pattern::Path(path) => join(self.paths.entry(path).or_default()),
            Pattern::Name(name) => join(self.names.entry(name).or_default()),
            Pattern::Extension(extension) => {
                join(self.extensions.entry(extension.trim_start_matches('.')).or_default());
            }
            Pattern::PathEnd(end) => {
                let (before, last) = end.rsplit_once('/').unwrap_or(("", end));
                self.path_ends.entry(last).or_default().push((before, parts));
            }
            Pattern::Below(directory, end) => self.below.push((directory, end, parts)),
            Pattern::Magic(magic) => self.magics.push((magic, parts)),
        }
    }

    /// The parts that want a file of this name.
    #[must_use]
    pub fn by_name(&self, path: &ImagePath) -> PartSet {
        let (text, name) = (path.as_str(), path.file_name());
        let mut parts = PartSet::default();
        let mut add = |set: Option<&PartSet>| {
            if let Some(set) = set {
                parts = parts.union(*set);
            }
        };
        add(self.paths.get(text));
        add(self.names.get(name));
        if let Some((_, extension)) = name.rsplit_once('.') {
            match self.extensions.get(extension) {
                Some(set) => add(Some(set)),
                None if extension.bytes().any(|byte| byte.is_ascii_uppercase()) => {
                    add(self.extensions.get(extension.to_ascii_lowercase().as_str()));
                }
                None => {}
            }
        }
        for (before, set) in self.path_ends.get(name).into_iter().flatten() {
            if path.parent().ends_with(before) {
                add(Some(set));
            }
        }
        for (directory, end, set) in &self.below {
            let rest = text.strip_prefix(directory).and_then(|rest| rest.strip_prefix('/'));
            if rest.is_some_and(|rest| rest.ends_with(end)) {
                add(Some(set));
            }
        }
        parts
    }

    /// The parts that want a regular file with these first bytes.
    #[must_use]
    pub fn by_magic(&self, prefix: &[u8]) -> PartSet {
        self.magics
            .iter()
            .filter(|(magic, _)| prefix.starts_with(magic))
            .fold(PartSet::default(), |parts, (_, set)| parts.union(*set))
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
    use crate::{Extraction, WantedFile};

    fn nothing(_: &WantedFile<'_>) -> Extraction {
        Extraction::default()
    }

    #[test]
    fn every_kind_of_pattern_matches_what_it_says() {
        static PATTERNS: &[Pattern] = &[
            Pattern::Path("var/lib/dpkg/status"),
            Pattern::Below("var/lib/dpkg/info", ".list"),
            Pattern::Name("package.json"),
            Pattern::PathEnd(".dist-info/METADATA"),
            Pattern::Extension(".jar"),
            Pattern::Magic(b"\x7fELF"),
        ];
        static PART: Extractor =
            Extractor { id: "a", version: 1, summary: "", patterns: PATTERNS, extract: nothing };
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
        ] {
            assert_eq!(!matcher.by_name(&ImagePath::new(path)).is_empty(), wanted, "{path}");
        }
        assert!(matcher.by_magic(b"\x7fELF\x02").contains(0));
        assert!(matcher.by_magic(b"\x7fEL").is_empty());
    }
}
