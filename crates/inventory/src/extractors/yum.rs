//! Which repository each rpm package came from, as yum remembers it: a directory of each package
//! (`var/lib/yum/yumdb/n/CHECKSUM-name-version-release-arch`) with small files about it, of which `from_repo` is one (yum, `rpmsack.py`,
//! `RPMDBAdditionalData`). The epoch stands in none of them.

use plimsoll_core::{ImagePath, PackageType};

use crate::{About, Candidate, Extraction, Extractor, Fact, Pattern, WantedFile};

pub(crate) static YUM: Extractor = Extractor {
    id: "yum",
    summary: "The repositories of rpm packages: yum's database",
    patterns: &[Pattern::Below("var/lib/yum/yumdb", "/from_repo")],
    wants: |candidate: &Candidate<'_>| package(candidate.path).is_some(),
    extract,
    makes_root: false,
    ..Extractor::RECORD
};

/// Name, version and release of the package whose directory holds the file.
fn package(path: &ImagePath) -> Option<(&str, &str)> {
    let (_, directory) = path.parent().strip_prefix("var/lib/yum/yumdb/")?.split_once('/')?;
    let (_, package) = directory.split_once('-')?;
    let (package, _arch) = package.rsplit_once('-')?;
    let (before_release, _) = package.rsplit_once('-')?;
    let (name, _) = before_release.rsplit_once('-')?;
    let version = package.get(name.len() + 1..)?;
    (!name.is_empty() && !directory.contains('/')).then_some((name, version))
}

fn extract(file: &WantedFile<'_>) -> Extraction {
    let Some((name, version)) = package(file.path) else { return Extraction::default() };
    let text = match file.text() {
        Ok(text) => text,
        Err(problem) => return Extraction::failed(problem),
    };
    let mut extraction = Extraction::default();
    let repository = text.trim();
    if is_repository(repository) {
        let mut about = About::new(PackageType::Rpm, name);
        about.version = Some(version.to_owned());
        about.repository = Some(repository.to_owned());
        extraction.facts.push(Fact::About(about));
    }
    extraction
}

/// False for what stands where the repository is not known: a package that was there before, or was given as a file.
fn is_repository(text: &str) -> bool {
    !text.is_empty()
        && text != "installed"
        && !text.starts_with(['@', '/'])
        && !text.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use plimsoll_core::Limits;
    use proptest::prelude::*;

    use super::*;

    const PLACE: &str = "var/lib/yum/yumdb";

    fn extract_at(path: &str, content: &[u8]) -> Extraction {
        let path = ImagePath::new(path);
        extract(&WantedFile::whole(&path, &content.to_vec(), &Limits::default()))
    }

    #[test]
    fn the_directory_names_the_package_and_the_file_its_repository() {
        for (directory, repository, expected) in [
            ("b/0ab-bash-4.2.46-34.amzn2-x86_64", "amzn2-core", Some(("bash", "4.2.46-34.amzn2"))),
            (
                "k/0ab-kernel-headers-5.15.1-2.amzn2-x86_64",
                "amzn2extra-kernel-5.15\n",
                Some(("kernel-headers", "5.15.1-2.amzn2")),
            ),
            ("b/0ab-bash-4.2-1-x86_64", "installed", None),
            ("b/0ab-bash-4.2-1-x86_64", "/bash-4.2-1.x86_64", None),
            ("b/0ab-bash-4.2-1-x86_64", "a b", None),
            ("b/0ab-bash-4.2-1-x86_64", "", None),
            ("b/0ab-4.2-1-x86_64", "base", None),
            ("0ab-bash-4.2-1-x86_64", "base", None),
            ("b/c/0ab-bash-4.2-1-x86_64", "base", None),
        ] {
            let extraction =
                extract_at(&format!("{PLACE}/{directory}/from_repo"), repository.as_bytes());
            let expected: Vec<_> = { expected.into_iter() }
                .map(|(name, version)| {
                    let mut about = About::new(PackageType::Rpm, name);
                    about.version = Some(version.to_owned());
                    about.repository = Some(repository.trim().to_owned());
                    Fact::About(about)
                })
                .collect();
            assert_eq!(extraction.facts, expected, "{directory} {repository}");
        }
    }

    proptest! {
        #[test]
        fn any_path_and_text_is_read_without_a_panic(path in "[a-z0-9/-]{0,40}", text in "\\PC{0,20}") {
            extract_at(&format!("{PLACE}/{path}/from_repo"), text.as_bytes());
        }
    }
}
