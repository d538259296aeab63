//! secdb, the security database of apk repositories: which version of each package fixed which flaws. Alpine publishes one document
//! for each release and repository (secdb.alpinelinux.org), and the distributions that took over its package manager one for all
//! of theirs. Packages are named by their origin. JSON, and YAML in older copies.

use std::collections::BTreeMap;

use plimsoll_advisory::{Advisory, Affected, Interval, Status};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::flaw_ids::flaw_ids;
use super::json::{List, element};
use crate::document::{Document, Form, Outline};
use crate::import::{Import, NotOfThisFeed};

/// Whose database it is.
pub(crate) struct Publisher {
    /// The feed's id.
    pub(crate) feed: &'static str,
    pub(crate) family: &'static str,
    /// Where its packages lie: the host in `urlprefix`, or what that ends with.
    hosts: &'static [&'static str],
}

pub(crate) const ALPINE: Publisher =
    Publisher { feed: "alpine-secdb", family: "Alpine", hosts: &["alpinelinux.org"] };
pub(crate) const CHAINGUARD: Publisher =
    Publisher { feed: "chainguard-secdb", family: "Chainguard", hosts: &["cgr.dev"] };
pub(crate) const MINIMOS: Publisher =
    Publisher { feed: "minimos-secdb", family: "MinimOS", hosts: &["mini.dev"] };
pub(crate) const SECUREOS: Publisher =
    Publisher { feed: "secureos-secdb", family: "SecureOS", hosts: &["cve0.io", "secureos.io"] };
pub(crate) const WOLFI: Publisher =
    Publisher { feed: "wolfi-secdb", family: "Wolfi", hosts: &["wolfi.dev"] };

const PUBLISHERS: &[&Publisher] = &[&ALPINE, &CHAINGUARD, &MINIMOS, &SECUREOS, &WOLFI];

impl Publisher {
    pub(crate) fn recognises(&self, outline: &Outline<'_>) -> bool {
        let is_object = matches!(outline.form, Form::JsonObject | Form::Text);
        is_object
            && outline.has(&["packages"])
            && (outline.has(&["distroversion"]) || outline.has(&["urlprefix"]))
            && self.is_of(url_prefix(outline.beginning), outline.has(&["distroversion"]))
    }

    /// Whose a database is, its packages' place tells. From another place, such as a mirror, it is Alpine's if it is of a release;
    /// without one nobody can say which packages it judges, and it is of no feed.
    fn is_of(&self, url_prefix: &str, has_release: bool) -> bool {
        let host = url_prefix.split("://").nth(1).unwrap_or_default();
        let host = host.split('/').next().unwrap_or_default();
        let of_host = |publisher: &&&Publisher| {
            publisher.hosts.iter().any(|own| {
                host.strip_suffix(own).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            })
        };
        match PUBLISHERS.iter().find(of_host) {
            Some(publisher) => publisher.feed == self.feed,
            None => has_release && self.feed == ALPINE.feed,
        }
    }

    /// True for Alpine: the others roll.
    fn has_releases(&self) -> bool {
        self.feed == ALPINE.feed
    }
}

/// The value of `urlprefix`, in JSON or YAML; empty where the text does not show it. (`{{urlprefix}}` stands in another value.)
fn url_prefix(text: &str) -> &str {
    let value = |(start, key): (usize, &str)| {
        let rest = text.get(start + key.len()..)?.trim_start_matches(['"', '\'']).trim_start();
        let value = rest.strip_prefix(':')?.trim_start().trim_start_matches(['"', '\'']);
        value.split(|end: char| end.is_whitespace() || matches!(end, '"' | '\'')).next()
    };
    text.match_indices("urlprefix").find_map(value).unwrap_or_default()
}

#[derive(Deserialize)]
struct Database<P> {
    /// `v3.18` or `edge`.
    distroversion: Option<String>,
    #[serde(default)]
    reponame: String,
    #[serde(default)]
    urlprefix: String,
    packages: P,
}

enum Packages<'d> {
    Json(Vec<&'d RawValue>),
    Yaml(Vec<Package>),
}

#[derive(Deserialize)]
struct Package {
    pkg: Fixes,
}

#[derive(Deserialize)]
struct Fixes {
    name: String,
    /// By fixed version, `0` for never affected.
    secfixes: Option<BTreeMap<String, List<Flaws>>>,
}

/// The flaws that one text names, or something else that stands in its place.
#[derive(Deserialize)]
#[serde(untagged)]
enum Flaws {
    Named(String),
    Other(IgnoredAny),
}

pub(crate) fn import(
    document: &Document<'_>,
    import: &mut Import<'_>,
    publisher: &Publisher,
) -> Result<(), NotOfThisFeed> {
    let database = read(document).ok_or(NotOfThisFeed)?;
    if !publisher.is_of(&database.urlprefix, database.distroversion.is_some()) {
        return Err(NotOfThisFeed);
    }
    let options = import.options;
    let mut release = database.distroversion.unwrap_or_default();
    if !publisher.has_releases() {
        release.clear();
    } else if !options.wants_release(&release) || !options.wants_repository(&database.reponame) {
        return Ok(());
    }
    let base = Affected {
        family: publisher.family.to_owned(),
        release,
        repository: database.reponame,
        ..Affected::default()
    };
    let packages = match database.packages {
        Packages::Json(raws) => {
            let package = |raw| element(raw, "unreadable package", &mut import.tally);
            raws.into_iter().filter_map(package).collect()
        }
        Packages::Yaml(packages) => packages,
    };
    for Package { pkg } in packages {
        import_package(pkg, &base, publisher.feed, import);
    }
    Ok(())
}

