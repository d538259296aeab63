//! Programs that UPX packed: what they are made of lies in compressed bytes that no part reads, which must not pass for nothing.
//!
//! Where UPX leaves its mark (upx.github.io, `src/stub`): in ELF and Mach-O files after the headers, in PE files between the headers
//! and the first section, always within the first page of the file.

use memchr::memmem;
use plimsoll_core::{Problem, ProblemKind};

use crate::object::{self, Format, read};
use crate::{Extraction, Extractor, Reads, WantedFile};

pub(crate) static PACKED_BINARY: Extractor = Extractor {
    id: "packed-binary",
    summary: "Programs that UPX packed: named as not read",
    patterns: object::PATTERNS,
    reads: Reads::Head(HEAD),
    extract,
    ..Extractor::RECORD
};

const HEAD: u64 = 4 << 10;
const MARK: &[u8] = b"UPX!";
/// In an ELF file the mark follows the program headers, of which a packed program has three or four.
const ELF_HEAD: usize = 512;

fn extract(file: &WantedFile<'_>) -> Extraction {
    let Some(head) = read(file.content, 0, HEAD) else { return Extraction::default() };
    let is_packed = object::objects(file.content, file.limits).iter().any(|object| {
        let headers = &object.headers;
        let head = match headers.format {
            Format::Elf => head.get(..ELF_HEAD).unwrap_or(&head),
            Format::Pe | Format::MachO => &head,
        };
        headers.kind.is_loaded() && memmem::find(head, MARK).is_some()
    });
    if !is_packed {
        return Extraction::default();
    }
    let detail = "packed with UPX: what it is made of was not read";
    Extraction::failed(Problem::new(ProblemKind::Unsupported, detail))
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{ImagePath, Limits};
    use proptest::prelude::*;

    use super::*;
    use crate::object::samples::{FORMS, elf, macho, pe};

    fn run(program: &[u8]) -> Extraction {
        let (path, limits) = (ImagePath::new("usr/bin/app"), Limits::default());
        extract(&WantedFile::whole(&path, &program.to_vec(), &limits))
    }

    /// With the mark at that place.
    fn packed(mut program: Vec<u8>, at: usize) -> Vec<u8> {
        program.resize(program.len().max(8 << 10), 0);
        program[at..at + MARK.len()].copy_from_slice(MARK);
        program
    }

    #[test]
    fn packed_programs_are_named_in_every_format() {
        for form in FORMS {
            for program in [
                packed(elf(form, None, b""), 0xb8),
                packed(macho(form, None, b""), 0x3e0),
                packed(pe(form.is_wide, b"UPX1", b""), 0x3e0),
            ] {
                let extraction = run(&program);
                assert_eq!(extraction.facts, []);
                let [problem] = &extraction.problems[..] else { panic!("no problem") };
                assert_eq!(problem.kind, ProblemKind::Unsupported);
                assert!(problem.detail.starts_with("packed with UPX"));
            }
        }
    }

    #[test]
    fn what_merely_speaks_of_the_mark_is_not_packed() {
        let mut relocatable = packed(elf(FORMS[0], None, b""), 0xb8);
        relocatable[16] = 1;
        for program in [
            packed(elf(FORMS[0], None, b""), 0x1000),
            packed(elf(FORMS[0], None, b""), 0x300),
            packed(pe(true, b".data", b""), 0x1000),
            packed(b"MZ".to_vec(), 0x3e0),
            relocatable,
            elf(FORMS[0], None, b""),
            b"\x7fELF".to_vec(),
        ] {
            assert_eq!(run(&program).problems, []);
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_end(magic in 0..3_usize, bytes: Vec<u8>) {
            let magic: &[u8] = [&b"MZ"[..], b"\x7fELF", b"\xcf\xfa\xed\xfe"][magic];
            let _ = run(&[magic, &bytes].concat());
        }
    }
}
