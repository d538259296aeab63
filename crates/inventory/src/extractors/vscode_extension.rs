//! Extensions of VS Code and the servers made from it (code-server, OpenVSCode): `extensions/PUBLISHER.NAME-VERSION/package.json`.
//!
//! The file is the extension's manifest (Visual Studio Code, "Extension Manifest"). Extensions that belong to the editor itself lie in
//! directories without publisher and version, and have no version of their own. A purl has no type for extensions yet, so they are
//! generic: `vscode-extension/PUBLISHER/NAME`.

use plimsoll_core::{ImagePath, PackageType, Problem};
use serde::Deserialize;
use serde_json::Value;

use crate::fields::{component, extraction, field, malformed, name_and_version, package};
use crate::{Candidate, Extraction, Extractor, FoundPackage, Pattern, WantedFile};

pub(crate) static VSCODE_EXTENSION: Extractor = Extractor {
    id: "vscode-extension",
    version: 1,
    summary: "Extensions of VS Code, code-server and their like",
    patterns: &[Pattern::Name("package.json")],
    wants: |candidate: &Candidate<'_>| directory(candidate.path).is_some(),
    extract,
    ..Extractor::RECORD
};

/// `PUBLISHER.NAME` of the directory in which an extension is installed.
pub(super) fn directory(path: &ImagePath) -> Option<&str> {
    let is_installed = component(path, 2)? == "extensions";
    let (name, _) = name_and_version(component(path, 1)?)?;
    (is_installed && name.contains('.')).then_some(name)
}

#[derive(Deserialize)]
struct Manifest {
    name: Option<String>,
    version: Option<String>,
    publisher: Option<String>,
    license: Option<Value>,
}

fn extract(file: &WantedFile<'_>) -> Extraction {
    extraction(file.text().and_then(|text| extension(&text, file.path)))
}

/// `None` for a package that has no publisher: it is no extension.
fn extension(text: &str, path: &ImagePath) -> Result<Option<FoundPackage>, Problem> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let manifest: Manifest = serde_json::from_str(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        malformed(format!("not the JSON of an extension at line {line}, column {column}"))
    })?;
    let (Some(publisher), Some(name)) = (manifest.publisher, manifest.name) else {
        return Ok(None);
    };
    let full = format!("{publisher}.{name}");
    if !directory(path).is_some_and(|directory| directory.eq_ignore_ascii_case(&full)) {
        return Err(malformed("manifest of another extension than its directory"));
    }
    let full = format!("vscode-extension/{publisher}/{name}");
    let names = (Some(full.as_str()), manifest.version.as_deref());
    let mut package = package(PackageType::Generic, "manifest of an extension", names)?;
    let license = manifest.license.as_ref().and_then(Value::as_str).and_then(field);
    package.licenses = license.map(str::to_owned).into_iter().collect();
    package.vendor = field(&publisher).map(str::to_owned);
    Ok(Some(package))
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{Limits, ProblemKind};
    use proptest::prelude::*;

    use super::*;

    const PATH: &str =
        "root/.vscode-server/extensions/ms-python.debugpy-2024.6.0-linux-x64/package.json";

    fn run(content: &[u8]) -> Extraction {
        let path = ImagePath::new(PATH);
        let content = content.to_vec();
        extract(&WantedFile::whole(&path, &content, &Limits::default()))
    }

    #[test]
    fn only_installed_extensions_are_wanted() {
        for (path, name) in [
            (PATH, Some("ms-python.debugpy")),
            (
                "home/coder/.local/share/code-server/extensions/a.b-c-1.0.0/package.json",
                Some("a.b-c"),
            ),
            ("usr/share/code/resources/app/extensions/git/package.json", None),
            ("app/extensions/mine-1.0/package.json", None),
            ("app/node_modules/a.b-1.0/package.json", None),
        ] {
            assert_eq!(directory(&ImagePath::new(path)), name, "{path}");
        }
    }

    #[test]
    fn an_extension_is_its_publishers() {
        let content = r#"{"name":"debugpy","publisher":"ms-python","version":"2024.6.0","license":"MIT","engines":{"vscode":"^1.87.0"}}"#;
        let extraction = run(content.as_bytes());
        assert_eq!(extraction.problems, []);
        let package = extraction.packages().next().unwrap();
        assert_eq!(
            (package.kind.as_str(), package.name.as_str()),
            ("generic", "vscode-extension/ms-python/debugpy")
        );
        assert_eq!(
            (package.version.as_str(), package.licenses.as_slice()),
            ("2024.6.0", &["MIT".to_owned()][..])
        );
    }

    #[test]
    fn a_package_without_a_publisher_is_nothing() {
        let extraction = run(br#"{"name":"debugpy","version":"1"}"#);
        assert_eq!(extraction.facts.len() + extraction.problems.len(), 0);
    }

    #[test]
    fn what_cannot_be_read_is_a_problem() {
        for content in [
            "",
            "{\"name\":",
            r#"{"name":"debugpy","publisher":"ms-python"}"#,
            r#"{"name":"other","publisher":"ms-python","version":"1"}"#,
        ] {
            assert_eq!(
                run(content.as_bytes()).problems[0].kind,
                ProblemKind::Malformed,
                "{content}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_bytes_end(content: Vec<u8>) {
            let extraction = run(&content);
            prop_assert!(extraction.facts.len() + extraction.problems.len() <= 1);
        }
    }
}
