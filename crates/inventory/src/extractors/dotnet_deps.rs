//! .NET programs and shared runtimes: what a `NAME.deps.json` says was put beside them.
//!
//! Written by the SDK for the host (github.com/dotnet/sdk, documentation/specs/runtime-configuration-file.md). A package that gives the
//! runtime nothing, no assembly and no native library, was needed only to compile, or only to bring others: it is not listed, as the
//! host would not look for it either.

use std::collections::BTreeMap;

use plimsoll_core::{ImagePath, PackageType, PathHash, Problem, ProblemKind};
use serde::Deserialize;
use serde_json::Value;

use crate::{Extraction, Extractor, FoundPackage, Pattern, WantedFile};

pub(crate) static DOTNET_DEPS: Extractor = Extractor {
    id: "dotnet-deps",
    version: 2,
    summary: ".NET: packages of a program or shared runtime (`*.deps.json`)",
    patterns: &[Pattern::Extension(".deps.json")],
    extract,
    ..Extractor::RECORD
};

/// What a self-contained program has instead of a shared runtime begins so.
const RUNTIME_PACK: &str = "runtimepack.";
/// What a package gives the runtime.
const ASSETS: [&str; 4] = ["runtime", "native", "resources", "runtimeTargets"];

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Dependencies {
    #[serde(default)]
    runtime_target: Value,
    /// By target; in each the libraries, `NAME/VERSION`.
    #[serde(default)]
    targets: BTreeMap<String, Value>,
    /// By `NAME/VERSION`.
    #[serde(default)]
    libraries: BTreeMap<String, Value>,
}

fn extract(file: &WantedFile<'_>) -> Extraction {
    match file.bytes() {
        Ok(bytes) => read(file, &bytes),
        Err(problem) => Extraction::failed(problem),
    }
}

/// Reads a list that says what was put beside `file`, or into it.
pub(super) fn read(file: &WantedFile<'_>, bytes: &[u8]) -> Extraction {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let found: Dependencies = match serde_json::from_slice(text) {
        Ok(found) => found,
        Err(error) => return Extraction::malformed(format!("no list of dependencies: {error}")),
    };
    let target = found.target();
    let mut lister = Lister {
        file,
        extraction: Extraction::default(),
        paths_left: file.limits.owned_paths_per_file,
        unusable: 0,
    };
    if found.libraries.is_empty() {
        // Without the list that tells packages from projects, what the target names still lies there.
        for (library, assets) in target.iter().flat_map(|target| *target) {
            if has_assets(assets) {
                lister.library(library, Some(assets));
            }
        }
    }
    for (library, description) in &found.libraries {
        let kind = description.get("type").and_then(Value::as_str).unwrap_or_default();
        let assets = target.map(|target| target.get(library));
        let is_there = match (kind, assets) {
            // Assemblies to compile against.
            ("referenceassembly", _) => false,
            // The program itself, and what was built with it.
            ("project", _) | (_, None) => true,
            (_, Some(Some(assets))) => has_assets(assets),
            // Another target's, or listed alone: that it is not there is not said.
            (_, Some(None)) => !found.is_in_a_target(library),
        };
        if is_there {
            lister.library(library, assets.flatten());
        }
    }
    lister.finish()
}

impl Dependencies {
    fn is_in_a_target(&self, library: &str) -> bool {
        self.targets.values().any(|target| target.get(library).is_some())
    }

    /// What is there when it runs; `None` where the file does not say it.
    fn target(&self) -> Option<&serde_json::Map<String, Value>> {
        // The first versions wrote the name alone.
        let name = self.runtime_target.get("name").unwrap_or(&self.runtime_target).as_str()?;
        self.targets.get(name)?.as_object()
    }
}

fn has_assets(library: &Value) -> bool {
    assets(library).next().is_some()
}

/// The files that a library gives the runtime, by their names in its package.
fn assets(library: &Value) -> impl Iterator<Item = &str> {
    let lists = ASSETS.iter().filter_map(|kind| library.get(kind)?.as_object());
    // `_._` stands for nothing.
    lists.flat_map(|list| list.keys()).map(String::as_str).filter(|name| !name.ends_with("/_._"))
}

struct Lister<'a> {
    file: &'a WantedFile<'a>,
    extraction: Extraction,
    paths_left: usize,
    unusable: usize,
}

