use plimsoll_core::Limits;
use proptest::prelude::*;

use super::*;
use crate::FoundState;

fn run(text: &str) -> Extraction {
    read(text.as_bytes(), &Limits::default())
}

/// Kind, name and version of each package; there are no problems.
fn packages(text: &str) -> Vec<String> {
    let found = run(text);
    assert_eq!(found.problems, []);
    found.packages().map(|one| format!("{} {} {}", one.kind, one.name, one.version)).collect()
}

const CYCLONEDX: &str = r#"{
  "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
  "metadata": {"component": {"type": "application", "name": "app", "version": "1", "purl": "pkg:maven/org.app/app@1"}},
  "components": [
    {"type": "library", "group": "@babel", "name": "core", "version": "7.0.0", "purl": "pkg:npm/%40babel/core@7.0.0",
     "licenses": [{"license": {"id": "MIT"}}, {"license": {"name": "Other"}}], "hashes": [{"alg": "SHA-1", "content": "00"}]},
    {"type": "library", "name": "six", "version": "1.16", "purl": "pkg:pypi/six@1.16",
     "licenses": [{"expression": "MIT OR Apache-2.0"}], "cpe": "cpe:2.3:a:six_project:six:1.16:*:*:*:*:*:*:*",
     "components": [{"type": "library", "name": "inner", "version": "2", "purl": "pkg:cargo/inner@2"}]},
    {"type": "library", "name": "junit", "version": "4", "purl": "pkg:maven/junit/junit@4", "scope": "excluded"},
    {"type": "application", "group": "org.acme", "name": "server", "version": "3.1", "cpe": "cpe:/a:acme:server:3.1"},
    {"type": "application", "name": "no version"},
    {"type": "file", "name": "/etc/passwd", "version": "1"},
    {"type": "operating-system", "name": "debian", "version": "12"}
  ]}"#;

#[test]
fn components_of_cyclonedx_are_read_with_those_inside() {
    assert_eq!(
        packages(CYCLONEDX),
        ["npm @babel/core 7.0.0", "pypi six 1.16", "cargo inner 2", "generic org.acme/server 3.1"]
    );
    let found = run(CYCLONEDX);
    let all: Vec<_> = found.packages().collect();
    assert_eq!(all[0].licenses, ["MIT", "Other"]);
    assert_eq!(all[1].licenses, ["MIT OR Apache-2.0"]);
    assert_eq!((all[1].cpes.len(), all[3].cpes.len()), (1, 0), "only CPE 2.3");
    assert!(all.iter().all(|package| package.state == FoundState::Declared));
}

#[test]
fn every_version_of_cyclonedx_that_has_json_is_read_and_a_later_one_told() {
    for version in ["1.2", "1.3", "1.4", "1.6", "1.7"] {
        assert_eq!(packages(&CYCLONEDX.replace("1.5", version)).len(), 4, "{version}");
    }
    let later = run(&CYCLONEDX.replace("1.5", "2.0"));
    assert_eq!(later.problems[0].kind, ProblemKind::Unsupported);
    assert!(later.facts.is_empty());
}

