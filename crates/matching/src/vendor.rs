//! Whose package it is. What a third party's repository offers under the name of a distribution's package is not the distribution's: its
//! version was built from other sources, and the distribution's advisories say nothing of it.
//!
//! rpm records the vendor of each package (rpm tags, `VENDOR`). dpkg records only a maintainer, who in Debian and Ubuntu may be anybody;
//! so there the known third parties are told by their own address or by the mark that their build leaves in the version. What states
//! nothing is taken for the distribution's.

use plimsoll_core::{Distro, Package, PackageType};

/// The vendors of each rpm family's own packages: parts of the `VENDOR` tag, in lower case.
const RPM_VENDORS: &[(&str, &[&str])] = &[
    ("Alibaba Cloud Linux", &["alibaba", "alicloud", "anolis"]),
    ("AlmaLinux", &["almalinux"]),
    ("Amazon Linux", &["amazon"]),
    ("Anolis OS", &["anolis"]),
    ("Azure Linux", &["microsoft"]),
    ("Bottlerocket", &["bottlerocket", "amazon"]),
    ("Fedora", &["fedora project"]),
    ("Kylin", &["kylin"]),
    ("Mageia", &["mageia"]),
    ("Oracle Linux", &["oracle"]),
    ("Photon OS", &["vmware", "broadcom", "photon"]),
    // CentOS rebuilt Red Hat's packages, and Red Hat's advisories judge it.
    ("Red Hat", &["red hat", "centos"]),
    ("Rocky Linux", &["rocky"]),
    ("SUSE", &["suse"]),
    ("openEuler", &["openeuler"]),
    ("openSUSE", &["suse"]),
];

/// Maintainers of repositories beside Debian and Ubuntu: hosts of the `Maintainer` field, in lower case. Sorted.
const DEB_MAINTAINERS: &[&str] = &[
    "confluent.io",
    "datadoghq.com",
    "docker.com",
    "elastic.co",
    "erlang-solutions.com",
    "f5.com",
    "gitlab.com",
    "grafana.com",
    "hashicorp.com",
    "influxdata.com",
    "lists.mariadb.org",
    "microsoft.com",
    "mongodb.com",
    "mysql.com",
    "newrelic.com",
    "nginx.com",
    "nginx.org",
    "nodesource.com",
    "nvidia.com",
    "oss.oracle.com",
    "percona.com",
    "puppet.com",
    "rabbitmq.com",
    "redis.com",
    "redis.io",
    "timescale.com",
    "varnish-software.com",
];

/// What builds beside Debian and Ubuntu leave in a version: PostgreSQL's, NodeSource's and Ondřej Surý's repositories, MariaDB's,
/// personal archives on Launchpad.
const DEB_MARKS: &[&str] = &[".pgdg", "nodesource", "deb.sury.org", "+maria~", "~ppa"];

/// The form of the versions that Ondřej Surý's repository has by now: `8.2.1-1+0~20230101.1+debian12~1.gbp1a2b3c`, after the day of the
/// build and the commit that it was made of. His maintainer is Debian's own team, of which he is one.
fn is_surys(version: &str) -> bool {
    version.split_once("+0~").is_some_and(|(_, build)| {
        let (day, rest) = build.split_once('.').unwrap_or((build, ""));
        let is_day = day.len() == 8 && day.bytes().all(|byte| byte.is_ascii_digit());
        is_day && ["+debian", "+ubuntu"].iter().any(|system| rest.contains(system))
    })
}

/// `3.0.9-1+rpt1`, `1:9.2p1-2+rpi1+deb12u3`: what Raspberry Pi and Raspbian built anew, with the maintainer that Debian's package has.
fn is_raspberry_pis(version: &str) -> bool {
    let behind = |mark: &str| version.split_once(mark).map(|(_, behind)| behind);
    let is_numbered = |behind: &str| behind.starts_with(|next: char| next.is_ascii_digit());
    ["+rpt", "+rpi", "~rpt", "~rpi"].into_iter().filter_map(behind).any(is_numbered)
}

