//! Images of the container engines of this machine: Docker, Podman, containerd.
//!
//! Docker and Podman export an image as an archive, which is analysed as it passes and is never copied to disk. containerd gives out
//! documents and layers one by one, by their digests. What an engine answers is as hostile as what a registry answers: it is read
//! within limits, and its names are names.

mod address;
mod containerd;
mod context;
mod engine;
mod host;
mod options;
#[cfg(test)]
mod tests;

use std::fmt;

use plimsoll_core::Digest;

pub use options::DaemonOptions;

use crate::source::{OpenOptions, Opened};
use crate::{IndexListing, OciError, Reference, RegistryReference};

/// A container engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Docker,
    Podman,
    Containerd,
}

/// An image of an engine, by its name there, the beginning of its id, or its digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DaemonReference {
    pub engine: Engine,
    pub name: String,
}

impl Engine {
    /// In the order in which a name without a prefix is looked for.
    pub const ALL: [Self; 3] = [Self::Docker, Self::Podman, Self::Containerd];

    /// The prefix in a reference.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Podman => "podman",
            Self::Containerd => "containerd",
        }
    }

    /// As a person calls it.
    fn title(self) -> &'static str {
        match self {
            Self::Docker => "Docker",
            Self::Podman => "Podman",
            Self::Containerd => "containerd",
        }
    }

    /// The variable of the environment that says where it listens.
    fn variable(self) -> &'static str {
        match self {
            Self::Docker => "DOCKER_HOST",
            Self::Podman => "CONTAINER_HOST",
            Self::Containerd => "CONTAINERD_ADDRESS",
        }
    }
}

impl DaemonReference {
    /// The same name's image with that digest; Docker and Podman have no images of an index by their digests.
    pub(crate) fn at(&self, digest: &Digest) -> Self {
        match (self.engine, self.name.parse::<RegistryReference>()) {
            (Engine::Containerd, Ok(name)) => Self { name: name.at(*digest).to_string(), ..*self },
            _ => self.clone(),
        }
    }

    /// How errors name the image.
    fn what(&self) -> String {
        format!("the image `{}` of {}", self.name, self.engine.title())
    }

    fn not_found(&self) -> OciError {
        let hint = format!("an image in a registry is named registry:{}", self.name);
        OciError::NotFound { what: self.what(), hint: Some(hint) }
    }

    fn failed(&self, detail: impl Into<String>) -> OciError {
        OciError::Daemon { what: self.what(), detail: detail.into() }
    }

    /// For an engine that listens nowhere.
    fn absent(&self, places: &[String]) -> OciError {
        let (title, variable) = (self.engine.title(), self.engine.variable());
        let places = places.join(" and ");
        self.failed(format!(
            "{title} does not listen at {places}\nhint: {variable} says where it listens"
        ))
    }
}

impl fmt::Display for DaemonReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.engine.as_str(), self.name)
    }
}

/// Says where a name without a prefix is: in the first engine that has it for the wanted platform, else in its registry. Any other
/// reference is given back as it is. An engine that cannot be asked does not have it.
#[must_use]
pub fn locate(reference: Reference, options: &OpenOptions) -> Reference {
    let Reference::Name { name, registry } = reference else { return reference };
    for engine in Engine::ALL {
        let reference = DaemonReference { engine, name: name.clone() };
        let found = match engine {
            Engine::Docker | Engine::Podman => engine::find(&reference, options).map(|_| ()),
            Engine::Containerd => containerd::open(&reference, options).map(|_| ()),
        };
        match found {
            Ok(()) => return Reference::Daemon(reference),
            Err(error @ OciError::NotFound { .. }) => tracing::debug!(%error, "not in an engine"),
            // Most machines have not all of them, and most users may not ask all of them.
            Err(error) => tracing::info!(%error, "an engine was not asked"),
        }
    }
    Reference::Registry(registry)
}

pub(crate) fn open(reference: &DaemonReference, options: &OpenOptions) -> Result<Opened, OciError> {
    match reference.engine {
        Engine::Docker | Engine::Podman => {
            engine::open(reference, options).map(|stream| Opened::Stream(Box::new(stream)))
        }
        Engine::Containerd => {
            containerd::open(reference, options).map(|image| Opened::Image(Box::new(image)))
        }
    }
}

pub(crate) fn list(
    reference: &DaemonReference,
    options: &OpenOptions,
) -> Result<IndexListing, OciError> {
    match reference.engine {
        Engine::Docker | Engine::Podman => engine::list(reference, options),
        Engine::Containerd => containerd::list(reference, options),
    }
}
