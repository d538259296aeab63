//! Every row's own examples, the table as a whole, and content in pieces.

use std::collections::BTreeSet;

use plimsoll_archive::ScratchFile;
use plimsoll_core::{ImagePath, Limits};
use proptest::prelude::*;

use super::fingerprint::{Fingerprint, MACHINE_CODE};
use super::index::{INDEX, Row};
use super::table::TABLES;
use super::{PREFIX_BYTES, PROGRAM, extract, wants};
use crate::{Candidate, Extraction, FoundPackage, Matcher, Pattern, WantedFile};

fn rows() -> impl Iterator<Item = &'static Fingerprint> {
    TABLES.iter().copied().flatten()
}

/// What a scan finds in a file: nothing where no pattern and no second look wants it.
fn found(path: &str, content: &[u8]) -> Extraction {
    let (path, limits) = (ImagePath::new(path), Limits::default());
    let prefix = &content[..content.len().min(PREFIX_BYTES)];
    let candidate = Candidate { path: &path, mode: 0o755, size: content.len() as u64, prefix };
    if Matcher::new(&[&PROGRAM]).by_name(&path).is_empty() || !wants(&candidate) {
        return Extraction::default();
    }
    extract(&WantedFile::whole(&path, &content, &limits))
}

fn example_file(row: &Fingerprint, bytes: &[u8]) -> Vec<u8> {
    let head: &[u8] = if row.begins == MACHINE_CODE { b"\x7fELF\x02\x01\x01" } else { b"" };
    [head, bytes].concat()
}

/// The version of the row's package among what was found.
fn version_of(row: &Fingerprint, extraction: &Extraction) -> Option<String> {
    let name = row.name.split("/v{major}").next().unwrap_or_default();
    let is_it = |package: &&FoundPackage| {
        let rest = package.name.strip_prefix(name);
        package.kind == row.kind.as_str()
            && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("/v"))
    };
    extraction.packages().find(is_it).map(|package| package.version.clone())
}

