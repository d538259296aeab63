use std::fmt;

/// A distribution as advisories name it: the part of an OSV ecosystem before the colon, such as `Debian` or `Red Hat`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Family(pub String);

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The distribution of an image, from its os-release, and what advisories call it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Distro {
    /// os-release `ID`, such as `debian`.
    pub id: String,
    /// os-release `ID_LIKE`, split.
    pub id_like: Vec<String>,
    /// os-release `VERSION_ID`, such as `12` or `3.18.4`; empty for a rolling release.
    pub version_id: String,
    /// os-release `PRETTY_NAME`, or what stands for it.
    pub pretty_name: String,
    /// os-release `VERSION_CODENAME`.
    pub codename: Option<String>,
    /// os-release `CPE_NAME`.
    pub cpe: Option<String>,
    /// The advisory family; `None` for a distribution that this version does not know.
    pub family: Option<Family>,
    /// The releases, as advisories of that family name them, that judge this image's packages: `12` for Debian,
    /// `v3.18` for Alpine, CPEs for Red Hat.
    pub releases: Vec<String>,
}
