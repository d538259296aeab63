//! The identifiers of SPDX's licence list (spdx.org/licenses): their proper case, and what stands now for deprecated ones.

use spdx::identifiers::{EXCEPTIONS, LICENSES};

use super::expression::Tree;

/// What SPDX's own pages name in place of deprecated identifiers. Those of GNU licences that only lack `-only` are not among them, nor
/// the few that have no exact successor and stay as they are.
const SUCCESSORS: &[(&str, &str)] = &[
    ("BSD-2-Clause-NetBSD", "BSD-2-Clause"),
    ("GPL-2.0-with-GCC-exception", "GPL-2.0-only WITH GCC-exception-2.0"),
    ("GPL-2.0-with-autoconf-exception", "GPL-2.0-only WITH Autoconf-exception-2.0"),
    ("GPL-2.0-with-bison-exception", "GPL-2.0-only WITH Bison-exception-2.2"),
    ("GPL-2.0-with-classpath-exception", "GPL-2.0-only WITH Classpath-exception-2.0"),
    ("GPL-2.0-with-font-exception", "GPL-2.0-only WITH Font-exception-2.0"),
    ("GPL-3.0-with-GCC-exception", "GPL-3.0-only WITH GCC-exception-3.1"),
    ("GPL-3.0-with-autoconf-exception", "GPL-3.0-only WITH Autoconf-exception-3.0"),
    ("StandardML-NJ", "SMLNJ"),
    ("bzip2-1.0.5", "bzip2-1.0.6"),
    ("eCos-2.0", "GPL-2.0-or-later WITH eCos-exception-2.0"),
];

/// It stands among the licences of the list as the crate has it.
const NOTHING: &str = "NOASSERTION";

const GNU_FAMILIES: [&str; 4] = ["AGPL-", "GFDL-", "GPL-", "LGPL-"];

/// The licence with this identifier, in any case, perhaps with a `+` behind it; or a reference to a licence of somebody's own.
pub(super) fn license(text: &str) -> Option<Tree> {
    if is_reference(text) {
        return Some(Tree::Leaf(text.to_owned()));
    }
    let (text, or_later) = match text.strip_suffix('+') {
        Some(text) => (text, true),
        None => (text, false),
    };
    let id = listed(text)?;
    if let Ok(found) = SUCCESSORS.binary_search_by(|(deprecated, _)| (*deprecated).cmp(id)) {
        return SUCCESSORS.get(found).filter(|_| !or_later).map(|(_, now)| Tree::leaf(now));
    }
    if or_later { or_any_later(id) } else { Some(Tree::Leaf(current(id))) }
}

/// The exception with this identifier, in any case.
pub(super) fn exception(text: &str) -> Option<&'static str> {
    EXCEPTIONS.iter().map(|known| known.name).find(|name| name.eq_ignore_ascii_case(text))
}

/// The licence of this identifier "or any later version": a GNU licence has an identifier of its own for that, others a `+`. `None` for
/// one without versions.
pub(super) fn or_any_later(id: &str) -> Option<Tree> {
    let id = id.strip_suffix("-or-later").or_else(|| id.strip_suffix("-only")).unwrap_or(id);
    let later = if is_gnu(id) { format!("{id}-or-later") } else { format!("{id}+") };
    let has_version = id.split('-').any(|part| part.contains('.') && is_version(part));
    let is_known = later.ends_with('+') || listed_exactly(&later).is_some();
    (has_version && is_known).then_some(Tree::Leaf(later))
}

/// The identifier of the list that this is, in any case.
pub(super) fn listed(text: &str) -> Option<&'static str> {
    // Nearly all that are identifiers are written as they should be.
    listed_exactly(text).or_else(|| {
        let first = text.bytes().next()?;
        // The list is in the order of bytes, so that what begins with one letter stands together in each case.
        let beginning_with = |first: u8| {
            let start =
                LICENSES.partition_point(|known| known.name.as_bytes() < [first].as_slice());
            let known = LICENSES.get(start..).unwrap_or_default();
            known
                .iter()
                .map(|known| known.name)
                .take_while(move |name| name.as_bytes().first() == Some(&first))
        };
        let mut names = beginning_with(first.to_ascii_uppercase())
            .chain(beginning_with(first.to_ascii_lowercase()));
        names.find(|name| name.eq_ignore_ascii_case(text) && *name != NOTHING)
    })
}

