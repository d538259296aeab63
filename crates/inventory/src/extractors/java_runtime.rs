//! Java runtimes: the file `release` in their directory (OpenJDK, make/ReleaseFile.gmk, and JEP 223 and 322 for versions).
//!
//! Every build of OpenJDK is `openjdk`, whoever built it: the advisories are the same. Oracle's own builds, GraalVM and OpenJ9 are
//! products of their own.

use std::collections::BTreeMap;

use plimsoll_core::PackageType;

use crate::{Candidate, Extraction, Extractor, FoundPackage, Pattern, WantedFile};

pub(crate) static JAVA_RUNTIME: Extractor = Extractor {
    id: "java-runtime",
    summary: "Java runtimes (`release` beside `bin/java`)",
    patterns: &[Pattern::Name("release")],
    wants,
    extract,
    ..Extractor::RECORD
};

/// A runtime of all modules lists them in four kibibytes.
const LONGEST: u64 = 64 << 10;
const LONGEST_FIELD: usize = 256;
/// The letters of the names in it; other files of that name begin otherwise.
const KEY: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ_";

fn wants(file: &Candidate<'_>) -> bool {
    let end = file.prefix.iter().position(|byte| !KEY.contains(byte)).unwrap_or_default();
    file.size <= LONGEST && end > 0 && file.prefix.get(end) == Some(&b'=')
}

fn extract(file: &WantedFile<'_>) -> Extraction {
    let text = match file.text() {
        Ok(text) => text,
        Err(problem) => return Extraction::failed(problem),
    };
    let runtime = Runtime::parse(&text);
    let mut extraction = Extraction::default();
    if !runtime.fields.contains_key("JAVA_VERSION") {
        return extraction;
    }
    let Some(version) = runtime.version() else {
        return Extraction::malformed("the file of a Java runtime does not say its version");
    };
    let name = runtime.name();
    let mut package = FoundPackage::new(PackageType::Generic, name, version);
    package.vendor = runtime.field("IMPLEMENTOR").map(str::to_owned);
    package.repository = runtime.field("SOURCE_REPO").map(str::to_owned);
    package.cpes = runtime.cpes(name);
    extraction.push(package);
    extraction
}

struct Runtime<'a> {
    fields: BTreeMap<&'a str, &'a str>,
}

impl<'a> Runtime<'a> {
    fn parse(text: &'a str) -> Self {
        let fields = text.lines().filter_map(|line| {
            let (name, value) = line.trim().split_once('=')?;
            let quoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
            Some((name, quoted.unwrap_or(value).trim()))
        });
        Self { fields: fields.collect() }
    }

    fn field(&self, name: &str) -> Option<&'a str> {
        let is_field = |value: &&&str| {
            !value.is_empty() && value.len() <= LONGEST_FIELD && !value.contains(char::is_control)
        };
        self.fields.get(name).filter(is_field).copied()
    }

    /// As the runtime itself prints it, with the build: `17.0.2+8-LTS`, `1.8.0_402-b06`.
    fn version(&self) -> Option<&'a str> {
        let stated = ["JAVA_RUNTIME_VERSION", "FULL_VERSION", "JAVA_VERSION"];
        let mut stated = stated.into_iter().filter_map(|name| self.field(name));
        stated.find(|version| version.starts_with(|letter: char| letter.is_ascii_digit()))
    }

    fn name(&self) -> &'static str {
        let is = |name: &str, value: &str| {
            self.field(name).is_some_and(|found| found.eq_ignore_ascii_case(value))
        };
        // What Oracle sells is built of an open and a closed repository; its builds of OpenJDK are of the open one alone.
        let is_closed = self.fields.get("SOURCE").is_some_and(|source| source.contains("open:"));
        if self.field("GRAALVM_VERSION").is_some() {
            "graalvm"
        } else if is("JVM_VARIANT", "openj9") {
            "openj9"
        } else if is("BUILD_TYPE", "commercial")
            || (is("IMPLEMENTOR", "Oracle Corporation") && is_closed)
        {
            "oracle-jdk"
        } else {
            "openjdk"
        }
    }

    /// The names under which vulnerability databases know it. The eighth release is `1.8.0_402` to itself and `8:update402` or
    /// `1.8.0:update402` to them.
    fn cpes(&self, name: &str) -> Vec<String> {
        let Some(version) = self.field("JAVA_VERSION") else { return Vec::new() };
        let version: String = version.chars().filter(|letter| is_version(*letter)).collect();
        let (old, update) = match version.split_once('_') {
            Some((old, update)) => (old, format!("update{update}")),
            None => (version.as_str(), "*".to_owned()),
        };
        let short = old.strip_prefix("1.").and_then(|rest| rest.strip_suffix(".0"));
        let cpe = |product: &str, version: &str| {
            format!("cpe:2.3:a:{product}:{version}:{update}:*:*:*:*:*:*")
        };
        let openjdk = || cpe("oracle:openjdk", short.unwrap_or(old));
        match name {
            "oracle-jdk" => ["oracle:jdk", "oracle:jre"].map(|product| cpe(product, old)).into(),
            "graalvm" => {
                let version = self.field("GRAALVM_VERSION").unwrap_or_default();
                let version = version.chars().filter(|letter| is_version(*letter));
                vec![format!(
                    "cpe:2.3:a:oracle:graalvm:{}:*:*:*:*:*:*:*",
                    version.collect::<String>()
                )]
            }
            "openj9" => vec![openjdk()],
            _ => {
                let builder = self.field("IMPLEMENTOR").unwrap_or_default();
                let own = BUILDERS.iter().find(|(name, _)| builder == *name);
                let own = own.map(|(_, product)| cpe(product, short.unwrap_or(old)));
                [openjdk()].into_iter().chain(own).collect()
            }
        }
    }
}

