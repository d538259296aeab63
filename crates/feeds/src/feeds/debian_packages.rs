//! The index of a security suite (`Sources` or `Packages` of `dists/bookworm-security/…`): what Debian, Ubuntu, or whoever keeps a
//! repository beside theirs, has published there.
//!
//! Such an index names no flaw, only versions. But a security suite holds nothing but security updates, so each of its source
//! packages is a record of its own, `bookworm-security:openssl:3.0.11-1~deb12u2`: what is installed in an older version lacks an
//! update. The index of any other suite says nothing of security and is not read. Which suite it is stands in its path alone.

use std::collections::BTreeSet;

use plimsoll_advisory::{Advisory, Affected, Interval};
use plimsoll_core::{debian_release, ubuntu_release};

use crate::document::{Document, Form};
use crate::feed::Feed;
use crate::formats::{debian, ubuntu};
use crate::import::{Import, NotOfThisFeed};

pub(crate) static DEBIAN_PACKAGES: Feed = Feed {
    id: "debian-packages",
    summary: "The package index of a security suite: which version of each source package is the latest update",
    recognises: |outline| {
        outline.form == Form::Text
            && outline.has(&["Package", "Version"])
            && Suite::of(outline.path).is_some()
    },
    import,
    ..Feed::BASE
};

/// A security suite.
#[derive(Debug, PartialEq, Eq)]
struct Suite {
    /// `bookworm-security`; of old `squeeze-updates`, written `squeeze/updates`.
    name: String,
    family: &'static str,
    release: String,
}

impl Suite {
    /// From what follows `dists` in a path.
    fn of(path: &str) -> Option<Self> {
        let (_, below) = path.rsplit_once("dists/")?;
        let mut parts = below.split('/');
        let (first, second) = (parts.next()?, parts.next()?);
        let (name, codename) = match (first.strip_suffix("-security"), second) {
            (Some(codename), _) => (first.to_owned(), codename),
            // As Debian's were called before `bullseye`.
            (None, "updates") => (format!("{first}-{second}"), first),
            _ => return None,
        };
        // Ubuntu Pro's are called `jammy-infra-security` and `jammy-apps-security`.
        let pro = codename.strip_suffix("-infra").or_else(|| codename.strip_suffix("-apps"));
        if let Some(release) = debian_release(codename) {
            return Some(Self { name, family: debian::FAMILY, release: release.to_owned() });
        }
        let prefix = if pro.is_some() { "Pro:" } else { "" };
        let release = format!("{prefix}{}", ubuntu_release(pro.unwrap_or(codename))?);
        Some(Self { name, family: ubuntu::FAMILY, release })
    }
}

fn import(document: &Document<'_>, import: &mut Import<'_>) -> Result<(), NotOfThisFeed> {
    let suite = Suite::of(document.path).ok_or(NotOfThisFeed)?;
    let text = document.text().ok_or(NotOfThisFeed)?;
    let mut stanzas = stanzas(text).peekable();
    if stanzas.peek().is_none_or(|first| first.source().is_none()) {
        return Err(NotOfThisFeed);
    }
    let mut sources = BTreeSet::new();
    for stanza in stanzas {
        match stanza.source() {
            Some(source) => {
                // A source has many binaries.
                sources.insert(source);
            }
            None => import.tally.reject("package without a version"),
        }
    }
    for (package, version) in sources {
        let affected = Affected {
            family: suite.family.to_owned(),
            release: suite.release.clone(),
            package: package.to_owned(),
            intervals: vec![Interval::below(version)],
            ..Affected::default()
        };
        import.push(Advisory {
            feed: DEBIAN_PACKAGES.id.to_owned(),
            id: format!("{}:{package}:{version}", suite.name),
            summary: format!("{package} {version} is a security update in {}", suite.name),
            affected: vec![affected],
            ..Advisory::default()
        });
    }
    Ok(())
}

/// A package of an index, as far as it is read.
#[derive(Clone, Copy, Default)]
struct Stanza<'a> {
    package: Option<&'a str>,
    version: Option<&'a str>,
    source: Option<&'a str>,
}

impl<'a> Stanza<'a> {
    /// The source package and its version. A binary names its source where that is called otherwise, and its version where that
    /// is another: `glibc (2.36-9)`.
    fn source(&self) -> Option<(&'a str, &'a str)> {
        let (package, version) = (self.package?, self.version?);
        let source = self.source.unwrap_or(package);
        let (name, own) = source.split_once('(').unwrap_or((source, version));
        let source = (name.trim(), own.trim().trim_end_matches(')'));
        (!source.0.is_empty() && !source.1.is_empty()).then_some(source)
    }
}

