//! A bill of materials in a signed message: DSSE's envelope (secure-systems-lab/dsse, `envelope.md`), by itself or in a bundle of
//! Sigstore, around a statement of in-toto (in-toto/attestation, `spec/v1`) whose predicate is the document.
//!
//! Signatures are not checked: a document in an image counts for what it says, signed or not.

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use plimsoll_core::Problem;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::json;
use crate::fields::malformed;
use crate::text::decoded;

/// What matters of a bundle, an envelope and a statement, of which one may hold the next.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, rename = "dsseEnvelope")]
    envelope: Option<&'a RawValue>,
    #[serde(borrow, rename = "payloadType")]
    payload_type: Option<&'a RawValue>,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
    #[serde(borrow, rename = "predicateType")]
    predicate_type: Option<&'a RawValue>,
    #[serde(borrow)]
    predicate: Option<&'a RawValue>,
}

/// What Cosign's first version put between a statement and its document.
#[derive(Deserialize)]
struct Predicate<'a> {
    #[serde(borrow, rename = "Data")]
    data: Option<&'a RawValue>,
}

/// The document in a message; `None` where the text is none.
pub(super) fn document(text: &str) -> Option<Result<String, Problem>> {
    let message: Envelope<'_> = serde_json::from_str(text).ok()?;
    let message = match message.envelope {
        Some(envelope) => match serde_json::from_str(envelope.get()) {
            Ok(envelope) => envelope,
            Err(_) => return Some(Err(malformed("a bundle of signatures without an envelope"))),
        },
        None => message,
    };
    match (message.payload_type, message.payload) {
        (Some(_), Some(payload)) => Some(payload_of(payload)),
        _ => predicate_of(&message).map(Ok),
    }
}

fn payload_of(payload: &RawValue) -> Result<String, Problem> {
    let is_unreadable =
        || malformed("an envelope of signatures whose payload is no text in base64");
    let encoded = json::text(payload).ok_or_else(is_unreadable)?;
    // Either alphabet is allowed, with and without the signs that fill up the end.
    let alphabet = if encoded.contains(['-', '_']) { URL_SAFE } else { STANDARD };
    let config =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let bytes = GeneralPurpose::new(&alphabet, config).decode(encoded.trim());
    let bytes = bytes.map_err(|_| is_unreadable())?;
    let text = decoded(&bytes).trim_start().to_owned();
    if text.is_empty() || text.contains(char::REPLACEMENT_CHARACTER) {
        return Err(is_unreadable());
    }
    // A payload may also be the document itself.
    let statement = serde_json::from_str(&text).ok();
    Ok(statement.and_then(|statement| predicate_of(&statement)).unwrap_or(text))
}

fn predicate_of(statement: &Envelope<'_>) -> Option<String> {
    let predicate = statement.predicate.filter(|_| statement.predicate_type.is_some())?;
    let wrapped = serde_json::from_str::<Predicate<'_>>(predicate.get()).ok();
    let document = wrapped.and_then(|wrapped| wrapped.data).unwrap_or(predicate);
    Some(json::text(document).unwrap_or_else(|| document.get().to_owned()))
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
    use plimsoll_core::{Limits, ProblemKind};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::sbom::read;

    const TAGS: &str = "SPDXVersion: SPDX-2.3\nPackageName: six\nPackageVersion: 1.16\n\
        ExternalRef: PACKAGE-MANAGER purl pkg:pypi/six@1.16\n";

    fn bom() -> Value {
        json!({ "bomFormat": "CycloneDX", "specVersion": "1.5", "components": [
            { "type": "library", "name": "six", "version": "1.16", "purl": "pkg:pypi/six@1.16" },
        ] })
    }

    fn statement(predicate: &Value) -> Value {
        json!({
            "_type": "https://in-toto.io/Statement/v0.1",
            "predicateType": "https://cyclonedx.org/bom",
            "subject": [],
            "predicate": predicate,
        })
    }

    fn envelope(payload: &str) -> Value {
        json!({ "payloadType": "application/vnd.in-toto+json", "payload": payload, "signatures": [] })
    }

    fn signed(payload: &Value) -> Value {
        envelope(&BASE64_STANDARD.encode(payload.to_string()))
    }

    #[test]
    fn a_document_in_a_message_is_read_as_one_without() {
        let with_letters =
            statement(&json!({ "Data": format!("{TAGS}PackageComment: ~~~???>>>\n") }));
        for message in [
            signed(&statement(&bom())),
            signed(&statement(&json!({ "Data": bom(), "Timestamp": "2020" }))),
            signed(&statement(&json!({ "Data": bom().to_string() }))),
            envelope(&BASE64_STANDARD.encode(format!("\u{feff}{}", statement(&bom())))),
            signed(&with_letters),
            signed(&bom()),
            envelope(&BASE64_URL_SAFE_NO_PAD.encode(with_letters.to_string())),
            statement(&bom()),
            json!({ "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", "verificationMaterial": {},
                "dsseEnvelope": signed(&statement(&bom())) }),
        ] {
            let found = read(message.to_string().as_bytes(), &Limits::default());
            assert_eq!(found.problems, [], "{message}");
            let names: Vec<_> = found.packages().map(|one| (&*one.name, &*one.version)).collect();
            assert_eq!(names, [("six", "1.16")], "{message}");
        }
    }

    #[test]
    fn a_message_of_something_else_is_nothing_and_a_damaged_one_is_told() {
        let provenance = signed(&statement(&json!({ "buildDefinition": {} })));
        for message in [provenance, json!({ "payload": "e30=" })] {
            let found = read(message.to_string().as_bytes(), &Limits::default());
            assert_eq!((found.facts.len(), found.problems.len()), (0, 0), "{message}");
        }
        let broken = signed(&json!({ "bomFormat": "CycloneDX", "specVersion": "2.0" }));
        for (message, kind) in [
            (envelope("%"), ProblemKind::Malformed),
            (json!({ "payloadType": "a", "payload": 1 }), ProblemKind::Malformed),
            (envelope(&BASE64_STANDARD.encode(b"\xff\xfe")), ProblemKind::Malformed),
            (envelope(&BASE64_STANDARD.encode("{")), ProblemKind::Malformed),
            (json!({ "dsseEnvelope": 1 }), ProblemKind::Malformed),
            (broken, ProblemKind::Unsupported),
            (signed(&signed(&statement(&bom()))), ProblemKind::Unsupported),
            (signed(&json!({ "dsseEnvelope": signed(&bom()) })), ProblemKind::Unsupported),
        ] {
            let found = read(message.to_string().as_bytes(), &Limits::default());
            assert_eq!(found.problems[0].kind, kind, "{message}");
        }
    }

    #[test]
    fn packages_in_a_message_are_bounded_as_those_of_a_document() {
        let limits = Limits { packages_per_file: 0, ..Limits::default() };
        let found = read(signed(&statement(&bom())).to_string().as_bytes(), &limits);
        assert_eq!((found.facts.len(), found.problems[0].kind), (0, ProblemKind::LimitExceeded));
    }

    proptest! {
        #[test]
        fn any_payload_is_read_without_a_panic(payload: String, predicate: String) {
            for message in [
                envelope(&payload),
                signed(&Value::from(payload.as_str())),
                signed(&statement(&Value::from(predicate.as_str()))),
                json!({ "dsseEnvelope": payload }),
            ] {
                let _ = read(message.to_string().as_bytes(), &Limits::default());
            }
            let _ = read(envelope(&BASE64_STANDARD.encode(&payload)).to_string().as_bytes(), &Limits::default());
        }
    }
}
