//! The documents of an image, read leniently: unknown fields and media types are kept out of the way, never an error.
//! Their bytes are known by their digest, so a document is never written again.

use std::collections::BTreeMap;

use plimsoll_core::{Digest, Platform, Problem, ProblemKind};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

/// A reference from one document to a blob (OCI image specification, descriptor).
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    #[serde(default, deserialize_with = "or_default")]
    pub media_type: String,
    #[serde(deserialize_with = "digest")]
    pub digest: Digest,
    #[serde(default)]
    pub size: u64,
    #[serde(default)]
    pub platform: Option<DescriptorPlatform>,
    #[serde(default, deserialize_with = "or_default")]
    pub annotations: BTreeMap<String, String>,
    #[serde(default)]
    pub artifact_type: Option<String>,
    /// Where a foreign layer lies.
    #[serde(default, deserialize_with = "or_default")]
    pub urls: Vec<String>,
}

/// The platform of a manifest in an index.
#[derive(Clone, Debug, Deserialize)]
pub struct DescriptorPlatform {
    #[serde(default, deserialize_with = "or_default")]
    pub os: String,
    #[serde(default, deserialize_with = "or_default")]
    pub architecture: String,
    #[serde(default)]
    pub variant: Option<String>,
}

impl From<&DescriptorPlatform> for Platform {
    fn from(platform: &DescriptorPlatform) -> Self {
        Self {
            os: platform.os.clone(),
            architecture: platform.architecture.clone(),
            variant: platform.variant.clone().filter(|variant| !variant.is_empty()),
        }
    }
}

/// An OCI index or a Docker manifest list.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Index {
    #[serde(default)]
    pub media_type: Option<String>,
    #[serde(deserialize_with = "or_default")]
    pub manifests: Vec<Descriptor>,
}

/// An OCI or Docker schema 2 manifest.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    #[serde(default)]
    pub media_type: Option<String>,
    #[serde(default)]
    pub artifact_type: Option<String>,
    pub config: Descriptor,
    #[serde(default, deserialize_with = "or_default")]
    pub layers: Vec<Descriptor>,
}

/// An image's config (OCI image specification, `config.md`), of which only what is used is read.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct ImageConfig {
    #[serde(default, deserialize_with = "or_default")]
    pub architecture: String,
    #[serde(default, deserialize_with = "or_default")]
    pub os: String,
    #[serde(default)]
    pub variant: Option<String>,
    #[serde(default)]
    pub created: Option<String>,
    #[serde(default)]
    pub author: Option<String>,
    /// What a container of the image runs with. Absent or null in many images.
    #[serde(default)]
    pub config: Option<RunConfig>,
    #[serde(default, deserialize_with = "or_default")]
    pub rootfs: RootFs,
    #[serde(default)]
    pub history: Option<Vec<History>>,
}

/// The `config` object of an image's config.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RunConfig {
    #[serde(default)]
    pub user: Option<String>,
    #[serde(default)]
    pub env: Option<Vec<String>>,
    #[serde(default)]
    pub entrypoint: Option<Vec<String>>,
    #[serde(default)]
    pub cmd: Option<Vec<String>>,
    #[serde(default)]
    pub working_dir: Option<String>,
    #[serde(default)]
    pub labels: Option<BTreeMap<String, String>>,
    #[serde(default)]
    pub exposed_ports: Option<BTreeMap<String, serde_json::Value>>,
}

/// The claimed diff_ids, from the bottom. They are texts: images in the wild hold other things than digests here.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct RootFs {
    #[serde(default)]
    pub diff_ids: Option<Vec<String>>,
}

/// One step of how the image was built.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct History {
    #[serde(default)]
    pub created: Option<String>,
    #[serde(default)]
    pub created_by: Option<String>,
    #[serde(default)]
    pub comment: Option<String>,
    #[serde(default)]
    pub empty_layer: Option<bool>,
}

