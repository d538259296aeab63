//! rpm packages of Bottlerocket, which has no rpm database but a JSON list of what was built into it (bottlerocket,
//! `packages/os`, the format of AWS's application inventory).

use plimsoll_core::{PackageType, Problem, ProblemKind};
use serde::Deserialize;
use serde_json::Value;

use crate::{Extraction, Extractor, FoundPackage, Pattern, WantedFile};

pub(crate) static BOTTLEROCKET: Extractor = Extractor {
    id: "bottlerocket",
    summary: "rpm packages of Bottlerocket: its application inventory",
    // Also below the root of a target, such as `x86_64-bottlerocket-linux-gnu/sys-root`.
    patterns: &[Pattern::PathEnd("usr/share/bottlerocket/application-inventory.json")],
    extract,
    ..Extractor::RECORD
};

#[derive(Deserialize)]
struct Inventory {
    #[serde(rename = "Content")]
    content: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Application {
    name: String,
    publisher: Option<String>,
    version: String,
    release: Option<String>,
    epoch: Option<String>,
    architecture: Option<String>,
}

fn extract(file: &WantedFile<'_>) -> Extraction {
    let bytes = match file.bytes() {
        Ok(bytes) => bytes,
        Err(problem) => return Extraction::failed(problem),
    };
    let inventory: Inventory = match serde_json::from_slice(&bytes) {
        Ok(inventory) => inventory,
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            let detail = format!("not the JSON of an inventory at line {line}, column {column}");
            return Extraction::malformed(detail);
        }
    };
    let mut extraction = Extraction::default();
    let limit = file.limits.packages_per_file;
    if inventory.content.len() > limit {
        let detail = format!("more than {limit} packages");
        extraction.problems.push(Problem::new(ProblemKind::LimitExceeded, detail));
    }
    let mut bad = 0_usize;
    for entry in inventory.content.into_iter().take(limit) {
        match Application::deserialize(entry).ok().and_then(package) {
            Some(package) => extraction.push(package),
            None => bad += 1,
        }
    }
    if bad > 0 {
        let detail = format!("{bad} entries without a name or a version");
        extraction.problems.push(Problem::new(ProblemKind::Malformed, detail));
    }
    extraction
}

fn package(application: Application) -> Option<FoundPackage> {
    let Application { name, publisher, version, release, epoch, architecture } = application;
    if name.is_empty() || version.is_empty() {
        return None;
    }
    let version = match release.filter(|release| !release.is_empty()) {
        Some(release) => format!("{version}-{release}"),
        None => version,
    };
    // The list states an epoch of every package, and 0 of those that have none.
    let version = match epoch.filter(|epoch| !matches!(epoch.as_str(), "" | "0")) {
        Some(epoch) => format!("{epoch}:{version}"),
        None => version,
    };
    Some(FoundPackage {
        arch: architecture.filter(|arch| !arch.is_empty()),
        vendor: publisher,
        ..FoundPackage::new(PackageType::Rpm, name, version)
    })
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{ImagePath, Limits};
    use proptest::prelude::*;

    use super::*;

    fn extract_with(content: &[u8], limits: &Limits) -> Extraction {
        let path = ImagePath::new("usr/share/bottlerocket/application-inventory.json");
        extract(&WantedFile::whole(&path, &content.to_vec(), limits))
    }

    const LIST: &str = r#"{"Content": [
        {"Name": "glibc", "Publisher": "Bottlerocket", "Version": "2.40", "Release": "1.1730000000.abc.br1",
         "Epoch": "1", "InstalledTime": "2024-11-05T21:21:35Z", "Architecture": "x86_64", "Url": "x"},
        {"Name": "kernel-6.1", "Publisher": "Bottlerocket", "Version": "6.1.112", "Release": "1.br1",
         "Epoch": "0", "Architecture": "aarch64"},
        {"Name": 7, "Version": "1"}, {"Name": "", "Version": "1"}
    ]}"#;

    #[test]
    fn every_field_is_read_and_a_bad_entry_loses_only_itself() {
        let extraction = extract_with(LIST.as_bytes(), &Limits::default());
        let rpm = |name: &str, version: &str, arch: &str| FoundPackage {
            arch: Some(arch.into()),
            vendor: Some("Bottlerocket".into()),
            ..FoundPackage::new(PackageType::Rpm, name, version)
        };
        let expected = [
            rpm("glibc", "1:2.40-1.1730000000.abc.br1", "x86_64"),
            rpm("kernel-6.1", "6.1.112-1.br1", "aarch64"),
        ];
        assert_eq!(extraction.packages().collect::<Vec<_>>(), expected.iter().collect::<Vec<_>>());
        assert_eq!(extraction.problems[0].detail, "2 entries without a name or a version");
    }

    #[test]
    fn a_list_cut_short_is_told_and_so_is_the_limit() {
        let cut = extract_with(&LIST.as_bytes()[..100], &Limits::default());
        assert_eq!(cut.problems[0].kind, ProblemKind::Malformed);
        let limits = Limits { packages_per_file: 1, ..Limits::default() };
        let extraction = extract_with(LIST.as_bytes(), &limits);
        assert_eq!(extraction.packages().count(), 1);
        assert_eq!(extraction.problems[0].kind, ProblemKind::LimitExceeded);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            extract_with(&bytes, &Limits::default());
        }
    }
}
