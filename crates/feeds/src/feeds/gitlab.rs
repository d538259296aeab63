//! GitLab's advisories (gitlab.com/gitlab-org/advisories-community): YAML in `TYPE/PACKAGE`, with the affected versions in the language
//! of the package's own tool. Their licence forbids some uses, so they are read where somebody has them, and fetched from nowhere.

use plimsoll_advisory::{Advisory, Affected, Interval};
use serde::Deserialize;

use crate::document::{Document, Form};
use crate::feed::Feed;
use crate::formats::{claims, requirement, yaml};
use crate::import::{Import, NotOfThisFeed};

pub(crate) static GITLAB: Feed = Feed {
    id: "gitlab",
    summary: "GitLab's advisories on packages of languages",
    recognises: |outline| {
        outline.form == Form::Text && outline.has(&["identifier", "package_slug", "title"])
    },
    import,
    ..Feed::BASE
};

/// The types of packages, with their family and, where ranges may be more than comparators, their language.
const TYPES: &[(&str, &str, &str)] = &[
    ("cargo", "crates.io", "cargo"),
    ("conan", "ConanCenter", ""),
    ("gem", "RubyGems", "gem"),
    ("go", "Go", ""),
    ("maven", "Maven", "maven"),
    ("npm", "npm", "npm"),
    ("nuget", "NuGet", "nuget"),
    ("packagist", "Packagist", "composer"),
    ("pypi", "PyPI", "pep440"),
    ("swift", "SwiftURL", ""),
];

#[derive(Deserialize)]
struct Record {
    identifier: String,
    #[serde(default)]
    identifiers: Vec<String>,
    /// The type, a slash, and the package's name with slashes.
    package_slug: String,
    title: String,
    #[serde(default)]
    description: String,
    date: Option<String>,
    pubdate: Option<String>,
    affected_range: String,
    #[serde(default)]
    urls: Vec<String>,
    #[serde(default)]
    cwe_ids: Vec<String>,
    cvss_v2: Option<String>,
    cvss_v3: Option<String>,
    cvss_v4: Option<String>,
}

fn import(document: &Document<'_>, import: &mut Import<'_>) -> Result<(), NotOfThisFeed> {
    let text = document.text().ok_or(NotOfThisFeed)?;
    let record: Record = yaml::read(text).ok_or(NotOfThisFeed)?;
    let affected = match affected(&record) {
        Ok(affected) => affected,
        Err(reason) => {
            import.tally.reject(reason);
            return Ok(());
        }
    };
    let vectors = [record.cvss_v2, record.cvss_v3, record.cvss_v4].into_iter().flatten();
    let mut aliases = record.identifiers;
    aliases.retain(|other| *other != record.identifier);
    import.push(Advisory {
        feed: GITLAB.id.to_owned(),
        id: record.identifier,
        aliases,
        summary: record.title,
        details: record.description,
        published: record.pubdate,
        modified: record.date,
        severities: vectors.filter_map(|vector| claims::vector(GITLAB.id, &vector)).collect(),
        references: record.urls,
        cwes: record.cwe_ids,
        affected: vec![affected],
        ..Advisory::default()
    });
    Ok(())
}

fn affected(record: &Record) -> Result<Affected, &'static str> {
    let (kind, name) = record.package_slug.split_once('/').ok_or("unusable package name")?;
    let known = TYPES.iter().find(|(one, ..)| *one == kind);
    let (_, family, language) = known.ok_or("packages of an unknown type")?;
    let intervals = match record.affected_range.trim() {
        "" => return Err("neither ranges nor versions"),
        // A range that nothing ends: every version.
        "*" | "(,)" => vec![Interval::ALL],
        range => intervals(range, family, language).ok_or("versions that are not understood")?,
    };
    let package = if *family == "Maven" { name.replacen('/', ":", 1) } else { name.to_owned() };
    Ok(Affected { family: (*family).to_owned(), package, intervals, ..Affected::default() })
}

fn intervals(range: &str, family: &str, language: &str) -> Option<Vec<Interval>> {
    match language {
        // Intervals in brackets.
        "maven" | "nuget" => requirement::allowed(language, range),
        _ => requirement::compared(family, range).or_else(|| requirement::allowed(language, range)),
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_advisory::RangeEnd;

    use super::*;
    use crate::options::BuildOptions;
    use crate::tally::Tally;

    fn imported(slug: &str, range: &str) -> (Vec<Advisory>, Tally) {
        let text = format!(
            "---\nidentifier: \"CVE-2024-1\"\nidentifiers:\n- \"GHSA-1\"\n- \"CVE-2024-1\"\npackage_slug: \"{slug}\"\n\
            title: \"A title\"\ndate: \"2024-01-02\"\naffected_range: \"{range}\"\ncvss_v2: \"AV:N/AC:M/Au:N/C:P/I:P/A:P\"\n"
        );
        assert!(GITLAB.recognises("maven/g/a/CVE-2024-1.yml", text.as_bytes()));
        let options = BuildOptions::default();
        let mut into = Import::new(&options);
        import(&Document { path: "x.yml", bytes: text.as_bytes() }, &mut into).unwrap();
        (into.advisories, into.tally)
    }

    #[test]
    fn ranges_are_in_the_language_of_the_package() {
        for (slug, range, family, package, intervals) in [
            ("maven/org.example/thing", "(,1.3.2),[2.0,2.3]", "Maven", "org.example:thing", 2),
            ("npm/@scope/thing", "<1.2.3||>=2.0.0 <2.0.1", "npm", "@scope/thing", 2),
            ("go/example.com/m/v2", "=v1.4.3", "Go", "example.com/m/v2", 1),
            ("gem/thing", "=4.2.0.beta1", "RubyGems", "thing", 1),
            ("pypi/Thing", "<1.0", "PyPI", "Thing", 1),
            ("nuget/Thing", "(,)", "NuGet", "Thing", 1),
        ] {
            let (advisories, _) = imported(slug, range);
            let affected = &advisories[0].affected[0];
            assert_eq!((affected.family.as_str(), affected.package.as_str()), (family, package));
            assert_eq!(affected.intervals.len(), intervals, "{range}");
        }
        let (advisories, _) = imported("maven/org.example/thing", "(,1.3.2]");
        let end = &advisories[0].affected[0].intervals[0].end;
        assert_eq!(*end, RangeEnd::LastAffected("1.3.2".into()));
        assert_eq!(
            (advisories[0].id.as_str(), &advisories[0].aliases[..]),
            ("CVE-2024-1", &["GHSA-1".into()][..])
        );
    }

    #[test]
    fn what_cannot_be_taken_is_named() {
        for (slug, range, reason) in [
            ("npm/thing", "", "neither ranges nor versions"),
            ("npm/thing", "one day", "versions that are not understood"),
            ("new/thing", "<1", "packages of an unknown type"),
            ("thing", "<1", "unusable package name"),
        ] {
            assert_eq!(imported(slug, range).1.rejected, [(reason, 1)].into(), "{slug} {range}");
        }
    }
}
