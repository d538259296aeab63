//! The package that an ELF file says it was built as: the note of the "Package Metadata for Executable Files" specification of the
//! UAPI group, which Fedora's, Debian's and others' builds write.
//!
//! It names the source package and its version, so where a system package owns the file its word counts for nothing: it speaks for
//! programs that were copied out of their distribution.

use plimsoll_core::{PackageType, Problem, ProblemKind};
use serde::Deserialize;

use crate::object::{self, objects};
use crate::{Authority, Extraction, Extractor, FoundPackage, Pattern, WantedFile};

pub(crate) static ELF_PACKAGE_NOTE: Extractor = Extractor {
    id: "elf-package-note",
    version: 2,
    summary: "ELF files with a note of the package that they were built as (`.note.package`)",
    patterns: PATTERNS,
    authority: Authority::Sbom,
    extract,
    ..Extractor::RECORD
};

const PATTERNS: &[Pattern] = &[object::ELF];
const SECTION: &[u8] = b".note.package";
const OWNER: &[u8] = b"FDO";
const KIND: u32 = 0xcafe_1a7e;

#[derive(Deserialize)]
struct Metadata {
    #[serde(rename = "type")]
    kind: Option<String>,
    name: Option<String>,
    version: Option<String>,
    architecture: Option<String>,
}

fn extract(file: &WantedFile<'_>) -> Extraction {
    let mut extraction = Extraction::default();
    for object in objects(file.content, file.limits) {
        let mut notes = object.notes(OWNER, KIND, file.limits);
        // A section that was added to a finished file belongs to no segment.
        if notes.is_empty()
            && let Some(section) = object.section(SECTION)
            && section.has_content
        {
            match object.content_of(section, file.limits) {
                // The JSON by itself, as tools that add a section write it.
                Ok(bytes) if bytes.trim_ascii_start().starts_with(b"{") => notes.push(bytes.into()),
                Ok(bytes) => notes = object.notes_in(&bytes, OWNER, KIND),
                Err(problem) => extraction.problems.push(problem),
            }
        }
        for note in notes {
            match package(&note) {
                Ok(Some(package)) => {
                    // What is linked from several object files has the same note several times.
                    if !extraction.packages().any(|known| *known == package) {
                        extraction.push(package);
                    }
                }
                Ok(None) => {}
                Err(problem) => extraction.problems.push(problem),
            }
        }
    }
    extraction.problems.dedup();
    extraction
}

