//! Every extractor of the list: offered under paths that it wants, it reads the same from memory and from a file, and what it finds is a
//! package that the merge and the report keep.

use std::collections::BTreeSet;
use std::io;

use plimsoll_archive::ReadAt;
use plimsoll_core::{ImagePath, PackageId, PackageType, Problem};
use plimsoll_inventory::{
    Authority, EXTRACTORS, Extractor, Fact, FileFacts, FoundPackage, LayerResult, Matcher,
    PartResult, Pattern, StructureBuilder, WantedFile, assemble,
};
use plimsoll_testkit::rpmdb::{self, ByteOrder};
use plimsoll_testkit::{apk, dpkg, elf, jar, node, python};

use crate::bytes::framed;
use crate::limits;
use crate::real_files::RealFile;

/// The first byte of an input chooses among the extractor's patterns.
pub(crate) fn run(extractor: &Extractor, input: &[u8]) {
    let (choice, content) = framed(input);
    let Some(pattern) =
        extractor.patterns.get(usize::from(choice) % extractor.patterns.len().max(1))
    else {
        return;
    };
    match *pattern {
        // Of a directory only the name counts.
        Pattern::DirectoryIn(parent) => {
            let name = [parent.as_bytes(), b"/", content].concat();
            read(extractor, &ImagePath::from_archive(&name).0, &[]);
        }
        _ => {
            let path = ImagePath::new(&pattern.example_path());
            read(extractor, &path, &wanted(pattern, content));
        }
    }
}

/// Reads a file as the extractor does, and looks at what it gives.
pub(crate) fn read(extractor: &Extractor, path: &ImagePath, content: &[u8]) {
    let limits = limits();
    let in_memory = WantedFile { mode: 0o755, ..WantedFile::whole(path, &content, &limits) };
    let extraction = (extractor.extract)(&in_memory);
    let piecewise = Piecewise(content);
    let in_file = WantedFile { content: &piecewise, ..in_memory };
    let again = (extractor.extract)(&in_file);
    assert_eq!(extraction.facts, again.facts, "memory and file give other facts");
    // What of a damaged archive is found to be damaged first depends on how much is read at a time.
    let kinds =
        |problems: &[Problem]| problems.iter().map(|problem| problem.kind).collect::<Vec<_>>();
    assert_eq!(kinds(&extraction.problems), kinds(&again.problems), "other problems from a file");
    assert!(extraction.problems.len() <= 10_000, "problems without end");
    let found = |fact: &Fact| match fact {
        Fact::Package(found) => Some(id_of(found)),
        _ => None,
    };
    let found: BTreeSet<_> = extraction.facts.iter().filter_map(found).collect();
    let inventory = assemble(&[layer(extractor, path, &extraction.facts)], &limits);
    let kept: BTreeSet<_> = inventory.packages.iter().map(|package| package.id.clone()).collect();
    // A weaker word may give way to a stronger one of the same file; nothing is invented.
    match extractor.authority {
        Authority::Record => {
            assert!(kept.is_subset(&found), "the merge made up a package");
            let is_kept = |id: &PackageId| kept.contains(id) || has_other_version(id, &kept);
            assert!(found.iter().all(is_kept), "the merge lost a package");
        }
        Authority::Fingerprint | Authority::Sbom => assert!(kept.is_subset(&found)),
    }
    for package in &inventory.packages {
        assert!(package.purl.starts_with("pkg:"), "{:?} has no purl", package.id);
    }
}

/// True for a package without a version, which one of its name that has a version stands for.
fn has_other_version(id: &PackageId, kept: &BTreeSet<PackageId>) -> bool {
    let is_other = |other: &PackageId| {
        other.kind == id.kind && other.name == id.name && !other.version.is_empty()
    };
    id.version.is_empty() && kept.iter().any(is_other)
}

fn id_of(found: &FoundPackage) -> PackageId {
    let kind = PackageType::from_purl_type(&found.kind);
    assert!(!found.name.is_empty(), "a package without a name");
    PackageId {
        kind: kind.unwrap_or_else(|| panic!("`{}` is no type of packages", found.kind)),
        name: found.name.clone(),
        version: found.version.clone(),
        arch: found.arch.clone(),
        module: found.module.clone(),
        system: None,
    }
}

