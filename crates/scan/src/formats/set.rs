//! Reports on all platforms of one name, in one document: the reports one after the other, then what each came to.
//!
//! A report is written as soon as it is there, so that no more than one is held at a time.

use std::collections::BTreeMap;
use std::io::{self, Write};

use anstyle::Style;
use plimsoll_core::{Digest, Platform, Severity};
use serde::Serialize;

use super::columns::{Cell, write_columns};
use super::safe_json::write_json;
use super::shape::{self, Tool};
use super::{Format, Presentation, printable};
use crate::ScanReport;

/// What `schema` says of a set that is JSON: described by `docs/report-set.schema.json`, changed by addition only.
pub const SET_SCHEMA_ID: &str = "plimsoll.report-set/1";

const HEADER: [&str; 5] = ["PLATFORM", "DIGEST", "PACKAGES", "FINDINGS", "COVERAGE"];
/// Characters of a digest in the table: its algorithm and twelve digits.
const DIGEST_CHARACTERS: usize = 19;

/// What a set of reports is of.
#[derive(Clone, Copy)]
pub struct SetHead<'a> {
    /// What was typed.
    pub reference: &'a str,
    pub index_digest: Option<Digest>,
    /// The form of each report; the set is JSON where they are.
    pub format: &'a Format,
    /// False where the reports are inventories only.
    pub with_findings: bool,
}

/// One entry of an index, by what the index says of it.
#[derive(Clone, Debug)]
pub struct SetMember {
    pub platform: Option<Platform>,
    pub digest: Option<Digest>,
}

/// Writes a set.
pub struct SetWriter<'a> {
    head: SetHead<'a>,
    presentation: Presentation,
    out: Opening<'a>,
    rows: Vec<Row>,
}

/// What a member came to.
#[derive(Serialize)]
struct Row {
    platform: Option<String>,
    digest: Option<String>,
    state: State,
    /// What it is, or why it could not be read.
    detail: Option<String>,
    /// Position in `reports`.
    report: Option<usize>,
    packages: Option<usize>,
    vulnerabilities: Option<usize>,
    malware: Option<usize>,
    by_severity: Option<BTreeMap<&'static str, usize>>,
    coverage: Option<&'static str>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    Scanned,
    NotAnImage,
    Unreadable,
}

#[derive(Serialize)]
struct Head<'a> {
    schema: &'static str,
    tool: Tool,
    reference: &'a str,
    index: Option<String>,
    format: &'a str,
}

#[derive(Serialize)]
struct Summary<'a> {
    scanned: usize,
    not_an_image: usize,
    unreadable: usize,
    platforms: &'a [Row],
}

impl<'a> SetWriter<'a> {
    #[must_use]
    pub fn new(head: SetHead<'a>, presentation: Presentation, out: &'a mut dyn Write) -> Self {
        Self { head, presentation, out: Opening { out, head, form: None }, rows: Vec::new() }
    }

    /// Writes the report on a member.
    ///
    /// # Errors
    /// What writing gives.
    pub fn report(&mut self, member: &SetMember, report: &ScanReport) -> io::Result<()> {
        let position = self.rows.iter().filter(|row| row.state == State::Scanned).count();
        match self.out.form {
            Some(Form::Json) if position > 0 => self.out.write_all(b",\n")?,
            Some(Form::Text) if position > 0 => self.out.write_all(b"\n")?,
            _ => {}
        }
        (self.head.format.write)(report, &self.presentation, &mut self.out)?;
        let numbers = shape::summary(report);
        let is_judged = self.head.with_findings && report.advisories.is_some();
        let verdict = report.coverage.verdict().as_str();
        self.rows.push(Row {
            platform: member
                .platform
                .as_ref()
                .or(report.platform.as_ref())
                .map(ToString::to_string),
            digest: member
                .digest
                .or(report.envelope.manifest_digest)
                .or(report.envelope.config_digest)
                .map(|digest| digest.to_string()),
            state: State::Scanned,
            detail: None,
            report: Some(position),
            packages: Some(numbers.packages),
            vulnerabilities: is_judged.then_some(numbers.vulnerabilities),
            malware: is_judged.then_some(numbers.malware),
            by_severity: is_judged.then_some(numbers.by_severity),
            coverage: Some(if self.head.with_findings {
                verdict
            } else {
                report.inventory_verdict()
            }),
        });
        Ok(())
    }

    /// Names a member that is no image.
    pub fn not_an_image(&mut self, member: &SetMember, kind: &str) {
        self.rows.push(Row::without_report(member, State::NotAnImage, kind));
    }

