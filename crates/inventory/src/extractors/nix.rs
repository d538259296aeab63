//! Nix packages: the directories of a Nix store, whose names say what they are: `HASH-name-version[-output]` (nix, "Store path";
//! `DrvName` for where the version begins).
//!
//! A store also holds sources, wrappers, scripts and links between packages. Only what has a version is a package.

use plimsoll_core::PackageType;

use crate::{Candidate, Extraction, Extractor, FoundPackage, Pattern, Reads, WantedFile};

pub(crate) static NIX: Extractor = Extractor {
    id: "nix",
    summary: "Nix packages: the names of the directories of a Nix store",
    patterns: &[Pattern::DirectoryIn("nix/store")],
    wants: |candidate: &Candidate<'_>| package(candidate.path.file_name()).is_some(),
    reads: Reads::Nothing,
    extract,
    ..Extractor::RECORD
};

/// Digits of the hash.
const HASH_DIGITS: usize = 32;

/// What behind a version names a part of the same package: the outputs that nixpkgs splits packages into
/// (`multiple-outputs` in its manual), and the wrappers that it builds of them.
const OUTPUTS: [&str; 28] = [
    "bin",
    "data",
    "debug",
    "dev",
    "devdoc",
    "devman",
    "dist",
    "doc",
    "env",
    "headers",
    "info",
    "intdev",
    "lib",
    "libgcc",
    "license",
    "man",
    "modules",
    "nodejs",
    "out",
    "py",
    "python",
    "runtime",
    "sandbox",
    "static",
    "terminfo",
    "unwrapped",
    "wrapped",
    "xml",
];

/// What behind a version says that the directory is not the package but what it is built from.
const SOURCES: [&str; 10] = [
    "cargo-deps",
    "deps",
    "gems",
    "go-modules",
    "maven-deps",
    "npm-deps",
    "source",
    "src",
    "vendor",
    "yarn-deps",
];

fn extract(file: &WantedFile<'_>) -> Extraction {
    let mut extraction = Extraction::default();
    if let Some((name, version)) = package(file.path.file_name()) {
        extraction.push(FoundPackage::new(PackageType::Nix, name, version));
    }
    extraction
}

/// Name and version of the package that a directory holds.
fn package(directory: &str) -> Option<(&str, &str)> {
    let (hash, rest) = directory.split_at_checked(HASH_DIGITS)?;
    // Base 32 without the letters that make words.
    let is_digit =
        |byte: u8| byte.is_ascii_digit() || (byte.is_ascii_lowercase() && !b"eotu".contains(&byte));
    hash.bytes().all(is_digit).then_some(())?;
    let (name, version) = split_version(rest.strip_prefix('-')?)?;
    let is_source = |version: &str| {
        SOURCES
            .iter()
            .any(|source| version.strip_suffix(source).is_some_and(|rest| rest.ends_with('-')))
    };
    if name.is_empty() || is_source(version) || is_file(version) {
        return None;
    }
    let mut version = version;
    while let Some((rest, output)) = version.rsplit_once('-') {
        if !OUTPUTS.contains(&output) {
            break;
        }
        version = rest;
    }
    Some((name, version))
}

/// The version begins behind the first dash that no letter follows.
fn split_version(text: &str) -> Option<(&str, &str)> {
    let dash = text
        .match_indices('-')
        .map(|(at, _)| at)
        .find(|at| text.as_bytes().get(at + 1).is_some_and(|next| !next.is_ascii_alphabetic()))?;
    Some((text.get(..dash)?, text.get(dash + 1..)?))
}

/// True for what is named like a file: a derivation, a patch, an archive that was unpacked under its own name.
fn is_file(version: &str) -> bool {
    [
        ".drv", ".patch", ".diff", ".sh", ".tar.gz", ".tar.xz", ".tar.bz2", ".tgz", ".zip", ".gem",
        ".lock",
    ]
    .iter()
    .any(|end| version.ends_with(end))
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{ImagePath, Limits};
    use proptest::prelude::*;

    use super::*;

    const HASH: &str = "0c0lq4xz1dfc0xqipxynpr6xmflhp1w3";

    #[test]
    fn names_and_versions_are_split_as_nix_does() {
        for (name, expected) in [
            ("hello-2.12.1", Some(("hello", "2.12.1"))),
            ("glibc-2.38-44", Some(("glibc", "2.38-44"))),
            ("glibc-2.38-44-bin", Some(("glibc", "2.38-44"))),
            ("openssl-3.0.13-dev", Some(("openssl", "3.0.13"))),
            ("gcc-13.2.0-libgcc", Some(("gcc", "13.2.0"))),
            ("gcc-wrapper-13.2.0-man", Some(("gcc-wrapper", "13.2.0"))),
            ("python3.11-requests-2.31.0", Some(("python3.11-requests", "2.31.0"))),
            ("perl5.38.2-JSON-4.10-devdoc", Some(("perl5.38.2-JSON", "4.10"))),
            ("python3-3.11.8-env", Some(("python3", "3.11.8"))),
            ("nss-cacert-3.98", Some(("nss-cacert", "3.98"))),
            ("bash-interactive-5.2p26", Some(("bash-interactive", "5.2p26"))),
            ("source", None),
            ("stdenv-linux", None),
            ("audit-tmpdir.sh", None),
            ("move-docs-hook", None),
            ("hello-2.12.1.drv", None),
            ("hello-2.12.1.tar.gz", None),
            ("hello-2.12.1-go-modules", None),
            ("hello-2.12.1-vendor", None),
            ("-1.0", None),
            ("hello-", None),
        ] {
            assert_eq!(package(&format!("{HASH}-{name}")), expected, "{name}");
        }
    }

    #[test]
    fn only_a_hash_makes_a_directory_one_of_the_store() {
        for directory in [
            "hello-2.12.1",
            "0e0lq4xz1dfc0xqipxynpr6xmflhp1w3-hello-2.12.1",
            "0c0lq4xz1dfc0xqipxynpr6xmflhp1w-hello-2.12.1",
            "0c0lq4xz1dfc0xqipxynpr6xmflhp1w3hello-2.12.1",
            ".links",
        ] {
            assert_eq!(package(directory), None, "{directory}");
        }
    }

    #[test]
    fn a_directory_is_a_package_and_its_outputs_are_the_same_one() {
        let found = ["hello-2.12.1", "hello-2.12.1-lib"].map(|name| {
            let path = ImagePath::new(&format!("nix/store/{HASH}-{name}"));
            let extraction = extract(&WantedFile::whole(&path, &Vec::new(), &Limits::default()));
            extraction.packages().cloned().collect::<Vec<_>>()
        });
        assert_eq!(found[0], [FoundPackage::new(PackageType::Nix, "hello", "2.12.1")]);
        assert_eq!(found[0], found[1]);
    }

    proptest! {
        #[test]
        fn any_name_is_read_without_a_panic(name in "\\PC{0,60}", rest in "(-|[a-z0-9.]|\\PC){0,30}") {
            package(&name);
            package(&format!("{HASH}-{rest}"));
        }
    }
}
