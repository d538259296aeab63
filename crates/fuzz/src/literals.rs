//! The texts that stand in a decoder's source and its tests: words of its format, and samples of real files.
//!
//! A part that is added to a list thus has seeds from its own tests at once.

use std::path::{Path, PathBuf};

/// Texts from this length up are samples, shorter ones words.
pub(crate) const SAMPLE_BYTES: usize = 24;

/// Every literal of a text or of bytes in the files, and in the Rust files of the folders; in the order of the files.
pub(crate) fn literals_of(places: &[PathBuf]) -> Vec<Vec<u8>> {
    let mut literals = Vec::new();
    for place in places {
        for file in rust_files(place) {
            let text = std::fs::read_to_string(&file).unwrap_or_default();
            literals.extend(literals_in(&text));
        }
    }
    literals
}

fn rust_files(place: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(place) else { return vec![place.to_owned()] };
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    paths.retain(|path| path.is_dir() || path.extension().is_some_and(|ending| ending == "rs"));
    paths.iter().flat_map(|path| rust_files(path)).collect()
}

fn literals_in(source: &str) -> Vec<Vec<u8>> {
    let mut literals = Vec::new();
    let mut rest = source;
    while let Some(start) = rest.find(['"', '\'', '/']) {
        let (before, at) = rest.split_at(start);
        rest = if at.starts_with("//") {
            at.split_once('\n').map_or("", |(_, rest)| rest)
        } else if let Some(text) = at.strip_prefix('"') {
            let hashes = before.len() - before.trim_end_matches('#').len();
            let is_raw = before[..before.len() - hashes].ends_with('r');
            let (literal, rest) = if is_raw { raw(text, hashes) } else { escaped(text) };
            literals.push(literal);
            rest
        } else {
            // A character such as '"', or a lifetime, or a division.
            let is_quote = ["'\"'", "'\\''", "'\\\"'"].iter().find(|quote| at.starts_with(**quote));
            &at[is_quote.map_or(1, |quote| quote.len())..]
        };
    }
    literals
}

fn raw(text: &str, hashes: usize) -> (Vec<u8>, &str) {
    let end = format!("\"{}", "#".repeat(hashes));
    let (literal, rest) = text.split_once(end.as_str()).unwrap_or((text, ""));
    (literal.as_bytes().to_vec(), rest)
}

fn escaped(text: &str) -> (Vec<u8>, &str) {
    let mut literal = Vec::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        let character = match character {
            '"' => break,
            '\\' => match characters.next() {
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                Some('0') => '\0',
                Some('x') => {
                    let digits: String = characters.by_ref().take(2).collect();
                    literal.extend(u8::from_str_radix(&digits, 16));
                    continue;
                }
                // What follows a line's end is indentation.
                Some('\n') => {
                    let rest = characters.as_str();
                    characters = rest.trim_start().chars();
                    continue;
                }
                Some(other) => other,
                None => break,
            },
            other => other,
        };
        literal.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    }
    (literal, characters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_read_and_what_only_looks_like_one_is_not() {
        let source = r###"
            // no "comment"
            fn a<'a>(b: &'a str) { if b.starts_with('"') { c("one\n\x01", b"two", r"th\n", r#"a "four""#) } }
            const LONG: &str = "five\
                six";
        "###;
        let expected: [&[u8]; 5] = [b"one\n\x01", b"two", b"th\\n", b"a \"four\"", b"fivesix"];
        assert_eq!(literals_in(source), expected);
    }

    #[test]
    fn a_text_without_an_end_ends_with_the_source() {
        for source in ["\"a", "\"a\\", "\"\\x4", "r#\"a", "'", "//"] {
            assert!(literals_in(source).len() <= 1, "{source}");
        }
    }
}
