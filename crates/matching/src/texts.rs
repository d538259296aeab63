//! What findings are called, and where more is to be read of them: from the texts of their records.

use plimsoll_advisory::{RecordHandle, Snapshot, SnapshotError, TextReader};

use crate::Finding;

/// A finding that has no title yet.
pub(crate) struct Untitled {
    pub finding: Finding,
    /// The records whose texts may give one, the best first.
    pub told_by: Vec<RecordHandle>,
}

/// Gives each finding the title of the first of its records that has one, and the references of the first that has some. All findings'
/// first records are read, then the second ones of those without a title, and so on, each time in the order of the snapshot: so
/// that a block of texts is unpacked once for all that stands in it.
pub(crate) fn titled(
    snapshot: &Snapshot,
    mut untitled: Vec<Untitled>,
) -> Result<Vec<Finding>, SnapshotError> {
    let mut texts = TextReader::new(snapshot);
    let mut rank = 0;
    loop {
        let mut wanted: Vec<(RecordHandle, &mut Finding)> = untitled
            .iter_mut()
            .filter(|one| one.finding.title.is_empty())
            .filter_map(|one| Some((*one.told_by.get(rank)?, &mut one.finding)))
            .collect();
        if wanted.is_empty() {
            break;
        }
        wanted.sort_unstable_by_key(|(record, _)| *record);
        for (record, finding) in wanted {
            let text = texts.text(record)?;
            if finding.references.is_empty() {
                finding.references = text.references;
            }
            let told = if text.summary.is_empty() { &text.details } else { &text.summary };
            finding.title = one_line(told);
        }
        rank += 1;
    }
    Ok(untitled.into_iter().map(|one| one.finding).collect())
}

/// Characters of a title that is the beginning of a longer text.
const TITLE_CHARACTERS: usize = 160;

/// The first line that is not empty, cut between words where it is too long.
fn one_line(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let Some((end, _)) = line.char_indices().nth(TITLE_CHARACTERS) else {
        return line.to_owned();
    };
    let cut = line.get(..end).unwrap_or(line);
    let cut = cut.rsplit_once(' ').map_or(cut, |(words, _)| words);
    format!("{}…", cut.trim_end_matches([' ', ',', ';', ':', '.']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_one_line() {
        assert_eq!(one_line(""), "");
        assert_eq!(one_line("\n  Flaw in a thing \nmore"), "Flaw in a thing");
        let long = "word, ".repeat(60);
        let title = one_line(&long);
        assert!(title.ends_with("word…") && title.chars().count() <= TITLE_CHARACTERS, "{title}");
        assert_eq!(one_line(&"ä".repeat(200)).chars().count(), TITLE_CHARACTERS + 1);
    }
}
