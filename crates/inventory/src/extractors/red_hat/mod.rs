//! What Red Hat's build of an image leaves in it: the content sets that its packages came from, and which container it is.
//!
//! Content sets are names of repositories, listed in a JSON file of each layer (containerbuildsystem, "image content manifest").
//! The container is known by its Dockerfile, whose name ends with version and release, or by a JSON file of labels in newer
//! builds. It is listed as a package, with the CPE of the product that it is part of where a label states it: the layer that
//! brings the file is the product's.

mod dockerfile;

use std::collections::BTreeMap;

use plimsoll_core::{ImagePath, PackageType, Problem, ProblemKind};
use serde::Deserialize;
use serde_json::Value;

use crate::{Candidate, Extraction, Extractor, Fact, FoundPackage, Pattern, WantedFile};

pub(crate) static RED_HAT: Extractor = Extractor {
    id: "red-hat",
    version: 2,
    summary: "Red Hat's containers: the content sets of their packages, the container itself with the CPE of its product",
    patterns: &[
        Pattern::Below("root/buildinfo", ""),
        Pattern::Below("usr/share/buildinfo", ".json"),
    ],
    wants: |candidate: &Candidate<'_>| form(candidate.path).is_some(),
    extract,
    makes_root: false,
    ..Extractor::RECORD
};

enum Form<'a> {
    ContentManifest,
    Labels,
    /// With what follows `Dockerfile-` in its name.
    Dockerfile(&'a str),
}

fn form(path: &ImagePath) -> Option<Form<'_>> {
    let is_old = path.parent() == "root/buildinfo";
    let is_new = path.parent() == "usr/share/buildinfo";
    match path.file_name() {
        "labels.json" if is_old || is_new => Some(Form::Labels),
        name if name.ends_with(".json") => {
            let is_manifest = is_new || path.parent() == "root/buildinfo/content_manifests";
            is_manifest.then_some(Form::ContentManifest)
        }
        name if is_old => name.strip_prefix("Dockerfile-").map(Form::Dockerfile),
        _ => None,
    }
}

/// No such file comes near this.
const MOST_BYTES: u64 = 4 << 20;
/// Content sets of one layer.
const MOST_SETS: usize = 10_000;

fn extract(file: &WantedFile<'_>) -> Extraction {
    let Some(form) = form(file.path) else { return Extraction::default() };
    if let Some(problem) = file.over(MOST_BYTES) {
        return Extraction::failed(problem);
    }
    let text = match file.text() {
        Ok(text) => text,
        Err(problem) => return Extraction::failed(problem),
    };
    match form {
        Form::ContentManifest => content_sets(&text),
        Form::Labels => match serde_json::from_str::<BTreeMap<String, Value>>(&text) {
            Ok(labels) => {
                let label = |name: &str| labels.get(name).and_then(Value::as_str);
                container(label, None)
            }
            Err(error) => not_json(&error),
        },
        Form::Dockerfile(name) => {
            let labels = dockerfile::labels(&text);
            // The first builds wrote `BZComponent`, `Name`, `Architecture`.
            let lower = |(name, value): (String, String)| (name.to_lowercase(), value);
            let labels: BTreeMap<_, _> = labels.into_iter().map(lower).collect();
            container(|name| labels.get(name).map(String::as_str), version_of(name))
        }
    }
}

fn not_json(error: &serde_json::Error) -> Extraction {
    // The error's own text may quote the file at any length.
    let (line, column) = (error.line(), error.column());
    Extraction::malformed(format!("not the JSON of a build at line {line}, column {column}"))
}

#[derive(Deserialize)]
struct ContentManifest {
    #[serde(default)]
    content_sets: Option<Vec<Value>>,
}

fn content_sets(text: &str) -> Extraction {
    let manifest: ContentManifest = match serde_json::from_str(text) {
        Ok(manifest) => manifest,
        Err(error) => return not_json(&error),
    };
    let mut extraction = Extraction::default();
    let mut stated = manifest.content_sets.unwrap_or_default();
    if stated.len() > MOST_SETS {
        let detail = format!("more than {MOST_SETS} content sets");
        extraction.problems.push(Problem::new(ProblemKind::LimitExceeded, detail));
        stated.truncate(MOST_SETS);
    }
    let count = stated.len();
    let set = |value: Value| match value {
        Value::String(set) if !set.is_empty() => Some(set),
        _ => None,
    };
    let sets: Vec<_> = stated.into_iter().filter_map(set).collect();
    if sets.len() < count {
        let detail = format!("{} content sets that are no names", count - sets.len());
        extraction.problems.push(Problem::new(ProblemKind::Malformed, detail));
    }
    if !sets.is_empty() {
        extraction.facts.push(Fact::Repositories(sets));
    }
    extraction
}

