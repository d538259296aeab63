//! Ubuntu's security notices (USN): what a notice fixes in which version of which release. They are read as the database of all of them
//! (usn.ubuntu.com/usn-db/database.json) and as the security API gives them out (ubuntu.com/security/notices.json).

use std::borrow::Cow;
use std::collections::BTreeMap;

use plimsoll_advisory::{Advisory, Affected};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::document::{Document, Form, Outline, are_mostly};
use crate::feed::{Feed, Origin};
use crate::formats::json::{Text, each_record, record_of, text};
use crate::formats::time::{midnight_of_unix_seconds, to_the_second};
use crate::formats::ubuntu::{FAMILY, Pocket, fixed};
use crate::import::{Import, NotOfThisFeed};

pub(crate) static UBUNTU_USN: Feed = Feed {
    id: "ubuntu-usn",
    version: 2,
    summary: "Ubuntu's security notices",
    origins: &[Origin {
        url: "https://usn.ubuntu.com/usn-db/database-all.json.bz2",
        file: "ubuntu-usn/database-all.json.bz2",
        families: &[FAMILY],
        ..Origin::BASE
    }],
    recognises: |outline: &Outline<'_>| {
        let is_database = are_mostly(outline.keys.iter(), |key| is_number(key))
            && outline.beginning.contains("\"releases\"");
        let is_notice =
            outline.has(&["id", "release_packages"]) || outline.has(&["notices", "total_results"]);
        outline.form == Form::JsonObject && (is_database || is_notice)
    },
    import,
    ..Feed::BASE
};

/// `4011-1`
fn is_number(text: &str) -> bool {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('-').is_some_and(|(one, other)| is_digits(one) && is_digits(other))
}

/// A notice of the database.
#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    releases: BTreeMap<Text<'a>, Release<'a>>,
    #[serde(borrow)]
    title: Option<Text<'a>>,
    #[serde(borrow)]
    description: Option<Text<'a>>,
    timestamp: Option<f64>,
    cves: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Release<'a> {
    #[serde(borrow, default)]
    sources: BTreeMap<Text<'a>, Build<'a>>,
    #[serde(borrow, default)]
    binaries: BTreeMap<Text<'a>, Build<'a>>,
    #[serde(borrow, default)]
    allbinaries: BTreeMap<Text<'a>, Build<'a>>,
}

#[derive(Deserialize)]
struct Build<'a> {
    #[serde(borrow)]
    version: Option<Text<'a>>,
    #[serde(borrow)]
    source: Option<Text<'a>>,
    #[serde(borrow)]
    pocket: Option<Text<'a>>,
}

/// A notice of the API.
#[derive(Deserialize)]
struct Notice<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    release_packages: BTreeMap<Text<'a>, Vec<Package<'a>>>,
    #[serde(borrow)]
    title: Option<Text<'a>>,
    #[serde(borrow)]
    description: Option<Text<'a>>,
    #[serde(borrow)]
    published: Option<Text<'a>>,
    cves_ids: Option<Vec<String>>,
    references: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Package<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    version: Option<Text<'a>>,
    #[serde(borrow)]
    pocket: Option<Text<'a>>,
    #[serde(default)]
    is_source: bool,
}

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    notices: Vec<&'a RawValue>,
}

fn import(document: &Document<'_>, import: &mut Import<'_>) -> Result<(), NotOfThisFeed> {
    let bytes = document.bytes;
    if let Ok(Page { notices }) = serde_json::from_slice(bytes) {
        each_record(notices, import, import_notice);
        return Ok(());
    }
    if let Ok(notice) = serde_json::from_slice(bytes) {
        import_notice(notice, import);
        return Ok(());
    }
    let database: BTreeMap<Text<'_>, &RawValue> =
        serde_json::from_slice(bytes).map_err(|_| NotOfThisFeed)?;
    if !are_mostly(database.keys(), |number| is_number(number.as_str())) {
        return Err(NotOfThisFeed);
    }
    // One at a time: a notice on kernels lists thousands of binaries.
    for (number, entry) in database {
        if !is_number(number.as_str()) {
            import.tally.reject("no id");
        } else if let Some(entry) = record_of(entry, &mut import.tally) {
            import_entry(number.as_str(), entry, import);
        }
    }
    Ok(())
}

