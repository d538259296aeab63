//! Documents that do not say what they are of: the path says it, where the operator has named a directory or a file so.

use plimsoll_advisory::advisory_family;

use crate::input::stem;

/// Family and release of a document whose path has a part that is called `FAMILY:RELEASE`, such as
/// `extra/Rocky Linux:9/updateinfo.xml.gz` or `Amazon Linux:2023.xml`. The last such part counts, and only a family that is known
/// makes one: names of advisories have colons too.
pub(crate) fn named_by_path(path: &str) -> Option<(&'static str, &str)> {
    path.rsplit('/').find_map(|part| {
        let part = stem(part.strip_suffix('!').unwrap_or(part));
        let (family, release) = part.split_once(':')?;
        advisory_family(family).map(|known| (known.name, release))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_the_path_names_family_and_release() {
        for (path, named) in [
            ("extra/Rocky Linux:9/updateinfo.xml.gz", Some(("Rocky Linux", "9"))),
            ("Rocky Linux:9.xml.gz", Some(("Rocky Linux", "9"))),
            ("Debian:12.tar.zst!/a/Packages", Some(("Debian", "12"))),
            ("Debian:12/Debian:13/Packages.gz", Some(("Debian", "13"))),
            ("Photon OS:5.0/updateinfo.xml", Some(("Photon OS", "5.0"))),
            ("Alpine:v3.18/main.json", Some(("Alpine", "v3.18"))),
            (
                "Red Hat:enterprise_linux:9::baseos/x.xml",
                Some(("Red Hat", "enterprise_linux:9::baseos")),
            ),
            ("Wolfi:/security.json", Some(("Wolfi", ""))),
            ("almalinux9/ALSA-2024:2433.json", None),
            ("Rocky Linux/9/updateinfo.xml", None),
            ("updateinfo.xml", None),
            ("", None),
        ] {
            assert_eq!(named_by_path(path), named, "{path}");
        }
    }
}
