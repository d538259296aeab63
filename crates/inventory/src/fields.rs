//! Names, versions and other short fields of text formats, and the lines in which the simplest of those formats hold them.

use plimsoll_core::{ImagePath, PackageType, Problem, ProblemKind};

use crate::{Extraction, FoundPackage};

/// Longer names, versions and licence statements are none.
const LONGEST_FIELD: usize = 512;
/// Statements that are kept of one package.
pub(crate) const MOST_STATEMENTS: usize = 32;

/// The text without the blanks around it, where it can be a name, a version or another field of a package.
pub(crate) fn field(text: &str) -> Option<&str> {
    let text = text.trim();
    let is_one = !text.is_empty() && text.len() <= LONGEST_FIELD;
    (is_one && !text.contains(char::is_control)).then_some(text)
}

/// The package of that name and version; a problem, which says `of` what, where one of them is missing or none.
pub(crate) fn package(
    kind: PackageType,
    of: &str,
    (name, version): (Option<&str>, Option<&str>),
) -> Result<FoundPackage, Problem> {
    let required = |what: &str, value: Option<&str>| match value.and_then(field) {
        Some(value) => Ok(value.to_owned()),
        None => Err(malformed(format!("{of} without a {what}"))),
    };
    Ok(FoundPackage::new(kind, required("name", name)?, required("version", version)?))
}

pub(crate) fn malformed(detail: impl Into<String>) -> Problem {
    Problem::new(ProblemKind::Malformed, detail)
}

/// What a file with at most one package gives.
pub(crate) fn extraction(found: Result<Option<FoundPackage>, Problem>) -> Extraction {
    match found {
        Ok(package) => {
            let mut extraction = Extraction::default();
            if let Some(package) = package {
                extraction.push(package);
            }
            extraction
        }
        Err(problem) => Extraction::failed(problem),
    }
}

/// One statement of licences of which the user may choose; `None` where there is none.
pub(crate) fn choice(licenses: &[String]) -> Option<String> {
    let (first, others) = licenses.split_first()?;
    if others.is_empty() {
        return Some(first.clone());
    }
    // A name may have a word in it that joins.
    let enclosed =
        licenses.iter().map(|license| match license.contains(' ') && !license.starts_with('(') {
            true => format!("({license})"),
            false => license.clone(),
        });
    Some(enclosed.collect::<Vec<_>>().join(" OR "))
}

/// The CPE 2.3 name of a version of a product, which is `vendor:product` as the dictionary writes them (NISTIR 7695, section 6.2).
pub(crate) fn cpe(product: &str, version: &str) -> String {
    let mut escaped = String::new();
    for character in version.chars() {
        if !character.is_ascii_alphanumeric() && !"-._".contains(character) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    format!("cpe:2.3:a:{product}:{escaped}:*:*:*:*:*:*:*")
}

/// The component of a path that has so many after it: 0 is the file's name.
pub(crate) fn component(path: &ImagePath, from_end: usize) -> Option<&str> {
    path.as_str().rsplit('/').nth(from_end)
}

/// Name and version of `NAME-VERSION`: a version begins with a digit, and so does no part of a name that follows a hyphen.
pub(crate) fn name_and_version(text: &str) -> Option<(&str, &str)> {
    let hyphens = text.match_indices('-').filter(|(at, _)| *at > 0);
    hyphens.map(|(at, _)| text.split_at(at)).find_map(|(name, rest)| {
        let version = rest.strip_prefix('-')?;
        version.starts_with(|first: char| first.is_ascii_digit()).then_some((name, version))
    })
}

/// The keys that begin a line, with the texts after the separator, as YAML (`:`), TOML (`=`) and their like have them at their top
/// level. Only texts of one line are given, without quotes and comments.
pub(crate) fn top_level(text: &str, separator: char) -> impl Iterator<Item = (&str, &str)> {
    text.lines().filter_map(move |line| {
        if line.starts_with(|first: char| first.is_whitespace() || "#[-%".contains(first)) {
            return None;
        }
        let (key, value) = line.split_once(separator)?;
        Some((key.trim_end(), scalar(value)))
    })
}

/// A text in quotes, or one that ends where a comment begins.
fn scalar(value: &str) -> &str {
    let value = value.trim();
    for quote in ['"', '\''] {
        if let Some(rest) = value.strip_prefix(quote) {
            return rest.split(quote).next().unwrap_or(rest);
        }
    }
    if value.starts_with('#') {
        return "";
    }
    value.split(" #").next().unwrap_or(value).trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_short_and_can_be_printed() {
        assert_eq!(field(" 1.0\n"), Some("1.0"));
        for text in ["", " ", "a\u{1b}[2J", &"a".repeat(600)] {
            assert_eq!(field(text), None, "{text}");
        }
    }

    #[test]
    fn a_package_needs_a_name_and_a_version() {
        let made = |name, version| package(PackageType::Pub, "pubspec", (name, version));
        assert_eq!(made(Some("a"), Some("1")).unwrap().version, "1");
        let problem = made(Some("a"), Some(" ")).unwrap_err();
        assert_eq!(problem.detail, "pubspec without a version");
        assert_eq!(made(None, Some("1")).unwrap_err().detail, "pubspec without a name");
    }

    #[test]
    fn licences_to_choose_from_are_one_statement() {
        for (licenses, expected) in [
            (&[][..], None),
            (&["A and B"], Some("A and B")),
            (&["MIT", "A and B"], Some("MIT OR (A and B)")),
            (&["(A or B)", "(C)"], Some("(A or B) OR (C)")),
        ] {
            let licenses: Vec<String> = licenses.iter().map(|text| (*text).to_owned()).collect();
            assert_eq!(choice(&licenses).as_deref(), expected);
        }
    }

    #[test]
    fn a_version_begins_with_a_digit() {
        for (text, expected) in [
            ("cowboy-2.8.0", Some(("cowboy", "2.8.0"))),
            ("ms-python.python-2024.0.1", Some(("ms-python.python", "2024.0.1"))),
            ("a-1.0.0-rc.1", Some(("a", "1.0.0-rc.1"))),
            ("web-mqtt", None),
            ("-1", None),
            ("a-", None),
            ("", None),
        ] {
            assert_eq!(name_and_version(text), expected, "{text}");
        }
    }

    #[test]
    fn a_version_is_escaped_in_a_cpe_name() {
        assert_eq!(cpe("a:b\\/c", "1.0-rc+1"), "cpe:2.3:a:a:b\\/c:1.0-rc\\+1:*:*:*:*:*:*:*");
    }

    #[test]
    fn only_the_top_level_is_read() {
        let text = "name: a # what it is called\n# version: 0\nversion: '1.0 #1'\ndeps:\n  name: b\n- x: y\nnone: # no\n";
        let pairs: Vec<_> = top_level(text, ':').collect();
        assert_eq!(pairs, [("name", "a"), ("version", "1.0 #1"), ("deps", ""), ("none", "")]);
        let pairs: Vec<_> = top_level("name = \"A\"\n\n[deps]\nB = 1\n", '=').collect();
        assert_eq!(pairs, [("name", "A"), ("B", "1")]);
    }

    #[test]
    fn components_are_counted_from_the_end() {
        let path = ImagePath::new("a/b/c");
        assert_eq!((component(&path, 0), component(&path, 2)), (Some("c"), Some("a")));
        assert_eq!(component(&path, 3), None);
    }
}
