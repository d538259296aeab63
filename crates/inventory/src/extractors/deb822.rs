//! The databases of dpkg and of opkg, which took its format over: stanzas of fields (`deb822(5)`, `dpkg-query(1)` for the meaning of
//! `Status`).
//!
//! Only the fields below are read, and none of them is ever continued on a second line, so that continuation lines are passed over
//! whole.

use plimsoll_core::{Problem, ProblemKind};

use super::lines::lines;
use crate::{Extraction, Fact, FoundPackage};

/// The installed packages of a database, each made by `package` from its stanza; `None` of it is told.
pub(super) fn packages(
    bytes: &[u8],
    limit: usize,
    package: fn(&Stanza<'_>) -> Option<FoundPackage>,
) -> Extraction {
    let mut extraction = Extraction::default();
    let mut nameless = 0;
    let mut stanza = Stanza::default();
    // An empty line ends a stanza, and so does the end of the file.
    for line in lines(bytes).chain(std::iter::once(&b""[..])) {
        if !line.is_empty() {
            stanza.take_line(line);
            continue;
        }
        let finished = std::mem::take(&mut stanza);
        if finished.is_empty() || !finished.is_installed() {
            continue;
        }
        let Some(package) = package(&finished) else {
            nameless += 1;
            continue;
        };
        if extraction.facts.len() >= limit {
            let detail = format!("more than {limit} packages");
            extraction.problems.push(Problem::new(ProblemKind::LimitExceeded, detail));
            break;
        }
        extraction.facts.push(Fact::Package(Box::new(package)));
    }
    if nameless > 0 {
        let detail = format!("{nameless} records without a name or a version");
        extraction.problems.push(Problem::new(ProblemKind::Malformed, detail));
    }
    extraction
}

/// The fields of one stanza that matter here. Empty values are absent values.
#[derive(Default)]
pub(super) struct Stanza<'a> {
    any_field: bool,
    pub(super) name: Option<&'a [u8]>,
    status: Option<&'a [u8]>,
    pub(super) version: Option<&'a [u8]>,
    pub(super) source: Option<&'a [u8]>,
    pub(super) architecture: Option<&'a [u8]>,
    pub(super) maintainer: Option<&'a [u8]>,
    /// opkg only, as the next two.
    pub(super) license: Option<&'a [u8]>,
    pub(super) source_name: Option<&'a [u8]>,
    pub(super) cpe: Option<&'a [u8]>,
}

/// The states of a package that is wholly there: those from the beginning of its configuration on.
const INSTALLED: [&[u8]; 4] =
    [b"installed", b"triggers-pending", b"triggers-awaited", b"half-configured"];

impl<'a> Stanza<'a> {
    fn take_line(&mut self, line: &'a [u8]) {
        self.any_field = true;
        // Most lines continue a description or a list of configuration files.
        if matches!(line.first(), Some(b' ' | b'\t' | b'#')) {
            return;
        }
        let Some((name, value)) =
            memchr::memchr(b':', line).and_then(|colon| line.split_at_checked(colon))
        else {
            return;
        };
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        let field = match name.len() {
            6 if name.eq_ignore_ascii_case(b"Status") => &mut self.status,
            6 if name.eq_ignore_ascii_case(b"Source") => &mut self.source,
            6 if name.eq_ignore_ascii_case(b"CPE-ID") => &mut self.cpe,
            7 if name.eq_ignore_ascii_case(b"Package") => &mut self.name,
            7 if name.eq_ignore_ascii_case(b"Version") => &mut self.version,
            7 if name.eq_ignore_ascii_case(b"License") => &mut self.license,
            10 if name.eq_ignore_ascii_case(b"Maintainer") => &mut self.maintainer,
            10 if name.eq_ignore_ascii_case(b"SourceName") => &mut self.source_name,
            12 if name.eq_ignore_ascii_case(b"Architecture") => &mut self.architecture,
            _ => return,
        };
        *field = Some(value).filter(|value| !value.is_empty());
    }

    fn is_empty(&self) -> bool {
        !self.any_field
    }

    /// `Status` is what is wanted, an error flag and what is: only the third word counts (`dpkg`(1), "Package states"). Distroless
    /// images have no `Status`, and only what is installed in their `status.d`.
    fn is_installed(&self) -> bool {
        self.status.is_none_or(|status| {
            let mut words = status.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
            words.nth(2).is_some_and(|state| INSTALLED.contains(&state))
        })
    }
}

/// `name` or `name (version)`.
pub(super) fn split_source(source: &str) -> (String, Option<String>) {
    let (name, rest) = source.split_once('(').unwrap_or((source, ""));
    let version = rest.trim_end().trim_end_matches(')').trim();
    (name.trim().to_owned(), Some(version.to_owned()).filter(|version| !version.is_empty()))
}
