//! SQLite, in which newer systems keep rpm's packages: the table `Packages(hnum, blob)`.

use super::Collector;
use crate::pages::{File, malformed};
use crate::sqlite::{Database, Value};
use plimsoll_core::Problem;

pub(super) use crate::sqlite::MAGIC;

pub(super) fn read(file: &File<'_>, collector: &mut Collector<'_>) -> Result<(), Problem> {
    let database = Database::open(file)?;
    let table = database.table("Packages")?.ok_or_else(|| malformed("no table Packages"))?;
    database.rows(&table, collector.limits.rpm_header_bytes, &mut |row| match row {
        Ok(row) => match row.value(1) {
            Some(Value::Blob(header)) => collector.take(header),
            _ => collector.damaged(malformed("a row without a header")),
        },
        Err(problem) => collector.damaged(problem),
    });
    Ok(())
}