pub(super) fn listed_exactly(text: &str) -> Option<&'static str> {
    let found = LICENSES.binary_search_by(|known| known.name.cmp(text)).ok()?;
    LICENSES.get(found).map(|known| known.name).filter(|name| *name != NOTHING)
}

/// A GNU licence without `-only` or `-or-later` is deprecated, and means the one version.
fn current(id: &str) -> String {
    let only = format!("{id}-only");
    if is_gnu(id) && listed_exactly(&only).is_some() { only } else { id.to_owned() }
}

fn is_gnu(id: &str) -> bool {
    GNU_FAMILIES.iter().any(|family| id.starts_with(family))
}

pub(super) fn is_version(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_digit())
        && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// True for `LicenseRef-…`, perhaps of another document (`DocumentRef-…:LicenseRef-…`).
fn is_reference(text: &str) -> bool {
    let is_name = |name: &str| {
        !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
    };
    let license = match text.strip_prefix("DocumentRef-").and_then(|rest| rest.split_once(':')) {
        Some((document, license)) if is_name(document) => license,
        Some(_) => return false,
        None => text,
    };
    license.strip_prefix("LicenseRef-").is_some_and(is_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_names_what_the_list_has() {
        assert!(SUCCESSORS.is_sorted());
        for (deprecated, now) in SUCCESSORS {
            assert!(listed_exactly(deprecated).is_some(), "{deprecated}");
            let (license, addition) = now.split_once(" WITH ").unwrap_or((now, ""));
            assert_eq!(listed_exactly(license), Some(license));
            assert!(addition.is_empty() || exception(addition) == Some(addition), "{now}");
        }
    }

    #[test]
    fn every_deprecated_identifier_has_a_successor_or_is_known_to_have_none() {
        let deprecated =
            LICENSES.iter().filter(|known| known.flags & spdx::flags::IS_DEPRECATED != 0);
        let staying: Vec<_> = deprecated
            .map(|known| known.name)
            .filter(|name| license(name).unwrap().to_string() == *name)
            .collect();
        assert_eq!(staying, ["BSD-2-Clause-FreeBSD", "Net-SNMP", "Nunit", "wxWindows"]);
    }

    #[test]
    fn identifiers_get_their_case_and_their_current_form() {
        for (stated, expected) in [
            ("MIT", Some("MIT")),
            ("mit", Some("MIT")),
            ("BSD-3-clause", Some("BSD-3-Clause")),
            ("GPL-2.0", Some("GPL-2.0-only")),
            ("GPL-2.0+", Some("GPL-2.0-or-later")),
            ("gpl-2.0-ONLY", Some("GPL-2.0-only")),
            ("GPL-2.0-only+", Some("GPL-2.0-or-later")),
            ("GFDL-1.2-no-invariants", Some("GFDL-1.2-no-invariants-only")),
            ("Apache-2.0+", Some("Apache-2.0+")),
            ("MIT+", None),
            ("GPL-2.0-with-classpath-exception", Some("GPL-2.0-only WITH Classpath-exception-2.0")),
            ("LicenseRef-Fedora-Public-Domain", Some("LicenseRef-Fedora-Public-Domain")),
            ("DocumentRef-a.b:LicenseRef-c", Some("DocumentRef-a.b:LicenseRef-c")),
            ("LicenseRef-", None),
            ("LicenseRef-a b", None),
            ("DocumentRef-:LicenseRef-c", None),
            ("NOASSERTION", None),
            ("UNLICENSED", None),
            ("", None),
            ("+", None),
        ] {
            assert_eq!(
                license(stated).map(|tree| tree.to_string()).as_deref(),
                expected,
                "{stated}"
            );
        }
    }
}
