//! Bills of materials that lie in an image: of Wolfi's and its relatives' packages, of Bitnami's components, of what Python wheels carry
//! (PEP 770), and whatever else has the names that such files go by.

use plimsoll_core::PackageType;

use crate::roots::below_any_root;
use crate::text::decoded;
use crate::{Authority, Candidate, Extraction, Extractor, Fact, Pattern, WantedFile, sbom};

pub(crate) static EMBEDDED_SBOM: Extractor = Extractor {
    id: "embedded-sbom",
    version: 6,
    summary: "What bills of materials in the image name: CycloneDX as JSON and XML, SPDX as JSON and as tags and values, signed or not",
    patterns: &[
        Pattern::Extension(".bom.json"),
        Pattern::Extension(".cdx"),
        Pattern::Extension(".cdx.json"),
        Pattern::Extension(".cdx.xml"),
        Pattern::Extension(".cyclonedx.json"),
        Pattern::Extension(".sbom.json"),
        Pattern::Extension(".spdx"),
        Pattern::Extension(".spdx.json"),
        Pattern::Name("bom.json"),
        Pattern::Name("sbom.json"),
    ],
    wants,
    authority: Authority::Sbom,
    extract,
    ..Extractor::RECORD
};

/// JSON, XML, tags and values, which may begin with a comment.
const BEGINNINGS: [&[u8]; 4] = [b"{", b"<", b"SPDXVersion:", b"#"];
const BITNAMI: &str = "opt/bitnami";
/// Where apk keeps the documents that packages bring of themselves.
const APK_DOCUMENTS: [&str; 2] = ["var/lib/db/sbom", "usr/lib/db/sbom"];
const WHEEL_DOCUMENTS: &str = ".dist-info/sboms";
/// Directories whose documents are examples and material for tests: what they name is not there.
const TEST_DIRECTORIES: [&str; 9] = [
    "__tests__",
    "example",
    "examples",
    "fixture",
    "fixtures",
    "test",
    "test-data",
    "testdata",
    "tests",
];

fn wants(file: &Candidate<'_>) -> bool {
    let path = file.path.as_str();
    // Bitnami's documents are called `.spdx-NAME.spdx`; others of that ending are the texts of licences.
    let is_licence = below_any_root(path, BITNAMI).is_some()
        && path.ends_with(".spdx")
        && !file.path.file_name().starts_with(".spdx-");
    let first = decoded(file.prefix);
    let first = first.trim_start().as_bytes();
    let begins = BEGINNINGS.iter().any(|beginning| first.starts_with(beginning));
    !is_licence && begins && !lies_in_tests(file.path.parent())
}

/// True for a directory among examples and material for tests.
pub(crate) fn lies_in_tests(directory: &str) -> bool {
    directory.split('/').any(|name| TEST_DIRECTORIES.contains(&name))
}

fn extract(file: &WantedFile<'_>) -> Extraction {
    let bytes = match file.bytes() {
        Ok(bytes) => bytes,
        Err(problem) => return Extraction::failed(problem),
    };
    if file.path.parent().ends_with(WHEEL_DOCUMENTS) {
        return sbom::read_bundled(&bytes, file.limits);
    }
    let mut extraction = sbom::read(&bytes, file.limits);
    let path = file.path.as_str();
    if APK_DOCUMENTS.iter().any(|directory| below_any_root(path, directory).is_some()) {
        extraction.facts.retain(|fact| !is_material(fact));
    }
    if below_any_root(path, BITNAMI).is_some() && path.ends_with(".spdx") {
        extraction.facts.iter_mut().for_each(name_as_bitnamis);
    }
    extraction
}

/// True for the repository and the archives that a package was built from, which its document names beside it.
fn is_material(fact: &Fact) -> bool {
    let kinds = [PackageType::Generic, PackageType::Github];
    matches!(fact, Fact::Package(package) if kinds.iter().any(|kind| kind.as_str() == package.kind))
}

/// Older documents name a component by its CPE alone.
fn name_as_bitnamis(fact: &mut Fact) {
    if let Fact::Package(package) = fact
        && package.kind == PackageType::Generic.as_str()
    {
        package.kind = PackageType::Bitnami.as_str().to_owned();
    }
}

#[cfg(test)]
mod tests {
    use plimsoll_core::{ImagePath, Limits};
    use proptest::prelude::*;

    use super::*;
    use crate::FoundState;

    fn run(path: &str, content: &[u8]) -> Extraction {
        let path = ImagePath::new(path);
        let content = content.to_vec();
        extract(&WantedFile::whole(&path, &content, &Limits::default()))
    }

    fn rows(extraction: &Extraction) -> Vec<(&str, &str, &str, FoundState)> {
        let packages = extraction.packages();
        packages
            .map(|one| (one.kind.as_str(), one.name.as_str(), one.version.as_str(), one.state))
            .collect()
    }

    #[test]
    fn only_what_may_be_a_document_of_the_image_is_wanted() {
        for (path, prefix, wanted) in [
            ("var/lib/db/sbom/bash-5.2-r1.spdx.json", "{\"SPDXID\"", true),
            ("opt/bitnami/redis/.spdx-redis.spdx", "{", true),
            ("opt/bitnami/redis/licenses/a.spdx", "{", false),
            ("opt/a/app.spdx", "{", true),
            ("opt/a/app.spdx", "SPDXVersion: SPDX-2.3", true),
            ("opt/a/app.spdx", "Apache License", false),
            ("opt/a/app.cdx", "{", true),
            ("opt/a/app.cdx", "<bom", true),
            ("opt/a/bom.json", "\n\t{", true),
            ("opt/a/bom.json", "\u{feff}{", true),
            ("opt/a/bom.json", "[1]", false),
            ("opt/a/bom.json", "", false),
            ("opt/a/sbom.cdx.json", "{", true),
            ("opt/a/tests/sbom.cdx.json", "{", false),
            ("opt/testsuite/sbom.cdx.json", "{", true),
        ] {
            let path = ImagePath::new(path);
            let candidate =
                Candidate { path: &path, mode: 0o644, size: 9, prefix: prefix.as_bytes() };
            assert_eq!(wants(&candidate), wanted, "{path} {prefix}");
        }
    }