const SPDX: &str = r#"{
  "SPDXID": "SPDXRef-DOCUMENT", "spdxVersion": "SPDX-2.3", "name": "doc",
  "packages": [
    {"SPDXID": "SPDXRef-root", "name": "image", "versionInfo": "latest"},
    {"SPDXID": "SPDXRef-1", "name": "Zope_Interface", "versionInfo": "5.0", "licenseConcluded": "NOASSERTION",
     "licenseDeclared": "ZPL-2.1", "externalRefs": [
      {"referenceCategory": "SECURITY", "referenceType": "cpe23Type", "referenceLocator": "cpe:2.3:a:zope:zope:5:*:*:*:*:*:*:*"},
      {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": "pkg:pypi/zope-interface@5.0"}]},
    {"SPDXID": "SPDXRef-2", "name": "openssl", "versionInfo": "3.0.7", "externalRefs": [
      {"referenceType": "purl", "referenceLocator": "pkg:rpm/redhat/openssl@3.0.7-1.el9?arch=x86_64&epoch=1"}]},
    {"SPDXID": "SPDXRef-3", "name": "openssl", "versionInfo": "3.0.7", "externalRefs": [
      {"referenceType": "purl", "referenceLocator": "pkg:rpm/redhat/openssl@3.0.7-1.el9?arch=src&epoch=1"}]},
    {"SPDXID": "SPDXRef-4", "name": "bash.tar.gz", "versionInfo": "5.2", "primaryPackagePurpose": "SOURCE", "externalRefs": [
      {"referenceType": "purl", "referenceLocator": "pkg:generic/bash@5.2"}]},
    {"SPDXID": "SPDXRef-5", "name": "cmake", "versionInfo": "3", "externalRefs": [
      {"referenceType": "purl", "referenceLocator": "pkg:generic/cmake@3"}]},
    {"SPDXID": "SPDXRef-6", "name": "image", "externalRefs": [
      {"referenceType": "purl", "referenceLocator": "pkg:oci/image@sha256:00"}]},
    {"SPDXID": "SPDXRef-7", "name": "plain", "versionInfo": "1"},
    {"SPDXID": "SPDXRef-8", "name": "debian", "versionInfo": "12", "primaryPackagePurpose": "OPERATING-SYSTEM"},
    {"SPDXID": "SPDXRef-9", "name": "used", "versionInfo": "1"}
  ],
  "relationships": [
    {"spdxElementId": "SPDXRef-DOCUMENT", "relatedSpdxElement": "SPDXRef-root", "relationshipType": "DESCRIBES"},
    {"spdxElementId": "SPDXRef-2", "relatedSpdxElement": "SPDXRef-3", "relationshipType": "GENERATED_FROM"},
    {"spdxElementId": "SPDXRef-5", "relatedSpdxElement": "SPDXRef-2", "relationshipType": "BUILD_TOOL_OF"},
    {"spdxElementId": "SPDXRef-1", "relatedSpdxElement": "SPDXRef-9", "relationshipType": "GENERATED_FROM"},
    {"spdxElementId": "SPDXRef-root", "relatedSpdxElement": "SPDXRef-9", "relationshipType": "CONTAINS"},
    {"spdxElementId": 1}
  ]}"#;

#[test]
fn packages_of_spdx_are_read_without_what_they_were_made_from() {
    let expected = [
        "pypi Zope_Interface 5.0",
        "rpm openssl 1:3.0.7-1.el9",
        "generic plain 1",
        "generic used 1",
    ];
    assert_eq!(packages(SPDX), expected);
    let found = run(SPDX);
    let all: Vec<_> = found.packages().collect();
    assert_eq!(
        (all[0].licenses.as_slice(), all[0].cpes.len()),
        (["ZPL-2.1".to_owned()].as_slice(), 1)
    );
    assert_eq!(all[1].arch.as_deref(), Some("x86_64"));
}

const SPDX_3: &str = r#"{
  "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
  "@graph": [
    {"type": "CreationInfo", "@id": "_:creation", "specVersion": "3.0.1"},
    {"type": "SpdxDocument", "spdxId": "urn:doc", "rootElement": ["urn:root"]},
    {"type": "software_Package", "spdxId": "urn:root", "name": "image", "software_packageVersion": "1"},
    {"type": "software_Package", "spdxId": "urn:1", "name": "JSONStream", "software_packageVersion": "1.3.5",
     "software_packageUrl": "pkg:npm/jsonstream@1.3.5",
     "externalIdentifier": [{"type": "ExternalIdentifier", "externalIdentifierType": "cpe23", "identifier": "cpe:2.3:a:b:c:1"}]},
    {"type": "software_Package", "spdxId": "urn:2", "name": "serde",
     "externalIdentifier": [{"externalIdentifierType": "packageUrl", "identifier": "pkg:cargo/serde@1.0.1"}]},
    {"type": "software_Package", "spdxId": "urn:3", "name": "source", "software_packageVersion": "1",
     "software_primaryPurpose": "source", "software_packageUrl": "pkg:generic/source@1"},
    {"type": "simplelicensing_LicenseExpression", "spdxId": "urn:l", "simplelicensing_licenseExpression": "MIT"},
    {"type": "Relationship", "from": "urn:1", "to": ["urn:l"], "relationshipType": "hasDeclaredLicense"}
  ]}"#;

#[test]
fn packages_of_spdx_3_are_read_from_the_graph() {
    assert_eq!(packages(SPDX_3), ["npm JSONStream 1.3.5", "cargo serde 1.0.1"]);
    let found = run(SPDX_3);
    let first = found.packages().next().unwrap();
    assert_eq!((first.licenses.as_slice(), first.cpes.len()), (["MIT".to_owned()].as_slice(), 1));
}

#[test]
fn entries_that_are_none_are_counted_and_the_others_read() {
    let text = r#"{"bomFormat":"CycloneDX","components":[
        {"type":"library","name":"a","version":"1","purl":"pkg:npm/a@1"}, 7, {"type":"library"},
        {"type":"library","name":"b","purl":"nothing"},
        {"type":"library","name":"c","purl":"pkg:npm/c@1%0A"},
        {"type":7,"name":"d","version":{},"purl":"pkg:npm/d@2","licenses":[{"license":7}],"cpe":[]}]}"#;
    let found = run(text);
    assert_eq!(
        found.packages().map(|package| package.name.as_str()).collect::<Vec<_>>(),
        ["a", "d"]
    );
    assert_eq!(found.problems[0].detail, "4 entries that are no packages");
    let spdx = run(r#"{"spdxVersion":"SPDX-2.2","packages":[{"SPDXID":"SPDXRef-a"},[]]}"#);
    assert_eq!(spdx.problems[0].detail, "2 entries that are no packages");
    let spdx_3 = run(
        r#"{"@context":"https://spdx.org/rdf/3.0.0/x","@graph":[{"type":"software_Package"},0]}"#,
    );
    assert_eq!(spdx_3.problems[0].detail, "2 entries that are no packages");
}

