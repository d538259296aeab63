//! Applications of macOS, which somebody put into an image to build or to distribute them: the property list of their bundle, as XML
//! or binary (Apple, "Bundle Programming Guide", `Info.plist`).

mod binary;

use std::collections::BTreeMap;

use plimsoll_core::{PackageType, Problem};

use crate::fields::{field, malformed};
use crate::text::decoded;
use crate::xml::{Part, Parts, unescaped};
use crate::{Extraction, Extractor, FoundPackage, Pattern, WantedFile};

pub(crate) static APPLE_BUNDLE: Extractor = Extractor {
    id: "apple-bundle",
    summary: "Applications of macOS: the `Info.plist` of their bundles, as XML and binary",
    patterns: &[Pattern::PathEnd(".app/Contents/Info.plist")],
    extract,
    ..Extractor::RECORD
};

/// No list of a bundle comes near this.
const MOST_BYTES: u64 = 4 << 20;
/// What says the name and the version, the best first.
const NAMES: [&str; 4] =
    ["CFBundleDisplayName", "CFBundleName", "CFBundleExecutable", "CFBundleIdentifier"];
const VERSIONS: [&str; 2] = ["CFBundleShortVersionString", "CFBundleVersion"];

fn extract(file: &WantedFile<'_>) -> Extraction {
    let texts = match texts(file) {
        Ok(texts) => texts,
        Err(problem) => return Extraction::failed(problem),
    };
    let stated = |key: &&str| texts.get::<str>(key).and_then(|text| field(text));
    let mut extraction = Extraction::default();
    // A bundle need not have either.
    if let (Some(name), Some(version)) =
        (NAMES.iter().find_map(stated), VERSIONS.iter().find_map(stated))
    {
        extraction.push(FoundPackage::new(PackageType::Generic, name, version));
    }
    extraction
}

