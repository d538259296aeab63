//! Nim packages that Nimble installed: `pkgs2/NAME-VERSION-CHECKSUM/NAME.nimble`, in older versions `pkgs/NAME-VERSION/NAME.nimble`.
//!
//! Nimble itself takes name and version from the directory, and the file is a program that may compute them, so that it only adds the
//! licence (nim-lang/nimble, "Nimble's folder structure"). A purl has no type for them yet, so they are generic: `nim/NAME`.

use plimsoll_core::{ImagePath, PackageType};

use crate::fields::{component, field, name_and_version, top_level};
use crate::{Candidate, Extraction, Extractor, FoundPackage, Pattern, WantedFile};

pub(crate) static NIMBLE: Extractor = Extractor {
    id: "nimble",
    version: 1,
    summary: "Nim packages that Nimble installed",
    patterns: &[Pattern::Extension(".nimble")],
    wants: |candidate: &Candidate<'_>| installed(candidate.path).is_some(),
    extract,
    ..Extractor::RECORD
};

fn installed(path: &ImagePath) -> Option<(&str, &str)> {
    let is_tree = matches!(component(path, 2)?, "pkgs" | "pkgs2");
    let (name, version) = name_and_version(component(path, 1)?)?;
    let is_checksum =
        |text: &str| text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let version = match version.rsplit_once('-') {
        Some((version, checksum)) if is_checksum(checksum) => version,
        _ => version,
    };
    let is_field = field(name).is_some() && field(version).is_some();
    (is_tree && is_field).then_some((name, version))
}

fn extract(file: &WantedFile<'_>) -> Extraction {
    let Some((name, version)) = installed(file.path) else { return Extraction::default() };
    let mut package = FoundPackage::new(PackageType::Generic, format!("nim/{name}"), version);
    let mut found = Extraction::default();
    match file.text() {
        Ok(text) => {
            let license = top_level(&text, '=').find(|(key, _)| *key == "license");
            let license = license.and_then(|(_, license)| field(license));
            package.licenses = license.map(str::to_owned).into_iter().collect();
        }
        Err(problem) => found.problems.push(problem),
    }
    found.push(package);
    found
}

#[cfg(test)]
mod tests {
    use plimsoll_core::Limits;
    use proptest::prelude::*;

    use super::*;

    const PATH: &str =
        "root/.nimble/pkgs2/jester-0.6.0-2b26a9e0fc79638dbb9272fb4ab5a1d79264f938/jester.nimble";

    fn run(content: &[u8], limits: &Limits) -> Extraction {
        let path = ImagePath::new(PATH);
        let content = content.to_vec();
        extract(&WantedFile::whole(&path, &content, limits))
    }

    #[test]
    fn the_directory_says_name_and_version() {
        for (path, expected) in [
            (PATH, Some(("jester", "0.6.0"))),
            ("root/.nimble/pkgs/gura-0.1.1/gura.nimble", Some(("gura", "0.1.1"))),
            ("root/.nimble/pkgs/gura-#head/gura.nimble", None),
            ("src/gura-0.1.1/gura.nimble", None),
        ] {
            assert_eq!(installed(&ImagePath::new(path)), expected, "{path}");
        }
    }

    #[test]
    fn a_package_has_the_licence_of_its_file() {
        let limits = Limits::default();
        let extraction = run(
            b"version       = \"9\"\nlicense       = \"MIT\"\nrequires \"nim >= 1.0\"\n",
            &limits,
        );
        let package = extraction.packages().next().unwrap();
        assert_eq!((package.name.as_str(), package.version.as_str()), ("nim/jester", "0.6.0"));
        assert_eq!(package.licenses, ["MIT"]);
    }

    #[test]
    fn a_file_that_is_too_large_is_a_package_and_a_problem() {
        let extraction = run(b"license = \"MIT\"", &Limits { text_bytes: 3, ..Limits::default() });
        assert_eq!((extraction.packages().count(), extraction.problems.len()), (1, 1));
    }

    proptest! {
        #[test]
        fn any_bytes_give_the_package_of_the_directory(content: Vec<u8>) {
            prop_assert_eq!(run(&content, &Limits::default()).packages().count(), 1);
        }
    }
}
