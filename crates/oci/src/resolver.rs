use plimsoll_core::{Digest, Limits, Platform};

use crate::artifact::{kind_of_document, kind_of_entry, kind_of_manifest};
use crate::listing::IndexMember;
use crate::media_type::{Content, MediaType};
use crate::resolve::{Document, DocumentStore, ResolveOptions, Resolved};
use crate::{Descriptor, ImageConfig, Index, Manifest, OciError};

/// What a document is.
pub(crate) enum Form {
    Index(Index),
    Manifest(Box<Manifest>),
}

/// A manifest that might be chosen.
struct Leaf {
    descriptor: Descriptor,
    index_digest: Option<Digest>,
    platform: Option<Platform>,
}

pub(crate) struct Resolver<'a> {
    store: &'a dyn DocumentStore,
    options: ResolveOptions<'a>,
    leaves: Vec<Leaf>,
    /// What stands in the index and is no image.
    others: Vec<IndexMember>,
    documents_left: usize,
}

impl<'a> Resolver<'a> {
    pub(crate) fn new(store: &'a dyn DocumentStore, options: ResolveOptions<'a>) -> Self {
        let documents_left = options.limits.index_documents;
        Self { store, options, leaves: Vec::new(), others: Vec::new(), documents_left }
    }

    /// Collects the manifests below an index, in its order, and opens the indexes in it.
    pub(crate) fn collect(
        &mut self,
        descriptors: Vec<Descriptor>,
        index_digest: Option<Digest>,
        depth: usize,
    ) -> Result<(), OciError> {
        if depth > self.options.limits.index_depth {
            return Err(self.malformed(format!("indexes are nested deeper than {depth}")));
        }
        for descriptor in descriptors {
            let limit = self.options.limits.index_entries;
            if self.leaves.len() + self.others.len() >= limit {
                return Err(self.malformed(format!("its index has more than {limit} entries")));
            }
            let platform = descriptor.platform.as_ref().map(Platform::from);
            if let Some(kind) = kind_of_entry(&descriptor) {
                let digest = descriptor.digest;
                self.others.push(IndexMember { digest, platform, not_an_image: Some(kind) });
                continue;
            }
            match MediaType::of(&descriptor.media_type) {
                MediaType::Manifest | MediaType::Unknown => {
                    let platform = platform.filter(|platform| !platform.architecture.is_empty());
                    self.leaves.push(Leaf { descriptor, index_digest, platform });
                }
                MediaType::Index => {
                    let document = self.fetch(&descriptor)?;
                    if let Form::Index(index) = self.read(&document)? {
                        let outermost = index_digest.or(Some(document.digest));
                        self.collect(index.manifests, outermost, depth + 1)?;
                    }
                }
                MediaType::SchemaOne => return Err(self.schema_one()),
                // It was told above.
                MediaType::Other => {}
            }
        }
        Ok(())
    }

    /// What was collected: the images in the order of the index, then what is none.
    pub(crate) fn into_members(self) -> Vec<IndexMember> {
        let image = |leaf: Leaf| IndexMember {
            digest: leaf.descriptor.digest,
            platform: leaf.platform,
            not_an_image: None,
        };
        self.leaves.into_iter().map(image).chain(self.others).collect()
    }

    /// Chooses by platform: the wanted one, else this machine's, else the only one there is.
    pub(crate) fn choose(mut self) -> Result<Resolved, OciError> {
        let leaves = std::mem::take(&mut self.leaves);
        if let [leaf] = leaves.as_slice() {
            let resolved = self.load(leaf)?;
            return self.check_wanted(resolved);
        }
        let mut known = Vec::new();
        let mut refused = None;
        for mut leaf in leaves {
            if leaf.platform.is_none() {
                match self.load(&leaf) {
                    Ok(resolved) => leaf.platform = Some(resolved.config.platform()),
                    Err(error @ OciError::NotAnImage { .. }) => {
                        refused = Some(error);
                        continue;
                    }
                    Err(error) => return Err(error),
                }
            }
            known.push(leaf);
        }
        if known.is_empty() {
            return Err(refused.unwrap_or_else(|| self.no_images()));
        }
        let own = Platform::of_this_machine();
        let wanted = self.options.wanted.unwrap_or(&own);
        match pick(&known, wanted) {
            Some(leaf) => self.load(leaf),
            None if self.options.wanted.is_none() && is_one_image(&known) => self.load(&known[0]),
            None => {
                let mut available: Vec<_> =
                    known.into_iter().filter_map(|leaf| leaf.platform).collect();
                available.sort();
                available.dedup();
                Err(self.no_platform(wanted, available))
            }
        }
    }

    /// Reads a manifest and its config.
    fn load(&mut self, leaf: &Leaf) -> Result<Resolved, OciError> {
        let document = self.fetch(&leaf.descriptor)?;
        match self.read(&document)? {
            Form::Manifest(manifest) => self.finish(document.digest, *manifest, leaf.index_digest),
            Form::Index(_) => Err(self.malformed("an index stands where a manifest should")),
        }
    }

