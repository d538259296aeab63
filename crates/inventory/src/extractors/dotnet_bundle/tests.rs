use std::io::Write;

use plimsoll_core::{ImagePath, Limits};
use proptest::prelude::*;

use super::*;
use crate::object::samples::{FORMS, elf, macho, pe};

const LIST: &str = r#"{"runtimeTarget": {"name": ".NETCoreApp,Version=v8.0/linux-x64"},
    "targets": {".NETCoreApp,Version=v8.0/linux-x64": {
        "Shop/1.2.0": {"runtime": {"Shop.dll": {}}},
        "Dapper/2.1.35": {"runtime": {"lib/net7.0/Dapper.dll": {}}}}},
    "libraries": {"Shop/1.2.0": {"type": "project"}, "Dapper/2.1.35": {"type": "package"}}}"#;

fn run(program: &[u8], limits: &Limits) -> Extraction {
    let path = ImagePath::new("app/Shop");
    extract(&WantedFile::whole(&path, &program.to_vec(), limits))
}

fn read_whole(program: &[u8]) -> Extraction {
    run(program, &Limits::default())
}

fn deflated(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn named(name: &str) -> Vec<u8> {
    let length = name.len();
    let prefix = match length {
        0..0x80 => vec![length as u8],
        _ => vec![length as u8 | 0x80, (length >> 7) as u8],
    };
    [&prefix, name.as_bytes()].concat()
}

/// How a bundle is written.
struct Bundle<'a> {
    major: u32,
    list: Option<&'a str>,
    is_packed: bool,
    /// What the manifest says beside the truth.
    count: Option<u32>,
    size: Option<u64>,
}

const BUNDLE: Bundle<'_> =
    Bundle { major: 6, list: Some(LIST), is_packed: false, count: None, size: None };

/// The host's data, of which `program` makes the host.
fn bundle(program: impl Fn(&[u8]) -> Vec<u8>, bundle: &Bundle<'_>) -> Vec<u8> {
    let start = program(&[&[7; 24][..], &MARKER].concat()).len() as u64;
    let list = bundle.list.unwrap_or_default();
    let stored = if bundle.is_packed { deflated(list) } else { list.as_bytes().to_vec() };
    let offset = start + stored.len() as u64;
    let mut manifest = Vec::new();
    let count = 1 + u32::from(bundle.list.is_some());
    for field in [bundle.major, 0, bundle.count.unwrap_or(count)] {
        manifest.extend(field.to_le_bytes());
    }
    manifest.extend(named("x1Y2z3A4b5C6"));
    if bundle.major > 1 {
        manifest.extend([0; PLACES_BYTES]);
    }
    let long_name = format!("{}Dapper.dll", "lib/".repeat(50));
    let size = bundle.size.unwrap_or(list.len() as u64);
    let packed = if bundle.is_packed { stored.len() as u64 } else { 0 };
    for (offset, size, packed, kind, name) in
        [(start, 9, 0, 1, long_name.as_str()), (start, size, packed, LIST_TYPE, "Shop.deps.json")]
    {
        if kind == LIST_TYPE && bundle.list.is_none() {
            continue;
        }
        manifest.extend([offset, size].into_iter().flat_map(u64::to_le_bytes));
        if bundle.major >= 6 {
            manifest.extend(packed.to_le_bytes());
        }
        manifest.push(kind);
        manifest.extend(named(name));
    }
    let data = [&[7; 16][..], &offset.to_le_bytes(), &MARKER].concat();
    [program(&data), stored, manifest].concat()
}

fn wide(data: &[u8]) -> Vec<u8> {
    elf(FORMS[0], None, data)
}

fn rows(extraction: &Extraction) -> Vec<(&str, &str, &str, FoundState)> {
    let packages = extraction.packages();
    packages
        .map(|one| (one.kind.as_str(), one.name.as_str(), one.version.as_str(), one.state))
        .collect()
}

