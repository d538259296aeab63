//! .NET projects: the packages that a `packages.lock.json` was resolved to, and those that the older `packages.config` or a
//! `Directory.Packages.props` names.
//!
//! Sources: NuGet's documentation, "Enabling a lock file", "packages.config reference", "Central Package Management".

use plimsoll_core::PackageType;
use serde_json::Value;

use super::locked::{Locked, is_of_a_project};
use crate::fields::malformed;
use crate::xml::{Part, Parts, Tag};
use crate::{Extraction, Extractor, Pattern, WantedFile};

pub(crate) static NUGET_LOCK: Extractor = Extractor {
    id: "nuget-lock",
    version: 2,
    summary: ".NET projects left in an image: `packages.lock.json`, `packages.config`, `Directory.Packages.props`, as declared",
    patterns: &[
        Pattern::Name("packages.lock.json"),
        Pattern::Name("packages.config"),
        Pattern::Extension(".props"),
    ],
    wants: |candidate| {
        let name = candidate.path.file_name();
        (!name.ends_with(".props") || is_central(name)) && is_of_a_project(candidate.path)
    },
    extract,
    ..Extractor::RECORD
};

/// The elements of MSBuild that name a package.
const CENTRAL: [&[u8]; 3] = [b"PackageVersion", b"GlobalPackageReference", b"PackageReference"];

fn extract(file: &WantedFile<'_>) -> Extraction {
    let bytes = match file.bytes() {
        Ok(bytes) => bytes,
        Err(problem) => return Extraction::failed(problem),
    };
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let mut locked = Locked::new(PackageType::Nuget, file.limits);
    let name = file.path.file_name();
    let (tags, is_whole) = if name.ends_with(".json") { (Vec::new(), true) } else { tags(bytes) };
    let read = match name {
        "packages.config" => configured(&tags, &mut locked),
        _ if is_central(name) => central(&tags, &mut locked),
        _ => resolved(bytes, &mut locked),
    };
    if read.is_none() {
        return Extraction::malformed("no list of NuGet's packages");
    }
    let mut extraction = locked.finish();
    if !is_whole {
        extraction.problems.push(malformed("a list of packages that is broken off"));
    }
    extraction
}

/// By target framework, the packages with the version that was resolved; projects beside this one have none.
fn resolved(bytes: &[u8], locked: &mut Locked) -> Option<()> {
    let document: Value = serde_json::from_slice(bytes).ok()?;
    for packages in document.get("dependencies")?.as_object()?.values() {
        for (name, package) in packages.as_object()? {
            let text = |key: &str| package.get(key).and_then(Value::as_str);
            let is_project = text("type").is_some_and(|kind| kind.eq_ignore_ascii_case("project"));
            if !is_project {
                locked.push((Some(name), text("resolved")), None);
            }
        }
    }
    Some(())
}

/// `Directory.Packages.props` by convention, and `Packages.props` of older tools.
fn is_central(file_name: &str) -> bool {
    file_name.to_ascii_lowercase().ends_with("packages.props")
}

/// The tags of an XML document, and whether it is whole.
fn tags(bytes: &[u8]) -> (Vec<Tag<'_>>, bool) {
    let (mut tags, mut open) = (Vec::new(), 0_usize);
    for part in Parts(bytes) {
        match part {
            Part::Open(tag) => {
                open += 1;
                tags.push(tag);
            }
            Part::Empty(tag) => tags.push(tag),
            Part::Close => open = open.saturating_sub(1),
            Part::Text(_) => {}
        }
    }
    (tags, open == 0)
}

