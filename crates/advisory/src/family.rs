//! The advisory families: what stands before the colon of an OSV ecosystem.

use std::borrow::Cow;

/// What is known of one advisory family. A family that is not in [`FAMILIES`] is stored all the same; its records are
/// judged "cannot tell".
#[derive(Debug)]
pub struct AdvisoryFamily {
    /// The OSV ecosystem before its first colon (OSV schema, "Defined ecosystems"), such as `Red Hat`.
    pub name: &'static str,
    /// The id of the scheme of `plimsoll-version` in which its versions are written; `None` where there is none yet.
    pub scheme: Option<&'static str>,
    /// The purl type of its packages.
    pub purl_type: Option<&'static str>,
    /// The purl namespace that a distribution's packages have.
    pub purl_namespace: Option<&'static str>,
    pub names: NameKind,
    normal_name: fn(&str) -> Cow<'_, str>,
}

/// Which packages the records of a family name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameKind {
    /// Of a language: a package is a package.
    Package,
    /// The source package: dpkg's `Source`, apk's origin. Its version is compared.
    Source,
    /// The binary package that is installed.
    Binary,
}

impl NameKind {
    pub(crate) fn to_stored(self) -> u8 {
        match self {
            Self::Package => 0,
            Self::Source => 1,
            Self::Binary => 2,
        }
    }

    pub(crate) fn from_stored(byte: u8) -> Option<Self> {
        [Self::Package, Self::Source, Self::Binary]
            .into_iter()
            .find(|kind| kind.to_stored() == byte)
    }
}

/// Every family that is known, in the order of the names.
pub static FAMILIES: &[AdvisoryFamily] = &[
    distro("ALT Linux", "rpm", ("rpm", "alt"), NameKind::Binary),
    distro("Alibaba Cloud Linux", "rpm", ("rpm", "alinux"), NameKind::Binary),
    distro("AlmaLinux", "rpm", ("rpm", "almalinux"), NameKind::Binary),
    distro("Alpaquita", "apk", ("apk", "alpaquita"), NameKind::Source),
    distro("Alpine", "apk", ("apk", "alpine"), NameKind::Source),
    distro("Amazon Linux", "rpm", ("rpm", "amzn"), NameKind::Binary),
    other("Android", None),
    distro("Anolis OS", "rpm", ("rpm", "anolis"), NameKind::Binary),
    distro("Arch Linux", "alpm", ("alpm", "arch"), NameKind::Binary),
    distro("Azure Linux", "rpm", ("rpm", "azurelinux"), NameKind::Binary),
    distro(
        "BellSoft Hardened Containers",
        "apk",
        ("apk", "bellsoft-hardened-containers"),
        NameKind::Source,
    ),
    language("Bioconductor", Some("cran"), "bioconductor", exact),
    language("Bitnami", Some("bitnami"), "bitnami", exact),
    distro("Bottlerocket", "rpm", ("rpm", "bottlerocket"), NameKind::Binary),
    language("CRAN", Some("cran"), "cran", exact),
    distro("Chainguard", "apk", ("apk", "chainguard"), NameKind::Source),
    distro("CleanStart", "apk", ("apk", "cleanstart"), NameKind::Source),
    language("ConanCenter", Some("conan"), "conan", exact),
    language("DHI", Some("semver"), "dhi", exact),
    distro("Debian", "deb", ("deb", "debian"), NameKind::Source),
    distro("EPEL", "rpm", ("rpm", "fedora"), NameKind::Binary),
    distro("Echo", "deb", ("deb", "echo"), NameKind::Source),
    distro("Fedora", "rpm", ("rpm", "fedora"), NameKind::Binary),
    other("FreeBSD", None),
    other("GHC", Some("hackage")),
    distro("Gentoo", "gentoo", ("ebuild", "gentoo"), NameKind::Binary),
    language("GitHub Actions", Some("semver"), "github", lower_case),
    language("Go", Some("go"), "golang", exact),
    language("Hackage", Some("hackage"), "hackage", exact),
    language("Hex", Some("hex"), "hex", lower_case),
    language("Julia", Some("julia"), "julia", exact),
    other("Kubernetes", Some("kubernetes")),
    distro("Kylin", "rpm", ("rpm", "kylin"), NameKind::Binary),
    language("Linux", None, "generic", exact),
    distro("Mageia", "rpm", ("rpm", "mageia"), NameKind::Source),
    language("Maven", Some("maven"), "maven", exact),
    distro("MinimOS", "apk", ("apk", "minimos"), NameKind::Source),
    language("NuGet", Some("nuget"), "nuget", lower_case),
    other("OSS-Fuzz", None),
    distro("Oracle Linux", "rpm", ("rpm", "oraclelinux"), NameKind::Binary),
    language("Packagist", Some("composer"), "composer", lower_case),
    distro("Photon OS", "rpm", ("rpm", "photon"), NameKind::Binary),
    language("Pub", Some("pub"), "pub", lower_case),
    language("PyPI", Some("pep440"), "pypi", python),
    distro("Red Hat", "rpm", ("rpm", "redhat"), NameKind::Binary),
    distro("Rocky Linux", "rpm", ("rpm", "rocky-linux"), NameKind::Source),
    language("RubyGems", Some("gem"), "gem", exact),
    distro("SUSE", "rpm", ("rpm", "suse"), NameKind::Binary),
    distro("SecureOS", "apk", ("apk", "secureos"), NameKind::Source),
    language("SwiftURL", Some("swift"), "swift", repository),
    distro("Ubuntu", "deb", ("deb", "ubuntu"), NameKind::Source),
    language("VSCode", Some("semver"), "vscode-extension", lower_case),
    distro("Wolfi", "apk", ("apk", "wolfi"), NameKind::Source),
    language("crates.io", Some("semver"), "cargo", exact),
    language("npm", Some("npm"), "npm", exact),
    language("opam", None, "opam", exact),
    distro("openEuler", "rpm", ("rpm", "openeuler"), NameKind::Source),
    distro("openSUSE", "rpm", ("rpm", "opensuse"), NameKind::Binary),
];

