//! Gentoo's lists: what stands side by side all holds, `|| ( … )` is a choice (Package Manager Specification, "Dependency
//! specification format").

use plimsoll_core::PackageType;

use super::expression::{DEEPEST, Operator, Tree};
use super::name;

pub(super) fn read(stated: &str, kind: Option<PackageType>) -> Option<Tree> {
    let mut words = stated.split_ascii_whitespace();
    list(&mut words, kind, (Operator::And, 0))
}

/// The members up to the end of the list; at depth 0 that of the statement.
fn list<'a>(
    words: &mut impl Iterator<Item = &'a str>,
    kind: Option<PackageType>,
    (operator, depth): (Operator, usize),
) -> Option<Tree> {
    let mut members = Vec::new();
    loop {
        let member = match words.next() {
            None if depth == 0 => break,
            Some(")") if depth > 0 => break,
            Some("||") if depth < DEEPEST && words.next()? == "(" => {
                list(words, kind, (Operator::Or, depth + 1))?
            }
            Some("(") if depth < DEEPEST => list(words, kind, (Operator::And, depth + 1))?,
            None | Some("(" | ")" | "||") => return None,
            // A condition on a build flag (`doc? ( … )`) is no name, so that the whole is not read.
            Some(word) => name::read(word, kind)?,
        };
        members.push(member);
    }
    (!members.is_empty()).then(|| Tree::all(members, operator))
}