/// Letters of versions that mean nothing in a CPE.
fn is_version(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_')
}

/// Builders of OpenJDK whose builds databases name.
const BUILDERS: [(&str, &str); 3] = [
    ("Amazon.com Inc.", "amazon:corretto"),
    ("Azul Systems, Inc.", "azul:zulu"),
    ("Eclipse Adoptium", "eclipse:temurin"),
];

#[cfg(test)]
mod tests {
    use plimsoll_core::{ImagePath, Limits};
    use proptest::prelude::*;

    use super::*;

    fn run(text: &str) -> Extraction {
        let (path, limits) = (ImagePath::new("opt/java/openjdk/release"), Limits::default());
        extract(&WantedFile::whole(&path, &text.as_bytes().to_vec(), &limits))
    }

    #[test]
    fn runtimes_are_named_by_who_may_judge_them() {
        for (text, name, version, cpes) in [
            (
                "IMPLEMENTOR=\"Eclipse Adoptium\"\nIMPLEMENTOR_VERSION=\"Temurin-17.0.2+8\"\n\
                    JAVA_RUNTIME_VERSION=\"17.0.2+8-LTS\"\nJAVA_VERSION=\"17.0.2\"\nJVM_VARIANT=\"Hotspot\"\n\
                    SOURCE=\".:git:cda0a1776184\"\nFULL_VERSION=\"17.0.2+8\"\n",
                "openjdk",
                "17.0.2+8-LTS",
                &["oracle:openjdk:17.0.2:*", "eclipse:temurin:17.0.2:*"][..],
            ),
            (
                "IMPLEMENTOR=\"Eclipse Adoptium\"\nFULL_VERSION=\"1.8.0_402-b06\"\nJAVA_VERSION=\"1.8.0_402\"\n",
                "openjdk",
                "1.8.0_402-b06",
                &["oracle:openjdk:8:update402", "eclipse:temurin:8:update402"],
            ),
            (
                "IMPLEMENTOR=\"Debian\"\nJAVA_RUNTIME_VERSION=\"17.0.15+6-Debian-1deb12u1\"\n\
                    JAVA_VERSION=\"17.0.15\"\nSOURCE=\"\"\n",
                "openjdk",
                "17.0.15+6-Debian-1deb12u1",
                &["oracle:openjdk:17.0.15:*"],
            ),
            (
                "IMPLEMENTOR=\"Oracle Corporation\"\nJAVA_RUNTIME_VERSION=\"17.0.2+8-86\"\n\
                    JAVA_VERSION=\"17.0.2\"\nSOURCE=\".:git:dfacda488bfb\"\n",
                "openjdk",
                "17.0.2+8-86",
                &["oracle:openjdk:17.0.2:*"],
            ),
            (
                "IMPLEMENTOR=\"Oracle Corporation\"\nJAVA_RUNTIME_VERSION=\"17.0.2+8-LTS-86\"\n\
                    JAVA_VERSION=\"17.0.2\"\nSOURCE=\".:git:2e3ba8e4a1f2 open:git:dfacda488bfb\"\n",
                "oracle-jdk",
                "17.0.2+8-LTS-86",
                &["oracle:jdk:17.0.2:*", "oracle:jre:17.0.2:*"],
            ),
            (
                "BUILD_TYPE=\"commercial\"\nJAVA_VERSION=\"1.8.0_451\"\nOS_NAME=\"Linux\"\n",
                "oracle-jdk",
                "1.8.0_451",
                &["oracle:jdk:1.8.0:update451", "oracle:jre:1.8.0:update451"],
            ),
            (
                "IMPLEMENTOR=\"IBM Corporation\"\nJVM_VARIANT=\"Openj9\"\nJAVA_VERSION=\"11.0.21\"\n\
                    JAVA_RUNTIME_VERSION=\"11.0.21+9\"\n",
                "openj9",
                "11.0.21+9",
                &["oracle:openjdk:11.0.21:*"],
            ),
            (
                "IMPLEMENTOR=\"GraalVM Community\"\nJAVA_RUNTIME_VERSION=\"21.0.2+13-jvmci-23.1-b30\"\n\
                    JAVA_VERSION=\"21.0.2\"\nGRAALVM_VERSION=\"23.1.2\"\n",
                "graalvm",
                "21.0.2+13-jvmci-23.1-b30",
                &["oracle:graalvm:23.1.2:*"],
            ),
            // What jlink made says no more.
            (
                "JAVA_VERSION=\"21\"\nMODULES=\"java.base\"\n",
                "openjdk",
                "21",
                &["oracle:openjdk:21:*"],
            ),
        ] {
            let extraction = run(text);
            assert_eq!(extraction.problems, []);
            let found = extraction.packages().next().unwrap();
            let kind = PackageType::Generic.as_str();
            assert_eq!(
                (found.kind.as_str(), found.name.as_str(), found.version.as_str()),
                (kind, name, version)
            );
            let expected: Vec<_> =
                cpes.iter().map(|cpe| format!("cpe:2.3:a:{cpe}:*:*:*:*:*:*")).collect();
            assert_eq!(found.cpes, expected);
        }
    }