/// The third party whose package it is, as the package names it; `None` for the distribution's own.
pub(crate) fn third_party<'p>(package: &'p Package, family: &str) -> Option<&'p str> {
    let vendor = package.vendor.as_deref().map(str::trim).filter(|vendor| !vendor.is_empty());
    match package.id.kind {
        PackageType::Rpm => {
            let (_, own) = RPM_VENDORS.iter().find(|(known, _)| *known == family)?;
            let vendor = vendor.filter(|vendor| *vendor != "(none)")?;
            let stated = vendor.to_lowercase();
            // A project of anybody on SUSE's build service.
            let is_personal = stated.starts_with("obs://");
            (is_personal || !own.iter().any(|own| stated.contains(own))).then_some(vendor)
        }
        PackageType::Deb => {
            let version = package.id.version.as_str();
            if is_surys(version) {
                return Some("packages.sury.org");
            }
            if is_raspberry_pis(version) {
                return Some("archive.raspberrypi.org");
            }
            if DEB_MARKS.iter().any(|mark| version.contains(mark)) {
                return Some(vendor.unwrap_or(version));
            }
            let stated = vendor?.to_lowercase();
            let mut hosts = stated.split('@').skip(1).filter_map(|behind| {
                behind.split(|c: char| !(c.is_ascii_alphanumeric() || ".-".contains(c))).next()
            });
            let is_third = |host: &str| DEB_MAINTAINERS.binary_search(&host).is_ok();
            hosts.any(is_third).then_some(vendor?)
        }
        _ => None,
    }
}

/// The family of Fedora's packages for Red Hat Enterprise Linux and what is built of its sources (docs.fedoraproject.org, EPEL).
pub(crate) const EPEL: &str = "EPEL";
/// The families that EPEL builds for.
const WITH_EPEL: &[&str] = &["AlmaLinux", "Oracle Linux", "Red Hat", "Rocky Linux"];

/// The release of EPEL that a package on that distribution is of: the major number, which the package's own release names too, such as
/// `3.el9` and `1.el10_1`. `None` where it is not EPEL's.
pub(crate) fn epel_release(package: &Package, distro: &Distro) -> Option<String> {
    let is_by_fedora =
        package.vendor.as_deref().is_some_and(|vendor| vendor.trim() == "Fedora Project");
    let takes_epel = distro.family.as_ref().is_some_and(|family| WITH_EPEL.contains(&&*family.0));
    if package.id.kind != PackageType::Rpm || !is_by_fedora || !takes_epel {
        return None;
    }
    let major = distro.version_id.split('.').next().filter(|major| !major.is_empty())?;
    let (_, release) = package.id.version.rsplit_once('-')?;
    let mut built_for = release.split(['.', '+']).filter_map(|part| part.strip_prefix("el"));
    let is_of_major = |part: &str| part.split('_').next() == Some(major);
    built_for.any(is_of_major).then(|| major.to_owned())
}

#[cfg(test)]
mod tests {
    use plimsoll_core::PackageType::{Apk, Deb, Rpm};

    use super::*;
    use crate::testing::{distro, package};

    #[test]
    fn maintainers_are_sorted() {
        assert!(DEB_MAINTAINERS.is_sorted());
    }

