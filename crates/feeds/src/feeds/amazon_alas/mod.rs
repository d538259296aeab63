//! Amazon's security advisories (alas.aws.amazon.com): the updateinfo.xml of each of its repositories, and the same as one JSON
//! document for each advisory, as databases keep it. Packages are named by their binaries.

mod origins;

use serde::Deserialize;

use self::origins::ORIGINS;
use crate::complete::{Complete, Releases};
use crate::document::{Document, Form, Outline};
use crate::feed::Feed;
use crate::formats::errata::{Erratum, Place, Publisher, Reference, import_erratum};
use crate::formats::rpm::{Build, version_of};
use crate::formats::updateinfo::{self, Collection, Dialect};
use crate::import::{Import, NotOfThisFeed};

pub(crate) static AMAZON_ALAS: Feed = Feed {
    id: "amazon-alas",
    summary: "Amazon Linux security advisories: updateinfo.xml of core, extras and live patches, or JSON",
    origins: ORIGINS,
    recognises,
    import,
    spread: true,
    complete: &[
        complete(&["amazon-alas", "amazon-alas-json"], &["1", "2", "2022", "2023"]),
        // An extra is a repository of its own: the release is covered once its core is.
        complete(&["al1-updates-updateinfo"], &["1"]),
        complete(&["al2-core-updateinfo"], &["2"]),
        complete(&["al2022-core-updateinfo"], &["2022"]),
        complete(&["al2023-core-updateinfo"], &["2023"]),
    ],
    ..Feed::BASE
};

const fn complete(names: &'static [&'static str], releases: &'static [&'static str]) -> Complete {
    Complete { names, family: "Amazon Linux", releases: Releases::These(releases) }
}

static DIALECT: Dialect = Dialect {
    publisher: Publisher { feed: AMAZON_ALAS.id, source: "amazon" },
    ids: &["ALAS"],
    place: |collection: &Collection<'_>| place(collection.id).ok_or("unknown repository"),
};

fn recognises(outline: &Outline<'_>) -> bool {
    let is_copy = outline.form == Form::JsonObject
        && (outline.has(&["ID", "Pkglist"]) || outline.has(&["id", "packages", "cveids"]))
        && outline.beginning.contains("\"ALAS");
    is_copy || updateinfo::is_of(outline, &["<id>ALAS", "linux-security@amazon.com"])
}

fn import(document: &Document<'_>, import: &mut Import<'_>) -> Result<(), NotOfThisFeed> {
    if document.bytes.trim_ascii_start().starts_with(b"<") {
        return updateinfo::import(&DIALECT, document, import);
    }
    let advisory: Advisory = serde_json::from_slice(document.bytes).map_err(|_| NotOfThisFeed)?;
    if !advisory.id.starts_with("ALAS") {
        return Err(NotOfThisFeed);
    }
    match place(&advisory.id) {
        Some(place) => import_erratum(advisory.into_erratum(place), &DIALECT.publisher, import),
        None => import.tally.reject("unknown repository"),
    }
    Ok(())
}

/// Extras whose repository is called otherwise than their advisories, which are in capital letters.
const EXTRAS: &[(&str, &str)] = &[
    ("bcc", "BCC"),
    ("graphicsmagick1.3", "GraphicsMagick1.3"),
    ("nitro-enclaves", "aws-nitro-enclaves-cli"),
    ("r3.4", "R3.4"),
    ("r4", "R4"),
    ("unbound", "unbound1.13"),
    ("unbound-1.17", "unbound1.17"),
];

