//! Which rows of the table a file fits, by its name and first bytes: asked of every file that any row wants.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::{LazyLock, OnceLock};

use plimsoll_core::ImagePath;
use regex::bytes::{Regex, RegexBuilder};

use super::fingerprint::{Fingerprint, Mark};
use super::table::TABLES;
use crate::Pattern;

/// The files of all rows.
pub(super) static PATTERNS: [Pattern; COUNT] = patterns();

const COUNT: usize = {
    let (mut count, mut table) = (0, 0);
    while table < TABLES.len() {
        let mut row = 0;
        while row < TABLES[table].len() {
            count += TABLES[table][row].files.len();
            row += 1;
        }
        table += 1;
    }
    count
};

const fn patterns() -> [Pattern; COUNT] {
    let mut all = [Pattern::Name(""); COUNT];
    let (mut next, mut table) = (0, 0);
    while table < TABLES.len() {
        let mut row = 0;
        while row < TABLES[table].len() {
            let files = TABLES[table][row].files;
            let mut file = 0;
            while file < files.len() {
                all[next] = files[file];
                next += 1;
                file += 1;
            }
            row += 1;
        }
        table += 1;
    }
    all
}

pub(super) static INDEX: LazyLock<Index> = LazyLock::new(Index::new);

/// A row, and the shapes of its marks.
pub(super) struct Row {
    pub(super) fingerprint: &'static Fingerprint,
    pub(super) marks: Vec<Shape>,
    pub(super) hints: Vec<Shape>,
}

impl Row {
    pub(super) fn new(fingerprint: &'static Fingerprint) -> Self {
        let shapes = |marks: &'static [Mark]| marks.iter().map(Shape::new).collect();
        Self { fingerprint, marks: shapes(fingerprint.marks), hints: shapes(fingerprint.hints) }
    }

    fn fits(&self, prefix: &[u8]) -> bool {
        let begins = self.fingerprint.begins;
        begins.is_empty() || begins.iter().any(|begin| prefix.starts_with(begin))
    }
}

/// A mark's shape, compiled where it is first needed: few of the table ever are.
pub(super) struct Shape {
    mark: &'static Mark,
    regex: OnceLock<Option<Regex>>,
}

impl Shape {
    fn new(mark: &'static Mark) -> Self {
        Self { mark, regex: OnceLock::new() }
    }

    /// `None` for a shape that is no regular expression; a test sees that there is none.
    pub(super) fn regex(&self) -> Option<&Regex> {
        self.regex.get_or_init(|| compile(self.mark)).as_ref()
    }
}

fn compile(mark: &Mark) -> Option<Regex> {
    let mut pattern = String::new();
    if mark.follows {
        pattern.push_str(r"\A");
        for byte in mark.anchor {
            write!(pattern, r"\x{byte:02x}").ok()?;
        }
    }
    pattern.push_str(&mark.shape.replace("<v>", NUMBERS).replace("<s>", SEMANTIC));
    RegexBuilder::new(&pattern).unicode(false).dot_matches_new_line(true).build().ok()
}

/// Numbers with dots between them.
const NUMBERS: &str = r"(\d{1,5}(?:\.\d{1,5}){1,4})";
/// The same, with what semantic versioning allows to follow.
const SEMANTIC: &str =
    r"(\d{1,5}(?:\.\d{1,5}){1,2}(?:-[0-9A-Za-z]+(?:[.-][0-9A-Za-z]+)*)?(?:\+[0-9A-Za-z.-]+)?)";

/// The rows by the names of their files, as positions.
pub(super) struct Index {
    rows: Vec<Row>,
    names: HashMap<&'static str, Vec<usize>>,
    /// By the first byte.
    starts: HashMap<u8, Vec<(&'static str, usize)>>,
    /// By last component, with what must stand before it.
    path_ends: HashMap<&'static str, Vec<(&'static str, usize)>>,
}

impl Index {
    fn new() -> Self {
        let rows = TABLES.iter().copied().flatten().map(Row::new).collect();
        let mut index =
            Self { rows, names: HashMap::new(), starts: HashMap::new(), path_ends: HashMap::new() };
        for (position, row) in TABLES.iter().copied().flatten().enumerate() {
            for pattern in row.files {
                index.add(pattern, position);
            }
        }
        index
    }

    fn add(&mut self, pattern: &Pattern, row: usize) {
        match *pattern {
            Pattern::Name(name) => self.names.entry(name).or_default().push(row),
            Pattern::NameStart(start) => {
                let first = start.bytes().next().unwrap_or_default();
                self.starts.entry(first).or_default().push((start, row));
            }
            Pattern::PathEnd(end) => {
                let (before, last) = end.rsplit_once('/').unwrap_or(("", end));
                self.path_ends.entry(last).or_default().push((before, row));
            }
            // A test sees that no row has another one.
            Pattern::Path(_)
            | Pattern::Below(..)
            | Pattern::Extension(_)
            | Pattern::DirectoryIn(_)
            | Pattern::Magic(_) => {}
        }
    }

    /// The rows that a file of this path and with these first bytes fits, in the order of the table.
    pub(super) fn fitting(&self, path: &ImagePath, prefix: &[u8]) -> Vec<&Row> {
        let (name, parent) = (path.file_name(), path.parent());
        let first = name.bytes().next().unwrap_or_default();
        let mut fitting = self.names.get(name).cloned().unwrap_or_default();
        let starts = self.starts.get(&first).into_iter().flatten();
        fitting.extend(starts.filter(|(start, _)| name.starts_with(start)).map(|(_, row)| *row));
        let ends = self.path_ends.get(name).into_iter().flatten();
        fitting.extend(ends.filter(|(before, _)| parent.ends_with(before)).map(|(_, row)| *row));
        fitting.sort_unstable();
        fitting.dedup();
        let rows = fitting.into_iter().filter_map(|row| self.rows.get(row));
        rows.filter(|row| row.fits(prefix)).collect()
    }
}
