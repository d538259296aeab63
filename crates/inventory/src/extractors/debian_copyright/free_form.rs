//! Copyright files of no stated form: what is certain of them.
//!
//! Such a file quotes the notices of the package and refers to the texts in `/usr/share/common-licenses`. A reference alone does not say
//! whether later versions may be taken: the notice does ("either version 2 of the License, or (at your option) any later version").

use memchr::memmem;

use crate::license::found_in;

/// The bytes of a file that are looked at.
const LONGEST_READ: usize = 1 << 20;
const REFERENCE: &str = "common-licenses/";
/// The bytes before "any later version" in which the version stands, and before that the name of the licence.
const NOTICE: usize = 400;
/// The bytes behind the name of a licence in which its version stands.
const VERSION_BEHIND: usize = 60;

/// Texts of the directory that are one licence in one version.
const FIXED: &[(&str, &str)] = &[
    ("apache-2.0", "Apache-2.0"),
    // The text with the names of the University of California in it, which has three conditions.
    ("bsd", "BSD-3-Clause"),
    ("cc0-1.0", "CC0-1.0"),
    ("mpl-1.1", "MPL-1.1"),
    ("mpl-2.0", "MPL-2.0"),
];

/// GNU's licences by their names in notices, those first that hold another's name.
const GNU: &[(&str, &str)] = &[
    ("lesser general public license", "LGPL"),
    ("library general public license", "LGPL"),
    ("affero general public license", "AGPL"),
    ("general public license", "GPL"),
    ("free documentation license", "GFDL"),
    ("lgpl", "LGPL"),
    ("gfdl", "GFDL"),
    ("gpl", "GPL"),
];

/// Words of a choice between licences. What may be chosen is not known from them.
const CHOICES: &[&str] = &[
    "alternatively",
    "dual license",
    "dual-license",
    "dually licensed",
    "either the gnu",
    "either the terms",
    "terms of either",
    "under either",
    "your choice",
];
/// Words that grant something in licences of their own, and the texts known by their words that have them once.
const GRANTS: &[(&str, &[&str])] = &[
    ("freely ", &[]),
    ("grant permission", &[]),
    ("license agreement", &[]),
    ("permission is given", &[]),
    ("permission is granted", &[]),
    ("permission is hereby granted", &["MIT"]),
    ("permission to use", &["ISC"]),
    ("public domain", &[]),
    ("redistribution and use", &["BSD-2-Clause", "BSD-3-Clause"]),
];
const GFDL_GRANT: &str = "permission is granted to copy, distribute and/or modify this document";
const AS_PERL: &[&str] = &[
    "same terms as perl",
    "artistic license which comes with perl",
    "artistic license, which comes with perl",
    "artistic license\", which comes with perl",
    "artistic license\" which comes with perl",
    "`artistic license' which comes with perl",
];

/// The names of the licences, as Debian's short names.
pub(super) fn licenses(text: &str) -> Vec<String> {
    let text = text.get(..text.floor_char_boundary(LONGEST_READ)).unwrap_or(text);
    let words = one_line(text);
    let references = references(&words);
    let mut names = Names::default();
    if AS_PERL.iter().any(|phrase| has(&words, phrase)) {
        names.push("Artistic or GPL-1+".to_owned());
    }
    let later = later_notices(&words);
    let is_as_perl = !names.0.is_empty();
    for (family, version) in &later {
        if !(is_as_perl && (*family, version.as_str()) == ("GPL", "1")) {
            names.push(format!("{family}-{version}+"));
        }
    }
    for reference in &references {
        if let Some((_, name)) = FIXED.iter().find(|(file, _)| file == reference) {
            names.push((*name).to_owned());
        } else if *reference == "artistic" {
            if !is_as_perl {
                names.push("Artistic".to_owned());
            }
        } else if let Some(name) = gnu_without_later(&words, reference, &later)
            && !(is_as_perl && name.starts_with("GPL"))
        {
            names.push(name);
        }
    }
    let texts = found_in(text);
    for name in &texts {
        names.push((*name).to_owned());
    }
    let has_choice = CHOICES.iter().any(|phrase| has(&words, phrase));
    // How they are joined, or what else holds, is not known, so that they stand as one statement that is no expression.
    if !names.0.is_empty() && has_other_terms(&words, &texts) {
        return vec![format!("{} and other terms", names.0.join(", "))];
    }
    if names.0.len() > 1 && has_choice {
        return vec![names.0.join(", ")];
    }
    names.0
}

