//! Debian packages: dpkg's status file, the `status.d` of distroless images, and the lists of files that each package owns.

use plimsoll_core::PackageType;

use super::deb822::{self, Stanza, split_source};
use super::lines::{lines, owned, text};
use crate::{Extraction, Extractor, FoundPackage, Pattern, WantedFile};

pub(crate) static DPKG: Extractor = Extractor {
    id: "dpkg",
    version: 2,
    summary: "Debian packages, with the files that they own: dpkg's status, distroless status.d",
    patterns: &[
        Pattern::Path("var/lib/dpkg/status"),
        Pattern::Below("var/lib/dpkg/status.d", ""),
        Pattern::Below("var/lib/dpkg/info", ".list"),
        Pattern::Below("var/lib/dpkg/info", ".md5sums"),
    ],
    extract,
    ..Extractor::RECORD
};

/// How the files of a package's control archive end that are no record of it (`deb-control`(5), `dpkg`(1)).
const SCRIPTS: [&str; 10] = [
    ".conffiles",
    ".config",
    ".postinst",
    ".postrm",
    ".preinst",
    ".prerm",
    ".shlibs",
    ".symbols",
    ".templates",
    ".triggers",
];

fn extract(file: &WantedFile<'_>) -> Extraction {
    let bytes = match file.bytes() {
        Ok(bytes) => bytes,
        Err(problem) => return Extraction::failed(problem),
    };
    let name = file.path.file_name();
    let limit = file.limits.owned_paths_per_file;
    if let Some(package) = name.strip_suffix(".md5sums") {
        return owned(package, lines(&bytes).filter_map(path_of_checksum), limit);
    }
    if let Some(package) = name.strip_suffix(".list") {
        return owned(package, lines(&bytes), limit);
    }
    // Some builds put a package's other files beside its record.
    if SCRIPTS.iter().any(|ending| name.ends_with(ending)) {
        return Extraction::default();
    }
    deb822::packages(&bytes, file.limits.packages_per_file, package)
}

/// The path in a line of md5sum(1): 32 hexadecimal digits, a space, a space or `*`, the path.
fn path_of_checksum(line: &[u8]) -> Option<&[u8]> {
    let (digest, rest) = line.split_at_checked(32)?;
    let path = rest.strip_prefix(b"  ").or_else(|| rest.strip_prefix(b" *"))?;
    // Without an early end the digits are looked at many at a time.
    digest.iter().fold(true, |so_far, byte| so_far & byte.is_ascii_hexdigit()).then_some(path)
}

