//! Julia projects: the packages that a `Manifest.toml` was resolved to (Pkg.jl, "Manifest.toml").
//!
//! A standard library has no version of its own there: it is Julia's, which newer manifests state. A package that is developed beside
//! the project may have none.

use plimsoll_core::PackageType;

use super::locked::{Locked, is_of_a_project, tables};
use crate::fields::top_level;
use crate::{Extraction, Extractor, Pattern, WantedFile};

pub(crate) static JULIA_MANIFEST: Extractor = Extractor {
    id: "julia-manifest",
    version: 3,
    summary: "Julia projects and environments: the packages of `Manifest.toml`, as declared",
    patterns: &[Pattern::Name("Manifest.toml"), Pattern::Name("JuliaManifest.toml")],
    wants: |candidate| is_of_a_project(candidate.path),
    extract,
    ..Extractor::RECORD
};

fn extract(file: &WantedFile<'_>) -> Extraction {
    let text = match file.text() {
        Ok(text) => text.replace("\r\n", "\n"),
        Err(problem) => return Extraction::failed(problem),
    };
    let mut locked = Locked::new(PackageType::Julia, file.limits);
    let head = text.split("\n[").next().unwrap_or_default();
    let julia =
        top_level(head, '=').find_map(|(key, value)| (key == "julia_version").then_some(value));
    for (name, values) in tables(&text) {
        // The first form had no `deps` around them.
        let name = name.strip_prefix("deps.").unwrap_or(name);
        let value = |wanted: &str| {
            top_level(values, '=').find_map(|(key, value)| (key == wanted).then_some(value))
        };
        // Other tools call files so, too: a package of Julia has its identity.
        if value("uuid").is_some() {
            match value("version").or(julia.filter(|_| is_of_julia(&value))) {
                Some(version) => locked.push((Some(name), Some(version)), None),
                None => locked.push_unversioned(name),
            }
        }
    }
    locked.finish()
}

/// True for a package without a place of its own: one that is developed beside the project has a path, and any other a tree in git.
fn is_of_julia<'t>(value: &dyn Fn(&str) -> Option<&'t str>) -> bool {
    ["git-tree-sha1", "path", "repo-url"].iter().all(|key| value(key).is_none())
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{ImagePath, Limits};
    use proptest::prelude::*;

    use super::*;

    fn run(text: &str, limits: &Limits) -> Extraction {
        let path = ImagePath::new("app/Manifest.toml");
        let content = text.as_bytes().to_vec();
        extract(&WantedFile::whole(&path, &content, limits))
    }

    const NEW: &str = "julia_version = \"1.10.4\"\nmanifest_format = \"2.0\"\n\n\
        [[deps.Dates]]\ndeps = [\"Printf\"]\nuuid = \"ade2ca70-3891-5945-98fb-dc099432e06a\"\n\n\
        [[deps.HTTP]]\ndeps = [\"Dates\"]\ngit-tree-sha1 = \"d1d7\"\nuuid = \"cd3eb016\"\nversion = \"1.10.8\"\n\n\
            [deps.HTTP.extensions]\n    X = \"Y\"\n\n\
        [[deps.Mine]]\npath = \"dev/Mine\"\nuuid = \"0\"\n\n\
        [[deps.JSON]]\nuuid = \"682c06a0\"\nversion = \"0.21.4\"\n";

    fn rows(extraction: &Extraction) -> Vec<(&str, &str)> {
        assert_eq!(extraction.problems, []);
        extraction.packages().map(|one| (one.name.as_str(), one.version.as_str())).collect()
    }

    #[test]
    fn a_standard_library_of_an_old_manifest_has_no_version() {
        let text = "# This file is machine-generated\n\n[[Dates]]\ndeps = [\"Printf\"]\nuuid = \"ade2ca70\"\n\n\
            [[Dates]]\nuuid = \"ade2ca70\"\n\n[[JSON]]\nuuid = \"682c06a0\"\nversion = \"0.21.4\"\n";
        let extraction = run(text, &Limits::default());
        assert_eq!(rows(&extraction), [("Dates", ""), ("JSON", "0.21.4")]);
    }

    #[test]
    fn packages_are_declared() {
        let old = NEW.replace("[[deps.", "[[");
        for text in [NEW, &old] {
            let extraction = run(text, &Limits::default());
            let expected =
                [("Dates", "1.10.4"), ("HTTP", "1.10.8"), ("Mine", ""), ("JSON", "0.21.4")];
            assert_eq!(rows(&extraction), expected);
        }
    }

    #[test]
    fn another_tools_manifest_is_nothing_and_one_too_long_a_problem() {
        for text in ["", "name = \"x\"\n", "[[bin]]\nversion = \"1\"\n"] {
            let extraction = run(text, &Limits::default());
            assert_eq!((extraction.facts.len(), extraction.problems.len()), (0, 0), "{text}");
        }
        let limits = Limits { packages_per_file: 1, ..Limits::default() };
        assert_eq!(run(NEW, &limits).problems.len(), 1);
        let limits = Limits { text_bytes: 10, ..Limits::default() };
        assert_eq!(run(NEW, &limits).problems.len(), 1);
    }

    proptest! {
        #[test]
        fn any_text_ends(text: String) {
            let _ = run(&format!("[[deps.A]]\n{text}"), &Limits::default());
        }
    }
}