/// True where more is granted than by the texts that were found.
fn has_other_terms(words: &str, texts: &[&str]) -> bool {
    GRANTS.iter().any(|(grant, known)| {
        let of_the_gfdl =
            words.matches(GFDL_GRANT).filter(|found| found.starts_with(grant)).count();
        let granted = memmem::find_iter(words.as_bytes(), grant).count() - of_the_gfdl;
        let explained = texts.iter().filter(|text| known.contains(text)).count();
        granted > explained
    })
}

fn has(words: &str, phrase: &str) -> bool {
    memmem::find(words.as_bytes(), phrase.as_bytes()).is_some()
}

/// Names, each once.
#[derive(Default)]
struct Names(Vec<String>);

impl Names {
    fn push(&mut self, name: String) {
        if !self.0.contains(&name) {
            self.0.push(name);
        }
    }
}

/// In lower case, with one space between words, and without the signs that make a comment of each line.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    let text = text.to_lowercase();
    let is_sign =
        |word: &&str| word.chars().all(|letter| matches!(letter, '*' | '#' | '/' | '|' | '>'));
    for word in text.split_whitespace().filter(|word| !is_sign(word)) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

/// The files of `common-licenses` that are named, each once, in order.
fn references(words: &str) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    for start in memmem::find_iter(words.as_bytes(), REFERENCE) {
        let rest = words.get(start + REFERENCE.len()..).unwrap_or_default();
        let is_end =
            |letter: char| !(letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-'));
        let name = rest.get(..rest.find(is_end).unwrap_or(rest.len())).unwrap_or_default();
        let name = name.trim_end_matches(['.', '-']);
        if !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

/// The notices that allow a later version: which licence, and from which version. Each once, in order.
fn later_notices(words: &str) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    for end in memmem::find_iter(words.as_bytes(), "later") {
        let before = words.get(words.ceil_char_boundary(end.saturating_sub(NOTICE))..end);
        let before = before.unwrap_or_default().trim_end();
        // "or later", "or any later", "or (at your option) any later".
        if !["or", "any"].iter().any(|word| before.ends_with(word)) {
            continue;
        }
        let Some((position, version)) = last_version(before) else { continue };
        let Some(family) = last_family(before.get(..position).unwrap_or_default()) else {
            continue;
        };
        let notice = (family, version.to_owned());
        if !found.contains(&notice) {
            found.push(notice);
        }
    }
    found
}

/// The last version number in the text, and where it is.
fn last_version(text: &str) -> Option<(usize, &str)> {
    let is_found = |(start, _): &(usize, &str)| version_at(text, *start).is_some();
    let (start, _) = text.rmatch_indices("version").find(is_found).or_else(|| {
        // "GPL v2 or later"
        text.rmatch_indices(" v").find(is_found)
    })?;
    Some((start, version_at(text, start)?))
}

/// The number behind the word that begins here: `version 2`, `version 2.1,`, ` v3`.
fn version_at(text: &str, start: usize) -> Option<&str> {
    let behind = text.get(start..)?;
    let behind = behind.strip_prefix("version").or_else(|| behind.strip_prefix(" v"))?.trim_start();
    let end = behind.find(|letter: char| !(letter.is_ascii_digit() || letter == '.'));
    let version = behind.get(..end.unwrap_or(behind.len()))?.trim_end_matches('.');
    let version = version.strip_suffix(".0").unwrap_or(version);
    matches!(version, "1" | "1.1" | "1.2" | "1.3" | "2" | "2.1" | "3").then_some(version)
}

/// The last of GNU's licences that the text names.
fn last_family(text: &str) -> Option<&'static str> {
    let ends = GNU.iter().filter_map(|(phrase, family)| {
        Some((text.rfind(phrase)? + phrase.len(), std::cmp::Reverse(phrase.len()), *family))
    });
    // Of two that end at one place the longer is the name, and the shorter a part of it.
    ends.max_by_key(|(end, shortness, _)| (*end, std::cmp::Reverse(*shortness))).map(|row| row.2)
}

