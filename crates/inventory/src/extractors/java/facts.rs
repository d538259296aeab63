//! What stands in a Java archive and in the archives nested in it, before anything is concluded.

use std::collections::BTreeMap;

use plimsoll_archive::zip::{ZipEntry, ZipError, ZipReader};
use plimsoll_archive::{ReadAt, ScratchFile, read_problem};
use plimsoll_core::{Limits, Problem, ProblemKind};

use super::pom_xml::{self, Pom};
use super::{manifest, pom_properties};

/// Maven's coordinates, as a `pom.properties` states them. None of them is empty.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Coordinates {
    pub group: String,
    pub artifact: String,
    pub version: String,
}

/// What one archive says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JarFacts {
    /// From every `META-INF/maven/**/pom.properties`, in the order of the archive's directory.
    pub pom_properties: Vec<Coordinates>,
    /// From files of that name elsewhere, such as in the classes of a web application.
    pub other_pom_properties: Vec<Coordinates>,
    /// From `pom.xml` files of `META-INF/maven` that have no `pom.properties` beside them.
    pub pom_xml: Vec<Coordinates>,
    /// The licence that those and other `pom.xml` files state, by `group:artifact`.
    pub licenses: BTreeMap<String, String>,
    /// What the main section of `META-INF/MANIFEST.MF` says of the archive's identity and licence.
    pub manifest: BTreeMap<String, String>,
    /// SHA-1 of the archive itself, as hexadecimal digits: what Maven's repositories know a file by.
    pub sha1: Option<String>,
    /// The archives in it, by the name of their entry.
    pub nested: BTreeMap<String, JarFacts>,
    /// What could not be read here, without what is in `nested`.
    pub problems: Vec<Problem>,
}

/// What the names of nested archives end with, in any case.
const ARCHIVE_SUFFIXES: [&[u8]; 13] = [
    b".jar", b".war", b".ear", b".par", b".sar", b".nar", b".jpi", b".hpi", b".kar", b".lpkg",
    b".far", b".rar", b".zap",
];
const MANIFEST: &[u8] = b"META-INF/MANIFEST.MF";
const POM_PROPERTIES: &[u8] = b"pom.properties";
const POM_XML: &[u8] = b"pom.xml";
const MAVEN_DIRECTORY: &[u8] = b"META-INF/maven/";

/// Reads an archive and, down to [`Limits::archive_depth`], the archives nested in it.
///
/// Never fails: an archive that is none gives a problem and nothing else.
#[must_use]
pub fn coordinates(content: &dyn ReadAt, limits: &Limits) -> JarFacts {
    Walk::new(limits).archive(content)
}

/// What may still be read of one outer archive and all below it. Entries may overlap and claim any size, so that the size of the outer
/// archive bounds nothing.
struct Budget {
    /// Unpacked bytes of nested archives.
    bytes: u64,
    /// Unpacked bytes of manifests and `pom.properties`, which bound what is kept of them.
    text_bytes: u64,
    /// Nested archives and coordinates.
    packages: u64,
    problems: usize,
    /// True once one of them was not enough: that is said once, and nothing more is read.
    is_exceeded: bool,
}

impl Budget {
    fn spend_bytes(&mut self, amount: u64) -> Result<(), Problem> {
        let left = self.bytes.checked_sub(amount);
        self.bytes = self.left(left, "bytes in nested archives")?;
        Ok(())
    }

    fn spend_text(&mut self, amount: u64) -> Result<(), Problem> {
        let left = self.text_bytes.checked_sub(amount);
        self.text_bytes = self.left(left, "bytes of metadata")?;
        Ok(())
    }

    fn spend_package(&mut self) -> Result<(), Problem> {
        let left = self.packages.checked_sub(1);
        self.packages = self.left(left, "packages")?;
        Ok(())
    }

    fn left(&mut self, left: Option<u64>, what: &str) -> Result<u64, Problem> {
        left.ok_or_else(|| {
            self.is_exceeded = true;
            let detail = format!("more {what} than are read of one file");
            Problem::new(ProblemKind::LimitExceeded, detail)
        })
    }
}

pub(super) struct Walk<'a> {
    pub(super) limits: &'a Limits,
    budget: Budget,
    /// The names of the nested archives that lead to the one being read.
    path: Vec<String>,
}

/// What the files of Maven in one archive say, by their directory, until all of them were read.
#[derive(Default)]
struct MavenFiles {
    properties: BTreeMap<Vec<u8>, String>,
    poms: Vec<(Vec<u8>, Pom)>,
}

