//! Where a reference leads: archives in files and on pipes, layouts, root file systems; engines and registries have their own modules.
//!
//! Names that stand in an archive are looked up among its members, never on the host; of a layout only names made from
//! digests are opened.

mod docker;
mod file;
mod layout;
mod members;
pub mod rootfs;
mod stream;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod unusual_files;

use std::path::Path;

use plimsoll_core::{Limits, Platform, Problem, ProblemKind};

pub(crate) use docker::is_same_name;
pub use rootfs::Rootfs;
pub use stream::{Analyse, ArchiveStream, Passed, Passing};

use crate::daemon::{self, DaemonOptions};
use crate::registry::{self, RegistryOptions};
use crate::{
    ArchiveForm, Image, IndexListing, IndexMember, OciError, Reference, Selector, SourceKind,
};

/// How references are opened.
#[derive(Clone, Debug, Default)]
pub struct OpenOptions {
    /// The platform that was asked for; `None`: this machine's, else the only one there is.
    pub platform: Option<Platform>,
    pub limits: Limits,
    /// What of a root file system is left out; see [`rootfs::Exclusions`].
    pub exclude: Vec<String>,
    pub registry: RegistryOptions,
    pub daemons: DaemonOptions,
}

/// What stands behind a reference.
pub enum Opened {
    /// Documents read, layers to be opened in any order, any number of times.
    Image(Box<Image>),
    /// An archive that can only be read from its beginning.
    Stream(Box<ArchiveStream>),
    /// A root file system without an image.
    Rootfs(Box<Rootfs>),
}

/// Opens what a reference names.
///
/// # Errors
/// [`OciError`] where it is not there, cannot be read, or is no image.
pub fn open(reference: &Reference, options: &OpenOptions) -> Result<Opened, OciError> {
    let image = |image| Opened::Image(Box::new(image));
    match reference {
        Reference::Archive { file, form, selector } => {
            file::open(file, *form, Request::new(selector.as_ref(), options))
        }
        Reference::Layout { directory, selector } => {
            layout::open_directory(directory, Request::new(selector.as_ref(), options)).map(image)
        }
        Reference::Directory { directory } => {
            Rootfs::open(directory, &options.exclude, &options.limits)
                .map(|rootfs| Opened::Rootfs(Box::new(rootfs)))
        }
        Reference::StandardInput => ArchiveStream::open(Box::new(std::io::stdin()), options)
            .map(|stream| Opened::Stream(Box::new(stream))),
        Reference::Daemon(reference) => daemon::open(reference, options),
        Reference::Registry(reference) | Reference::Name { registry: reference, .. } => {
            registry::open(reference, &options.registry, options.platform.as_ref(), &options.limits)
                .map(image)
        }
    }
}

/// Lists what a reference leads to before one platform's image is chosen. A source that holds one image gives no members.
///
/// # Errors
/// [`OciError`] as [`open`] gives it, and where the source cannot be read more than once.
pub fn list(reference: &Reference, options: &OpenOptions) -> Result<IndexListing, OciError> {
    match reference {
        Reference::Archive { file, form, selector } => {
            file::list(file, *form, Request::new(selector.as_ref(), options))
        }
        Reference::Layout { directory, selector } => {
            layout::list_directory(directory, Request::new(selector.as_ref(), options))
        }
        Reference::Directory { .. } => Ok(IndexListing::single()),
        Reference::StandardInput => Err(stream::passes_once("standard input")),
        Reference::Daemon(reference) => daemon::list(reference, options),
        Reference::Registry(reference) | Reference::Name { registry: reference, .. } => {
            registry::list(reference, &options.registry, &options.limits)
        }
    }
}

/// Opens one image of a listing.
///
/// # Errors
/// As [`open`].
pub fn open_member(
    reference: &Reference,
    (listing, member): (&IndexListing, &IndexMember),
    options: &OpenOptions,
) -> Result<Opened, OciError> {
    let pinned = reference.pinned(&member.digest);
    match open(&pinned, options)? {
        Opened::Image(mut image) => {
            image.set_listing(listing);
            Ok(Opened::Image(image))
        }
        Opened::Stream(stream) => Ok(Opened::Stream(Box::new(stream.with_listing(listing)))),
        Opened::Rootfs(rootfs) => Ok(Opened::Rootfs(rootfs)),
    }
}

