//! Extensions of Chrome and Chromium in a profile: `Extensions/ID/VERSION_0/manifest.json`.
//!
//! An extension is known by its identifier; its name may be a key of its translations (Chrome, "Manifest file format"). A purl has no
//! type for extensions yet, so they are generic: `chrome-extension/ID`.

use plimsoll_core::{ImagePath, PackageType, Problem};
use serde::Deserialize;

use crate::fields::{component, extraction, malformed, package};
use crate::{Candidate, Extraction, Extractor, FoundPackage, Pattern, WantedFile};

pub(crate) static CHROME_EXTENSION: Extractor = Extractor {
    id: "chrome-extension",
    version: 1,
    summary: "Extensions in profiles of Chrome and Chromium",
    patterns: &[Pattern::Name("manifest.json")],
    wants: |candidate: &Candidate<'_>| identifier(candidate.path).is_some(),
    extract,
    ..Extractor::RECORD
};

/// Thirty-two letters from `a` to `p`: the digits of a digest.
fn identifier(path: &ImagePath) -> Option<&str> {
    let is_profile = component(path, 3)? == "Extensions";
    let id = component(path, 2)?;
    let is_id = id.len() == 32 && id.bytes().all(|byte| (b'a'..=b'p').contains(&byte));
    (is_profile && is_id).then_some(id)
}

#[derive(Deserialize)]
struct Manifest {
    version: Option<String>,
}

fn extract(file: &WantedFile<'_>) -> Extraction {
    extraction(file.text().and_then(|text| extension(&text, file.path)))
}

fn extension(text: &str, path: &ImagePath) -> Result<Option<FoundPackage>, Problem> {
    let Some(id) = identifier(path) else { return Ok(None) };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let manifest: Manifest = serde_json::from_str(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        malformed(format!("not the JSON of an extension at line {line}, column {column}"))
    })?;
    let name = format!("chrome-extension/{id}");
    let names = (Some(name.as_str()), manifest.version.as_deref());
    package(PackageType::Generic, "manifest of an extension", names).map(Some)
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{Limits, ProblemKind};
    use proptest::prelude::*;

    use super::*;

    const ID: &str = "cjpalhdlnbpafiamejdnhcphjbkeiagm";

    fn run(content: &[u8]) -> Extraction {
        let path = format!("root/.config/chromium/Default/Extensions/{ID}/1.58.0_0/manifest.json");
        let path = ImagePath::new(&path);
        let content = content.to_vec();
        extract(&WantedFile::whole(&path, &content, &Limits::default()))
    }

    #[test]
    fn only_extensions_of_a_profile_are_wanted() {
        for (path, expected) in [
            (format!("a/Extensions/{ID}/1.0_0/manifest.json"), Some(ID)),
            (format!("a/Extensions/{ID}/manifest.json"), None),
            (format!("a/Extensions/{}/1.0_0/manifest.json", ID.replace('a', "z")), None),
            ("srv/www/manifest.json".to_owned(), None),
        ] {
            assert_eq!(identifier(&ImagePath::new(&path)), expected, "{path}");
        }
    }

    #[test]
    fn an_extension_has_its_identifier_and_version() {
        let extraction =
            run(br#"{"manifest_version":2,"name":"__MSG_extName__","version":"1.58.0"}"#);
        let package = extraction.packages().next().unwrap();
        assert_eq!(
            (package.name.as_str(), package.version.as_str()),
            ("chrome-extension/cjpalhdlnbpafiamejdnhcphjbkeiagm", "1.58.0")
        );
        for content in ["", "{}", "{\"version\":1}"] {
            assert_eq!(
                run(content.as_bytes()).problems[0].kind,
                ProblemKind::Malformed,
                "{content}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_bytes_give_an_extension_or_a_problem(content: Vec<u8>) {
            let extraction = run(&content);
            prop_assert_eq!(extraction.facts.len() + extraction.problems.len(), 1);
        }
    }
}
