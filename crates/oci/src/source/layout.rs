//! The OCI image layout (OCI image specification, `image-layout.md`), in a directory or as the members of an archive:
//! `index.json` names manifests, and every blob lies at the name that its digest gives it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use plimsoll_core::{Digest, Limits, Platform};
use rustix::fs::{Mode, OFlags};

use super::docker::is_same_name;
use super::members::{Members, Missing};
use super::{Assembled, Place, Request};
use crate::listing::list_among;
use crate::resolve::{DocumentStore, Origin, ResolveOptions, resolve_among};
use crate::{
    BlobOpener, Descriptor, Image, Index, IndexListing, OciError, Resolved, Selector, SourceKind,
    is_attestation,
};

pub(crate) const INDEX: &str = "index.json";

/// What tools write an image's tag, or its whole name, into.
const NAME_ANNOTATIONS: [&str; 2] =
    ["io.containerd.image.name", "org.opencontainers.image.ref.name"];

/// Opens a layout that lies in a directory.
pub(crate) fn open_directory(directory: &Path, request: Request<'_>) -> Result<Image, OciError> {
    let members = Directory::new(directory, request.limits)?;
    assemble(&members, &members.place, SourceKind::OciLayout, request)
        .map(|assembled| assembled.image)
}

/// Lists what a layout in a directory has of what was asked for.
pub(crate) fn list_directory(
    directory: &Path,
    request: Request<'_>,
) -> Result<IndexListing, OciError> {
    let members = Directory::new(directory, request.limits)?;
    list(&members, &members.place, request)
}

pub(crate) fn assemble(
    members: &dyn Members,
    place: &Place,
    source: SourceKind,
    request: Request<'_>,
) -> Result<Assembled, OciError> {
    let index = read_index(members, place)?;
    let layout = Layout { members, place, request };
    let (chosen, selector) = layout.choose(&index.manifests)?;
    let resolved = layout.resolve(chosen)?;
    let layer_names =
        resolved.manifest.layers.iter().map(|layer| blob_name(&layer.digest)).collect();
    let reached = resolved.index_digest.unwrap_or(resolved.manifest_digest);
    let origin = Origin {
        source,
        resolved: place.resolved(source, Some(&selector)),
        tags: tags_of(&index.manifests, &reached),
        repo_digests: Vec::new(),
    };
    let image =
        resolved.into_image(origin, &|descriptor| members.opener(&blob_name(&descriptor.digest)));
    Ok(Assembled { image, layer_names })
}

/// Lists what was asked for, with the attestations beside it where that is everything.
pub(crate) fn list(
    members: &dyn Members,
    place: &Place,
    request: Request<'_>,
) -> Result<IndexListing, OciError> {
    let index = read_index(members, place)?;
    let layout = Layout { members, place, request };
    let (mut chosen, _) = layout.choose(&index.manifests)?;
    let asked_for: Vec<Digest> = chosen.iter().map(|descriptor| descriptor.digest).collect();
    if request.selector.is_none() {
        chosen.extend(index.manifests.iter().filter(|entry| is_attestation(entry)).cloned());
    }
    let mut listing = list_among(&layout, chosen, layout.options())?;
    listing.tags = asked_for.iter().flat_map(|digest| tags_of(&index.manifests, digest)).collect();
    listing.tags.dedup();
    Ok(listing)
}

fn read_index(members: &dyn Members, place: &Place) -> Result<Index, OciError> {
    let bytes =
        members.document(INDEX)?.ok_or_else(|| place.not_an_image(format!("it has no {INDEX}")))?;
    serde_json::from_slice(&bytes).map_err(|error| place.malformed(format!("its {INDEX}: {error}")))
}

struct Layout<'a> {
    members: &'a dyn Members,
    place: &'a Place,
    request: Request<'a>,
}

/// The entries that are what was asked for, and what selects it again.
type Chosen = (Vec<Descriptor>, Selector);