fn import_entry(number: &str, entry: Entry<'_>, import: &mut Import<'_>) {
    let mut affected = Vec::new();
    for (codename, release) in &entry.releases {
        let pockets = Pockets::of(release);
        for (package, build) in &release.sources {
            let version = text(build.version.as_ref());
            let build = Fix {
                codename,
                package,
                version,
                pocket: pockets.of_package(package.as_str(), version),
            };
            affected.extend(build.affected(import));
        }
    }
    let flaws = Flaws::of(entry.cves.unwrap_or_default());
    import.push(Advisory {
        feed: UBUNTU_USN.id.to_owned(),
        id: format!("USN-{number}"),
        upstream: flaws.cves,
        summary: entry.title.unwrap_or_default().0.trim().to_owned(),
        details: entry.description.unwrap_or_default().0.trim().to_owned(),
        published: entry.timestamp.and_then(midnight_of_unix_seconds),
        references: flaws.others,
        affected,
        ..Advisory::default()
    });
}

/// Where the source packages of a release were published. Only their binaries tell, which name their source or have its version.
struct Pockets<'a> {
    of_source: BTreeMap<&'a str, &'a str>,
    of_version: BTreeMap<&'a str, &'a str>,
    /// Of any binary, empty where none is told.
    any: &'a str,
}

impl<'a> Pockets<'a> {
    fn of(release: &'a Release<'_>) -> Self {
        let mut pockets = Self { of_source: BTreeMap::new(), of_version: BTreeMap::new(), any: "" };
        for build in release.allbinaries.values().chain(release.binaries.values()) {
            let Some(pocket) = build.pocket.as_ref().map(Text::as_str) else { continue };
            if pockets.any.is_empty() {
                pockets.any = pocket;
            }
            match (&build.source, &build.version) {
                (Some(source), _) => pockets.of_source.entry(source.as_str()).or_insert(pocket),
                (None, Some(version)) => {
                    pockets.of_version.entry(version.as_str()).or_insert(pocket)
                }
                (None, None) => continue,
            };
        }
        pockets
    }

    fn of_package(&self, source: &str, version: &str) -> &'a str {
        let own = self.of_source.get(source).or_else(|| self.of_version.get(version));
        own.copied().unwrap_or(self.any)
    }
}

fn import_notice(notice: Notice<'_>, import: &mut Import<'_>) {
    let mut affected = Vec::new();
    for (codename, packages) in &notice.release_packages {
        // The oldest notices list binaries alone.
        let has_sources = packages.iter().any(|package| package.is_source);
        for package in packages.iter().filter(|package| package.is_source || !has_sources) {
            let version = text(package.version.as_ref());
            let pocket = text(package.pocket.as_ref());
            let fix = Fix { codename, package: &package.name, version, pocket };
            let mut entry = fix.affected(import);
            if let Some(entry) = &mut entry
                && !package.is_source
            {
                entry.names = Some(plimsoll_advisory::NameKind::Binary);
            }
            affected.extend(entry);
        }
    }
    let flaws = Flaws::of(notice.cves_ids.unwrap_or_default());
    import.push(Advisory {
        feed: UBUNTU_USN.id.to_owned(),
        id: notice.id.into_owned(),
        upstream: flaws.cves,
        summary: notice.title.unwrap_or_default().0.trim().to_owned(),
        details: notice.description.unwrap_or_default().0.trim().to_owned(),
        published: notice.published.and_then(|time| to_the_second(time.as_str())),
        references: flaws.others.into_iter().chain(notice.references.unwrap_or_default()).collect(),
        affected,
        ..Advisory::default()
    });
}

/// A version that fixes a package.
struct Fix<'a> {
    codename: &'a Text<'a>,
    package: &'a Text<'a>,
    version: &'a str,
    /// Empty where it is not told, which is everybody's.
    pocket: &'a str,
}

impl Fix<'_> {
    fn affected(&self, import: &mut Import<'_>) -> Option<Affected> {
        let codename = self.codename.as_str();
        let name = match self.pocket {
            "" | "security" | "updates" | "release" => codename.to_owned(),
            service => format!("{service}/{codename}"),
        };
        if self.version.is_empty() {
            import.tally.reject("fix without a version");
            return None;
        }
        match Pocket::of(&name) {
            Ok(Some(pocket)) => Some(fixed(self.package.as_str(), pocket, self.version)),
            Ok(None) => {
                import.tally.ignore("of no published release");
                None
            }
            Err(reason) => {
                import.tally.reject(reason);
                None
            }
        }
    }
}

/// What a notice is about: CVEs, and where there was none the address of a bug.
struct Flaws {
    cves: Vec<String>,
    others: Vec<String>,
}

