//! What media types say of documents and of layers.

use plimsoll_core::{Problem, ProblemKind};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::Descriptor;

/// What a media type says of a document.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum MediaType {
    Index,
    Manifest,
    /// Docker's first form of manifest, out of use since 2017.
    SchemaOne,
    /// Not told.
    Unknown,
    /// Of something that is no image.
    Other,
}

impl MediaType {
    pub(crate) fn of(text: &str) -> Self {
        match text.split(';').next().unwrap_or_default().trim() {
            "application/vnd.oci.image.index.v1+json"
            | "application/vnd.docker.distribution.manifest.list.v2+json" => Self::Index,
            "application/vnd.oci.image.manifest.v1+json"
            | "application/vnd.docker.distribution.manifest.v2+json" => Self::Manifest,
            "application/vnd.docker.distribution.manifest.v1+json"
            | "application/vnd.docker.distribution.manifest.v1+prettyjws" => Self::SchemaOne,
            "" | "application/json" | "application/octet-stream" | "text/plain" => Self::Unknown,
            _ => Self::Other,
        }
    }

    /// Tells a document by its own words: its media type, else its fields.
    pub(crate) fn of_content(content: &Content) -> Self {
        match content.media_type.as_deref().map(Self::of) {
            Some(told @ (Self::Index | Self::Manifest | Self::SchemaOne)) => told,
            _ if content.manifests.is_some() => Self::Index,
            _ if content.config.is_some() => Self::Manifest,
            _ if content.fs_layers.is_some() => Self::SchemaOne,
            _ => Self::Other,
        }
    }
}

/// What tells the documents apart.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Content {
    media_type: Option<String>,
    manifests: Option<IgnoredAny>,
    config: Option<IgnoredAny>,
    fs_layers: Option<IgnoredAny>,
}

impl Content {
    /// What the document says of itself.
    pub(crate) fn media_type(&self) -> Option<&str> {
        self.media_type.as_deref()
    }
}

/// Why a layer is not read, where it is not.
pub(crate) fn withholding(descriptor: &Descriptor) -> Option<Problem> {
    let Descriptor { media_type, digest, urls, .. } = descriptor;
    if media_type.ends_with("+encrypted") {
        let detail = format!("the layer {digest} is encrypted");
        return Some(Problem::new(ProblemKind::Unsupported, detail));
    }
    if !media_type.contains("foreign")
        && !media_type.contains("nondistributable")
        && urls.is_empty()
    {
        return None;
    }
    let mut detail = format!("the layer {digest} is not part of the image");
    if let Some(url) = urls.first() {
        detail.push_str(" and lies at ");
        detail.extend(url.chars().take(200));
    }
    Some(Problem::new(ProblemKind::ForeignLayer, detail))
}