/// What is wanted of an archive or layout.
#[derive(Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) selector: Option<&'a Selector>,
    pub(crate) platform: Option<&'a Platform>,
    pub(crate) limits: &'a Limits,
}

impl<'a> Request<'a> {
    pub(crate) fn new(selector: Option<&'a Selector>, options: &'a OpenOptions) -> Self {
        Self { selector, platform: options.platform.as_ref(), limits: &options.limits }
    }
}

/// The archive or layout that is read, by name.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// As errors name it: ``the archive `a.tar` ``.
    pub(crate) what: String,
    /// As a reference names it, without its prefix: `a.tar`.
    pub(crate) name: String,
}

impl Place {
    fn of_file(file: &Path) -> Self {
        let name = file.display().to_string();
        Self { what: format!("the archive `{name}`"), name }
    }

    /// The reference that leads to the image again.
    fn resolved(&self, source: SourceKind, selector: Option<&Selector>) -> String {
        let suffix = selector.map(Selector::suffix).unwrap_or_default();
        format!("{}:{}{suffix}", source.as_str(), self.name)
    }

    fn malformed(&self, detail: impl Into<String>) -> OciError {
        OciError::Malformed { what: self.what.clone(), detail: detail.into() }
    }

    fn not_an_image(&self, detail: impl Into<String>) -> OciError {
        OciError::NotAnImage { what: self.what.clone(), detail: detail.into() }
    }

    fn io(&self, source: std::io::Error) -> OciError {
        OciError::Io { what: self.what.clone(), source }
    }

    /// For an archive of which not even the first entry could be read.
    fn not_a_tar(&self, problem: Option<&Problem>) -> OciError {
        match problem {
            Some(problem) if problem.kind != ProblemKind::Malformed => {
                self.malformed(&problem.detail)
            }
            Some(problem) => {
                self.not_an_image(format!("it is not a tar archive: {}", problem.detail))
            }
            None => self.not_an_image("it is empty"),
        }
    }

    /// An archive that broke off before its documents is said to have broken off.
    fn broken_off(&self, error: OciError, problems: &[Problem]) -> OciError {
        match (problems.first(), &error) {
            (Some(problem), OciError::NotAnImage { .. }) => self.malformed(&problem.detail),
            _ => error,
        }
    }

    fn not_found(&self, wanted: &Selector, choices: &[String]) -> OciError {
        OciError::NotFound {
            what: format!("the image `{}` in {}", wanted.suffix(), self.what),
            hint: Some(format!("it has {}", choices.join(", "))),
        }
    }
}

/// An image and where its layers lie, by the names of members, in the order of the layers.
pub(crate) struct Assembled {
    pub(crate) image: Image,
    pub(crate) layer_names: Vec<String>,
}

/// Reads the image of an archive whose members are known.
fn assemble(
    members: &dyn members::Members,
    place: &Place,
    form: Option<ArchiveForm>,
    request: Request<'_>,
) -> Result<Assembled, OciError> {
    match form_of(members, place, form)? {
        ArchiveForm::Docker => docker::assemble(members, place, request),
        ArchiveForm::Oci => layout::assemble(members, place, SourceKind::OciArchive, request),
    }
}

/// Lists what was asked for of an archive whose members are known. An image of a docker-archive is of one platform.
fn list_members(
    members: &dyn members::Members,
    place: &Place,
    form: Option<ArchiveForm>,
    request: Request<'_>,
) -> Result<IndexListing, OciError> {
    match form_of(members, place, form)? {
        ArchiveForm::Docker => Ok(IndexListing::single()),
        ArchiveForm::Oci => layout::list(members, place, request),
    }
}

/// A docker-archive where its manifest names an image, else a layout.
fn form_of(
    members: &dyn members::Members,
    place: &Place,
    form: Option<ArchiveForm>,
) -> Result<ArchiveForm, OciError> {
    if let Some(form) = form {
        Ok(form)
    } else if docker::names_an_image(members)? {
        Ok(ArchiveForm::Docker)
    } else if members.document(layout::INDEX)?.is_some() {
        Ok(ArchiveForm::Oci)
    } else {
        Err(place.not_an_image(
            "it has neither a manifest.json that names an image nor an index.json: a layer alone, or another kind of archive",
        ))
    }
}
