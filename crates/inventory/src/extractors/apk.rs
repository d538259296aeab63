//! Alpine packages: apk's database of installed packages.
//!
//! A record is a run of `X:value` lines, ended by an empty line (apk-tools, `apk-package(5)`). `F:` opens a directory and each `R:`
//! names a file in it.

use plimsoll_core::{ImagePath, PackageType, Problem, ProblemKind};

use crate::{Extraction, Extractor, Fact, FoundPackage, Pattern, WantedFile};

pub(crate) static APK: Extractor = Extractor {
    id: "apk",
    version: 1,
    summary: "Alpine packages, with the files that they own: apk's installed database",
    patterns: &[
        Pattern::Path("lib/apk/db/installed"),
        // Where the directories below the root are links into `usr`.
        Pattern::Path("usr/lib/apk/db/installed"),
    ],
    extract,
    ..Extractor::RECORD
};

fn extract(file: &WantedFile<'_>) -> Extraction {
    match file.bytes() {
        Ok(bytes) => {
            let mut reader = Reader {
                packages_left: file.limits.packages_per_file,
                paths_left: file.limits.owned_paths_per_file,
                path_bytes: file.limits.path_bytes,
                ..Reader::default()
            };
            reader.read(&bytes);
            reader.finish()
        }
        Err(problem) => Extraction::failed(problem),
    }
}

#[derive(Default)]
struct Reader {
    extraction: Extraction,
    packages_left: usize,
    paths_left: usize,
    path_bytes: usize,
    /// Lines that are no field, and records without a name or a version.
    bad_lines: usize,
    bad_records: usize,
    too_many_packages: bool,
    too_many_paths: bool,
    long_paths: usize,
}

/// One record as far as it was read.
#[derive(Default)]
struct Record<'a> {
    any_field: bool,
    name: Option<&'a [u8]>,
    version: Option<&'a [u8]>,
    architecture: Option<&'a [u8]>,
    origin: Option<&'a [u8]>,
    license: Option<&'a [u8]>,
    maintainer: Option<&'a [u8]>,
    directory: &'a [u8],
    owned_paths: Vec<u64>,
}

impl Reader {
    fn read(&mut self, bytes: &[u8]) {
        let mut record = Record::default();
        let mut path = Vec::new();
        for line in bytes.split(|&byte| byte == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            match line {
                [] => self.end(std::mem::take(&mut record)),
                [b'R', b':', name @ ..] => self.own(&mut record, name, &mut path),
                [field, b':', value @ ..] => record.take(*field, value),
                _ => self.bad_lines += 1,
            }
            if self.too_many_packages {
                return;
            }
        }
        self.end(record);
    }

    /// Notes a file in the directory that the last `F:` named. `path` is a buffer to join them in.
    fn own(&mut self, record: &mut Record<'_>, name: &[u8], path: &mut Vec<u8>) {
        record.any_field = true;
        if self.paths_left == 0 {
            self.too_many_paths = true;
            return;
        }
        self.paths_left -= 1;
        // Without a bound, one long directory and many short names in it would take the product of their sizes.
        if record.directory.len().saturating_add(name.len()) >= self.path_bytes {
            self.long_paths += 1;
            return;
        }
        path.clear();
        path.extend_from_slice(record.directory);
        path.push(b'/');
        path.extend_from_slice(name);
        record.owned_paths.extend(ImagePath::hash_of_name(path));
    }

    fn end(&mut self, record: Record<'_>) {
        if !record.any_field {
            return;
        }
        let Some(package) = record.into_package() else {
            self.bad_records += 1;
            return;
        };
        if self.packages_left == 0 {
            self.too_many_packages = true;
            return;
        }
        self.packages_left -= 1;
        self.extraction.facts.push(Fact::Package(Box::new(package)));
    }

    fn finish(self) -> Extraction {
        let mut extraction = self.extraction;
        let mut tell = |kind, detail| extraction.problems.push(Problem::new(kind, detail));
        if self.too_many_packages {
            tell(ProblemKind::LimitExceeded, "more packages than are read of one file".to_owned());
        }
        if self.too_many_paths {
            tell(ProblemKind::LimitExceeded, "more paths than are read of one file".to_owned());
        }
        if self.long_paths > 0 {
            let detail = format!("{} paths of {} bytes or more", self.long_paths, self.path_bytes);
            tell(ProblemKind::LimitExceeded, detail);
        }
        if self.bad_lines > 0 {
            tell(ProblemKind::Malformed, format!("{} lines that are no field", self.bad_lines));
        }
        if self.bad_records > 0 {
            let detail = format!("{} records without a name or a version", self.bad_records);
            tell(ProblemKind::Malformed, detail);
        }
        extraction
    }
}

impl<'a> Record<'a> {
    fn take(&mut self, field: u8, value: &'a [u8]) {
        self.any_field = true;
        let slot = match field {
            b'P' => &mut self.name,
            b'V' => &mut self.version,
            b'A' => &mut self.architecture,
            b'o' => &mut self.origin,
            b'L' => &mut self.license,
            b'm' => &mut self.maintainer,
            b'F' => {
                self.directory = value;
                return;
            }
            _ => return,
        };
        *slot = Some(value.trim_ascii()).filter(|value| !value.is_empty());
    }

