//! From the first document of a source to one image: index, platform, manifest, config.
//!
//! What differs by source, how a document is fetched, is a [`DocumentStore`]; every byte is checked here.

use std::sync::Arc;

use plimsoll_core::{Digest, Limits, Platform, Problem, ProblemKind};
use sha2::{Digest as _, Sha256, Sha512};

use crate::media_type::withholding;
use crate::resolver::{Form, Resolver};
use crate::{
    BlobOpener, Descriptor, Image, ImageConfig, LayerBlob, Manifest, OciError, SourceKind,
};

/// Fetches the documents of an image by their descriptor.
pub trait DocumentStore {
    /// The bytes of an index, a manifest or a config, at most `Limits::document_bytes` of them. They need not be checked.
    ///
    /// # Errors
    /// [`OciError`] where there is no such document or it cannot be had.
    fn document(&self, descriptor: &Descriptor) -> Result<Vec<u8>, OciError>;
}

/// A document whose digest was computed.
#[derive(Clone, Debug)]
pub struct Document {
    pub bytes: Vec<u8>,
    /// As the source tells it; empty where it does not, and then the content decides.
    pub media_type: String,
    pub digest: Digest,
}

impl Document {
    /// A document that nothing pins: known by its SHA-256.
    #[must_use]
    pub fn new(bytes: Vec<u8>, media_type: &str) -> Self {
        let digest = sha256_of(&bytes);
        Self { bytes, media_type: media_type.to_owned(), digest }
    }

    /// A document that must have a digest. `what` names it in the error.
    ///
    /// # Errors
    /// [`OciError::DigestMismatch`] where the bytes have another.
    pub fn verified(
        bytes: Vec<u8>,
        media_type: &str,
        expected: &Digest,
        what: &str,
    ) -> Result<Self, OciError> {
        let actual = match expected {
            Digest::Sha256(_) => sha256_of(&bytes),
            Digest::Sha512(_) => Digest::Sha512(Sha512::digest(&bytes).into()),
        };
        if actual == *expected {
            return Ok(Self { bytes, media_type: media_type.to_owned(), digest: actual });
        }
        Err(OciError::DigestMismatch { what: what.to_owned(), expected: *expected, actual })
    }
}

/// How an image is resolved.
#[derive(Clone, Copy)]
pub struct ResolveOptions<'a> {
    /// The source, for errors: `docker.io/library/alpine:latest`.
    pub what: &'a str,
    /// The platform that was asked for; `None`: this machine's, else the only one there is.
    pub wanted: Option<&'a Platform>,
    pub limits: &'a Limits,
}

/// One platform's image: its documents, checked against their digests.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The outermost index through which it was reached.
    pub index_digest: Option<Digest>,
    pub manifest_digest: Digest,
    pub manifest: Manifest,
    pub config: ImageConfig,
    pub config_digest: Digest,
    /// What was wrong with the documents, or left out.
    pub problems: Vec<Problem>,
}

/// What an [`Image`] has that its documents do not tell.
#[derive(Clone, Debug)]
pub struct Origin {
    pub source: SourceKind,
    /// See [`Image::resolved`].
    pub resolved: String,
    pub tags: Vec<String>,
    /// See [`Image::repo_digests`].
    pub repo_digests: Vec<String>,
}

/// Resolves from the document that the source gave for the reference: an index or a manifest.
///
/// # Errors
/// [`OciError::NotAnImage`] for artifacts, [`OciError::NoPlatform`], [`OciError::Unsupported`] for Docker's schema 1, and
/// what reading a document gives.
pub fn resolve(
    store: &dyn DocumentStore,
    top: &Document,
    options: ResolveOptions<'_>,
) -> Result<Resolved, OciError> {
    let mut resolver = Resolver::new(store, options);
    match resolver.read(top)? {
        Form::Index(index) => {
            resolver.collect(index.manifests, Some(top.digest), 0)?;
            resolver.choose()
        }
        Form::Manifest(manifest) => {
            let resolved = resolver.finish(top.digest, *manifest, None)?;
            resolver.check_wanted(resolved)
        }
    }
}

/// Resolves among descriptors as in an index that has no digest of its own: a layout's `index.json`.
///
/// # Errors
/// As [`resolve`].
pub fn resolve_among(
    store: &dyn DocumentStore,
    descriptors: Vec<Descriptor>,
    options: ResolveOptions<'_>,
) -> Result<Resolved, OciError> {
    let mut resolver = Resolver::new(store, options);
    resolver.collect(descriptors, None, 0)?;
    resolver.choose()
}

