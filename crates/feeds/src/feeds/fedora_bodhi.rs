//! Bodhi, where Fedora and EPEL publish updates (bodhi.fedoraproject.org): pages of updates as JSON, or one alone. An update names what
//! was built from source, so packages are named by their source.

use plimsoll_advisory::NameKind;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::complete::{Complete, Releases};
use crate::document::{Document, Form, Outline};
use crate::feed::{Feed, Origin};
use crate::formats::errata::{Erratum, Place, Publisher, Reference, import_erratum};
use crate::formats::json::each_record;
use crate::formats::rpm::{Build, Nevra, with_epoch};
use crate::import::{Import, NotOfThisFeed};

/// All that fix a flaw; a page has a hundred at most.
macro_rules! of_releases {
    ($(($id:literal, $name:literal, $family:literal, $release:literal)),* $(,)?) => {
        &[$(Origin {
            url: concat!(
                "https://bodhi.fedoraproject.org/updates/?type=security&status=stable&releases=",
                $id, "&rows_per_page=100&page={1}",
            ),
            file: concat!("fedora/bodhi-", $name, ".tar.zst"),
            families: &[$family],
            releases: &[$release],
        }),*]
    };
}

pub(crate) static FEDORA_BODHI: Feed = Feed {
    id: "fedora-bodhi",
    summary: "Fedora and EPEL updates that fix a flaw, as Bodhi's JSON",
    origins: of_releases![
        ("F43", "f43", "Fedora", "43"),
        ("F44", "f44", "Fedora", "44"),
        ("EPEL-8", "epel-8", "EPEL", "8"),
        ("EPEL-9", "epel-9", "EPEL", "9"),
    ],
    recognises,
    import,
    complete: &[
        Complete { names: NAMES, family: "Fedora", releases: Releases::Beginning(&[""]) },
        Complete { names: NAMES, family: "EPEL", releases: Releases::Beginning(&[""]) },
    ],
    ..Feed::BASE
};

/// What a copy of all of Bodhi's security updates is called, or of all of one release.
const NAMES: &[&str] =
    &["fedora-bodhi", "bodhi", "bodhi-f43", "bodhi-f44", "bodhi-epel-8", "bodhi-epel-9"];
const PUBLISHER: Publisher = Publisher { feed: FEDORA_BODHI.id, source: "fedora" };

fn recognises(outline: &Outline<'_>) -> bool {
    let forms: [&[&str]; 3] = [&["alias", "builds", "release"], &["updates"], &["update"]];
    outline.form == Form::JsonObject
        && forms.iter().any(|keys| outline.has(keys))
        && outline.beginning.contains("\"FEDORA-")
}

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    updates: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    update: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Update {
    alias: String,
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    status: String,
    severity: Option<String>,
    display_name: Option<String>,
    title: Option<String>,
    notes: Option<String>,
    url: Option<String>,
    date_submitted: Option<String>,
    date_stable: Option<String>,
    date_modified: Option<String>,
    release: Release,
    bugs: Option<Vec<Bug>>,
    builds: Option<Vec<Built>>,
}

#[derive(Deserialize)]
struct Release {
    version: String,
    #[serde(default)]
    id_prefix: String,
}

#[derive(Deserialize)]
struct Bug {
    bug_id: u64,
    title: Option<String>,
}

#[derive(Deserialize)]
struct Built {
    nvr: String,
    epoch: Option<u64>,
    /// `rpm`, `module`, `container`, `flatpak`.
    #[serde(rename = "type")]
    kind: Option<String>,
}

fn import(document: &Document<'_>, import: &mut Import<'_>) -> Result<(), NotOfThisFeed> {
    if let Ok(update) = serde_json::from_slice::<Update>(document.bytes) {
        import_update(update, import);
        return Ok(());
    }
    let page: Page<'_> = serde_json::from_slice(document.bytes).map_err(|_| NotOfThisFeed)?;
    if page.updates.is_none() && page.update.is_none() {
        return Err(NotOfThisFeed);
    }
    each_record(page.updates.into_iter().flatten().chain(page.update), import, import_update);
    Ok(())
}

