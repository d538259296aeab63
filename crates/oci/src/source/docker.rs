//! The form that `docker save` writes: `manifest.json` is a list of images, each a config and layers by the names of members.
//!
//! It has no manifest of OCI's kind and nothing pins its bytes: an image's identity is the digest of its config, computed here.

use std::collections::BTreeMap;
use std::sync::Arc;

use plimsoll_core::{Digest, Problem, ProblemKind};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::members::Members;
use super::{Assembled, Place, Request};
use crate::media_type::withholding;
use crate::resolve::{Document, at_layer, diff_id_claims};
use crate::{
    Descriptor, Image, ImageConfig, LayerBlob, OciError, RegistryReference, Selector, SourceKind,
};

const MANIFEST: &str = "manifest.json";

/// One image of `manifest.json`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Item {
    config: String,
    #[serde(default)]
    repo_tags: Option<Vec<String>>,
    #[serde(default)]
    layers: Option<Vec<String>>,
    /// Descriptors by diff_id: of layers that are not in the archive it tells why.
    #[serde(default)]
    layer_sources: Option<Box<RawValue>>,
}

impl Item {
    fn tags(&self) -> &[String] {
        self.repo_tags.as_deref().unwrap_or_default()
    }

    fn layers(&self) -> &[String] {
        self.layers.as_deref().unwrap_or_default()
    }

    /// They are an extra: where they are not of their form, layers that are missing are just that.
    fn sources(&self) -> BTreeMap<String, Descriptor> {
        let text = self.layer_sources.as_ref().map(|text| text.get()).unwrap_or_default();
        serde_json::from_str(text).unwrap_or_default()
    }
}

/// True where there is a `manifest.json` with an image in it.
pub(crate) fn names_an_image(members: &dyn Members) -> Result<bool, OciError> {
    let document = members.document(MANIFEST)?;
    Ok(document.is_some_and(|bytes| items(&bytes).is_ok_and(|items| !items.is_empty())))
}

pub(crate) fn assemble(
    members: &dyn Members,
    place: &Place,
    request: Request<'_>,
) -> Result<Assembled, OciError> {
    let bytes = members
        .document(MANIFEST)?
        .ok_or_else(|| place.not_an_image(format!("it has no {MANIFEST}")))?;
    let items =
        items(&bytes).map_err(|error| place.malformed(format!("its {MANIFEST}: {error}")))?;
    if items.is_empty() {
        return Err(place.not_an_image(format!("its {MANIFEST} names no image")));
    }
    let chosen = Archive { members, place, items: &items }.choose(request)?;
    let item = &items[chosen.position];
    let (count, limit) = (item.layers().len(), request.limits.layers);
    if count > limit {
        return Err(place.malformed(format!("it has {count} layers; at most {limit} are read")));
    }
    let (config, problems) = ImageConfig::parse(&chosen.config.bytes)
        .map_err(|error| place.malformed(format!("its config `{}`: {error}", item.config)))?;
    let platform = config.platform();
    if let Some(wanted) = request.platform
        && !platform.architecture.is_empty()
        && !platform.satisfies(wanted)
    {
        let what = place.what.clone();
        return Err(OciError::NoPlatform {
            what,
            wanted: wanted.clone(),
            available: vec![platform],
        });
    }
    let mut image = Image {
        source: SourceKind::DockerArchive,
        resolved: place.resolved(SourceKind::DockerArchive, chosen.selector.as_ref()),
        tags: item.tags().to_vec(),
        repo_digests: Vec::new(),
        index_digest: None,
        manifest_digest: None,
        config_digest: chosen.config.digest,
        config,
        layers: Vec::new(),
        problems,
    };
    add_layers(&mut image, members, item);
    Ok(Assembled { image, layer_names: item.layers().to_vec() })
}

/// `null` stands for no images.
fn items(bytes: &[u8]) -> Result<Vec<Item>, serde_json::Error> {
    Ok(serde_json::from_slice::<Option<Vec<Item>>>(bytes)?.unwrap_or_default())
}

struct Archive<'a> {
    members: &'a dyn Members,
    place: &'a Place,
    items: &'a [Item],
}

struct Chosen {
    position: usize,
    config: Document,
    /// What selects the image again, where it has a name or is not the only one.
    selector: Option<Selector>,
}

