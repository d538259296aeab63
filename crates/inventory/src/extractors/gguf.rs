//! Models as GGUF, the format of llama.cpp and Ollama: the description before the tensors.
//!
//! The format is that of ggml-org/ggml (docs/gguf.md): a magic, a version, two counts, then keys with typed values. What describes the
//! model has keys that begin with `general.` and stands before the vocabulary, which may be larger than what is read.

mod reader;

use plimsoll_core::{ImagePath, PackageType, Problem, ProblemKind};

use self::reader::{Description, Ending};
use super::huggingface::snapshot;
use super::safetensors::without_shard;
use crate::fields::field;
use crate::{Extraction, Extractor, FoundPackage, Pattern, Reads, WantedFile};

pub(crate) static GGUF: Extractor = Extractor {
    id: "gguf",
    version: 1,
    summary: "Models as GGUF: what the file says of itself",
    patterns: &[Pattern::Magic(b"GGUF")],
    reads: Reads::Head(HEAD_BYTES),
    extract,
    ..Extractor::RECORD
};

/// Some vocabularies have more, but none of them stands before the description.
const HEAD_BYTES: u64 = 4 << 20;

fn extract(file: &WantedFile<'_>) -> Extraction {
    let (description, ending) = reader::describe(file.content);
    let mut found = Extraction::default();
    let is_cut = file.content.size() < file.size;
    match ending {
        Ending::Whole => {}
        Ending::Early if is_cut && description.name.is_some() => {}
        Ending::Early if is_cut => {
            let detail = format!("description beyond the {HEAD_BYTES} bytes that are read");
            found.problems.push(Problem::new(ProblemKind::LimitExceeded, detail));
        }
        Ending::Early => {
            let detail = "model that ends inside its description";
            found.problems.push(Problem::new(ProblemKind::Truncated, detail));
        }
        Ending::Unsupported(detail) => {
            found.problems.push(Problem::new(ProblemKind::Unsupported, detail));
        }
        Ending::Malformed(detail) => {
            found.problems.push(Problem::new(ProblemKind::Malformed, detail));
        }
    }
    if let Some(model) = model(&description, file.path) {
        found.push(model);
    }
    found
}

/// `None` for a shard that is not the first, as only that one is described.
fn model(description: &Description, path: &ImagePath) -> Option<FoundPackage> {
    if description.shard > 0 && description.name.is_none() {
        return None;
    }
    let stated = |text: &Option<String>| text.as_deref().and_then(field).map(str::to_owned);
    let repository = description.repositories.iter().find_map(|one| repository(one));
    let mut model = match (snapshot(path), repository) {
        (Some(model), _) => model,
        // A version of this type is a commit, which the file does not know.
        (None, Some(repository)) => FoundPackage::new(PackageType::Huggingface, repository, ""),
        (None, None) => {
            let name = stated(&description.name).or_else(|| name_of(path));
            let name = name.or_else(|| stated(&description.architecture))?;
            let version = stated(&description.version).unwrap_or_default();
            FoundPackage::new(PackageType::Generic, name, version)
        }
    };
    model.vendor = stated(&description.organization).or_else(|| stated(&description.author));
    model.licenses = stated(&description.license).into_iter().collect();
    Some(model)
}

/// Stores of models name files by their digest, which is no name.
fn name_of(path: &ImagePath) -> Option<String> {
    let (stem, extension) = path.file_name().rsplit_once('.')?;
    let is_named = extension.eq_ignore_ascii_case("gguf");
    field(without_shard(stem)).filter(|_| is_named).map(str::to_owned)
}

