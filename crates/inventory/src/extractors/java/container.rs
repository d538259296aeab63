//! Archives that are no Java archives and may hold some: what a vendor's distribution was shipped as, left lying in an image.
//!
//! Only the Java archives directly in them are read. A container without any costs its directory where it is a zip, and its
//! decompression where it is a tar.

use std::io::{BufReader, Read};

use plimsoll_archive::zip::ZipReader;
use plimsoll_archive::{
    Decoder, DecoderBounds, ReadAt, ReadAtCursor, ScratchFile, TarEntryKind, TarError, TarReader,
    read_problem,
};
use plimsoll_core::{Limits, Problem};

use super::JarFacts;
use super::facts::{Walk, is_archive};
use crate::Candidate;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Container {
    Zip,
    /// Compressed or not.
    Tar,
}

impl Container {
    /// By the end of a file's name.
    pub(super) fn of(file_name: &str) -> Option<Self> {
        let name = file_name.to_ascii_lowercase();
        let ends_so = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
        match () {
            () if ends_so(&[".zip"]) => Some(Self::Zip),
            () if ends_so(&[".tar", ".tar.gz", ".tgz"]) => Some(Self::Tar),
            () => None,
        }
    }

    /// True for what begins like one. One that is too large to be read is so for every part, and named.
    pub(super) fn is_wanted(self, candidate: &Candidate<'_>) -> bool {
        let is_gzip = candidate.prefix.starts_with(b"\x1f\x8b");
        match self {
            Self::Zip => candidate.prefix.starts_with(b"PK"),
            Self::Tar => is_gzip || candidate.path.as_str().to_ascii_lowercase().ends_with(".tar"),
        }
    }

    /// The Java archives in it: only `nested` and `problems` say something.
    pub(super) fn read(self, content: &dyn ReadAt, limits: &Limits) -> JarFacts {
        let mut facts = JarFacts::default();
        let mut walk = Walk::new(limits);
        let result = match self {
            Self::Zip => zip(&mut walk, content, &mut facts),
            Self::Tar => tar(&mut walk, content, &mut facts),
        };
        if let Err(problem) = result {
            walk.report(&mut facts, problem);
        }
        facts
    }
}

fn zip(walk: &mut Walk<'_>, content: &dyn ReadAt, facts: &mut JarFacts) -> Result<(), Problem> {
    let zip = ZipReader::open(content, walk.limits).map_err(|error| error.problem())?;
    for problem in zip.problems() {
        walk.report(facts, problem.clone());
    }
    for entry in zip.entries().filter(|entry| is_archive(entry.name)) {
        if walk.is_exceeded() {
            break;
        }
        let result = walk.nested(&zip, &entry, facts);
        walk.report_entry(facts, entry.name, result);
    }
    Ok(())
}

fn tar(walk: &mut Walk<'_>, content: &dyn ReadAt, facts: &mut JarFacts) -> Result<(), Problem> {
    let bounds = DecoderBounds { bytes: walk.limits.nested_bytes, ..walk.limits.into() };
    let decoder = Decoder::new(ReadAtCursor::new(content), bounds);
    let decoder = decoder.map_err(|error| read_problem(&error))?;
    let mut tar = TarReader::new(BufReader::new(decoder), walk.limits);
    let mut is_first = true;
    loop {
        let entry = match tar.next_entry() {
            Ok(Some(entry)) => entry,
            Ok(None) => return Ok(()),
            // Something else of that name.
            Err(TarError::Malformed { .. }) if is_first => return Ok(()),
            Err(error) => return Err(error.problem()),
        };
        is_first = false;
        let is_file = entry.kind == TarEntryKind::File && entry.size > 0;
        if !is_file || !is_archive(&entry.name) {
            continue;
        }
        if walk.is_exceeded() {
            return Ok(());
        }
        let result = tar_entry(walk, &mut tar, &entry.name, entry.size, facts);
        walk.report_entry(facts, &entry.name, result);
    }
}

