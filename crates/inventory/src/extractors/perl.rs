//! Perl distributions as their installers recorded them: cpanm's `.meta`, and the `perllocal.pod` of ExtUtils::MakeMaker.
//!
//! cpanm keeps `install.json` and `MYMETA.json` (CPAN::Meta::Spec) of what it installs under `.meta/NAME-VERSION`. MakeMaker appends an
//! entry to `perllocal.pod` at every `make install` (ExtUtils::Command::MM, `perllocal_install`). A `.packlist` names files
//! and no version, so that it tells nothing that could be listed.

mod perllocal;

use plimsoll_core::{PackageType, Problem};
use serde::Deserialize;
use serde_json::Value;

use self::perllocal::perllocal;
use crate::fields::{MOST_STATEMENTS, component, extraction, field, malformed, package};
use crate::{Candidate, Extraction, Extractor, FoundPackage, Pattern, WantedFile};

pub(crate) static PERL: Extractor = Extractor {
    id: "perl",
    version: 1,
    summary: "Perl distributions as recorded by cpanm and by ExtUtils::MakeMaker",
    patterns: &[
        Pattern::Name("MYMETA.json"),
        Pattern::Name("install.json"),
        Pattern::Name("perllocal.pod"),
    ],
    wants: |candidate: &Candidate<'_>| {
        let is_in_meta = component(candidate.path, 2) == Some(".meta");
        is_in_meta || candidate.path.file_name() == "perllocal.pod"
    },
    extract,
    ..Extractor::RECORD
};

fn extract(file: &WantedFile<'_>) -> Extraction {
    if file.path.file_name() == "perllocal.pod" {
        return match file.text() {
            Ok(text) => perllocal(&text, file.limits),
            Err(problem) => Extraction::failed(problem),
        };
    }
    let is_install = file.path.file_name() == "install.json";
    let found = file.bytes().and_then(|bytes| match is_install {
        true => json(&bytes).and_then(Install::into_package),
        false => json(&bytes).and_then(MyMeta::into_package),
    });
    extraction(found.map(Some))
}

fn json<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, Problem> {
    serde_json::from_slice(bytes).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        malformed(format!("not the JSON of a distribution at line {line}, column {column}"))
    })
}

/// What cpanm wrote of an installation.
#[derive(Deserialize)]
struct Install {
    /// `NAME-VERSION` of the distribution; `name` is that of its main module.
    dist: Option<String>,
    version: Option<Value>,
    /// Where it lies at CPAN: `A/AU/AUTHOR/NAME-VERSION.tar.gz`.
    pathname: Option<Value>,
}

impl Install {
    fn into_package(self) -> Result<FoundPackage, Problem> {
        let version = self.version.as_ref().and_then(version);
        let named = self.dist.as_deref().and_then(|dist| {
            let stated = version.as_deref().and_then(|version| dist.strip_suffix(version));
            match stated.and_then(|name| name.strip_suffix('-')) {
                Some(name) => Some((name, version.as_deref()?)),
                None => split(dist),
            }
        });
        let (name, version) = named.unzip();
        let mut found = package(PackageType::Cpan, "record of an installation", (name, version))?;
        // `A/AU/AUTHOR/…`
        let author = self.pathname.as_ref().and_then(Value::as_str);
        let author = author.and_then(|path| path.split('/').nth(2));
        found.vendor = author.and_then(field).map(str::to_owned);
        Ok(found)
    }
}

/// A distribution's description of itself, as its build completed it.
#[derive(Deserialize)]
struct MyMeta {
    name: Option<String>,
    version: Option<Value>,
    license: Option<Value>,
    author: Option<Value>,
}

impl MyMeta {
    fn into_package(self) -> Result<FoundPackage, Problem> {
        let version = self.version.as_ref().and_then(version);
        let identity = (self.name.as_deref(), version.as_deref());
        let mut found = package(PackageType::Cpan, "description of a distribution", identity)?;
        // A module's name where a distribution's should stand is an old mistake.
        found.name = found.name.replace("::", "-");
        found.licenses = texts(self.license.as_ref());
        found.licenses.retain(|license| license != "unknown");
        found.vendor = texts(self.author.as_ref()).into_iter().next();
        Ok(found)
    }
}

