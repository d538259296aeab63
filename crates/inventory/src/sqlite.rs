//! SQLite's file format (sqlite.org, "Database File Format"), as far as reading whole tables needs it: the header, table b-trees,
//! overflow pages, records. Indexes, free pages and the write-ahead log are not looked at.

mod record;
mod tree;

use plimsoll_core::Problem;

pub(crate) use self::record::{Row, Value};
use self::tree::{FILE_HEADER_BYTES, Layout, RowSink, SCHEMA_ROOT, Walk};
use crate::pages::File;

pub(crate) const MAGIC: &[u8] = b"SQLite format 3\0";

/// A schema's row is one statement: longer ones are no table that anything here reads.
const SCHEMA_ROW_BYTES: usize = 1 << 20;

/// A database of which tables are read from their first row to their last.
pub(crate) struct Database<'a> {
    file: &'a File<'a>,
    layout: Layout,
}

/// Where a table begins, and what its columns are called.
pub(crate) struct Table {
    root: u64,
    columns: Vec<String>,
}

impl<'a> Database<'a> {
    /// For a file that begins with [`MAGIC`].
    pub(crate) fn open(file: &'a File<'a>) -> Result<Self, Problem> {
        let mut buffer = Vec::new();
        let layout = Layout::parse(file.piece(0, FILE_HEADER_BYTES, &mut buffer)?)?;
        Ok(Self { file, layout })
    }

    /// The table of that name, from the schema. An error is of a schema that could not be read to where it would stand.
    pub(crate) fn table(&self, name: &str) -> Result<Option<Table>, Problem> {
        let mut table = None;
        let mut damage = None;
        let is_wanted = |row: &Row<'_>| {
            matches!(row.value(0), Some(Value::Text(b"table")))
                && matches!(row.value(1), Some(Value::Text(found)) if found.eq_ignore_ascii_case(name.as_bytes()))
        };
        Walk::new(self.file, self.layout, SCHEMA_ROW_BYTES).rows(SCHEMA_ROOT, &mut |row| {
            match row {
                Ok(row) if is_wanted(&row) => {
                    let root = row.value(3).and_then(Value::integer);
                    let root = root.and_then(|root| u64::try_from(root).ok()).unwrap_or_default();
                    let statement = row.value(4).and_then(Value::text).unwrap_or_default();
                    table = Some(Table { root, columns: columns(&statement) });
                }
                Ok(_) => {}
                Err(problem) => damage = Some(problem),
            }
            table.is_none()
        });
        match (table, damage) {
            (None, Some(problem)) => Err(problem),
            (table, _) => Ok(table),
        }
    }

    /// Gives every row of a table, in the order of their keys, or why one could not be read. A row is at most `row_limit` bytes long.
    pub(crate) fn rows(&self, table: &Table, row_limit: usize, sink: &mut RowSink<'_>) {
        Walk::new(self.file, self.layout, row_limit).rows(table.root, sink);
    }
}

impl Table {
    /// The position of a column.
    pub(crate) fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.eq_ignore_ascii_case(name))
    }
}

/// The names of the columns in a `CREATE TABLE` statement: the first word of each definition. What constrains the whole table stands
/// behind all columns, so that it disturbs no position.
fn columns(statement: &str) -> Vec<String> {
    let Some((_, definitions)) = statement.split_once('(') else { return Vec::new() };
    let definitions = without_comments(definitions);
    let mut columns = Vec::new();
    let mut depth = 0_usize;
    let mut definition = String::new();
    for character in definitions.chars() {
        match character {
            '(' => depth += 1,
            ')' => match depth.checked_sub(1) {
                Some(outer) => depth = outer,
                None => break,
            },
            ',' if depth == 0 => columns.push(std::mem::take(&mut definition)),
            _ if depth == 0 => definition.push(character),
            _ => {}
        }
    }
    columns.push(definition);
    let name = |definition: String| {
        let word = definition.split_whitespace().next().unwrap_or_default();
        word.trim_matches(['"', '`', '[', ']', '\'']).to_owned()
    };
    columns.into_iter().map(name).collect()
}

/// The text without `/* … */` and `-- …`, which SQLite keeps as they were typed.
fn without_comments(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((start, end)) = [("/*", "*/"), ("--", "\n")]
        .into_iter()
        .filter_map(|(start, end)| Some((rest.find(start)?, end)))
        .min()
    {
        let (before, comment) = rest.split_at(start);
        kept.push_str(before);
        kept.push(' ');
        rest = comment.split_once(end).map_or("", |(_, after)| after);
    }
    kept.push_str(rest);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_the_names_that_their_table_was_made_with() {
        for (statement, expected) in [
            ("CREATE TABLE a(x, y)", &["x", "y"][..]),
            (
                "CREATE TABLE \"a\" (\n  id INTEGER PRIMARY KEY, /* its (key), and */\n  `b c` TEXT, -- more, of\n\
                   c VARCHAR(10, 2) NOT NULL, UNIQUE (id, c))",
                &["id", "b", "c", "UNIQUE"],
            ),
            ("CREATE TABLE a(x /* open", &["x"]),
            ("", &[]),
        ] {
            assert_eq!(columns(statement), expected, "{statement}");
        }
    }
}
