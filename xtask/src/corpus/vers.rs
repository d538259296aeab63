//! `fixtures/vers`: the tests of the notation for ranges of versions (package-url/vers-spec): who is greater, what a range holds, and what
//! a tool's own requirement is in that notation.

use std::cmp::Ordering;
use std::ops::Bound;
use std::path::Path;

use anyhow::{Context, Result, bail};
use plimsoll_version::{Scheme, VersionRange, allows, requirement, scheme, vers};
use serde::Deserialize;
use serde_json::Value;

use super::case::Case;
use super::versions::outcome;
use super::{entries, file_name};
use crate::text_file::read_bytes;

/// Files that are not run, and why.
const EXCUSED: &[(&str, &str)] = &[
    (
        "conan_range_from_native_basic_test",
        "Conan's language of requirements is not read: no advisory is written in it",
    ),
    (
        "conan_range_from_native_test",
        "Conan's language of requirements is not read: no advisory is written in it",
    ),
    (
        "nginx_range_from_native_test",
        "nginx's own way to write ranges is not read: no advisory is written in it",
    ),
    ("openssl_range_from_native_test", "OpenSSL's lists of versions are no requirements"),
    (
        "vers_canonical_parse_test",
        "how a range is spelled canonically: what is meant is read however it is spelled",
    ),
];

/// Tests in which the native tool says otherwise.
struct Contested {
    file: &'static str,
    why: &'static str,
    /// The requirement, or the versions with a space between them.
    inputs: &'static [&'static str],
}

const CONTESTED: &[Contested] = &[
    Contested {
        file: "gem_range_from_native_test",
        why: "Gem::Requirement leaves out the pre-releases of the bound",
        inputs: &["~>2.0.8"],
    },
    Contested {
        file: "maven_version_cmp_test",
        why: "Maven 3.8.7 and later have 2.0.a before 2-1",
        inputs: &["2-1 2.0.a", "2-1 2.0.0.a"],
    },
    Contested {
        file: "npm_range_from_native_test",
        why: "npm leaves out the pre-releases of an upper bound that it makes up, and takes in those of a lower one",
        inputs: &[
            ">= 1.1",
            "~1.6.5 || >=1.7.2",
            "2.0.x || 2.1.x",
            "^1.1.7 || >= 2.0.1",
            ">=3.11 <4 || >=4.5",
            "<3.11 || >= 4 <4.5",
            "~0.2.2 || >=0.3.2",
            "^1.2.9",
            "~3.8.2",
            "5.0.0 - 7.2.3",
            "^1.2.3-beta.1",
            "^0.2.1-beta",
            "^0.0.2-beta",
            "1.2.x",
        ],
    },
    Contested {
        file: "npm_range_from_native_test",
        why: "to npm a part that is left out of a bound stands for any number",
        inputs: &["<= 1.0", ">= 2.2.x", ">= 1.x", "2.1 || 2.6", "<=2.1 >=1.1"],
    },
    Contested {
        file: "npm_range_from_native_test",
        why: "npm joins what a space parts by `and`, the notation by `or`",
        inputs: &[
            ">=5.0.3 >=4.2.1",
            "1.1.2 1.2.2",
            "^2.0.18 || ^3.0.16 || ^3.1.6 || ^4.0.8 || ^5.0.0-beta.5",
        ],
    },
    Contested {
        file: "pypi_range_from_native_test",
        why: "PEP 440 leaves out the pre-releases of `<`, and all local versions of `!=`",
        inputs: &["<2.1.0", "!=5"],
    },
];

#[derive(Deserialize)]
struct Document {
    tests: Vec<Test>,
}

#[derive(Deserialize)]
struct Test {
    test_type: String,
    input: Value,
    expected_output: Option<Value>,
}

