//! Ubuntu's VEX documents (security-metadata.canonical.com/vex): for each CVE and each notice how every source package stands, in
//! OpenVEX (github.com/openvex/spec). Products are purls; the binaries stand beside their source and say the same.
//!
//! A product's version is the one that its pocket has at present. Of a notice that is the version that it published; of a CVE it may
//! be any later one, so which of the versions before it are affected is not known.

use std::borrow::Cow;
use std::collections::BTreeMap;

use plimsoll_advisory::{Advisory, Status};
use serde::Deserialize;

use crate::document::{Document, Form, Outline};
use crate::feed::{Feed, Origin};
use crate::formats::json::{Text, text};
use crate::formats::purl::Purl;
use crate::formats::time::to_the_second;
use crate::formats::ubuntu::{FAMILY, Pocket, Said, Statement, affected, fixed};
use crate::import::{Import, NotOfThisFeed};

pub(crate) static UBUNTU_VEX: Feed = Feed {
    id: "ubuntu-vex",
    summary: "Ubuntu's VEX documents",
    origins: &[Origin {
        url: "https://github.com/canonical/ubuntu-security-notices/archive/refs/heads/main.tar.gz",
        file: "ubuntu-vex/ubuntu-security-notices.tar.gz",
        families: &[FAMILY],
        ..Origin::BASE
    }],
    recognises: |outline: &Outline<'_>| {
        outline.form == Form::JsonObject
            && outline.has(&["statements"])
            && ["openvex.dev", "Canonical"].iter().all(|word| outline.beginning.contains(word))
    },
    import,
    ..Feed::BASE
};

#[derive(Deserialize)]
struct Vex<'a> {
    #[serde(borrow)]
    author: Option<Text<'a>>,
    #[serde(borrow)]
    timestamp: Option<Text<'a>>,
    /// Of the first documents, whose own fields stood apart from the statements.
    #[serde(borrow)]
    metadata: Option<Metadata<'a>>,
    #[serde(borrow)]
    statements: Option<Vec<Stated<'a>>>,
}

#[derive(Deserialize)]
struct Metadata<'a> {
    #[serde(borrow)]
    author: Option<Text<'a>>,
    #[serde(borrow)]
    timestamp: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Stated<'a> {
    #[serde(borrow)]
    vulnerability: Vulnerability<'a>,
    #[serde(borrow)]
    status: Text<'a>,
    #[serde(borrow, default)]
    products: Vec<Product<'a>>,
    #[serde(borrow)]
    timestamp: Option<Text<'a>>,
    #[serde(borrow)]
    action_statement: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Vulnerability<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    description: Option<Text<'a>>,
    #[serde(default)]
    aliases: Vec<String>,
}

#[derive(Deserialize)]
struct Product<'a> {
    #[serde(borrow, rename = "@id")]
    id: Text<'a>,
}

/// A source package in a pocket, taken out of a product's purl.
struct Source<'a> {
    package: Cow<'a, str>,
    version: Cow<'a, str>,
    pocket: Cow<'a, str>,
}

fn import(document: &Document<'_>, import: &mut Import<'_>) -> Result<(), NotOfThisFeed> {
    let vex = serde_json::from_slice::<Vex<'_>>(document.bytes).map_err(|_| NotOfThisFeed)?;
    let metadata = vex.metadata.unwrap_or(Metadata { author: None, timestamp: None });
    let author = vex.author.or(metadata.author).unwrap_or_default();
    if !author.as_str().contains("Canonical") {
        return Err(NotOfThisFeed);
    }
    let modified = vex.timestamp.or(metadata.timestamp);
    let modified = modified.and_then(|time| to_the_second(time.as_str()));
    let mut flaws: BTreeMap<&str, Vec<&Stated<'_>>> = BTreeMap::new();
    let statements = vex.statements.unwrap_or_default();
    for stated in &statements {
        flaws.entry(stated.vulnerability.name.as_str()).or_default().push(stated);
    }
    if flaws.is_empty() {
        import.tally.ignore("document without statements");
    }
    for (id, statements) in flaws {
        let advisory = record(id, &statements, import);
        import.push(Advisory { modified: modified.clone(), ..advisory });
    }
    Ok(())
}

