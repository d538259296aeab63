use plimsoll_advisory::{Advisory, FAMILY_NAME_BYTES};

use crate::complete::repository_of;
use crate::options::BuildOptions;
use crate::tally::Tally;

/// Where an importer puts what it read from a document.
pub(crate) struct Import<'a> {
    pub(crate) options: &'a BuildOptions,
    pub(crate) advisories: Vec<Advisory>,
    /// Repositories of a vendor, each with the releases that it belongs to.
    pub(crate) content_sets: Vec<(String, Vec<String>)>,
    pub(crate) tally: Tally,
}

/// The document is not of the form that the importer reads. Nothing was taken from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotOfThisFeed;

impl<'a> Import<'a> {
    pub(crate) fn new(options: &'a BuildOptions) -> Self {
        Self { options, advisories: Vec::new(), content_sets: Vec::new(), tally: Tally::default() }
    }

    /// Takes a repository of a vendor: counted, and rejected where it has no name. One of no release is not kept.
    pub(crate) fn push_content_set(&mut self, name: String, releases: Vec<String>) {
        self.tally.records += 1;
        if name.is_empty() {
            self.tally.reject("a content set without a name");
        } else if !releases.is_empty() {
            self.content_sets.push((name, releases));
        }
    }

    /// Takes a record: counted, what is not wanted of it left out, what cannot be stored of it rejected. A record of which nothing is
    /// left is not kept.
    pub(crate) fn push(&mut self, mut advisory: Advisory) {
        if !self.options.wants_id(&advisory.id) {
            return;
        }
        self.tally.records += 1;
        self.tally.modified(advisory.modified.as_deref());
        if advisory.id.is_empty() {
            self.tally.reject("no id");
            return;
        }
        let (options, tally) = (self.options, &mut self.tally);
        advisory.affected.retain(|affected| {
            let texts = [&affected.family, &affected.release, &affected.package];
            let is_plain = |text: &&String| !text.chars().any(char::is_control);
            let is_usable = !affected.family.is_empty()
                && affected.family.len() <= FAMILY_NAME_BYTES
                && !affected.package.is_empty()
                && texts.iter().all(is_plain);
            if !is_usable {
                tally.reject("unusable package name");
                return false;
            }
            let is_wanted = options.wants_ecosystem(&affected.family, &affected.release);
            if is_wanted {
                tally.saw(&affected.family, &affected.release);
                if !affected.repository.is_empty() {
                    let repository = repository_of(&affected.release, &affected.repository);
                    tally.saw(&affected.family, &repository);
                }
            }
            is_wanted
        });
        if !advisory.affected.is_empty() {
            self.advisories.push(advisory);
        }
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_advisory::Affected;

    use super::*;

    fn of(family: &str, package: &str) -> Affected {
        Affected { family: family.to_owned(), package: package.to_owned(), ..Affected::default() }
    }

    #[test]
    fn what_cannot_be_stored_is_rejected_and_the_rest_kept() {
        let options = BuildOptions::default();
        let mut import = Import::new(&options);
        let affected = vec![
            of("npm", "a"),
            of("", "b"),
            of("npm", ""),
            of("npm", "c\n"),
            of(&"x".repeat(99), "d"),
        ];
        import.push(Advisory { id: "X-1".into(), affected, ..Advisory::default() });
        import.push(Advisory { affected: vec![of("npm", "a")], ..Advisory::default() });
        let kept: Vec<_> = import.advisories.iter().map(|one| one.affected.len()).collect();
        assert_eq!(kept, [1]);
        assert_eq!(import.tally.records, 2);
        assert_eq!(import.tally.rejected, [("no id", 1), ("unusable package name", 4)].into());
    }

    #[test]
    fn what_is_not_wanted_is_left_out_and_counts_as_nothing_amiss() {
        let options = BuildOptions {
            id_prefixes: vec!["X-".into()],
            ecosystems: vec!["npm".into()],
            ..BuildOptions::default()
        };
        let mut import = Import::new(&options);
        let affected = || vec![of("npm", "a"), of("PyPI", "b")];
        import.push(Advisory { id: "X-1".into(), affected: affected(), ..Advisory::default() });
        import.push(Advisory { id: "Y-1".into(), affected: affected(), ..Advisory::default() });
        assert_eq!(import.advisories.len(), 1);
        assert_eq!(import.advisories[0].affected.len(), 1);
        assert_eq!((import.tally.records, import.tally.rejected.len()), (1, 0));
    }
}
