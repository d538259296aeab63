//! Applications that Flatpak installed: what each one exports of itself in the form of AppStream.
//!
//! It lies in `flatpak/app/ID/ARCH/BRANCH/COMMIT/export/share`, below `metainfo` or, as AppStream had it first, `appdata`. Its releases
//! stand newest first, and the first is the installed one (AppStream 1.0, "Releases"). A runtime exports nothing of the kind. A purl has
//! no type for them yet, so they are generic: `flatpak/ID`.

use plimsoll_core::{ImagePath, PackageType, Problem};

use crate::fields::{extraction, package};
use crate::xml::{Part, Parts, unescaped};
use crate::{Candidate, Extraction, Extractor, FoundPackage, Pattern, WantedFile};

pub(crate) static FLATPAK: Extractor = Extractor {
    id: "flatpak",
    summary: "Applications that Flatpak installed",
    patterns: &[Pattern::Extension(".metainfo.xml"), Pattern::Extension(".appdata.xml")],
    wants: |candidate: &Candidate<'_>| place(candidate.path).is_some(),
    extract,
    ..Extractor::RECORD
};

const DIRECTORIES: [&str; 2] = ["metainfo", "appdata"];
/// Elements in one another; those that matter lie three deep.
const DEEPEST: usize = 64;
/// Longer texts are no identifiers.
const LONGEST_TEXT: usize = 512;

/// What the place of an application's description says.
struct Place<'a> {
    id: &'a str,
    arch: &'a str,
}

fn place(path: &ImagePath) -> Option<Place<'_>> {
    let mut above = path.parent().rsplit('/');
    let is_description = DIRECTORIES.contains(&above.next()?)
        && above.next()? == "share"
        && above.next()? == "export";
    let mut above = above.skip(2);
    let (arch, id) = (above.next()?, above.next()?);
    let is_application = above.next()? == "app" && above.next()? == "flatpak";
    // An application may describe its parts too: theirs have their own names.
    let stem = path.file_name().strip_prefix(id)?;
    (is_description && is_application && stem.matches('.').count() == 2)
        .then_some(Place { id, arch })
}

fn extract(file: &WantedFile<'_>) -> Extraction {
    let Some(place) = place(file.path) else { return Extraction::default() };
    extraction(file.bytes().and_then(|bytes| described(&bytes, &place)).map(Some))
}

fn described(bytes: &[u8], place: &Place<'_>) -> Result<FoundPackage, Problem> {
    let mut path: Vec<&[u8]> = Vec::new();
    let (mut version, mut license, mut developer) = (None, String::new(), String::new());
    for part in Parts(bytes) {
        let opened = match part {
            Part::Open(tag) if path.len() < DEEPEST => {
                path.push(tag.name);
                Some((tag, path.as_slice()))
            }
            // What lies deeper could not be told from what closes it.
            Part::Open(_) => break,
            Part::Empty(tag) if tag.name == b"release" && path.ends_with(&[b"releases"]) => {
                version = version.or_else(|| tag.attribute("version"));
                None
            }
            Part::Empty(_) => None,
            Part::Close => {
                path.pop();
                None
            }
            Part::Text(text) => {
                let place = match path.as_slice() {
                    [_, b"project_license"] => &mut license,
                    [_, b"developer_name"] | [_, b"developer", b"name"] => &mut developer,
                    _ => continue,
                };
                if place.len().saturating_add(text.len()) <= LONGEST_TEXT {
                    place.push_str(&unescaped(&String::from_utf8_lossy(text)));
                }
                None
            }
        };
        if let Some((tag, [_, b"releases", b"release"])) = opened {
            version = version.or_else(|| tag.attribute("version"));
        }
    }
    let name = format!("flatpak/{}", place.id);
    let names = (Some(name.as_str()), version.as_deref());
    let mut found = package(PackageType::Generic, "description of an application", names)?;
    found.arch = Some(place.arch.to_owned());
    let text = |text: String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    found.licenses = text(license).into_iter().collect();
    found.vendor = text(developer);
    Ok(found)
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{Limits, ProblemKind};
    use proptest::prelude::*;

    use super::*;

    const PATH: &str = "var/lib/flatpak/app/org.gimp.GIMP/x86_64/stable/2f7a/export/share/metainfo/org.gimp.GIMP.metainfo.xml";

    fn run(path: &str, content: &[u8]) -> Extraction {
        let path = ImagePath::new(path);
        extract(&WantedFile::whole(&path, &content.to_vec(), &Limits::default()))
    }

    const DESCRIPTION: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
        <component type="desktop"><id>org.gimp.GIMP</id><name>GIMP</name>
        <project_license>GPL-3.0+ AND LGPL-3.0+</project_license>
        <developer id="org.gimp"><name>The GIMP &amp; friends</name></developer>
        <releases><release version="2.10.36" date="2023-11-07"><description><p>new</p></description></release>
        <release version="2.10.34" date="2023-02-27"/></releases></component>"#;

    #[test]
    fn the_newest_release_is_what_is_installed() {
        let extraction = run(PATH, DESCRIPTION.as_bytes());
        assert_eq!(extraction.problems, []);
        let found: Vec<_> = extraction.packages().cloned().collect();
        let expected = FoundPackage {
            arch: Some("x86_64".to_owned()),
            licenses: vec!["GPL-3.0+ AND LGPL-3.0+".to_owned()],
            vendor: Some("The GIMP & friends".to_owned()),
            ..FoundPackage::new(PackageType::Generic, "flatpak/org.gimp.GIMP", "2.10.36")
        };
        assert_eq!(found, [expected]);
        let short = "<application><releases><release version='3'/><release version='2'/></releases></application>";
        let extraction = run(PATH, short.as_bytes());
        assert_eq!(extraction.packages().next().unwrap().version, "3");
    }

    #[test]
    fn only_an_applications_own_description_is_wanted() {
        let root = "home/a/.local/share/flatpak/app/org.a.B/aarch64/master/0f1e/export/share";
        for (path, expected) in [
            (PATH.to_owned(), true),
            (format!("{root}/appdata/org.a.B.appdata.xml"), true),
            (format!("{root}/metainfo/org.a.B.Plugin.metainfo.xml"), false),
            (format!("{root}/metainfo/org.a.C.metainfo.xml"), false),
            ("usr/share/metainfo/org.gimp.GIMP.metainfo.xml".to_owned(), false),
            (
                "var/lib/flatpak/app/org.a.B/x86_64/stable/2f7a/files/share/metainfo/org.a.B.metainfo.xml"
                    .to_owned(),
                false,
            ),
        ] {
            assert_eq!(place(&ImagePath::new(&path)).is_some(), expected, "{path}");
        }
    }

    #[test]
    fn a_description_without_a_release_is_told() {
        let deep = "<a>".repeat(100) + "<releases><release version='1'/>";
        for text in ["", "<component><id>a</id></component>", "<component", &deep] {
            let extraction = run(PATH, text.as_bytes());
            let problem = &extraction.problems[0];
            assert_eq!(problem.detail, "description of an application without a version");
            assert_eq!((extraction.facts.len(), problem.kind), (0, ProblemKind::Malformed));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_end(content: Vec<u8>, at in 0..DESCRIPTION.len(), byte: u8) {
            run(PATH, &content);
            let mut damaged = DESCRIPTION.as_bytes().to_vec();
            damaged[at] = byte;
            run(PATH, &damaged);
        }
    }
}
