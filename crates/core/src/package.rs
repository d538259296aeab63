use std::fmt;

use crate::ImagePath;

/// The kind of a package: the `type` of its purl (package-url/purl-spec, PURL-TYPES and its candidate list).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PackageType {
    Alpm,
    Apk,
    Bitnami,
    Brew,
    Cargo,
    Composer,
    Conan,
    Conda,
    Cpan,
    Cran,
    Deb,
    Ebuild,
    Gem,
    Generic,
    Github,
    Golang,
    Hackage,
    Hex,
    Huggingface,
    Julia,
    Luarocks,
    Maven,
    Nix,
    Npm,
    Nuget,
    Opam,
    Opkg,
    Otp,
    Pear,
    Pecl,
    Pub,
    Pypi,
    Rpm,
    Snap,
    Swift,
    Wordpress,
}

/// Who speaks for packages of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PackageClass {
    /// A package manager of the system: only the distribution judges its packages, and they own files.
    System,
    /// A language's or ecosystem's registry, whose advisories have a family of their own (an OSV ecosystem).
    Language(&'static str),
    /// Something for which no advisory source is known yet.
    Other,
}

use PackageClass::{Language, Other, System};

/// Every type in the order of the enumeration, with its purl type, its class and what its packages are called in the plural.
#[rustfmt::skip]
const TYPES: [(PackageType, &str, PackageClass, &str); 36] = [
    (PackageType::Alpm, "alpm", System, "Arch packages"),
    (PackageType::Apk, "apk", System, "Alpine packages"),
    (PackageType::Bitnami, "bitnami", Language("Bitnami"), "Bitnami components"),
    (PackageType::Brew, "brew", System, "Homebrew packages"),
    (PackageType::Cargo, "cargo", Language("crates.io"), "Rust crates"),
    (PackageType::Composer, "composer", Language("Packagist"), "PHP packages"),
    (PackageType::Conan, "conan", Language("ConanCenter"), "Conan packages"),
    (PackageType::Conda, "conda", Other, "Conda packages"),
    (PackageType::Cpan, "cpan", Other, "Perl distributions"),
    (PackageType::Cran, "cran", Language("CRAN"), "R packages"),
    (PackageType::Deb, "deb", System, "Debian packages"),
    (PackageType::Ebuild, "ebuild", System, "Gentoo packages"),
    (PackageType::Gem, "gem", Language("RubyGems"), "Ruby gems"),
    (PackageType::Generic, "generic", Other, "Programs"),
    (PackageType::Github, "github", Other, "GitHub projects"),
    (PackageType::Golang, "golang", Language("Go"), "Go programs"),
    (PackageType::Hackage, "hackage", Language("Hackage"), "Haskell packages"),
    (PackageType::Hex, "hex", Language("Hex"), "Hex packages"),
    (PackageType::Huggingface, "huggingface", Other, "Models"),
    (PackageType::Julia, "julia", Language("Julia"), "Julia packages"),
    (PackageType::Luarocks, "luarocks", Other, "Lua rocks"),
    (PackageType::Maven, "maven", Language("Maven"), "Java archives"),
    (PackageType::Nix, "nix", System, "Nix packages"),
    (PackageType::Npm, "npm", Language("npm"), "Node.js packages"),
    (PackageType::Nuget, "nuget", Language("NuGet"), ".NET packages"),
    (PackageType::Opam, "opam", Language("opam"), "OCaml packages"),
    (PackageType::Opkg, "opkg", System, "opkg packages"),
    (PackageType::Otp, "otp", Other, "Erlang/OTP applications"),
    (PackageType::Pear, "pear", Other, "PEAR packages"),
    (PackageType::Pecl, "pecl", Other, "PECL extensions"),
    (PackageType::Pub, "pub", Language("Pub"), "Dart packages"),
    (PackageType::Pypi, "pypi", Language("PyPI"), "Python packages"),
    (PackageType::Rpm, "rpm", System, "rpm packages"),
    (PackageType::Snap, "snap", System, "Snaps"),
    (PackageType::Swift, "swift", Language("SwiftURL"), "Swift packages"),
    (PackageType::Wordpress, "wordpress", Other, "WordPress code"),
];

