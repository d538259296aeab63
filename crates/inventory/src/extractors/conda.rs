//! Conda packages as installed: `conda-meta/NAME-VERSION-BUILD.json` in each environment (conda's `PrefixRecord`).
//!
//! The record lists the package's files, and gives no ownership all the same: conda's packages are no distribution's, and the Python
//! packages among them have advisories of their own under the name that their metadata says.

use plimsoll_core::{PackageType, Problem};
use serde::Deserialize;

use crate::fields::{component, extraction, field, malformed, package};
use crate::{Candidate, Extraction, Extractor, FoundPackage, Pattern, WantedFile};

pub(crate) static CONDA: Extractor = Extractor {
    id: "conda",
    version: 1,
    summary: "Conda packages as installed in an environment",
    patterns: &[Pattern::Extension(".json")],
    wants: |candidate: &Candidate<'_>| component(candidate.path, 1) == Some("conda-meta"),
    extract,
    ..Extractor::RECORD
};

/// The fields that matter here. Those that only tell more are of any type, so that one of them does not lose the package.
#[derive(Deserialize)]
struct Record {
    name: Option<String>,
    version: Option<String>,
    channel: Option<serde_json::Value>,
    license: Option<serde_json::Value>,
}

fn extract(file: &WantedFile<'_>) -> Extraction {
    let found = file.bytes().and_then(|bytes| match serde_json::from_slice(&bytes) {
        Ok(record) => into_package(record),
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            Err(malformed(format!("not the JSON of a package at line {line}, column {column}")))
        }
    });
    extraction(found.map(Some))
}

fn into_package(record: Record) -> Result<FoundPackage, Problem> {
    let identity = (record.name.as_deref(), record.version.as_deref());
    let mut found = package(PackageType::Conda, "record of a package", identity)?;
    let kept = |value: Option<serde_json::Value>| field(value?.as_str()?).map(str::to_owned);
    found.licenses = kept(record.license).into_iter().collect();
    found.repository = kept(record.channel).map(|channel| without_credentials(&channel));
    Ok(found)
}

/// A private channel's address may hold a token (`https://HOST/t/TOKEN/CHANNEL`) or a password, which are nobody's business.
fn without_credentials(channel: &str) -> String {
    let Some((scheme, rest)) = channel.split_once("://") else { return channel.to_owned() };
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = host.rsplit('@').next().unwrap_or(host);
    let path = match path.strip_prefix("t/").and_then(|rest| rest.split_once('/')) {
        Some((_, path)) => path,
        None => path,
    };
    format!("{scheme}://{host}/{path}")
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{ImagePath, Limits, ProblemKind};
    use proptest::prelude::*;

    use super::*;

    fn run(content: &[u8]) -> Extraction {
        let path = ImagePath::new("opt/conda/conda-meta/openssl-3.1.3-hd590300_0.json");
        let content = content.to_vec();
        extract(&WantedFile::whole(&path, &content, &Limits::default()))
    }

    #[test]
    fn a_record_gives_a_package_with_its_channel() {
        let extraction = run(br#"{"build":"hd590300_0","channel":"https://conda.anaconda.org/conda-forge/linux-64","files":["bin/openssl"],
            "license":"Apache-2.0","name":"openssl","version":"3.1.3"}"#);
        let package = extraction.packages().next().unwrap();
        assert_eq!((package.name.as_str(), package.version.as_str()), ("openssl", "3.1.3"));
        assert_eq!(package.licenses, ["Apache-2.0"]);
        let channel = "https://conda.anaconda.org/conda-forge/linux-64";
        assert_eq!(package.repository.as_deref(), Some(channel));
        assert!(package.owned_paths.is_empty());
    }

    #[test]
    fn a_channels_token_and_password_are_not_kept() {
        for (channel, expected) in [
            ("https://example.com/t/tk-123/main/linux-64", "https://example.com/main/linux-64"),
            ("https://me:secret@example.com/main", "https://example.com/main"),
            ("https://example.com", "https://example.com/"),
            ("conda-forge", "conda-forge"),
        ] {
            assert_eq!(without_credentials(channel), expected);
        }
    }

    #[test]
    fn only_records_are_wanted() {
        for (path, expected) in [
            ("opt/conda/conda-meta/openssl-3.1.3-hd590300_0.json", true),
            ("conda-meta/a-1-0.json", true),
            ("opt/conda/pkgs/openssl-3.1.3-hd590300_0/info/index.json", false),
            ("opt/conda/conda-meta/a/b.json", false),
        ] {
            let path = ImagePath::new(path);
            let candidate = Candidate { path: &path, mode: 0o644, size: 1, prefix: b"{" };
            assert_eq!((CONDA.wants)(&candidate), expected, "{path}");
        }
    }

    #[test]
    fn a_field_of_another_type_does_not_lose_the_package() {
        let extraction =
            run(br#"{"name":"a","version":"1","license":["MIT"],"channel":{"name":"x"}}"#);
        assert_eq!(extraction.packages().count(), 1);
        for content in [&b"{"[..], b"", b"[]", br#"{"name":"a"}"#, br#"{"name":"a","version":1}"#] {
            assert_eq!(run(content).problems[0].kind, ProblemKind::Malformed);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_give_a_package_or_a_problem(content: Vec<u8>) {
            let extraction = run(&content);
            prop_assert_eq!(extraction.facts.len() + extraction.problems.len(), 1);
        }
    }
}