fn tar_entry(
    walk: &mut Walk<'_>,
    content: &mut dyn Read,
    name: &[u8],
    size: u64,
    facts: &mut JarFacts,
) -> Result<(), Problem> {
    walk.spend_nested(size)?;
    let mut content = content.take(size);
    let content: Box<dyn ReadAt> = if size <= walk.limits.file_memory_bytes {
        let mut bytes = Vec::new();
        content.read_to_end(&mut bytes).map_err(|error| read_problem(&error))?;
        Box::new(bytes)
    } else {
        Box::new(ScratchFile::copy_of(&mut content).map_err(|error| read_problem(&error))?)
    };
    walk.nested_content(name, &*content, facts);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use plimsoll_core::{ImagePath, ProblemKind};
    use plimsoll_testkit::{Layer, jar};
    use proptest::prelude::*;

    use super::super::{JAVA, extract};
    use super::*;
    use crate::{Extraction, WantedFile};

    fn run(path: &str, content: &[u8]) -> Extraction {
        let path = ImagePath::new(path);
        let content = content.to_vec();
        extract(&WantedFile::whole(&path, &content, &Limits::default()))
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        writer.write_all(bytes).unwrap();
        writer.finish().unwrap()
    }

    fn files() -> [(&'static str, Vec<u8>); 3] {
        let war = jar::zip(&[("WEB-INF/lib/c-2.0.jar", jar::maven("com.example", "c", "2.0"))]);
        [
            ("kafka-3.6.0/README", b"text".to_vec()),
            ("kafka-3.6.0/libs/a-1.0.jar", jar::maven("com.example", "a", "1.0")),
            ("kafka-3.6.0/libs/b-2.0.war", war),
        ]
    }

    #[test]
    fn java_archives_in_other_archives_are_found_with_their_place() {
        let zip = jar::zip(&files());
        let tar = Layer::new().files(files()).tar();
        for (name, content) in [
            ("kafka-3.6.0.zip", zip),
            ("kafka-3.6.0.tar", tar.clone()),
            ("kafka-3.6.0.tar.gz", gzip(&tar)),
            ("KAFKA.TGZ", gzip(&tar)),
        ] {
            let extraction = run(&format!("opt/{name}"), &content);
            assert_eq!(extraction.problems, [], "{name}");
            let listed: Vec<_> = extraction
                .packages()
                .map(|found| (&*found.name, &*found.version, found.inner_path.as_deref().unwrap()))
                .collect();
            assert_eq!(
                listed,
                [
                    ("com.example:a", "1.0", "kafka-3.6.0/libs/a-1.0.jar"),
                    ("b", "2.0", "kafka-3.6.0/libs/b-2.0.war"),
                    ("com.example:c", "2.0", "kafka-3.6.0/libs/b-2.0.war!/WEB-INF/lib/c-2.0.jar"),
                ],
                "{name}"
            );
        }
    }

    #[test]
    fn a_container_is_no_package_and_other_files_of_its_name_are_nothing() {
        let no_jars = jar::zip(&[jar::manifest(&[("Implementation-Version", "1.0")])]);
        for (name, content) in [
            ("a-1.0.zip", no_jars),
            ("a-1.0.tar", Layer::new().file("x", "y").tar()),
            ("a-1.0.tar.gz", gzip(b"no archive")),
            ("a-1.0.tgz", gzip(&[b'x'; 2_000])),
            ("a-1.0.tar", b"no archive at all".repeat(100)),
        ] {
            let extraction = run(name, &content);
            assert_eq!(extraction.facts, [], "{name}");
        }
    }

    #[test]
    fn containers_are_wanted_by_their_first_bytes_whatever_their_size() {
        let huge = Limits::default().file_bytes + 1;
        for (name, size, prefix, expected) in [
            ("a.zip", 1_000, &b"PK\x03\x04"[..], true),
            ("a.zip", 1_000, b"MZ", false),
            ("a.zip", huge, b"PK\x03\x04", true),
            ("a.tar.gz", 1_000, b"\x1f\x8b", true),
            ("a.tar.gz", 1_000, b"x", false),
            ("a.TAR", 1_000, b"dir/", true),
            ("a.jar", huge, b"PK\x03\x04", true),
        ] {
            let path = ImagePath::new(name);
            let candidate = Candidate { path: &path, mode: 0o644, size, prefix };
            assert_eq!((JAVA.wants)(&candidate), expected, "{name}");
        }
    }

    #[test]
    fn damage_is_a_problem_and_what_stands_before_it_is_read() {
        let tar = Layer::new().files(files()).tar();
        // Inside the first archive, behind its header and the file before it.
        let extraction = run("a.tar", &tar[..1_800]);
        assert_eq!(extraction.facts, []);
        assert!(!extraction.problems.is_empty());
        let zip = jar::zip(&files());
        let extraction = run("a.zip", &zip[..zip.len() / 2]);
        assert_eq!(extraction.problems[0].kind, ProblemKind::Malformed);
    }

    proptest! {
        #[test]
        fn mutated_containers_end(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
            which in 0_usize..3,
        ) {
            let tar = Layer::new().files(files()).tar();
            let (name, mut content) = match which {
                0 => ("a.zip", jar::zip(&files())),
                1 => ("a.tar.gz", gzip(&tar)),
                _ => ("a.tar", tar),
            };
            for (at, byte) in changes {
                let at = at.index(content.len());
                content[at] = byte;
            }
            run(name, &content);
        }
    }
}