    #[test]
    fn a_document_in_utf_16_is_wanted() {
        let path = ImagePath::new("opt/a/sbom.cdx.xml");
        for (prefix, wanted) in [
            (&b"\xff\xfe<\x00?\x00"[..], true),
            (b"\xfe\xff\x00<\x00?", true),
            (b"\xff\xfea\x00", false),
        ] {
            let candidate = Candidate { path: &path, mode: 0o644, size: 9, prefix };
            assert_eq!(wants(&candidate), wanted);
        }
    }

    #[test]
    fn a_document_of_an_apk_package_names_the_package_and_not_its_source() {
        let document = r#"{"SPDXID":"SPDXRef-DOCUMENT","spdxVersion":"SPDX-2.3","documentDescribes":["SPDXRef-a"],"packages":[
            {"SPDXID":"SPDXRef-a","name":"bash","versionInfo":"5.2.21-r1","licenseDeclared":"GPL-3.0-or-later","externalRefs":[
             {"referenceCategory":"PACKAGE-MANAGER","referenceType":"purl",
              "referenceLocator":"pkg:apk/wolfi/bash@5.2.21-r1?arch=x86_64"}]},
            {"SPDXID":"SPDXRef-b","name":"bash.yaml","versionInfo":"0123abcd","externalRefs":[
             {"referenceType":"purl","referenceLocator":"pkg:github/wolfi-dev/os@0123abcd#bash.yaml"}]},
            {"SPDXID":"SPDXRef-c","name":"bash","versionInfo":"5.2.21","externalRefs":[
             {"referenceType":"purl","referenceLocator":"pkg:generic/bash@5.2.21?download_url=https%3A%2F%2Fexample.com"}]}]}"#;
        let found = run("var/lib/db/sbom/bash-5.2.21-r1.spdx.json", document.as_bytes());
        assert_eq!(found.problems, []);
        assert_eq!(rows(&found), [("apk", "bash", "5.2.21-r1", FoundState::Declared)]);
        let package = found.packages().next().unwrap();
        assert_eq!(package.arch.as_deref(), Some("x86_64"));
        assert_eq!(package.licenses, ["GPL-3.0-or-later"]);
    }

    #[test]
    fn bitnamis_components_have_the_cpe_that_databases_know_them_by() {
        let document = r#"{"SPDXID":"SPDXRef-DOCUMENT","spdxVersion":"SPDX-2.3","documentDescribes":["SPDXRef-redis"],"packages":[
            {"SPDXID":"SPDXRef-redis","name":"redis","versionInfo":"7.2.4","licenseConcluded":"NOASSERTION",
             "licenseDeclared":"BSD-3-Clause","externalRefs":[
             {"referenceType":"cpe23Type","referenceLocator":"cpe:2.3:*:redis:redis:7.2.4:*:*:*:*:*:*:*"},
             {"referenceType":"purl","referenceLocator":"pkg:bitnami/redis@7.2.4-3?arch=amd64&distro=debian-12"}]},
            {"SPDXID":"SPDXRef-gosu","name":"gosu","versionInfo":"1.17.0","externalRefs":[
             {"referenceType":"cpe23Type","referenceLocator":"cpe:2.3:*:gosu_project:gosu:1.17.0:*:*:*:*:*:*:*"}]}]}"#;
        let found = run("opt/bitnami/redis/.spdx-redis.spdx", document.as_bytes());
        let expected = [
            ("bitnami", "redis", "7.2.4-3", FoundState::Declared),
            ("bitnami", "gosu", "1.17.0", FoundState::Declared),
        ];
        assert_eq!(rows(&found), expected);
        let cpes: Vec<_> = found.packages().map(|package| package.cpes.len()).collect();
        assert_eq!(cpes, [1, 1]);
    }

    #[test]
    fn what_a_wheel_carries_is_bundled() {
        let document = br#"{"bomFormat":"CycloneDX","specVersion":"1.4","components":[
            {"type":"library","name":"libfreetype","version":"2.13","purl":"pkg:rpm/almalinux/freetype@2.13-1.el8"}]}"#;
        let found = run("usr/lib/python3/pillow-10.dist-info/sboms/auditwheel.cdx.json", document);
        assert_eq!(
            rows(&found),
            [("generic", "rpm/almalinux/freetype", "2.13-1.el8", FoundState::Bundled)]
        );
    }

    #[test]
    fn a_file_of_that_name_that_is_no_document_gives_nothing() {
        for content in ["{}", "{\"name\":\"bom\"}", "{\"components\":[]}"] {
            let found = run("srv/bom.json", content.as_bytes());
            assert!(found.facts.is_empty() && found.problems.is_empty(), "{content}");
        }
        for content in ["{ not json", "{\"bomFormat\":\"CycloneDX\",\"components\":[{"] {
            assert_eq!(run("srv/bom.json", content.as_bytes()).problems.len(), 1, "{content}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            run("opt/bitnami/a/.spdx-a.spdx", &bytes);
        }
    }
}
