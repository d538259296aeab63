//! Rust programs built with cargo-auditable: the crates that it recorded in them.
//!
//! The record (github.com/rust-secure-code/cargo-auditable, PARSING.md) is a section of zlib-compressed JSON. Programs without it are by
//! far the most common: for those only the file's headers are read.

use std::io::Read;

use plimsoll_core::{Limits, PackageType, Problem, ProblemKind};
use serde::Deserialize;
use serde_json::Value;

use crate::object::{self, objects};
use crate::{Extraction, Extractor, FoundPackage, FoundState, WantedFile};

pub(crate) static RUST_BINARY: Extractor = Extractor {
    id: "rust-binary",
    summary: "Rust programs (ELF, PE, Mach-O) built with cargo-auditable: crates linked into them",
    patterns: object::PATTERNS,
    extract,
    ..Extractor::RECORD
};

/// The same in every format; in Mach-O files it is in the segment `__DATA`.
const SECTION: &[u8] = b".dep-v0";
/// The source of crates that have no other.
const CRATES_IO: &str = "crates.io";

#[derive(Deserialize)]
struct Audit {
    packages: Vec<Value>,
}

#[derive(Deserialize)]
struct Crate {
    name: String,
    version: String,
    /// `crates.io`, `git`, `local`, `registry`, or what is invented later.
    source: String,
    #[serde(default)]
    kind: Option<String>,
    #[serde(default)]
    root: bool,
}

fn extract(file: &WantedFile<'_>) -> Extraction {
    let mut extraction = Extraction::default();
    for object in objects(file.content, file.limits) {
        let Some(section) = object.section(SECTION).filter(|section| section.has_content) else {
            continue;
        };
        let packed = match object.content_of(section, file.limits) {
            Ok(packed) => packed,
            Err(problem) => {
                extraction.problems.push(problem);
                continue;
            }
        };
        match unpacked(&packed, file.limits).and_then(|json| parse(&json)) {
            Ok(audit) => list(&audit, file.limits, &mut extraction),
            Err(problem) => extraction.problems.push(problem),
        }
    }
    extraction
}

/// The text of the record; what fills the section after the compressed stream is none of it.
fn unpacked(packed: &[u8], limits: &Limits) -> Result<Vec<u8>, Problem> {
    let mut json = Vec::new();
    let mut decoder = flate2::read::ZlibDecoder::new(packed);
    let read = decoder.by_ref().take(limits.text_bytes.saturating_add(1)).read_to_end(&mut json);
    if let Err(error) = read {
        let detail = format!("the record of cargo-auditable cannot be unpacked: {error}");
        return Err(Problem::new(ProblemKind::Malformed, detail));
    }
    if json.len() as u64 > limits.text_bytes {
        let detail = format!(
            "the record of cargo-auditable has more than the {} bytes that are read",
            limits.text_bytes
        );
        return Err(Problem::new(ProblemKind::LimitExceeded, detail));
    }
    Ok(json)
}

fn parse(json: &[u8]) -> Result<Audit, Problem> {
    serde_json::from_slice(json).map_err(|error| {
        let detail = format!("the record of cargo-auditable is not what it writes: {error}");
        Problem::new(ProblemKind::Malformed, detail)
    })
}

