//! Which of several feeds is nearest to who makes a distribution's packages.

/// The feeds that speak for each family's vendor, the nearest first: a statement for every release before an erratum, and what the vendor
/// publishes before what others made of it.
const NEAREST: &[(&str, &[&str])] = &[
    ("Alibaba Cloud Linux", &["alinux-csaf", "alinux-oval"]),
    ("AlmaLinux", &["almalinux-errata", "almalinux-updateinfo", "osv", "almalinux-oval"]),
    ("Alpine", &["alpine-security", "alpine-secdb", "osv"]),
    ("Amazon Linux", &["amazon-alas"]),
    ("Anolis OS", &["anolis-oval"]),
    ("Azure Linux", &["azurelinux-oval", "osv"]),
    ("Chainguard", &["chainguard-secdb", "osv"]),
    ("Debian", &["debian-tracker", "debian-cve-list", "debian-advisories", "osv", "debian-oval"]),
    ("Fedora", &["fedora-bodhi", "fedora-updateinfo"]),
    ("MinimOS", &["minimos-secdb", "osv"]),
    ("Oracle Linux", &["oracle-oval"]),
    ("Photon OS", &["photon", "photon-oval"]),
    ("Red Hat", &["redhat-vex", "redhat-cve", "redhat-csaf", "osv", "redhat-oval", "redhat-cvrf"]),
    ("Rocky Linux", &["rocky-errata", "rocky-updateinfo", "osv"]),
    ("SUSE", &["suse-csaf-vex", "suse-csaf", "osv", "suse-oval", "suse-cvrf"]),
    ("Ubuntu", &["ubuntu-cve-tracker", "ubuntu-vex", "osv", "ubuntu-usn", "ubuntu-oval"]),
    ("Wolfi", &["wolfi-secdb", "osv"]),
    ("openEuler", &["openeuler-csaf", "osv", "openeuler-cvrf"]),
    ("openSUSE", &["suse-csaf-vex", "suse-csaf", "osv", "suse-oval", "suse-cvrf"]),
];

/// How far a feed is from the vendor of a family's packages: 0 is the nearest. `None` for a feed that does not speak for the vendor, and
/// in a family that has none: a language.
#[must_use]
pub fn distance_from_vendor(family: &str, feed: &str) -> Option<usize> {
    let (_, feeds) = NEAREST.iter().find(|(known, _)| *known == family)?;
    feeds.iter().position(|near| *near == feed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_stand_in_order_and_are_known() {
        assert!(NEAREST.is_sorted_by(|one, other| one.0 < other.0));
        for (family, _) in NEAREST {
            assert!(crate::advisory_family(family).is_some(), "{family}");
        }
    }

    #[test]
    fn the_vendors_own_word_is_nearer_than_what_others_made_of_it() {
        assert!(
            distance_from_vendor("Debian", "debian-tracker")
                < distance_from_vendor("Debian", "osv")
        );
        assert_eq!(distance_from_vendor("Debian", "ghsa"), None);
        assert_eq!(distance_from_vendor("npm", "osv"), None);
    }
}
