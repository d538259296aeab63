//! Node packages: the `package.json` of every package in a `node_modules` directory, and of what lies by itself: the application, tools
//! that were unpacked (Yarn in Node's own images), what corepack keeps.
//!
//! A package may hold many other files of that name: its tests are passed by, parts that only say `{"type": "module"}` name nothing, and
//! what it has copied into itself is bundled.

mod manifest;
mod yarn_cache;

use std::cmp::Ordering;

use manifest::Manifest;
use plimsoll_core::{ImagePath, PackageType, Problem, ProblemKind};

use super::vscode_extension;
use crate::roots::below_any_root;
use crate::{Candidate, Extraction, Extractor, FoundPackage, FoundState, Pattern, WantedFile};

pub(crate) static NODE: Extractor = Extractor {
    id: "node",
    version: 5,
    summary: "Node packages: node_modules, Debian's /usr/share/nodejs, the archives of Yarn's Plug'n'Play, and what lies by itself",
    patterns: &[Pattern::Name("package.json"), Pattern::Extension(".zip")],
    wants: |candidate: &Candidate<'_>| is_wanted(candidate.path),
    extract,
    ..Extractor::RECORD
};

/// Where Debian and its derivatives install what elsewhere lies in `node_modules`.
const DEBIAN_ROOTS: [&str; 2] = ["usr/share/nodejs", "usr/lib/nodejs"];
/// Directories of a package whose content is material for its tests, with whole made-up `node_modules` in it.
const TEST_DIRECTORIES: [&str; 14] = [
    "__fixtures__",
    "__mocks__",
    "__tests__",
    "benchmark",
    "benchmarks",
    "example",
    "examples",
    "fixture",
    "fixtures",
    "spec",
    "test",
    "test-fixtures",
    "testdata",
    "tests",
];
/// Directories of a package with what it shows to people, or what they begin with.
const SHOWN_DIRECTORIES: [&str; 8] =
    ["demo", "demos", "docs", "playground", "template", "templates", "website", "www"];
/// Those of them that nobody would call a directory in which an application lies.
const FIXTURE_DIRECTORIES: [&str; 7] =
    ["__fixtures__", "__mocks__", "__tests__", "fixture", "fixtures", "test-fixtures", "testdata"];
/// The registry's own bound on names (npm/validate-npm-package-name).
const LONGEST_NAME: usize = 214;
/// The bound of npm's own version parser (npm/node-semver, `MAX_LENGTH`).
const LONGEST_VERSION: usize = 256;

fn extract(file: &WantedFile<'_>) -> Extraction {
    if !is_wanted(file.path) {
        return Extraction::default();
    }
    if yarn_cache::is_archive(file.path) {
        return yarn_cache::extract(file);
    }
    let found = file.bytes().and_then(|bytes| manifest(&bytes));
    let found = match place(file.path) {
        None | Some(Place::Package) => found.and_then(|manifest| package(manifest).transpose()),
        Some(Place::Alone) => found.map(written_out),
        // Most of them are no package's, and what is none of JSON is nobody's.
        Some(Place::Inside) => Ok(found.ok().and_then(copied).map(|mut package| {
            package.state = FoundState::Bundled;
            package
        })),
    };
    crate::fields::extraction(found)
}

fn is_wanted(path: &ImagePath) -> bool {
    place(path).is_some() || yarn_cache::is_archive(path)
}

/// Where a `package.json` lies.
enum Place {
    /// At the top of an installed package.
    Package,
    /// In a directory of an installed package, as what that has copied into itself.
    Inside,
    /// In no `node_modules`.
    Alone,
}

fn place(path: &ImagePath) -> Option<Place> {
    if stands_alone(path) {
        return Some(Place::Alone);
    }
    in_package(path.as_str())
}

/// True for a `package.json` in no `node_modules`, which may be that of a package all the same.
fn stands_alone(path: &ImagePath) -> bool {
    let is_debian = DEBIAN_ROOTS.iter().any(|root| below_any_root(path.as_str(), root).is_some());
    let mut directories = path.parent().split('/');
    path.file_name() == "package.json"
        && !is_debian
        && vscode_extension::directory(path).is_none()
        && !directories.any(|name| name == "node_modules" || FIXTURE_DIRECTORIES.contains(&name))
}

/// The package, where its name and version are written out: what is to be filled in, as in templates, is none.
fn written_out(manifest: Manifest) -> Option<FoundPackage> {
    let version = manifest.version.as_deref()?.trim_start_matches(['v', '=']);
    let is_version = version.starts_with(|letter: char| letter.is_ascii_digit());
    is_version.then(|| package(manifest)?.ok())?
}