    #[test]
    fn the_builder_and_its_repository_are_kept() {
        let extraction = run(
            "IMPLEMENTOR=\"Azul Systems, Inc.\"\nJAVA_VERSION=\"17.0.2\"\nSOURCE_REPO=\"https://github.com/a/b.git\"",
        );
        let found = extraction.packages().next().unwrap();
        assert_eq!(found.vendor.as_deref(), Some("Azul Systems, Inc."));
        assert_eq!(found.repository.as_deref(), Some("https://github.com/a/b.git"));
    }

    #[test]
    fn other_files_of_that_name_are_nothing_and_one_without_a_version_is_a_problem() {
        let extraction = run("NAME=\"other\"\nVERSION=\"1\"\n");
        assert_eq!((extraction.facts.len(), extraction.problems.len()), (0, 0));
        for text in ["JAVA_VERSION=\"\"\n", "JAVA_VERSION=\"\u{1b}[2J\"\n", "JAVA_VERSION=unknown"]
        {
            let extraction = run(text);
            assert_eq!((extraction.facts.len(), extraction.problems.len()), (0, 1));
        }
        let path = &ImagePath::new("opt/jdk/release");
        for (prefix, size, expected) in [
            (&b"IMPLEMENTOR=\"Debian\"\n"[..], 1000, true),
            (b"JAVA_VERSION=\"21\"", 1000, true),
            (b"JAVA_VERSION=\"21\"", 1 << 20, false),
            (b"CentOS Linux release 7.9\n", 1000, false),
            (b"#!/bin/sh\n", 1000, false),
            (b"=", 1000, false),
            (b"", 0, false),
        ] {
            assert_eq!(wants(&Candidate { path, mode: 0o644, size, prefix }), expected);
        }
    }

    proptest! {
        #[test]
        fn any_text_ends(text: String) {
            let _ = run(&text);
            let _ = run(&format!("JAVA_VERSION=1{text}\n{text}"));
        }
    }
}
