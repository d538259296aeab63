//! A package's purl (package-url/purl-spec; the rules of each type are in its PURL-TYPES).

use std::collections::BTreeMap;

use packageurl::PackageUrl;
use plimsoll_core::{Distro, PackageId, PackageType, SourcePackage};

use crate::{DISTROS, distro};

/// The canonical purl; the distribution is the namespace of system packages. `upstream` names what a system package was built from, as Syft
/// writes it, where that is called otherwise: advisories may speak of it alone.
///
/// What the rules of its type do not allow (a Perl distribution whose author is not known, a name with a `/` where there are no
/// namespaces) is a `generic` one below the type's name, as no other purl would be valid. A name that no purl can hold (an empty one)
/// gives the empty text.
#[must_use]
pub fn purl(id: &PackageId, source: Option<&SourcePackage>, distro: Option<&Distro>) -> String {
    let kind = id.kind.as_str();
    let upstream = source.filter(|_| names_distro(id.kind)).and_then(|source| upstream(id, source));
    let build = |name| build(name, id, (upstream.as_deref(), distro));
    let purl = build((kind, split_name(id, distro)))
        .or_else(|_| build(("generic", (Some(kind.to_owned()), id.name.clone()))));
    let text = purl.map(|purl| purl.to_string()).unwrap_or_default();
    if id.version.contains('/') { with_whole_version(&text) } else { text }
}

/// The distribution that the purl of a system package names, by its `distro` qualifier, else by its namespace; `None` where it has
/// neither. The inverse of what [`purl`] writes.
///
/// A qualifier that names no distribution is a release of the one that is the namespace (`distro=bookworm`, as in purl-spec's examples).
#[must_use]
pub fn distro_of_purl(namespace: Option<&str>, qualifier: Option<&str>) -> Option<Distro> {
    let namespace = namespace.filter(|id| is_known(id));
    let Some(text) = qualifier else {
        return Some(distro_named(namespace?, ""));
    };
    // An id may have a hyphen, so that the longest is the one that is meant.
    let hyphens =
        text.rmatch_indices('-').map(|(hyphen, _)| (&text[..hyphen], &text[hyphen + 1..]));
    let mut splits = [(text, "")].into_iter().chain(hyphens);
    if let Some((id, version)) = splits.find(|(id, _)| is_known(id)) {
        return Some(distro_named(id, version));
    }
    let release = namespace.map(|id| distro_named(id, text));
    let release = release.filter(|distro| !distro.releases.is_empty());
    let (id, version) = text.rsplit_once('-').unwrap_or((text, ""));
    Some(release.unwrap_or_else(|| distro_named(id, version)))
}

fn is_known(id: &str) -> bool {
    DISTROS.iter().flat_map(|known| known.ids).any(|known| known.eq_ignore_ascii_case(id))
}

/// The distribution with that id in that release, which may be named by its codename.
fn distro_named(id: &str, version: &str) -> Distro {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let mut os_release = BTreeMap::from([pair("ID", id), pair("VERSION_ID", version)]);
    if version.starts_with(|first: char| first.is_ascii_alphabetic()) {
        os_release.insert("VERSION_CODENAME".to_owned(), version.to_owned());
    }
    distro(&os_release, &[])
}

/// `ID-VERSION_ID`. Where these two do not tell the release (Alpine's edge, Debian before its release, openEuler's service packs), what
/// advisories call it stands for the latter.
pub(crate) fn distro_qualifier(distro: &Distro) -> String {
    let named = |release: &str| match release {
        "" => distro.id.clone(),
        release => format!("{}-{release}", distro.id),
    };
    let tells = |text: &String| {
        distro_of_purl(None, Some(text)).is_some_and(|read| read.releases == distro.releases)
    };
    let plain = named(&distro.version_id);
    match distro.releases.as_slice() {
        [release] if !tells(&plain) => Some(named(release)).filter(tells).unwrap_or(plain),
        _ => plain,
    }
}

/// A `/` in a version is left as it is by the crate that writes purls, and read as one between names.
fn with_whole_version(text: &str) -> String {
    // Neither can stand in a name: they would be encoded there.
    let (path, qualifiers) = text.split_at(text.find('?').unwrap_or(text.len()));
    let (name, version) = path.split_at(path.find('@').unwrap_or(path.len()));
    format!("{name}{}{qualifiers}", version.replace('/', "%2F"))
}

