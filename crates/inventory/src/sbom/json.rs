//! JSON of unknown make: members of an array one by one, so that one of a wrong type does not lose the others.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{DeserializeSeed, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// The text that a value is; `None` for any other type.
pub(super) fn text(raw: &RawValue) -> Option<String> {
    serde_json::from_str(raw.get()).ok()
}

/// The members of an array, at most so many, and whether there are more. Not an array: none.
pub(super) fn members(raw: Option<&RawValue>, most: usize) -> (Vec<&RawValue>, bool) {
    struct Members<'a>(usize, PhantomData<&'a ()>);

    impl<'de> DeserializeSeed<'de> for Members<'de> {
        type Value = (Vec<&'de RawValue>, bool);

        fn deserialize<D: serde::Deserializer<'de>>(
            self,
            input: D,
        ) -> Result<Self::Value, D::Error> {
            input.deserialize_seq(self)
        }
    }

    impl<'de> Visitor<'de> for Members<'de> {
        type Value = (Vec<&'de RawValue>, bool);

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an array")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Value, A::Error> {
            let mut members = Vec::new();
            while members.len() < self.0 {
                match array.next_element()? {
                    Some(member) => members.push(member),
                    None => return Ok((members, false)),
                }
            }
            let mut has_more = false;
            while array.next_element::<IgnoredAny>()?.is_some() {
                has_more = true;
            }
            Ok((members, has_more))
        }
    }

    let Some(raw) = raw else { return (Vec::new(), false) };
    let mut input = serde_json::Deserializer::from_str(raw.get());
    Members(most, PhantomData).deserialize(&mut input).unwrap_or_default()
}

/// A text, or nothing where the value is of another type: a field that matters little must not lose the entry.
pub(super) fn lenient<'de, D: serde::Deserializer<'de>>(
    input: D,
) -> Result<Option<Cow<'de, str>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Value<'a> {
        Text(#[serde(borrow)] Cow<'a, str>),
        Other(IgnoredAny),
    }
    Ok(match Value::deserialize(input)? {
        Value::Text(text) => Some(text),
        Value::Other(_) => None,
    })
}
