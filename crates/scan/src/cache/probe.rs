//! Records of the layer cache without its files: for tests of damaged ones.

use plimsoll_inventory::{LayerResult, PartResult};

use super::record::{PartRecord, StructureRecord};

/// A layer's records as they lie behind their checksums: its structure, then one for each part.
#[must_use]
pub fn records_of(result: &LayerResult) -> Vec<Vec<u8>> {
    let structure = postcard::to_stdvec(&StructureRecord::new(&result.structure, 0));
    let parts = result.parts.iter().map(|part| postcard::to_stdvec(&PartRecord::new(part)));
    std::iter::once(structure).chain(parts).map(Result::unwrap_or_default).collect()
}

/// The layer of these records; a part whose record is not read has no result. `None` where its structure is not read.
#[must_use]
pub fn read_records(structure: &[u8], parts: &[&[u8]]) -> Option<LayerResult> {
    let structure = postcard::from_bytes::<StructureRecord>(structure).ok()?.into_structure()?;
    let part = |bytes: &&[u8]| -> Option<PartResult> {
        postcard::from_bytes::<PartRecord>(bytes).ok()?.into_result()
    };
    let parts = parts.iter().map(|bytes| part(bytes).unwrap_or_default()).collect();
    Some(LayerResult { structure, parts })
}
