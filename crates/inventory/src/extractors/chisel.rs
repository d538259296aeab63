//! Chiselled Ubuntu: images of slices of Debian packages, without dpkg and its database.
//!
//! Chisel leaves one record, `var/lib/chisel/manifest.wall`: lines of JSON, compressed with zstd (canonical/chisel, "Chisel manifest"). It
//! names the packages that slices were taken of, and which slice brought which file.

use std::collections::HashMap;
use std::io::Read;

use plimsoll_archive::{Decoder, DecoderBounds, ReadAtCursor, read_problem};
use plimsoll_core::{ImagePath, PackageType, PathHash, Problem, ProblemKind};
use serde::Deserialize;

use crate::fields::{field, malformed, package};
use crate::{Extraction, Extractor, FoundPackage, Pattern, WantedFile};

pub(crate) static CHISEL: Extractor = Extractor {
    id: "chisel",
    version: 1,
    summary: "Debian packages that slices were taken of, with their files: Chisel's manifest",
    patterns: &[Pattern::Path("var/lib/chisel/manifest.wall")],
    extract,
    ..Extractor::RECORD
};

fn extract(file: &WantedFile<'_>) -> Extraction {
    let (bytes, cut) = decompressed(file);
    let mut lines = bytes.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    let mut found = Extraction { problems: cut.into_iter().collect(), ..Extraction::default() };
    let is_wall = lines.next().is_some_and(|first| serde_json::from_slice::<Wall>(first).is_ok());
    if !is_wall {
        if found.problems.is_empty() {
            found.problems.push(malformed("manifest that is no JSON wall"));
        }
        return found;
    }
    let mut manifest = Manifest::default();
    let mut unusable = 0_usize;
    for line in lines {
        match serde_json::from_slice::<Line>(line) {
            Ok(line) => unusable += usize::from(!manifest.take(line, file)),
            Err(_) => unusable += 1,
        }
    }
    if unusable > 0 {
        found.problems.push(malformed(format!("{unusable} lines that say nothing")));
    }
    if manifest.dropped > 0 {
        let detail = format!("{} files of packages beyond those that are kept", manifest.dropped);
        found.problems.push(Problem::new(ProblemKind::LimitExceeded, detail));
    }
    for mut package in manifest.packages {
        package.owned_paths = manifest.owned.remove(&package.name).unwrap_or_default();
        found.push(package);
    }
    found
}

/// What could be decompressed, and why no more.
fn decompressed(file: &WantedFile<'_>) -> (Vec<u8>, Option<Problem>) {
    let bounds = DecoderBounds { bytes: file.limits.text_bytes, ..file.limits.into() };
    let mut bytes = Vec::new();
    let read = Decoder::new(ReadAtCursor::new(file.content), bounds)
        .and_then(|mut decoder| decoder.read_to_end(&mut bytes));
    (bytes, read.err().map(|error| read_problem(&error)))
}

/// The first line.
#[derive(Deserialize)]
struct Wall {
    #[serde(rename = "jsonwall")]
    _version: String,
}

/// Any other line, of which there are four kinds.
#[derive(Deserialize)]
struct Line {
    kind: String,
    name: Option<String>,
    version: Option<String>,
    arch: Option<String>,
    slice: Option<String>,
    path: Option<String>,
}

#[derive(Default)]
struct Manifest {
    packages: Vec<FoundPackage>,
    /// By package: a slice is `PACKAGE_SLICE`.
    owned: HashMap<String, Vec<PathHash>>,
    kept: usize,
    dropped: u64,
}

