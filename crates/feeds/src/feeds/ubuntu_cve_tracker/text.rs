//! The tracker's own text: fields as in a control file, whose further lines are indented, and a line for each package in each pocket,
//! such as `esm-infra/xenial_openssl: released (1.0.2g-1ubuntu4.20+esm9)`.

use std::collections::BTreeMap;

use super::{Candidate, Standing, Statements, vector};
use crate::document::Document;
use crate::formats::ubuntu::Pocket;
use crate::import::{Import, NotOfThisFeed};

/// Fields whose name holds an underscore and that are of no pocket.
const OTHER_FIELDS: &[&str] = &["Patches", "Assigned", "Tags", "Priority"];

pub(super) fn import(
    document: &Document<'_>,
    import: &mut Import<'_>,
) -> Result<(), NotOfThisFeed> {
    let text = document.text().ok_or(NotOfThisFeed)?;
    let fields = fields(text);
    let one = |name: &str| fields.iter().find(|field| field.name == name);
    let candidate = one("Candidate").ok_or(NotOfThisFeed)?;
    if candidate.first.is_empty() {
        // What a new file begins as.
        import.tally.ignore("file without a CVE");
        return Ok(());
    }
    let priorities = Priorities::of(&fields);
    let mut statements = Statements { list: Vec::new(), import };
    for field in &fields {
        let Some((pocket, package)) = field.name.split_once('_') else { continue };
        if OTHER_FIELDS.contains(&pocket) {
            continue;
        }
        let (state, note) = state_and_note(field.first);
        if state.is_empty() {
            statements.import.tally.ignore("no state");
            continue;
        }
        let priority = priorities.of_package(package, pocket);
        statements.take(Pocket::of(pocket), Standing { package, state, note, priority });
    }
    let lines = |name: &str| one(name).map(|field| field.lines.clone()).unwrap_or_default();
    let value = |name: &str| one(name).map_or("", |field| field.first).into();
    let claim =
        |line: &&str| line.split_once(':').and_then(|(source, value)| vector(source, value));
    statements.finish(Candidate {
        id: value("Candidate"),
        description: lines("Description").join("\n").into(),
        published: value("PublicDate"),
        // The reason for a priority stands below it.
        priority: value("Priority"),
        references: lines("References").into_iter().map(str::to_owned).collect(),
        severities: lines("CVSS").iter().filter_map(claim).collect(),
        ..Candidate::default()
    });
    Ok(())
}

struct Field<'a> {
    name: &'a str,
    /// What stands on the line of the name.
    first: &'a str,
    /// The indented lines below it, without what they are indented by.
    lines: Vec<&'a str>,
}

fn fields(text: &str) -> Vec<Field<'_>> {
    let mut fields: Vec<Field<'_>> = Vec::new();
    for line in text.lines() {
        if line.starts_with([' ', '\t']) {
            if let Some(field) = fields.last_mut() {
                field.lines.push(line.trim());
            }
        } else if let Some((name, first)) = line.split_once(':')
            && !line.starts_with('#')
        {
            fields.push(Field { name: name.trim(), first: first.trim(), lines: Vec::new() });
        }
    }
    fields
}

/// `released (1.2-3)`, `needed`, `ignored (end of life, was needed [1.2])`.
fn state_and_note(text: &str) -> (&str, &str) {
    let (state, note) = text.split_once([' ', '(']).unwrap_or((text, ""));
    let note = note.trim().trim_start_matches('(');
    (state, note.strip_suffix(')').unwrap_or(note))
}

/// What is said of single packages, by what follows `Priority_`: `openssl`, or with a pocket `openssl_jammy`.
struct Priorities<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> Priorities<'a> {
    fn of(fields: &[Field<'a>]) -> Self {
        let of = |field: &Field<'a>| Some((field.name.strip_prefix("Priority_")?, field.first));
        Self(fields.iter().filter_map(of).filter(|(_, word)| !word.is_empty()).collect())
    }

    /// The priority for the pocket, else that for the package.
    fn of_package(&self, package: &str, pocket: &str) -> Option<&'a str> {
        if self.0.is_empty() {
            return None;
        }
        let exact = self.0.get(format!("{package}_{pocket}").as_str());
        exact.or_else(|| self.0.get(package)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_stands_before_its_note() {
        for (text, expected) in [
            ("released (1.2-3)", ("released", "1.2-3")),
            ("needed", ("needed", "")),
            (
                "ignored (end of life, was pending [1.2 (x)])",
                ("ignored", "end of life, was pending [1.2 (x)]"),
            ),
            ("ignored (never closed", ("ignored", "never closed")),
            ("released(1.2)", ("released", "1.2")),
            ("", ("", "")),
        ] {
            assert_eq!(state_and_note(text), expected, "{text}");
        }
    }
}
