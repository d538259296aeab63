//! One document of an input, and what a glance at it tells: enough to know whose it is, without reading it whole.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Bytes of a text that a glance reads.
const GLANCE_BYTES: usize = 64 << 10;
/// Keys of one object that a glance remembers.
const KEYS: usize = 64;
/// Records at the beginning that a glance looks at: where only the first counted, a bad one would cost all behind it.
const RECORDS: usize = 16;

/// One document.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Document<'a> {
    /// Its path: of a file below the given directory; of an archive's member, the archive's, `!/` and the member's.
    pub(crate) path: &'a str,
    pub(crate) bytes: &'a [u8],
}

impl<'a> Document<'a> {
    /// The document as text; `None` where it is no UTF-8.
    pub(crate) fn text(&self) -> Option<&'a str> {
        let bytes = self.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(self.bytes);
        std::str::from_utf8(bytes).ok()
    }

    /// The same, with what is no UTF-8 replaced: one stray byte in a description costs no more than that.
    pub(crate) fn lossy_text(&self) -> Cow<'a, str> {
        self.text().map_or_else(|| String::from_utf8_lossy(self.bytes), Cow::Borrowed)
    }

    /// The last part of its path.
    pub(crate) fn file_name(&self) -> &'a str {
        self.path.rsplit('/').next().unwrap_or(self.path)
    }

    /// The last part of its path, without the suffix.
    pub(crate) fn stem(&self) -> &'a str {
        let file = self.file_name();
        file.rsplit_once('.').map_or(file, |(stem, _)| stem)
    }
}

/// What a document looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A JSON object: `keys` are its own.
    JsonObject,
    /// A JSON array: `keys` are those of its first elements, each once.
    JsonArray,
    /// `keys` are the names of its first elements, the root first.
    Xml,
    /// A text with a TOML or YAML header between `---` or `+++` lines or in a fenced block at its beginning, as Markdown has.
    FrontMatter,
    /// Any other text: `keys` are what stands before a colon at the beginning of its lines, as in YAML and Debian's control files.
    Text,
    /// Begins as JSON and is none.
    Broken,
}

/// A glance at a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outline<'a> {
    pub(crate) path: &'a str,
    pub(crate) form: Form,
    pub(crate) keys: Vec<String>,
    /// The first bytes, as far as they are text.
    pub(crate) beginning: &'a str,
}

impl<'a> Outline<'a> {
    pub(crate) fn of(document: &Document<'a>) -> Self {
        let bytes = document.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(document.bytes);
        let beginning = beginning(bytes);
        let trimmed = beginning.trim_start();
        let of = |form, keys| Self { path: document.path, form, keys, beginning };
        match trimmed.as_bytes() {
            [b'{', ..] => match json_keys(bytes) {
                Some(keys) => of(Form::JsonObject, keys),
                None => of(Form::Broken, Vec::new()),
            },
            // A list in brackets is YAML too, but none that is published.
            [b'[', ..] => match json_keys(bytes) {
                Some(keys) => of(Form::JsonArray, keys),
                None => of(Form::Broken, Vec::new()),
            },
            [b'<', ..] => of(Form::Xml, xml_names(trimmed)),
            _ if trimmed.starts_with("```toml") || trimmed.starts_with("+++") => {
                of(Form::FrontMatter, line_keys(trimmed))
            }
            _ if trimmed.starts_with("---") && trimmed.matches("\n---").count() > 0 => {
                of(Form::FrontMatter, line_keys(trimmed))
            }
            _ => of(Form::Text, line_keys(trimmed)),
        }
    }

    pub(crate) fn has(&self, keys: &[&str]) -> bool {
        keys.iter().all(|key| self.keys.iter().any(|own| own == key))
    }

    pub(crate) fn is_json(&self) -> bool {
        matches!(self.form, Form::JsonObject | Form::JsonArray)
    }

    /// True where the folder, of one or more parts, is on the way to the document.
    pub(crate) fn lies_in(&self, folder: &str) -> bool {
        let before =
            |start: usize| start == 0 || self.path.as_bytes().get(start - 1) == Some(&b'/');
        let after = |start: usize| self.path.as_bytes().get(start + folder.len()) == Some(&b'/');
        self.path.match_indices(folder).any(|(start, _)| before(start) && after(start))
    }

