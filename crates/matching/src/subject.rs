//! What the matcher may read of a package.

use std::fmt;

use plimsoll_advisory::{AdvisoryFamily, NameKind, advisory_family, normal_name};
use plimsoll_core::{Distro, Package, PackageClass, PackageType, SourcePackage};
use plimsoll_version::Scheme;

use crate::interval::Compare;
use crate::vendor::{EPEL, epel_release, third_party};

/// Everything, and only what, a verdict depends on: two packages with equal subjects have equal verdicts, whatever image they are
/// in and wherever in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MatchSubject {
    pub kind: PackageType,
    /// The advisory family that judges it, such as `Debian` or `npm`.
    pub family: String,
    /// As advisories of the family spell it.
    pub name: String,
    pub version: String,
    /// System packages: what it was built from, with the epoch that its own version has.
    pub source: Option<SourcePackage>,
    /// System packages: the architecture.
    pub arch: Option<String>,
    /// rpm: the modularity stream, `name:stream`. Gentoo: the slot.
    pub module: Option<String>,
    /// rpm: the repository that it came from, where the package manager remembers it.
    pub repository: Option<String>,
    /// System packages: the releases whose advisories judge it, sorted.
    pub releases: Vec<String>,
}

/// Names a subject wherever verdicts are kept: equal subjects have equal keys, on every machine and in every version that reads
/// the same of a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubjectKey(pub [u8; 16]);

/// Why a package is listed and not judged.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NotJudged {
    /// A system package owns the file in which it was found: only the distribution's word counts, and it is said of that package.
    Owned,
    /// A package of a kind of which no advisory source speaks.
    NoAdvisories { kind: PackageType },
    /// A system package of a system that names no distribution.
    NoDistribution,
    /// A system package of a distribution that this version does not know.
    UnknownDistribution { id: String },
    /// A system package of a known distribution that does not say its release.
    NoRelease,
    /// A system package of another kind than the distribution's: its versions mean nothing to the distribution's advisories.
    ForeignPackage { kind: PackageType },
    /// A package of a third party's repository.
    ThirdParty { vendor: String },
}

impl fmt::Display for NotJudged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Owned => f.write_str("part of a system package"),
            Self::NoAdvisories { kind } => {
                write!(f, "no source of advisories is known for packages of type {kind}")
            }
            Self::NoDistribution => f.write_str("its system names no distribution"),
            Self::UnknownDistribution { id } => write!(f, "the distribution `{id}` is not known"),
            Self::NoRelease => f.write_str("the distribution does not say its release"),
            Self::ForeignPackage { kind } => write!(f, "the distribution has no {kind} packages"),
            Self::ThirdParty { vendor } => {
                write!(f, "not the distribution's package but of {vendor}")
            }
        }
    }
}

impl MatchSubject {
    /// What may be read of that package in an image of that distribution.
    pub fn new(package: &Package, distro: Option<&Distro>) -> Result<Self, NotJudged> {
        if package.owner().is_some() {
            return Err(NotJudged::Owned);
        }
        match package.id.kind.class() {
            PackageClass::Language(family) => Ok(Self::of_language(package, family)),
            PackageClass::System => {
                Self::of_system(package, distro.ok_or(NotJudged::NoDistribution)?)
            }
            PackageClass::Other => Err(NotJudged::NoAdvisories { kind: package.id.kind }),
        }
    }

    fn of_language(package: &Package, family: &str) -> Self {
        Self {
            kind: package.id.kind,
            family: family.to_owned(),
            name: normal_name(family, &package.id.name).into_owned(),
            version: package.id.version.clone(),
            source: None,
            arch: None,
            module: None,
            repository: None,
            releases: Vec::new(),
        }
    }

    fn of_system(package: &Package, distro: &Distro) -> Result<Self, NotJudged> {
        let kind = package.id.kind;
        let Some(family) = &distro.family else {
            return Err(NotJudged::UnknownDistribution { id: distro.id.clone() });
        };
        let purl_type = advisory_family(&family.0).and_then(|known| known.purl_type);
        if purl_type.is_some_and(|purl_type| purl_type != kind.as_str()) {
            return Err(NotJudged::ForeignPackage { kind });
        }
        if distro.releases.is_empty() {
            return Err(NotJudged::NoRelease);
        }
        let (family, mut releases) = match third_party(package, &family.0) {
            None => (family.0.as_str(), distro.releases.clone()),
            Some(vendor) => match epel_release(package, distro) {
                Some(release) => (EPEL, vec![release]),
                None => return Err(NotJudged::ThirdParty { vendor: vendor.to_owned() }),
            },
        };
        releases.sort();
        releases.dedup();
        Ok(Self {
            kind,
            family: family.to_owned(),
            name: package.id.name.clone(),
            version: package.id.version.clone(),
            source: package.source.as_ref().map(|source| source_package(kind, source, package)),
            arch: package.id.arch.clone(),
            module: module(package).map(str::to_owned),
            repository: package.repository.clone(),
            releases,
        })
    }