#[test]
fn every_example_of_every_row_is_read_as_it_says() {
    let mut wrong = Vec::new();
    for row in rows() {
        for (path, bytes, expected) in row.examples {
            let extraction = found(path, &example_file(row, bytes));
            let version = version_of(row, &extraction);
            if version.as_deref() != *expected || !extraction.problems.is_empty() {
                let text = bytes.escape_ascii();
                wrong.push(format!("{} {path} {text}: {version:?}, not {expected:?}", row.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_row_has_an_example_of_both_kinds_and_a_name_of_its_own() {
    let mut names = BTreeSet::new();
    for row in rows() {
        assert!(row.examples.iter().any(|(.., expected)| expected.is_some()), "{}", row.name);
        assert!(row.examples.iter().any(|(.., expected)| expected.is_none()), "{}", row.name);
        assert!(names.insert((row.kind.as_str(), row.name)), "{}", row.name);
    }
}

#[test]
fn rows_want_files_by_their_names_only() {
    for row in rows() {
        assert!(!row.files.is_empty(), "{}", row.name);
        for pattern in row.files {
            assert!(
                matches!(pattern, Pattern::Name(_) | Pattern::NameStart(_) | Pattern::PathEnd(_)),
                "{}: {pattern:?}",
                row.name
            );
        }
    }
}

#[test]
fn every_shape_is_a_regular_expression_with_a_version() {
    for row in rows().map(Row::new) {
        for shape in row.marks.iter().chain(&row.hints) {
            let regex = shape.regex().unwrap_or_else(|| panic!("{}", row.fingerprint.name));
            assert!(regex.captures_len() >= 2, "{}: {regex}", row.fingerprint.name);
        }
        for mark in row.fingerprint.marks.iter().chain(row.fingerprint.hints) {
            assert!(!mark.anchor.is_empty(), "{}", row.fingerprint.name);
        }
    }
}

/// CPE 2.3, formatted string binding: eleven attributes after the prefix, divided by colons that are not quoted.
#[test]
fn every_cpe_is_well_formed() {
    for row in rows() {
        for (path, bytes, expected) in row.examples {
            for package in found(path, &example_file(row, bytes)).packages() {
                for cpe in &package.cpes {
                    let mut quoted = false;
                    let colons = cpe.bytes().filter(|byte| {
                        let divides = *byte == b':' && !quoted;
                        quoted = *byte == b'\\' && !quoted;
                        divides
                    });
                    assert_eq!(colons.count(), 12, "{cpe}");
                    assert!(cpe.starts_with("cpe:2.3:a:"), "{cpe}");
                    let is_plain = |byte: u8| byte.is_ascii_graphic() && !byte.is_ascii_uppercase();
                    assert!(cpe.bytes().all(is_plain), "{cpe}");
                }
            }
            assert!(expected.is_none() || expected.is_some_and(|version| !version.is_empty()));
        }
        for product in row.cpes {
            let parts: Vec<_> = product.split(':').collect();
            assert!(
                matches!(parts[..], [vendor, name] if !vendor.is_empty() && !name.is_empty()),
                "{product}"
            );
        }
    }
}

#[test]
fn a_place_divided_between_two_pieces_is_found_in_a_file_on_disk() {
    let place = b"\0nginx version: nginx/1.25.4\n\0";
    let limits = Limits::default();
    for offset in (256 << 10) - 40..(256 << 10) + 8 {
        let mut bytes = vec![0x90; 600 << 10];
        bytes[..4].copy_from_slice(b"\x7fELF");
        bytes[offset..offset + place.len()].copy_from_slice(place);
        let path = ImagePath::new("usr/sbin/nginx");
        let scratch = ScratchFile::copy_of(&mut bytes.as_slice()).unwrap();
        for content in [&scratch as &dyn plimsoll_archive::ReadAt, &bytes] {
            let extraction = extract(&WantedFile::whole(&path, content, &limits));
            let versions: Vec<_> =
                extraction.packages().map(|package| package.version.as_str()).collect();
            assert_eq!(versions, ["1.25.4"], "{offset}");
        }
    }
}

#[test]
fn a_file_made_of_anchors_ends_and_says_so() {
    let mut bytes = b"\x7fELF".to_vec();
    bytes.extend(b"\x001.".repeat(400_000));
    let extraction = found("usr/local/bin/envoy", &bytes);
    assert_eq!(extraction.packages().count(), 0);
    assert_eq!(extraction.problems[0].kind, plimsoll_core::ProblemKind::LimitExceeded);
}

#[test]
fn a_program_built_on_another_is_both_and_one_that_only_says_so_is_not() {
    let names = |path: &str, bytes: &[u8]| {
        let extraction = found(path, &[b"\x7fELF", bytes].concat());
        let row = |package: &FoundPackage| format!("{} {}", package.name, package.version);
        extraction.packages().map(row).collect::<Vec<_>>()
    };
    assert_eq!(
        names("usr/bin/nginx", b"\0nginx version: openresty/1.21.4.1\n\0"),
        ["nginx 1.21.4", "openresty 1.21.4.1"]
    );
    assert_eq!(
        names("usr/bin/openssl", b"\0OpenSSL 1.1.1 (compatible; AWS-LC 1.69.0)\0"),
        ["aws-lc 1.69.0"]
    );
    assert_eq!(
        names("bin/mysql", b"\x008.0.35\0mysql_real_escape_string\0/b/percona-server-8.0.35-27/x"),
        ["percona-server 8.0.35-27"]
    );
}

#[test]
fn two_files_of_one_program_say_the_same() {
    let of = |path: &str, bytes: &[u8]| {
        let extraction = found(path, &[b"\x7fELF", bytes].concat());
        let package = extraction.packages().next().cloned().unwrap();
        (package.kind, package.name, package.version)
    };
    assert_eq!(
        of("usr/lib/libpython3.11.so.1.0", b"\x003.11.8\0"),
        of("usr/bin/python3.11", b"\x003.11.8\0")
    );
    assert_eq!(
        of("usr/bin/psql", b"psql (PostgreSQL) 15.6\0"),
        of("usr/bin/postgres", b"\0PostgreSQL 15.6 on x86_64\0")
    );
}

fn wanted_path() -> impl Strategy<Value = String> {
    let files: Vec<String> = PROGRAM
        .patterns
        .iter()
        .map(|pattern| match pattern {
            Pattern::Name(name) | Pattern::NameStart(name) => format!("usr/bin/{name}"),
            Pattern::PathEnd(end) => format!("opt/{}", end.trim_start_matches('/')),
            pattern => panic!("{pattern:?}"),
        })
        .collect();
    prop::sample::select(files)
}

proptest! {
    #[test]
    fn any_bytes_at_any_wanted_path_end(path in wanted_path(), head in 0..4_usize, bytes: Vec<u8>) {
        let heads: [&[u8]; 4] = [b"", b"\x7fELF", b"go1.", b"<?php"];
        let _ = found(&path, &[heads[head], &bytes].concat());
    }

    #[test]
    fn mutated_examples_end(
        row in 0..1000_usize,
        example in 0..8_usize,
        changes in prop::collection::vec((0..400_usize, any::<u8>()), 0..6),
    ) {
        let rows: Vec<_> = rows().collect();
        let row = rows[row % rows.len()];
        let (path, bytes, _) = row.examples[example % row.examples.len()];
        let mut bytes = example_file(row, bytes);
        for (at, byte) in changes {
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
        }
        let _ = found(path, &bytes);
    }
}

#[test]
fn files_are_told_by_their_names_and_first_bytes() {
    let fits = |path: &str, prefix: &[u8]| !INDEX.fitting(&ImagePath::new(path), prefix).is_empty();
    assert!(fits("usr/local/bin/node", b"\x7fELF"));
    assert!(!fits("usr/local/bin/node", b"#!/bin/sh"));
    assert!(!fits("usr/local/bin/node-gyp", b"\x7fELF"));
    assert!(fits("opt/firefox/application.ini", b"[App]\n"));
    assert!(fits("usr/local/go/VERSION", b"go1.22.1"));
    assert!(!fits("srv/app/VERSION", b"1.0.0\n"));
    assert!(!fits("srv/elixir.app", b"{application"));
    assert!(fits("lib/elixir/ebin/elixir.app", b"{application"));
}