impl PackageType {
    /// Every type, in the order of their names.
    pub fn all() -> impl Iterator<Item = Self> {
        TYPES.iter().map(|row| row.0)
    }

    fn row(self) -> &'static (Self, &'static str, PackageClass, &'static str) {
        &TYPES[self as usize]
    }

    /// The purl type.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.row().1
    }

    /// What packages of the type are called in the plural, for people.
    #[must_use]
    pub fn plural(self) -> &'static str {
        self.row().3
    }

    #[must_use]
    pub fn class(self) -> PackageClass {
        self.row().2
    }

    /// The type with that purl name.
    #[must_use]
    pub fn from_purl_type(text: &str) -> Option<Self> {
        Self::all().find(|kind| kind.as_str().eq_ignore_ascii_case(text))
    }

    /// The name that the ecosystem has for what a purl names by a namespace and a name: the inverse of how package managers' names are
    /// written as purls (package-url/purl-spec, types). A system package's namespace is only its distribution's name.
    #[must_use]
    pub fn name_of_purl(self, namespace: Option<&str>, name: &str) -> String {
        match (self, namespace.filter(|namespace| !namespace.is_empty())) {
            (_, None) => name.to_owned(),
            (Self::Maven, Some(group)) => format!("{group}:{name}"),
            (Self::Ebuild, Some(category)) => format!("{category}/{name}"),
            // The namespace is who uploaded it, which an installed distribution does not say.
            (Self::Cpan, Some(_)) => name.to_owned(),
            (kind, Some(_)) if kind.is_system() => name.to_owned(),
            (_, Some(namespace)) => format!("{namespace}/{name}"),
        }
    }

    /// True for packages of an operating system's package manager, which only their distribution judges.
    #[must_use]
    pub fn is_system(self) -> bool {
        self.class() == System
    }

    /// The advisory family (OSV ecosystem) of a language; `None` for system packages, whose distribution says it, and for what no
    /// advisory source speaks of.
    #[must_use]
    pub fn language_family(self) -> Option<&'static str> {
        match self.class() {
            Language(family) => Some(family),
            System | Other => None,
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
    /// SHA-1 of the file as hexadecimal digits, where the part keeps it to look the file up by (a jar).
    pub sha1: Option<String>,
    /// The system package that owns the file.
    pub owner: Option<PackageId>,
}

/// What makes two packages of one image the same: type, name, version, architecture, module and, for a system package, its system.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PackageId {
    pub kind: PackageType,
    pub name: String,
    pub version: String,
    pub arch: Option<String>,
    /// rpm: the modularity label, `name:stream:version:context`. Gentoo: the slot.
    pub module: Option<String>,
    /// A system package of another root in the image: what its system is called, such as `alpine-3.18.4`. `None` for the image's own.
    pub system: Option<String>,
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
    /// The repository that it came from, as the package manager recorded it.
    pub repository: Option<String>,
    /// One entry a statement: an SPDX expression where the statement can be read as one, else as the package states it.
    pub licenses: Vec<License>,
    /// CPE 2.3 names under which databases know it, where the part that found it knows them. Sorted.
    pub cpes: Vec<String>,
    /// Sorted; never empty.
    pub evidence: Vec<Evidence>,
    pub purl: String,
}

impl Package {
    /// A package of which nothing is known but its identity.
    #[must_use]
    pub fn of(id: PackageId) -> Self {
        Self {
            id,
            source: None,
            vendor: None,
            repository: None,
            licenses: Vec::new(),
            cpes: Vec::new(),
            evidence: Vec::new(),
            purl: String::new(),
        }
    }

