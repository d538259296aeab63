//! os-release to distribution: what advisories call it, and which of their releases judge its packages.
//!
//! Family and release names are those of OSV ("Defined Ecosystems" of the OSV schema, and the ecosystems that the vendors' own OSV
//! records carry). A distribution without an OSV ecosystem has the name that its vendor writes.

mod releases;

use std::collections::BTreeMap;

use plimsoll_core::{Distro, Family};
use releases::OsRelease;

/// A distribution that this version knows.
pub struct KnownDistro {
    /// os-release `ID`s, in lower case; the comparison ignores case.
    pub ids: &'static [&'static str],
    /// What advisories call it.
    pub family: &'static str,
    /// For `docs/supported.md`: how its releases are named, by an example.
    pub example: &'static str,
    /// The releases that judge an image with this os-release; empty where it does not say which.
    releases: fn(&OsRelease<'_>) -> Vec<String>,
}

/// Every known distribution, in the order of families. To add one: its line here.
#[rustfmt::skip]
pub static DISTROS: &[KnownDistro] = &[
    KnownDistro { ids: &["alinux"], family: "Alibaba Cloud Linux", example: "3", releases: releases::major },
    KnownDistro { ids: &["almalinux"], family: "AlmaLinux", example: "9", releases: releases::major },
    KnownDistro { ids: &["alpaquita"], family: "Alpaquita", example: "23", releases: releases::alpaquita },
    KnownDistro { ids: &["alpine"], family: "Alpine", example: "v3.18", releases: releases::alpine },
    KnownDistro { ids: &["altlinux"], family: "ALT Linux", example: "p10", releases: releases::whole },
    KnownDistro { ids: &["amzn"], family: "Amazon Linux", example: "2023", releases: releases::amazon },
    KnownDistro { ids: &["anolis"], family: "Anolis OS", example: "8", releases: releases::major },
    KnownDistro { ids: &["arch"], family: "Arch Linux", example: "", releases: releases::rolling },
    KnownDistro { ids: &["azurelinux", "mariner"], family: "Azure Linux", example: "3", releases: releases::major },
    KnownDistro { ids: &["bottlerocket"], family: "Bottlerocket", example: "", releases: releases::rolling },
    KnownDistro { ids: &["chainguard"], family: "Chainguard", example: "", releases: releases::rolling },
    KnownDistro { ids: &["debian"], family: "Debian", example: "12", releases: releases::debian },
    KnownDistro { ids: &["echo"], family: "Echo", example: "", releases: releases::rolling },
    KnownDistro { ids: &["fedora", "fedora-modular"], family: "Fedora", example: "41", releases: releases::major },
    KnownDistro { ids: &["gentoo"], family: "Gentoo", example: "", releases: releases::rolling },
    KnownDistro { ids: &["kylin"], family: "Kylin", example: "V10", releases: releases::whole },
    KnownDistro { ids: &["mageia"], family: "Mageia", example: "9", releases: releases::major },
    KnownDistro { ids: &["minimos"], family: "MinimOS", example: "", releases: releases::rolling },
    KnownDistro { ids: &["openeuler"], family: "openEuler", example: "24.03-LTS-SP1", releases: releases::openeuler },
    KnownDistro { ids: &["opensuse-leap", "opensuse"], family: "openSUSE", example: "Leap 15.6", releases: releases::leap },
    KnownDistro { ids: &["opensuse-leap-micro"], family: "openSUSE", example: "Leap Micro 5.5", releases: releases::leap_micro },
    KnownDistro {
        ids: &["opensuse-tumbleweed", "opensuse-microos"],
        family: "openSUSE",
        example: "Tumbleweed",
        releases: releases::tumbleweed,
    },
    KnownDistro { ids: &["ol"], family: "Oracle Linux", example: "9", releases: releases::major },
    KnownDistro { ids: &["photon"], family: "Photon OS", example: "5.0", releases: releases::whole },
    // CentOS and CentOS Stream publish no advisories of their own: Red Hat's judge them. A rebuild whose release carries `.centos`
    // may order a little differently from the rpm that Red Hat names.
    KnownDistro { ids: &["rhel", "centos"], family: "Red Hat", example: "enterprise_linux:9::baseos", releases: releases::red_hat },
    KnownDistro { ids: &["rocky"], family: "Rocky Linux", example: "9", releases: releases::major },
    KnownDistro { ids: &["secureos"], family: "SecureOS", example: "", releases: releases::rolling },
    KnownDistro {
        ids: &["sles", "sles_sap", "sled", "sle_hpc"],
        family: "SUSE",
        example: "Linux Enterprise Server 12 SP5",
        releases: releases::suse_enterprise,
    },
    KnownDistro {
        ids: &["sle-micro", "sl-micro", "sle-micro-rancher", "suse-microos"],
        family: "SUSE",
        example: "Linux Enterprise Micro 5.5",
        releases: releases::suse_micro,
    },
    KnownDistro { ids: &["ubuntu"], family: "Ubuntu", example: "22.04:LTS", releases: releases::ubuntu },
    KnownDistro { ids: &["wolfi"], family: "Wolfi", example: "", releases: releases::rolling },
];

