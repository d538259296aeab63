//! Reading the assignments of a `Gem::Specification` that are written out: texts and lists of texts, each on one line.

use super::{is_name, is_version};
use crate::fields::MOST_STATEMENTS;

/// What a gemspec states. Of a field that is assigned twice the last one counts, as when it is run.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Specification {
    pub(super) name: Option<String>,
    pub(super) version: Option<String>,
    pub(super) licenses: Vec<String>,
    pub(super) authors: Vec<String>,
}

/// `# stub: NAME VERSION PLATFORM PATHS`, by which RubyGems itself knows a gem without running its specification.
const STUB: &str = "# stub: ";
/// What follows a version that is wrapped into an object.
const VERSION_OBJECTS: [&str; 2] = ["Gem::Version.new", "Gem::Version.create"];

impl Specification {
    pub(super) fn parse(text: &str) -> Self {
        let mut specification = Self::default();
        let mut stub = None;
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix(STUB) {
                let mut words = rest.split(' ');
                stub = stub.or_else(|| Some((words.next()?, words.next()?)));
            } else if let Some((field, value)) = assignment(line) {
                specification.take(field, value);
            }
        }
        specification.name.take_if(|name| !is_name(name));
        specification.version.take_if(|version| !is_version(version));
        if let Some((name, version)) =
            stub.filter(|(name, version)| is_name(name) && is_version(version))
        {
            specification.name.get_or_insert_with(|| name.to_owned());
            specification.version.get_or_insert_with(|| version.to_owned());
        }
        specification
    }

    fn take(&mut self, field: &str, value: &str) {
        match field {
            "name" => self.name = single(value),
            "version" => self.version = version(value),
            "license" => self.licenses = single(value).into_iter().collect(),
            "licenses" => self.licenses = list(value),
            "author" => self.authors = single(value).into_iter().collect(),
            "authors" => self.authors = list(value),
            _ => {}
        }
    }
}

/// The field and the value of `RECEIVER.FIELD = VALUE`.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let (receiver, rest) = line.trim_start().split_once('.')?;
    let (field, value) = rest.split_once('=')?;
    let is_word =
        |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let field = field.trim_end();
    (is_word(receiver) && is_word(field) && !value.starts_with('='))
        .then(|| (field, value.trim_start()))
}

/// A text that is the whole value; `None` where something is done to it.
fn single(value: &str) -> Option<String> {
    let (text, rest) = literal(value)?;
    is_end(rest).then_some(text)
}

fn version(value: &str) -> Option<String> {
    let inner = VERSION_OBJECTS.iter().find_map(|object| value.strip_prefix(object));
    let Some(inner) = inner else { return single(value) };
    let (text, rest) = literal(inner.trim_start().trim_start_matches('('))?;
    is_end(rest.trim_start().strip_prefix(')').unwrap_or(rest)).then_some(text)
}

/// The texts of `["a", "b"]`, as far as they are written out; a single text is a list of one.
fn list(value: &str) -> Vec<String> {
    let Some(mut rest) = value.strip_prefix('[') else {
        return single(value).into_iter().collect();
    };
    let mut texts = Vec::new();
    while let Some((text, after)) = literal(rest.trim_start())
        && texts.len() < MOST_STATEMENTS
    {
        texts.push(text);
        match after.trim_start().strip_prefix(',') {
            Some(after) => rest = after,
            None => break,
        }
    }
    texts
}

/// True for what may follow a whole value: nothing, a comment, or a condition that gemspecs make of the age of RubyGems.
fn is_end(rest: &str) -> bool {
    let rest = rest.trim_start();
    rest.is_empty() || rest.starts_with(['#', ';']) || rest.starts_with("if ")
}

/// A text at the beginning, in one of Ruby's quotes, and what follows it. Ruby's calls that give the same text are passed over.
fn literal(value: &str) -> Option<(String, &str)> {
    let (close, is_plain, inner) = if let Some(inner) = value.strip_prefix('"') {
        ('"', false, inner)
    } else if let Some(inner) = value.strip_prefix('\'') {
        ('\'', true, inner)
    } else {
        let inner = value.strip_prefix("%q")?;
        let close = match inner.chars().next()? {
            '<' => '>',
            '(' => ')',
            '{' => '}',
            '[' => ']',
            _ => return None,
        };
        (close, true, inner.get(1..)?)
    };
    let (text, mut rest) = unquoted(inner, close, is_plain)?;
    for call in [".freeze", ".dup"] {
        rest = rest.strip_prefix(call).unwrap_or(rest);
    }
    Some((text, rest))
}

