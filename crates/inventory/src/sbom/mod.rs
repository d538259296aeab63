//! Bills of materials: CycloneDX as JSON and XML, SPDX as JSON and as tags and values, also in signed messages, read into packages as our
//! own extractors spell them.
//!
//! A document may come from anybody: entries that are no packages are counted and told, and the others are read all the same.

mod cyclonedx;
mod entry;
mod envelope;
mod forms;
mod identity;
mod json;
mod spdx2;
mod spdx3;

use plimsoll_core::{Limits, Problem, ProblemKind};
use serde::Deserialize;
use serde_json::value::RawValue;

use self::entry::Reader;
pub use self::identity::package_of_purl;
use crate::text::decoded;
use crate::{Extraction, FoundState};

/// The beginning of a document in which words must stand that say what it is, where the whole is not read.
const HEAD: usize = 4 << 10;
const CYCLONEDX_IN_XML: &str = "cyclonedx.org/schema/bom/1.";
const CYCLONEDX_OF_ANY_VERSION: &str = "cyclonedx.org/schema/bom/";
const SPDX_IN_XML: &str = "spdx.org/rdf/terms";

/// What matters of a document of any of the forms. Everything below stays text until it is known which form it is.
#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow, rename = "bomFormat")]
    bom_format: Option<&'a RawValue>,
    #[serde(borrow, rename = "specVersion")]
    spec_version: Option<&'a RawValue>,
    #[serde(borrow)]
    components: Option<&'a RawValue>,
    #[serde(borrow, rename = "spdxVersion")]
    spdx_version: Option<&'a RawValue>,
    #[serde(borrow)]
    packages: Option<&'a RawValue>,
    #[serde(borrow)]
    relationships: Option<&'a RawValue>,
    #[serde(borrow, rename = "documentDescribes")]
    document_describes: Option<&'a RawValue>,
    #[serde(borrow, rename = "@context")]
    context: Option<&'a RawValue>,
    #[serde(borrow, rename = "@graph")]
    graph: Option<&'a RawValue>,
}

/// The packages of a bill of materials, declared; nothing where the bytes are plainly something else.
///
/// CycloneDX 1.x as JSON and XML, SPDX 2.2 and 2.3 as JSON and as tags and values, SPDX 3.0 as JSON. Other forms are told as
/// unsupported.
#[must_use]
pub fn read(bytes: &[u8], limits: &Limits) -> Extraction {
    read_as(Reader::new(FoundState::Declared, limits), bytes, limits)
}

/// The same of a document about what one artifact carries inside (a Python wheel, a native image): bundled. A system package among
/// them is a copy of some distribution's files and not one of this system, so that it is no package of that type here.
#[must_use]
pub fn read_bundled(bytes: &[u8], limits: &Limits) -> Extraction {
    read_as(Reader::new(FoundState::Bundled, limits), bytes, limits)
}

/// The same of a Java program: what has a group and no package URL is an artifact of Maven.
#[must_use]
pub fn read_bundled_java(bytes: &[u8], limits: &Limits) -> Extraction {
    let reader = Reader::new(FoundState::Bundled, limits);
    read_as(reader.of_java(), bytes, limits)
}

fn read_as(reader: Reader, bytes: &[u8], limits: &Limits) -> Extraction {
    if bytes.len() as u64 > limits.text_bytes {
        let detail = format!("a bill of materials of more than {} bytes", limits.text_bytes);
        return Extraction::failed(Problem::new(ProblemKind::LimitExceeded, detail));
    }
    read_text(reader, &decoded(bytes), envelope::document)
}

/// How the document in a signed message is found.
type Opener = fn(&str) -> Option<Result<String, Problem>>;

/// What is in a message is no message that is opened.
const NEVER: Opener = |text| {
    let detail = "a signed message in a signed message";
    envelope::document(text).map(|_| Err(Problem::new(ProblemKind::Unsupported, detail)))
};

fn read_text(reader: Reader, text: &str, open: Opener) -> Extraction {
    let text = text.trim_start();
    let converted = if forms::is_tags(text) {
        forms::spdx_of_tags(text)
    } else if text.starts_with('<') && has_any(text, &[CYCLONEDX_IN_XML]) {
        forms::cyclonedx_of_xml(text.as_bytes())
    } else if text.starts_with('{') {
        return read_json(reader, text, open);
    } else {
        return other_form(text);
    };
    let mut extraction = read_json(reader, &converted.json, NEVER);
    if let Some(problem) = converted.problem {
        let detail = format!("a bill of materials: {problem}");
        extraction.problems.push(Problem::new(ProblemKind::Malformed, detail));
    }
    extraction
}

fn read_json(mut reader: Reader, text: &str, open: Opener) -> Extraction {
    let document: Document<'_> = match serde_json::from_str(text) {
        Ok(document) => document,
        Err(error) => {
            // The error's own text may quote the document at any length.
            let (line, column) = (error.line(), error.column());
            let detail = format!("no JSON of a bill of materials at line {line}, column {column}");
            return Extraction::malformed(detail);
        }
    };
    let form = |raw: Option<&RawValue>| raw.and_then(json::text);
    if form(document.bom_format).is_some_and(|name| name == "CycloneDX") {
        match form(document.spec_version) {
            Some(version) if !version.starts_with("1.") => {
                return unsupported("CycloneDX", &version);
            }
            _ => cyclonedx::read(document.components, &mut reader),
        }
    } else if let Some(version) = form(document.spdx_version) {
        match version.strip_prefix("SPDX-") {
            Some(number) if number.starts_with("2.") => spdx2::read(&document, &mut reader),
            _ => return unsupported("SPDX", &version),
        }
    } else if is_spdx3(document.context) {
        spdx3::read(document.graph, &mut reader);
    } else if let Some(enclosed) = open(text) {
        return match enclosed {
            Ok(enclosed) => read_text(reader, &enclosed, NEVER),
            Err(problem) => Extraction::failed(problem),
        };
    }
    reader.finish()
}

fn is_spdx3(context: Option<&RawValue>) -> bool {
    context.is_some_and(|context| context.get().contains("spdx.org/rdf/3"))
}

fn unsupported(form: &str, version: &str) -> Extraction {
    // The version is whatever the document says.
    let version: String = version.chars().filter(|letter| !letter.is_control()).take(20).collect();
    let detail = format!("a bill of materials in {form} {version}");
    Extraction::failed(Problem::new(ProblemKind::Unsupported, detail))
}

fn other_form(text: &str) -> Extraction {
    if text.starts_with('<') && has_any(text, &[SPDX_IN_XML]) {
        return unsupported("SPDX's", "XML");
    }
    if text.starts_with('<') && has_any(text, &[CYCLONEDX_OF_ANY_VERSION]) {
        return unsupported("CycloneDX's", "XML of another version");
    }
    Extraction::default()
}

fn has_any(text: &str, words: &[&str]) -> bool {
    let head = text.get(..text.floor_char_boundary(HEAD)).unwrap_or(text);
    words.iter().any(|word| head.contains(word))
}

#[cfg(test)]
mod tests;
