//! Go programs: the modules that the linker recorded in them, in ELF, PE and Mach-O files.
//!
//! The record is found as Go's own `debug/buildinfo` finds it. Programs that are not of Go are by far the most common: for those only the
//! file's header and its table of sections are read.

mod build_info;
mod link_flags;
#[cfg(test)]
mod samples;

use plimsoll_archive::ReadAt;
use plimsoll_core::{Limits, PackageType, Problem, ProblemKind};

pub use build_info::{BuildInfo, Module};

use crate::object::{self, objects};
use crate::{Extraction, Extractor, Fact, FoundPackage, FoundState, WantedFile};

pub(crate) static GO_BINARY: Extractor = Extractor {
    id: "go-binary",
    version: 2,
    summary: "Go programs (ELF, PE, Mach-O): modules linked into them, and the standard library",
    patterns: object::PATTERNS,
    extract,
    ..Extractor::RECORD
};

/// What Go writes for a module without a version, and what stands here for any version that is not known.
const UNKNOWN_VERSION: &str = "(devel)";
/// Longer paths and versions are no module's: a path is part of an address, and a version of a file name.
const LONGEST_FIELD: usize = 1024;

/// What the linker recorded in a Go program; `None` for every file that is not one.
///
/// # Errors
/// Where the file claims to be a Go program and its record cannot be read.
pub fn build_info(content: &dyn ReadAt, limits: &Limits) -> Result<Option<BuildInfo>, Problem> {
    for object in objects(content, limits) {
        if let Some(place) = build_info::place(&object)
            && let Some(found) = build_info::read(&object, &place, limits)?
        {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

fn extract(file: &WantedFile<'_>) -> Extraction {
    let info = match build_info(file.content, file.limits) {
        Ok(Some(info)) => info,
        Ok(None) => return Extraction::default(),
        Err(problem) => return Extraction::failed(problem),
    };
    let mut extraction = Extraction::default();
    let modules = (info.main.iter().map(|module| (module, FoundState::Installed)))
        .chain(info.deps.iter().map(|module| (module, FoundState::Bundled)));
    let mut unusable = 0_usize;
    for (module, state) in modules {
        if extraction.facts.len() >= file.limits.packages_per_file {
            let detail = format!("more than {} modules in one program", extraction.facts.len());
            extraction.problems.push(Problem::new(ProblemKind::LimitExceeded, detail));
            break;
        }
        let (path, version) = module.linked();
        // The programs of Go's own distribution are modules `cmd` and `std`: both are the standard library, which follows.
        if matches!(path, "cmd" | "std") {
            continue;
        }
        let told = || link_flags::version(&info).filter(|_| state == FoundState::Installed);
        let version = version.map(str::to_owned).or_else(told);
        if is_field(path) && version.as_deref().is_none_or(is_field) {
            push(&mut extraction, path, version.as_deref().unwrap_or(UNKNOWN_VERSION), state);
        } else {
            unusable += 1;
        }
    }
    if unusable > 0 {
        let detail = format!("{unusable} modules whose path or version is not one");
        extraction.problems.push(Problem::new(ProblemKind::Malformed, detail));
    }
    let release = info.standard_library_version();
    push(
        &mut extraction,
        "stdlib",
        release.as_deref().unwrap_or(UNKNOWN_VERSION),
        FoundState::Bundled,
    );
    extraction
}

fn push(extraction: &mut Extraction, path: &str, version: &str, state: FoundState) {
    let mut package = FoundPackage::new(PackageType::Golang, path, version);
    package.state = state;
    extraction.facts.push(Fact::Package(Box::new(package)));
}

fn is_field(text: &str) -> bool {
    !text.is_empty() && text.len() <= LONGEST_FIELD && !text.contains(char::is_control)
}

#[cfg(test)]
mod tests {
    use plimsoll_core::ImagePath;
    use proptest::prelude::*;

    use super::samples::{inline_record, pointer_record};
    use super::*;
    use crate::object::Form;
    use crate::object::samples::{FORMS, elf, fat, macho, pe};

    const GO: &str = "go1.22.3";
    const MODULES: &str = "path\texample.com/app/cmd/app\nmod\texample.com/app\t(devel)\t\n\
        dep\texample.com/a\tv1.2.3\th1:abc=\n\
        dep\texample.com/b\tv1.0.0\n=>\texample.com/fork\tv1.0.1\th1:def=\n\
        dep\texample.com/c\tv2.0.0\n=>\t../c\t(devel)\t\n\
        build\tGOARCH=amd64\nbuild\t-ldflags=\"-X a=\\\"b\\\"\"\n";
    const WIDE: Form = FORMS[0];

    fn info_of(program: &[u8]) -> Result<Option<BuildInfo>, Problem> {
        build_info(&program.to_vec(), &Limits::default())
    }

    fn run(program: &[u8]) -> Extraction {
        let (path, limits) = (ImagePath::new("usr/bin/app"), Limits::default());
        let content = program.to_vec();
        extract(&WantedFile::whole(&path, &content, &limits))
    }

    fn records(form: Form) -> [Vec<u8>; 2] {
        [inline_record(GO, MODULES), pointer_record(form, GO, MODULES)]
    }

    #[test]
    fn the_record_is_found_in_every_format() {
        let mut programs = Vec::new();
        for form in FORMS {
            for record in records(form) {
                programs.push(elf(form, Some(b".go.buildinfo"), &record));
                programs.push(elf(form, None, &record));
                programs.push(macho(form, Some(b"__go_buildinfo"), &record));
                programs.push(macho(form, Some(b"__noptrdata"), &record));
                programs.push(fat(
                    form.is_wide,
                    &[macho(form, None, &[0; 64]), macho(form, None, &record)],
                ));
                if !form.big_endian {
                    programs.push(pe(form.is_wide, b".data", &record));
                }
            }
        }
        for (index, program) in programs.iter().enumerate() {
            let info = info_of(program).unwrap().unwrap_or_else(|| panic!("program {index}"));
            assert_eq!((info.go.as_str(), info.path.as_str()), (GO, "example.com/app/cmd/app"));
            assert_eq!(info.main.as_ref().map(|main| main.version.as_str()), Some("(devel)"));
            let deps: Vec<_> = info.deps.iter().map(|dep| dep.path.as_str()).collect();
            assert_eq!(deps, ["example.com/a", "example.com/b", "example.com/c"]);
            assert_eq!(info.deps[0].sum, "h1:abc=");
            assert_eq!(info.settings["GOARCH"], "amd64");
            assert_eq!(info.settings["-ldflags"], "-X a=\"b\"");
        }
    }

    #[test]
    fn replaced_modules_are_listed_as_what_was_linked() {
        let extraction = run(&elf(WIDE, Some(b".go.buildinfo"), &inline_record(GO, MODULES)));
        let packages: Vec<_> = (extraction.facts.iter())
            .map(|fact| match fact {
                Fact::Package(package) => {
                    (package.name.as_str(), package.version.as_str(), package.state)
                }
                fact => panic!("{fact:?}"),
            })
            .collect();
        let expected = [
            ("example.com/app", "(devel)", FoundState::Installed),
            ("example.com/a", "v1.2.3", FoundState::Bundled),
            ("example.com/fork", "v1.0.1", FoundState::Bundled),
            ("example.com/c", "(devel)", FoundState::Bundled),
            ("stdlib", "1.22.3", FoundState::Bundled),
        ];
        assert_eq!(packages, expected);
        assert_eq!(extraction.problems, []);
    }

    #[test]
    fn programs_that_are_not_of_go_are_nothing() {
        let whole = elf(WIDE, Some(b".go.buildinfo"), &inline_record(GO, MODULES));
        let mut debug_symbols = whole.clone();
        // The type of the section becomes the one of a section whose content is elsewhere.
        debug_symbols[0x140 + 64 + 4] = 8;
        for program in [
            &b""[..],
            b"MZ",
            b"\x7fELF",
            b"\x7fELF\x02\x01\x01",
            b"\xca\xfe\xba\xbe\x00\x00\x00\x34\x00\x1d",
            b"#!/bin/sh\n",
            &whole[..0x100],
            &debug_symbols,
            &elf(WIDE, Some(b".go.buildinfo2"), &inline_record(GO, MODULES)),
            &elf(WIDE, None, &[0; 64]),
            &pe(true, b".data", &[0; 64]),
            &macho(WIDE, None, &[0; 64]),
        ] {
            assert_eq!(info_of(program), Ok(None));
        }
    }

    #[test]
    fn a_program_that_claims_go_and_cannot_be_read_is_a_problem() {
        let record = inline_record(GO, MODULES);
        let mut far = record.clone();
        far.splice(32..33, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]);
        let mut pointer = pointer_record(WIDE, GO, MODULES);
        pointer[16..24].fill(0xff);
        for record in [&[0; 64][..], &record[..20], &record[..60], &far, &pointer] {
            let program = elf(WIDE, Some(b".go.buildinfo"), record);
            assert!(info_of(&program).is_err());
            assert_eq!(run(&program).problems.len(), 1);
        }
    }

    #[test]
    fn programs_built_without_modules_still_name_the_standard_library() {
        for record in [inline_record(GO, ""), pointer_record(WIDE, GO, "")] {
            let info = info_of(&pe(true, b".data", &record)).unwrap().unwrap();
            assert_eq!((info.main, info.deps.len()), (None, 0));
            assert_eq!(run(&pe(true, b".data", &record)).facts.len(), 1);
        }
    }

    #[test]
    fn the_standard_librarys_version_is_that_of_gos_release() {
        for (go, expected) in [
            ("go1.22.3", Some("1.22.3")),
            ("go1.20", Some("1.20")),
            ("go1.22.3 X:boringcrypto,loopvar", Some("1.22.3")),
            ("go1.20.12 (Red Hat 1.20.12-8.el9_3)", Some("1.20.12")),
            ("go1.22.3-1", Some("1.22.3")),
            ("go1.23rc2", Some("1.23.0-rc.2")),
            ("go1.21beta1 X:a", Some("1.21.0-beta.1")),
            ("devel go1.23-fa4a2b1 Tue", None),
            ("devel +1234", None),
            ("go1..2", None),
            ("gollvm", None),
            ("go", None),
            ("", None),
        ] {
            let info = BuildInfo { go: go.to_owned(), ..BuildInfo::default() };
            assert_eq!(info.standard_library_version().as_deref(), expected, "{go}");
        }
    }

    #[test]
    fn a_module_path_that_is_none_is_a_problem() {
        let modules = "mod\t\u{1b}[2J\tv1.0.0\t\ndep\texample.com/a\tv1.0.0\t\n";
        let extraction = run(&elf(WIDE, None, &inline_record(GO, modules)));
        assert_eq!(extraction.facts.len(), 2);
        assert_eq!(extraction.problems[0].kind, ProblemKind::Malformed);
    }

    fn any_program() -> impl Strategy<Value = Vec<u8>> {
        (0..4_usize, 0..2_usize, 0..5_usize).prop_map(|(form, record, format)| {
            let form = FORMS[form];
            let record = &records(form)[record];
            match format {
                0 => elf(form, Some(b".go.buildinfo"), record),
                1 => elf(form, None, record),
                2 => macho(form, Some(b"__go_buildinfo"), record),
                3 => fat(form.is_wide, &[macho(form, None, record)]),
                _ => pe(form.is_wide, b".data", record),
            }
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn mutated_programs_end(
            mut program in any_program(),
            changes in prop::collection::vec((0..0x600_usize, any::<u8>()), 1..12),
            end in 0..0x800_usize,
        ) {
            for (at, byte) in changes {
                if let Some(place) = program.get_mut(at) {
                    *place = byte;
                }
            }
            program.truncate(end.max(4));
            let _ = run(&program);
        }

        #[test]
        fn arbitrary_bytes_end(magic in 0..6_usize, bytes: Vec<u8>) {
            let magics: [&[u8]; 6] = [b"", b"MZ", b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"\xfe\xed\xfa\xce"];
            let _ = run(&[magics[magic], &bytes].concat());
        }
    }
}
