//! One pass over a file for all rows that fit it: the anchors of all their marks are looked for in each piece of it, and only around an
//! anchor a mark's shape is tried. The file is read in pieces, whatever its size.
//!
//! A piece stays in the processor's cache while each anchor is looked for by itself, which is several times faster than one automaton
//! of all: a file has few, and those of rows that are settled are looked for no more.

use std::io;

use memchr::memmem::Finder;
use plimsoll_archive::ReadAt;
use plimsoll_core::{Problem, ProblemKind};

use super::fingerprint::Mark;
use super::index::{Row, Shape};

/// Bytes that are looked at at once: they stay in the processor's cache.
const PIECE_BYTES: u64 = 256 << 10;
/// Bytes around anchors that are looked at in one file. Anchors are rare in every real program; a file made of them costs no more.
const SHAPE_BYTES: usize = 64 << 20;
/// The longest version that is one.
const LONGEST_VERSION: usize = 64;

/// The version of each row that the file says, and what was left out.
pub(super) fn scan(
    content: &dyn ReadAt,
    name: &str,
    rows: &[&'static Row],
) -> io::Result<(Vec<Option<String>>, Option<Problem>)> {
    let mut search = Search::new(name, rows);
    let anchors = search.anchors();
    let (size, margin) = (content.size(), search.margin as u64);
    let (mut buffer, mut start) = (Vec::new(), 0);
    while start < size && !search.is_settled() {
        let first = start.saturating_sub(margin);
        let end = size.min(start + PIECE_BYTES);
        let last = size.min(end + margin);
        let view = view(content, (first, last), &mut buffer)?;
        search.piece(&anchors, view, (start - first) as usize, (end - first) as usize);
        start = end;
    }
    let problem = (search.left == 0).then(|| {
        let detail = format!("more than {SHAPE_BYTES} bytes around what might say a version");
        Problem::new(ProblemKind::LimitExceeded, detail)
    });
    Ok((search.finish(), problem))
}

/// These bytes of the content, in memory.
fn view<'a>(
    content: &'a dyn ReadAt,
    (first, last): (u64, u64),
    buffer: &'a mut Vec<u8>,
) -> io::Result<&'a [u8]> {
    if let Some(bytes) = content.as_bytes() {
        let range = (first as usize).min(bytes.len())..(last as usize).min(bytes.len());
        return Ok(bytes.get(range).unwrap_or_default());
    }
    buffer.resize((last - first) as usize, 0);
    content.read_exact_at(first, buffer)?;
    Ok(buffer)
}

/// What is looked for, and what was found so far.
struct Search<'a> {
    /// The beginning of a version in the file's name, for rows that are named by it.
    number: &'a str,
    rows: Vec<State>,
    probes: Vec<Probe>,
    /// The furthest that any mark looks.
    margin: usize,
    /// Bytes around anchors that may still be looked at.
    left: usize,
}

/// What a row's anchors gave.
struct State {
    row: &'static Row,
    /// True where the file has what only another product has.
    is_other: bool,
    mark: Option<String>,
    hints: Vec<Hint>,
}

#[derive(Clone)]
enum Hint {
    Silent,
    Says(String),
    /// It says several versions, and so none.
    Torn,
}

/// One anchor of one row.
struct Probe {
    row: usize,
    anchor: &'static [u8],
    target: Target,
}

#[derive(Clone, Copy)]
enum Target {
    Mark(&'static Mark, &'static Shape),
    Hint(usize, &'static Mark, &'static Shape),
    Unless,
}