    /// The same package of a language in another version.
    pub(crate) fn at(&self, version: &str) -> Self {
        Self { version: version.to_owned(), ..self.clone() }
    }

    /// The key under which verdicts on it are kept.
    #[must_use]
    pub fn key(&self) -> SubjectKey {
        let mut hasher = blake3::Hasher::new();
        // Every part has its length before it, so that no two subjects give the same bytes.
        let mut part = |text: &str| {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        };
        part(self.kind.as_str());
        part(&self.family);
        part(&self.name);
        part(&self.version);
        let source = self.source.as_ref();
        let optional = [
            source.map(|source| source.name.as_str()),
            source.map(|source| source.version.as_str()),
            self.arch.as_deref(),
            self.module.as_deref(),
            self.repository.as_deref(),
        ];
        for text in optional {
            part(if text.is_some() { "+" } else { "-" });
            part(text.unwrap_or_default());
        }
        self.releases.iter().for_each(|release| part(release));
        let mut key = [0; 16];
        hasher.finalize_xof().fill(&mut key);
        SubjectKey(key)
    }

    /// The scheme in which the family's advisories write versions; `None` where there is none yet.
    #[must_use]
    pub fn scheme(&self) -> Option<&'static Scheme> {
        plimsoll_version::scheme(self.advisory_family()?.scheme?)
    }

    /// The order of [`Self::scheme`], and which packages its family's records name where they say nothing else.
    pub(crate) fn rules(&self) -> (Option<Compare>, NameKind) {
        let Some(family) = self.advisory_family() else {
            let is_system = self.kind.is_system();
            return (None, if is_system { NameKind::Binary } else { NameKind::Package });
        };
        let scheme = family.scheme.and_then(plimsoll_version::scheme);
        (scheme.map(|scheme| scheme.compare), family.names)
    }

    /// The names under which records may speak of it, each with the version that they then mean. A system package that does not name its
    /// source was built from one of its own name.
    pub(crate) fn spellings(&self) -> impl Iterator<Item = (NameKind, &str, &str)> {
        let own = (self.name.as_str(), self.version.as_str());
        let source =
            self.source.as_ref().map(|source| (source.name.as_str(), source.version.as_str()));
        let of = move |kind| {
            let (name, version) = match kind {
                NameKind::Source => source.unwrap_or(own),
                NameKind::Package | NameKind::Binary => own,
            };
            (kind, name, version)
        };
        let kinds: &[NameKind] = if self.kind.is_system() {
            &[NameKind::Source, NameKind::Binary]
        } else {
            &[NameKind::Package]
        };
        kinds.iter().copied().map(of)
    }

    fn advisory_family(&self) -> Option<&'static AdvisoryFamily> {
        advisory_family(&self.family)
    }
}

/// The name of a source rpm's file has no epoch, which is that of the packages built from it.
fn source_package(kind: PackageType, source: &SourcePackage, package: &Package) -> SourcePackage {
    let epoch = package.id.version.split_once(':').map(|(epoch, _)| epoch);
    match epoch {
        Some(epoch) if kind == PackageType::Rpm && !source.version.contains(':') => {
            let version = format!("{epoch}:{}", source.version);
            SourcePackage { name: source.name.clone(), version }
        }
        _ => source.clone(),
    }
}

fn module(package: &Package) -> Option<&str> {
    let module = package.id.module.as_deref()?;
    if package.id.kind == PackageType::Rpm { module_stream(module) } else { Some(module) }
}

