use serde_json::{Value, json};

use crate::{Layer, Layout, TarEntry, TarWriter, digest};

/// An image in the making, for `linux/amd64` unless a test says another platform.
#[derive(Clone, Debug)]
pub struct Image {
    pub(crate) layers: Vec<Layer>,
    pub(crate) tags: Vec<String>,
    os: String,
    architecture: String,
    variant: Option<String>,
    environment: Vec<String>,
    history: Option<Value>,
    config: Option<Value>,
}

impl Default for Image {
    fn default() -> Self {
        Self::new()
    }
}

impl Image {
    #[must_use]
    pub fn new() -> Self {
        Self {
            layers: Vec::new(),
            tags: Vec::new(),
            os: "linux".to_owned(),
            architecture: "amd64".to_owned(),
            variant: None,
            environment: vec!["PATH=/usr/local/bin:/usr/bin:/bin".to_owned()],
            history: None,
            config: None,
        }
    }

    /// Puts a layer on top.
    #[must_use]
    pub fn layer(mut self, layer: Layer) -> Self {
        self.layers.push(layer);
        self
    }

    /// Adds a tag, such as `example.com/app:1`.
    #[must_use]
    pub fn tag(mut self, tag: &str) -> Self {
        self.tags.push(tag.to_owned());
        self
    }

    /// Sets the platform: `linux/arm64` or `linux/arm/v7`.
    #[must_use]
    pub fn platform(mut self, platform: &str) -> Self {
        let mut parts = platform.split('/').map(str::to_owned);
        self.os = parts.next().unwrap_or_default();
        self.architecture = parts.next().unwrap_or_default();
        self.variant = parts.next();
        self
    }

    /// Adds an environment variable, `NAME=VALUE`.
    #[must_use]
    pub fn env(mut self, variable: &str) -> Self {
        self.environment.push(variable.to_owned());
        self
    }

    /// Sets the history instead of one step for each layer.
    #[must_use]
    pub fn history(mut self, history: Value) -> Self {
        self.history = Some(history);
        self
    }

    /// Sets the whole config instead of the one made here.
    #[must_use]
    pub fn config(mut self, config: Value) -> Self {
        self.config = Some(config);
        self
    }

    /// The image's layers, from the bottom.
    #[must_use]
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// The config's bytes.
    #[must_use]
    pub fn config_bytes(&self) -> Vec<u8> {
        let config = self.config.clone().unwrap_or_else(|| self.default_config());
        config.to_string().into_bytes()
    }

    /// The config's digest.
    #[must_use]
    pub fn config_digest(&self) -> String {
        digest(&self.config_bytes())
    }

    /// The OCI manifest's bytes.
    #[must_use]
    pub fn manifest_bytes(&self) -> Vec<u8> {
        let config = self.config_bytes();
        let layers: Vec<_> = self
            .layers
            .iter()
            .map(|layer| descriptor(layer.compression.layer_media_type(), &layer.blob()))
            .collect();
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": descriptor("application/vnd.oci.image.config.v1+json", &config),
            "layers": layers,
        });
        manifest.to_string().into_bytes()
    }

    /// The OCI manifest's digest.
    #[must_use]
    pub fn manifest_digest(&self) -> String {
        digest(&self.manifest_bytes())
    }

    /// The image as `docker save` writes it, its layers stored as they are compressed.
    #[must_use]
    pub fn docker_archive(&self) -> Vec<u8> {
        docker_archive(std::slice::from_ref(self))
    }

    /// The image as a tar of an OCI layout.
    #[must_use]
    pub fn oci_archive(&self) -> Vec<u8> {
        Layout::new().image(self).archive()
    }

    /// Writes the image as an OCI layout into a directory that exists.
    pub fn write_oci_layout(&self, directory: &std::path::Path) -> std::io::Result<()> {
        Layout::new().image(self).write_to(directory)
    }

    pub(crate) fn platform_json(&self) -> Value {
        let mut platform = json!({ "os": self.os, "architecture": self.architecture });
        if let Some(variant) = &self.variant {
            platform["variant"] = json!(variant);
        }
        platform
    }

    fn default_config(&self) -> Value {
        let steps = self.layers.iter().map(|layer| json!({ "created_by": layer.created_by }));
        let mut config = self.platform_json();
        config["config"] = json!({ "Env": self.environment });
        config["history"] = self.history.clone().unwrap_or_else(|| steps.collect());
        config["rootfs"] = json!({
            "type": "layers",
            "diff_ids": self.layers.iter().map(Layer::diff_id).collect::<Vec<_>>(),
        });
        config
    }
}

/// Several images in one docker-archive: `manifest.json` first, layers once each.
#[must_use]
pub fn docker_archive(images: &[Image]) -> Vec<u8> {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    let mut add = |name: String, bytes: Vec<u8>| {
        if !files.iter().any(|(known, _)| *known == name) {
            files.push((name.clone(), bytes));
        }
        name
    };
    let mut manifest = Vec::new();
    for image in images {
        let config = image.config_bytes();
        let mut layers = Vec::new();
        for layer in &image.layers {
            let blob = layer.blob();
            layers.push(add(format!("{}.tar", hex(&blob)), blob));
        }
        let config = add(format!("{}.json", hex(&config)), config);
        manifest.push(json!({ "Config": config, "RepoTags": image.tags, "Layers": layers }));
    }
    let mut writer = TarWriter::new(Vec::new());
    let mut write = |name: &str, bytes: &[u8]| {
        writer.entry(&TarEntry::file(name, bytes)).expect("memory takes every write");
    };
    write("manifest.json", Value::Array(manifest).to_string().as_bytes());
    for (name, bytes) in &files {
        write(name, bytes);
    }
    writer.finish().expect("memory takes every write")
}

pub(crate) fn descriptor(media_type: &str, bytes: &[u8]) -> Value {
    json!({ "mediaType": media_type, "digest": digest(bytes), "size": bytes.len() })
}

fn hex(bytes: &[u8]) -> String {
    digest(bytes).trim_start_matches("sha256:").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Compression;

    #[test]
    fn the_same_image_is_the_same_bytes() {
        let image = || {
            let layer = Layer::new().file("etc/hostname", "a\n").compressed(Compression::Gzip);
            Image::new().layer(layer).tag("example.com/a:1")
        };
        assert_eq!(image().docker_archive(), image().docker_archive());
        assert_eq!(image().oci_archive(), image().oci_archive());
    }

    #[test]
    fn a_layer_shared_by_two_images_stands_once_in_a_docker_archive() {
        let base = Layer::new().file("base", vec![b'b'; 4096]);
        let first = Image::new().layer(base.clone()).tag("a:1");
        let second = Image::new().layer(base).layer(Layer::new().file("top", "t")).tag("b:1");
        let both = docker_archive(&[first.clone(), second.clone()]).len();
        assert!(both < first.docker_archive().len() + second.docker_archive().len() - 4096);
    }
}
