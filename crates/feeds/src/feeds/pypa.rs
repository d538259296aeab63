//! PyPA's database (github.com/pypa/advisory-database): OSV records as YAML in `vulns/PACKAGE`.

use crate::complete::{Complete, Releases};
use crate::document::{Document, Form};
use crate::feed::{Feed, Origin};
use crate::formats::osv::{self, Database};
use crate::formats::yaml;
use crate::import::{Import, NotOfThisFeed};

pub(crate) static PYPA: Feed = Feed {
    id: "pypa",
    summary: "Python packages: the database of the Python Packaging Authority",
    origins: &[Origin {
        url: "https://github.com/pypa/advisory-database/archive/refs/heads/main.tar.gz",
        file: "pypa/pypa-advisory-database.tar.gz",
        families: &["PyPI"],
        ..Origin::BASE
    }],
    recognises: |outline| {
        outline.form == Form::Text
            && outline.has(&["id", "affected"])
            && outline.file_name().starts_with("PYSEC-")
    },
    import,
    complete: &[Complete {
        names: &["pypa-advisory-database", "pypa"],
        family: "PyPI",
        releases: Releases::None,
    }],
    ..Feed::BASE
};

fn import(document: &Document<'_>, import: &mut Import<'_>) -> Result<(), NotOfThisFeed> {
    let text = document.text().ok_or(NotOfThisFeed)?;
    let record: serde_json::Value = yaml::read(text).ok_or(NotOfThisFeed)?;
    let json = serde_json::to_vec(&record).map_err(|_| NotOfThisFeed)?;
    let document = Document { path: document.path, bytes: &json };
    osv::import(&Database { feed: PYPA.id, names_no_package: false }, &document, import)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::BuildOptions;

    fn imported(text: &str) -> Option<Vec<plimsoll_advisory::Advisory>> {
        PYPA.advisories("vulns/x/PYSEC-2024-1.yaml", text.as_bytes(), &BuildOptions::default())
    }

    const RECORD: &str = "id: PYSEC-2024-1
details: 'first: of two
  lines'
affected:
- package:
    name: x
    ecosystem: PyPI
  ranges:
  - type: ECOSYSTEM
    events:
    - introduced: \"0\"
    - fixed: \"1.10\"
  versions:
  - 0.1.0
  - 9.9.9
aliases:
- CVE-2024-1
modified: 2024-01-01T00:00:00Z
";

    #[test]
    fn a_record_in_yaml_is_the_same_record() {
        let path = "vulns/x/PYSEC-2024-1.yaml";
        assert!(PYPA.recognises(path, RECORD.as_bytes()));
        let advisory = imported(RECORD).unwrap().remove(0);
        assert_eq!((advisory.feed.as_str(), advisory.id.as_str()), ("pypa", "PYSEC-2024-1"));
        assert_eq!(advisory.modified.as_deref(), Some("2024-01-01T00:00:00Z"));
        assert_eq!(advisory.affected[0].intervals, [plimsoll_advisory::Interval::below("1.10")]);
        assert_eq!(advisory.affected[0].versions, ["9.9.9"]);
    }

    #[test]
    fn a_version_that_yaml_makes_a_number_is_not_guessed() {
        assert!(imported(&RECORD.replace("\"1.10\"", "1.10")).is_none());
    }
}
