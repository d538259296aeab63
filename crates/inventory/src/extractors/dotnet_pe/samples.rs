//! Small Windows files for tests, with the metadata of an assembly and a version resource.

use crate::object::Form;
use crate::object::samples::{PE_RECORD, Writer, pe_with_directories};

/// What a sample says of itself.
#[derive(Clone, Copy)]
pub(super) struct Sample<'a> {
    /// Name, version and culture.
    pub(super) assembly: Option<(&'a str, [u16; 4], &'a str)>,
    /// True for a part of an assembly, without the table that names it.
    pub(super) is_module: bool,
    pub(super) file_version: [u16; 4],
    pub(super) texts: &'a [(&'a str, &'a str)],
}

impl Sample<'_> {
    pub(super) const EMPTY: Self =
        Self { assembly: None, is_module: false, file_version: [0; 4], texts: &[] };
}

pub(super) fn program(is_wide: bool, sample: &Sample<'_>) -> Vec<u8> {
    let mut writer = Writer::new(Form { is_wide, big_endian: false }, &[]);
    let mut directories = Vec::new();
    if sample.assembly.is_some() {
        let metadata = metadata(sample);
        // The header of the runtime, and what it leads to.
        writer.long(72).half(2).half(5).long(PE_RECORD + 72).long(metadata.len() as u64).pad(72);
        writer.bytes.extend(metadata);
        directories.push((14, 0, 72));
    }
    let end = writer.bytes.len().next_multiple_of(4);
    writer.pad(end);
    let resource = resource(sample);
    let start = writer.bytes.len() as u64;
    // Three levels of directories with one entry each, and the place of the resource.
    for (id, next) in [(16, 0x8000_0000 | 24), (1, 0x8000_0000 | 48), (0x409, 72)] {
        writer.long(0).long(0).long(0).half(0).half(1).long(id).long(next);
    }
    writer.long(PE_RECORD + start + 88).long(resource.len() as u64).long(0).long(0);
    writer.bytes.extend(&resource);
    directories.push((2, start, 88 + resource.len() as u64));
    pe_with_directories(is_wide, b".rsrc", &writer.bytes, &directories)
}

fn metadata(sample: &Sample<'_>) -> Vec<u8> {
    let (name, version, culture) = sample.assembly.unwrap_or_default();
    let strings = format!("\0{name}\0{culture}\0");
    let mut tables = Writer::new(Form::LITTLE, &[]);
    // One row of the tables `Module`, `TypeRef`, `TypeDef` and `Assembly`.
    let present: u64 = 0b111 | if sample.is_module { 0 } else { 1 << 0x20 };
    tables.long(0).bytes.extend([2, 0, 0, 1]);
    tables.long(present & 0xffff_ffff).long(present >> 32).long(0).long(0);
    (0..present.count_ones()).for_each(|_| {
        tables.long(1);
    });
    let row = tables.bytes.len();
    tables.pad(row + 10 + 6 + 14);
    tables.long(0x8004);
    version.iter().for_each(|part| {
        tables.half(u64::from(*part));
    });
    tables.long(0).half(0).half(1).half(2 + name.len() as u64);
    let mut root = Writer::new(Form::LITTLE, b"BSJB");
    root.half(1).half(1).long(0).long(12).text(b"v4.0.30319", 12).half(0).half(2);
    let start = 32 + 12 + 20;
    root.long(start).long(tables.bytes.len() as u64).text(b"#~", 4);
    root.long(start + tables.bytes.len() as u64).long(strings.len() as u64).text(b"#Strings", 12);
    root.bytes.extend(tables.bytes);
    root.bytes.extend(strings.bytes());
    root.bytes
}

fn resource(sample: &Sample<'_>) -> Vec<u8> {
    let [major, minor, build, revision] = sample.file_version.map(u64::from);
    let mut fixed = Writer::new(Form::LITTLE, &[]);
    fixed.long(0xfeef_04bd).long(0x1_0000).half(minor).half(major).half(revision).half(build);
    fixed.pad(52);
    let strings = sample.texts.iter().map(|(key, value)| {
        let value: Vec<u8> = value.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
        block(key, &value, true, &[])
    });
    let table = block("040904B0", &[], true, &strings.collect::<Vec<_>>());
    let translation = block("VarFileInfo", &[], true, &[]);
    let texts = block("StringFileInfo", &[], true, &[table]);
    block("VS_VERSION_INFO", &fixed.bytes, false, &[translation, texts])
}

/// A block of a version resource: key, value and the blocks inside it.
fn block(key: &str, value: &[u8], is_text: bool, children: &[Vec<u8>]) -> Vec<u8> {
    let mut writer = Writer::new(Form::LITTLE, &[]);
    let length = if is_text { value.len() / 2 } else { value.len() };
    writer.half(0).half(length as u64).half(u64::from(is_text));
    writer.bytes.extend(key.encode_utf16().chain([0]).flat_map(u16::to_le_bytes));
    for part in [value].into_iter().chain(children.iter().map(Vec::as_slice)) {
        let start = writer.bytes.len().next_multiple_of(4);
        writer.pad(start).bytes.extend(part);
    }
    let size = (writer.bytes.len() as u16).to_le_bytes();
    writer.bytes[..2].copy_from_slice(&size);
    writer.bytes
}
