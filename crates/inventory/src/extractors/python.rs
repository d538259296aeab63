//! Installed Python packages: the core metadata that pip, setuptools and the distributions leave beside the code.
//!
//! The format is that of the packaging specifications ("Core metadata specifications"): the headers of a mail message. Eggs, egg-info
//! directories and wheels differ only in where the file lies.

mod vendored;

use plimsoll_archive::zip::{ZipError, ZipReader};
use plimsoll_core::{ImagePath, PackageType, Problem, ProblemKind};

use crate::{Extraction, Extractor, Fact, FoundPackage, FoundState, Pattern, WantedFile};

pub(crate) static PYTHON: Extractor = Extractor {
    id: "python",
    version: 4,
    summary: "Python packages as installed: dist-info, egg-info, eggs, and those that pip and its like carry in themselves",
    patterns: &[
        Pattern::PathEnd(".dist-info/METADATA"),
        // Of a build on a file system that knows no case.
        Pattern::PathEnd(".DIST-INFO/METADATA"),
        Pattern::PathEnd(".egg-info/PKG-INFO"),
        Pattern::PathEnd(".egg-info/METADATA"),
        Pattern::PathEnd("EGG-INFO/PKG-INFO"),
        Pattern::Extension(".egg-info"),
        Pattern::Extension(".egg"),
        Pattern::PathEnd("vendor/vendor.txt"),
        Pattern::PathEnd("vendor/vendored.txt"),
    ],
    extract,
    ..Extractor::RECORD
};

/// Longer names and versions are no package's: the longest name on the public index has some hundred bytes.
const LONGEST_FIELD: usize = 512;
const ZIPPED_METADATA: &str = "EGG-INFO/PKG-INFO";
/// Licence statements that are kept of one package.
const MOST_LICENSES: usize = 32;

fn extract(file: &WantedFile<'_>) -> Extraction {
    if matches!(file.path.file_name(), "vendor.txt" | "vendored.txt") {
        return match file.text() {
            Ok(text) => vendored::extract(&text, file.limits),
            Err(problem) => Extraction::failed(problem),
        };
    }
    let found = if file.path.as_str().to_ascii_lowercase().ends_with(".egg") {
        zipped_egg(file)
    } else {
        file.bytes().and_then(|bytes| Metadata::parse(&bytes).into_package(file.path)).map(Some)
    };
    match found {
        Ok(package) => Extraction {
            facts: package.into_iter().map(|package| Fact::Package(Box::new(package))).collect(),
            problems: Vec::new(),
        },
        Err(problem) => Extraction::failed(problem),
    }
}

/// An egg that was never unpacked: a zip archive with the metadata inside. `None` for an archive without it.
fn zipped_egg(file: &WantedFile<'_>) -> Result<Option<FoundPackage>, Problem> {
    let mut magic = [0; 4];
    if file.content.read_exact_at(0, &mut magic).is_err() || !magic.starts_with(b"PK") {
        return Err(Problem::new(ProblemKind::Malformed, "an egg that is no zip archive"));
    }
    let problem = |error: ZipError| error.problem();
    let zip = ZipReader::open(file.content, file.limits).map_err(problem)?;
    let Some(entry) = zip.find(ZIPPED_METADATA.as_bytes()) else { return Ok(None) };
    let bytes = zip.read(&entry, file.limits.text_bytes).map_err(problem)?;
    let mut package = Metadata::parse(&bytes).into_package(file.path)?;
    package.inner_path = Some(ZIPPED_METADATA.to_owned());
    Ok(Some(package))
}

/// The headers that matter here. Of `Name` and `Version` the first counts, as in the standard library's reader.
#[derive(Debug, Default, PartialEq, Eq)]
struct Metadata {
    name: Option<String>,
    version: Option<String>,
    license: Option<String>,
    license_expression: Option<String>,
    license_classifiers: Vec<String>,
    author: Option<String>,
    author_email: Option<String>,
    maintainer: Option<String>,
}

