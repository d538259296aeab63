//! Errata of AlmaLinux (errata.almalinux.org): one JSON document for each release with all of its errata, or one of them alone.
//! Packages are named by their binaries, with the stream of the module that they are of.

use plimsoll_core::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::complete::{Complete, Releases};
use crate::document::{Document, Outline};
use crate::feed::{Feed, Origin};
use crate::formats::errata::{Erratum, Place, Publisher, Reference, import_erratum};
use crate::formats::json::each_record;
use crate::formats::modules::stream;
use crate::formats::rpm::{Build, dist_release, version_of};
use crate::import::{Import, NotOfThisFeed};

pub(crate) static ALMALINUX_ERRATA: Feed = Feed {
    id: "almalinux-errata",
    version: 1,
    summary: "AlmaLinux errata, as the JSON of its errata service",
    origins: &[
        origin(
            "https://errata.almalinux.org/8/errata.full.json",
            "almalinux-errata/8.json",
            &["8"],
        ),
        origin(
            "https://errata.almalinux.org/9/errata.full.json",
            "almalinux-errata/9.json",
            &["9"],
        ),
        origin(
            "https://errata.almalinux.org/10/errata.full.json",
            "almalinux-errata/10.json",
            &["10"],
        ),
    ],
    recognises,
    import,
    // One erratum may be of two releases, and each has a document of its own.
    spread: true,
    complete: &[Complete {
        names: &["almalinux-errata"],
        family: "AlmaLinux",
        releases: Releases::These(&["8", "9", "10"]),
    }],
    ..Feed::BASE
};

const fn origin(
    url: &'static str,
    file: &'static str,
    releases: &'static [&'static str],
) -> Origin {
    Origin { url, file, families: &["AlmaLinux"], releases }
}

const PUBLISHER: Publisher = Publisher { feed: ALMALINUX_ERRATA.id, source: "almalinux" };

/// How ids begin.
const IDS: &[&str] = &["ALSA-", "ALBA-", "ALEA-"];

fn recognises(outline: &Outline<'_>) -> bool {
    let forms: [&[&str]; 3] = [
        &["id", "issued_date", "updated_date", "packages"],
        &["updateinfo_id", "pkglist"],
        &["data"],
    ];
    outline.is_json()
        && forms.iter().any(|keys| outline.has(keys))
        && IDS.iter().any(|id| outline.beginning.contains(id))
}

#[derive(Deserialize)]
struct List<'a> {
    #[serde(borrow)]
    data: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
struct Advisory {
    #[serde(alias = "updateinfo_id")]
    id: String,
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    description: String,
    severity: Option<String>,
    issued_date: Option<Date>,
    updated_date: Option<Date>,
    packages: Option<Vec<Package>>,
    pkglist: Option<PackageList>,
    references: Option<Vec<Referred>>,
}

/// When something was: in seconds since 1970, or in thousandths of them as the older form has it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Date {
    Seconds(u64),
    Milliseconds {
        #[serde(rename = "$date")]
        date: u64,
    },
    Text(String),
}

#[derive(Deserialize)]
struct PackageList {
    packages: Option<Vec<Package>>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    epoch: Option<String>,
    version: String,
    release: String,
    arch: String,
    /// `name:stream:version:context:arch`.
    module: Option<String>,
}

#[derive(Deserialize)]
struct Referred {
    #[serde(default)]
    id: String,
    #[serde(default)]
    href: String,
}

fn import(document: &Document<'_>, import: &mut Import<'_>) -> Result<(), NotOfThisFeed> {
    let bytes = document.bytes;
    if let Ok(advisory) = serde_json::from_slice::<Advisory>(bytes) {
        import_advisory(advisory, import);
        return Ok(());
    }
    let list = if bytes.trim_ascii_start().starts_with(b"[") {
        serde_json::from_slice(bytes).map_err(|_| NotOfThisFeed)?
    } else {
        serde_json::from_slice::<List<'_>>(bytes).map_err(|_| NotOfThisFeed)?.data
    };
    each_record(list, import, import_advisory);
    Ok(())
}

fn import_advisory(advisory: Advisory, import: &mut Import<'_>) {
    if !IDS.iter().any(|prefix| advisory.id.starts_with(prefix)) {
        import.tally.reject("id of another form");
        return;
    }
    let listed = advisory.pkglist.and_then(|list| list.packages);
    let packages = advisory.packages.or(listed).unwrap_or_default();
    let builds: Vec<_> = packages.into_iter().map(build).collect();
    let references = advisory.references.unwrap_or_default();
    let Some(release) = release(&builds, &references).map(str::to_owned) else {
        import.tally.reject("no release of AlmaLinux");
        return;
    };
    let reference = |one: Referred| Reference { id: one.id, url: one.href, ..Reference::default() };
    let erratum = Erratum {
        id: advisory.id,
        kind: advisory.kind.to_lowercase(),
        title: advisory.title,
        details: advisory.description,
        published: text(advisory.issued_date),
        modified: text(advisory.updated_date),
        severity: advisory.severity.unwrap_or_default(),
        references: references.into_iter().map(reference).collect(),
        builds: vec![(Place::binaries("AlmaLinux", release), builds)],
        ..Erratum::default()
    };
    import_erratum(erratum, &PUBLISHER, import);
}

