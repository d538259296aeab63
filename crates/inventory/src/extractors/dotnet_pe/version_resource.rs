//! The version resource of a PE file (Microsoft's "PE Format", "The .rsrc Section"; "VS_VERSIONINFO structure").

use std::collections::BTreeMap;

use plimsoll_core::Limits;

use crate::object::{Fields, Form, Object};

/// What the resource says, as far as it can be read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct VersionResource {
    /// The file's version as four numbers; absent where all are zero.
    pub(super) file_version: Option<[u16; 4]>,
    /// Texts by their names, such as `ProductName`; of several languages, the first.
    pub(super) texts: BTreeMap<String, String>,
}

/// The directory for resources.
const RESOURCES: usize = 2;
/// `RT_VERSION`.
const VERSION: u32 = 16;
const SIGNATURE: u32 = 0xfeef_04bd;
/// The bit of an entry that leads to another directory.
const IS_DIRECTORY: u32 = 1 << 31;
/// A resource is some hundred bytes; programs have at most a few languages.
const LONGEST: u64 = 64 << 10;
const MOST_ENTRIES: usize = 4096;
const MOST_TEXTS: usize = 64;
const LONGEST_TEXT: usize = 1024;

/// `None` for a file that has none.
pub(super) fn version_resource(object: &Object<'_>, limits: &Limits) -> Option<VersionResource> {
    let (start, size) = object.directory(RESOURCES)?;
    let tree = Tree { object, start, size: size.min(limits.text_bytes) };
    // The levels are the type, the resource and the language.
    let resource = tree.entry(0, |id| id == VERSION)?;
    let language = tree.entry(resource & !IS_DIRECTORY, |_| true)?;
    let leaf = tree.entry(language & !IS_DIRECTORY, |_| true)?;
    if resource & IS_DIRECTORY == 0 || language & IS_DIRECTORY == 0 || leaf & IS_DIRECTORY != 0 {
        return None;
    }
    let entry = tree.read(leaf, 8)?;
    let entry = Form::LITTLE.fields(&entry);
    let address = object.headers.base.checked_add(u64::from(entry.u32(0)?))?;
    let bytes = object.read_at(address, u64::from(entry.u32(4)?).min(LONGEST))?;
    let whole = Block::read(Form::LITTLE.fields(&bytes))?;
    (whole.key == "VS_VERSION_INFO").then(|| read(&whole))
}

/// The directories of resources, whose entries count offsets from its beginning.
struct Tree<'a> {
    object: &'a Object<'a>,
    start: u64,
    size: u64,
}

impl Tree<'_> {
    fn read(&self, offset: u32, length: u64) -> Option<std::borrow::Cow<'_, [u8]>> {
        let is_inside = u64::from(offset) < self.size;
        let address = self.start.checked_add(u64::from(offset))?;
        is_inside.then(|| self.object.read_at(address, length))?
    }

    /// Where the first entry with such an id leads.
    fn entry(&self, directory: u32, wanted: impl Fn(u32) -> bool) -> Option<u32> {
        let header = self.read(directory, 16)?;
        let header = Form::LITTLE.fields(&header);
        let count = usize::from(header.u16(12)?) + usize::from(header.u16(14)?);
        let size = count.min(MOST_ENTRIES) as u64 * 8;
        let entries = self.read(directory.checked_add(16)?, size)?;
        entries.chunks_exact(8).find_map(|entry| {
            let entry = Form::LITTLE.fields(entry);
            wanted(entry.u32(0)?).then(|| entry.u32(4))?
        })
    }
}

/// A block: its key, its value, and the blocks inside it. All begin at multiples of four.
struct Block<'a> {
    key: String,
    value: Fields<'a>,
    children: Fields<'a>,
    is_text: bool,
    size: usize,
}

impl<'a> Block<'a> {
    fn read(fields: Fields<'a>) -> Option<Self> {
        const HEADER: usize = 6;
        let size = usize::from(fields.u16(0)?);
        let block = fields.form.fields(fields.bytes.get(..size).unwrap_or(fields.bytes));
        let (value_size, is_text) = (usize::from(fields.u16(2)?), fields.u16(4)? == 1);
        let key = text(block.bytes.get(HEADER..)?);
        let value_at = (HEADER + 2 * (key.encode_utf16().count() + 1)).next_multiple_of(4);
        let rest = block.bytes.get(value_at..).unwrap_or_default();
        // The size of a text is in letters; some compilers wrote it in bytes.
        let value_bytes = if is_text { value_size.saturating_mul(2) } else { value_size };
        let value = rest.get(..value_bytes).unwrap_or(rest);
        let children = rest.get(value.len().next_multiple_of(4)..).unwrap_or_default();
        let fields = |bytes| fields.form.fields(bytes);
        Some(Self { key, value: fields(value), children: fields(children), is_text, size })
    }

    fn blocks(&self) -> impl Iterator<Item = Block<'a>> {
        let mut rest = Some(self.children);
        std::iter::from_fn(move || {
            let block = Block::read(rest?)?;
            rest = rest?.from(block.size.max(6).next_multiple_of(4));
            (block.size > 0).then_some(block)
        })
    }
}

fn read(whole: &Block<'_>) -> VersionResource {
    let mut found = VersionResource::default();
    if !whole.is_text && whole.value.u32(0) == Some(SIGNATURE) {
        let number = |at| whole.value.u16(at).unwrap_or_default();
        // Each half of the version is a number of 32 bits, the higher part of it last.
        let version = [number(10), number(8), number(14), number(12)];
        found.file_version = (version != [0; 4]).then_some(version);
    }
    let tables = whole.blocks().take(MOST_TEXTS).filter(|block| block.key == "StringFileInfo");
    for table in tables.flat_map(|block| block.blocks().take(MOST_TEXTS).collect::<Vec<_>>()) {
        for string in table.blocks().take(MOST_TEXTS) {
            let value = text(string.value.bytes).trim().to_owned();
            if !value.is_empty() {
                found.texts.entry(string.key).or_insert(value);
            }
        }
    }
    found
}

/// Letters of two bytes, up to a zero.
fn text(bytes: &[u8]) -> String {
    let letters = bytes.as_chunks().0.iter().map(|pair| u16::from_le_bytes(*pair));
    let letters = letters.take_while(|letter| *letter != 0).take(LONGEST_TEXT);
    char::decode_utf16(letters)
        .map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}
