//! RubySec (github.com/rubysec/ruby-advisory-db): YAML, in `gems/GEM` and, for Ruby itself and its kin, `rubies/ENGINE`. Affected is what
//! is neither patched nor unaffected.

use plimsoll_advisory::{Advisory, Affected, SeverityClaim, Status};
use serde::Deserialize;

use crate::complete::{Complete, Releases};
use crate::document::{Document, Form};
use crate::feed::{Feed, Origin};
use crate::formats::{claims, requirement, yaml};
use crate::import::{Import, NotOfThisFeed};

pub(crate) static RUBYSEC: Feed = Feed {
    id: "rubysec",
    summary: "Ruby gems: the Ruby Advisory Database",
    origins: &[Origin {
        url: "https://github.com/rubysec/ruby-advisory-db/archive/refs/heads/master.tar.gz",
        file: "rubysec/ruby-advisory-db.tar.gz",
        families: &["RubyGems"],
        ..Origin::BASE
    }],
    recognises: |outline| {
        outline.form == Form::Text
            && outline.has(&["url", "title", "date", "description"])
            && (outline.has(&["gem"]) || outline.has(&["engine"]))
    },
    import,
    complete: &[Complete {
        names: &["ruby-advisory-db", "rubysec"],
        family: "RubyGems",
        releases: Releases::None,
    }],
    ..Feed::BASE
};

#[derive(Deserialize)]
struct Record {
    gem: Option<String>,
    engine: Option<String>,
    cve: Option<String>,
    ghsa: Option<String>,
    osvdb: Option<String>,
    url: Option<String>,
    title: String,
    date: Option<String>,
    #[serde(default)]
    description: String,
    /// Scores without their vectors.
    cvss_v2: Option<f64>,
    cvss_v3: Option<f64>,
    cvss_v4: Option<f64>,
    patched_versions: Option<Vec<String>>,
    unaffected_versions: Option<Vec<String>>,
    #[serde(default)]
    related: Related,
}

#[derive(Default, Deserialize)]
struct Related {
    cve: Option<Vec<String>>,
    ghsa: Option<Vec<String>>,
    url: Option<Vec<String>>,
}

fn import(document: &Document<'_>, import: &mut Import<'_>) -> Result<(), NotOfThisFeed> {
    let text = document.text().ok_or(NotOfThisFeed)?;
    let record: Record = yaml::read(text).ok_or(NotOfThisFeed)?;
    let Some(gem) = &record.gem else {
        if record.engine.is_none() {
            return Err(NotOfThisFeed);
        }
        import.tally.ignore("of Ruby itself, not of a gem");
        return Ok(());
    };
    let lists = record.patched_versions.iter().chain(&record.unaffected_versions);
    let unaffected = lists.flatten().map(String::as_str);
    let Some(intervals) = requirement::all_but(("gem", "gem"), unaffected) else {
        import.tally.reject("versions that are not understood");
        return Ok(());
    };
    let status = if intervals.is_empty() { Status::NotAffected } else { Status::Affected };
    let affected = Affected {
        family: "RubyGems".to_owned(),
        package: gem.clone(),
        intervals,
        status,
        ..Affected::default()
    };
    let mut ids = ids(&record).into_iter();
    // A record without any number is called as its file is.
    let id = ids.next().unwrap_or_else(|| document.stem().to_owned());
    let Related { cve, ghsa, url } = record.related;
    let numbered = |prefix: &'static str, list: Option<Vec<String>>| {
        list.into_iter().flatten().map(move |number| format!("{prefix}-{number}"))
    };
    import.push(Advisory {
        feed: RUBYSEC.id.to_owned(),
        id,
        aliases: ids.collect(),
        related: numbered("CVE", cve).chain(numbered("GHSA", ghsa)).collect(),
        severities: rating(record.cvss_v4.or(record.cvss_v3), record.cvss_v2),
        summary: record.title,
        details: record.description,
        published: record.date,
        references: record.url.into_iter().chain(url.into_iter().flatten()).collect(),
        affected: vec![affected],
        ..Advisory::default()
    });
    Ok(())
}

/// What the flaw is called, the best known first.
fn ids(record: &Record) -> Vec<String> {
    let of = |prefix: &str, number: &Option<String>| {
        number.as_ref().map(|number| format!("{prefix}-{number}"))
    };
    let all = [of("CVE", &record.cve), of("GHSA", &record.ghsa), of("OSVDB", &record.osvdb)];
    all.into_iter().flatten().collect()
}

/// A score tells a word; CVSS 2 has no `critical`.
fn rating(score: Option<f64>, old_score: Option<f64>) -> Vec<SeverityClaim> {
    let word = score.map(claims::rating).or_else(|| match claims::rating(old_score?) {
        "critical" => Some("high"),
        word => Some(word),
    });
    word.and_then(|word| claims::word(RUBYSEC.id, word)).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use plimsoll_advisory::{Interval, RangeEnd, RangeStart};

    use super::*;
    use crate::options::BuildOptions;
    use crate::tally::Tally;

    fn imported(text: &str) -> (Vec<Advisory>, Tally) {
        assert!(RUBYSEC.recognises("gems/g/CVE-2024-1.yml", text.as_bytes()));
        let options = BuildOptions::default();
        let mut into = Import::new(&options);
        let document = Document { path: "gems/g/2014-01.yml", bytes: text.as_bytes() };
        import(&document, &mut into).unwrap();
        (into.advisories, into.tally)
    }

    const RECORD: &str = "---
gem: g
platform: jruby
cve: 2024-1
ghsa: aaaa-bbbb-cccc
url: https://example.com
title: A title
date: 2024-01-02
description: |
  Text
cvss_v2: 10.0
cvss_v3: 6.3
patched_versions:
  - \"~> 1.2.3\"
  - \">= 2.0.1\"
unaffected_versions:
  - \"< 1.0\"
related:
  cve:
    - 2024-2
  url:
    - https://example.com/more
";

    #[test]
    fn affected_is_what_is_neither_patched_nor_unaffected() {
        let (advisories, _) = imported(RECORD);
        let advisory = &advisories[0];
        assert_eq!(advisory.id, "CVE-2024-1");
        assert_eq!(advisory.aliases, ["GHSA-aaaa-bbbb-cccc"]);
        assert_eq!(
            (&advisory.related[..], advisory.references.len()),
            (&["CVE-2024-2".into()][..], 2)
        );
        assert_eq!(advisory.severities[0].value, "medium");
        let [first, second] = &advisory.affected[0].intervals[..] else { panic!("{advisory:?}") };
        assert_eq!(first.start, RangeStart::From("1.0".into()));
        assert_eq!(first.end, RangeEnd::Fixed("1.2.3".into()));
        assert_eq!(second.end, RangeEnd::Fixed("2.0.1".into()));
    }

    #[test]
    fn what_is_not_patched_is_affected_in_every_version() {
        let start = RECORD.split("patched_versions").next().unwrap();
        assert_eq!(imported(start).0[0].affected[0].intervals, [Interval::ALL]);
        let bare = start.replace("cve: 2024-1\n", "").replace("ghsa: aaaa-bbbb-cccc\n", "");
        assert_eq!(imported(&bare).0[0].id, "2014-01");
    }

    #[test]
    fn ruby_itself_is_no_gem() {
        let (advisories, tally) = imported(&RECORD.replace("gem: g", "engine: ruby"));
        assert!(advisories.is_empty());
        assert_eq!(tally.ignored, [("of Ruby itself, not of a gem", 1)].into());
    }
}