impl ImageConfig {
    /// Reads a config. A field that is not of its form is left out and named, and the others stand.
    ///
    /// # Errors
    /// The reason, where the bytes are no JSON object.
    pub fn parse(bytes: &[u8]) -> Result<(Self, Vec<Problem>), String> {
        // The reader of JSON takes an array for a struct too.
        if bytes.trim_ascii_start().first() == Some(&b'{')
            && let Ok(config) = serde_json::from_slice(bytes)
        {
            return Ok((config, Vec::new()));
        }
        let mut fields: BTreeMap<String, Box<RawValue>> =
            serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        let mut problems = Vec::new();
        let mut config = Self::default();
        take(&mut fields, "architecture", &mut config.architecture, &mut problems);
        take(&mut fields, "os", &mut config.os, &mut problems);
        take(&mut fields, "variant", &mut config.variant, &mut problems);
        take(&mut fields, "created", &mut config.created, &mut problems);
        take(&mut fields, "author", &mut config.author, &mut problems);
        take(&mut fields, "config", &mut config.config, &mut problems);
        take(&mut fields, "rootfs", &mut config.rootfs, &mut problems);
        take(&mut fields, "history", &mut config.history, &mut problems);
        Ok((config, problems))
    }

    /// The platform that the image says it is for.
    #[must_use]
    pub fn platform(&self) -> Platform {
        Platform {
            os: self.os.clone(),
            architecture: self.architecture.clone(),
            variant: self.variant.clone().filter(|variant| !variant.is_empty()),
        }
    }

    /// The command that made each layer, where the history has as many steps with a layer as there are layers.
    #[must_use]
    pub fn layer_commands(&self, layers: usize) -> Vec<Option<String>> {
        let steps: Vec<_> = self
            .history
            .iter()
            .flatten()
            .filter(|step| step.empty_layer != Some(true))
            .map(|step| step.created_by.clone())
            .collect();
        if steps.len() == layers { steps } else { vec![None; layers] }
    }
}

/// Reads one field of a config that could not be read as a whole.
fn take<T: DeserializeOwned>(
    fields: &mut BTreeMap<String, Box<RawValue>>,
    name: &str,
    field: &mut T,
    problems: &mut Vec<Problem>,
) {
    match fields.remove(name).map(|value| serde_json::from_str(value.get())) {
        None => {}
        Some(Ok(value)) => *field = value,
        Some(Err(error)) => problems.push(Problem::new(
            ProblemKind::Malformed,
            format!("the field `{name}` of the image's config is not read: {error}"),
        )),
    }
}

/// What is absent is often written as `null`.
fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

fn digest<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Digest, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_config_with_one_odd_field_keeps_the_others() {
        let text = br#"{"os":"linux","architecture":7,"rootfs":{"diff_ids":["x"]},"history":null}"#;
        let (config, problems) = ImageConfig::parse(text).unwrap();
        assert_eq!((config.os.as_str(), config.architecture.as_str()), ("linux", ""));
        assert_eq!(config.rootfs.diff_ids, Some(vec!["x".to_owned()]));
        assert_eq!(problems.len(), 1);
        assert!(problems[0].detail.contains("`architecture`"), "{problems:?}");
    }

    #[test]
    fn null_stands_for_absent() {
        let (config, problems) =
            ImageConfig::parse(br#"{"os":null,"rootfs":null,"config":null}"#).unwrap();
        assert_eq!((config.os.as_str(), problems.len()), ("", 0));
        let index: Index = serde_json::from_str(r#"{"manifests":null}"#).unwrap();
        assert!(index.manifests.is_empty());
    }

    #[test]
    fn what_is_no_object_is_no_config() {
        for text in ["", "[]", "null", "{", "7"] {
            assert!(ImageConfig::parse(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn commands_are_given_to_layers_only_where_their_numbers_agree() {
        let text =
            br#"{"history":[{"created_by":"ADD"},{"created_by":"ENV","empty_layer":true},{}]}"#;
        let (config, _) = ImageConfig::parse(text).unwrap();
        assert_eq!(config.layer_commands(2), [Some("ADD".to_owned()), None]);
        assert_eq!(config.layer_commands(3), [None, None, None]);
    }
}
