//! What a registry holds besides images, told by media types: charts, signatures, models.
//!
//! The types are those that the tools write which make the artifacts; no list of them is complete, and an unknown one is
//! named by its type.

use crate::media_type::{Content, MediaType};
use crate::{Descriptor, Manifest, is_attestation};

/// How media types of a kind begin, and what the kind is called.
const KINDS: &[(&str, &str)] = &[
    ("application/vnd.cncf.helm.", "Helm chart"),
    ("application/vnd.dev.cosign.simplesigning.", "cosign signature"),
    ("application/vnd.dev.cosign.artifact.sig.", "cosign signature"),
    ("application/vnd.dev.cosign.artifact.sbom.", "SBOM"),
    ("application/vnd.dev.sigstore.bundle", "Sigstore bundle"),
    ("application/vnd.cncf.notary.signature", "Notation signature"),
    ("application/vnd.in-toto", "attestation"),
    ("application/vnd.dsse.envelope", "attestation"),
    ("application/vnd.cyclonedx", "SBOM"),
    ("application/spdx", "SBOM"),
    ("text/spdx", "SBOM"),
    ("application/vnd.syft", "SBOM"),
    ("application/vnd.docker.ai.", "model"),
    ("application/vnd.cncf.model.", "model"),
    ("application/vnd.cnai.model.", "model"),
    ("application/vnd.ollama.", "model"),
    ("application/vnd.kitops.", "model"),
    ("application/vnd.wasm.", "WebAssembly module"),
    ("application/vnd.module.wasm.", "WebAssembly module"),
    ("application/wasm", "WebAssembly module"),
    ("application/vnd.fermyon.spin.", "WebAssembly application"),
    ("application/vnd.cncf.openpolicyagent.", "Open Policy Agent bundle"),
    ("application/vnd.cncf.flux.", "Flux source"),
    ("application/vnd.cncf.falco.", "Falco rules"),
    ("application/vnd.docker.plugin.", "Docker plugin"),
    ("application/vnd.docker.compose.", "Compose project"),
    ("application/vnd.buildkit.cacheconfig.", "build cache"),
    ("application/vnd.sylabs.sif.", "Singularity image"),
    ("application/vnd.oci.artifact.manifest.", "artifact"),
];

/// Types that say only that there is something.
const MEANINGLESS: [&str; 4] = [
    "",
    "application/octet-stream",
    "application/vnd.oci.empty.v1+json",
    "application/vnd.unknown.config.v1+json",
];

/// Characters of a media type that are shown.
const TYPE_CHARACTERS: usize = 100;

/// What a manifest is of, where it is of something else than an image: `Helm chart (application/vnd.cncf.helm.config.v1+json)`.
/// Signatures and attestations may carry the config of an image and are told by their layers.
pub(crate) fn kind_of_manifest(manifest: &Manifest) -> Option<String> {
    let config = manifest.config.media_type.as_str();
    let layers = manifest.layers.iter().map(|layer| layer.media_type.as_str());
    let artifact_type = manifest.artifact_type.as_deref().unwrap_or_default();
    if artifact_type.is_empty() && is_config_of_image(config) {
        let may_be_image = manifest.layers.is_empty() || manifest.layers.iter().any(is_file_system);
        return (!may_be_image).then(|| kind(layers));
    }
    Some(kind([artifact_type, config].into_iter().chain(layers)))
}

/// What an entry of an index is, where the index itself says that it is no image.
pub(crate) fn kind_of_entry(descriptor: &Descriptor) -> Option<String> {
    if is_attestation(descriptor) {
        return Some("attestation".to_owned());
    }
    if let Some(artifact_type) = descriptor.artifact_type.as_deref().filter(|it| !it.is_empty()) {
        return Some(kind([artifact_type]));
    }
    let media_type = descriptor.media_type.as_str();
    (MediaType::of(media_type) == MediaType::Other).then(|| kind([media_type]))
}

/// What a document is that is neither a manifest nor an index.
pub(crate) fn kind_of_document(media_type: &str, content: Option<&Content>) -> String {
    let own = content.and_then(Content::media_type).unwrap_or_default();
    if [own, media_type].iter().all(|text| is_meaningless(text)) {
        return "it is neither a manifest nor an index".to_owned();
    }
    kind([own, media_type])
}