/// The package of a note; `None` for one that does not name it, as every field may be left out.
fn package(note: &[u8]) -> Result<Option<FoundPackage>, Problem> {
    let text = note.split(|&byte| byte == 0).next().unwrap_or_default();
    let metadata: Metadata = serde_json::from_slice(text).map_err(|error| {
        let detail =
            format!("the note of the file's package is not what is written there: {error}");
        Problem::new(ProblemKind::Malformed, detail)
    })?;
    let (Some(name), Some(version)) = (metadata.name, metadata.version) else { return Ok(None) };
    if name.is_empty() || version.is_empty() {
        return Ok(None);
    }
    let kind = metadata.kind.as_deref().and_then(PackageType::from_purl_type);
    let kind = kind.filter(|kind| kind.is_system()).unwrap_or(PackageType::Generic);
    // The first builds with such notes wrote an rpm's architecture after its release.
    let version = match &metadata.architecture {
        Some(arch) if kind == PackageType::Rpm => {
            let end = version.strip_suffix(arch.as_str()).and_then(|rest| rest.strip_suffix('.'));
            end.map(str::to_owned).unwrap_or(version)
        }
        _ => version,
    };
    let mut package = FoundPackage::new(kind, name, version);
    if kind.is_system() {
        package.arch = metadata.architecture.filter(|arch| !arch.is_empty());
        package.source_name = Some(package.name.clone());
    }
    Ok(Some(package))
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{ImagePath, Limits};
    use proptest::prelude::*;

    use super::*;
    use crate::object::Form;
    use crate::object::samples::{FORMS, RECORD, elf, elf_with_notes};

    const RPM: &str = r#"{"type":"rpm","name":"util-linux","version":"2.38.1-1.fc37",
        "architecture":"x86_64","osCpe":"cpe:/o:fedoraproject:fedora:37"}"#;

    fn run(program: &[u8]) -> Extraction {
        let (path, limits) = (ImagePath::new("usr/bin/app"), Limits::default());
        extract(&WantedFile::whole(&path, &program.to_vec(), &limits))
    }

    fn noted(form: Form, texts: &[&str]) -> Vec<u8> {
        let mut notes = vec![(&b"GNU\0"[..], 3, vec![0xab; 20])];
        // The text ends with zeros, up to the length that was reserved for it.
        notes.extend(
            texts.iter().map(|text| (&b"FDO\0"[..], KIND, [text.as_bytes(), &[0; 7]].concat())),
        );
        elf_with_notes(form, &notes)
    }

    #[test]
    fn the_package_is_named_in_every_form() {
        for form in FORMS {
            let extraction = run(&noted(form, &[RPM, RPM]));
            assert_eq!(extraction.problems, []);
            let found: Vec<_> = extraction.packages().cloned().collect();
            let mut expected = FoundPackage::new(PackageType::Rpm, "util-linux", "2.38.1-1.fc37");
            expected.arch = Some("x86_64".to_owned());
            expected.source_name = Some("util-linux".to_owned());
            assert_eq!(found, [expected]);
        }
    }

    #[test]
    fn versions_are_spelt_as_package_managers_do() {
        for (text, expected) in [
            (
                r#"{"type":"rpm","name":"hello","version":"0-1.fc35.x86_64","architecture":"x86_64"}"#,
                Some(("rpm", "0-1.fc35", Some("x86_64"))),
            ),
            (
                r#"{"type":"deb","os":"debian","name":"fsverity-utils","version":"1.3-1","architecture":"arm64"}"#,
                Some(("deb", "1.3-1", Some("arm64"))),
            ),
            (
                r#"{"type":"apk","name":"busybox","version":"1.36.1-r2"}"#,
                Some(("apk", "1.36.1-r2", None)),
            ),
            (
                r#"{"type":"portable","name":"a","version":"1","architecture":"x86_64"}"#,
                Some(("generic", "1", None)),
            ),
            (r#"{"type":"deb","name":"a"}"#, None),
            (r#"{"type":"deb","name":"","version":"1"}"#, None),
            ("{}", None),
        ] {
            let extraction = run(&noted(FORMS[0], &[text]));
            assert_eq!(extraction.problems, [], "{text}");
            let found = extraction.packages().next();
            let found = found
                .map(|found| (found.kind.as_str(), found.version.as_str(), found.arch.as_deref()));
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn a_section_outside_of_all_segments_is_read_as_notes_or_as_json() {
        for form in FORMS {
            let notes = noted(form, &[RPM]).split_off(RECORD as usize);
            for content in [notes.as_slice(), RPM.as_bytes()] {
                let extraction = run(&elf(form, Some(b".note.package"), content));
                assert_eq!(extraction.problems, []);
                let names = extraction.packages().map(|package| package.name.as_str());
                assert_eq!(names.collect::<Vec<_>>(), ["util-linux"]);
            }
            assert_eq!(run(&elf(form, Some(b".note.package"), b"{")).problems.len(), 1);
        }
    }

    #[test]
    fn a_note_that_is_not_json_is_a_problem_and_another_owners_is_nothing() {
        let extraction = run(&noted(FORMS[0], &["{\"type\":", RPM]));
        assert_eq!((extraction.packages().count(), extraction.problems.len()), (1, 1));
        let other = elf_with_notes(FORMS[0], &[(&b"GNU\0"[..], KIND, RPM.into())]);
        let kind = elf_with_notes(FORMS[0], &[(&b"FDO\0"[..], 1, RPM.into())]);
        for program in [&other[..], &kind, b"\x7fELF", b""] {
            let extraction = run(program);
            assert_eq!((extraction.facts.len(), extraction.problems.len()), (0, 0));
        }
    }

    proptest! {
        #[test]
        fn mutated_notes_end(
            changes in prop::collection::vec((0..0x500_usize, any::<u8>()), 1..12),
            text: String,
        ) {
            let mut program = noted(FORMS[0], &[RPM, &text]);
            for (at, byte) in changes {
                if let Some(place) = program.get_mut(at) {
                    *place = byte;
                }
            }
            let _ = run(&program);
        }
    }
}
