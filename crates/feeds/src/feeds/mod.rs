//! The feeds, one file each. To add one: its file, and its line in [`FEEDS`].

pub(crate) mod alpine_secdb;
pub(crate) mod alpine_security;
pub(crate) mod arch;
pub(crate) mod chainguard_libraries;
pub(crate) mod chainguard_secdb;
pub(crate) mod echo;
pub(crate) mod gentoo_glsa;
pub(crate) mod kubernetes;
pub(crate) mod minimos_secdb;
pub(crate) mod osv;
pub(crate) mod photon;
pub(crate) mod rapidfort;
pub(crate) mod rootio;
pub(crate) mod secureos_secdb;
pub(crate) mod tuxcare;
pub(crate) mod wolfi_secdb;

use crate::document::Outline;
use crate::feed::Feed;

/// Every feed, in the order of their ids. A document is of the first that knows it.
#[rustfmt::skip]
pub static FEEDS: &[&Feed] = &[
    &alpine_secdb::ALPINE_SECDB,
    &alpine_security::ALPINE_SECURITY,
    &arch::ARCH,
    &chainguard_libraries::CHAINGUARD_LIBRARIES,
    &chainguard_secdb::CHAINGUARD_SECDB,
    &echo::ECHO,
    &gentoo_glsa::GENTOO_GLSA,
    &kubernetes::KUBERNETES,
    &minimos_secdb::MINIMOS_SECDB,
    &osv::OSV,
    &photon::PHOTON,
    &rapidfort::RAPIDFORT,
    &rootio::ROOTIO,
    &secureos_secdb::SECUREOS_SECDB,
    &tuxcare::TUXCARE,
    &wolfi_secdb::WOLFI_SECDB,
];

/// The feed that a document is of.
pub(crate) fn recognise(outline: &Outline<'_>) -> Option<&'static Feed> {
    FEEDS.iter().copied().find(|feed| (feed.recognises)(outline))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;

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
            let outline = Outline::of(&Document { path: "x", bytes: document.as_bytes() });
            assert_eq!(recognise(&outline).map(|feed| feed.id), feed, "{document}");
        }
    }
}
