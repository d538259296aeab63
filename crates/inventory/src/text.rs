//! Bytes that are text in one of the encodings that a byte order mark tells.

use std::borrow::Cow;

/// The text: UTF-16 where its mark stands at the beginning, else UTF-8. What is no letter is replaced, and the mark left out.
pub(crate) fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    let of_pairs = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = rest.as_chunks::<2>().0.iter().map(|pair| unit(*pair));
        let letters = char::decode_utf16(units);
        letters.map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER)).collect::<String>()
    };
    match bytes {
        [0xff, 0xfe, rest @ ..] => of_pairs(rest, u16::from_le_bytes).into(),
        [0xfe, 0xff, rest @ ..] => of_pairs(rest, u16::from_be_bytes).into(),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest),
        _ => String::from_utf8_lossy(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_tells_the_encoding() {
        for (bytes, expected) in [
            (&b"\xff\xfe<\x00\xe9\x00"[..], "<é"),
            (b"\xfe\xff\x00<\xd8\x3d\xde\x00", "<😀"),
            (b"\xfe\xff\xd8\x3d\x00", "\u{fffd}"),
            (b"\xef\xbb\xbf<\xc3\xa9", "<é"),
            (b"<\xff", "<\u{fffd}"),
            (b"\xff\xfe", ""),
            (b"", ""),
        ] {
            assert_eq!(decoded(bytes), expected, "{bytes:?}");
        }
    }
}
