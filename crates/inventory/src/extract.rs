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
    /// The files that it wants: those that fit any of these.
    pub patterns: &'static [Pattern],
    /// Looks once more at a file that fits a pattern, before its content is read: false where it is not wanted after all.
    pub wants: fn(&Candidate<'_>) -> bool,
    /// How much of a wanted file it is given.
    pub reads: Reads,
    /// What its word counts beside another part's.
    pub authority: Authority,
    /// False for what says more of a system that is known by its package manager's record. Below a directory that is no root it says
    /// nothing.
    pub makes_root: bool,
    /// Reads one wanted file. Hostile input: it returns what it could read and problems, and keeps the limits.
    pub extract: fn(&WantedFile<'_>) -> Extraction,
}

impl Extractor {
    /// What most parts are: they want every file that fits a pattern, whole, and their word is a record.
    pub const RECORD: Self = Self {
        id: "",
        version: 1,
        summary: "",
        patterns: &[],
        wants: |_| true,
        reads: Reads::Whole,
        authority: Authority::Record,
        makes_root: true,
        extract: |_| Extraction::default(),
    };
}

/// A file that fits a pattern, as it is known before its content is read.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    pub path: &'a ImagePath,
    /// Permission bits.
    pub mode: u32,
    pub size: u64,
    /// Up to 64 first bytes; empty for a directory.
    pub prefix: &'a [u8],
}

/// How much of a file a part is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    Whole,
    /// At most so many first bytes, for files whose rest says nothing: they may be larger than any limit.
    Head(u64),
    /// Only the name counts.
    Nothing,
}

/// Whose word counts where parts speak of the same thing, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Authority {
    /// A package manager's own record, or what an artifact says of itself.
    Record,
    /// A program known by its bytes: it says that a program is there, not who brought it. It says nothing of a file that a
    /// system package owns, or of one in a place that a record speaks for.
    Fingerprint,
    /// A bill of materials that somebody put into the image. It adds what no record has.
    Sbom,
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
    /// A file anywhere whose name ends so, in any case: `Extension(".jar")`, `Extension(".deps.json")`.
    Extension(&'static str),
    /// A file anywhere whose name begins so: `NameStart("vmlinuz")`.
    NameStart(&'static str),
    /// A directory directly below this one: `DirectoryIn("nix/store")`. It has no content.
    DirectoryIn(&'static str),
    /// A regular file anywhere that begins with these bytes.
    Magic(&'static [u8]),
}

/// One file that an extractor asked for.
pub struct WantedFile<'a> {
    pub path: &'a ImagePath,
    /// Permission bits.
    pub mode: u32,
    /// What the part reads of it.
    pub content: &'a dyn ReadAt,
    /// Bytes of the whole file, of which `content` may be only the beginning.
    pub size: u64,
    pub limits: &'a Limits,
}

impl<'a> WantedFile<'a> {
    /// A file of which everything is read.
    #[must_use]
    pub fn whole(path: &'a ImagePath, content: &'a dyn ReadAt, limits: &'a Limits) -> Self {
        Self { path, mode: 0o644, content, size: content.size(), limits }
    }

    /// The problem of a file that is larger than `limit`.
    #[must_use]
    pub fn over(&self, limit: u64) -> Option<Problem> {
        let size = self.content.size();
        let detail = || format!("{size} bytes, more than the {limit} that are read");
        (size > limit).then(|| Problem::new(ProblemKind::LimitExceeded, detail()))
    }

    /// The whole content, up to [`Limits::text_bytes`]; a larger file is an `Err` with the problem to report.
    pub fn bytes(&self) -> Result<std::borrow::Cow<'_, [u8]>, Problem> {
        let size = self.content.size();
        if let Some(problem) = self.over(self.limits.text_bytes) {
            return Err(problem);
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
    /// Adds a package.
    pub fn push(&mut self, package: FoundPackage) {
        self.facts.push(Fact::Package(Box::new(package)));
    }

    /// The packages among the facts.
    pub fn packages(&self) -> impl Iterator<Item = &FoundPackage> {
        self.facts.iter().filter_map(|fact| match fact {
            Fact::Package(package) => Some(package.as_ref()),
            _ => None,
        })
    }

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
    /// What a file says of packages that another file describes.
    About(About),
    /// The key-value pairs of an os-release file, unquoted, or the same as an older release file says it.
    OsRelease(BTreeMap<String, String>),
    /// Repositories from which the image's packages may come: Red Hat's content sets, lines of apt's sources.
    Repositories(Vec<String>),
}

impl Fact {
    /// The bytes that it takes in memory, near enough.
    #[must_use]
    pub fn weight(&self) -> u64 {
        /// A text on the heap with what the allocator keeps beside it.
        const TEXT: usize = 16;
        let text = |text: &String| text.len() + TEXT;
        let texts = |texts: &[String]| -> usize {
            texts.iter().map(|one| text(one) + size_of::<String>()).sum()
        };
        let bytes = match self {
            Self::Package(package) => {
                let optional = [
                    &package.arch,
                    &package.module,
                    &package.source_name,
                    &package.source_version,
                    &package.vendor,
                    &package.repository,
                    &package.sha1,
                    &package.inner_path,
                ];
                let optional: usize = optional.into_iter().flatten().map(text).sum();
                let licenses = texts(&package.licenses) + texts(&package.cpes);
                let named = text(&package.kind) + text(&package.name) + text(&package.version);
                let owned = package.owned_paths.len() * size_of::<PathHash>();
                size_of::<FoundPackage>() + named + optional + licenses + owned
            }
            Self::Owns(owned) => text(&owned.package) + owned.paths.len() * size_of::<PathHash>(),
            Self::About(about) => {
                let optional = [&about.version, &about.repository, &about.module];
                let optional: usize = optional.into_iter().flatten().map(text).sum();
                text(&about.kind) + text(&about.name) + optional + texts(&about.licenses)
            }
            Self::Repositories(sets) => texts(sets),
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
    pub vendor: Option<String>,
    /// The repository that it came from, as the package manager recorded it.
    pub repository: Option<String>,
    /// As stated, one entry a statement.
    pub licenses: Vec<String>,
    /// CPE 2.3 names, where the part knows under which ones databases have it.
    pub cpes: Vec<String>,
    /// SHA-1 of the file, as hexadecimal digits.
    pub sha1: Option<String>,
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
    /// `None` for a type that this version does not know.
    #[must_use]
    pub fn package_type(&self) -> Option<PackageType> {
        PackageType::from_purl_type(&self.kind)
    }

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
            vendor: None,
            repository: None,
            licenses: Vec::new(),
            cpes: Vec::new(),
            sha1: None,
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

/// More about packages that another file describes: every one of this kind and name, and of this version where there is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The purl type, as [`PackageType::as_str`].
    pub kind: String,
    pub name: String,
    pub version: Option<String>,
    /// As stated, one entry a statement.
    pub licenses: Vec<String>,
    pub repository: Option<String>,
    /// Gentoo: the slot.
    pub module: Option<String>,
}

impl About {
    /// Nothing yet about the packages of that name.
    #[must_use]
    pub fn new(kind: PackageType, name: impl Into<String>) -> Self {
        Self {
            kind: kind.as_str().to_owned(),
            name: name.into(),
            version: None,
            licenses: Vec::new(),
            repository: None,
            module: None,
        }
    }
}
