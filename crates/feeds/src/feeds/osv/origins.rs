//! Where osv.dev publishes the records of each ecosystem (google.github.io/osv.dev/data).

use crate::feed::Origin;

macro_rules! bulk_files {
    ($($ecosystem:literal),* $(,)?) => {
        &[$(Origin {
            url: concat!("https://storage.googleapis.com/osv-vulnerabilities/", $ecosystem, "/all.zip"),
            file: concat!("osv/", $ecosystem, "/all.zip"),
            families: &[$ecosystem],
            ..Origin::BASE
        }),*]
    };
}

/// Every ecosystem of packages that are found in images, but those whose own databases say more: Alpine, Chainguard, Wolfi, MinimOS.
pub(super) const ORIGINS: &[Origin] = bulk_files![
    "AlmaLinux",
    "Alpaquita",
    "BellSoft Hardened Containers",
    "Bioconductor",
    "Bitnami",
    "CRAN",
    "ConanCenter",
    "Debian",
    "Echo",
    "GitHub Actions",
    "Go",
    "Hackage",
    "Hex",
    "Julia",
    "Mageia",
    "Maven",
    "NuGet",
    "Packagist",
    "Pub",
    "PyPI",
    "Red Hat",
    "Rocky Linux",
    "RubyGems",
    "SUSE",
    "SwiftURL",
    "Ubuntu",
    "VSCode",
    "crates.io",
    "npm",
    "opam",
    "openEuler",
    "openSUSE",
];

#[cfg(test)]
mod tests {
    use plimsoll_advisory::advisory_family;

    use super::*;
    use crate::feed::OriginKind;

    #[test]
    fn every_bulk_file_is_of_a_family_that_is_known() {
        for origin in ORIGINS {
            let is_known = |family: &&str| advisory_family(family).is_some();
            assert!(origin.families.iter().all(is_known), "{:?}", origin.families);
            assert_eq!(origin.kind(), OriginKind::OsvBulk);
        }
    }
}
