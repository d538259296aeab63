//! A package's statement of its licence as an SPDX expression, where it can be read as one.
//!
//! Package managers write licences in many dialects: SPDX itself, Fedora's and Debian's short names, the names of Python's classifiers,
//! Maven's names and addresses, R's version conditions, Gentoo's prefix lists, whole texts. What is read is read in full or not at all:
//! a name that may be one of several licences (`BSD`, `GPL`) makes the whole statement one that stands as it is.

mod address;
mod exceptions;
mod expression;
mod gentoo;
mod identifiers;
mod name;
mod names;
mod text;
mod words;

use std::collections::HashSet;

use plimsoll_core::{License, PackageType};

pub(crate) use self::text::found_in;

/// The bytes of a statement that are looked at; longer ones are no names, and of texts the beginning says which it is.
const LONGEST_READ: usize = 64 << 10;
/// The longest statement that is read as an expression: those of the largest Linux distributions' packages have some 2 KiB.
const LONGEST_EXPRESSION: usize = 4 << 10;
/// The longest line that is kept of a statement that is no expression.
const LONGEST_STATED: usize = 1 << 10;

/// What stands where the author stated nothing, in lower case.
const NOTHING: &[&str] = &["-", "n/a", "na", "nil", "noassertion", "none", "null", "unknown"];

/// The licences of a package of that kind, each once, in the order of the statements.
#[must_use]
pub fn licenses<'a>(
    kind: PackageType,
    statements: impl IntoIterator<Item = &'a str>,
) -> Vec<License> {
    // A package may be in a thousand places that all state the same.
    let mut seen = HashSet::new();
    let mut licenses: Vec<License> = Vec::new();
    for stated in statements.into_iter().filter(|stated| seen.insert(*stated)) {
        licenses.extend(license(stated, Some(kind)));
    }
    let mut seen = HashSet::new();
    licenses.retain(|license| seen.insert(license.clone()));
    if kind == PackageType::Pypi {
        drop_less_exact(&mut licenses);
    }
    licenses
}

/// The licence that the words state; `None` where they state none.
fn license(stated: &str, kind: Option<PackageType>) -> Option<License> {
    let stated = stated.trim();
    if stated.is_empty() || NOTHING.iter().any(|nothing| stated.eq_ignore_ascii_case(nothing)) {
        return None;
    }
    let as_expression = || {
        let short = (stated.len() <= LONGEST_EXPRESSION).then_some(stated)?;
        expression::read(short, kind)
    };
    let as_text = || text::whole(beginning(stated, LONGEST_READ)).map(str::to_owned);
    let expression = as_expression().map(|tree| tree.to_string()).or_else(as_text);
    Some(match expression {
        Some(expression) => License::Expression(expression),
        None => {
            let line = stated.lines().next().unwrap_or_default().trim_end();
            License::Stated(beginning(line, LONGEST_STATED).to_owned())
        }
    })
}

/// Python's metadata states the licence twice, in words and as classifiers. The classifiers name most licences without their version, and
/// each of several without how they are joined: where the words say that, they add nothing.
fn drop_less_exact(licenses: &mut Vec<License>) {
    let ids_of = |expression: &str| -> Vec<String> {
        expression.split([' ', '(', ')']).map(str::to_owned).collect()
    };
    let expressions: Vec<Vec<String>> =
        licenses.iter().filter_map(License::expression).map(ids_of).collect();
    licenses.retain(|license| match license {
        License::Stated(stated) => {
            let family = name::family_of(stated);
            let mut ids = expressions.iter().flatten();
            !family.is_some_and(|family| ids.any(|id| id.starts_with(family)))
        }
        License::Expression(single) => {
            let mut longer = expressions.iter().filter(|ids| ids.len() > 1);
            !longer.any(|ids| ids.contains(single))
        }
    });
}

/// At most so many first bytes, cut between characters.
fn beginning(text: &str, longest: usize) -> &str {
    text.get(..text.floor_char_boundary(longest)).unwrap_or(text)
}

#[cfg(test)]
mod tests;
