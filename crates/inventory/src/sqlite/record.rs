//! A row's record: the kinds of its values, then the values ("Record Format").

/// A row of a table: its key, and its values as a record.
#[derive(Clone, Copy)]
pub(crate) struct Row<'r> {
    pub(super) key: i64,
    pub(super) record: &'r [u8],
}

impl<'r> Row<'r> {
    /// The value of the column at a position; `None` where the record has no such column, or is damaged.
    pub(crate) fn value(&self, column: usize) -> Option<Value<'r>> {
        let (header_bytes, _) = varint(self.record)?;
        let (header, mut values) =
            self.record.split_at_checked(usize::try_from(header_bytes).ok()?)?;
        let (_, mut types) = varint(header)?;
        for index in 0.. {
            let (kind, rest) = varint(types)?;
            types = rest;
            let bytes = match kind {
                0 | 8 | 9 => 0,
                1..=4 => kind,
                5 => 6,
                6 | 7 => 8,
                10 | 11 => return None,
                // Even for bytes, odd for text.
                _ => (kind - 12) / 2,
            };
            let (value, rest) = values.split_at_checked(usize::try_from(bytes).ok()?)?;
            if index == column {
                return Some(Value::new(kind, value));
            }
            values = rest;
        }
        None
    }

    /// The number in a column that may be the table's own key: such a column is stored as nothing.
    pub(crate) fn key(&self, column: usize) -> Option<i64> {
        match self.value(column)? {
            Value::Null => Some(self.key),
            value => value.integer(),
        }
    }
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Value<'r> {
    Null,
    Integer(i64),
    Real(f64),
    /// UTF-8, if the writer kept to it.
    Text(&'r [u8]),
    Blob(&'r [u8]),
}

impl<'r> Value<'r> {
    /// `bytes` are as many as the kind says.
    fn new(kind: u64, bytes: &'r [u8]) -> Self {
        match kind {
            0 => Self::Null,
            7 => Self::Real(f64::from_bits(big_endian(bytes).cast_unsigned())),
            8 => Self::Integer(0),
            9 => Self::Integer(1),
            1..=6 => Self::Integer(big_endian(bytes)),
            _ if kind.is_multiple_of(2) => Self::Blob(bytes),
            _ => Self::Text(bytes),
        }
    }

    pub(crate) fn integer(self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(number),
            _ => None,
        }
    }

    pub(crate) fn text(self) -> Option<String> {
        match self {
            Self::Text(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
            _ => None,
        }
    }
}

/// A number of one to eight bytes, most significant first, whose first bit is its sign.
fn big_endian(bytes: &[u8]) -> i64 {
    let negative = bytes.first().is_some_and(|first| first & 0x80 != 0);
    bytes.iter().fold(if negative { -1 } else { 0 }, |value, &byte| value << 8 | i64::from(byte))
}

/// SQLite's number of one to nine bytes, and what follows it: seven bits a byte, most significant first, eight in the ninth.
pub(super) fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0;
    for (index, &byte) in bytes.iter().take(9).enumerate() {
        if index == 8 {
            return Some((value << 8 | u64::from(byte), bytes.get(9..)?));
        }
        value = value << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((value, bytes.get(index + 1..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_one_to_nine_bytes_are_read() {
        for (bytes, value, left) in [
            (&[0x00][..], 0, 0),
            (&[0x7f, 1], 0x7f, 1),
            (&[0x81, 0x00], 0x80, 0),
            (&[0x82, 0x2c, 9, 9], 300, 2),
            (&[0xff; 9], u64::MAX, 0),
        ] {
            assert_eq!(varint(bytes).map(|(value, rest)| (value, rest.len())), Some((value, left)));
        }
        assert_eq!(varint(&[0x80; 8]), None);
        assert_eq!(varint(&[]), None);
    }

    #[test]
    fn values_are_found_by_their_types() {
        // A null, a byte, the text `ab`, the bytes 1 2 3, zero, one, and -2 in two bytes.
        let record = [8, 0, 1, 17, 18, 8, 9, 2, 42, b'a', b'b', 1, 2, 3, 0xff, 0xfe];
        let row = Row { key: 7, record: &record };
        let values: Vec<_> = (0..7).map(|column| row.value(column)).collect();
        let expected = [
            Value::Null,
            Value::Integer(42),
            Value::Text(b"ab"),
            Value::Blob(&[1, 2, 3]),
            Value::Integer(0),
            Value::Integer(1),
            Value::Integer(-2),
        ];
        assert_eq!(values, expected.map(Some));
        assert_eq!(row.value(7), None);
        assert_eq!((row.key(0), row.key(1), row.key(2)), (Some(7), Some(42), None));
        assert_eq!(Row { key: 0, record: &record[..10] }.value(3), None);
        assert_eq!(Row { key: 0, record: &[] }.value(0), None);
    }
}