/// The release and the repository of an advisory, which its id tells: `ALAS-2011-1` is of the first Amazon Linux, `ALAS2-…` of 2,
/// `ALAS2DOCKER-…` of the extra `docker` of 2, `ALAS2023LIVEPATCH-…` of the live patches of 2023.
fn place(id: &str) -> Option<Place> {
    // Behind the repository stand a year and a number.
    let (rest, _number) = id.strip_prefix("ALAS")?.rsplit_once('-')?;
    let (repository, _year) = rest.rsplit_once('-')?;
    let digits = repository.find(|character: char| !character.is_ascii_digit());
    let (release, extra) = repository.split_at(digits.unwrap_or(repository.len()));
    let release = if repository.is_empty() { "1" } else { release };
    let extra = extra.to_lowercase();
    let known = EXTRAS.iter().find(|(name, _)| *name == extra);
    let extra = known.map_or(extra.as_str(), |(_, repository)| repository);
    let repository = match (release, extra) {
        (_, "") => String::new(),
        ("2", extra) => format!("amzn2extra-{extra}"),
        (_, "livepatch") => "kernel-livepatch".to_owned(),
        (_, extra) => format!("amazonlinux-{extra}"),
    };
    (!release.is_empty()).then(|| Place { repository, ..Place::binaries("Amazon Linux", release) })
}

/// The fields of updateinfo.xml as JSON, in the names of either of two databases.
#[derive(Deserialize)]
struct Advisory {
    #[serde(alias = "ID")]
    id: String,
    /// The form without it holds nothing but security updates.
    #[serde(rename = "Type", default = "security")]
    kind: String,
    #[serde(alias = "Title", default)]
    title: String,
    #[serde(alias = "Issued", default)]
    issued: Date,
    #[serde(alias = "Updated", default)]
    updated: Date,
    #[serde(alias = "Severity", default)]
    severity: String,
    #[serde(alias = "Description", default)]
    description: String,
    #[serde(alias = "References")]
    references: Option<References>,
    packages: Option<Vec<Package>>,
    #[serde(rename = "Pkglist")]
    package_list: Option<PackageList>,
}

fn security() -> String {
    "security".to_owned()
}