/// True for a manifest in an index that says something about an image and is none: an attestation of BuildKit.
#[must_use]
pub fn is_attestation(descriptor: &Descriptor) -> bool {
    descriptor.annotations.contains_key("vnd.docker.reference.type")
        || descriptor
            .platform
            .as_ref()
            .is_some_and(|platform| Platform::from(platform).is_unknown())
}

/// The diff_ids that a config claims, one for each of `layers` layers: `None` where there is no claim to check.
pub(crate) fn diff_id_claims(
    config: &ImageConfig,
    layers: usize,
) -> (Vec<Option<Digest>>, Vec<Problem>) {
    let texts = config.rootfs.diff_ids.as_deref().unwrap_or_default();
    if texts.len() != layers {
        let detail = format!("the config names {} diff_ids for {layers} layers", texts.len());
        return (vec![None; layers], vec![Problem::new(ProblemKind::Malformed, detail)]);
    }
    let mut problems = Vec::new();
    let claims = texts.iter().enumerate().map(|(position, text)| match text.parse() {
        Ok(digest) => Some(digest),
        Err(error) => {
            let detail = format!("the layer's diff_id in the config is {error}");
            problems.push(at_layer(Problem::new(ProblemKind::Malformed, detail), position));
            None
        }
    });
    (claims.collect(), problems)
}

impl Resolved {
    /// The image, with its layers opened by what `opener` gives for their descriptors.
    #[must_use]
    pub fn into_image(
        self,
        origin: Origin,
        opener: &dyn Fn(&Descriptor) -> Arc<dyn BlobOpener>,
    ) -> Image {
        let count = self.manifest.layers.len();
        let (claims, claim_problems) = diff_id_claims(&self.config, count);
        let mut problems = self.problems;
        problems.extend(claim_problems);
        let commands = self.config.layer_commands(count);
        let layers = self.manifest.layers.iter().zip(claims).zip(commands).enumerate();
        let layers = layers.map(|(position, ((descriptor, claimed_diff_id), created_by))| {
            let withheld = withholding(descriptor);
            let is_withheld = withheld.is_some();
            problems.extend(withheld.map(|problem| at_layer(problem, position)));
            LayerBlob {
                digest: Some(descriptor.digest),
                claimed_diff_id,
                size: (descriptor.size > 0).then_some(descriptor.size),
                media_type: descriptor.media_type.clone(),
                created_by,
                withheld: is_withheld,
                opener: opener(descriptor),
            }
        });
        let layers = layers.collect();
        Image {
            source: origin.source,
            resolved: origin.resolved,
            tags: origin.tags,
            repo_digests: origin.repo_digests,
            index_digest: self.index_digest,
            manifest_digest: Some(self.manifest_digest),
            config_digest: self.config_digest,
            config: self.config,
            layers,
            problems,
        }
    }
}

pub(crate) fn at_layer(mut problem: Problem, position: usize) -> Problem {
    problem.layer = Some(position);
    problem
}