    /// Names a member that could not be read.
    pub fn unreadable(&mut self, member: &SetMember, reason: &str) {
        self.rows.push(Row::without_report(member, State::Unreadable, reason));
    }

    /// Writes what each member came to.
    ///
    /// # Errors
    /// What writing gives.
    pub fn finish(mut self) -> io::Result<()> {
        match self.out.begin(if self.head.format.id == "table" {
            Form::Text
        } else {
            Form::Json
        })? {
            Form::Text => self.write_table(),
            Form::Json => {
                let count = |state| self.rows.iter().filter(|row| row.state == state).count();
                let summary = Summary {
                    scanned: count(State::Scanned),
                    not_an_image: count(State::NotAnImage),
                    unreadable: count(State::Unreadable),
                    platforms: &self.rows,
                };
                self.out.write_all(b"],\n\"summary\": ")?;
                write_json(&mut self.out, &summary)?;
                self.out.write_all(b"\n}\n")
            }
        }
    }

    fn write_table(mut self) -> io::Result<()> {
        let bold = if self.presentation.color { Style::new().bold() } else { Style::new() };
        writeln!(self.out, "\n{bold}All platforms of {}{bold:#}", printable(self.head.reference))?;
        let header = Vec::from(HEADER.map(|title| Cell::new(title, Style::new().dimmed())));
        let table: Vec<_> =
            std::iter::once(header).chain(self.rows.iter().map(Row::cells)).collect();
        write_columns(&table, &self.presentation, &mut self.out)
    }
}

impl Row {
    fn without_report(member: &SetMember, state: State, detail: &str) -> Self {
        Self {
            platform: member.platform.as_ref().map(ToString::to_string),
            digest: member.digest.map(|digest| digest.to_string()),
            state,
            detail: Some(detail.to_owned()),
            report: None,
            packages: None,
            vulnerabilities: None,
            malware: None,
            by_severity: None,
            coverage: None,
        }
    }

    fn cells(&self) -> Vec<Cell> {
        let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        let digest =
            self.digest.as_ref().map(|text| text.chars().take(DIGEST_CHARACTERS).collect());
        let detail =
            self.detail.as_deref().and_then(|text| text.lines().next()).unwrap_or_default();
        let coverage = match self.state {
            State::Scanned => or_dash(self.coverage.map(str::to_owned)),
            State::NotAnImage => format!("not an image: {detail}"),
            State::Unreadable => format!("unreadable: failed to {detail}"),
        };
        [
            or_dash(self.platform.clone()),
            or_dash(digest),
            or_dash(self.packages.map(|count| count.to_string())),
            self.findings(),
            coverage,
        ]
        .map(|text| Cell::new(printable(&text), Style::new()))
        .into()
    }

    /// The worst first.
    fn findings(&self) -> String {
        let Some(by_severity) = &self.by_severity else {
            return if self.state == State::Scanned { "not judged" } else { "-" }.to_owned();
        };
        let malware =
            self.malware.filter(|&count| count > 0).map(|count| format!("{count} malware"));
        let severities = Severity::ALL.into_iter().rev().filter_map(|severity| {
            let count = by_severity.get(severity.as_str()).copied().filter(|&count| count > 0)?;
            Some(format!("{count} {severity}"))
        });
        let words: Vec<_> = malware.into_iter().chain(severities).collect();
        if words.is_empty() { "none".to_owned() } else { words.join(", ") }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Text,
    Json,
}

/// Writes what stands before the first report, once that shows which form it is of.
struct Opening<'a> {
    out: &'a mut dyn Write,
    head: SetHead<'a>,
    form: Option<Form>,
}

impl Opening<'_> {
    /// The form in which is written: the one that was begun, else this one.
    fn begin(&mut self, form: Form) -> io::Result<Form> {
        if let Some(begun) = self.form {
            return Ok(begun);
        }
        self.form = Some(form);
        if form == Form::Json {
            let mut text = Vec::new();
            write_json(
                &mut text,
                &Head {
                    schema: SET_SCHEMA_ID,
                    tool: Tool::this(),
                    reference: self.head.reference,
                    index: self.head.index_digest.map(|digest| digest.to_string()),
                    format: self.head.format.id,
                },
            )?;
            let fields = text.trim_ascii_end().strip_suffix(b"}").unwrap_or(&text);
            self.out.write_all(fields.trim_ascii_end())?;
            self.out.write_all(b",\n\"reports\": [\n")?;
        }
        Ok(form)
    }
}

impl Write for Opening<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(first) = bytes.first() {
            self.begin(if *first == b'{' { Form::Json } else { Form::Text })?;
        }
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
