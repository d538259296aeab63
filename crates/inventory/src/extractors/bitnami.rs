//! Bitnami's components: the list that its images carry beside, and before, a bill of materials for each.

use std::collections::BTreeMap;

use plimsoll_core::{PackageType, Problem, ProblemKind};
use serde_json::Value;

use crate::fields::package;
use crate::{Extraction, Extractor, Pattern, WantedFile};

pub(crate) static BITNAMI: Extractor = Extractor {
    id: "bitnami",
    summary: "Bitnami's components: `.bitnami_components.json`",
    patterns: &[Pattern::Path("opt/bitnami/.bitnami_components.json")],
    extract,
    makes_root: false,
    ..Extractor::RECORD
};

fn extract(file: &WantedFile<'_>) -> Extraction {
    let bytes = match file.bytes() {
        Ok(bytes) => bytes,
        Err(problem) => return Extraction::failed(problem),
    };
    let components: BTreeMap<String, Value> = match serde_json::from_slice(&bytes) {
        Ok(components) => components,
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            let detail = format!("no list of components at line {line}, column {column}");
            return Extraction::malformed(detail);
        }
    };
    let mut extraction = Extraction::default();
    let mut unusable = 0_usize;
    let most = file.limits.packages_per_file;
    for (name, component) in components.iter().take(most) {
        let version = component.get("version").and_then(Value::as_str);
        match package(PackageType::Bitnami, "component", (Some(name), version)) {
            Ok(package) => extraction.push(package),
            Err(_) => unusable += 1,
        }
    }
    if unusable > 0 {
        let detail = format!("{unusable} components without a name or a version");
        extraction.problems.push(Problem::new(ProblemKind::Malformed, detail));
    }
    if components.len() > most {
        let detail = format!("{} components, more than the {most} that are read", components.len());
        extraction.problems.push(Problem::new(ProblemKind::LimitExceeded, detail));
    }
    extraction
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{ImagePath, Limits};
    use proptest::prelude::*;

    use super::*;

    fn run(text: &str, limits: &Limits) -> Extraction {
        let path = ImagePath::new("opt/bitnami/.bitnami_components.json");
        let content = text.as_bytes().to_vec();
        extract(&WantedFile::whole(&path, &content, limits))
    }

    fn names(extraction: &Extraction) -> Vec<(&str, &str)> {
        extraction.packages().map(|one| (one.name.as_str(), one.version.as_str())).collect()
    }

    const LIST: &str = r#"{
        "redis": {"arch": "amd64", "distro": "debian-12", "type": "NAMI", "version": "7.2.4-3"},
        "wait-for-port": {"arch": "amd64", "version": "1.0.7-4"},
        "broken": {"arch": "amd64"}}"#;

    #[test]
    fn a_component_has_the_version_and_revision_of_its_bill_of_materials() {
        let extraction = run(LIST, &Limits::default());
        assert_eq!(names(&extraction), [("redis", "7.2.4-3"), ("wait-for-port", "1.0.7-4")]);
        assert_eq!(extraction.problems[0].detail, "1 components without a name or a version");
    }

    #[test]
    fn a_list_that_is_damaged_or_too_long_is_a_problem() {
        for text in ["", "[]", "{\"redis\": {"] {
            let extraction = run(text, &Limits::default());
            assert_eq!(extraction.problems[0].kind, ProblemKind::Malformed, "{text}");
        }
        let limits = Limits { packages_per_file: 2, ..Limits::default() };
        let extraction = run(LIST, &limits);
        assert_eq!(names(&extraction), [("redis", "7.2.4-3")]);
        assert_eq!(extraction.problems[1].kind, ProblemKind::LimitExceeded);
    }

    proptest! {
        #[test]
        fn any_text_ends(text: String) {
            let _ = run(&text, &Limits::default());
        }
    }
}
