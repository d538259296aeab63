//! What an index holds: every platform's image, and what stands beside them.

use std::collections::BTreeSet;

use plimsoll_core::{Digest, Platform};

use crate::media_type::MediaType;
use crate::resolve::{Document, DocumentStore, ResolveOptions};
use crate::resolver::{Form, Resolver};
use crate::{Descriptor, OciError};

/// One entry of an index, or of an index in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexMember {
    pub digest: Digest,
    /// As the index says it; `None` where it does not.
    pub platform: Option<Platform>,
    /// What it is, where the index says that it is no image: `attestation`.
    pub not_an_image: Option<String>,
}

/// What a reference leads to before one image is chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexListing {
    /// `None` where there is no index, or one without a digest: a layout's `index.json`.
    pub index_digest: Option<Digest>,
    /// Tags under which the source knows what was asked for.
    pub tags: Vec<String>,
    /// Images first. Empty where the reference leads to one image and no index: then the reference itself is all there is.
    pub members: Vec<IndexMember>,
}

impl IndexListing {
    /// A source that holds one image.
    pub(crate) fn single() -> Self {
        Self { index_digest: None, tags: Vec::new(), members: Vec::new() }
    }
}

/// Lists from the document that the source gave for the reference: an index or a manifest. No image is read.
pub(crate) fn list(
    store: &dyn DocumentStore,
    top: &Document,
    options: ResolveOptions<'_>,
) -> Result<IndexListing, OciError> {
    let mut resolver = Resolver::new(store, options);
    match resolver.read(top)? {
        Form::Manifest(_) => Ok(IndexListing::single()),
        Form::Index(index) => {
            resolver.collect(index.manifests, Some(top.digest), 0)?;
            let members = members(resolver, options)?;
            Ok(IndexListing { index_digest: Some(top.digest), tags: Vec::new(), members })
        }
    }
}

/// Lists entries of an index that has no digest of its own: a layout's.
pub(crate) fn list_among(
    store: &dyn DocumentStore,
    descriptors: Vec<Descriptor>,
    options: ResolveOptions<'_>,
) -> Result<IndexListing, OciError> {
    // One index among them is what was asked for.
    let index_digest = match descriptors.as_slice() {
        [only] if MediaType::of(&only.media_type) == MediaType::Index => Some(only.digest),
        _ => None,
    };
    let mut resolver = Resolver::new(store, options);
    resolver.collect(descriptors, None, 0)?;
    let members = members(resolver, options)?;
    let is_single = matches!(members.as_slice(), [IndexMember { not_an_image: None, .. }]);
    if is_single && index_digest.is_none() {
        return Ok(IndexListing::single());
    }
    Ok(IndexListing { index_digest, tags: Vec::new(), members })
}

fn members(
    resolver: Resolver<'_>,
    options: ResolveOptions<'_>,
) -> Result<Vec<IndexMember>, OciError> {
    let members = distinct(resolver.into_members());
    let images = members.iter().filter(|member| member.not_an_image.is_none()).count();
    let limit = options.limits.index_documents;
    if images > limit {
        return Err(OciError::Malformed {
            what: options.what.to_owned(),
            detail: format!("its index has {images} images; at most {limit} are read"),
        });
    }
    Ok(members)
}

