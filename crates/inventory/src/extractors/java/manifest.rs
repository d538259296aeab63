//! `META-INF/MANIFEST.MF` (Oracle's "JAR File Specification", "Name-Value pairs and Sections"), read as forgivingly as tools write it.

use std::collections::BTreeMap;

/// Licence statements that are kept of one archive.
const MOST_LICENSES: usize = 8;
const LONGEST_LICENSE: usize = 512;

/// The main section: the pairs before the first empty line. Lines end with CR LF, LF or CR; a line that begins with a space continues
/// the value before it; a line without a colon is left out. Of a name that stands twice the last counts, as in Java.
pub(super) fn main_section(bytes: &[u8]) -> BTreeMap<String, String> {
    let mut section = BTreeMap::new();
    let mut current: Option<(&[u8], Vec<u8>)> = None;
    let mut finish = |pair: Option<(&[u8], Vec<u8>)>| {
        if let Some((name, value)) = pair {
            let name = String::from_utf8_lossy(name.trim_ascii()).into_owned();
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
            current = Some((name, value.get(1..).unwrap_or_default().to_vec()));
        }
    }
    finish(current);
    section
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

/// The licences that a manifest states: `Bundle-License` of OSGi (the address or name before its attributes) and the
/// `Plugin-License-Name`s of Jenkins.
pub(super) fn licenses(manifest: &BTreeMap<String, String>) -> Vec<String> {
    let bundle = manifest.get("Bundle-License").map(|value| value.split(';').next().unwrap_or(""));
    let plugin = manifest
        .range("Plugin-License-Name".to_owned()..)
        .take_while(|(name, _)| name.starts_with("Plugin-License-Name"))
        .map(|(_, value)| value.as_str());
    let mut licenses: Vec<String> = Vec::new();
    for license in bundle.into_iter().chain(plugin).take(MOST_LICENSES) {
        let license = license.trim_matches(|letter: char| letter == '"' || letter.is_whitespace());
        let is_usable = !license.is_empty()
            && license != "<<EXTERNAL>>"
            && license.len() <= LONGEST_LICENSE
            && !license.contains(char::is_control);
        if is_usable && !licenses.iter().any(|known| known == license) {
            licenses.push(license.to_owned());
        }
    }
    licenses
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_lines_are_joined_whichever_way_they_end() {
        for end in ["\n", "\r\n", "\r"] {
            let text = [
                "Manifest-Version: 1.0",
                "Bundle-SymbolicName: com.example.a-very-long-name-that-is-broken",
                " -over-two-lines;singleton:=true",
                "no colon here",
                " and its continuation",
                "Implementation-Version:1.2.3 ",
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
            assert_eq!(section.len(), 4);
        }
    }

    #[test]
    fn licenses_are_those_of_osgi_and_jenkins() {
        let manifest = main_section(
            b"Bundle-License: \"Apache-2.0\";link=\"https://example.com\"\nPlugin-License-Name: MIT License\n\
              Plugin-License-Name-2: Apache-2.0\nPlugin-License-Url: x\n",
        );
        assert_eq!(licenses(&manifest), ["Apache-2.0", "MIT License"]);
    }
}
