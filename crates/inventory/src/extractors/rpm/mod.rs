//! rpm packages: the database in any of its three forms, told apart by content and not by name.
//!
//! Older systems keep BerkeleyDB, SUSE ndb, newer ones SQLite. All three map a number to a package's header ([`header`]), and each
//! reader here walks its pages itself, within the file's own bounds: an image's database is never opened by a database engine.

mod bdb;
mod header;
mod ndb;
mod sqlite;

use plimsoll_core::{Limits, Problem, ProblemKind};

use self::header::PathBudget;
use crate::pages::File;
use crate::{Extraction, Extractor, Fact, FoundPackage, Pattern, WantedFile};

pub(crate) static RPM: Extractor = Extractor {
    id: "rpm",
    version: 1,
    summary: "rpm packages, with the files that they own: databases in BerkeleyDB, ndb and SQLite",
    patterns: &[
        Pattern::Path("usr/lib/sysimage/rpm/Packages"),
        Pattern::Path("usr/lib/sysimage/rpm/Packages.db"),
        Pattern::Path("usr/lib/sysimage/rpm/rpmdb.sqlite"),
        Pattern::Path("usr/lib/sysimage/rpm/rpmdb.sqlite-wal"),
        Pattern::Path("usr/share/rpm/Packages"),
        Pattern::Path("usr/share/rpm/Packages.db"),
        Pattern::Path("usr/share/rpm/rpmdb.sqlite"),
        Pattern::Path("usr/share/rpm/rpmdb.sqlite-wal"),
        Pattern::Path("var/lib/rpm/Packages"),
        Pattern::Path("var/lib/rpm/Packages.db"),
        Pattern::Path("var/lib/rpm/rpmdb.sqlite"),
        Pattern::Path("var/lib/rpm/rpmdb.sqlite-wal"),
    ],
    extract,
    ..Extractor::RECORD
};

/// The longest beginning that tells a form: BerkeleyDB's magic number ends at byte 16, as SQLite's does.
const MAGIC_BYTES: usize = 16;

fn extract(wanted: &WantedFile<'_>) -> Extraction {
    if wanted.path.as_str().ends_with("-wal") {
        return write_ahead_log(wanted);
    }
    let file = File::new(wanted.content);
    let mut collector = Collector::new(wanted.limits);
    if let Err(problem) = read(&file, &mut collector) {
        collector.extraction.problems.push(problem);
    }
    collector.finish()
}

/// What SQLite wrote and did not merge yet is not read; an image that was built to its end has an empty log or none.
fn write_ahead_log(wanted: &WantedFile<'_>) -> Extraction {
    if wanted.content.size() == 0 {
        return Extraction::default();
    }
    let detail = "a write-ahead log that was not merged into its database: packages may be missing";
    Extraction::failed(Problem::new(ProblemKind::Unsupported, detail))
}

/// Reads the database, whatever its form. An error is about the database as a whole; what is wrong with single records is told to
/// the collector.
fn read(file: &File<'_>, collector: &mut Collector<'_>) -> Result<(), Problem> {
    let mut buffer = Vec::new();
    let magic = file.piece(0, MAGIC_BYTES, &mut buffer)?;
    if magic == sqlite::MAGIC {
        sqlite::read(file, collector)
    } else if magic.starts_with(ndb::MAGIC) {
        ndb::read(file, collector)
    } else if let Some(order) = bdb::byte_order(magic) {
        bdb::read(file, order, collector)
    } else {
        let detail = "a database of none of the forms BerkeleyDB, ndb, SQLite";
        Err(Problem::new(ProblemKind::Unsupported, detail))
    }
}

/// What the three readers hand their records to.
struct Collector<'a> {
    limits: &'a Limits,
    extraction: Extraction,
    paths: PathBudget,
    /// Records and pages of records, sound or damaged.
    records: usize,
    damaged: usize,
    /// What was wrong with the first damaged record.
    first_damage: Option<Problem>,
    too_many_records: bool,
    /// Bytes of text that may still be kept: a large file could hold nothing but names.
    text_left: u64,
    too_much_text: bool,
}

impl<'a> Collector<'a> {
    fn new(limits: &'a Limits) -> Self {
        Self {
            limits,
            extraction: Extraction::default(),
            paths: PathBudget::new(limits),
            records: 0,
            damaged: 0,
            first_damage: None,
            too_many_records: false,
            text_left: limits.text_bytes,
            too_much_text: false,
        }
    }

    /// Takes the header of one package. False where no more are wanted.
    fn take(&mut self, header: &[u8]) -> bool {
        if !self.has_room() {
            return false;
        }
        match header::package(header, &mut self.paths) {
            // An imported key is stored like a package, and is none.
            Ok(package) if package.name == "gpg-pubkey" => {}
            Ok(package) => match self.text_left.checked_sub(text_bytes(&package)) {
                Some(left) => {
                    self.text_left = left;
                    self.extraction.facts.push(Fact::Package(Box::new(package)));
                }
                None => self.too_much_text = true,
            },
            Err(detail) => self.note_damage(Problem::new(ProblemKind::Malformed, detail)),
        }
        !self.too_much_text
    }

    /// Notes a record, or a page of records, that could not be read. False where no more are wanted.
    fn damaged(&mut self, problem: Problem) -> bool {
        if !self.has_room() {
            return false;
        }
        self.note_damage(problem);
        true
    }

    fn note_damage(&mut self, problem: Problem) {
        self.damaged += 1;
        self.first_damage.get_or_insert(problem);
    }

    fn has_room(&mut self) -> bool {
        self.too_many_records = self.records >= self.limits.packages_per_file;
        self.records += usize::from(!self.too_many_records);
        !self.too_many_records
    }

    fn finish(self) -> Extraction {
        let mut extraction = self.extraction;
        if let Some(first) = self.first_damage {
            let detail = format!(
                "{} of {} records or pages were not read; the first: {}",
                self.damaged, self.records, first.detail
            );
            extraction.problems.push(Problem::new(first.kind, detail));
        }
        if self.too_many_records {
            let detail = format!("more than {} packages", self.limits.packages_per_file);
            extraction.problems.push(Problem::new(ProblemKind::LimitExceeded, detail));
        }
        if self.too_much_text {
            let detail = format!("more than {} bytes of text", self.limits.text_bytes);
            extraction.problems.push(Problem::new(ProblemKind::LimitExceeded, detail));
        }
        extraction.problems.extend(self.paths.problem());
        extraction
    }
}

fn text_bytes(package: &FoundPackage) -> u64 {
    let texts = [
        &package.arch,
        &package.module,
        &package.source_name,
        &package.source_version,
        &package.vendor,
    ];
    let texts = texts.into_iter().flatten().chain(&package.licenses);
    texts.chain([&package.name, &package.version]).map(|text| text.len() as u64).sum()
}

#[cfg(test)]
mod tests;