    /// The last part of the document's path.
    pub(crate) fn file_name(&self) -> &'a str {
        Document { path: self.path, bytes: &[] }.file_name()
    }

    /// True for XML whose root element has that name, whatever its namespace's prefix.
    pub(crate) fn is_xml_of(&self, root: &str) -> bool {
        let own = self.keys.first().map(|name| name.rsplit(':').next().unwrap_or(name));
        self.form == Form::Xml && own == Some(root)
    }
}

fn beginning(bytes: &[u8]) -> &str {
    let glance = bytes.get(..GLANCE_BYTES).unwrap_or(bytes);
    match std::str::from_utf8(glance) {
        Ok(text) => text,
        Err(error) => {
            { glance.get(..error.valid_up_to()).and_then(|good| std::str::from_utf8(good).ok()) }
                .unwrap_or_default()
        }
    }
}

/// True where at least half of the first records are what they should be; of none, it is not.
pub(crate) fn are_mostly<T>(records: impl Iterator<Item = T>, is_own: impl Fn(T) -> bool) -> bool {
    let (mut own, mut all) = (0, 0);
    for record in records.take(RECORDS) {
        own += usize::from(is_own(record));
        all += 1;
    }
    all > 0 && own * 2 >= all
}

/// The keys of an object, or of an array's first elements; `None` where the bytes are no JSON as far as they were read.
fn json_keys(bytes: &[u8]) -> Option<Vec<String>> {
    let mut keys = Vec::new();
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    match deserializer.deserialize_any(Keys { keys: &mut keys, is_element: false }) {
        Ok(()) => Some(keys),
        // Enough was seen, and the rest was left unread.
        Err(error) if error.is_data() => Some(keys),
        Err(_) => None,
    }
}

struct Keys<'k> {
    keys: &'k mut Vec<String>,
    /// Of an array: what is no object has no keys, and all of it is read.
    is_element: bool,
}

impl<'de> Visitor<'de> for Keys<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or an array of them")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut count = 0;
        while let Some(key) = map.next_key::<String>()? {
            count += 1;
            if count <= KEYS && !(self.is_element && self.keys.contains(&key)) {
                self.keys.push(key);
            }
            if count >= KEYS && !self.is_element {
                return Err(serde::de::Error::custom("enough"));
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        if self.is_element {
            while list.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(());
        }
        for place in 0..RECORDS {
            match list.next_element_seed(Element { keys: self.keys }) {
                Ok(Some(())) => {}
                Ok(None) => return Ok(()),
                // What it is was seen before the damage.
                Err(_) if place > 0 => break,
                Err(error) => return Err(error),
            }
        }
        // The other elements are not looked at.
        Err(serde::de::Error::custom("enough"))
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

/// An element of an array.
struct Element<'k> {
    keys: &'k mut Vec<String>,
}

impl<'de> serde::de::DeserializeSeed<'de> for Element<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(Keys { keys: self.keys, is_element: true })
    }
}

/// The names of the first elements.
fn xml_names(text: &str) -> Vec<String> {
    let starts = text.split('<').skip(1).filter(|element| {
        element.starts_with(|character: char| character.is_alphabetic() || character == '_')
    });
    let is_end = |character: char| character.is_whitespace() || matches!(character, '>' | '/');
    starts
        .filter_map(|element| element.split(is_end).next())
        .take(KEYS)
        .map(str::to_owned)
        .collect()
}

