use std::io;
use std::time::Duration;

use plimsoll_core::{Digest, Platform};
use plimsoll_http::TrustError;

/// Why an image could not be opened. What is wrong with single layers is a problem in the coverage instead.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OciError {
    /// The text is no reference. Usage.
    #[error("read the reference `{text}`: {reason}")]
    Reference { text: String, reason: String },
    /// The source holds several images and none was chosen. Usage.
    #[error("choose among the {} images of {what}: {}", choices.len(), choices.join(", "))]
    Ambiguous {
        what: String,
        /// What to add to the reference, one for each image.
        choices: Vec<String>,
    },
    /// The source is there and holds no such image.
    #[error("find {what}{}", hint.as_ref().map(|hint| format!("\nhint: {hint}")).unwrap_or_default())]
    NotFound { what: String, hint: Option<String> },
    /// The source holds something that is not an image: a chart, a signature, a bare layer.
    #[error("read {what}: not an image: {detail}")]
    NotAnImage { what: String, detail: String },
    /// No image for the wanted platform.
    #[error(
        "find an image for {wanted} in {what}\nhint: it has {}; choose with --platform",
        list(available)
    )]
    NoPlatform { what: String, wanted: Platform, available: Vec<Platform> },
    /// A document that is not of its form.
    #[error("read {what}: {detail}")]
    Malformed { what: String, detail: String },
    /// Bytes that are not those of the digest that names them: refused.
    #[error("read {what}: its bytes have the digest {actual}, not {expected}")]
    DigestMismatch { what: String, expected: Digest, actual: Digest },
    /// A form that is not read.
    #[error("read {what}: {detail} is not supported")]
    Unsupported { what: String, detail: String },
    /// The host's file system or the stream failed.
    #[error("read {what}")]
    Io { what: String, source: io::Error },
    /// The registry wants other credentials.
    #[error(
        "be let in by {registry}: {detail}\nhint: docker login {registry}, or --username and --password-stdin"
    )]
    Unauthorized { registry: String, detail: String },
    /// A container engine could not be reached or answered with an error.
    #[error("get {what}: {detail}")]
    Daemon { what: String, detail: String },
    /// The registry could not be reached or answered with an error.
    #[error("get {what}: {detail}")]
    Registry { what: String, detail: String },
    /// There was not enough time. Nothing of what was read is kept.
    #[error("read the image within {after:?}\nhint: give it longer with --timeout")]
    TimedOut { after: Duration },
    #[error(transparent)]
    Trust(#[from] TrustError),
}

fn list(platforms: &[Platform]) -> String {
    if platforms.is_empty() {
        return "none".to_owned();
    }
    platforms.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
