//! Models in the cache that Hugging Face's libraries keep: `models--OWNER--NAME/refs/main` has the commit that was fetched.
//!
//! The files of a model lie in `blobs` under names that say nothing, behind links in `snapshots/COMMIT`; the reference says which model
//! and which commit of it is there (huggingface_hub, "Understand caching"). Where an image was made with the links followed, the
//! weights lie in `snapshots` themselves: [`snapshot`] is for the parts that read those.

use plimsoll_core::{ImagePath, PackageType};

use crate::fields::{component, field, malformed};
use crate::{Candidate, Extraction, Extractor, FoundPackage, Pattern, WantedFile};

pub(crate) static HUGGINGFACE: Extractor = Extractor {
    id: "huggingface",
    version: 1,
    summary: "Models in the cache of Hugging Face's libraries",
    patterns: &[Pattern::PathEnd("refs/main")],
    wants: |candidate: &Candidate<'_>| {
        component(candidate.path, 2).is_some_and(|name| repository(name).is_some())
    },
    extract,
    ..Extractor::RECORD
};

fn extract(file: &WantedFile<'_>) -> Extraction {
    let Some(name) = component(file.path, 2).and_then(repository) else {
        return Extraction::default();
    };
    let text = match file.text() {
        Ok(text) => text,
        Err(problem) => return Extraction::failed(problem),
    };
    let commit = text.trim();
    if !is_commit(commit) {
        return Extraction::failed(malformed("reference of a model to what is no commit"));
    }
    let mut found = Extraction::default();
    found.push(FoundPackage::new(PackageType::Huggingface, name, commit));
    found
}

/// The model of a file in a cache's `snapshots`, and its commit.
pub(super) fn snapshot(path: &ImagePath) -> Option<FoundPackage> {
    let (directory, inside) = path.as_str().split_once("/snapshots/")?;
    let name = repository(directory.rsplit('/').next()?)?;
    let commit = inside.split('/').next().filter(|commit| is_commit(commit))?;
    Some(FoundPackage::new(PackageType::Huggingface, name, commit))
}

/// `OWNER/NAME` of `models--OWNER--NAME`; the oldest models have no owner.
fn repository(directory: &str) -> Option<String> {
    let name = directory.strip_prefix("models--")?;
    field(name).map(|name| name.replacen("--", "/", 1))
}

fn is_commit(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{Limits, ProblemKind};
    use proptest::prelude::*;

    use super::*;

    const COMMIT: &str = "c9745ed1d9f207416be6d2e6f8de32d1f16199bf";
    const PATH: &str =
        "root/.cache/huggingface/hub/models--sentence-transformers--all-MiniLM-L6-v2/refs/main";

    fn run(path: &str, content: &[u8]) -> Extraction {
        let path = ImagePath::new(path);
        let content = content.to_vec();
        extract(&WantedFile::whole(&path, &content, &Limits::default()))
    }

    #[test]
    fn only_references_of_models_are_wanted() {
        for (path, expected) in [
            (PATH, true),
            ("hub/models--gpt2/refs/main", true),
            ("hub/datasets--squad/refs/main", false),
            ("app/.git/refs/main", false),
            ("models--/refs/main", false),
        ] {
            let path = ImagePath::new(path);
            let candidate = Candidate { path: &path, mode: 0o644, size: 40, prefix: b"" };
            assert_eq!((HUGGINGFACE.wants)(&candidate), expected, "{path}");
        }
    }

    #[test]
    fn a_model_is_its_repository_at_a_commit() {
        for (path, name) in [
            (PATH, "sentence-transformers/all-MiniLM-L6-v2"),
            ("hub/models--gpt2/refs/main", "gpt2"),
            ("hub/models--a--b--c/refs/main", "a/b--c"),
        ] {
            let extraction = run(path, COMMIT.as_bytes());
            let package = extraction.packages().next().unwrap();
            assert_eq!((package.name.as_str(), package.version.as_str()), (name, COMMIT));
        }
        for content in ["", "main", &COMMIT[1..]] {
            let extraction = run(PATH, content.as_bytes());
            assert_eq!(extraction.problems[0].kind, ProblemKind::Malformed, "{content}");
        }
    }

    #[test]
    fn a_file_of_a_snapshot_belongs_to_its_model() {
        let path = format!("hub/models--a--b/snapshots/{COMMIT}/onnx/model.safetensors");
        let package = snapshot(&ImagePath::new(&path)).unwrap();
        assert_eq!((package.name.as_str(), package.version.as_str()), ("a/b", COMMIT));
        for path in ["hub/models--a--b/snapshots/main/a", "hub/b/snapshots/x", "models--a/blobs/x"]
        {
            assert_eq!(snapshot(&ImagePath::new(path)), None, "{path}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_give_a_model_or_a_problem(content: Vec<u8>) {
            let extraction = run(PATH, &content);
            prop_assert_eq!(extraction.facts.len() + extraction.problems.len(), 1);
        }
    }
}
