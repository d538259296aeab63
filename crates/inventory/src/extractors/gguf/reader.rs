//! The keys and values of a GGUF file, of which the description is kept.

use std::io::{BufRead, Read};

use plimsoll_archive::{ReadAt, ReadAtCursor};

/// Longer texts are no names.
const LONGEST_TEXT: u64 = 4096;
/// How deep arrays of arrays are followed; no writer makes any.
const DEEPEST_ARRAY: usize = 4;

/// What a file says of its model.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Description {
    pub(super) architecture: Option<String>,
    pub(super) name: Option<String>,
    pub(super) version: Option<String>,
    pub(super) author: Option<String>,
    pub(super) organization: Option<String>,
    pub(super) license: Option<String>,
    /// Where the file itself comes from, then what it was made of.
    pub(super) repositories: Vec<String>,
    /// The number of this shard, from 0.
    pub(super) shard: u64,
}

/// How reading ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Whole,
    /// The bytes end inside.
    Early,
    Unsupported(String),
    Malformed(String),
}

pub(super) fn describe(content: &dyn ReadAt) -> (Description, Ending) {
    let mut description = Description::default();
    let mut reader = Reader { cursor: ReadAtCursor::new(content), has_short_lengths: false };
    let ending = match reader.all(&mut description) {
        Ok(()) => Ending::Whole,
        Err(ending) => ending,
    };
    (description, ending)
}

struct Reader<'a> {
    cursor: ReadAtCursor<'a>,
    /// The first version of the format has counts and lengths of four bytes.
    has_short_lengths: bool,
}

/// A value, of which texts and small numbers are kept.
enum Value {
    Text(String),
    Number(u64),
    Other,
}