/// The container that labels describe. A file without any of its names is somebody else's.
fn container<'a>(label: impl Fn(&str) -> Option<&'a str>, version: Option<String>) -> Extraction {
    let label = |name: &str| label(name).filter(|value| !value.is_empty());
    let component = label("com.redhat.component").or_else(|| label("bzcomponent"));
    let mut extraction = Extraction::default();
    let Some(name) = label("name").or(component) else { return extraction };
    let stated = || Some(format!("{}-{}", label("version")?, label("release")?));
    let Some(version) = version.or_else(stated) else {
        return Extraction::malformed("a container without a version and a release");
    };
    extraction.push(FoundPackage {
        arch: label("architecture").map(str::to_owned),
        source_name: component.map(str::to_owned),
        vendor: label("vendor").map(str::to_owned),
        cpes: label("cpe").and_then(bound).into_iter().collect(),
        ..FoundPackage::new(PackageType::Generic, name, version)
    });
    extraction
}

/// `version-release` of `name-version-release`.
fn version_of(file_name: &str) -> Option<String> {
    let (before_release, release) = file_name.rsplit_once('-')?;
    let (_, version) = before_release.rsplit_once('-')?;
    (!version.is_empty() && !release.is_empty()).then(|| format!("{version}-{release}"))
}

/// A CPE 2.3 name of one in the older form of a URI (NIST IR 7695, "Binding"): `cpe:/a:redhat:rhel_eus:9.2::appstream`. Words that
/// mean anything beyond letters are not rewritten, and such a name is none.
fn bound(cpe: &str) -> Option<String> {
    if cpe.starts_with("cpe:2.3:") {
        return Some(cpe.to_owned());
    }
    let parts: Vec<_> = cpe.strip_prefix("cpe:/")?.split(':').collect();
    let is_plain = |part: &&str| {
        part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    let whole = (3..=7).contains(&parts.len()) && parts.iter().take(3).all(|part| !part.is_empty());
    if !whole || !parts.iter().all(is_plain) {
        return None;
    }
    // Part to language, then four that only the newer form has.
    let stated = parts.iter().map(|part| if part.is_empty() { "*" } else { part });
    let all: Vec<_> = stated.chain(std::iter::repeat("*")).take(11).collect();
    Some(format!("cpe:2.3:{}", all.join(":")))
}

#[cfg(test)]
mod tests {
    use plimsoll_core::Limits;
    use proptest::prelude::*;

    use super::*;

    fn extract_at(path: &str, content: &str) -> Extraction {
        let path = ImagePath::new(path);
        let content = content.as_bytes().to_vec();
        extract(&WantedFile::whole(&path, &content, &Limits::default()))
    }

    #[test]
    fn content_sets_are_repositories() {
        let text = r#"{"metadata": {}, "content_sets": ["rhel-9-for-x86_64-baseos-rpms", 7, "rhel-9-for-x86_64-appstream-rpms"]}"#;
        for path in [
            "root/buildinfo/content_manifests/ubi9-container-9.5-17.json",
            "usr/share/buildinfo/content-sets.json",
        ] {
            let extraction = extract_at(path, text);
            let sets = ["rhel-9-for-x86_64-baseos-rpms", "rhel-9-for-x86_64-appstream-rpms"]
                .map(str::to_owned);
            assert_eq!(extraction.facts, [Fact::Repositories(sets.into())]);
            assert_eq!(extraction.problems[0].detail, "1 content sets that are no names");
            for text in ["{\"content_sets\": [\"a\"", "{\"content_sets\": \"a\"}", "\0"] {
                assert_eq!(extract_at(path, text).problems[0].kind, ProblemKind::Malformed);
            }
            for text in ["{}", "{\"content_sets\": null}", "{\"content_sets\": []}"] {
                let extraction = extract_at(path, text);
                assert!(extraction.facts.is_empty() && extraction.problems.is_empty(), "{text}");
            }
        }
    }

    #[test]
    fn labels_tell_the_container_and_the_cpe_of_its_product() {
        let labels = r#"{"name": "openshift4/ose-cli", "com.redhat.component": "openshift-enterprise-cli-container", "version": "v4.15.0",
            "release": "202402", "architecture": "x86_64", "vendor": "Red Hat, Inc.", "cpe": "cpe:/a:redhat:openshift:4.15::el9", "x": 1}"#;
        let extraction = extract_at("root/buildinfo/labels.json", labels);
        let expected = FoundPackage {
            arch: Some("x86_64".into()),
            source_name: Some("openshift-enterprise-cli-container".into()),
            vendor: Some("Red Hat, Inc.".into()),
            cpes: vec!["cpe:2.3:a:redhat:openshift:4.15:*:el9:*:*:*:*:*".into()],
            ..FoundPackage::new(PackageType::Generic, "openshift4/ose-cli", "v4.15.0-202402")
        };
        assert_eq!(extraction.packages().collect::<Vec<_>>(), [&expected]);
        let unversioned = extract_at("usr/share/buildinfo/labels.json", "{\"name\": \"a\"}");
        assert_eq!(unversioned.problems[0].kind, ProblemKind::Malformed);
        let nameless = extract_at("usr/share/buildinfo/labels.json", "{}");
        assert!(nameless.facts.is_empty() && nameless.problems.is_empty());
    }

    #[test]
    fn a_dockerfile_is_named_after_the_version_of_its_container() {
        let text = "FROM scratch\nENV PREFIX=my\nLABEL com.redhat.component=\"${PREFIX}-pkg\" \\\n  architecture=x86_64\n";
        let extraction = extract_at("root/buildinfo/Dockerfile-rhel9-my-pkg-1.2-30", text);
        let expected = FoundPackage {
            arch: Some("x86_64".into()),
            source_name: Some("my-pkg".into()),
            ..FoundPackage::new(PackageType::Generic, "my-pkg", "1.2-30")
        };
        assert_eq!(extraction.packages().collect::<Vec<_>>(), [&expected]);
        assert!(extract_at("root/buildinfo/Dockerfile-a-1-1", "FROM scratch\n").facts.is_empty());
        let old = "ENV base jboss-base\nLABEL BZComponent=\"${base}-7-docker\" Architecture=x86_64 Name=jboss-base-7/base\n";
        let extraction = extract_at("root/buildinfo/Dockerfile-jboss-base-7-base-1.1-3", old);
        let expected = FoundPackage {
            arch: Some("x86_64".into()),
            source_name: Some("jboss-base-7-docker".into()),
            ..FoundPackage::new(PackageType::Generic, "jboss-base-7/base", "1.1-3")
        };
        assert_eq!(extraction.packages().collect::<Vec<_>>(), [&expected]);
    }

    #[test]
    fn only_files_of_the_build_are_wanted() {
        for (path, expected) in [
            ("root/buildinfo/content_manifests/a.json", true),
            ("root/buildinfo/Dockerfile-a-1-1", true),
            ("root/buildinfo/labels.json", true),
            ("root/buildinfo/other.json", false),
            ("root/buildinfo/readme", false),
            ("usr/share/buildinfo/content-sets.json", true),
            ("usr/share/buildinfo/x/y.json", false),
        ] {
            assert_eq!(form(&ImagePath::new(path)).is_some(), expected, "{path}");
        }
    }

    #[test]
    fn a_cpe_in_the_form_of_a_uri_is_bound_as_a_string() {
        for (cpe, expected) in [
            (
                "cpe:/a:redhat:enterprise_linux:9::appstream",
                Some("cpe:2.3:a:redhat:enterprise_linux:9:*:appstream:*:*:*:*:*"),
            ),
            (
                "cpe:/o:redhat:enterprise_linux:8",
                Some("cpe:2.3:o:redhat:enterprise_linux:8:*:*:*:*:*:*:*"),
            ),
            ("cpe:2.3:a:b:c:*:*:*:*:*:*:*:*", Some("cpe:2.3:a:b:c:*:*:*:*:*:*:*:*")),
            ("cpe:/a:redhat", None),
            ("cpe:/a:red%20hat:x", None),
            ("text", None),
        ] {
            assert_eq!(bound(cpe).as_deref(), expected, "{cpe}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "\\PC{0,60}") {
            for path in ["root/buildinfo/labels.json", "root/buildinfo/Dockerfile-a-1", "usr/share/buildinfo/a.json"] {
                extract_at(path, &text);
            }
        }
    }
}