/// A case for each file.
pub fn cases(folder: &Path) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for path in entries(&folder.join("tests"))? {
        let name = file_name(&path);
        let Some(stem) = name.strip_suffix(".json") else { continue };
        let case = format!("fixtures/vers/{stem}");
        cases.push(match EXCUSED.iter().find(|(excused, _)| *excused == stem) {
            Some((_, why)) => Case::skipped(case, *why),
            None => {
                let stem = stem.to_owned();
                Case::new(case, move || check(&stem, &path))
            }
        });
    }
    Ok(cases)
}

fn check(file: &str, path: &Path) -> Result<String> {
    let document: Document = serde_json::from_slice(&read_bytes(path)?)?;
    let (mut wrong, mut contested) = (Vec::new(), 0);
    for (number, test) in (1..).zip(&document.tests) {
        let Test { test_type, input, expected_output } = test;
        let expected = expected_output.as_ref().context("a test without an expectation")?;
        let is_right = match test_type.as_str() {
            "comparison" => is_ordered(input, expected)?,
            "equality" => is_equal(input)? == expected.as_bool(),
            "from_native" => is_translated(input, expected)?,
            "containment" => is_held(input)? == expected.as_bool(),
            "validate" => is_same(input, expected)?,
            other => bail!("test {number}: `{other}` is no known type"),
        };
        if is_contested(file, input) {
            contested += 1;
            if is_right {
                wrong.push(format!("test {number}: {input} is not contested any more"));
            }
        } else if !is_right {
            wrong.push(format!("test {number}: {input} is not {expected}"));
        }
    }
    let outcome = outcome(document.tests.len(), &wrong)?;
    let whys = CONTESTED.iter().filter(|known| known.file == file).map(|known| known.why);
    Ok(match contested {
        0 => outcome,
        count => format!("{outcome}, not {count}: {}", whys.collect::<Vec<_>>().join("; ")),
    })
}

fn is_contested(file: &str, input: &Value) -> bool {
    let versions = texts(&input["versions"]).map(|versions| versions.join(" "));
    let text = input["native_range"].as_str().map(str::to_owned).or(versions.ok());
    CONTESTED
        .iter()
        .filter(|known| known.file == file)
        .any(|known| text.as_deref().is_some_and(|text| known.inputs.contains(&text)))
}

fn text<'a>(value: &'a Value, name: &str) -> Result<&'a str> {
    value[name].as_str().with_context(|| format!("no {name} in {value}"))
}

fn scheme_of(input: &Value) -> Result<&'static Scheme> {
    let id = text(input, "input_scheme")?;
    scheme(id).with_context(|| format!("no scheme {id}"))
}

fn texts(value: &Value) -> Result<Vec<&str>> {
    let list = value.as_array().and_then(|list| list.iter().map(Value::as_str).collect());
    list.with_context(|| format!("no list of texts: {value}"))
}

/// Whether the versions of the input, which may be spelled otherwise there, stand as expected.
fn is_ordered(input: &Value, expected: &Value) -> Result<bool> {
    let (scheme, given, expected) =
        (scheme_of(input)?, texts(&input["versions"])?, texts(expected)?);
    let compare = |one: &str, other: &str| (scheme.compare)(one, other);
    let is_ascending =
        expected.is_sorted_by(|one, other| compare(one, other).is_some_and(Ordering::is_le));
    let is_given =
        |version: &&str| given.iter().any(|one| compare(one, version) == Some(Ordering::Equal));
    Ok(is_ascending && given.len() == expected.len() && expected.iter().all(is_given))
}

fn is_equal(input: &Value) -> Result<Option<bool>> {
    let versions = texts(&input["versions"])?;
    let [one, other] = versions.as_slice() else { bail!("no two versions in {input}") };
    Ok((scheme_of(input)?.compare)(one, other).map(Ordering::is_eq))
}

fn is_held(input: &Value) -> Result<Option<bool>> {
    let (id, ranges) = vers(text(input, "vers")?).context("a range that is not read")?;
    let scheme = scheme(id).context("no scheme")?;
    Ok(allows(scheme, &ranges, text(input, "version")?))
}