    #[test]
    fn a_third_partys_package_is_not_the_distributions() {
        for (kind, family, version, vendor, is_third) in [
            (Rpm, "Red Hat", "1-1.el9", "Red Hat, Inc.", false),
            (Rpm, "Red Hat", "1-1.el7", "CentOS", false),
            (Rpm, "Red Hat", "1-1.el9", "Fedora Project", true),
            (Rpm, "Red Hat", "1-1.el9", "", false),
            (Rpm, "Red Hat", "1-1.el9", "(none)", false),
            (Rpm, "AlmaLinux", "1-1.el9", "AlmaLinux", false),
            (Rpm, "AlmaLinux", "1-1.el9", "Docker", true),
            (Rpm, "SUSE", "1-1", "SUSE LLC <https://www.suse.com/>", false),
            (Rpm, "openSUSE", "1-1", "openSUSE", false),
            (Rpm, "openSUSE", "1-1", "obs://build.opensuse.org/home:somebody", true),
            (Rpm, "Amazon Linux", "1-1.amzn2", "Amazon Linux", false),
            (Rpm, "a family of tomorrow", "1-1", "Somebody", false),
            (Deb, "Debian", "5.2-1", "Matthias Klose <doko@debian.org>", false),
            (Deb, "Debian", "5.2-1", "Jakub Wilk <jwilk@example.net>", false),
            (Deb, "Debian", "5.2-1", "", false),
            (Deb, "Debian", "1.25.3-1~bookworm", "NGINX Packaging <nginx-packaging@f5.com>", true),
            (
                Deb,
                "Debian",
                "15.5-1.pgdg120+1",
                "Debian PostgreSQL Maintainers <x@lists.debian.org>",
                true,
            ),
            (
                Deb,
                "Debian",
                "8.2.1-1+0~20230101.1+debian12~1.gbp123",
                "Debian PHP Maintainers <team+pkg-php@tracker.debian.org>",
                true,
            ),
            (Deb, "Debian", "1.2+0~20230101-1", "Somebody <a@debian.org>", false),
            (Deb, "Debian", "3.0.9-1+rpt1", "Somebody <a@debian.org>", true),
            (Deb, "Debian", "1:9.2p1-2+rpi1+deb12u3", "Somebody <a@debian.org>", true),
            (Deb, "Debian", "1.2+rpix-1", "Somebody <a@debian.org>", false),
            (Deb, "Debian", "20.10.0-1nodesource1", "Ivan <ivan@nodesource.com>", true),
            (Deb, "Ubuntu", "1:2.39-0ppa1~ubuntu22.04~ppa", "Somebody <a@example.org>", true),
            (Deb, "Debian", "1.2-1~bpo12+1", "Somebody <a@debian.org>", false),
            (Deb, "Debian", "5:27.0-1", "Docker <support@docker.com>", true),
            (Deb, "Debian", "1.2-1", "Somebody <a@docker.com.example.org>", false),
            (Deb, "Debian", "1.2-1", "a@debian.org, b@Docker.com", true),
            (Apk, "Alpine", "1.2-r0", "Docker <support@docker.com>", false),
        ] {
            let mut package = package(kind, "some", version);
            package.vendor = Some(vendor.to_owned());
            assert_eq!(
                third_party(&package, family).is_some(),
                is_third,
                "{family} {version} {vendor}"
            );
        }
        assert_eq!(third_party(&package(Rpm, "bash", "1-1"), "Red Hat"), None);
    }

    #[test]
    fn epel_is_fedoras_packages_for_the_major_release_of_the_image() {
        for (family, system, version, vendor, expected) in [
            ("Red Hat", "9.2", "1-3.el9", "Fedora Project", Some("9")),
            ("Rocky Linux", "9.2", "1:2.3-3.el9.1", "Fedora Project", Some("9")),
            ("AlmaLinux", "10.1", "1-1.el10_1", "Fedora Project", Some("10")),
            ("Oracle Linux", "8", "1-1.module_el8+12+ab", "Fedora Project", None),
            ("Red Hat", "9.2", "1-3.el8", "Fedora Project", None),
            ("Red Hat", "9.2", "1-3.el9", "Somebody of the Fedora Project", None),
            ("Red Hat", "9.2", "1-3.el9", "", None),
            ("Red Hat", "", "1-3.el9", "Fedora Project", None),
            ("Fedora", "40", "1-3.el9", "Fedora Project", None),
        ] {
            let mut package = package(Rpm, "some", version);
            package.vendor = Some(vendor.to_owned());
            let mut distro = distro(family, "any");
            distro.version_id = system.to_owned();
            let found = epel_release(&package, &distro);
            assert_eq!(found.as_deref(), expected, "{family} {system} {version} {vendor}");
        }
    }
}
