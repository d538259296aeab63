//! As much of Lua as it takes to find a text in a table: the lexical rules of the Lua manual, section 3.1.

/// What a rockspec's `description` says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct About<'a> {
    pub(super) license: Option<&'a str>,
    /// False where the program ends inside a text or a comment.
    pub(super) is_whole: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'a> {
    Name(&'a str),
    /// The text between its marks, escapes as they stand.
    Text(&'a str),
    Mark(char),
}

/// Finds `description = { license = "…" }`.
pub(super) fn about(program: &str) -> About<'_> {
    let mut tokens = Tokens { rest: program, is_whole: true };
    let mut about = About::default();
    let mut depth = 0_u64;
    let mut is_description = false;
    // The two tokens before.
    let (mut name, mut mark) = (None, None);
    while let Some(token) = tokens.next() {
        match token {
            Token::Mark('{') => {
                is_description |= depth == 0 && mark == Some('=') && name == Some("description");
                depth += 1;
            }
            Token::Mark('}') => {
                depth = depth.saturating_sub(1);
                is_description &= depth > 0;
            }
            Token::Text(text)
                if is_description && depth == 1 && mark == Some('=') && name == Some("license") =>
            {
                about.license = Some(text);
            }
            _ => {}
        }
        (name, mark) = match token {
            Token::Name(word) => (Some(word), None),
            Token::Mark('=') if mark.is_none() => (name, Some('=')),
            _ => (None, None),
        };
    }
    about.is_whole = tokens.is_whole;
    about
}

struct Tokens<'a> {
    rest: &'a str,
    is_whole: bool,
}

impl<'a> Tokens<'a> {
    /// Takes what stands before the end mark, and the mark; all that is left where there is none.
    fn until(&mut self, end: &str) -> &'a str {
        match self.rest.split_once(end) {
            Some((text, rest)) => {
                self.rest = rest;
                text
            }
            None => {
                self.is_whole = false;
                std::mem::take(&mut self.rest)
            }
        }
    }

    /// A long text or comment, `[[…]]` or `[==[…]==]`, where one begins here.
    fn long(&mut self) -> Option<&'a str> {
        let inside = self.rest.strip_prefix('[')?;
        let level = inside.bytes().take_while(|&byte| byte == b'=').count();
        self.rest = inside.get(level..)?.strip_prefix('[')?;
        Some(self.until(&format!("]{}]", "=".repeat(level))))
    }

    fn skip_blanks_and_comments(&mut self) {
        loop {
            self.rest = self.rest.trim_start();
            let Some(comment) = self.rest.strip_prefix("--") else { return };
            self.rest = comment;
            if self.long().is_none() {
                self.rest = comment.split_once('\n').map_or("", |(_, rest)| rest);
            }
        }
    }

    fn quoted(&mut self, quote: char) -> &'a str {
        let mut is_escaped = false;
        for (at, character) in self.rest.char_indices() {
            match character {
                _ if is_escaped => is_escaped = false,
                '\\' => is_escaped = true,
                _ if character == quote => {
                    let (text, rest) = self.rest.split_at(at);
                    self.rest = rest.get(1..).unwrap_or_default();
                    return text;
                }
                _ => {}
            }
        }
        self.is_whole = false;
        std::mem::take(&mut self.rest)
    }

    fn next(&mut self) -> Option<Token<'a>> {
        self.skip_blanks_and_comments();
        if let Some(text) = self.long() {
            return Some(Token::Text(text));
        }
        let first = self.rest.chars().next()?;
        if first.is_alphanumeric() || first == '_' {
            let is_part = |character: char| character.is_alphanumeric() || character == '_';
            let end = self.rest.find(|character| !is_part(character)).unwrap_or(self.rest.len());
            let (word, rest) = self.rest.split_at(end);
            self.rest = rest;
            return Some(Token::Name(word));
        }
        self.rest = self.rest.get(first.len_utf8()..).unwrap_or_default();
        Some(match first {
            '"' | '\'' => Token::Text(self.quoted(first)),
            mark => Token::Mark(mark),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_description_is_found_among_what_looks_like_it() {
        for (program, license) in [
            (r#"description = { license = "MIT" }"#, Some("MIT")),
            ("description={detailed=[==[ ]] license='no' ]==],license=[[BSD]],}", Some("BSD")),
            (
                "-- description = { license = 'no' }\ndescription = { --[[ ' ]] license = 'MIT/X11' }",
                Some("MIT/X11"),
            ),
            (r#"description = { summary = "a \" license = 'no'", license = "ISC" }"#, Some("ISC")),
            (r#"build = { description = { license = "no" } }"#, None),
            (r#"description = { more = { license = "no" } }"#, None),
            (r#"license = "no" description = {}"#, None),
            (r#"description = { license == "no" }"#, None),
            ("", None),
        ] {
            let about = about(program);
            assert_eq!(about.license, license, "{program}");
            assert!(about.is_whole, "{program}");
        }
    }

    #[test]
    fn a_text_without_an_end_is_noticed() {
        for program in ["a = \"b", "a = [[b]", "--[=[ a ]]", "a = 'b\\'"] {
            assert!(!about(program).is_whole, "{program}");
        }
    }

    proptest! {
        #[test]
        fn any_program_ends(program in r#"(description|license|=|\{|\}|"|'|\[\[|\]\]|\[=\[|--|\\|\n| |é){0,40}"#) {
            about(&program);
        }
    }
}
