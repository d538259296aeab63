//! Licences of Debian packages: the `copyright` file in each package's documents.
//!
//! Most are "Machine-readable debian/copyright file" (DEP-5), whose stanzas name the licence of groups of files; what the others say is
//! read only where it is certain. The package's name is that of the directory, which may be a link to another package's.

mod free_form;

use plimsoll_core::{PackageType, Problem, ProblemKind};

use crate::{About, Candidate, Extraction, Extractor, Fact, Pattern, WantedFile};

pub(crate) static DEBIAN_COPYRIGHT: Extractor = Extractor {
    id: "debian-copyright",
    version: 1,
    summary: "Licences of Debian packages: /usr/share/doc/*/copyright",
    patterns: &[Pattern::Below(DOCUMENTS, COPYRIGHT)],
    wants,
    extract,
    makes_root: false,
    ..Extractor::RECORD
};

const DOCUMENTS: &str = "usr/share/doc";
const COPYRIGHT: &str = "/copyright";
/// Licence statements that are kept of one package; the largest name some hundred.
const MOST_LICENSES: usize = 1_000;
/// A longer short name is a sentence.
const LONGEST_NAME: usize = 512;

fn wants(file: &Candidate<'_>) -> bool {
    package(file.path.as_str()).is_some()
}

/// The package whose documents the file lies directly in.
fn package(path: &str) -> Option<&str> {
    let rest = path.strip_prefix(DOCUMENTS)?.strip_prefix('/')?;
    rest.strip_suffix(COPYRIGHT).filter(|package| !package.is_empty() && !package.contains('/'))
}

fn extract(file: &WantedFile<'_>) -> Extraction {
    let Some(package) = package(file.path.as_str()) else { return Extraction::default() };
    let bytes = match file.bytes() {
        Ok(bytes) => bytes,
        Err(problem) => return Extraction::failed(problem),
    };
    // Nearly all are UTF-8, which is found out faster than what is not can be replaced.
    let text = match std::str::from_utf8(&bytes) {
        Ok(text) => text.into(),
        Err(_) => String::from_utf8_lossy(&bytes),
    };
    let mut names = match machine_readable(&text) {
        Some(names) if !names.is_empty() => names,
        _ => free_form::licenses(&text),
    };
    let mut extraction = Extraction::default();
    if names.len() > MOST_LICENSES {
        names.truncate(MOST_LICENSES);
        let detail = format!("more than {MOST_LICENSES} licences of one package");
        extraction.problems.push(Problem::new(ProblemKind::LimitExceeded, detail));
    }
    if !names.is_empty() {
        let about = About { licenses: names, ..About::new(PackageType::Deb, package) };
        extraction.facts.push(Fact::About(about));
    }
    extraction
}

/// The fields of a stanza that matter here.
#[derive(Default)]
struct Stanza<'a> {
    is_format: bool,
    has_files: bool,
    license: Option<&'a str>,
}

impl<'a> Stanza<'a> {
    fn take(&mut self, line: &'a str) {
        // What continues a licence is its text.
        if line.starts_with([' ', '\t', '#']) {
            return;
        }
        let Some((field, value)) = line.split_once(':') else { return };
        let is = |name: &str| field.eq_ignore_ascii_case(name);
        self.is_format |= is("Format") || is("Format-Specification");
        self.has_files |= is("Files");
        if is("License") {
            self.license.get_or_insert(value.trim());
        }
    }
}

