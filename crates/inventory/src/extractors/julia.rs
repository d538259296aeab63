//! Julia packages in a depot, the standard libraries, and Julia itself.
//!
//! A depot (`~/.julia`) has each installed package as `packages/NAME/SLUG`, where the slug is made from its UUID and its tree (Pkg.jl,
//! "Glossary"). `Project.toml` says name and version. A standard library belongs to the Julia that brings it. A purl of this type
//! should also have the UUID, for which a package has no place here.

use plimsoll_core::{PackageType, Problem};

use crate::fields::{component, cpe, extraction, package, top_level};
use crate::{Candidate, Extraction, Extractor, FoundPackage, FoundState, Pattern, WantedFile};

pub(crate) static JULIA: Extractor = Extractor {
    id: "julia",
    version: 1,
    summary: "Julia packages of a depot, standard libraries; Julia itself",
    patterns: &[
        Pattern::Name("Project.toml"),
        Pattern::Name("JuliaProject.toml"),
        Pattern::PathEnd("include/julia/julia_version.h"),
    ],
    wants: |candidate: &Candidate<'_>| place(candidate).is_some(),
    extract,
    ..Extractor::RECORD
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Depot,
    StandardLibrary,
    Runtime,
}

fn place(candidate: &Candidate<'_>) -> Option<Place> {
    let path = candidate.path;
    if path.file_name() == "julia_version.h" {
        return Some(Place::Runtime);
    }
    if component(path, 3) == Some("packages") {
        // Four characters, five in depots of Julia 1.5 and later.
        let slug = component(path, 1)?;
        let is_slug = (4..=5).contains(&slug.len())
            && slug.bytes().all(|byte| byte.is_ascii_alphanumeric())
            && !["docs", "test", "tests"].contains(&slug);
        return is_slug.then_some(Place::Depot);
    }
    let is_library = component(path, 3) == Some("stdlib") && component(path, 2)?.starts_with('v');
    is_library.then_some(Place::StandardLibrary)
}

fn extract(file: &WantedFile<'_>) -> Extraction {
    let candidate = Candidate { path: file.path, mode: file.mode, size: file.size, prefix: b"" };
    let Some(place) = place(&candidate) else { return Extraction::default() };
    extraction(file.text().and_then(|text| match place {
        Place::Runtime => runtime(&text).map(Some),
        place => project(&text, place),
    }))
}

/// `None` for a standard library without a version: it is Julia's own in every way.
fn project(text: &str, place: Place) -> Result<Option<FoundPackage>, Problem> {
    // Tables follow the values of the top level.
    let end = text.find("\n[").unwrap_or(text.len());
    let top = text.get(..end).unwrap_or(text);
    let value =
        |wanted| top_level(top, '=').find_map(|(key, value)| (key == wanted).then_some(value));
    let version = value("version");
    if place == Place::StandardLibrary && version.is_none() && value("uuid").is_some() {
        return Ok(None);
    }
    let mut package = package(PackageType::Julia, "Project.toml", (value("name"), version))?;
    if place == Place::StandardLibrary {
        package.state = FoundState::Bundled;
    }
    Ok(Some(package))
}

