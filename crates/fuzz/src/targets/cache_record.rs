//! Records of the layer cache: whatever their bytes say, they give a result that the merge takes, and that is kept as it was read.

use plimsoll_core::ImagePath;
use plimsoll_inventory::{
    EXTRACTORS, Fact, FileFacts, FoundPackage, LayerResult, Owned, PartResult, StructureBuilder,
    assemble,
};
use plimsoll_scan::cache_probe::{read_records, records_of};

use crate::{Fixed, limits};

pub static CACHE_RECORD: Fixed = Fixed {
    name: "cache-record",
    about: "records of the layer cache, behind their checksums",
    sources: &["scan/src/cache", "core/src/coverage.rs"],
    fixtures: &[],
    frames: &[],
    seeds,
    run,
};

fn seeds() -> Vec<Vec<u8>> {
    let mut structure = StructureBuilder::new(&limits());
    let path = ImagePath::new("var/lib/dpkg/status");
    structure.file(&path);
    structure.symlink(&ImagePath::new("bin"), "usr/bin");
    structure.hard_link(&ImagePath::new("a"), &path);
    structure.whiteout(&ImagePath::new("gone"));
    structure.opaque(&ImagePath::new("var"));
    let found = FoundPackage::new(plimsoll_core::PackageType::Deb, "bash", "5.1");
    let owned = Owned { package: "bash".into(), paths: vec![1, 2] };
    let pairs = [("ID".to_owned(), "debian".to_owned())];
    let facts = vec![
        Fact::Package(Box::new(found)),
        Fact::Owns(owned),
        Fact::OsRelease(pairs.into_iter().collect()),
    ];
    let part = PartResult { files: vec![FileFacts { path, facts }], ..PartResult::default() };
    let structure = structure.finish((Vec::new(), 0));
    let records = records_of(&LayerResult { structure, parts: vec![part; 2] });
    let behind_length =
        |record: &Vec<u8>| [&(record.len() as u16).to_le_bytes()[..], record].concat();
    vec![records.iter().flat_map(behind_length).collect()]
}

fn run(input: &[u8]) {
    // Each record behind its length; what is left is the last one.
    let mut records = Vec::new();
    let mut rest = input;
    while let Some((length, after)) = rest.split_first_chunk()
        && records.len() < 4
    {
        let length = usize::from(u16::from_le_bytes(*length)).min(after.len());
        let (record, after) = after.split_at(length);
        records.push(record);
        rest = after;
    }
    records.push(rest);
    let Some(mut layer) = read_records(records[0], &records[1..]) else { return };
    let written = records_of(&layer);
    let again: Vec<_> = written.iter().map(Vec::as_slice).collect();
    assert_eq!(read_records(again[0], &again[1..]).as_ref(), Some(&layer), "not as it was kept");
    layer.parts.resize_with(EXTRACTORS.len(), PartResult::default);
    let layers = [layer.clone(), layer];
    assert_eq!(assemble(&layers, &limits()), assemble(&layers, &limits()));
}
