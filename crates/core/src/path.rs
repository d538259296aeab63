use std::fmt;

/// A path inside an image: relative to its root, `/` between components, no `.`, `..`, empty component or trailing slash.
///
/// It is a name and never a place on the host. Bytes that are not UTF-8 stand as `\xNN`, so that two
/// files never share a name. The empty path is the root.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ImagePath(String);

/// A 64-bit hash of an [`ImagePath`], the same on every machine and in every version of a cache record.
pub type PathHash = u64;

impl ImagePath {
    /// Normalises a name as it stands in an archive. `..` climbs no higher than the root, as in a `chroot`.
    ///
    /// The second value is true where the name tried to leave the root.
    #[must_use]
    pub fn from_archive(name: &[u8]) -> (Self, bool) {
        if is_normal(name)
            && let Ok(text) = std::str::from_utf8(name)
        {
            return (Self(text.to_owned()), false);
        }
        let mut components: Vec<&[u8]> = Vec::new();
        let mut escaped = false;
        for component in name.split(|&byte| byte == b'/') {
            match component {
                b"" | b"." => {}
                b".." => escaped |= components.pop().is_none(),
                _ => components.push(component),
            }
        }
        let mut path = String::with_capacity(name.len());
        for component in components {
            if !path.is_empty() {
                path.push('/');
            }
            push_lossless(&mut path, component);
        }
        (Self(path), escaped)
    }

    /// Normalises a text, such as a path that a package database names.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self::from_archive(text.as_bytes()).0
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The last component; empty for the root.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or("")
    }

    /// The path without its last component; the root's parent is the root.
    #[must_use]
    pub fn parent(&self) -> &str {
        self.0.rsplit_once('/').map_or("", |(parent, _)| parent)
    }

    /// Every proper ancestor below the root, nearest first.
    pub fn ancestors(&self) -> impl Iterator<Item = &str> {
        std::iter::successors(self.0.rsplit_once('/').map(|(parent, _)| parent), |path| {
            path.rsplit_once('/').map(|(parent, _)| parent)
        })
    }

    #[must_use]
    pub fn hash(&self) -> PathHash {
        Self::hash_of(&self.0)
    }

    /// The hash of a path that is already normal, without owning it.
    #[must_use]
    pub fn hash_of(normal: &str) -> PathHash {
        rapidhash::v3::rapidhash_v3(normal.as_bytes())
    }

    /// The hash of the path that [`ImagePath::from_archive`] makes of this name; `None` for the root. What is normal but for a
    /// leading `/` or `./`, as package databases write paths, is not copied.
    #[must_use]
    pub fn hash_of_name(name: &[u8]) -> Option<PathHash> {
        let name =
            name.strip_prefix(b".").filter(|rest| rest.first() == Some(&b'/')).unwrap_or(name);
        let name = name.strip_prefix(b"/").unwrap_or(name);
        if is_normal(name)
            && let Ok(text) = std::str::from_utf8(name)
        {
            return Some(Self::hash_of(text));
        }
        let (path, _) = Self::from_archive(name);
        (!path.is_root()).then(|| path.hash())
    }
}

/// True for what needs no change but perhaps in its encoding.
fn is_normal(name: &[u8]) -> bool {
    let Some((&first, rest)) = name.split_first() else { return false };
    if first == b'/' || name.last() == Some(&b'/') {
        return false;
    }
    // Nearly every name has neither `//` nor `/.` and begins with no dot. Without an early end, many bytes are compared at once.
    let may_differ = name.iter().zip(rest).fold(first == b'.', |found, (&one, &next)| {
        found | ((one == b'/') & ((next == b'/') | (next == b'.')))
    });
    !may_differ
        || name
            .split(|&byte| byte == b'/')
            .all(|part| !part.is_empty() && part != b"." && part != b"..")
}

fn push_lossless(path: &mut String, component: &[u8]) {
    for chunk in component.utf8_chunks() {
        path.push_str(chunk.valid());
        for byte in chunk.invalid() {
            path.push_str(&format!("\\x{byte:02X}"));
        }
    }
}

impl fmt::Display for ImagePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ImagePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_normalised_and_stay_below_the_root() {
        for (name, path, escaped) in [
            ("etc/os-release", "etc/os-release", false),
            ("./etc//os-release/", "etc/os-release", false),
            ("/etc/./passwd", "etc/passwd", false),
            ("a/b/../c", "a/c", false),
            ("../../etc/passwd", "etc/passwd", true),
            ("/..", "", true),
            ("./", "", false),
        ] {
            assert_eq!(
                ImagePath::from_archive(name.as_bytes()),
                (ImagePath(path.into()), escaped),
                "{name}"
            );
        }
    }

    #[test]
    fn names_that_are_not_utf8_stay_apart() {
        let (one, _) = ImagePath::from_archive(b"a\xff");
        let (other, _) = ImagePath::from_archive(b"a\xfe");
        assert_eq!(one.as_str(), "a\\xFF");
        assert_ne!(one, other);
    }

    #[test]
    fn a_name_hashes_as_the_path_that_it_stands_for() {
        for name in
            ["/usr/bin/ls", "./usr/bin/ls", "usr/bin/ls", "//usr//bin/ls/", "/./usr/../usr/bin/ls"]
        {
            let expected = Some(ImagePath::new("usr/bin/ls").hash());
            assert_eq!(ImagePath::hash_of_name(name.as_bytes()), expected, "{name}");
        }
        let hidden = Some(ImagePath::new(".profile").hash());
        assert_eq!(ImagePath::hash_of_name(b"/.profile"), hidden);
        assert_eq!(ImagePath::hash_of_name(b".profile"), hidden);
        for root in ["", "/", "/.", ".", "./", ".."] {
            assert_eq!(ImagePath::hash_of_name(root.as_bytes()), None, "{root}");
        }
        let latin = ImagePath::from_archive(b"etc/caf\xe9").0.hash();
        assert_eq!(ImagePath::hash_of_name(b"/etc/caf\xe9"), Some(latin));
    }

    #[test]
    fn ancestors_come_nearest_first() {
        let path = ImagePath::new("usr/lib/os-release");
        assert_eq!(path.ancestors().collect::<Vec<_>>(), ["usr/lib", "usr"]);
        assert_eq!((path.parent(), path.file_name()), ("usr/lib", "os-release"));
    }
}
