//! The Haskell Security Response Team's database (github.com/haskell/security-advisories): Markdown with TOML, in
//! `advisories/published/YEAR`.

use plimsoll_advisory::{Advisory, Affected, Interval, RangeEnd, RangeStart};
use serde::Deserialize;

use crate::complete::{Complete, Releases};
use crate::document::{Document, Form};
use crate::feed::{Feed, Origin};
use crate::formats::{claims, front_matter};
use crate::import::{Import, NotOfThisFeed};

pub(crate) static HASKELL: Feed = Feed {
    id: "haskell",
    summary: "Haskell packages, and the parts of GHC: the Haskell Security Response Team's database",
    origins: &[Origin {
        url: "https://github.com/haskell/security-advisories/archive/refs/heads/main.tar.gz",
        file: "haskell/haskell-security-advisories.tar.gz",
        families: &["Hackage"],
        ..Origin::BASE
    }],
    recognises: |outline| {
        outline.form == Form::FrontMatter
            && outline.beginning.contains("[advisory]")
            && outline.beginning.contains("[[affected]]")
            && outline.has(&["id", "introduced"])
    },
    import,
    complete: &[Complete {
        names: &["haskell-security-advisories", "haskell"],
        family: "Hackage",
        releases: Releases::None,
    }],
    ..Feed::BASE
};

#[derive(Deserialize)]
struct Header {
    advisory: Stated,
    affected: Vec<Package>,
    #[serde(default)]
    references: Vec<Reference>,
}

#[derive(Deserialize)]
struct Stated {
    id: String,
    /// Numbers.
    #[serde(default)]
    cwe: Vec<u32>,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default)]
    related: Vec<String>,
    date: Option<toml::value::Datetime>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Package {
    package: Option<String>,
    /// A part of the compiler instead of a package.
    ghc_component: Option<String>,
    cvss: Option<String>,
    versions: Vec<Versions>,
}

#[derive(Deserialize)]
struct Versions {
    introduced: String,
    fixed: Option<String>,
}

#[derive(Deserialize)]
struct Reference {
    url: String,
}

fn import(document: &Document<'_>, import: &mut Import<'_>) -> Result<(), NotOfThisFeed> {
    let read = front_matter::read::<Header>(document).ok_or(NotOfThisFeed)?;
    let Header { advisory: stated, affected, references } = read.header;
    import.push(Advisory {
        feed: HASKELL.id.to_owned(),
        id: stated.id,
        aliases: stated.aliases,
        related: stated.related,
        summary: read.title.to_owned(),
        details: read.body.to_owned(),
        published: stated.date.map(|date| date.to_string()),
        references: references.into_iter().map(|reference| reference.url).collect(),
        cwes: stated.cwe.iter().map(|number| format!("CWE-{number}")).collect(),
        affected: affected.into_iter().map(entry).collect(),
        ..Advisory::default()
    });
    Ok(())
}

fn entry(package: Package) -> Affected {
    let interval = |versions: &Versions| Interval {
        start: RangeStart::from_introduced(&versions.introduced),
        end: versions.fixed.clone().map_or(RangeEnd::Open, RangeEnd::Fixed),
    };
    let vector = package.cvss.and_then(|cvss| claims::vector(HASKELL.id, &cvss));
    let (family, name) = match package.ghc_component {
        Some(component) => ("GHC", Some(component)),
        None => ("Hackage", package.package),
    };
    Affected {
        family: family.to_owned(),
        package: name.unwrap_or_default(),
        intervals: package.versions.iter().map(interval).collect(),
        severities: vector.into_iter().collect(),
        ..Affected::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::BuildOptions;

    const RECORD: &str = r#"```toml
[advisory]
id = "HSEC-2024-0001"
cwe = [20, 78]
aliases = ["CVE-2024-1"]

[[affected]]
package = "p"
cvss = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
[[affected.versions]]
introduced = "0"
fixed = "6.20170818"
[[affected.versions]]
introduced = "7"

[[affected]]
ghc-component = "ghc"
cvss = "none"
[[affected.versions]]
introduced = "9.2"

[[references]]
type = "FIX"
url = "https://example.com"
```
# A title

Text
"#;

    #[test]
    fn packages_and_parts_of_the_compiler_are_told_apart() {
        let path = "advisories/published/2024/HSEC-2024-0001.md";
        assert!(HASKELL.recognises(path, RECORD.as_bytes()));
        let options = BuildOptions::default();
        let advisory = HASKELL.advisories(path, RECORD.as_bytes(), &options).unwrap().remove(0);
        assert_eq!(
            (advisory.id.as_str(), advisory.summary.as_str()),
            ("HSEC-2024-0001", "A title")
        );
        assert_eq!(advisory.cwes, ["CWE-20", "CWE-78"]);
        let [package, component] = &advisory.affected[..] else { panic!("{advisory:?}") };
        let open = Interval { start: RangeStart::From("7".into()), end: RangeEnd::Open };
        assert_eq!((package.family.as_str(), package.package.as_str()), ("Hackage", "p"));
        assert_eq!(package.intervals, [Interval::below("6.20170818"), open]);
        assert_eq!(package.severities.len(), 1);
        assert_eq!((component.family.as_str(), component.package.as_str()), ("GHC", "ghc"));
        assert!(component.severities.is_empty());
    }
}
