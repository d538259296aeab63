//! Licences by their own words, for packages that state the whole text. Only those are known whose words leave no doubt.

use memchr::memmem;

/// The shortest form of a text: lower case, one space between words, no quotation marks or punctuation, which differ between copies.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_ascii_alphanumeric() {
            plain.push(letter.to_ascii_lowercase());
            continue;
        }
        if letter.is_alphanumeric() {
            plain.extend(letter.to_lowercase());
            continue;
        }
        let separates = letter.is_whitespace() || matches!(letter, '-' | '/');
        if separates && !plain.is_empty() && !plain.ends_with(' ') {
            plain.push(' ');
        }
    }
    plain
}

/// A licence by phrases of its text, all in the form of [`plain`].
struct Text {
    id: &'static str,
    has: &'static [&'static str],
    has_not: &'static [&'static str],
    /// How long a text may be that has no condition beside these: what is longer holds more than this licence.
    longest: usize,
}

const MIT_GRANT: &str = "permission is hereby granted free of charge to any person obtaining a copy \
    of this software and associated documentation files";
const MIT_CONDITION: &str = "the above copyright notice and this permission notice";
const BSD_GRANT: &str =
    "redistribution and use in source and binary forms with or without modification are permitted";
const BSD_SOURCE: &str = "redistributions of source code must retain the above copyright notice";
const BSD_BINARY: &str = "redistributions in binary form must reproduce the above copyright notice";
const BSD_DISCLAIMER: &str = "this software is provided by";
const BSD_NAMES: &str = "endorse or promote products derived from this software without";
const ADVERTISING: &str = "advertising";

const TEXTS: &[Text] = &[
    Text {
        id: "MIT",
        has: &[MIT_GRANT, "to deal in the software without restriction", MIT_CONDITION],
        has_not: &["good not evil", "except as contained in this notice", ADVERTISING, BSD_GRANT],
        longest: 2_000,
    },
    Text {
        id: "BSD-3-Clause",
        has: &[BSD_GRANT, BSD_SOURCE, BSD_BINARY, BSD_NAMES, BSD_DISCLAIMER],
        has_not: &[ADVERTISING, "nuclear", "patent", "military", MIT_GRANT],
        longest: 2_600,
    },
    Text {
        id: "BSD-2-Clause",
        has: &[BSD_GRANT, BSD_SOURCE, BSD_BINARY, BSD_DISCLAIMER],
        has_not: &["endorse", ADVERTISING, "nuclear", "patent", "official policies", MIT_GRANT],
        longest: 2_000,
    },
    Text {
        id: "ISC",
        has: &[
            "permission to use copy modify and or distribute this software for any purpose with or without fee is hereby granted \
             provided that the above copyright notice and this permission notice appear in all copies",
            "the software is provided as is and the author disclaims all warranties",
        ],
        has_not: &[MIT_GRANT, BSD_GRANT],
        longest: 1_500,
    },
];

/// The beginnings of texts that are always the same.
const BEGINNINGS: &[(&str, &str)] = &[
    ("apache license version 20 january 2004", "Apache-2.0"),
    ("mozilla public license version 20 1 definitions", "MPL-2.0"),
    ("boost software license version 10 august 17th 2003", "BSL-1.0"),
    ("this is free and unencumbered software released into the public domain", "Unlicense"),
    ("do what the fuck you want to public license version 2 december 2004", "WTFPL"),
];

/// The licence whose text this is, and nothing more than that and copyright notices.
pub(super) fn whole(text: &str) -> Option<&'static str> {
    let plain = plain(text);
    let known = BEGINNINGS.iter().find(|(beginning, _)| plain.starts_with(beginning));
    known.map(|(_, id)| *id).or_else(|| {
        let is_it = |known: &&Text| plain.len() <= known.longest && known.is_in(&plain);
        TEXTS.iter().find(is_it).map(|known| known.id)
    })
}

/// The licences whose texts stand in a document. Where one kind stands in several forms, none of that kind is given: which words belong
/// to which is not known then.
pub(crate) fn found_in(document: &str) -> Vec<&'static str> {
    let plain = plain(document);
    let several = |phrase: &str| memmem::find_iter(plain.as_bytes(), phrase).nth(1).is_some();
    let found = TEXTS.iter().filter(|known| {
        let grant = known.has.first().copied().unwrap_or_default();
        // The grants of the others are excluded above only to know that a text is nothing else.
        let has_not =
            known.has_not.iter().filter(|phrase| **phrase != MIT_GRANT && **phrase != BSD_GRANT);
        !several(grant)
            && known.has.iter().all(|phrase| has(&plain, phrase))
            && !has_not.into_iter().any(|phrase| has(&plain, phrase))
    });
    found.map(|known| known.id).collect()
}

impl Text {
    fn is_in(&self, plain: &str) -> bool {
        self.has.iter().all(|phrase| has(plain, phrase))
            && !self.has_not.iter().any(|phrase| has(plain, phrase))
    }
}

fn has(plain: &str, phrase: &str) -> bool {
    memmem::find(plain.as_bytes(), phrase.as_bytes()).is_some()
}