#[test]
fn what_is_broken_off_is_told_and_what_is_something_else_gives_nothing() {
    for text in [CYCLONEDX, SPDX, SPDX_3] {
        let found = run(&text[..text.len() - 3]);
        assert_eq!(found.problems[0].kind, ProblemKind::Malformed);
        assert!(found.problems[0].detail.len() < 100);
    }
    // A `{` that is no JSON was to be one: its name says so.
    assert_eq!(run("{").problems[0].kind, ProblemKind::Malformed);
    for text in
        ["", "[]", "null", "{}", r#"{"bomFormat":"Other"}"#, r#"{"name":"a","components":[{}]}"#]
    {
        let found = run(text);
        assert!(found.facts.is_empty() && found.problems.is_empty(), "{text}");
    }
}

#[test]
fn forms_that_are_not_read_are_told() {
    for text in [
        "SPDXVersion: SPDX-9\nPackageName: a\n",
        "<?xml version=\"1.0\"?>\n<rdf:RDF xmlns:spdx=\"http://spdx.org/rdf/terms#\"/>",
        r#"{"spdxVersion":"SPDX-9\u001b[2J"}"#,
    ] {
        let found = run(text);
        assert_eq!(found.problems[0].kind, ProblemKind::Unsupported, "{text}");
        assert!(!found.problems[0].detail.contains(char::is_control));
    }
}

const TAGS: &str = "SPDXVersion: SPDX-2.3
SPDXID: SPDXRef-DOCUMENT
DocumentName: image
Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-bash
PackageName: bash
SPDXID: SPDXRef-bash
PackageVersion: 5.2.15-2
PackageLicenseDeclared: GPL-3.0-or-later
PackageComment: <text>of several lines
PackageName: a
</text>
ExternalRef: PACKAGE-MANAGER purl pkg:deb/debian/bash@5.2.15-2?arch=amd64
ExternalRef: SECURITY cpe23Type cpe:2.3:a:gnu:bash:5.2.15:*:*:*:*:*:*:*

PackageName: bash.tar.gz
SPDXID: SPDXRef-source
PackageVersion: 1
Relationship: SPDXRef-bash GENERATED_FROM SPDXRef-source

PackageName: debian
SPDXID: SPDXRef-OperatingSystem-1
PackageVersion: 12
FileName: ./etc/passwd
PackageVersion: 3
";

#[test]
fn tags_and_values_are_read_as_json_is() {
    assert_eq!(packages(TAGS), ["deb bash 5.2.15-2"]);
    let found = run(TAGS);
    let bash = found.packages().next().unwrap();
    assert_eq!(bash.licenses, ["GPL-3.0-or-later"]);
    assert_eq!(bash.cpes.len(), 1);
}

const XML: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<bom xmlns="http://cyclonedx.org/schema/bom/1.4" version="1">
  <metadata><component type="application"><name>app</name><version>1</version></component></metadata>
  <components>
    <component type="library"><group>org.acme</group><name>a&amp;b</name><version>2.0</version>
      <licenses><license><id>MIT</id></license></licenses><purl>pkg:maven/org.acme/core@2.0</purl>
      <components><component type="library"><name>six</name><version>1.16</version><purl>pkg:pypi/six@1.16</purl>
        <licenses><expression>MIT OR Apache-2.0</expression></licenses></component></components>
    </component>
    <component type="library"><name>junit</name><version>4</version><scope>excluded</scope>
      <components><component type="library"><name>b</name><version>1</version></component></components></component>
    <component type="file"/>
  </components>
</bom>"#;

#[test]
fn components_in_xml_are_read_as_those_in_json() {
    assert_eq!(packages(XML), ["pypi six 1.16", "maven org.acme:core 2.0"]);
    let found = run(XML);
    let licenses: Vec<_> = found.packages().flat_map(|package| &package.licenses).collect();
    assert_eq!(licenses, ["MIT OR Apache-2.0", "MIT"]);
}

#[test]
fn documents_in_utf_16_are_read_as_their_mark_says() {
    for text in [XML, CYCLONEDX, TAGS] {
        let units: Vec<u16> = [0xfeff].into_iter().chain(text.encode_utf16()).collect();
        for bytes_of in [u16::to_le_bytes, u16::to_be_bytes] {
            let bytes: Vec<u8> = units.iter().copied().flat_map(bytes_of).collect();
            let found = read(&bytes, &Limits::default());
            assert_eq!(found.facts, run(text).facts);
            assert_eq!(found.problems, []);
        }
    }
}

#[test]
fn only_the_documents_own_components_in_xml_are_read_in_as_many_pieces_as_they_have() {
    let text = r#"<bom xmlns="http://cyclonedx.org/schema/bom/1.5"><metadata><tools><components>
        <component type="application"><name>scanner</name><version>9</version></component></components></tools></metadata>
        <components><component type="library"><name>lib<![CDATA[foo]]></name><version>3.0<!-- n -->.5</version></component></components>
        <formulation><formula><components><component type="library"><name>b</name><version>1</version></component></components>
        </formula></formulation></bom>"#;
    assert_eq!(packages(text), ["generic libfoo 3.0.5"]);
}

#[test]
fn what_is_broken_off_in_another_form_is_told_and_comments_are_passed() {
    for text in [&XML[..XML.len() - 9], &TAGS.replace("</text>", ""), &"<components>".repeat(2_000)]
    {
        let text = if text.starts_with("<components>") {
            format!("<bom xmlns=\"http://cyclonedx.org/schema/bom/1.4\">{text}")
        } else {
            text.to_owned()
        };
        assert_eq!(run(&text).problems.len(), 1, "{}", &text[..60]);
    }
    let commented = format!("# made by hand\r\n\r\n{}", TAGS.replace('\n', "\r\n"));
    assert_eq!(packages(&commented), ["deb bash 5.2.15-2"]);
    let other = "<bom xmlns=\"http://cyclonedx.org/schema/bom/2.0\"/>";
    assert_eq!(run(other).problems[0].kind, ProblemKind::Unsupported);
}

#[test]
fn documents_of_many_small_entries_become_no_larger_than_they_are() {
    let limits = Limits { packages_per_file: 10, ..Limits::default() };
    for line in ["PackageName:\n", "Relationship: a b c\n", "PackageName: a\nExternalRef: a b c\n"]
    {
        let found =
            read(format!("SPDXVersion: SPDX-2.3\n{}", line.repeat(20_000)).as_bytes(), &limits);
        assert!(found.facts.len() <= 10);
    }
    let references = "ExternalRef: a b c\n".repeat(20_000);
    let converted =
        forms::spdx_of_tags(&format!("SPDXVersion: SPDX-2.3\nPackageName: a\n{references}"));
    assert!(converted.json.len() < 100_000);
}

#[test]
fn packages_and_depth_are_bounded() {
    let limits = Limits { packages_per_file: 2, ..Limits::default() };
    for text in [CYCLONEDX, SPDX] {
        let found = read(text.as_bytes(), &limits);
        assert!(found.packages().count() <= 2);
        assert_eq!(found.problems[0].kind, ProblemKind::LimitExceeded);
    }
    let mut nested = r#"{"type":"library","name":"a","version":"1"}"#.to_owned();
    for _ in 0..40 {
        nested =
            format!(r#"{{"type":"library","name":"a","version":"1","components":[{nested}]}}"#);
    }
    let found = run(&format!(r#"{{"bomFormat":"CycloneDX","components":[{nested}]}}"#));
    assert_eq!(found.problems[0].detail, "components nested deeper than is read");
    let small = Limits { text_bytes: 10, ..Limits::default() };
    assert_eq!(read(SPDX.as_bytes(), &small).problems[0].kind, ProblemKind::LimitExceeded);
    let endless = format!("{}{}", r#"{"bomFormat":"CycloneDX","components":"#, "[".repeat(100_000));
    assert_eq!(run(&endless).problems.len(), 1);
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
        let _ = read(&bytes, &Limits::default());
    }

    #[test]
    fn any_document_with_a_byte_changed_is_read_without_a_panic(which in 0..5_usize, at: prop::sample::Index, byte: u8) {
        let mut bytes = [CYCLONEDX, SPDX, SPDX_3, TAGS, XML][which].as_bytes().to_vec();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = read(&bytes, &Limits::default());
    }

    #[test]
    fn any_purl_is_read_without_a_panic(purl in "(pkg:)?(npm|rpm|x)?/{0,3}[ -~é]{0,20}") {
        let text = serde_json::json!({
            "bomFormat": "CycloneDX", "components": [{ "type": "library", "name": "a", "purl": purl }],
        });
        run(&text.to_string());
    }
}