/// `name:stream` of a modularity label, `name:stream:version:context`.
fn module_stream(label: &str) -> Option<&str> {
    let (colon, _) = label.match_indices(':').nth(1).unwrap_or((label.len(), ""));
    label.get(..colon).filter(|stream| stream.contains(':'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{debian, distro, package, place};

    #[test]
    fn what_a_system_package_owns_is_not_judged_by_its_language() {
        let mut requests = package(PackageType::Pypi, "requests", "2.28.1");
        assert!(MatchSubject::new(&requests, None).is_ok());
        let owner = package(PackageType::Deb, "python3-requests", "2.28.1-1");
        requests.evidence.push(place("usr/lib/python3/dist-packages/a", Some(&owner)));
        assert_eq!(MatchSubject::new(&requests, Some(&debian("12"))), Err(NotJudged::Owned));
        requests.evidence.push(place("usr/local/lib/python3.11/site-packages/a", None));
        assert!(MatchSubject::new(&requests, Some(&debian("12"))).is_ok(), "one place is its own");
    }

    #[test]
    fn a_system_package_needs_a_distribution_that_is_known_and_says_its_release() {
        let bash = package(PackageType::Deb, "bash", "5.2-1");
        let unknown = Distro { family: None, ..debian("12") };
        let no_release = Distro { releases: Vec::new(), ..debian("12") };
        for (distro, reason) in [
            (None, NotJudged::NoDistribution),
            (Some(&unknown), NotJudged::UnknownDistribution { id: "debian".into() }),
            (Some(&no_release), NotJudged::NoRelease),
            (
                Some(&distro("Alpine", "v3.18")),
                NotJudged::ForeignPackage { kind: PackageType::Deb },
            ),
        ] {
            assert_eq!(MatchSubject::new(&bash, distro), Err(reason));
        }
        assert!(MatchSubject::new(&bash, Some(&debian("12"))).is_ok());
    }

    #[test]
    fn what_no_source_of_advisories_speaks_of_is_told() {
        let redis = package(PackageType::Generic, "redis", "7.2.5");
        let why = MatchSubject::new(&redis, None).unwrap_err();
        assert_eq!(why, NotJudged::NoAdvisories { kind: PackageType::Generic });
    }

    #[test]
    fn a_python_name_is_folded() {
        let one = package(PackageType::Pypi, "Zope.Interface", "5.0");
        let other = package(PackageType::Pypi, "zope_interface", "5.0");
        assert_eq!(MatchSubject::new(&one, None), MatchSubject::new(&other, None));
    }

    #[test]
    fn a_language_package_does_not_depend_on_the_distribution() {
        let lodash = package(PackageType::Npm, "lodash", "4.17.20");
        let subject = |distro: Option<&Distro>| MatchSubject::new(&lodash, distro).unwrap();
        assert_eq!(subject(None).key(), subject(Some(&debian("12"))).key());
    }

    #[test]
    fn the_key_tells_every_part_from_every_other() {
        let subject = |change: fn(&mut Package)| {
            let mut package = package(PackageType::Rpm, "httpd", "2.4.37-1");
            package.id.arch = Some("x86_64".into());
            change(&mut package);
            MatchSubject::new(&package, Some(&distro("AlmaLinux", "8"))).unwrap()
        };
        let changes: [fn(&mut Package); 7] = [
            |_| {},
            |package| package.id.name = "httpd2".into(),
            |package| package.id.version = "2.4.37-2".into(),
            |package| package.id.arch = None,
            |package| package.id.module = Some("httpd:2.4:8030:aa".into()),
            |package| package.repository = Some(String::new()),
            |package| {
                package.source =
                    Some(SourcePackage { name: "httpd".into(), version: "2.4.37-1".into() });
            },
        ];
        let keys: std::collections::BTreeSet<_> =
            changes.into_iter().map(|change| subject(change).key()).collect();
        assert_eq!(keys.len(), changes.len());
        let build = |package: &mut Package| package.id.module = Some("httpd:2.4:8050:bb".into());
        assert_eq!(subject(build), subject(changes[4]), "builds of one stream are one subject");
    }

    #[test]
    fn a_source_rpm_takes_the_epoch_of_its_packages() {
        let mut libs = package(PackageType::Rpm, "openssl-libs", "1:3.0.7-1");
        libs.source = Some(SourcePackage { name: "openssl".into(), version: "3.0.7-1".into() });
        let subject = MatchSubject::new(&libs, Some(&distro("openEuler", "24.03-LTS"))).unwrap();
        assert_eq!(subject.spellings().next(), Some((NameKind::Source, "openssl", "1:3.0.7-1")));
    }
}
