//! Errata of Rocky Linux, as the interface of its build system gives them out (errata.rockylinux.org, apollo.build.resf.org): a page of
//! them, one alone, or one a document; in its second version and its third. Packages are named by their binaries.

use std::collections::BTreeMap;

use plimsoll_advisory::SeverityClaim;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::complete::{Complete, Releases};
use crate::document::{Document, Form};
use crate::feed::{Feed, Origin};
use crate::formats::claims;
use crate::formats::errata::{Erratum, Place, Publisher, Reference, import_erratum};
use crate::formats::json::each_record;
use crate::formats::rpm::{Build, Nevra};
use crate::import::{Import, NotOfThisFeed};

pub(crate) static ROCKY_ERRATA: Feed = Feed {
    id: "rocky-errata",
    summary: "Rocky Linux errata, as the JSON of its errata service",
    origins: &[Origin {
        url: "https://apollo.build.resf.org/api/v3/advisories/?size=100&page={1}",
        file: "rocky/rocky-errata.tar.zst",
        families: &["Rocky Linux"],
        ..Origin::BASE
    }],
    recognises: |outline| {
        let forms: [&[&str]; 4] = [
            &["affectedProducts", "rpms"],
            &["affected_products", "packages"],
            &["advisories"],
            &["advisory"],
        ];
        outline.form == Form::JsonObject
            && forms.iter().any(|keys| outline.has(keys))
            && outline.beginning.contains("Rocky Linux")
    },
    import,
    spread: true,
    complete: &[Complete {
        names: &["rocky-errata"],
        family: "Rocky Linux",
        releases: Releases::These(&["8", "9", "10"]),
    }],
    ..Feed::BASE
};

const PUBLISHER: Publisher = Publisher { feed: ROCKY_ERRATA.id, source: "rocky" };

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    advisories: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    advisory: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Advisory {
    name: String,
    #[serde(alias = "type", default)]
    kind: String,
    #[serde(default)]
    synopsis: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    severity: String,
    #[serde(alias = "publishedAt")]
    published_at: Option<String>,
    updated_at: Option<String>,
    cves: Option<Vec<Flaw>>,
    fixes: Option<Vec<Fix>>,
    /// Of the second version, by product.
    rpms: Option<BTreeMap<String, Rpms>>,
    /// Of the third.
    packages: Option<Vec<Package>>,
}

#[derive(Deserialize)]
struct Flaw {
    #[serde(alias = "name")]
    cve: String,
    #[serde(alias = "cvss3ScoringVector")]
    cvss3_scoring_vector: Option<String>,
    cwe: Option<String>,
    #[serde(alias = "sourceLink")]
    source: Option<String>,
}

#[derive(Deserialize)]
struct Fix {
    #[serde(alias = "sourceLink")]
    source: Option<String>,
}

