use plimsoll_advisory::Advisory;

use crate::alpine_secdb::ALPINE_SECDB;
use crate::options::BuildOptions;
use crate::osv::OSV;
use crate::tally::Tally;

/// A feed: an upstream format and the importer that reads it.
pub struct Feed {
    /// Stable: part of every record's key.
    pub id: &'static str,
    /// One line for `docs/supported.md`.
    pub summary: &'static str,
    /// True where a document is of this feed, by its content.
    pub(crate) recognises: fn(&[u8]) -> bool,
    /// Reads one document.
    pub(crate) import: fn(&[u8], &mut Import<'_>) -> Result<(), NotOfThisFeed>,
    /// True where several documents speak about one record: what they say is then put together before it is stored.
    pub(crate) spread: bool,
}

impl Feed {
    /// The records of one document, as a build takes them; `None` where the document is not of this feed. An importer that panics does
    /// so here too.
    #[must_use]
    pub fn advisories(&self, document: &[u8], options: &BuildOptions) -> Option<Vec<Advisory>> {
        let mut import = Import::new(options);
        let outcome = (self.import)(document, &mut import);
        outcome.is_ok().then_some(import.advisories)
    }

    /// True where a document is of this feed, by its content.
    #[must_use]
    pub fn recognises(&self, document: &[u8]) -> bool {
        (self.recognises)(document)
    }
}

/// Where an importer puts what it read from a document.
pub(crate) struct Import<'a> {
    pub(crate) options: &'a BuildOptions,
    pub(crate) advisories: Vec<Advisory>,
    pub(crate) tally: Tally,
}

impl<'a> Import<'a> {
    pub(crate) fn new(options: &'a BuildOptions) -> Self {
        Self { options, advisories: Vec::new(), tally: Tally::default() }
    }
}

/// The document is not of the form that the importer reads. Nothing was taken from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotOfThisFeed;

/// Every feed, in the order of their ids.
pub static FEEDS: &[&Feed] = &[&ALPINE_SECDB, &OSV];

/// The feed that a document is of.
pub(crate) fn recognise(document: &[u8]) -> Option<&'static Feed> {
    FEEDS.iter().copied().find(|feed| (feed.recognises)(document))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_ascend() {
        assert!(FEEDS.is_sorted_by(|one, other| one.id < other.id));
    }

    #[test]
    fn documents_are_known_by_their_content() {
        for (document, feed) in [
            (r#"{"id": "X-1", "modified": "2024-01-01T00:00:00Z", "affected": []}"#, Some("osv")),
            (r#"[{"id": "X-1", "affected": []}, {"id": "X-2"}]"#, Some("osv")),
            (r#"{"distroversion": "v3.18", "packages": []}"#, Some("alpine-secdb")),
            (r#"{"id": "X-1", "title": "no advisory"}"#, None),
            (r#"{"cve": "CVE-2024-1"}"#, None),
            (r#"[]"#, None),
            ("not JSON", None),
            ("", None),
        ] {
            assert_eq!(recognise(document.as_bytes()).map(|feed| feed.id), feed, "{document}");
        }
    }
}