fn read<'d>(document: &Document<'d>) -> Option<Database<Packages<'d>>> {
    let text = document.text()?;
    if text.trim_start().starts_with('{') {
        let database = serde_json::from_str::<Database<List<&RawValue>>>(text).ok()?;
        return Some(database.with(|List(packages)| Packages::Json(packages)));
    }
    // Read straight into what it is: a version such as `1.10` must not become a number on the way.
    let database = yaml_serde::from_str::<Database<Vec<Package>>>(text).ok()?;
    Some(database.with(Packages::Yaml))
}

impl<P> Database<P> {
    fn with<Q>(self, packages: impl FnOnce(P) -> Q) -> Database<Q> {
        let Self { distroversion, reponame, urlprefix, packages: own } = self;
        Database { distroversion, reponame, urlprefix, packages: packages(own) }
    }
}

fn import_package(package: Fixes, base: &Affected, feed: &str, import: &mut Import<'_>) {
    for (version, flaws) in package.secfixes.unwrap_or_default() {
        let never = version == "0";
        let affected = Affected {
            package: package.name.clone(),
            intervals: if never { Vec::new() } else { vec![Interval::below(version)] },
            status: if never { Status::NotAffected } else { Status::Affected },
            ..base.clone()
        };
        for flaw in &flaws.0 {
            let named = match flaw {
                Flaws::Named(text) => flaw_ids(text),
                Flaws::Other(_) => flaw_ids(""),
            };
            if named.ids.is_empty() {
                import.tally.reject("no id");
            }
            for id in named.ids {
                import.push(Advisory {
                    feed: feed.to_owned(),
                    id,
                    related: named.related.clone(),
                    affected: vec![affected.clone()],
                    ..Advisory::default()
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_advisory::RangeEnd;

    use super::*;
    use crate::options::BuildOptions;
    use crate::tally::Tally;

    fn imported(document: &str, options: &BuildOptions) -> (Vec<Advisory>, Tally) {
        let mut into = Import::new(options);
        let document = Document { path: "x.json", bytes: document.as_bytes() };
        import(&document, &mut into, &ALPINE).unwrap();
        (into.advisories, into.tally)
    }

    const DOCUMENT: &str = r#"{
        "distroversion": "v3.18", "reponame": "community", "urlprefix": "https://example.com/alpine",
        "packages": [
            {"pkg": {"name": "one", "secfixes": {"1.2-r0": ["CVE-2023-1000"], "0": ["CVE-2023-2000 (never shipped)"]}}},
            {"pkg": {"name": "two", "secfixes": null}},
            {"pkg": {"name": "three", "secfixes": {"2.0-r1": null, "2.0-r2": ["?"], "2.0-r3": {}}}},
            {"pkg": {"secfixes": {}}}
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
        assert_eq!(tally.records, 2);
        assert_eq!(tally.rejected, [("no id", 1), ("unreadable package", 1)].into());
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

    #[test]
    fn older_copies_are_yaml() {
        let text = "apkurl: '{{urlprefix}}/{{distroversion}}'\nurlprefix: https://dl-cdn.alpinelinux.org/alpine\n\
            reponame: main\ndistroversion: v3.15\n\
            packages:\n- pkg:\n    name: zstd\n    secfixes:\n      1.10:\n      - CVE-2019-1\n      0:\n      - CVE-2019-2\n";
        let document = Document { path: "main.yaml", bytes: text.as_bytes() };
        assert!(ALPINE.recognises(&Outline::of(&document)));
        let (advisories, _) = imported(text, &BuildOptions::default());
        assert_eq!(advisories[0].affected[0].status, Status::NotAffected);
        let affected = &advisories[1].affected[0];
        assert_eq!((affected.release.as_str(), affected.package.as_str()), ("v3.15", "zstd"));
        assert_eq!(affected.intervals, [Interval::below("1.10")]);
    }

    #[test]
    fn the_place_of_the_packages_tells_whose_database_it_is() {
        let release = r#""distroversion": "v3.18", "#;
        for (prefix, release, feed) in [
            ("https://dl-cdn.alpinelinux.org/alpine", release, Some("alpine-secdb")),
            ("https://mirror.example.com/alpine", release, Some("alpine-secdb")),
            ("https://packages.cgr.dev", "", Some("chainguard-secdb")),
            ("https://packages.mini.dev", "", Some("minimos-secdb")),
            ("https://apk.cve0.io", r#""distroversion": "v1", "#, Some("secureos-secdb")),
            ("https://packages.wolfi.dev", "", Some("wolfi-secdb")),
            ("https://packages.notwolfi.dev", "", None),
            ("", "", None),
        ] {
            let text = format!(
                r#"{{"apkurl": "{{{{urlprefix}}}}/x", "urlprefix": "{prefix}", {release}"packages": []}}"#
            );
            let document = Document { path: "x", bytes: text.as_bytes() };
            let outline = Outline::of(&document);
            let options = BuildOptions::default();
            let known: Vec<_> = PUBLISHERS
                .iter()
                .filter(|own| own.recognises(&outline))
                .map(|own| own.feed)
                .collect();
            assert_eq!(known, feed.into_iter().collect::<Vec<_>>(), "{prefix}");
            for publisher in PUBLISHERS {
                let is_read = import(&document, &mut Import::new(&options), publisher).is_ok();
                assert_eq!(is_read, feed == Some(publisher.feed), "{prefix}");
            }
        }
    }
}