#[derive(Deserialize)]
struct Rpms {
    nvras: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Package {
    nevra: String,
    module_name: Option<String>,
    module_stream: Option<String>,
    product_name: Option<String>,
}

fn import(document: &Document<'_>, import: &mut Import<'_>) -> Result<(), NotOfThisFeed> {
    if let Ok(advisory) = serde_json::from_slice::<Advisory>(document.bytes) {
        import_advisory(advisory, import);
        return Ok(());
    }
    let page: Page<'_> = serde_json::from_slice(document.bytes).map_err(|_| NotOfThisFeed)?;
    if page.advisories.is_none() && page.advisory.is_none() {
        return Err(NotOfThisFeed);
    }
    each_record(
        page.advisories.into_iter().flatten().chain(page.advisory),
        import,
        import_advisory,
    );
    Ok(())
}

fn import_advisory(advisory: Advisory, import: &mut Import<'_>) {
    let by_product = advisory.rpms.unwrap_or_default().into_iter().flat_map(|(product, rpms)| {
        let builds = rpms.nvras.unwrap_or_default().into_iter();
        builds.map(move |build| (product.clone(), built(&build))).collect::<Vec<_>>()
    });
    let one_by_one = advisory.packages.into_iter().flatten().map(|package| {
        let Package { nevra: build, module_name, module_stream, product_name } = package;
        let stream = module_name.zip(module_stream);
        let module = stream.map(|(name, stream)| format!("{name}:{stream}"));
        (product_name.unwrap_or_default(), built(&build).map(|build| Build { module, ..build }))
    });
    let mut builds: BTreeMap<String, Vec<Build>> = BTreeMap::new();
    for (product, build) in by_product.chain(one_by_one) {
        match (release(&product), build) {
            (Some(release), Some(build)) => builds.entry(release).or_default().push(build),
            (None, _) => import.tally.reject("no release of Rocky Linux"),
            (_, None) => import.tally.reject("unusable package name"),
        }
    }
    let place = |release| Place::binaries("Rocky Linux", release);
    let cves = advisory.cves.unwrap_or_default();
    let erratum = Erratum {
        id: advisory.name,
        kind: advisory.kind.trim_start_matches("TYPE_").to_lowercase(),
        title: advisory.synopsis,
        details: advisory.description,
        published: advisory.published_at.unwrap_or_default(),
        modified: advisory.updated_at.unwrap_or_default(),
        severity: advisory.severity.trim_start_matches("SEVERITY_").to_owned(),
        vectors: vectors(&cves),
        cwes: cwes(&cves),
        references: references(cves, advisory.fixes.unwrap_or_default()),
        builds: builds.into_iter().map(|(release, builds)| (place(release), builds)).collect(),
        ..Erratum::default()
    };
    import_erratum(erratum, &PUBLISHER, import);
}

/// A build without its architecture would be for each.
fn built(text: &str) -> Option<Build> {
    Nevra::of(text).filter(|build| !build.arch.is_empty()).map(Build::from)
}

/// `8` of `Rocky Linux 8`, `Rocky Linux 8 aarch64` and `Rocky Linux 8.4 x86_64 (Legacy)`. What a special interest group builds upon a
/// release, such as `Rocky Linux SIG Cloud 8`, is a release of its own, `SIG Cloud 8`: its kernel is not the release's.
fn release(product: &str) -> Option<String> {
    let product = product.strip_prefix("Rocky Linux ")?;
    let number = product.find(|character: char| character.is_ascii_digit())?;
    let (group, number) = product.split_at(number);
    let major = number.split([' ', '.']).next()?;
    let is_number = major.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| format!("{group}{major}"))
}

/// The vector of the only flaw: that of one among several is not the erratum's.
fn vectors(cves: &[Flaw]) -> Vec<SeverityClaim> {
    let [only] = cves else { return Vec::new() };
    let vector = only.cvss3_scoring_vector.as_ref();
    vector.and_then(|vector| claims::vector(PUBLISHER.source, vector)).into_iter().collect()
}

/// Red Hat writes chains and choices, such as `CWE-20->CWE-787` and `(CWE-119|CWE-125)`.
fn cwes(cves: &[Flaw]) -> Vec<String> {
    let is_between = |character: char| !(character.is_ascii_alphanumeric() || character == '-');
    let words =
        cves.iter().filter_map(|one| one.cwe.as_deref()).flat_map(|cwe| cwe.split(is_between));
    let ids = words.map(|word| word.trim_end_matches('-')).filter(|word| {
        let number = word.strip_prefix("CWE-").unwrap_or_default();
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    });
    ids.map(str::to_owned).collect::<std::collections::BTreeSet<_>>().into_iter().collect()
}

