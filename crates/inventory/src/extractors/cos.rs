//! Packages of Google's Container-Optimized OS, which has no package manager but a list of what its image was built from
//! (cos.googlesource.com, `cos/tools`, package info).
//!
//! They are ebuilds: the distribution stems from Gentoo by way of Chromium OS. What only built them is not in the image.

use plimsoll_core::{PackageType, Problem, ProblemKind};
use serde::Deserialize;
use serde_json::Value;

use crate::fields::{field, malformed};
use crate::{Extraction, Extractor, FoundPackage, Pattern, WantedFile};

pub(crate) static COS: Extractor = Extractor {
    id: "cos",
    summary: "Packages of Google's Container-Optimized OS: its list of what was built into it",
    patterns: &[Pattern::Path("etc/cos-package-info.json")],
    extract,
    ..Extractor::RECORD
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PackageInfo {
    installed_packages: Vec<Value>,
}

#[derive(Deserialize)]
struct Entry {
    category: String,
    name: String,
    /// The build of the whole system in which the package was made.
    version: Option<String>,
    /// The ebuild's own version, with its revision. The first lists had none, and the ebuild's in `version`.
    ebuild_version: Option<String>,
}

fn extract(file: &WantedFile<'_>) -> Extraction {
    let bytes = match file.bytes() {
        Ok(bytes) => bytes,
        Err(problem) => return Extraction::failed(problem),
    };
    let list: PackageInfo = match serde_json::from_slice(&bytes) {
        Ok(list) => list,
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            let detail = format!("not the JSON of a list at line {line}, column {column}");
            return Extraction::malformed(detail);
        }
    };
    let mut extraction = Extraction::default();
    let limit = file.limits.packages_per_file;
    if list.installed_packages.len() > limit {
        let detail = format!("more than {limit} packages");
        extraction.problems.push(Problem::new(ProblemKind::LimitExceeded, detail));
    }
    let mut bad = 0_usize;
    for entry in list.installed_packages.into_iter().take(limit) {
        match Entry::deserialize(entry).ok().and_then(|entry| package(&entry)) {
            Some(package) => extraction.push(package),
            None => bad += 1,
        }
    }
    if bad > 0 {
        let detail = format!("{bad} entries without a category, a name or a version");
        extraction.problems.push(malformed(detail));
    }
    extraction
}

fn package(entry: &Entry) -> Option<FoundPackage> {
    let text = |text: &Option<String>| text.as_deref().and_then(field).map(str::to_owned);
    let (category, name) = (field(&entry.category)?, field(&entry.name)?);
    let version = text(&entry.ebuild_version).or_else(|| text(&entry.version))?;
    Some(FoundPackage::new(PackageType::Ebuild, format!("{category}/{name}"), version))
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{ImagePath, Limits};
    use proptest::prelude::*;

    use super::*;

    const LIST: &str = r#"{"installedPackages": [
        {"category": "sys-libs", "name": "zlib", "version": "17162.336.17", "ebuild_version": "1.2.11-r5"},
        {"category": "dev-lang", "name": "python", "version": "3.6.5"},
        {"category": "sys-apps", "name": "baselayout", "version": "", "ebuild_version": ""},
        {"category": "sys-apps"}, 7],
        "buildTimePackages": [{"category": "app-admin", "name": "eselect", "version": "1", "ebuild_version": "1.4.8"}]}"#;

    fn run(content: &[u8], limits: &Limits) -> Extraction {
        let path = ImagePath::new("etc/cos-package-info.json");
        extract(&WantedFile::whole(&path, &content.to_vec(), limits))
    }

    #[test]
    fn what_is_installed_is_listed_as_the_ebuild_that_it_is() {
        let extraction = run(LIST.as_bytes(), &Limits::default());
        let found: Vec<_> = extraction.packages().cloned().collect();
        let expected = [("sys-libs/zlib", "1.2.11-r5"), ("dev-lang/python", "3.6.5")]
            .map(|(name, version)| FoundPackage::new(PackageType::Ebuild, name, version));
        assert_eq!(found, expected);
        let detail = "3 entries without a category, a name or a version";
        assert_eq!(extraction.problems[0].detail, detail);
    }

    #[test]
    fn a_list_cut_short_is_told_and_so_is_the_limit() {
        let cut = run(&LIST.as_bytes()[..90], &Limits::default());
        assert_eq!((cut.facts.len(), cut.problems[0].kind), (0, ProblemKind::Malformed));
        assert_eq!(run(b"{}", &Limits::default()).problems.len(), 1);
        let limits = Limits { packages_per_file: 1, ..Limits::default() };
        let limited = run(LIST.as_bytes(), &limits);
        assert_eq!(limited.packages().count(), 1);
        assert_eq!(limited.problems[0].kind, ProblemKind::LimitExceeded);
    }

    proptest! {
        #[test]
        fn any_bytes_end(bytes: Vec<u8>) {
            run(&bytes, &Limits::default());
        }
    }
}
