//! What a server answered, and what an answer that is no success means.

use std::error::Error;
use std::io::{self, Read};
use std::time::SystemTime;

use plimsoll_core::is_hostile;
use reqwest::StatusCode;
use reqwest::blocking::Response;
use reqwest::header::{HeaderMap, HeaderName, RETRY_AFTER};
use serde::Deserialize;

use super::retry::{Failure, retry_after};
use crate::OciError;

/// An answer, and where it came from.
pub(super) struct Answer {
    pub(super) response: Response,
    /// No redirect led away from the server that was asked: what the answer demands, the registry itself demands.
    pub(super) at_origin: bool,
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
/// Characters of a server's own words in a message.
const MESSAGE_CHARACTERS: usize = 300;

impl Answer {
    pub(super) fn header(&self, name: &HeaderName) -> Option<&str> {
        text(self.response.headers(), name)
    }

    /// Turns an answer that is no success into the failure that it means.
    pub(super) fn into_failure(mut self, question: Question<'_>) -> Failure {
        let status = self.response.status();
        let retry_after =
            self.header(&RETRY_AFTER).and_then(|value| retry_after(value, question.now));
        let body = self.error_body();
        let says = self.server_words(&body);
        let with_words = |text: String| match &says {
            Some(says) => format!("{text}: {says}"),
            None => text,
        };
        let what = question.what.to_owned();
        let registry = |detail| OciError::Registry { what: what.clone(), detail };
        let who = if self.at_origin { "the registry" } else { "the server that it points to" };
        match status.as_u16() {
            404 if self.at_origin => OciError::NotFound {
                what,
                hint: says.map(|says| format!("the registry says {says}")),
            }
            .into(),
            401 | 403 if self.at_origin => OciError::Unauthorized {
                registry: question.registry.to_owned(),
                detail: with_words(format!("it refuses {what}")),
            }
            .into(),
            429 => Failure::Transient {
                detail: with_words("too many requests".to_owned()),
                retry_after,
            },
            500 | 502 | 503 | 504 => Failure::Transient {
                detail: with_words(format!("{who} answered {status}")),
                retry_after,
            },
            // What Go's servers and nginx say to plain HTTP on a port for TLS.
            400 if question.insecure && String::from_utf8_lossy(&body).contains("HTTPS") => {
                registry("it is spoken to with TLS\nhint: leave out --insecure".to_owned()).into()
            }
            _ => registry(with_words(format!("{who} answered {status}"))).into(),
        }
    }

    fn error_body(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        // What came before the stream broke is still worth telling.
        let _ = self.response.by_ref().take(ERROR_BYTES).read_to_end(&mut bytes);
        bytes
    }

    /// The codes and messages of an error's body (OCI distribution specification, "Error codes"), else the start of a plain text.
    fn server_words(&self, body: &[u8]) -> Option<String> {
        let is_text = self
            .header(&reqwest::header::CONTENT_TYPE)
            .is_some_and(|value| value.starts_with("text/plain"));
        let words = match serde_json::from_slice::<ErrorBody>(body) {
            Ok(body) => body.words(),
            Err(_) if is_text => String::from_utf8_lossy(body).into_owned(),
            Err(_) => String::new(),
        };
        let words = printable(&words, MESSAGE_CHARACTERS);
        (!words.is_empty()).then_some(words)
    }
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

/// A server's words made fit for a terminal: one line, without control or direction-changing characters, at most `most` long.
pub(crate) fn printable(words: &str, most: usize) -> String {
    // What is cut off is cut off before the rest is looked at, so that a long text costs nothing.
    let mut kept = String::new();
    for character in words.chars().take(most.saturating_mul(4)) {
        let is_space = character.is_whitespace() || character.is_control();
        if is_space && !kept.is_empty() && !kept.ends_with(' ') {
            kept.push(' ');
        } else if !is_space && !is_hostile(character) {
            kept.push(character);
        }
    }
    let kept = kept.trim_end();
    match kept.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &kept[..end]),
        None => kept.to_owned(),
    }
}

/// A header's value, where it is there once or more and is text.
pub(super) fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// True for the answers that point elsewhere.
pub(super) fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

/// What it means that `host` gave no answer at all.
pub(super) fn no_answer(error: reqwest::Error, what: &str, host: &str) -> Failure {
    let error = error.without_url();
    let (root, kinds) = root_cause(&error);
    let registry =
        |detail: String| Failure::from(OciError::Registry { what: what.to_owned(), detail });
    if error.is_builder() {
        return registry(format!("TLS cannot be set up: {root}{CA_HINT}"));
    }
    if root.contains("InvalidContentType") {
        return registry(format!(
            "{host} does not speak TLS\nhint: --insecure speaks plain HTTP to a registry that you trust"
        ));
    }
    // What rustls refuses, such as a certificate, stands as invalid data; the network's own errors never do.
    if error.is_connect() && kinds.contains(&io::ErrorKind::InvalidData) {
        let hint = if root.contains("UnknownIssuer") { CA_HINT } else { "" };
        return registry(format!("no TLS connection to {host}: {root}{hint}"));
    }
    let detail = if error.is_timeout() {
        format!("{host} did not answer in time")
    } else if error.is_connect() {
        format!("{host} cannot be reached: {root}")
    } else {
        format!("the connection to {host} broke: {root}")
    };
    Failure::Transient { detail, retry_after: None }
}

/// Why a stream broke.
pub(super) fn why_broken(error: &io::Error) -> String {
    innermost_cause(error)
}

/// The words of an error's innermost cause.
pub(crate) fn innermost_cause(error: &(dyn Error + 'static)) -> String {
    root_cause(error).0
}

/// The words of the innermost cause of an error, and the kinds of the I/O errors on the way to it.
fn root_cause(error: &(dyn Error + 'static)) -> (String, Vec<io::ErrorKind>) {
    let mut kinds = Vec::new();
    let mut root = error;
    loop {
        // An I/O error passes over the error that it wraps when it is asked for its source.
        let wrapped = root.downcast_ref::<io::Error>().and_then(|error| {
            kinds.push(error.kind());
            error.get_ref()
        });
        match wrapped {
            Some(wrapped) => root = wrapped,
            None => match root.source() {
                Some(source) => root = source,
                None => return (printable(&root.to_string(), MESSAGE_CHARACTERS), kinds),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

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
    fn words_of_a_server_cannot_play_with_a_terminal() {
        for (words, expected) in [
            ("plain", "plain"),
            ("  two\r\n\tlines ", "two lines"),
            ("\u{1b}[2Jred\u{7}", "[2Jred"),
            ("a\u{202E}b\u{200B}c", "abc"),
            ("0123456789abc", "0123456789…"),
        ] {
            assert_eq!(printable(words, 10), expected, "{words:?}");
        }
    }

    proptest! {
        #[test]
        fn printable_is_short_and_has_no_control_characters(words in "(\\PC|[\\x00-\\x1f]){0,80}") {
            let printed = printable(&words, 20);
            prop_assert!(printed.chars().count() <= 21);
            prop_assert!(!printed.chars().any(char::is_control));
        }
    }
}
