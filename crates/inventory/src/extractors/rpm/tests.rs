//! One set of packages in every form, and what hostile files do.

use plimsoll_archive::ReadAt;
use plimsoll_core::{ImagePath, PackageType};
use plimsoll_testkit::rpmdb::{self, ByteOrder, Package};
use proptest::prelude::*;

use super::*;

/// Every form, of the same headers.
fn forms(headers: &[Vec<u8>]) -> [(&'static str, Vec<u8>); 4] {
    [
        ("BerkeleyDB", rpmdb::berkeley(headers, ByteOrder::Little)),
        ("BerkeleyDB of another byte order", rpmdb::berkeley(headers, ByteOrder::Big)),
        ("ndb", rpmdb::ndb(headers)),
        ("SQLite", rpmdb::sqlite(headers)),
    ]
}

fn extract_with(content: &dyn ReadAt, limits: &Limits) -> Extraction {
    let path = ImagePath::new("var/lib/rpm/Packages");
    extract(&WantedFile::whole(&path, content, limits))
}

fn extract_bytes(content: &[u8]) -> Extraction {
    extract_with(&content.to_vec(), &Limits::default())
}

fn packages(extraction: &Extraction) -> Vec<&FoundPackage> {
    extraction.packages().collect()
}

fn names(extraction: &Extraction) -> Vec<&str> {
    packages(extraction).into_iter().map(|package| package.name.as_str()).collect()
}

/// Packages of a few hundred bytes to some pages: inline and in chains.
fn varied(count: usize) -> Vec<Vec<u8>> {
    let files: Vec<String> = (0..2_000).map(|number| format!("/usr/share/a/{number}")).collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    (0..count)
        .map(|number| {
            let files = &files[..(number * number * 37) % files.len()];
            Package::new(&format!("package-{number:04}"), "1.0", "1").files(files).header()
        })
        .collect()
}

#[test]
fn every_form_gives_the_same_packages() {
    let headers = varied(500);
    let expected: Vec<_> = (0..500).map(|number| format!("package-{number:04}")).collect();
    let mut owned = None;
    for (form, file) in forms(&headers) {
        let extraction = extract_bytes(&file);
        assert!(extraction.problems.is_empty(), "{form}: {:?}", extraction.problems);
        assert_eq!(names(&extraction), expected, "{form}");
        let paths =
            packages(&extraction).into_iter().map(|it| it.owned_paths.clone()).collect::<Vec<_>>();
        assert_eq!(owned.get_or_insert_with(|| paths.clone()), &paths, "{form}");
    }
}

#[test]
fn a_database_without_packages_is_no_problem() {
    for (form, file) in forms(&[]) {
        let extraction = extract_bytes(&file);
        assert!(extraction.facts.is_empty() && extraction.problems.is_empty(), "{form}");
    }
}

#[test]
fn an_imported_key_is_no_package() {
    let key = Package { source_rpm: None, ..Package::new("gpg-pubkey", "1964c5fc", "58e63918") };
    let headers = [key.header(), Package::new("hello", "1", "2").epoch(1).header()];
    for (form, file) in forms(&headers) {
        let extraction = extract_bytes(&file);
        let [package] = packages(&extraction)[..] else { panic!("{form}: one package") };
        assert_eq!((package.kind.as_str(), package.version.as_str()), ("rpm", "1:1-2"), "{form}");
        assert!(extraction.problems.is_empty(), "{form}");
    }
    assert_eq!(PackageType::Rpm.as_str(), "rpm");
}

#[test]
fn a_damaged_header_is_told_and_the_others_are_read() {
    let mut headers = varied(9);
    headers[4] = vec![0xff; 5_000];
    for (form, file) in forms(&headers) {
        let extraction = extract_bytes(&file);
        assert_eq!(names(&extraction).len(), 8, "{form}");
        let details: Vec<_> = extraction.problems.iter().map(|it| it.detail.as_str()).collect();
        let expected =
            "1 of 9 records or pages were not read; the first: a header shorter than it says";
        assert_eq!(details, [expected], "{form}");
    }
}

#[test]
fn a_file_cut_short_is_told() {
    for (form, file) in forms(&varied(40)) {
        let extraction = extract_bytes(&file[..file.len() / 2]);
        assert!(!extraction.problems.is_empty(), "{form}");
        assert!(names(&extraction).len() < 40, "{form}");
    }
    for (content, kind) in [
        (&b""[..], ProblemKind::Truncated),
        (b"RpmP", ProblemKind::Truncated),
        (b"no database of rpm at all", ProblemKind::Unsupported),
    ] {
        let extraction = extract_bytes(content);
        assert_eq!(extraction.problems[0].kind, kind);
    }
}

#[test]
fn the_limits_are_kept_and_told() {
    let files: Vec<String> = (0..400).map(|number| format!("/usr/lib/{number}")).collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let one = |name: &str| Package::new(name, "1", "1").files(&files).header();
    for (form, file) in forms(&[one("a"), one("b"), one("c")]) {
        let few = Limits { packages_per_file: 2, ..Limits::default() };
        let short = Limits { owned_paths_per_file: 500, ..Limits::default() };
        let small = Limits { rpm_header_bytes: 700, ..Limits::default() };
        let terse = Limits { text_bytes: 40, ..Limits::default() };
        for (limits, count) in [(few, 2), (short, 3), (small, 0), (terse, 2)] {
            let extraction = extract_with(&file, &limits);
            assert_eq!(names(&extraction).len(), count, "{form}");
            assert_eq!(extraction.problems[0].kind, ProblemKind::LimitExceeded, "{form}");
        }
    }
}

#[test]
fn a_chain_that_bites_its_tail_ends() {
    let headers = varied(12);
    let mut file = rpmdb::berkeley(&headers, ByteOrder::Little);
    // Every page's next page is the page itself.
    for page in 1..file.len() / 4096 {
        file[page * 4096 + 16..][..4].copy_from_slice(&(page as u32).to_le_bytes());
    }
    assert!(!extract_bytes(&file).problems.is_empty());
    let mut file = rpmdb::sqlite(&headers);
    for page in 2..file.len() / 4096 {
        file[page * 4096..][..4].copy_from_slice(&(page as u32 + 1).to_be_bytes());
    }
    assert!(!extract_bytes(&file).problems.is_empty());
}

#[test]
fn a_page_that_is_lost_to_its_kind_is_told() {
    let file = rpmdb::berkeley(&varied(12), ByteOrder::Big);
    let kinds = |file: &[u8], kind: u8| {
        let pages = (1..file.len() / 4096).map(|page| page * 4096 + 25);
        pages.filter(|&at| file[at] == kind).collect::<Vec<_>>()
    };
    for (from, to) in [(13, 0), (13, 7), (13, 99), (7, 0), (7, 99)] {
        let mut damaged = file.clone();
        damaged[kinds(&file, from)[0]] = to;
        assert!(!extract_bytes(&damaged).problems.is_empty(), "{from} to {to}");
    }
}

#[test]
fn many_pointers_to_one_record_do_not_multiply_the_work() {
    let header = Package::new("hello", "1", "2").header();
    let mut file = rpmdb::sqlite(std::slice::from_ref(&header));
    let root = 4096;
    let cell: [u8; 2] = [file[root + 8], file[root + 9]];
    file[root + 3..root + 5].copy_from_slice(&1_000_u16.to_be_bytes());
    for index in 0..1_000 {
        file[root + 8 + 2 * index..][..2].copy_from_slice(&cell);
    }
    assert!(extract_bytes(&file).facts.len() <= 4096 / header.len());
    let mut file = rpmdb::ndb(&[header.clone(), header.clone()]);
    let slot: [u8; 16] = file[32..48].try_into().expect("a slot");
    for place in (32..4096).step_by(16) {
        file[place..place + 16].copy_from_slice(&slot);
    }
    assert!(extract_bytes(&file).facts.len() <= file.len() / header.len());
}

proptest! {
    #[test]
    fn any_bytes_behind_a_magic_number_end(bytes in proptest::collection::vec(any::<u8>(), 0..3000)) {
        extract_bytes(&bytes);
        extract_bytes(&[ndb::MAGIC, &[0; 4], &bytes].concat());
        extract_bytes(&[sqlite::MAGIC, &bytes].concat());
        let hash = [0x61, 0x15, 0x06, 0];
        extract_bytes(&[&[0; 12], &hash[..], &bytes].concat());
        // The smallest page, and a first page that says it describes a hash.
        let meta = [&[0; 12][..], &hash, &[9, 0, 0, 0, 0, 2, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0], &[0; 476]];
        extract_bytes(&[meta.concat(), bytes].concat());
    }

    #[test]
    fn mutated_databases_never_panic_and_end(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40),
        head_changes in proptest::collection::vec((0_usize..200, any::<u8>()), 0..3),
    ) {
        for (_, mut file) in forms(&varied(6)) {
            for (at, byte) in &changes {
                let at = at.index(file.len());
                file[at] = *byte;
            }
            // Where the pages' own headers lie.
            for (at, byte) in &head_changes {
                file[*at] = *byte;
                let root = 4096 + at;
                file[root] = *byte;
            }
            extract_bytes(&file);
        }
    }
}
