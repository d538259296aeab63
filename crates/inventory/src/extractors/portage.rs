//! Gentoo packages: portage's database, a directory of each package (`var/db/pkg/CATEGORY/NAME-VERSION`) with small files about it
//! (portage, `vdb` in its documentation; Package Manager Specification, "Names and Versions").
//!
//! `CONTENTS`, which every package has, stands for the package itself and lists its files; `LICENSE`, `SLOT` and `repository` say more of
//! it.

use plimsoll_core::{ImagePath, PackageType};

use super::lines::{lines, path_hashes};
use crate::{About, Candidate, Extraction, Extractor, Fact, FoundPackage, Pattern, WantedFile};

pub(crate) static PORTAGE: Extractor = Extractor {
    id: "portage",
    summary: "Gentoo packages, with the files that they own: portage's database",
    version: 2,
    patterns: &[
        Pattern::Below("var/db/pkg", "/CONTENTS"),
        Pattern::Below("var/db/pkg", "/LICENSE"),
        Pattern::Below("var/db/pkg", "/SLOT"),
        Pattern::Below("var/db/pkg", "/repository"),
    ],
    wants: |candidate: &Candidate<'_>| directory(candidate.path).is_some(),
    extract,
    ..Extractor::RECORD
};

/// Category and name-version of the package whose directory holds the file.
fn directory(path: &ImagePath) -> Option<(&str, &str)> {
    let (category, package) = path.parent().strip_prefix("var/db/pkg/")?.split_once('/')?;
    // A package that is being merged has a directory that begins so.
    let is_package = !package.contains('/') && !package.starts_with("-MERGING-");
    is_package.then_some((category, package))
}

fn extract(file: &WantedFile<'_>) -> Extraction {
    let Some((category, package)) = directory(file.path) else { return Extraction::default() };
    let Some((name, version)) = split_version(package) else {
        return Extraction::malformed("a directory that is named after no package");
    };
    let name = format!("{category}/{name}");
    let bytes = match file.bytes() {
        Ok(bytes) => bytes,
        Err(problem) => return Extraction::failed(problem),
    };
    let mut extraction = Extraction::default();
    if file.path.file_name() == "CONTENTS" {
        let paths = lines(&bytes).filter_map(path_of_line);
        let (owned_paths, problem) = path_hashes(paths, file.limits.owned_paths_per_file);
        extraction.problems.extend(problem);
        let package = FoundPackage::new(PackageType::Ebuild, name, version);
        extraction.push(FoundPackage { owned_paths, ..package });
        return extraction;
    }
    let text = String::from_utf8_lossy(&bytes);
    let mut about = About::new(PackageType::Ebuild, name);
    about.version = Some(version.to_owned());
    match file.path.file_name() {
        "repository" => about.repository = word(&text),
        // What follows the slash is the sub-slot: what has to be built anew with it, and nothing that advisories speak of.
        "SLOT" => about.module = word(text.split('/').next().unwrap_or_default()),
        _ => about.licenses = licenses(&text),
    }
    if about.repository.is_some() || about.module.is_some() || !about.licenses.is_empty() {
        extraction.facts.push(Fact::About(about));
    }
    extraction
}

/// The one word that a file holds.
fn word(text: &str) -> Option<String> {
    let word = text.trim();
    (!word.is_empty() && !word.contains(char::is_whitespace)).then(|| word.to_owned())
}

/// The path in a line of CONTENTS: `obj PATH MD5 TIME`, `sym PATH -> TARGET TIME`, `fif PATH`, `dev PATH`. Directories are no
/// files that anything is found in.
fn path_of_line(line: &[u8]) -> Option<&[u8]> {
    let (kind, rest) = line.split_at_checked(4)?;
    match kind {
        b"obj " => {
            let before_last = |text: &'_ [u8]| text.iter().rposition(|&byte| byte == b' ');
            let rest = rest.get(..before_last(rest)?)?;
            rest.get(..before_last(rest)?)
        }
        b"sym " => rest.windows(4).position(|four| four == b" -> ").and_then(|end| rest.get(..end)),
        b"fif " | b"dev " => Some(rest),
        _ => None,
    }
}