/// What stands before a colon or an equals sign at the beginning of lines.
fn line_keys(text: &str) -> Vec<String> {
    let key = |line: &str| {
        let end = line.find([':', '='])?;
        let key = line.get(..end)?.trim_end();
        let is_key = !key.is_empty()
            && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        is_key.then(|| key.to_owned())
    };
    text.lines().filter_map(key).take(KEYS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline(text: &str) -> (Form, String) {
        let outline = Outline::of(&Document { path: "x", bytes: text.as_bytes() });
        (outline.form, outline.keys.join(" "))
    }

    #[test]
    fn a_glance_tells_form_and_keys() {
        for (text, form, keys) in [
            (r#"{"id": "X", "affected": [{"package": 1}]}"#, Form::JsonObject, "id affected"),
            (r#" [{"id": 1, "name": {}}, {"other": 1}]"#, Form::JsonArray, "id name other"),
            (r#"[null, "x", 1, -1, 0.5, true, [{"no": 1}], {"id": 1}]"#, Form::JsonArray, "id"),
            (r#"[{"id": 1}, {"id": 2, "b": 3}, {"#, Form::JsonArray, "id b"),
            (r#"[{"id": "#, Form::Broken, ""),
            ("[[1], 2]", Form::JsonArray, ""),
            ("[]", Form::JsonArray, ""),
            ("\u{feff}{}", Form::JsonObject, ""),
            (r#"{"id": "#, Form::Broken, ""),
            ("{id}", Form::Broken, ""),
            (
                "<?xml version='1.0'?>\n<!-- x --><updates><update from='a'><id>1</id>",
                Form::Xml,
                "updates update id",
            ),
            ("---\ngem: rails\ncve: 2024-1\n", Form::Text, "gem cve"),
            ("---\ntitle: x\n---\nText: here\n", Form::FrontMatter, "title Text"),
            ("```toml\n[advisory]\nid = \"X\"\n```\n# Title", Form::FrontMatter, "id"),
            ("Package: bash\nVersion: 1\n Indented: no\n", Form::Text, "Package Version"),
            ("", Form::Text, ""),
        ] {
            assert_eq!(outline(text), (form, keys.to_owned()), "{text}");
        }
    }

    #[test]
    fn only_the_beginning_is_looked_at() {
        let many: Vec<_> = (0..100).map(|number| format!("\"k{number}\": 1")).collect();
        // What follows is no JSON, and is not read.
        let (form, keys) = outline(&format!("{{{}, x", many.join(", ")));
        assert_eq!((form, keys.split(' ').count()), (Form::JsonObject, KEYS));
        let (form, keys) = outline(&format!("[{}{{\"id\": 1}}, x", "{},".repeat(RECORDS - 1)));
        assert_eq!((form, keys.as_str()), (Form::JsonArray, "id"));
        assert_eq!(outline(&format!("[{}{{\"id\": 1}}]", "{},".repeat(RECORDS))).1, "");
        let long = "x".repeat(3 * GLANCE_BYTES);
        let document = Document { path: "x", bytes: long.as_bytes() };
        assert_eq!(Outline::of(&document).beginning.len(), GLANCE_BYTES);
        let cut = format!("{}é", "x".repeat(GLANCE_BYTES - 1));
        let document = Document { path: "x", bytes: cut.as_bytes() };
        assert_eq!(Outline::of(&document).beginning.len(), GLANCE_BYTES - 1);
    }

    #[test]
    fn half_of_the_first_records_tell_what_all_are() {
        for (records, expected) in
            [("", false), ("a", true), ("-a", true), ("--a", false), ("---aaa", true)]
        {
            assert_eq!(are_mostly(records.chars(), |one| one == 'a'), expected, "{records}");
        }
        assert!(
            are_mostly(["a".repeat(RECORDS), "-".repeat(100)].concat().chars(), |one| one == 'a')
        );
    }

    #[test]
    fn a_folder_is_whole_parts_of_the_way() {
        let lies_in = |path, folder| Outline::of(&Document { path, bytes: b"" }).lies_in(folder);
        assert!(lies_in("x.zip!/a/b/c.json", "a/b") && lies_in("a/c.json", "a"));
        assert!(
            !lies_in("xa/b/c.json", "a/b") && !lies_in("a/bc/d", "a/b") && !lies_in("a/b", "b")
        );
    }

    #[test]
    fn the_root_of_xml_is_known_whatever_its_prefix() {
        let document = Document { path: "x", bytes: b"<o:oval_definitions xmlns:o='x'/>" };
        let outline = Outline::of(&document);
        assert!(outline.is_xml_of("oval_definitions") && !outline.is_xml_of("updates"));
    }
}
