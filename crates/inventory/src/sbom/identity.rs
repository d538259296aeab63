//! From a purl to the kind, name and version under which our own extractors have the same package: the inverse of
//! [`purl`](crate::purl()).

use std::str::FromStr;

use packageurl::PackageUrl;
use plimsoll_core::{Package, PackageId, PackageType, SourcePackage};

use crate::extractors::without_platform;
use crate::purl::source_of_purl;
use crate::{FoundPackage, FoundState};

/// Why a purl is no package.
pub(super) enum NoPackage {
    /// It names an image.
    Image,
    Malformed,
}

/// The package that a purl names, with what its qualifiers say of it; `None` where it is no purl, or names an image.
#[must_use]
pub fn package_of_purl(purl: &str) -> Option<Package> {
    let found = identify(purl, (None, ""), FoundState::Declared).ok()?;
    let (mut kind, mut name) = (PackageType::from_purl_type(&found.kind)?, found.name);
    // What a type's rules do not allow is written as a generic purl below the type's name.
    if kind == PackageType::Generic
        && let Some((first, rest)) = name.split_once('/')
        && let Some(own) = PackageType::from_purl_type(first)
    {
        (kind, name) = (own, rest.to_owned());
    }
    let source = found.source_name.map(|name| SourcePackage {
        name,
        version: found.source_version.unwrap_or_else(|| found.version.clone()),
    });
    let (version, arch, module) = (found.version, found.arch, found.module);
    let id = PackageId { kind, name, version, arch, module, system: None };
    Some(Package { source, ..Package::of(id) })
}

/// The package that a purl names, in a document about what is there in that state. `group` and `name` are the entry's own, whose
/// spelling counts where a purl has lost it.
pub(super) fn identify(
    text: &str,
    (group, name): (Option<&str>, &str),
    state: FoundState,
) -> Result<FoundPackage, NoPackage> {
    let purl = PackageUrl::from_str(text).map_err(|_| NoPackage::Malformed)?;
    if matches!(purl.ty(), "oci" | "docker") {
        return Err(NoPackage::Image);
    }
    let version = purl.version().unwrap_or_default();
    let is_foreign = |kind: &PackageType| kind.is_system() && state == FoundState::Bundled;
    let kind = PackageType::from_purl_type(purl.ty()).filter(|kind| !is_foreign(kind));
    let Some(kind) = kind else {
        let kind = PackageType::Generic;
        let name = format!("{}/{}", purl.ty(), kind.name_of_purl(purl.namespace(), purl.name()));
        return Ok(FoundPackage::new(kind, name, version));
    };
    let mut package = FoundPackage::new(kind, "", version);
    let full_name =
        unfolded(kind, text).unwrap_or_else(|| kind.name_of_purl(purl.namespace(), purl.name()));
    package.name = spelled(full_name, (kind, group, name));
    let qualifier = |name: &str| purl.qualifiers().get(name).map(ToString::to_string);
    match kind {
        PackageType::Rpm => {
            if let Some(epoch) = qualifier("epoch") {
                package.version = format!("{epoch}:{version}");
            }
            package.module = qualifier("rpmmod");
        }
        PackageType::Golang if package.name == "std" => {
            package.name = "stdlib".to_owned();
            package.version = version.strip_prefix("go").unwrap_or(version).to_owned();
        }
        PackageType::Gem => package.version = without_platform(version).to_owned(),
        // Some scanners write a Debian package's epoch apart, as rpm's is.
        PackageType::Deb => {
            if let Some(epoch) = qualifier("epoch").filter(|_| !version.contains(':')) {
                package.version = format!("{epoch}:{version}");
            }
        }
        _ => {}
    }
    if kind.is_system() {
        package.arch = qualifier("arch");
        let upstream = qualifier("upstream");
        let source = upstream.and_then(|text| source_of_purl(kind, &text, &package.version));
        if let Some(source) = source {
            (package.source_name, package.source_version) =
                (Some(source.name), Some(source.version));
        }
    }
    Ok(package)
}

