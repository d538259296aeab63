//! Docker's API (`docs.docker.com/reference/api/engine`), which Podman answers too: what an image is, and its export.

use std::io::{self, Read};
use std::sync::Arc;

use plimsoll_core::{Digest, Platform};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::DaemonReference;
use super::host::Host;
use super::{Engine, address::Address};
use crate::resolve::Origin;
use crate::source::{OpenOptions, Place, Request, is_same_name};
use crate::{ArchiveStream, BlobOpener, IndexListing, OciError, SourceKind};

/// Names of an image that are kept.
const MOST_NAMES: usize = 100;

/// What an engine says of an image: every field its word only.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Inspected {
    id: String,
    #[serde(default)]
    repo_tags: Option<Vec<String>>,
    #[serde(default)]
    repo_digests: Option<Vec<String>>,
    #[serde(default)]
    os: Option<String>,
    #[serde(default)]
    architecture: Option<String>,
    #[serde(default)]
    variant: Option<String>,
    /// Only engines that keep images of several platforms under one name tell it.
    #[serde(default)]
    descriptor: Option<IgnoredAny>,
}

/// An image that an engine has.
pub(super) struct Found {
    host: Arc<Host>,
    image: Inspected,
}

/// Finds an image for the wanted platform.
pub(super) fn find(reference: &DaemonReference, options: &OpenOptions) -> Result<Found, OciError> {
    let addresses =
        options.daemons.addresses(reference.engine).map_err(|detail| reference.failed(detail))?;
    let mut failure = None;
    let mut was_asked = false;
    for address in addresses.present() {
        match ask(reference, address, options) {
            Ok(Some(found)) => return found.checked(reference, options),
            Ok(None) => was_asked = true,
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    Err(match failure {
        Some(error) => error,
        None if was_asked => reference.not_found(),
        None => reference.absent(&addresses.texts()),
    })
}

/// Opens the export of an image. Its layers are analysed as they pass; to open one again is to export the image again.
pub(super) fn open(
    reference: &DaemonReference,
    options: &OpenOptions,
) -> Result<ArchiveStream, OciError> {
    let found = find(reference, options)?;
    let name = found.export_name(&reference.name);
    let resolved = DaemonReference { name: name.clone(), ..*reference }.to_string();
    let place = Place { what: reference.what(), name: name.clone() };
    let Found { host, image } = found;
    let platform = options.platform.clone();
    let export = Arc::new(Export { host, name, platform });
    let stream = ArchiveStream::of_source(export, place, None, Request::new(None, options))?;
    let first = |names: Option<Vec<String>>| {
        let names = names.unwrap_or_default().into_iter();
        names.take(MOST_NAMES).collect()
    };
    Ok(stream.with_origin(Origin {
        source: source(reference.engine),
        resolved,
        tags: first(image.repo_tags),
        repo_digests: first(image.repo_digests),
    }))
}

/// An engine has one platform of an image, or does not export more than one.
pub(super) fn list(
    reference: &DaemonReference,
    options: &OpenOptions,
) -> Result<IndexListing, OciError> {
    match find(reference, options)?.image.descriptor {
        None => Ok(IndexListing::single()),
        Some(_) => Err(OciError::Unsupported {
            what: reference.what(),
            detail: "more than one platform of what an engine exports".to_owned(),
        }),
    }
}

fn source(engine: Engine) -> SourceKind {
    match engine {
        Engine::Docker => SourceKind::Docker,
        Engine::Podman => SourceKind::Podman,
        Engine::Containerd => SourceKind::Containerd,
    }
}

fn ask(
    reference: &DaemonReference,
    address: &Address,
    options: &OpenOptions,
) -> Result<Option<Found>, OciError> {
    let failed = |detail: String| {
        reference.failed(format!("{} at {address}: {detail}", reference.engine.title()))
    };
    let host = Host::new(address, &options.limits).map_err(failed)?;
    let Some(bytes) = host.document(&reference.name).map_err(failed)? else { return Ok(None) };
    let image = serde_json::from_slice(&bytes)
        .map_err(|error| failed(format!("its answer is not understood: {error}")))?;
    Ok(Some(Found { host: Arc::new(host), image }))
}

impl Found {
    /// An image of one platform only must be the one that was asked for.
    fn checked(self, reference: &DaemonReference, options: &OpenOptions) -> Result<Self, OciError> {
        let own = self.image.platform();
        match (&options.platform, own) {
            (Some(wanted), Some(own))
                if self.image.descriptor.is_none() && !own.satisfies(wanted) =>
            {
                let (wanted, available) = (wanted.clone(), vec![own]);
                Err(OciError::NoPlatform { what: reference.what(), wanted, available })
            }
            _ => Ok(self),
        }
    }

    /// What names exactly this image: the tag that was asked for, as the engine writes it, else its id. To export a name without a
    /// tag is to export all its tags.
    fn export_name(&self, typed: &str) -> String {
        let tags = self.image.repo_tags.as_deref().unwrap_or_default();
        let tag = tags.iter().take(MOST_NAMES).find(|tag| is_same_name(tag, typed));
        let id = Some(&self.image.id).filter(|id| id.parse::<Digest>().is_ok());
        tag.or(id).cloned().unwrap_or_else(|| typed.to_owned())
    }
}

impl Inspected {
    fn platform(&self) -> Option<Platform> {
        let architecture = self.architecture.clone().filter(|text| !text.is_empty())?;
        let os = self.os.clone().unwrap_or_default();
        let variant = self.variant.clone().filter(|text| !text.is_empty());
        Some(Platform { os, architecture, variant })
    }
}

/// The export of one image, from its beginning.
struct Export {
    host: Arc<Host>,
    name: String,
    platform: Option<Platform>,
}

impl BlobOpener for Export {
    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        let export = self.host.export(&self.name, self.platform.as_ref());
        export.map_err(io::Error::other)
    }
}