fn build(
    (kind, (namespace, name)): (&'static str, (Option<String>, String)),
    id: &PackageId,
    (upstream, distro): (Option<&str>, Option<&Distro>),
) -> packageurl::Result<PackageUrl<'static>> {
    let mut purl = PackageUrl::new(kind, name)?;
    if let Some(namespace) = namespace.filter(|namespace| !namespace.is_empty()) {
        purl.with_namespace(namespace)?;
    }
    let (epoch, version) = match (id.kind, id.version.split_once(':')) {
        (PackageType::Rpm, Some((epoch, rest))) => (Some(epoch.to_owned()), rest.to_owned()),
        _ => (None, id.version.clone()),
    };
    if !version.is_empty() {
        purl.with_version(version)?;
    }
    if let Some(arch) = &id.arch {
        purl.add_qualifier("arch", arch.clone())?;
    }
    if let Some(epoch) = epoch {
        purl.add_qualifier("epoch", epoch)?;
    }
    // A slot of Gentoo's is none.
    if let Some(module) = id.module.as_ref().filter(|_| id.kind == PackageType::Rpm) {
        purl.add_qualifier("rpmmod", module.clone())?;
    }
    if let Some(distro) = distro.filter(|_| names_distro(id.kind)) {
        purl.add_qualifier("distro", distro_qualifier(distro))?;
    }
    if let Some(upstream) = upstream {
        purl.add_qualifier("upstream", upstream.to_owned())?;
    }
    purl.validate()?;
    Ok(purl)
}

/// `None` where the source has the package's own name and version.
fn upstream(id: &PackageId, source: &SourcePackage) -> Option<String> {
    let SourcePackage { name, version } = source;
    let without_epoch = |text: &str| text.split_once(':').map_or(text, |(_, rest)| rest).to_owned();
    let is_same_version = version == &id.version
        || id.kind == PackageType::Rpm && without_epoch(version) == without_epoch(&id.version);
    match (name == &id.name, is_same_version) {
        (true, true) => None,
        _ if id.kind == PackageType::Rpm => {
            Some(format!("{name}-{}.src.rpm", without_epoch(version)))
        }
        (false, true) => Some(name.clone()),
        (_, false) => Some(format!("{name}@{version}")),
    }
}

/// What [`upstream`] says of a package of that type and version.
pub(crate) fn source_of_purl(
    kind: PackageType,
    upstream: &str,
    package_version: &str,
) -> Option<SourcePackage> {
    let (name, version) = match kind {
        PackageType::Rpm => split_source_rpm(upstream)?,
        _ => upstream.split_once('@').unwrap_or((upstream, package_version)),
    };
    Some(SourcePackage { name: name.to_owned(), version: version.to_owned() })
}

/// Name and `version-release` of `name-version-release.src.rpm`. Only the name may hold a `-`.
pub(crate) fn split_source_rpm(file_name: &str) -> Option<(&str, &str)> {
    let stem =
        file_name.strip_suffix(".src.rpm").or_else(|| file_name.strip_suffix(".nosrc.rpm"))?;
    let (before_release, _) = stem.rsplit_once('-')?;
    let (name, version) = before_release.rsplit_once('-')?;
    if name.is_empty() || version.is_empty() {
        return None;
    }
    Some((name, stem.get(name.len() + 1..)?))
}

fn split_name(id: &PackageId, distro: Option<&Distro>) -> (Option<String>, String) {
    let split = |(namespace, name): (&str, &str)| (Some(namespace.to_owned()), name.to_owned());
    let whole = |name: &str| (None, name.to_owned());
    match id.kind {
        kind if names_distro(kind) && kind != PackageType::Ebuild => {
            (distro.map(|distro| distro.id.clone()), id.name.clone())
        }
        PackageType::Maven => id.name.split_once(':').map_or_else(|| whole(&id.name), split),
        PackageType::Pypi => whole(&id.name.to_ascii_lowercase().replace('_', "-")),
        PackageType::Bitnami
        | PackageType::Composer
        | PackageType::Github
        | PackageType::Hex
        | PackageType::Otp
        | PackageType::Pub => {
            let name = id.name.to_lowercase();
            name.rsplit_once('/').map_or_else(|| whole(&name), split)
        }
        _ => id.name.rsplit_once('/').map_or_else(|| whole(&id.name), split),
    }
}

