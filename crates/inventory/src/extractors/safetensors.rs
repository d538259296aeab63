//! Models as safetensors: a header in JSON that may describe the model, then the weights, which are not read.
//!
//! The format is that of huggingface/safetensors ("Format"): eight bytes with the length of the header, the header, the tensors. What
//! describes the model stands in `__metadata__`, under the names of the ModelSpec ("modelspec.*"); nearly always it says nothing, and
//! the model has the name of its file or directory. The shards of one model are one package in several places.

use std::fmt;

use plimsoll_core::{ImagePath, PackageType, Problem, ProblemKind};
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use super::huggingface::snapshot;
use crate::fields::{component, field, malformed};
use crate::{Extraction, Extractor, FoundPackage, Pattern, Reads, WantedFile};

pub(crate) static SAFETENSORS: Extractor = Extractor {
    id: "safetensors",
    version: 1,
    summary: "Models as safetensors: what the header says, else the name of file or directory",
    patterns: &[Pattern::Extension(SUFFIX)],
    reads: Reads::Head(HEAD_BYTES),
    extract,
    ..Extractor::RECORD
};

const SUFFIX: &str = ".safetensors";
/// The metadata stand first; a header has a hundred bytes for each tensor, of which a shard has some thousand.
const HEAD_BYTES: u64 = 2 << 20;
/// Names of files that tell no model from another.
const NAMELESS: [&str; 7] = [
    "adapter_model",
    "consolidated",
    "diffusion_pytorch_model",
    "model",
    "open_clip_pytorch_model",
    "pytorch_lora_weights",
    "pytorch_model",
];

fn extract(file: &WantedFile<'_>) -> Extraction {
    let mut found = Extraction::default();
    let described = match header(file) {
        Ok(Some(described)) => described,
        Ok(None) => return found,
        Err(problem) => {
            let is_model = problem.kind == ProblemKind::LimitExceeded;
            found.problems.push(problem);
            if !is_model {
                return found;
            }
            Described::default()
        }
    };
    let mut model = match (snapshot(file.path), &described.title) {
        (Some(model), _) => model,
        (None, Some(title)) => FoundPackage::new(PackageType::Generic, title, ""),
        (None, None) => match name_of(file.path) {
            Some(name) => FoundPackage::new(PackageType::Generic, name, ""),
            None => return found,
        },
    };
    model.vendor = described.author;
    model.licenses = described.license.into_iter().collect();
    found.push(model);
    found
}

/// What the header says; `None` for a file that only stands for the model (a pointer of Git LFS).
fn header(file: &WantedFile<'_>) -> Result<Option<Described>, Problem> {
    let mut length = [0; 8];
    if file.content.read_exact_at(0, &mut length).is_err() {
        return Err(malformed("model without a header"));
    }
    if &length == b"version " {
        return Ok(None);
    }
    let length = u64::from_le_bytes(length);
    if length > file.size.saturating_sub(8) {
        return Err(malformed("model whose header is longer than the file"));
    }
    let read = length.min(file.content.size().saturating_sub(8));
    let mut bytes = vec![0; read as usize];
    if let Err(error) = file.content.read_exact_at(8, &mut bytes) {
        return Err(Problem::new(ProblemKind::Unreadable, error.to_string()));
    }
    let mut described = Described::default();
    let mut json = serde_json::Deserializer::from_slice(&bytes);
    match json.deserialize_map(Header(&mut described)) {
        Ok(()) => Ok(Some(described)),
        // What was cut off describes tensors.
        Err(_) if read < length && described.is_read => Ok(Some(described)),
        Err(_) if read < length && bytes.first() == Some(&b'{') => {
            let detail = format!("header of {length} bytes, of which {read} are read");
            Err(Problem::new(ProblemKind::LimitExceeded, detail))
        }
        Err(_) => Err(malformed("model whose header is not JSON")),
    }
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Described {
    title: Option<String>,
    author: Option<String>,
    license: Option<String>,
    /// The metadata have been passed.
    is_read: bool,
}

impl Described {
    fn take(&mut self, key: &str, value: &str) {
        let value = || field(value).map(str::to_owned);
        match key {
            "modelspec.title" => self.title = value(),
            "modelspec.author" => self.author = value(),
            "modelspec.license" => self.license = value(),
            _ => {}
        }
    }
}

/// The header's object; what it says is kept even where the header is cut off behind it.
struct Header<'a>(&'a mut Described);

impl<'de> Visitor<'de> for Header<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            if key == "__metadata__" {
                let metadata: serde_json::Value = map.next_value()?;
                for (key, value) in metadata.as_object().into_iter().flatten() {
                    self.0.take(key, value.as_str().unwrap_or_default());
                }
                self.0.is_read = true;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// The name of the file without the number of the shard, or of the directory where that tells nothing.
fn name_of(path: &ImagePath) -> Option<&str> {
    let name = path.file_name();
    let stem = name.get(..name.len().checked_sub(SUFFIX.len())?)?;
    let stem = without_shard(stem);
    // `model.fp16.safetensors`: a form of the same weights.
    let first = stem.split('.').next().unwrap_or(stem);
    if NAMELESS.contains(&first) {
        return component(path, 1).and_then(field);
    }
    field(stem)
}

/// `model` of `model-00001-of-00005`.
pub(super) fn without_shard(stem: &str) -> &str {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let shard = stem.rsplit_once("-of-").filter(|(_, count)| is_number(count));
    let shard = shard.and_then(|(rest, _)| rest.rsplit_once(['-', '_']));
    shard.filter(|(_, number)| is_number(number)).map_or(stem, |(rest, _)| rest)
}

#[cfg(test)]
mod tests {
    use plimsoll_core::Limits;
    use proptest::prelude::*;

