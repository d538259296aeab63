//! `pom.xml` (Maven's "POM Reference"): the coordinates that it states, or its parent's, and its licences.
//!
//! Nothing is looked up: of properties only those are resolved that name another part of the same file.

use super::Coordinates;
use super::identity::{is_identifier, is_version};
use crate::fields::{choice, field};
use crate::xml::{Part, Parts, unescaped};

/// What one `pom.xml` says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Pom {
    /// `None` where one of them is missing, or is left to properties.
    pub(super) coordinates: Option<Coordinates>,
    /// Of several the user may choose one ("POM Reference", Licenses).
    pub(super) license: Option<String>,
}

/// Elements in one another; those that matter lie four deep.
const DEEPEST: usize = 64;
/// Licence statements that are kept.
const MOST_LICENSES: usize = 8;
/// Longer texts are none of those that matter.
const LONGEST_TEXT: usize = 1024;

pub(super) fn parse(bytes: &[u8]) -> Pom {
    let mut stated = Stated::default();
    let mut path: Vec<&[u8]> = Vec::new();
    for part in Parts(bytes) {
        match part {
            Part::Open(tag) if path.len() < DEEPEST => {
                path.push(tag.name);
                stated.open(&path);
            }
            // What lies deeper could not be told from what closes it.
            Part::Open(_) => break,
            Part::Empty(_) => {}
            Part::Close => {
                path.pop();
            }
            Part::Text(text) => stated.text(&path, text),
        }
    }
    stated.into_pom()
}

/// The texts that matter, as they stand.
#[derive(Default)]
struct Stated {
    group: Vec<u8>,
    artifact: Vec<u8>,
    version: Vec<u8>,
    parent_group: Vec<u8>,
    parent_version: Vec<u8>,
    licenses: Vec<Vec<u8>>,
}

impl Stated {
    fn open(&mut self, path: &[&[u8]]) {
        if *path == [&b"project"[..], b"licenses", b"license", b"name"]
            && self.licenses.len() < MOST_LICENSES
        {
            self.licenses.push(Vec::new());
        }
    }

    fn text(&mut self, path: &[&[u8]], text: &[u8]) {
        let place = match path {
            [b"project", b"groupId"] => &mut self.group,
            [b"project", b"artifactId"] => &mut self.artifact,
            [b"project", b"version"] => &mut self.version,
            [b"project", b"parent", b"groupId"] => &mut self.parent_group,
            [b"project", b"parent", b"version"] => &mut self.parent_version,
            [b"project", b"licenses", b"license", b"name"] => match self.licenses.last_mut() {
                Some(last) => last,
                None => return,
            },
            _ => return,
        };
        if place.len().saturating_add(text.len()) <= LONGEST_TEXT {
            place.extend(text);
        }
    }

    fn into_pom(self) -> Pom {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes.trim_ascii()).into_owned();
        let or_parents = |own: &[u8], parents: &[u8]| match own.trim_ascii() {
            b"" => text(parents),
            own => text(own),
        };
        let group = or_parents(&self.group, &self.parent_group);
        let version = or_parents(&self.version, &self.parent_version);
        let names = [
            ("project.parent.groupId", text(&self.parent_group)),
            ("project.parent.version", text(&self.parent_version)),
            ("parent.version", text(&self.parent_version)),
            ("project.groupId", group.clone()),
            ("project.version", version.clone()),
        ];
        let resolved = |text: &str| {
            let mut text = text.to_owned();
            for (name, value) in &names {
                text = text.replace(&format!("${{{name}}}"), value);
            }
            text
        };
        let coordinates = Coordinates {
            group: resolved(&group),
            artifact: resolved(&text(&self.artifact)),
            version: resolved(&version),
        };
        let is_usable = is_identifier(&coordinates.group)
            && is_identifier(&coordinates.artifact)
            && is_version(&coordinates.version);
        let licenses = self.licenses.iter().map(|license| unescaped(&text(license)));
        let licenses = licenses.filter_map(|license| field(&license).map(single_line));
        let mut licenses: Vec<String> = licenses.collect();
        licenses.dedup();
        Pom { coordinates: is_usable.then_some(coordinates), license: choice(&licenses) }
    }
}

