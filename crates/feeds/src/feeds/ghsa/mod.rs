//! GitHub's Advisory Database: OSV records as its repository holds them (github.com/github/advisory-database), and the answers of the
//! GraphQL API to questions for `securityVulnerabilities`.

mod graphql;

use crate::complete::{Complete, Releases};
use crate::document::{Document, Form, Outline};
use crate::feed::{Feed, Origin};
use crate::formats::osv::{self, Database};
use crate::import::{Import, NotOfThisFeed};

pub(crate) static GHSA: Feed = Feed {
    id: "ghsa",
    summary: "GitHub's Advisory Database: packages of eleven languages, with severities and weaknesses",
    origins: &[Origin {
        url: "https://github.com/github/advisory-database/archive/refs/heads/main.tar.gz",
        file: "ghsa/github-advisory-database.tar.gz",
        families: &[
            "Go",
            "Hex",
            "Maven",
            "NuGet",
            "Packagist",
            "Pub",
            "PyPI",
            "RubyGems",
            "SwiftURL",
            "crates.io",
            "npm",
        ],
        ..Origin::BASE
    }],
    recognises: |outline| is_record(outline) || is_answer(outline),
    import,
    complete: &[
        ghsa("Go"),
        ghsa("Hex"),
        ghsa("Maven"),
        ghsa("NuGet"),
        ghsa("Packagist"),
        ghsa("Pub"),
        ghsa("PyPI"),
        ghsa("RubyGems"),
        ghsa("SwiftURL"),
        ghsa("crates.io"),
        ghsa("npm"),
    ],
    ..Feed::BASE
};

const fn ghsa(family: &'static str) -> Complete {
    Complete {
        names: &["github-advisory-database", "github-advisory-database-reviewed", "ghsa"],
        family,
        releases: Releases::None,
    }
}

fn is_record(outline: &Outline<'_>) -> bool {
    osv::recognises(outline)
        && (outline.lies_in("advisories/github-reviewed")
            || outline.lies_in("advisories/unreviewed"))
}

fn is_answer(outline: &Outline<'_>) -> bool {
    outline.form == Form::JsonObject
        && outline.has(&["data"])
        && outline.beginning.contains("\"securityVulnerabilities\"")
}

fn import(document: &Document<'_>, import: &mut Import<'_>) -> Result<(), NotOfThisFeed> {
    // What nobody has reviewed names no package.
    let database = Database { feed: GHSA.id, names_no_package: true };
    match osv::import(&database, document, import) {
        Ok(()) => Ok(()),
        Err(NotOfThisFeed) => graphql::import(document, import),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::BuildOptions;

    #[test]
    fn records_are_known_by_where_they_lie() {
        let record = br#"{"id": "GHSA-1", "affected": []}"#;
        for (path, is) in [
            ("a.tar.gz!/main/advisories/github-reviewed/2024/01/GHSA-1/GHSA-1.json", true),
            ("advisories/unreviewed/2024/01/GHSA-1/GHSA-1.json", true),
            ("npm/all.zip!/GHSA-1.json", false),
        ] {
            assert_eq!(GHSA.recognises(path, record), is, "{path}");
        }
    }

    #[test]
    fn what_nobody_has_reviewed_is_ignored() {
        let options = BuildOptions::default();
        let mut into = Import::new(&options);
        let bytes = br#"{"id": "GHSA-1", "affected": []}"#;
        import(&Document { path: "x", bytes }, &mut into).unwrap();
        assert!(into.advisories.is_empty() && into.tally.rejected.is_empty());
        assert_eq!(into.tally.ignored, [("no package at all", 1)].into());
    }
}