impl Reader<'_> {
    fn all(&mut self, description: &mut Description) -> Result<(), Ending> {
        let [_magic, version] = [self.number(4)?, self.number(4)?];
        match version {
            1 => self.has_short_lengths = true,
            2 | 3 => {}
            _ => {
                let swapped = (version as u32).swap_bytes();
                let detail = if (1..=3).contains(&swapped) {
                    "model in big-endian form".to_owned()
                } else {
                    format!("model in version {version} of the format")
                };
                return Err(Ending::Unsupported(detail));
            }
        }
        let _tensors = self.length()?;
        let entries = self.length()?;
        // Every entry takes bytes, so that a false count ends with them.
        for _ in 0..entries {
            let key = self.text()?;
            let kind = self.number(4)?;
            let value = self.value(kind, 0)?;
            description.take(&key, value);
        }
        Ok(())
    }

    fn value(&mut self, kind: u64, depth: usize) -> Result<Value, Ending> {
        match kind {
            8 => self.text().map(Value::Text),
            9 => self.array(depth).map(|()| Value::Other),
            _ => match width(kind) {
                Some(width) => self.number(width).map(Value::Number),
                None => Err(Ending::Malformed(format!("value of unknown type {kind}"))),
            },
        }
    }

    fn array(&mut self, depth: usize) -> Result<(), Ending> {
        let kind = self.number(4)?;
        let count = self.length()?;
        if let Some(width) = width(kind) {
            return self.skip(count.saturating_mul(width));
        }
        if depth >= DEEPEST_ARRAY {
            return Err(Ending::Malformed("arrays that are nested too deep".to_owned()));
        }
        for _ in 0..count {
            if kind == 8 {
                let length = self.length()?;
                self.skip(length)?;
            } else {
                self.value(kind, depth + 1)?;
            }
        }
        Ok(())
    }

    fn length(&mut self) -> Result<u64, Ending> {
        self.number(if self.has_short_lengths { 4 } else { 8 })
    }

    /// A text up to the longest; of a longer one its beginning.
    fn text(&mut self) -> Result<String, Ending> {
        let length = self.length()?;
        let kept = length.min(LONGEST_TEXT);
        let mut bytes = vec![0; kept as usize];
        self.cursor.read_exact(&mut bytes).map_err(|_| Ending::Early)?;
        self.skip(length - kept)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// A little-endian number of at most eight bytes.
    fn number(&mut self, width: u64) -> Result<u64, Ending> {
        let mut bytes = [0; 8];
        let wanted = bytes.get_mut(..width as usize).unwrap_or_default();
        self.cursor.read_exact(wanted).map_err(|_| Ending::Early)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn skip(&mut self, count: u64) -> Result<(), Ending> {
        let Some(before_last) = count.checked_sub(1) else { return Ok(()) };
        self.cursor.skip(before_last);
        // The last byte is read, as skipping stops at the end without a word.
        match self.cursor.fill_buf() {
            Ok([]) | Err(_) => Err(Ending::Early),
            Ok(_) => {
                self.cursor.consume(1);
                Ok(())
            }
        }
    }
}

/// Bytes of a value of that type; `None` for texts, arrays and what is no type.
fn width(kind: u64) -> Option<u64> {
    match kind {
        0 | 1 | 7 => Some(1),
        2 | 3 => Some(2),
        4..=6 => Some(4),
        10..=12 => Some(8),
        _ => None,
    }
}

impl Description {
    fn take(&mut self, key: &str, value: Value) {
        match (key, value) {
            ("split.no", Value::Number(number)) => self.shard = number,
            ("general.architecture", Value::Text(text)) => self.architecture = Some(text),
            ("general.name", Value::Text(text)) => self.name = Some(text),
            ("general.version", Value::Text(text)) => self.version = Some(text),
            ("general.author", Value::Text(text)) => self.author = Some(text),
            ("general.organization", Value::Text(text)) => self.organization = Some(text),
            ("general.license", Value::Text(text)) => self.license = Some(text),
            ("general.repo_url", Value::Text(text)) => self.repositories.insert(0, text),
            (
                "general.source.huggingface.repository"
                | "general.source.repo_url"
                | "general.source.url",
                Value::Text(text),
            ) if self.repositories.len() < 8 => self.repositories.push(text),
            _ => {}
        }
    }
}

/// Files of the format, made for tests.
#[cfg(test)]
pub(super) mod samples {
    pub(in super::super) fn model(version: u32, entries: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = b"GGUF".to_vec();
        bytes.extend_from_slice(&version.to_le_bytes());
        bytes.extend_from_slice(&0_u64.to_le_bytes());
        bytes.extend_from_slice(&(entries.len() as u64).to_le_bytes());
        bytes.extend(entries.concat());
        bytes
    }

    pub(in super::super) fn text(key: &str, value: &str) -> Vec<u8> {
        [string(key), 8_u32.to_le_bytes().to_vec(), string(value)].concat()
    }

    pub(in super::super) fn array(key: &str, values: &[&str]) -> Vec<u8> {
        let mut bytes =
            [string(key), 9_u32.to_le_bytes().to_vec(), 8_u32.to_le_bytes().to_vec()].concat();
        bytes.extend_from_slice(&(values.len() as u64).to_le_bytes());
        for value in values {
            bytes.extend(string(value));
        }
        bytes
    }

    fn string(text: &str) -> Vec<u8> {
        [(text.len() as u64).to_le_bytes().to_vec(), text.as_bytes().to_vec()].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::samples::{array, model, text};
    use super::*;

    #[test]
    fn values_of_every_type_are_passed() {
        let mut entries = vec![array("a", &["x", ""])];
        for (kind, width) in [
            (0_u32, 1),
            (1, 1),
            (2, 2),
            (3, 2),
            (4, 4),
            (5, 4),
            (6, 4),
            (7, 1),
            (10, 8),
            (11, 8),
            (12, 8),
        ] {
            let key = b"\x01\0\0\0\0\0\0\0b".to_vec();
            let kind = kind.to_le_bytes();
            entries.push([key.clone(), kind.to_vec(), vec![1; width]].concat());
            let list = [9_u32.to_le_bytes(), kind].concat();
            entries.push([key, list, 3_u64.to_le_bytes().to_vec(), vec![1; 3 * width]].concat());
        }
        entries.push(text("general.name", "last"));
        let (description, ending) = describe(&model(3, &entries));
        assert_eq!((description.name.as_deref(), ending), (Some("last"), Ending::Whole));
    }

    #[test]
    fn the_first_version_has_short_lengths() {
        let bytes =
            b"GGUF\x01\0\0\0\0\0\0\0\x01\0\0\0\x0c\0\0\0general.name\x08\0\0\0\x01\0\0\0a".to_vec();
        let (description, ending) = describe(&bytes);
        assert_eq!((description.name.as_deref(), ending), (Some("a"), Ending::Whole));
    }

    #[test]
    fn claims_of_length_are_not_believed() {
        let claim = u64::MAX.to_le_bytes().to_vec();
        let key = b"\x01\0\0\0\0\0\0\0a".to_vec();
        let list = [9_u32.to_le_bytes(), 8_u32.to_le_bytes()].concat();
        let numbers = [9_u32.to_le_bytes(), 12_u32.to_le_bytes()].concat();
        let nested = [9_u32.to_le_bytes(), 9_u32.to_le_bytes()].concat();
        for entry in [
            claim.clone(),
            [key.clone(), 8_u32.to_le_bytes().to_vec(), claim.clone()].concat(),
            [key.clone(), list, claim.clone()].concat(),
            [key.clone(), numbers, claim.clone()].concat(),
            [key, nested, claim].concat(),
        ] {
            assert_eq!(describe(&model(3, &[entry])).1, Ending::Early);
        }
    }
}
