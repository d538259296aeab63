//! OCaml packages: those of opam's switches, the libraries that findlib knows, and OCaml itself.
//!
//! opam keeps the definition of each installed package as `.opam-switch/packages/NAME.VERSION/opam` (opam manual, "opam root"). Where
//! a system's package manager installs libraries there is no opam, only findlib's `META` (findlib manual, "META"); in a switch opam
//! says it better, and a META file there is not read.

use plimsoll_core::{ImagePath, PackageType, Problem};

use crate::fields::{MOST_STATEMENTS, component, cpe, extraction, field, malformed, package};
use crate::{Candidate, Extraction, Extractor, FoundPackage, Pattern, WantedFile};

pub(crate) static OPAM: Extractor = Extractor {
    id: "opam",
    version: 1,
    summary: "OCaml packages: opam's switches, findlib's libraries; OCaml itself",
    patterns: &[
        Pattern::Name("opam"),
        Pattern::Name("META"),
        Pattern::PathEnd("lib/ocaml/VERSION"),
    ],
    wants,
    extract,
    ..Extractor::RECORD
};

fn wants(candidate: &Candidate<'_>) -> bool {
    match candidate.path.file_name() {
        "opam" => in_switch(candidate.path).is_some(),
        "META" => {
            // In a switch, `lib/ocaml` has only what OCaml itself brings.
            let path = candidate.path.as_str();
            (path.starts_with("ocaml/") || path.contains("/ocaml/")) && !path.contains(".opam/")
        }
        _ => true,
    }
}

fn extract(file: &WantedFile<'_>) -> Extraction {
    extraction(file.text().and_then(|text| match file.path.file_name() {
        "opam" => installed(&text, file.path),
        "META" => library(&text, file.path),
        _ => runtime(&text).map(Some),
    }))
}

/// Name and version of the package whose definition lies there; a name has no dot.
fn in_switch(path: &ImagePath) -> Option<(&str, &str)> {
    let is_switch = component(path, 2)? == "packages" && component(path, 3)? == ".opam-switch";
    component(path, 1)?.split_once('.').filter(|_| is_switch)
}

fn installed(text: &str, path: &ImagePath) -> Result<Option<FoundPackage>, Problem> {
    let Some((name, version)) = in_switch(path) else { return Ok(None) };
    let names = (Some(name), Some(version));
    let mut package = package(PackageType::Opam, "directory of an opam package", names)?;
    let mut texts = Texts::new(text);
    while let Some((key, text)) = texts.next_value() {
        if key == "license"
            && package.licenses.len() < MOST_STATEMENTS
            && let Some(license) = field(text)
        {
            package.licenses.push(license.to_owned());
        }
    }
    if !texts.is_whole {
        return Err(malformed("definition of an opam package that ends inside a text"));
    }
    Ok(Some(package))
}

/// `None` for the libraries without a version of their own: some have none, those of OCaml itself say who distributes them.
fn library(text: &str, path: &ImagePath) -> Result<Option<FoundPackage>, Problem> {
    // opam calls findlib's own package by its command.
    let name = component(path, 1).map(|name| if name == "findlib" { "ocamlfind" } else { name });
    let mut texts = Texts::new(text);
    let mut version = None;
    while let Some((key, text)) = texts.next_value() {
        if key == "version" && texts.depth == 0 {
            version = version.or(field(text));
        }
    }
    match version.filter(|version| version.starts_with(|first: char| first.is_ascii_alphanumeric()))
    {
        _ if !texts.is_whole => {
            Err(malformed("findlib's file of a library that ends inside a text"))
        }
        None => Ok(None),
        version => {
            package(PackageType::Opam, "findlib's file of a library", (name, version)).map(Some)
        }
    }
}

fn runtime(text: &str) -> Result<FoundPackage, Problem> {
    let version = text.lines().next();
    let mut package = package(PackageType::Generic, "OCaml's version", (Some("ocaml"), version))?;
    package.cpes = vec![cpe("ocaml:ocaml", &package.version)];
    Ok(package)
}

/// The texts of a file of opam or findlib, which stand in quotes: alone or in a list, after a key with `:` or `=`.
struct Texts<'a> {
    rest: &'a str,
    /// The word before the last `:` or `=`.
    key: &'a str,
    /// Of round brackets, in which findlib has parts of a library.
    depth: usize,
    is_whole: bool,
}

impl<'a> Texts<'a> {
    fn new(rest: &'a str) -> Self {
        Self { rest, key: "", depth: 0, is_whole: true }
    }

