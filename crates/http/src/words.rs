//! The words of others, in messages of ours.

use std::error::Error;
use std::io;

use plimsoll_core::is_hostile;

/// Characters of an innermost cause in a message.
const CAUSE_CHARACTERS: usize = 300;

/// A server's words made fit for a terminal: one line, without control or direction-changing characters, at most `most` long.
#[must_use]
pub fn printable(words: &str, most: usize) -> String {
    // What is cut off is cut off before the rest is looked at, so that a long text costs nothing.
    let mut kept = String::new();
    for character in words.chars().take(most.saturating_mul(4)) {
        let is_space = character.is_whitespace() || character.is_control();
        if is_space && !kept.is_empty() && !kept.ends_with(' ') {
            kept.push(' ');
        } else if !is_space && !is_hostile(character) {
            kept.push(character);
        }
    }
    let kept = kept.trim_end();
    match kept.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &kept[..end]),
        None => kept.to_owned(),
    }
}

/// The words of an error's innermost cause, such as why a stream broke.
#[must_use]
pub fn innermost_cause(error: &(dyn Error + 'static)) -> String {
    root_cause(error).0
}

/// The words of the innermost cause of an error, and the kinds of the I/O errors on the way to it.
pub(crate) fn root_cause(error: &(dyn Error + 'static)) -> (String, Vec<io::ErrorKind>) {
    let mut kinds = Vec::new();
    let mut root = error;
    loop {
        // An I/O error passes over the error that it wraps when it is asked for its source.
        let wrapped = root.downcast_ref::<io::Error>().and_then(|error| {
            kinds.push(error.kind());
            error.get_ref()
        });
        match wrapped {
            Some(wrapped) => root = wrapped,
            None => match root.source() {
                Some(source) => root = source,
                None => return (printable(&root.to_string(), CAUSE_CHARACTERS), kinds),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_of_a_server_cannot_play_with_a_terminal() {
        for (words, expected) in [
            ("plain", "plain"),
            ("  two\r\n\tlines ", "two lines"),
            ("\u{1b}[2Jred\u{7}", "[2Jred"),
            ("a\u{202E}b\u{200B}c", "abc"),
            ("0123456789abc", "0123456789…"),
        ] {
            assert_eq!(printable(words, 10), expected, "{words:?}");
        }
    }

    #[test]
    fn a_cause_is_found_behind_what_wraps_it() {
        let inner = io::Error::new(io::ErrorKind::InvalidData, "a bad\ncertificate");
        let outer = io::Error::other(inner);
        let (words, kinds) = root_cause(&outer);
        assert_eq!(words, "a bad certificate");
        assert_eq!(kinds, [io::ErrorKind::Other, io::ErrorKind::InvalidData]);
    }

    proptest! {
        #[test]
        fn printable_is_short_and_has_no_control_characters(words in "(\\PC|[\\x00-\\x1f]){0,80}") {
            let printed = printable(&words, 20);
            prop_assert!(printed.chars().count() <= 21);
            prop_assert!(!printed.chars().any(char::is_control));
        }
    }
}