fn is_same(input: &Value, expected: &Value) -> Result<bool> {
    let read = |value: &Value| vers(value.as_str().unwrap_or_default());
    let (one, other) = (read(input), read(expected));
    let (Some((id, one)), Some((_, other))) = (one, other) else { return Ok(false) };
    Ok(same_versions(scheme(id).context("no scheme")?, &one, &other) == Some(true))
}

fn is_translated(input: &Value, expected: &Value) -> Result<bool> {
    let language = match text(input, "scheme")? {
        "pypi" => "pep440",
        other => other,
    };
    let native = requirement(language, text(input, "native_range")?);
    let expected = vers(expected.as_str().context("no range expected")?);
    let (Some(native), Some((id, expected))) = (native, expected) else { return Ok(false) };
    Ok(same_versions(scheme(id).context("no scheme")?, &native, &expected) == Some(true))
}

/// Whether two lists of ranges hold the same versions: at every bound of either, and between any two that follow one another.
fn same_versions(scheme: &Scheme, one: &[VersionRange], other: &[VersionRange]) -> Option<bool> {
    let ends = one.iter().chain(other).flat_map(|range| [&range.from, &range.to]);
    let mut bounds: Vec<&str> = Vec::new();
    for end in ends {
        let (Bound::Included(version) | Bound::Excluded(version)) = end else { continue };
        let place = bounds
            .partition_point(|known| (scheme.compare)(known, version) == Some(Ordering::Less));
        (scheme.compare)(version, version)?;
        if bounds
            .get(place)
            .is_none_or(|known| (scheme.compare)(known, version) != Some(Ordering::Equal))
        {
            bounds.insert(place, version);
        }
    }
    for bound in &bounds {
        if allows(scheme, one, bound)? != allows(scheme, other, bound)? {
            return Some(false);
        }
    }
    let gaps = (0..=bounds.len()).map(|place| {
        (place.checked_sub(1).and_then(|before| bounds.get(before)), bounds.get(place))
    });
    let is_covered = |ranges: &[VersionRange], gap: (Option<&&str>, Option<&&str>)| {
        ranges.iter().any(|range| covers(scheme, range, (gap.0.copied(), gap.1.copied())))
    };
    let mut gaps = gaps;
    Some(gaps.all(|gap| is_covered(one, gap) == is_covered(other, gap)))
}

/// True where a range holds everything between two neighbours among the bounds; `None` is the end on that side.
fn covers(
    scheme: &Scheme,
    range: &VersionRange,
    (after, before): (Option<&str>, Option<&str>),
) -> bool {
    let is_before =
        |one: &str, other: &str| (scheme.compare)(one, other).is_some_and(Ordering::is_le);
    let begins = match &range.from {
        Bound::Unbounded => true,
        Bound::Included(from) | Bound::Excluded(from) => {
            after.is_some_and(|after| is_before(from, after))
        }
    };
    let ends = match &range.to {
        Bound::Unbounded => true,
        Bound::Included(to) | Bound::Excluded(to) => {
            before.is_some_and(|before| is_before(before, to))
        }
    };
    begins && ends
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_the_same_where_they_hold_the_same_versions() {
        for (one, other, expected) in [
            (">=1|<2", "<2|>=1", true),
            (">=1|<2", ">=1|<=2", false),
            (">1|<2", "1.5", false),
            (">1|<2", ">1|<1.5", false),
            (">=1|<2|2", ">=1|<=2", true),
            ("<1|>1", "!=1", true),
            ("*", "<1", false),
        ] {
            let ranges = |text: &str| vers(&format!("vers:pypi/{text}")).unwrap().1;
            let same = same_versions(scheme("pep440").unwrap(), &ranges(one), &ranges(other));
            assert_eq!(same, Some(expected), "{one} {other}");
        }
    }
}
