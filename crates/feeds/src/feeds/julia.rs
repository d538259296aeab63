//! Julia's database (github.com/JuliaLang/SecurityAdvisories.jl): Markdown with TOML, in `advisories/published/YEAR`. Its packages are
//! often builds of other projects, whose flaws stand in `upstream`.

use plimsoll_advisory::{Advisory, Affected, Interval, SeverityClaim};
use serde::Deserialize;
use toml::value::Datetime;

use crate::complete::{Complete, Releases};
use crate::document::{Document, Form};
use crate::feed::{Feed, Origin};
use crate::formats::{claims, front_matter, requirement};
use crate::import::{Import, NotOfThisFeed};

pub(crate) static JULIA: Feed = Feed {
    id: "julia",
    summary: "Julia packages: the database of the Julia language",
    origins: &[Origin {
        url: "https://github.com/JuliaLang/SecurityAdvisories.jl/archive/refs/heads/main.tar.gz",
        file: "julia/julia-security-advisories.tar.gz",
        families: &["Julia"],
        ..Origin::BASE
    }],
    recognises: |outline| {
        outline.form == Form::FrontMatter
            && outline.has(&["schema_version", "id", "modified", "pkg", "ranges"])
    },
    import,
    complete: &[Complete {
        names: &["julia-security-advisories", "julia"],
        family: "Julia",
        releases: Releases::None,
    }],
    ..Feed::BASE
};

#[derive(Deserialize)]
struct Header {
    id: String,
    modified: Option<Datetime>,
    published: Option<Datetime>,
    withdrawn: Option<Datetime>,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default)]
    upstream: Vec<String>,
    #[serde(default)]
    references: Vec<String>,
    #[serde(default)]
    severity: Vec<Severity>,
    affected: Vec<Package>,
}

/// A vector, alone or with whose word it is.
#[derive(Deserialize)]
#[serde(untagged)]
enum Severity {
    Of { score: String, source: Option<String> },
    Bare(String),
}

#[derive(Deserialize)]
struct Package {
    pkg: String,
    /// Each with comparators that all hold; `*` is every version.
    ranges: Vec<String>,
}

fn import(document: &Document<'_>, import: &mut Import<'_>) -> Result<(), NotOfThisFeed> {
    let read = front_matter::read::<Header>(document).ok_or(NotOfThisFeed)?;
    let header = read.header;
    let mut affected = Vec::with_capacity(header.affected.len());
    for package in header.affected {
        match entry(package) {
            Some(entry) => affected.push(entry),
            None => import.tally.reject("versions that are not understood"),
        }
    }
    let time = |time: Option<Datetime>| time.map(|time| time.to_string());
    import.push(Advisory {
        feed: JULIA.id.to_owned(),
        id: header.id,
        aliases: header.aliases,
        upstream: header.upstream,
        summary: read.title.to_owned(),
        details: read.body.to_owned(),
        published: time(header.published),
        modified: time(header.modified),
        withdrawn: time(header.withdrawn),
        severities: header.severity.into_iter().filter_map(claim).collect(),
        references: header.references,
        affected,
        ..Advisory::default()
    });
    Ok(())
}

fn entry(package: Package) -> Option<Affected> {
    let mut intervals = Vec::new();
    for range in &package.ranges {
        match range.trim() {
            "*" => intervals.push(Interval::ALL),
            range => intervals.extend(requirement::compared("Julia", range)?),
        }
    }
    let says_something = !intervals.is_empty();
    says_something.then(|| Affected {
        family: "Julia".to_owned(),
        package: package.pkg,
        intervals,
        ..Affected::default()
    })
}

fn claim(severity: Severity) -> Option<SeverityClaim> {
    match severity {
        Severity::Of { score, source } => {
            let source = source.map_or(JULIA.id.to_owned(), |source| source.to_lowercase());
            claims::vector(&source, &score)
        }
        Severity::Bare(score) => claims::vector(JULIA.id, &score),
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_advisory::{RangeEnd, RangeStart};

    use super::*;
    use crate::options::BuildOptions;

    const RECORD: &str = r#"```toml
schema_version = "1.8.0"
id = "JLSEC-2026-1"
modified = 2026-08-07T19:23:02.268Z
published = 2026-07-30T16:02:27Z
upstream = ["CVE-2026-1"]
references = ["https://example.com"]
severity = ["CVSS:3.1/AV:L/AC:L/PR:L/UI:R/S:U/C:L/I:N/A:L", {type = "CVSS_V3", score = "CVSS:3.1/AV:N/AC:L", source = "NVD"}]

[[affected]]
pkg = "Zlib_jll"
ranges = ["< 1.2.3+0", ">= 2.0.1+0, < 2.0.1+1"]
[[affected]]
pkg = "Other"
ranges = ["*"]
[[affected]]
pkg = "Odd"
ranges = ["one day"]
```

# A title
"#;

    #[test]
    fn each_package_has_its_ranges() {
        let path = "advisories/published/2026/JLSEC-2026-1.md";
        assert!(JULIA.recognises(path, RECORD.as_bytes()));
        let options = BuildOptions::default();
        let mut into = Import::new(&options);
        import(&Document { path, bytes: RECORD.as_bytes() }, &mut into).unwrap();
        assert_eq!(into.tally.rejected, [("versions that are not understood", 1)].into());
        let advisory = &into.advisories[0];
        assert_eq!((advisory.upstream.len(), advisory.aliases.len()), (1, 0));
        assert_eq!(advisory.modified.as_deref(), Some("2026-08-07T19:23:02.268Z"));
        let sources: Vec<_> = advisory.severities.iter().map(|one| one.source.as_str()).collect();
        assert_eq!(sources, ["julia", "nvd"]);
        let start = RangeStart::From("2.0.1+0".into());
        let second = Interval { start, end: RangeEnd::Fixed("2.0.1+1".into()) };
        assert_eq!(advisory.affected[0].intervals, [Interval::below("1.2.3+0"), second]);
        assert_eq!(advisory.affected[1].intervals, [Interval::ALL]);
    }
}
