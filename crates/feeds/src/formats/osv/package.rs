//! Which package an OSV record speaks of.

use super::schema::{Package, Text};
use crate::formats::json;
use crate::formats::purl::LanguagePackage;

/// A package, its ecosystem taken apart at the first colon.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PackageName {
    pub(super) family: String,
    pub(super) release: String,
    pub(super) package: String,
}

/// Families as some publishers spell them, and their names.
const OTHER_NAMES: &[(&str, &str)] = &[("kubernetes", "Kubernetes")];

/// The package's name; `None` where the record names none at all, and why where nobody can tell whose it is.
pub(super) fn package_name(package: &Package<'_>) -> Result<Option<PackageName>, &'static str> {
    let text = |text: &Option<Text<'_>>| json::text(text.as_ref()).trim().to_owned();
    let (ecosystem, name) = (text(&package.ecosystem), text(&package.name));
    let purl = text(&package.purl);
    if name.is_empty() && purl.is_empty() {
        return Ok(None);
    }
    let named = if ecosystem.is_empty() || name.is_empty() {
        of_purl(&purl).ok_or("package without an ecosystem")?
    } else {
        let (family, release) = ecosystem.split_once(':').unwrap_or((&ecosystem, ""));
        let own_name = OTHER_NAMES.iter().find(|(other, _)| *other == family);
        let family = own_name.map_or(family, |(_, name)| name);
        let (family, release) = (family.to_owned(), release.to_owned());
        PackageName { family, release, package: name }
    };
    Ok(Some(named))
}

/// A record may name its package by a purl alone.
fn of_purl(purl: &str) -> Option<PackageName> {
    let LanguagePackage { family, package, .. } = LanguagePackage::of(purl)?;
    Some(PackageName { family: family.to_owned(), release: String::new(), package })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(ecosystem: &str, name: &str, purl: &str) -> Result<Option<PackageName>, &'static str> {
        let text = |text: &str| Some(Text(text.to_owned().into()));
        package_name(&Package { ecosystem: text(ecosystem), name: text(name), purl: text(purl) })
    }

    #[test]
    fn ecosystems_are_taken_apart_at_their_first_colon() {
        for (ecosystem, name, purl, expected) in [
            ("Debian:12", "bash", "", Some(("Debian", "12", "bash"))),
            (
                "Red Hat:enterprise_linux:7::server",
                "bash",
                "",
                Some(("Red Hat", "enterprise_linux:7::server", "bash")),
            ),
            ("Alpine:v3.18", "apk-tools", "", Some(("Alpine", "v3.18", "apk-tools"))),
            ("kubernetes", "k8s.io/kubelet", "", Some(("Kubernetes", "", "k8s.io/kubelet"))),
            ("npm", "@scope/name", "", Some(("npm", "", "@scope/name"))),
            ("", "", "pkg:npm/%40scope/name", Some(("npm", "", "@scope/name"))),
            ("", "", "pkg:maven/org.example/thing@1", Some(("Maven", "", "org.example:thing"))),
            ("", "", "pkg:deb/debian/bash", None),
            ("", "bash", "", None),
        ] {
            let found = named(ecosystem, name, purl).ok().flatten();
            let expected = expected.map(|(family, release, package): (&str, &str, &str)| {
                let (family, release) = (family.to_owned(), release.to_owned());
                PackageName { family, release, package: package.to_owned() }
            });
            assert_eq!(found, expected, "{ecosystem} {name} {purl}");
        }
    }

    #[test]
    fn a_package_without_a_name_is_told_from_one_without_an_ecosystem() {
        assert_eq!(named("", "", ""), Ok(None));
        assert_eq!(named("Debian:12", "", ""), Ok(None));
        assert_eq!(named("", "bash", ""), Err("package without an ecosystem"));
    }
}