/// What only those who develop the project need is left out.
fn configured(tags: &[Tag<'_>], locked: &mut Locked) -> Option<()> {
    let list = tags.iter().position(|tag| tag.name == b"packages")?;
    for tag in tags.iter().skip(list).filter(|tag| tag.name == b"package") {
        if tag.attribute("developmentDependency").is_none_or(|text| text != "true") {
            let (name, version) = (tag.attribute("id"), tag.attribute("version"));
            locked.push((name.as_deref(), version.as_deref()), None);
        }
    }
    Some(())
}

/// The versions that a repository's projects share. One that is computed (`$(Version)`), a range, or only referred to is nobody's here.
fn central(tags: &[Tag<'_>], locked: &mut Locked) -> Option<()> {
    tags.first().filter(|tag| tag.name == b"Project")?;
    for tag in tags.iter().filter(|tag| CENTRAL.contains(&tag.name)) {
        let name = tag.attribute("Include").or_else(|| tag.attribute("Update"));
        let (Some(name), Some(stated)) = (name, tag.attribute("Version")) else { continue };
        // `[1.5.0]` is that version and no other.
        let version = stated.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let version = version.unwrap_or(&stated).trim();
        let is_written_out =
            |text: &str| !text.is_empty() && !text.contains(['$', '*', '[', '(', ',']);
        if is_written_out(&name) && is_written_out(version) {
            locked.push((Some(&name), Some(version)), None);
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{ImagePath, Limits};
    use proptest::prelude::*;

    use super::*;

    const LOCK: &str = r#"{"version": 1, "dependencies": {
        "net8.0": {
            "Dapper": {"type": "Direct", "requested": "[2.1.0, )", "resolved": "2.1.35"},
            "Shop.Core": {"type": "Project", "dependencies": {"Dapper": "[2.1.35, )"}},
            "Odd": {"type": "Transitive"}},
        "net8.0/linux-x64": {"Dapper": {"type": "Direct", "resolved": "2.1.35"}}}}"#;
    const CONFIG: &str = r#"<?xml version="1.0" encoding="utf-8"?><packages>
        <package id="NUnit" version="3.14.0" developmentDependency="true" />
        <package id="log4net" version="2.0.8" targetFramework="net48"/>
        <package id="broken"></package></packages>"#;

    fn run(name: &str, text: &str, limits: &Limits) -> Extraction {
        let path = ImagePath::new(&format!("src/{name}"));
        let content = text.as_bytes().to_vec();
        extract(&WantedFile::whole(&path, &content, limits))
    }

    fn names(extraction: &Extraction) -> Vec<(&str, &str)> {
        extraction.packages().map(|one| (one.name.as_str(), one.version.as_str())).collect()
    }

    #[test]
    fn each_package_is_named_once() {
        for (name, text, expected) in [
            ("packages.lock.json", LOCK, ("Dapper", "2.1.35")),
            ("packages.config", CONFIG, ("log4net", "2.0.8")),
        ] {
            let extraction = run(name, text, &Limits::default());
            assert_eq!(names(&extraction), [expected]);
            assert_eq!(extraction.problems[0].detail, "1 entries without a name or a version");
            let limits = Limits { packages_per_file: 0, ..Limits::default() };
            assert_eq!(run(name, text, &limits).problems.len(), 2);
        }
    }

    #[test]
    fn shared_versions_are_read_where_they_are_written_out() {
        let text = r#"<Project><PropertyGroup><V>1.0</V></PropertyGroup><ItemGroup>
            <PackageVersion Include="Newtonsoft.Json" Version="13.0.3" />
            <PackageVersion Include="Serilog"  Version="$(V)"></PackageVersion>
            <PackageVersion Include="A" Version="[1.0,2.0)"/><PackageVersion Include="B" Version="1.*"/>
            <PackageVersion Include="" Version="1.0"/><PackageVersion Include="C" Version="[1.5.0]"/>
            <GlobalPackageReference Update="Nerdbank.GitVersioning" Version="3.5.109"/>
            <PackageReference Include="Dapper"/></ItemGroup></Project>"#;
        let extraction = run("Directory.Packages.props", text, &Limits::default());
        assert_eq!(
            names(&extraction),
            [("Newtonsoft.Json", "13.0.3"), ("C", "1.5.0"), ("Nerdbank.GitVersioning", "3.5.109")]
        );
        assert_eq!(extraction.problems, []);
        let cut = run("Directory.Packages.props", &text[..200], &Limits::default());
        assert_eq!(cut.problems.len(), 1);
    }

    #[test]
    fn what_is_no_list_is_a_problem() {
        for (name, text) in [
            ("packages.lock.json", "{}"),
            ("packages.lock.json", &LOCK[..90]),
            ("packages.config", "<configuration/>"),
            ("packages.config", "<packages><package id="),
            ("packages.config", ""),
        ] {
            let extraction = run(name, text, &Limits::default());
            assert_eq!((extraction.facts.len(), extraction.problems.len()), (0, 1), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_ends(text: String) {
            let _ = run("packages.config", &format!("<packages>{text}"), &Limits::default());
            let _ = run("packages.lock.json", &text, &Limits::default());
        }
    }
}
