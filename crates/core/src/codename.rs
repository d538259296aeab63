//! The codenames under which Debian and Ubuntu publish, and what advisories call these releases.

/// Debian's codenames and release numbers (debian.org/releases). Since `etch` the number before the dot names the release.
const DEBIAN: &[(&str, &str)] = &[
    ("woody", "3.0"),
    ("sarge", "3.1"),
    ("etch", "4"),
    ("lenny", "5"),
    ("squeeze", "6"),
    ("wheezy", "7"),
    ("jessie", "8"),
    ("stretch", "9"),
    ("buster", "10"),
    ("bullseye", "11"),
    ("bookworm", "12"),
    ("trixie", "13"),
    ("forky", "14"),
    ("duke", "15"),
];

/// Ubuntu's codenames and release numbers (wiki.ubuntu.com/Releases), with OSV's mark of the long-term ones: those of April in even
/// years.
const UBUNTU: &[(&str, &str)] = &[
    ("warty", "4.10"),
    ("hoary", "5.04"),
    ("breezy", "5.10"),
    ("dapper", "6.06"),
    ("edgy", "6.10"),
    ("feisty", "7.04"),
    ("gutsy", "7.10"),
    ("hardy", "8.04:LTS"),
    ("intrepid", "8.10"),
    ("jaunty", "9.04"),
    ("karmic", "9.10"),
    ("lucid", "10.04:LTS"),
    ("maverick", "10.10"),
    ("natty", "11.04"),
    ("oneiric", "11.10"),
    ("precise", "12.04:LTS"),
    ("quantal", "12.10"),
    ("raring", "13.04"),
    ("saucy", "13.10"),
    ("trusty", "14.04:LTS"),
    ("utopic", "14.10"),
    ("vivid", "15.04"),
    ("wily", "15.10"),
    ("xenial", "16.04:LTS"),
    ("yakkety", "16.10"),
    ("zesty", "17.04"),
    ("artful", "17.10"),
    ("bionic", "18.04:LTS"),
    ("cosmic", "18.10"),
    ("disco", "19.04"),
    ("eoan", "19.10"),
    ("focal", "20.04:LTS"),
    ("groovy", "20.10"),
    ("hirsute", "21.04"),
    ("impish", "21.10"),
    ("jammy", "22.04:LTS"),
    ("kinetic", "22.10"),
    ("lunar", "23.04"),
    ("mantic", "23.10"),
    ("noble", "24.04:LTS"),
    ("oracular", "24.10"),
    ("plucky", "25.04"),
    ("questing", "25.10"),
    ("resolute", "26.04:LTS"),
];

/// `12` of `bookworm`. Unstable (`sid`) has no number.
#[must_use]
pub fn debian_release(codename: &str) -> Option<&'static str> {
    of(DEBIAN, codename)
}

/// `22.04:LTS` of `jammy`.
#[must_use]
pub fn ubuntu_release(codename: &str) -> Option<&'static str> {
    of(UBUNTU, codename)
}

fn of(table: &'static [(&str, &'static str)], codename: &str) -> Option<&'static str> {
    table.iter().find(|(own, _)| *own == codename).map(|&(_, release)| release)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codenames_name_releases_as_advisories_do() {
        for (codename, debian, ubuntu) in [
            ("bookworm", Some("12"), None),
            ("forky", Some("14"), None),
            ("sid", None, None),
            ("jammy", None, Some("22.04:LTS")),
            ("dapper", None, Some("6.06")),
            ("mantic", None, Some("23.10")),
            ("", None, None),
        ] {
            assert_eq!(debian_release(codename), debian, "{codename}");
            assert_eq!(ubuntu_release(codename), ubuntu, "{codename}");
        }
    }

    #[test]
    fn a_release_is_long_term_in_april_of_even_years() {
        for (codename, release) in UBUNTU {
            let number = release.strip_suffix(":LTS").unwrap_or(release);
            let (year, month) = number.split_once('.').unwrap();
            let is_long_term = year.parse::<u8>().unwrap() % 2 == 0 && month == "04";
            assert_eq!(release.ends_with(":LTS"), is_long_term, "{codename}");
        }
    }
}