impl Metadata {
    fn parse(bytes: &[u8]) -> Self {
        let mut metadata = Self::default();
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        for line in bytes.split(|&byte| byte == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.is_empty() {
                // What follows is the long description, in which a line such as `Version: 2` means nothing.
                break;
            }
            // Only `License` is ever continued among the fields read here, by the text of the licence: its first line is the name.
            if matches!(line.first(), Some(b' ' | b'\t')) {
                continue;
            }
            if let Some(colon) = memchr::memchr(b':', line) {
                let (key, rest) = line.split_at(colon);
                metadata.take(key, rest.get(1..).unwrap_or_default());
            }
        }
        metadata
    }

    fn take(&mut self, key: &[u8], value: &[u8]) {
        let text = || String::from_utf8_lossy(value.trim_ascii()).into_owned();
        if key.eq_ignore_ascii_case(b"name") {
            self.name.get_or_insert_with(text);
        } else if key.eq_ignore_ascii_case(b"version") {
            self.version.get_or_insert_with(text);
        } else if key.eq_ignore_ascii_case(b"license") {
            self.license.get_or_insert_with(text);
        } else if key.eq_ignore_ascii_case(b"author") {
            self.author.get_or_insert_with(text);
        } else if key.eq_ignore_ascii_case(b"author-email") {
            self.author_email.get_or_insert_with(text);
        } else if key.eq_ignore_ascii_case(b"maintainer") {
            self.maintainer.get_or_insert_with(text);
        } else if key.eq_ignore_ascii_case(b"license-expression") {
            self.license_expression.get_or_insert_with(text);
        } else if key.eq_ignore_ascii_case(b"classifier") {
            let text = text();
            if let Some(license) = text.strip_prefix("License ::")
                && self.license_classifiers.len() < MOST_LICENSES
            {
                // `OSI Approved` alone names a group of licences, not one.
                let license = license.rsplit("::").next().unwrap_or(license).trim();
                if license != "OSI Approved" {
                    self.license_classifiers.push(license.to_owned());
                }
            }
        }
    }

    fn into_package(self, path: &ImagePath) -> Result<FoundPackage, Problem> {
        let name = required("Name", self.name.as_deref())?;
        let version = required("Version", self.version.as_deref())?;
        let mut package = FoundPackage::new(PackageType::Pypi, name, version);
        package.vendor = self.vendor();
        package.licenses = self.licenses();
        package.state = if is_vendored(path) { FoundState::Bundled } else { FoundState::Installed };
        Ok(package)
    }

    /// Newer tools write a name only into the address: `Jo Doe <jo@example.com>`.
    fn vendor(&self) -> Option<String> {
        let people = [&self.author, &self.author_email, &self.maintainer];
        let mut people = people.into_iter().flatten();
        people.find(|text| is_statement(text)).cloned()
    }

    /// An expression is the newest and strictest form and says everything; the other two complete each other.
    fn licenses(self) -> Vec<String> {
        let mut licenses: Vec<String> = Vec::new();
        let older = self.license.into_iter().chain(self.license_classifiers);
        match self.license_expression.filter(|text| is_statement(text)) {
            Some(expression) => licenses.push(expression),
            None => {
                for license in older.filter(|text| is_statement(text)) {
                    if !licenses.contains(&license) {
                        licenses.push(license);
                    }
                }
            }
        }
        licenses
    }
}

fn required<'a>(field: &str, value: Option<&'a str>) -> Result<&'a str, Problem> {
    let malformed = |detail| Err(Problem::new(ProblemKind::Malformed, detail));
    match value {
        None | Some("") => malformed(format!("package metadata without {field}")),
        Some(text) if text.len() > LONGEST_FIELD || text.contains(char::is_control) => {
            malformed(format!("package metadata whose {field} is not one"))
        }
        Some(text) => Ok(text),
    }
}

/// `UNKNOWN` is what setuptools wrote where the author stated nothing.
fn is_statement(text: &str) -> bool {
    !text.is_empty()
        && text != "UNKNOWN"
        && text.len() <= LONGEST_FIELD
        && !text.contains(char::is_control)
}