/// The package of a `package.json`; `None` where it names none.
fn found(bytes: &[u8]) -> Result<Option<FoundPackage>, Problem> {
    package(manifest(bytes)?).transpose()
}

fn manifest(bytes: &[u8]) -> Result<Manifest, Problem> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    serde_json::from_str(text).map_err(|error| {
        // The error's own text may quote the file at any length.
        let (line, column) = (error.line(), error.column());
        let detail = format!("not the JSON of a package at line {line}, column {column}");
        Problem::new(ProblemKind::Malformed, detail)
    })
}

/// The place of a `package.json` below a `node_modules`; `None` for any other file, and for material of a package's tests.
fn in_package(path: &str) -> Option<Place> {
    let debian = DEBIAN_ROOTS.iter().find_map(|root| below_any_root(path, root));
    let inside = debian.or_else(|| below_first_node_modules(path))?;
    // Every stretch between two `node_modules` is a package, perhaps with directories of that package; so is the last.
    let mut stretch: Vec<&str> = Vec::new();
    let is_of_tests = |stretch: &[&str]| {
        let directories = stretch.get(name_length(stretch)..).unwrap_or_default();
        let is_shown = |directory: &&str| SHOWN_DIRECTORIES.contains(directory);
        let is_of_tests = |directory: &&str| TEST_DIRECTORIES.contains(directory);
        directories.iter().any(|directory| is_of_tests(directory) || is_shown(directory))
    };
    for component in inside.split('/') {
        if component == "node_modules" {
            if is_of_tests(&stretch) {
                return None;
            }
            stretch.clear();
        } else {
            stretch.push(component);
        }
    }
    if stretch.pop() != Some("package.json") || stretch.is_empty() || is_of_tests(&stretch) {
        return None;
    }
    match stretch.len().cmp(&name_length(&stretch)) {
        Ordering::Less => None,
        Ordering::Equal => Some(Place::Package),
        Ordering::Greater => Some(Place::Inside),
    }
}

/// The package that another has copied into itself: not what only says how a directory of it is loaded, which is private, or is to be
/// filled in.
fn copied(manifest: Manifest) -> Option<FoundPackage> {
    let version = manifest.version.as_deref().unwrap_or_default();
    let is_placeholder = version.starts_with("0.0.0") || version.contains("PLACEHOLDER");
    if manifest.is_private || is_placeholder { None } else { written_out(manifest) }
}

/// True where the path is that of the `package.json` at the top of an installed package.
fn is_installed_package(path: &str) -> bool {
    matches!(in_package(path), Some(Place::Package))
}

fn below_first_node_modules(path: &str) -> Option<&str> {
    if let Some(inside) = path.strip_prefix("node_modules/") {
        return Some(inside);
    }
    const DIRECTORY: &str = "/node_modules/";
    path.find(DIRECTORY).and_then(|start| path.get(start + DIRECTORY.len()..))
}

/// How many components the name of the package has that these begin with: two with a scope.
fn name_length(components: &[&str]) -> usize {
    if components.first().is_some_and(|first| first.starts_with('@')) { 2 } else { 1 }
}

/// `None` where the file names no package: very common in directories that only set `"type"`.
fn package(manifest: Manifest) -> Option<Result<FoundPackage, Problem>> {
    let (name, version) = (manifest.name?, manifest.version?);
    let malformed = |detail: &str| Some(Err(Problem::new(ProblemKind::Malformed, detail)));
    if !is_name(&name) {
        return malformed("package.json whose name is not one of a package");
    }
    let is_version = !version.is_empty()
        && version.len() <= LONGEST_VERSION
        && !version.contains(char::is_control);
    if !is_version {
        return malformed("package.json whose version is not one");
    }
    let mut package = FoundPackage::new(PackageType::Npm, name, version);
    package.licenses = manifest.licenses;
    package.vendor = manifest.author;
    Some(Ok(package))
}

/// The rule of the registry for old names, which are a superset of today's: capitals and some punctuation are allowed.
fn is_name(name: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte))
    };
    let parts = match name.strip_prefix('@') {
        Some(scoped) => match scoped.split_once('/') {
            Some((scope, rest)) => is_part(scope) && is_part(rest),
            None => false,
        },
        None => is_part(name),
    };
    parts && name.len() <= LONGEST_NAME
}

#[cfg(test)]
mod tests {
    use plimsoll_core::Limits;
    use proptest::prelude::*;

    use super::*;
    use crate::Fact;

    const PATH: &str = "app/node_modules/lodash/package.json";

