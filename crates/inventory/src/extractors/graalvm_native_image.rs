//! Programs that GraalVM compiled ahead of time: the bill of materials that `native-image --enable-sbom` embeds in them.
//!
//! It is CycloneDX, compressed with gzip, at the symbol `sbom`; how long it is stands at the symbol `sbom_length` (GraalVM's reference
//! manual, "Software Bill of Materials"). Programs of other compilers are recognised by their sections and left alone.

use std::io::Read;

use plimsoll_archive::{Decoder, DecoderBounds, ReadAtCursor, read_problem};
use plimsoll_core::{Limits, Problem, ProblemKind};

use crate::object::{self, Object, objects};
use crate::{Extraction, Extractor, WantedFile, sbom};

pub(crate) static GRAALVM_NATIVE_IMAGE: Extractor = Extractor {
    id: "graalvm-native-image",
    summary: "Programs that GraalVM compiled (ELF, PE, Mach-O): the libraries in their embedded bill of materials",
    patterns: object::PATTERNS,
    extract,
    ..Extractor::RECORD
};

/// The section of the heap that is loaded with the program; in PE files a name has room for eight letters.
const HEAP_SECTIONS: [&[u8]; 3] = [b".svm_heap", b"__svm_heap", b".svm_hea"];

fn extract(file: &WantedFile<'_>) -> Extraction {
    let mut extraction = Extraction::default();
    for object in objects(file.content, file.limits) {
        if !HEAP_SECTIONS.iter().any(|name| object.section(name).is_some()) {
            continue;
        }
        match bill_of_materials(&object, file.limits) {
            Ok(Some(json)) => read_bill(&json, file.limits, &mut extraction),
            Ok(None) => {}
            Err(problem) => extraction.problems.push(problem),
        }
    }
    extraction
}

/// The text of the bill; `None` for a program that was built without one.
fn bill_of_materials(object: &Object<'_>, limits: &Limits) -> Result<Option<Vec<u8>>, Problem> {
    let (Some(start), Some(length)) =
        (object.symbol("sbom", limits), object.symbol("sbom_length", limits))
    else {
        return Ok(None);
    };
    let malformed = || {
        let detail = "the symbols of the embedded bill of materials lead out of the program";
        Problem::new(ProblemKind::Malformed, detail)
    };
    let length = object.read_at(length, 8).ok_or_else(malformed)?;
    let length = object.headers.form.fields(&length).u64(0).ok_or_else(malformed)?;
    let (offset, available) = object.locate(start).ok_or_else(malformed)?;
    if length > available {
        return Err(malformed());
    }
    let bounds = DecoderBounds { bytes: limits.text_bytes, ..DecoderBounds::from(limits) };
    let packed = ReadAtCursor::section(&object.content, offset, length);
    let mut json = Vec::new();
    let read = Decoder::new(packed, bounds).and_then(|mut bill| bill.read_to_end(&mut json));
    read.map_err(|error| read_problem(&error))?;
    Ok(Some(json))
}

