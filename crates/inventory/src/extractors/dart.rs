//! Dart packages: pub's cache, the packages that a project was resolved to, and the SDKs of Dart and Flutter themselves.
//!
//! pub keeps a package of a registry as `hosted/HOST/NAME-VERSION` in its cache (dart.dev, "Package layout"); a project's
//! `.dart_tool/package_config.json` says where each package lies, and so which version it is. Programs compiled ahead of time hold none
//! of this.

use plimsoll_core::{PackageType, Problem};
use serde::Deserialize;
use serde_json::Value;

use crate::fields::{
    component, cpe, extraction, field, malformed, name_and_version, package, top_level,
};
use crate::{Candidate, Extraction, Extractor, FoundPackage, FoundState, Pattern, WantedFile};

pub(crate) static DART: Extractor = Extractor {
    id: "dart",
    version: 1,
    summary: "Dart packages: pub's cache, resolved projects; the SDKs of Dart and Flutter",
    patterns: &[
        Pattern::Name("pubspec.yaml"),
        Pattern::PathEnd(".dart_tool/package_config.json"),
        Pattern::PathEnd("dart-sdk/version"),
        Pattern::PathEnd("lib/dart/version"),
        Pattern::PathEnd("flutter/version"),
        Pattern::PathEnd("bin/cache/flutter.version.json"),
    ],
    wants,
    extract,
    ..Extractor::RECORD
};

fn wants(candidate: &Candidate<'_>) -> bool {
    candidate.path.file_name() != "pubspec.yaml" || component(candidate.path, 3) == Some("hosted")
}

fn extract(file: &WantedFile<'_>) -> Extraction {
    let text = match file.text() {
        Ok(text) => text,
        Err(problem) => return Extraction::failed(problem),
    };
    match file.path.file_name() {
        "pubspec.yaml" => extraction(cached(&text, component(file.path, 1).unwrap_or_default())),
        "package_config.json" => resolved(&text, file.limits.packages_per_file),
        "flutter.version.json" => extraction(flutter(&text).map(Some)),
        _ => {
            let name = if component(file.path, 1) == Some("flutter") { "flutter" } else { "dart" };
            extraction(sdk(name, &text).map(Some))
        }
    }
}

/// Name and version are the directory's, which pub made from what it resolved; the file has to agree.
fn cached(text: &str, directory: &str) -> Result<Option<FoundPackage>, Problem> {
    let Some((name, version)) = name_and_version(directory) else { return Ok(None) };
    let value =
        |wanted| top_level(text, ':').find_map(|(key, value)| (key == wanted).then_some(value));
    if value("name") != Some(name) || value("version") != Some(version) {
        return Err(malformed("pubspec.yaml of another package than its directory in pub's cache"));
    }
    package(PackageType::Pub, "pubspec.yaml", (Some(name), Some(version))).map(Some)
}

#[derive(Deserialize)]
struct PackageConfig {
    packages: Vec<Value>,
}

#[derive(Deserialize)]
struct Resolved {
    name: String,
    #[serde(rename = "rootUri")]
    root: String,
}

/// Packages of the project itself, of the SDK and of repositories have no version here.
fn resolved(text: &str, most: usize) -> Extraction {
    let config: PackageConfig = match serde_json::from_str(text) {
        Ok(config) => config,
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            let detail =
                format!("not the JSON of resolved packages at line {line}, column {column}");
            return Extraction::malformed(detail);
        }
    };
    let mut found = Extraction::default();
    let mut unusable = 0;
    for entry in config.packages.into_iter().take(most) {
        let Ok(entry) = serde_json::from_value::<Resolved>(entry) else {
            unusable += 1_usize;
            continue;
        };
        let hosted = entry.root.split_once("/hosted/").map(|(_, rest)| rest);
        let directory = hosted.and_then(|hosted| hosted.split('/').nth(1));
        // The address escapes what a version may have: `1.0.0%2B1`.
        let directory =
            directory.map(|directory| directory.replace("%2B", "+").replace("%2b", "+"));
        let parts = directory.as_deref().and_then(name_and_version);
        if let Some((name, version)) = parts.filter(|(name, _)| *name == entry.name)
            && let (Some(name), Some(version)) = (field(name), field(version))
        {
            let mut package = FoundPackage::new(PackageType::Pub, name, version);
            package.state = FoundState::Declared;
            found.push(package);
        }
    }
    if unusable > 0 {
        found.problems.push(malformed(format!("{unusable} entries that name no package")));
    }
    found
}

#[derive(Deserialize)]
struct FlutterVersion {
    #[serde(rename = "frameworkVersion")]
    version: String,
}

fn flutter(text: &str) -> Result<FoundPackage, Problem> {
    match serde_json::from_str::<FlutterVersion>(text) {
        Ok(stated) => sdk("flutter", &stated.version),
        Err(_) => Err(malformed("not the JSON of Flutter's version")),
    }
}