/// Names are often broken over lines.
fn single_line(text: &str) -> String {
    text.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stated(project: &str) -> Option<String> {
        let text = format!(
            "<?xml version=\"1.0\"?>\n<!-- <project><version>9</version></project> -->\n<!DOCTYPE project>\n\
             <project xmlns=\"http://maven.apache.org/POM/4.0.0\" a='>'>{project}</project>\n"
        );
        let found = parse(text.as_bytes()).coordinates?;
        Some(format!("{}:{}:{}", found.group, found.artifact, found.version))
    }

    #[test]
    fn coordinates_are_the_projects_or_its_parents() {
        let parent = "<parent>\n<groupId>org.p</groupId><artifactId>p</artifactId><version>3</version><relativePath/></parent>";
        for (project, expected) in [
            (
                "<groupId>org.a</groupId>\n<artifactId> a </artifactId><version>1.0</version>",
                Some("org.a:a:1.0"),
            ),
            (&*format!("{parent}<artifactId>a</artifactId>"), Some("org.p:a:3")),
            (
                &*format!("<artifactId>a</artifactId><version>1</version>{parent}"),
                Some("org.p:a:1"),
            ),
            (
                &*format!(
                    "{parent}<artifactId>a</artifactId><version>${{project.parent.version}}.1</version>"
                ),
                Some("org.p:a:3.1"),
            ),
            (
                "<groupId>g</groupId><artifactId>a</artifactId><version>1</version>\
                 <dependencies><dependency><groupId>x</groupId><artifactId>y</artifactId><version>2</version></dependency></dependencies>\
                 <build><plugins><plugin><artifactId>z</artifactId></plugin></plugins></build>",
                Some("g:a:1"),
            ),
            (
                "<groupId><![CDATA[g]]></groupId><artifactId>a<!-- b --></artifactId><version>1</version>",
                Some("g:a:1"),
            ),
            ("<groupId>g</groupId><artifactId>a</artifactId><version>${revision}</version>", None),
            (
                "<groupId>g</groupId><artifactId>a</artifactId><version>${project.version}</version>",
                None,
            ),
            ("<groupId>g</groupId><artifactId>a</artifactId>", None),
            ("<artifactId>a</artifactId><version>1</version>", None),
            ("", None),
        ] {
            assert_eq!(stated(project).as_deref(), expected, "{project}");
        }
    }

    #[test]
    fn several_licences_are_a_choice() {
        let licenses = |names: &[&str]| {
            let each: String = names
                .iter()
                .map(|name| format!("<license><name>{name}</name><url>x</url></license>"))
                .collect();
            parse(format!("<project><licenses>{each}</licenses></project>").as_bytes()).license
        };
        for (names, expected) in [
            (&[""][..], None),
            (&["Apache-2.0"], Some("Apache-2.0")),
            (&["LGPL-2.1-or-later", "Apache-2.0"], Some("LGPL-2.1-or-later OR Apache-2.0")),
            (
                &["Eclipse Public License\n    - v 1.0", "A &amp; B", ""],
                Some("(Eclipse Public License - v 1.0) OR (A & B)"),
            ),
            (&["x", "x"], Some("x")),
        ] {
            assert_eq!(licenses(names).as_deref(), expected, "{names:?}");
        }
    }

    #[test]
    fn damage_ends_the_reading_and_depth_is_bounded() {
        for text in [
            "<project><groupId>g</groupId><artifactId>a</artifactId><version>1</version>"
                .to_owned(),
            "<project><groupId>g</groupId><artifactId>a</artifactId><version>1</version><!-- "
                .to_owned(),
        ] {
            assert!(parse(text.as_bytes()).coordinates.is_some(), "{text}");
        }
        for text in ["<a>".repeat(100_000), "<project><groupId".to_owned(), "</a></b>".to_owned()] {
            assert_eq!(parse(text.as_bytes()), Pom::default());
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes: Vec<u8>) {
            parse(&bytes);
        }

        #[test]
        fn any_tags_are_read(text in r#"(</?(project|groupId|licenses|license|name)/?>|<!--|-->|<!\[CDATA\[|\]\]>|"|a|<|é){0,20}"#) {
            parse(text.as_bytes());
        }
    }
}