    /// Takes over what the same package says of itself in another place.
    pub fn add(&mut self, other: Self) {
        self.source = self.source.take().or(other.source);
        self.vendor = self.vendor.take().or(other.vendor);
        self.repository = self.repository.take().or(other.repository);
        for license in other.licenses {
            if !self.licenses.contains(&license) {
                self.licenses.push(license);
            }
        }
        self.cpes.extend(other.cpes);
        self.evidence.extend(other.evidence);
        self.cpes.sort_unstable();
        self.cpes.dedup();
        self.evidence.sort_unstable();
        self.evidence.dedup();
    }

    /// The system package that owns the file in which this package was found, where one owns every such file. It is then that
    /// package's business: only the distribution judges it.
    #[must_use]
    pub fn owner(&self) -> Option<&PackageId> {
        let mut owners = self.evidence.iter().map(|evidence| evidence.owner.as_ref());
        let first = owners.next()??;
        owners.all(|owner| owner.is_some()).then_some(first)
    }

    /// All of its licences as one SPDX expression; `None` where it states none, or one that is no SPDX expression.
    #[must_use]
    pub fn license_expression(&self) -> Option<String> {
        let expressions: Option<Vec<&str>> =
            self.licenses.iter().map(License::expression).collect();
        match expressions?.as_slice() {
            [] => None,
            [one] => Some((*one).to_owned()),
            several => {
                let enclosed = several.iter().map(|one| {
                    if one.contains(" OR ") { format!("({one})") } else { (*one).to_owned() }
                });
                Some(enclosed.collect::<Vec<_>>().join(" AND "))
            }
        }
    }
}

/// A statement of a licence.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum License {
    /// An SPDX licence expression (SPDX specification, annex "SPDX license expressions"), in canonical form.
    Expression(String),
    /// Words that are none, as they stand.
    Stated(String),
}

impl License {
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Expression(text) | Self::Stated(text) => text,
        }
    }

    #[must_use]
    pub fn expression(&self) -> Option<&str> {
        match self {
            Self::Expression(text) => Some(text),
            Self::Stated(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_types_is_in_the_order_of_the_enumeration() {
        for (position, kind) in PackageType::all().enumerate() {
            assert_eq!(kind as usize, position, "{kind}");
            assert_eq!(PackageType::from_purl_type(&kind.as_str().to_uppercase()), Some(kind));
        }
        assert!(PackageType::all().is_sorted_by_key(PackageType::as_str));
    }

    #[test]
    fn a_purls_namespace_is_part_of_the_name_where_the_ecosystem_has_it_so() {
        for (kind, namespace, expected) in [
            (PackageType::Maven, Some("g"), "g:n"),
            (PackageType::Npm, Some("@g"), "@g/n"),
            (PackageType::Npm, Some(""), "n"),
            (PackageType::Npm, None, "n"),
            (PackageType::Ebuild, Some("g"), "g/n"),
            (PackageType::Deb, Some("debian"), "n"),
            (PackageType::Cpan, Some("AUTHOR"), "n"),
            (PackageType::Generic, Some("g"), "g/n"),
        ] {
            assert_eq!(kind.name_of_purl(namespace, "n"), expected, "{kind} {namespace:?}");
        }
    }

    #[test]
    fn alternatives_are_enclosed_where_licences_are_joined() {
        let package = |licenses: &[License]| {
            let (kind, name, version) = (PackageType::Npm, "a".to_owned(), "1".to_owned());
            let id = PackageId { kind, name, version, arch: None, module: None, system: None };
            Package { licenses: licenses.to_vec(), ..Package::of(id) }
        };
        let expression = |text: &str| License::Expression(text.into());
        let both = [expression("MIT"), expression("Apache-2.0 OR GPL-2.0-only")];
        assert_eq!(
            package(&both).license_expression().as_deref(),
            Some("MIT AND (Apache-2.0 OR GPL-2.0-only)")
        );
        assert_eq!(
            package(&both[1..]).license_expression().as_deref(),
            Some("Apache-2.0 OR GPL-2.0-only")
        );
        assert_eq!(package(&[]).license_expression(), None);
        let unknown = [expression("MIT"), License::Stated("see file".into())];
        assert_eq!(package(&unknown).license_expression(), None);
    }
}