/// The short names of the licences of all files, in order; `None` for another form. Stanzas without files only have texts, and that of
/// the header may name the licence of the whole.
fn machine_readable(text: &str) -> Option<Vec<String>> {
    let mut lines = text.trim_start_matches('\u{feff}').lines().peekable();
    let mut names: Vec<String> = Vec::new();
    let mut is_header = true;
    while lines.peek().is_some() {
        let stanza_lines = lines.by_ref().take_while(|line| !line.trim().is_empty());
        let (mut stanza, mut is_empty) = (Stanza::default(), true);
        for line in stanza_lines {
            is_empty &= line.starts_with('#');
            stanza.take(line);
        }
        if is_empty {
            continue;
        }
        if is_header && !stanza.is_format {
            return None;
        }
        let name = stanza.license.filter(|name| !name.is_empty() && name.len() <= LONGEST_NAME);
        if let Some(name) = name.filter(|_| is_header || stanza.has_files)
            && names.len() <= MOST_LICENSES
            && !names.iter().any(|known| known == name)
        {
            names.push(name.to_owned());
        }
        is_header = false;
    }
    (!is_header).then_some(names)
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{ImagePath, Limits};
    use proptest::prelude::*;

    use super::*;

    fn run(content: &[u8]) -> Extraction {
        let path = ImagePath::new("usr/share/doc/hello/copyright");
        let content = content.to_vec();
        extract(&WantedFile::whole(&path, &content, &Limits::default()))
    }

    fn licenses(content: &str) -> Vec<String> {
        let extraction = run(content.as_bytes());
        assert_eq!(extraction.problems, []);
        match extraction.facts.as_slice() {
            [] => Vec::new(),
            [Fact::About(about)] => {
                assert_eq!((about.kind.as_str(), about.name.as_str()), ("deb", "hello"));
                about.licenses.clone()
            }
            facts => panic!("{facts:?}"),
        }
    }

    #[test]
    fn only_the_file_in_a_packages_own_documents_is_wanted() {
        for (path, wanted) in [
            ("usr/share/doc/libc6/copyright", true),
            ("usr/share/doc/libc6/examples/copyright", false),
            ("usr/share/doc/copyright", false),
            ("usr/share/doc//copyright", false),
            ("srv/usr/share/doc/libc6/copyright", false),
        ] {
            let path = ImagePath::new(path);
            let candidate = Candidate { path: &path, mode: 0o644, size: 1, prefix: b"" };
            assert_eq!(wants(&candidate), wanted, "{path}");
        }
    }

    #[test]
    fn the_short_names_of_all_files_are_read_once_each() {
        let text = "\
# made by hand

Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: hello

Files: *
Copyright: 2020 Somebody
License: GPL-3+

Files: lib/*
 other/*
Copyright: 2020 Somebody Else
License: Expat
 Permission is hereby granted, as License: none

Files: debian/*
Copyright: 2021 A. Packager
License: GPL-3+ or Artistic

Files: doc/*
License: GPL-3+

License: GFDL-1.3
 The text of a licence that no file has.
";
        assert_eq!(licenses(text), ["GPL-3+", "Expat", "GPL-3+ or Artistic"]);
    }

    #[test]
    fn the_header_may_name_the_licence_of_the_whole() {
        let text = "Format: x\r\nLicense: GPL-2\r\n\r\nFiles: *\r\nLicense: MIT\r\n";
        assert_eq!(licenses(text), ["GPL-2", "MIT"]);
        let text = "format-specification: http://dep.debian.net/\nlicense: ISC";
        assert_eq!(licenses(text), ["ISC"]);
    }

    #[test]
    fn a_machine_readable_file_without_names_is_read_as_free_text() {
        let text = "Format: x\n\nFiles: *\nLicense:\n See /usr/share/common-licenses/Apache-2.0\n";
        assert_eq!(licenses(text), ["Apache-2.0"]);
    }

    #[test]
    fn a_file_that_names_no_licence_says_nothing() {
        for text in
            ["", "\n\n", "# only a remark\n", "Copyright (c) 1999 Somebody\n", "License: MIT\n"]
        {
            assert_eq!(licenses(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn the_licences_of_one_package_are_bounded() {
        let stanzas: String =
            (0..2_000).map(|number| format!("Files: {number}\nLicense: a{number}\n\n")).collect();
        let extraction = run(format!("Format: x\n\n{stanzas}").as_bytes());
        assert_eq!(extraction.problems[0].kind, ProblemKind::LimitExceeded);
        let Fact::About(about) = &extraction.facts[0] else { panic!() };
        assert_eq!(about.licenses.len(), MOST_LICENSES);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            run(&bytes);
        }

        #[test]
        fn any_stanzas_are_read_without_a_panic(
            text in "((Format|Files|License|): ?[A-Za-z -]{0,4}\n{1,2}| text\n|é|#){0,30}"
        ) {
            run(text.as_bytes());
        }
    }
}
