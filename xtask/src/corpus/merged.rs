//! The files of an image as a container sees them.

use std::collections::BTreeMap;
use std::io::Read;

use anyhow::{Context, Result};
use plimsoll_core::{ImagePath, Limits};
use plimsoll_inventory::{Overlay, Structure, StructureBuilder};
use plimsoll_oci::{
    Image, LayerBlob, LayerEntry, LayerEntryKind, LayerRequest, LayerSink, walk_layer,
};

/// What a name in an image is, directories aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    File,
    HardLink,
    Symlink(String),
    Special,
}

/// Lays the layers on one another.
pub fn files(image: &Image) -> Result<BTreeMap<ImagePath, Kind>> {
    let limits = Limits::default();
    let walked =
        image.layers.iter().map(|layer| walk(layer, &limits)).collect::<Result<Vec<_>>>()?;
    let overlay = Overlay::new(walked.iter().map(|(structure, _)| structure), &limits);
    let mut files = BTreeMap::new();
    for (position, (_, names)) in walked.iter().enumerate() {
        for (path, kind) in names {
            if overlay.layer_of_file(path) == Some(position) {
                files.insert(path.clone(), kind.clone());
            }
        }
    }
    Ok(files)
}

/// A layer's names, the last of equal ones last.
type Names = Vec<(ImagePath, Kind)>;

fn walk(layer: &LayerBlob, limits: &Limits) -> Result<(Structure, Names)> {
    let blob = layer.opener.open().context("failed to open a layer")?;
    let mut sink = Collector { structure: StructureBuilder::new(limits), names: Names::new() };
    let request = LayerRequest { limits, expected: layer.digest };
    let walked = walk_layer(blob, &request, &mut sink);
    Ok((sink.structure.finish((walked.problems, walked.problems_dropped)), sink.names))
}

struct Collector {
    structure: StructureBuilder,
    names: Names,
}

impl LayerSink for Collector {
    fn entry(&mut self, entry: &LayerEntry<'_>, _content: &mut dyn Read) {
        let path = entry.path;
        let kind = match entry.kind {
            LayerEntryKind::Directory => return self.structure.directory(path),
            LayerEntryKind::Whiteout => return self.structure.whiteout(path),
            LayerEntryKind::Opaque => return self.structure.opaque(path),
            LayerEntryKind::File => Kind::File,
            LayerEntryKind::HardLink { .. } => Kind::HardLink,
            LayerEntryKind::Symlink { target } => Kind::Symlink(target.to_owned()),
            LayerEntryKind::Special => Kind::Special,
        };
        match (&kind, entry.kind) {
            (Kind::Symlink(target), _) => self.structure.symlink(path, target),
            (_, LayerEntryKind::HardLink { target }) => self.structure.hard_link(path, target),
            _ => self.structure.file(path),
        }
        self.names.push((path.clone(), kind));
    }
}
