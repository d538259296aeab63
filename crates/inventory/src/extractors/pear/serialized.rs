//! PHP's serialised form (php.net, `serialize`): `s:LENGTH:"…";`, `i:…;`, `b:…;`, `d:…;`, `N;` and `a:COUNT:{KEY VALUE …}`.
//!
//! An installer's record holds nothing else: objects and references are none of its values, and end the reading.

/// A value as far as it is kept.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Text(&'a [u8]),
    Array(Vec<(Value<'a>, Value<'a>)>),
    /// A number or nothing.
    Other,
}

/// Entries that are kept of one array; the others are read past.
const MOST_ENTRIES: usize = 64;
/// Arrays in one another: an installer's record has seven.
const DEEPEST: usize = 64;

impl<'a> Value<'a> {
    pub(super) fn text(&self) -> Option<&'a [u8]> {
        match self {
            Self::Text(text) => Some(text),
            Self::Array(_) | Self::Other => None,
        }
    }

    /// The value of a key of an array.
    pub(super) fn get(&self, key: &[u8]) -> Option<&Self> {
        let Self::Array(entries) = self else { return None };
        entries.iter().find(|(name, _)| name.text() == Some(key)).map(|(_, value)| value)
    }

    /// The first value of an array.
    pub(super) fn first(&self) -> Option<&Self> {
        let Self::Array(entries) = self else { return None };
        entries.first().map(|(_, value)| value)
    }
}

/// An array that is all of the bytes, with those of its entries that have one of these keys. `None` where it is none or is damaged.
pub(super) fn array<'a>(bytes: &'a [u8], kept: &[&[u8]]) -> Option<Value<'a>> {
    let mut reader = Reader { bytes };
    let count = reader.array_start()?;
    let mut entries = Vec::new();
    for _ in 0..count {
        let key = reader.value(DEEPEST, false)?;
        let is_kept = key.text().is_some_and(|key| kept.contains(&key));
        let value = reader.value(DEEPEST, is_kept)?;
        if is_kept && entries.len() < MOST_ENTRIES {
            entries.push((key, value));
        }
    }
    reader.expect(b"}")?;
    Some(Value::Array(entries))
}

struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn expect(&mut self, expected: &[u8]) -> Option<()> {
        self.bytes = self.bytes.strip_prefix(expected)?;
        Some(())
    }

    /// What stands before a byte, and moves behind it.
    fn until(&mut self, end: u8) -> Option<&'a [u8]> {
        let at = memchr::memchr(end, self.bytes)?;
        let (before, rest) = self.bytes.split_at(at);
        self.bytes = rest.get(1..)?;
        Some(before)
    }

    fn number(&mut self, end: u8) -> Option<usize> {
        std::str::from_utf8(self.until(end)?).ok()?.parse().ok()
    }

    /// The number of entries of the array that begins here. Each takes bytes, so that a false one only ends the reading early.
    fn array_start(&mut self) -> Option<usize> {
        self.expect(b"a:")?;
        let count = self.number(b':')?;
        self.expect(b"{")?;
        Some(count)
    }

    /// The next value; where it is not kept, an array is read without its entries.
    fn value(&mut self, depth: usize, is_kept: bool) -> Option<Value<'a>> {
        match self.bytes.first()? {
            b's' => {
                self.expect(b"s:")?;
                let length = self.number(b':')?;
                self.expect(b"\"")?;
                let (text, rest) = self.bytes.split_at_checked(length)?;
                self.bytes = rest;
                self.expect(b"\";")?;
                Some(Value::Text(text))
            }
            b'a' => {
                let depth = depth.checked_sub(1)?;
                let count = self.array_start()?;
                let mut entries = Vec::new();
                for _ in 0..count {
                    let entry = (self.value(depth, is_kept)?, self.value(depth, is_kept)?);
                    if is_kept && entries.len() < MOST_ENTRIES {
                        entries.push(entry);
                    }
                }
                self.expect(b"}")?;
                Some(Value::Array(entries))
            }
            b'i' | b'b' | b'd' | b'N' => {
                self.until(b';')?;
                Some(Value::Other)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_the_entries_that_matter_are_kept() {
        let text = b"a:4:{s:1:\"x\";a:1:{s:1:\"k\";s:1:\"v\";}s:1:\"k\";a:2:{s:1:\"a\";s:3:\"\";}\";i:0;d:0.5;}i:7;N;s:1:\"y\";b:1;}";
        let record = array(text, &[b"k"]).unwrap();
        let inner = record.get(b"k").unwrap();
        assert_eq!(inner.get(b"a").unwrap().text(), Some(&b"\";}"[..]));
        assert_eq!(inner.first().unwrap().text(), Some(&b"\";}"[..]));
        assert_eq!(record.get(b"x"), None);
    }

    #[test]
    fn depth_and_counts_are_bounded() {
        let deep = "a:1:{i:0;".repeat(100_000);
        assert_eq!(array(deep.as_bytes(), &[]), None);
        assert_eq!(array(b"a:99999999999999:{i:0;i:0;}", &[]), None);
        assert_eq!(array(b"a:1:{s:9999999:\"a\";i:0;}", &[]), None);
        let many: String = (0..1_000).map(|number| format!("i:{number};i:0;")).collect();
        let many = format!("a:1:{{s:1:\"k\";a:1000:{{{many}}}}}");
        let Some(Value::Array(entries)) = array(many.as_bytes(), &[b"k"]) else { panic!() };
        let Value::Array(inner) = &entries[0].1 else { panic!() };
        assert_eq!(inner.len(), MOST_ENTRIES);
    }

    proptest! {
        #[test]
        fn any_form_is_read(text in r#"(a:[0-3]:\{|s:1:"k";|i:0;|N;|\}|b:|s:){0,20}"#) {
            array(text.as_bytes(), &[b"k"]);
        }
    }
}