const fn distro(
    name: &'static str,
    scheme: &'static str,
    (purl_type, purl_namespace): (&'static str, &'static str),
    names: NameKind,
) -> AdvisoryFamily {
    AdvisoryFamily {
        name,
        scheme: Some(scheme),
        purl_type: Some(purl_type),
        purl_namespace: Some(purl_namespace),
        names,
        normal_name: exact,
    }
}

const fn language(
    name: &'static str,
    scheme: Option<&'static str>,
    purl_type: &'static str,
    normal_name: fn(&str) -> Cow<'_, str>,
) -> AdvisoryFamily {
    AdvisoryFamily {
        name,
        scheme,
        purl_type: Some(purl_type),
        purl_namespace: None,
        names: NameKind::Package,
        normal_name,
    }
}

/// What is neither a distribution nor a registry: no purl says that a package is of it.
const fn other(name: &'static str, scheme: Option<&'static str>) -> AdvisoryFamily {
    AdvisoryFamily {
        name,
        scheme,
        purl_type: None,
        purl_namespace: None,
        names: NameKind::Package,
        normal_name: exact,
    }
}

impl AdvisoryFamily {
    pub(crate) fn normal_name<'n>(&self, name: &'n str) -> Cow<'n, str> {
        (self.normal_name)(name)
    }
}

/// The family of that name.
#[must_use]
pub fn advisory_family(name: &str) -> Option<&'static AdvisoryFamily> {
    let place = FAMILIES.binary_search_by_key(&name, |family| family.name).ok()?;
    FAMILIES.get(place)
}

/// A package's name as it is stored and looked up in that family.
#[must_use]
pub fn normal_name<'a>(family: &str, name: &'a str) -> Cow<'a, str> {
    advisory_family(family).map_or(Cow::Borrowed(name), |family| family.normal_name(name))
}

/// Names are compared as they stand: distributions, npm, Maven, Go.
fn exact(name: &str) -> Cow<'_, str> {
    Cow::Borrowed(name)
}

/// Names differ by more than their case: NuGet, Packagist, Hex, Pub, GitHub Actions.
fn lower_case(name: &str) -> Cow<'_, str> {
    if name.chars().any(char::is_uppercase) {
        Cow::Owned(name.to_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}

/// SwiftURL: the address of a repository, which some write with its scheme and `.git`.
fn repository(name: &str) -> Cow<'_, str> {
    let bare = name.strip_prefix("https://").unwrap_or(name).trim_end_matches('/');
    lower_case(bare.strip_suffix(".git").unwrap_or(bare))
}

/// PyPI: case does not count, and a run of `-`, `_` and `.` is one `-` (PEP 503).
fn python(name: &str) -> Cow<'_, str> {
    let is_normal = |bytes: &[u8]| {
        bytes.iter().all(|byte| !byte.is_ascii_uppercase() && !matches!(byte, b'_' | b'.'))
            && !bytes.windows(2).any(|pair| pair == b"--")
    };
    if is_normal(name.as_bytes()) {
        return Cow::Borrowed(name);
    }
    let mut normal = String::with_capacity(name.len());
    for character in name.chars() {
        match character {
            '-' | '_' | '.' if normal.ends_with('-') => {}
            '-' | '_' | '.' => normal.push('-'),
            other => normal.push(other.to_ascii_lowercase()),
        }
    }
    Cow::Owned(normal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_stand_in_order_and_once() {
        assert!(FAMILIES.is_sorted_by(|one, other| one.name < other.name));
    }

    #[test]
    fn names_fold_only_where_their_registry_folds_them() {
        for (family, name, normal) in [
            ("PyPI", "Foo_Bar.-baz", "foo-bar-baz"),
            ("PyPI", "zope.interface", "zope-interface"),
            ("PyPI", "requests", "requests"),
            ("PyPI", "a--b", "a-b"),
            ("npm", "JSONStream", "JSONStream"),
            ("NuGet", "Newtonsoft.Json", "newtonsoft.json"),
            ("Packagist", "Symfony/Http-Kernel", "symfony/http-kernel"),
            ("Maven", "org.Example:Thing", "org.Example:Thing"),
            ("Go", "github.com/Masterminds/goutils", "github.com/Masterminds/goutils"),
            ("SwiftURL", "https://github.com/Apple/swift-nio.git", "github.com/apple/swift-nio"),
            ("Debian", "libC", "libC"),
            ("a family of tomorrow", "As_It.Is", "As_It.Is"),
        ] {
            assert_eq!(normal_name(family, name), normal, "{family} {name}");
        }
    }
}
