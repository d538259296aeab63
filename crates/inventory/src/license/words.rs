//! Names of licences as words that can be compared: `The Apache License, Version 2.0` and `apache2` come to the same.

use super::identifiers::is_version;

/// Words that a name means the same without.
const EMPTY_WORDS: [&str; 8] =
    ["licence", "licences", "license", "licenses", "licensed", "the", "v", "version"];
/// Words in a row that mean "or any later version", at the end of a name.
const LATER: [&[&str]; 6] = [
    &["+"],
    &["or", "later"],
    &["or", "newer"],
    &["or", "any", "later"],
    &["or", "any", "newer"],
    &["or", "greater"],
];

/// The words of a name in lower case, versions apart and without zeros at their end.
pub(super) fn words(name: &str) -> Vec<String> {
    let is_separator = |letter: char| !(letter.is_alphanumeric() || matches!(letter, '.' | '+'));
    let mut words = Vec::new();
    for word in with_dotted_versions(name).split(is_separator) {
        let (word, plus) = match word.strip_suffix('+') {
            Some(word) => (word, true),
            None => (word, false),
        };
        let word = word.trim_matches('.');
        let split = word.find(|letter: char| letter.is_ascii_digit());
        let (letters, number) =
            word.split_at_checked(split.unwrap_or(word.len())).unwrap_or((word, ""));
        if is_version(number) {
            let letters = letters.trim_end_matches('.');
            // `gplv2`, but not `dev2`: every name ends in another letter than `v`.
            let letters = letters.strip_suffix('v').unwrap_or(letters);
            push(&mut words, letters.trim_end_matches('.'));
            let mut number = number;
            while let Some(shorter) = number.strip_suffix(".0") {
                number = shorter;
            }
            words.push(number.to_owned());
        } else {
            push(&mut words, word);
        }
        if plus {
            words.push("+".to_owned());
        }
    }
    words
}

/// In lower case, with dots in versions that have lines instead, as in Perl's `apache_2_0`.
fn with_dotted_versions(name: &str) -> String {
    let name = name.to_lowercase();
    let is_digit = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_digit());
    let (mut dotted, mut before) = (String::with_capacity(name.len()), None);
    let mut letters = name.chars().peekable();
    while let Some(letter) = letters.next() {
        let joins = letter == '_' && is_digit(before) && is_digit(letters.peek().copied());
        dotted.push(if joins { '.' } else { letter });
        before = Some(letter);
    }
    dotted
}

fn push(words: &mut Vec<String>, word: &str) {
    if !word.is_empty() && !EMPTY_WORDS.contains(&word) {
        words.push(word.to_owned());
    }
}

/// Whether the words say "or any later version" at their end; the words without that, and without "only".
pub(super) fn split_later(words: &[String]) -> (&[String], bool) {
    let ends_with = |phrase: &[&str]| {
        let start = words.len().checked_sub(phrase.len())?;
        let (rest, end) = words.split_at_checked(start)?;
        end.iter().zip(phrase).all(|(word, expected)| word == expected).then_some(rest)
    };
    if let Some(rest) = LATER.iter().find_map(|phrase| ends_with(phrase)) {
        return (rest, true);
    }
    (ends_with(&["only"]).unwrap_or(words), false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_stand_apart_and_words_without_meaning_are_left_out() {
        for (name, expected) in [
            ("The Apache Software License, Version 2.0", "apache software 2"),
            ("apache2", "apache 2"),
            ("ASL 2.0", "asl 2"),
            ("Eclipse Public License - v 1.0", "eclipse public 1"),
            ("GPLv2+", "gpl 2 +"),
            ("GPL+", "gpl +"),
            ("LGPL-v2.1", "lgpl 2.1"),
            ("MIT/X11", "mit x 11"),
            ("BSD_3_clause", "bsd 3 clause"),
            ("lgpl_2_1", "lgpl 2.1"),
            ("0BSD", "0bsd"),
            ("Licence: v.2.", "2"),
            ("", ""),
        ] {
            assert_eq!(words(name).join(" "), expected, "{name}");
        }
    }

    #[test]
    fn later_versions_are_told_apart() {
        for (name, rest, later) in [
            ("gpl 2+", "gpl 2", true),
            ("gpl-2-or-later", "gpl 2", true),
            ("gpl 2 or any later version", "gpl 2", true),
            ("gpl 2 only", "gpl 2", false),
            ("or later", "", true),
            ("gpl", "gpl", false),
        ] {
            let words = words(name);
            let (found, is_later) = split_later(&words);
            assert_eq!((found.join(" ").as_str(), is_later), (rest, later), "{name}");
        }
    }
}
