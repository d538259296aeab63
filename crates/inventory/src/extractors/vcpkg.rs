//! C and C++ libraries that vcpkg installed: its database is stanzas as in dpkg's (microsoft/vcpkg-tool, "status").
//!
//! What changed since the database was last written lies beside it, in `updates`, until vcpkg runs again, so that the newest packages
//! of an image are often only there. A port's own revision follows the version: `1.2.11#13`. A purl has no type for ports yet, so
//! they are generic: `vcpkg/NAME`.

use plimsoll_core::{PackageType, Problem, ProblemKind};

use crate::fields::{component, field, malformed, package, top_level};
use crate::{Candidate, Extraction, Extractor, FoundPackage, Pattern, WantedFile};

pub(crate) static VCPKG: Extractor = Extractor {
    id: "vcpkg",
    version: 1,
    summary: "C and C++ libraries that vcpkg installed",
    patterns: &[Pattern::PathEnd("vcpkg/status"), Pattern::NameStart("0000")],
    wants,
    extract,
    ..Extractor::RECORD
};

fn wants(candidate: &Candidate<'_>) -> bool {
    let path = candidate.path;
    path.file_name() == "status"
        || (component(path, 1) == Some("updates") && component(path, 2) == Some("vcpkg"))
}

fn extract(file: &WantedFile<'_>) -> Extraction {
    let text = match file.text() {
        Ok(text) => text.replace("\r\n", "\n"),
        Err(problem) => return Extraction::failed(problem),
    };
    let mut found = Extraction::default();
    let mut unusable = 0_usize;
    for stanza in text.split("\n\n").filter(|stanza| !stanza.trim().is_empty()) {
        if found.facts.len() >= file.limits.packages_per_file {
            let detail = format!("more than {} packages", file.limits.packages_per_file);
            found.problems.push(Problem::new(ProblemKind::LimitExceeded, detail));
            break;
        }
        match installed(stanza) {
            Ok(Some(package)) => found.push(package),
            Ok(None) => {}
            Err(_) => unusable += 1,
        }
    }
    if unusable > 0 {
        found.problems.push(malformed(format!("{unusable} stanzas without a package")));
    }
    found
}

/// `None` for what was removed, and for the features of a port: they have its version.
fn installed(stanza: &str) -> Result<Option<FoundPackage>, Problem> {
    let value =
        |wanted| top_level(stanza, ':').find_map(|(key, value)| (key == wanted).then_some(value));
    let name = value("Package").and_then(field).map(|name| format!("vcpkg/{name}"));
    if value("Feature").is_some() && name.is_some() {
        return Ok(None);
    }
    let version = value("Version").map(|version| match value("Port-Version") {
        Some(port) if port != "0" => format!("{version}#{port}"),
        _ => version.to_owned(),
    });
    let mut package =
        package(PackageType::Generic, "stanza", (name.as_deref(), version.as_deref()))?;
    package.arch = value("Architecture").and_then(field).map(str::to_owned);
    let is_installed = value("Status") == Some("install ok installed");
    Ok(is_installed.then_some(package))
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{ImagePath, Limits};
    use proptest::prelude::*;

    use super::*;

    fn run(content: &[u8]) -> Extraction {
        let path = ImagePath::new("opt/vcpkg/installed/vcpkg/status");
        let content = content.to_vec();
        extract(&WantedFile::whole(&path, &content, &Limits::default()))
    }

    #[test]
    fn the_database_and_its_updates_are_wanted() {
        for (path, expected) in [
            ("opt/vcpkg/installed/vcpkg/status", true),
            ("src/build/vcpkg_installed/vcpkg/updates/0000000001", true),
            ("src/updates/0000000001", false),
            ("var/cache/00001", false),
        ] {
            let path = ImagePath::new(path);
            let candidate = Candidate { path: &path, mode: 0o644, size: 1, prefix: b"" };
            assert_eq!(wants(&candidate), expected, "{path}");
        }
    }

    #[test]
    fn installed_ports_have_their_revision() {
        let content = "Package: zlib\nVersion: 1.3.1\nArchitecture: x64-linux\nMulti-Arch: same\n\
            Abi: 0f1e\nStatus: install ok installed\n\n\
                       Package: curl\r\nVersion: 8.5.0\r\nPort-Version: 2\r\nDepends: zlib\r\nStatus: install ok installed\r\n\r\n\
                       Package: curl\nFeature: ssl\nArchitecture: x64-linux\nStatus: install ok installed\n\n\n\
                       Package: old\nVersion: 1\nStatus: purge ok not-installed\n";
        let extraction = run(content.as_bytes());
        assert_eq!(extraction.problems, []);
        let packages: Vec<_> = extraction.packages().collect();
        let names: Vec<_> =
            packages.iter().map(|one| (one.name.as_str(), one.version.as_str())).collect();
        assert_eq!(names, [("vcpkg/zlib", "1.3.1"), ("vcpkg/curl", "8.5.0#2")]);
        assert_eq!(packages[0].arch.as_deref(), Some("x64-linux"));
    }

    #[test]
    fn a_broken_stanza_takes_no_other_along() {
        let extraction =
            run(b"garbage\n\nPackage: a\nVersion: 1\nStatus: install ok installed\n\nPackage: b\n");
        assert_eq!(extraction.packages().count(), 1);
        assert_eq!(extraction.problems[0].detail, "2 stanzas without a package");
    }

    proptest! {
        #[test]
        fn any_bytes_end(content: Vec<u8>) {
            prop_assert!(run(&content).problems.len() <= 1);
        }
    }
}
