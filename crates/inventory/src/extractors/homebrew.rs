//! Homebrew's packages: the receipt that an installation leaves in each version's directory of the cellar, and in each cask's
//! (brew, `Library/Homebrew/tab.rb`).
//!
//! Name and version are those of the directories; the receipt says which tap the package came from.

use plimsoll_core::{ImagePath, PackageType, Problem, ProblemKind};
use serde_json::Value;

use crate::{Candidate, Extraction, Extractor, FoundPackage, Pattern, WantedFile};

pub(crate) static HOMEBREW: Extractor = Extractor {
    id: "homebrew",
    summary: "Homebrew's packages and casks: the receipts of their installation",
    patterns: &[Pattern::Name("INSTALL_RECEIPT.json")],
    wants: |candidate: &Candidate<'_>| installed(candidate.path).is_some(),
    extract,
    ..Extractor::RECORD
};

/// What the place of a receipt says.
enum Installed<'a> {
    /// `Cellar/NAME/VERSION/INSTALL_RECEIPT.json`
    Formula { name: &'a str, version: &'a str },
    /// `Caskroom/NAME/.metadata/INSTALL_RECEIPT.json`: the version stands in the receipt.
    Cask { name: &'a str },
}

fn installed(path: &ImagePath) -> Option<Installed<'_>> {
    let mut components = path.parent().rsplit('/');
    let (last, name, root) = (components.next()?, components.next()?, components.next()?);
    match (root, last) {
        ("Cellar", version) => Some(Installed::Formula { name, version }),
        ("Caskroom", ".metadata") => Some(Installed::Cask { name }),
        _ => None,
    }
}

fn extract(file: &WantedFile<'_>) -> Extraction {
    let Some(installed) = installed(file.path) else { return Extraction::default() };
    let mut extraction = Extraction::default();
    let receipt = file.bytes().and_then(|bytes| receipt(&bytes));
    let (receipt, problem) = match receipt {
        Ok(receipt) => (receipt, None),
        Err(problem) => (Value::Null, Some(problem)),
    };
    extraction.problems.extend(problem);
    let text = |pointer: &str| receipt.pointer(pointer).and_then(Value::as_str);
    let (name, version) = match installed {
        // The directory is there whatever its receipt says.
        Installed::Formula { name, version } => (name, Some(version)),
        Installed::Cask { name } => (name, text("/source/version")),
    };
    match version.filter(|version| !version.is_empty()) {
        Some(version) => extraction.push(FoundPackage {
            repository: text("/source/tap").map(str::to_owned),
            arch: text("/arch").map(str::to_owned),
            ..FoundPackage::new(PackageType::Brew, name, version)
        }),
        None if extraction.problems.is_empty() => {
            return Extraction::malformed("the receipt of a cask without a version");
        }
        None => {}
    }
    extraction
}

fn receipt(bytes: &[u8]) -> Result<Value, Problem> {
    serde_json::from_slice(bytes).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let detail = format!("not the JSON of a receipt at line {line}, column {column}");
        Problem::new(ProblemKind::Malformed, detail)
    })
}

#[cfg(test)]
mod tests {
    use plimsoll_core::Limits;
    use proptest::prelude::*;

    use super::*;

    fn extract_at(path: &str, content: &[u8]) -> Extraction {
        let path = ImagePath::new(path);
        extract(&WantedFile::whole(&path, &content.to_vec(), &Limits::default()))
    }

    const FORMULA: &str = "home/linuxbrew/.linuxbrew/Cellar/openssl@3/3.3.1_1/INSTALL_RECEIPT.json";
    const CASK: &str = "opt/homebrew/Caskroom/font-inter/.metadata/INSTALL_RECEIPT.json";

    #[test]
    fn a_formula_is_where_its_directory_says_and_came_from_its_tap() {
        let receipt = br#"{"homebrew_version": "4.3.8", "poured_from_bottle": true, "arch": "x86_64", "runtime_dependencies": [],
            "source": {"spec": "stable", "tap": "homebrew/core", "versions": {"stable": "3.3.1", "version_scheme": 0}}}"#;
        let extraction = extract_at(FORMULA, receipt);
        let expected = FoundPackage {
            repository: Some("homebrew/core".into()),
            arch: Some("x86_64".into()),
            ..FoundPackage::new(PackageType::Brew, "openssl@3", "3.3.1_1")
        };
        assert_eq!(extraction.packages().collect::<Vec<_>>(), [&expected]);
    }

    #[test]
    fn a_casks_receipt_has_its_version() {
        let receipt = br#"{"source": {"tap": "homebrew/cask", "version": "4.0"}}"#;
        let extraction = extract_at(CASK, receipt);
        let expected = FoundPackage {
            repository: Some("homebrew/cask".into()),
            ..FoundPackage::new(PackageType::Brew, "font-inter", "4.0")
        };
        assert_eq!(extraction.packages().collect::<Vec<_>>(), [&expected]);
    }

    #[test]
    fn a_damaged_receipt_is_told_and_the_formula_is_there_all_the_same() {
        let extraction = extract_at(FORMULA, b"{\"source\"");
        assert_eq!(extraction.packages().next().unwrap().version, "3.3.1_1");
        assert_eq!(extraction.problems[0].kind, ProblemKind::Malformed);
        for content in [&b"{"[..], b"{}", b"[1]"] {
            let extraction = extract_at(CASK, content);
            assert!(extraction.facts.is_empty());
            assert_eq!(extraction.problems.len(), 1);
        }
    }

    #[test]
    fn a_receipt_elsewhere_is_none() {
        for path in [
            "INSTALL_RECEIPT.json",
            "srv/INSTALL_RECEIPT.json",
            "opt/homebrew/Cellar/a/INSTALL_RECEIPT.json",
            "opt/homebrew/Caskroom/a/1.0/INSTALL_RECEIPT.json",
        ] {
            assert!(installed(&ImagePath::new(path)).is_none(), "{path}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            extract_at(FORMULA, &bytes);
            extract_at(CASK, &bytes);
        }
    }
}
