//! `oracles/versions`: who is greater, in the words of the native tools.

use std::cmp::Ordering;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use plimsoll_version::{Scheme, scheme};

use super::case::Case;
use super::{entries, file_name};
use crate::text_file::read_text;

/// Wrong rows that are shown.
const SHOWN: usize = 6;

/// A case for each table of a scheme.
pub fn cases(folder: &Path) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for path in entries(folder)? {
        let name = file_name(&path);
        let case = format!("oracles/versions/{name}");
        if path.is_dir() {
            for file in entries(&path)? {
                let reason = "tables of this folder are not run";
                cases.push(Case::skipped(format!("{case}/{}", file_name(&file)), reason));
            }
            continue;
        }
        match name.strip_suffix(".csv") {
            Some("contested") => {
                cases.push(Case::skipped(case, "rows on which the native tools disagree"));
            }
            Some(id) => match scheme(id) {
                Some(scheme) => cases.push(Case::new(case, move || check(scheme, &path))),
                None => cases.push(Case::skipped(case, "of a scheme that is not there")),
            },
            None if name.ends_with(".md") => {}
            None => cases.push(Case::skipped(case, "of a kind that is not run")),
        }
    }
    Ok(cases)
}

/// Rows of `a,b,expected,source`, where `expected` is -1, 0 or 1.
fn check(scheme: &Scheme, path: &Path) -> Result<String> {
    let rows = parse_csv(&read_text(path)?)?;
    let Some((header, rows)) = rows.split_first() else { bail!("has no rows") };
    ensure!(
        header.starts_with(&["a".into(), "b".into(), "expected".into()]),
        "{header:?} is no header"
    );
    ensure!(!rows.is_empty(), "has no rows");
    let mut wrong = Vec::new();
    for (number, row) in (2..).zip(rows) {
        let [a, b, expected, ..] = row.as_slice() else {
            bail!("row {number} has {} fields", row.len())
        };
        let expected = match expected.as_str() {
            "-1" => Ordering::Less,
            "0" => Ordering::Equal,
            "1" => Ordering::Greater,
            other => bail!("row {number}: `{other}` is no expectation"),
        };
        let found = (scheme.compare)(a, b);
        if found != Some(expected) {
            wrong.push(format!(
                "\n        row {number}: {a:?} {b:?}: {expected:?} expected, {found:?} found"
            ));
        }
    }
    let count = rows.len();
    ensure!(
        wrong.is_empty(),
        "{} of {count} rows wrong{}",
        wrong.len(),
        wrong.iter().take(SHOWN).cloned().collect::<String>()
    );
    Ok(format!("{count} rows"))
}

/// Comma-separated values with quotes (RFC 4180).
fn parse_csv(text: &str) -> Result<Vec<Vec<String>>> {
    let mut rows = Vec::new();
    let mut row = Vec::new();
    let mut field = String::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if field.is_empty() => {
                read_quoted(&mut characters, &mut field).context("a quote is not closed")?;
            }
            ',' => row.push(std::mem::take(&mut field)),
            '\r' if characters.peek() == Some(&'\n') => {}
            '\n' => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            other => field.push(other),
        }
    }
    if !field.is_empty() || !row.is_empty() {
        row.push(field);
        rows.push(row);
    }
    rows.retain(|row| row.len() > 1 || row.iter().any(|field| !field.is_empty()));
    Ok(rows)
}

/// Reads to the closing quote; two quotes stand for one.
fn read_quoted(
    characters: &mut std::iter::Peekable<std::str::Chars<'_>>,
    field: &mut String,
) -> Option<()> {
    loop {
        match characters.next()? {
            '"' if characters.peek() == Some(&'"') => {
                characters.next();
                field.push('"');
            }
            '"' => return Some(()),
            other => field.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_fields_hold_commas_quotes_and_line_ends() {
        let text = "a,b,expected,source\r\n\"1,0\",\"1\"\"0\",0,x\n,2,-1,\"y\nz\"\n";
        let rows = parse_csv(text).unwrap();
        assert_eq!(rows[1], ["1,0", "1\"0", "0", "x"]);
        assert_eq!(rows[2], ["", "2", "-1", "y\nz"]);
        assert!(parse_csv("\"open").is_err());
    }
}
