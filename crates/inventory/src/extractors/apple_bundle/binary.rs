//! Property lists in binary form, of which only the texts of the outermost dictionary are read (Apple's CoreFoundation,
//! `CFBinaryPList.c`).

use std::collections::BTreeMap;

const MAGIC: &[u8] = b"bplist0";
/// What stands at the end: five unused bytes and one for sorting, the widths of offsets and references, and three numbers.
const TRAILER: usize = 32;
/// The kinds of objects that are read, in the upper half of their first byte.
const INTEGER: u8 = 0x1;
const ASCII: u8 = 0x5;
const UTF_16: u8 = 0x6;
const UTF_8: u8 = 0x7;
const DICTIONARY: u8 = 0xd;
/// In the lower half: the length follows, as a number.
const LONG: u8 = 0xf;
/// Entries of a dictionary that are looked at: a bundle states some fifty.
const MOST_ENTRIES: usize = 10_000;
/// Letters of a text that is read: a name or a version.
const LONGEST_TEXT: usize = 4 << 10;

pub(super) fn is_binary(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// The texts of the outermost dictionary under those of the keys that it has; `None` where there is no such dictionary.
pub(super) fn texts(bytes: &[u8], keys: &[&'static str]) -> Option<BTreeMap<&'static str, String>> {
    let list = List::new(bytes)?;
    let (kind, count, content) = list.object(list.top)?;
    if kind != DICTIONARY {
        return None;
    }
    // Any number of keys may be one and the same text.
    let longest = keys.iter().map(|key| key.len()).max().unwrap_or_default();
    let mut found = BTreeMap::new();
    for position in 0..count.min(MOST_ENTRIES) {
        let reference = |position: usize| {
            let at = content.checked_add(position.checked_mul(list.reference_width)?)?;
            number(bytes, at, list.reference_width)
        };
        let name = reference(position).and_then(|key| list.text(key, longest));
        let Some(key) = keys.iter().find(|key| name.as_deref() == Some(**key)) else { continue };
        let value = position.checked_add(count).and_then(reference);
        if let Some(text) = value.and_then(|value| list.text(value, LONGEST_TEXT)) {
            found.insert(*key, text);
        }
    }
    Some(found)
}

struct List<'a> {
    bytes: &'a [u8],
    offset_width: usize,
    reference_width: usize,
    top: usize,
    offsets_at: usize,
}

impl<'a> List<'a> {
    fn new(bytes: &'a [u8]) -> Option<Self> {
        let trailer = bytes.get(bytes.len().checked_sub(TRAILER)?..)?;
        let width = |at: usize| trailer.get(at).map(|width| usize::from(*width));
        Some(Self {
            bytes,
            offset_width: width(6)?,
            reference_width: width(7)?,
            top: number(trailer, 16, 8)?,
            offsets_at: number(trailer, 24, 8)?,
        })
    }

    /// The kind of an object, its length as the kind counts it, and where its content begins.
    fn object(&self, number_of: usize) -> Option<(u8, usize, usize)> {
        let place = number_of.checked_mul(self.offset_width)?.checked_add(self.offsets_at)?;
        let at = number(self.bytes, place, self.offset_width)?;
        let first = *self.bytes.get(at)?;
        let (kind, length) = (first >> 4, first & 0xf);
        if length != LONG {
            return Some((kind, usize::from(length), at + 1));
        }
        let width = *self.bytes.get(at + 1)?;
        if width >> 4 != INTEGER || width & 0xf > 3 {
            return None;
        }
        let width = 1 << (width & 0xf);
        Some((kind, number(self.bytes, at + 2, width)?, at + 2 + width))
    }

    /// A text of at most so many letters.
    fn text(&self, number_of: usize, most: usize) -> Option<String> {
        let (kind, length, at) = self.object(number_of).filter(|(_, length, _)| *length <= most)?;
        let bytes = |length: usize| self.bytes.get(at..at.checked_add(length)?);
        match kind {
            ASCII | UTF_8 => Some(String::from_utf8_lossy(bytes(length)?).into_owned()),
            UTF_16 => {
                let units = bytes(length.checked_mul(2)?)?.as_chunks::<2>().0.iter();
                String::from_utf16(&units.map(|pair| u16::from_be_bytes(*pair)).collect::<Vec<_>>())
                    .ok()
            }
            _ => None,
        }
    }
}

/// A number of up to eight bytes, the highest first.
fn number(bytes: &[u8], at: usize, width: usize) -> Option<usize> {
    let bytes = bytes.get(at..at.checked_add(width)?).filter(|_| (1..=8).contains(&width))?;
    let number = bytes.iter().fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    usize::try_from(number).ok()
}
