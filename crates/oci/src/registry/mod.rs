//! Images of a remote registry, over HTTP.
//!
//! Every byte of a document is checked against the digest that names it before it is believed; a layer streams, and its walker
//! checks it. Credentials and tokens go to the registry and to the token service that it names, and nowhere else.

mod answer;
mod auth;
mod blob;
mod credentials;
mod documents;
mod options;
mod repository;
mod secret;
#[cfg(test)]
mod test_image;
mod token;

use std::sync::Arc;

use plimsoll_core::{Limits, Platform};

pub use credentials::{CredentialSource, Credentials};
pub use options::RegistryOptions;
pub use secret::Secret;

use crate::listing;
use crate::resolve::{Origin, ResolveOptions, resolve};
use crate::{BlobOpener, Descriptor, Image, IndexListing, OciError, RegistryReference, SourceKind};
use blob::RegistryBlob;
use repository::Repository;

/// Opens an image: reads its documents, and none of its layers.
///
/// Blocks; not to be called on a thread of an asynchronous runtime.
///
/// # Errors
/// [`OciError`] where the registry cannot be reached or refuses, where there is no such image or none for the platform, and
/// where a document is not its digest.
pub fn open(
    reference: &RegistryReference,
    options: &RegistryOptions,
    platform: Option<&Platform>,
    limits: &Limits,
) -> Result<Image, OciError> {
    let repository = Repository::new(reference, options, limits)?;
    let top = repository.top_document()?;
    let what = reference.to_string();
    let resolve_options = ResolveOptions { what: &what, wanted: platform, limits };
    let resolved = resolve(repository.as_ref(), &top, resolve_options)?;
    let origin = Origin {
        source: SourceKind::Registry,
        resolved: reference.at(resolved.manifest_digest).to_string(),
        tags: reference.tag.clone().into_iter().collect(),
        repo_digests: Vec::new(),
    };
    Ok(resolved.into_image(origin, &|descriptor: &Descriptor| -> Arc<dyn BlobOpener> {
        Arc::new(RegistryBlob {
            repository: Arc::clone(&repository),
            digest: descriptor.digest,
            size: (descriptor.size > 0).then_some(descriptor.size),
        })
    }))
}

/// Lists what a name leads to: the images of an index, and what stands beside them.
///
/// # Errors
/// As [`open`].
pub fn list(
    reference: &RegistryReference,
    options: &RegistryOptions,
    limits: &Limits,
) -> Result<IndexListing, OciError> {
    let repository = Repository::new(reference, options, limits)?;
    let top = repository.top_document()?;
    let what = reference.to_string();
    let options = ResolveOptions { what: &what, wanted: None, limits };
    let listing = listing::list(repository.as_ref(), &top, options)?;
    Ok(IndexListing { tags: reference.tag.clone().into_iter().collect(), ..listing })
}
