//! Alpine's security tracker (security.alpinelinux.org): what is not fixed yet, which its database does not say. One document for each
//! flaw, with the state of every package that it may concern in each repository. (JSON-LD, as the tracker's pages give it when asked
//! for `application/ld+json`.) There is no list of them and no archive, so they are read where somebody has them; what was rejected its
//! database says too (`alpine_secdb.rs`).

use std::cmp::Ordering;
use std::collections::BTreeMap;

use plimsoll_advisory::{Advisory, Affected, Interval, RangeEnd, RangeStart, Status};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::document::{Document, Form};
use crate::feed::Feed;
use crate::formats::claims;
use crate::formats::json::{List, element, lenient};
use crate::import::{Import, NotOfThisFeed};

pub(crate) static ALPINE_SECURITY: Feed = Feed {
    id: "alpine-security",
    summary: "Alpine's security tracker: flaws that are not fixed yet, and those that were rejected",
    recognises: |outline| {
        outline.form == Form::JsonObject && outline.has(&["id", "state", "cpeMatch"])
    },
    import,
    ..Feed::BASE
};

#[derive(Deserialize)]
struct Vulnerability<'a> {
    /// `CVE-2019-1003051`, or the address that ends with it.
    id: String,
    description: Option<String>,
    cvss3: Option<Score>,
    #[serde(borrow, default, rename = "ref")]
    references: List<&'a RawValue>,
    #[serde(borrow)]
    state: List<&'a RawValue>,
}

#[derive(Deserialize)]
struct Score {
    vector: Option<String>,
}

#[derive(Deserialize)]
struct Reference {
    rel: String,
}

/// What is known of one version of a package.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct State {
    fixed: bool,
    /// The repository has this version now.
    #[serde(default)]
    published: bool,
    /// `3.13-community`, `edge-main`, or the address that ends so.
    repo: String,
    package_name: String,
    /// `0` where maintainers rejected that the package has the flaw.
    package_version: String,
}

/// The versions of one package in one repository.
#[derive(Default)]
struct Versions {
    fixed: Vec<String>,
    unfixed: Vec<String>,
    /// The version that the repository has now is not fixed.
    is_open: bool,
}

fn import(document: &Document<'_>, import: &mut Import<'_>) -> Result<(), NotOfThisFeed> {
    let flaw: Vulnerability<'_> =
        serde_json::from_slice(document.bytes).map_err(|_| NotOfThisFeed)?;
    let mut packages: BTreeMap<(String, String), Versions> = BTreeMap::new();
    for raw in flaw.state.0 {
        let state = element::<State>(raw, "unreadable state", &mut import.tally);
        let Some(state) = state else { continue };
        let versions = packages.entry((last_part(&state.repo), state.package_name)).or_default();
        versions.is_open |= !state.fixed && state.published;
        let list = if state.fixed { &mut versions.fixed } else { &mut versions.unfixed };
        list.push(state.package_version);
    }
    let mut affected = Vec::with_capacity(packages.len());
    for ((repository, package), versions) in packages {
        let Some((release, repository)) = repository.split_once('-') else {
            import.tally.reject("unknown repository");
            continue;
        };
        affected.push(versions.affected(Affected {
            family: "Alpine".to_owned(),
            release: if release == "edge" { release.to_owned() } else { format!("v{release}") },
            package,
            repository: repository.to_owned(),
            ..Affected::default()
        }));
    }
    let references =
        flaw.references.0.into_iter().map(|raw| lenient::<Option<Reference>>(Some(raw)));
    let vector = flaw.cvss3.and_then(|score| score.vector);
    import.push(Advisory {
        feed: ALPINE_SECURITY.id.to_owned(),
        id: last_part(&flaw.id),
        details: flaw.description.unwrap_or_default(),
        severities: vector.and_then(|vector| claims::vector("nvd", &vector)).into_iter().collect(),
        references: references.filter_map(|one| Some(one?.rel)).collect(),
        affected,
        ..Advisory::default()
    });
    Ok(())
}

fn last_part(address: &str) -> String {
    address.rsplit('/').next().unwrap_or_default().to_owned()
}

