//! Errata of rpm distributions, whatever form they are published in: updates that name the builds with which flaws are fixed.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use plimsoll_advisory::{Advisory, Affected, Interval, NameKind, SeverityClaim};

use super::claims;
use super::flaw_ids::cves_in;
use super::modules::{is_built_for_module, per_stream, streams_of_summary};
use super::rpm::Build;
use super::time::rfc3339;
use crate::import::Import;

/// One update, in the words of its publisher.
#[derive(Clone, Debug, Default)]
pub(crate) struct Erratum {
    pub(crate) id: String,
    /// `security`, `bugfix`, `enhancement` …
    pub(crate) kind: String,
    pub(crate) title: String,
    pub(crate) details: String,
    pub(crate) published: String,
    pub(crate) modified: String,
    /// The publisher has taken it back.
    pub(crate) is_retracted: bool,
    pub(crate) severity: String,
    pub(crate) references: Vec<Reference>,
    /// What it says beside a word of how bad it is.
    pub(crate) vectors: Vec<SeverityClaim>,
    pub(crate) cwes: Vec<String>,
    /// The builds that it brings, by where they are for.
    pub(crate) builds: Vec<(Place, Vec<Build>)>,
}

/// What an update refers to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reference {
    /// `CVE-2022-0778`, the number of a bug, another erratum.
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) url: String,
}

/// Which packages of which release builds are for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) family: &'static str,
    pub(crate) release: String,
    /// Where it is not one of the release's own; else empty.
    pub(crate) repository: String,
    /// As in [`Affected::names`].
    pub(crate) names: Option<NameKind>,
}

impl Place {
    /// The binary packages of a release's own repositories.
    pub(crate) fn binaries(family: &'static str, release: impl Into<String>) -> Self {
        Self {
            family,
            release: release.into(),
            repository: String::new(),
            names: Some(NameKind::Binary),
        }
    }
}

/// Who publishes errata.
pub(crate) struct Publisher {
    /// The id of the feed.
    pub(crate) feed: &'static str,
    /// As in [`SeverityClaim::source`].
    pub(crate) source: &'static str,
}

/// Takes an erratum. One that fixes no flaw is left out, and counted.
pub(crate) fn import_erratum(erratum: Erratum, publisher: &Publisher, import: &mut Import<'_>) {
    let upstream = flaws(&erratum);
    if erratum.kind != "security" && upstream.is_empty() {
        import.tally.ignore("no security update");
        return;
    }
    if erratum.builds.iter().all(|(_, builds)| builds.is_empty()) {
        import.tally.reject("no package at all");
        return;
    }
    let mut affected = Vec::new();
    let streams = streams_of_summary(&erratum.title);
    for (place, mut builds) in erratum.builds {
        let count = builds.len();
        builds.retain(|build| !build.version.is_empty());
        import.tally.reject_many("build without a version", (count - builds.len()) as u64);
        let entries = entries(&place, builds).into_iter();
        affected.extend(entries.flat_map(|entry| of_streams(entry, &streams)));
    }
    affected.sort();
    affected.dedup();
    if affected.is_empty() {
        import.tally.ignore("source packages only");
        return;
    }
    let word = claims::stated_word(publisher.source, &erratum.severity);
    let (published, modified) = (rfc3339(&erratum.published), rfc3339(&erratum.modified));
    let taken_back = || modified.clone().or_else(|| published.clone()).unwrap_or_default();
    let urls = erratum.references.into_iter().map(|reference| reference.url);
    import.push(Advisory {
        feed: publisher.feed.to_owned(),
        id: erratum.id,
        upstream,
        summary: erratum.title,
        details: erratum.details,
        withdrawn: erratum.is_retracted.then(taken_back),
        published,
        modified,
        severities: word.into_iter().chain(erratum.vectors).collect(),
        references: each_once(urls.filter(|url| !url.is_empty())),
        cwes: erratum.cwes,
        affected,
        ..Advisory::default()
    });
}

/// An entry for each stream that it is of. A build that several modules share is often said to be of another one than the erratum's
/// title names, and is then of both.
fn of_streams(entry: Affected, titled: &[String]) -> Vec<Affected> {
    match &entry.module {
        None => per_stream(entry, titled),
        Some(said) if titled.contains(said) => vec![entry],
        Some(_) => {
            let of = |stream: &String| Affected { module: Some(stream.clone()), ..entry.clone() };
            titled.iter().map(of).chain([entry.clone()]).collect()
        }
    }
}

