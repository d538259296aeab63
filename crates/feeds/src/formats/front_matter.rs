//! Advisories as Markdown with their data as TOML in a fenced block at the beginning: RustSec's form, which Haskell and Julia took over.

use serde::de::DeserializeOwned;

use crate::document::Document;

/// A document taken apart.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FrontMatter<'a, T> {
    pub(crate) header: T,
    /// The first heading.
    pub(crate) title: &'a str,
    /// What follows the heading.
    pub(crate) body: &'a str,
}

/// The header, and the text below it; `None` where there is no such header.
pub(crate) fn read<'a, T: DeserializeOwned>(document: &Document<'a>) -> Option<FrontMatter<'a, T>> {
    let fenced = document.text()?.trim_start().strip_prefix("```toml")?;
    let (header, rest) = fenced.split_once("\n```")?;
    let header = toml::from_str(header.trim_end()).ok()?;
    let text = rest.split_once('\n').map_or("", |(_, text)| text).trim();
    let (title, body) = match text.strip_prefix("# ") {
        Some(text) => text.split_once('\n').unwrap_or((text, "")),
        None => ("", text),
    };
    Some(FrontMatter { header, title: title.trim(), body: body.trim() })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn read(text: &str) -> Option<FrontMatter<'_, BTreeMap<String, String>>> {
        super::read(&Document { path: "x.md", bytes: text.as_bytes() })
    }

    #[test]
    fn header_title_and_body_are_told_apart() {
        let found =
            read("```toml\r\nid = \"X-1\"\r\n```\r\n\r\n# A title\r\n\r\nText\n```\ncode\n```\n")
                .unwrap();
        assert_eq!(found.header["id"], "X-1");
        assert_eq!((found.title, found.body), ("A title", "Text\n```\ncode\n```"));
        let bare = read("```toml\nid = \"X-1\"\n```").unwrap();
        assert_eq!((bare.title, bare.body), ("", ""));
        assert_eq!(read("```toml\nid = \"X-1\"\n```\nOnly text").unwrap().body, "Only text");
    }

    #[test]
    fn what_has_no_such_header_is_none() {
        for text in ["", "# A title", "```toml\nid = ", "```toml\nid = 1\n```", "```toml\n= \n```"]
        {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn deep_nesting_ends_in_no_header() {
        let deep = format!("```toml\nid = {}\n```\n", "[".repeat(100_000));
        assert_eq!(read(&deep), None);
        let deep = format!("```toml\n{}id = 1\n```\n", "a.".repeat(100_000));
        assert_eq!(read(&deep), None);
    }
}
