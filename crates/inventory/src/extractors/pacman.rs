//! Arch packages: pacman's local database, a directory of each package with what it is (`desc`) and which files it has (`files`).
//!
//! Both files are sections: a line `%NAME%`, its values one a line, an empty line (pacman, `lib/libalpm/be_local.c`).

use plimsoll_core::{ImagePath, PackageType};

use super::lines::{lines, owned, text};
use crate::{Candidate, Extraction, Extractor, FoundPackage, Pattern, WantedFile};

pub(crate) static PACMAN: Extractor = Extractor {
    id: "pacman",
    summary: "Arch packages, with the files that they own: pacman's local database",
    patterns: &[
        Pattern::Below("var/lib/pacman/local", "/desc"),
        Pattern::Below("var/lib/pacman/local", "/files"),
    ],
    wants: |candidate: &Candidate<'_>| directory(candidate.path).is_some(),
    extract,
    ..Extractor::RECORD
};

/// The name of the package's directory, `name-version-release`.
fn directory(path: &ImagePath) -> Option<&str> {
    let directory = path.parent().strip_prefix("var/lib/pacman/local/")?;
    (!directory.contains('/')).then_some(directory)
}

fn extract(file: &WantedFile<'_>) -> Extraction {
    let Some(directory) = directory(file.path) else { return Extraction::default() };
    let bytes = match file.bytes() {
        Ok(bytes) => bytes,
        Err(problem) => return Extraction::failed(problem),
    };
    if file.path.file_name() == "files" {
        let Some(name) = name_of(directory) else {
            return Extraction::malformed("files in a directory that is named after no package");
        };
        // Names of directories end with a slash.
        let files = values(&bytes, b"FILES").filter(|name| !name.ends_with(b"/"));
        return owned(name, files, file.limits.owned_paths_per_file);
    }
    let first = |section| values(&bytes, section).next().map(text);
    let (Some(name), Some(version)) = (first(b"NAME"), first(b"VERSION")) else {
        return Extraction::malformed("a package without a name or a version");
    };
    let source_name = first(b"BASE");
    let mut extraction = Extraction::default();
    extraction.push(FoundPackage {
        arch: first(b"ARCH"),
        // All packages that are built from one base have its version.
        source_version: source_name.as_ref().map(|_| version.clone()),
        source_name,
        vendor: first(b"PACKAGER").filter(|packager| packager != "Unknown Packager"),
        licenses: values(&bytes, b"LICENSE").take(MOST_LICENSES).map(text).collect(),
        ..FoundPackage::new(PackageType::Alpm, name, version)
    });
    extraction
}

/// A package states a handful.
const MOST_LICENSES: usize = 100;

/// The name in `name-version-release`: only the name may hold a dash.
fn name_of(directory: &str) -> Option<&str> {
    let (before_release, _) = directory.rsplit_once('-')?;
    let (name, _) = before_release.rsplit_once('-')?;
    (!name.is_empty()).then_some(name)
}

/// The values of a section.
fn values<'a>(bytes: &'a [u8], section: &'static [u8]) -> impl Iterator<Item = &'a [u8]> {
    let mut inside = false;
    lines(bytes).filter(move |line| {
        match line.strip_prefix(b"%").and_then(|rest| rest.strip_suffix(b"%")) {
            // A value never begins and ends so: a section's name is in capitals.
            Some(name) if !name.is_empty() && name.iter().all(u8::is_ascii_uppercase) => {
                inside = name == section;
                false
            }
            _ => inside && !line.is_empty(),
        }
    })
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{Limits, ProblemKind};
    use proptest::prelude::*;

    use super::*;
    use crate::{Fact, Owned};

    fn extract_with(path: &str, content: &str, limits: &Limits) -> Extraction {
        let path = ImagePath::new(path);
        extract(&WantedFile::whole(&path, &content.as_bytes().to_vec(), limits))
    }

    fn extract_at(path: &str, content: &str) -> Extraction {
        extract_with(path, content, &Limits::default())
    }

    const DESC: &str = "%NAME%\nlib32-glibc\n\n%VERSION%\n1:2.40+r16-2\n\n%BASE%\nglibc\n\n%DESC%\nGNU C Library\n\n\
        %URL%\nhttps://example.org\n\n%ARCH%\nx86_64\n\n%BUILDDATE%\n1724000000\n\n%PACKAGER%\nA B <a@example.org>\n\n\
        %SIZE%\n5\n\n%LICENSE%\nGPL-2.0-or-later\nLGPL-2.1-or-later\n\n%VALIDATION%\npgp\n\n%DEPENDS%\nglibc\n\n";

    #[test]
    fn every_section_of_a_package_is_read() {
        let extraction = extract_at("var/lib/pacman/local/lib32-glibc-1:2.40+r16-2/desc", DESC);
        let expected = FoundPackage {
            arch: Some("x86_64".into()),
            source_name: Some("glibc".into()),
            source_version: Some("1:2.40+r16-2".into()),
            vendor: Some("A B <a@example.org>".into()),
            licenses: vec!["GPL-2.0-or-later".into(), "LGPL-2.1-or-later".into()],
            ..FoundPackage::new(PackageType::Alpm, "lib32-glibc", "1:2.40+r16-2")
        };
        assert_eq!(extraction.packages().collect::<Vec<_>>(), [&expected]);
        assert!(extraction.problems.is_empty());
    }

    #[test]
    fn files_belong_to_the_package_that_the_directory_names() {
        let files = "%FILES%\nusr/\nusr/lib32/\nusr/lib32/libc.so.6\nusr/share/%a%\n\n%BACKUP%\netc/gai.conf\t00ff\n";
        let extraction = extract_at("var/lib/pacman/local/lib32-glibc-1:2.40+r16-2/files", files);
        let paths = ["usr/lib32/libc.so.6", "usr/share/%a%"].map(ImagePath::hash_of).to_vec();
        let owned = Owned { package: "lib32-glibc".into(), paths };
        assert_eq!(extraction.facts, [Fact::Owns(owned)]);
    }

    #[test]
    fn only_files_directly_in_a_packages_directory_are_wanted() {
        for (path, expected) in [
            ("var/lib/pacman/local/a-1-1/desc", true),
            ("var/lib/pacman/local/desc", false),
            ("var/lib/pacman/local/a-1-1/x/desc", false),
        ] {
            let path = ImagePath::new(path);
            let candidate = Candidate { path: &path, mode: 0o644, size: 1, prefix: b"%" };
            assert_eq!((PACMAN.wants)(&candidate), expected, "{path}");
        }
    }

    #[test]
    fn what_is_corrupt_is_told() {
        for (path, content) in [
            ("var/lib/pacman/local/a-1-1/desc", "%NAME%\na\n"),
            ("var/lib/pacman/local/a-1-1/desc", "\0\0\0\0"),
            ("var/lib/pacman/local/a/files", "%FILES%\na\n"),
        ] {
            assert_eq!(
                extract_at(path, content).problems[0].kind,
                ProblemKind::Malformed,
                "{path}"
            );
        }
        let limits = Limits { owned_paths_per_file: 1, ..Limits::default() };
        let extraction =
            extract_with("var/lib/pacman/local/a-1-1/files", "%FILES%\na\nb\n", &limits);
        assert_eq!(extraction.problems[0].kind, ProblemKind::LimitExceeded);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "(%[A-Z]{0,7}%?\n|NAME|\\PC{0,9}|\n){0,20}") {
            for path in ["var/lib/pacman/local/a-1-1/desc", "var/lib/pacman/local/a-1-1/files"] {
                extract_at(path, &text);
            }
        }
    }
}