/// The CVEs that an erratum fixes. Those that it refers to and those in its title count; what is written about a security update only
/// where neither names one, since a text may speak of others too.
fn flaws(erratum: &Erratum) -> Vec<String> {
    let referred = erratum.references.iter().flat_map(|one| [&one.id, &one.title]);
    let texts = referred.chain([&erratum.title]);
    let flaws = each_once(texts.flat_map(|text| cves_in(text)));
    if flaws.is_empty() && erratum.kind == "security" {
        return each_once(cves_in(&erratum.details));
    }
    flaws
}

/// The items in their order, without those that were there before.
fn each_once(items: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut known = BTreeSet::new();
    items.into_iter().filter(|item| known.insert(item.clone())).collect()
}

/// The lowest versions by architecture, of one package: of each upstream version, outside of modules and in them.
type Versions = BTreeMap<String, BTreeMap<(String, bool), String>>;

/// What builds say of packages: every version below the first that has the fix is affected.
///
/// An erratum may list a package in several builds, as where it was built again for a later minor release: each of them has the fix,
/// so of one upstream version the lowest build counts. Of several upstream versions, as modules have them, each is a fix of its own; and
/// a build of a module is none for a package outside of it.
fn entries(place: &Place, builds: Vec<Build>) -> Vec<Affected> {
    let mut packages: BTreeMap<(String, Option<String>), Versions> = BTreeMap::new();
    for build in builds.into_iter().filter(|build| !build.is_source()) {
        let package = packages.entry((build.name, build.module)).or_default();
        let upstream = build.version.rsplit_once('-').map_or("", |(upstream, _)| upstream);
        let key = (upstream.to_owned(), is_built_for_module(&build.version));
        let versions = package.entry(build.arch).or_default();
        match versions.get_mut(&key) {
            Some(lowest) if is_lower(&build.version, lowest) => *lowest = build.version,
            Some(_) => {}
            None => {
                versions.insert(key, build.version);
            }
        }
    }
    let mut entries = Vec::new();
    for ((package, module), by_arch) in packages {
        let mut by_version: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (arch, versions) in by_arch {
            for version in versions.into_values() {
                by_version.entry(version).or_default().insert(arch.clone());
            }
        }
        for (version, arches) in by_version {
            // What is of no architecture replaces what was of any.
            let is_of_all = arches.contains("noarch") || arches.contains("");
            entries.push(Affected {
                family: place.family.to_owned(),
                release: place.release.clone(),
                package: package.clone(),
                names: place.names,
                intervals: vec![Interval::below(version)],
                module: module.clone(),
                arches: if is_of_all { Vec::new() } else { arches.into_iter().collect() },
                repository: place.repository.clone(),
                ..Affected::default()
            });
        }
    }
    entries
}

