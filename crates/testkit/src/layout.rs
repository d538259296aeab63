#![expect(clippy::disallowed_methods, reason = "writes what a test asks for")]

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde_json::{Value, json};

use crate::image::descriptor;
use crate::{Image, TarEntry, TarWriter};

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// An OCI layout in the making (OCI image specification, `image-layout.md`): images, indexes and other artifacts.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    manifests: Vec<Value>,
    /// By digest.
    blobs: BTreeMap<String, Vec<u8>>,
}

impl Layout {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an image: once for each of its tags, or once without.
    #[must_use]
    pub fn image(mut self, image: &Image) -> Self {
        let descriptor = self.add_image(image);
        self.tagged(&descriptor, &image.tags);
        self
    }

    /// Adds an index of several platforms' images under one tag.
    #[must_use]
    pub fn index(mut self, tag: &str, images: &[Image]) -> Self {
        let manifests: Vec<_> = images
            .iter()
            .map(|image| {
                let mut descriptor = self.add_image(image);
                descriptor["platform"] = image.platform_json();
                descriptor
            })
            .collect();
        self.add_index(tag, &manifests)
    }

    /// Adds an index of one image and an attestation beside it, as BuildKit writes it.
    #[must_use]
    pub fn attested(mut self, tag: &str, image: &Image) -> Self {
        let mut subject = self.add_image(image);
        subject["platform"] = image.platform_json();
        let statement = json!({ "_type": "https://in-toto.io/Statement/v0.1" }).to_string();
        let config = self.add_blob("application/vnd.oci.image.config.v1+json", b"{}");
        let layer = self.add_blob("application/vnd.in-toto+json", statement.as_bytes());
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer],
        });
        let mut attestation = self.add_blob(MANIFEST, manifest.to_string().as_bytes());
        attestation["platform"] = json!({ "os": "unknown", "architecture": "unknown" });
        attestation["annotations"] = json!({
            "vnd.docker.reference.type": "attestation-manifest",
            "vnd.docker.reference.digest": subject["digest"],
        });
        self.add_index(tag, &[subject, attestation])
    }

    /// Adds something that is no image: a Helm chart, a signature.
    #[must_use]
    pub fn artifact(mut self, tag: &str, config_media_type: &str, content: &[u8]) -> Self {
        let config = self.add_blob(config_media_type, b"{}");
        let layer = self.add_blob("application/octet-stream", content);
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer],
        });
        let descriptor = self.add_blob(MANIFEST, manifest.to_string().as_bytes());
        self.tagged(&descriptor, &[tag.to_owned()]);
        self
    }

    /// Lets other bytes stand under the digest.
    ///
    /// # Panics
    /// If the layout has no such blob.
    #[must_use]
    pub fn corrupt(mut self, digest: &str, bytes: &[u8]) -> Self {
        let blob = self.blobs.get_mut(digest).expect("a blob with that digest");
        *blob = bytes.to_vec();
        self
    }

    /// Leaves the blob out.
    #[must_use]
    pub fn without(mut self, digest: &str) -> Self {
        self.blobs.remove(digest);
        self
    }

    /// The layout's files, by their names in it.
    #[must_use]
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": self.manifests });
        let mut files: BTreeMap<_, _> = self
            .blobs
            .iter()
            .map(|(digest, bytes)| (format!("blobs/{}", digest.replace(':', "/")), bytes.clone()))
            .collect();
        files.insert("index.json".to_owned(), index.to_string().into_bytes());
        files.insert("oci-layout".to_owned(), br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec());
        files
    }

    /// The layout as a tar.
    #[must_use]
    pub fn archive(&self) -> Vec<u8> {
        let mut writer = TarWriter::new(Vec::new());
        for (name, bytes) in self.files() {
            writer.entry(&TarEntry::file(name, bytes)).expect("memory takes every write");
        }
        writer.finish().expect("memory takes every write")
    }

    /// Writes the layout into a directory that exists.
    pub fn write_to(&self, directory: &Path) -> io::Result<()> {
        for (name, bytes) in self.files() {
            let path = directory.join(name);
            std::fs::create_dir_all(path.parent().unwrap_or(directory))?;
            std::fs::write(path, bytes)?;
        }
        Ok(())
    }

    fn add_image(&mut self, image: &Image) -> Value {
        for layer in &image.layers {
            self.add_blob(layer.compression.layer_media_type(), &layer.blob());
        }
        self.add_blob("application/vnd.oci.image.config.v1+json", &image.config_bytes());
        self.add_blob(MANIFEST, &image.manifest_bytes())
    }

    fn add_index(mut self, tag: &str, manifests: &[Value]) -> Self {
        let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": manifests });
        let descriptor = self.add_blob(INDEX, index.to_string().as_bytes());
        self.tagged(&descriptor, &[tag.to_owned()]);
        self
    }

    fn add_blob(&mut self, media_type: &str, bytes: &[u8]) -> Value {
        let descriptor = descriptor(media_type, bytes);
        self.blobs.insert(crate::digest(bytes), bytes.to_vec());
        descriptor
    }

    fn tagged(&mut self, descriptor: &Value, tags: &[String]) {
        if tags.is_empty() {
            self.manifests.push(descriptor.clone());
        }
        for tag in tags {
            let mut descriptor = descriptor.clone();
            descriptor["annotations"] = json!({ "org.opencontainers.image.ref.name": tag });
            self.manifests.push(descriptor);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Layer;

    #[test]
    fn every_descriptor_of_a_layout_has_its_blob() {
        let image =
            |platform| Image::new().platform(platform).layer(Layer::new().file("arch", platform));
        let layout = Layout::new()
            .index("multi", &[image("linux/amd64"), image("linux/arm/v7")])
            .attested("attested", &image("linux/arm64"));
        let files = layout.files();
        let index: Value = serde_json::from_slice(&files["index.json"]).unwrap();
        let mut open: Vec<Value> = index["manifests"].as_array().unwrap().clone();
        let mut seen = 0;
        while let Some(descriptor) = open.pop() {
            let name =
                format!("blobs/{}", descriptor["digest"].as_str().unwrap().replace(':', "/"));
            let blob = &files[&name];
            assert_eq!(descriptor["size"], blob.len());
            seen += 1;
            if let Ok(document) = serde_json::from_slice::<Value>(blob) {
                let lists = ["manifests", "layers"].map(|key| document[key].as_array().cloned());
                open.extend(lists.into_iter().flatten().flatten());
                open.extend(document.get("config").filter(|it| it["digest"].is_string()).cloned());
            }
        }
        // Two indexes, three images with a config and a layer each, an attestation with the same.
        assert_eq!(seen, 2 + 3 * 3 + 3);
    }
}