/// True for the copies of other packages that setuptools, pip and their like carry inside themselves, with their metadata.
fn is_vendored(path: &ImagePath) -> bool {
    path.ancestors().any(|ancestor| ancestor.ends_with("/_vendor"))
}

#[cfg(test)]
mod tests {
    use plimsoll_core::Limits;
    use plimsoll_testkit::jar;
    use proptest::prelude::*;

    use super::*;

    const PATH: &str = "usr/lib/python3/dist-packages/idna-3.3.dist-info/METADATA";

    fn run(path: &str, content: &[u8]) -> Extraction {
        let path = ImagePath::new(path);
        let content = content.to_vec();
        let limits = Limits::default();
        extract(&WantedFile::whole(&path, &content, &limits))
    }

    fn package(content: &str) -> FoundPackage {
        let extraction = run(PATH, content.as_bytes());
        assert_eq!(extraction.problems, []);
        match extraction.facts.as_slice() {
            [Fact::Package(package)] => (**package).clone(),
            facts => panic!("{facts:?}"),
        }
    }

    #[test]
    fn names_and_versions_are_kept_as_stated() {
        for (content, name, version) in [
            ("Metadata-Version: 2.1\nName: idna\nVersion: 3.3\n", "idna", "3.3"),
            ("Name: ruamel.yaml\r\nVersion: 0.17.21\r\n\r\nbody", "ruamel.yaml", "0.17.21"),
            ("\u{feff}Name: PyYAML\nVersion: 6.0\n", "PyYAML", "6.0"),
            ("name:zope.interface \nVERSION:\t5.5.2\n", "zope.interface", "5.5.2"),
            ("garbage\n: x\nName: a\nVersion: 1!2.0+local.1", "a", "1!2.0+local.1"),
        ] {
            let package = package(content);
            assert_eq!((package.name.as_str(), package.version.as_str()), (name, version));
            assert_eq!(package.state, FoundState::Installed);
        }
    }

    #[test]
    fn a_version_in_the_description_is_not_the_packages() {
        let package = package(
            "Name: a\nSummary: first\n Version: 8\nVersion: 1\nVersion: 2\n\nName: b\nVersion: 9\n",
        );
        assert_eq!((package.name.as_str(), package.version.as_str()), ("a", "1"));
        let extraction = run(PATH, b"Name: a\n\nVersion: 9\n");
        assert!(extraction.facts.is_empty());
        assert_eq!(extraction.problems[0].detail, "package metadata without Version");
    }

    #[test]
    fn the_author_is_the_vendor() {
        for (headers, expected) in [
            ("Author: Jo\nAuthor-email: jo@example.com\n", Some("Jo")),
            ("Author: UNKNOWN\nAuthor-Email: Jo <jo@example.com>\n", Some("Jo <jo@example.com>")),
            ("Maintainer: Al\n", Some("Al")),
            ("", None),
        ] {
            let package = package(&format!("Name: a\nVersion: 1\n{headers}"));
            assert_eq!(package.vendor.as_deref(), expected, "{headers}");
        }
    }

    #[test]
    fn every_layout_is_wanted() {
        let matcher = crate::Matcher::new(&[&PYTHON]);
        const LIB: &str = "usr/lib/python3/site-packages";
        for (path, expected) in [
            ("idna-3.3.dist-info/METADATA", true),
            ("IDNA-3.3.DIST-INFO/METADATA", true),
            ("idna-3.3.egg-info/PKG-INFO", true),
            // The distutils of the standard library wrote one file.
            ("idna-3.3-py2.7.egg-info", true),
            ("idna-3.3-py2.7.egg/EGG-INFO/PKG-INFO", true),
            ("idna-3.3-py2.7.egg", true),
            ("pip/_vendor/vendor.txt", true),
            ("pkg_resources/_vendor/vendored.txt", true),
            ("setuptools/_vendor/wheel-0.43.0.dist-info/METADATA", true),
            // It names a directory of sources, in which the metadata lies.
            ("idna.egg-link", false),
            ("idna-3.3.dist-info/RECORD", false),
            ("idna-3.3/PKG-INFO", false),
        ] {
            let path = ImagePath::new(&format!("{LIB}/{path}"));
            assert_eq!(!matcher.by_name(&path).is_empty(), expected, "{path}");
        }
    }

