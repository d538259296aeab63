//! JSON that is safe to look at: what a terminal would obey stands as `\uXXXX`, which means the same to every reader of JSON.

use std::io::{self, Write};

use plimsoll_core::is_hostile;
use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{Formatter, PrettyFormatter};

/// Writes a value with indentation.
pub fn write_json(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(out, Safe(PrettyFormatter::new()));
    Ok(value.serialize(&mut serializer)?)
}

/// The pretty form but for its strings.
struct Safe(PrettyFormatter<'static>);

/// Passes a call on.
macro_rules! as_pretty {
    ($($name:ident($($flag:ident)?)),*) => {
        $(fn $name<W: ?Sized + Write>(&mut self, out: &mut W $(, $flag: bool)?) -> io::Result<()> {
            self.0.$name(out $(, $flag)?)
        })*
    };
}

impl Formatter for Safe {
    as_pretty!(
        begin_array(),
        end_array(),
        begin_array_value(is_first),
        end_array_value(),
        begin_object(),
        end_object(),
        begin_object_key(is_first),
        begin_object_value(),
        end_object_value()
    );

    /// What JSON itself escapes, the control characters of ASCII, never comes here.
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((at, character)) = rest.char_indices().find(|(_, found)| is_hostile(*found))
        {
            let (before, after) = rest.split_at(at);
            out.write_all(before.as_bytes())?;
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = after.get(character.len_utf8()..).unwrap_or_default();
        }
        out.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_finds_nothing_to_obey_in_json() {
        let value = serde_json::json!({"na\u{9b}me": ["a\u{9b}31mb", "\u{202e}x", "\u{e0041}", "ü\u{1b}", "日本"], "b": []});
        let mut out = Vec::new();
        write_json(&mut out, &value).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(
            !text.chars().any(|character| character != '\n' && is_hostile(character)),
            "{text}"
        );
        assert!(text.contains("\\udb40\\udc41") && text.contains('ü'), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
        let plain = serde_json::json!({"a": [1, {"b": null}], "c": {}});
        let mut out = Vec::new();
        write_json(&mut out, &plain).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), serde_json::to_string_pretty(&plain).unwrap());
    }
}