impl Archive<'_> {
    fn choose(&self, request: Request<'_>) -> Result<Chosen, OciError> {
        let selector = match request.selector {
            Some(selector) => selector,
            None if self.items.len() == 1 => return self.chosen(0),
            None => {
                return Err(OciError::Ambiguous {
                    what: self.place.what.clone(),
                    choices: self.choices(),
                });
            }
        };
        let found: Vec<usize> = match selector {
            Selector::Position(position) => Some(*position)
                .filter(|position| *position < self.items.len())
                .into_iter()
                .collect(),
            Selector::Name(name) => {
                self.positions(|item| item.tags().iter().any(|tag| is_same_name(tag, name)))
            }
            Selector::Digest(digest) => {
                return self.choose_by_digest(selector, digest, request.limits.index_documents);
            }
        };
        match found[..] {
            [] => Err(self.place.not_found(selector, &self.choices())),
            [position] => self.chosen(position),
            _ => Err(OciError::Ambiguous {
                what: format!("the name `{}` in {}", selector.suffix(), self.place.what),
                choices: found.iter().map(|&position| by_position(position)).collect(),
            }),
        }
    }

    /// The digest of an image is that of its config: there is nothing else that could have one.
    fn choose_by_digest(
        &self,
        selector: &Selector,
        digest: &Digest,
        documents: usize,
    ) -> Result<Chosen, OciError> {
        for position in 0..self.items.len().min(documents) {
            let chosen = self.chosen(position)?;
            if chosen.config.digest == *digest {
                return Ok(chosen);
            }
        }
        Err(self.place.not_found(selector, &self.choices()))
    }

    fn positions(&self, test: impl Fn(&Item) -> bool) -> Vec<usize> {
        self.items.iter().enumerate().filter(|(_, item)| test(item)).map(|(at, _)| at).collect()
    }

    fn chosen(&self, position: usize) -> Result<Chosen, OciError> {
        let item = &self.items[position];
        let bytes = self.members.document(&item.config)?.ok_or_else(|| {
            self.place.malformed(format!(
                "its {MANIFEST} names the config `{}`, which it does not have",
                item.config
            ))
        })?;
        let selector = match item.tags().first() {
            Some(tag) => Some(Selector::Name(tag.clone())),
            None if self.items.len() > 1 => Some(Selector::Position(position)),
            None => None,
        };
        Ok(Chosen { position, config: Document::new(bytes, ""), selector })
    }

    /// By tag where it names one image only, else by position.
    fn choices(&self) -> Vec<String> {
        let choice = |(position, item): (usize, &Item)| match item.tags().first() {
            Some(tag) if self.positions(|item| item.tags().contains(tag)).len() == 1 => {
                Selector::Name(tag.clone()).suffix()
            }
            _ => by_position(position),
        };
        // A list for a person: nobody chooses among more.
        self.items.iter().enumerate().take(100).map(choice).collect()
    }
}

fn by_position(position: usize) -> String {
    Selector::Position(position).suffix()
}

/// `alpine:3.10` and `docker.io/library/alpine:3.10` are one name.
pub(crate) fn is_same_name(one: &str, other: &str) -> bool {
    if one == other {
        return true;
    }
    match (one.parse::<RegistryReference>(), other.parse::<RegistryReference>()) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

fn add_layers(image: &mut Image, members: &dyn Members, item: &Item) {
    let count = item.layers().len();
    let (claims, problems) = diff_id_claims(&image.config, count);
    image.problems.extend(problems);
    let commands = image.config.layer_commands(count);
    let sources = item.sources();
    // Layers that are one member share what opens it, so that whoever reads them can tell.
    let mut openers = BTreeMap::new();
    let each = item.layers().iter().zip(claims).zip(commands).enumerate();
    for (position, ((name, claimed_diff_id), created_by)) in each {
        let size = members.size(name);
        let foreign = match (size, claimed_diff_id) {
            (None, Some(diff_id)) => sources.get(&diff_id.to_string()).and_then(foreign),
            _ => None,
        };
        image.layers.push(LayerBlob {
            digest: None,
            claimed_diff_id,
            size,
            media_type: String::new(),
            created_by,
            withheld: foreign.is_some(),
            opener: Arc::clone(openers.entry(name).or_insert_with(|| members.opener(name))),
        });
        image.problems.extend(foreign.map(|problem| at_layer(problem, position)));
    }
}

/// Why a layer is not in the archive, where the archive says so itself.
fn foreign(source: &Descriptor) -> Option<Problem> {
    withholding(source).filter(|problem| problem.kind == ProblemKind::ForeignLayer)
}
