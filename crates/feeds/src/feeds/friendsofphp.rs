//! The PHP Security Advisories Database (github.com/FriendsOfPHP/security-advisories): YAML in `VENDOR/PACKAGE`, with the affected
//! versions of each branch.

use std::collections::BTreeMap;

use plimsoll_advisory::{Advisory, Affected};
use serde::Deserialize;

use crate::complete::{Complete, Releases};
use crate::document::{Document, Form};
use crate::feed::{Feed, Origin};
use crate::formats::{requirement, yaml};
use crate::import::{Import, NotOfThisFeed};

pub(crate) static FRIENDSOFPHP: Feed = Feed {
    id: "friendsofphp",
    summary: "PHP packages: the PHP Security Advisories Database",
    origins: &[Origin {
        url: "https://github.com/FriendsOfPHP/security-advisories/archive/refs/heads/master.tar.gz",
        file: "friendsofphp/friendsofphp-security-advisories.tar.gz",
        families: &["Packagist"],
        ..Origin::BASE
    }],
    recognises: |outline| {
        outline.form == Form::Text
            && outline.has(&["title", "link", "branches", "reference"])
            && outline.beginning.contains("composer://")
    },
    import,
    complete: &[Complete {
        names: &["friendsofphp-security-advisories", "friendsofphp"],
        family: "Packagist",
        releases: Releases::None,
    }],
    ..Feed::BASE
};

#[derive(Deserialize)]
struct Record {
    title: String,
    link: Option<String>,
    cve: Option<String>,
    branches: BTreeMap<String, Branch>,
    /// `composer://vendor/package`.
    reference: String,
}

#[derive(Deserialize)]
struct Branch {
    /// When the branch was fixed.
    time: Option<String>,
    /// Comparators that all hold.
    versions: Vec<String>,
}

fn import(document: &Document<'_>, import: &mut Import<'_>) -> Result<(), NotOfThisFeed> {
    let text = document.text().ok_or(NotOfThisFeed)?;
    let record: Record = yaml::read(text).ok_or(NotOfThisFeed)?;
    let package = record.reference.strip_prefix("composer://").ok_or(NotOfThisFeed)?;
    let mut intervals = Vec::new();
    for branch in record.branches.values() {
        match requirement::compared("Packagist", &branch.versions.join(", ")) {
            Some(allowed) => intervals.extend(allowed),
            None => import.tally.reject("versions that are not understood"),
        }
    }
    if intervals.is_empty() {
        import.tally.reject("neither ranges nor versions");
        return Ok(());
    }
    // What has no CVE is called by its package and its file, as Packagist calls it.
    let id = record.cve.unwrap_or_else(|| format!("{package}/{}", document.stem()));
    let times = record.branches.values().filter_map(|branch| branch.time.as_deref());
    import.push(Advisory {
        feed: FRIENDSOFPHP.id.to_owned(),
        id,
        summary: record.title,
        published: times.min().map(str::to_owned),
        references: record.link.into_iter().collect(),
        affected: vec![Affected {
            family: "Packagist".to_owned(),
            package: package.to_owned(),
            // A branch that was never fixed ends where the next one begins.
            intervals: requirement::joined("Packagist", intervals),
            ..Affected::default()
        }],
        ..Advisory::default()
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use plimsoll_advisory::{Interval, RangeEnd, RangeStart};

    use super::*;
    use crate::options::BuildOptions;

    const RECORD: &str = "title: A title
link: https://example.com
cve: ~
branches:
    \"master\":
        time:     ~
        versions: ['<1.0.5']
    2.0.x:
        time:     2015-08-06 22:08:00
        versions: ['>=2.0.0', '<=2.0.98']
reference: composer://vendor/package
";

    #[test]
    fn each_branch_has_its_versions() {
        let path = "vendor/package/2015-08-06.yaml";
        assert!(FRIENDSOFPHP.recognises(path, RECORD.as_bytes()));
        let options = BuildOptions::default();
        let advisory =
            FRIENDSOFPHP.advisories(path, RECORD.as_bytes(), &options).unwrap().remove(0);
        assert_eq!(advisory.id, "vendor/package/2015-08-06");
        assert_eq!(advisory.published.as_deref(), Some("2015-08-06 22:08:00"));
        let affected = &advisory.affected[0];
        assert_eq!(
            (affected.family.as_str(), affected.package.as_str()),
            ("Packagist", "vendor/package")
        );
        let start = RangeStart::From("2.0.0".into());
        let second = Interval { start, end: RangeEnd::LastAffected("2.0.98".into()) };
        assert_eq!(affected.intervals, [Interval::below("1.0.5"), second]);
    }

    #[test]
    fn one_branch_that_is_not_understood_does_not_cost_the_others() {
        let options = BuildOptions::default();
        let mut into = Import::new(&options);
        let text = RECORD.replace("<1.0.5", "one day").replace("cve: ~", "cve: CVE-2024-1");
        import(&Document { path: "x.yaml", bytes: text.as_bytes() }, &mut into).unwrap();
        assert_eq!(into.advisories[0].id, "CVE-2024-1");
        assert_eq!(into.advisories[0].affected[0].intervals.len(), 1);
        assert_eq!(into.tally.rejected, [("versions that are not understood", 1)].into());
    }
}