    fn run(path: &str, content: &[u8]) -> Extraction {
        let path = ImagePath::new(path);
        let content = content.to_vec();
        let limits = Limits::default();
        extract(&WantedFile::whole(&path, &content, &limits))
    }

    fn package(content: &str) -> Option<FoundPackage> {
        let extraction = run(PATH, content.as_bytes());
        assert_eq!(extraction.problems, [], "{content}");
        match extraction.facts.as_slice() {
            [] => None,
            [Fact::Package(package)] => Some((**package).clone()),
            facts => panic!("{facts:?}"),
        }
    }

    #[test]
    fn the_path_says_what_is_an_installed_package() {
        for (path, expected) in [
            ("node_modules/a/package.json", true),
            ("usr/lib/node_modules/npm/node_modules/@npmcli/arborist/package.json", true),
            ("usr/share/nodejs/acorn/package.json", true),
            ("usr/share/nodejs/@babel/core/package.json", true),
            ("usr/share/nodejs/npm/node_modules/chalk/package.json", true),
            ("app/node_modules/.pnpm/lodash@4.17.21/node_modules/lodash/package.json", true),
            ("app/node_modules/.store/a-npm-1.0.0-0a1b2c/node_modules/a/package.json", true),
            ("app/.yarn/unplugged/a-npm-1.0.0-0a1b2c/node_modules/@b/a/package.json", true),
            ("app/node_modules/a/dist/node_modules/b/package.json", true),
            ("app/test/node_modules/b/package.json", true),
            ("app/node_modules/test/package.json", true),
            ("app/package.json", false),
            ("app/node_modules/package.json", false),
            ("app/node_modules/@scope/package.json", false),
            ("app/node_modules/a/dist/package.json", false),
            ("app/node_modules/@scope/a/esm/package.json", false),
            ("usr/share/nodejs/package.json", false),
            ("usr/share/nodejs/yargs/helpers/package.json", false),
            ("app/my_node_modules/a/package.json", false),
        ] {
            assert_eq!(is_installed_package(path), expected, "{path}");
        }
    }

    #[test]
    fn what_a_package_has_copied_into_itself_is_bundled() {
        let vendored = run(
            "app/node_modules/a/vendor/left/package.json",
            br#"{"name":"left","version":"1.0.2"}"#,
        );
        let left = vendored.packages().next().unwrap();
        assert_eq!((left.name.as_str(), left.state), ("left", FoundState::Bundled));
        for content in [
            r#"{"type":"module"}"#,
            r#"{"name":"a","version":"{{version}}"}"#,
            r#"{"name":"dist","version":"1.0.0","private":true}"#,
            r#"{"name":"a","version":"0.0.0-PLACEHOLDER"}"#,
            "{",
        ] {
            let extraction = run("app/node_modules/a/dist/esm/package.json", content.as_bytes());
            assert_eq!((extraction.facts.len(), extraction.problems.len()), (0, 0), "{content}");
        }
    }

