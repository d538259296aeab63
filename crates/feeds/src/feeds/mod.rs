//! The feeds, one file each. To add one: its file, and its line in [`FEEDS`].

pub(crate) mod alinux_csaf;
pub(crate) mod alpine_secdb;
pub(crate) mod openeuler_csaf;
pub(crate) mod osv;
pub(crate) mod redhat_csaf;
pub(crate) mod redhat_cve;
pub(crate) mod redhat_repository_to_cpe;
pub(crate) mod redhat_vex;
pub(crate) mod suse_csaf;
pub(crate) mod suse_csaf_vex;

use crate::document::Outline;
use crate::feed::Feed;

/// Every feed, in the order of their ids. A document is of the first that knows it.
pub static FEEDS: &[&Feed] = &[
    &alinux_csaf::ALINUX_CSAF,
    &alpine_secdb::ALPINE_SECDB,
    &openeuler_csaf::OPENEULER_CSAF,
    &osv::OSV,
    &redhat_csaf::REDHAT_CSAF,
    &redhat_cve::REDHAT_CVE,
    &redhat_repository_to_cpe::REDHAT_REPOSITORY_TO_CPE,
    &redhat_vex::REDHAT_VEX,
    &suse_csaf::SUSE_CSAF,
    &suse_csaf_vex::SUSE_CSAF_VEX,
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
