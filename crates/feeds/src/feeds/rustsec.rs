//! RustSec (github.com/RustSec/advisory-db): Markdown with TOML, in `crates/CRATE`. Affected is what is neither patched nor unaffected.
//!
//! What is unmaintained or a mere notice is no flaw of any version; what is unsound is one, with that word for a severity.

use std::collections::BTreeMap;

use plimsoll_advisory::{Advisory, Affected, Status};
use serde::Deserialize;

use crate::complete::{Complete, Releases};
use crate::document::{Document, Form};
use crate::feed::{Feed, Origin};
use crate::formats::osv::{OTHER_SYSTEMS, leaves_out_linux, rust_functions};
use crate::formats::{claims, front_matter, requirement};
use crate::import::{Import, NotOfThisFeed};

pub(crate) static RUSTSEC: Feed = Feed {
    id: "rustsec",
    version: 2,
    summary: "Rust crates: the database of the Rust Secure Code Working Group",
    origins: &[Origin {
        url: "https://github.com/RustSec/advisory-db/archive/refs/heads/main.tar.gz",
        file: "rustsec/rustsec-advisory-db.tar.gz",
        families: &["crates.io"],
        ..Origin::BASE
    }],
    recognises: |outline| {
        outline.form == Form::FrontMatter
            && outline.beginning.contains("[advisory]")
            && outline.beginning.contains("[versions]")
            && outline.has(&["id", "package", "date"])
    },
    import,
    complete: &[Complete {
        names: &["rustsec-advisory-db", "rustsec"],
        family: "crates.io",
        releases: Releases::None,
    }],
    ..Feed::BASE
};

#[derive(Deserialize)]
struct Header {
    advisory: Stated,
    versions: Versions,
    #[serde(default)]
    affected: Code,
}

#[derive(Deserialize)]
struct Stated {
    id: String,
    package: String,
    date: String,
    url: Option<String>,
    #[serde(default)]
    references: Vec<String>,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default)]
    related: Vec<String>,
    cvss: Option<String>,
    informational: Option<String>,
    withdrawn: Option<String>,
}

/// Requirements as Cargo writes them.
#[derive(Deserialize)]
struct Versions {
    patched: Vec<String>,
    #[serde(default)]
    unaffected: Vec<String>,
}

#[derive(Default, Deserialize)]
struct Code {
    /// Full paths, each with the versions that have it.
    #[serde(default)]
    functions: BTreeMap<String, Vec<String>>,
    /// The systems that have the flaw; empty for all.
    #[serde(default)]
    os: Vec<String>,
}

