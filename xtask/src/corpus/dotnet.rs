//! `fixtures/dotnet`: lists of dependencies and Windows files. The expectations stand here: they were read from the files with other
//! tools, `pefile` and `dnfile` of Python for the Windows files.

use std::path::Path;

use anyhow::{Result, ensure};

use super::case::Case;
use super::{difference, entries, file_name, fixture};

/// What each file says that is there: names and versions of NuGet packages.
type Expected = (&'static str, &'static [(&'static str, &'static str)]);

const EXPECTED: &[Expected] = &[
    ("scalibr-HelloWorldApp.dll", &[("HelloWorldApp", "1.0.0")]),
    ("scalibr-HelloWorldApp.exe", &[("HelloWorldApp", "1.0.0")]),
    (
        "trivy-ambiguous-root.deps.json",
        &[("Newtonsoft.Json", "13.0.3"), ("Web", "1.0.0"), ("Worker", "1.0.0")],
    ),
    ("trivy-happy.deps.json", &[("ExampleApp1", "1.0.0"), ("Newtonsoft.Json", "13.0.1")]),
    // The target that it runs as is not described, so nothing is left out.
    ("trivy-missing-target.deps.json", &[("ExampleApp1", "1.0.0"), ("Newtonsoft.Json", "13.0.1")]),
    (
        "trivy-multi-project.deps.json",
        &[("Api", "1.0.0"), ("Data", "1.0.0"), ("Newtonsoft.Json", "13.0.3"), ("Web", "1.0.0")],
    ),
    // Only what the target has is known.
    ("trivy-no-libraries.deps.json", &[("ExampleApp1", "1.0.0"), ("Newtonsoft.Json", "13.0.1")]),
    // Four packages give the runtime nothing; one is listed and of no target.
    (
        "trivy-without-runtime.deps.json",
        &[
            ("JsonDiffPatch", "2.0.61"),
            ("Libuv", "1.9.1"),
            ("System.Collections.Immutable", "1.3.0"),
            ("hello2", "1.0.0"),
        ],
    ),
];

pub fn cases(folder: &Path) -> Result<Vec<Case>> {
    let cases = entries(folder)?.into_iter().map(|path| {
        let name = file_name(&path);
        let case = format!("fixtures/dotnet/{name}");
        match EXPECTED.iter().find(|(file, _)| *file == name) {
            Some((_, expected)) => Case::new(case, move || check(&path, expected)),
            None => Case::skipped(case, "has no expectation here"),
        }
    });
    Ok(cases.collect())
}

fn check(path: &Path, expected: &[(&str, &str)]) -> Result<String> {
    let extracted = fixture::extract(&format!("app/{}", file_name(path)), &fixture::bytes(path)?)?;
    ensure!(extracted.problems.is_empty(), "problems: {:?}", extracted.problems);
    let other = extracted.packages.iter().find(|package| package.kind != "nuget");
    ensure!(other.is_none(), "of another type: {other:?}");
    let found = extracted.packages.iter();
    difference::same(
        expected.iter().copied(),
        found.map(|package| (package.name.as_str(), package.version.as_str())),
    )?;
    Ok(format!("packages: {}", expected.len()))
}
