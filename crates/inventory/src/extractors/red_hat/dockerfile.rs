//! The labels that a Dockerfile gives (Dockerfile reference: `LABEL`, `ENV`, `ARG`, "Environment replacement").

use std::collections::BTreeMap;

/// Bytes of one name or value: longer ones are none of a label that matters. Without a bound, variables that repeat one another
/// would grow without end.
const MOST_VALUE_BYTES: usize = 4 << 10;

/// The labels with their variables replaced, as far as the file sets them.
pub(super) fn labels(text: &str) -> BTreeMap<String, String> {
    let mut variables = BTreeMap::new();
    let mut labels = BTreeMap::new();
    for instruction in instructions(text) {
        let (keyword, rest) = instruction
            .split_once(|character: char| character.is_ascii_whitespace())
            .unwrap_or((&instruction, ""));
        // Every name and value of an instruction sees the variables from before it.
        match keyword.to_ascii_uppercase().as_str() {
            "LABEL" => labels.extend(pairs(rest, &variables)),
            "ENV" | "ARG" => {
                let set = pairs(rest, &variables);
                variables.extend(set);
            }
            _ => {}
        }
    }
    labels
}

/// The instructions, each on one line: a line that ends with a backslash goes on with the next that is no comment.
fn instructions(text: &str) -> Vec<String> {
    let mut instructions = Vec::new();
    let mut current = String::new();
    for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
        let line = line.trim_end();
        match line.strip_suffix('\\') {
            Some(part) => {
                current.push_str(part);
                current.push(' ');
            }
            None => {
                current.push_str(line);
                instructions.push(std::mem::take(&mut current).trim().to_owned());
            }
        }
    }
    instructions.push(current.trim().to_owned());
    instructions
}

/// `name=value …`, or the older `name value`.
fn pairs(text: &str, variables: &BTreeMap<String, String>) -> Vec<(String, String)> {
    let words = words(text, variables);
    let is_old = words.first().is_some_and(|word| !word.contains('='));
    if is_old {
        let mut words = words.into_iter();
        let name = words.next().unwrap_or_default();
        return vec![(name, words.collect::<Vec<_>>().join(" "))];
    }
    let split = |word: String| {
        word.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    words.into_iter().filter_map(split).collect()
}

/// The words of an instruction, without quotes, and with variables replaced outside single quotes.
fn words(text: &str, variables: &BTreeMap<String, String>) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        rest = rest.get(character.len_utf8()..).unwrap_or_default();
        match (quote, character) {
            (None, space) if space.is_ascii_whitespace() => words.extend(word.take()),
            (None, '"' | '\'') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (Some(open), _) if open == character => quote = None,
            (None | Some('"'), '\\') => {
                let escaped = rest.chars().next();
                rest = rest.get(escaped.map_or(0, char::len_utf8)..).unwrap_or_default();
                push(&mut word, escaped.unwrap_or('\\').encode_utf8(&mut [0; 4]));
            }
            (None | Some('"'), '$') => {
                let (value, after) = variable(rest, variables);
                push(&mut word, value);
                rest = after;
            }
            _ => push(&mut word, character.encode_utf8(&mut [0; 4])),
        }
    }
    words.extend(word);
    words
}

fn push(word: &mut Option<String>, text: &str) {
    let word = word.get_or_insert_default();
    if word.len() + text.len() <= MOST_VALUE_BYTES {
        word.push_str(text);
    }
}

/// The value of `NAME`, `{NAME}` or `{NAME:-default}`, and what follows it. One that is not set is empty.
fn variable<'a>(text: &'a str, variables: &'a BTreeMap<String, String>) -> (&'a str, &'a str) {
    let (name, default, rest) = match text.strip_prefix('{').and_then(|rest| rest.split_once('}')) {
        Some((inside, rest)) => {
            let (name, default) = inside.split_once(":-").unwrap_or((inside, ""));
            (name, default, rest)
        }
        None => {
            let is_name = |character: char| character.is_ascii_alphanumeric() || character == '_';
            let end = text.find(|character| !is_name(character)).unwrap_or(text.len());
            let (name, rest) = text.split_at_checked(end).unwrap_or((text, ""));
            (name, "", rest)
        }
    };
    let value = variables.get(name).map(String::as_str).filter(|value| !value.is_empty());
    (value.unwrap_or(default), rest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn labels_are_read_in_every_way_of_writing_them() {
        for (text, expected) in [
            ("LABEL a=b", "b"),
            ("label a=\"b c\" x=y", "b c"),
            ("LABEL x=y \\\n# a comment\n  a='b $c' \\\n  z=1", "b $c"),
            ("LABEL a b c", "b c"),
            ("ENV P=rh\nLABEL a=\"${P}-pkg\"", "rh-pkg"),
            ("ARG P=1\nENV Q=$P.2\nLABEL a=$Q-x", "1.2-x"),
            ("LABEL a=${P:-none}", "none"),
            ("LABEL a=\\$P\\ q", "$P q"),
            ("ENV a=1 b=$a\nLABEL a=x$b", "x"),
            ("LABEL a=1\nRUN LABEL a=2\nLABEL a=3", "3"),
            ("LABEL a=\"open", "open"),
            ("LABEL a=$", ""),
        ] {
            assert_eq!(labels(text).get("a").map(String::as_str), Some(expected), "{text}");
        }
        assert!(labels("FROM x\nRUN a=b\n").is_empty());
    }

    #[test]
    fn variables_that_double_one_another_stay_small() {
        let text = format!("ENV A=aaaaaaaa\n{}LABEL a=$A", "ENV A=$A$A\n".repeat(100));
        assert!(labels(&text)["a"].len() <= MOST_VALUE_BYTES);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "((LABEL|ENV|ARG) |[a-z]=|\\$\\{?|:-|[\"'\\\\}#]|\\PC{0,5}|\n){0,30}") {
            labels(&text);
        }
    }
}