/// The distribution that an os-release describes.
///
/// A distribution that is not in [`DISTROS`] has no family, and a known one that does not say its release has no releases: in both
/// cases nothing is judged, and coverage says so. A rolling distribution has the one release that its advisories know, which has no
/// name: the empty text.
///
/// `repositories` are those that the image names: they tell which of a release's streams it has.
#[must_use]
pub fn distro(os_release: &BTreeMap<String, String>, repositories: &[String]) -> Distro {
    let read = OsRelease { pairs: os_release, repositories };
    let known =
        DISTROS.iter().find(|known| known.ids.iter().any(|id| id.eq_ignore_ascii_case(read.id())));
    Distro {
        id: read.id().to_owned(),
        id_like: read.get("ID_LIKE").split_whitespace().map(str::to_owned).collect(),
        version_id: read.version_id().to_owned(),
        pretty_name: pretty_name(&read),
        codename: non_empty(read.get("VERSION_CODENAME")),
        cpe: non_empty(read.get("CPE_NAME")),
        family: known.map(|known| Family(known.family.to_owned())),
        releases: known.map(|known| (known.releases)(&read)).unwrap_or_default(),
    }
}

/// `PRETTY_NAME`, else `NAME` (or `ID`) with `VERSION` (or `VERSION_ID`).
fn pretty_name(read: &OsRelease<'_>) -> String {
    let first = |names: [&str; 2]| {
        names.into_iter().map(|name| read.get(name)).find(|value| !value.is_empty())
    };
    if let Some(name) = non_empty(read.get("PRETTY_NAME")) {
        return name;
    }
    let name = first(["NAME", "ID"]).unwrap_or(read.id());
    match first(["VERSION", "VERSION_ID"]) {
        Some(version) => format!("{name} {version}"),
        None => name.to_owned(),
    }
}