impl<'a> Search<'a> {
    fn new(name: &'a str, rows: &[&'static Row]) -> Self {
        let mut probes = Vec::new();
        for (position, row) in rows.iter().enumerate() {
            let mut add = |anchor, target| probes.push(Probe { row: position, anchor, target });
            for (mark, shape) in row.fingerprint.marks.iter().zip(&row.marks) {
                add(mark.anchor, Target::Mark(mark, shape));
            }
            for (hint, (mark, shape)) in row.fingerprint.hints.iter().zip(&row.hints).enumerate() {
                add(mark.anchor, Target::Hint(hint, mark, shape));
            }
            for anchor in row.fingerprint.unless {
                add(anchor, Target::Unless);
            }
        }
        let reach = probes.iter().map(|probe| {
            let shape = match probe.target {
                Target::Mark(mark, _) | Target::Hint(_, mark, _) => mark.before.max(mark.after),
                Target::Unless => 0,
            };
            probe.anchor.len() + shape
        });
        let margin = reach.max().unwrap_or_default();
        let rows = rows.iter().map(|row| State {
            row,
            is_other: false,
            mark: None,
            hints: vec![Hint::Silent; row.hints.len()],
        });
        Self { number: number_in(name), rows: rows.collect(), probes, margin, left: SHAPE_BYTES }
    }

    /// The anchors, each once, with the probes that it is of.
    fn anchors(&self) -> Vec<(Finder<'static>, Vec<usize>)> {
        let mut anchors: Vec<(Finder<'static>, Vec<usize>)> = Vec::new();
        for (position, probe) in self.probes.iter().enumerate() {
            match anchors.iter_mut().find(|(finder, _)| finder.needle() == probe.anchor) {
                Some((_, probes)) => probes.push(position),
                None => anchors.push((Finder::new(probe.anchor), vec![position])),
            }
        }
        anchors
    }

    /// Looks at the anchors that begin between `start` and `end` of the view.
    fn piece(
        &mut self,
        anchors: &[(Finder<'static>, Vec<usize>)],
        view: &[u8],
        start: usize,
        end: usize,
    ) {
        for (finder, probes) in anchors {
            if !probes.iter().any(|probe| self.is_open(*probe)) {
                continue;
            }
            let last = view.len().min(end + finder.needle().len().saturating_sub(1));
            for hit in finder.find_iter(view.get(start..last).unwrap_or_default()) {
                for probe in probes {
                    self.hit(*probe, view, start + hit);
                }
                if self.is_settled() {
                    return;
                }
            }
        }
    }

    /// True where the probe's anchor may still say something.
    fn is_open(&self, probe: usize) -> bool {
        let Some(probe) = self.probes.get(probe) else { return false };
        self.rows.get(probe.row).is_some_and(|state| {
            let is_unless = matches!(probe.target, Target::Unless);
            !state.is_settled() && (state.mark.is_none() || is_unless)
        })
    }

    fn hit(&mut self, probe: usize, view: &[u8], at: usize) {
        if !self.is_open(probe) {
            return;
        }
        let Some(Probe { row, target, .. }) = self.probes.get(probe) else { return };
        let (row, target) = (*row, *target);
        let Some(fingerprint) = self.rows.get(row).map(|state| state.row.fingerprint) else {
            return;
        };
        let found = match target {
            Target::Unless => None,
            Target::Mark(mark, shape) | Target::Hint(_, mark, shape) => {
                let Some(found) = self.shape(mark, shape, view, at) else { return };
                if fingerprint.named_by_version && !begins_with(&found, self.number) {
                    return;
                }
                Some(found)
            }
        };
        let Some(state) = self.rows.get_mut(row) else { return };
        match (target, found) {
            (Target::Hint(hint, ..), Some(found)) => {
                if let Some(hint) = state.hints.get_mut(hint) {
                    hint.hear(found);
                }
            }
            (Target::Mark(..), found) => state.mark = found,
            (Target::Unless | Target::Hint(..), _) => state.is_other = true,
        }
    }

    /// The version at an anchor, where the mark's shape is there.
    fn shape(&mut self, mark: &Mark, shape: &Shape, view: &[u8], at: usize) -> Option<String> {
        let first = at.saturating_sub(mark.before);
        let end = view.len().min(at + mark.anchor.len() + mark.after);
        let (window, at) = (view.get(first..end)?, at - first);
        let (regex, mut from) = (shape.regex()?, 0);
        loop {
            self.left = self.left.checked_sub(window.len().saturating_sub(from)).or_else(|| {
                self.left = 0;
                None
            })?;
            let captures = regex.captures_at(window, from)?;
            let whole = captures.get(0)?;
            if whole.start() >= at + mark.anchor.len() {
                return None;
            }
            if whole.end() > at {
                let mut version = String::new();
                for group in captures.iter().skip(1).flatten() {
                    let separator = if version.is_empty() { "" } else { "." };
                    let group = std::str::from_utf8(group.as_bytes()).ok()?;
                    if version.len() + separator.len() + group.len() > LONGEST_VERSION {
                        return None;
                    }
                    version.push_str(separator);
                    version.push_str(group);
                }
                return (!version.is_empty()).then_some(version);
            }
            // A place like it before this one, which is another anchor's.
            from = whole.start() + 1;
        }
    }

    fn is_settled(&self) -> bool {
        self.left == 0 || self.rows.iter().all(State::is_settled)
    }

    fn finish(self) -> Vec<Option<String>> {
        self.rows.into_iter().map(State::finish).collect()
    }
}

impl State {
    /// True where nothing that follows can say anything else.
    fn is_settled(&self) -> bool {
        self.is_other || (self.mark.is_some() && self.row.fingerprint.unless.is_empty())
    }

    fn finish(self) -> Option<String> {
        if self.is_other {
            return None;
        }
        self.mark.or_else(|| {
            self.hints.into_iter().find_map(|hint| match hint {
                Hint::Says(version) => Some(version),
                Hint::Silent | Hint::Torn => None,
            })
        })
    }
}

impl Hint {
    fn hear(&mut self, version: String) {
        *self = match self {
            Self::Silent => Self::Says(version),
            Self::Says(said) if *said == version => return,
            Self::Says(_) | Self::Torn => Self::Torn,
        };
    }
}

/// The first number in a file's name, with the numbers that follow after dots: `3.11` in `libpython3.11.so.1.0`.
fn number_in(name: &str) -> &str {
    let Some(start) = name.find(|letter: char| letter.is_ascii_digit()) else { return "" };
    let number = name.get(start..).unwrap_or_default();
    let end = number.find(|letter: char| !letter.is_ascii_digit() && letter != '.');
    number.get(..end.unwrap_or(number.len())).unwrap_or_default().trim_end_matches('.')
}

fn begins_with(version: &str, number: &str) -> bool {
    let rest = version.strip_prefix(number);
    rest.is_some_and(|rest| number.is_empty() || !rest.starts_with(|c: char| c.is_ascii_digit()))
}
