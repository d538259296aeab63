//! Swift packages: what the package manager pinned, and what it fetched for a build.
//!
//! `Package.resolved` is SwiftPM's lock file (forms 1 to 3), `.build/workspace-state.json` its record of the checkouts beside it. A
//! package is known by the address of its repository, without scheme and `.git`: `github.com/apple/swift-nio`, as advisories have it.
//! A package of a registry has only its identity, `scope.name`.

use plimsoll_core::{ImagePath, PackageType};
use serde::Deserialize;
use serde_json::Value;

use crate::fields::{field, malformed};
use crate::{Candidate, Extraction, Extractor, FoundPackage, FoundState, Pattern, WantedFile};

pub(crate) static SWIFT: Extractor = Extractor {
    id: "swift",
    version: 1,
    summary: "Swift packages: Package.resolved, and the checkouts of a build",
    patterns: &[Pattern::Name("Package.resolved"), Pattern::PathEnd(".build/workspace-state.json")],
    wants,
    extract,
    ..Extractor::RECORD
};

/// A checkout brings the lock file of its own development, which nothing here is built by.
fn wants(candidate: &Candidate<'_>) -> bool {
    let is_checkout =
        |path: &str| path.ends_with("/checkouts") || path.ends_with("/SourcePackages");
    !candidate.path.ancestors().any(is_checkout)
}

fn extract(file: &WantedFile<'_>) -> Extraction {
    let text = match file.text() {
        Ok(text) => text,
        Err(problem) => return Extraction::failed(problem),
    };
    let document: Document = match serde_json::from_str(&text) {
        Ok(document) => document,
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            let detail = format!("not SwiftPM's JSON at line {line}, column {column}");
            return Extraction::malformed(detail);
        }
    };
    let mut found = Extraction::default();
    let object = document.object.unwrap_or_default();
    let is_state = file.path.file_name() != "Package.resolved";
    let entries = if is_state { object.dependencies } else { document.pins.or(object.pins) };
    let Some(entries) = entries else {
        return Extraction::malformed("SwiftPM's JSON without a list of packages");
    };
    let mut unusable = 0;
    for entry in entries.into_iter().take(file.limits.packages_per_file) {
        let read = if is_state { checkout(entry) } else { pin(entry) };
        match read {
            Some(Some(package)) => found.push(package),
            Some(None) => {}
            None => unusable += 1_usize,
        }
    }
    if unusable > 0 {
        found.problems.push(malformed(format!("{unusable} entries that name no package")));
    }
    found
}

/// Both files: the first forms wrap everything into `object`.
#[derive(Deserialize)]
struct Document {
    pins: Option<Vec<Value>>,
    object: Option<Object>,
}

#[derive(Default, Deserialize)]
struct Object {
    pins: Option<Vec<Value>>,
    dependencies: Option<Vec<Value>>,
}

#[derive(Default, Deserialize)]
struct State {
    version: Option<String>,
    revision: Option<String>,
}

#[derive(Deserialize)]
struct Pin {
    identity: Option<String>,
    kind: Option<String>,
    #[serde(alias = "repositoryURL")]
    location: Option<String>,
    #[serde(default)]
    state: State,
}

#[derive(Deserialize)]
struct Checkout {
    #[serde(rename = "packageRef")]
    package: PackageReference,
    state: CheckoutState,
}

#[derive(Deserialize)]
struct PackageReference {
    identity: Option<String>,
    kind: Option<String>,
    #[serde(alias = "path")]
    location: Option<String>,
}

#[derive(Deserialize)]
struct CheckoutState {
    #[serde(rename = "checkoutState")]
    checkout: Option<State>,
    /// Of a package from a registry.
    version: Option<String>,
}

/// `None` where the entry is not one, `Some(None)` for a package of the same project.
fn pin(entry: Value) -> Option<Option<FoundPackage>> {
    let pin: Pin = serde_json::from_value(entry).ok()?;
    let reference =
        PackageReference { identity: pin.identity, kind: pin.kind, location: pin.location };
    package(reference, pin.state, FoundState::Declared)
}

