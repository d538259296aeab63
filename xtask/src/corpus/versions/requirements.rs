//! `constraints`: which versions a requirement allows.

use std::path::Path;

use anyhow::{Result, bail, ensure};
use plimsoll_version::{NpmOptions, allows, npm_satisfies, requirement, scheme};

use super::super::case::Case;
use super::super::file_name;
use super::table;

/// Rows of `version,constraint,satisfied` in the language of the scheme that the file is named after.
pub fn case(case: String, path: &Path) -> Case {
    let (name, path) = (file_name(path), path.to_owned());
    match name.strip_suffix(".csv") {
        Some(id) if id == "npm-options" || scheme(id).is_some() => {
            let id = id.to_owned();
            Case::new(case, move || check(&id, &path))
        }
        _ => Case::skipped(case, "of a scheme that is not there"),
    }
}

/// A row in which its source has a language of its own, and the native tool says otherwise.
struct Contested {
    id: &'static str,
    why: &'static str,
    is: fn(&Row<'_>) -> bool,
}

struct Row<'a> {
    version: &'a str,
    constraint: &'a str,
    source: &'a str,
}

/// Only rows that are wrong are looked up here, and all are counted.
const CONTESTED: [Contested; 3] = [
    Contested {
        id: "gem",
        why: "grype takes the platform off, Gem::Requirement does not",
        is: |row| {
            let platforms = ["-x86", "-aarch64", "-arm", "-universal", "-java", "-mingw"];
            row.is_of_grype() && platforms.iter().any(|platform| row.version.contains(platform))
        },
    },
    Contested {
        id: "pep440",
        why: "a pre-release of the version behind `<` is below it to grype, and left out by PEP 440",
        is: |row| row.is_of_grype() && row.version.contains('-') && row.constraint.contains('<'),
    },
    Contested {
        id: "rpm",
        why: "grype passes over an epoch that only one of the two has, rpm does not",
        is: |row| row.is_of_grype() && row.version.contains(':') != row.constraint.contains(':'),
    },
];

impl Row<'_> {
    fn is_of_grype(&self) -> bool {
        self.source.starts_with("anchore/grype ")
    }
}

fn check(id: &str, path: &Path) -> Result<String> {
    let rows = table::rows(path, &["version", "constraint", "satisfied", "source"])?;
    let (mut wrong, mut contested, mut without_order) = (Vec::new(), Vec::new(), 0);
    for (number, row) in &rows {
        let [version, constraint, expected, source, ..] = row.as_slice() else {
            bail!("row {number} is too short")
        };
        let expected: bool = expected.parse()?;
        let row = Row { version, constraint, source };
        let found = satisfied(id, &row);
        without_order += usize::from(found.is_none());
        // A tool that reads one of the two says that the other is not allowed.
        if found.unwrap_or(false) == expected {
            continue;
        }
        match CONTESTED.iter().find(|known| known.id == id && (known.is)(&row)) {
            Some(known) => contested.push((number, known.why)),
            None => wrong.push(format!(
                "row {number}: {version:?} {constraint:?}: {expected} expected, {found:?} found"
            )),
        }
    }
    let mut outcome = table::outcome(rows.len(), &wrong)?;
    ensure!(without_order * 2 < rows.len(), "{without_order} of {} rows have no order", rows.len());
    if without_order > 0 {
        outcome.push_str(&format!(", {without_order} without an order"));
    }
    if let Some((_, why)) = contested.first() {
        let numbers: Vec<_> = contested.iter().map(|(number, _)| number.to_string()).collect();
        outcome.push_str(&format!(", not {}: {why}", numbers.join(", ")));
    }
    Ok(outcome)
}

fn satisfied(id: &str, row: &Row<'_>) -> Option<bool> {
    let (language, id) = match id {
        "npm" => return npm_satisfies(row.version, row.constraint, NpmOptions::default()),
        "npm-options" => {
            let (range, options) = row.constraint.split_once("//opts:")?;
            return npm_satisfies(row.version, range.trim_end(), npm_options(options));
        }
        // The rows are Composer's own; the scheme `packagist` is PHP's order.
        "packagist" => ("composer", "composer"),
        id => (id, id),
    };
    allows(scheme(id)?, &requirement(language, row.constraint)?, row.version)
}

/// `true` is short for loose; an object's values are JavaScript's, of which some are as good as false.
fn npm_options(text: &str) -> NpmOptions {
    let text = text.trim();
    let is_set = |name: &str| {
        let value = text.split_once(name).and_then(|(_, rest)| rest.split([',', '}']).next());
        let value = value.map(|value| value.trim_matches([':', ' ']));
        value.is_some_and(|value| !matches!(value, "null" | "0" | "undefined" | "false" | "''"))
    };
    NpmOptions {
        loose: text == "true" || is_set("loose"),
        include_prerelease: is_set("includePrerelease"),
    }
}
