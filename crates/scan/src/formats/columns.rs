//! Text in columns, as wide as the terminal.

use std::io::{self, Write};

use anstyle::Style;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::Presentation;

/// What stands between columns.
const GAP: usize = 2;
/// No column but the last is made narrower than this, however narrow the terminal.
const MIN_WIDTH: usize = 8;
/// Columns that the last one keeps where there is any room for it.
const LAST_WIDTH: usize = 24;

/// One cell: a text that is safe to print, and its look.
pub struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    pub fn new(text: impl Into<String>, style: Style) -> Self {
        Self { text: text.into(), style }
    }
}

/// Writes rows of equally many cells. The last column takes what room is left; what does not fit ends in `…`.
pub fn write_columns(
    rows: &[Vec<Cell>],
    presentation: &Presentation,
    out: &mut dyn Write,
) -> io::Result<()> {
    let widths = widths(rows, usize::from(presentation.width));
    for row in rows {
        let mut padding = 0;
        for (position, (cell, &width)) in row.iter().zip(&widths).enumerate() {
            let text = shortened(&cell.text, width);
            if text.is_empty() {
                padding += width + GAP;
                continue;
            }
            let style = if presentation.color { cell.style } else { Style::new() };
            write!(out, "{:padding$}{style}{text}{style:#}", "")?;
            let is_last = position + 1 == row.len();
            padding = if is_last { 0 } else { width.saturating_sub(text.width()) + GAP };
        }
        writeln!(out)?;
    }
    Ok(())
}

fn widths(rows: &[Vec<Cell>], available: usize) -> Vec<usize> {
    let columns = rows.first().map_or(0, Vec::len);
    let mut widths: Vec<usize> = (0..columns)
        .map(|column| rows.iter().map(|row| row[column].text.width()).max().unwrap_or(0))
        .collect();
    let Some((last, others)) = widths.split_last_mut() else { return widths };
    let gaps = GAP * others.len();
    let wanted_last = (*last).min(LAST_WIDTH);
    // The widest column gives first, so that short ones stay whole.
    while others.iter().sum::<usize>() + gaps + wanted_last > available {
        let Some(widest) = others.iter_mut().max() else { break };
        if *widest <= MIN_WIDTH {
            break;
        }
        *widest -= 1;
    }
    let left = available.saturating_sub(others.iter().sum::<usize>() + gaps);
    *last = (*last).min(left.max(MIN_WIDTH));
    widths
}

fn shortened(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut short = String::new();
    let mut used = 0;
    for character in text.chars() {
        used += character.width().unwrap_or(0);
        if used >= width {
            break;
        }
        short.push(character);
    }
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(rows: &[&[&str]], width: u16) -> Vec<String> {
        let cells = |row: &&[&str]| row.iter().map(|text| Cell::new(*text, Style::new())).collect();
        let rows: Vec<Vec<Cell>> = rows.iter().map(cells).collect();
        let mut out = Vec::new();
        write_columns(&rows, &Presentation { width, color: false }, &mut out).unwrap();
        String::from_utf8(out).unwrap().lines().map(str::to_owned).collect()
    }

    #[test]
    fn columns_line_up_and_the_last_is_cut_to_the_width() {
        let rows: &[&[&str]] =
            &[&["ID", "TITLE"], &["CVE-2021-44228", "a long title of many words"]];
        assert_eq!(
            lines(rows, 80),
            ["ID              TITLE", "CVE-2021-44228  a long title of many words"]
        );
        assert_eq!(
            lines(rows, 40),
            ["ID              TITLE", "CVE-2021-44228  a long title of many wo…"]
        );
    }

    #[test]
    fn a_narrow_terminal_cuts_the_widest_column_first() {
        let rows: &[&[&str]] = &[&["short", "a-very-long-package-name-indeed", "title"]];
        assert_eq!(lines(rows, 30), ["short  a-very-long-pac…  title"]);
    }

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!(lines(&[&["包包", "x"], &["a", "y"]], 80), ["包包  x", "a     y"]);
    }
}
