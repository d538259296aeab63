//! `META-INF/MANIFEST.MF` (Oracle's "JAR File Specification", "Name-Value pairs and Sections"), read as forgivingly as tools write it.

use std::collections::BTreeMap;

use crate::fields::{choice, field};

/// Licence statements that are kept of one archive.
const MOST_LICENSES: usize = 8;
/// Longer values name nothing.
const LONGEST_VALUE: usize = 1024;

/// The names that say what an archive is. The others can be many and long (`Import-Package`), and are not kept.
const KEPT: [&str; 21] = [
    "Automatic-Module-Name",
    "Bundle-License",
    "Bundle-Name",
    "Bundle-SymbolicName",
    "Bundle-Vendor",
    "Bundle-Version",
    "Group-Id",
    "Implementation-Title",
    "Implementation-URL",
    "Implementation-Vendor",
    "Implementation-Vendor-Id",
    "Implementation-Version",
    "Main-Class",
    "Nar-Group",
    "Nar-Id",
    "Nar-Version",
    "Plugin-Version",
    "Short-Name",
    "Specification-Title",
    "Specification-Vendor",
    "Specification-Version",
];
const PLUGIN_LICENSE: &str = "Plugin-License-Name";

/// Of the main section, which ends with the first empty line, the pairs whose names matter here. Lines end with CR LF, LF or CR; a line
/// that begins with a space continues the value before it; a line without a colon is left out. Of a name that stands
/// twice the last counts, as in Java.
pub(super) fn main_section(bytes: &[u8]) -> BTreeMap<String, String> {
    let mut section = BTreeMap::new();
    let mut current: Option<(String, Vec<u8>)> = None;
    let mut finish = |pair: Option<(String, Vec<u8>)>| {
        if let Some((name, value)) = pair
            && value.len() <= LONGEST_VALUE
        {
            section.insert(name, String::from_utf8_lossy(value.trim_ascii()).into_owned());
        }
    };
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut is_started = false;
    for line in Lines(bytes) {
        if line.is_empty() {
            if is_started {
                break;
            }
            continue;
        }
        is_started = true;
        if let Some(more) = line.strip_prefix(b" ") {
            if let Some((_, value)) = &mut current {
                value.extend(more);
            }
            continue;
        }
        finish(current.take());
        if let Some(colon) = memchr::memchr(b':', line) {
            let (name, value) = line.split_at(colon);
            let value = value.get(1..).unwrap_or_default();
            current = kept_name(name.trim_ascii()).map(|name| (name, value.to_vec()));
        }
    }
    finish(current);
    section
}

/// The name as it is usually written, where it is one that is kept: Java compares names without regard to case.
fn kept_name(name: &[u8]) -> Option<String> {
    let is_kept = |kept: &&&str| kept.as_bytes().eq_ignore_ascii_case(name);
    if let Some(kept) = KEPT.iter().find(is_kept) {
        return Some((*kept).to_owned());
    }
    // Jenkins numbers the second and later ones.
    let number = name.strip_prefix(PLUGIN_LICENSE.as_bytes())?;
    let is_numbered = number.is_empty() || matches!(number, [b'-', b'1'..=b'9']);
    is_numbered.then(|| String::from_utf8_lossy(name).into_owned())
}

/// Lines, whichever way they end.
struct Lines<'a>(&'a [u8]);

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.0.is_empty() {
            return None;
        }
        let (line, rest) = match memchr::memchr2(b'\r', b'\n', self.0) {
            None => (self.0, &[][..]),
            Some(end) => {
                let (line, rest) = self.0.split_at(end);
                let rest = rest.strip_prefix(b"\r\n").or_else(|| rest.get(1..));
                (line, rest.unwrap_or_default())
            }
        };
        self.0 = rest;
        Some(line)
    }
}

/// The licences that a manifest states: `Bundle-License` of OSGi (the addresses or the name before their attributes) and the
/// `Plugin-License-Name`s of Jenkins. Maven's plugins write both from the pom, whose licences are a choice.
pub(super) fn licenses(manifest: &BTreeMap<String, String>) -> Vec<String> {
    // Names in words hold commas, which by OSGi's grammar separate licences.
    let is_address = |text: &str| text.trim_start().starts_with("http");
    let bundle = manifest.get("Bundle-License").into_iter().flat_map(|value| {
        let is_list = value.split(',').all(is_address);
        let pieces: Vec<&str> = if is_list { value.split(',').collect() } else { vec![value] };
        pieces.into_iter().map(|piece| piece.split(';').next().unwrap_or(piece))
    });
    let plugin = manifest
        .range(PLUGIN_LICENSE.to_owned()..)
        .take_while(|(name, _)| name.starts_with(PLUGIN_LICENSE))
        .map(|(_, value)| value.as_str());
    let mut statements: Vec<String> = Vec::new();
    for statement in [alternatives(bundle), alternatives(plugin)].into_iter().flatten() {
        if !statements.contains(&statement) {
            statements.push(statement);
        }
    }
    statements
}

fn alternatives<'a>(licenses: impl Iterator<Item = &'a str>) -> Option<String> {
    let licenses = licenses
        .map(|license| license.trim_matches(|letter: char| letter == '"' || letter.is_whitespace()))
        .filter(|license| *license != "<<EXTERNAL>>")
        .filter_map(|license| field(license).map(str::to_owned));
    let mut licenses: Vec<String> = licenses.take(MOST_LICENSES).collect();
    licenses.dedup();
    choice(&licenses)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_lines_are_joined_whichever_way_they_end() {
        for end in ["\n", "\r\n", "\r"] {
            let text = [
                "Manifest-Version: 1.0",
                "Import-Package: a,",
                " b",
                "Bundle-SymbolicName: com.example.a-very-long-name-that-is-broken",
                " -over-two-lines;singleton:=true",
                "no colon here",
                " and its continuation",
                "implementation-version:1.2.3 ",
                "Implementation-Title: first",
                "Implementation-Title: last",
                "",
                "Name: com/example/",
                "Implementation-Version: 9",
            ]
            .join(end);
            let section = main_section(text.as_bytes());
            let get = |name: &str| section.get(name).map(String::as_str);
            assert_eq!(
                get("Bundle-SymbolicName"),
                Some("com.example.a-very-long-name-that-is-broken-over-two-lines;singleton:=true")
            );
            assert_eq!(get("Implementation-Version"), Some("1.2.3"));
            assert_eq!(get("Implementation-Title"), Some("last"));
            assert_eq!(section.len(), 3);
        }
    }

    #[test]
    fn licenses_are_those_of_osgi_and_jenkins() {
        let manifest = main_section(
            b"Bundle-License: \"Apache-2.0\";link=\"https://example.com\"\nPlugin-License-Name: MIT License\n\
              Plugin-License-Name-2: Apache-2.0\nPlugin-License-Url: x\n",
        );
        assert_eq!(licenses(&manifest), ["Apache-2.0", "(MIT License) OR Apache-2.0"]);
        for (value, expected) in [
            (
                "http://a.example/1;link=x, http://b.example/2",
                vec!["http://a.example/1 OR http://b.example/2"],
            ),
            ("Apache License, Version 2.0", vec!["Apache License, Version 2.0"]),
            ("", vec![]),
        ] {
            let manifest = main_section(format!("Bundle-License: {value}\n").as_bytes());
            assert_eq!(licenses(&manifest), expected, "{value}");
        }
    }
}