    #[test]
    fn the_list_of_what_pip_carries_is_read() {
        let path = "usr/lib/python3.12/site-packages/pip/_vendor/vendor.txt";
        let extraction = run(path, b"urllib3==1.26.15\n");
        let [Fact::Package(package)] = extraction.facts.as_slice() else { panic!() };
        assert_eq!((&*package.name, package.state), ("urllib3", FoundState::Bundled));
    }

    #[test]
    fn licenses_are_the_expression_or_the_statement_and_the_classifiers() {
        for (headers, expected) in [
            ("License: MIT\n", vec!["MIT"]),
            ("License: UNKNOWN\n", vec![]),
            ("License-Expression: MIT OR Apache-2.0\nLicense: x\n", vec!["MIT OR Apache-2.0"]),
            (
                "License: BSD\nClassifier: License :: OSI Approved\nClassifier: License :: OSI Approved :: BSD License\n\
                 Classifier: Topic :: Utilities\n",
                vec!["BSD", "BSD License"],
            ),
            (
                "License: The MIT License\n        Copyright (c) 2012\n        Permission\n",
                vec!["The MIT License"],
            ),
        ] {
            let package = package(&format!("Name: a\nVersion: 1\n{headers}"));
            assert_eq!(package.licenses, expected, "{headers}");
        }
    }

    #[test]
    fn unusable_metadata_is_a_problem_and_no_package() {
        for content in [
            "",
            "\n",
            "Name: a\nVersion:\n",
            "Name:\nVersion: 1\n",
            "Name: a\u{1b}[2J\nVersion: 1\n",
            &format!("Name: {}\nVersion: 1\n", "a".repeat(600)),
        ] {
            let extraction = run(PATH, content.as_bytes());
            assert!(extraction.facts.is_empty(), "{content}");
            assert_eq!(extraction.problems[0].kind, ProblemKind::Malformed, "{content}");
        }
    }

    #[test]
    fn copies_that_setuptools_carries_are_bundled() {
        let path =
            "usr/lib/python3.12/site-packages/setuptools/_vendor/wheel-0.43.0.dist-info/METADATA";
        let extraction = run(path, b"Name: wheel\nVersion: 0.43.0\n");
        let [Fact::Package(package)] = extraction.facts.as_slice() else { panic!() };
        assert_eq!(package.state, FoundState::Bundled);
    }

    #[test]
    fn eggs_that_were_never_unpacked_are_read() {
        const EGG: &str = "usr/lib/python2.7/site-packages/blist-1.3.6-py2.7.egg";
        let egg = jar::zip(&[("EGG-INFO/PKG-INFO", "Name: blist\nVersion: 1.3.6\n"), ("a.py", "")]);
        let extraction = run(EGG, &egg);
        let [Fact::Package(package)] = extraction.facts.as_slice() else { panic!() };
        assert_eq!((package.name.as_str(), package.version.as_str()), ("blist", "1.3.6"));
        assert_eq!(package.inner_path.as_deref(), Some("EGG-INFO/PKG-INFO"));
        let other = run(EGG, &jar::zip(&[("a.py", "")]));
        assert_eq!(other.facts.len() + other.problems.len(), 0);
        assert_eq!(run(EGG, b"no egg at all").problems[0].kind, ProblemKind::Malformed);
        assert_eq!(run(EGG, &egg[..egg.len() / 2]).problems[0].kind, ProblemKind::Malformed);
    }

    proptest! {
        #[test]
        fn any_bytes_give_a_package_or_a_problem(content: Vec<u8>) {
            let extraction = run(PATH, &content);
            prop_assert_eq!(extraction.facts.len() + extraction.problems.len(), 1);
        }
    }
}