fn non_empty(text: &str) -> Option<String> {
    Some(text.to_owned()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The distribution of an os-release of `KEY=value` words.
    fn distro_of(pairs: &[(&str, &str)]) -> Distro {
        let pairs = pairs.iter().map(|&(key, value)| (key.to_owned(), value.to_owned()));
        distro(&pairs.collect(), &[])
    }

    const RED_HAT_8: &str = "enterprise_linux:8::baseos|enterprise_linux:8::appstream|\
        enterprise_linux:8::crb|enterprise_linux:8::highavailability|enterprise_linux:8::nfv|\
        enterprise_linux:8::realtime|enterprise_linux:8::resilientstorage|\
        enterprise_linux:8::supplementary|enterprise_linux:8";

    /// Family and releases, joined with `|`.
    fn judged_by(id: &str, version_id: &str) -> (Option<String>, String) {
        let distro = distro_of(&[("ID", id), ("VERSION_ID", version_id)]);
        (distro.family.map(|family| family.0), distro.releases.join("|"))
    }

    #[test]
    fn every_family_has_the_names_that_its_advisories_use() {
        for (id, version_id, family, releases) in [
            ("debian", "12", "Debian", "12"),
            ("debian", "12.5", "Debian", "12"),
            ("ubuntu", "22.04", "Ubuntu", "22.04:LTS"),
            ("ubuntu", "23.10", "Ubuntu", "23.10"),
            ("ubuntu", "25.04", "Ubuntu", "25.04"),
            ("alpine", "3.18.12", "Alpine", "v3.18"),
            ("alpine", "3.9", "Alpine", "v3.9"),
            ("alpine", "3.22.0_alpha20250108", "Alpine", "edge"),
            ("wolfi", "20230201", "Wolfi", ""),
            ("chainguard", "20230214", "Chainguard", ""),
            ("almalinux", "9.4", "AlmaLinux", "9"),
            ("rocky", "8.9", "Rocky Linux", "8"),
            ("ol", "8.9", "Oracle Linux", "8"),
            ("altlinux", "p10", "ALT Linux", "p10"),
            ("amzn", "2", "Amazon Linux", "2"),
            ("amzn", "2023", "Amazon Linux", "2023"),
            ("amzn", "2018.03", "Amazon Linux", "1"),
            ("fedora", "41", "Fedora", "41"),
            ("fedora-modular", "26", "Fedora", "26"),
            ("photon", "5.0", "Photon OS", "5.0"),
            ("mariner", "2.0", "Azure Linux", "2"),
            ("azurelinux", "3.0", "Azure Linux", "3"),
            ("openEuler", "24.03", "openEuler", "24.03"),
            ("anolis", "8.8", "Anolis OS", "8"),
            ("kylin", "V10", "Kylin", "V10"),
            ("alinux", "3", "Alibaba Cloud Linux", "3"),
            ("amzn", "2022", "Amazon Linux", "2022"),
            ("centos", "8", "Red Hat", RED_HAT_8),
            ("gentoo", "2.14", "Gentoo", ""),
            ("arch", "", "Arch Linux", ""),
            ("bottlerocket", "1.20.0", "Bottlerocket", ""),
            ("minimos", "20240101", "MinimOS", ""),
            ("echo", "1", "Echo", ""),
            ("opensuse", "13.2", "openSUSE", "13.2"),
            ("opensuse-leap", "15.6", "openSUSE", "Leap 15.6|Leap 15.6 NonFree"),
            ("opensuse-tumbleweed", "20250101", "openSUSE", "Tumbleweed"),
            ("opensuse-leap-micro", "5.5", "openSUSE", "Leap Micro 5.5"),
            ("sle-micro", "5.3", "SUSE", "Linux Enterprise Micro 5.3"),
            ("sle-micro-rancher", "5.4", "SUSE", "Linux Enterprise Micro 5.4"),
            ("sl-micro", "6.0", "SUSE", "Linux Micro 6.0"),
        ] {
            let expected = (Some(family.to_owned()), releases.to_owned());
            assert_eq!(judged_by(id, version_id), expected, "{id} {version_id}");
        }
    }

    #[test]
    fn ubuntus_extended_maintenance_counts_only_where_its_repositories_are_enabled() {
        let pairs = [("ID", "ubuntu"), ("VERSION_ID", "18.04")];
        let pairs: BTreeMap<_, _> =
            pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
        let archive = "http://archive.ubuntu.com/ubuntu bionic main".to_owned();
        let esm = "https://esm.ubuntu.com/infra/ubuntu bionic-infra-security main".to_owned();
        assert_eq!(distro(&pairs, std::slice::from_ref(&archive)).releases, ["18.04:LTS"]);
        assert_eq!(distro(&pairs, &[archive, esm]).releases, ["18.04:LTS", "Pro:18.04:LTS"]);
    }

    #[test]
    fn an_unknown_distribution_has_no_family() {
        let distro =
            distro_of(&[("ID", "plan9"), ("ID_LIKE", "debian ubuntu"), ("VERSION_ID", "4")]);
        assert_eq!(distro.family, None);
        assert!(distro.releases.is_empty());
        assert_eq!(distro.id_like, ["debian", "ubuntu"]);
        assert_eq!(distro.pretty_name, "plan9 4");
        assert_eq!(distro_of(&[]).id, "linux", "as os-release(5) says of a missing ID");
    }

    #[test]
    fn a_known_distribution_without_a_version_has_no_release() {
        for known in DISTROS {
            let releases = judged_by(known.ids[0], "").1;
            let rolls = known.example.is_empty() || known.example == "Tumbleweed";
            assert!(releases.is_empty() || rolls, "{}: {releases}", known.family);
        }
        assert_eq!(distro_of(&[("ID", "arch")]).releases, [""], "rolling: the one without a name");
        assert!(distro_of(&[("ID", "debian")]).releases.is_empty());
    }

    #[test]
    fn debian_before_its_release_is_known_by_its_codename() {
        for (codename, release) in [("trixie", "13"), ("forky", "14"), ("bookworm", "12")] {
            let distro = distro_of(&[("ID", "debian"), ("VERSION_CODENAME", codename)]);
            assert_eq!(distro.releases, [release]);
        }
        let pretty = distro_of(&[("ID", "debian"), ("PRETTY_NAME", "Debian GNU/Linux trixie/sid")]);
        assert_eq!(pretty.releases, ["13"]);
        let unknown = distro_of(&[("ID", "debian"), ("VERSION_CODENAME", "sid")]);
        assert!(unknown.releases.is_empty());
    }

    #[test]
    fn alpine_edge_is_no_numbered_release() {
        let edge =
            [("ID", "alpine"), ("VERSION_ID", "3.19.0"), ("PRETTY_NAME", "Alpine Linux edge")];
        assert_eq!(distro_of(&edge).releases, ["edge"]);
    }

    #[test]
    fn openeuler_service_packs_stand_in_the_version_only() {
        for (version, release) in
            [("24.03 (LTS-SP1)", "24.03-LTS-SP1"), ("20.03 (LTS)", "20.03-LTS"), ("23.09", "23.09")]
        {
            let number = version.split(' ').next().unwrap_or_default();
            let pairs = [("ID", "openEuler"), ("VERSION_ID", number), ("VERSION", version)];
            assert_eq!(distro_of(&pairs).releases, [release]);
        }
    }

    #[test]
    fn matching_any_of_red_hats_cpes_gives_thousands_of_false_rows() {
        let (family, seven) = judged_by("centos", "7");
        assert_eq!(family.as_deref(), Some("Red Hat"));
        let parts = "enterprise_linux:7::server|enterprise_linux:7::client|\
            enterprise_linux:7::workstation|enterprise_linux:7::computenode|enterprise_linux:7";
        assert_eq!(seven, parts);
        let nine = distro_of(&[("ID", "rhel"), ("VERSION_ID", "9.4")]).releases;
        for part in ["baseos", "appstream", "crb"] {
            assert!(nine.contains(&format!("enterprise_linux:9::{part}")), "{part}");
        }
        assert!(nine.iter().all(|release| release.starts_with("enterprise_linux:9")), "{nine:?}");
        let ten = distro_of(&[("ID", "rhel"), ("VERSION_ID", "10.1")]).releases;
        assert!(ten.contains(&"enterprise_linux:10.1".to_owned()), "{ten:?}");
        assert!(ten.contains(&"enterprise_linux:10::appstream".to_owned()), "{ten:?}");
    }

    #[test]
    fn suse_spreads_a_release_over_its_modules() {
        let (family, twelve) = judged_by("sles", "12.4");
        assert_eq!(family.as_deref(), Some("SUSE"));
        let parts: Vec<_> = twelve.split('|').collect();
        assert!(parts.contains(&"Linux Enterprise Server 12 SP4"));
        assert!(parts.contains(&"Linux Enterprise Software Development Kit 12 SP4"));
        assert!(parts.contains(&"Linux Enterprise Module for Web and Scripting 12"));
        assert!(parts.iter().all(|part| !part.contains("LTSS")), "{twelve}");
        let (_, fifteen) = judged_by("sles", "15");
        assert!(fifteen.split('|').any(|part| part == "Linux Enterprise Module for Basesystem 15"));
        let (_, fifth) = judged_by("sles", "15.5");
        assert!(
            fifth.split('|').any(|part| part == "Linux Enterprise Module for Basesystem 15 SP5")
        );
        let (_, desktop) = judged_by("sled", "12.3");
        assert!(desktop.split('|').any(|part| part == "Linux Enterprise Desktop 12 SP3"));
        let (_, sixteen) = judged_by("sles", "16.0");
        assert_eq!(sixteen, "Linux Enterprise Server 16.0");
    }

    #[test]
    fn no_id_stands_twice_and_the_list_is_in_order() {
        let ids: Vec<_> = DISTROS.iter().flat_map(|known| known.ids).collect();
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
        let families = DISTROS.iter().map(|known| known.family.to_ascii_lowercase());
        assert!(families.is_sorted(), "in the order of families");
    }
}
