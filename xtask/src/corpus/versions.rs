//! `oracles/versions`: who is greater, what a requirement allows, and how bad a vector is, in the words of the native tools.

mod advisories;
mod cvss;
mod requirements;
mod table;

use std::cmp::Ordering;
use std::path::Path;

use anyhow::{Result, bail};
use plimsoll_version::{Scheme, scheme};

pub use self::table::outcome;
use super::case::Case;
use super::{entries, file_name};

/// A case for each table.
pub fn cases(folder: &Path) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for path in entries(folder)? {
        let name = file_name(&path);
        if !path.is_dir() {
            cases.extend(case(format!("oracles/versions/{name}"), &path));
            continue;
        }
        for file in entries(&path)? {
            let case = format!("oracles/versions/{name}/{}", file_name(&file));
            cases.push(match name.as_str() {
                "constraints" => requirements::case(case, &file),
                "cvss" => cvss::case(case, &file),
                _ => Case::skipped(case, "tables of this folder are not run"),
            });
        }
    }
    Ok(cases)
}

fn case(case: String, path: &Path) -> Option<Case> {
    let (name, path) = (file_name(path), path.to_owned());
    if name == "advisory-match.jsonl" {
        return Some(Case::new(case, move || advisories::check(&path)));
    }
    Some(match name.strip_suffix(".csv") {
        Some("contested") => Case::skipped(case, "rows on which the native tools disagree"),
        Some("rpm-nevra") => Case::new(case, move || check(&path, compare_packages)),
        Some(id) => match scheme(id) {
            Some(scheme) => Case::new(case, move || check(&path, scheme.compare)),
            None => Case::skipped(case, "of a scheme that is not there"),
        },
        None if name.ends_with(".md") => return None,
        None => Case::skipped(case, "of a kind that is not run"),
    })
}

/// Rows of `a,b,expected`, where `expected` is -1, 0 or 1.
fn check(path: &Path, compare: fn(&str, &str) -> Option<Ordering>) -> Result<String> {
    let rows = table::rows(path, &["a", "b", "expected"])?;
    let mut wrong = Vec::new();
    for (number, row) in &rows {
        let [a, b, expected, ..] = row.as_slice() else { bail!("row {number} is too short") };
        let expected = match expected.as_str() {
            "-1" => Ordering::Less,
            "0" => Ordering::Equal,
            "1" => Ordering::Greater,
            other => bail!("row {number}: `{other}` is no expectation"),
        };
        let found = compare(a, b);
        if found != Some(expected) {
            wrong
                .push(format!("row {number}: {a:?} {b:?}: {expected:?} expected, {found:?} found"));
        }
    }
    outcome(rows.len(), &wrong)
}

/// Whole packages of rpm, `name-epoch:version-release.architecture`: by name, then version, then architecture.
fn compare_packages(a: &str, b: &str) -> Option<Ordering> {
    let rpm: &Scheme = scheme("rpm")?;
    let ((name_a, version_a, architecture_a), (name_b, version_b, architecture_b)) =
        (split_package(a)?, split_package(b)?);
    let order = name_a.cmp(name_b).then((rpm.compare)(version_a, version_b)?);
    Some(order.then(architecture_a.cmp(architecture_b)))
}

fn split_package(text: &str) -> Option<(&str, &str, &str)> {
    let (before_release, release) = text.rsplit_once('-')?;
    let architecture = release.rsplit_once('.').map_or("", |(_, architecture)| architecture);
    let text = text.strip_suffix(architecture)?;
    let text = text.strip_suffix('.').unwrap_or(text);
    match before_release.rsplit_once('-') {
        Some((name, _)) => Some((name, text.get(name.len() + 1..)?, architecture)),
        None => Some(("", text, architecture)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_split_from_its_end() {
        for (text, parts) in [
            ("a-b-1:2.0-3.fc39.noarch", ("a-b", "1:2.0-3.fc39", "noarch")),
            ("1-1.aarch64", ("", "1-1", "aarch64")),
            ("1-2", ("", "1-2", "")),
        ] {
            assert_eq!(split_package(text), Some(parts), "{text}");
        }
        assert_eq!(split_package("1"), None);
    }
}
