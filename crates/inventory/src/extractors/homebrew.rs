//! Homebrew's packages: the receipt that an installation leaves in each version's directory of the cellar, and in each cask's
//! (brew, `Library/Homebrew/tab.rb`), and the formula that lies beside it (`.brew/NAME.rb`).
//!
//! Name and version are those of the directories; the receipt says which tap the package came from, and the formula its licence.
//! Formulae of taps (`Library/Taps`) are what could be installed, and no packages.

use std::borrow::Cow;

use plimsoll_core::{ImagePath, PackageType, Problem, ProblemKind};
use serde_json::Value;

use crate::{Candidate, Extraction, Extractor, FoundPackage, Pattern, WantedFile};

pub(crate) static HOMEBREW: Extractor = Extractor {
    id: "homebrew",
    version: 2,
    summary: "Homebrew's packages and casks: the receipts of their installation, and the formulae beside them",
    patterns: &[Pattern::Name("INSTALL_RECEIPT.json"), Pattern::Extension(".rb")],
    wants: |candidate: &Candidate<'_>| installed(candidate.path).is_some(),
    extract,
    ..Extractor::RECORD
};

const LONGEST_LICENSE: usize = 128;
const LONGEST_LINE: usize = 1_024;

/// What the place of a file says.
enum Installed<'a> {
    /// `Cellar/NAME/VERSION/INSTALL_RECEIPT.json`
    Formula { name: &'a str, version: &'a str },
    /// `Cellar/NAME/VERSION/.brew/NAME.rb`
    Ruby { name: &'a str, version: &'a str },
    /// `Caskroom/NAME/.metadata/INSTALL_RECEIPT.json`: the version stands in the receipt.
    Cask { name: &'a str },
}

fn installed(path: &ImagePath) -> Option<Installed<'_>> {
    let is_ruby = path.file_name().ends_with(".rb");
    let mut components = path.parent().rsplit('/');
    let (last, name, root) = (components.next()?, components.next()?, components.next()?);
    match (root, last) {
        _ if is_ruby => {
            let is_keg = last == ".brew" && components.next() == Some("Cellar");
            is_keg.then_some(Installed::Ruby { name: root, version: name })
        }
        ("Cellar", version) => Some(Installed::Formula { name, version }),
        ("Caskroom", ".metadata") => Some(Installed::Cask { name }),
        _ => None,
    }
}

fn extract(file: &WantedFile<'_>) -> Extraction {
    let mut extraction = Extraction::default();
    match installed(file.path) {
        // The directory is there whatever its receipt or formula says.
        Some(Installed::Ruby { name, version }) => {
            let text = file.text().map(Cow::into_owned);
            let text = text.unwrap_or_else(|problem| told(&mut extraction, problem));
            extraction.push(FoundPackage {
                licenses: text.lines().find_map(license).into_iter().collect(),
                ..FoundPackage::new(PackageType::Brew, name, version)
            });
        }
        Some(Installed::Formula { name, version }) => {
            let receipt = receipt(file).unwrap_or_else(|problem| told(&mut extraction, problem));
            extraction.push(of_receipt(&receipt, name, version));
        }
        Some(Installed::Cask { name }) => {
            let receipt = match receipt(file) {
                Ok(receipt) => receipt,
                Err(problem) => return Extraction::failed(problem),
            };
            let version = receipt.pointer("/source/version").and_then(Value::as_str);
            match version.filter(|version| !version.is_empty()) {
                Some(version) => extraction.push(of_receipt(&receipt, name, version)),
                None => return Extraction::malformed("the receipt of a cask without a version"),
            }
        }
        None => {}
    }
    extraction
}

/// Nothing, and the problem told.
fn told<T: Default>(extraction: &mut Extraction, problem: Problem) -> T {
    extraction.problems.push(problem);
    T::default()
}

fn of_receipt(receipt: &Value, name: &str, version: &str) -> FoundPackage {
    let tap = receipt.pointer("/source/tap").and_then(Value::as_str);
    FoundPackage {
        repository: tap.map(str::to_owned),
        ..FoundPackage::new(PackageType::Brew, name, version)
    }
}

