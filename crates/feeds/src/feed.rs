use std::collections::BTreeSet;

use plimsoll_advisory::Advisory;

use crate::complete::Complete;
use crate::document::{Document, Outline};
use crate::import::{Import, NotOfThisFeed};
use crate::options::BuildOptions;

/// A feed: an upstream format and the importer that reads it.
pub struct Feed {
    /// Stable: part of every record's key.
    pub id: &'static str,
    /// Raised whenever the same document would give other records: what was kept of an older version is then not used.
    pub version: u32,
    /// One line for `docs/supported.md`.
    pub summary: &'static str,
    /// Where it is published. Empty for a form that several publish, each in its own place.
    pub origins: &'static [Origin],
    /// True where a document is of this feed, by a glance at its content.
    pub(crate) recognises: fn(&Outline<'_>) -> bool,
    /// Reads one document.
    pub(crate) import: fn(&Document<'_>, &mut Import<'_>) -> Result<(), NotOfThisFeed>,
    /// True where several documents speak about one record: what they say is then put together before it is stored.
    pub(crate) spread: bool,
    /// True where the words of each record are of its one package: nothing is put together then but what is said of the same package.
    pub(crate) of_packages: bool,
    /// Which of its files are complete for which releases.
    pub(crate) complete: &'static [Complete],
}

/// A file that a feed's publisher offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Where it is published.
    pub url: &'static str,
    /// What it is called below the directory of feeds, such as `osv/Debian/all.zip`.
    pub file: &'static str,
    /// The advisory families that its records are of.
    pub families: &'static [&'static str],
    /// The releases of them that its records are of, or what the names of these begin with up to the end of a word: `22.04` for
    /// `22.04:LTS`. Empty for all.
    pub releases: &'static [&'static str],
}

/// How what is published at an origin is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OriginKind {
    /// A file: whole, where it changed. An archive of a branch of a repository is one, too.
    File,
    /// An `all.zip` in the layout of osv.dev's bucket: `modified_id.csv` beside it lists its records with their times, and each of
    /// them lies there as `ID.json` (google.github.io/osv.dev/data).
    OsvBulk,
    /// A directory of CSAF documents, whose address ends with a slash: `changes.csv` lists them all with their times (CSAF 2.0,
    /// section 7.1.13), `archive_latest.txt`, where there is one, names an archive of them that is made now and then, whose
    /// digest may stand in `ARCHIVE.sha256`, and `deletions.csv` lists those that were taken back.
    CsafDirectory,
    /// The `repomd.xml` of a repository of rpm packages, or the `mirror.list` of one of Amazon's: it names the file of updates.
    RpmRepository,
    /// Pages of an interface that answers with JSON: `{0}` or `{1}` in the address is where the page's number goes, and the number of the
    /// first.
    Pages,
}

impl OriginKind {
    /// How what has this address, or this path, is fetched.
    pub(crate) fn of(address: &str) -> Self {
        match address.rsplit('/').next() {
            _ if address.contains("={0}") || address.contains("={1}") => Self::Pages,
            Some("all.zip") => Self::OsvBulk,
            Some("") => Self::CsafDirectory,
            Some("repomd.xml" | "mirror.list") => Self::RpmRepository,
            _ => Self::File,
        }
    }
}

impl Origin {
    /// What an origin has where it says nothing else.
    pub(crate) const BASE: Self = Self { url: "", file: "", families: &[], releases: &[] };

    /// True where its records may be of that family in one of these releases.
    pub(crate) fn speaks_of(&self, family: &str, releases: &BTreeSet<String>) -> bool {
        let begins = |release: &String, start: &str| {
            release
                .strip_prefix(start)
                .is_some_and(|rest| !rest.starts_with(|next: char| next.is_ascii_alphanumeric()))
        };
        let is_of = |start: &&str| releases.iter().any(|release| begins(release, start));
        self.families.contains(&family)
            && (self.releases.is_empty() || self.releases.iter().any(is_of))
    }

    /// How it is fetched: the name under which it is published tells.
    #[must_use]
    pub fn kind(&self) -> OriginKind {
        OriginKind::of(self.url)
    }
}

impl Feed {
    /// What a feed has where it says nothing else.
    pub(crate) const BASE: Self = Self {
        id: "",
        version: 1,
        summary: "",
        origins: &[],
        recognises: |_| false,
        import: |_, _| Err(NotOfThisFeed),
        spread: false,
        of_packages: false,
        complete: &[],
    };

    /// The records of one document, as a build takes them; `None` where the document is not of this feed. An importer that panics does
    /// so here too.
    #[must_use]
    pub fn advisories(
        &self,
        path: &str,
        bytes: &[u8],
        options: &BuildOptions,
    ) -> Option<Vec<Advisory>> {
        let mut import = Import::new(options);
        let outcome = (self.import)(&Document { path, bytes }, &mut import);
        outcome.is_ok().then_some(import.advisories)
    }

    /// True where a document is of this feed, by its content.
    #[must_use]
    pub fn recognises(&self, path: &str, bytes: &[u8]) -> bool {
        (self.recognises)(&Outline::of(&Document { path, bytes }))
    }
}
