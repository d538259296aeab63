//! What media types say: of documents, of layers, and of what is no image at all.

use plimsoll_core::{Problem, ProblemKind};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::{Descriptor, Manifest};

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

/// Why a manifest is of something else than an image, where it is. Signatures and attestations may carry the config of
/// an image and are told by their layers.
pub(crate) fn why_not_an_image(manifest: &Manifest) -> Option<String> {
    if let Some(artifact_type) = manifest.artifact_type.as_deref().filter(|text| !text.is_empty()) {
        return Some(format!("it is an artifact of type {}", quoted(artifact_type)));
    }
    let config = manifest.config.media_type.as_str();
    // Registries of Docker 1.10's time told every config as a stream of bytes.
    let of_an_image = matches!(
        config,
        "" | "application/octet-stream"
            | "application/vnd.oci.image.config.v1+json"
            | "application/vnd.docker.container.image.v1+json"
    );
    if !of_an_image {
        return Some(format!("its config is of type {}", quoted(config)));
    }
    let is_file_system = |layer: &&Descriptor| {
        matches!(layer.media_type.as_str(), "" | "application/octet-stream")
            || layer.media_type.contains("tar")
            || layer.media_type.contains("rootfs")
    };
    match manifest.layers.first() {
        Some(first) if !manifest.layers.iter().any(|layer| is_file_system(&layer)) => {
            Some(format!("its content is of type {}", quoted(&first.media_type)))
        }
        _ => None,
    }
}

fn quoted(text: &str) -> String {
    format!("`{}`", text.chars().take(100).collect::<String>())
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