/// A version is a text, or a number of old tools.
fn version(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A text or a list of texts.
fn texts(value: Option<&Value>) -> Vec<String> {
    let values = match value {
        Some(Value::Array(values)) => values.as_slice(),
        Some(value) => std::slice::from_ref(value),
        None => &[],
    };
    let texts = values.iter().filter_map(|value| field(value.as_str()?).map(str::to_owned));
    texts.take(MOST_STATEMENTS).collect()
}

/// Name and version of `NAME-VERSION`, the version with or without a `v` before its digits.
fn split(dist: &str) -> Option<(&str, &str)> {
    let (name, version) = dist.rsplit_once('-')?;
    let digits = version.strip_prefix('v').unwrap_or(version);
    digits.starts_with(|first: char| first.is_ascii_digit()).then_some((name, version))
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{ImagePath, Limits, ProblemKind};
    use proptest::prelude::*;

    use super::*;

    const META: &str = "usr/local/lib/perl5/5.36.0/x86_64-linux-gnu/.meta/JSON-4.10";

    fn run(name: &str, content: &[u8]) -> Extraction {
        let path = ImagePath::new(&format!("{META}/{name}"));
        let content = content.to_vec();
        extract(&WantedFile::whole(&path, &content, &Limits::default()))
    }

    fn found(name: &str, text: &str) -> FoundPackage {
        let extraction = run(name, text.as_bytes());
        assert_eq!(extraction.problems, []);
        extraction.packages().next().unwrap().clone()
    }

    #[test]
    fn both_files_of_cpanm_name_the_same_distribution() {
        for (name, text) in [
            (
                "install.json",
                r#"{"dist":"libwww-perl-6.67","name":"LWP","version":"6.67","pathname":"O/OA/OALDERS/libwww-perl-6.67.tar.gz"}"#,
            ),
            ("install.json", r#"{"dist":"libwww-perl-6.67","name":"LWP","version":6.7}"#),
            (
                "MYMETA.json",
                r#"{"name":"libwww-perl","version":"6.67","license":["perl_5"],"author":["Gisle Aas"]}"#,
            ),
        ] {
            let package = found(name, text);
            assert_eq!((package.name.as_str(), package.version.as_str()), ("libwww-perl", "6.67"));
        }
        let package = found(
            "MYMETA.json",
            r#"{"name":"Foo::Bar","version":1.5,"license":"mit","author":["A <a@example.com>","B"]}"#,
        );
        assert_eq!((package.name.as_str(), package.version.as_str()), ("Foo-Bar", "1.5"));
        assert_eq!(package.licenses, ["mit"]);
        assert_eq!(package.vendor.as_deref(), Some("A <a@example.com>"));
        let package = found(
            "install.json",
            r#"{"dist":"Foo-v1.2.3","version":"v1.2.3","pathname":"A/AU/AUTHOR/Foo-v1.2.3.tar.gz"}"#,
        );
        assert_eq!((package.name.as_str(), package.version.as_str()), ("Foo", "v1.2.3"));
        assert_eq!(package.vendor.as_deref(), Some("AUTHOR"));
    }

    #[test]
    fn only_records_of_installers_are_wanted() {
        for (path, expected) in [
            (&*format!("{META}/install.json"), true),
            (&*format!("{META}/MYMETA.json"), true),
            ("usr/local/lib/perl5/5.36.0/x86_64-linux-gnu/perllocal.pod", true),
            ("root/.cpanm/build/1/JSON-4.10/MYMETA.json", false),
            ("srv/app/install.json", false),
        ] {
            let path = ImagePath::new(path);
            let candidate = Candidate { path: &path, mode: 0o644, size: 1, prefix: b"{" };
            assert_eq!((PERL.wants)(&candidate), expected, "{path}");
        }
    }

    #[test]
    fn a_damaged_record_is_a_problem() {
        for content in [&b"{"[..], b"", b"[]", br#"{"name":"a"}"#, br#"{"dist":"a"}"#] {
            for name in ["install.json", "MYMETA.json"] {
                assert_eq!(run(name, content).problems[0].kind, ProblemKind::Malformed);
            }
        }
    }

    proptest! {
        #[test]
        fn any_bytes_give_a_package_or_a_problem(content: Vec<u8>, is_install: bool) {
            let name = if is_install { "install.json" } else { "MYMETA.json" };
            let extraction = run(name, &content);
            prop_assert_eq!(extraction.facts.len() + extraction.problems.len(), 1);
        }
    }
}