fn checkout(entry: Value) -> Option<Option<FoundPackage>> {
    let checkout: Checkout = serde_json::from_value(entry).ok()?;
    let registered = State { version: checkout.state.version, revision: None };
    let state = checkout.state.checkout.unwrap_or(registered);
    package(checkout.package, state, FoundState::Installed)
}

fn package(
    reference: PackageReference,
    state: State,
    found: FoundState,
) -> Option<Option<FoundPackage>> {
    let PackageReference { identity, kind, location } = reference;
    if matches!(kind.as_deref(), Some("local" | "localSourceControl" | "fileSystem" | "root")) {
        return Some(None);
    }
    let name = match location.filter(|location| !location.is_empty()) {
        Some(location) if kind.as_deref() != Some("registry") => repository(&location)?,
        _ => identity?,
    };
    // A branch has no version: then it is the commit.
    let version = state.version.or(state.revision)?;
    let mut package = FoundPackage::new(PackageType::Swift, field(&name)?, field(&version)?);
    package.state = found;
    Some(Some(package))
}

/// `host/path` of the address of a repository.
fn repository(location: &str) -> Option<String> {
    let (scheme, rest) = location.split_once("://").unwrap_or(("", location));
    let (host, path) = match rest.split_once('/') {
        // `git@github.com:apple/swift-nio.git`
        Some((host, path)) if scheme.is_empty() => match host.split_once(':') {
            Some((host, first)) => (host, format!("{first}/{path}")),
            None => (host, path.to_owned()),
        },
        other => other.map(|(host, path)| (host, path.to_owned()))?,
    };
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let host = host.split(':').next().unwrap_or(host).to_ascii_lowercase();
    let path = ImagePath::new(path.trim_end_matches('/').trim_end_matches(".git"));
    (!host.is_empty() && !path.is_root()).then(|| format!("{host}/{path}"))
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{Limits, ProblemKind};
    use proptest::prelude::*;

    use super::*;

    const LOCK: &str = "app/Package.resolved";
    const STATE: &str = "app/.build/workspace-state.json";

    fn run(path: &str, content: &[u8]) -> Extraction {
        let path = ImagePath::new(path);
        let content = content.to_vec();
        extract(&WantedFile::whole(&path, &content, &Limits::default()))
    }

    fn found(path: &str, content: &str) -> Vec<(String, String, FoundState)> {
        let extraction = run(path, content.as_bytes());
        assert_eq!(extraction.problems, [], "{content}");
        let packages = extraction.packages();
        packages.map(|one| (one.name.clone(), one.version.clone(), one.state)).collect()
    }

    #[test]
    fn a_package_is_the_address_of_its_repository() {
        for (location, name) in [
            ("https://github.com/apple/swift-nio.git", Some("github.com/apple/swift-nio")),
            ("https://GitHub.com/vapor/vapor", Some("github.com/vapor/vapor")),
            ("git@github.com:apple/swift-log.git", Some("github.com/apple/swift-log")),
            ("ssh://git@example.org:22/a/b.git/", Some("example.org/a/b")),
            ("https://user:secret@example.org/a", Some("example.org/a")),
            ("https://example.org/", None),
            ("nothing", None),
        ] {
            assert_eq!(repository(location).as_deref(), name, "{location}");
        }
    }

    #[test]
    fn the_lock_file_has_three_forms() {
        let name = || "github.com/apple/swift-nio".to_owned();
        let expected = [(name(), "2.62.0".to_owned(), FoundState::Declared)];
        for content in [
            r#"{"object":{"pins":[{"package":"swift-nio","repositoryURL":"https://github.com/apple/swift-nio.git",
                "state":{"branch":null,"revision":"702cd7c56d5d","version":"2.62.0"}}]},"version":1}"#,
            r#"{"pins":[{"identity":"swift-nio","kind":"remoteSourceControl","location":"https://github.com/apple/swift-nio.git",
                "state":{"revision":"702cd7c56d5d","version":"2.62.0"}}],"version":2}"#,
            r#"{"originHash":"6f","pins":[{"identity":"swift-nio","kind":"remoteSourceControl",
                "location":"https://github.com/apple/swift-nio","state":{"version":"2.62.0"}},
                {"identity":"mine","kind":"localSourceControl","location":"/src/mine","state":{"version":"1.0.0"}}],"version":3}"#,
        ] {
            assert_eq!(found(LOCK, content), expected, "{content}");
        }
    }

    #[test]
    fn a_branch_is_its_commit_and_a_registry_has_identities() {
        let content = r#"{"pins":[
            {"identity":"a","kind":"remoteSourceControl","location":"https://example.org/x/a.git",
             "state":{"branch":"main","revision":"0f1e"}},
            {"identity":"mona.LinkedList","kind":"registry","location":"mona.LinkedList","state":{"version":"1.1.1"}}],"version":2}"#;
        assert_eq!(
            found(LOCK, content),
            [
                ("example.org/x/a".to_owned(), "0f1e".to_owned(), FoundState::Declared),
                ("mona.LinkedList".to_owned(), "1.1.1".to_owned(), FoundState::Declared),
            ]
        );
    }

    #[test]
    fn checkouts_of_a_build_are_there() {
        let content = r#"{"object":{"artifacts":[],"dependencies":[
            {"basedOn":null,"packageRef":{"identity":"swift-log","kind":"remoteSourceControl","location":"https://github.com/apple/swift-log.git",
             "name":"swift-log"},
             "state":{"checkoutState":{"revision":"532d8b52","version":"1.5.3"},"name":"sourceControlCheckout"},"subpath":"swift-log"},
            {"basedOn":null,"packageRef":{"identity":"mine","kind":"fileSystem","location":"/src/mine","name":"mine"},
             "state":{"name":"fileSystem","path":"/src/mine"},"subpath":"mine"}]},"version":6}"#;
        let expected =
            ("github.com/apple/swift-log".to_owned(), "1.5.3".to_owned(), FoundState::Installed);
        assert_eq!(found(STATE, content), [expected]);
    }

    #[test]
    fn the_lock_file_of_a_checkout_counts_for_nothing() {
        for (path, expected) in [
            (LOCK, true),
            (STATE, true),
            ("app/.build/checkouts/swift-nio/Package.resolved", false),
        ] {
            let path = ImagePath::new(path);
            let candidate = Candidate { path: &path, mode: 0o644, size: 1, prefix: b"" };
            assert_eq!(wants(&candidate), expected, "{path}");
        }
    }

    #[test]
    fn a_broken_entry_is_counted_and_takes_no_other_along() {
        let content = r#"{"pins":[7,{"identity":"a","location":"https://example.org/x/a","state":{}},
            {"identity":"b","location":"https://example.org/x/b","state":{"version":"1"}}],"version":2}"#;
        let extraction = run(LOCK, content.as_bytes());
        assert_eq!(extraction.packages().count(), 1);
        assert_eq!(extraction.problems[0].detail, "2 entries that name no package");
    }

    #[test]
    fn what_cannot_be_read_is_a_problem() {
        for content in ["", "{}", "{\"pins\":[", "[1]", "{\"object\":{\"dependencies\":[]}}"] {
            let extraction = run(LOCK, content.as_bytes());
            assert_eq!(extraction.problems[0].kind, ProblemKind::Malformed, "{content}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_end(content: Vec<u8>) {
            let extraction = run(LOCK, &content);
            prop_assert!(extraction.facts.len() + extraction.problems.len() <= 1);
        }

        #[test]
        fn any_address_is_read(location in "(://|/|@|:|a|.git){0,12}") {
            repository(&location);
        }
    }
}
