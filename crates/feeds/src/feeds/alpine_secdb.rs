//! Alpine's security database: one document for each release and repository, which says in which version each package
//! fixed which flaws (secdb.alpinelinux.org). Packages are named by their origin.

use std::borrow::Cow;
use std::collections::BTreeMap;

use plimsoll_advisory::{Advisory, Affected, Interval, Status};
use serde::Deserialize;

use crate::complete::{Complete, Releases};
use crate::document::{Document, Form};
use crate::feed::Feed;
use crate::import::{Import, NotOfThisFeed};

pub(crate) static ALPINE_SECDB: Feed = Feed {
    id: "alpine-secdb",
    summary: "Alpine's security database: the version of each release in which a package fixed a flaw",
    recognises: |outline| {
        outline.form == Form::JsonObject && outline.has(&["distroversion", "packages"])
    },
    import,
    spread: true,
    complete: &[Complete {
        names: &["alpine-secdb", "secdb"],
        family: "Alpine",
        releases: Releases::Beginning(&["v3.", "edge"]),
    }],
    ..Feed::BASE
};

#[derive(Deserialize)]
struct Database<'a> {
    /// `v3.18` or `edge`.
    #[serde(borrow)]
    distroversion: Cow<'a, str>,
    #[serde(borrow, default)]
    reponame: Cow<'a, str>,
    packages: Option<Vec<Package>>,
}

#[derive(Deserialize)]
struct Package {
    pkg: Fixes,
}

#[derive(Deserialize)]
struct Fixes {
    name: String,
    /// By fixed version, `0` for never affected.
    secfixes: Option<BTreeMap<String, Option<Vec<String>>>>,
}

fn import(document: &Document<'_>, import: &mut Import<'_>) -> Result<(), NotOfThisFeed> {
    let document =
        serde_json::from_slice::<Database<'_>>(document.bytes).map_err(|_| NotOfThisFeed)?;
    let release = document.distroversion.as_ref();
    let options = import.options;
    if !options.wants_release(release)
        || !options.wants_repository(&document.reponame)
        || !options.wants_ecosystem("Alpine", release)
    {
        return Ok(());
    }
    import.tally.saw("Alpine", release);
    for package in document.packages.unwrap_or_default() {
        let fixes = package.pkg;
        for (version, flaws) in fixes.secfixes.unwrap_or_default() {
            let affected = affected(&fixes.name, version, release, &document.reponame);
            for flaw in flaws.unwrap_or_default() {
                import.tally.records += 1;
                let named = flaw_ids(&flaw);
                if named.ids.is_empty() {
                    import.tally.reject("no id");
                }
                for id in named.ids.into_iter().filter(|id| options.wants_id(id)) {
                    import.advisories.push(Advisory {
                        feed: ALPINE_SECDB.id.to_owned(),
                        id,
                        related: named.related.clone(),
                        affected: vec![affected.clone()],
                        ..Advisory::default()
                    });
                }
            }
        }
    }
    Ok(())
}

fn affected(package: &str, version: String, release: &str, repository: &str) -> Affected {
    let never = version == "0";
    Affected {
        family: "Alpine".to_owned(),
        release: release.to_owned(),
        package: package.to_owned(),
        intervals: if never { Vec::new() } else { vec![Interval::below(version)] },
        status: if never { Status::NotAffected } else { Status::Affected },
        repository: repository.to_owned(),
        ..Affected::default()
    }
}

/// What one string of secdb names.
#[derive(Debug, PartialEq, Eq)]
struct Named {
    /// The CVEs; where there is none, the other ids.
    ids: Vec<String>,
    /// The other ids beside CVEs, such as `XSA-297`: a bulletin often speaks of several flaws, so it is no alias.
    related: Vec<String>,
}

/// Takes apart what is written by hand: `CVE-2019-17349 CVE-2019-17350 XSA-295`, `CVE_2019-2426`, `CVE-2017-2616 (+
/// regression fix)`, `CVE-????-????? XSA-312`.
fn flaw_ids(text: &str) -> Named {
    let (mut cves, mut others) = (Vec::new(), Vec::new());
    let stated = text.split('(').next().unwrap_or_default();
    for token in stated.split_whitespace() {
        let is_cve = token.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("CVE"));
        let list = if is_cve { &mut cves } else { &mut others };
        let id = if is_cve { cve_id(token) } else { other_id(token) };
        list.extend(id.filter(|id| !list.contains(id)).into_iter().collect::<Vec<_>>());
    }
    if cves.is_empty() {
        Named { ids: others, related: Vec::new() }
    } else {
        Named { ids: cves, related: others }
    }
}