impl Layout<'_> {
    /// One image: one entry, or entries that differ in nothing but their platform.
    fn choose(&self, manifests: &[Descriptor]) -> Result<Chosen, OciError> {
        let images: Vec<&Descriptor> =
            manifests.iter().filter(|descriptor| !is_attestation(descriptor)).collect();
        let Some(selector) = self.request.selector else { return self.choose_only(&images) };
        let chosen: Vec<&Descriptor> = match selector {
            // A bare tag such as `latest` may be that of several images.
            Selector::Name(name) => {
                images.iter().filter(|image| has_name(image, name)).copied().collect()
            }
            Selector::Position(position) => images.get(*position).copied().into_iter().collect(),
            Selector::Digest(digest) => return self.choose_by_digest(manifests, digest),
        };
        if chosen.is_empty() {
            return Err(self.place.not_found(selector, &choices(&images)));
        }
        self.choose_only(&chosen)
    }

    /// Every manifest of the layout can be had by its digest, whether `index.json` names it or an index further down.
    fn choose_by_digest(
        &self,
        manifests: &[Descriptor],
        digest: &Digest,
    ) -> Result<Chosen, OciError> {
        let selector = Selector::Digest(*digest);
        let named = manifests.iter().find(|manifest| manifest.digest == *digest);
        let descriptor = match named {
            Some(descriptor) => descriptor.clone(),
            None if self.members.size(&blob_name(digest)).is_some() => of_digest(*digest),
            None => {
                let images: Vec<_> = manifests.iter().collect();
                return Err(self.place.not_found(&selector, &choices(&images)));
            }
        };
        Ok((vec![descriptor], selector))
    }

    fn choose_only(&self, images: &[&Descriptor]) -> Result<Chosen, OciError> {
        let [first, ..] = images else {
            return Err(self.place.not_an_image(format!("its {INDEX} names no image")));
        };
        if are_one_image(images) {
            let all = images.iter().map(|&image| image.clone()).collect();
            return Ok((all, selector_of(first)));
        }
        // Charts and signatures often lie beside the one image that they belong to.
        let read = images.iter().take(self.request.limits.index_documents);
        let is_image = |image: &&&Descriptor| match self.resolve(vec![(**image).clone()]) {
            Err(OciError::NotAnImage { .. }) => false,
            Ok(_) | Err(_) => true,
        };
        let remaining: Vec<&Descriptor> = read.filter(is_image).copied().collect();
        match remaining[..] {
            [] => Err(self.place.not_an_image(format!("its {INDEX} names no image"))),
            [only] => Ok((vec![only.clone()], selector_of(only))),
            _ => Err(OciError::Ambiguous {
                what: self.place.what.clone(),
                choices: choices(&remaining),
            }),
        }
    }

    fn resolve(&self, descriptors: Vec<Descriptor>) -> Result<Resolved, OciError> {
        resolve_among(self, descriptors, self.options())
    }

    fn options(&self) -> ResolveOptions<'_> {
        let Request { platform, limits, .. } = self.request;
        ResolveOptions { what: &self.place.what, wanted: platform, limits }
    }
}

impl DocumentStore for Layout<'_> {
    fn document(&self, descriptor: &Descriptor) -> Result<Vec<u8>, OciError> {
        let missing = || OciError::NotFound {
            what: format!("the document {} in {}", descriptor.digest, self.place.what),
            hint: None,
        };
        self.members.document(&blob_name(&descriptor.digest))?.ok_or_else(missing)
    }
}

fn blob_name(digest: &Digest) -> String {
    format!("blobs/{}/{}", digest.algorithm(), digest.hex())
}

fn of_digest(digest: Digest) -> Descriptor {
    Descriptor {
        media_type: String::new(),
        digest,
        size: 0,
        platform: None,
        annotations: BTreeMap::new(),
        artifact_type: None,
        urls: Vec::new(),
    }
}

