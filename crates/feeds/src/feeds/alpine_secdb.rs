//! Alpine's security database: one document for each release and repository (secdb.alpinelinux.org).

use crate::complete::{Complete, Releases};
use crate::feed::{Feed, Origin};
use crate::formats::secdb::{self, ALPINE};

pub(crate) static ALPINE_SECDB: Feed = Feed {
    id: ALPINE.feed,
    version: 1,
    summary: "Alpine's security database: the version of each release in which a package fixed a flaw",
    origins: ORIGINS,
    recognises: |outline| ALPINE.recognises(outline),
    import: |document, import| secdb::import(document, import, &ALPINE),
    spread: true,
    complete: &[Complete {
        names: &["alpine-secdb", "secdb"],
        family: ALPINE.family,
        releases: Releases::WithRepositories(&["v3.", "edge"], repositories),
    }],
    ..Feed::BASE
};

/// The repositories of a release that have a document: one that is not published yet has both.
fn repositories(release: &str) -> Vec<&'static str> {
    let of_release = ORIGINS.iter().filter(|origin| origin.releases == [release]);
    let repository = |origin: &Origin| {
        let file = origin.file.rsplit('/').next().unwrap_or(origin.file);
        let stem = file.strip_suffix(".json").unwrap_or(file);
        stem.rsplit_once('-').map(|(_, repository)| repository)
    };
    let known: Vec<_> = of_release.filter_map(repository).collect();
    if known.is_empty() { vec!["main", "community"] } else { known }
}

/// The documents of releases.
macro_rules! of_releases {
    ($($release:literal $repository:literal,)*) => {
        &[$(Origin {
            url: concat!("https://secdb.alpinelinux.org/", $release, "/", $repository, ".json"),
            file: concat!("alpine-secdb/", $release, "-", $repository, ".json"),
            families: &[ALPINE.family],
            releases: &[$release],
        }),*]
    };
}

#[rustfmt::skip]
const ORIGINS: &[Origin] = of_releases![
    "edge" "community", "edge" "main",
    "v3.2" "main",
    "v3.3" "community", "v3.3" "main",
    "v3.4" "community", "v3.4" "main",
    "v3.5" "community", "v3.5" "main",
    "v3.6" "community", "v3.6" "main",
    "v3.7" "community", "v3.7" "main",
    "v3.8" "community", "v3.8" "main",
    "v3.9" "community", "v3.9" "main",
    "v3.10" "community", "v3.10" "main",
    "v3.11" "community", "v3.11" "main",
    "v3.12" "community", "v3.12" "main",
    "v3.13" "community", "v3.13" "main",
    "v3.14" "community", "v3.14" "main",
    "v3.15" "community", "v3.15" "main",
    "v3.16" "community", "v3.16" "main",
    "v3.17" "community", "v3.17" "main",
    "v3.18" "community", "v3.18" "main",
    "v3.19" "community", "v3.19" "main",
    "v3.20" "community", "v3.20" "main",
    "v3.21" "community", "v3.21" "main",
    "v3.22" "community", "v3.22" "main",
    "v3.23" "community", "v3.23" "main",
];
