//! Documents of an image, each of which may name those before it by their true digests: configs, manifests, indexes.

use std::collections::BTreeMap;

use plimsoll_core::{Digest, Platform};
use plimsoll_oci::{
    Descriptor, Document, DocumentStore, ImageConfig, Index, Manifest, OciError, ResolveOptions,
    is_attestation, resolve, resolve_among,
};
use plimsoll_testkit::Image;

use crate::{Fixed, limits};

pub static DOCUMENTS: Fixed = Fixed {
    name: "documents",
    about: "an image's documents: indexes, manifests, configs",
    sources: &[
        "oci/src/document.rs",
        "oci/src/media_type.rs",
        "oci/src/resolver.rs",
        "oci/src/resolve.rs",
    ],
    fixtures: &[],
    frames: &[b""],
    seeds,
    run,
};

/// What stands between documents.
const SEPARATOR: char = '\0';
const DOCUMENTS_READ: usize = 8;

fn seeds() -> Vec<Vec<u8>> {
    let config = String::from_utf8_lossy(&Image::new().config_bytes()).into_owned();
    let descriptor = |kind: &str, at: usize| {
        format!(
            r#"{{"mediaType":"application/vnd.oci.image.{kind}.v1+json","digest":"@{at}","size":2}}"#
        )
    };
    let layer = r#"{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"@0","size":1}"#;
    let manifest = format!(
        r#"{{"schemaVersion":2,"config":{},"layers":[{layer}],"annotations":null}}"#,
        descriptor("config", 0)
    );
    let platform = r#""platform":{"os":"linux","architecture":"amd64","variant":null}"#;
    let index = format!(
        r#"{{"schemaVersion":2,"manifests":[{},{{{platform},"digest":"@1","annotations":{{"a":"b"}}}}]}}"#,
        descriptor("manifest", 1)
    );
    let outer = format!(r#"{{"manifests":[{}]}}"#, descriptor("index", 2));
    let all = [config.as_str(), &manifest, &index, &outer];
    (1..=all.len()).map(|count| all[..count].join("\0").into_bytes()).collect()
}

fn run(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let mut store = Store::default();
    let mut last = Document::new(Vec::new(), "");
    for document in text.split(SEPARATOR).take(DOCUMENTS_READ) {
        last = Document::new(store.with_digests(document).into_bytes(), "");
        store.add(&last);
    }
    let limits = limits();
    let platforms = [None, "linux/amd64".parse::<Platform>().ok()];
    for wanted in &platforms {
        let options = ResolveOptions { what: "image", wanted: wanted.as_ref(), limits: &limits };
        let described = |outcome: Result<_, OciError>| format!("{outcome:?}");
        let resolved = described(resolve(&store, &last, options));
        assert_eq!(resolved, described(resolve(&store, &last, options)), "another image");
        if let Ok(index) = serde_json::from_slice::<Index>(&last.bytes) {
            let _ = index.manifests.iter().filter(|one| is_attestation(one)).count();
            let _ = resolve_among(&store, index.manifests, options);
        }
    }
    let _ = serde_json::from_slice::<Manifest>(&last.bytes);
    if let Ok((config, problems)) = ImageConfig::parse(&last.bytes) {
        assert!(problems.len() <= 8, "problems without end");
        let platform = config.platform();
        assert!(platform.satisfies(&platform));
        assert_eq!(config.layer_commands(3).len(), 3);
    }
}

#[derive(Default)]
struct Store {
    documents: BTreeMap<Digest, Vec<u8>>,
    digests: Vec<Digest>,
}

impl Store {
    fn add(&mut self, document: &Document) {
        self.documents.insert(document.digest, document.bytes.clone());
        self.digests.push(document.digest);
    }

    /// The document with the digest of the third instead of `@2`.
    fn with_digests(&self, document: &str) -> String {
        let each = self.digests.iter().enumerate();
        each.fold(document.to_owned(), |text, (position, digest)| {
            text.replace(&format!("\"@{position}\""), &format!("\"{digest}\""))
        })
    }
}

impl DocumentStore for Store {
    fn document(&self, descriptor: &Descriptor) -> Result<Vec<u8>, OciError> {
        let found = self.documents.get(&descriptor.digest).cloned();
        found.ok_or_else(|| OciError::NotFound { what: descriptor.digest.to_string(), hint: None })
    }
}