    /// The next text, with its key.
    fn next_value(&mut self) -> Option<(&'a str, &'a str)> {
        let mut word = "";
        loop {
            self.rest = self.rest.trim_start();
            let first = self.rest.chars().next()?;
            let end = self.rest.find(|part: char| !is_word(part)).unwrap_or(self.rest.len());
            let (taken, rest) = self.rest.split_at(end.max(first.len_utf8()));
            self.rest = rest;
            match first {
                _ if end > 0 => word = taken,
                '"' => return Some((self.key, self.text())),
                ':' | '=' => self.key = word,
                '#' => self.rest = self.rest.split_once('\n').map_or("", |(_, rest)| rest),
                '(' => self.depth = self.depth.saturating_add(1),
                ')' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
    }

    /// What stands before the closing quotes; opam has texts in three.
    fn text(&mut self) -> &'a str {
        // The first quote was taken: one more alone ends an empty text.
        let (inside, quotes) = match self.rest.strip_prefix("\"\"") {
            Some(inside) => (inside, "\"\"\""),
            None => (self.rest, "\""),
        };
        let mut from = 0;
        while let Some(at) = inside.get(from..).and_then(|text| text.find(quotes)) {
            let text = inside.get(..from + at).unwrap_or_default();
            from += at + quotes.len();
            let escapes = text.bytes().rev().take_while(|&byte| byte == b'\\').count();
            if escapes % 2 == 0 {
                self.rest = inside.get(from..).unwrap_or_default();
                return text;
            }
        }
        self.is_whole = false;
        self.rest = "";
        inside
    }
}

fn is_word(part: char) -> bool {
    part.is_alphanumeric() || "-_.+".contains(part)
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{Limits, ProblemKind};
    use proptest::prelude::*;

    use super::*;

    const OPAM_FILE: &str = "home/opam/.opam/default/.opam-switch/packages/yojson.2.1.0/opam";
    const META_FILE: &str = "usr/lib/ocaml/lwt/META";

    fn run(path: &str, content: &[u8]) -> Extraction {
        let path = ImagePath::new(path);
        let content = content.to_vec();
        extract(&WantedFile::whole(&path, &content, &Limits::default()))
    }

    fn found(path: &str, content: &str) -> Option<FoundPackage> {
        let extraction = run(path, content.as_bytes());
        assert_eq!(extraction.problems, [], "{content}");
        extraction.packages().next().cloned()
    }

    #[test]
    fn records_of_switches_and_libraries_of_the_system_are_wanted() {
        for (path, expected) in [
            (OPAM_FILE, true),
            ("opt/switch/.opam-switch/packages/a.v0.16.0/opam", true),
            ("home/opam/.opam/repo/default/packages/a/a.1/opam", false),
            ("usr/bin/opam", false),
            (META_FILE, true),
            ("home/opam/.opam/default/lib/ocaml/unix/META", false),
            ("usr/share/META", false),
            ("usr/lib/ocaml/VERSION", true),
        ] {
            let path = ImagePath::new(path);
            let candidate = Candidate { path: &path, mode: 0o644, size: 1, prefix: b"" };
            assert_eq!(wants(&candidate), expected, "{path}");
        }
    }

    #[test]
    fn a_switch_says_name_and_version_in_the_path() {
        let content = "opam-version: \"2.0\"\nversion: \"9\"\ndescription: \"\"\"\nlicense: \"no\" \"x\\\"\"\"\nlicense: \"\"\"\n\
                       license: [\"MIT\" \"ISC\"] # both\nbuild: [\"dune\" {with-test}]\n";
        let package = found(OPAM_FILE, content).unwrap();
        assert_eq!((package.name.as_str(), package.version.as_str()), ("yojson", "2.1.0"));
        assert_eq!(package.licenses, ["MIT", "ISC"]);
        let package =
            found("a/.opam-switch/packages/base.v0.16.3/opam", "license: \"MIT\"").unwrap();
        assert_eq!((package.version.as_str(), package.licenses.len()), ("v0.16.3", 1));
    }

    #[test]
    fn a_library_has_the_version_of_its_file_and_not_of_its_parts() {
        for (content, version) in [
            ("version = \"5.6.1\"\narchive(byte) = \"lwt.cma\"\n", Some("5.6.1")),
            (
                "description = \"\"\npackage \"unix\" (\n version = \"1\"\n)\nversion=\"2\"",
                Some("2"),
            ),
            ("version = \"[distributed with Ocaml]\"", None),
            ("package \"unix\" ( version = \"1\" )", None),
            ("# version = \"1\"\nrequires = \"\"\n", None),
            ("", None),
        ] {
            let package = found(META_FILE, content);
            assert_eq!(package.map(|package| package.version).as_deref(), version, "{content}");
        }
    }

    #[test]
    fn ocaml_itself_says_its_version() {
        let package = found("usr/lib/ocaml/VERSION", "4.14.1\n\n# Updated\n").unwrap();
        assert_eq!((package.kind.as_str(), package.version.as_str()), ("generic", "4.14.1"));
        assert_eq!(package.cpes, ["cpe:2.3:a:ocaml:ocaml:4.14.1:*:*:*:*:*:*:*"]);
    }

    #[test]
    fn what_cannot_be_read_is_a_problem() {
        for (path, content) in [
            (OPAM_FILE, "license: \"MIT"),
            (OPAM_FILE, "description: \"\"\" \""),
            (META_FILE, "version = \"1\\\""),
            ("usr/lib/ocaml/VERSION", ""),
            ("a/.opam-switch/packages/base./opam", ""),
        ] {
            let extraction = run(path, content.as_bytes());
            assert_eq!(extraction.problems[0].kind, ProblemKind::Malformed, "{content}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_end(content: Vec<u8>) {
            for path in [OPAM_FILE, META_FILE, "lib/ocaml/VERSION"] {
                let extraction = run(path, &content);
                prop_assert!(extraction.facts.len() + extraction.problems.len() <= 1);
            }
        }

        #[test]
        fn any_texts_end(content in r#"("|"""|\\|version|license|=|:|\(|\)|#|\n| |é){0,40}"#) {
            run(OPAM_FILE, content.as_bytes());
            run(META_FILE, content.as_bytes());
        }
    }
}
