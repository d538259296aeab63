//! The feeds, one file each. To add one: its file, and its line in [`FEEDS`].

pub(crate) mod alinux_csaf;
pub(crate) mod alinux_oval;
pub(crate) mod almalinux_errata;
pub(crate) mod almalinux_oval;
pub(crate) mod almalinux_updateinfo;
pub(crate) mod alpine_secdb;
pub(crate) mod alpine_security;
pub(crate) mod alt_oval;
pub(crate) mod amazon_alas;
pub(crate) mod anolis_oval;
pub(crate) mod arch;
pub(crate) mod azurelinux_oval;
pub(crate) mod bitnami;
pub(crate) mod bottlerocket;
pub(crate) mod chainguard_libraries;
pub(crate) mod chainguard_secdb;
pub(crate) mod debian_advisories;
pub(crate) mod debian_cve_list;
pub(crate) mod debian_oval;
pub(crate) mod debian_packages;
pub(crate) mod debian_tracker;
pub(crate) mod echo;
pub(crate) mod elixir;
pub(crate) mod fedora_bodhi;
pub(crate) mod fedora_updateinfo;
pub(crate) mod friendsofphp;
pub(crate) mod gentoo_glsa;
pub(crate) mod ghsa;
pub(crate) mod gitlab;
pub(crate) mod go_vulndb;
pub(crate) mod haskell;
pub(crate) mod julia;
pub(crate) mod kubernetes;
pub(crate) mod malicious_packages;
pub(crate) mod minimos_secdb;
pub(crate) mod openeuler_csaf;
pub(crate) mod openeuler_cvrf;
pub(crate) mod oracle_oval;
pub(crate) mod osv;
pub(crate) mod photon;
pub(crate) mod photon_oval;
pub(crate) mod pypa;
pub(crate) mod rapidfort;
pub(crate) mod redhat_csaf;
pub(crate) mod redhat_cve;
pub(crate) mod redhat_cvrf;
pub(crate) mod redhat_oval;
pub(crate) mod redhat_repository_to_cpe;
pub(crate) mod redhat_vex;
pub(crate) mod retirejs;
pub(crate) mod rocky_errata;
pub(crate) mod rocky_updateinfo;
pub(crate) mod rootio;
pub(crate) mod rubysec;
pub(crate) mod rustsec;
pub(crate) mod secureos_secdb;
pub(crate) mod suse_csaf;
pub(crate) mod suse_csaf_vex;
pub(crate) mod suse_cvrf;
pub(crate) mod suse_oval;
pub(crate) mod tuxcare;
pub(crate) mod ubuntu_cve_tracker;
pub(crate) mod ubuntu_oval;
pub(crate) mod ubuntu_usn;
pub(crate) mod ubuntu_vex;
pub(crate) mod updateinfo;
pub(crate) mod wolfi_secdb;

use crate::document::Outline;
use crate::feed::Feed;