impl Lister<'_> {
    fn library(&mut self, library: &str, assets: Option<&Value>) {
        let named = library.split_once('/');
        let Some((name, version)) =
            named.filter(|(name, version)| !name.is_empty() && !version.is_empty())
        else {
            self.unusable += 1;
            return;
        };
        let name = name.strip_prefix(RUNTIME_PACK).unwrap_or(name);
        let mut package = FoundPackage::new(PackageType::Nuget, name, version);
        package.owned_paths = assets.map(|assets| self.places(assets)).unwrap_or_default();
        self.extraction.push(package);
    }

    /// Where the files of a library lie: beside the list where they were chosen for the platform, else at their path in the package.
    fn places(&mut self, library: &Value) -> Vec<PathHash> {
        let directory = self.file.path.parent();
        let mut places = Vec::new();
        for asset in assets(library) {
            let name = asset.rsplit_once('/').map_or(asset, |(_, name)| name);
            let in_package = (name != asset).then_some(asset);
            for relative in [Some(name), in_package].into_iter().flatten() {
                let Some(left) = self.paths_left.checked_sub(1) else { return places };
                self.paths_left = left;
                places.push(ImagePath::new(&format!("{directory}/{relative}")).hash());
            }
        }
        places
    }

    fn finish(mut self) -> Extraction {
        if self.unusable > 0 {
            let detail = format!("{} libraries without a name or a version", self.unusable);
            self.extraction.problems.push(Problem::new(ProblemKind::Malformed, detail));
        }
        if self.paths_left == 0 {
            let detail =
                format!("more than {} files of packages", self.file.limits.owned_paths_per_file);
            self.extraction.problems.push(Problem::new(ProblemKind::LimitExceeded, detail));
        }
        self.extraction
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_core::Limits;
    use proptest::prelude::*;

    use super::*;
    use crate::FoundState;

    fn run(path: &str, text: &str) -> Extraction {
        let limits = Limits::default();
        let content = text.as_bytes().to_vec();
        extract(&WantedFile::whole(&ImagePath::new(path), &content, &limits))
    }

    fn names(extraction: &Extraction) -> Vec<(&str, &str)> {
        let packages = extraction.packages();
        packages.map(|found| (found.name.as_str(), found.version.as_str())).collect()
    }

    const SELF_CONTAINED: &str = r#"{
        "runtimeTarget": {"name": ".NETCoreApp,Version=v8.0/linux-x64", "signature": ""},
        "targets": {
            ".NETCoreApp,Version=v8.0": {"Only.To.Compile/1.0.0": {"compile": {"ref/x.dll": {}}}},
            ".NETCoreApp,Version=v8.0/linux-x64": {
                "Shop/2.1.0": {
                    "dependencies": {"Dapper": "2.1.35"},
                    "runtime": {"Shop.dll": {}}
                },
                "runtimepack.Microsoft.NETCore.App.Runtime.linux-x64/8.0.1": {
                    "runtime": {"System.Text.Json.dll": {"assemblyVersion": "8.0.0.0"}},
                    "native": {"libcoreclr.so": {"fileVersion": "0.0.0.0"}}
                },
                "Dapper/2.1.35": {"runtime": {"lib/net7.0/Dapper.dll": {}}},
                "SQLitePCLRaw.lib.e_sqlite3/2.1.6": {"native": {"runtimes/linux-x64/native/libe_sqlite3.so": {}}},
                "Humanizer.Core.fr/2.14.1": {"resources": {"lib/net6.0/fr/Humanizer.resources.dll": {"locale": "fr"}}},
                "System.Buffers/4.5.1": {"runtime": {"lib/netcoreapp2.0/_._": {}}},
                "Microsoft.NETCore.Platforms/1.1.0": {},
                "Microsoft.CodeAnalysis.Analyzers/3.3.4": {"compile": {"ref/x.dll": {}}},
                "Vendored/1.0.0.0": {"runtime": {"Vendored.dll": {}}}
            }
        },
        "libraries": {
            "Shop/2.1.0": {"type": "project", "serviceable": false, "sha512": ""},
            "runtimepack.Microsoft.NETCore.App.Runtime.linux-x64/8.0.1": {"type": "runtimepack"},
            "Dapper/2.1.35": {"type": "package", "path": "dapper/2.1.35"},
            "SQLitePCLRaw.lib.e_sqlite3/2.1.6": {"type": "package"},
            "Humanizer.Core.fr/2.14.1": {"type": "package"},
            "System.Buffers/4.5.1": {"type": "package"},
            "Microsoft.NETCore.Platforms/1.1.0": {"type": "package"},
            "Microsoft.CodeAnalysis.Analyzers/3.3.4": {"type": "package"},
            "Microsoft.CSharp.Reference/4.0.6.0": {"type": "referenceassembly"},
            "Only.To.Compile/1.0.0": {"type": "package"},
            "In.No.Target/1.3.0": {"type": "package"},
            "Vendored/1.0.0.0": {"type": "reference"}
        }}"#;

    #[test]
    fn a_program_is_listed_with_its_runtime_and_what_it_loads() {
        let extraction = run("app/Shop.deps.json", SELF_CONTAINED);
        let expected = [
            ("Dapper", "2.1.35"),
            ("Humanizer.Core.fr", "2.14.1"),
            ("In.No.Target", "1.3.0"),
            ("SQLitePCLRaw.lib.e_sqlite3", "2.1.6"),
            ("Shop", "2.1.0"),
            ("Vendored", "1.0.0.0"),
            ("Microsoft.NETCore.App.Runtime.linux-x64", "8.0.1"),
        ];
        assert_eq!(names(&extraction), expected);
        assert_eq!(extraction.problems, []);
        assert!(extraction.packages().all(|found| found.state == FoundState::Installed));
        let owned: Vec<_> = (extraction.packages())
            .find(|found| found.name == "Dapper")
            .map(|found| found.owned_paths.clone())
            .unwrap();
        let expected = ["app/Dapper.dll", "app/lib/net7.0/Dapper.dll"].map(ImagePath::new);
        assert_eq!(owned, expected.map(|path| path.hash()));
    }

    #[test]
    fn the_shared_runtime_is_the_package_that_it_came_as() {
        let text = r#"{"runtimeTarget": {"name": ".NETCoreApp,Version=v8.0/linux-x64"},
            "targets": {".NETCoreApp,Version=v8.0/linux-x64": {
                "Microsoft.NETCore.App.Runtime.linux-x64/8.0.1": {"runtime": {"System.dll": {}}}}},
            "libraries": {
                "Microsoft.NETCore.App.Runtime.linux-x64/8.0.1": {"type": "package"}}}"#;
        let path =
            "usr/share/dotnet/shared/Microsoft.NETCore.App/8.0.1/Microsoft.NETCore.App.deps.json";
        let expected = [("Microsoft.NETCore.App.Runtime.linux-x64", "8.0.1")];
        assert_eq!(names(&run(path, text)), expected);
    }

    #[test]
    fn what_the_file_does_not_say_leaves_nothing_out() {
        for (text, expected) in [
            // The target that runs is not described: nobody knows what it loads.
            (
                r#"{"runtimeTarget": {"name": "b"}, "targets": {"a": {}},
                    "libraries": {"A/1.0.0": {"type": "package"}}}"#,
                &[("A", "1.0.0")][..],
            ),
            (
                r#"{"runtimeTarget": "a", "targets": {"a": {"A/1.0.0": {}}},
                    "libraries": {"A/1.0.0": {"type": "package"}}}"#,
                &[],
            ),
            (
                r#"{"runtimeTarget": {"name": "a"},
                    "targets": {"a": {"A/1.0.0": {"runtime": {"lib/A.dll": {}}}, "B/1.0.0": {}}}}"#,
                &[("A", "1.0.0")],
            ),
            ("\u{feff}{\"libraries\": {\"A/1.0.0\": {\"type\": \"package\"}}}", &[("A", "1.0.0")]),
            (r#"{"dependencies": []}"#, &[]),
        ] {
            let extraction = run("app/a.deps.json", text);
            assert_eq!(names(&extraction), expected, "{text}");
            assert_eq!(extraction.problems, [], "{text}");
        }
    }

    #[test]
    fn one_unreadable_library_does_not_lose_the_others_and_a_damaged_file_is_a_problem() {
        let text = r#"{"libraries": {"A": {"type": "package"}, "/1": 7, "B/2.0.0": 3}}"#;
        let extraction = run("app/a.deps.json", text);
        assert_eq!(names(&extraction), [("B", "2.0.0")]);
        assert_eq!(extraction.problems[0].detail, "2 libraries without a name or a version");
        let extraction = run("app/a.deps.json", &SELF_CONTAINED[..500]);
        assert_eq!((extraction.facts.len(), extraction.problems.len()), (0, 1));
    }

    proptest! {
        #[test]
        fn any_text_ends(text: String, at in 0..SELF_CONTAINED.len(), byte: u8) {
            let _ = run("app/a.deps.json", &text);
            let mut bytes = SELF_CONTAINED.as_bytes().to_vec();
            bytes[at] = byte;
            let _ = run("app/a.deps.json", &String::from_utf8_lossy(&bytes));
        }
    }
}
