//! One entry of a bill of materials, whatever its form, and what is kept of all.

use plimsoll_core::{Limits, PackageType, Problem, ProblemKind};

use super::identity::identify;
use crate::{Extraction, FoundPackage, FoundState};

/// Longer names and versions are no package's.
const LONGEST_FIELD: usize = 1_024;
/// The longest package URL that is read.
const LONGEST_PURL: usize = 4_096;
/// Licence statements and CPE names that are kept of one package.
const MOST_STATEMENTS: usize = 32;
/// A licence statement longer than this is a text.
const LONGEST_LICENSE: usize = 4_096;

/// What an entry says of its package.
#[derive(Default)]
pub(super) struct Entry {
    /// As the document spells it, with its group where that has a field of its own.
    pub(super) group: Option<String>,
    pub(super) name: String,
    pub(super) version: Option<String>,
    pub(super) purl: Option<String>,
    pub(super) cpes: Vec<String>,
    pub(super) licenses: Vec<String>,
    /// The document is about this one.
    pub(super) is_root: bool,
}

pub(super) struct Reader {
    state: FoundState,
    /// An entry with a group and without a package URL is an artifact of Maven.
    groups_are_mavens: bool,
    extraction: Extraction,
    packages_left: usize,
    has_more: bool,
    is_deep: bool,
    bad_entries: usize,
}

impl Reader {
    pub(super) fn new(state: FoundState, limits: &Limits) -> Self {
        Self {
            state,
            groups_are_mavens: false,
            extraction: Extraction::default(),
            packages_left: limits.packages_per_file,
            has_more: false,
            is_deep: false,
            bad_entries: 0,
        }
    }

    /// Groups are Maven's.
    pub(super) fn of_java(self) -> Self {
        Self { groups_are_mavens: true, ..self }
    }

    /// How many entries may still come.
    pub(super) fn packages_left(&self) -> usize {
        self.packages_left
    }

    pub(super) fn is_cut(&mut self) {
        self.has_more = true;
    }

    pub(super) fn is_too_deep(&mut self) {
        self.is_deep = true;
    }

    pub(super) fn bad_entry(&mut self) {
        self.bad_entries += 1;
    }

    pub(super) fn take(&mut self, entry: Entry) {
        let Some(package) = self.package(entry) else { return };
        let Some(package) = package.filter(is_usable) else {
            self.bad_entries += 1;
            return;
        };
        if self.packages_left == 0 {
            self.has_more = true;
            return;
        }
        self.packages_left -= 1;
        self.extraction.push(package);
    }

    /// The package of an entry: `None` where it is meant to be none, `Some(None)` where it should be one and is not.
    fn package(&self, entry: Entry) -> Option<Option<FoundPackage>> {
        let mut package = match &entry.purl {
            Some(purl) if purl.len() > LONGEST_PURL => return Some(None),
            Some(purl) => match identify(purl, (entry.group.as_deref(), &entry.name), self.state) {
                Ok(package) => package,
                // An image is no package of itself.
                Err(super::identity::NoPackage::Image) => return None,
                Err(super::identity::NoPackage::Malformed) => return Some(None),
            },
            // A document names its own subject, which nobody else may know by that name.
            None if entry.is_root && entry.cpes.is_empty() => return None,
            None => {
                let (kind, name) = match entry.group.as_deref().filter(|group| !group.is_empty()) {
                    Some(group) if self.groups_are_mavens => {
                        (PackageType::Maven, format!("{group}:{}", entry.name))
                    }
                    Some(group) => (PackageType::Generic, format!("{group}/{}", entry.name)),
                    None => (PackageType::Generic, entry.name.clone()),
                };
                FoundPackage::new(kind, name, "")
            }
        };
        if package.version.is_empty() {
            package.version = entry.version.unwrap_or_default();
        }
        // Without an identity that somebody else uses, a name alone says nothing.
        if entry.purl.is_none() && package.version.is_empty() {
            return None;
        }
        package.state = self.state;
        package.licenses = kept(entry.licenses, LONGEST_LICENSE, |text| {
            !matches!(text, "" | "NOASSERTION" | "NONE")
        });
        package.cpes = kept(entry.cpes, LONGEST_FIELD, |name| name.starts_with("cpe:2.3:"));
        Some(Some(package))
    }

    pub(super) fn finish(mut self) -> Extraction {
        let mut tell =
            |kind, detail: String| self.extraction.problems.push(Problem::new(kind, detail));
        if self.has_more {
            tell(ProblemKind::LimitExceeded, "more packages than are read of one file".to_owned());
        }
        if self.is_deep {
            let detail = "components nested deeper than is read".to_owned();
            tell(ProblemKind::LimitExceeded, detail);
        }
        if self.bad_entries > 0 {
            let detail = format!("{} entries that are no packages", self.bad_entries);
            tell(ProblemKind::Malformed, detail);
        }
        self.extraction
    }
}

/// Statements, each once.
fn kept(statements: Vec<String>, longest: usize, is_kept: fn(&str) -> bool) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for statement in statements {
        let is_new = kept.len() < MOST_STATEMENTS && !kept.contains(&statement);
        if is_new && statement.len() <= longest && is_kept(&statement) {
            kept.push(statement);
        }
    }
    kept
}

fn is_usable(package: &FoundPackage) -> bool {
    let is_field = |text: &str| text.len() <= LONGEST_FIELD && !text.contains(char::is_control);
    let optional = [&package.arch, &package.module, &package.source_name, &package.source_version];
    !package.name.is_empty()
        && is_field(&package.name)
        && is_field(&package.version)
        && optional.into_iter().flatten().all(|text| is_field(text))
}