impl Versions {
    /// A rejection says more than what was found by the names of products.
    fn affected(self, base: Affected) -> Affected {
        if self.fixed.iter().any(|version| version == "0") {
            return Affected { status: Status::NotAffected, ..base };
        }
        let interval = match (extreme(self.fixed, Ordering::Less), self.is_open) {
            (Some(first), _) => Interval::below(first),
            (None, true) => Interval::ALL,
            // What followed has not got the flaw, as far as the tracker knows.
            (None, false) => Interval {
                start: RangeStart::First,
                end: extreme(self.unfixed, Ordering::Greater)
                    .map_or(RangeEnd::Open, RangeEnd::LastAffected),
            },
        };
        Affected { intervals: vec![interval], ..base }
    }
}

/// The smallest or the greatest of versions.
fn extreme(versions: Vec<String>, wanted: Ordering) -> Option<String> {
    let scheme = plimsoll_version::scheme("apk");
    versions.into_iter().reduce(|one, other| {
        let order = scheme.and_then(|scheme| (scheme.compare)(&other, &one));
        if order == Some(wanted) { other } else { one }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::BuildOptions;

    /// The states `repository package version word`, and what is said of each package.
    fn said(states: &[&str]) -> Vec<Affected> {
        let state = |text: &&str| {
            let parts: Vec<_> = text.split(' ').collect();
            format!(
                r#"{{"repo": "{}", "packageName": "{}", "packageVersion": "{}", "fixed": {}, "published": {}}}"#,
                parts[0],
                parts[1],
                parts[2],
                parts[3] == "fixed",
                parts[3] == "open"
            )
        };
        let states: Vec<_> = states.iter().map(state).collect();
        let text = format!(
            r#"{{"type": "Vulnerability", "id": "https://security.alpinelinux.org/vuln/CVE-2024-1", "cpeMatch": [],
            "cvss3": {{"score": 8.8, "vector": "CVSS:3.1/AV:N"}}, "ref": [{{"rel": "https://example.com"}}, {{}}],
            "state": [{}, {{"repo": 1}}]}}"#,
            states.join(",")
        );
        let options = BuildOptions::default();
        let mut into = Import::new(&options);
        import(&Document { path: "x", bytes: text.as_bytes() }, &mut into).unwrap();
        assert_eq!(into.tally.rejected.get("unreadable state"), Some(&1));
        let advisory = into.advisories.remove(0);
        assert_eq!((advisory.id.as_str(), advisory.severities.len()), ("CVE-2024-1", 1));
        assert_eq!(advisory.references, ["https://example.com"]);
        advisory.affected
    }

    #[test]
    fn what_is_open_affects_every_version_and_a_rejection_none() {
        let last = |version: &str| Interval {
            start: RangeStart::First,
            end: RangeEnd::LastAffected(version.into()),
        };
        for (states, status, intervals) in [
            (&["3.13-main a 1.0-r0 open"][..], Status::Affected, vec![Interval::ALL]),
            (
                &["3.13-main a 1.0-r0 old", "3.13-main a 1.10-r0 open"],
                Status::Affected,
                vec![Interval::ALL],
            ),
            (
                &["3.13-main a 1.9-r0 old", "3.13-main a 1.10-r0 old"],
                Status::Affected,
                vec![last("1.10-r0")],
            ),
            (
                &[
                    "3.13-main a 1.0-r0 open",
                    "3.13-main a 1.10-r0 fixed",
                    "3.13-main a 1.9-r0 fixed",
                ],
                Status::Affected,
                vec![Interval::below("1.9-r0")],
            ),
            (&["3.13-main a 1.0-r0 open", "3.13-main a 0 fixed"], Status::NotAffected, vec![]),
        ] {
            let affected = said(states);
            assert_eq!(affected.len(), 1);
            assert_eq!(
                (affected[0].status, &affected[0].intervals),
                (status, &intervals),
                "{states:?}"
            );
        }
    }

    #[test]
    fn every_repository_is_judged_by_itself() {
        let affected = said(&[
            "3.13-main a 0 fixed",
            "edge-community a 1.0-r0 open",
            "edge-community b 1.0-r0 open",
        ]);
        let places: Vec<_> = affected
            .iter()
            .map(|one| format!("{} {} {}", one.release, one.repository, one.package))
            .collect();
        assert_eq!(places, ["v3.13 main a", "edge community a", "edge community b"]);
        assert_eq!(affected[0].status, Status::NotAffected);
    }
}