fn build(package: Package) -> Build {
    let epoch = package.epoch.unwrap_or_default();
    Build {
        version: version_of(&epoch, &package.version, &package.release),
        name: package.name,
        arch: package.arch,
        module: package.module.and_then(|module| stream(&module).map(str::to_owned)),
    }
}

/// The release that an erratum's builds are for; else the one under which it is published.
fn release<'a>(builds: &'a [Build], references: &'a [Referred]) -> Option<&'a str> {
    let of_build = builds.iter().find_map(|build| dist_release(&build.version, "el"));
    let of_reference = || {
        references.iter().find_map(|reference| {
            let (_, rest) = reference.href.split_once("errata.almalinux.org/")?;
            let (release, _) = rest.split_once('/')?;
            Some(release).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
        })
    };
    of_build.or_else(of_reference)
}

fn text(date: Option<Date>) -> String {
    match date {
        Some(Date::Seconds(seconds)) => Timestamp { seconds }.to_string(),
        Some(Date::Milliseconds { date }) => Timestamp { seconds: date / 1_000 }.to_string(),
        Some(Date::Text(text)) => text,
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::BuildOptions;

    const ERRATUM: &str = r#"{"id": "ALSA-2021:0507", "issued_date": 1613397600, "updated_date": 1613397600,
        "severity": "Important", "title": "Important: subversion:1.10 security update", "description": "text", "type": "security",
        "packages": [{"name": "subversion", "epoch": "0", "version": "1.10.2", "release": "4.module_el8.3.0+2", "arch": "x86_64",
            "module": "subversion:1.10:8030020210115092711:b2a9eb2a:x86_64", "reboot_suggested": 0}],
        "modules": [], "references": [{"id": "CVE-2020-17525", "type": "cve", "href": "https://cve"},
            {"id": "ALSA-2021:0507", "type": "self", "href": "https://errata.almalinux.org/8/ALSA-2021-0507.html"}]}"#;
    const OLDER: &str = r#"{"updateinfo_id": "ALSA-2021:0507", "issued_date": {"$date": 1613397600123},
        "updated_date": {"$date": 1613397600000}, "severity": "Important", "description": "text", "type": "security",
        "title": "Important: subversion:1.10 security update", "pkglist": {"name": "x", "packages": [
            {"name": "subversion", "version": "1.10.2", "release": "4.module_el8.3.0+2", "epoch": "0", "arch": "x86_64"}]},
        "references": [{"id": "CVE-2020-17525", "type": "cve", "href": "https://cve", "title": ""},
            {"id": "", "href": "https://errata.almalinux.org/8/ALSA-2021-0507.html"}]}"#;

    #[test]
    fn every_form_says_the_same() {
        let options = BuildOptions::default();
        let read = |text: &str| {
            assert!(ALMALINUX_ERRATA.recognises("x", text.as_bytes()), "{text}");
            ALMALINUX_ERRATA.advisories("x", text.as_bytes(), &options).unwrap()
        };
        let one = read(ERRATUM);
        assert_eq!(read(&format!(r#"{{"schema_version": "1.0", "data": [{ERRATUM}]}}"#)), one);
        assert_eq!(read(&format!("[{OLDER}]")), one);
        assert_eq!(one[0].published.as_deref(), Some("2021-02-15T14:00:00Z"));
        let affected = &one[0].affected[0];
        assert_eq!(affected.module.as_deref(), Some("subversion:1.10"));
        assert_eq!((affected.release.as_str(), one[0].upstream.len()), ("8", 1));
    }

    #[test]
    fn what_cannot_be_placed_is_counted() {
        let options = BuildOptions::default();
        let mut into = Import::new(&options);
        let nowhere = ERRATUM.replace("module_el8.3.0", "module").replace("/8/", "/x/");
        let foreign = ERRATUM.replace("ALSA-2021:0507\", \"issued", "NOT-1\", \"issued");
        let text = format!(r#"{{"data": [{nowhere}, {foreign}, {{"id": 1}}]}}"#);
        import(&Document { path: "x", bytes: text.as_bytes() }, &mut into).unwrap();
        let rejected = [
            ("id of another form", 1),
            ("no release of AlmaLinux", 1),
            ("not a record of its feed", 1),
        ];
        assert_eq!(into.tally.rejected, rejected.into());
    }
}
