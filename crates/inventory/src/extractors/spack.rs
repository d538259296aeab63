//! Software that Spack built: every prefix has its specification in `.spack/spec.json`.
//!
//! The specification is a graph whose first node is what lies in the prefix (Spack, "spec.json", form 2 and later); the other nodes have
//! prefixes, and so files, of their own. A purl has no type for them yet, so they are generic: `spack/NAME`.

use plimsoll_core::{PackageType, Problem, ProblemKind};
use serde::Deserialize;
use serde_json::Value;

use crate::fields::{extraction, malformed, package};
use crate::{Extraction, Extractor, FoundPackage, Pattern, WantedFile};

pub(crate) static SPACK: Extractor = Extractor {
    id: "spack",
    version: 1,
    summary: "Software that Spack built",
    patterns: &[Pattern::PathEnd(".spack/spec.json")],
    extract,
    ..Extractor::RECORD
};

#[derive(Deserialize)]
struct Document {
    /// In the first form a list of objects, each of one name; since then an object with `nodes`.
    spec: Value,
}

#[derive(Deserialize)]
struct Node {
    name: Option<String>,
    version: Option<String>,
    /// Software of the system that Spack only uses.
    external: Option<Value>,
}

fn extract(file: &WantedFile<'_>) -> Extraction {
    extraction(file.text().and_then(|text| specified(&text)))
}

fn specified(text: &str) -> Result<Option<FoundPackage>, Problem> {
    let document: Document = serde_json::from_str(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        malformed(format!("not the JSON of a specification at line {line}, column {column}"))
    })?;
    if document.spec.is_array() {
        let detail = "specification in the first form of Spack";
        return Err(Problem::new(ProblemKind::Unsupported, detail));
    }
    let root = document.spec.pointer("/nodes/0").and_then(|node| Node::deserialize(node).ok());
    let Some(root) = root else { return Err(malformed("specification without a root")) };
    if root.external.is_some_and(|external| !external.is_null()) {
        return Ok(None);
    }
    let name = root.name.map(|name| format!("spack/{name}"));
    let names = (name.as_deref(), root.version.as_deref());
    package(PackageType::Generic, "specification", names).map(Some)
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{ImagePath, Limits};
    use proptest::prelude::*;

    use super::*;

    fn run(content: &[u8]) -> Extraction {
        let path = ImagePath::new(
            "opt/software/linux-x86_64/gcc-12.2.0/zlib-1.2.13-0f1e/.spack/spec.json",
        );
        let content = content.to_vec();
        extract(&WantedFile::whole(&path, &content, &Limits::default()))
    }

    #[test]
    fn the_first_node_is_what_was_built() {
        let content = r#"{"spec":{"_meta":{"version":4},"nodes":[
            {"name":"hdf5","version":"1.14.3","arch":{"platform":"linux","target":{"name":"zen3"}},"hash":"0f1e"},
            {"name":"zlib","version":"1.2.13"}]}}"#;
        let extraction = run(content.as_bytes());
        assert_eq!(extraction.problems, []);
        let packages: Vec<_> = extraction.packages().collect();
        assert_eq!(
            (packages[0].name.as_str(), packages[0].version.as_str()),
            ("spack/hdf5", "1.14.3")
        );
        assert_eq!(packages.len(), 1);
    }

    #[test]
    fn software_of_the_system_is_not_spacks() {
        let extraction = run(
            br#"{"spec":{"nodes":[{"name":"openssl","version":"3","external":{"path":"/usr"}}]}}"#,
        );
        assert_eq!(extraction.facts.len() + extraction.problems.len(), 0);
    }

    #[test]
    fn what_cannot_be_read_is_a_problem() {
        for (content, kind) in [
            ("", ProblemKind::Malformed),
            (r#"{"spec":{"nodes":[]}}"#, ProblemKind::Malformed),
            (r#"{"spec":{"nodes":[{"name":"a"}]}}"#, ProblemKind::Malformed),
            (r#"{"spec":{"nodes":[7]}}"#, ProblemKind::Malformed),
            (r#"{"spec":[{"zlib":{"version":"1.2.11"}}]}"#, ProblemKind::Unsupported),
        ] {
            assert_eq!(run(content.as_bytes()).problems[0].kind, kind, "{content}");
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