/// The name as the text spells it, where the rules of the purl's type fold names that differ by their case: Go's and npm's.
fn unfolded(kind: PackageType, text: &str) -> Option<String> {
    if !matches!(kind, PackageType::Golang | PackageType::Npm) {
        return None;
    }
    let (_, path) = text.split_once(':')?.1.trim_start_matches('/').split_once('/')?;
    // Of this type nothing is folded.
    let purl = PackageUrl::from_str(&format!("pkg:generic/{path}")).ok()?;
    Some(kind.name_of_purl(purl.namespace(), purl.name()))
}

/// The entry's own spelling of the name, where it is the same but for what a purl folds: case, and for Python the sign between words.
fn spelled(name: String, (kind, group, own): (PackageType, Option<&str>, &str)) -> String {
    let folded = |text: &str| match kind {
        PackageType::Pypi => text.to_lowercase().replace(['_', '.'], "-"),
        _ => text.to_lowercase(),
    };
    let separator = if kind == PackageType::Maven { ':' } else { '/' };
    let whole = group.filter(|group| !group.is_empty());
    let whole = whole.map_or_else(|| own.to_owned(), |group| format!("{group}{separator}{own}"));
    if folded(&whole) == folded(&name) { whole } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identified(purl: &str, own: &str) -> Option<FoundPackage> {
        identify(purl, (None, own), FoundState::Declared).ok()
    }

    #[test]
    fn names_and_versions_are_spelled_as_package_managers_do() {
        for (purl, own, kind, name, version) in [
            (
                "pkg:deb/debian/libc6@2.36-9%2Bdeb12u4?arch=amd64",
                "libc6",
                "deb",
                "libc6",
                "2.36-9+deb12u4",
            ),
            ("pkg:rpm/redhat/bind@9.9.4-61.el7?epoch=32", "bind", "rpm", "bind", "32:9.9.4-61.el7"),
            ("pkg:apk/wolfi/bash@5.2-r1", "bash", "apk", "bash", "5.2-r1"),
            ("pkg:npm/%40babel/core@7.0.0", "core", "npm", "@babel/core", "7.0.0"),
            ("pkg:npm/jsonstream@1.3.5", "JSONStream", "npm", "JSONStream", "1.3.5"),
            (
                "pkg:pypi/typing-extensions@4.1",
                "typing_extensions",
                "pypi",
                "typing_extensions",
                "4.1",
            ),
            ("pkg:pypi/ruamel.yaml@1", "other", "pypi", "ruamel.yaml", "1"),
            (
                "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1",
                "log4j-core",
                "maven",
                "org.apache.logging.log4j:log4j-core",
                "2.14.1",
            ),
            (
                "pkg:golang/github.com/burntsushi/toml@v1.3.2",
                "github.com/BurntSushi/toml",
                "golang",
                "github.com/BurntSushi/toml",
                "v1.3.2",
            ),
            (
                "pkg:golang/github.com/Masterminds/goutils@v1.1.0",
                "goutils",
                "golang",
                "github.com/Masterminds/goutils",
                "v1.1.0",
            ),
            ("pkg:npm/%40Acme/JSONStream@1", "other", "npm", "@Acme/JSONStream", "1"),
            ("pkg:golang/std@go1.22.3?type=module", "std", "golang", "stdlib", "1.22.3"),
            (
                "pkg:bitnami/redis@7.2.4-3?arch=amd64&distro=debian-12",
                "redis",
                "bitnami",
                "redis",
                "7.2.4-3",
            ),
            ("pkg:gem/nokogiri@1.15.0-x86_64-linux", "nokogiri", "gem", "nokogiri", "1.15.0"),
            ("pkg:gem/ffi@1.16.3-java?platform=java", "ffi", "gem", "ffi", "1.16.3"),
            ("pkg:gem/old@1.0-rc1", "old", "gem", "old", "1.0-rc1"),
            ("pkg:gem/old@1.0-rc1-arm64-darwin", "old", "gem", "old", "1.0-rc1"),
            ("pkg:ebuild/app-shells/bash@5.2", "bash", "ebuild", "app-shells/bash", "5.2"),
            ("pkg:cpan/DROLSKY/DateTime@1.55", "DateTime", "cpan", "DateTime", "1.55"),
            ("pkg:vcpkg/zlib@1.3", "zlib", "generic", "vcpkg/zlib", "1.3"),
            ("pkg:swid/Acme/server@1?tag_id=1", "server", "generic", "swid/Acme/server", "1"),
        ] {
            let package = identified(purl, own).unwrap();
            let found = (package.kind.as_str(), package.name.as_str(), package.version.as_str());
            assert_eq!(found, (kind, name, version), "{purl}");
        }
    }

    #[test]
    fn qualifiers_say_architecture_module_and_origin() {
        let rpm = identified(
            "pkg:rpm/redhat/perl@5.26-1?arch=x86_64&rpmmod=perl:5.26&upstream=perl-5.26-1.src.rpm",
            "perl",
        )
        .unwrap();
        assert_eq!(
            (rpm.arch.as_deref(), rpm.module.as_deref()),
            (Some("x86_64"), Some("perl:5.26"))
        );
        assert_eq!(
            (rpm.source_name.as_deref(), rpm.source_version.as_deref()),
            (Some("perl"), Some("5.26-1"))
        );
        let deb = identified("pkg:deb/debian/libc6@2.36?upstream=glibc%402.36-1", "libc6").unwrap();
        assert_eq!(
            (deb.source_name.as_deref(), deb.source_version.as_deref()),
            (Some("glibc"), Some("2.36-1"))
        );
        assert_eq!(identified("pkg:bitnami/redis@7?arch=amd64", "redis").unwrap().arch, None);
    }

    #[test]
    fn what_is_no_package_is_told_apart() {
        let identify = |purl| identify(purl, (None, "a"), FoundState::Declared);
        assert!(matches!(identify("pkg:oci/a@sha256%3Ab"), Err(NoPackage::Image)));
        for purl in ["", "a", "pkg:", "pkg:npm", "pkg:npm/", "http://a/b", "pkg:swift/a@1"] {
            assert!(matches!(identify(purl), Err(NoPackage::Malformed)), "{purl}");
        }
    }

    #[test]
    fn a_purl_of_ours_comes_back_as_the_package_that_it_was_made_of() {
        for (kind, name, version) in [
            (PackageType::Apk, "bash", "5.2-r1"),
            (PackageType::Rpm, "bind", "32:9.9-1.el7"),
            (PackageType::Maven, "org.a:b", "1"),
            (PackageType::Npm, "@a/b", "1.0.0"),
            (PackageType::Golang, "example.com/a/b/v2", "v2.0.0"),
            (PackageType::Pypi, "zope.interface", "5"),
            (PackageType::Composer, "a/b", "1"),
            (PackageType::Cargo, "serde", "1.0.1"),
            (PackageType::Gem, "rails", "7"),
            (PackageType::Nuget, "Newtonsoft.Json", "13"),
            (PackageType::Ebuild, "app-shells/bash", "5.2-r1"),
            (PackageType::Generic, "openjdk", "17.0.2+8"),
            (PackageType::Wordpress, "plugin/akismet", "5"),
        ] {
            let id = PackageId {
                kind,
                name: name.into(),
                version: version.into(),
                arch: None,
                module: None,
                system: None,
            };
            let purl = crate::purl(&id, None, None);
            let package = identified(&purl, "").unwrap();
            let found = (package.kind.as_str(), package.name.as_str(), package.version.as_str());
            assert_eq!(found, (kind.as_str(), name, version), "{purl}");
            assert_eq!(package_of_purl(&purl).map(|package| package.id), Some(id), "{purl}");
        }
    }

    #[test]
    fn a_generic_purl_below_a_types_name_is_of_that_type() {
        for (purl, kind, name) in [
            ("pkg:generic/julia/HTTP@1", PackageType::Julia, "HTTP"),
            ("pkg:generic/composer/nameless@1", PackageType::Composer, "nameless"),
            ("pkg:generic/acme/tool@1", PackageType::Generic, "acme/tool"),
        ] {
            let id = package_of_purl(purl).unwrap().id;
            assert_eq!((id.kind, id.name.as_str()), (kind, name), "{purl}");
        }
        assert_eq!(package_of_purl("pkg:oci/a@sha256%3Ab"), None);
        let purl = "pkg:deb/debian/libc6@2.36-9?arch=amd64&upstream=glibc";
        let source = package_of_purl(purl).unwrap().source.unwrap();
        assert_eq!((source.name.as_str(), source.version.as_str()), ("glibc", "2.36-9"));
    }
}