/// An image that stands in an index twice is one image.
fn distinct(mut members: Vec<IndexMember>) -> Vec<IndexMember> {
    let mut seen = BTreeSet::new();
    members.retain(|member| seen.insert(member.digest));
    members
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "a test reads and writes its own files")]

    use plimsoll_core::Limits;
    use plimsoll_testkit::{Compression, Image, Layer, Layout};

    use super::*;
    use crate::{OpenOptions, Reference, list as list_reference};

    fn image(platform: &str) -> Image {
        Image::new().platform(platform).layer(Layer::new().file("platform", platform))
    }

    /// What the listing of a layout tells, the same for each of its transports.
    fn listed(layout: &Layout, selector: &str) -> Result<Vec<(String, String)>, String> {
        let host = tempfile::tempdir().unwrap();
        let path = |name: &str| host.path().join(name);
        std::fs::create_dir(path("layout")).unwrap();
        layout.write_to(&path("layout")).unwrap();
        std::fs::write(path("oci.tar"), layout.archive()).unwrap();
        std::fs::write(path("oci.tar.gz"), Compression::Gzip.apply(&layout.archive())).unwrap();
        let told = ["oci:HOST/layout", "oci-archive:HOST/oci.tar", "HOST/oci.tar.gz"].map(|text| {
            let text = text.replace("HOST", host.path().to_str().unwrap());
            let reference = Reference::parse(&format!("{text}{selector}")).unwrap();
            let listing = list_reference(&reference, &OpenOptions::default());
            let members = listing.map_err(|error| error.to_string())?.members.into_iter();
            let told = |member: IndexMember| {
                let platform = member.platform.map_or("-".to_owned(), |it| it.to_string());
                (platform, member.not_an_image.unwrap_or_else(|| "image".to_owned()))
            };
            Ok(members.map(told).collect::<Vec<_>>())
        });
        let [first, others @ ..] = told;
        for other in others {
            assert_eq!(other.is_ok(), first.is_ok());
            assert!(other.is_err() || other == first);
        }
        first
    }

    fn pairs(told: &[(&str, &str)]) -> Result<Vec<(String, String)>, String> {
        Ok(told.iter().map(|(one, other)| ((*one).to_owned(), (*other).to_owned())).collect())
    }

    #[test]
    fn every_platform_of_an_index_is_listed_and_what_stands_beside_them() {
        let multi = [image("linux/amd64"), image("linux/arm/v7"), image("linux/amd64")];
        let layout = Layout::new().index("multi", &multi).attested("one", &image("linux/arm64"));
        let expected = pairs(&[("linux/amd64", "image"), ("linux/arm/v7", "image")]);
        assert_eq!(listed(&layout, ":multi"), expected);
        let expected = pairs(&[("linux/arm64", "image"), ("unknown/unknown", "attestation")]);
        assert_eq!(listed(&layout, ":one"), expected);
        let ambiguous = listed(&layout, "").unwrap_err();
        assert!(ambiguous.contains("choose"), "{ambiguous}");
    }

    #[test]
    fn one_image_without_an_index_is_all_there_is() {
        let layout = Layout::new().image(&image("linux/amd64"));
        assert_eq!(listed(&layout, ""), pairs(&[]));
        let chart =
            Layout::new().artifact("chart", "application/vnd.cncf.helm.config.v1+json", b"");
        assert_eq!(listed(&chart.image(&image("linux/amd64")), ""), pairs(&[]));
    }

    #[test]
    fn an_index_of_more_than_is_read_is_refused() {
        let limits = Limits { index_documents: 2, index_entries: 4, ..Limits::default() };
        let options = OpenOptions { limits, ..OpenOptions::default() };
        let images: Vec<_> = ["amd64", "arm64", "s390x", "386", "riscv64"]
            .iter()
            .map(|it| image(&format!("linux/{it}")))
            .collect();
        for (count, expected) in [(2, None), (3, Some("at most 2")), (5, Some("more than 4"))] {
            let host = tempfile::tempdir().unwrap();
            Layout::new().index("multi", &images[..count]).write_to(host.path()).unwrap();
            let reference = Reference::parse(&format!("oci:{}", host.path().display())).unwrap();
            let error = list_reference(&reference, &options).err().map(|error| error.to_string());
            assert_eq!(error.is_some(), expected.is_some(), "{error:?}");
            assert!(error.unwrap_or_default().contains(expected.unwrap_or_default()));
        }
    }

    #[test]
    fn what_passes_once_is_not_listed() {
        let error = list_reference(&Reference::StandardInput, &OpenOptions::default()).unwrap_err();
        assert!(matches!(error, OciError::Unsupported { .. }), "{error}");
    }
}
