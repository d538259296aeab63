//! Package URLs (package-url/purl-spec): what those of languages name, and the parts of those of distributions.

use std::borrow::Cow;
use std::str::FromStr;

use packageurl::PackageUrl;
use plimsoll_advisory::{FAMILIES, NameKind};
use plimsoll_core::PackageType;

/// The package that a language's purl names. A distribution's would lack the release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LanguagePackage {
    pub(crate) family: &'static str,
    /// As records of the family name it: `@scope/name`, `group:artifact`.
    pub(crate) package: String,
    pub(crate) version: Option<String>,
}

impl LanguagePackage {
    pub(crate) fn of(purl: &str) -> Option<Self> {
        let purl = PackageUrl::from_str(purl).ok()?;
        let family = FAMILIES.iter().find(|family| {
            family.names == NameKind::Package && family.purl_type == Some(purl.ty())
        })?;
        // What no image has is named as most ecosystems do.
        let kind = PackageType::from_purl_type(purl.ty()).unwrap_or(PackageType::Generic);
        let package = kind.name_of_purl(purl.namespace(), purl.name());
        let version = purl.version().map(str::to_owned);
        Some(Self { family: family.name, package, version })
    }
}

/// A distribution's purl, each part as it is written: documents name millions of them, so they are taken apart in place, and decoded only
/// where something is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Purl<'a> {
    /// The type: `rpm`, `oci`, `maven`.
    pub(crate) kind: &'a str,
    name: &'a str,
    version: &'a str,
    qualifiers: &'a str,
}

impl<'a> Purl<'a> {
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let (kind, rest) = text.strip_prefix("pkg:")?.trim_start_matches('/').split_once('/')?;
        let rest = rest.split('#').next().unwrap_or(rest);
        let (rest, qualifiers) = rest.split_once('?').unwrap_or((rest, ""));
        // An @ in the namespace belongs to no version.
        let name_at = rest.rfind('/').map_or(0, |slash| slash + 1);
        let last = rest.get(name_at..)?;
        let (name, version) = last.split_once('@').unwrap_or((last, ""));
        (!name.is_empty()).then_some(Self { kind, name, version, qualifiers })
    }

    pub(crate) fn name(&self) -> Cow<'a, str> {
        decoded(self.name)
    }

    /// Empty where it has none.
    pub(crate) fn version(&self) -> Cow<'a, str> {
        decoded(self.version)
    }

    pub(crate) fn qualifier(&self, key: &str) -> Option<Cow<'a, str>> {
        let pairs = self.qualifiers.split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(own, _)| *own == key).map(|(_, value)| decoded(value)).next()
    }
}

/// Text without percent-encoding; as it stands where what it encodes is no text.
fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let encoded = after.get(..2).filter(|_| first == b'%');
        let byte = encoded
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(byte.unwrap_or(first));
        rest = if byte.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    String::from_utf8(bytes).map_or(Cow::Borrowed(text), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_languages_purl_names_a_package_whole() {
        for (text, expected) in [
            ("pkg:npm/%40scope/name@1.0", Some(("npm", "@scope/name", Some("1.0")))),
            ("pkg:maven/org.example/thing", Some(("Maven", "org.example:thing", None))),
            ("pkg:pypi/urllib3@1.26%2Bcgr.0", Some(("PyPI", "urllib3", Some("1.26+cgr.0")))),
            ("pkg:deb/debian/bash@5", None),
            ("urllib3", None),
        ] {
            let named = LanguagePackage::of(text);
            let named =
                named.as_ref().map(|one| (one.family, &*one.package, one.version.as_deref()));
            assert_eq!(named, expected, "{text}");
        }
    }

    #[test]
    fn parts_are_found_and_decoded() {
        for (text, kind, name, version, arch) in [
            (
                "pkg:rpm/redhat/bash@5.1-1.el9?arch=x86_64&epoch=1",
                "rpm",
                "bash",
                "5.1-1.el9",
                "x86_64",
            ),
            (
                "pkg:rpm/redhat/libstdc%2B%2B@8-1.module%2bel8?arch=src",
                "rpm",
                "libstdc++",
                "8-1.module+el8",
                "src",
            ),
            ("pkg:rpm/redhat/libstdc++?arch=src", "rpm", "libstdc++", "", "src"),
            ("pkg:oci/a%zz@sha256:aa_amd64#sub", "oci", "a%zz", "sha256:aa_amd64", ""),
            ("pkg:npm/%40scope/name%ff", "npm", "name%ff", "", ""),
        ] {
            let purl = Purl::parse(text).unwrap();
            let parts = (purl.kind, purl.name(), purl.version());
            assert_eq!(parts, (kind, name.into(), version.into()), "{text}");
            assert_eq!(purl.qualifier("arch").unwrap_or_default(), arch, "{text}");
        }
        for text in ["", "pkg:rpm", "pkg:rpm/", "pkg:rpm/a/", "rpm/a/b", "pkg:rpm/@1"] {
            assert_eq!(Purl::parse(text), None, "{text}");
        }
    }
}
