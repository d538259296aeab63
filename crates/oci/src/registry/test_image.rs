//! A small image, and how a registry answers for it.

use std::io::Read;
use std::sync::Arc;

use plimsoll_core::Digest;
use plimsoll_http::testing::FakeClock;
use plimsoll_http::{HttpOptions, RetryPolicy};
use plimsoll_testkit::http::{Received, Reply, TestServer};
use sha2::{Digest as _, Sha256};

use super::RegistryOptions;
use crate::{Image, RegistryReference};

pub(super) const MANIFEST_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";
pub(super) const INDEX_TYPE: &str = "application/vnd.oci.image.index.v1+json";

/// An image of two layers, in the repository `a/app` under the tag `1`.
#[derive(Clone)]
pub(super) struct TestImage {
    pub(super) manifest: String,
    pub(super) config: String,
    pub(super) layers: [Vec<u8>; 2],
}

impl TestImage {
    pub(super) fn new() -> Self {
        Self::of("linux", "amd64")
    }

    pub(super) fn of(os: &str, architecture: &str) -> Self {
        let layers = [b"first layer".to_vec(), (0..100_000_u32).map(|n| n as u8).collect()];
        let config = format!(
            r#"{{"os":"{os}","architecture":"{architecture}","rootfs":{{"type":"layers","diff_ids":["{}","{}"]}}}}"#,
            digest(&layers[0]),
            digest(&layers[1]),
        );
        let layer = |bytes: &[u8]| descriptor("application/vnd.oci.image.layer.v1.tar", bytes);
        let manifest = format!(
            r#"{{"schemaVersion":2,"mediaType":"{MANIFEST_TYPE}","config":{},"layers":[{},{}]}}"#,
            descriptor("application/vnd.oci.image.config.v1+json", config.as_bytes()),
            layer(&layers[0]),
            layer(&layers[1]),
        );
        Self { manifest, config, layers }
    }

    /// What a registry that holds the image answers.
    pub(super) fn answer(&self, request: &Received) -> Reply {
        let path = request.target.strip_prefix("/v2/a/app/").unwrap_or_default();
        let manifest_digest = digest(self.manifest.as_bytes()).to_string();
        match path.split_once('/') {
            Some(("manifests", name)) if name == "1" || name == manifest_digest => {
                Reply::new(200, self.manifest.as_str())
                    .header("Content-Type", MANIFEST_TYPE)
                    .header("Docker-Content-Digest", manifest_digest)
            }
            Some(("blobs", name)) => self
                .blob(name)
                .map_or_else(|| missing("BLOB_UNKNOWN"), |bytes| Reply::new(200, bytes)),
            _ => missing("MANIFEST_UNKNOWN"),
        }
    }

    fn blob(&self, name: &str) -> Option<&[u8]> {
        let blobs = [self.config.as_bytes(), &self.layers[0], &self.layers[1]];
        blobs.into_iter().find(|bytes| digest(bytes).to_string() == name)
    }
}

pub(super) fn missing(code: &str) -> Reply {
    let body = format!(r#"{{"errors":[{{"code":"{code}","message":"not here\u001b[2J"}}]}}"#);
    Reply::new(404, body).header("Content-Type", "application/json")
}

pub(super) fn digest(bytes: &[u8]) -> Digest {
    Digest::Sha256(Sha256::digest(bytes).into())
}

pub(super) fn descriptor(media_type: &str, bytes: &[u8]) -> String {
    let (digest, size) = (digest(bytes), bytes.len());
    format!(r#"{{"mediaType":"{media_type}","digest":"{digest}","size":{size}}}"#)
}

pub(super) fn reference(server: &TestServer) -> RegistryReference {
    format!("{}/a/app:1", server.host()).parse().unwrap()
}

/// Plain HTTP, no waiting, the same waits in every run.
pub(super) fn options() -> RegistryOptions {
    options_with_clock().0
}

/// The same, and the clock that they have.
pub(super) fn options_with_clock() -> (RegistryOptions, Arc<FakeClock>) {
    let clock = Arc::new(FakeClock::default());
    let retry = RetryPolicy { seed: Some(1), ..RetryPolicy::default() };
    let http = HttpOptions { clock: Arc::clone(&clock) as _, retry, ..HttpOptions::default() };
    (RegistryOptions { insecure: true, http, ..RegistryOptions::default() }, clock)
}

/// Reads every layer to its end.
pub(super) fn read_layers(image: &Image) -> Vec<Vec<u8>> {
    let read = |layer: &crate::LayerBlob| {
        let mut bytes = Vec::new();
        layer.opener.open().unwrap().read_to_end(&mut bytes).unwrap();
        bytes
    };
    image.layers.iter().map(read).collect()
}