/// Name and version of `name-version` or `name-version-rN`: the name ends before the last dash that a version follows.
fn split_version(text: &str) -> Option<(&str, &str)> {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (before, last) = text.rsplit_once('-')?;
    let (name, version) = match last.strip_prefix('r').filter(|rest| is_number(rest)) {
        Some(_) => before.rsplit_once('-')?,
        None => (before, last),
    };
    (!name.is_empty() && is_version(version)).then_some(())?;
    Some((name, text.get(name.len() + 1..)?))
}

/// Numbers with dots between them, a letter, suffixes such as `_rc2`.
fn is_version(text: &str) -> bool {
    const SUFFIXES: [&str; 5] = ["alpha", "beta", "pre", "rc", "p"];
    let mut parts = text.split('_');
    let numbers = parts.next().unwrap_or_default();
    let numbers = numbers.strip_suffix(|last: char| last.is_ascii_lowercase()).unwrap_or(numbers);
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    numbers.split('.').all(is_number)
        && parts.all(|suffix| {
            let word = suffix.trim_end_matches(|last: char| last.is_ascii_digit());
            SUFFIXES.contains(&word)
        })
}

/// The statements of a `LICENSE` file: words, all of which hold, and `|| ( … )`, of which one does. What depends on a USE flag was
/// settled when the package was built. An alternative with parentheses in it is kept as it stands.
fn licenses(text: &str) -> Vec<String> {
    /// Statements of one package, and words of an alternative.
    const MOST: usize = 1_000;
    let mut statements = Vec::new();
    let mut words = text.split_whitespace().take(MOST);
    while let Some(word) = words.next() {
        if word != "||" {
            if !matches!(word, "(" | ")") {
                statements.push(word.to_owned());
            }
            continue;
        }
        let mut alternatives = Vec::new();
        let mut depth = 0_usize;
        let mut is_flat = true;
        for word in words.by_ref() {
            match word {
                "(" => depth += 1,
                ")" => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                break;
            }
            is_flat &= depth == 1;
            if depth > 1 || word != "(" {
                alternatives.push(word);
            }
        }
        if !alternatives.is_empty() {
            statements.push(alternatives.join(if is_flat { " OR " } else { " " }));
        }
    }
    statements
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{Limits, ProblemKind};
    use proptest::prelude::*;

    use super::*;

    fn extract_with(path: &str, content: &[u8], limits: &Limits) -> Extraction {
        let path = ImagePath::new(path);
        extract(&WantedFile::whole(&path, &content.to_vec(), limits))
    }

    fn extract_at(path: &str, content: &str) -> Extraction {
        extract_with(path, content.as_bytes(), &Limits::default())
    }

    #[test]
    fn contents_are_the_package_and_its_files() {
        let contents = "dir /bin\nobj /bin/bash 0123456789abcdef0123456789abcdef 1700000000\n\
            sym /bin/rbash -> bash 1700000000\nobj /usr/share/a b 0123456789abcdef0123456789abcdef 1\nfif /run/pipe\n";
        let extraction = extract_at("var/db/pkg/app-shells/bash-5.2_p26-r3/CONTENTS", contents);
        let owned = ["bin/bash", "bin/rbash", "usr/share/a b", "run/pipe"];
        let expected = FoundPackage {
            owned_paths: owned.map(ImagePath::hash_of).into(),
            ..FoundPackage::new(PackageType::Ebuild, "app-shells/bash", "5.2_p26-r3")
        };
        assert_eq!(extraction.packages().collect::<Vec<_>>(), [&expected]);
    }

    #[test]
    fn a_package_without_files_is_one_all_the_same() {
        let extraction = extract_at("var/db/pkg/virtual/libc-1-r1/CONTENTS", "");
        assert_eq!(extraction.packages().next().unwrap().name, "virtual/libc");
    }

    #[test]
    fn the_other_files_say_more_of_that_version() {
        for (file, content, licenses, repository, slot) in [
            ("repository", "gentoo\n", &[][..], Some("gentoo"), None),
            ("SLOT", "3.11\n", &[], None, Some("3.11")),
            ("SLOT", "0/1.1\n", &[], None, Some("0")),
            ("LICENSE", "GPL-3+ MIT\n", &["GPL-3+", "MIT"], None, None),
            ("LICENSE", "|| ( Apache-2.0 GPL-2 ) BSD", &["Apache-2.0 OR GPL-2", "BSD"], None, None),
            ("LICENSE", "|| ( A ( B C ) )", &["A ( B C )"], None, None),
        ] {
            let path = format!("var/db/pkg/dev-lang/python-3.11.9/{file}");
            let extraction = extract_at(&path, content);
            let mut about = About::new(PackageType::Ebuild, "dev-lang/python");
            about.version = Some("3.11.9".into());
            about.licenses = licenses.iter().map(|text| (*text).to_owned()).collect();
            about.repository = repository.map(str::to_owned);
            about.module = slot.map(str::to_owned);
            assert_eq!(extraction.facts, [Fact::About(about)], "{file} {content}");
        }
        for (file, content) in [("LICENSE", "\n"), ("SLOT", "/1"), ("SLOT", "a b")] {
            let extraction = extract_at(&format!("var/db/pkg/a/b-1/{file}"), content);
            assert!(extraction.facts.is_empty(), "{file}");
        }
    }

    #[test]
    fn names_end_where_the_version_begins() {
        for (text, expected) in [
            ("bash-5.2", Some(("bash", "5.2"))),
            ("gtk+-2.24.33-r3", Some(("gtk+", "2.24.33-r3"))),
            ("font-adobe-100dpi-1.0.4", Some(("font-adobe-100dpi", "1.0.4"))),
            ("openssl-1.1.1w", Some(("openssl", "1.1.1w"))),
            ("a-1_rc2_p3", Some(("a", "1_rc2_p3"))),
            ("a-9999", Some(("a", "9999"))),
            ("bash", None),
            ("bash-x", None),
            ("bash-1.", None),
            ("bash-1_gamma", None),
            ("-1", None),
            ("r-r1", None),
        ] {
            assert_eq!(split_version(text), expected, "{text}");
        }
    }

    #[test]
    fn only_files_directly_in_a_packages_directory_are_wanted() {
        for (path, expected) in [
            ("var/db/pkg/app-shells/bash-5.2/CONTENTS", true),
            ("var/db/pkg/app-shells/CONTENTS", false),
            ("var/db/pkg/app-shells/bash-5.2/x/CONTENTS", false),
            ("var/db/pkg/app-shells/-MERGING-bash-5.2/CONTENTS", false),
        ] {
            let path = ImagePath::new(path);
            let candidate = Candidate { path: &path, mode: 0o644, size: 1, prefix: b"" };
            assert_eq!((PORTAGE.wants)(&candidate), expected, "{path}");
        }
    }

    #[test]
    fn what_is_corrupt_or_beyond_the_limits_is_told() {
        let extraction = extract_at("var/db/pkg/app-shells/bash/CONTENTS", "");
        assert_eq!(extraction.problems[0].kind, ProblemKind::Malformed);
        let limits = Limits { owned_paths_per_file: 1, ..Limits::default() };
        let extraction = extract_with("var/db/pkg/a/b-1/CONTENTS", b"fif /a\nfif /b\n", &limits);
        assert_eq!(extraction.problems[0].kind, ProblemKind::LimitExceeded);
        assert_eq!(extraction.packages().count(), 1);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(
            text in "((obj|sym|dir|\\|\\|) [ -~]{0,9}(\\(|\\)| -> )?\\PC{0,5}\n?){0,9}",
            name in "\\PC{0,12}",
        ) {
            for file in ["CONTENTS", "LICENSE", "SLOT", "repository"] {
                extract_at(&format!("var/db/pkg/a/b-1/{file}"), &text);
                extract_at(&format!("var/db/pkg/a/{name}/{file}"), &text);
            }
        }
    }
}
