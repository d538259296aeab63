//! An image that was opened: its documents are read, its layers are not.

use std::io::{self, Read};
use std::sync::Arc;

use plimsoll_core::{Digest, Problem};

use crate::resolve::Origin;
use crate::{ImageConfig, IndexListing};

/// One platform's image.
pub struct Image {
    pub source: SourceKind,
    /// What the reference resolved to, such as `docker.io/library/alpine@sha256:…` or `docker-archive:a.tar:alpine:3.10`.
    pub resolved: String,
    /// Tags under which the source knows it.
    pub tags: Vec<String>,
    /// Names with a digest under which a container engine says that registries know it; its word, checked by nobody.
    pub repo_digests: Vec<String>,
    /// The index through which it was reached, where there was one.
    pub index_digest: Option<Digest>,
    /// Its identity, where the source has one; a docker-archive has none.
    pub manifest_digest: Option<Digest>,
    /// Its identity otherwise.
    pub config_digest: Digest,
    pub config: ImageConfig,
    /// From the bottom.
    pub layers: Vec<LayerBlob>,
    /// What was wrong with the documents, or left out (foreign layers).
    pub problems: Vec<Problem>,
}

impl Image {
    /// What the image is known by: its manifest's digest, else its config's.
    #[must_use]
    pub fn identity(&self) -> Digest {
        self.manifest_digest.unwrap_or(self.config_digest)
    }

    pub(crate) fn set_origin(&mut self, origin: Origin) {
        let Origin { source, resolved, tags, repo_digests } = origin;
        self.source = source;
        self.resolved = resolved;
        self.tags = tags;
        self.repo_digests = repo_digests;
    }

    /// An image that was opened by the digest that a listing gave has lost what led to it.
    pub(crate) fn set_listing(&mut self, listing: &IndexListing) {
        self.index_digest = listing.index_digest;
        self.tags.clone_from(&listing.tags);
    }
}

/// Where an image comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    DockerArchive,
    OciArchive,
    OciLayout,
    Registry,
    Directory,
    Docker,
    Podman,
    Containerd,
}

impl SourceKind {
    /// The prefix in a reference.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DockerArchive => "docker-archive",
            Self::OciArchive => "oci-archive",
            Self::OciLayout => "oci",
            Self::Registry => "registry",
            Self::Directory => "dir",
            Self::Docker => "docker",
            Self::Podman => "podman",
            Self::Containerd => "containerd",
        }
    }
}

/// One layer's blob, not read yet.
#[derive(Clone)]
pub struct LayerBlob {
    /// What the manifest says the blob's digest is; `None` where nothing pins it (docker-archive).
    pub digest: Option<Digest>,
    /// What the config claims the uncompressed layer's digest is.
    pub claimed_diff_id: Option<Digest>,
    /// Bytes of the blob, where known.
    pub size: Option<u64>,
    pub media_type: String,
    /// The command that made it, from the history.
    pub created_by: Option<String>,
    /// True for a layer that is not to be opened (a foreign or encrypted one): a problem of the image says why.
    pub withheld: bool,
    pub opener: Arc<dyn BlobOpener>,
}

/// Opens a blob's bytes as they are stored (compressed or not), any number of times.
pub trait BlobOpener: Send + Sync {
    fn open(&self) -> io::Result<Box<dyn Read + Send>>;
}