fn sha256_of(bytes: &[u8]) -> Digest {
    Digest::Sha256(Sha256::digest(bytes).into())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value, json};

    use super::*;

    const INDEX: &str = "application/vnd.oci.image.index.v1+json";
    const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
    const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
    const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

    #[derive(Default)]
    struct Documents(BTreeMap<String, Vec<u8>>);

    impl DocumentStore for Documents {
        fn document(&self, descriptor: &Descriptor) -> Result<Vec<u8>, OciError> {
            self.0.get(&descriptor.digest.to_string()).cloned().ok_or_else(|| OciError::NotFound {
                what: descriptor.digest.to_string(),
                hint: None,
            })
        }
    }

    impl Documents {
        /// Adds a document and gives its descriptor.
        fn add(&mut self, media_type: &str, content: &Value) -> Value {
            let bytes = content.to_string().into_bytes();
            let digest = sha256_of(&bytes).to_string();
            let descriptor =
                json!({"mediaType": media_type, "digest": digest, "size": bytes.len()});
            self.0.insert(digest, bytes);
            descriptor
        }

        fn manifest(&mut self, config_type: &str, config: &Value, layers: &Value) -> Value {
            let config = self.add(config_type, config);
            self.add(MANIFEST, &json!({"schemaVersion": 2, "config": config, "layers": layers}))
        }

        /// An image without layers, described with its platform.
        fn image(&mut self, platform: &str) -> Value {
            let mut descriptor = self.untold_image(platform);
            descriptor["platform"] = platform_of(platform);
            descriptor
        }

        fn untold_image(&mut self, platform: &str) -> Value {
            self.manifest(CONFIG, &platform_of(platform), &json!([]))
        }

        fn resolve(&self, top: &Value, wanted: Option<&str>) -> Result<Resolved, OciError> {
            let wanted = wanted.map(|text| text.parse().unwrap());
            let limits = Limits::default();
            let options = ResolveOptions { what: "test", wanted: wanted.as_ref(), limits: &limits };
            resolve(self, &Document::new(top.to_string().into_bytes(), ""), options)
        }
    }

    fn platform_of(text: &str) -> Value {
        let platform: Platform = text.parse().unwrap();
        json!({"os": platform.os, "architecture": platform.architecture, "variant": platform.variant})
    }

    fn index(manifests: &[Value]) -> Value {
        json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests})
    }

    fn outcome(result: Result<Resolved, OciError>) -> String {
        match result {
            Ok(resolved) => resolved.config.platform().to_string(),
            Err(OciError::NoPlatform { available, .. }) => format!("one of {}", available.len()),
            Err(OciError::NotAnImage { .. }) => "not an image".to_owned(),
            Err(OciError::Unsupported { .. }) => "unsupported".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn the_platform_is_the_wanted_one_else_this_machines_else_the_only_one() {
        let own = Platform::of_this_machine().to_string();
        let foreign = "linux/s390x";
        for (platforms, wanted, expected) in [
            (vec![foreign, own.as_str()], None, own.as_str()),
            (vec![foreign, own.as_str()], Some(foreign), foreign),
            (vec![foreign], None, foreign),
            (vec![foreign], Some("linux/riscv64"), "one of 1"),
            (vec![foreign, "windows/amd64"], None, "one of 2"),
            (vec!["linux/arm/v6", "linux/arm/v7"], Some("linux/arm/v7"), "linux/arm/v7"),
            (vec!["linux/arm/v6", "linux/arm/v7"], Some("linux/arm"), "linux/arm/v6"),
            (vec!["linux/arm64/v8", "linux/arm/v7"], Some("linux/arm64"), "linux/arm64/v8"),
            (vec![], None, "not an image"),
        ] {
            let mut documents = Documents::default();
            let told: Vec<_> = platforms.iter().map(|text| documents.image(text)).collect();
            let top = index(&told);
            assert_eq!(outcome(documents.resolve(&top, wanted)), expected, "{platforms:?}");
            // The same where the index does not tell platforms: then their configs do.
            let untold: Vec<_> =
                platforms.iter().map(|text| documents.untold_image(text)).collect();
            let top = index(&untold);
            assert_eq!(outcome(documents.resolve(&top, wanted)), expected, "untold {platforms:?}");
            // And one index further down.
            let nested = documents.add(INDEX, &index(&told));
            let resolved = documents.resolve(&index(&[nested]), wanted);
            assert_eq!(outcome(resolved), expected, "nested {platforms:?}");
        }
    }

    #[test]
    fn an_image_without_an_index_has_to_be_of_the_wanted_platform_too() {
        let mut documents = Documents::default();
        let config = documents.add(CONFIG, &platform_of("linux/s390x"));
        let top = json!({"schemaVersion": 2, "config": config, "layers": null});
        assert_eq!(outcome(documents.resolve(&top, None)), "linux/s390x");
        assert_eq!(outcome(documents.resolve(&top, Some("linux/amd64"))), "one of 1");
    }

    #[test]
    fn attestations_are_never_chosen() {
        let mut documents = Documents::default();
        let image = documents.image("linux/s390x");
        let mut unknown = documents.image("unknown/unknown");
        let mut annotated = documents.image("linux/amd64");
        annotated["annotations"] = json!({"vnd.docker.reference.type": "attestation-manifest"});
        unknown["size"] = json!(1);
        let top = index(&[unknown.clone(), annotated.clone(), image]);
        assert_eq!(outcome(documents.resolve(&top, None)), "linux/s390x");
        let resolved = documents.resolve(&top, None).unwrap();
        assert_eq!(resolved.index_digest, Some(sha256_of(top.to_string().as_bytes())));
        assert_eq!(outcome(documents.resolve(&index(&[unknown, annotated]), None)), "not an image");
    }

    #[test]
    fn artifacts_are_not_images() {
        let chart = "application/vnd.cncf.helm.config.v1+json";
        let signature = json!([{"mediaType": "application/vnd.dev.cosign.simplesigning.v1+json",
            "digest": format!("sha256:{}", "0".repeat(64))}]);
        let mut documents = Documents::default();
        let config = documents.add(CONFIG, &json!({}));
        let helm = documents.add(chart, &json!({}));
        for top in [
            json!({"config": helm, "layers": []}),
            json!({"config": config, "layers": signature}),
            json!({"config": config, "layers": [], "artifactType": "application/spdx+json"}),
            json!({"mediaType": "application/vnd.example.model", "config": 1}),
            json!({"hello": "world"}),
        ] {
            let result = documents.resolve(&top, None);
            let is_refused =
                matches!(result, Err(OciError::NotAnImage { .. } | OciError::Malformed { .. }));
            assert!(is_refused, "{top}: {}", outcome(result));
        }
        let artifact = documents.manifest(chart, &json!({}), &json!([]));
        let image = documents.untold_image("linux/s390x");
        assert_eq!(outcome(documents.resolve(&index(&[artifact, image]), None)), "linux/s390x");
    }

    #[test]
    fn schema_one_is_named() {
        let documents = Documents::default();
        let top = json!({"schemaVersion": 1, "name": "library/old", "fsLayers": []});
        assert_eq!(outcome(documents.resolve(&top, None)), "unsupported");
    }

    #[test]
    fn a_document_that_is_not_its_digest_is_refused() {
        let mut documents = Documents::default();
        let image = documents.image("linux/amd64");
        let digest = image["digest"].as_str().unwrap().to_owned();
        documents.0.get_mut(&digest).unwrap().push(b' ');
        let result = documents.resolve(&index(&[image]), None);
        assert!(matches!(result, Err(OciError::DigestMismatch { .. })), "{}", outcome(result));
    }

    #[test]
    fn sha512_pins_documents_too() {
        let bytes = b"{}".to_vec();
        let digest = Digest::Sha512(Sha512::digest(&bytes).into());
        let document = Document::verified(bytes, "", &digest, "test").unwrap();
        assert_eq!(document.digest, digest);
    }

    #[test]
    fn indexes_that_nest_without_end_are_bounded() {
        let mut documents = Documents::default();
        let mut nested = documents.image("linux/amd64");
        for _ in 0..Limits::default().index_depth + 2 {
            nested = documents.add(INDEX, &index(&[nested]));
        }
        let result = documents.resolve(&index(&[nested]), None);
        assert!(matches!(result, Err(OciError::Malformed { .. })), "{}", outcome(result));
        let wide = vec![documents.untold_image("linux/s390x"); 1_000];
        let result = documents.resolve(&index(&wide), None);
        assert!(matches!(result, Err(OciError::Malformed { .. })), "{}", outcome(result));
    }

    struct Nothing;

    impl BlobOpener for Nothing {
        fn open(&self) -> std::io::Result<Box<dyn std::io::Read + Send>> {
            Ok(Box::new(std::io::empty()))
        }
    }

    #[test]
    fn foreign_layers_keep_their_place_and_are_named() {
        let mut documents = Documents::default();
        let digest = |byte: &str| format!("sha256:{}", byte.repeat(64));
        let diff_ids = [digest("a"), "x".to_owned(), digest("c")];
        let config = documents.add(CONFIG, &json!({"rootfs": {"diff_ids": diff_ids}}));
        let foreign = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";
        let top = json!({"config": config, "layers": [
            {"mediaType": foreign, "digest": digest("1"), "size": 5, "urls": ["https://example.com/a"]},
            {"mediaType": LAYER, "digest": digest("2"), "size": 6},
            {"mediaType": format!("{LAYER}+encrypted"), "digest": digest("3")},
        ]});
        let origin = Origin {
            source: SourceKind::OciLayout,
            resolved: "test".to_owned(),
            tags: Vec::new(),
            repo_digests: Vec::new(),
        };
        let resolved = documents.resolve(&top, None).unwrap();
        let image = resolved.into_image(origin, &|_| Arc::new(Nothing));
        let layers: Vec<_> = image
            .layers
            .iter()
            .map(|layer| (layer.withheld, layer.size, layer.claimed_diff_id.is_some()))
            .collect();
        assert_eq!(layers, [(true, Some(5), true), (false, Some(6), false), (true, None, true)]);
        let mut problems: Vec<_> =
            image.problems.iter().map(|problem| (problem.layer, problem.kind)).collect();
        problems.sort();
        assert_eq!(
            problems,
            [
                (Some(0), ProblemKind::ForeignLayer),
                (Some(1), ProblemKind::Malformed),
                (Some(2), ProblemKind::Unsupported),
            ]
        );
    }

    #[test]
    fn more_diff_ids_than_layers_are_no_claim() {
        let mut config = ImageConfig::default();
        config.rootfs.diff_ids = Some(vec![format!("sha256:{}", "a".repeat(64)); 3]);
        let (claims, problems) = diff_id_claims(&config, 1);
        assert_eq!((claims, problems.len()), (vec![None], 1));
        assert_eq!(diff_id_claims(&ImageConfig::default(), 0), (vec![], vec![]));
    }
}
