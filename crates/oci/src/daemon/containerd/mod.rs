//! containerd: its images are names for documents in its content store, out of which layers stream like those of a registry.

mod call;
mod content;
mod messages;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use plimsoll_core::Digest;

use super::DaemonReference;
use super::address::Address;
use crate::listing;
use crate::resolve::{Document, DocumentStore, Origin, ResolveOptions, resolve};
use crate::source::OpenOptions;
use crate::{BlobOpener, Descriptor, Image, IndexListing, OciError, RegistryReference, SourceKind};
use call::{Call, CallError};
use content::{Content, ContentBlob};
use messages::{GetImageRequest, GetImageResponse, ImageRecord};

/// What a name leads to.
struct Found {
    content: Content,
    /// As containerd writes it.
    name: String,
    top: Document,
}

/// Opens an image: reads its documents, and none of its layers.
pub(super) fn open(reference: &DaemonReference, options: &OpenOptions) -> Result<Image, OciError> {
    let Found { content, name, top } = find(reference, options)?;
    let what = reference.what();
    let resolved = resolve(&content, &top, resolve_options(&what, options))?;
    let pinned = reference_at(&name, resolved.manifest_digest);
    let origin = Origin {
        source: SourceKind::Containerd,
        resolved: DaemonReference { engine: reference.engine, name: pinned }.to_string(),
        tags: vec![name],
        repo_digests: Vec::new(),
    };
    let content = Arc::new(content);
    Ok(resolved.into_image(origin, &|descriptor: &Descriptor| -> Arc<dyn BlobOpener> {
        Arc::new(ContentBlob {
            content: Arc::clone(&content),
            digest: descriptor.digest,
            size: (descriptor.size > 0).then_some(descriptor.size),
        })
    }))
}

/// Lists what a name leads to.
pub(super) fn list(
    reference: &DaemonReference,
    options: &OpenOptions,
) -> Result<IndexListing, OciError> {
    let Found { content, name, top } = find(reference, options)?;
    let what = reference.what();
    let listing = listing::list(&content, &top, resolve_options(&what, options))?;
    Ok(IndexListing { tags: vec![name], ..listing })
}

fn resolve_options<'a>(what: &'a str, options: &'a OpenOptions) -> ResolveOptions<'a> {
    ResolveOptions { what, wanted: options.platform.as_ref(), limits: &options.limits }
}

fn reference_at(name: &str, digest: Digest) -> String {
    match name.parse::<RegistryReference>() {
        Ok(reference) => reference.at(digest).to_string(),
        Err(_) => name.to_owned(),
    }
}

/// Looks in one namespace after the other, for the name as it was typed and as containerd completes it.
fn find(reference: &DaemonReference, options: &OpenOptions) -> Result<Found, OciError> {
    let addresses = options.daemons.containerd();
    let Some(Address::Unix(socket)) = addresses.present().next() else {
        return Err(reference.absent(&addresses.texts()));
    };
    let failed = |error: CallError| match error {
        CallError::NotFound => reference.not_found(),
        CallError::Failed(detail) => {
            reference.failed(format!("containerd at {}: {detail}", socket.display()))
        }
    };
    let whole = reference.name.parse::<RegistryReference>()?;
    let completed = whole.to_string();
    for namespace in options.daemons.namespaces() {
        let content = Content {
            socket: socket.clone(),
            namespace,
            what: reference.what(),
            document_bytes: options.limits.document_bytes,
        };
        for name in [&reference.name, &completed] {
            if let Some(record) = image(&content, name).map_err(failed)? {
                return content.found(record, reference);
            }
        }
        // Whoever knows a digest needs no name for it.
        if let Some(digest) = whole.digest
            && let Some(found) = content.found_by_digest(digest, &completed)?
        {
            return Ok(found);
        }
    }
    Err(reference.not_found())
}

fn image(content: &Content, name: &str) -> Result<Option<ImageRecord>, CallError> {
    let call = Call {
        socket: &content.socket,
        namespace: &content.namespace,
        method: "containerd.services.images.v1.Images/Get",
    };
    let answer = call.send(&GetImageRequest { name: name.to_owned() });
    match answer.and_then(|mut messages| messages.only::<GetImageResponse>()) {
        Ok(response) => Ok(response.image),
        Err(CallError::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

impl Content {
    fn found(self, record: ImageRecord, reference: &DaemonReference) -> Result<Found, OciError> {
        let malformed = |detail: String| OciError::Malformed { what: reference.what(), detail };
        let target = record.target.unwrap_or_default();
        let digest: Digest =
            target.digest.parse().map_err(|error| malformed(format!("its target is {error}")))?;
        let size = u64::try_from(target.size).unwrap_or_default();
        let descriptor = descriptor(target.media_type, digest, size);
        if size > self.document_bytes {
            let limit = self.document_bytes;
            return Err(malformed(format!("its target is larger than {limit} bytes")));
        }
        let bytes = self.document(&descriptor)?;
        let top = Document::verified(bytes, &descriptor.media_type, &digest, &self.what)?;
        Ok(Found { content: self, name: record.name, top })
    }

    fn found_by_digest(&self, digest: Digest, name: &str) -> Result<Option<Found>, OciError> {
        let bytes = match self.document(&descriptor(String::new(), digest, 0)) {
            Ok(bytes) => bytes,
            Err(OciError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let top = Document::verified(bytes, "", &digest, &self.what)?;
        Ok(Some(Found { content: self.clone(), name: name.to_owned(), top }))
    }
}

fn descriptor(media_type: String, digest: Digest, size: u64) -> Descriptor {
    Descriptor {
        media_type,
        digest,
        size,
        platform: None,
        annotations: BTreeMap::new(),
        artifact_type: None,
        urls: Vec::new(),
    }
}