/// `owner/name` of an address at Hugging Face, or of what is one already.
fn repository(stated: &str) -> Option<String> {
    let rest = match stated.split_once("://") {
        Some((_, rest)) => {
            rest.strip_prefix("huggingface.co/").or_else(|| rest.strip_prefix("hf.co/"))?
        }
        None => stated,
    };
    let mut parts = rest.split('/');
    let (owner, name) = (parts.next()?, parts.next()?);
    let is_part = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    let repository = (is_part(owner) && is_part(name)).then(|| format!("{owner}/{name}"))?;
    field(&repository).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use plimsoll_core::Limits;
    use proptest::prelude::*;

    use super::reader::samples::{array, model, text};
    use super::*;

    fn run(path: &str, content: &[u8]) -> Extraction {
        let path = ImagePath::new(path);
        let content = content.to_vec();
        extract(&WantedFile::whole(&path, &content, &Limits::default()))
    }

    #[test]
    fn a_model_is_what_it_says_of_itself() {
        let content = model(
            3,
            &[
                text("general.architecture", "llama"),
                text("general.name", "Tiny Llama"),
                text("general.version", "v1.1"),
                text("general.author", "somebody"),
                text("general.organization", "Example Org"),
                text("general.license", "apache-2.0"),
                array("tokenizer.ggml.tokens", &["<s>", "a"]),
            ],
        );
        let extraction = run("models/tiny.gguf", &content);
        assert_eq!(extraction.problems, []);
        let package = extraction.packages().next().unwrap();
        assert_eq!((package.kind.as_str(), package.name.as_str()), ("generic", "Tiny Llama"));
        assert_eq!(
            (package.version.as_str(), package.vendor.as_deref()),
            ("v1.1", Some("Example Org"))
        );
        assert_eq!(package.licenses, ["apache-2.0"]);
    }

    #[test]
    fn a_known_repository_is_the_name() {
        for (key, value, name) in [
            ("general.repo_url", "https://huggingface.co/a/Tiny-GGUF", Some("a/Tiny-GGUF")),
            ("general.source.huggingface.repository", "a/tiny", Some("a/tiny")),
            ("general.source.repo_url", "https://hf.co/a/tiny/tree/main", Some("a/tiny")),
            ("general.repo_url", "https://example.org/a/tiny", None),
        ] {
            let content = model(3, &[text("general.name", "Tiny"), text(key, value)]);
            let extraction = run("m.gguf", &content);
            let package = extraction.packages().next().unwrap();
            let kind = if name.is_some() { "huggingface" } else { "generic" };
            assert_eq!(
                (package.kind.as_str(), package.name.as_str()),
                (kind, name.unwrap_or("Tiny"))
            );
        }
    }

    #[test]
    fn a_model_without_a_name_has_its_files_or_its_architectures() {
        let content = model(3, &[text("general.architecture", "bert")]);
        for (path, name) in [
            ("models/all-minilm-q8_0.gguf", "all-minilm-q8_0"),
            ("models/phi-00001-of-00003.GGUF", "phi"),
            ("root/.ollama/models/blobs/sha256-0f1e", "bert"),
        ] {
            assert_eq!(run(path, &content).packages().next().unwrap().name, name, "{path}");
        }
    }

    #[test]
    fn a_later_shard_is_part_of_the_first() {
        let content = model(3, &[(b"\x08\0\0\0\0\0\0\0split.no\x02\0\0\0\x01\0").to_vec()]);
        let extraction = run("phi-00002-of-00003.gguf", &content);
        assert_eq!(extraction.facts.len() + extraction.problems.len(), 0);
    }

    #[test]
    fn a_vocabulary_beyond_what_is_read_is_no_problem_and_a_hidden_name_is_one() {
        let path = ImagePath::new("phi.gguf");
        let limits = Limits::default();
        let tokens = array("tokenizer.ggml.tokens", &["token"; 100]);
        for (entries, problems) in [
            ([text("general.name", "Phi"), tokens.clone()], 0),
            ([tokens.clone(), text("general.name", "Phi")], 1),
        ] {
            let whole = model(3, &entries);
            let head = whole[..300].to_vec();
            let file =
                WantedFile { size: whole.len() as u64, ..WantedFile::whole(&path, &head, &limits) };
            let extraction = extract(&file);
            assert_eq!((extraction.packages().count(), extraction.problems.len()), (1, problems));
            assert!(extraction.problems.iter().all(|one| one.kind == ProblemKind::LimitExceeded));
        }
    }

    #[test]
    fn what_cannot_be_read_is_a_problem() {
        let whole = model(3, &[text("general.name", "Phi")]);
        let mut big_endian = whole.clone();
        big_endian[4..8].reverse();
        for (content, kind) in [
            (&whole[..40], ProblemKind::Truncated),
            (b"GGUF", ProblemKind::Truncated),
            (&big_endian, ProblemKind::Unsupported),
            (&model(9, &[]), ProblemKind::Unsupported),
            (&model(3, &[b"\x01\0\0\0\0\0\0\0a\xff\0\0\0".to_vec()]), ProblemKind::Malformed),
        ] {
            assert_eq!(run("phi.gguf", content).problems[0].kind, kind, "{content:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_end(content: Vec<u8>) {
            run("phi.gguf", &content);
            run("phi.gguf", &[b"GGUF\x03\0\0\0".as_slice(), &content].concat());
            run("phi.gguf", &model(3, &[content]));
        }
    }
}