fn is_lower(one: &str, other: &str) -> bool {
    let compare = plimsoll_version::scheme("rpm").map(|scheme| scheme.compare);
    compare.and_then(|compare| compare(one, other)) == Some(Ordering::Less)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::rpm::Nevra;
    use crate::options::BuildOptions;

    const PUBLISHER: Publisher = Publisher { feed: "test", source: "tester" };

    fn erratum(kind: &str, builds: &[&str]) -> Erratum {
        let builds = builds.iter().map(|build| Nevra::of(build).unwrap().into()).collect();
        Erratum {
            id: "TEST-1".into(),
            kind: kind.into(),
            builds: vec![(Place::binaries("Fedora", "41"), builds)],
            ..Erratum::default()
        }
    }

    fn refers_to(id: &str, title: &str) -> Reference {
        Reference { id: id.into(), title: title.into(), url: format!("https://{id}") }
    }

    /// What is affected, in words.
    fn words(erratum: Erratum) -> Vec<String> {
        let options = BuildOptions::default();
        let mut import = Import::new(&options);
        import_erratum(erratum, &PUBLISHER, &mut import);
        let affected = import.advisories.into_iter().flat_map(|advisory| advisory.affected);
        let words = affected.map(|affected| {
            let end = format!("{:?}", affected.intervals[0].end);
            let version = end.trim_start_matches("Fixed(\"").trim_end_matches("\")").to_owned();
            let module = affected.module.unwrap_or_default();
            [affected.package, version, module, affected.arches.join(",")].join(" ")
        });
        words.collect()
    }

    #[test]
    fn builds_of_one_version_are_one_entry_and_noarch_is_for_all() {
        let builds = [
            "bash-0:5-2.x86_64",
            "bash-0:5-2.aarch64",
            "bash-0:5-2.src",
            "bash-doc-0:5-2.noarch",
            "bash-0:5-3.s390x",
        ];
        assert_eq!(
            words(erratum("security", &builds)),
            ["bash 5-2  aarch64,x86_64", "bash 5-3  s390x", "bash-doc 5-2  "]
        );
        assert!(words(erratum("security", &["bash-0:5-2.src"])).is_empty());
    }

    #[test]
    fn of_builds_of_one_upstream_version_the_lowest_has_the_fix() {
        let builds = [
            "apr-util-0:1.6.1-6.el8_8.1.x86_64",
            "apr-util-0:1.6.1-6.el8.1.x86_64",
            "lxml-0:4.6.5-1.module+el8.6.0+7.x86_64",
            "lxml-0:4.6.2-2.module+el8.4.0+5.x86_64",
            "markupsafe-0:0.23-19.el8.x86_64",
            "markupsafe-0:0.23-19.module+el8.5.0+7.x86_64",
        ];
        assert_eq!(
            words(erratum("security", &builds)),
            [
                "apr-util 1.6.1-6.el8.1  x86_64",
                "lxml 4.6.2-2.module+el8.4.0+5  x86_64",
                "lxml 4.6.5-1.module+el8.6.0+7  x86_64",
                "markupsafe 0.23-19.el8  x86_64",
                "markupsafe 0.23-19.module+el8.5.0+7  x86_64",
            ]
        );
    }

    #[test]
    fn a_stream_is_said_by_the_build_or_by_the_title() {
        let build = "nodejs-1:16.1-1.module_el8.6.0+2904.x86_64";
        let titled = Erratum {
            title: "Important: nodejs:16 security update".into(),
            ..erratum("security", &[build, "curl-0:7-1.x86_64"])
        };
        assert_eq!(
            words(titled.clone()),
            ["curl 7-1  x86_64", "nodejs 1:16.1-1.module_el8.6.0+2904 nodejs:16 x86_64"]
        );
        let said_of = |stream: &str| {
            let mut said = titled.clone();
            said.builds[0].1[0].module = Some(stream.into());
            words(said).len()
        };
        assert_eq!((said_of("nodejs:16"), said_of("nodejs:14")), (2, 3), "of its own stream too");
    }

    #[test]
    fn what_fixes_no_flaw_is_counted_and_left_out() {
        let fixes = |kind: &str, references: Vec<Reference>, details: &str| {
            let options = BuildOptions::default();
            let mut import = Import::new(&options);
            let details = details.into();
            let erratum = Erratum { references, details, ..erratum(kind, &["a-0:1-1.x86_64"]) };
            import_erratum(erratum, &PUBLISHER, &mut import);
            let upstream = import.advisories.first().map(|one| one.upstream.join(" "));
            (upstream, import.tally.ignored.len())
        };
        let bug = || vec![refers_to("77", "CVE-2024-1000 a: overflow [fedora-all]")];
        let text = "fixes CVE-2024-2000 and CVE-2024-2000, not CVE-24-1";
        for (kind, references, details, expected) in [
            ("security", bug(), text, Some("CVE-2024-1000")),
            ("bugfix", bug(), "", Some("CVE-2024-1000")),
            ("security", vec![], text, Some("CVE-2024-2000")),
            ("bugfix", vec![], text, None),
            ("security", vec![], "", Some("")),
        ] {
            let (upstream, ignored) = fixes(kind, references, details);
            assert_eq!(upstream.as_deref(), expected, "{kind} {details}");
            assert_eq!(ignored, usize::from(expected.is_none()));
        }
    }

    #[test]
    fn an_erratum_is_taken_back_or_says_how_bad_it_is() {
        let options = BuildOptions::default();
        let mut import = Import::new(&options);
        let severity = |severity: &str| Erratum {
            severity: severity.into(),
            modified: "2024-01-02 03:04".into(),
            is_retracted: severity.is_empty(),
            references: vec![refers_to("CVE-2024-1000", ""), refers_to("CVE-2024-1000", "")],
            ..erratum("security", &["a-0:1-1.x86_64"])
        };
        for word in ["Important", "None", ""] {
            import_erratum(severity(word), &PUBLISHER, &mut import);
        }
        import_erratum(erratum("security", &[]), &PUBLISHER, &mut import);
        let [important, none, retracted] = import.advisories.as_slice() else { panic!() };
        assert_eq!(important.severities[0].value, "important");
        assert_eq!((none.severities.len(), none.references.len()), (0, 1));
        assert_eq!(retracted.withdrawn.as_deref(), Some("2024-01-02T03:04:00Z"));
        assert_eq!(import.tally.rejected, [("no package at all", 1)].into());
    }
}