impl Manifest {
    /// False where the line lacks what its kind has.
    fn take(&mut self, line: Line, file: &WantedFile<'_>) -> bool {
        match line.kind.as_str() {
            "package" => {
                let names = (line.name.as_deref(), line.version.as_deref());
                let Ok(mut package) = package(PackageType::Deb, "line of a package", names) else {
                    return false;
                };
                package.arch = line.arch.as_deref().and_then(field).map(str::to_owned);
                if self.packages.len() <= file.limits.packages_per_file {
                    self.packages.push(package);
                }
                true
            }
            "content" => {
                let (Some(slice), Some(path)) = (line.slice, line.path) else { return false };
                let Some((package, _)) = slice.split_once('_') else { return false };
                // Directories are shared by all.
                if path.ends_with('/') {
                    return true;
                }
                if self.kept >= file.limits.owned_paths_per_file {
                    self.dropped += 1;
                } else if let Some(hash) = ImagePath::hash_of_name(path.as_bytes()) {
                    self.kept += 1;
                    self.owned.entry(package.to_owned()).or_default().push(hash);
                }
                true
            }
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_core::Limits;
    use proptest::prelude::*;

    use super::*;

    const MANIFEST: &str = r#"{"jsonwall":"1.0","schema":"1.0","count":7}
{"kind":"content","slice":"libc6_libs","path":"/usr/lib/x86_64-linux-gnu/libc.so.6"}
{"kind":"content","slice":"libc6_config","path":"/etc/ld.so.conf.d/"}
{"kind":"package","name":"base-files","version":"13ubuntu10.2","sha256":"61e2","arch":"amd64"}
{"kind":"package","name":"libc6","version":"2.39-0ubuntu8.4","sha256":"b2e8","arch":"amd64"}
{"kind":"path","path":"/usr/lib/x86_64-linux-gnu/libc.so.6","mode":"0755","slices":["libc6_libs"],"size":9}
{"kind":"slice","name":"libc6_libs"}
"#;

    fn run(content: &[u8], limits: &Limits) -> Extraction {
        let path = ImagePath::new("var/lib/chisel/manifest.wall");
        let content = content.to_vec();
        extract(&WantedFile::whole(&path, &content, limits))
    }

    #[test]
    fn packages_have_the_files_of_their_slices() {
        let extraction = run(MANIFEST.as_bytes(), &Limits::default());
        assert_eq!(extraction.problems, []);
        let packages: Vec<_> = extraction.packages().collect();
        let names: Vec<_> =
            packages.iter().map(|one| (one.name.as_str(), one.version.as_str())).collect();
        assert_eq!(names, [("base-files", "13ubuntu10.2"), ("libc6", "2.39-0ubuntu8.4")]);
        assert_eq!(packages[1].arch.as_deref(), Some("amd64"));
        let hash = ImagePath::new("usr/lib/x86_64-linux-gnu/libc.so.6").hash();
        assert_eq!(
            (packages[0].owned_paths.len(), packages[1].owned_paths.as_slice()),
            (0, &[hash][..])
        );
    }

    #[test]
    fn lines_that_say_nothing_are_counted() {
        let content = format!(
            "{MANIFEST}{{\"kind\":\"package\",\"name\":\"a\"}}\n{{\"kind\":\"content\"}}\nno line\n"
        );
        let extraction = run(content.as_bytes(), &Limits::default());
        assert_eq!(extraction.packages().count(), 2);
        assert_eq!(extraction.problems[0].detail, "3 lines that say nothing");
    }

    #[test]
    fn limits_are_kept() {
        let limits = Limits { owned_paths_per_file: 0, ..Limits::default() };
        let extraction = run(MANIFEST.as_bytes(), &limits);
        assert_eq!(extraction.problems[0].kind, ProblemKind::LimitExceeded);
        let limits = Limits { text_bytes: 300, ..Limits::default() };
        assert!(!run(MANIFEST.as_bytes(), &limits).problems.is_empty());
    }

    #[test]
    fn what_is_no_manifest_is_a_problem() {
        for content in [&b""[..], b"{}\n", b"\x28\xb5\x2f\xfdgarbage"] {
            let extraction = run(content, &Limits::default());
            assert_eq!((extraction.facts.len(), extraction.problems.len()), (0, 1));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_end(content: Vec<u8>) {
            run(&content, &Limits::default());
            run(&[MANIFEST.as_bytes(), &content].concat(), &Limits::default());
        }
    }
}
