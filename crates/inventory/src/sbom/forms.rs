//! The other forms of the same documents, as the JSON that the readers take: SPDX 2 as lines of tags and values (spdx-spec, "Tag-value
//! format"), CycloneDX 1 as XML (ECMA-424, `bom-1.x.xsd`).

use serde_json::{Map, Value, json};

use crate::xml::{Part, Parts, unescaped};

/// SPDX 2 as tags and values: packages with their references, and relationships.
pub(super) fn spdx_of_tags(text: &str) -> String {
    let mut packages: Vec<Map<String, Value>> = Vec::new();
    let mut relationships = Vec::new();
    let mut version = "";
    // What follows a file's or a snippet's name is said of that.
    let mut is_in_package = false;
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some((tag, value)) = line.split_once(':') else { continue };
        let (tag, mut value) = (tag.trim(), value.trim());
        if let Some(rest) = value.strip_prefix("<text>") {
            value = match rest.split_once("</text>") {
                Some((inner, _)) => inner,
                None => {
                    lines.by_ref().find(|line| line.contains("</text>"));
                    rest
                }
            };
        }
        match tag {
            "SPDXVersion" => version = value,
            "PackageName" => {
                is_in_package = true;
                packages.push(Map::from_iter([("name".to_owned(), value.into())]));
            }
            "FileName" | "SnippetSPDXID" | "LicenseID" => is_in_package = false,
            "Relationship" => {
                let mut words = value.split_whitespace();
                if let (Some(one), Some(kind), Some(other)) =
                    (words.next(), words.next(), words.next())
                {
                    relationships.push(json!({
                        "spdxElementId": one,
                        "relationshipType": kind,
                        "relatedSpdxElement": other,
                    }));
                }
            }
            _ if is_in_package => {
                if let Some(package) = packages.last_mut() {
                    of_package(package, tag, value);
                }
            }
            _ => {}
        }
    }
    json!({ "spdxVersion": version, "packages": packages, "relationships": relationships })
        .to_string()
}

fn of_package(package: &mut Map<String, Value>, tag: &str, value: &str) {
    let key = match tag {
        "SPDXID" => "SPDXID",
        "PackageVersion" => "versionInfo",
        "PackageLicenseConcluded" => "licenseConcluded",
        "PackageLicenseDeclared" => "licenseDeclared",
        "PrimaryPackagePurpose" => "primaryPackagePurpose",
        "ExternalRef" => {
            let mut words = value.split_whitespace().skip(1);
            if let (Some(kind), Some(locator)) = (words.next(), words.next())
                && let Value::Array(references) =
                    package.entry("externalRefs").or_insert_with(|| Value::Array(Vec::new()))
            {
                references.push(json!({ "referenceType": kind, "referenceLocator": locator }));
            }
            return;
        }
        _ => return,
    };
    package.insert(key.to_owned(), value.into());
}

/// A component that is open.
struct Component {
    fields: Map<String, Value>,
    licenses: Vec<Value>,
    /// Elements around it, itself among them.
    depth: usize,
    is_excluded: bool,
}

/// CycloneDX 1 as XML: all components, those inside of others too, one after the other.
pub(super) fn cyclonedx_of_xml(bytes: &[u8]) -> String {
    let mut around: Vec<&[u8]> = Vec::new();
    let mut open: Vec<Component> = Vec::new();
    let mut components = Vec::new();
    let is_listed = |around: &[&[u8]], name: &[u8]| {
        name == b"component" && around.last().is_some_and(|parent| *parent == b"components")
    };
    let component = |kind: Option<String>, open: &[Component], depth: usize| Component {
        fields: kind.map(|kind| ("type".to_owned(), kind.into())).into_iter().collect(),
        licenses: Vec::new(),
        depth,
        is_excluded: open.last().is_some_and(|outer| outer.is_excluded),
    };
    for part in Parts(bytes) {
        match part {
            Part::Open(tag) => {
                let starts = is_listed(&around, tag.name);
                around.push(tag.name);
                if starts {
                    open.push(component(tag.attribute("type"), &open, around.len()));
                }
            }
            Part::Empty(_) => {}
            Part::Close => {
                if let Some(done) = open.pop_if(|component| component.depth == around.len())
                    && !done.is_excluded
                {
                    let mut fields = done.fields;
                    fields.insert("licenses".to_owned(), done.licenses.into());
                    components.push(Value::Object(fields));
                }
                around.pop();
            }
            Part::Text(text) => {
                if let Some(component) = open.last_mut()
                    && let Some(inside) = around.get(component.depth..)
                {
                    component.take(inside, unescaped(String::from_utf8_lossy(text).trim()));
                }
            }
        }
    }
    json!({ "bomFormat": "CycloneDX", "components": components }).to_string()
}

impl Component {
    /// Takes the text of an element, which lies in the component within these.
    fn take(&mut self, inside: &[&[u8]], text: String) {
        match inside {
            [b"scope"] => self.is_excluded |= text == "excluded",
            [name @ (b"group" | b"name" | b"version" | b"purl" | b"cpe")] => {
                self.fields.insert(String::from_utf8_lossy(name).into_owned(), text.into());
            }
            [b"licenses", b"expression"] => self.licenses.push(json!({ "expression": text })),
            [b"licenses", b"license", b"id" | b"name"] => {
                self.licenses.push(json!({ "license": { "name": text } }));
            }
            _ => {}
        }
    }
}