/// The text up to the closing quote, and what follows it. `None` where a part of it is computed.
fn unquoted(inner: &str, close: char, is_plain: bool) -> Option<(String, &str)> {
    let mut text = String::new();
    let mut rest = inner;
    loop {
        let letter = rest.chars().next()?;
        rest = rest.get(letter.len_utf8()..)?;
        match letter {
            _ if letter == close => return Some((text, rest)),
            '\\' => {
                let (letter, after) = escaped(rest, is_plain)?;
                text.push(letter);
                rest = after;
            }
            '#' if !is_plain && rest.starts_with(['{', '$', '@']) => return None,
            _ => text.push(letter),
        }
    }
}

/// The letter that an escape stands for, and what follows the escape.
fn escaped(rest: &str, is_plain: bool) -> Option<(char, &str)> {
    let letter = rest.chars().next()?;
    let after = rest.get(letter.len_utf8()..)?;
    if is_plain || letter != 'u' {
        let meaning = match letter {
            'n' if !is_plain => '\n',
            't' if !is_plain => '\t',
            _ => letter,
        };
        return Some((meaning, after));
    }
    let (digits, after) = match after.strip_prefix('{') {
        Some(inner) => inner.split_once('}')?,
        None => after.split_at_checked(4)?,
    };
    Some((char::from_u32(u32::from_str_radix(digits, 16).ok()?)?, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_in_every_quote_and_only_where_they_are_whole() {
        for (line, expected) in [
            ("s.name = \"rack\".freeze", Some("rack")),
            ("  spec.name        = 'rack'  # the name", Some("rack")),
            ("s.name=%q{rack}", Some("rack")),
            ("gem.name = \"a\\\"b\"", None),
            ("s.name = \"rack-#{x}\"", None),
            ("s.name = \"rack\" + x", None),
            ("s.name = NAME", None),
            ("s.name == 'rack'", None),
            ("a.b.name = 'rack'", None),
            ("s.names = 'rack'", None),
            ("s.name = 'rack", None),
        ] {
            assert_eq!(Specification::parse(line).name.as_deref(), expected, "{line}");
        }
    }

    #[test]
    fn versions_are_texts_or_objects_of_a_text() {
        for (line, expected) in [
            ("s.version = \"1.0.0.rc1\"", Some("1.0.0.rc1")),
            ("s.version = Gem::Version.new(\"1.2\".freeze)", Some("1.2")),
            ("s.version = Gem::Version.new '1.2'", Some("1.2")),
            ("s.version = \"1.2\".dup if true", Some("1.2")),
            ("s.version = File.read('VERSION')", None),
            ("s.version = 'VERSION'", None),
            ("s.version = '1.0' unless x", None),
        ] {
            assert_eq!(Specification::parse(line).version.as_deref(), expected, "{line}");
        }
    }

    #[test]
    fn the_stub_says_what_the_program_computes() {
        let text = "# stub: rack 2.2.7 ruby lib\n# stub: ext/extconf.rb\ns.name = NAME\ns.version = '2.2.8'\n";
        let specification = Specification::parse(text);
        assert_eq!(specification.name.as_deref(), Some("rack"));
        assert_eq!(specification.version.as_deref(), Some("2.2.8"));
    }

    #[test]
    fn lists_are_read_as_far_as_they_are_written_out() {
        for (line, expected) in [
            ("s.licenses = [\"MIT\".freeze, 'Ruby']", vec!["MIT", "Ruby"]),
            ("s.licenses = ['MIT', other]", vec!["MIT"]),
            ("s.licenses = 'MIT'", vec!["MIT"]),
            ("s.license = %q<BSD-2-Clause>", vec!["BSD-2-Clause"]),
            ("s.licenses = []", vec![]),
        ] {
            assert_eq!(Specification::parse(line).licenses, expected, "{line}");
        }
        let authors =
            Specification::parse("s.authors = [\"Andr\\u00E9\", \"\\u{10FFFFF}\"]").authors;
        assert_eq!(authors, ["André"]);
    }
}
