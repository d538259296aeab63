//! Echo's advisories (advisory.echohq.com/data.json): every package, with the flaws that it has or had. Echo's images are built from
//! Debian's sources, and its OSV records say the same with more words.

use std::collections::BTreeMap;

use plimsoll_advisory::{Advisory, Affected, Interval, Status};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::complete::{Complete, Releases};
use crate::document::{Document, Form, Outline, are_mostly};
use crate::feed::{Feed, Origin};
use crate::formats::flaw_ids::is_flaw_id;
use crate::formats::json::{Text, record_of};
use crate::import::{Import, NotOfThisFeed};

pub(crate) static ECHO: Feed = Feed {
    id: "echo",
    version: 2,
    summary: "Echo's advisories: the version in which a package fixed a flaw, and what is not fixed",
    origins: &[Origin {
        url: "https://advisory.echohq.com/data.json",
        file: "echo/data.json",
        families: &[FAMILY],
        ..Origin::BASE
    }],
    recognises,
    import,
    spread: true,
    complete: &[Complete { names: &["echo"], family: FAMILY, releases: Releases::These(&[""]) }],
    ..Feed::BASE
};

const FAMILY: &str = "Echo";

/// Flaws at the beginning that are looked at.
const FLAWS: usize = 16;

type Packages<'a> = BTreeMap<Text<'a>, &'a RawValue>;
/// Of one package, by id.
type Flaws<'a> = BTreeMap<Text<'a>, &'a RawValue>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fix {
    /// `0` for never affected; left out where there is none yet.
    fixed_version: Option<String>,
}

/// The document has no words of its own but one: a flaw's value is empty, or begins with it.
fn recognises(outline: &Outline<'_>) -> bool {
    let after_id = |(place, _): (usize, &str)| {
        let (_, rest) = outline.beginning.get(place + 1..)?.split_once('"')?;
        let rest =
            rest.trim_start().strip_prefix(':')?.trim_start().strip_prefix('{')?.trim_start();
        Some(rest.starts_with('}') || rest.starts_with("\"fixed_version\""))
    };
    let of = |start| outline.beginning.match_indices(start).take(FLAWS);
    let mut flaws: Vec<_> = of("\"CVE-").chain(of("\"TEMP-")).collect();
    flaws.sort_unstable();
    outline.form == Form::JsonObject
        && are_mostly(flaws.into_iter(), |flaw| after_id(flaw).unwrap_or(false))
}

fn import(document: &Document<'_>, import: &mut Import<'_>) -> Result<(), NotOfThisFeed> {
    let packages: Packages<'_> =
        serde_json::from_slice(document.bytes).map_err(|_| NotOfThisFeed)?;
    let mut own = Import::new(import.options);
    for (package, raw) in packages {
        let Some(flaws) = record_of::<Flaws<'_>>(raw, &mut own.tally) else { continue };
        for (id, raw) in flaws {
            if !is_flaw_id(id.as_str()) {
                own.tally.reject("no id");
            } else if let Some(fix) = record_of(raw, &mut own.tally) {
                own.push(advisory(package.as_str(), id.as_str(), &fix));
            }
        }
    }
    // Others have the same outer form, and not one flaw of this one.
    if own.advisories.is_empty() && !own.tally.rejected.is_empty() {
        return Err(NotOfThisFeed);
    }
    import.advisories.append(&mut own.advisories);
    import.tally.merge(own.tally);
    Ok(())
}

fn advisory(package: &str, id: &str, fix: &Fix) -> Advisory {
    let (status, intervals) = match fix.fixed_version.as_deref() {
        Some("0") => (Status::NotAffected, Vec::new()),
        Some(version) if !version.is_empty() => (Status::Affected, vec![Interval::below(version)]),
        _ => (Status::Affected, vec![Interval::ALL]),
    };
    Advisory {
        feed: ECHO.id.to_owned(),
        id: id.to_owned(),
        affected: vec![Affected {
            family: FAMILY.to_owned(),
            package: package.to_owned(),
            intervals,
            status,
            ..Affected::default()
        }],
        ..Advisory::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::BuildOptions;

    #[test]
    fn a_flaw_without_a_fixed_version_is_not_fixed() {
        let text = r#"{"aardvark-dns": {}, "firefox-esr": {"CVE-2025-4084": {"fixed_version": "0"},
            "CVE-2025-4091": {"fixed_version": "128.10.0esr-1~deb12u1"}, "CVE-2025-5": {}, "x": {}}}"#;
        let document = Document { path: "data.json", bytes: text.as_bytes() };
        let options = BuildOptions::default();
        let mut into = Import::new(&options);
        import(&document, &mut into).unwrap();
        let said: Vec<_> = into
            .advisories
            .iter()
            .map(|one| (one.affected[0].status, one.affected[0].intervals.clone()))
            .collect();
        let fixed = vec![Interval::below("128.10.0esr-1~deb12u1")];
        assert_eq!(
            said,
            [
                (Status::NotAffected, vec![]),
                (Status::Affected, fixed),
                (Status::Affected, vec![Interval::ALL])
            ]
        );
        assert_eq!(into.tally.rejected, [("no id", 1)].into());
    }

    #[test]
    fn a_first_flaw_that_is_none_costs_only_itself() {
        let text =
            r#"{"a": {"CVE-2025-1": {"other": 1}, "CVE-2025-2": {"fixed_version": "1"}}, "b": []}"#;
        let document = Document { path: "data.json", bytes: text.as_bytes() };
        assert!(recognises(&Outline::of(&document)));
        let options = BuildOptions::default();
        let mut into = Import::new(&options);
        import(&document, &mut into).unwrap();
        assert_eq!(into.advisories.len(), 1);
        assert_eq!(into.tally.rejected, [("not a record of its feed", 2)].into());
        let of_debian = br#"{"a": {"CVE-2025-1": {"releases": {}}}}"#;
        assert!(import(&Document { path: "data.json", bytes: of_debian }, &mut into).is_err());
    }

    #[test]
    fn debians_tracker_has_the_same_outer_form() {
        for (text, is_own) in [
            (r#"{"aardvark-dns":{},"firefox":{"CVE-2025-4091":{}}}"#, true),
            (r#"{"linux": {"TEMP-0000000-F7A20F": { "fixed_version": "1"}}}"#, true),
            (r#"{"linux": {"CVE-2025-1": {"description": "x", "releases": {}}}}"#, false),
            (r#"{"id": "CVE-2025-1", "affected": []}"#, false),
            (r#"["CVE-2025-1", {}]"#, false),
            ("{}", false),
        ] {
            let document = Document { path: "data.json", bytes: text.as_bytes() };
            assert_eq!(recognises(&Outline::of(&document)), is_own, "{text}");
        }
    }
}
