use plimsoll_core::{Problem, ProblemKind};

use super::sparse::Extent;

/// What is used of one PAX extended header: names, the size, and GNU's description of a sparse file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct PaxRecords {
    pub(super) path: Option<Vec<u8>>,
    pub(super) link: Option<Vec<u8>>,
    /// The inner `Err` is a size that is no number: what follows the header cannot be found.
    pub(super) size: Option<Result<u64, ()>>,
    pub(super) sparse: PaxSparse,
}

/// GNU's records of a sparse file, of all three versions of its PAX format.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct PaxSparse {
    pub(super) name: Option<Vec<u8>>,
    /// `GNU.sparse.size` of 0.x, `GNU.sparse.realsize` of 1.0.
    pub(super) real_size: Option<u64>,
    pub(super) version: Option<(u64, u64)>,
    /// Offsets and lengths in turn: `GNU.sparse.offset` and `.numbytes` of 0.0, or `GNU.sparse.map` of 0.1.
    pub(super) map: Vec<u64>,
    pub(super) has_map: bool,
    pub(super) malformed: bool,
}

impl PaxSparse {
    pub(super) fn is_sparse(&self) -> bool {
        self.has_map || self.version.is_some()
    }

    /// The extents of versions 0.x; a list with an odd end, or out of turn, gives none.
    pub(super) fn extents(&self) -> Option<Vec<Extent>> {
        let (pairs, rest) = self.map.as_chunks::<2>();
        (rest.is_empty() && !self.malformed)
            .then(|| pairs.iter().map(|&[offset, length]| Extent { offset, length }).collect())
    }
}

impl PaxRecords {
    /// Reads the content of an extended header: records `LENGTH KEY=VALUE\n`, the length counting itself. What comes before a
    /// malformed record stands. Later records win; an empty value takes an earlier one back.
    pub(super) fn parse(mut content: &[u8]) -> (Self, Option<Problem>) {
        let mut records = Self::default();
        // Some writers fill up with NULs.
        while !content.is_empty() && content[0] != 0 {
            let Some((key, value, rest)) = split_record(content) else {
                let detail = "a PAX header holds a malformed record";
                return (records, Some(Problem::new(ProblemKind::Malformed, detail)));
            };
            records.set(key, value);
            content = rest;
        }
        (records, None)
    }

    fn set(&mut self, key: &[u8], value: &[u8]) {
        let name = || (!value.is_empty()).then(|| value.to_vec());
        match key {
            b"path" => self.path = name(),
            b"linkpath" => self.link = name(),
            b"size" => self.size = (!value.is_empty()).then(|| decimal(value).ok_or(())),
            _ => {
                if let Some(key) = key.strip_prefix(b"GNU.sparse.") {
                    self.sparse.set(key, value);
                }
            }
        }
    }
}

impl PaxSparse {
    fn set(&mut self, key: &[u8], value: &[u8]) {
        let number = decimal(value);
        match key {
            b"name" => self.name = (!value.is_empty()).then(|| value.to_vec()),
            b"size" | b"realsize" => self.real_size = number,
            b"major" => self.version.get_or_insert_default().0 = number.unwrap_or(u64::MAX),
            b"minor" => self.version.get_or_insert_default().1 = number.unwrap_or(u64::MAX),
            b"numblocks" => self.has_map = true,
            b"offset" | b"numbytes" => {
                let in_turn = self.map.len().is_multiple_of(2) == (key == b"offset");
                self.malformed |= !in_turn || number.is_none();
                self.has_map = true;
                self.map.extend(number);
            }
            b"map" => {
                self.has_map = true;
                let numbers = value.split(|&byte| byte == b',').map(decimal);
                if !value.is_empty() {
                    let numbers: Option<Vec<u64>> = numbers.collect();
                    self.malformed |= numbers.is_none();
                    self.map = numbers.unwrap_or_default();
                }
            }
            _ => {}
        }
    }
}

/// The first record's key and value, and what follows it.
fn split_record(content: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = content.iter().take(20).position(|&byte| byte == b' ')?;
    let length = usize::try_from(decimal(&content[..space])?).ok()?;
    let (record, rest) = content.split_at_checked(length)?;
    let record = record.get(space + 1..)?.strip_suffix(b"\n")?;
    let equals = memchr::memchr(b'=', record)?;
    let (key, value) = (&record[..equals], &record[equals + 1..]);
    // A name is cut at a NUL by whoever unpacks it, so one that holds a NUL is no name.
    let is_name = matches!(key, b"path" | b"linkpath" | b"GNU.sparse.name");
    let is_cut = is_name && value.contains(&0);
    (!key.is_empty() && !is_cut).then_some((key, value, rest))
}

/// A decimal number of at most 63 bits, digits only.
pub(super) fn decimal(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > 19 || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value = text.iter().fold(0_u64, |value, byte| value * 10 + u64::from(byte - b'0'));
    i64::try_from(value).is_ok().then_some(value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn records_are_read_until_one_is_malformed() {
        let path = |text: &[u8]| Some(text.to_vec());
        for (content, expected, well_formed) in [
            (&b"12 path=a/b\n"[..], path(b"a/b"), true),
            (b"10 path=x\n12 path=a/b\n", path(b"a/b"), true),
            (b"10 path=x\n8 path=\n", None, true),
            (b"12 path=a=b\n\0\0\0", path(b"a=b"), true),
            (b"12 path=a\nb\n", path(b"a\nb"), true),
            (b"12 path=a/b", None, false),
            (b"13 path=a/b\n", None, false),
            (b"10 path=x\n99999999999999999999999 path=y\n", path(b"x"), false),
            (b"10 path=x\n0 path=y\n", path(b"x"), false),
            (b"12 path=a\0b\n", None, false),
            (b"6 =ab\n", None, false),
            (b"-5 a=b\n", None, false),
            (b" ", None, false),
        ] {
            let (records, problem) = PaxRecords::parse(content);
            let text = String::from_utf8_lossy(content);
            assert_eq!((records.path, problem.is_none()), (expected, well_formed), "{text}");
        }
    }

    #[test]
    fn a_size_that_is_no_number_is_kept_as_such() {
        for (content, expected) in [
            (&b"11 size=42\n"[..], Some(Ok(42))),
            (b"12 size=-42\n", Some(Err(()))),
            (b"8 size=\n", None),
        ] {
            assert_eq!(PaxRecords::parse(content).0.size, expected);
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(content in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = PaxRecords::parse(&content);
        }

        #[test]
        fn near_records_never_panic(content in "([0-9 ]{0,4}(path|size|GNU.sparse.map)?[=,0-9]{0,6}\n?){0,8}") {
            let (records, _) = PaxRecords::parse(content.as_bytes());
            let _ = records.sparse.extents();
        }
    }
}
