use std::fmt;

use crate::ImagePath;

/// The kind of a package: the `type` of its purl (package-url/purl-spec, PURL-TYPES).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PackageType {
    Apk,
    Deb,
    Golang,
    Maven,
    Npm,
    Pypi,
    Rpm,
}

impl PackageType {
    pub const ALL: [Self; 7] =
        [Self::Apk, Self::Deb, Self::Golang, Self::Maven, Self::Npm, Self::Pypi, Self::Rpm];

    /// The purl type.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Apk => "apk",
            Self::Deb => "deb",
            Self::Golang => "golang",
            Self::Maven => "maven",
            Self::Npm => "npm",
            Self::Pypi => "pypi",
            Self::Rpm => "rpm",
        }
    }

    /// The type with that purl name.
    #[must_use]
    pub fn from_purl_type(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(text))
    }

    /// True for packages of an operating system's package manager, which only their distribution judges.
    #[must_use]
    pub fn is_system(self) -> bool {
        match self {
            Self::Apk | Self::Deb | Self::Rpm => true,
            Self::Golang | Self::Maven | Self::Npm | Self::Pypi => false,
        }
    }

    /// The advisory family (OSV ecosystem) of a language; `None` for system packages, whose distribution says it.
    #[must_use]
    pub fn language_family(self) -> Option<&'static str> {
        match self {
            Self::Golang => Some("Go"),
            Self::Maven => Some("Maven"),
            Self::Npm => Some("npm"),
            Self::Pypi => Some("PyPI"),
            Self::Apk | Self::Deb | Self::Rpm => None,
        }
    }
}

impl fmt::Display for PackageType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The package that a binary package was built from: dpkg's `Source`, apk's origin, rpm's source rpm.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourcePackage {
    pub name: String,
    pub version: String,
}

/// How we know of a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PackageState {
    /// A package manager's own record says that it is installed, or the program itself is there.
    Installed,
    /// A lock file or manifest names it.
    Declared,
    /// It lies inside another artifact: a jar in a jar, a module linked into a program.
    Bundled,
}

impl PackageState {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Installed => "installed",
            Self::Declared => "declared",
            Self::Bundled => "bundled",
        }
    }
}

/// Where a package was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    /// The file that says so: a package database, a jar, a program.
    pub path: ImagePath,
    /// Where inside that file, such as `BOOT-INF/lib/a.jar` in a jar; levels are joined with `!/`.
    pub inner_path: Option<String>,
    /// The layer that brought this package in this version, from the bottom, 0 first.
    pub layer: usize,
    /// The part that read it.
    pub part: &'static str,
    pub state: PackageState,
}

/// What makes two packages of one image the same: type, name, version, architecture and module label.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageId {
    pub kind: PackageType,
    pub name: String,
    pub version: String,
    pub arch: Option<String>,
    pub module: Option<String>,
}

/// One package of an image, with every place in which it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// Its name is the ecosystem's own full one: `group:artifact` for Maven, `@scope/name` for npm, the module path for Go. Its
    /// version is as the package manager prints it: for rpm `[epoch:]version-release`.
    pub id: PackageId,
    pub source: Option<SourcePackage>,
    /// Maintainer or vendor as the package manager recorded it.
    pub vendor: Option<String>,
    /// As stated by the package, one entry a statement.
    pub licenses: Vec<String>,
    /// Sorted; never empty.
    pub evidence: Vec<Evidence>,
    /// The system package that owns the file in which this package was found. It is then that package's business: only
    /// the distribution judges it.
    pub owner: Option<PackageId>,
    pub purl: String,
}
