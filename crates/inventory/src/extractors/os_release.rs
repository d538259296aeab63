//! os-release: which distribution and which release an image is (freedesktop.org, `os-release(5)`).
//!
//! Both places are read, because `etc/os-release` is a link to the other one in most images and may be its own file in some.

use std::collections::BTreeMap;

use plimsoll_core::{Problem, ProblemKind};

use crate::{Extraction, Extractor, Fact, Pattern, WantedFile};

pub(crate) static OS_RELEASE: Extractor = Extractor {
    id: "os-release",
    version: 2,
    summary: "The distribution and its release",
    patterns: &[
        Pattern::Path("etc/os-release"),
        Pattern::Path("usr/lib/os-release"),
        Pattern::Path("aarch64-bottlerocket-linux-gnu/sys-root/usr/lib/os-release"),
        Pattern::Path("x86_64-bottlerocket-linux-gnu/sys-root/usr/lib/os-release"),
    ],
    extract,
    makes_root: false,
    ..Extractor::RECORD
};

fn extract(file: &WantedFile<'_>) -> Extraction {
    if let Some(problem) = file.over(file.limits.os_release_bytes) {
        return Extraction::failed(problem);
    }
    match file.text() {
        Ok(text) => {
            let (pairs, unread_lines) = parse(&text);
            let mut extraction =
                Extraction { facts: vec![Fact::OsRelease(pairs)], problems: Vec::new() };
            if unread_lines > 0 {
                let detail = format!("{unread_lines} lines that assign nothing");
                extraction.problems.push(Problem::new(ProblemKind::Malformed, detail));
            }
            extraction
        }
        Err(problem) => Extraction::failed(problem),
    }
}

/// The assignments, of which the last of a name counts as in a shell, and the number of lines that are neither one nor a comment.
fn parse(text: &str) -> (BTreeMap<String, String>, usize) {
    let mut pairs = BTreeMap::new();
    let mut unread_lines = 0;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match line.split_once('=') {
            Some((name, value)) if is_name(name) => {
                pairs.insert(name.to_owned(), unquote(value));
            }
            _ => unread_lines += 1,
        }
    }
    (pairs, unread_lines)
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// What a shell makes of the value, but that a space outside quotes is kept: some images forget the quotes.
fn unquote(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut quote = None;
    let mut characters = value.trim().chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (None, '"' | '\'') => quote = Some(character),
            (Some(open), _) if open == character => quote = None,
            (None, '\\') => text.extend(characters.next()),
            (Some('"'), '\\') => match characters.next() {
                Some(escaped @ ('"' | '\\' | '$' | '`')) => text.push(escaped),
                other => {
                    text.push('\\');
                    text.extend(other);
                }
            },
            _ => text.push(character),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{ImagePath, Limits};
    use proptest::prelude::*;

    use super::*;

    fn extract_text(content: &[u8]) -> Extraction {
        let path = ImagePath::new("etc/os-release");
        let limits = Limits::default();
        let content = content.to_vec();
        extract(&WantedFile::whole(&path, &content, &limits))
    }

    #[test]
    fn values_are_unquoted_as_a_shell_does() {
        for (line, value) in [
            ("V=12", "12"),
            ("V=\"12\"", "12"),
            ("V='12 (bookworm)'", "12 (bookworm)"),
            ("V=\"a \\\"b\\\" \\$c \\n\"", "a \"b\" $c \\n"),
            ("V='a\\b'", "a\\b"),
            ("V=a\\ b", "a b"),
            ("V=CentOS Linux", "CentOS Linux"),
            ("V=\"open", "open"),
            ("V=a\"b\"'c'", "abc"),
            ("V=a\\", "a"),
            ("V=", ""),
            ("  V=\"x\"  ", "x"),
            ("V=12\r", "12"),
            ("V=first\nV=last", "last"),
        ] {
            let (pairs, unread_lines) = parse(line);
            assert_eq!(pairs.get("V").map(String::as_str), Some(value), "{line}");
            assert_eq!(unread_lines, 0, "{line}");
        }
    }

    #[test]
    fn comments_and_empty_lines_are_passed_and_others_are_told() {
        let extraction = extract_text(b"# a comment\n\nID=debian\nnot an assignment\n=x\nA B=1\n");
        let expected = BTreeMap::from([("ID".to_owned(), "debian".to_owned())]);
        assert_eq!(extraction.facts, [Fact::OsRelease(expected)]);
        assert_eq!(extraction.problems[0].detail, "3 lines that assign nothing");
    }

    #[test]
    fn a_file_above_the_limit_is_told_and_not_read() {
        let extraction = extract_text(&vec![b'#'; (64 << 10) + 1]);
        assert!(extraction.facts.is_empty());
        assert_eq!(extraction.problems[0].kind, ProblemKind::LimitExceeded);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            extract_text(&bytes);
        }

        #[test]
        fn what_a_shell_would_quote_comes_back(value in "[ -~]{0,40}") {
            let quoted = format!("V='{}'", value.replace('\'', "'\\''"));
            let (pairs, _) = parse(&quoted);
            prop_assert_eq!(pairs.get("V"), Some(&value));
        }
    }
}
