//! Lists of the records of a bulk file of osv.dev: the published `modified_id.csv`, and of the same form the list of what is had.
//!
//! In the latter a record has the published time where it is held as it was then, and otherwise the one that it says itself. A mark stands
//! before the time of one that was asked for in vain, and for that of one of which nobody knows in what form it is held.

#![expect(clippy::disallowed_methods, reason = "the lists lie in the directory of feeds")]

use std::io;
use std::path::{Path, PathBuf};

use plimsoll_core::{Limits, Timestamp};
use serde::Deserialize;

use super::changes::{List, last_part, read_rows};
use super::directory::{is_safe, make_parent};
use super::moment::{is_as_new, is_future, is_same};
use crate::input::{Input, InputKind, Next};

/// Stands for the time of a record that may be held in whatever form.
pub(super) const UNKNOWN: &str = "unknown";
/// Stands before the published time of a record that its publisher lists and does not have.
pub(super) const NOT_THERE: &str = "not there ";
/// Stands before the published time of a record that is there and could not be had.
pub(super) const NOT_GOT: &str = "not got ";
/// Of a list's rows, one in so many may be none.
const ROWS_OF_ONE_BAD: usize = 10;
/// Bytes of an id: the names of the files of a record that comes have more behind it.
const ID_BYTES: usize = 200;

#[derive(Deserialize)]
struct Record {
    #[serde(default)]
    id: String,
    modified: String,
}

/// What is published, and how many rows of it name no record that can be fetched; `None` where the list cannot be read, or has so many
/// such rows that it is perhaps something else.
pub(super) fn read_published(path: &Path) -> Option<(List, usize)> {
    read_osv(path, begins_as_time)
}

/// What is had.
pub(super) fn read_had(path: &Path) -> Option<List> {
    // As it is published, where all of that is had.
    let is_marked =
        |time: &str| [UNKNOWN, NOT_THERE, NOT_GOT].iter().any(|mark| time.starts_with(mark));
    let (list, _) = read_osv(path, |time| begins_as_time(time) || is_marked(time))?;
    Some(list)
}

fn begins_as_time(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_digit())
}

fn read_osv(path: &Path, is_time: impl Fn(&str) -> bool) -> Option<(List, usize)> {
    let (list, rows) = read_rows(path, |line| {
        let (time, id) = line.split_once(',')?;
        let name = format!("{id}.json");
        (is_record(&name) && is_time(time)).then(|| (name, time.to_owned()))
    })?;
    let is_list = rows.bad <= rows.all / ROWS_OF_ONE_BAD;
    (is_list && !list.is_empty()).then_some((list, rows.bad))
}

/// True for the name of a record's file that cannot be taken for another's, nor for what lies beside one while it comes.
fn is_record(name: &str) -> bool {
    name.strip_suffix(".json").is_some_and(|id| {
        let is_other = id.contains('/') || id.to_ascii_lowercase().contains(".json");
        !id.is_empty() && id.len() <= ID_BYTES && !is_other && is_safe(name)
    })
}

pub(super) fn write_had(path: &Path, list: &List) -> io::Result<()> {
    let line = |(path, time): (&String, &String)| {
        format!("{time},{}\n", path.strip_suffix(".json").unwrap_or(path))
    };
    make_parent(path)?;
    std::fs::write(path, list.iter().map(line).collect::<String>())
}

/// True where a record that says this time of itself is held as it is published; `now` in seconds since 1970.
fn is_held(own: &str, published: &str, now: u64) -> bool {
    // A time that has not come yet would be newer than whatever is published until it has.
    is_same(own, published) || (is_as_new(own, published) && !is_future(own, now))
}

/// What an archive holds, and what lies beside it in the place of that; `None` where it cannot be read. A record that is published
/// otherwise, or not at all, has its own time.
pub(super) fn held(
    name: &str,
    (archive, beside): (PathBuf, Vec<(String, PathBuf)>),
    (published, now): (&List, u64),
) -> Option<List> {
    let mut list = List::new();
    let mut take = |path: String, bytes: Vec<u8>| {
        let name = last_part(&path);
        let record = serde_json::from_slice::<Record>(&bytes);
        if let Ok(record) = record
            && is_record(name)
        {
            let own = record.modified;
            let known = published.get(name).filter(|time| is_held(&own, time, now)).cloned();
            let own = Some(own).filter(|own| own.parse::<Timestamp>().is_ok());
            let time = known.or(own).unwrap_or_else(|| UNKNOWN.to_owned());
            list.insert(name.to_owned(), time);
        } else {
            list.remove(name);
        }
        Next::Continue
    };
    let mut read = |kind| {
        let input = Input { name: name.to_owned(), kind };
        input.read(&Limits::default(), &mut take).ok()
    };
    let counts = read(InputKind::Archive(archive))?;
    read(InputKind::Documents(beside))?;
    counts.damage.is_empty().then_some(list)
}

/// True where what came is the record that its list names, as far as can be told at a glance.
pub(super) fn is_that_record(file: &Path, name: &str) -> bool {
    let most = Limits::default().feed_document_bytes;
    let is_small = std::fs::metadata(file).is_ok_and(|metadata| metadata.len() <= most);
    let bytes = if is_small { std::fs::read(file).unwrap_or_default() } else { Vec::new() };
    serde_json::from_slice::<Record>(&bytes)
        .is_ok_and(|record| name.strip_suffix(".json") == Some(record.id.as_str()))
}