/// What a reference to one of GNU's licences means where no notice of that licence allows later versions: the version, where the text
/// names only that one; else the bare name, as it is not known which versions are allowed.
fn gnu_without_later(
    words: &str,
    reference: &str,
    later: &[(&'static str, String)],
) -> Option<String> {
    let (family, version) = match reference.split_once('-') {
        Some((family, version)) => (family, Some(version)),
        None => (reference, None),
    };
    let family = GNU.iter().find(|(name, _)| *name == family)?.1;
    if later.iter().any(|(known, _)| *known == family) {
        return None;
    }
    let mut named: Vec<&str> = Vec::new();
    for (phrase, _) in GNU.iter().filter(|(_, known)| *known == family) {
        for start in memmem::find_iter(words.as_bytes(), phrase) {
            let is_part = words.get(..start).is_some_and(|before| {
                before.ends_with(char::is_alphanumeric)
                    || ["lesser ", "library ", "affero ", REFERENCE]
                        .iter()
                        .any(|end| before.ends_with(end))
            });
            let start = start + phrase.len();
            let end = words.floor_char_boundary(start + VERSION_BEHIND);
            let behind = words.get(start..end).unwrap_or_default();
            let versions = behind.match_indices("version").chain(behind.match_indices(" v"));
            if !is_part {
                named.extend(versions.filter_map(|(at, _)| version_at(behind, at)));
            }
        }
    }
    named.sort_unstable();
    named.dedup();
    Some(match named.as_slice() {
        [only] if version.is_none_or(|version| version == *only) => format!("{family}-{only}"),
        _ => family.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        assert_eq!(licenses(text), expected, "{text}");
    }

    #[test]
    fn a_notice_says_whether_later_versions_may_be_taken() {
        check(
            "   This program is free software; you can redistribute it and/or modify
   it under the terms of the GNU General Public License as published by
   the Free Software Foundation; either version 2 of the License, or
   (at your option) any later version.

On Debian systems, see `/usr/share/common-licenses/GPL-3'.",
            &["GPL-2+"],
        );
        check(
            "GNU General Public License, version 2, in /usr/share/common-licenses/GPL-2.",
            &["GPL-2"],
        );
        check("GPL v2 or later, see /usr/share/common-licenses/GPL-2", &["GPL-2+"]);
        check("The license is in /usr/share/common-licenses/GPL-2.", &["GPL"]);
        check("GNU General Public License version 2 or version 3: common-licenses/GPL-3", &["GPL"]);
    }

    #[test]
    fn each_licence_has_its_own_notice() {
        check(
            "The library: GNU Lesser General Public License version 2.1 or any later version. The tools: the GNU
             General Public License, version 2. See /usr/share/common-licenses/LGPL-2.1 and
             /usr/share/common-licenses/GPL-2",
            &["LGPL-2.1+", "GPL-2"],
        );
        check(
            "* GNU Free Documentation License, Version 1.2\n * or any later version\n/usr/share/common-licenses/GFDL-1.2",
            &["GFDL-1.2+"],
        );
    }

    #[test]
    fn texts_of_one_version_are_certain() {
        check(
            "/usr/share/common-licenses/Apache-2.0. and common-licenses/MPL-1.1",
            &["Apache-2.0", "MPL-1.1"],
        );
        check("see /usr/share/common-licenses/BSD", &["BSD-3-Clause"]);
        check("see /usr/share/common-licenses/Unknown or common-licenses/", &[]);
    }

    #[test]
    fn perls_terms_are_a_choice_between_two() {
        check(
            "under the terms of either: a) the GNU General Public License as published by the Free Software Foundation;
             either version 1, or (at your option) any later version, or b) the \"Artistic License\" which comes with Perl.
             See /usr/share/common-licenses/Artistic and /usr/share/common-licenses/GPL-1",
            &["Artistic or GPL-1+"],
        );
        check(
            "the same terms as Perl itself: /usr/share/common-licenses/Artistic, common-licenses/GPL",
            &["Artistic or GPL-1+"],
        );
    }

    #[test]
    fn a_choice_of_unknown_members_is_no_list_of_conditions() {
        check(
            "Alternatively, you may use it under the Mozilla license. /usr/share/common-licenses/MPL-1.1
             /usr/share/common-licenses/Apache-2.0",
            &["MPL-1.1, Apache-2.0"],
        );
    }

    #[test]
    fn terms_that_are_not_known_are_not_left_out() {
        check(
            "/usr/share/common-licenses/Apache-2.0. Permission to use this software is hereby granted by its author.",
            &["Apache-2.0 and other terms"],
        );
        check(
            "Permission is granted to copy, distribute and/or modify this document under the terms of the GNU Free
             Documentation License, Version 1.3 or any later version; common-licenses/GFDL-1.3",
            &["GFDL-1.3+"],
        );
        check("The rest is in the public domain.", &[]);
    }

    #[test]
    fn versions_and_names_that_are_none_are_passed_over() {
        check("version 9 or later of the GPL, later, any later version", &[]);
        check("any later é version", &[]);
    }
}