/// What a line of a formula says of its licence: one, or a list of which any counts or all do (brew, "Formula Cookbook"). What is
/// said in other ways is left out.
fn license(line: &str) -> Option<String> {
    let line = Some(line).filter(|line| line.len() <= LONGEST_LINE)?;
    let stated = line.trim().strip_prefix("license")?;
    let stated = stated.strip_prefix([' ', '\t'])?.trim();
    let (list, between) = match stated.split_once("_of:") {
        Some(("any", list)) => (list.trim(), " OR "),
        Some(("all", list)) => (list.trim(), " AND "),
        Some(_) => return None,
        None => return identifier(stated).map(str::to_owned),
    };
    let inner = list.strip_prefix('[')?.strip_suffix(']')?.trim_end().trim_end_matches(',');
    let identifiers: Option<Vec<_>> = inner.split(',').map(identifier).collect();
    Some(identifiers?.join(between))
}

/// An identifier in quotes.
fn identifier(text: &str) -> Option<&str> {
    let inner = text.trim().strip_prefix('"')?.strip_suffix('"')?;
    let is_identifier = |byte: u8| byte.is_ascii_alphanumeric() || b".-+".contains(&byte);
    let is_one = !inner.is_empty() && inner.len() <= LONGEST_LICENSE;
    (is_one && inner.bytes().all(is_identifier)).then_some(inner)
}

fn receipt(file: &WantedFile<'_>) -> Result<Value, Problem> {
    serde_json::from_slice(&file.bytes()?).map_err(|error| {
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
    fn a_keg_without_a_receipt_is_known_by_its_formula_and_one_with_both_is_one() {
        let path = "home/linuxbrew/.linuxbrew/Cellar/openssl@3/3.3.1_1/.brew/openssl@3.rb";
        for (line, expected) in [
            ("  license \"Apache-2.0\"", Some("Apache-2.0")),
            ("  license any_of: [\"MIT\", \"Apache-2.0\"]", Some("MIT OR Apache-2.0")),
            ("  license all_of: [\"MIT\", \"0BSD\",]", Some("MIT AND 0BSD")),
            ("  license :public_domain", None),
            ("  license \"GPL-2.0\" => { with: \"Classpath-exception-2.0\" }", None),
            ("  license any_of: [", None),
            ("  licensed \"MIT\"", None),
            ("  license \"#{name}\"", None),
        ] {
            let formula = format!(
                "class OpensslAT3 < Formula\n  desc \"TLS\"\n  version \"9\"\n{line}\nend\n"
            );
            let extraction = extract_at(path, formula.as_bytes());
            let expected = FoundPackage {
                licenses: expected.map(str::to_owned).into_iter().collect(),
                ..FoundPackage::new(PackageType::Brew, "openssl@3", "3.3.1_1")
            };
            assert_eq!(extraction.packages().collect::<Vec<_>>(), [&expected], "{line}");
            assert_eq!(extraction.problems, []);
        }
        let receipt = extract_at(FORMULA, b"{\"arch\": \"x86_64\"}");
        let receipt = receipt.packages().next().unwrap();
        assert_eq!((receipt.name.as_str(), receipt.version.as_str()), ("openssl@3", "3.3.1_1"));
        assert_eq!(receipt.arch, None, "the formula does not know it, and both are one package");
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
            "opt/homebrew/Library/Taps/homebrew/homebrew-core/Formula/a.rb",
            "opt/homebrew/Cellar/a/1.0/lib/a.rb",
            "opt/homebrew/Cellar/a/.brew/a.rb",
            ".brew/a.rb",
        ] {
            assert!(installed(&ImagePath::new(path)).is_none(), "{path}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            extract_at(FORMULA, &bytes);
            extract_at(CASK, &bytes);
            extract_at("opt/Cellar/a/1/.brew/a.rb", &bytes);
        }
    }
}