/// A version of Dart may be followed by the day of the build.
fn sdk(name: &str, text: &str) -> Result<FoundPackage, Problem> {
    let version = text
        .split_whitespace()
        .next()
        .filter(|version| version.starts_with(|first: char| first.is_ascii_digit()));
    let mut package = package(PackageType::Generic, "SDK", (Some(name), version))?;
    if name == "dart" {
        package.cpes = vec![cpe("dart:dart_software_development_kit", &package.version)];
    }
    Ok(package)
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{ImagePath, Limits, ProblemKind};
    use proptest::prelude::*;

    use super::*;

    const CACHED: &str = "root/.pub-cache/hosted/pub.dev/http-1.2.0/pubspec.yaml";
    const CONFIG: &str = "app/.dart_tool/package_config.json";

    fn run(path: &str, content: &[u8]) -> Extraction {
        let path = ImagePath::new(path);
        let content = content.to_vec();
        extract(&WantedFile::whole(&path, &content, &Limits::default()))
    }

    fn found(path: &str, content: &str) -> Vec<FoundPackage> {
        let extraction = run(path, content.as_bytes());
        assert_eq!(extraction.problems, [], "{content}");
        extraction.packages().cloned().collect()
    }

    #[test]
    fn of_pubspecs_only_those_of_the_cache_are_wanted() {
        for (path, expected) in [
            (CACHED, true),
            ("root/.pub-cache/hosted/pub.dev/http-1.2.0/example/pubspec.yaml", false),
            ("app/pubspec.yaml", false),
            (CONFIG, true),
            ("usr/lib/dart/version", true),
        ] {
            let path = ImagePath::new(path);
            let candidate = Candidate { path: &path, mode: 0o644, size: 1, prefix: b"" };
            assert_eq!(wants(&candidate), expected, "{path}");
        }
    }

    #[test]
    fn a_cached_package_is_what_its_directory_and_its_pubspec_say() {
        let package =
            &found(CACHED, "name: http\nversion: 1.2.0 # stable\nenvironment:\n  sdk: ^3.2.0\n")[0];
        assert_eq!((package.name.as_str(), package.version.as_str()), ("http", "1.2.0"));
        assert_eq!((package.kind.as_str(), package.state), ("pub", FoundState::Installed));
        let path = "c/hosted/pub.dartlang.org/a_b-2.0.0-nullsafety.1+3/pubspec.yaml";
        assert_eq!(found(path, "version: \"2.0.0-nullsafety.1+3\"\nname: a_b\n").len(), 1);
        for content in ["", "name: http\n", "name: other\nversion: 1.2.0\n"] {
            assert_eq!(run(CACHED, content.as_bytes()).problems[0].kind, ProblemKind::Malformed);
        }
    }

    #[test]
    fn a_resolved_project_names_the_packages_of_its_registry() {
        let content = r#"{"configVersion":2,"packages":[
            {"name":"http","rootUri":"file:///root/.pub-cache/hosted/pub.dev/http-1.2.0","packageUri":"lib/"},
            {"name":"b","rootUri":"file:///root/.pub-cache/hosted/pub.dev/b-1.0.0%2B1","packageUri":"lib/"},
            {"name":"flutter","rootUri":"file:///opt/flutter/packages/flutter","packageUri":"lib/"},
            {"name":"mine","rootUri":"../","packageUri":"lib/"}],"generator":"pub"}"#;
        let packages = found(CONFIG, content);
        let names: Vec<_> =
            packages.iter().map(|one| (one.name.as_str(), one.version.as_str())).collect();
        assert_eq!(names, [("http", "1.2.0"), ("b", "1.0.0+1")]);
        assert_eq!(packages[0].state, FoundState::Declared);
        let extraction =
            run(CONFIG, br#"{"packages":[1,{"name":"a","rootUri":"x/hosted/h/a-1"}]}"#);
        assert_eq!((extraction.packages().count(), extraction.problems.len()), (1, 1));
    }

    #[test]
    fn the_sdks_say_their_versions() {
        for (path, content, name, version) in [
            ("usr/lib/dart/version", "3.5.2\n", "dart", "3.5.2"),
            ("opt/dart-sdk/version", "3.6.0-216.1.beta (Wed)\n", "dart", "3.6.0-216.1.beta"),
            ("opt/flutter/version", "3.10.6", "flutter", "3.10.6"),
            (
                "opt/flutter/bin/cache/flutter.version.json",
                r#"{"frameworkVersion":"3.24.0","channel":"stable","dartSdkVersion":"3.5.0"}"#,
                "flutter",
                "3.24.0",
            ),
        ] {
            let package = &found(path, content)[0];
            assert_eq!((package.name.as_str(), package.version.as_str()), (name, version));
        }
    }

    #[test]
    fn what_cannot_be_read_is_a_problem() {
        for (path, content) in [
            (CONFIG, "{\"packages\":["),
            ("usr/lib/dart/version", "unknown"),
            ("opt/flutter/bin/cache/flutter.version.json", "{}"),
        ] {
            let extraction = run(path, content.as_bytes());
            assert_eq!(extraction.packages().count(), 0, "{content}");
            assert_eq!(extraction.problems[0].kind, ProblemKind::Malformed, "{content}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_end(content: Vec<u8>) {
            for path in [CACHED, CONFIG, "lib/dart/version", "bin/cache/flutter.version.json"] {
                let extraction = run(path, &content);
                prop_assert!(extraction.facts.len() + extraction.problems.len() <= 1);
            }
        }
    }
}