/// The libraries that the bill names; one that names none is damaged.
fn read_bill(json: &[u8], limits: &Limits, extraction: &mut Extraction) {
    let bill = sbom::read_bundled_java(json, limits);
    if bill.facts.is_empty() && bill.problems.is_empty() {
        let detail = "the embedded bill of materials names nothing";
        extraction.problems.push(Problem::new(ProblemKind::Malformed, detail));
    }
    extraction.facts.extend(bill.facts);
    extraction.problems.extend(bill.problems);
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use plimsoll_core::ImagePath;
    use proptest::prelude::*;

    use super::*;
    use crate::FoundState;
    use crate::object::Form;
    use crate::object::samples::{FORMS, elf_with_symbols, macho_with_symbols, pe_with_symbols};

    const BILL: &str = r#"{"bomFormat":"CycloneDX","specVersion":"1.5","version":1,
        "metadata":{"component":{"type":"application","name":"app","version":"1.0","purl":"pkg:maven/org.example/app@1.0"}},
        "components":[
            {"type":"library","group":"io.netty","name":"netty-handler","version":"4.1.100.Final",
             "purl":"pkg:maven/io.netty/netty-handler@4.1.100.Final",
             "licenses":[{"license":{"id":"Apache-2.0"}},{"expression":"MIT OR BSD-2-Clause"}]},
            {"type":"library","group":"org.graalvm.sdk","name":"nativeimage","version":"23.1.2",
             "components":[{"name":"inner","version":"2","purl":"pkg:npm/%40scope/inner@2"}]},
            {"type":"library","name":"java.base","properties":[]},
            "not a component"]}"#;

    fn packed(json: &str) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(json.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    /// The bill and its length, eight bytes before it.
    fn data(form: Form, bill: &[u8], length: u64) -> Vec<u8> {
        let length = if form.big_endian { length.to_be_bytes() } else { length.to_le_bytes() };
        [&length[..], bill].concat()
    }

    fn run(program: &[u8]) -> Extraction {
        let (path, limits) = (ImagePath::new("usr/bin/app"), Limits::default());
        extract(&WantedFile::whole(&path, &program.to_vec(), &limits))
    }

    const SYMBOLS: [(&str, u64); 2] = [("sbom_length", 0), ("sbom", 8)];

    #[test]
    fn the_bill_is_found_in_every_format() {
        for form in FORMS {
            let bill = packed(BILL);
            let data = data(form, &bill, bill.len() as u64);
            let mut programs = vec![
                elf_with_symbols(form, b".svm_heap", &data, &SYMBOLS),
                macho_with_symbols(form, b"__svm_heap", &data, &SYMBOLS),
            ];
            if !form.big_endian {
                programs.push(pe_with_symbols(form.is_wide, b".svm_hea", &data, &SYMBOLS));
            }
            for program in programs {
                let extraction = run(&program);
                let found: Vec<_> = (extraction.packages())
                    .map(|found| {
                        (
                            found.kind.as_str(),
                            found.name.as_str(),
                            found.version.as_str(),
                            found.state,
                        )
                    })
                    .collect();
                let expected = [
                    ("maven", "io.netty:netty-handler", "4.1.100.Final", FoundState::Bundled),
                    ("maven", "org.graalvm.sdk:nativeimage", "23.1.2", FoundState::Bundled),
                    ("npm", "@scope/inner", "2", FoundState::Bundled),
                ];
                assert_eq!(found, expected);
                let licenses = extraction.packages().next().map(|found| found.licenses.clone());
                assert_eq!(licenses.unwrap(), ["Apache-2.0", "MIT OR BSD-2-Clause"]);
                assert_eq!(extraction.problems[0].detail, "1 entries that are no packages");
            }
        }
    }

    #[test]
    fn a_program_without_a_bill_is_nothing_and_one_with_a_damaged_bill_a_problem() {
        let form = FORMS[0];
        let bill = packed(BILL);
        let whole = data(form, &bill, bill.len() as u64);
        for program in [
            elf_with_symbols(form, b".svm_heap", &whole, &SYMBOLS[..1]),
            elf_with_symbols(form, b".svm_heap", &whole, &[]),
            elf_with_symbols(form, b".heap", &whole, &SYMBOLS),
            b"\x7fELF".to_vec(),
        ] {
            let extraction = run(&program);
            assert_eq!((extraction.facts.len(), extraction.problems.len()), (0, 0));
        }
        let half = bill.len() as u64 / 2;
        for data in [
            data(form, &bill, half),
            data(form, &bill, 1 << 40),
            data(form, b"{}}", 3),
            data(form, &packed("[]"), packed("[]").len() as u64),
        ] {
            let extraction = run(&elf_with_symbols(form, b".svm_heap", &data, &SYMBOLS));
            assert_eq!((extraction.facts.len(), extraction.problems.len()), (0, 1));
        }
    }

    proptest! {
        #[test]
        fn mutated_programs_end(
            changes in prop::collection::vec((0..0x500_usize, any::<u8>()), 1..12),
            format in 0..3_usize,
        ) {
            let bill = packed(BILL);
            let data = data(FORMS[0], &bill, bill.len() as u64);
            let mut program = match format {
                0 => elf_with_symbols(FORMS[0], b".svm_heap", &data, &SYMBOLS),
                1 => macho_with_symbols(FORMS[0], b"__svm_heap", &data, &SYMBOLS),
                _ => pe_with_symbols(true, b".svm_hea", &data, &SYMBOLS),
            };
            for (at, byte) in changes {
                if let Some(place) = program.get_mut(at) {
                    *place = byte;
                }
            }
            let _ = run(&program);
        }
    }
}