/// What an entry is, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Manifest,
    PomProperties { in_maven_directory: bool },
    PomXml,
    Archive,
}

fn kind(name: &[u8]) -> Option<Kind> {
    if name.len() == MANIFEST.len() && name.eq_ignore_ascii_case(MANIFEST) {
        return Some(Kind::Manifest);
    }
    if let Some(directory) = name.strip_suffix(POM_PROPERTIES)
        && matches!(directory.last(), None | Some(b'/'))
    {
        let in_maven_directory = directory.starts_with(MAVEN_DIRECTORY);
        return Some(Kind::PomProperties { in_maven_directory });
    }
    // Elsewhere such a file is a template, or describes something else.
    if name.starts_with(MAVEN_DIRECTORY) && directory_of(name, POM_XML).is_some() {
        return Some(Kind::PomXml);
    }
    is_archive(name).then_some(Kind::Archive)
}

/// The directory of a file of this name, with the slash at its end.
fn directory_of<'n>(path: &'n [u8], file_name: &[u8]) -> Option<&'n [u8]> {
    path.strip_suffix(file_name).filter(|rest| rest.last() == Some(&b'/'))
}

/// True for the name of an archive that is opened inside another.
pub(super) fn is_archive(name: &[u8]) -> bool {
    let ends_so = |suffix: &&[u8]| {
        let start = name.len().checked_sub(suffix.len());
        start
            .and_then(|start| name.get(start..))
            .is_some_and(|end| end.eq_ignore_ascii_case(suffix))
    };
    // Nearly all entries are classes: one look at the last letter settles those.
    let may_be_archive =
        name.last().is_some_and(|last| b"rigp".contains(&last.to_ascii_lowercase()));
    may_be_archive && ARCHIVE_SUFFIXES.iter().any(ends_so)
}

impl<'a> Walk<'a> {
    pub(super) fn new(limits: &'a Limits) -> Self {
        let budget = Budget {
            bytes: limits.nested_bytes,
            text_bytes: limits.text_bytes,
            packages: limits.packages_per_file as u64,
            problems: limits.problems,
            is_exceeded: false,
        };
        Self { limits, budget, path: Vec::new() }
    }

    pub(super) fn is_exceeded(&self) -> bool {
        self.budget.is_exceeded
    }

    fn archive(&mut self, content: &dyn ReadAt) -> JarFacts {
        let mut facts = JarFacts::default();
        let zip = match ZipReader::open(content, self.limits) {
            Ok(zip) => zip,
            Err(error) => {
                self.report(&mut facts, error.problem());
                return facts;
            }
        };
        for problem in zip.problems() {
            self.report(&mut facts, problem.clone());
        }
        match sha1(content) {
            Ok(digest) => facts.sha1 = Some(digest),
            Err(error) => self.report(&mut facts, read_problem(&error)),
        }
        let mut maven = MavenFiles::default();
        for entry in zip.entries() {
            let Some(kind) = kind(entry.name) else { continue };
            if self.budget.is_exceeded {
                break;
            }
            let result = match kind {
                Kind::Manifest => self.text(&zip, &entry).map(|text| {
                    facts.manifest = manifest::main_section(&text);
                }),
                Kind::PomProperties { in_maven_directory } => {
                    self.coordinates(&zip, &entry).map(|stated| {
                        maven.properties(&entry, stated, in_maven_directory, &mut facts);
                    })
                }
                Kind::PomXml => self.pom(&zip, &entry).map(|pom| maven.pom(&entry, pom)),
                Kind::Archive => self.nested(&zip, &entry, &mut facts),
            };
            self.report_entry(&mut facts, entry.name, result);
        }
        maven.finish(&mut facts);
        facts
    }

    fn text(&mut self, zip: &ZipReader<'_>, entry: &ZipEntry<'_>) -> Result<Vec<u8>, Problem> {
        self.budget.spend_text(entry.size)?;
        zip.read(entry, entry.size).map_err(|error| error.problem())
    }

    fn coordinates(
        &mut self,
        zip: &ZipReader<'_>,
        entry: &ZipEntry<'_>,
    ) -> Result<Option<Coordinates>, Problem> {
        self.budget.spend_package()?;
        Ok(pom_properties::parse(&self.text(zip, entry)?))
    }

    fn pom(&mut self, zip: &ZipReader<'_>, entry: &ZipEntry<'_>) -> Result<Pom, Problem> {
        self.budget.spend_package()?;
        Ok(pom_xml::parse(&self.text(zip, entry)?))
    }

