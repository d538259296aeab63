//! apt's sources: the repositories that Debian packages may come from (`sources.list(5)`, both formats).
//!
//! They tell whether Ubuntu's extended maintenance is on, and which third parties' packages an image may have.

use crate::{Extraction, Extractor, Fact, Pattern, WantedFile};

pub(crate) static APT_SOURCES: Extractor = Extractor {
    id: "apt-sources",
    summary: "The repositories that Debian packages may come from: apt's sources",
    patterns: &[
        Pattern::Path("etc/apt/sources.list"),
        Pattern::Below("etc/apt/sources.list.d", ".list"),
        Pattern::Below("etc/apt/sources.list.d", ".sources"),
    ],
    extract,
    makes_root: false,
    ..Extractor::RECORD
};

/// Repositories that one file may name.
const MOST: usize = 1_000;

fn extract(file: &WantedFile<'_>) -> Extraction {
    let text = match file.text() {
        Ok(text) => text,
        Err(problem) => return Extraction::failed(problem),
    };
    let mut repositories = if file.path.file_name().ends_with(".sources") {
        stanzas(&text)
    } else {
        text.lines().filter_map(one_line).collect()
    };
    repositories.truncate(MOST);
    let facts =
        if repositories.is_empty() { Vec::new() } else { vec![Fact::Repositories(repositories)] };
    Extraction { facts, problems: Vec::new() }
}

/// `deb [signed-by=/x] https://host/path suite component`: without options, as `https://host/path suite component`.
fn one_line(line: &str) -> Option<String> {
    let rest = line.trim().strip_prefix("deb")?;
    let rest = rest.strip_prefix(char::is_whitespace)?.trim_start();
    let rest = match rest.strip_prefix('[') {
        Some(options) => options.split_once(']')?.1,
        None => rest,
    };
    let rest = rest.split('#').next().unwrap_or_default();
    let mut words = rest.split_whitespace();
    let (uri, suite) = (words.next()?, words.next()?);
    Some(repository(uri, suite, words))
}

/// Stanzas of `Types`, `URIs`, `Suites`, `Components`; one that is not enabled is none.
fn stanzas(text: &str) -> Vec<String> {
    let mut repositories = Vec::new();
    for stanza in text.split("\n\n") {
        let field = |name: &str| {
            let mut values = stanza.lines().filter_map(|line| {
                let (key, value) = line.split_once(':')?;
                key.eq_ignore_ascii_case(name).then_some(value.trim())
            });
            values.next().unwrap_or_default()
        };
        let is_enabled = !matches!(field("Enabled"), "no" | "false" | "0");
        if !is_enabled || !field("Types").split_whitespace().any(|kind| kind == "deb") {
            continue;
        }
        for uri in field("URIs").split_whitespace() {
            for suite in field("Suites").split_whitespace() {
                if repositories.len() >= MOST {
                    return repositories;
                }
                repositories.push(repository(uri, suite, field("Components").split_whitespace()));
            }
        }
    }
    repositories
}

fn repository<'a>(uri: &str, suite: &str, components: impl Iterator<Item = &'a str>) -> String {
    let mut text = format!("{} {suite}", without_credentials(uri));
    for component in components {
        text.push(' ');
        text.push_str(component);
    }
    text
}

/// A password may stand in an address: it is not kept.
fn without_credentials(uri: &str) -> String {
    match uri.split_once("://") {
        Some((scheme, rest)) => {
            let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
            format!("{scheme}://{host}{path}")
        }
        None => uri.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{ImagePath, Limits};
    use proptest::prelude::*;

    use super::*;

    fn read(path: &str, text: &str) -> Vec<String> {
        let (path, limits, content) =
            (ImagePath::new(path), Limits::default(), text.as_bytes().to_vec());
        let extraction = extract(&WantedFile::whole(&path, &content, &limits));
        let sets = extraction.facts.into_iter().map(|fact| match fact {
            Fact::Repositories(sets) => sets,
            fact => panic!("{fact:?}"),
        });
        sets.flatten().collect()
    }

    #[test]
    fn lines_are_read_without_options_comments_and_passwords() {
        let text = "# deb http://example.com/a b\n\
            deb http://archive.example.com/ubuntu jammy main universe # the archive\n\
            deb-src http://archive.example.com/ubuntu jammy main\n\
            deb [arch=amd64 signed-by=/etc/k.gpg] https://bearer:secret@esm.ubuntu.com/infra/ubuntu jammy-infra-security main\n\
            deb cdrom:[Debian]/ bookworm\ndeb incomplete\n";
        let expected = [
            "http://archive.example.com/ubuntu jammy main universe",
            "https://esm.ubuntu.com/infra/ubuntu jammy-infra-security main",
            "cdrom:[Debian]/ bookworm",
        ];
        assert_eq!(read("etc/apt/sources.list", text), expected);
    }

    #[test]
    fn stanzas_name_every_pair_of_address_and_suite() {
        let text = "Types: deb deb-src\nURIs: http://a.example.com http://b.example.com\n\
            Suites: bookworm bookworm-updates\nComponents: main\n\n\
            Enabled: no\nTypes: deb\nURIs: http://c.example.com\nSuites: x\n\n\
            Types: deb-src\nURIs: http://d.example.com\nSuites: x\n";
        let found = read("etc/apt/sources.list.d/debian.sources", text);
        assert_eq!(found.len(), 4);
        assert_eq!(found[1], "http://a.example.com bookworm-updates main");
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "(deb|Types:|URIs:|\\[|\\]|@|://|[ -~\\n]){0,30}") {
            read("etc/apt/sources.list", &text);
            read("etc/apt/sources.list.d/a.sources", &text);
        }
    }
}