/// A layer with this one file.
fn layer(extractor: &Extractor, path: &ImagePath, facts: &[Fact]) -> LayerResult {
    let mut structure = StructureBuilder::new(&limits());
    structure.file(path);
    let structure = structure.finish((Vec::new(), 0));
    let part = |part: &&Extractor| {
        let is_this = part.id == extractor.id;
        let file = FileFacts { path: path.clone(), facts: facts.to_vec() };
        PartResult { files: is_this.then_some(file).into_iter().collect(), ..PartResult::default() }
    };
    LayerResult { structure, parts: EXTRACTORS.iter().map(part).collect() }
}

/// What begins otherwise is never offered to a pattern for first bytes.
fn wanted(pattern: &Pattern, content: &[u8]) -> Vec<u8> {
    let mut content = content.to_vec();
    if let Pattern::Magic(magic) = pattern {
        content.resize(content.len().max(magic.len()), 0);
        content[..magic.len()].copy_from_slice(magic);
    }
    content
}

/// True for a real file that the extractor wants by its name or its first bytes, or that lies in a folder of the extractor's name.
pub(crate) fn wants(extractor: &'static Extractor, file: &RealFile) -> bool {
    let matcher = Matcher::new(&[extractor]);
    // Below some folders lie whole trees, below others single files.
    let by_name = file
        .path
        .match_indices('/')
        .map(|(slash, _)| &file.path[slash + 1..])
        .any(|path| !matcher.by_name(&ImagePath::new(path)).is_empty());
    let folder = file.path.split('/').next().unwrap_or_default();
    let kind: String = extractor.id.split('-').collect();
    by_name
        || !matcher.by_magic(&file.content).is_empty()
        || [folder, &kind].iter().all(|name| name.len() > 1)
            && (folder.starts_with(&kind) || kind.starts_with(folder))
}

/// Each content under each of the extractor's paths, up to a few.
pub(crate) fn seeds(extractor: &Extractor, contents: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    let patterns = extractor.patterns.len().min(8) as u8;
    let contents = [own_samples(extractor.id), contents].concat();
    let framed = |content: &Vec<u8>| {
        (0..patterns).map(|choice| [&[choice], &content[..]].concat()).collect::<Vec<_>>()
    };
    contents.iter().flat_map(framed).collect()
}

/// What the test kit builds for an extractor, and a little of what many formats are made of.
fn own_samples(id: &str) -> Vec<Vec<u8>> {
    let text = |text: String| text.into_bytes();
    let rpm = || rpmdb::Package::new("bash", "5.1", "1").files(&["/usr/bin/bash"]).header();
    let mut samples = match id {
        "apk" => {
            vec![text(apk::installed(&[apk::Package::new("musl", "1.2.4-r1").files(&["lib/a"])]))]
        }
        "dpkg" => vec![text(dpkg::status(&[dpkg::Package::new("bash", "5.1-2").source("b (5)")]))],
        "go-binary" => vec![elf::go_program("go1.20.1", "path\ta\nmod\ta\tv1.0.0\n")],
        "java" => vec![jar::maven("org.example", "one", "1.0"), jar::nested(2, "a", "b", "1")],
        "node" => vec![text(node::package_json("lodash", "4.17.15"))],
        "python" => vec![text(python::metadata("PyYAML", "6.0"))],
        "rpm" => vec![
            rpmdb::berkeley(&[rpm()], ByteOrder::Little),
            rpmdb::berkeley(&[rpm()], ByteOrder::Big),
            rpmdb::ndb(&[rpm()]),
            rpmdb::sqlite(&[rpm()]),
        ],
        _ => Vec::new(),
    };
    samples.extend(COMMON_FORMS.iter().map(|form| form.as_bytes().to_vec()));
    samples
}

/// One small file of each form of text that package managers write.
const COMMON_FORMS: &[&str] = &[
    r#"{"name":"a","version":"1.0.0","dependencies":{"b":"1.2.3"},"packages":[{"name":"c","version":"2"}]}"#,
    "<project><a><groupId>g</groupId><artifactId>b</artifactId><version>1.0</version></a></project>",
    "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\ndependencies = [\"b\"]\n",
    "packages:\n  a:\n    version: \"1.0.0\"\n  - b@1.2.3\n",
    "Name: a\nVersion: 1.0\n\nName: b\nVersion: 2.0\n",
    "a==1.0\nb (1.2.3)\nc 2.0 sha256:00\n",
];

/// Bytes that lie nowhere as a whole, and of which only a few come at a time: what a file is.
pub(crate) struct Piecewise<'a>(pub(crate) &'a [u8]);

impl ReadAt for Piecewise<'_> {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(100);
        self.0.read_at(offset, &mut buffer[..most])
    }
}
