//! Flavours of a package that Oracle builds beside the usual one. They have the same names and other epochs, so that their versions order
//! wrongly against the usual ones: an advisory for one flavour says nothing of another (linux.oracle.com, "Oracle Ksplice" and the FIPS
//! repositories).

use plimsoll_advisory::{EndRef, EntryDetail};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavour {
    Usual,
    /// Patched while it runs: `2.17-326.0.1.ksplice1.el7_9`.
    Ksplice,
    /// Validated: `10:3.6.16-4.el8_fips`.
    Fips,
}

impl Flavour {
    pub(crate) fn of(version: &str) -> Self {
        let release = version.rsplit_once('-').map_or("", |(_, release)| release);
        if release.contains(".ksplice") {
            Self::Ksplice
        } else if release.contains("_fips") {
            Self::Fips
        } else {
            Self::Usual
        }
    }

    /// The flavour of the versions that an entry names.
    pub(crate) fn of_entry(detail: &EntryDetail<'_>) -> Self {
        let end = detail.intervals.iter().find_map(|interval| match interval.end {
            EndRef::Fixed(end) | EndRef::LastAffected(end) => Some(end),
            EndRef::Open => None,
        });
        end.map_or(Self::Usual, Self::of)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flavour_stands_in_the_release() {
        for (version, flavour) in [
            ("2:1.1.1g-15.ksplice1.el8_3", Flavour::Ksplice),
            ("2.17-106.0.1.ksplice1.el7_2.4", Flavour::Ksplice),
            ("10:3.6.16-4.0.1.el8_fips", Flavour::Fips),
            ("1:1.1.1k-12.el8_9", Flavour::Usual),
            ("1.0_fips-1", Flavour::Usual),
        ] {
            assert_eq!(Flavour::of(version), flavour, "{version}");
        }
    }
}
