//! What lies among feeds and is none: told of as loudly as its name and place say that it should be one.

use crate::feeds::FEEDS;
use crate::fetch::{EXTRA, feed_of};
use crate::input::{Input, InputKind, seems_of_feed};

/// What is counted of a source for documents that lie among its own and are of no feed.
pub const OF_NO_FEED: &str = "document of no feed";

/// A file, or the loose documents of a directory, that no importer reads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    pub name: String,
    pub reason: &'static str,
    pub standing: Standing,
}

/// How much speaks for it that what is skipped should have been a feed's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Nothing: a licence, or words for people.
    Other,
    /// It has the name of an archive, or of a document for machines.
    Likely,
    /// It lies where an update puts what a feed publishes.
    Expected,
}

impl Skipped {
    /// An input of which nothing is of a feed.
    pub(crate) fn of(input: &Input, reason: &'static str) -> Self {
        let names: Vec<&str> = match &input.kind {
            InputKind::Archive(_) => vec![&input.name],
            InputKind::Documents(documents) => {
                documents.iter().map(|(name, _)| name.as_str()).collect()
            }
        };
        let standing_of = |name: &&str| standing(name);
        let standing = names.iter().map(standing_of).max().unwrap_or(Standing::Other);
        let mut same = names.into_iter().filter(|name| standing_of(name) == standing);
        let name = match (same.next(), same.count()) {
            (Some(first), 0) => first.to_owned(),
            (Some(first), more) => format!("{first} and {more} more"),
            (None, _) => input.name.clone(),
        };
        Self { name, reason, standing }
    }

    /// True where it has the place of what a feed publishes, and is none of it.
    #[must_use]
    pub fn is_expected(&self) -> bool {
        self.standing == Standing::Expected
    }
}

/// Lists that publishers keep beside their files, as a copy of what they publish has them.
const LISTS: [&str; 4] = ["changes.csv", "deletions.csv", "modified_id.csv", "releases.csv"];

/// What a file's path below the directory of feeds says of it.
pub(crate) fn standing(file: &str) -> Standing {
    if file.rsplit('/').next().is_some_and(|name| LISTS.contains(&name)) {
        return Standing::Other;
    }
    let (has_place, is_likely) = (!feed_of(file, FEEDS).is_empty(), seems_of_feed(file));
    // An extra feed may be a checkout, with words for people beside its documents.
    if has_place && (is_likely || !file.starts_with(EXTRA)) {
        Standing::Expected
    } else if is_likely {
        Standing::Likely
    } else {
        Standing::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn place_and_name_say_what_a_file_should_be() {
        for (file, expected) in [
            ("osv/npm/all.zip", Standing::Expected),
            ("osv/npm/all.zip.changes/X-1.json", Standing::Expected),
            ("extra/internal/Packages.gz", Standing::Expected),
            ("extra/internal/README.md", Standing::Other),
            ("mine/all.zip", Standing::Likely),
            ("mine/x.json", Standing::Likely),
            ("x.xml.gz", Standing::Likely),
            ("osv/npm/modified_id.csv", Standing::Other),
            ("osv/npm/all.zip.sha256", Standing::Other),
            ("osv/npm/all.zip.asc", Standing::Other),
            ("README.md", Standing::Other),
            ("mine/LICENSE", Standing::Other),
            ("mine/notes.txt", Standing::Other),
            ("mine/Cargo.toml", Standing::Other),
        ] {
            assert_eq!(standing(file), expected, "{file}");
        }
    }
}
