//! Tables of comma-separated values.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use crate::text_file::read_text;

/// Wrong rows that are shown.
const SHOWN: usize = 6;

/// The rows under a header that begins with those names, each with its number in the file.
pub fn rows(path: &Path, header: &[&str]) -> Result<Vec<(usize, Vec<String>)>> {
    let mut rows = parse_csv(&read_text(path)?)?.into_iter();
    let Some(found) = rows.next() else { bail!("has no rows") };
    let is_known = found.iter().zip(header).all(|(found, name)| found == name);
    ensure!(is_known && found.len() >= header.len(), "{found:?} is no header");
    let rows: Vec<_> = (2..).zip(rows).collect();
    ensure!(!rows.is_empty(), "has no rows");
    for (number, row) in &rows {
        ensure!(row.len() >= header.len(), "row {number} has {} fields", row.len());
    }
    Ok(rows)
}

/// What a case says of its rows: their number, or the wrong ones.
pub fn outcome(count: usize, wrong: &[String]) -> Result<String> {
    ensure!(
        wrong.is_empty(),
        "{} of {count} rows wrong{}",
        wrong.len(),
        wrong.iter().take(SHOWN).map(|row| format!("\n        {row}")).collect::<String>()
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
