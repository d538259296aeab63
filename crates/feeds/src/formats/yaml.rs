//! YAML within bounds: an alias repeats what it names, and aliases of aliases would grow without end.

use std::cell::Cell;
use std::fmt;

use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor,
};

/// What a document may hold for each of its bytes. Without an alias it holds no more than its bytes, and a little for escapes.
const GROWTH: usize = 4;

/// Reads one YAML document; `None` where it is none, is of another shape, or grows by aliases beyond its own size.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Option<T> {
    let left = Cell::new(text.len().saturating_mul(GROWTH));
    Bounded(&left).deserialize(yaml_serde::Deserializer::from_str(text)).ok()?;
    yaml_serde::from_str(text).ok()
}

/// Walks over everything, as long as there is something left.
struct Bounded<'a>(&'a Cell<usize>);

impl Bounded<'_> {
    fn take<E: Error>(&self, count: usize) -> Result<(), E> {
        let left = self.0.get().checked_sub(count).ok_or_else(|| E::custom("too large"))?;
        self.0.set(left);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Bounded<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Bounded<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything without a tag")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        self.take(1)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        self.take(1)
    }

    fn visit_i128<E: Error>(self, _: i128) -> Result<(), E> {
        self.take(1)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        self.take(1)
    }

    fn visit_u128<E: Error>(self, _: u128) -> Result<(), E> {
        self.take(1)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        self.take(1)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.take(text.len().max(1))
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        self.take(1)?;
        while list.next_element_seed(Bounded(self.0))?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.take(1)?;
        while map.next_key_seed(Bounded(self.0))?.is_some() {
            map.next_value_seed(Bounded(self.0))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn numbers_are_read_as_they_are_written() {
        let read: BTreeMap<String, String> = read("a: 1.10\nb: 'x'\nc: 2019-01-02\n").unwrap();
        assert_eq!(read.into_values().collect::<Vec<_>>(), ["1.10", "x", "2019-01-02"]);
    }

    #[test]
    fn one_alias_is_followed() {
        let read: BTreeMap<String, Vec<String>> = read("a: &a [one, two]\nb: *a\n").unwrap();
        assert_eq!(read["a"], read["b"]);
    }

    #[test]
    fn aliases_of_aliases_end_in_nothing() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..9 {
            let below = format!("*a{}", level - 1);
            let list = [below.as_str(); 10].join(", ");
            bomb.push_str(&format!("a{level}: &a{level} [{list}]\n"));
        }
        assert_eq!(read::<serde_json::Value>(&bomb), None);
        // No nesting, but the square of its size.
        let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(50_000), "*a,".repeat(50_000));
        assert_eq!(read::<serde_json::Value>(&long), None);
    }

    #[test]
    fn what_is_no_single_document_is_none() {
        for text in ["a: [", "a: 1\n---\nb: 2\n", &"[".repeat(10_000), "a: !tag {b: c}"] {
            assert_eq!(read::<serde_json::Value>(text), None, "{}", text.len());
        }
    }
}