    pub(super) fn nested(
        &mut self,
        zip: &ZipReader<'_>,
        entry: &ZipEntry<'_>,
        facts: &mut JarFacts,
    ) -> Result<(), Problem> {
        if entry.size == 0 {
            return Ok(());
        }
        self.spend_nested(entry.size)?;
        let problem = |error: ZipError| error.problem();
        let content: Box<dyn ReadAt> = if entry.size <= self.limits.file_memory_bytes {
            Box::new(zip.read(entry, self.limits.file_memory_bytes).map_err(problem)?)
        } else {
            let mut reader = zip.reader(entry).map_err(problem)?;
            Box::new(ScratchFile::copy_of(&mut reader).map_err(|error| read_problem(&error))?)
        };
        self.nested_content(entry.name, &*content, facts);
        Ok(())
    }

    /// Takes an archive of that size in the one being read, where that is allowed.
    pub(super) fn spend_nested(&mut self, size: u64) -> Result<(), Problem> {
        if self.path.len() >= self.limits.archive_depth {
            let detail = format!("more than {} archives in one another", self.limits.archive_depth);
            return Err(Problem::new(ProblemKind::LimitExceeded, detail));
        }
        self.budget.spend_package()?;
        self.budget.spend_bytes(size)
    }

    pub(super) fn nested_content(
        &mut self,
        name: &[u8],
        content: &dyn ReadAt,
        facts: &mut JarFacts,
    ) {
        let name = String::from_utf8_lossy(name).into_owned();
        self.path.push(name.clone());
        let nested = self.archive(content);
        self.path.pop();
        facts.nested.insert(name, nested);
    }

    /// Reports what went wrong with one entry.
    pub(super) fn report_entry(
        &mut self,
        facts: &mut JarFacts,
        name: &[u8],
        result: Result<(), Problem>,
    ) {
        if let Err(mut problem) = result {
            let name = String::from_utf8_lossy(name);
            problem.detail = format!("{name}: {}", problem.detail);
            self.report(facts, problem);
        }
    }

    pub(super) fn report(&mut self, facts: &mut JarFacts, mut problem: Problem) {
        let Some(left) = self.budget.problems.checked_sub(1) else { return };
        self.budget.problems = left;
        if !self.path.is_empty() {
            problem.detail = format!("{}: {}", self.path.join("!/"), problem.detail);
        }
        facts.problems.push(problem);
    }
}

impl MavenFiles {
    fn properties(
        &mut self,
        entry: &ZipEntry<'_>,
        stated: Option<Coordinates>,
        in_maven_directory: bool,
        facts: &mut JarFacts,
    ) {
        let Some(stated) = stated else { return };
        if in_maven_directory {
            if let Some(directory) = directory_of(entry.name, POM_PROPERTIES) {
                self.properties.insert(directory.to_vec(), stated.name());
            }
            facts.pom_properties.push(stated);
        } else {
            facts.other_pom_properties.push(stated);
        }
    }

    fn pom(&mut self, entry: &ZipEntry<'_>, pom: Pom) {
        if let Some(directory) = directory_of(entry.name, POM_XML) {
            self.poms.push((directory.to_vec(), pom));
        }
    }

    /// The `pom.xml` says what the `pom.properties` beside it says, and the licence; alone it must do for both.
    fn finish(self, facts: &mut JarFacts) {
        for (directory, pom) in self.poms {
            let name = match (self.properties.get(&directory), pom.coordinates) {
                (Some(name), _) => name.clone(),
                (None, Some(coordinates)) => {
                    let name = coordinates.name();
                    facts.pom_xml.push(coordinates);
                    name
                }
                (None, None) => continue,
            };
            if let Some(license) = pom.license {
                facts.licenses.insert(name, license);
            }
        }
    }
}

/// Reads everything once more, in pieces where it does not lie in memory.
fn sha1(content: &dyn ReadAt) -> std::io::Result<String> {
    use sha1::{Digest, Sha1};
    const PIECE_BYTES: usize = 64 << 10;
    let mut digest = Sha1::new();
    match content.as_bytes() {
        Some(bytes) => digest.update(bytes),
        None => {
            let mut piece = vec![0; PIECE_BYTES];
            let mut offset = 0;
            loop {
                let count = content.read_at(offset, &mut piece)?;
                let Some(read) = piece.get(..count).filter(|read| !read.is_empty()) else { break };
                digest.update(read);
                offset += count as u64;
            }
        }
    }
    Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}