/// The texts of the keys that are wanted.
fn texts(file: &WantedFile<'_>) -> Result<BTreeMap<&'static str, String>, Problem> {
    if let Some(problem) = file.over(MOST_BYTES) {
        return Err(problem);
    }
    let bytes = file.bytes()?;
    let keys = [NAMES.as_slice(), &VERSIONS].concat();
    let texts = if binary::is_binary(&bytes) {
        binary::texts(&bytes, &keys)
    } else {
        of_xml(&decoded(&bytes), &keys)
    };
    texts.ok_or_else(|| malformed("no property list with a dictionary"))
}

/// `<plist><dict><key>KEY</key><string>TEXT</string>`, of the outermost dictionary.
fn of_xml(text: &str, keys: &[&'static str]) -> Option<BTreeMap<&'static str, String>> {
    const IN_DICTIONARY: usize = 3;
    let mut found = BTreeMap::new();
    let (mut depth, mut has_dictionary) = (0_usize, false);
    let (mut element, mut content) = (&b""[..], String::new());
    let mut key = None;
    for part in Parts(text.as_bytes()) {
        match part {
            Part::Open(tag) => {
                depth += 1;
                has_dictionary |= depth == 2 && tag.name == b"dict";
                if depth == IN_DICTIONARY {
                    element = tag.name;
                    content.clear();
                }
            }
            Part::Text(text) if depth == IN_DICTIONARY => {
                content.push_str(&String::from_utf8_lossy(text));
            }
            Part::Close => {
                if depth == IN_DICTIONARY && element == b"key" {
                    key = keys.iter().find(|key| **key == content.trim());
                } else if depth == IN_DICTIONARY
                    && let Some(key) = key.take()
                    && element == b"string"
                {
                    found.insert(*key, unescaped(&content));
                }
                depth = depth.saturating_sub(1);
            }
            // A value without content.
            Part::Empty(_) if depth + 1 == IN_DICTIONARY => key = None,
            Part::Empty(_) | Part::Text(_) => {}
        }
    }
    has_dictionary.then_some(found)
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{ImagePath, Limits, ProblemKind};
    use proptest::prelude::*;

    use super::*;

    fn run(content: &[u8]) -> Extraction {
        let path = ImagePath::new("opt/Applications/Chat.app/Contents/Info.plist");
        extract(&WantedFile::whole(&path, &content.to_vec(), &Limits::default()))
    }

    fn row(extraction: &Extraction) -> Option<(&str, &str)> {
        let mut packages = extraction.packages();
        let row = packages.next().map(|one| (one.name.as_str(), one.version.as_str()));
        assert!(packages.next().is_none());
        row
    }

    fn xml(entries: &[(&str, &str)]) -> String {
        let entry = |(key, text): &(&str, &str)| format!("\t<key>{key}</key>\n\t{text}\n");
        let entries: String = entries.iter().map(entry).collect();
        format!(
            "<?xml version=\"1.0\"?>\n<!DOCTYPE plist PUBLIC \"a\" \"b\">\n<plist version=\"1.0\">\n<dict>\n{entries}</dict>\n</plist>\n"
        )
    }

    /// A binary list of a dictionary of texts: a dictionary, then keys and values in turn.
    fn binary(entries: &[(&str, &str)]) -> Vec<u8> {
        let mut bytes = b"bplist00".to_vec();
        let mut offsets = vec![bytes.len()];
        let count = entries.len();
        bytes.extend([0xdf, 0x10, count as u8]);
        bytes.extend((0..count).map(|entry| 1 + 2 * entry as u8));
        bytes.extend((0..count).map(|entry| 2 + 2 * entry as u8));
        for text in entries.iter().flat_map(|(key, text)| [key, text]) {
            offsets.push(bytes.len());
            if text.is_ascii() {
                bytes.extend([0x5f, 0x10, text.len() as u8]);
                bytes.extend(text.bytes());
            } else {
                let units: Vec<u16> = text.encode_utf16().collect();
                bytes.push(0x60 | units.len() as u8);
                bytes.extend(units.into_iter().flat_map(u16::to_be_bytes));
            }
        }
        let table = bytes.len() as u64;
        bytes.extend(offsets.iter().flat_map(|offset| (*offset as u16).to_be_bytes()));
        bytes.extend([0, 0, 0, 0, 0, 0, 2, 1]);
        for number in [offsets.len() as u64, 0, table] {
            bytes.extend(number.to_be_bytes());
        }
        bytes
    }

    #[test]
    fn an_application_is_known_by_the_best_of_its_names_and_versions() {
        let text = |text: &str| format!("<string>{text}</string>");
        for (entries, expected) in [
            (
                &[
                    ("CFBundleExecutable", "chat"),
                    ("CFBundleName", "Chat"),
                    ("CFBundleVersion", "450"),
                    ("CFBundleDisplayName", "Chät"),
                    ("CFBundleShortVersionString", "4.5.0"),
                ][..],
                Some(("Chät", "4.5.0")),
            ),
            (
                &[("CFBundleIdentifier", "com.a.chat"), ("CFBundleVersion", "45")],
                Some(("com.a.chat", "45")),
            ),
            (
                &[("CFBundleName", ""), ("CFBundleExecutable", "c"), ("CFBundleVersion", "1")],
                Some(("c", "1")),
            ),
            (&[("CFBundleName", "Chat")], None),
            (&[("CFBundleVersion", "1")], None),
        ] {
            let texts: Vec<_> = entries.iter().map(|(key, value)| (*key, text(value))).collect();
            let texts: Vec<_> = texts.iter().map(|(key, value)| (*key, value.as_str())).collect();
            let as_xml = xml(&texts);
            let as_utf16: Vec<u8> = [0xfeff]
                .into_iter()
                .chain(as_xml.encode_utf16())
                .flat_map(u16::to_be_bytes)
                .collect();
            for content in [as_xml.into_bytes(), as_utf16, binary(entries)] {
                let found = run(&content);
                assert_eq!(row(&found), expected);
                assert_eq!(found.problems, []);
            }
        }
    }

    #[test]
    fn what_lies_deeper_or_is_no_text_says_nothing() {
        let content = xml(&[
            ("CFBundleName", "<string>A &amp; <![CDATA[B]]></string>"),
            (
                "CFBundleURLTypes",
                "<array><dict><key>CFBundleName</key><string>no</string></dict></array>",
            ),
            ("CFBundleVersion", "<integer>7</integer>"),
            ("CFBundleShortVersionString", "<true/>"),
            ("Other", "<string>9</string>"),
            ("CFBundleShortVersionString", "<string>1.0</string>"),
        ]);
        assert_eq!(row(&run(content.as_bytes())), Some(("A & B", "1.0")));
    }

    #[test]
    fn what_is_no_list_is_told() {
        for content in [&b""[..], b"bplist00", b"<plist version='1.0'/>", b"{ CFBundleName = a; }"]
        {
            assert_eq!(run(content).problems[0].kind, ProblemKind::Malformed);
        }
        let large = vec![b' '; MOST_BYTES as usize + 1];
        assert_eq!(run(&large).problems[0].kind, ProblemKind::LimitExceeded);
        // The outermost object is a text.
        let mut other = binary(&[("CFBundleName", "a")]);
        let at = other.len() - 9;
        other[at] = 1;
        assert_eq!(run(&other).problems[0].kind, ProblemKind::Malformed);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            run(&bytes);
            run(&[b"bplist00", bytes.as_slice()].concat());
        }

        #[test]
        fn a_damaged_list_is_read_without_a_panic(at in 0_usize..200, byte: u8) {
            let mut bytes = binary(&[("CFBundleName", "Chat"), ("CFBundleVersion", "1.0")]);
            let at = at % bytes.len();
            bytes[at] = byte;
            run(&bytes);
        }
    }
}
