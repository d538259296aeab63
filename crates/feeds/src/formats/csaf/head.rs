//! A glance at a document's own part: whose it is, and what it is about.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use crate::document::{Form, Outline};

/// Whose a document is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    version: String,
    /// The publisher's namespace, such as `https://www.redhat.com`.
    namespace: String,
    pub(super) id: String,
}

impl Head {
    /// `None` where the document is no CSAF. What lies beyond the glance is empty, and the file's name stands for the id.
    pub(super) fn of(outline: &Outline<'_>) -> Option<Self> {
        if outline.form != Form::JsonObject || !outline.has(&["document"]) {
            return None;
        }
        let mut head = Self::default();
        let mut deserializer = serde_json::Deserializer::from_str(outline.beginning);
        // The text ends somewhere: what was read until then is the glance.
        let _ = deserializer.deserialize_map(Outer(&mut head));
        if head.id.is_empty() {
            let name = outline.path.rsplit('/').next().unwrap_or(outline.path);
            name.split('.').next().unwrap_or(name).clone_into(&mut head.id);
        }
        (!head.version.is_empty()).then_some(head)
    }

    /// True for a publisher of that domain. One whose name lies beyond the glance is known by what the text before it mentions.
    pub(super) fn is_of(&self, domain: &str, outline: &Outline<'_>) -> bool {
        if self.namespace.is_empty() {
            return outline.beginning.contains(domain);
        }
        is_within(&self.namespace, domain)
    }
}

/// True for an address of that domain.
pub(super) fn is_within(namespace: &str, domain: &str) -> bool {
    let host = namespace.split("://").nth(1).unwrap_or(namespace);
    let host = host.split(['/', ':']).next().unwrap_or(host);
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Publisher {
    namespace: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Tracking {
    id: String,
}

/// The document: the value of its first key that matters, and no further.
struct Outer<'h>(&'h mut Head);

impl<'de> Visitor<'de> for Outer<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a CSAF document")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            if key == "document" {
                map.next_value_seed(Inner(self.0))?;
                return Err(A::Error::custom("enough"));
            }
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }
}

/// What the document says of itself.
struct Inner<'h>(&'h mut Head);

impl<'de> DeserializeSeed<'de> for Inner<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Inner<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("what a CSAF document says of itself")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "csaf_version" => self.0.version = map.next_value()?,
                "publisher" => self.0.namespace = map.next_value::<Publisher>()?.namespace,
                "tracking" => self.0.id = map.next_value::<Tracking>()?.id,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;

    fn head(path: &str, text: &str) -> Option<(String, bool)> {
        let outline = Outline::of(&Document { path, bytes: text.as_bytes() });
        let head = Head::of(&outline)?;
        let is_of = head.is_of("redhat.com", &outline);
        Some((head.id, is_of))
    }

    #[test]
    fn publisher_and_id_are_seen() {
        let document = |namespace: &str| {
            format!(
                r#"{{"document": {{"csaf_version": "2.0", "publisher": {{"namespace": "{namespace}"}},
                "tracking": {{"id": "CVE-2024-1", "version": "1"}}}}, "vulnerabilities": []}}"#
            )
        };
        for (namespace, is_of) in [
            ("https://www.redhat.com", true),
            ("https://redhat.com/", true),
            ("https://notredhat.com", false),
            ("https://psirt.example.com/redhat.com", false),
        ] {
            let expected = Some(("CVE-2024-1".to_owned(), is_of));
            assert_eq!(head("x.json", &document(namespace)), expected, "{namespace}");
        }
        assert_eq!(head("x.json", r#"{"document": {"title": "no CSAF"}}"#), None);
        assert_eq!(head("x.json", r#"{"document": 5}"#), None);
        assert_eq!(head("x.json", r#"{"csaf_version": "2.0"}"#), None);
    }

    #[test]
    fn what_lies_beyond_the_glance_is_told_by_the_files_name() {
        let notes = "x".repeat(100_000);
        let text = format!(
            r#"{{"document": {{"aggregate_severity": {{"namespace": "https://access.redhat.com/"}}, "csaf_version": "2.0",
            "notes": [{{"text": "{notes}"}}], "tracking": {{"id": "RHSA-2024:1"}}}}}}"#
        );
        let expected = Some(("rhsa-2024_1".to_owned(), true));
        assert_eq!(head("2024/rhsa-2024_1.json", &text), expected);
    }
}