fn references(cves: Vec<Flaw>, fixes: Vec<Fix>) -> Vec<Reference> {
    let flaw = |one: Flaw| Reference {
        id: one.cve,
        url: one.source.filter(|url| url.starts_with("http")).unwrap_or_default(),
        ..Reference::default()
    };
    let fix = |one: Fix| Reference { url: one.source.unwrap_or_default(), ..Reference::default() };
    cves.into_iter().map(flaw).chain(fixes.into_iter().map(fix)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::BuildOptions;

    #[test]
    fn products_name_releases() {
        for (product, expected) in [
            ("Rocky Linux 8", Some("8")),
            ("Rocky Linux 10 aarch64", Some("10")),
            ("Rocky Linux 8.4 x86_64 (Legacy)", Some("8")),
            ("Rocky Linux SIG Cloud 9", Some("SIG Cloud 9")),
            ("Rocky Linux SIG Cloud 9 x86_64", Some("SIG Cloud 9")),
            ("Rocky Linux", None),
            ("Other 8", None),
        ] {
            assert_eq!(release(product).as_deref(), expected, "{product}");
        }
    }

    const SECOND: &str = r#"{"name": "RLSA-2024:1", "type": "TYPE_SECURITY", "severity": "SEVERITY_MODERATE",
        "synopsis": "Moderate: nodejs:16 security update", "publishedAt": "2024-05-07T03:40:00Z",
        "affectedProducts": ["Rocky Linux 8"], "fixes": [{"sourceLink": "https://bug/1", "ticket": "1"}],
        "cves": [{"name": "CVE-2024-1000", "cvss3ScoringVector": "CVSS:3.1/AV:N", "cwe": "(CWE-119|CWE-125)->CWE-20"}],
        "rpms": {"Rocky Linux 8": {"nvras": [
            "nodejs-1:16.1-1.module+el8.6.0+2.x86_64.rpm", "nodejs-1:16.1-1.module+el8.6.0+2.src.rpm"]}}}"#;
    const THIRD: &str = r#"{"name": "RLSA-2024:1", "kind": "Security", "severity": "Moderate",
        "synopsis": "Moderate: nodejs:16 security update", "published_at": "2024-05-07T03:40:00Z", "affected_products": [],
        "cves": [{"cve": "CVE-2024-1000", "cvss3_scoring_vector": "CVSS:3.1/AV:N", "cwe": "(CWE-119|CWE-125)->CWE-20"}],
        "fixes": [{"ticket_id": "1", "source": "https://bug/1"}], "packages": [
        {"nevra": "nodejs-1:16.1-1.module+el8.6.0+2.x86_64.rpm", "module_name": "nodejs", "module_stream": "16",
         "product_name": "Rocky Linux 8 x86_64"}]}"#;

    #[test]
    fn both_versions_say_the_same_alone_and_in_a_page() {
        let options = BuildOptions::default();
        let read = |text: &str| {
            assert!(ROCKY_ERRATA.recognises("x", text.as_bytes()), "{text}");
            ROCKY_ERRATA.advisories("x", text.as_bytes(), &options).unwrap()
        };
        let second = read(SECOND);
        assert_eq!(read(THIRD), second);
        assert_eq!(read(&format!(r#"{{"advisories": [{SECOND}], "total": 1}}"#)), second);
        assert_eq!(read(&format!(r#"{{"advisory": {THIRD}}}"#)), second);
        let affected = &second[0].affected[0];
        assert_eq!(affected.module.as_deref(), Some("nodejs:16"));
        assert_eq!(second[0].cwes, ["CWE-119", "CWE-125", "CWE-20"]);
        assert_eq!(second[0].severities.len(), 2, "a word and the vector of the only flaw");
    }

    #[test]
    fn a_bad_record_of_a_page_costs_no_other() {
        let options = BuildOptions::default();
        let mut into = Import::new(&options);
        let other = SECOND.replace("Rocky Linux 8\": {", "Another 8\": {");
        let bugs = SECOND.replace("SECURITY", "BUGFIX").replace("CVE-2024-1000", "none");
        let text = format!(r#"{{"advisories": [{{"name": 1}}, {other}, {bugs}, {SECOND}]}}"#);
        import(&Document { path: "x", bytes: text.as_bytes() }, &mut into).unwrap();
        let rejected = [
            ("no package at all", 1),
            ("no release of Rocky Linux", 2),
            ("not a record of its feed", 1),
        ];
        assert_eq!((into.advisories.len(), into.tally.rejected), (1, rejected.into()));
        assert_eq!(into.tally.ignored, [("no security update", 1)].into());
    }
}
