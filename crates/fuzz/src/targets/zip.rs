//! The zip reader: from memory and from a file it gives the same, and never more than the directory says.

use plimsoll_archive::{ReadAt, ZipReader};
use plimsoll_testkit::jar;

use crate::targets::extractor::Piecewise;
use crate::{Fixed, limits};

pub static ZIP: Fixed = Fixed {
    name: "zip",
    about: "zip archives: their directory, and the content of their entries",
    sources: &["archive/src/zip"],
    fixtures: &["jar"],
    frames: &[b""],
    seeds,
    run,
};

/// Bytes that are read of all entries together: they may overlap.
const ALL_BYTES: u64 = 4 << 20;
const ENTRY_BYTES: u64 = 256 << 10;

fn seeds() -> Vec<Vec<u8>> {
    let files: [(&str, &str); 0] = [];
    vec![
        jar::zip(&files),
        jar::zip(&[("a", "content"), ("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\r\n")]),
        jar::maven("org.example", "one", "1.0"),
        jar::nested(2, "org.example", "one", "1.0"),
        [b"#!/bin/sh\n", &jar::zip(&[("a", "b".repeat(2_000))])[..]].concat(),
    ]
}

fn run(input: &[u8]) {
    let in_memory = contents(&input);
    let piecewise = contents(&Piecewise(input));
    assert_eq!(in_memory, piecewise, "memory and file give other contents");
}

/// Everything that the reader says of an archive, as text.
fn contents(archive: &dyn ReadAt) -> Result<Vec<String>, String> {
    let limits = limits();
    let reader = ZipReader::open(archive, &limits).map_err(|error| error.to_string())?;
    let mut all: Vec<_> = reader.problems().iter().map(|problem| format!("{problem:?}")).collect();
    let mut left = ALL_BYTES;
    let entries: Vec<_> = reader.entries().collect();
    assert!(entries.len() <= limits.zip_entries);
    for entry in &entries {
        let content = reader.read(entry, ENTRY_BYTES.min(left));
        if let Ok(bytes) = &content {
            assert_eq!(bytes.len() as u64, entry.size, "content of another size");
            left -= entry.size;
        }
        // Where a damaged entry is found to be damaged first depends on how much is read at a time.
        all.push(format!("{entry:?} {:?}", content.map_err(|error| error.problem().kind)));
    }
    if let Some(last) = entries.last() {
        assert_eq!(reader.find(last.name), Some(*last), "the last entry of its name is found");
    }
    Ok(all)
}
