//! As much of Erlang's terms as it takes to find texts in them: the files that `file:consult` reads (Erlang Reference Manual, "Data
//! Types").

/// A tuple's texts that are kept, and the characters of one of them.
const MOST_TEXTS: usize = 64;
const LONGEST_TEXT: usize = 4096;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token<'a> {
    /// An atom, a number or a variable.
    Word(&'a str),
    /// A string, or what stands in a binary.
    Text(String),
    Mark(char),
}

/// A tuple whose first element is a name: `{vsn,"1.0"}`, `{<<"version">>,<<"1.0">>}`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Property {
    pub(super) key: String,
    /// The texts in the rest of the tuple, at any depth.
    pub(super) texts: Vec<String>,
    /// The first word after the name: the application of `{application,kernel,…}`.
    pub(super) word: Option<String>,
}

/// The tuples that stand in so many others, tuples and lists counted: 0 for those at the top.
pub(super) fn properties(terms: &str, depth: usize) -> Properties<'_> {
    Properties { tokens: Tokens { rest: terms, is_whole: true }, wanted: depth, depth: 0 }
}

pub(super) struct Properties<'a> {
    tokens: Tokens<'a>,
    wanted: usize,
    depth: usize,
}

impl Properties<'_> {
    /// False where the terms end inside a text, or inside of what they opened.
    pub(super) fn is_whole(&self) -> bool {
        self.tokens.is_whole && self.depth == 0
    }

    /// The tuple whose brace was just read.
    fn tuple(&mut self) -> Property {
        let mut property = Property::default();
        let mut is_first = true;
        while self.depth > self.wanted
            && let Some(token) = self.tokens.next()
        {
            match token {
                // A binary's opening marks.
                Token::Mark('<') if is_first => continue,
                Token::Mark(mark) => self.mark(mark),
                Token::Word(word) if is_first => property.key = word.to_owned(),
                Token::Text(text) if is_first => property.key = text,
                Token::Word(word) => {
                    property.word.get_or_insert_with(|| word.to_owned());
                }
                Token::Text(text) if property.texts.len() < MOST_TEXTS => property.texts.push(text),
                Token::Text(_) => {}
            }
            is_first = false;
        }
        property
    }

    fn mark(&mut self, mark: char) {
        match mark {
            '{' | '[' | '(' => self.depth = self.depth.saturating_add(1),
            '}' | ']' | ')' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
    }
}

impl Iterator for Properties<'_> {
    type Item = Property;

    fn next(&mut self) -> Option<Property> {
        loop {
            if let Token::Mark(mark) = self.tokens.next()? {
                self.mark(mark);
                if mark == '{' && self.depth == self.wanted + 1 {
                    return Some(self.tuple());
                }
            }
        }
    }
}

struct Tokens<'a> {
    rest: &'a str,
    is_whole: bool,
}

impl<'a> Tokens<'a> {
    fn next(&mut self) -> Option<Token<'a>> {
        self.rest = self.rest.trim_start();
        while let Some(comment) = self.rest.strip_prefix('%') {
            self.rest = comment.split_once('\n').map_or("", |(_, rest)| rest.trim_start());
        }
        let first = self.rest.chars().next()?;
        if first.is_alphanumeric() || first == '_' {
            let is_part = |part: char| part.is_alphanumeric() || "_@".contains(part);
            let end = self.rest.find(|part| !is_part(part)).unwrap_or(self.rest.len());
            return Some(Token::Word(self.take(end)));
        }
        self.take(first.len_utf8());
        Some(match first {
            '"' => Token::Text(self.quoted('"')),
            // A quoted atom has no escapes in practice.
            '\'' => {
                let length = self.rest.find('\'');
                self.is_whole &= length.is_some();
                let atom = self.take(length.unwrap_or(self.rest.len()));
                self.take(usize::from(length.is_some()));
                Token::Word(atom)
            }
            // A character such as `$"` opens no text.
            '$' => {
                let mut characters = self.rest.chars();
                let mut length = characters.next().map_or(0, char::len_utf8);
                if self.rest.starts_with('\\') {
                    length += characters.next().map_or(0, char::len_utf8);
                }
                Token::Word(self.take(length))
            }
            mark => Token::Mark(mark),
        })
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    fn quoted(&mut self, quote: char) -> String {
        let mut text = String::new();
        let mut is_escaped = false;
        for (at, character) in self.rest.char_indices() {
            if character == quote && !is_escaped {
                self.take(at + character.len_utf8());
                return text;
            }
            is_escaped = character == '\\' && !is_escaped;
            if !is_escaped && text.len() < LONGEST_TEXT {
                text.push(character);
            }
        }
        self.is_whole = false;
        self.rest = "";
        text
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(terms: &str, depth: usize, key: &str) -> Option<Vec<String>> {
        properties(terms, depth).find(|property| property.key == key).map(|found| found.texts)
    }

    #[test]
    fn tuples_are_found_at_their_depth() {
        let terms = r#"%% {vsn,"0"}
            {application,'my app',[{description,"a \"quoted\" {vsn,\"2\"}"},{env,[{vsn,"3"},{c,$"}]},
              {vsn,"1.0"},{licenses,["MIT","ISC"]}]}."#;
        assert_eq!(texts(terms, 2, "vsn"), Some(vec!["1.0".into()]));
        assert_eq!(texts(terms, 2, "licenses"), Some(vec!["MIT".into(), "ISC".into()]));
        assert_eq!(texts(terms, 2, "description"), Some(vec![r#"a "quoted" {vsn,"2"}"#.into()]));
        assert_eq!(texts(terms, 4, "vsn"), Some(vec!["3".into()]));
        let mut top = properties(terms, 0);
        let application = top.next().unwrap();
        assert_eq!(
            (application.key.as_str(), application.word.as_deref()),
            ("application", Some("my app"))
        );
        assert!(top.next().is_none() && top.is_whole());
    }

    #[test]
    fn binaries_are_texts() {
        let terms =
            r#"{<<"name">>,<<"phoenix">>}. {<<"links">>,[{<<"GitHub">>,<<"https://x"/utf8>>}]}."#;
        assert_eq!(texts(terms, 0, "name"), Some(vec!["phoenix".into()]));
        assert_eq!(texts(terms, 0, "links"), Some(vec!["GitHub".into(), "https://x".into()]));
    }

    #[test]
    fn terms_that_were_cut_off_are_noticed() {
        for terms in ["{a,\"b", "{a,[b", "{a,'b", "{a"] {
            let mut properties = properties(terms, 0);
            while properties.next().is_some() {}
            assert!(!properties.is_whole(), "{terms}");
        }
    }

    proptest! {
        #[test]
        fn any_terms_end(terms in r#"(\{|\}|\[|\]|"|'|\$|\\|%|\n|a|vsn|,|<<|>>|é){0,40}"#, depth in 0..4_usize) {
            let mut properties = properties(&terms, depth);
            prop_assert!(properties.by_ref().count() <= terms.len());
            properties.is_whole();
        }
    }
}