fn import(document: &Document<'_>, import: &mut Import<'_>) -> Result<(), NotOfThisFeed> {
    let read = front_matter::read::<Header>(document).ok_or(NotOfThisFeed)?;
    let Header { advisory: stated, versions, affected: code } = read.header;
    let is_unsound = match stated.informational.as_deref() {
        None => false,
        Some("unsound") => true,
        Some("unmaintained" | "notice") => {
            import.tally.ignore("no flaw: unmaintained, or a notice");
            return Ok(());
        }
        Some(_) => {
            import.tally.reject("informational in an unknown way");
            return Ok(());
        }
    };
    // The parts of Rust itself have CVEs for ids.
    if !stated.id.starts_with("RUSTSEC-") {
        import.tally.ignore("of the toolchain, not of a crate");
        return Ok(());
    }
    if leaves_out_linux(&code.os) {
        import.tally.ignore(OTHER_SYSTEMS);
        return Ok(());
    }
    let unaffected = versions.patched.iter().chain(&versions.unaffected).map(String::as_str);
    let Some(intervals) = requirement::all_but(("cargo", "semver"), unaffected) else {
        import.tally.reject("versions that are not understood");
        return Ok(());
    };
    let status = if intervals.is_empty() { Status::NotAffected } else { Status::Affected };
    let vector = stated.cvss.as_deref().and_then(|cvss| claims::vector(RUSTSEC.id, cvss));
    let word = if is_unsound { claims::word(RUSTSEC.id, "unsound") } else { None };
    import.push(Advisory {
        feed: RUSTSEC.id.to_owned(),
        symbols: rust_functions(&stated.package, code.functions.into_keys()),
        affected: vec![Affected {
            family: "crates.io".to_owned(),
            package: stated.package,
            intervals,
            status,
            ..Affected::default()
        }],
        id: stated.id,
        aliases: stated.aliases,
        related: stated.related,
        summary: read.title.to_owned(),
        details: read.body.to_owned(),
        published: Some(stated.date),
        withdrawn: stated.withdrawn,
        severities: vector.into_iter().chain(word).collect(),
        references: stated.url.into_iter().chain(stated.references).collect(),
        ..Advisory::default()
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use plimsoll_advisory::{Interval, RangeEnd, RangeStart};

    use super::*;
    use crate::options::BuildOptions;
    use crate::tally::Tally;

    fn imported(header: &str) -> (Vec<Advisory>, Tally) {
        let text = format!("```toml\n{header}\n```\n\n# Title\n\nText\n");
        assert!(RUSTSEC.recognises("crates/c/RUSTSEC-2024-0001.md", text.as_bytes()));
        let options = BuildOptions::default();
        let mut into = Import::new(&options);
        import(&Document { path: "x.md", bytes: text.as_bytes() }, &mut into).unwrap();
        (into.advisories, into.tally)
    }

    const HEADER: &str = r#"[advisory]
id = "RUSTSEC-2024-0001"
package = "c"
date = "2024-01-02"
cvss = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"
aliases = ["CVE-2024-1"]

[affected.functions]
"c::V::grow" = ["<= 1.2.2"]

[versions]
patched = ["^1.2.3", ">= 2.1.0"]
unaffected = ["< 1.0.0"]"#;

    #[test]
    fn affected_is_what_is_neither_patched_nor_unaffected() {
        let (advisories, _) = imported(HEADER);
        let advisory = &advisories[0];
        let affected = &advisory.affected[0];
        assert_eq!((affected.family.as_str(), affected.package.as_str()), ("crates.io", "c"));
        let ends: Vec<_> = affected.intervals.iter().map(|one| (&one.start, &one.end)).collect();
        assert_eq!(ends.len(), 2, "{ends:?}");
        let first = (&RangeStart::From("1.0.0".into()), &RangeEnd::Fixed("1.2.3".into()));
        assert_eq!((ends[0], ends[1].1), (first, &RangeEnd::Fixed("2.1.0".into())));
        assert_eq!(advisory.symbols[0].symbols, ["grow"]);
        assert_eq!((advisory.summary.as_str(), advisory.details.as_str()), ("Title", "Text"));
        assert_eq!(advisory.severities.len(), 1);
    }

    #[test]
    fn what_was_never_patched_is_affected_in_every_version() {
        let header =
            HEADER.replace(r#"["^1.2.3", ">= 2.1.0"]"#, "[]").replace(r#"["< 1.0.0"]"#, "[]");
        assert_eq!(imported(&header).0[0].affected[0].intervals, [Interval::ALL]);
    }

    #[test]
    fn only_what_is_unsound_is_a_flaw_among_what_informs() {
        let informs = |kind: &str| {
            imported(&HEADER.replace("date =", &format!("informational = \"{kind}\"\ndate =")))
        };
        assert_eq!(informs("unsound").0[0].severities[1].value, "unsound");
        for kind in ["unmaintained", "notice"] {
            let (advisories, tally) = informs(kind);
            assert!(advisories.is_empty());
            assert_eq!(tally.ignored, [("no flaw: unmaintained, or a notice", 1)].into());
        }
        assert_eq!(informs("new").1.rejected.len(), 1);
    }

    #[test]
    fn a_flaw_of_other_systems_is_left_out() {
        for (os, left) in [(r#"["windows"]"#, 0), (r#"["linux", "windows"]"#, 1), ("[]", 1)] {
            let table = format!("[affected]\nos = {os}\n\n[affected.functions]");
            let (advisories, tally) = imported(&HEADER.replace("[affected.functions]", &table));
            assert_eq!((advisories.len(), tally.ignored.len()), (left, 1 - left), "{os}");
        }
    }

    #[test]
    fn what_is_no_requirement_costs_the_record() {
        let (advisories, tally) = imported(&HEADER.replace("^1.2.3", "one day"));
        assert!(advisories.is_empty());
        assert_eq!(tally.rejected, [("versions that are not understood", 1)].into());
    }
}