    use super::*;

    fn model(header: &str) -> Vec<u8> {
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(&[0; 16]);
        bytes
    }

    fn run(path: &str, content: &[u8]) -> Extraction {
        let path = ImagePath::new(path);
        let content = content.to_vec();
        extract(&WantedFile::whole(&path, &content, &Limits::default()))
    }

    const TENSOR: &str = r#""t":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}"#;

    #[test]
    fn a_model_without_a_description_has_the_name_of_its_place() {
        let content = model(&format!(r#"{{"__metadata__":{{"format":"pt"}},{TENSOR}}}"#));
        for (path, name) in [
            ("models/phi-2/model.safetensors", "phi-2"),
            ("models/phi-2/model-00001-of-00002.safetensors", "phi-2"),
            ("models/phi-2/model.fp16-00002-of-00002.safetensors", "phi-2"),
            ("models/flux1-dev.safetensors", "flux1-dev"),
            ("models/v1-5-pruned_00001-of-00002.safetensors", "v1-5-pruned"),
            ("models/Best-of-2.SafeTensors", "Best-of-2"),
        ] {
            let extraction = run(path, &content);
            assert_eq!(extraction.problems, [], "{path}");
            let package = extraction.packages().next().unwrap();
            assert_eq!((package.name.as_str(), package.version.as_str()), (name, ""), "{path}");
        }
        assert_eq!(run("model.safetensors", &content).packages().count(), 0);
    }

    #[test]
    fn a_described_model_has_its_title() {
        let header = format!(
            r#"{{{TENSOR},"__metadata__":{{"modelspec.title":"Flux.1 dev","modelspec.author":"A","modelspec.license":"MIT","x":1}}}}"#
        );
        let extraction = run("a/model.safetensors", &model(&header));
        let package = extraction.packages().next().unwrap();
        assert_eq!((package.kind.as_str(), package.name.as_str()), ("generic", "Flux.1 dev"));
        assert_eq!(
            (package.vendor.as_deref(), package.licenses.as_slice()),
            (Some("A"), &["MIT".to_owned()][..])
        );
    }

    #[test]
    fn a_model_in_a_snapshot_is_known_by_its_repository() {
        let commit = "c9745ed1d9f207416be6d2e6f8de32d1f16199bf";
        let path = format!("hub/models--a--b/snapshots/{commit}/model.safetensors");
        let extraction = run(&path, &model(&format!("{{{TENSOR}}}")));
        let package = extraction.packages().next().unwrap();
        assert_eq!((package.kind.as_str(), package.name.as_str()), ("huggingface", "a/b"));
        assert_eq!(package.version, commit);
    }

    #[test]
    fn a_header_beyond_what_is_read_is_a_limit_unless_its_beginning_describes_the_model() {
        let path = ImagePath::new("a/phi.safetensors");
        let tensors = vec![TENSOR; 100].join(",");
        for (start, problems) in [(r#""__metadata__":{"format":"pt"},"#, 0), ("", 1)] {
            let whole = model(&format!("{{{start}{tensors}}}"));
            let head = whole[..200].to_vec();
            let limits = Limits::default();
            let file =
                WantedFile { size: whole.len() as u64, ..WantedFile::whole(&path, &head, &limits) };
            let extraction = extract(&file);
            assert_eq!(extraction.packages().count(), 1, "{start}");
            assert_eq!(extraction.problems.len(), problems, "{start}");
            assert!(extraction.problems.iter().all(|one| one.kind == ProblemKind::LimitExceeded));
        }
    }

    #[test]
    fn what_is_no_model_is_a_problem_and_a_pointer_is_nothing() {
        let claims = u64::MAX.to_le_bytes();
        let whole = model(&format!("{{{TENSOR}}}"));
        for content in [&b""[..], b"short", &claims, b"\x02\0\0\0\0\0\0\0[]", &whole[..30]] {
            let extraction = run("a/b.safetensors", content);
            assert_eq!(extraction.packages().count(), 0);
            assert_eq!(extraction.problems[0].kind, ProblemKind::Malformed);
        }
        let pointer =
            run("a/b.safetensors", b"version https://git-lfs.github.com/spec/v1\noid sha256:0f\n");
        assert_eq!(pointer.facts.len() + pointer.problems.len(), 0);
    }

    proptest! {
        #[test]
        fn any_bytes_end(content: Vec<u8>, header in r#"\{?("(__metadata__|modelspec.title|a)":(\{|"a"|1|\}),?){0,5}"#) {
            run("a/b.safetensors", &content);
            run("a/b.safetensors", &model(&header));
        }
    }
}
