//! Package databases of another system in the image: of a chroot, of an unpacked root file system. Its packages are of its own
//! distribution and run, if at all, in its own root, so that the image's advisories say nothing of them: it is named as not read.

use plimsoll_core::{ImagePath, Problem, ProblemKind};

use super::embedded_sbom::lies_in_tests;
use crate::{Candidate, Extraction, Extractor, Pattern, Reads, WantedFile};

pub(crate) static NESTED_ROOT: Extractor = Extractor {
    id: "nested-root",
    summary: "Package databases of another system below a directory of the image: named as not read",
    patterns: PATTERNS,
    wants: |candidate: &Candidate<'_>| candidate.size > 0 && is_of_another(candidate.path),
    reads: Reads::Head(1),
    extract,
    ..Extractor::RECORD
};

const PATTERNS: &[Pattern] = &[
    Pattern::PathEnd("/lib/apk/db/installed"),
    Pattern::PathEnd("/usr/lib/sysimage/rpm/Packages.db"),
    Pattern::PathEnd("/usr/lib/sysimage/rpm/rpmdb.sqlite"),
    Pattern::PathEnd("/usr/share/rpm/rpmdb.sqlite"),
    Pattern::PathEnd("/var/lib/dpkg/status"),
    Pattern::PathEnd("/var/lib/pacman/local/ALPM_DB_VERSION"),
    Pattern::PathEnd("/var/lib/rpm/Packages"),
    Pattern::PathEnd("/var/lib/rpm/Packages.db"),
    Pattern::PathEnd("/var/lib/rpm/rpmdb.sqlite"),
];
/// What ends so and is the image's own.
const OWN: &str = "usr/lib/apk/db/installed";

/// Directories of which the image has its own record: of what Nix, OSTree and snaps keep side by side.
const KEPT: [&str; 4] = ["nix/store/", "ostree/", "snap/", "sysroot/ostree/"];

fn is_of_another(path: &ImagePath) -> bool {
    let text = path.as_str();
    text != OWN && !KEPT.iter().any(|directory| text.starts_with(directory)) && !lies_in_tests(path)
}

fn extract(file: &WantedFile<'_>) -> Extraction {
    if !is_of_another(file.path) {
        return Extraction::default();
    }
    let detail = "the package database of another root, whose packages are not listed";
    Extraction::failed(Problem::new(ProblemKind::Unsupported, detail))
}

#[cfg(test)]
mod tests {
    use plimsoll_core::Limits;

    use super::*;
    use crate::Matcher;

    fn problems(path: &str, content: &[u8]) -> usize {
        let (path, limits) = (ImagePath::new(path), Limits::default());
        let size = content.len() as u64;
        let candidate = Candidate { path: &path, mode: 0o644, size, prefix: content };
        let is_wanted = !Matcher::new(&[&NESTED_ROOT]).by_name(&path).is_empty();
        if !is_wanted || !(NESTED_ROOT.wants)(&candidate) {
            return 0;
        }
        extract(&WantedFile::whole(&path, &content.to_vec(), &limits)).problems.len()
    }

    #[test]
    fn a_database_below_a_directory_is_told_and_the_images_own_is_not() {
        for (path, expected) in [
            ("srv/chroot/var/lib/dpkg/status", 1),
            ("rootfs/lib/apk/db/installed", 1),
            ("rootfs/usr/lib/apk/db/installed", 1),
            ("mnt/var/lib/rpm/rpmdb.sqlite", 1),
            ("var/lib/dpkg/status", 0),
            ("lib/apk/db/installed", 0),
            ("usr/lib/apk/db/installed", 0),
            ("usr/share/rpm/rpmdb.sqlite", 0),
            ("srv/chroot/var/lib/dpkg/status-old", 0),
            ("usr/lib/python3/scanner/tests/data/var/lib/dpkg/status", 0),
            ("nix/store/abc-rootfs/var/lib/dpkg/status", 0),
        ] {
            assert_eq!(problems(path, b"Package: a\n"), expected, "{path}");
            assert_eq!(problems(path, b""), 0, "{path}");
        }
    }
}
