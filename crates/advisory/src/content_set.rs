//! Which releases a vendor's repositories belong to: Red Hat's content sets. An image names its content sets, and advisories name releases.
//!
//! ```text
//! count     how many content sets                            4 bytes
//! ends      where each row ends, in the order of the names   4 bytes each
//! …         the rows: the name, how many releases, the releases
//! ```

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use crate::SnapshotError;
use crate::codec::{Cursor, push_number, push_text};
use crate::layout::u32_at;

const PART: &str = "content sets";

/// Content sets by name, each with its releases.
pub(crate) type ContentSets = BTreeMap<String, BTreeSet<String>>;

pub(crate) fn content_sets_to_bytes(sets: &ContentSets) -> Vec<u8> {
    let mut rows = Vec::new();
    let mut bytes = (sets.len() as u32).to_le_bytes().to_vec();
    for (name, releases) in sets {
        push_text(&mut rows, name);
        push_number(&mut rows, releases.len() as u64);
        releases.iter().for_each(|release| push_text(&mut rows, release));
        bytes.extend((rows.len() as u32).to_le_bytes());
    }
    bytes.append(&mut rows);
    bytes
}

/// The releases of the content set of that name; none where it is not known. Only the rows that the search meets are read.
pub(crate) fn find_content_set<'a>(
    bytes: &'a [u8],
    name: &str,
) -> Result<Vec<&'a str>, SnapshotError> {
    let damaged = || SnapshotError::damaged(PART);
    let count = u32_at(bytes, 0).ok_or_else(damaged)? as usize;
    let rows = count.checked_mul(4).and_then(|ends| bytes.get(4 + ends..)).ok_or_else(damaged)?;
    let end = |index: usize| u32_at(bytes, 4 + 4 * index).map(|end| end as usize);
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        let start = if middle == 0 { Some(0) } else { end(middle - 1) };
        let row = start.zip(end(middle)).and_then(|(start, end)| rows.get(start..end));
        let mut cursor = Cursor::new(row.ok_or_else(damaged)?, PART);
        match cursor.text()?.cmp(name) {
            Ordering::Equal => return cursor.texts(),
            Ordering::Less => low = middle + 1,
            Ordering::Greater => high = middle,
        }
    }
    Ok(Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sets(names: &[&str]) -> ContentSets {
        let set = |name: &&str| ((*name).to_owned(), [format!("of {name}"), "b".into()].into());
        names.iter().map(set).collect()
    }

    #[test]
    fn every_content_set_is_found_and_no_other() {
        let names = ["a", "b", "c-rpms", "d", "e"];
        for count in 0..=names.len() {
            let bytes = content_sets_to_bytes(&sets(&names[..count]));
            for (index, name) in names.iter().enumerate() {
                let found = find_content_set(&bytes, name).unwrap();
                let release = format!("of {name}");
                let expected = if index < count { vec!["b", release.as_str()] } else { Vec::new() };
                assert_eq!(found, expected, "{name} of {count}");
            }
            assert!(find_content_set(&bytes, "c").unwrap().is_empty());
        }
    }

    #[test]
    fn damage_is_an_error() {
        let whole = content_sets_to_bytes(&sets(&["a", "b"]));
        for bytes in [&whole[..3], &whole[..7], &whole[..whole.len() - 1], &[0xff; 16]] {
            assert!(find_content_set(bytes, "b").is_err(), "{bytes:?}");
        }
    }
}
