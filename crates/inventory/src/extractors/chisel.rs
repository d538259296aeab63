//! Debian packages of which chisel put slices into an image: its manifest (canonical/chisel, `docs/reference/manifest.md` and
//! `jsonwall.md`).
//!
//! The manifest is compressed with zstd. A head with the number of lines is followed by one JSON object a line: packages, slices of
//! packages, paths, and which slice brought which path. It names no source packages.

use std::collections::BTreeMap;
use std::io::{BufReader, Read};

use plimsoll_archive::{Decoder, DecoderBounds, ReadAtCursor, read_problem};
use plimsoll_core::{ImagePath, PackageType, PathHash, Problem, ProblemKind};
use serde::Deserialize;

use super::lines::lines;
use crate::{Extraction, Extractor, FoundPackage, Pattern, WantedFile};

pub(crate) static CHISEL: Extractor = Extractor {
    id: "chisel",
    summary: "Debian packages of which an image has slices, with the files that they own: chisel's manifest",
    patterns: &[Pattern::Path("var/lib/chisel/manifest.wall")],
    extract,
    ..Extractor::RECORD
};

/// The first line.
#[derive(Deserialize)]
struct Head {
    jsonwall: String,
    /// Lines, this one included.
    count: u64,
}

/// Any other line: which fields it has follows from its kind.
#[derive(Deserialize)]
struct Line {
    kind: String,
    name: Option<String>,
    version: Option<String>,
    arch: Option<String>,
    slice: Option<String>,
    path: Option<String>,
}

fn extract(file: &WantedFile<'_>) -> Extraction {
    let mut manifest =
        Manifest { paths_left: file.limits.owned_paths_per_file, ..Manifest::default() };
    let (bytes, problem) = unpacked(file);
    manifest.problems.extend(problem);
    let mut lines = lines(&bytes);
    let head: Option<Head> = lines.next().and_then(|line| serde_json::from_slice(line).ok());
    match head {
        None if manifest.problems.is_empty() => {
            return Extraction::malformed("a manifest that does not begin as one");
        }
        Some(head) if !head.jsonwall.starts_with("1.") => {
            let detail = "a manifest of another version than 1";
            return Extraction::failed(Problem::new(ProblemKind::Unsupported, detail));
        }
        head => {
            let count = lines.map(|line| manifest.take(line)).count() as u64 + 1;
            let missing = head.map_or(0, |head| head.count.saturating_sub(count));
            if missing > 0 && manifest.problems.is_empty() {
                let detail = format!("{missing} lines fewer than it says");
                manifest.problems.push(Problem::new(ProblemKind::Truncated, detail));
            }
        }
    }
    manifest.finish(file.limits.packages_per_file)
}

/// The manifest's text, as far as it could be read.
fn unpacked(file: &WantedFile<'_>) -> (Vec<u8>, Option<Problem>) {
    let bounds = DecoderBounds { bytes: file.limits.text_bytes, ..file.limits.into() };
    let mut bytes = Vec::new();
    let decoder = Decoder::new(BufReader::new(ReadAtCursor::new(file.content)), bounds);
    let result = decoder.and_then(|mut decoder| decoder.read_to_end(&mut bytes));
    (bytes, result.err().map(|error| read_problem(&error)))
}

#[derive(Default)]
struct Manifest {
    packages: Vec<FoundPackage>,
    /// By the name of the package.
    paths: BTreeMap<String, Vec<PathHash>>,
    paths_left: usize,
    too_many_paths: bool,
    bad_lines: usize,
    problems: Vec<Problem>,
}

impl Manifest {
    fn take(&mut self, line: &[u8]) {
        if self.line(line).is_none() {
            self.bad_lines += 1;
        }
    }

    /// `None` for a line that is none of a manifest's.
    fn line(&mut self, line: &[u8]) -> Option<()> {
        let line: Line = serde_json::from_slice(line).ok()?;
        match line.kind.as_str() {
            "package" => {
                let name = line.name.filter(|name| !name.is_empty())?;
                let version = line.version.filter(|version| !version.is_empty())?;
                let package = FoundPackage::new(PackageType::Deb, name, version);
                self.packages.push(FoundPackage { arch: line.arch, ..package });
            }
            "content" => {
                // The names of packages have no underscore.
                let slice = line.slice?;
                let (package, _) = slice.split_once('_')?;
                let path = line.path?;
                if path.ends_with('/') {
                    return Some(());
                }
                match self.paths_left.checked_sub(1) {
                    Some(left) => self.paths_left = left,
                    None => {
                        self.too_many_paths = true;
                        return Some(());
                    }
                }
                let hash = ImagePath::hash_of_name(path.as_bytes());
                match self.paths.get_mut(package) {
                    Some(paths) => paths.extend(hash),
                    None => {
                        self.paths.insert(package.to_owned(), hash.into_iter().collect());
                    }
                }
            }
            _ => {}
        }
        Some(())
    }