fn list(audit: &Audit, limits: &Limits, extraction: &mut Extraction) {
    let mut unusable = 0_usize;
    for value in &audit.packages {
        let Ok(found) = Crate::deserialize(value) else {
            unusable += 1;
            continue;
        };
        // A crate that only the build ran is not in the program.
        if found.kind.as_deref() == Some("build") {
            continue;
        }
        if found.name.is_empty() || found.version.is_empty() {
            unusable += 1;
            continue;
        }
        if extraction.facts.len() >= limits.packages_per_file {
            let detail = format!("more than {} crates in one program", extraction.facts.len());
            extraction.problems.push(Problem::new(ProblemKind::LimitExceeded, detail));
            break;
        }
        let state = if found.root { FoundState::Installed } else { FoundState::Bundled };
        let repository = (found.source != CRATES_IO).then_some(found.source);
        let package = FoundPackage::new(PackageType::Cargo, found.name, found.version);
        extraction.push(FoundPackage { state, repository, ..package });
    }
    if unusable > 0 {
        let detail = format!("{unusable} crates without a name, a version or a source");
        extraction.problems.push(Problem::new(ProblemKind::Malformed, detail));
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use plimsoll_core::ImagePath;
    use proptest::prelude::*;

    use super::*;
    use crate::object::samples::{FORMS, elf, fat, macho, pe};

    const RECORD: &str = r#"{"packages":[
        {"name":"app","version":"0.3.0","source":"local","dependencies":[1,2,3,4],"root":true},
        {"name":"cc","version":"1.2.0","source":"crates.io","kind":"build"},
        {"name":"forked","version":"2.0.1","source":"git"},
        {"name":"inside","version":"1.1.0","source":"registry","kind":"runtime"},
        {"name":"serde","version":"1.0.219","source":"crates.io"}
    ]}"#;

    fn packed(json: &str) -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(json.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    fn run(program: &[u8]) -> Extraction {
        let (path, limits) = (ImagePath::new("usr/bin/app"), Limits::default());
        extract(&WantedFile::whole(&path, &program.to_vec(), &limits))
    }

    #[test]
    fn crates_are_listed_from_every_format() {
        let record = packed(RECORD);
        let mut programs = Vec::new();
        for form in FORMS {
            programs.push(elf(form, Some(SECTION), &record));
            programs.push(macho(form, Some(SECTION), &record));
            programs.push(fat(form.is_wide, &[macho(form, Some(SECTION), &record)]));
            // PE files fill their sections.
            programs.push(pe(form.is_wide, SECTION, &[&record[..], &[0; 100]].concat()));
        }
        for program in programs {
            let extraction = run(&program);
            assert_eq!(extraction.problems, []);
            let found: Vec<_> = (extraction.packages())
                .map(|found| {
                    let repository = found.repository.as_deref().unwrap_or_default();
                    (found.name.as_str(), found.version.as_str(), repository, found.state)
                })
                .collect();
            let expected = [
                ("app", "0.3.0", "local", FoundState::Installed),
                ("forked", "2.0.1", "git", FoundState::Bundled),
                ("inside", "1.1.0", "registry", FoundState::Bundled),
                ("serde", "1.0.219", "", FoundState::Bundled),
            ];
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn one_unreadable_crate_does_not_lose_the_others() {
        let json = r#"{"packages":[7,{"name":"a"},{"name":"b","version":"1.0.0","source":"git"},
            {"name":"","version":"1.0.0","source":"git"}],"format":9}"#;
        let extraction = run(&elf(FORMS[0], Some(SECTION), &packed(json)));
        assert_eq!(extraction.packages().count(), 1);
        assert_eq!(extraction.problems[0].detail, "3 crates without a name, a version or a source");
    }

    #[test]
    fn a_record_that_cannot_be_read_is_a_problem() {
        let whole = packed(RECORD);
        for record in [&b"not zlib"[..], &whole[..whole.len() / 2], &packed("[1]"), &packed("{}")] {
            let extraction = run(&elf(FORMS[0], Some(SECTION), record));
            assert_eq!(extraction.facts, []);
            assert_eq!(extraction.problems[0].kind, ProblemKind::Malformed);
        }
    }

    #[test]
    fn other_programs_are_nothing() {
        for program in
            [&b"\x7fELF"[..], b"MZ", &elf(FORMS[0], Some(b".dep-v1"), &packed(RECORD)), b""]
        {
            let extraction = run(program);
            assert_eq!((extraction.facts.len(), extraction.problems.len()), (0, 0));
        }
    }

    proptest! {
        #[test]
        fn any_record_ends(bytes: Vec<u8>, json: String) {
            let _ = run(&elf(FORMS[0], Some(SECTION), &bytes));
            let _ = run(&elf(FORMS[0], Some(SECTION), &packed(&json)));
        }
    }
}
