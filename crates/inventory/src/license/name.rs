//! One name of a licence: an identifier, an address, or one of the ways in which people and package managers write it.

use plimsoll_core::PackageType;

use super::expression::{Operator, Tree};
use super::names::{ALPM, EBUILD, FAMILIES, GNU_FAMILIES, NAMES};
use super::words::{split_later, words};
use super::{address, exceptions, identifiers};

/// The artistic licence of no stated kind. It is no identifier: see [`Tree::with_perls_artistic`].
pub(super) const ARTISTIC: &str = "Artistic";
/// No licence has a longer name.
const LONGEST: usize = 256;

/// The licence of that name, where the name is that of one licence and no other.
pub(super) fn read(text: &str, kind: Option<PackageType>) -> Option<Tree> {
    let text =
        text.trim_matches(|letter: char| letter.is_whitespace() || "\"'`“”".contains(letter));
    if text.is_empty() || text.len() > LONGEST {
        return None;
    }
    // A classifier of Python's index: `License :: OSI Approved :: MIT License`.
    let text = match text.strip_prefix("License ::") {
        Some(path) => path.rsplit("::").next().unwrap_or(path).trim(),
        None => text,
    };
    of_kind(text, kind)
        .or_else(|| identifiers::license(text))
        .or_else(|| address::read(text))
        .or_else(|| with_parenthesis(text, kind))
        .or_else(|| with_file(text, kind))
        .or_else(|| in_words(text))
}

/// How the identifiers begin of the licences that a name without a version may mean; `None` for a name of another form.
pub(super) fn family_of(text: &str) -> Option<&'static str> {
    let key = words(text).join(" ");
    if key == "bsd" {
        return Some("BSD-");
    }
    gnu_family(&key).or_else(|| family(&key))
}

/// What a package manager's own list of names means by one that others use for something else, or loosely.
fn of_kind(text: &str, kind: Option<PackageType>) -> Option<Tree> {
    let table = match kind? {
        PackageType::Alpm => ALPM,
        PackageType::Ebuild => EBUILD,
        _ => return None,
    };
    table.iter().find(|(name, _)| *name == text).map(|(_, id)| Tree::leaf(id))
}

/// A name with something in parentheses behind it: a version condition (`GPL (>= 2)`, R), or the same once more and shorter.
fn with_parenthesis(text: &str, kind: Option<PackageType>) -> Option<Tree> {
    let (outside, inside) = text.strip_suffix(')')?.split_once('(')?;
    if let Some(version) = inside.trim_start().strip_prefix(">=") {
        return in_words(&format!("{outside} {}+", version.trim()));
    }
    let outside = read(outside, kind)?;
    (read(inside, kind)? == outside).then_some(outside)
}

/// `MIT + file LICENSE` (R): the file has the year and the holder. Behind other licences it has further conditions ("Writing R
/// Extensions", "Licensing").
fn with_file(text: &str, kind: Option<PackageType>) -> Option<Tree> {
    let (name, file) = text.split_once('+')?;
    if !matches!(file.trim_start().split_once(' '), Some(("file", _))) {
        return None;
    }
    let license = read(name, kind)?;
    let templates = ["MIT", "BSD-2-Clause", "BSD-3-Clause"].map(Tree::leaf);
    templates.contains(&license).then_some(license)
}

fn in_words(text: &str) -> Option<Tree> {
    // Signs of more than a name: a condition, another form of list, half of a parenthesis.
    let count = |sign| text.matches(sign).count();
    if text.contains(['<', '>', '=', '?', '|', '&', ';']) || count('(') != count(')') {
        return None;
    }
    if let Some((license, exception)) = split_with(text) {
        let license = in_words(license)?;
        return exceptions::with(&license, exception, &words(exception));
    }
    // Once more as an identifier: in a name with spaces or with an exception, a part may be one.
    if let Some(tree) = identifiers::license(text.trim()) {
        return Some(tree);
    }
    let words = words(text);
    let (named, or_later) = split_later(&words);
    let key = named.join(" ");
    if let Ok(found) = NAMES.binary_search_by(|(name, _)| (*name).cmp(key.as_str())) {
        let (_, meaning) = NAMES.get(found)?;
        let mut choices = meaning.split(" OR ");
        let tree = Tree::all(choices.by_ref().map(Tree::leaf).collect(), Operator::Or);
        return if or_later { identifiers::or_any_later(meaning) } else { Some(tree) };
    }
    let identifier = identifiers::license(&named.join("-")).filter(|_| !or_later);
    identifier.or_else(|| with_version(named, or_later))
}

/// The name of a family of licences with the version behind it.
fn with_version(words: &[String], or_later: bool) -> Option<Tree> {
    let (version, family_words) = match words.split_last() {
        Some((last, rest)) if identifiers::is_version(last) => (Some(last.as_str()), rest),
        _ => (None, words),
    };
    let key = family_words.join(" ");
    if let Some(prefix) = gnu_family(&key) {
        let version = match version {
            Some(version) => dotted(version),
            // Fedora's `GPL+`: any version.
            None if or_later && prefix == "GPL-" => "1.0".to_owned(),
            None => return None,
        };
        let ending = if or_later { "or-later" } else { "only" };
        return listed(&match prefix {
            // Debian's name for one without invariant sections.
            "GFDL-NIV-" => format!("GFDL-{version}-no-invariants-{ending}"),
            _ => format!("{prefix}{version}-{ending}"),
        });
    }
    let (prefix, version) = (family(&key)?, version?);
    let id = identifiers::listed_exactly(&format!("{prefix}{}", dotted(version)))
        .or_else(|| identifiers::listed_exactly(&format!("{prefix}{version}")))?;
    if or_later { identifiers::or_any_later(id) } else { Some(Tree::leaf(id)) }
}

fn listed(id: &str) -> Option<Tree> {
    identifiers::listed_exactly(id).map(Tree::leaf)
}

fn dotted(version: &str) -> String {
    if version.contains('.') { version.to_owned() } else { format!("{version}.0") }
}

fn gnu_family(key: &str) -> Option<&'static str> {
    let found = GNU_FAMILIES.binary_search_by(|(name, _)| (*name).cmp(key)).ok()?;
    GNU_FAMILIES.get(found).map(|(_, prefix)| *prefix)
}

fn family(key: &str) -> Option<&'static str> {
    let found = FAMILIES.binary_search_by(|(name, _)| (*name).cmp(key)).ok()?;
    FAMILIES.get(found).map(|(_, prefix)| *prefix)
}

/// What stands before and behind the word "with" (or `w/`).
fn split_with(text: &str) -> Option<(&str, &str)> {
    let lower = text.to_ascii_lowercase();
    let is_separator = |letter: Option<char>| matches!(letter, Some(' ' | '-' | '_'));
    for (word, closed) in [("with", true), ("w/", false)] {
        for (start, _) in lower.match_indices(word) {
            let (before, behind) = (text.get(..start)?, text.get(start + word.len()..)?);
            let is_word = is_separator(before.chars().next_back())
                && (!closed || is_separator(behind.chars().next()));
            if is_word {
                let is_edge = |letter: char| is_separator(Some(letter));
                return Some((
                    before.trim_end_matches(is_edge),
                    behind.trim_start_matches(is_edge),
                ));
            }
        }
    }
    None
}