/// `CVE-` with its year and number, whatever follows.
fn cve_id(token: &str) -> Option<String> {
    let (year, rest) = token.get(3..)?.strip_prefix(['-', '_'])?.split_once(['-', '_'])?;
    let digits = rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(rest.len());
    let number = rest.get(..digits)?;
    let is_year = year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit());
    (is_year && !number.is_empty()).then(|| format!("CVE-{year}-{number}"))
}

/// Any other id: letters, digits and hyphens, with a digit and a hyphen among them.
fn other_id(token: &str) -> Option<String> {
    let id = token.trim_matches(|character: char| !character.is_ascii_alphanumeric());
    let allowed =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b':' | b'_');
    let is_id = id.len() <= 100
        && id.bytes().all(allowed)
        && (id.contains('-') || id.len() > 4)
        && id.bytes().any(|byte| byte.is_ascii_digit());
    is_id.then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use plimsoll_advisory::RangeEnd;

    use super::*;
    use crate::options::BuildOptions;
    use crate::tally::Tally;

    #[test]
    fn ids_written_by_hand_are_taken_apart() {
        for (text, ids, related) in [
            ("CVE-2019-9210", "CVE-2019-9210", ""),
            ("CVE-2019-17349 CVE-2019-17350 XSA-295", "CVE-2019-17349 CVE-2019-17350", "XSA-295"),
            ("CVE-2018-8897  XSA-260", "CVE-2018-8897", "XSA-260"),
            ("GNUTLS-SA-2020-03-31 CVE-2020-11501", "CVE-2020-11501", "GNUTLS-SA-2020-03-31"),
            ("CVE-2017-2616 (+ regression fix)", "CVE-2017-2616", ""),
            ("CVE-2020-14342 (Not affected, requires --with-systemd)", "CVE-2020-14342", ""),
            ("CVE-2021-35940.patch", "CVE-2021-35940", ""),
            ("CVE_2019-2426", "CVE-2019-2426", ""),
            ("CVE-????-????? XSA-312", "XSA-312", ""),
            ("CVE N/A ZBX-11023", "ZBX-11023", ""),
            ("GHSA-fhpf-pp6p-55qc", "GHSA-fhpf-pp6p-55qc", ""),
            ("VSV00010", "VSV00010", ""),
            ("wnpa-sec-2017-18", "wnpa-sec-2017-18", ""),
            ("", "", ""),
            ("(see below)", "", ""),
        ] {
            let named = flaw_ids(text);
            assert_eq!(
                (named.ids.join(" ").as_str(), named.related.join(" ").as_str()),
                (ids, related),
                "{text}"
            );
        }
    }

    fn imported(document: &str, options: &BuildOptions) -> (Vec<Advisory>, Tally) {
        let mut into = Import::new(options);
        import(&Document { path: "x.json", bytes: document.as_bytes() }, &mut into).unwrap();
        (into.advisories, into.tally)
    }

    const DOCUMENT: &str = r#"{
        "distroversion": "v3.18", "reponame": "community", "urlprefix": "https://example.com/alpine",
        "packages": [
            {"pkg": {"name": "one", "secfixes": {"1.2-r0": ["CVE-2023-1000"], "0": ["CVE-2023-2000 (never shipped)"]}}},
            {"pkg": {"name": "two", "secfixes": null}},
            {"pkg": {"name": "three", "secfixes": {"2.0-r1": null, "2.0-r2": ["?"]}}}
        ]}"#;

    #[test]
    fn a_fixed_version_of_0_means_never_affected() {
        let (advisories, tally) = imported(DOCUMENT, &BuildOptions::default());
        let said: Vec<_> = advisories
            .iter()
            .map(|advisory| {
                (
                    advisory.id.as_str(),
                    advisory.affected[0].status,
                    advisory.affected[0].intervals.len(),
                )
            })
            .collect();
        assert_eq!(
            said,
            [("CVE-2023-2000", Status::NotAffected, 0), ("CVE-2023-1000", Status::Affected, 1)]
        );
        let affected = &advisories[1].affected[0];
        assert_eq!(
            (affected.release.as_str(), affected.repository.as_str()),
            ("v3.18", "community")
        );
        assert_eq!(affected.intervals[0].end, RangeEnd::Fixed("1.2-r0".into()));
        assert_eq!((tally.records, tally.rejected.get("no id")), (3, Some(&1)));
    }

    #[test]
    fn only_the_wanted_release_and_repository_are_taken() {
        for (releases, repositories, count) in [
            (&["3.18"][..], &["main", "community"][..], 2),
            (&["3.19"], &[], 0),
            (&[], &["main"], 0),
        ] {
            let owned = |list: &[&str]| list.iter().map(|item| (*item).to_owned()).collect();
            let options = BuildOptions {
                releases: owned(releases),
                repositories: owned(repositories),
                ..Default::default()
            };
            assert_eq!(imported(DOCUMENT, &options).0.len(), count);
        }
    }
}