fn import_update(update: Update, import: &mut Import<'_>) {
    // What is still tested, or was never published, fixes nothing for anybody.
    if update.status != "stable" {
        import.tally.ignore("not a stable update");
        return;
    }
    let family = match update.release.id_prefix.as_str() {
        "FEDORA" | "FEDORA-MODULAR" => "Fedora",
        "FEDORA-EPEL" | "FEDORA-EPEL-NEXT" | "FEDORA-EPEL-MODULAR" => "EPEL",
        _ => {
            import.tally.ignore("not of rpm packages");
            return;
        }
    };
    let release = update.release.version.split('.').next().unwrap_or_default().to_owned();
    let place = Place { names: Some(NameKind::Source), ..Place::binaries(family, release) };
    let mut builds = Vec::new();
    for built in update.builds.unwrap_or_default() {
        match (built.kind.as_deref().unwrap_or("rpm"), build(&built)) {
            ("rpm", Some(build)) => builds.push(build),
            ("rpm", None) => import.tally.reject("unusable package name"),
            _ => import.tally.ignore("not an rpm package"),
        }
    }
    let bugs = update.bugs.unwrap_or_default();
    let own = Reference { url: update.url.unwrap_or_default(), ..Reference::default() };
    let mut title = [update.display_name, update.title].into_iter().flatten();
    // To be published is a change too, and most often the last.
    let modified = [&update.date_modified, &update.date_stable].into_iter().flatten().max();
    let modified = modified.cloned().unwrap_or_default();
    let erratum = Erratum {
        id: update.alias,
        kind: update.kind,
        title: title.find(|title| !title.is_empty()).unwrap_or_default(),
        details: update.notes.unwrap_or_default(),
        published: update.date_stable.or(update.date_submitted).unwrap_or_default(),
        modified,
        severity: update.severity.unwrap_or_default(),
        references: std::iter::once(own).chain(bugs.into_iter().map(reference)).collect(),
        builds: vec![(place, builds)],
        ..Erratum::default()
    };
    import_erratum(erratum, &PUBLISHER, import);
}

/// A build has no architecture: it is made for each.
fn build(built: &Built) -> Option<Build> {
    let build = Nevra::of(&built.nvr)?;
    let epoch = built.epoch.unwrap_or_default().to_string();
    let version = with_epoch(&epoch, build.version().into()).into_owned();
    Some(Build { version, ..build.into() })
}

fn reference(bug: Bug) -> Reference {
    Reference {
        id: bug.bug_id.to_string(),
        title: bug.title.unwrap_or_default(),
        url: format!("https://bugzilla.redhat.com/show_bug.cgi?id={}", bug.bug_id),
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_advisory::RangeEnd;

    use super::*;
    use crate::options::BuildOptions;

    fn update(kind: &str, status: &str, prefix: &str) -> String {
        format!(
            r#"{{"alias": "{prefix}-2025-1", "display_name": "", "title": "java-17-openjdk-17.0-1.fc40", "notes": "x", "type": "{kind}",
            "status": "{status}", "severity": "medium", "date_submitted": "2025-01-20 10:00:00", "date_modified": null,
            "date_stable": "2025-01-25 12:00:00", "url": "https://bodhi",
            "release": {{"name": "F40", "version": "40", "id_prefix": "{prefix}"}},
            "bugs": [{{"bug_id": 2000001, "security": true, "title": "CVE-2025-9999 java-17-openjdk: overflow [fedora-40]"}}],
            "builds": [{{"nvr": "java-17-openjdk-17.0-1.fc40", "type": "rpm", "epoch": 1}}]}}"#
        )
    }

    #[test]
    fn builds_are_of_source_packages_with_their_epoch() {
        let text = update("security", "stable", "FEDORA");
        let options = BuildOptions::default();
        let read = |text: &str| {
            assert!(FEDORA_BODHI.recognises("x", text.as_bytes()), "{text}");
            FEDORA_BODHI.advisories("x", text.as_bytes(), &options).unwrap()
        };
        let one = read(&text);
        assert_eq!(read(&format!(r#"{{"updates": [{text}], "page": 1, "pages": 1}}"#)), one);
        assert_eq!(one[0].upstream, ["CVE-2025-9999"]);
        assert_eq!(one[0].published.as_deref(), Some("2025-01-25T12:00:00Z"));
        assert_eq!(one[0].modified, one[0].published);
        let affected = &one[0].affected[0];
        assert_eq!((affected.names, affected.arches.len()), (Some(NameKind::Source), 0));
        assert_eq!((affected.family.as_str(), affected.release.as_str()), ("Fedora", "40"));
        assert_eq!(affected.intervals[0].end, RangeEnd::Fixed("1:17.0-1.fc40".into()));
    }

    #[test]
    fn what_is_not_published_or_no_package_is_left_out() {
        let options = BuildOptions::default();
        let mut into = Import::new(&options);
        let updates = [
            update("security", "testing", "FEDORA"),
            update("security", "stable", "FEDORA-FLATPAK"),
            update("enhancement", "stable", "FEDORA").replace("CVE-", "bug "),
            update("security", "stable", "FEDORA-EPEL"),
        ];
        let text = format!(r#"{{"updates": [{}]}}"#, updates.join(","));
        import(&Document { path: "x", bytes: text.as_bytes() }, &mut into).unwrap();
        let families: Vec<_> = into.advisories.iter().map(|one| &one.affected[0].family).collect();
        assert_eq!(families, ["EPEL"]);
        let ignored =
            [("no security update", 1), ("not a stable update", 1), ("not of rpm packages", 1)];
        assert_eq!(into.tally.ignored, ignored.into());
    }
}