impl Flaws {
    fn of(named: Vec<String>) -> Self {
        let (cves, others) = named.into_iter().partition(|name| name.starts_with("CVE-"));
        Self { cves, others }
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_advisory::NameKind;

    use super::*;
    use crate::feeds::recognise;
    use crate::options::BuildOptions;
    use crate::tally::Tally;

    fn imported(document: &str) -> (Vec<Advisory>, Tally) {
        let options = BuildOptions::default();
        let mut into = Import::new(&options);
        let document = Document { path: "database.json", bytes: document.as_bytes() };
        assert_eq!(recognise(&Outline::of(&document)).map(|feed| feed.id), Some(UBUNTU_USN.id));
        import(&document, &mut into).unwrap();
        (into.advisories, into.tally)
    }

    fn releases(advisory: &Advisory) -> Vec<(&str, &str)> {
        { advisory.affected.iter() }
            .map(|one| (one.release.as_str(), one.package.as_str()))
            .collect()
    }

    #[test]
    fn the_pocket_of_a_fix_is_that_of_its_binaries() {
        let (advisories, tally) = imported(
            r#"{"1-1": {"releases": []}, "6342-1": {"id": "6342-1", "title": "Kernel vulnerabilities", "description": "Several.\n",
            "timestamp": 1693960302,
            "cves": ["CVE-2023-1", "https://launchpad.net/bugs/1"], "releases": {
            "xenial": {"sources": {"linux-hwe": {"version": "4.15.0-216.227~16.04.1"}},
                "binaries": {"linux-image-hwe": {"pocket": "esm-infra", "version": "4.15.0.216.200~16.04.1"}}},
            "jammy": {"sources": {"linux": {"version": "5.15.0-1.1"}, "edk2": {"version": "2022.02-3"}, "x": {}},
                "allbinaries": {"a": {"source": "edk2", "pocket": "esm-apps", "version": "2022.02-3"},
                    "b": {"version": "5.15.0-1.1", "pocket": "security"}}}}}}"#,
        );
        let advisory = &advisories[0];
        assert_eq!(
            (advisory.id.as_str(), advisory.upstream.join(" ")),
            ("USN-6342-1", "CVE-2023-1".into())
        );
        assert_eq!(advisory.references, ["https://launchpad.net/bugs/1"]);
        assert_eq!(advisory.published.as_deref(), Some("2023-09-06T00:00:00Z"));
        assert_eq!(
            releases(advisory),
            [("Pro:22.04:LTS", "edk2"), ("22.04:LTS", "linux"), ("Pro:16.04:LTS", "linux-hwe")]
        );
        let rejected = [("fix without a version", 1), ("not a record of its feed", 1)];
        assert_eq!(tally.rejected, rejected.into());
    }

    #[test]
    fn notices_of_the_api_name_sources_and_of_old_binaries_alone() {
        let notice = r#"{"id": "USN-1-1", "title": "PNG", "published": "2004-10-23T01:17:50", "cves_ids": ["CVE-2004-1"],
            "references": [], "release_packages": {
            "warty": [{"name": "libpng12-0", "version": "1.2.5-1", "is_source": false},
                {"name": "libpng10-0", "version": "", "is_source": false}],
            "jammy": [{"name": "libpng", "version": "1.6-1", "is_source": true, "pocket": "security"},
                {"name": "libpng12-0", "version": "1.6-1", "is_source": false}]}}"#;
        for document in
            [notice.to_owned(), format!(r#"{{"notices": [{notice}], "total_results": 1}}"#)]
        {
            let (advisories, tally) = imported(&document);
            assert_eq!(releases(&advisories[0]), [("22.04:LTS", "libpng"), ("4.10", "libpng12-0")]);
            let names: Vec<_> = advisories[0].affected.iter().map(|one| one.names).collect();
            assert_eq!(names, [None, Some(NameKind::Binary)]);
            assert_eq!(tally.rejected, [("fix without a version", 1)].into());
        }
    }

    #[test]
    fn a_first_key_that_is_no_number_costs_only_itself() {
        let entry =
            r#"{"releases": {"jammy": {"sources": {"bash": {"version": "5.1-6ubuntu1"}}}}}"#;
        let (advisories, tally) = imported(&format!(r#"{{"!": {entry}, "6000-1": {entry}}}"#));
        assert_eq!((advisories.len(), tally.rejected), (1, [("no id", 1)].into()));
    }
}
