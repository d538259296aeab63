//! The feeds, one file each. To add one: its file, and its line in [`FEEDS`].

pub(crate) mod alinux_oval;
pub(crate) mod almalinux_oval;
pub(crate) mod alpine_secdb;
pub(crate) mod alt_oval;
pub(crate) mod anolis_oval;
pub(crate) mod azurelinux_oval;
pub(crate) mod debian_oval;
pub(crate) mod openeuler_cvrf;
pub(crate) mod oracle_oval;
pub(crate) mod osv;
pub(crate) mod photon_oval;
pub(crate) mod redhat_cvrf;
pub(crate) mod redhat_oval;
pub(crate) mod suse_cvrf;
pub(crate) mod suse_oval;
pub(crate) mod ubuntu_oval;

use crate::document::Outline;
use crate::feed::Feed;

/// Every feed, in the order of their ids. A document is of the first that knows it.
pub static FEEDS: &[&Feed] = &[
    &alinux_oval::ALINUX_OVAL,
    &almalinux_oval::ALMALINUX_OVAL,
    &alpine_secdb::ALPINE_SECDB,
    &alt_oval::ALT_OVAL,
    &anolis_oval::ANOLIS_OVAL,
    &azurelinux_oval::AZURELINUX_OVAL,
    &debian_oval::DEBIAN_OVAL,
    &openeuler_cvrf::OPENEULER_CVRF,
    &oracle_oval::ORACLE_OVAL,
    &osv::OSV,
    &photon_oval::PHOTON_OVAL,
    &redhat_cvrf::REDHAT_CVRF,
    &redhat_oval::REDHAT_OVAL,
    &suse_cvrf::SUSE_CVRF,
    &suse_oval::SUSE_OVAL,
    &ubuntu_oval::UBUNTU_OVAL,
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
