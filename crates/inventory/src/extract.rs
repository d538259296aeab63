//! What an extractor is: patterns that say which files it wants, and a function from one file to facts.

use std::collections::BTreeMap;

use plimsoll_archive::ReadAt;
use plimsoll_core::{ImagePath, Limits, PackageState, PackageType, PathHash, Problem, ProblemKind};
use serde::{Deserialize, Serialize};

/// A part of the inventory: one package format (or os-release). A static of it stands in [`EXTRACTORS`](crate::EXTRACTORS).
pub struct Extractor {
    /// Stable: part of cache keys, reports and docs.
    pub id: &'static str,
    /// Raised whenever the same file would give other facts; cache records of the old version are then not used.
    pub version: u32,
    /// One line for `docs/supported.md`.
    pub summary: &'static str,
    /// The files that it wants, by name; those of a pattern that also asks for first bytes only with these.
    pub patterns: &'static [Pattern],
    /// Reads one wanted file. Hostile input: it returns what it could read and problems, and keeps the limits.
    pub extract: fn(&WantedFile<'_>) -> Extraction,
}

/// Which files an extractor wants. Patterns are data, so that one compiled matcher asks about every file once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// Exactly this path, such as `var/lib/dpkg/status`.
    Path(&'static str),
    /// Directly or deeper below this directory, with a name that ends so: `Below("var/lib/dpkg/info", ".list")`.
    Below(&'static str, &'static str),
    /// A file of this name anywhere, such as `package.json`.
    Name(&'static str),
    /// A file anywhere whose path ends with these components: `PathEnd(".dist-info/METADATA")`. The last component is compared
    /// whole, the one before it by its end.
    PathEnd(&'static str),
    /// A file anywhere whose name ends so, in any case: `Extension(".jar")`.
    Extension(&'static str),
    /// A regular file anywhere that begins with these bytes.
    Magic(&'static [u8]),
}

/// One file that an extractor asked for.
pub struct WantedFile<'a> {
    pub path: &'a ImagePath,
    /// Permission bits.
    pub mode: u32,
    pub content: &'a dyn ReadAt,
    pub limits: &'a Limits,
}

impl WantedFile<'_> {
    /// The whole content, up to [`Limits::text_bytes`]; a larger file is an `Err` with the problem to report.
    pub fn bytes(&self) -> Result<std::borrow::Cow<'_, [u8]>, Problem> {
        let size = self.content.size();
        if size > self.limits.text_bytes {
            let detail =
                format!("{size} bytes, more than the {} that are read", self.limits.text_bytes);
            return Err(Problem::new(ProblemKind::LimitExceeded, detail));
        }
        if let Some(bytes) = self.content.as_bytes() {
            return Ok(bytes.into());
        }
        let mut bytes = vec![0; size as usize];
        match self.content.read_exact_at(0, &mut bytes) {
            Ok(()) => Ok(bytes.into()),
            Err(error) => Err(Problem::new(ProblemKind::Unreadable, error.to_string())),
        }
    }

    /// The whole content as text: bytes that are not UTF-8 are replaced.
    pub fn text(&self) -> Result<std::borrow::Cow<'_, str>, Problem> {
        Ok(match self.bytes()? {
            std::borrow::Cow::Borrowed(bytes) => String::from_utf8_lossy(bytes),
            std::borrow::Cow::Owned(bytes) => String::from_utf8_lossy(&bytes).into_owned().into(),
        })
    }
}

/// What an extractor learned from one file, and what it could not read of it. Partial success is normal.
#[derive(Default)]
pub struct Extraction {
    pub facts: Vec<Fact>,
    /// Part, path and layer are filled in by the caller.
    pub problems: Vec<Problem>,
}

impl Extraction {
    #[must_use]
    pub fn failed(problem: Problem) -> Self {
        Self { facts: Vec::new(), problems: vec![problem] }
    }

    #[must_use]
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::failed(Problem::new(ProblemKind::Malformed, detail))
    }
}

/// A fact from one file of one layer: the shape that the layer cache keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fact {
    /// A package that this file describes.
    Package(Box<FoundPackage>),
    /// Files of a package that another file describes (dpkg's `info/NAME.list`).
    Owns(Owned),
    /// The key-value pairs of an os-release file, unquoted.
    OsRelease(BTreeMap<String, String>),
}

impl Fact {
    /// The bytes that it takes in memory, near enough.
    #[must_use]
    pub fn weight(&self) -> u64 {
        /// A text on the heap with what the allocator keeps beside it.
        const TEXT: usize = 16;
        let text = |text: &String| text.len() + TEXT;
        let bytes = match self {
            Self::Package(package) => {
                let optional = [
                    &package.arch,
                    &package.module,
                    &package.source_name,
                    &package.source_version,
                    &package.source_rpm,
                    &package.vendor,
                    &package.inner_path,
                ];
                let optional: usize = optional.into_iter().flatten().map(text).sum();
                let licenses: usize = package
                    .licenses
                    .iter()
                    .map(|license| text(license) + size_of::<String>())
                    .sum();
                let named = text(&package.kind) + text(&package.name) + text(&package.version);
                let owned = package.owned_paths.len() * size_of::<PathHash>();
                size_of::<FoundPackage>() + named + optional + licenses + owned
            }
            Self::Owns(owned) => text(&owned.package) + owned.paths.len() * size_of::<PathHash>(),
            Self::OsRelease(pairs) => pairs
                .iter()
                .map(|(name, value)| text(name) + text(value) + 2 * size_of::<String>())
                .sum(),
        };
        (size_of::<Self>() + bytes) as u64
    }
}

/// A package as one file describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundPackage {
    /// The purl type, as [`PackageType::as_str`].
    pub kind: String,
    /// See [`plimsoll_core::Package::id`].
    pub name: String,
    pub version: String,
    pub arch: Option<String>,
    /// Modularity label of a modular rpm: `name:stream:version:context`.
    pub module: Option<String>,
    pub source_name: Option<String>,
    pub source_version: Option<String>,
    /// The file name of the source rpm.
    pub source_rpm: Option<String>,
    pub vendor: Option<String>,
    pub licenses: Vec<String>,
    /// Where inside the file, for what lies in an archive; levels joined with `!/`.
    pub inner_path: Option<String>,
    pub state: FoundState,
    /// Files that the package owns, where the same file says so, as hashes of normal paths.
    pub owned_paths: Vec<PathHash>,
}

/// [`PackageState`] in a layer's result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FoundState {
    Installed,
    Declared,
    Bundled,
}

impl From<FoundState> for PackageState {
    fn from(state: FoundState) -> Self {
        match state {
            FoundState::Installed => Self::Installed,
            FoundState::Declared => Self::Declared,
            FoundState::Bundled => Self::Bundled,
        }
    }
}

impl FoundPackage {
    /// A package with only a name and a version, installed.
    #[must_use]
    pub fn new(kind: PackageType, name: impl Into<String>, version: impl Into<String>) -> Self {
        Self {
            kind: kind.as_str().to_owned(),
            name: name.into(),
            version: version.into(),
            arch: None,
            module: None,
            source_name: None,
            source_version: None,
            source_rpm: None,
            vendor: None,
            licenses: Vec::new(),
            inner_path: None,
            state: FoundState::Installed,
            owned_paths: Vec::new(),
        }
    }
}

/// The files of one package, as hashes of normal paths (no leading `/`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owned {
    /// dpkg: `name` or `name:arch`.
    pub package: String,
    pub paths: Vec<PathHash>,
}