fn package(stanza: &Stanza<'_>) -> Option<FoundPackage> {
    let (name, version) = (text(stanza.name?), text(stanza.version?));
    let (source_name, source_version) = match stanza.source {
        Some(source) => split_source(&text(source)),
        None => (name.clone(), None),
    };
    Some(FoundPackage {
        arch: stanza.architecture.map(text),
        source_name: Some(source_name),
        // A source package has its binary package's version where nothing else is said.
        source_version: Some(source_version.unwrap_or_else(|| version.clone())),
        vendor: stanza.maintainer.map(text),
        ..FoundPackage::new(PackageType::Deb, name, version)
    })
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{ImagePath, Limits, PathHash, ProblemKind};
    use plimsoll_testkit::dpkg;
    use proptest::prelude::*;

    use super::*;
    use crate::{Fact, Owned};

    fn extract_with(path: &str, content: &str, limits: &Limits) -> Extraction {
        let path = ImagePath::new(path);
        let content = content.as_bytes().to_vec();
        extract(&WantedFile::whole(&path, &content, limits))
    }

    fn extract_at(path: &str, content: &str) -> Extraction {
        extract_with(path, content, &Limits::default())
    }

    fn found(extraction: &Extraction) -> Vec<&FoundPackage> {
        extraction.packages().collect()
    }

    fn hashes(paths: &[&str]) -> Vec<PathHash> {
        paths.iter().map(|path| ImagePath::hash_of(path)).collect()
    }

    #[test]
    fn every_field_of_a_stanza_is_read() {
        let package = dpkg::Package::new("libc6", "1:2.36-9+deb12u4").source("glibc");
        let extraction = extract_at("var/lib/dpkg/status", &dpkg::status(&[package]));
        assert!(extraction.problems.is_empty());
        let expected = FoundPackage {
            arch: Some("amd64".into()),
            source_name: Some("glibc".into()),
            source_version: Some("1:2.36-9+deb12u4".into()),
            vendor: Some("Debian Maintainers <maintainers@example.com>".into()),
            ..FoundPackage::new(PackageType::Deb, "libc6", "1:2.36-9+deb12u4")
        };
        assert_eq!(found(&extraction), [&expected]);
    }

    #[test]
    fn a_source_may_carry_its_own_version() {
        for (source, name, version) in [
            ("glibc", "glibc", None),
            ("util-linux (2.38.1-5)", "util-linux", Some("2.38.1-5")),
            ("gcc-12(12.2.0-14)", "gcc-12", Some("12.2.0-14")),
            ("odd ()", "odd", None),
            ("odd (1", "odd", Some("1")),
        ] {
            assert_eq!(split_source(source), (name.into(), version.map(str::to_owned)), "{source}");
        }
    }

    #[test]
    fn packages_whose_files_are_there_count() {
        for (status, installed) in [
            (Some("install ok installed"), true),
            (Some("deinstall reinstreq installed"), true),
            (Some("hold  ok\tinstalled"), true),
            (Some("deinstall ok config-files"), false),
            (Some("install ok unpacked"), false),
            (Some("install ok half-configured"), true),
            (Some("install ok triggers-pending"), true),
            (Some("install ok triggers-awaited"), true),
            (Some("install reinstreq half-installed"), false),
            (Some("purge ok not-installed"), false),
            (Some("installed"), false),
            (None, true),
        ] {
            let package = dpkg::Package::new("one", "1").status(status);
            let extraction = extract_at("var/lib/dpkg/status", &dpkg::status(&[package]));
            assert_eq!(found(&extraction).len(), usize::from(installed), "{status:?}");
            assert!(extraction.problems.is_empty(), "{status:?}");
        }
    }

    #[test]
    fn a_continuation_line_that_looks_like_a_field_is_text() {
        let status =
            "Package: one\nVersion: 1\nDescription: text\n Version: 2\n .\n\tSource: other\n\n";
        let extraction = extract_at("var/lib/dpkg/status", status);
        assert_eq!(found(&extraction)[0].version, "1");
        assert_eq!(found(&extraction)[0].source_name.as_deref(), Some("one"));
    }

    #[test]
    fn line_ends_of_windows_and_a_missing_last_line_end_are_read() {
        let status = "Package: one\r\nVersion: 1\r\n\r\n\r\nPackage: two\r\nVersion: 2";
        let extraction = extract_at("var/lib/dpkg/status", status);
        let names: Vec<_> =
            found(&extraction).iter().map(|package| package.name.as_str()).collect();
        assert_eq!(names, ["one", "two"]);
    }

    #[test]
    fn records_without_a_name_or_a_version_are_told() {
        let status = "Package: \nVersion: 1\n\nPackage: two\n\nPackage: three\nVersion: 3\n\n\
            Package: four\nStatus: deinstall ok config-files\n\n";
        let extraction = extract_at("var/lib/dpkg/status", status);
        assert_eq!(found(&extraction).len(), 1);
        assert_eq!(extraction.problems[0].detail, "2 records without a name or a version");
    }

    #[test]
    fn distroless_packages_need_no_status() {
        let package = dpkg::Package::new("libsqlite3-0", "3.34.1-3")
            .source("sqlite3")
            .files(&["/usr/lib/libsqlite3.so.0"]);
        let files = dpkg::distroless(&[package]);
        let [(status_path, status), (sums_path, sums)] = files.as_slice() else {
            panic!("two files")
        };
        let extraction = extract_at(status_path, status);
        assert_eq!(found(&extraction)[0].source_name.as_deref(), Some("sqlite3"));
        let owned =
            Owned { package: "libsqlite3-0".into(), paths: hashes(&["usr/lib/libsqlite3.so.0"]) };
        assert_eq!(extract_at(sums_path, sums).facts, [Fact::Owns(owned)]);
        let script =
            extract_at("var/lib/dpkg/status.d/libsqlite3-0.preinst", "#!/bin/sh\nset -e\n");
        assert_eq!((script.facts.len(), script.problems.len()), (0, 0));
    }

    #[test]
    fn lists_own_files_under_the_name_with_its_architecture() {
        let list = "/.\n/usr\n/usr/lib\n/usr/lib/libc.so.6\n/usr/share/doc/a b\n";
        let extraction = extract_at("var/lib/dpkg/info/libc6:amd64.list", list);
        let owned = Owned {
            package: "libc6:amd64".into(),
            paths: hashes(&["usr", "usr/lib", "usr/lib/libc.so.6", "usr/share/doc/a b"]),
        };
        assert_eq!(extraction.facts, [Fact::Owns(owned)]);
    }

    #[test]
    fn lines_that_are_no_checksum_own_nothing() {
        for (line, path) in [
            ("07d31e7e63800ab1b7966980709c51eb  usr/bin/a", Some("usr/bin/a")),
            ("07d31e7e63800ab1b7966980709c51eb *usr/bin/a", Some("usr/bin/a")),
            ("07d31e7e63800ab1b7966980709c51e  usr/bin/a", None),
            ("zzz31e7e63800ab1b7966980709c51eb  usr/bin/a", None),
            ("", None),
        ] {
            let extraction = extract_at("var/lib/dpkg/info/a.md5sums", line);
            assert_eq!(extraction.facts.is_empty(), path.is_none(), "{line}");
        }
    }

    #[test]
    fn the_limits_are_kept_and_told() {
        let packages: Vec<_> =
            ["one", "two", "three"].map(|name| dpkg::Package::new(name, "1")).into();
        let limits = Limits { packages_per_file: 2, owned_paths_per_file: 1, ..Limits::default() };
        let extraction = extract_with("var/lib/dpkg/status", &dpkg::status(&packages), &limits);
        assert_eq!(found(&extraction).len(), 2);
        assert_eq!(extraction.problems[0].kind, ProblemKind::LimitExceeded);
        let extraction = extract_with("var/lib/dpkg/info/a.list", "/.\n/a\n/b\n", &limits);
        assert_eq!(extraction.problems[0].kind, ProblemKind::LimitExceeded);
        let extraction = extract_with("var/lib/dpkg/info/a.list", "/.\n/a\n", &limits);
        assert!(extraction.problems.is_empty());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(text in "(Package|Version|Source|Status|[ -~])?:?[ -~\\n\\r\\t(]{0,60}\\PC{0,9}") {
            for path in ["var/lib/dpkg/status", "var/lib/dpkg/info/a.list", "var/lib/dpkg/info/a.md5sums"] {
                extract_at(path, &text);
            }
        }
    }
}
