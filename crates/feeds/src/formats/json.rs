//! JSON as feeds write it: texts that borrow from the document, and parts whose shape must cost no other.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::document::Document;
use crate::import::{Import, NotOfThisFeed};
use crate::tally::Tally;

const NOT_A_RECORD: &str = "not a record of its feed";

/// A string that borrows from the document where it holds no escapes; inside of a list, a map or an option too, where a plain
/// [`Cow`] is always copied.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(transparent)]
pub(crate) struct Text<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

impl Text<'_> {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// The text, empty where there is none.
pub(crate) fn text<'t>(text: Option<&'t Text<'_>>) -> &'t str {
    text.map_or("", Text::as_str)
}

/// Reads what only some sources write; nothing where it is of another shape.
pub(crate) fn lenient<'a, T: Deserialize<'a> + Default>(raw: Option<&'a RawValue>) -> T {
    raw.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default()
}

/// Reads an element of a document, which costs no other where it cannot be read: it is rejected for that reason.
pub(crate) fn element<'a, T: Deserialize<'a>>(
    raw: &'a RawValue,
    reason: &'static str,
    tally: &mut Tally,
) -> Option<T> {
    let element = serde_json::from_str(raw.get()).ok();
    if element.is_none() {
        tally.reject(reason);
    }
    element
}

/// Gives each of these records that can be read.
pub(crate) fn each_record<'a, T: Deserialize<'a>>(
    records: impl IntoIterator<Item = &'a RawValue>,
    import: &mut Import<'_>,
    take: impl Fn(T, &mut Import<'_>),
) {
    for record in records {
        if let Some(record) = record_of(record, &mut import.tally) {
            take(record, import);
        }
    }
}

/// A record among others.
pub(crate) fn record_of<'a, T: Deserialize<'a>>(raw: &'a RawValue, tally: &mut Tally) -> Option<T> {
    element(raw, NOT_A_RECORD, tally)
}

/// Gives each record of a document that is one, or an array of them.
pub(crate) fn import_records<'a, T: Deserialize<'a>>(
    document: &Document<'a>,
    import: &mut Import<'_>,
    take: impl Fn(T, &mut Import<'_>),
) -> Result<(), NotOfThisFeed> {
    let text = document.text().ok_or(NotOfThisFeed)?;
    if text.trim_start().starts_with('[') {
        let records = serde_json::from_str::<Vec<&RawValue>>(text).map_err(|_| NotOfThisFeed)?;
        each_record(records, import, take);
    } else {
        take(serde_json::from_str(text).map_err(|_| NotOfThisFeed)?, import);
    }
    Ok(())
}

/// A list; what some generators write instead of an empty one (`{}`, `null`) is empty.
pub(crate) struct List<E>(pub(crate) Vec<E>);

impl<E> Default for List<E> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, E: Deserialize<'de>> Deserialize<'de> for List<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListVisitor(PhantomData))
    }
}

struct ListVisitor<E>(PhantomData<E>);

impl<'de, E: Deserialize<'de>> Visitor<'de> for ListVisitor<E> {
    type Value = List<E>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<List<E>, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = list.next_element()? {
            elements.push(element);
        }
        Ok(List(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<List<E>, A::Error> {
        match map.next_key::<IgnoredAny>()? {
            Some(_) => Err(serde::de::Error::custom("an object where a list should be")),
            None => Ok(List::default()),
        }
    }

    fn visit_unit<Error>(self) -> Result<List<E>, Error> {
        Ok(List::default())
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::options::BuildOptions;

    #[test]
    fn one_record_costs_no_other() {
        for (text, sum, rejected) in [("1", Some(1), 0), ("[1, {}, 2]", Some(3), 1), ("{", None, 0)]
        {
            let options = BuildOptions::default();
            let mut into = Import::new(&options);
            let read = Cell::new(0);
            let document = Document { path: "x", bytes: text.as_bytes() };
            let take = |number: u32, _: &mut Import<'_>| read.set(read.get() + number);
            let outcome = import_records(&document, &mut into, take);
            assert_eq!(outcome.is_ok().then(|| read.get()), sum, "{text}");
            assert_eq!(into.tally.rejected.values().sum::<u64>(), rejected, "{text}");
        }
    }

    #[test]
    fn one_element_costs_no_other() {
        for (text, elements) in [
            (r#"["a", 1, {"b": []}, "c"]"#, vec![Some("a"), None, None, Some("c")]),
            ("[]", vec![]),
            ("{}", vec![]),
            ("null", vec![]),
        ] {
            let List(list) = serde_json::from_str::<List<&RawValue>>(text).unwrap();
            let mut tally = Tally::default();
            let read: Vec<_> = list.into_iter().map(|raw| element(raw, "no", &mut tally)).collect();
            let lost = elements.iter().filter(|one| one.is_none()).count() as u64;
            assert_eq!(read, elements, "{text}");
            assert_eq!(tally.rejected.values().sum::<u64>(), lost, "{text}");
        }
        for text in [r#"{"a": 1}"#, "1", r#""a""#] {
            assert!(serde_json::from_str::<List<&RawValue>>(text).is_err(), "{text}");
        }
    }
}
