//! Chainguard's libraries (libraries.cgr.dev): packages of Maven, npm and PyPI that Chainguard builds anew, with the flaws that each
//! version of its own fixed. One OpenVEX document for each package (openvex.dev, version 0.2.0); its purls name the versions. They are of
//! use to Chainguard's customers, and read where one has them.

use std::collections::BTreeMap;

use plimsoll_advisory::{Advisory, Affected, Status};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::document::{Document, Form, Outline};
use crate::feed::Feed;
use crate::formats::json::{List, element};
use crate::formats::purl::LanguagePackage;
use crate::import::{Import, NotOfThisFeed};

pub(crate) static CHAINGUARD_LIBRARIES: Feed = Feed {
    id: "chainguard-libraries",
    summary: "Chainguard's libraries: flaws that are fixed in versions which Chainguard builds (OpenVEX)",
    recognises,
    import,
    ..Feed::BASE
};

fn recognises(outline: &Outline<'_>) -> bool {
    outline.form == Form::JsonObject
        && outline.has(&["@context", "author", "statements"])
        && outline.beginning.contains("openvex.dev/ns")
        && outline.beginning.contains("\"Chainguard")
}

#[derive(Deserialize)]
struct Statements<'a> {
    author: String,
    #[serde(borrow)]
    statements: List<&'a RawValue>,
}

#[derive(Deserialize)]
struct Statement {
    vulnerability: Vulnerability,
    timestamp: Option<String>,
    last_updated: Option<String>,
    products: Vec<Product>,
    status: String,
}

#[derive(Deserialize)]
struct Vulnerability {
    /// `CGA-7qjw-ggh3-pp9f`.
    name: String,
    #[serde(default)]
    aliases: Vec<String>,
}

#[derive(Deserialize)]
struct Product {
    identifiers: Option<Identifiers>,
    #[serde(rename = "@id")]
    id: Option<String>,
}

#[derive(Deserialize)]
struct Identifiers {
    purl: Option<String>,
}

fn import(document: &Document<'_>, import: &mut Import<'_>) -> Result<(), NotOfThisFeed> {
    let document: Statements<'_> =
        serde_json::from_slice(document.bytes).map_err(|_| NotOfThisFeed)?;
    if !document.author.starts_with("Chainguard") {
        return Err(NotOfThisFeed);
    }
    for raw in document.statements.0 {
        if let Some(statement) = element(raw, "unreadable statement", &mut import.tally) {
            import_statement(statement, import);
        }
    }
    Ok(())
}

fn import_statement(statement: Statement, import: &mut Import<'_>) {
    let status = match statement.status.as_str() {
        "fixed" | "not_affected" => Status::NotAffected,
        "affected" => Status::Affected,
        "under_investigation" => Status::UnderInvestigation,
        _ => return import.tally.reject("unknown status"),
    };
    let mut packages: BTreeMap<(&str, String), Vec<String>> = BTreeMap::new();
    for product in statement.products {
        let purl = product.identifiers.and_then(|identifiers| identifiers.purl).or(product.id);
        match purl.as_deref().and_then(LanguagePackage::of) {
            Some(LanguagePackage { family, package, version: Some(version) }) => {
                packages.entry((family, package)).or_default().push(version);
            }
            _ => import.tally.reject("product that is no package's version"),
        }
    }
    let entry = |((family, package), versions): ((&str, String), Vec<String>)| Affected {
        family: family.to_owned(),
        package,
        versions,
        status,
        ..Affected::default()
    };
    let Vulnerability { name, aliases } = statement.vulnerability;
    import.push(Advisory {
        feed: CHAINGUARD_LIBRARIES.id.to_owned(),
        references: vec![format!("https://images.chainguard.dev/security/{name}")],
        id: name,
        aliases,
        published: statement.timestamp,
        modified: statement.last_updated,
        affected: packages.into_iter().map(entry).collect(),
        ..Advisory::default()
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::BuildOptions;

    fn imported(status: &str, purls: &[&str]) -> (Vec<Advisory>, crate::tally::Tally) {
        let products: Vec<_> = purls
            .iter()
            .map(|purl| format!(r#"{{"identifiers": {{"purl": "{purl}"}}}}"#))
            .collect();
        let text = format!(
            r#"{{"@context": "https://openvex.dev/ns/v0.2.0", "author": "Chainguard Team", "statements": [
            {{"vulnerability": {{"name": "CGA-1", "aliases": ["CVE-2024-1"]}}, "status": "{status}",
            "products": [{}]}}, {{}}]}}"#,
            products.join(",")
        );
        let document = Document { path: "x", bytes: text.as_bytes() };
        assert!(recognises(&Outline::of(&document)));
        let options = BuildOptions::default();
        let mut into = Import::new(&options);
        import(&document, &mut into).unwrap();
        (into.advisories, into.tally)
    }

    #[test]
    fn what_is_fixed_is_said_of_the_versions_that_are_named() {
        let (advisories, tally) = imported(
            "fixed",
            &[
                "pkg:pypi/urllib3@1.26.16%2Bcgr.0",
                "pkg:pypi/urllib3@1.26.16%2Bcgr.1",
                "pkg:maven/org.example/web@5.8.16-0.cgr.1",
                "pkg:pypi/urllib3",
                "urllib3",
            ],
        );
        let advisory = &advisories[0];
        assert_eq!((advisory.id.as_str(), advisory.aliases[0].as_str()), ("CGA-1", "CVE-2024-1"));
        let said: Vec<_> = advisory
            .affected
            .iter()
            .map(|one| {
                format!(
                    "{} {} {} {:?}",
                    one.family,
                    one.package,
                    one.versions.join(","),
                    one.status
                )
            })
            .collect();
        assert_eq!(
            said,
            [
                "Maven org.example:web 5.8.16-0.cgr.1 NotAffected",
                "PyPI urllib3 1.26.16+cgr.0,1.26.16+cgr.1 NotAffected"
            ]
        );
        let rejected = [("product that is no package's version", 2), ("unreadable statement", 1)];
        assert_eq!(tally.rejected, rejected.into());
    }

    #[test]
    fn each_status_is_its_own() {
        for (status, expected) in [
            ("not_affected", Some(Status::NotAffected)),
            ("affected", Some(Status::Affected)),
            ("under_investigation", Some(Status::UnderInvestigation)),
            ("new", None),
        ] {
            let (advisories, _) = imported(status, &["pkg:npm/%40scope/name@1.0"]);
            let said = advisories.first().map(|one| one.affected[0].status);
            assert_eq!(said, expected, "{status}");
        }
    }
}