    fn into_package(self) -> Option<FoundPackage> {
        let (name, version) = (text(self.name?), text(self.version?));
        Some(FoundPackage {
            arch: self.architecture.map(text),
            source_name: self.origin.map(text),
            // All packages that are built from one origin have its version.
            source_version: self.origin.map(|_| version.clone()),
            vendor: self.maintainer.map(text),
            licenses: self.license.map(text).into_iter().collect(),
            owned_paths: self.owned_paths,
            ..FoundPackage::new(PackageType::Apk, name, version)
        })
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use plimsoll_core::Limits;
    use plimsoll_testkit::apk;
    use proptest::prelude::*;

    use super::*;

    fn extract_with(content: &[u8], limits: &Limits) -> Extraction {
        let path = ImagePath::new("lib/apk/db/installed");
        let content = content.to_vec();
        extract(&WantedFile::whole(&path, &content, limits))
    }

    fn extract_text(content: &str) -> Extraction {
        extract_with(content.as_bytes(), &Limits::default())
    }

    fn packages(extraction: Extraction) -> Vec<FoundPackage> {
        let package = |fact| match fact {
            Fact::Package(package) => Some(*package),
            _ => None,
        };
        extraction.facts.into_iter().filter_map(package).collect()
    }

    #[test]
    fn every_field_of_a_record_is_read() {
        let package = apk::Package::new("busybox-binsh", "1.36.1-r15")
            .origin(Some("busybox"))
            .files(&["bin/sh", "etc/init.d/a", "etc/init.d/b", "top"]);
        let extraction = extract_text(&apk::installed(&[package]));
        assert!(extraction.problems.is_empty());
        let owned = ["bin/sh", "etc/init.d/a", "etc/init.d/b", "top"];
        let expected = FoundPackage {
            arch: Some("x86_64".into()),
            source_name: Some("busybox".into()),
            source_version: Some("1.36.1-r15".into()),
            licenses: vec!["MIT".into()],
            owned_paths: owned.map(ImagePath::hash_of).into(),
            ..FoundPackage::new(PackageType::Apk, "busybox-binsh", "1.36.1-r15")
        };
        assert_eq!(packages(extraction), [expected]);
    }

    #[test]
    fn a_package_without_origin_has_no_source() {
        let package = apk::Package::new("one", "1-r0").origin(None);
        let packages = packages(extract_text(&apk::installed(&[package])));
        assert_eq!((&packages[0].source_name, &packages[0].source_version), (&None, &None));
    }

    #[test]
    fn the_last_record_needs_no_empty_line_and_more_of_them_mean_nothing() {
        let text = "\n\nP:one\nV:1-r0\n\n\n\nP:two\r\nV:2-r0\r\n\r\nP:three\nV:3-r0";
        let extraction = extract_text(text);
        assert!(extraction.problems.is_empty());
        let names: Vec<_> = packages(extraction).into_iter().map(|package| package.name).collect();
        assert_eq!(names, ["one", "two", "three"]);
    }

    #[test]
    fn a_corrupt_start_is_told_and_the_rest_is_read() {
        let extraction = extract_text("this is a corrupt db\n\nC:Q1x=\nP:one\nV:1-r0\nm:\n\nV:2\n");
        let details: Vec<_> =
            extraction.problems.iter().map(|problem| problem.detail.as_str()).collect();
        assert_eq!(details, ["1 lines that are no field", "1 records without a name or a version"]);
        assert_eq!(packages(extraction).len(), 1);
    }

    #[test]
    fn a_long_directory_of_many_files_is_not_copied_for_each() {
        let files = "R:a\n".repeat(100_000);
        let extraction =
            extract_text(&format!("P:one\nV:1-r0\nF:{}\n{files}", "d".repeat(10_000_000)));
        assert_eq!(extraction.problems[0].detail, "100000 paths of 4096 bytes or more");
        assert!(packages(extraction)[0].owned_paths.is_empty());
    }

    #[test]
    fn the_limits_are_kept_and_told() {
        let limits = Limits { packages_per_file: 1, owned_paths_per_file: 1, ..Limits::default() };
        let one = apk::Package::new("one", "1-r0").files(&["a", "b"]);
        let text = apk::installed(&[one, apk::Package::new("two", "2-r0")]);
        let extraction = extract_with(text.as_bytes(), &limits);
        assert_eq!(extraction.problems.len(), 2);
        assert!(extraction.problems.iter().all(|it| it.kind == ProblemKind::LimitExceeded));
        let packages = packages(extraction);
        assert_eq!(packages.len(), 1);
        assert_eq!(packages[0].owned_paths.len(), 1);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            extract_with(&bytes, &Limits::default());
        }

        #[test]
        fn any_fields_are_read_without_a_panic(text in "([PVAoLFRm]:[ -~]{0,5}\\n?){0,30}") {
            extract_text(&text);
        }
    }
}
