//! The archives of Yarn's cache, `.yarn/cache/NAME-npm-VERSION-HASH.zip`, from which Plug'n'Play runs packages without unpacking them.
//!
//! The name of such a file has lost what tells a scope from a name; the archive holds the package as `node_modules` would.

use plimsoll_archive::zip::{ZipError, ZipReader};
use plimsoll_core::{ImagePath, Problem, ProblemKind};

use super::{found, is_installed_package};
use crate::fields::component;
use crate::{Extraction, FoundState, WantedFile};

pub(super) fn is_archive(path: &ImagePath) -> bool {
    let is_named = path.file_name().contains("-npm-") && path.file_name().ends_with(".zip");
    is_named && component(path, 1) == Some("cache") && component(path, 2) == Some(".yarn")
}

/// The packages in an archive: one, and those that it brings with it.
pub(super) fn extract(file: &WantedFile<'_>) -> Extraction {
    let mut extraction = Extraction::default();
    let problem = |error: ZipError| error.problem();
    let zip = match ZipReader::open(file.content, file.limits).map_err(problem) {
        Ok(zip) => zip,
        Err(problem) => return Extraction::failed(problem),
    };
    extraction.problems.extend(zip.problems().iter().take(file.limits.problems).cloned());
    let mut bytes_left = file.limits.text_bytes;
    let mut packages_left = file.limits.packages_per_file;
    for entry in zip.entries() {
        let Ok(name) = std::str::from_utf8(entry.name) else { continue };
        if !is_installed_package(name) {
            continue;
        }
        // Entries may overlap and claim any size, so that the archive's size bounds nothing.
        let left = bytes_left.checked_sub(entry.size).zip(packages_left.checked_sub(1));
        let Some(left) = left else {
            let detail = "more packages or bytes of metadata than are read of one file";
            extraction.problems.push(Problem::new(ProblemKind::LimitExceeded, detail));
            break;
        };
        (bytes_left, packages_left) = left;
        let package = zip.read(&entry, entry.size).map_err(problem);
        match package.and_then(|bytes| found(&bytes)) {
            Ok(Some(mut package)) => {
                package.state = FoundState::Bundled;
                package.inner_path = Some(name.to_owned());
                extraction.push(package);
            }
            Ok(None) => {}
            Err(mut problem) => {
                if extraction.problems.len() < file.limits.problems {
                    problem.detail = format!("{name}: {}", problem.detail);
                    extraction.problems.push(problem);
                }
            }
        }
    }
    extraction
}

#[cfg(test)]
mod tests {
    use plimsoll_core::Limits;
    use plimsoll_testkit::{jar, node};
    use proptest::prelude::*;

    use super::*;

    const PATH: &str = "srv/.yarn/cache/@babel-core-npm-7.22.5-0a1b2c3d4e-f5a6b7c8d9.zip";

    fn run(content: &[u8], limits: &Limits) -> Extraction {
        let path = ImagePath::new(PATH);
        let content = content.to_vec();
        super::super::extract(&WantedFile::whole(&path, &content, limits))
    }

    fn archive() -> Vec<u8> {
        jar::zip(&[
            ("node_modules/@babel/core/package.json", node::package_json("@babel/core", "7.22.5")),
            ("node_modules/@babel/core/lib/package.json", node::package_json("no", "1.0.0")),
            (
                "node_modules/@babel/core/node_modules/a/package.json",
                node::package_json("a", "1.0.0"),
            ),
            ("node_modules/@babel/core/index.js", String::new()),
        ])
    }

    #[test]
    fn the_archive_says_the_name_and_what_it_brings_with_it() {
        let extraction = run(&archive(), &Limits::default());
        assert_eq!(extraction.problems, []);
        let listed: Vec<_> = extraction
            .packages()
            .map(|found| (&*found.name, &*found.version, found.state))
            .collect();
        let bundled = FoundState::Bundled;
        assert_eq!(listed, [("@babel/core", "7.22.5", bundled), ("a", "1.0.0", bundled)]);
        let first = extraction.packages().next().unwrap();
        let inner = "node_modules/@babel/core/package.json";
        assert_eq!(first.inner_path.as_deref(), Some(inner));
    }

    #[test]
    fn only_archives_of_a_cache_are_wanted() {
        for (path, expected) in [
            (PATH, true),
            (".yarn/cache/lodash-npm-4.17.21-6382451519-eb835a2e51.zip", true),
            (".yarn/cache/typescript-patch-0a1b2c-0a1b2c.zip", false),
            ("srv/cache/lodash-npm-4.17.21-6382451519-eb835a2e51.zip", false),
            ("srv/data.zip", false),
        ] {
            assert_eq!(is_archive(&ImagePath::new(path)), expected, "{path}");
        }
    }

    #[test]
    fn damage_and_limits_are_problems() {
        let whole = archive();
        let extraction = run(&whole[..whole.len() / 2], &Limits::default());
        assert_eq!(extraction.problems[0].kind, ProblemKind::Malformed);
        let broken = jar::zip(&[("node_modules/a/package.json", "{")]);
        let extraction = run(&broken, &Limits::default());
        let detail = &extraction.problems[0].detail;
        assert!(detail.starts_with("node_modules/a/package.json: "), "{detail}");
        for limits in [
            Limits { packages_per_file: 1, ..Limits::default() },
            Limits { text_bytes: 60, ..Limits::default() },
        ] {
            let extraction = run(&whole, &limits);
            assert_eq!(extraction.packages().count(), 1);
            assert_eq!(extraction.problems[0].kind, ProblemKind::LimitExceeded);
        }
    }

    proptest! {
        #[test]
        fn mutated_archives_end(at in any::<prop::sample::Index>(), byte: u8) {
            let mut content = archive();
            let at = at.index(content.len());
            content[at] = byte;
            run(&content, &Limits::default());
        }
    }
}