    fn finish(mut self, limit: usize) -> Extraction {
        let mut extraction = Extraction::default();
        let mut tell = |kind, detail: String| self.problems.push(Problem::new(kind, detail));
        if self.packages.len() > limit {
            tell(ProblemKind::LimitExceeded, format!("more than {limit} packages"));
        }
        if self.too_many_paths {
            tell(ProblemKind::LimitExceeded, "more paths than are read of one file".to_owned());
        }
        if self.bad_lines > 0 {
            let detail = format!("{} lines that are none of a manifest", self.bad_lines);
            tell(ProblemKind::Malformed, detail);
        }
        for mut package in self.packages.into_iter().take(limit) {
            package.owned_paths = self.paths.remove(&package.name).unwrap_or_default();
            extraction.push(package);
        }
        extraction.problems = self.problems;
        extraction
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_core::Limits;
    use plimsoll_testkit::Compression;
    use proptest::prelude::*;

    use super::*;

    const WALL: &str = "{\"jsonwall\":\"1.0\",\"schema\":\"1.0\",\"count\":8}\n\
        {\"kind\":\"content\",\"slice\":\"base-files_base\",\"path\":\"/etc/\"}\n\
        {\"kind\":\"content\",\"slice\":\"libssl3t64_libs\",\"path\":\"/usr/lib/x86_64-linux-gnu/libssl.so.3\"}\n\
        {\"kind\":\"content\",\"slice\":\"openssl_bins\",\"path\":\"/usr/bin/openssl\"}\n\
        {\"kind\":\"package\",\"name\":\"libssl3t64\",\"version\":\"3.0.13-0ubuntu3.5\",\"sha256\":\"ab\",\"arch\":\"amd64\"}\n\
        {\"kind\":\"package\",\"name\":\"openssl\",\"version\":\"3.0.13-0ubuntu3.5\",\"sha256\":\"ab\",\"arch\":\"amd64\"}\n\
        {\"kind\":\"path\",\"path\":\"/etc/\",\"mode\":\"0755\",\"slices\":[\"base-files_base\"]}\n\
        {\"kind\":\"slice\",\"name\":\"openssl_bins\"}\n";

    fn extract_with(content: &[u8], limits: &Limits) -> Extraction {
        let path = ImagePath::new("var/lib/chisel/manifest.wall");
        extract(&WantedFile::whole(&path, &content.to_vec(), limits))
    }

    fn extract_text(text: &str) -> Extraction {
        extract_with(&Compression::Zstd.apply(text.as_bytes()), &Limits::default())
    }

    #[test]
    fn packages_own_what_their_slices_brought() {
        let extraction = extract_text(WALL);
        assert_eq!(extraction.problems, []);
        let deb = |name: &str, path: &str| FoundPackage {
            arch: Some("amd64".into()),
            owned_paths: vec![ImagePath::hash_of(path)],
            ..FoundPackage::new(PackageType::Deb, name, "3.0.13-0ubuntu3.5")
        };
        let expected = [
            deb("libssl3t64", "usr/lib/x86_64-linux-gnu/libssl.so.3"),
            deb("openssl", "usr/bin/openssl"),
        ];
        assert_eq!(extraction.packages().collect::<Vec<_>>(), expected.iter().collect::<Vec<_>>());
    }

    #[test]
    fn a_manifest_cut_short_is_told_and_what_is_there_is_read() {
        let (cut, _) = WALL.rsplit_once("{\"kind\":\"path\"").unwrap();
        let extraction = extract_text(cut);
        assert_eq!(extraction.packages().count(), 2);
        assert_eq!(extraction.problems[0].detail, "2 lines fewer than it says");
        let packed = Compression::Zstd.apply(WALL.as_bytes());
        let extraction = extract_with(&packed[..packed.len() / 2], &Limits::default());
        assert_eq!(extraction.problems[0].kind, ProblemKind::Truncated);
    }

    #[test]
    fn what_is_no_manifest_of_this_version_is_told() {
        for (text, kind) in [
            ("", ProblemKind::Malformed),
            ("[1]\n", ProblemKind::Malformed),
            ("{\"jsonwall\":\"2.0\",\"count\":1}\n", ProblemKind::Unsupported),
            (
                "{\"jsonwall\":\"1.0\",\"count\":2}\n{\"kind\":\"package\"}\n",
                ProblemKind::Malformed,
            ),
        ] {
            assert_eq!(extract_text(text).problems[0].kind, kind, "{text}");
        }
    }

    #[test]
    fn the_limits_are_kept_and_told() {
        let limits = Limits { packages_per_file: 1, owned_paths_per_file: 1, ..Limits::default() };
        let extraction = extract_with(&Compression::Zstd.apply(WALL.as_bytes()), &limits);
        assert_eq!(extraction.packages().count(), 1);
        let kinds: Vec<_> = extraction.problems.iter().map(|problem| problem.kind).collect();
        assert_eq!(kinds, [ProblemKind::LimitExceeded; 2]);
        let limits = Limits { text_bytes: 300, ..Limits::default() };
        let extraction = extract_with(&Compression::Zstd.apply(WALL.as_bytes()), &limits);
        assert!(
            extraction.problems.iter().any(|problem| problem.kind == ProblemKind::LimitExceeded)
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            extract_with(&bytes, &Limits::default());
            extract_with(&Compression::Zstd.apply(&bytes), &Limits::default());
        }
    }
}