#[test]
fn the_packages_of_a_bundle_are_found_in_every_format_and_version() {
    let expected = [
        ("nuget", "Dapper", "2.1.35", FoundState::Bundled),
        ("nuget", "Shop", "1.2.0", FoundState::Bundled),
    ];
    let hosts = |form: Form, bundled: &Bundle<'_>| {
        [
            bundle(|data| elf(form, None, data), bundled),
            bundle(|data| macho(form, None, data), bundled),
            bundle(|data| pe(form.is_wide, b".data", data), bundled),
        ]
    };
    for (major, is_packed) in [(1, false), (2, false), (6, false), (6, true)] {
        let bundled = Bundle { major, is_packed, ..BUNDLE };
        let forms = FORMS.into_iter().filter(|form| !form.big_endian);
        for program in forms.flat_map(|form| hosts(form, &bundled)) {
            let extraction = read_whole(&program);
            assert_eq!(rows(&extraction), expected, "{major}");
            assert_eq!(extraction.problems, []);
            let package = extraction.packages().next().unwrap();
            assert_eq!(package.inner_path.as_deref(), Some("Shop.deps.json"));
        }
    }
}

#[test]
fn a_marker_across_two_pieces_is_found() {
    let host = |data: &[u8]| wide(&[&vec![0; CHUNK as usize - 40], data].concat());
    assert_eq!(read_whole(&bundle(host, &BUNDLE)).facts.len(), 2);
}

#[test]
fn a_host_without_a_bundle_is_nothing() {
    let unused = [&[0; 24][..], &MARKER].concat();
    let mut relocatable = bundle(wide, &BUNDLE);
    relocatable[16] = 1;
    for program in [wide(&unused), wide(&MARKER[1..]), b"\x7fELF".to_vec(), relocatable] {
        let extraction = read_whole(&program);
        assert_eq!((extraction.facts.len(), extraction.problems.len()), (0, 0));
    }
}

#[test]
fn a_bundle_that_cannot_be_read_is_a_problem() {
    let whole = bundle(wide, &BUNDLE);
    let far = wide(&[&[0; 16][..], &u64::MAX.to_le_bytes(), &MARKER].concat());
    for (program, kind) in [
        (bundle(wide, &Bundle { major: 3, ..BUNDLE }), ProblemKind::Unsupported),
        (bundle(wide, &Bundle { list: None, ..BUNDLE }), ProblemKind::Unsupported),
        (far, ProblemKind::Malformed),
        (whole[..whole.len() - 5].to_vec(), ProblemKind::Truncated),
        (
            bundle(wide, &Bundle { list: None, count: Some(u32::MAX), ..BUNDLE }),
            ProblemKind::Truncated,
        ),
        (bundle(wide, &Bundle { size: Some(1 << 20), ..BUNDLE }), ProblemKind::Malformed),
        (bundle(wide, &Bundle { size: Some(u64::MAX), ..BUNDLE }), ProblemKind::LimitExceeded),
        (
            bundle(wide, &Bundle { size: Some(9999), is_packed: true, ..BUNDLE }),
            ProblemKind::Malformed,
        ),
        (bundle(wide, &Bundle { list: Some("{ not json"), ..BUNDLE }), ProblemKind::Malformed),
    ] {
        let extraction = read_whole(&program);
        assert_eq!(extraction.facts, []);
        let kinds: Vec<_> = extraction.problems.iter().map(|problem| problem.kind).collect();
        assert_eq!(kinds, [kind], "{:?}", extraction.problems);
    }
    let limits = Limits { packages_per_file: 1, ..Limits::default() };
    let extraction = run(&whole, &limits);
    assert_eq!(extraction.problems[0].kind, ProblemKind::LimitExceeded);
}

proptest! {
    #[test]
    fn mutated_bundles_end(
        changes in prop::collection::vec((0..0x900_usize, any::<u8>()), 1..12),
        major in prop::sample::select(vec![1_u32, 2, 6]),
        is_packed: bool,
    ) {
        let mut program = bundle(wide, &Bundle { major, is_packed, ..BUNDLE });
        for (at, byte) in changes {
            if let Some(place) = program.get_mut(at) {
                *place = byte;
            }
        }
        let _ = read_whole(&program);
    }
}
