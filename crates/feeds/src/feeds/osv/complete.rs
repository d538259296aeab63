//! What OSV's bulk files are complete for.

use crate::complete::{Complete, Releases};

pub(super) const COMPLETE: &[Complete] = &[
    // OSV's conversion of Alpine's database leaves the repository `community` out, so it is complete for nothing.
    osv("AlmaLinux", &["almalinux"], Releases::These(&["8", "9", "10"])),
    // Debian's older releases stand in the bulk file with DSA and DLA only, without what is unfixed.
    osv("Debian", &["debian"], Releases::These(&["11", "12", "13"])),
    osv("Rocky Linux", &["rocky", "rocky-linux", "rockylinux"], Releases::These(&["8", "9"])),
    // RHEL 10 is published as CSAF VEX only; the file holds none of it.
    osv(
        "Red Hat",
        &["redhat", "red-hat"],
        Releases::Beginning(&[
            "enterprise_linux:6::",
            "enterprise_linux:7::",
            "enterprise_linux:8::",
            "enterprise_linux:9::",
            "rhel_aus:",
            "rhel_e4s:",
            "rhel_els:",
            "rhel_eus:",
            "rhel_tus:",
        ]),
    ),
    osv("SUSE", &["suse"], Releases::Beginning(&["Linux Enterprise "])),
    osv("openSUSE", &["suse", "opensuse"], Releases::Beginning(&["Leap 15.", "Tumbleweed"])),
    osv("Bitnami", &["bitnami"], Releases::None),
    osv("CRAN", &["cran"], Releases::None),
    osv("Go", &["go"], Releases::None),
    osv("Hackage", &["hackage"], Releases::None),
    osv("Hex", &["hex"], Releases::None),
    osv("Julia", &["julia"], Releases::None),
    osv("Maven", &["maven"], Releases::None),
    osv("NuGet", &["nuget"], Releases::None),
    osv("Packagist", &["packagist"], Releases::None),
    osv("Pub", &["pub"], Releases::None),
    osv("PyPI", &["pypi"], Releases::None),
    osv("RubyGems", &["rubygems"], Releases::None),
    osv("SwiftURL", &["swifturl"], Releases::None),
    osv("crates.io", &["crates.io"], Releases::None),
    osv("npm", &["npm"], Releases::None),
];

const fn osv(family: &'static str, names: &'static [&'static str], releases: Releases) -> Complete {
    Complete { names, family, releases }
}