/// What is stated of one CVE or notice.
fn record(id: &str, statements: &[&Stated<'_>], import: &mut Import<'_>) -> Advisory {
    let mut sources = Vec::new();
    for stated in statements {
        sources.extend(
            stated
                .products
                .iter()
                .filter_map(|product| Some((*stated, source(product.id.as_str(), import)?))),
        );
    }
    let is_notice = id.starts_with("USN-");
    let (mut said, mut fixes) = (Vec::new(), Vec::new());
    for (stated, source) in &sources {
        let pocket = match Pocket::of(&source.pocket) {
            Ok(Some(pocket)) => pocket,
            Ok(None) => {
                import.tally.ignore("of no published release");
                continue;
            }
            Err(reason) => {
                import.tally.reject(reason);
                continue;
            }
        };
        match stated.said(&source.version) {
            Some(Said::Before(version, _)) if is_notice => {
                fixes.push(fixed(&source.package, pocket, version));
            }
            Some(what) => said.push(Statement {
                package: &source.package,
                pocket,
                said: what,
                priority: None,
            }),
            None => import.tally.reject("unknown state"),
        }
    }
    fixes.extend(affected(said));
    let first = statements.first().map(|stated| &stated.vulnerability);
    let aliases = first.map(|flaw| flaw.aliases.clone()).unwrap_or_default();
    let (upstream, references) = aliases.into_iter().partition(|alias| alias.starts_with("CVE-"));
    let times =
        statements.iter().filter_map(|stated| to_the_second(stated.timestamp.as_ref()?.as_str()));
    Advisory {
        feed: UBUNTU_VEX.id.to_owned(),
        id: id.to_owned(),
        upstream,
        details: text(first.and_then(|flaw| flaw.description.as_ref())).to_owned(),
        published: times.min(),
        references,
        affected: fixes,
        ..Advisory::default()
    }
}

/// `None` for what is no source package, which is counted.
fn source<'a>(purl: &'a str, import: &mut Import<'_>) -> Option<Source<'a>> {
    // Most products are binaries: they are not taken apart.
    if !purl.contains("arch=source") {
        import.tally.ignore("binary beside its source");
        return None;
    }
    let read = Purl::parse(purl).and_then(|purl| {
        let pocket = purl.qualifier("distro")?;
        Some(Source { package: purl.name(), version: purl.version(), pocket })
    });
    if read.is_none() {
        import.tally.reject("product without a release");
    }
    read
}

impl Stated<'_> {
    /// The states of OpenVEX, and what the note of one that is affected says of the vendor's intent.
    fn said<'v>(&self, version: &'v str) -> Option<Said<'v>> {
        let note = text(self.action_statement.as_ref());
        Some(match self.status.as_str() {
            "not_affected" => Said::NotAffected(None),
            "fixed" if version.is_empty() => return None,
            "fixed" => Said::Before(version, Status::UnderInvestigation),
            "affected" if note.contains("no longer supported") => Said::Every(Status::EndOfLife),
            "affected" if note.contains("deferred") => Said::Every(Status::Deferred),
            "affected" if note.contains("ignore") => Said::Every(Status::WillNotFix),
            "affected" => Said::Every(Status::Affected),
            "under_investigation" => Said::Every(Status::UnderInvestigation),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_advisory::Affected;

    use super::*;
    use crate::feeds::recognise;
    use crate::options::BuildOptions;
    use crate::tally::Tally;

    fn imported(document: &str) -> (Vec<Advisory>, Tally) {
        let options = BuildOptions::default();
        let mut into = Import::new(&options);
        let document = Document { path: "CVE-2024-1.json", bytes: document.as_bytes() };
        assert_eq!(recognise(&Outline::of(&document)).map(|feed| feed.id), Some(UBUNTU_VEX.id));
        import(&document, &mut into).unwrap();
        (into.advisories, into.tally)
    }

    fn statement(name: &str, purl: &str, rest: &str) -> String {
        format!(
            r#"{{"vulnerability": {{"name": "{name}", "description": "A flaw", "aliases": ["CVE-2024-7", "https://example.com"]}},
            "timestamp": "2024-02-05", "products": [{{"@id": "pkg:deb/ubuntu/{purl}"}},
                {{"@id": "pkg:deb/ubuntu/x@1?arch=amd64&distro=jammy"}}], {rest}}}"#
        )
    }

    fn document(statements: &[String]) -> String {
        format!(
            r#"{{"@context": "https://openvex.dev/ns/v0.2.0", "author": "Canonical Ltd.", "timestamp": "2026-05-20T15:02:47.5Z",
            "statements": [{}]}}"#,
            statements.join(",")
        )
    }

    fn said(affected: &[Affected]) -> Vec<(&str, Status, usize)> {
        { affected.iter() }
            .map(|one| (one.release.as_str(), one.status, one.intervals.len()))
            .collect()
    }

    #[test]
    fn which_versions_before_the_present_one_are_affected_is_not_known() {
        let of = |pocket: &str, rest: &str| {
            statement("CVE-2024-1", &format!("curl@7.1%2Besm1?arch=source&distro={pocket}"), rest)
        };
        let (advisories, tally) = imported(&document(&[
            of("jammy", r#""status": "fixed""#),
            of("esm-infra/xenial", r#""status": "not_affected", "justification": "x""#),
            of(
                "focal",
                r#""status": "affected", "action_statement": "It is no longer supported.""#,
            ),
            of("noble", r#""status": "under_investigation""#),
            of("noble", r#""status": "strange""#),
        ]));
        assert_eq!(
            said(&advisories[0].affected),
            [
                ("20.04:LTS", Status::EndOfLife, 1),
                ("22.04:LTS", Status::UnderInvestigation, 1),
                ("24.04:LTS", Status::UnderInvestigation, 1),
                ("Pro:16.04:LTS", Status::NotAffected, 0),
            ]
        );
        assert_eq!(advisories[0].modified.as_deref(), Some("2026-05-20T15:02:47Z"));
        assert_eq!(tally.ignored, [("binary beside its source", 5)].into());
        assert_eq!(tally.rejected, [("unknown state", 1)].into());
    }

    #[test]
    fn a_notice_names_the_versions_that_it_published() {
        let purl = "varnish@5.2.1-1ubuntu0.1%2Besm1?arch=source&distro=esm-apps/bionic";
        let fixed = statement("USN-7372-1", purl, r#""status": "fixed""#);
        let old = document(&[fixed])
            .replace(r#""@context""#, r#""metadata": {"author": "Canonical Ltd."}, "@context""#);
        let (advisories, _) = imported(&old);
        assert_eq!(said(&advisories[0].affected), [("Pro:18.04:LTS", Status::Affected, 1)]);
        assert_eq!((advisories[0].upstream.len(), advisories[0].references.len()), (1, 1));
    }

    #[test]
    fn a_document_without_statements_says_nothing() {
        let empty = document(&[]).replace("[]", "null");
        let (advisories, tally) = imported(&empty);
        assert!(advisories.is_empty());
        assert_eq!(tally.ignored, [("document without statements", 1)].into());
    }
}
