//! Lists in which one element that is not as it should be costs no other.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// An element, or something else that stands in its place.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Element<T> {
    Read(T),
    Other(IgnoredAny),
}

/// A list; what some generators write instead of an empty one (`{}`, `null`) is empty.
pub(crate) struct List<T>(Vec<Element<T>>);

impl<T> List<T> {
    /// The elements, `None` for each that could not be read.
    pub(crate) fn elements(self) -> impl Iterator<Item = Option<T>> {
        self.0.into_iter().map(|element| match element {
            Element::Read(value) => Some(value),
            Element::Other(_) => None,
        })
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> From<Vec<T>> for List<T> {
    fn from(elements: Vec<T>) -> Self {
        Self(elements.into_iter().map(Element::Read).collect())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListVisitor(PhantomData))
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
    type Value = List<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<List<T>, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = list.next_element()? {
            elements.push(element);
        }
        Ok(List(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<List<T>, A::Error> {
        match map.next_key::<IgnoredAny>()? {
            Some(_) => Err(serde::de::Error::custom("an object where a list should be")),
            None => Ok(List::default()),
        }
    }

    fn visit_unit<E>(self) -> Result<List<T>, E> {
        Ok(List::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_element_costs_no_other() {
        for (text, elements) in [
            (r#"["a", 1, {"b": []}, "c"]"#, vec![Some("a"), None, None, Some("c")]),
            ("[]", vec![]),
            ("{}", vec![]),
            ("null", vec![]),
        ] {
            let list: List<String> = serde_json::from_str(text).unwrap();
            let elements: Vec<_> = elements.into_iter().map(|one| one.map(str::to_owned)).collect();
            assert_eq!(list.elements().collect::<Vec<_>>(), elements, "{text}");
        }
        for text in [r#"{"a": 1}"#, "1", r#""a""#] {
            assert!(serde_json::from_str::<List<String>>(text).is_err(), "{text}");
        }
    }
}