/// True for entries that are the same, or the same image for different platforms.
fn are_one_image(images: &[&Descriptor]) -> bool {
    let digests: BTreeSet<_> = images.iter().map(|image| image.digest).collect();
    let platforms: BTreeSet<Platform> =
        images.iter().filter_map(|image| image.platform.as_ref()).map(Platform::from).collect();
    let same_names = images.windows(2).all(|pair| names(pair[0]).eq(names(pair[1])));
    digests.len() == 1 || (same_names && platforms.len() == digests.len())
}

fn names(descriptor: &Descriptor) -> impl Iterator<Item = &str> {
    NAME_ANNOTATIONS
        .iter()
        .filter_map(|annotation| descriptor.annotations.get(*annotation))
        .map(String::as_str)
}

fn has_name(descriptor: &Descriptor, wanted: &str) -> bool {
    names(descriptor).any(|name| is_same_name(name, wanted))
}

fn tags_of(manifests: &[Descriptor], digest: &Digest) -> Vec<String> {
    let mut tags: Vec<_> = manifests
        .iter()
        .filter(|manifest| manifest.digest == *digest)
        .filter_map(|manifest| names(manifest).next().map(str::to_owned))
        .collect();
    tags.dedup();
    tags
}

fn selector_of(descriptor: &Descriptor) -> Selector {
    match names(descriptor).next() {
        Some(name) => Selector::Name(name.to_owned()),
        None => Selector::Digest(descriptor.digest),
    }
}

/// By name where it is the name of one image only, else by digest.
fn choices(images: &[&Descriptor]) -> Vec<String> {
    let choice = |image: &&Descriptor| {
        let name = names(image).next();
        let is_own = name.is_some_and(|name| {
            images.iter().filter(|other| names(other).any(|other| other == name)).count() == 1
        });
        if is_own { selector_of(image).suffix() } else { Selector::Digest(image.digest).suffix() }
    };
    // A list for a person: nobody chooses among more.
    images.iter().take(100).map(choice).collect()
}

/// A layout in a directory of the host. Names are its own or made from digests: nothing that stands in a document is
/// ever joined to the directory.
struct Directory {
    root: PathBuf,
    place: Place,
    limits: Limits,
}

impl Directory {
    fn new(root: &Path, limits: &Limits) -> Result<Self, OciError> {
        let name = root.display().to_string();
        let place = Place { what: format!("the layout `{name}`"), name };
        if !root.is_dir() {
            return Err(OciError::NotFound { what: place.what, hint: None });
        }
        Ok(Self { root: root.to_owned(), place, limits: *limits })
    }
}

impl Members for Directory {
    fn document(&self, name: &str) -> Result<Option<Vec<u8>>, OciError> {
        let mut file = match open_file(&self.root.join(name)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.place.io(error)),
        };
        read_document(&mut file, name, &self.place, &self.limits).map(Some)
    }

    fn opener(&self, name: &str) -> Arc<dyn BlobOpener> {
        let path = self.root.join(name);
        if path.is_file() { Arc::new(BlobFile { path }) } else { Missing::member(name) }
    }

    fn size(&self, name: &str) -> Option<u64> {
        std::fs::metadata(self.root.join(name)).ok().map(|metadata| metadata.len())
    }
}

struct BlobFile {
    path: PathBuf,
}

impl BlobOpener for BlobFile {
    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(open_file(&self.path)?))
    }
}

/// Opens a regular file: a pipe under a blob's name must not hold the scan up, and no link leads out of the layout.
fn open_file(path: &Path) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOFOLLOW;
    let file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    if file.metadata()?.is_file() {
        return Ok(file);
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, format!("{} is not a file", path.display())))
}

/// Reads a whole document, within the limit.
pub(super) fn read_document(
    reader: &mut dyn Read,
    name: &str,
    place: &Place,
    limits: &Limits,
) -> Result<Vec<u8>, OciError> {
    let limit = limits.document_bytes;
    let mut bytes = Vec::new();
    reader
        .take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| place.io(error))?;
    if bytes.len() as u64 > limit {
        return Err(place.malformed(format!("its document `{name}` is larger than {limit} bytes")));
    }
    Ok(bytes)
}
