//! A package's purl (package-url/purl-spec; the rules of each type are in its PURL-TYPES).

use packageurl::PackageUrl;
use plimsoll_core::{Distro, PackageId, PackageType};

/// The canonical purl; the distribution is the namespace of system packages.
///
/// What the rules of its type do not allow (a Perl distribution whose author is not known, a name with a `/` where there are no
/// namespaces) is a `generic` one below the type's name, as no other purl would be valid. A name that no purl can hold (an empty one)
/// gives the empty text.
#[must_use]
pub fn purl(id: &PackageId, distro: Option<&Distro>) -> String {
    let kind = id.kind.as_str();
    let purl = build((kind, split_name(id, distro)), id, distro)
        .or_else(|_| build(("generic", (Some(kind.to_owned()), id.name.clone())), id, distro));
    let text = purl.map(|purl| purl.to_string()).unwrap_or_default();
    if id.version.contains('/') { with_whole_version(&text) } else { text }
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
    distro: Option<&Distro>,
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
        let release = if distro.version_id.is_empty() {
            distro.id.clone()
        } else {
            format!("{}-{}", distro.id, distro.version_id)
        };
        purl.add_qualifier("distro", release)?;
    }
    purl.validate()?;
    Ok(purl)
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
fn names_distro(kind: PackageType) -> bool {
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
            };
            assert_eq!(purl(&id, Some(&debian)), expected);
        }
    }
}
