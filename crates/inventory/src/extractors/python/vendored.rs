//! The list of the packages that pip and its like carry inside themselves without their metadata: `_vendor/vendor.txt`, a file of pinned
//! requirements (pip's "Requirements File Format").

use plimsoll_core::{Limits, PackageType, Problem, ProblemKind};

use crate::fields::field;
use crate::{Extraction, FoundPackage, FoundState};

/// The packages pinned to a version. Another line says nothing that could be listed.
pub(super) fn extract(text: &str, limits: &Limits) -> Extraction {
    let mut extraction = Extraction::default();
    let mut pins = text.lines().filter_map(pin);
    for (name, version) in pins.by_ref().take(limits.packages_per_file) {
        let mut package = FoundPackage::new(PackageType::Pypi, name, version);
        package.state = FoundState::Bundled;
        extraction.push(package);
    }
    if pins.next().is_some() {
        let detail = "more packages than are read of one file";
        extraction.problems.push(Problem::new(ProblemKind::LimitExceeded, detail));
    }
    extraction
}

/// `NAME[EXTRA]==VERSION`, before a comment, a marker or an option.
fn pin(line: &str) -> Option<(&str, &str)> {
    let requirement = line.split(['#', ';', '\\']).next()?;
    let (name, version) = requirement.split_once("==")?;
    let name = field(name.split('[').next()?)?;
    let version = field(version.split(" --").next()?)?;
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let is_version = |byte: u8| byte.is_ascii_alphanumeric() || b"._-+!".contains(&byte);
    (name.bytes().all(is_name) && version.bytes().all(is_version)).then_some((name, version))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn pinned_packages_are_bundled() {
        let text = "CacheControl==0.12.11  # see the licence\nrequests==2.31.0\n    certifi==2023.5.7\n\
            urllib3[socks]==1.26.15 ; python_version >= \"3.7\" \\\n    --hash=sha256:00\nlark==1.1.8 --hash=sha256:00\n\
            # rich==1\nsix>=1.16\npkg==1.*\n-e git+https://example.com/a==b\na ==1,==2\n";
        let extraction = extract(text, &Limits::default());
        let listed: Vec<_> =
            extraction.packages().map(|found| (&*found.name, &*found.version)).collect();
        assert_eq!(
            listed,
            [
                ("CacheControl", "0.12.11"),
                ("requests", "2.31.0"),
                ("certifi", "2023.5.7"),
                ("urllib3", "1.26.15"),
                ("lark", "1.1.8"),
            ]
        );
        assert!(extraction.packages().all(|found| found.state == FoundState::Bundled));
    }

    #[test]
    fn packages_of_one_list_are_limited() {
        let limits = Limits { packages_per_file: 1, ..Limits::default() };
        let extraction = extract("a==1\nb==1\nc==1\n", &limits);
        assert_eq!(extraction.packages().count(), 1);
        assert_eq!(extraction.problems.len(), 1);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in r"(a|==|1|\[|#|;|\n| |é){0,20}") {
            extract(&text, &Limits::default());
        }
    }
}