/// Names the first type that is known, else the first that says anything.
fn kind<'a>(types: impl IntoIterator<Item = &'a str>) -> String {
    let types: Vec<&str> = types.into_iter().filter(|text| !is_meaningless(text)).collect();
    let known = types.iter().find_map(|text| {
        let (_, name) = KINDS.iter().find(|(start, _)| text.starts_with(start))?;
        Some((*name, *text))
    });
    match known.or_else(|| Some(("artifact", *types.first()?))) {
        Some((name, text)) => {
            format!("{name} ({})", text.chars().take(TYPE_CHARACTERS).collect::<String>())
        }
        None => "artifact of no type".to_owned(),
    }
}

fn is_meaningless(media_type: &str) -> bool {
    MEANINGLESS.contains(&media_type) || media_type == "application/json"
}

/// Registries of Docker 1.10's time told every config as a stream of bytes.
fn is_config_of_image(media_type: &str) -> bool {
    matches!(
        media_type,
        "" | "application/octet-stream"
            | "application/vnd.oci.image.config.v1+json"
            | "application/vnd.docker.container.image.v1+json"
    )
}

fn is_file_system(layer: &Descriptor) -> bool {
    matches!(layer.media_type.as_str(), "" | "application/octet-stream")
        || layer.media_type.contains("tar")
        || layer.media_type.contains("rootfs")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
    const EMPTY: &str = "application/vnd.oci.empty.v1+json";
    const TAR: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

    fn manifest(artifact_type: Option<&str>, config: &str, layers: &[&str]) -> Manifest {
        let descriptor = |media_type: &str| {
            let digest = format!("sha256:{}", "0".repeat(64));
            json!({"mediaType": media_type, "digest": digest, "size": 2})
        };
        let layers: Vec<_> = layers.iter().map(|layer| descriptor(layer)).collect();
        let manifest =
            json!({"artifactType": artifact_type, "config": descriptor(config), "layers": layers});
        serde_json::from_value(manifest).unwrap()
    }

    #[test]
    fn artifacts_are_named_by_what_made_them() {
        let chart = "application/vnd.cncf.helm.config.v1+json";
        let chart_layer = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
        let signature = "application/vnd.dev.cosign.simplesigning.v1+json";
        let spdx = "application/spdx+json";
        for (artifact_type, config, layers, expected) in [
            (None, CONFIG, &[TAR][..], None),
            (None, CONFIG, &[], None),
            (None, "", &["", TAR], None),
            (None, "application/octet-stream", &["application/octet-stream"], None),
            (
                None,
                chart,
                &[chart_layer],
                Some("Helm chart (application/vnd.cncf.helm.config.v1+json)"),
            ),
            (
                None,
                CONFIG,
                &[signature],
                Some("cosign signature (application/vnd.dev.cosign.simplesigning.v1+json)"),
            ),
            (Some(spdx), EMPTY, &[spdx], Some("SBOM (application/spdx+json)")),
            (
                None,
                "application/vnd.unknown.config.v1+json",
                &["application/vnd.cyclonedx+json"],
                Some("SBOM (application/vnd.cyclonedx+json)"),
            ),
            (
                None,
                CONFIG,
                &["application/vnd.in-toto+json"],
                Some("attestation (application/vnd.in-toto+json)"),
            ),
            (
                None,
                "application/vnd.docker.container.image.v1+json",
                &["application/vnd.ollama.image.model"],
                Some("model (application/vnd.ollama.image.model)"),
            ),
            (
                None,
                "application/vnd.docker.ai.model.config.v0.1+json",
                &["application/vnd.docker.ai.gguf.v3"],
                Some("model (application/vnd.docker.ai.model.config.v0.1+json)"),
            ),
            (
                None,
                "application/vnd.wasm.config.v0+json",
                &["application/wasm"],
                Some("WebAssembly module (application/vnd.wasm.config.v0+json)"),
            ),
            (
                Some("application/vnd.example.thing"),
                CONFIG,
                &[TAR],
                Some("artifact (application/vnd.example.thing)"),
            ),
            (None, EMPTY, &["application/octet-stream"], Some("artifact of no type")),
        ] {
            let kind = kind_of_manifest(&manifest(artifact_type, config, layers));
            assert_eq!(kind.as_deref(), expected, "{artifact_type:?} {config} {layers:?}");
        }
    }

    #[test]
    fn a_media_type_of_any_length_is_cut() {
        let long = format!("application/{}", "x".repeat(10_000));
        assert!(kind([long.as_str()]).len() < 150);
    }
}