    #[test]
    fn packages_that_tests_of_a_package_make_up_are_not_installed() {
        for path in [
            "app/node_modules/resolve/test/resolver/baz/package.json",
            "app/node_modules/resolve/test/shadowed_core/node_modules/util/package.json",
            "app/node_modules/@a/b/src/__fixtures__/c/node_modules/@d/e/package.json",
            "usr/share/nodejs/enhanced-resolve/test/fixtures/node_modules/m/package.json",
        ] {
            assert!(run(path, br#"{"name":"a","version":"1.0.0"}"#).facts.is_empty(), "{path}");
        }
    }

    #[test]
    fn what_lies_by_itself_is_a_package_where_it_has_a_name_and_a_version() {
        const NAMED: &str = r#"{"name":"yarn","version":"1.22.22"}"#;
        for (path, content, expected) in [
            ("opt/yarn-v1.22.22/package.json", NAMED, true),
            ("package.json", NAMED, true),
            ("root/.cache/node/corepack/v1/pnpm/9.1.0/package.json", NAMED, true),
            ("usr/src/test/package.json", NAMED, true),
            ("app/src/__fixtures__/a/package.json", NAMED, false),
            ("srv/fixtures/package.json", NAMED, false),
            ("usr/share/nodejs/package.json", NAMED, false),
            ("app/node_modules/a/dist/package.json", NAMED, true),
            ("root/.vscode/extensions/acme.tool-1.0.0/package.json", NAMED, false),
            ("app/package.json", r#"{"name":"app"}"#, false),
            ("app/package.json", r#"{"name":"my app","version":"1.0.0"}"#, false),
            ("app/package.json", r#"{"name":"app","version":"{{ version }}"}"#, false),
        ] {
            let extraction = run(path, content.as_bytes());
            assert_eq!(!extraction.facts.is_empty(), expected, "{path} {content}");
            assert_eq!(extraction.problems, [], "{path} {content}");
        }
        assert_eq!(run("app/package.json", b"{\"name\":").problems.len(), 1);
    }

    #[test]
    fn the_name_is_the_one_in_the_file() {
        for (content, name, version) in [
            (r#"{"name":"lodash","version":"4.17.20"}"#, "lodash", "4.17.20"),
            ("\u{feff}{\"name\":\"@babel/core\",\"version\":\"7.0.0\"}", "@babel/core", "7.0.0"),
            (
                r#"{"name":"JSONStream","version":"v1.3.5","x":[{"y":null}]}"#,
                "JSONStream",
                "v1.3.5",
            ),
            (r#"{"name":"a","name":"b","version":"1","version":"2"}"#, "b", "2"),
        ] {
            let package = package(content).unwrap();
            assert_eq!((package.name.as_str(), package.version.as_str()), (name, version));
        }
    }

    #[test]
    fn the_author_is_a_text_or_an_object() {
        for (field, expected) in [
            (r#""author":"Jo <jo@example.com> (https://example.com)""#, Some("Jo")),
            (r#""author":{"name":"Jo","email":"jo@example.com"}"#, Some("Jo")),
            (r#""author":["Jo","Al"]"#, Some("Jo")),
            (r#""author":"<jo@example.com>""#, None),
            (r#""author":{"email":"jo@example.com"}"#, None),
            (r#""author":null"#, None),
        ] {
            let package = package(&format!(r#"{{"name":"a","version":"1.0.0",{field}}}"#)).unwrap();
            assert_eq!(package.vendor.as_deref(), expected, "{field}");
        }
    }

    #[test]
    fn a_package_json_without_name_and_version_is_nothing() {
        for content in
            ["{}", r#"{"type":"module"}"#, r#"{"name":"a"}"#, r#"{"name":["a"],"version":{"a":1}}"#]
        {
            assert_eq!(package(content), None, "{content}");
        }
    }

    #[test]
    fn licenses_come_in_four_forms() {
        for (field, expected) in [
            (r#""license":"MIT""#, vec!["MIT"]),
            (r#""license":{"type":"BSD","url":"https://example.com"}"#, vec!["BSD"]),
            (r#""licenses":[{"type":"MIT"},{"type":"Apache2"},"MIT"]"#, vec!["MIT", "Apache2"]),
            (r#""license":["ISC",["MIT"]],"licenses":"ISC""#, vec!["ISC", "MIT"]),
            (r#""license":null"#, vec![]),
            (r#""license":false,"licenses":3.5"#, vec![]),
            (r#""license":{"type":{"type":"MIT"}}"#, vec![]),
        ] {
            let package = package(&format!(r#"{{"name":"a","version":"1.0.0",{field}}}"#)).unwrap();
            assert_eq!(package.licenses, expected, "{field}");
        }
    }

    #[test]
    fn unusable_files_are_problems() {
        let deep = format!(r#"{{"license":{}"#, "[".repeat(100_000));
        for content in [
            "",
            "null",
            "[1]",
            "{\"name\":\"a\",",
            r#"{"name":"../../etc","version":"1"}"#,
            r#"{"name":"@/b","version":"1"}"#,
            r#"{"name":"a","version":""}"#,
            r#"{"name":"a","version":"1\u001b[2J"}"#,
            &deep,
        ] {
            let extraction = run(PATH, content.as_bytes());
            assert!(extraction.facts.is_empty(), "{content}");
            assert_eq!(extraction.problems[0].kind, ProblemKind::Malformed);
        }
    }

    #[test]
    fn a_problem_does_not_quote_the_file() {
        let extraction = run(PATH, format!("\"{}\"", "x".repeat(10_000)).as_bytes());
        assert!(extraction.problems[0].detail.len() < 100);
    }

    proptest! {
        #[test]
        fn any_bytes_end(content: Vec<u8>) {
            let extraction = run(PATH, &content);
            prop_assert!(extraction.facts.len() + extraction.problems.len() <= 1);
        }

        #[test]
        fn any_json_ends(content in r#"\{("(name|version|license|licenses|x)":("[a-z]"|\[\{"type":"a"\},1\]|null|-1e9),?){0,6}\}"#) {
            let extraction = run(PATH, content.as_bytes());
            prop_assert!(extraction.facts.len() + extraction.problems.len() <= 1);
        }

        #[test]
        fn any_path_is_decided(path in "(node_modules|@?[a-z.]{1,3}|test|package.json|/){0,12}") {
            is_installed_package(&path);
        }
    }
}
