//! Reading a `package.json`: the few fields that matter, in any of the types that packages give them.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

const LONGEST_LICENSE: usize = 512;
/// Licence statements that are kept of one package.
const MOST_LICENSES: usize = 32;

/// The fields that matter here. Of a key that stands twice the last counts, as in JavaScript.
#[derive(Debug, Default)]
pub(super) struct Manifest {
    pub(super) name: Option<String>,
    pub(super) version: Option<String>,
    pub(super) licenses: Vec<String>,
    /// The author's name.
    pub(super) author: Option<String>,
    /// True for what is never published.
    pub(super) is_private: bool,
}

impl<'de> Deserialize<'de> for Manifest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Manifest;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Manifest, A::Error> {
                let mut manifest = Manifest::default();
                let (mut license, mut licenses) = (Vec::new(), Vec::new());
                while let Some(key) = map.next_key::<Cow<'de, str>>()? {
                    match &*key {
                        "name" => manifest.name = map.next_value::<Loose>()?.text(),
                        "version" => manifest.version = map.next_value::<Loose>()?.text(),
                        "license" => license = map.next_value::<Loose>()?.statements(),
                        "private" => {
                            let value = map.next_value::<serde_json::Value>()?;
                            manifest.is_private = value == serde_json::Value::Bool(true);
                        }
                        "author" => manifest.author = map.next_value::<Loose>()?.person(),
                        "licenses" => licenses = map.next_value::<Loose>()?.statements(),
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                for statement in license.into_iter().chain(licenses) {
                    if !manifest.licenses.contains(&statement) {
                        manifest.licenses.push(statement);
                    }
                }
                Ok(manifest)
            }
        }

        deserializer.deserialize_map(Fields)
    }
}

/// A value of any type, of which only texts are kept: a licence is a string, an object with a `type`, or an array of either.
enum Loose {
    Text(String),
    /// The texts of an array's members or of an object.
    Texts(Vec<String>),
    Nothing,
}

impl Loose {
    fn text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            Self::Texts(_) | Self::Nothing => None,
        }
    }

    fn texts(self) -> Vec<String> {
        match self {
            Self::Text(text) => vec![text],
            Self::Texts(texts) => texts,
            Self::Nothing => Vec::new(),
        }
    }

    /// The name in `NAME <MAIL> (ADDRESS)`, which may be an object that says it in fields.
    fn person(self) -> Option<String> {
        let text = self.texts().into_iter().next()?;
        let name = text.split(['<', '(']).next()?;
        crate::fields::field(name).map(str::to_owned)
    }

    fn statements(self) -> Vec<String> {
        let mut statements = self.texts();
        statements.retain(|text| {
            !text.is_empty() && text.len() <= LONGEST_LICENSE && !text.contains(char::is_control)
        });
        statements
    }
}

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Loose;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }

            fn visit_str<E>(self, text: &str) -> Result<Loose, E> {
                Ok(Loose::Text(text.to_owned()))
            }

            fn visit_bool<E>(self, _: bool) -> Result<Loose, E> {
                Ok(Loose::Nothing)
            }

            fn visit_i64<E>(self, _: i64) -> Result<Loose, E> {
                Ok(Loose::Nothing)
            }

            fn visit_u64<E>(self, _: u64) -> Result<Loose, E> {
                Ok(Loose::Nothing)
            }

            fn visit_f64<E>(self, _: f64) -> Result<Loose, E> {
                Ok(Loose::Nothing)
            }

            fn visit_unit<E>(self) -> Result<Loose, E> {
                Ok(Loose::Nothing)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut members: A) -> Result<Loose, A::Error> {
                let mut texts = Vec::new();
                while let Some(member) = members.next_element::<Loose>()? {
                    texts.extend(member.texts());
                    texts.truncate(MOST_LICENSES);
                }
                Ok(Loose::Texts(texts))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Loose, A::Error> {
                let (mut kind, mut name) = (None, None);
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "type" => kind = map.next_value::<Loose>()?.text(),
                        "name" => name = map.next_value::<Loose>()?.text(),
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(Loose::Texts(kind.or(name).into_iter().collect()))
            }
        }

        deserializer.deserialize_any(Any)
    }
}