    pub(crate) fn finish(
        &mut self,
        manifest_digest: Digest,
        manifest: Manifest,
        index_digest: Option<Digest>,
    ) -> Result<Resolved, OciError> {
        if let Some(kind) = kind_of_manifest(&manifest) {
            return Err(self.not_an_image(kind));
        }
        let (count, limit) = (manifest.layers.len(), self.options.limits.layers);
        if count > limit {
            return Err(self.malformed(format!("it has {count} layers; at most {limit} are read")));
        }
        let document = self.fetch(&manifest.config)?;
        let (config, problems) =
            ImageConfig::parse(&document.bytes).map_err(|error| OciError::Malformed {
                what: format!("the config {} of {}", document.digest, self.options.what),
                detail: error,
            })?;
        let config_digest = document.digest;
        Ok(Resolved { index_digest, manifest_digest, manifest, config, config_digest, problems })
    }

    /// An image of one platform only must still be the one that was asked for, where it tells its own.
    pub(crate) fn check_wanted(&self, resolved: Resolved) -> Result<Resolved, OciError> {
        let platform = resolved.config.platform();
        match self.options.wanted {
            Some(wanted) if !platform.architecture.is_empty() && !platform.satisfies(wanted) => {
                Err(self.no_platform(wanted, vec![platform]))
            }
            _ => Ok(resolved),
        }
    }

    /// Fetches a document and checks it.
    fn fetch(&mut self, descriptor: &Descriptor) -> Result<Document, OciError> {
        let limit = self.options.limits;
        self.documents_left = self.documents_left.checked_sub(1).ok_or_else(|| {
            self.malformed(format!("it has more than {} documents to read", limit.index_documents))
        })?;
        let what = || format!("the document {} of {}", descriptor.digest, self.options.what);
        if descriptor.size > limit.document_bytes {
            return Err(too_large(what(), limit));
        }
        let bytes = self.store.document(descriptor)?;
        if bytes.len() as u64 > limit.document_bytes {
            return Err(too_large(what(), limit));
        }
        Document::verified(bytes, &descriptor.media_type, &descriptor.digest, &what())
    }

    /// Reads an index or a manifest by its media type, else by its content.
    pub(crate) fn read(&self, document: &Document) -> Result<Form, OciError> {
        let malformed = |error: serde_json::Error| OciError::Malformed {
            what: format!("the document {} of {}", document.digest, self.options.what),
            detail: error.to_string(),
        };
        let mut content: Option<Content> = None;
        let media_type = match MediaType::of(&document.media_type) {
            MediaType::Unknown => {
                let content =
                    content.insert(serde_json::from_slice(&document.bytes).map_err(malformed)?);
                MediaType::of_content(content)
            }
            told => told,
        };
        match media_type {
            MediaType::Index => {
                serde_json::from_slice(&document.bytes).map(Form::Index).map_err(malformed)
            }
            MediaType::Manifest => {
                serde_json::from_slice(&document.bytes).map(Form::Manifest).map_err(malformed)
            }
            MediaType::SchemaOne => Err(self.schema_one()),
            MediaType::Other | MediaType::Unknown => {
                Err(self.not_an_image(kind_of_document(&document.media_type, content.as_ref())))
            }
        }
    }

    fn malformed(&self, detail: impl Into<String>) -> OciError {
        OciError::Malformed { what: self.options.what.to_owned(), detail: detail.into() }
    }

    fn not_an_image(&self, detail: impl Into<String>) -> OciError {
        OciError::NotAnImage { what: self.options.what.to_owned(), detail: detail.into() }
    }

    /// One artifact alone is named; among several there is no telling which was meant.
    fn no_images(&self) -> OciError {
        match self.others.as_slice() {
            [IndexMember { not_an_image: Some(kind), .. }] => self.not_an_image(kind),
            _ => self.not_an_image("its index holds no images"),
        }
    }

    fn schema_one(&self) -> OciError {
        OciError::Unsupported {
            what: self.options.what.to_owned(),
            detail: "an image manifest of Docker's schema 1".to_owned(),
        }
    }

    fn no_platform(&self, wanted: &Platform, available: Vec<Platform>) -> OciError {
        let what = self.options.what.to_owned();
        OciError::NoPlatform { what, wanted: wanted.clone(), available }
    }
}

/// The first manifest for exactly the platform, else the first that satisfies it, as the image specification says of indexes.
fn pick<'l>(leaves: &'l [Leaf], wanted: &Platform) -> Option<&'l Leaf> {
    let platform_is = |test: &dyn Fn(&Platform) -> bool| {
        leaves.iter().find(|leaf| leaf.platform.as_ref().is_some_and(test))
    };
    platform_is(&|platform| platform == wanted)
        .or_else(|| platform_is(&|platform| platform.satisfies(wanted)))
}

fn is_one_image(leaves: &[Leaf]) -> bool {
    leaves.windows(2).all(|pair| pair[0].descriptor.digest == pair[1].descriptor.digest)
}

fn too_large(what: String, limits: &Limits) -> OciError {
    OciError::Malformed {
        what,
        detail: format!("it is larger than {} bytes", limits.document_bytes),
    }
}