/// Every feed, in the order of their ids. A document is of the first that knows it.
pub static FEEDS: &[&Feed] = &[
    &alinux_csaf::ALINUX_CSAF,
    &alinux_oval::ALINUX_OVAL,
    &almalinux_errata::ALMALINUX_ERRATA,
    &almalinux_oval::ALMALINUX_OVAL,
    &almalinux_updateinfo::ALMALINUX_UPDATEINFO,
    &alpine_secdb::ALPINE_SECDB,
    &alpine_security::ALPINE_SECURITY,
    &alt_oval::ALT_OVAL,
    &amazon_alas::AMAZON_ALAS,
    &anolis_oval::ANOLIS_OVAL,
    &arch::ARCH,
    &azurelinux_oval::AZURELINUX_OVAL,
    &bitnami::BITNAMI,
    &bottlerocket::BOTTLEROCKET,
    &chainguard_libraries::CHAINGUARD_LIBRARIES,
    &chainguard_secdb::CHAINGUARD_SECDB,
    &debian_advisories::DEBIAN_ADVISORIES,
    &debian_cve_list::DEBIAN_CVE_LIST,
    &debian_oval::DEBIAN_OVAL,
    &debian_packages::DEBIAN_PACKAGES,
    &debian_tracker::DEBIAN_TRACKER,
    &echo::ECHO,
    &elixir::ELIXIR,
    &fedora_bodhi::FEDORA_BODHI,
    &fedora_updateinfo::FEDORA_UPDATEINFO,
    &friendsofphp::FRIENDSOFPHP,
    &gentoo_glsa::GENTOO_GLSA,
    &ghsa::GHSA,
    &gitlab::GITLAB,
    &go_vulndb::GO_VULNDB,
    &haskell::HASKELL,
    &julia::JULIA,
    &kubernetes::KUBERNETES,
    &malicious_packages::MALICIOUS_PACKAGES,
    &minimos_secdb::MINIMOS_SECDB,
    &openeuler_csaf::OPENEULER_CSAF,
    &openeuler_cvrf::OPENEULER_CVRF,
    &oracle_oval::ORACLE_OVAL,
    &osv::OSV,
    &photon::PHOTON,
    &photon_oval::PHOTON_OVAL,
    &pypa::PYPA,
    &rapidfort::RAPIDFORT,
    &redhat_csaf::REDHAT_CSAF,
    &redhat_cve::REDHAT_CVE,
    &redhat_cvrf::REDHAT_CVRF,
    &redhat_oval::REDHAT_OVAL,
    &redhat_repository_to_cpe::REDHAT_REPOSITORY_TO_CPE,
    &redhat_vex::REDHAT_VEX,
    &retirejs::RETIREJS,
    &rocky_errata::ROCKY_ERRATA,
    &rocky_updateinfo::ROCKY_UPDATEINFO,
    &rootio::ROOTIO,
    &rubysec::RUBYSEC,
    &rustsec::RUSTSEC,
    &secureos_secdb::SECUREOS_SECDB,
    &suse_csaf::SUSE_CSAF,
    &suse_csaf_vex::SUSE_CSAF_VEX,
    &suse_cvrf::SUSE_CVRF,
    &suse_oval::SUSE_OVAL,
    &tuxcare::TUXCARE,
    &ubuntu_cve_tracker::UBUNTU_CVE_TRACKER,
    &ubuntu_oval::UBUNTU_OVAL,
    &ubuntu_usn::UBUNTU_USN,
    &ubuntu_vex::UBUNTU_VEX,
    &updateinfo::UPDATEINFO,
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
    fn every_origin_says_whose_records_it_has() {
        for origin in FEEDS.iter().flat_map(|feed| feed.origins) {
            assert!(!origin.families.is_empty(), "{}", origin.url);
        }
    }

    #[test]
    fn of_what_is_published_by_release_only_the_releases_that_are_wanted_are_fetched() {
        for (family, releases, feed, expected) in [
            ("Alpine", &["v3.2"][..], "alpine-secdb", &["v3.2-main.json"][..]),
            ("Ubuntu", &["22.04:LTS"], "ubuntu-oval", &["com.ubuntu.jammy.cve.oval.xml.bz2"]),
            ("Debian", &["12"], "debian-oval", &["oval-definitions-bookworm.xml.bz2"]),
            (
                "Red Hat",
                &["enterprise_linux:9::baseos", "enterprise_linux:9"],
                "redhat-oval",
                &["rhel-9-including-unpatched.oval.xml.bz2"],
            ),
            (
                "SUSE",
                &["Linux Enterprise Server 15 SP5", "Package Hub 15 SP5"],
                "suse-oval",
                &["suse.linux.enterprise.15-affected.xml.gz"],
            ),
            ("EPEL", &["9"], "fedora-bodhi", &["bodhi-epel-9.tar.zst"]),
            ("Amazon Linux", &["2022"], "amazon-alas", &["al2022-core-updateinfo.xml.gz"]),
            ("Azure Linux", &["3"], "azurelinux-oval", &["azurelinux-3.0-oval.xml"]),
            ("Photon OS", &["5.0"], "photon", &["cve_data_photon5.0.json"]),
            ("npm", &[], "suse-csaf", &[]),
        ] {
            let releases = releases.iter().map(|&release| release.to_owned()).collect();
            let feed = FEEDS.iter().find(|known| known.id == feed).unwrap();
            let wanted = feed.origins.iter().filter(|origin| origin.speaks_of(family, &releases));
            let files: Vec<_> =
                wanted.map(|origin| origin.file.rsplit('/').next().unwrap()).collect();
            assert_eq!(files, expected, "{family}");
        }
    }

    #[test]
    fn documents_are_known_by_their_content() {
        for (document, feed) in [
            (r#"{"id": "X-1", "modified": "2024-01-01T00:00:00Z", "affected": []}"#, Some("osv")),
            (r#"[{"id": "X-1", "affected": []}, {"id": "X-2"}]"#, Some("osv")),
            (r#"{"distroversion": "v3.18", "packages": []}"#, Some("alpine-secdb")),
            (r#"{"affectedProducts": ["Rocky Linux 8"], "rpms": {}}"#, Some("rocky-errata")),
            (r#"{"advisories": [{"name": "Another Linux"}]}"#, None),
            (r#"{"updates": [{"alias": "FEDORA-2025-1"}]}"#, Some("fedora-bodhi")),
            (r#"{"data": [{"id": "ALSA-2024:1"}]}"#, Some("almalinux-errata")),
            (r#"{"ID": "ALAS2-2018-1", "Pkglist": {}}"#, Some("amazon-alas")),
            ("<updates><update><id>ALAS-2011-1</id>", Some("amazon-alas")),
            ("<updates><update><id>ALSA-2024:1</id>", Some("almalinux-updateinfo")),
            ("<updates><update><id>BRSA-1</id>", Some("bottlerocket")),
            ("<updates><update><id>FEDORA-2025-1</id>", Some("fedora-updateinfo")),
            ("<updates><update><id>RLSA-2024:1</id>", Some("rocky-updateinfo")),
            ("<updates><update><id>ELSA-2024-1</id>", Some("updateinfo")),
            ("<repomd><data type='updateinfo'/></repomd>", None),
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
