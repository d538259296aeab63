//! Haskell packages as GHC registers them: one file a package in a database's directory.
//!
//! GHC's own packages lie in `lib/ghc-VERSION/…/package.conf.d`, those of cabal's store in `~/.cabal/store/ghc-VERSION/package.db`,
//! Debian's and stack's in a `package.conf.d` of theirs. The format is the output of `ghc-pkg describe` (GHC User's Guide,
//! "InstalledPackageInfo").

use plimsoll_core::{PackageType, Problem};

use crate::fields::{component, extraction, field, package, top_level};
use crate::{Candidate, Extraction, Extractor, FoundPackage, Pattern, WantedFile};

pub(crate) static HACKAGE: Extractor = Extractor {
    id: "hackage",
    version: 1,
    summary: "Haskell packages as GHC, cabal and stack register them",
    patterns: &[Pattern::Extension(".conf")],
    wants,
    extract,
    ..Extractor::RECORD
};

fn wants(candidate: &Candidate<'_>) -> bool {
    matches!(component(candidate.path, 1), Some("package.conf.d" | "package.db"))
}

fn extract(file: &WantedFile<'_>) -> Extraction {
    extraction(file.text().and_then(|text| registered(&text)))
}

/// `None` for the runtime system, which is registered as if it were a package.
fn registered(text: &str) -> Result<Option<FoundPackage>, Problem> {
    let value = |wanted: &str| {
        top_level(text, ':')
            .find_map(|(key, value)| key.eq_ignore_ascii_case(wanted).then_some(value))
    };
    // An internal library has a name of its own, made from the package's.
    let name = value("package-name").filter(|name| !name.is_empty()).or_else(|| value("name"));
    if name == Some("rts") {
        return Ok(None);
    }
    let names = (name, value("version"));
    let mut package = package(PackageType::Hackage, "registered Haskell package", names)?;
    package.licenses = value("license").and_then(field).map(str::to_owned).into_iter().collect();
    package.vendor = value("maintainer").and_then(field).map(str::to_owned);
    Ok(Some(package))
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{ImagePath, Limits, ProblemKind};
    use proptest::prelude::*;

    use super::*;

    const PATH: &str = "var/lib/ghc/package.conf.d/aeson-2.0.3.0.conf";

    fn run(content: &[u8]) -> Extraction {
        let path = ImagePath::new(PATH);
        let content = content.to_vec();
        extract(&WantedFile::whole(&path, &content, &Limits::default()))
    }

    #[test]
    fn only_files_of_a_package_database_are_wanted() {
        for (path, expected) in [
            (PATH, true),
            ("root/.cabal/store/ghc-9.4.7/package.db/aeson-2.1-0f9e.conf", true),
            ("opt/ghc/lib/x/package.conf.d/base-4.18.conf", true),
            ("etc/nginx/nginx.conf", false),
            ("package.conf.d.conf", false),
        ] {
            let path = ImagePath::new(path);
            let candidate = Candidate { path: &path, mode: 0o644, size: 1, prefix: b"" };
            assert_eq!(wants(&candidate), expected, "{path}");
        }
    }

    #[test]
    fn the_fields_of_the_package_are_read() {
        for (content, name, version, licenses) in [
            (
                "name:                 aeson\nversion:              2.0.3.0\nid: aeson-2.0.3.0-H8\nlicense: BSD-3-Clause\n\
                 description:\n    version: 9\n\ndepends:\n    base-4.15.1.0\n",
                "aeson",
                "2.0.3.0",
                vec!["BSD-3-Clause"],
            ),
            (
                "name: z-attoparsec-z-attoparsec-internal\nversion: 0.14.4\npackage-name: attoparsec\nlib-name: attoparsec-internal\n",
                "attoparsec",
                "0.14.4",
                vec![],
            ),
            (
                "Name: HTTP\r\nVersion: 4000.3.16\r\nLicense: BSD3\r\n",
                "HTTP",
                "4000.3.16",
                vec!["BSD3"],
            ),
        ] {
            let extraction = run(content.as_bytes());
            assert_eq!(extraction.problems, []);
            let package = extraction.packages().next().unwrap();
            assert_eq!((package.name.as_str(), package.version.as_str()), (name, version));
            assert_eq!(package.licenses, licenses);
        }
    }

    #[test]
    fn the_runtime_system_is_no_package() {
        let extraction = run(b"name: rts\nversion: 1.0\n");
        assert_eq!(extraction.facts.len() + extraction.problems.len(), 0);
    }

    #[test]
    fn a_file_without_name_or_version_is_a_problem() {
        for content in ["", "name: aeson\n", "version: 1\n", "name: a\nversion:\n    1.0\n"] {
            let extraction = run(content.as_bytes());
            assert_eq!(extraction.packages().count(), 0, "{content}");
            assert_eq!(extraction.problems[0].kind, ProblemKind::Malformed, "{content}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_give_at_most_one_package(content: Vec<u8>) {
            let extraction = run(&content);
            prop_assert!(extraction.facts.len() + extraction.problems.len() <= 1);
        }
    }
}
