//! Elixir's community database (github.com/mirego/elixir-security-advisories): YAML in `packages/PACKAGE`, with GitHub's ids.

use plimsoll_advisory::{Advisory, Affected};
use serde::Deserialize;

use crate::complete::{Complete, Releases};
use crate::document::{Document, Form};
use crate::feed::{Feed, Origin};
use crate::formats::{claims, requirement, yaml};
use crate::import::{Import, NotOfThisFeed};

pub(crate) static ELIXIR: Feed = Feed {
    id: "elixir",
    summary: "Elixir and Erlang packages of Hex: Mirego's database",
    origins: &[Origin {
        url: "https://github.com/mirego/elixir-security-advisories/archive/refs/heads/main.tar.gz",
        file: "elixir/elixir-security-advisories.tar.gz",
        families: &["Hex"],
        ..Origin::BASE
    }],
    recognises: |outline| {
        outline.form == Form::Text && outline.has(&["id", "package", "vulnerable_version_ranges"])
    },
    import,
    complete: &[Complete {
        names: &["elixir-security-advisories", "elixir"],
        family: "Hex",
        releases: Releases::None,
    }],
    ..Feed::BASE
};

#[derive(Deserialize)]
struct Record {
    id: String,
    package: String,
    title: String,
    #[serde(default)]
    description: String,
    disclosure_date: Option<String>,
    severity: Option<String>,
    link: Option<String>,
    /// Each with comparators that all hold.
    vulnerable_version_ranges: Vec<String>,
}

fn import(document: &Document<'_>, import: &mut Import<'_>) -> Result<(), NotOfThisFeed> {
    let text = document.text().ok_or(NotOfThisFeed)?;
    let record: Record = yaml::read(text).ok_or(NotOfThisFeed)?;
    let mut intervals = Vec::new();
    for range in &record.vulnerable_version_ranges {
        match requirement::compared("Hex", range) {
            Some(allowed) => intervals.extend(allowed),
            None => import.tally.reject("versions that are not understood"),
        }
    }
    if intervals.is_empty() {
        import.tally.reject("neither ranges nor versions");
        return Ok(());
    }
    let word = record.severity.and_then(|word| claims::word(ELIXIR.id, &word));
    import.push(Advisory {
        feed: ELIXIR.id.to_owned(),
        id: record.id,
        summary: record.title,
        details: record.description,
        published: record.disclosure_date,
        severities: word.into_iter().collect(),
        references: record.link.into_iter().collect(),
        affected: vec![Affected {
            family: "Hex".to_owned(),
            package: record.package,
            intervals,
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

    #[test]
    fn each_range_is_an_interval() {
        let text = "description: |-\n  Text\ndisclosure_date: 2022-04-12\nfirst_patched_versions:\n  - 1.0.1\n\
            id: GHSA-1\nlink: https://example.com\npackage: p\nseverity: Critical\ntitle: A title\n\
            vulnerable_version_ranges:\n  - < 1.0.1\n  - '>= 2.0.0, <= 2.1.0'\n  - = 3.0.0\n";
        assert!(ELIXIR.recognises("packages/p/GHSA-1.yml", text.as_bytes()));
        let options = BuildOptions::default();
        let advisory = ELIXIR.advisories("x.yml", text.as_bytes(), &options).unwrap().remove(0);
        assert_eq!(
            (advisory.id.as_str(), advisory.severities[0].value.as_str()),
            ("GHSA-1", "critical")
        );
        let between = |from: &str, to: &str| Interval {
            start: RangeStart::From(from.into()),
            end: RangeEnd::LastAffected(to.into()),
        };
        let expected =
            [Interval::below("1.0.1"), between("2.0.0", "2.1.0"), between("3.0.0", "3.0.0")];
        assert_eq!(advisory.affected[0].intervals, expected);
    }
}