#[derive(Deserialize, Default)]
struct Date {
    #[serde(alias = "Date", default)]
    date: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum References {
    List(Vec<Referred>),
    Nested {
        #[serde(rename = "Reference")]
        list: Option<Vec<Referred>>,
    },
}

#[derive(Deserialize)]
struct Referred {
    #[serde(alias = "ID", default)]
    id: String,
    #[serde(alias = "Href", default)]
    href: String,
    #[serde(alias = "Title", default)]
    title: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PackageList {
    collection: PackageCollection,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PackageCollection {
    package: Option<Vec<Package>>,
}

#[derive(Deserialize)]
struct Package {
    #[serde(alias = "Name", default)]
    name: String,
    #[serde(alias = "Epoch", default)]
    epoch: String,
    #[serde(alias = "Version", default)]
    version: String,
    #[serde(alias = "Release", default)]
    release: String,
    #[serde(alias = "Arch", default)]
    arch: String,
}

impl Advisory {
    fn into_erratum(self, place: Place) -> Erratum {
        let references = match self.references {
            Some(References::List(list)) => list,
            Some(References::Nested { list }) => list.unwrap_or_default(),
            None => Vec::new(),
        };
        let reference = |one: Referred| Reference { id: one.id, title: one.title, url: one.href };
        let listed = self.package_list.and_then(|list| list.collection.package);
        let packages = listed.or(self.packages).unwrap_or_default();
        let build = |package: Package| Build {
            version: version_of(&package.epoch, &package.version, &package.release),
            name: package.name,
            arch: package.arch,
            module: None,
        };
        Erratum {
            id: self.id,
            kind: self.kind.to_lowercase(),
            title: self.title,
            // As an element of XML is read.
            details: self.description.trim().to_owned(),
            published: self.issued.date,
            modified: self.updated.date,
            severity: self.severity,
            references: references.into_iter().map(reference).collect(),
            builds: vec![(place, packages.into_iter().map(build).collect())],
            ..Erratum::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::BuildOptions;

    #[test]
    fn an_id_tells_release_and_repository() {
        for (id, expected) in [
            ("ALAS-2011-1", Some(("1", ""))),
            ("ALAS2-2018-939", Some(("2", ""))),
            ("ALAS2022-2021-001", Some(("2022", ""))),
            ("ALAS2023-2023-001", Some(("2023", ""))),
            ("ALAS2DOCKER-2021-001", Some(("2", "amzn2extra-docker"))),
            ("ALAS2KERNEL-5.15-2022-001", Some(("2", "amzn2extra-kernel-5.15"))),
            ("ALAS2NITRO-ENCLAVES-2021-001", Some(("2", "amzn2extra-aws-nitro-enclaves-cli"))),
            ("ALAS2UNBOUND-1.17-2023-001", Some(("2", "amzn2extra-unbound1.17"))),
            ("ALAS2LIVEPATCH-2021-001", Some(("2", "amzn2extra-livepatch"))),
            ("ALAS2023LIVEPATCH-2023-001", Some(("2023", "kernel-livepatch"))),
            ("ALAS2023NVIDIA-2025-001", Some(("2023", "amazonlinux-nvidia"))),
            ("ALASX-2025-001", None),
            ("ALAS", None),
            ("RHSA-2024-1", None),
        ] {
            let place = place(id);
            let said = place.as_ref().map(|one| (one.release.as_str(), one.repository.as_str()));
            assert_eq!(said, expected, "{id}");
        }
    }

    const XML: &str = r#"<?xml version="1.0"?><updates>
        <update author="linux-security@amazon.com" from="linux-security@amazon.com" status="final" type="security" version="1.4">
        <id>ALAS2DOCKER-2021-001</id><title>Docker</title><issued date="2021-10-19 18:50"/><updated date="2021-11-18 21:30"/>
        <severity>Medium</severity><description> text
        </description><references><reference href="http://cve" id="CVE-2021-21285" title="" type="cve"/></references>
        <pkglist><collection short="amazon-linux-2---docker"><name>Amazon Linux 2 - Docker</name>
        <package name="docker" version="20.10.4" release="1.amzn2" epoch="0" arch="x86_64"><filename>f</filename></package>
        </collection></pkglist></update></updates>"#;
    const JSON: &str = r#"{"ID": "ALAS2DOCKER-2021-001", "Type": "security", "Title": "Docker",
        "Issued": {"Date": "2021-10-19 18:50"}, "Updated": {"Date": "2021-11-18 21:30"}, "Severity": "Medium",
        "Description": " text\n", "References": {"Reference": [{"Href": "http://cve", "ID": "CVE-2021-21285"}]},
        "Pkglist": {"Collection": {"Short": "amazon-linux-2---docker", "Package": [
        {"Arch": "x86_64", "Epoch": "0", "Name": "docker", "Release": "1.amzn2", "Version": "20.10.4"}]}}}"#;
    const OTHER_JSON: &str = r#"{"id": "ALAS2DOCKER-2021-001", "title": "Docker", "issued": {"date": "2021-10-19 18:50"},
        "updated": {"date": "2021-11-18 21:30"}, "severity": "Medium", "description": "text",
        "packages": [{"name": "docker", "epoch": "0", "version": "20.10.4", "release": "1.amzn2", "arch": "x86_64"}],
        "references": [{"href": "http://cve", "id": "CVE-2021-21285", "type": "cve"}], "cveids": ["CVE-2021-21285"]}"#;

    #[test]
    fn every_form_says_the_same() {
        let options = BuildOptions::default();
        let read = |text: &str| {
            assert!(AMAZON_ALAS.recognises("x", text.as_bytes()), "{text}");
            AMAZON_ALAS.advisories("x", text.as_bytes(), &options).unwrap()
        };
        let xml = read(XML);
        assert_eq!((read(JSON), read(OTHER_JSON)), (xml.clone(), xml.clone()));
        let affected = &xml[0].affected[0];
        assert_eq!(affected.repository, "amzn2extra-docker");
        assert_eq!((affected.arches.join(" ").as_str(), xml[0].upstream.len()), ("x86_64", 1));
    }

    #[test]
    fn another_publishers_copy_is_not_amazons() {
        let options = BuildOptions::default();
        let other = JSON.replace("ALAS2DOCKER-2021-001", "FEDORA-2021-1");
        assert!(!AMAZON_ALAS.recognises("x", other.as_bytes()));
        assert!(AMAZON_ALAS.advisories("x", other.as_bytes(), &options).is_none());
    }
}
