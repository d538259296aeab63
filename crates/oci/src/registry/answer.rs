//! What an answer that is no success means, and that there is none.

use std::io::Read;
use std::time::SystemTime;

use plimsoll_http::header::CONTENT_TYPE;
use plimsoll_http::{Answer, SendError, printable};
use serde::Deserialize;

use crate::OciError;

/// Why one try did not succeed.
pub(super) type Failure = plimsoll_http::Failure<Box<OciError>>;

impl From<OciError> for Failure {
    fn from(error: OciError) -> Self {
        Self::Final(Box::new(error))
    }
}

/// What was asked for, to explain a refusal.
#[derive(Clone, Copy)]
pub(super) struct Question<'a> {
    /// The image, or a part of it.
    pub(super) what: &'a str,
    pub(super) registry: &'a str,
    pub(super) insecure: bool,
    pub(super) now: SystemTime,
}

/// Bytes of an error's body that are read.
const ERROR_BYTES: u64 = 64 << 10;
const CA_HINT: &str = "\nhint: --ca-file names a file of certificate authorities to trust";
const INSECURE_HINT: &str = "\nhint: --insecure speaks plain HTTP to a registry that you trust";
/// Characters of a server's own words in a message.
const MESSAGE_CHARACTERS: usize = 300;

/// Turns an answer that is no success into the failure that it means.
pub(super) fn refusal(mut answer: Answer, question: Question<'_>) -> Failure {
    let status = answer.status();
    let body = error_body(&mut answer);
    let says = server_words(&answer, &body);
    let with_words = |text: String| match &says {
        Some(says) => format!("{text}: {says}"),
        None => text,
    };
    let what = question.what.to_owned();
    let registry = |detail| OciError::Registry { what: what.clone(), detail };
    let who = if answer.at_origin { "the registry" } else { "the server that it points to" };
    match status.as_u16() {
        404 if answer.at_origin => {
            OciError::NotFound { what, hint: says.map(|says| format!("the registry says {says}")) }
                .into()
        }
        401 | 403 if answer.at_origin => OciError::Unauthorized {
            registry: question.registry.to_owned(),
            detail: with_words(format!("it refuses {what}")),
        }
        .into(),
        _ if answer.is_passing() => {
            let text = match status.as_u16() {
                429 => "too many requests".to_owned(),
                _ => format!("{who} answered {status}"),
            };
            let retry_after = answer.retry_after(question.now);
            Failure::Transient { detail: with_words(text), retry_after }
        }
        // What Go's servers and nginx say to plain HTTP on a port for TLS.
        400 if question.insecure && String::from_utf8_lossy(&body).contains("HTTPS") => {
            registry("it is spoken to with TLS\nhint: leave out --insecure".to_owned()).into()
        }
        _ => registry(with_words(format!("{who} answered {status}"))).into(),
    }
}

/// What it means for the reading of `what` that a request could not be sent.
pub(super) fn unsent(error: &SendError, what: &str) -> Box<OciError> {
    let hint = match error {
        SendError::PlainServer { .. } => INSECURE_HINT,
        error if error.wants_authority() => CA_HINT,
        _ => "",
    };
    Box::new(OciError::Registry { what: what.to_owned(), detail: format!("{error}{hint}") })
}

fn error_body(answer: &mut Answer) -> Vec<u8> {
    let mut bytes = Vec::new();
    // What came before the stream broke is still worth telling.
    let _ = answer.take(ERROR_BYTES).read_to_end(&mut bytes);
    bytes
}

/// The codes and messages of an error's body (OCI distribution specification, "Error codes"), else the start of a plain text.
fn server_words(answer: &Answer, body: &[u8]) -> Option<String> {
    let is_text = answer.header(&CONTENT_TYPE).is_some_and(|value| value.starts_with("text/plain"));
    let words = match serde_json::from_slice::<ErrorBody>(body) {
        Ok(body) => body.words(),
        Err(_) if is_text => String::from_utf8_lossy(body).into_owned(),
        Err(_) => String::new(),
    };
    let words = printable(&words, MESSAGE_CHARACTERS);
    (!words.is_empty()).then_some(words)
}

/// The body of an error, of a registry or of a token service.
#[derive(Deserialize)]
struct ErrorBody {
    #[serde(default)]
    errors: Vec<ErrorEntry>,
    /// Docker Hub's and some token services' form.
    #[serde(default, alias = "error_description", alias = "details")]
    message: Option<String>,
}

#[derive(Deserialize)]
struct ErrorEntry {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: Option<String>,
}

impl ErrorBody {
    fn words(self) -> String {
        let entries = self.errors.into_iter().take(3).map(|entry| match entry.message {
            Some(message) if !message.is_empty() && !entry.code.is_empty() => {
                format!("{}: {message}", entry.code)
            }
            Some(message) if entry.code.is_empty() => message,
            _ => entry.code,
        });
        entries.chain(self.message).filter(|words| !words.is_empty()).collect::<Vec<_>>().join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_bodies_become_one_line() {
        for (body, expected) in [
            (
                r#"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown","detail":{"Tag":"x"}}]}"#,
                "MANIFEST_UNKNOWN: manifest unknown",
            ),
            (r#"{"errors":[{"code":"DENIED"},{"message":"no"}]}"#, "DENIED; no"),
            (r#"{"details":"incorrect username or password"}"#, "incorrect username or password"),
            (r#"{"error":"invalid_grant","error_description":"expired"}"#, "expired"),
            (r#"{}"#, ""),
        ] {
            let parsed: ErrorBody = serde_json::from_str(body).unwrap();
            assert_eq!(parsed.words(), expected, "{body}");
        }
    }

    #[test]
    fn what_would_help_is_told() {
        let (host, cause) = ("example.com".to_owned(), "UnknownIssuer".to_owned());
        let redirect = SendError::Redirect { host: host.clone(), detail: "redirects without end" };
        for (error, hint) in [
            (SendError::PlainServer { host: host.clone() }, Some("--insecure")),
            (SendError::Refused { host, cause, is_unknown_issuer: true }, Some("--ca-file")),
            (redirect, None),
        ] {
            let words = unsent(&error, "it").to_string();
            let told = words.split_once("\nhint: ").and_then(|(_, told)| told.split(' ').next());
            assert_eq!(told, hint, "{words}");
        }
    }
}