/// True for packages of the distribution itself, whose purl says which one that is.
pub(crate) fn names_distro(kind: PackageType) -> bool {
    matches!(
        kind,
        PackageType::Alpm
            | PackageType::Apk
            | PackageType::Deb
            | PackageType::Ebuild
            | PackageType::Opkg
            | PackageType::Rpm
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purls_follow_the_rules_of_their_type() {
        let debian = Distro {
            id: "debian".into(),
            id_like: Vec::new(),
            version_id: "12".into(),
            pretty_name: String::new(),
            codename: None,
            cpe: None,
            family: None,
            releases: Vec::new(),
        };
        for (kind, name, version, arch, expected) in [
            (
                PackageType::Deb,
                "libc6",
                "2.36-9+deb12u4",
                Some("amd64"),
                "pkg:deb/debian/libc6@2.36-9%2Bdeb12u4?arch=amd64&distro=debian-12",
            ),
            (
                PackageType::Rpm,
                "bind",
                "32:9.9.4-61.el7",
                Some("x86_64"),
                "pkg:rpm/debian/bind@9.9.4-61.el7?arch=x86_64&distro=debian-12&epoch=32",
            ),
            (PackageType::Npm, "@babel/core", "7.0.0", None, "pkg:npm/%40babel/core@7.0.0"),
            (PackageType::Pypi, "Zope_Interface", "5.0", None, "pkg:pypi/zope-interface@5.0"),
            (
                PackageType::Maven,
                "org.apache.logging.log4j:log4j-core",
                "2.14.1",
                None,
                "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1",
            ),
            (
                PackageType::Golang,
                "github.com/gin-gonic/gin",
                "v1.6.0",
                None,
                "pkg:golang/github.com/gin-gonic/gin@v1.6.0",
            ),
            (
                PackageType::Npm,
                "@a/b",
                "git+https://c/d@1",
                None,
                "pkg:npm/%40a/b@git%2Bhttps:%2F%2Fc%2Fd%401",
            ),
            (PackageType::Golang, "stdlib", "1.20.1", None, "pkg:golang/stdlib@1.20.1"),
            (PackageType::Composer, "Guzzle/HTTP", "1", None, "pkg:composer/guzzle/http@1"),
            (PackageType::Composer, "nameless", "1", None, "pkg:generic/composer/nameless@1"),
            (PackageType::Cpan, "Moose", "2.2", None, "pkg:generic/cpan/Moose@2.2"),
            (PackageType::Hackage, "a/b", "1", None, "pkg:generic/hackage/a%2Fb@1"),
            (PackageType::Generic, "swi-prolog/", "1", None, "pkg:generic/generic/swi-prolog%2F@1"),
            (PackageType::Generic, "redis", "7.2.5", None, "pkg:generic/redis@7.2.5"),
            (PackageType::Wordpress, "plugin/akismet", "5", None, "pkg:wordpress/plugin/akismet@5"),
            (
                PackageType::Ebuild,
                "app-shells/bash",
                "5.2",
                None,
                "pkg:ebuild/app-shells/bash@5.2?distro=debian-12",
            ),
        ] {
            let id = PackageId {
                kind,
                name: name.into(),
                version: version.into(),
                arch: arch.map(Into::into),
                module: None,
                system: None,
            };
            assert_eq!(purl(&id, None, Some(&debian)), expected);
        }
    }

    #[test]
    fn the_release_of_a_purl_of_ours_is_the_one_that_judges_the_image() {
        let os_releases: &[(&[(&str, &str)], &str)] = &[
            (&[("ID", "debian"), ("VERSION_ID", "12")], "debian-12"),
            (&[("ID", "debian"), ("PRETTY_NAME", "Debian GNU/Linux forky/sid")], "debian-14"),
            (&[("ID", "alpine"), ("VERSION_ID", "3.18.12")], "alpine-3.18.12"),
            (&[("ID", "alpine"), ("VERSION_ID", "3.22.0_alpha1")], "alpine-3.22.0_alpha1"),
            (
                &[("ID", "alpine"), ("VERSION_ID", "3.19.0"), ("PRETTY_NAME", "Alpine Linux edge")],
                "alpine-edge",
            ),
            (&[("ID", "arch")], "arch"),
            (&[("ID", "wolfi"), ("VERSION_ID", "20230201")], "wolfi-20230201"),
            (&[("ID", "opensuse-leap"), ("VERSION_ID", "15.6")], "opensuse-leap-15.6"),
            (&[("ID", "opensuse-tumbleweed")], "opensuse-tumbleweed"),
            (
                &[("ID", "openEuler"), ("VERSION_ID", "24.03"), ("VERSION", "24.03 (LTS-SP1)")],
                "openEuler-24.03-LTS-SP1",
            ),
            (&[("ID", "rhel"), ("VERSION_ID", "9.4")], "rhel-9.4"),
            (&[("ID", "plan-9"), ("VERSION_ID", "4")], "plan-9-4"),
        ];
        for (os_release, qualifier) in os_releases {
            let pairs = os_release.iter().map(|&(key, value)| (key.to_owned(), value.to_owned()));
            let image = distro(&pairs.collect(), &[]);
            assert_eq!(distro_qualifier(&image), *qualifier);
            let read = distro_of_purl(None, Some(qualifier)).unwrap();
            assert_eq!((&read.id, &read.family), (&image.id, &image.family), "{qualifier}");
            assert_eq!(read.releases, image.releases, "{qualifier}");
        }
    }

    #[test]
    fn the_namespace_is_the_distribution_where_the_qualifier_names_none() {
        for (namespace, qualifier, id, releases) in [
            (Some("debian"), Some("bookworm"), "debian", &["12"][..]),
            (Some("debian"), Some("12"), "debian", &["12"]),
            (Some("debian"), None, "debian", &[]),
            (Some("arch"), None, "arch", &[""]),
            (Some("ubuntu"), Some("debian-12"), "debian", &["12"]),
            (Some("debian"), Some("plan9-4"), "plan9", &[]),
        ] {
            let read = distro_of_purl(namespace, qualifier).unwrap();
            assert_eq!(
                (read.id.as_str(), &read.releases[..]),
                (id, &releases.iter().map(|&release| release.to_owned()).collect::<Vec<_>>()[..])
            );
        }
        assert_eq!(distro_of_purl(None, None), None);
        assert_eq!(distro_of_purl(Some("unheard-of"), None), None);
    }

    #[test]
    fn source_rpms_are_split_from_the_right() {
        for (file_name, expected) in [
            ("bind-9.9.4-61.el7.src.rpm", Some(("bind", "9.9.4-61.el7"))),
            ("a-b-c-1~rc1-2.src.rpm", Some(("a-b-c", "1~rc1-2"))),
            ("java-1.8.0-oracle-1.8.0.1-1.nosrc.rpm", Some(("java-1.8.0-oracle", "1.8.0.1-1"))),
            ("bind-9.9.4-61.el7.x86_64.rpm", None),
            ("bind-1.src.rpm", None),
            ("-1-2.src.rpm", None),
            ("(none)", None),
        ] {
            assert_eq!(split_source_rpm(file_name), expected, "{file_name}");
        }
    }

    #[test]
    fn what_a_package_was_built_from_is_read_as_it_is_written() {
        use PackageType::{Apk, Deb, Npm, Rpm};
        for (kind, package, source, expected) in [
            (Deb, "libssl3 3.0.9-1", "openssl 3.0.9-1", Some("openssl")),
            (Deb, "zlib1g 1:1.2-1+b1", "zlib 1:1.2-1", Some("zlib%401:1.2-1")),
            (Deb, "bash 5.2-1+b1", "bash 5.2-1", Some("bash%405.2-1")),
            (Deb, "bash 5.2-1", "bash 5.2-1", None),
            (Apk, "libcrypto3 3.1-r1", "openssl 3.1-r1", Some("openssl")),
            (Rpm, "bind-libs 32:9.9-1.el7", "bind 9.9-1.el7", Some("bind-9.9-1.el7.src.rpm")),
            (Rpm, "bind 32:9.9-1.el7", "bind 9.9-1.el7", None),
            (Npm, "a 1", "b 2", None),
        ] {
            let split = |text: &str| {
                let (name, version) = text.split_once(' ').unwrap();
                (name.to_owned(), version.to_owned())
            };
            let ((name, version), source) = (split(package), split(source));
            let id = PackageId { kind, name, version, arch: None, module: None, system: None };
            let source = SourcePackage { name: source.0, version: source.1 };
            let text = purl(&id, Some(&source), None);
            let written = text.split_once("upstream=").map(|(_, upstream)| upstream);
            assert_eq!(written, expected, "{package}");
            if kind != Npm {
                let read = crate::sbom::package_of_purl(&text).unwrap();
                assert_eq!(read.source, expected.map(|_| source), "{package}");
            }
        }
    }
}
