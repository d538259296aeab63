//! Numbers and texts as the snapshot stores them: LEB128 varints, and texts behind their length.

use plimsoll_core::Timestamp;

use crate::SnapshotError;

/// Reads a stored value from its start to its end; every step is bounds-checked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a> {
    bytes: &'a [u8],
    /// What is being read, for the error.
    part: &'static str,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(bytes: &'a [u8], part: &'static str) -> Self {
        Self { bytes, part }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    fn damaged(&self) -> SnapshotError {
        SnapshotError::damaged(self.part)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, SnapshotError> {
        let (&first, rest) = self.bytes.split_first().ok_or_else(|| self.damaged())?;
        self.bytes = rest;
        Ok(first)
    }

    #[inline]
    pub(crate) fn number(&mut self) -> Result<u64, SnapshotError> {
        match self.bytes {
            // Most numbers are small.
            &[small @ ..0x80, ref rest @ ..] => {
                self.bytes = rest;
                Ok(small.into())
            }
            _ => self.long_number(),
        }
    }

    fn long_number(&mut self) -> Result<u64, SnapshotError> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let low = u64::from(byte & 0x7f);
            if shift == 63 && low > 1 {
                return Err(self.damaged());
            }
            value |= low << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(self.damaged())
    }

    /// A number that is an index or a count within one family.
    pub(crate) fn index(&mut self) -> Result<u32, SnapshotError> {
        u32::try_from(self.number()?).map_err(|_| self.damaged())
    }

    /// A count of things of at least one byte each, so that no count asks for more memory than the file has.
    pub(crate) fn count(&mut self) -> Result<usize, SnapshotError> {
        let count = usize::try_from(self.number()?).map_err(|_| self.damaged())?;
        if count > self.bytes.len() { Err(self.damaged()) } else { Ok(count) }
    }

    pub(crate) fn take(&mut self, length: usize) -> Result<&'a [u8], SnapshotError> {
        let (taken, rest) = self.bytes.split_at_checked(length).ok_or_else(|| self.damaged())?;
        self.bytes = rest;
        Ok(taken)
    }

    /// Bytes behind their length.
    pub(crate) fn blob(&mut self) -> Result<&'a [u8], SnapshotError> {
        let length = self.count()?;
        self.take(length)
    }

    /// Everything that is left.
    pub(crate) fn rest(self) -> &'a [u8] {
        self.bytes
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, SnapshotError> {
        let bytes = self.blob()?;
        std::str::from_utf8(bytes).map_err(|_| self.damaged())
    }

    pub(crate) fn optional_text(&mut self) -> Result<Option<&'a str>, SnapshotError> {
        Ok(Some(self.text()?).filter(|text| !text.is_empty()))
    }

    /// A moment as [`push_time`] stores it.
    pub(crate) fn time(&mut self) -> Result<Option<Timestamp>, SnapshotError> {
        Ok(self.number()?.checked_sub(1).map(|seconds| Timestamp { seconds }))
    }

    pub(crate) fn texts(&mut self) -> Result<Vec<&'a str>, SnapshotError> {
        let count = self.count()?;
        (0..count).map(|_| self.text()).collect()
    }
}

pub(crate) fn push_number(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// A moment as the seconds since 1970 plus one; nothing is 0. What is stated and is no moment becomes the first one: that a record was
/// withdrawn must not be lost with the day.
pub(crate) fn push_time(bytes: &mut Vec<u8>, stated: &str) {
    let moment = stated.parse::<Timestamp>().map_or(0, |moment| moment.seconds);
    push_number(bytes, if stated.is_empty() { 0 } else { moment.saturating_add(1) });
}

pub(crate) fn push_blob(bytes: &mut Vec<u8>, blob: &[u8]) {
    push_number(bytes, blob.len() as u64);
    bytes.extend_from_slice(blob);
}

pub(crate) fn push_text(bytes: &mut Vec<u8>, text: &str) {
    push_blob(bytes, text.as_bytes());
}

pub(crate) fn push_texts(bytes: &mut Vec<u8>, texts: &[String]) {
    push_number(bytes, texts.len() as u64);
    for text in texts {
        push_text(bytes, text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_they_were_written() {
        for value in [0, 1, 127, 128, 16_383, 16_384, u64::from(u32::MAX), u64::MAX] {
            let mut bytes = Vec::new();
            push_number(&mut bytes, value);
            let mut cursor = Cursor::new(&bytes, "test");
            assert_eq!(cursor.number().unwrap(), value);
            assert!(cursor.is_empty());
        }
    }

    #[test]
    fn what_runs_over_the_end_is_damage() {
        for bytes in [&[][..], &[0x80], &[0xff; 10], &[0xff; 11], &[5, b'a'], &[2, 0xff, 0xff]] {
            assert!(Cursor::new(bytes, "test").text().is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn a_count_never_asks_for_more_than_there_is() {
        let mut bytes = Vec::new();
        push_number(&mut bytes, 1 << 40);
        assert!(Cursor::new(&bytes, "test").texts().is_err());
    }
}