fn runtime(text: &str) -> Result<FoundPackage, Problem> {
    let version = text.lines().find_map(|line| {
        line.trim().strip_prefix("#define JULIA_VERSION_STRING ")?.split('"').nth(1)
    });
    let mut package = package(PackageType::Generic, "julia_version.h", (Some("julia"), version))?;
    package.cpes = vec![cpe("julialang:julia", &package.version)];
    Ok(package)
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{ImagePath, Limits, ProblemKind};
    use proptest::prelude::*;

    use super::*;

    const DEPOT: &str = "root/.julia/packages/HTTP/sJD5V/Project.toml";
    const LIBRARY: &str = "usr/local/julia/share/julia/stdlib/v1.11/OpenSSL_jll/Project.toml";
    const RUNTIME: &str = "usr/local/julia/include/julia/julia_version.h";

    fn run(path: &str, content: &[u8]) -> Extraction {
        let path = ImagePath::new(path);
        let content = content.to_vec();
        extract(&WantedFile::whole(&path, &content, &Limits::default()))
    }

    fn found(path: &str, content: &str) -> Option<FoundPackage> {
        let extraction = run(path, content.as_bytes());
        assert_eq!(extraction.problems, [], "{content}");
        extraction.packages().next().cloned()
    }

    #[test]
    fn the_place_says_what_is_installed() {
        for (path, expected) in [
            (DEPOT, Some(Place::Depot)),
            ("opt/depot/packages/JSON/QXB8U/JuliaProject.toml", Some(Place::Depot)),
            (LIBRARY, Some(Place::StandardLibrary)),
            (RUNTIME, Some(Place::Runtime)),
            ("app/Project.toml", None),
            ("root/.julia/packages/HTTP/sJD5V/docs/Project.toml", None),
            ("srv/packages/a/tests/Project.toml", None),
            ("srv/packages/a/source/Project.toml", None),
        ] {
            let path = ImagePath::new(path);
            let candidate = Candidate { path: &path, mode: 0o644, size: 1, prefix: b"" };
            assert_eq!(place(&candidate), expected, "{path}");
        }
    }

    #[test]
    fn a_package_is_what_its_project_says() {
        let content = "name = \"HTTP\"\nuuid = \"cd3eb016-35fb-5094-929b-558a96fad6f3\"\nauthors = [\"a\", \"b\"]\n\
                       version = \"1.10.1\"\n\n[deps]\nversion = \"9\"\n";
        let package = found(DEPOT, content).unwrap();
        assert_eq!((package.name.as_str(), package.version.as_str()), ("HTTP", "1.10.1"));
        assert_eq!((package.kind.as_str(), package.state), ("julia", FoundState::Installed));
    }

    #[test]
    fn a_standard_library_is_a_part_of_julia() {
        let content = "name = \"OpenSSL_jll\"\nuuid = \"458c3c95-2e84-50aa-8efc-19380b2a3a95\"\nversion = \"3.0.15+1\"\n[deps]\n";
        let package = found(LIBRARY, content).unwrap();
        assert_eq!((package.version.as_str(), package.state), ("3.0.15+1", FoundState::Bundled));
        assert_eq!(found(LIBRARY, "name = \"Base64\"\nuuid = \"2a0f44e3\"\n"), None);
    }

    #[test]
    fn julia_itself_is_known_by_its_header() {
        let content = "#define JULIA_VERSION_STRING \"1.11.9\"\n#define JULIA_VERSION_MAJOR 1\n";
        let package = found(RUNTIME, content).unwrap();
        assert_eq!((package.name.as_str(), package.version.as_str()), ("julia", "1.11.9"));
        assert_eq!(package.cpes, ["cpe:2.3:a:julialang:julia:1.11.9:*:*:*:*:*:*:*"]);
    }

    #[test]
    fn what_cannot_be_read_is_a_problem() {
        for (path, content) in [
            (DEPOT, ""),
            (DEPOT, "name = \"HTTP\"\n[deps]\nversion = \"1\"\n"),
            (LIBRARY, "name = \"Base64\""),
            (RUNTIME, "#define JULIA_VERSION_MAJOR 1\n"),
        ] {
            let extraction = run(path, content.as_bytes());
            assert_eq!(extraction.packages().count(), 0, "{content}");
            assert_eq!(extraction.problems[0].kind, ProblemKind::Malformed, "{content}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_end(content: Vec<u8>) {
            for path in [DEPOT, LIBRARY, RUNTIME] {
                let extraction = run(path, &content);
                prop_assert!(extraction.facts.len() + extraction.problems.len() <= 1);
            }
        }
    }
}