/// The stanzas of a control file (deb822(5)) that name a package.
fn stanzas(text: &str) -> impl Iterator<Item = Stanza<'_>> {
    let mut lines = text.lines();
    std::iter::from_fn(move || {
        let mut stanza = Stanza::default();
        let mut is_empty = true;
        for line in lines.by_ref() {
            if line.trim().is_empty() {
                if is_empty {
                    continue;
                }
                return Some(stanza);
            }
            is_empty = false;
            let Some((name, value)) = line.split_once(':') else { continue };
            let field = match name {
                "Package" => &mut stanza.package,
                "Version" => &mut stanza.version,
                "Source" => &mut stanza.source,
                _ => continue,
            };
            *field = Some(value.trim());
        }
        (!is_empty).then_some(stanza)
    })
}

#[cfg(test)]
mod tests {
    use plimsoll_core::Limits;
    use plimsoll_testkit::Compression;

    use super::*;
    use crate::document::Outline;
    use crate::feeds::recognise;
    use crate::options::BuildOptions;
    use crate::reading::read_document;

    #[test]
    fn suites_are_known_by_their_path() {
        for (path, expected) in [
            (
                "debian-security/dists/bookworm-security/main/source/Sources.xz",
                Some("bookworm-security Debian 12"),
            ),
            ("dists/squeeze/updates/main/source/Sources.gz", Some("squeeze-updates Debian 6")),
            (
                "ubuntu/dists/jammy-security/main/binary-amd64/Packages",
                Some("jammy-security Ubuntu 22.04:LTS"),
            ),
            (
                "dists/xenial-infra-security/main/binary-amd64/Packages",
                Some("xenial-infra-security Ubuntu Pro:16.04:LTS"),
            ),
            ("dists/bookworm/main/source/Sources", None),
            ("dists/bookworm-backports/main/source/Sources", None),
            ("dists/tomorrow-security/main/source/Sources", None),
            ("Sources", None),
        ] {
            let suite = Suite::of(path);
            let said =
                suite.map(|suite| format!("{} {} {}", suite.name, suite.family, suite.release));
            assert_eq!(said.as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn every_source_package_of_a_security_suite_is_an_update() {
        let text = "Package: libc6\nSource: glibc (2.36-9+deb12u4)\nVersion: 2.36-9+deb12u4+b1\nDescription: x\n Version: 9\n\n\
            Package: libc-bin\nSource: glibc\nVersion: 2.36-9+deb12u4\n\n\n\
            Package: openssl\nVersion: 3.0.11-1~deb12u2\n\nPackage: broken\n";
        let options = BuildOptions::default();
        let mut into = Import::new(&options);
        let path = "dists/bookworm-security/main/binary-amd64/Packages";
        let document = Document { path, bytes: text.as_bytes() };
        assert_eq!(
            recognise(&Outline::of(&document)).map(|feed| feed.id),
            Some(DEBIAN_PACKAGES.id)
        );
        import(&document, &mut into).unwrap();
        let ids: Vec<_> = into.advisories.iter().map(|one| one.id.as_str()).collect();
        assert_eq!(
            ids,
            [
                "bookworm-security:glibc:2.36-9+deb12u4",
                "bookworm-security:openssl:3.0.11-1~deb12u2"
            ]
        );
        assert_eq!(into.advisories[0].affected[0].intervals, [Interval::below("2.36-9+deb12u4")]);
        assert_eq!(into.tally.rejected, [("package without a version", 1)].into());
    }

    #[test]
    fn an_index_is_read_as_it_is_published_packed_with_xz() {
        let packed = Compression::Xz.apply(b"Package: openssl\nVersion: 3.0.11-1~deb12u2\n");
        let path = "dists/bookworm-security/main/source/Sources.xz";
        let reading = read_document(path, packed.clone(), &BuildOptions::default()).unwrap();
        assert_eq!(reading.advisories[0].id, "bookworm-security:openssl:3.0.11-1~deb12u2");
        let limits = Limits { feed_document_bytes: 16, ..Limits::default() };
        let small = BuildOptions { limits, ..BuildOptions::default() };
        assert!(read_document(path, packed, &small).is_none(), "larger than is read");
    }
}
